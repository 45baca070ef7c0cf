//! The files diagnostics point into, and where in them a byte is.

use crate::diag::{FileId, Span};
use std::sync::Arc;

/// The files of a compilation, by [`FileId`].
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Arc<Source>>,
}

/// A file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Relative to the project, with `/`.
    pub path: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// Where each line starts; the first is 0.
    line_starts: Vec<u32>,
    /// The text as it may be shown, where that differs; found once, not per diagnostic.
    harmless: Option<Arc<str>>,
    /// It is the standard library's.
    pub(crate) library: bool,
}

/// A place for people: both numbers from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

impl Source {
    /// A file with its lines found.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        for (at, _) in text.match_indices('\n') {
            line_starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
        }
        let harmless = match super::clean_same_length(&text) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(cleaned) => Some(cleaned.into()),
        };
        Source { path: path.into(), text, line_starts, harmless, library: false }
    }

    /// How many lines it has; an empty file has one.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// Index from 0 of the line that a byte is in.
    pub fn line_index(&self, byte: usize) -> usize {
        self.line_starts.partition_point(|&start| start as usize <= byte).saturating_sub(1)
    }

    /// Bytes of the line with this index from 0, its line break included; empty past the end.
    pub fn line_range(&self, index: usize) -> std::ops::Range<usize> {
        let length = self.text.len();
        let start = self.line_starts.get(index).map_or(length, |&start| start as usize);
        let end = self.line_starts.get(index + 1).map_or(length, |&start| start as usize);
        start..end
    }

    /// The text of the line with this number from 1, without its line break.
    pub fn line(&self, number: u32) -> &str {
        let index = (number as usize).saturating_sub(1);
        self.text.get(self.line_range(index)).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// The text with everything replaced that would do something to a terminal; every byte stands where it stood.
    pub fn harmless(&self) -> &str {
        self.harmless.as_deref().unwrap_or(&self.text)
    }

    /// Where a byte is, for people. A byte past the end, or inside a character, counts as the border before it.
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.border(byte);
        let index = self.line_index(byte);
        let start = self.line_range(index).start;
        let column = self.text.get(start..byte).map_or(0, |before| before.chars().count());
        let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        Position { line: number(index), column: number(column) }
    }

    /// The nearest border between characters that is not after this byte.
    pub(super) fn border(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }
}

impl Sources {
    /// No files.
    pub fn new() -> Self {
        Sources::default()
    }

    /// Adds a file; its id is the number of files before it.
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Arc::new(Source::new(path, text)));
        id
    }

    /// Adds a file that has been made before; its id is the number of files before it.
    pub fn share(&mut self, source: Arc<Source>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(source);
        id
    }

    /// Notes that a file is the standard library's: it lies beside no project.
    pub fn of_library(&mut self, file: FileId) {
        if let Some(source) = self.files.get_mut(file.0 as usize) {
            Arc::make_mut(source).library = true;
        }
    }

    /// Whether a file is the standard library's.
    pub fn is_library(&self, file: FileId) -> bool {
        self.get(file).is_some_and(|source| source.library)
    }

    /// A file.
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(file.0 as usize).map(|source| &**source)
    }

    /// Every file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0u32..).map(FileId).zip(self.files.iter().map(|source| &**source))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The path of a file; `?` for one that is not in the list.
    pub fn path(&self, file: FileId) -> &str {
        self.get(file).map_or("?", |source| &source.path)
    }

    /// Where a span begins and ends. A span of an unknown file is at its beginning.
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let first = Position { line: 1, column: 1 };
        self.get(span.file).map_or((first, first), |source| {
            (source.position(span.start as usize), source.position(span.end.max(span.start) as usize))
        })
    }
}
