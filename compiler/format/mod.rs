//! One layout for every program: `flow fmt`.
//!
//! Works on tokens and comments, not on the tree: what is written stays, word for word, and only the space between words
//! is made anew. `tree` finds brackets and what they hold, `space` says what stands between two words, `layout` turns both
//! into a document with alternatives, line by `line`, `doc` chooses among them. Afterwards the tokens of both texts are compared; a
//! difference would be a fault of the formatter, and then the text stays as it was.

mod broken;
mod doc;
mod layout;
mod line;
mod space;
mod tree;

use crate::diag::{FileId, Severity, Span};
use crate::syntax::ast::ItemKind;
use crate::syntax::token::Tok;
use crate::syntax::{lexer, parse};

/// A source file, laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// The whole text.
    pub text: String,
    /// It does not parse: where it does not, it stays as it was.
    pub broken: bool,
}

/// Lays a source file out. Lines with an error in them stay as they are written, where they cannot be told the whole
/// declaration, and so does what is between declarations then. Lines end as the first one does.
///
/// The same program comes out, and laying out its result changes nothing.
pub fn format(source: &str) -> Formatted {
    let (text, broken) = with_line_feeds(source);
    let returns = source.find('\n').is_some_and(|at| source[..at].ends_with('\r'));
    if !returns || broken {
        return Formatted { text, broken };
    }
    Formatted { text: text.replace("\r\n", "\n").replace('\n', "\r\n"), broken }
}

/// The layout, with `\n` at the end of its lines, and whether the source is broken.
fn with_line_feeds(source: &str) -> (String, bool) {
    let (text, broken) = once(source, broken::around_errors);
    if !broken {
        // Inside a block of text a line may end otherwise, which means the same.
        return (text.replace("\r\n", "\n"), false);
    }
    // A broken line that came to stand elsewhere may be taken for something else: only what stays as it is is good.
    let stays = |text: &String| {
        let (again, broken) = once(text, broken::around_errors);
        broken && again == *text
    };
    let whole_declarations = || Some(once(source, |_| None).0).filter(stays);
    (Some(text).filter(stays).or_else(whole_declarations).unwrap_or_else(|| source.to_owned()), true)
}

/// Lays out what is sound, and what is broken by `around_errors`, which declines where a declaration has to stay as it is.
fn once(source: &str, around_errors: fn(&str) -> Option<String>) -> (String, bool) {
    let file = FileId(0);
    let parsed = parse(file, source);
    let mut errors: Vec<(u32, u32)> = (parsed.diagnostics.iter())
        .filter(|diagnostic| diagnostic.severity() == Severity::Error)
        .map(|diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end))
        .collect();
    if errors.is_empty() {
        return (sound(source), false);
    }
    // By where they begin: the furthest end of all up to there says whether one of them reaches an item.
    errors.sort_unstable();
    let mut furthest = 0;
    for (_, end) in &mut errors {
        furthest = furthest.max(*end);
        *end = furthest;
    }
    let touched = |item: Span| {
        let before = errors.partition_point(|(start, _)| *start <= item.end);
        before.checked_sub(1).and_then(|at| errors.get(at)).is_some_and(|(_, end)| item.start <= *end)
    };
    let mut out = String::with_capacity(source.len());
    let mut from = 0;
    for item in &parsed.tree.items {
        let range = item.span.range();
        let broken = item.kind == ItemKind::Error || touched(item.span);
        let Some(text) = source.get(range.clone()).filter(|_| range.start >= from) else { continue };
        // A bracket may be missing further up: only what is sound by itself is laid out.
        let sound_by_itself = |text| {
            let diagnostics = parse(file, text).diagnostics;
            !diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
        };
        let laid_out = match broken {
            true => around_errors(text),
            false => sound_by_itself(text).then(|| sound(text)),
        };
        let Some(laid_out) = laid_out else { continue };
        out.push_str(source.get(from..range.start).unwrap_or(""));
        out.push_str(laid_out.trim_end_matches('\n'));
        from = range.end;
    }
    out.push_str(source.get(from..).unwrap_or(""));
    (out, true)
}

/// Lays out a text that parses.
fn sound(source: &str) -> String {
    let (text, amid) = raw(source);
    let laid_out = Some(text).filter(|text| same(source, text));
    let laid_out = if amid { laid_out.and_then(settled) } else { laid_out };
    laid_out.unwrap_or_else(|| source.to_owned())
}

/// Times that a text is laid out until it stays.
const ROUNDS_MAX: usize = 4;

/// A comment amid words may come to stand where the next time something else follows from it: laid out until it stays.
fn settled(mut text: String) -> Option<String> {
    for _ in 0..ROUNDS_MAX {
        let (again, _) = raw(&text);
        if again == text {
            return Some(text);
        }
        text = Some(again).filter(|again| same(&text, again))?;
    }
    None
}

/// The layout of what may be sound, and whether a comment stands amid the words of an element.
fn raw(source: &str) -> (String, bool) {
    let lexed = lexer::lex(FileId(0), source);
    let of_types = layout::of_types(source, &lexed.tokens);
    let elements = tree::Reader::new(source, &lexed.tokens, &lexed.comments, &of_types).all();
    let layout = layout::Layout { source, of_types: &of_types };
    (doc::print(&layout.file(&elements)), tree::is_commented_amid(&elements))
}

/// Whether both texts have the same words and comments. Separators may differ in kind, and a last one may be missing.
fn same(left: &str, right: &str) -> bool {
    words(left) == words(right)
}

fn words(source: &str) -> (Vec<String>, Vec<String>) {
    let lexed = lexer::lex(FileId(0), source);
    let mut words: Vec<String> = Vec::with_capacity(lexed.tokens.len());
    for (start, tok, end) in lexed.tokens {
        let text = source.get(start as usize..end as usize).unwrap_or("");
        match tok {
            Tok::Newline | Tok::Comma => {
                if words.last().is_some_and(|last| last != ",") {
                    words.push(",".into());
                }
                continue;
            }
            tok if tok.closes() && words.last().is_some_and(|last| last == ",") => {
                words.pop();
            }
            _ => {}
        }
        words.push(match tok {
            Tok::Duration | Tok::Priority => text.split_whitespace().collect::<Vec<_>>().join(" "),
            _ => text.to_owned(),
        });
    }
    if words.last().is_some_and(|last| last == ",") {
        words.pop();
    }
    let comments = lexed
        .comments
        .iter()
        .filter_map(|comment| source.get(comment.span.range()))
        .map(|text| text.trim_end().to_owned());
    (words, comments.collect())
}
