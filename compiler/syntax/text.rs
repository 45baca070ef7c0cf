//! What a string means: its escapes, and the indentation a block string loses.

use std::borrow::Cow;
use std::sync::Arc;

/// A stretch of literal text between quotes and interpolations.
#[derive(Debug, Clone)]
pub struct Text {
    /// What it means.
    pub text: Arc<str>,
    /// First byte of its source.
    pub start: u32,
    /// One past its last.
    pub end: u32,
    /// Part of a `"""` string.
    pub block: bool,
}

/// The text of a stretch of source with its escapes resolved. Wrong escapes stand for themselves: the lexer has spoken.
pub fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let (meaning, used) = escape(tail);
        match meaning {
            Some(c) => out.push(c),
            None if tail.starts_with("{{") => out.push_str("{{"),
            None => out.push_str(&rest[at..at + 1 + used]),
        }
        rest = &tail[used..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that an escape means, and how many bytes after the backslash it takes.
fn escape(tail: &str) -> (Option<char>, usize) {
    match tail.as_bytes().first() {
        Some(b'n') => (Some('\n'), 1),
        Some(b't') => (Some('\t'), 1),
        Some(b'"') => (Some('"'), 1),
        Some(b'\\') => (Some('\\'), 1),
        Some(b'{') if tail.starts_with("{{") => (None, 2),
        // Six digits at most, so that a text full of broken escapes is not searched again and again.
        Some(b'u') => match tail.bytes().take(9).position(|b| b == b'}') {
            Some(end) if tail.as_bytes().get(1) == Some(&b'{') => match code_point(&tail[2..end]) {
                Some(c) => (Some(c), end + 1),
                None => (None, 0),
            },
            _ => (None, 0),
        },
        _ => (None, 0),
    }
}

/// The character with this hexadecimal number.
pub fn code_point(hex: &str) -> Option<char> {
    u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
}

/// The pieces of a block string, given as they stand in the source, without their common indentation, without the line
/// break after the opening quotes and without the one before closing quotes that stand on a line of their own.
pub fn dedent(raw: &[&str]) -> Vec<String> {
    let indent = common_indent(raw);
    let last = raw.len().saturating_sub(1);
    let mut pieces: Vec<String> = Vec::with_capacity(raw.len());
    for (index, piece) in raw.iter().enumerate() {
        let mut lines = piece.split('\n');
        let mut out = String::with_capacity(piece.len());
        let first = lines.next().unwrap_or("");
        let mut rest = lines.peekable();
        let opening_is_blank = index == 0 && rest.peek().is_some() && first.trim().is_empty();
        if !opening_is_blank {
            out.push_str(first.strip_suffix('\r').unwrap_or(first));
        }
        let mut fresh = opening_is_blank;
        while let Some(line) = rest.next() {
            let is_closing = index == last && rest.peek().is_none() && line.trim().is_empty();
            if is_closing {
                break;
            }
            if !fresh {
                out.push('\n');
            }
            fresh = false;
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.trim().is_empty() && rest.peek().is_some() {
                continue;
            }
            out.push_str(line.get(indent..).unwrap_or(""));
        }
        pieces.push(unescape(&out).into_owned());
    }
    pieces
}

/// The number of blanks and tabs that begin every line with something on it.
fn common_indent(raw: &[&str]) -> usize {
    let mut common: Option<&str> = None;
    for piece in raw {
        let mut lines = piece.split('\n').skip(1).peekable();
        while let Some(line) = lines.next() {
            let blanks = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            let ends_piece = lines.peek().is_none();
            // A line that runs into `{{` has something on it; so has the one with the closing quotes.
            let is_blank = line.trim().is_empty() && !ends_piece;
            if is_blank {
                continue;
            }
            common = Some(match common {
                None => blanks,
                Some(known) => {
                    let shared = known.bytes().zip(blanks.bytes()).take_while(|(a, b)| a == b).count();
                    &known[..shared]
                }
            });
        }
    }
    common.map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_they_say() {
        assert_eq!(unescape(r#"a\n\t\"\\\{{x}} \u{e9}"#), "a\n\t\"\\{{x}} \u{e9}");
        assert_eq!(unescape("nothing"), "nothing");
        assert_eq!(unescape(r"\q \u{110000} \u{"), r"\q \u{110000} \u{");
    }

    #[test]
    fn a_block_loses_its_common_indentation() {
        assert_eq!(dedent(&["\n        Dear Ada,\n\n          yours\n        "]), ["Dear Ada,\n\n  yours"]);
        assert_eq!(dedent(&["\n    Hi ", ",\n    bye\n    "]), ["Hi ", ",\nbye"]);
        assert_eq!(dedent(&["one line"]), ["one line"]);
        assert_eq!(dedent(&["\r\n    a\r\n    b\r\n    "]), ["a\nb"]);
        assert_eq!(dedent(&["\n    ", " first\n      second\n    "]), ["", " first\n  second"]);
        assert_eq!(dedent(&["\n"]), [""]);
        assert_eq!(dedent(&[""]), [""]);
    }

    #[test]
    fn closing_quotes_count_as_a_line() {
        assert_eq!(dedent(&["\n    a\n  "]), ["  a"]);
    }
}
