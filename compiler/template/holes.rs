//! The holes of a template's file: where they begin and end, what stands in them, and the text with a mark for each.

use super::HOLES_MAX;
use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::syntax::ast::Expr;
use crate::syntax::parse_hole;
use std::ops::Range;
use std::sync::Arc;

/// A hole, by its number in the file.
#[derive(Debug, Clone)]
pub(crate) struct Hole {
    /// With its braces.
    pub span: Span,
    /// What it is.
    pub kind: HoleKind,
}

/// The kinds of holes.
#[derive(Debug, Clone)]
pub(crate) enum HoleKind {
    /// `{{ expression }}`; none where it could not be read, which has been told.
    Shown(Option<Expr>),
    /// `{{if condition}}`
    If(Option<Expr>),
    /// `{{for item in list}}`: the name of the item and where it stands, and the list; none where it could not be read, which
    /// has been told.
    For(Option<(Arc<str>, Span)>, Option<Expr>),
    /// `{{else}}`
    Else,
    /// `{{end}}`
    End,
}

impl Hole {
    /// Whether it shows nothing itself.
    pub fn is_control(&self) -> bool {
        !matches!(self.kind, HoleKind::Shown(_))
    }
}

/// A file with marks in place of its holes. A mark is letters and digits only, so that Markdown and HTML leave it alone, and
/// is found nowhere else in the file.
#[derive(Debug, Clone)]
pub(crate) struct Marked {
    /// The text.
    pub text: String,
    /// In order.
    pub holes: Vec<Hole>,
    /// What marks begin with.
    pub prefix: String,
    /// (a place in the text, the same in the file), ascending.
    places: Vec<(usize, usize)>,
}

/// Digits of a mark.
const DIGITS: usize = 4;

impl Marked {
    /// Where in the file something of the text stands.
    pub fn place(&self, at: usize) -> usize {
        let known = self.places.partition_point(|(text, _)| *text <= at);
        let (text, file) = known.checked_sub(1).and_then(|known| self.places.get(known)).copied().unwrap_or_default();
        file + at.saturating_sub(text)
    }

    /// The number of the hole whose mark a text begins with, and what follows the mark.
    pub fn mark<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        let rest = text.strip_prefix(self.prefix.as_str())?;
        let (digits, rest) = rest.split_at_checked(DIGITS)?;
        Some((digits.parse().ok()?, rest.strip_prefix('z')?))
    }

    /// The first mark of a text: what stands before it, its hole, what stands behind it.
    pub fn split<'t>(&self, text: &'t str) -> Option<(&'t str, usize, &'t str)> {
        let mut from = 0;
        loop {
            let at = from + text.get(from..)?.find(self.prefix.as_str())?;
            if let Some((hole, rest)) = self.mark(text.get(at..)?) {
                return Some((text.get(..at)?, hole, rest));
            }
            from = at + 1;
        }
    }
}

/// What marks begin with: found in none of the texts.
pub(crate) fn prefix(texts: &[&str]) -> String {
    let mut number = 0u32;
    loop {
        let prefix = format!("zh{number}h");
        if !texts.iter().any(|text| text.contains(&prefix)) {
            return prefix;
        }
        number += 1;
    }
}

/// Finds and reads every hole of a file from a byte on.
pub(crate) fn marked(file: FileId, source: &str, prefix: &str, out: &mut Vec<Diagnostic>) -> Marked {
    let mut made = Marked {
        text: String::with_capacity(source.len()),
        holes: Vec::new(),
        prefix: prefix.to_owned(),
        places: vec![(0, 0)],
    };
    let mut at = 0;
    while let Some(open) = source.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found) {
        let before = source.get(at..open).unwrap_or("");
        if let Some(before) = before.strip_suffix('\\') {
            made.text.push_str(before);
            made.text.push_str("{{");
            at = open + 2;
            made.places.push((made.text.len(), at));
            continue;
        }
        made.text.push_str(before);
        if made.holes.len() == HOLES_MAX {
            let span = Span::new(file, open as u32, open as u32 + 2);
            out.push(
                Diagnostic::new(Code::LimitReached, span, format!("A template has at most {HOLES_MAX} holes."))
                    .help("Make two mails of it, or compute a part in the flow and give it as one text."),
            );
            return made;
        }
        let Some(inner) = end_of_hole(source, open + 2).map(|end| open + 2..end) else {
            let span = Span::new(file, open as u32, open as u32 + 2);
            out.push(
                Diagnostic::new(Code::UnclosedBracket, span, "This `{{` is never closed.")
                    .at("opened here")
                    .help("Close it with `}}`. Where people should read braces, write `\\{{`."),
            );
            return made;
        };
        let end = inner.end + 2;
        let span = Span::new(file, open as u32, end as u32);
        made.holes.push(Hole { span, kind: kind(file, source, inner, out) });
        made.text.push_str(&format!("{prefix}{:0DIGITS$}z", made.holes.len() - 1));
        at = end;
        made.places.push((made.text.len(), at));
    }
    made.text.push_str(source.get(at..).unwrap_or(""));
    made
}

