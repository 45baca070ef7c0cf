//! The lines of a file that are drawn, without what is far from any place in a line that is very long.

use super::{Source, Sources, clean};
use crate::diag::{FileId, Label, Span};
use miette::{MietteError, MietteSpanContents, SourceSpan, SpanContents};
use std::collections::BTreeSet;
use std::ops::Range;

/// Lines shown above and below a place.
pub(super) const CONTEXT_LINES: usize = 1;

/// A line longer than this many bytes is shown in part.
const LINE_BYTES_MAX: usize = 240;

/// So many bytes before and behind the ends of a place are shown of such a line, or of its beginning.
const AROUND_BYTES: usize = 30;

/// A place that spans more lines than this is shown by its first line only.
const PLACE_LINES_MAX: usize = 12;

/// What is drawn of a file: found by its table of lines, never by reading the file from its beginning.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    pub source: Option<&'a Source>,
    text: String,
    /// What stands for what is left out.
    cut: &'static str,
    lines: Vec<Line>,
    /// Stretches that stand in it: where, and of which bytes of the file.
    kept: Vec<(usize, Range<usize>)>,
    /// Something of these lines is left out.
    pub is_cut: bool,
    /// The place of each label.
    pub places: Vec<Place>,
}

/// A line that is drawn.
#[derive(Debug)]
struct Line {
    /// Its index in the file.
    index: usize,
    /// Where it begins in the excerpt.
    start: usize,
}

/// Where a label is.
#[derive(Debug)]
pub(super) struct Place {
    /// In the file.
    pub written: Range<usize>,
    /// In the excerpt.
    pub drawn: Range<usize>,
}

impl<'a> Excerpt<'a> {
    /// Of the lines around labels, all of them in this file.
    pub fn new(sources: &'a Sources, file: FileId, labels: &[&Label], unicode: bool) -> Self {
        let source = sources.get(file);
        let (text, lines, kept, places) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        let cut = if unicode { "…" } else { "..." };
        let mut excerpt = Excerpt { source, text, cut, lines, kept, is_cut: false, places };
        let Some(source) = source else { return excerpt };
        let shown: Vec<Range<usize>> =
            labels.iter().map(|label| shown(source, label.span, !label.text.is_empty())).collect();
        let mut indexes = BTreeSet::new();
        for place in &shown {
            let first = source.line_index(place.start).saturating_sub(CONTEXT_LINES);
            let last = source.line_index(place.end.max(1) - 1) + CONTEXT_LINES;
            indexes.extend(first..=last.min(source.line_count() - 1));
        }
        for index in indexes {
            excerpt.add_line(source, index, &shown);
        }
        let drawn = |place: &Range<usize>| excerpt.drawn(place.start)..excerpt.drawn(place.end);
        let places: Vec<Place> =
            shown.iter().map(|place| Place { written: place.clone(), drawn: drawn(place) }).collect();
        excerpt.places = places;
        excerpt
    }

    fn add_line(&mut self, source: &Source, index: usize, places: &[Range<usize>]) {
        self.lines.push(Line { index, start: self.text.len() });
        let line = source.line_range(index);
        let written = source.harmless().get(line.clone()).unwrap_or("");
        let end = line.start + written.trim_end_matches(['\n', '\r']).len();
        if end - line.start <= LINE_BYTES_MAX {
            return self.keep(source, line);
        }
        self.is_cut = true;
        let mut near: Vec<Range<usize>> = Vec::new();
        let mut around = |place: &Range<usize>, at: usize| {
            let from = at.saturating_sub(AROUND_BYTES).max(line.start);
            // Of the place itself, more at its beginning than at its end.
            let to = if at == place.start {
                (at + 2 * AROUND_BYTES).min(place.end.max(at) + AROUND_BYTES)
            } else {
                at + AROUND_BYTES
            };
            near.push(source.border(from)..source.border(to.min(end)));
        };
        for place in places {
            for at in [place.start, place.end] {
                if (line.start..=end).contains(&at) {
                    around(place, at);
                }
            }
        }
        if near.is_empty() {
            near.push(line.start..source.border(line.start + 2 * AROUND_BYTES));
        }
        near.sort_by_key(|stretch| stretch.start);
        let mut from = line.start;
        let mut near = near.into_iter().peekable();
        while let Some(mut stretch) = near.next() {
            while let Some(next) = near.next_if(|next| next.start <= stretch.end + self.cut.len()) {
                stretch.end = stretch.end.max(next.end);
            }
            if stretch.start > from {
                self.text.push_str(self.cut);
            }
            from = stretch.end;
            self.keep(source, stretch);
        }
        if from < end {
            self.text.push_str(self.cut);
        }
        self.keep(source, end..line.end);
    }

