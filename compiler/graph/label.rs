//! Words for nodes and edges, taken from the source as it is written.

use crate::diag::Span;
use crate::diag::render::{Sources, clean};
use crate::hir::{Expr, ExprKind, TemplatePart};
use crate::syntax::Comment;

/// Texts longer than this are cut, in characters.
pub(super) const TEXT_MAX: usize = 240;
/// So is a plain statement,
pub(super) const STEP_MAX: usize = 140;
/// and what stands on an edge and in a title.
pub(super) const LABEL_MAX: usize = 80;

/// The source of one flow's file.
pub(super) struct Words<'a> {
    pub sources: &'a Sources,
    pub comments: Vec<Comment>,
}

impl Words<'_> {
    /// A piece of the source on one line, without its comments.
    pub fn slice(&self, span: Span) -> String {
        let Some(source) = self.sources.get(span.file) else { return String::new() };
        let mut text = String::new();
        let mut at = span.start;
        let inside = |comment: &&Comment| {
            comment.span.file == span.file && comment.span.start >= span.start && comment.span.end <= span.end
        };
        for comment in self.comments.iter().filter(inside) {
            text.push_str(source.text.get(at as usize..comment.span.start as usize).unwrap_or_default());
            at = comment.span.end;
        }
        text.push_str(source.text.get(at as usize..span.end as usize).unwrap_or_default());
        one_line(&text)
    }

    /// A text as people will read it, with its holes as they are written; anything else as it stands in the source.
    pub fn prose(&self, expr: &Expr) -> String {
        let text = match &expr.kind {
            ExprKind::Text(text) => text.to_string(),
            ExprKind::Template(parts) => parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Text(text) => text.to_string(),
                    TemplatePart::Hole(hole) | TemplatePart::Escaped(_, hole) | TemplatePart::Path(_, hole) => {
                        format!("{{{{{}}}}}", self.slice(hole.span))
                    }
                })
                .collect(),
            ExprKind::Convert(_, inner) | ExprKind::Wrap(inner) => return self.prose(inner),
            _ => self.slice(expr.span),
        };
        cut(&one_line(&text), TEXT_MAX)
    }

    /// The head of an arm: what stands before its `->`.
    pub fn head(&self, span: Span) -> String {
        let whole = self.slice(span);
        cut(before_arrow(&whole).trim_end(), LABEL_MAX)
    }

    /// The line a place stands on, from 1.
    pub fn line(&self, span: Span) -> u32 {
        self.sources.positions(span).0.line
    }
}

/// White space made single, and nothing that would do something to a terminal.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = words.join(" ").replace("( ", "(").replace(",)", ")").replace(", )", ")");
    clean(&joined).into_owned()
}

/// The beginning of a text that is too long.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    // At the end of a word, unless that is far back.
    let whole =
        kept.rfind(' ').filter(|at| text.chars().nth(max.saturating_sub(1)) != Some(' ') && at * 3 > kept.len() * 2);
    format!("{}…", kept.get(..whole.unwrap_or(kept.len())).unwrap_or(&kept).trim_end())
}

/// What stands before the first `->` that is in no text.
fn before_arrow(text: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '-' if !quoted && text.get(at..).is_some_and(|rest| rest.starts_with("->")) => {
                return text.get(..at).unwrap_or(text);
            }
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_ends_at_its_arrow_and_not_at_one_in_a_text() {
        assert_eq!(before_arrow("after 1 day -> stop"), "after 1 day ");
        assert_eq!(before_arrow("when a == \"x -> y\" -> stop"), "when a == \"x -> y\" ");
        assert_eq!(before_arrow("after 1 day"), "after 1 day");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("ææææ", 3), "ææ…");
        assert_eq!(cut("ææ", 3), "ææ");
        assert_eq!(cut("a shop that sells books", 16), "a shop that…");
        assert_eq!(cut("a shop that sells books", 12), "a shop that…");
        assert_eq!(cut("a shop.that.sells.books", 16), "a shop.that.sel…");
        assert_eq!(one_line("f(\n    a,\n    b,\n)"), "f(a, b)");
        assert_eq!(one_line("a\u{1b}[31mb"), "a\u{fffd}[31mb");
    }
}
