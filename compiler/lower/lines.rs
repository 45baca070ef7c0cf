//! Where instructions come from: spans to lines and columns.

use crate::diag::Span;

/// A source file as people know it.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// Its name, relative to the project.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// Finds lines and columns. Spans mostly come in order, so it goes on from the last one.
#[derive(Debug, Default)]
pub(super) struct Lines<'a> {
    files: Vec<SourceFile<'a>>,
    /// Per file, the bytes at which lines begin; made when the file is first asked for.
    starts: Vec<Option<Vec<u32>>>,
    last: Option<Found>,
}

/// The last place found.
#[derive(Debug, Clone, Copy)]
struct Found {
    file: u32,
    line: usize,
    at: u32,
    column: u32,
}

impl<'a> Lines<'a> {
    /// For these files, by [`crate::diag::FileId`].
    pub fn new(files: &[SourceFile<'a>]) -> Self {
        Lines { files: files.to_vec(), starts: vec![None; files.len()], last: None }
    }

    /// File, line from 1 and column from 1 (in characters) of the beginning of a span.
    pub fn find(&mut self, span: Span) -> Option<(u16, u32, u32)> {
        let index = span.file.0 as usize;
        let file = self.files.get(index)?;
        let starts = self.starts.get_mut(index)?.get_or_insert_with(|| line_starts(file.text));
        let line = match self.last {
            Some(last) if last.file == span.file.0 && on_line(starts, last.line, span.start) => last.line,
            _ => starts.partition_point(|start| *start <= span.start).checked_sub(1)?,
        };
        // A long line is not counted from its beginning every time.
        let (from, before) = match self.last {
            Some(last) if last.file == span.file.0 && last.line == line && last.at <= span.start => {
                (last.at, last.column)
            }
            _ => (*starts.get(line)?, 1),
        };
        let column = before + file.text.get(from as usize..span.start as usize)?.chars().count() as u32;
        self.last = Some(Found { file: span.file.0, line, at: span.start, column });
        Some((u16::try_from(span.file.0).ok()?, u32::try_from(line + 1).ok()?, column))
    }
}

fn on_line(starts: &[u32], line: usize, at: u32) -> bool {
    starts.get(line).is_some_and(|start| *start <= at) && starts.get(line + 1).is_none_or(|next| at < *next)
}

fn line_starts(text: &str) -> Vec<u32> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect()
}
