//! Text to tree: tokens, grammar, recovery, AST.
//!
//! [`parse`] never fails: it gives a tree, with `Error` nodes where the text could not be understood, and what it has to say.
//! `token` and `lexer` make tokens (`text` what strings mean, `brackets` what matches), `parser` hands them to LALRPOP item
//! by item, `builder` is what the grammar's actions call, `regions` decides what an error sets aside, `errors` and `advice`
//! put it into words.

pub mod ast;

mod advice;
mod brackets;
mod builder;
mod capitals;
mod errors;
mod hidden;
mod hole;
mod layout;
pub(crate) mod lexer;
mod outline;
mod parser;
mod regions;
mod text;
#[allow(missing_docs, reason = "the variants are the words of the language")]
pub(crate) mod token;

#[cfg(test)]
mod tests;

use crate::diag::{Code, Diagnostic, FileId, Span};
use std::borrow::Cow;

/// Brackets, and separately the levels of one expression, may nest this deep.
pub const NESTING_MAX: u16 = 256;

/// The largest source file, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1 << 20;

/// No more errors than this are given for one file; one more says so.
pub const DIAGNOSTICS_MAX: usize = 200;

/// A parsed file.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The tree.
    pub tree: ast::File,
    /// What is wrong, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// Every comment, in source order, for the formatter.
    pub comments: Vec<Comment>,
}

/// A comment as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// From the first slash to the end of the line, line break excluded.
    pub span: Span,
    /// Which kind.
    pub kind: CommentKind,
}

/// The three kinds of comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentKind {
    /// `// …`
    Plain,
    /// `/// …`
    Doc,
    /// `//! …`
    FileDoc,
}

pub(crate) use advice::is_otherwise;
pub(crate) use hole::parse_hole;
pub(crate) use outline::outline;

/// Whether a word can never be a name, except after `.` and before `:`.
pub(crate) fn is_reserved(word: &str) -> bool {
    let mut read = <token::Tok as logos::Logos>::lexer(word);
    matches!((read.next(), read.next()), (Some(Ok(tok)), None) if tok.is_reserved())
}

/// Whether a text is a name, and no word of the language.
pub(crate) fn is_name(text: &str) -> bool {
    let mut read = <token::Tok as logos::Logos>::lexer(text);
    let whole = matches!((read.next(), read.next()), (Some(Ok(tok)), None) if tok.is_name());
    whole && !is_reserved(text)
}

/// Reads a source file.
pub fn parse(file: FileId, source: &str) -> Parsed {
    if source.len() > SOURCE_BYTES_MAX {
        return too_large(file, source);
    }
    parse_made(file, source)
}

/// Reads a text that nobody wrote by hand: whoever made it has seen to its length.
pub(crate) fn parse_made(file: FileId, source: &str) -> Parsed {
    let span = Span::new(file, 0, source.len() as u32);
    let mut lexed = lexer::lex(file, source);
    let in_capitals = capitals::at_top(file, source, &mut lexed.tokens);
    let known = lexed.diagnostics.iter().map(|diagnostic| diagnostic.primary.span).collect();
    let mut builder = builder::Builder::new(file, source, &lexed.texts, &lexed.docs);
    let mut parser = parser::Parser::new(file, source, &mut builder, known, lexed.tokens.len());
    let too_deep = lexed.diagnostics.iter().find(|diagnostic| diagnostic.code == Code::NestingTooDeep);
    parser.too_deep = too_deep.map(|diagnostic| diagnostic.primary.span.start);
    let items = parser.items(&lexed.tokens);
    let doubt = std::mem::take(&mut parser.doubt);
    let mut diagnostics = hidden::find(file, source, &lexed, DIAGNOSTICS_MAX + 1);
    diagnostics.extend(lexed.diagnostics);
    diagnostics.extend(in_capitals);
    diagnostics.append(&mut parser.diagnostics);
    diagnostics.append(&mut builder.diagnostics);
    limit(&mut diagnostics, span, source);
    diagnostics.iter_mut().for_each(errors::into_sentence);
    let tree = ast::File { span, docs: lexed.file_docs, items, expr_count: builder.expr_count(), doubt };
    Parsed { tree, diagnostics, comments: lexed.comments }
}

/// Where the words and signs of a text stand, in order; what is missing has a place without width.
pub fn words(file: FileId, source: &str) -> Vec<Span> {
    let tokens = lexer::lex(file, source).tokens;
    tokens.iter().map(|(start, _, end)| Span::new(file, *start, *end)).collect()
}