fn kind(file: FileId, source: &str, inner: Range<usize>, out: &mut Vec<Diagnostic>) -> HoleKind {
    let text = source.get(inner.clone()).unwrap_or("");
    let mut read = |from: usize| {
        let (expr, told) = parse_hole(file, source, from as u32..inner.end as u32);
        out.extend(told);
        expr
    };
    let word = text.trim();
    match word {
        "else" => HoleKind::Else,
        "end" => HoleKind::End,
        _ if begins(word, "if") => HoleKind::If(read(inner.start + text.find("if").unwrap_or(0) + 2)),
        _ if word == "for" || begins(word, "for") => {
            match each(text) {
                Some((item, list)) => {
                    let at = |within: usize| (inner.start + within) as u32;
                    let name = text.get(item.clone()).unwrap_or("");
                    let name = (Arc::from(name), Span::new(file, at(item.start), at(item.end)));
                    HoleKind::For(Some(name), read(inner.start + list))
                }
                None => {
                    let span = Span::new(file, inner.start as u32, inner.end as u32);
                    out.push(
                    Diagnostic::new(Code::UnexpectedToken, span, "This `for` does not say what goes through what.")
                        .at("a name, `in` and a list")
                        .help("Write `{{for line in order.lines}}`; what differs between lines is asked with `{{if …}}`."),
                );
                    HoleKind::For(None, None)
                }
            }
        }
        _ => HoleKind::Shown(read(inner.start)),
    }
}

/// Whether a hole begins with a word of its own.
fn begins(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t', '\n', '\r', '(']))
}

/// Takes `for item in list` apart: where the name stands, and where the list begins.
fn each(text: &str) -> Option<(Range<usize>, usize)> {
    let blank = |from: usize| {
        let rest = text.get(from..)?;
        let skipped = rest.len() - rest.trim_start().len();
        (skipped > 0).then_some(from + skipped)
    };
    let name = blank(text.find("for")? + 3)?;
    let rest = text.get(name..)?;
    let length = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_')?;
    let fits = rest.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && !RESERVED.contains(&rest.get(..length)?);
    let word = blank(name + length).filter(|_| fits)?;
    let list = text.get(word..)?.strip_prefix("in").and_then(|_| blank(word + 2))?;
    (!text.get(list..)?.trim().is_empty()).then_some((name..name + length, list))
}

/// Words that are no names.
const RESERVED: [&str; 8] = ["if", "else", "for", "and", "or", "not", "true", "false"];

/// Where the `}}` stands that closes a hole. Braces and texts within nest, as in a string of a program; where they do not
/// match, the next `}}` closes it.
fn end_of_hole(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let two = |at: usize, what: &[u8]| bytes.get(at..at + 2) == Some(what);
    /// What is open, innermost last.
    #[derive(PartialEq)]
    enum Open {
        Hole,
        Brace,
        Text,
    }
    let mut open = vec![Open::Hole];
    let mut at = from;
    while at < bytes.len() && open.len() < 64 {
        match (open.last()?, bytes.get(at)?) {
            (Open::Text, b'\\') => at += 1,
            (Open::Text, b'"') => drop(open.pop()),
            (Open::Text, b'\n') => break,
            (_, b'{') if two(at, b"{{") => {
                open.push(Open::Hole);
                at += 1;
            }
            (Open::Text, _) => {}
            (_, b'"') => open.push(Open::Text),
            (_, b'{') => open.push(Open::Brace),
            (Open::Brace, b'}') => drop(open.pop()),
            (Open::Hole, b'}') if two(at, b"}}") => {
                open.pop();
                if open.is_empty() {
                    return Some(at);
                }
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    source.get(from..)?.find("}}").map(|found| from + found)
}
