//! Places: bytes in ours, lines and code units in the protocol's words.

use flow_lang::diag::Span;
use flow_lang::diag::render::Source;
use gen_lsp_types::{Position, PositionEncodingKind, Range};

/// How a client counts within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every client knows.
    Utf16,
}

impl Encoding {
    /// The best of those that a client offers: bytes, which are what we count.
    pub fn chosen(offered: Option<&[PositionEncodingKind]>) -> Encoding {
        let offers = |kind: PositionEncodingKind| offered.is_some_and(|all| all.contains(&kind));
        if offers(PositionEncodingKind::UTF8) { Encoding::Utf8 } else { Encoding::Utf16 }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn units(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.encode_utf16().count(),
        }
    }

    /// The byte of a line at which so many units have gone by; its end where it has fewer.
    fn byte(self, line: &str, units: usize) -> usize {
        let mut gone = 0;
        for (at, char) in line.char_indices() {
            if gone >= units {
                return at;
            }
            gone += match self {
                Encoding::Utf8 => char.len_utf8(),
                Encoding::Utf16 => char.len_utf16(),
            };
        }
        line.len()
    }
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A byte of a source, as the client counts.
pub(crate) fn position(source: &Source, byte: u32, encoding: Encoding) -> Position {
    let mut byte = (byte as usize).min(source.text.len());
    while !source.text.is_char_boundary(byte) {
        byte -= 1;
    }
    let line = source.line_index(byte);
    let before = source.text.get(source.line_range(line).start..byte).unwrap_or_default();
    Position { line: number(line), character: number(encoding.units(before)) }
}

/// A span of a source, as the client counts.
pub(crate) fn range(source: &Source, span: Span, encoding: Encoding) -> Range {
    Range { start: position(source, span.start, encoding), end: position(source, span.end.max(span.start), encoding) }
}

/// The byte of a source that a client means. Past the end of a line is its end, past the last line the end of the text.
pub(crate) fn byte(source: &Source, at: Position, encoding: Encoding) -> u32 {
    let line = source.line_range(at.line as usize);
    let text = source.text.get(line.clone()).unwrap_or_default();
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    number(line.start + encoding.byte(text, at.character as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_border_there_and_back() {
        let source = Source::new("a.flow", "é😀x\r\n\n日本\nend");
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            for (at, char) in source.text.char_indices() {
                // What ends a line is one place.
                if char == '\n' && source.text[..at].ends_with('\r') {
                    continue;
                }
                let position = position(&source, at as u32, encoding);
                assert_eq!(byte(&source, position, encoding), at as u32, "{at} {position:?} {encoding:?}");
            }
        }
    }

    #[test]
    fn code_units_are_counted_as_the_client_counts() {
        let source = Source::new("a.flow", "x\né😀y");
        let y = source.text.find('y').unwrap() as u32;
        assert_eq!(position(&source, y, Encoding::Utf8), Position { line: 1, character: 6 });
        assert_eq!(position(&source, y, Encoding::Utf16), Position { line: 1, character: 3 });
    }

    #[test]
    fn what_is_nowhere_is_at_an_end() {
        let source = Source::new("a.flow", "ab\r\ncd");
        let at = |line, character| byte(&source, Position { line, character }, Encoding::Utf16);
        assert_eq!([at(0, 99), at(1, 99), at(7, 0), at(u32::MAX, u32::MAX)], [2, 6, 6, 6]);
        // Within a pair of surrogates: the border behind it.
        let source = Source::new("a.flow", "😀");
        assert_eq!(byte(&source, Position { line: 0, character: 1 }, Encoding::Utf16), 4);
    }
}
