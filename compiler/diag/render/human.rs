//! Diagnostics for people, drawn by miette.

use super::excerpt::{CONTEXT_LINES, Excerpt, Place};
use super::json::severity;
use super::{Source, Sources, clean};
use crate::diag::{Diagnostic, Label, Severity};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NarratableReportHandler, SourceSpan, ThemeCharacters,
    ThemeStyles,
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

/// Draws a diagnostic with all its labels, its help and the way to its page.
pub fn human(diagnostic: &Diagnostic, sources: &Sources, look: Look) -> String {
    let report = Report::new(diagnostic, sources, look);
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
    fn new(diagnostic: &'a Diagnostic, sources: &'a Sources, look: Look) -> Self {
        let Look { narrated, unicode, .. } = look;
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
                excerpt: Excerpt::new(sources, label.span.file, &[label], unicode),
                labels: vec![label],
                related: Vec::new(),
            });
        }
        let excerpt = Excerpt::new(sources, file, &labels, unicode);
        Report { head: Some(diagnostic), narrated, message, excerpt, labels, related }
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
        Some(Box::new(self.labels.iter().zip(&self.excerpt.places).enumerate().map(move |(index, (label, place))| {
            // A report about another file has said the text as its sentence.
            let mut text = (self.head.is_some() && !label.text.is_empty()).then(|| clean(&label.text).into_owned());
            if self.narrated && self.excerpt.is_cut {
                text = Some(with_columns(text, source, place));
            }
            let span = SourceSpan::from((place.drawn.start, place.drawn.len()));
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

/// What a label says, with the columns of a place in a line of which only parts are read out.
fn with_columns(text: Option<String>, source: &Source, place: &Place) -> String {
    let (start, end) = (source.position(place.written.start), source.position(place.written.end));
    let columns = format!("columns {} to {} of the whole line", start.column, (end.column - 1).max(start.column));
    text.map_or(columns.clone(), |text| format!("{text} ({columns})"))
}
