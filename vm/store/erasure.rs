//! Erasing what was known of somebody: rows that hold one of their words have it masked, wherever they are.

use super::{NameId, StoreResult, Subject};
use aho_corasick::{AhoCorasick, MatchKind};
use serde::{Deserialize, Serialize};

/// Where a search through all rows stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SearchPlace {
    /// The table, by its number in the search.
    pub table: usize,
    /// The key of the last row looked at: one number, or two.
    pub after: (i64, i64),
}

/// What a page of a search has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Searched {
    /// Where to go on; `None` at the end.
    pub next: Option<SearchPlace>,
    /// Rows in which something was masked, but for those named below.
    pub masked: u64,
    /// Records in which something was masked.
    pub records: Vec<(NameId, i64)>,
    /// Runs whose suspended state holds a word: its bytes are the engine's.
    pub runs: Vec<i64>,
}

/// Which rows are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchIn {
    /// What can still write elsewhere: records, runs, requests, what waits for runs.
    Living,
    /// What is only ever read: events, journals, messages, notes, entries.
    Settled,
}

/// The verbs of erasure.
///
/// Errors of every verb: as of [`super::Txn`].
pub trait Erase {
    /// Writes down what is to be erased, under its id (0: a new one), in the engine's own format.
    fn put_erasure(&mut self, id: i64, state: &[u8]) -> StoreResult<i64>;
    /// The oldest that is not done: its id and state.
    fn next_erasure(&mut self) -> StoreResult<Option<(i64, Vec<u8>)>>;
    /// It is done.
    fn delete_erasure(&mut self, id: i64) -> StoreResult<()>;
    /// Rows that were written since the store was opened, those taken back included.
    fn rows_written(&self) -> u64;
    /// Every run that was about a record, by id.
    fn runs_about(&mut self, subject: Subject, after: i64, limit: usize) -> StoreResult<Vec<i64>>;
    /// Removes events about a record, at most so many; returns how many.
    fn delete_events(&mut self, subject: Subject, limit: usize) -> StoreResult<u64>;
    /// Looks through the next rows, at most so many, and masks words in them.
    fn mask_rows(&mut self, within: SearchIn, words: &Words, from: SearchPlace, limit: usize) -> StoreResult<Searched>;
}

/// Words to be found and masked, whatever their case.
pub struct Words(AhoCorasick);

impl Words {
    /// The words that are long enough to be somebody's alone; `None` when none is.
    pub fn new(words: &[String]) -> Option<Self> {
        let mut all: Vec<String> = Vec::new();
        for word in words.iter().filter(|word| word.len() >= WORD_BYTES_MIN) {
            all.push(word.clone());
            // As it stands in the query of an address.
            let encoded = word.replace('@', "%40").replace('+', "%2B");
            if encoded != *word {
                all.push(encoded);
            }
        }
        if all.is_empty() {
            return None;
        }
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest);
        builder.build(&all).ok().map(Words)
    }

    /// Masks every word in bytes of any format, keeping their length: a text stays a text, and an address one to which
    /// nothing can be sent, for no top-level domain has a digit (RFC 3696, 2). Returns whether there was any.
    pub fn mask(&self, bytes: &mut [u8]) -> bool {
        let found: Vec<(usize, usize)> = (self.0.find_iter(&*bytes).map(|found| (found.start(), found.end())))
            .filter(|(start, end)| stands_alone(bytes, *start, *end))
            .collect();
        for (start, end) in &found {
            // What an address has encoded stays so.
            let mut encoded = 0;
            let is_address = bytes[*start..*end].contains(&b'@') || bytes[*start..*end].contains(&b'%');
            for byte in &mut bytes[*start..*end] {
                if *byte == b'%' {
                    encoded = 3;
                } else if encoded == 0 && (byte.is_ascii_alphanumeric() || !byte.is_ascii()) {
                    *byte = b'0';
                }
                encoded = usize::saturating_sub(encoded, 1);
            }
            if let (true, Some(last)) = (is_address, end.checked_sub(1)) {
                bytes[last] = b'x';
            }
        }
        !found.is_empty()
    }

    /// [`Words::mask`] of a text.
    pub fn mask_text(&self, text: &str) -> Option<String> {
        let mut bytes = text.as_bytes().to_vec();
        // What is masked whole stays UTF-8.
        if self.mask(&mut bytes) { String::from_utf8(bytes).ok() } else { None }
    }
}

