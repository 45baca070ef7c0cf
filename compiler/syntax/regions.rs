//! Where items end, and which stretches of one may be set aside.
//!
//! Everything here relies on brackets that match, which the lexer guarantees.

use std::ops::Range;

use super::lexer::Spanned;
use super::token::Tok;

fn tok(tokens: &[Spanned], at: usize) -> Tok {
    tokens.get(at).map_or(Tok::Eof, |token| token.1)
}

/// How many tokens the first item takes, the line end behind it included.
pub fn item_end(tokens: &[Spanned]) -> usize {
    let mut depth = 0usize;
    let mut keyword: Option<Tok> = None;
    let mut has_body = false;
    for (at, &(_, found, _)) in tokens.iter().enumerate() {
        if found.opens() {
            has_body |= depth == 0 && found == Tok::LBrace;
            depth += 1;
        } else if found.closes() {
            depth = depth.saturating_sub(1);
        } else if depth > 0 {
            continue;
        } else if keyword.is_none() && found.begins_item() && (at == 0 || tok(tokens, at - 1) != Tok::At) {
            keyword = Some(found);
        } else if found == Tok::Newline {
            let next = tok(tokens, at + 1);
            let begins = next.begins_item() || next == Tok::At;
            let goes_on = match keyword {
                None => tok(tokens, 0) == Tok::At && begins,
                Some(Tok::Flow) => !has_body && !begins,
                Some(_) => !has_body && matches!(next, Tok::LBrace | Tok::Arrow | Tok::Equals | Tok::Fails),
            };
            if !goes_on {
                return at + 1;
            }
        }
    }
    tokens.len()
}

/// Where the names stand that a declaration brings: its own, and those that begin in its body.
pub fn declares(tokens: &[Spanned]) -> Vec<(u32, u32)> {
    let keyword = tokens.iter().position(|(_, found, _)| found.begins_item());
    let is_list = keyword.is_some_and(|at| {
        matches!(tok(tokens, at), Tok::NamesWord | Tok::FieldsWord | Tok::Enum | Tok::Event | Tok::Calendar)
    });
    // The clauses of a flow's header declare nothing.
    let is_flow = keyword.is_some_and(|at| tok(tokens, at) == Tok::Flow);
    let before_body = |found: Tok| found == Tok::LBrace || is_flow && found.begins_clause();
    let body = tokens.iter().position(|(_, found, _)| before_body(*found)).unwrap_or(tokens.len());
    let mut names = Vec::new();
    for (at, &(start, found, end)) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or(Tok::Eof, |before| tok(tokens, before));
        // A type that a header mentions is not declared by it.
        let mentioned = matches!(before, Tok::Colon | Tok::Less | Tok::Arrow);
        let own = keyword.is_some_and(|keyword| at > keyword) && at < body && tok(tokens, at + 1) != Tok::Dot;
        let own = own && !mentioned;
        let begins = matches!(before, Tok::Let | Tok::Var | Tok::For | Tok::As | Tok::Path);
        if found.is_name() && (is_list || own || begins) {
            names.push((start, end));
        }
    }
    names
}

/// The bracket around a token: the index of its opener, or `None` at the top of the item.
pub fn opener(tokens: &[Spanned], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for index in (0..at.min(tokens.len())).rev() {
        let found = tok(tokens, index);
        if found.closes() {
            depth += 1;
        } else if found.opens() {
            if depth == 0 {
                return Some(index);
            }
            depth -= 1;
        }
    }
    None
}

/// The tokens on the level of `at`, from the beginning of what `separates` to its end. A token that closes or separates
/// belongs to what stands before it.
fn segment(tokens: &[Spanned], at: usize, separates: impl Fn(Tok) -> bool) -> Range<usize> {
    let mut depth = 0usize;
    let mut start = 0;
    for index in (0..at.min(tokens.len())).rev() {
        let found = tok(tokens, index);
        if found.closes() {
            depth += 1;
        } else if found.opens() {
            if depth == 0 {
                start = index + 1;
                break;
            }
            depth -= 1;
        } else if depth == 0 && separates(found) {
            start = index + 1;
            break;
        }
    }
    let mut depth = 0usize;
    let mut end = tokens.len();
    for index in at..tokens.len() {
        let found = tok(tokens, index);
        if found.opens() {
            depth += 1;
        } else if found.closes() {
            if depth == 0 {
                end = index;
                break;
            }
            depth -= 1;
        } else if depth == 0 && separates(found) {
            end = index;
            break;
        }
    }
    start..end
}

fn ends_line(found: Tok) -> bool {
    matches!(found, Tok::Newline | Tok::TextMiddle(_))
}

fn ends_entry(found: Tok) -> bool {
    ends_line(found) || found == Tok::Comma
}

/// A token behind which a value or a statement begins.
fn introduces(found: Tok) -> bool {
    use Tok::*;
    matches!(
        found,
        Equals
            | PlusEq
            | MinusEq
            | Arrow
            | Colon
            | If
            | While
            | Switch
            | Repeat
            | Return
            | Where
            | In
            | When
            | Within
            | Expect
    )
}

/// The line around a token, on its level of brackets.
pub fn line_around(tokens: &[Spanned], at: usize) -> Range<usize> {
    segment(tokens, at, ends_line)
}

/// The part of an entry behind the last word that introduces something, up to the braces that follow it.
fn value_around(tokens: &[Spanned], at: usize, entry: &Range<usize>) -> Range<usize> {
    let mut start = None;
    let mut end = entry.end;
    let mut depth = 0usize;
    for index in entry.clone() {
        let found = tok(tokens, index);
        if depth == 0 && index < at && introduces(found) {
            start = Some(index + 1);
        }
        if depth == 0 && index >= at && matches!(found, Tok::LBrace | Tok::Arrow | Tok::Else | Tok::Undo) {
            end = index;
            break;
        }
        if found.opens() {
            depth += 1;
        } else if found.closes() {
            depth = depth.saturating_sub(1);
        }
    }
    start.map_or(0..0, |start| start..end)
}

/// The stretches around a token that may be set aside, smallest first; the last is everything.
pub fn around(tokens: &[Spanned], at: usize) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = at;
    let mut levels = 0;
    loop {
        let entry = segment(tokens, at, ends_entry);
        for region in [value_around(tokens, at, &entry), entry, line_around(tokens, at)] {
            if region.start < region.end && found.last() != Some(&region) {
                found.push(region);
            }
        }
        levels += 1;
        match opener(tokens, at) {
            // Further out little is left to save.
            Some(outer) if levels < 32 => at = outer,
            _ => break,
        }
    }
    let all = 0..tokens.len();
    if found.last() != Some(&all) {
        found.push(all);
    }
    found
}
