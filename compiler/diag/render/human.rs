//! Diagnostics for people, drawn by miette.

use super::json::severity;
use super::{Source, Sources, clean};
use crate::diag::{Diagnostic, FileId, Label, Severity, Span};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, NarratableReportHandler,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt;

/// What whoever prints says about where it will be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// ANSI colours.
    pub color: bool,
    /// Box-drawing characters; plain ASCII otherwise.
    pub unicode: bool,
    /// Full sentences instead of a drawing, for screen readers.
    pub narrated: bool,
    /// Columns.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Look { color: false, unicode: true, narrated: false, width: 100 }
    }
}

/// Lines shown above and below the place.
const CONTEXT_LINES: usize = 1;

/// A line longer than this many bytes is shown in part, around the place.
const LINE_BYTES_MAX: usize = 400;

/// A place that spans more lines than this is shown by its first lines only.
const PLACE_LINES_MAX: usize = 12;

/// No more than this many bytes of a place are underlined.
const PLACE_BYTES_MAX: usize = 800;

/// Draws a diagnostic with all its labels, its help and the way to its page.
pub fn human(diagnostic: &Diagnostic, sources: &Sources, look: Look) -> String {
    let report = Report::new(diagnostic, sources, look.narrated);
    let mut text = String::new();
    // Writing to a String cannot fail; a handler that gives up leaves what it has written.
    let _ = if look.narrated {
        NarratableReportHandler::new().with_context_lines(CONTEXT_LINES).render_report(&mut text, &report)
    } else {
        let theme = GraphicalTheme {
            characters: if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
            styles: if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
        };
        GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(look.width.max(40))
            .with_context_lines(CONTEXT_LINES)
            .render_report(&mut text, &report)
    };
    // The drawing pads some lines, and heads a related file with a word that says nothing.
    text.lines().map(str::trim_end).filter(|line| *line != "Advice:").collect::<Vec<_>>().join("\n") + "\n"
}

/// A diagnostic in miette's terms: one file per report, labels in other files as reports of their own.
#[derive(Debug)]
struct Report<'a> {
    head: Option<&'a Diagnostic>,
    /// The code stands in the sentence where it is drawn, and by itself where it is narrated.
    narrated: bool,
    /// What stands as the sentence; a label's text for a report about another file.
    message: String,
    excerpt: Excerpt<'a>,
    labels: Vec<&'a Label>,
    related: Vec<Report<'a>>,
}

