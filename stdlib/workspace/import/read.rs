//! Bytes to a table: encoding, separator, quotes, lines.

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Two bytes a character.
    #[error("the file is UTF-16; save it as UTF-8 (in Excel: \"CSV UTF-8\")")]
    Utf16,
    /// Latin-1, Windows-1252 or no text at all.
    #[error("line {line} is not UTF-8, but perhaps Latin-1; save the file as UTF-8 (in Excel: \"CSV UTF-8\")")]
    NotUtf8 {
        /// From 1.
        line: usize,
    },
    /// A quote that never closes would swallow the rest of the file.
    #[error("the quote that opens in line {line} is never closed")]
    OpenQuote {
        /// From 1.
        line: usize,
    },
    /// It begins like JSON, and is none.
    #[error("line {line} is not JSON: {detail}")]
    Json {
        /// From 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// Nothing in it.
    #[error("the file has no header")]
    Empty,
}

/// A row and where it begins.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// From 1.
    pub line: usize,
    /// Trimmed.
    pub cells: Vec<String>,
}

/// Every row of a file, the header first. Empty lines are no rows.
///
/// # Errors
/// Why it is no table.
pub fn rows(bytes: &[u8]) -> Result<Vec<Row>, ReadError> {
    let text = text(bytes)?;
    let (text, first_line, told) = separator_line(text);
    let separator = told.unwrap_or_else(|| sniff(text));
    check_quotes(text, separator, first_line)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: first_line };
    for record in reader.records() {
        // The text is UTF-8 and rows may differ in length, so nothing is left that could fail.
        let Ok(record) = record else { continue };
        let start = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let line = lines.of_row_at(start);
        rows.push(Row { line, cells: record.iter().map(str::to_string).collect() });
    }
    if rows.is_empty() { Err(ReadError::Empty) } else { Ok(rows) }
}

fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err(ReadError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        ReadError::NotUtf8 { line: 1 + before.iter().filter(|byte| **byte == b'\n').count() }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Excel writes and reads a first line `sep=;`.
fn separator_line(text: &str) -> (&str, usize, Option<u8>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        Some([separator]) => (rest, 2, Some(*separator)),
        _ => (text, 1, None),
    }
}

/// The separator that stands in the header most often, outside quotes.
fn sniff(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            other => counts.iter_mut().filter(|(separator, _)| *separator == other).for_each(|(_, count)| *count += 1),
        }
    }
    // Of equals the first: the comma.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}

fn check_quotes(text: &str, separator: u8, first_line: usize) -> Result<(), ReadError> {
    let mut line = first_line;
    let mut opened = None;
    let mut cell_is_empty = true;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        line += usize::from(byte == b'\n');
        match (byte, opened) {
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            (b'"', Some(_)) => opened = None,
            (b'"', None) if cell_is_empty => opened = Some(line),
            _ => {}
        }
        cell_is_empty = opened.is_none() && (byte == separator || byte == b'\n' || byte == b'\r');
    }
    opened.map_or(Ok(()), |line| Err(ReadError::OpenQuote { line }))
}

/// Counts lines up to where rows begin.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the row read from this byte on: the reader passes over empty lines.
    fn of_row_at(&mut self, start: usize) -> usize {
        while let Some(byte) = self.text.get(self.at) {
            if self.at >= start && !matches!(byte, b'\n' | b'\r') {
                break;
            }
            let next = self.text.get(self.at + 1);
            self.line += usize::from(*byte == b'\n' || (*byte == b'\r' && next != Some(&b'\n')));
            self.at += 1;
        }
        self.line
    }
}
