//! What became of a file.

use super::read::ReadError;
use serde::{Deserialize, Serialize};

/// The longest value that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// What became of the rows so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Rows that made a new record.
    pub imported: usize,
    /// Rows of a record that was there already, from before or from an earlier row.
    pub merged: usize,
    /// Rows that were left out, whole.
    pub refused: usize,
    /// Rows without a single value.
    pub blank: usize,
    /// Why rows were refused, in order of the file; a row may have several reasons.
    pub reasons: Vec<Reason>,
}

impl Report {
    /// Adds what became of the rows after these.
    pub(super) fn add(&mut self, later: Report) {
        self.imported += later.imported;
        self.merged += later.merged;
        self.refused += later.refused;
        self.blank += later.blank;
        self.reasons.extend(later.reasons);
    }

    /// Rows that something became of.
    pub fn rows(&self) -> usize {
        self.imported + self.merged + self.refused + self.blank
    }
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Where the row begins, from 1; the header counts.
    pub line: usize,
    /// The column as the header has it; `None` when the whole row is meant.
    pub column: Option<String>,
    /// The value as it stands there, shortened.
    pub value: String,
    /// One sentence.
    pub reason: String,
}

impl Reason {
    pub(super) fn new(line: usize, column: Option<&str>, value: &str, reason: impl Into<String>) -> Self {
        let mut shown: String = value.chars().take(SHOWN_CHARS_MAX).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        Reason { line, column: column.map(str::to_string), value: shown, reason: reason.into() }
    }
}

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As the header has it.
    pub header: String,
    /// The field it fills, or why it fills none.
    pub field: Result<String, String>,
}

/// Why a file is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read as a table.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no such kind of record.
    #[error("there is no record `{0}` to import")]
    Entity(String),
    /// The default country is none.
    #[error("`{0}` is no country; it has two letters, as in NO")]
    Country(String),
    /// Its headings are of another kind of record.
    #[error("these are {found}, not {wanted}: {wanted} have {expected}")]
    Other {
        /// What it has, several of them: `tickets`.
        found: String,
        /// What was to be imported, several of them.
        wanted: String,
        /// The headings that were expected.
        expected: String,
    },
    /// No column tells one record from another.
    #[error("no column is one to know a record by: {wanted}")]
    NoKey {
        /// Which would do.
        wanted: String,
    },
}