/// Shorter ones are found in what is somebody else's.
const WORD_BYTES_MIN: usize = 5;

fn is_of_address(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'%' | b'+' | b'-' | b'.') || !byte.is_ascii()
}

/// Whether a word is no part of a longer one: `da@x.no` is not erased out of `ada@x.no`. In what is no text a word may stand
/// between a length and whatever comes next: there the length says where the text begins and ends.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    let begins = before.is_none_or(|before| before == b'%' || !is_of_address(before));
    let ends = match bytes.get(end).copied() {
        Some(b'.') => bytes.get(end + 1).is_none_or(|byte| !byte.is_ascii_alphanumeric()),
        Some(byte) => !byte.is_ascii_alphanumeric() && byte != b'-',
        None => true,
    };
    if (begins && ends) || std::str::from_utf8(bytes).is_ok() {
        return begins && ends;
    }
    let told = |from: usize, to: usize| length_before(bytes, from).any(|length| from + length == to);
    let longer =
        |from: usize| length_before(bytes, from).any(|length| from + length > end && from + length <= bytes.len());
    let begins = begins || told(start, end) || longer(start);
    let ends = ends
        || (start.saturating_sub(TEXT_BYTES_MAX)..=start)
            .any(|from| told(from, end) && std::str::from_utf8(&bytes[from..end]).is_ok());
    begins && ends
}

/// How far before a word the text it ends may begin.
const TEXT_BYTES_MAX: usize = 4096;

/// What a number right before a place may say of the length of the text there: LEB128, plain or with a bit of its own.
fn length_before(bytes: &[u8], at: usize) -> impl Iterator<Item = usize> {
    let last = at.checked_sub(1).and_then(|at| bytes.get(at)).copied().filter(|byte| *byte < 0x80).map(usize::from);
    let more = at.checked_sub(2).and_then(|at| bytes.get(at)).copied().filter(|byte| *byte >= 0x80).map(usize::from);
    let one = last;
    let two = last.zip(more).map(|(last, more)| (last << 7) | (more & 0x7f));
    [one, two].into_iter().flatten().flat_map(|number| [number, number >> 1]).filter(|length| *length > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let words = Words::new(&["ada+x@example.com".into(), "+4791234567".into(), "no".into()]).expect("words");
        words.mask_text(text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn words_are_masked_whole_and_nothing_else() {
        assert_eq!(masked("write to ADA+x@Example.com."), "write to 000+0@0000000.00x.");
        assert_eq!(masked("ada+x@example.com, or +4791234567!"), "000+0@0000000.00x, or +0000000000!");
        assert_eq!(masked("?to=ada%2Bx%40example.com&a=1"), "?to=000%2B0%400000000.00x&a=1");
        for other in ["bada+x@example.com", "ada+x@example.community", "ada+x@example.com.br", "+47912345678", "no"] {
            assert_eq!(masked(other), other, "somebody else's");
        }
        assert!(Words::new(&["no".into()]).is_none());
    }

    #[test]
    fn a_text_behind_its_length_is_found_in_bytes() {
        let words = Words::new(&["ada@example.com".into()]).expect("words");
        let held = |length: u8, text: &str, after: &[u8]| [&[0xff, length], text.as_bytes(), after].concat();
        // 97 is the letter a, and here the length of what follows.
        let mut bytes = held(97, &format!("ada@example.com{}", " ".repeat(82)), b"");
        assert!(words.mask(&mut bytes));
        assert_eq!(&bytes[2..17], b"000@0000000.00x");
        // What comes behind a text may look like more of it, and what is more of it is none of ours.
        assert!(words.mask(&mut held(30, "ada@example.com", b"S!")));
        assert!(words.mask(&mut held(15, "ada@example.com", b"S!")));
        assert!(words.mask(&mut held(21, "write ada@example.com", b"S!")));
        assert!(!words.mask(&mut held(17, "ada@example.com.br", b"S!")));
        assert!(!words.mask(&mut held(21, "ada@example.community", b"\0")));
        assert!(!words.mask(&mut held(16, "bada@example.com", b"\0")));
    }
}
