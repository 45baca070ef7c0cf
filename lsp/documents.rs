//! What is open in the editor: its text counts, whatever the disk says.

use crate::place::{Encoding, byte};
use flow_lang::diag::render::Source;
use gen_lsp_types::TextDocumentContentChangeEvent as Change;
use std::path::PathBuf;

/// A file that is open.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// The client's number for this text.
    pub version: i32,
    /// Its text.
    pub text: String,
}

impl Document {
    /// Carries out what a client did, one change after the other.
    pub fn change(&mut self, changes: Vec<Change>, encoding: Encoding) {
        for change in changes {
            match change {
                Change::TextDocumentContentChangeWholeDocument(whole) => self.text = whole.text,
                Change::TextDocumentContentChangePartial(part) => {
                    let source = Source::new("", self.text.as_str());
                    let start = byte(&source, part.range.start, encoding) as usize;
                    let end = byte(&source, part.range.end, encoding) as usize;
                    self.text.replace_range(start.min(end)..end.max(start), &part.text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gen_lsp_types::{Position, Range, TextDocumentContentChangePartial};

    fn part(start: (u32, u32), end: (u32, u32), text: &str) -> Change {
        let at = |(line, character)| Position { line, character };
        Change::TextDocumentContentChangePartial(TextDocumentContentChangePartial {
            range: Range { start: at(start), end: at(end) },
            text: text.to_owned(),
            ..Default::default()
        })
    }

    #[test]
    fn changes_build_on_one_another() {
        let mut document = Document { path: PathBuf::new(), version: 1, text: "say \"é😀\"\r\nstop\r\n".to_owned() };
        let changes = vec![
            part((0, 6), (0, 8), ""),
            part((1, 0), (1, 4), "wait 1 day"),
            part((2, 0), (9, 9), "end"),
            // Backwards, as no client should.
            part((0, 1), (0, 0), "S"),
        ];
        document.change(changes, Encoding::Utf16);
        assert_eq!(document.text, "Say \"é\"\r\nwait 1 day\r\nend");
    }
}
