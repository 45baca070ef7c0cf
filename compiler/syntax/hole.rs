//! An expression that stands in a file which is no program: in `{{ }}` of a template of a mail.

use super::ast::{Expr, ItemKind, StrPart};
use super::builder::Builder;
use super::lexer::{self, Spanned};
use super::parser::Parser;
use super::token::Tok;
use crate::diag::{Diagnostic, FileId, Span};
use std::ops::Range;

/// What stands before the hole in the text that is read in its place: a quote and two braces.
const BEFORE: i64 = 3;

/// Reads what stands between `{{` and `}}`, as if they stood in a string. `inner` are its bytes in the file; places in the
/// tree and in what is told are those of the file.
pub(crate) fn parse_hole(file: FileId, source: &str, inner: Range<u32>) -> (Option<Expr>, Vec<Diagnostic>) {
    let slice = source.get(inner.start as usize..inner.end as usize).unwrap_or("");
    let mut lexed = lexer::lex(file, &format!("\"{{{{{slice}}}}}\""));
    let (first, last) = (inner.start.saturating_sub(2), inner.end.saturating_add(2).min(source.len() as u32));
    let moved = |at: u32| {
        let at = i64::from(at) - BEFORE + i64::from(inner.start);
        u32::try_from(at).unwrap_or(0).clamp(first, last.max(first))
    };
    let place = |span: Span| Span::new(file, moved(span.start), moved(span.end));
    for text in &mut lexed.texts {
        (text.start, text.end) = (moved(text.start), moved(text.end));
    }
    let mut told = lexed.diagnostics;
    for diagnostic in &mut told {
        diagnostic.primary.span = place(diagnostic.primary.span);
        diagnostic.labels.iter_mut().for_each(|label| label.span = place(label.span));
        let edits = diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits);
        edits.for_each(|(span, _)| *span = place(*span));
    }
    // The grammar knows items only: here it is the label of a name that is nobody's.
    let head = [(first, Tok::NamesWord, first), (first, Tok::Ident, first)];
    let rest = lexed.tokens.iter().map(|(start, tok, end)| (moved(*start), *tok, moved(*end)));
    let tokens: Vec<Spanned> = head.into_iter().chain(rest).collect();
    let known = told.iter().map(|diagnostic| diagnostic.primary.span).collect();
    let mut builder = Builder::new(file, source, &lexed.texts, &[]);
    let mut parser = Parser::new(file, source, &mut builder, known, tokens.len());
    let items = parser.items(&tokens);
    told.append(&mut parser.diagnostics);
    told.append(&mut builder.diagnostics);
    told.iter_mut().for_each(super::errors::into_sentence);
    let expr = items.into_iter().find_map(|item| match item.kind {
        ItemKind::Names(decl) => decl.names.into_iter().find_map(|name| name.label),
        _ => None,
    });
    let parts = expr.map(|text| text.parts).unwrap_or_default();
    let mut holes = parts.into_iter().filter_map(|part| match part {
        StrPart::Expr(expr) => Some(expr),
        StrPart::Text { .. } => None,
    });
    (holes.next(), told)
}
