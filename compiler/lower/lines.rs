//! Where instructions come from: spans to lines and columns.

use crate::diag::Span;
use crate::effort::spent;

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
    files: Vec<(SourceFile<'a>, Counted)>,
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

/// What has been counted of a file, once it was asked for.
#[derive(Debug, Default)]
struct Counted {
    /// The bytes at which lines begin.
    starts: Vec<u32>,
    /// Characters before every so many bytes, where a line is long.
    before: Vec<u32>,
}

/// So many bytes are counted anew each time.
const FEW: usize = 256;

impl<'a> Lines<'a> {
    /// For these files, by [`crate::diag::FileId`].
    pub fn new(files: &[SourceFile<'a>]) -> Self {
        Lines { files: files.iter().map(|file| (*file, Counted::default())).collect(), last: None }
    }

    /// File, line from 1 and column from 1 (in characters) of the beginning of a span.
    pub fn find(&mut self, span: Span) -> Option<(u16, u32, u32)> {
        let (file, counted) = self.files.get_mut(span.file.0 as usize)?;
        let (text, at) = (file.text, span.start as usize);
        if !text.is_char_boundary(at) {
            return None;
        }
        if counted.starts.is_empty() {
            counted.starts = line_starts(text);
        }
        let starts = &counted.starts;
        let last = self.last.filter(|last| last.file == span.file.0 && on_line(starts, last.line, span.start));
        let line = match last {
            Some(last) => last.line,
            None => starts.partition_point(|start| *start <= span.start).checked_sub(1)?,
        };
        let (from, column) = match last.filter(|last| last.at <= span.start) {
            Some(last) => (last.at as usize, last.column),
            None => (*starts.get(line)? as usize, 1),
        };
        let column = match at - from {
            0..=FEW => column + characters(&text.as_bytes()[from..at]),
            _ => column + counted.before(text, at) - counted.before(text, from),
        };
        self.last = Some(Found { file: span.file.0, line, at: span.start, column });
        Some((u16::try_from(span.file.0).ok()?, u32::try_from(line + 1).ok()?, column))
    }
}

impl Counted {
    /// Characters before a byte.
    fn before(&mut self, text: &str, at: usize) -> u32 {
        if self.before.is_empty() {
            self.before.push(0);
            let counts = text.as_bytes().chunks(FEW).map(characters);
            self.before.extend(counts.scan(0, |before, count| {
                *before += count;
                Some(*before)
            }));
        }
        let (block, text) = (at / FEW, text.as_bytes());
        self.before.get(block).copied().unwrap_or_default() + characters(&text[block * FEW..at])
    }
}

/// How many characters begin in these bytes.
fn characters(bytes: &[u8]) -> u32 {
    spent(bytes.len() / 64);
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32
}

fn on_line(starts: &[u32], line: usize, at: u32) -> bool {
    starts.get(line).is_some_and(|start| *start <= at) && starts.get(line + 1).is_none_or(|next| at < *next)
}

fn line_starts(text: &str) -> Vec<u32> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::{FEW, Lines, SourceFile};
    use crate::diag::{FileId, Span};

    #[test]
    fn a_column_is_so_many_characters_in_wherever_one_was_before() {
        let text = format!("é\n{}\nshort ö\n{}", "a€ ".repeat(FEW), "ü".repeat(2 * FEW));
        let mut lines = Lines::new(&[SourceFile { name: "main.flow", text: &text }]);
        for at in (0..=text.len() + 2).flat_map(|at| [at, text.len() - at.min(text.len())]) {
            let plain = text.get(..at).map(|before| {
                let line = before.matches('\n').count() as u32 + 1;
                (0, line, before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1)
            });
            assert_eq!(lines.find(Span::new(FileId(0), at as u32, at as u32)), plain, "{at}");
        }
    }
}