impl<'a> Report<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &'a Sources, narrated: bool) -> Self {
        let file = diagnostic.primary.span.file;
        let mut message = clean(&diagnostic.message).into_owned();
        if !narrated {
            let (severity, number) = (severity(diagnostic.severity()), diagnostic.code.number());
            message = format!("{severity}[{number}]: {message}");
        }
        let mut labels = vec![&diagnostic.primary];
        labels.extend(diagnostic.labels.iter().filter(|label| label.span.file == file));
        let mut related: Vec<Report<'a>> = Vec::new();
        for label in diagnostic.labels.iter().filter(|label| label.span.file != file) {
            related.push(Report {
                head: None,
                narrated,
                message: clean(&label.text).into_owned(),
                excerpt: Excerpt::new(sources, label.span.file),
                labels: vec![label],
                related: Vec::new(),
            });
        }
        Report { head: Some(diagnostic), narrated, message, excerpt: Excerpt::new(sources, file), labels, related }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let diagnostic = self.head.filter(|_| self.narrated)?;
        Some(Box::new(diagnostic.code.number()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.head.map(Diagnostic::severity) {
            Some(Severity::Error) => miette::Severity::Error,
            Some(Severity::Warning) => miette::Severity::Warning,
            None => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        let diagnostic = self.head?;
        let page = format!("`flow explain {}` says more", diagnostic.code.number());
        Some(Box::new(match &diagnostic.help {
            Some(help) => format!("{}\n{page}", clean(help)),
            None => page,
        }))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.excerpt.source.map(|_| &self.excerpt as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let source = self.excerpt.source?;
        Some(Box::new(self.labels.iter().enumerate().map(move |(index, label)| {
            let (start, length) = shown(source, label.span, !label.text.is_empty());
            // A report about another file has said the text as its sentence.
            let text = (self.head.is_some() && !label.text.is_empty()).then(|| clean(&label.text).into_owned());
            let span = SourceSpan::from((start, length));
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }

    fn related<'b>(&'b self) -> Option<Box<dyn Iterator<Item = &'b dyn miette::Diagnostic> + 'b>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|report| report as &dyn miette::Diagnostic)))
    }
}

/// Start and length of the part of a span that is underlined: inside the text, not its trailing line breaks, and of a
/// place that goes on for pages its first line only.
fn shown(source: &Source, span: Span, speaks: bool) -> (usize, usize) {
    let mut start = source.border(span.start as usize);
    if start == source.text.len() {
        // The end of the file is shown at its last sign where there is something to say: miette writes nothing behind it.
        start = source.text.trim_end_matches(['\n', '\r']).len();
        let last = source.border(start.saturating_sub(1));
        return if speaks { (last, start - last) } else { (start, 0) };
    }
    let mut end = source.border(span.end as usize).max(start);
    let (first, last) = (source.line_index(start), source.line_index(end));
    if last - first >= PLACE_LINES_MAX {
        end = source.line_range(first).end.max(start);
    }
    end = source.border(end.min(start + PLACE_BYTES_MAX)).max(start);
    let text = source.text.get(start..end).unwrap_or("");
    (start, text.trim_end_matches(['\n', '\r']).len())
}

/// The part of a file that is drawn: found by its table of lines, never by reading the file from its beginning.
#[derive(Debug)]
struct Excerpt<'a> {
    source: Option<&'a Source>,
    text: &'a str,
}

impl<'a> Excerpt<'a> {
    fn new(sources: &'a Sources, file: FileId) -> Self {
        let source = sources.get(file);
        Excerpt { source, text: source.map_or("", Source::harmless) }
    }
}

impl miette::SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let source = self.source.ok_or(MietteError::OutOfBounds)?;
        if before == 0 && after == 0 {
            // Asked for the place alone, to head the drawing with it.
            let place = source.position(span.offset());
            let (line, column) = (place.line as usize - 1, place.column as usize - 1);
            let text = self.text.get(span.offset()..span.offset() + span.len()).ok_or(MietteError::OutOfBounds)?;
            let name = clean(&source.path).into_owned();
            return Ok(Box::new(MietteSpanContents::new_named(name, text.as_bytes(), *span, line, column, 1)));
        }
        let last_byte = span.offset() + span.len().saturating_sub(1);
        let (first, last) = (source.line_index(span.offset()), source.line_index(last_byte));
        let top = first.saturating_sub(before);
        let mut start = source.line_range(top).start;
        let mut end = source.line_range((last + after).min(source.line_count() - 1)).end;
        let (mut line, mut column) = (top, 0);
        if (top..=last + after).any(|index| source.line_range(index).len() > LINE_BYTES_MAX) {
            line = first;
            let whole = source.line_range(first).start..source.line_range(last).end;
            start = source.border(span.offset().saturating_sub(LINE_BYTES_MAX / 4)).max(whole.start);
            end = source.border(start + LINE_BYTES_MAX).max(source.border(last_byte + 1)).min(whole.end);
            column = start - whole.start;
        }
        let data = self.text.get(start..end).ok_or(MietteError::OutOfBounds)?;
        // An empty last line would be drawn as a line of its own.
        let data = data.strip_suffix('\n').filter(|kept| kept.len() + start >= last_byte).unwrap_or(data);
        Ok(Box::new(MietteSpanContents::new_named(
            clean(&source.path).into_owned(),
            data.as_bytes(),
            SourceSpan::from((start, data.len())),
            line,
            column,
            last + 1 - first,
        )))
    }
}