/// Reads a source file whose bytes may be no text. What is no UTF-8 is one diagnostic; the tree is of the text with a mark
/// in place of each such byte, so that places are the same in both.
pub fn parse_bytes(file: FileId, source: &[u8]) -> Parsed {
    if let Some(other) = other_than_text(source) {
        let mut parsed = parse(file, "");
        let (message, help) = match other {
            Other::Utf16 => ("The file is saved as UTF-16, and programs are UTF-8.", "Save the file as UTF-8."),
            Other::Binary => (
                "The file is no text: most likely it is a picture, an archive or a program.",
                "Move it out of the project, or give it a name that does not end in `.flow`.",
            ),
        };
        parsed.diagnostics = vec![Diagnostic::new(Code::InvalidUtf8, Span::new(file, 0, 0), message).help(help)];
        return parsed;
    }
    let error = match std::str::from_utf8(source) {
        Ok(text) => return parse(file, text),
        Err(error) => error,
    };
    let text = readable(source);
    let mut parsed = parse(file, &text);
    let at = error.valid_up_to() as u32;
    let end = at + error.error_len().unwrap_or(source.len() - error.valid_up_to()) as u32;
    let line = 1 + text.bytes().take(at as usize).filter(|byte| *byte == b'\n').count();
    let message = format!("The file is not UTF-8: byte {}, in line {line}, begins no character.", at + 1);
    parsed.diagnostics =
        vec![Diagnostic::new(Code::InvalidUtf8, Span::new(file, at, end), message).help("Save the file as UTF-8.")];
    parsed
}

/// What a file is that is not meant to be read as a program at all.
enum Other {
    Utf16,
    Binary,
}

/// So many bytes at the beginning tell what a file is.
const HEAD_BYTES: usize = 1024;

/// What a file is, where it is no program that was saved badly or damaged in a place: control characters all over it.
fn other_than_text(source: &[u8]) -> Option<Other> {
    if source.starts_with(&[0xff, 0xfe]) || source.starts_with(&[0xfe, 0xff]) {
        return Some(Other::Utf16);
    }
    let head = source.get(..HEAD_BYTES).unwrap_or(source);
    let control = |byte: &&u8| (**byte < b' ' && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x1b)) || **byte == 0x7f;
    let controls = head.iter().filter(control).count();
    (head.contains(&0) && controls > 4 && controls * 10 > head.len()).then_some(Other::Binary)
}

/// Bytes as text, with a mark in place of each that is none: every place is where it was. Of what is no text nothing is
/// shown.
pub fn readable(source: &[u8]) -> Cow<'_, str> {
    if other_than_text(source).is_some() {
        return Cow::Borrowed("");
    }
    let mut chunks = source.utf8_chunks();
    match (chunks.next(), chunks.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(all), None) if all.invalid().is_empty() => Cow::Borrowed(all.valid()),
        _ => {
            let mut text = String::with_capacity(source.len());
            for chunk in source.utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| '?'));
            }
            Cow::Owned(text)
        }
    }
}

fn too_large(file: FileId, source: &str) -> Parsed {
    let border = |mut at: usize| {
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at as u32
    };
    let from = border(SOURCE_BYTES_MAX);
    let span =
        Span::new(file, from, source[from as usize..].chars().next().map_or(from, |c| from + c.len_utf8() as u32));
    // Whoever reads a file reads no more of it than tells that it is too large.
    let message = format!("This file is larger than a source file may be, which is {SOURCE_BYTES_MAX} bytes.");
    let diagnostic =
        Diagnostic::new(Code::SourceTooLarge, span, message).help("Divide it: each file is a module of its own.");
    let end = border(source.len().min(u32::MAX as usize));
    let tree = ast::File {
        span: Span::new(file, 0, end),
        docs: None,
        items: Vec::new(),
        expr_count: 0,
        doubt: ast::Doubt::default(),
    };
    Parsed { tree, diagnostics: vec![diagnostic], comments: Vec::new() }
}

/// In source order, one at a place, and not too many.
fn limit(diagnostics: &mut Vec<Diagnostic>, file: Span, source: &str) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end));
    diagnostics.dedup_by(|next, kept| next.code == kept.code && next.primary.span == kept.primary.span);
    // A bracket that closes nothing, behind a mistake on its line, is most likely a part of it.
    diagnostics.dedup_by(|next, kept| {
        let between = source.get(kept.primary.span.start as usize..next.primary.span.start as usize);
        next.code == Code::UnmatchedCloser
            && kept.code != Code::UnmatchedCloser
            && between.is_some_and(|between| !between.contains('\n'))
    });
    let count = diagnostics.len();
    if count > DIAGNOSTICS_MAX {
        diagnostics.truncate(DIAGNOSTICS_MAX);
        let end = Span { start: file.end, ..file };
        let message =
            format!("this file has more than {DIAGNOSTICS_MAX} errors; the first {DIAGNOSTICS_MAX} are shown");
        diagnostics
            .push(Diagnostic::new(Code::TooManyErrors, end, message).help("Mend the first ones and check again."));
    }
}