    fn keep(&mut self, source: &Source, stretch: Range<usize>) {
        self.kept.push((self.text.len(), stretch.clone()));
        self.text.push_str(source.harmless().get(stretch).unwrap_or(""));
    }

    /// Where a byte of the file is drawn.
    fn drawn(&self, byte: usize) -> usize {
        let after = self.kept.partition_point(|(_, stretch)| stretch.start <= byte);
        let kept = after.checked_sub(1).and_then(|at| self.kept.get(at));
        kept.map_or(0, |(start, stretch)| start + byte.min(stretch.end) - stretch.start)
    }

    /// Which byte of the file is drawn here.
    fn written(&self, drawn: usize) -> usize {
        let after = self.kept.partition_point(|(start, _)| *start <= drawn);
        let kept = after.checked_sub(1).and_then(|at| self.kept.get(at));
        kept.map_or(0, |(start, stretch)| (stretch.start + drawn - start).min(stretch.end))
    }

    fn line_at(&self, drawn: usize) -> usize {
        self.lines.partition_point(|line| line.start <= drawn).saturating_sub(1)
    }

    /// Whether the line after the one at `at` is the next of the file, too.
    fn goes_on(&self, at: usize) -> bool {
        matches!(self.lines.get(at..at + 2), Some([line, next]) if line.index + 1 == next.index)
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
        let name = clean(&source.path).into_owned();
        if before == 0 && after == 0 {
            // Asked for the place alone, to head the drawing with it.
            let place = source.position(self.written(span.offset()));
            let (line, column) = (place.line as usize - 1, place.column as usize - 1);
            let text = self.text.get(span.offset()..span.offset() + span.len()).ok_or(MietteError::OutOfBounds)?;
            return Ok(Box::new(MietteSpanContents::new_named(name, text.as_bytes(), *span, line, column, 1)));
        }
        let last_byte = span.offset() + span.len().saturating_sub(1);
        let (first, last) = (self.line_at(span.offset()), self.line_at(last_byte));
        let (mut top, mut bottom) = (first, last);
        while first - top < before && top > 0 && self.goes_on(top - 1) {
            top -= 1;
        }
        while bottom - last < after && self.goes_on(bottom) {
            bottom += 1;
        }
        let start = self.lines.get(top).map_or(0, |line| line.start);
        let end = self.lines.get(bottom + 1).map_or(self.text.len(), |line| line.start);
        let data = self.text.get(start..end).ok_or(MietteError::OutOfBounds)?;
        // An empty last line would be drawn as a line of its own.
        let data = data.strip_suffix('\n').filter(|kept| kept.len() + start >= last_byte).unwrap_or(data);
        Ok(Box::new(MietteSpanContents::new_named(
            name,
            data.as_bytes(),
            SourceSpan::from((start, data.len())),
            self.lines.get(top).map_or(0, |line| line.index),
            0,
            last + 1 - first,
        )))
    }
}

/// The part of a span that is underlined: inside the text, not its trailing line breaks, and of a place that goes on for
/// pages its first line only.
fn shown(source: &Source, span: Span, speaks: bool) -> Range<usize> {
    let mut start = source.border(span.start as usize);
    if start == source.text.len() {
        // The end of the file is shown at its last sign where there is something to say: miette writes nothing behind it.
        start = source.text.trim_end_matches(['\n', '\r']).len();
        let last = source.border(start.saturating_sub(1));
        return if speaks { last..start } else { start..start };
    }
    let mut end = source.border(span.end as usize).max(start);
    let (first, last) = (source.line_index(start), source.line_index(end));
    if last - first >= PLACE_LINES_MAX {
        end = source.line_range(first).end.max(start);
    }
    let text = source.text.get(start..end).unwrap_or("");
    start..start + text.trim_end_matches(['\n', '\r']).len()
}
