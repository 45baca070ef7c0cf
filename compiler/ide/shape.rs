//! The shape of a file: what can be folded, and what a selection grows to. Of tokens alone, so that a file which cannot be
//! read has one as well.

use super::Analysis;
use crate::diag::{FileId, Span};
use crate::syntax::ast::Item;
use crate::syntax::lexer;

/// What can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoldKind {
    /// What stands between brackets, or the lines of a text.
    Code,
    /// Lines of comments.
    Comment,
}

/// A stretch of lines that can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// From what opens it to what closes it.
    pub span: Span,
    /// What it is.
    pub kind: FoldKind,
}

impl Analysis {
    /// What of a file can be folded, the outer before the inner.
    pub fn folds(&self, file: FileId) -> Vec<Fold> {
        let Some(source) = self.front.sources.get(file) else { return Vec::new() };
        let lexed = lexer::lex(file, &source.text);
        let lines = |span: Span| source.line_index(span.start as usize)..source.line_index(span.end as usize);
        let long = |span: &Span| !lines(*span).is_empty();
        let brackets = brackets(file, &lexed.tokens).into_iter().filter(long);
        let mut folds: Vec<Fold> = brackets.map(|span| Fold { span, kind: FoldKind::Code }).collect();
        let mut run: Option<Span> = None;
        for comment in &lexed.comments {
            let own = source.line_range(source.line_index(comment.span.start as usize));
            let alone =
                source.text.get(own.start..comment.span.start as usize).is_some_and(|text| text.trim().is_empty());
            let next = run.is_some_and(|run| lines(run).end + 1 == lines(comment.span).start);
            match (&mut run, alone) {
                (Some(run), true) if next => run.end = comment.span.end,
                (last, true) => {
                    folds.extend(last.filter(long).map(|span| Fold { span, kind: FoldKind::Comment }));
                    run = Some(comment.span);
                }
                (_, false) => {}
            }
        }
        folds.extend(run.filter(long).map(|span| Fold { span, kind: FoldKind::Comment }));
        folds.sort_by_key(|fold| (fold.span.start, std::cmp::Reverse(fold.span.end)));
        folds
    }

    /// What a selection at a byte grows to, the smallest first: a word, what is between brackets, with them, the declaration,
    /// the file.
    pub fn selections(&self, file: FileId, at: u32) -> Vec<Span> {
        let Some(source) = self.front.sources.get(file) else { return Vec::new() };
        let tokens = lexer::lex(file, &source.text).tokens;
        let holds = |span: &Span| span.start <= at && at <= span.end;
        let words = tokens.iter().map(|(start, _, end)| Span::new(file, *start, *end)).filter(holds);
        let inside =
            |span: Span| [Span::new(file, span.start + 1, span.end.saturating_sub(1).max(span.start + 1)), span];
        let brackets = brackets(file, &tokens).into_iter().flat_map(inside).filter(holds);
        let trees = self.front.trees().filter(|tree| tree.span.file == file);
        let items = trees.flat_map(|tree| &tree.items).map(|item: &Item| item.span).filter(holds);
        let line = source.line_range(source.line_index(at as usize));
        let text = source.text.get(line.clone()).unwrap_or_default();
        let blank = text.len() - text.trim_start().len();
        let line = Span::new(file, (line.start + blank) as u32, (line.start + text.trim_end().len().max(blank)) as u32);
        let whole = Span::new(file, 0, source.text.len() as u32);
        let mut all: Vec<Span> = words.chain(brackets).chain(items).chain([line].into_iter().filter(holds)).collect();
        all.push(whole);
        all.sort_by_key(|span| span.end - span.start);
        all.dedup();
        // Each holds the one before.
        let mut grown: Vec<Span> = Vec::new();
        for span in all {
            if grown.last().is_none_or(|last| span.contains(*last) && span != *last) {
                grown.push(span);
            }
        }
        grown
    }
}

/// What is open at a byte of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opened {
    /// So many brackets, counted once a line, are open: the steps that the line stands in.
    pub depth: usize,
    /// Where the bracket opens that the last one before the byte closes, where one stands right before it.
    pub closed: Option<u32>,
    /// It is within a text of several lines, whose blanks are its own.
    pub in_text: bool,
}

impl Analysis {
    /// What is open at a byte.
    pub fn opened(&self, file: FileId, at: u32) -> Opened {
        let Some(source) = self.front.sources.get(file) else { return Opened::default() };
        let (mut open, mut found) = (Vec::new(), Opened::default());
        for (start, token, end) in lexer::lex(file, &source.text).tokens {
            if start >= at {
                break;
            }
            found.in_text = end > at;
            if token.opens() {
                open.push(start);
            } else if token.closes() {
                let opens = open.pop();
                found.closed = opens.filter(|_| end == at);
            }
        }
        let mut lines: Vec<usize> = open.iter().map(|at| source.line_index(*at as usize)).collect();
        lines.dedup();
        Opened { depth: lines.len(), ..found }
    }
}

/// What stands between brackets, with them.
fn brackets(file: FileId, tokens: &[lexer::Spanned]) -> Vec<Span> {
    let (mut open, mut found) = (Vec::new(), Vec::new());
    for (start, token, end) in tokens {
        if token.opens() {
            open.push(*start);
        } else if token.closes()
            && let Some(start) = open.pop()
        {
            found.push(Span::new(file, start, *end));
        }
    }
    found
}
