//! Text from sources and services, made harmless for a terminal.
//!
//! An escape sequence or a direction override in a source file must not repaint the terminal of whoever looks at the
//! error in it.

use std::borrow::Cow;

/// Whether a character would do something to a terminal, or to the order of what stands beside it, instead of showing.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
}

/// The text with every harmful character replaced by `�`.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_harmful(c) { '\u{FFFD}' } else { c }).collect())
}

/// As [`clean`], and every replacement is as many bytes long as what it replaces, so that spans still fit.
/// The carriage return of a line break stays.
pub fn clean_same_length(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        result.push(match c {
            '\r' if rest.peek() == Some(&'\n') => c,
            _ if !is_harmful(c) => c,
            _ => match c.len_utf8() {
                1 => '?',
                2 => '¿',
                _ => '\u{FFFD}',
            },
        });
    }
    Cow::Owned(result)
}
