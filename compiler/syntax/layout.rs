//! Where lines begin: what the indentation of a file says about brackets that do not match.
//!
//! Looked at in the second reading only. A block is believed to end at the first line that is not deeper than the one it
//! opens on; when that line is a `}` as far left, the two belong together, whatever the brackets between say.

use super::brackets::{Kind, Open};
use super::lexer::Lexer;
use super::token::Tok;
use crate::diag::{Code, Diagnostic};

/// A line with something on it that is no comment.
#[derive(Debug, Clone, Copy)]
struct Line {
    start: u32,
    indent: u32,
    /// It begins with `}`.
    closes: bool,
}

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct Layout {
    lines: Vec<Line>,
    /// For each line the first one below that is not deeper.
    ends: Vec<u32>,
    /// For each line the last one above that is less deep.
    parents: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Layout {
    pub fn of(source: &str) -> Layout {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in source.split_inclusive('\n') {
            let text = line.trim_start_matches([' ', '\t']);
            let indent = (line.len() - text.len()).min(200) as u32;
            if !text.trim_end().is_empty() && !text.starts_with("//") {
                lines.push(Line { start, indent, closes: text.starts_with('}') });
            }
            start += line.len() as u32;
        }
        let mut ends = vec![NONE; lines.len()];
        let mut parents = vec![NONE; lines.len()];
        let mut deeper: Vec<u32> = Vec::new();
        for (at, line) in (0..).zip(&lines) {
            while let Some(&above) = deeper.last()
                && let Some(before) = lines.get(above as usize)
                && before.indent >= line.indent
            {
                if let Some(end) = ends.get_mut(above as usize) {
                    *end = at;
                }
                deeper.pop();
            }
            if let (Some(parent), Some(&above)) = (parents.get_mut(at as usize), deeper.last()) {
                *parent = above;
            }
            deeper.push(at);
        }
        Layout { lines, ends, parents }
    }

    /// The line that starts here.
    fn at(&self, start: u32) -> Option<usize> {
        self.lines.binary_search_by_key(&start, |line| line.start).ok()
    }

    /// The line whose `}` ends the block that opens on this one, as far as indentation tells.
    fn closer(&self, opening: usize) -> Option<Line> {
        let opens = self.lines.get(opening)?;
        let end = self.lines.get(*self.ends.get(opening)? as usize)?;
        (end.closes && end.indent == opens.indent).then_some(*end)
    }

    /// Whether something deeper stands below this line.
    fn has_body(&self, opening: usize) -> bool {
        let indent = |at: usize| self.lines.get(at).map_or(0, |line| line.indent);
        indent(opening + 1) > indent(opening)
    }
}

impl Lexer<'_> {
    /// Looks at the first token of a line, in a file whose brackets do not match.
    pub(super) fn repair_by_layout(&mut self, tok: Tok, start: u32) {
        if self.prev.carries_on() && self.prev != Tok::Arrow || tok.continues() || tok == Tok::LBrace {
            return;
        }
        let Some(line) = self.layout.at(self.line_start) else { return };
        if tok != Tok::RBrace {
            self.close_ended_blocks(line, start);
        }
        self.open_forgotten_block(line, tok);
    }

    /// A line as far left as the one that opens the block around is not in that block.
    fn close_ended_blocks(&mut self, line: usize, start: u32) {
        let indent = self.indent_of_line();
        while let Some(open) = self.stack.last().filter(|open| open.kind == Kind::Brace && open.indent >= indent) {
            let opening = self.layout.at(open.line);
            let over = opening.is_some_and(|at| at < line && (self.layout.has_body(at) || self.stands_in_line(indent)));
            if !over {
                return;
            }
            self.close_down_to(self.stack.len() - 1, start);
        }
    }

    /// Whether the innermost `{` has its content beside it, in lines that are indented from those around them.
    fn stands_in_line(&self, indent: u32) -> bool {
        let [.., outer, inner] = self.stack.as_slice() else { return false };
        if outer.indent >= indent || outer.line >= inner.line {
            return false;
        }
        // Every line below may ask, so this looks no further than a sensible program has blanks.
        let blanks = self.rest(inner.end).bytes().take(200).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let beside = self.rest(inner.end + blanks as u32);
        !beside.is_empty() && !beside.starts_with(['\n', '\r', ' ', '\t']) && !beside.starts_with("//")
    }

    /// Lines that are deeper than the one above, and end with a `}` below it, are a block.
    fn open_forgotten_block(&mut self, line: usize, tok: Tok) {
        let Some(opening) = self.layout.parents.get(line).map(|parent| *parent as usize) else { return };
        let (Some(above), Some(closer)) = (self.layout.lines.get(opening).copied(), self.layout.closer(opening)) else {
            return;
        };
        let inside = match self.stack.last() {
            // The clauses of a header are no block.
            None if tok.begins_clause() && self.rest(above.start).trim_start().starts_with("flow") => return,
            None => false,
            Some(open) => open.kind != Kind::Brace || open.line >= above.start,
        };
        if inside {
            return;
        }
        let gap = self.span(self.prev_end, self.prev_end);
        let partner = self.span(closer.start + closer.indent, closer.start + closer.indent + 1);
        self.report(
            Diagnostic::new(Code::UnexpectedToken, gap, "a `{` is missing at the end of this line")
                .at("expected `{`")
                .label(partner, "this `}` ends what begins there")
                .fix("add `{`", vec![(gap, " {".into())]),
        );
        let (at, fresh) = (self.prev_end, self.fresh_line);
        self.pending = super::lexer::Pending::No;
        self.push(Tok::LBrace, at, at);
        self.stack.push(Open { kind: Kind::Brace, start: at, end: at, indent: above.indent, line: above.start });
        self.fresh_line = fresh;
    }

    /// Whether a `}` in the middle of a line closes nothing: the block around ends further down.
    pub(super) fn block_ends_below(&self, height: usize) -> bool {
        let Some(open) = self.stack.get(height).filter(|open| open.kind == Kind::Brace) else { return false };
        open.line < self.line_start
            && self
                .layout
                .at(open.line)
                .and_then(|opening| self.layout.closer(opening))
                .is_some_and(|closer| closer.start > self.line_start)
    }
}
