//! Brackets that match, and what to make of those that do not.
//!
//! In the second reading (`Lexer::repairing`) a bracket counts as forgotten when one of these says so: a closing bracket of
//! another kind; a word that only begins statements, at the beginning of a line inside `(` or `[`; a declaration at the left
//! margin; a `}` that is indented like an outer opening line; the end of the line inside `{{`; the end of the file; and
//! what `layout` reads from the indentation. The missing partner is put in there, so that the parser loses its way nowhere.

use super::NESTING_MAX;
use super::lexer::{Lexer, Pending};
use super::token::Tok;
use crate::diag::{Code, Diagnostic};

/// What is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `(`
    Paren,
    /// `[`
    Bracket,
    /// `{`
    Brace,
    /// `{{` in a string whose quote stands at this byte.
    Text { quote: u32 },
    /// `{{` in a block string, with the indices of its literal pieces so far.
    BlockText { quote: u32, pieces: Vec<u32> },
}

/// An open bracket.
#[derive(Debug, Clone)]
pub struct Open {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// How far the line it stands in is indented.
    pub indent: u32,
    /// Where that line starts.
    pub line: u32,
}

impl Open {
    /// The quote of the string it interrupts.
    pub fn text_start(&self) -> u32 {
        match &self.kind {
            Kind::Text { quote } | Kind::BlockText { quote, .. } => *quote,
            Kind::Paren | Kind::Bracket | Kind::Brace => self.start,
        }
    }

    fn is_interpolation(&self) -> bool {
        matches!(self.kind, Kind::Text { .. } | Kind::BlockText { .. })
    }

    fn carries_lines(&self) -> bool {
        matches!(self.kind, Kind::Paren | Kind::Bracket)
    }

    fn signs(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Paren => ("(", ")"),
            Kind::Bracket => ("[", "]"),
            Kind::Brace => ("{", "}"),
            Kind::Text { .. } | Kind::BlockText { .. } => ("{{", "}}"),
        }
    }
}

impl Lexer<'_> {
    /// How far this line is indented, up to a limit that no sensible program reaches.
    pub(super) fn indent_of_line(&self) -> u32 {
        self.rest(self.line_start).bytes().take(200).take_while(|b| matches!(b, b' ' | b'\t')).count() as u32
    }

    /// The height of the innermost open bracket of which this holds. It looks no further than brackets that are handed on
    /// can nest, so that no number of them makes it slow.
    fn innermost(&self, holds: impl Fn(&Open) -> bool) -> Option<usize> {
        let lowest = self.stack.len().saturating_sub(NESTING_MAX as usize + 1);
        self.stack.iter().skip(lowest).rposition(holds).map(|at| lowest + at)
    }

    /// A `)` or `]`.
    pub(super) fn close(&mut self, kind: Kind, start: u32, end: u32) {
        let tok = if kind == Kind::Paren { Tok::RParen } else { Tok::RBracket };
        if self.stack.last().is_none_or(|open| open.kind != kind) {
            if !self.repairing {
                self.broken = true;
                return;
            }
            // `{ a: 1 )`: what was opened in this line, and is not closed in it, was forgotten; and what was opened
            // further right than the line stands that begins with this.
            let (line, fresh, indent) = (self.line_start, self.fresh_line, self.indent_of_line());
            let closed_later = self.rest(end).lines().next().is_some_and(|rest| rest.contains('}'));
            let forgotten = |open: &Open| {
                open.kind == Kind::Brace
                    && if fresh { open.indent > indent } else { open.line == line && !closed_later }
            };
            let found = self.innermost(|open| open.kind == kind || !open.carries_lines() && !forgotten(open));
            let Some(at) = found.filter(|&at| self.stack.get(at).is_some_and(|open| open.kind == kind)) else {
                return self.stray(start, end);
            };
            self.close_down_to(at + 1, start);
        }
        self.forget_soft_line_end();
        self.stack.pop();
        self.push_partner(tok, start, end);
    }

    /// A `}`: a block's, or the first half of the `}}` that ends an interpolation. Answers how far the text has been read.
    pub(super) fn close_brace(&mut self, start: u32, end: u32) -> u32 {
        if self.stack.last().is_none_or(|open| open.carries_lines()) {
            if !self.repairing {
                self.broken = true;
                return end;
            }
            let Some(at) = self.innermost(|open| !open.carries_lines()) else {
                self.stray(start, end);
                return end;
            };
            if !self.fresh_line && self.block_ends_below(at) {
                self.stray(start, end);
                return end;
            }
            self.close_down_to(at + 1, start);
        }
        if self.repairing && !self.fresh_line && self.block_ends_below(self.stack.len().saturating_sub(1)) {
            self.stray(start, end);
            return end;
        }
        if self.repairing && self.fresh_line {
            self.close_by_indentation(start);
        }
        let doubled = self.rest(end).starts_with('}');
        if !doubled && self.stack.last().is_some_and(Open::is_interpolation) {
            if !self.repairing {
                self.broken = true;
                return end;
            }
            let (span, gap) = (self.span(start, end), self.span(end, end));
            self.report(
                Diagnostic::new(Code::UnclosedBracket, span, "an interpolation ends with `}}`")
                    .at("a second `}` is missing")
                    .fix("add `}`", vec![(gap, "}".into())]),
            );
        }
        let from = if doubled { end + 1 } else { end };
        self.forget_soft_line_end();
        let Some(open) = self.stack.pop() else { return end };
        match open.kind {
            Kind::Text { .. } => self.line_text(start, from, Some(open)),
            Kind::BlockText { quote, pieces } => self.block_text(start, from, Some(quote), pieces),
            Kind::Paren | Kind::Bracket | Kind::Brace => {
                self.push_partner(Tok::RBrace, start, end);
                if self.stack.is_empty() {
                    self.last_outer_close = Some(self.span(start, end));
                }
                end
            }
        }
    }

    /// Line ends inside `(`, `[` and `{{` separate nothing, and the one before a `}` neither.
    fn forget_soft_line_end(&mut self) {
        if matches!(self.pending, Pending::Soft(_)) {
            self.pending = Pending::No;
        }
    }

    /// Adds the partner of a bracket that has just left the stack, unless that one lay too deep to be handed on.
    pub(super) fn push_partner(&mut self, tok: Tok, start: u32, end: u32) {
        if self.stack.len() < NESTING_MAX as usize {
            self.push(tok, start, end);
        } else {
            self.fresh_line = false;
        }
    }

    fn stray(&mut self, start: u32, end: u32) {
        if self.too_deep {
            return;
        }
        let span = self.span(start, end);
        let sign = self.source.get(span.range()).unwrap_or("");
        let mut diagnostic = Diagnostic::new(Code::UnmatchedCloser, span, format!("this `{sign}` closes nothing"))
            .help("Remove it, or open the bracket it belongs to.")
            .fix(format!("remove `{sign}`"), vec![(span, String::new())]);
        match (self.stack.last(), self.last_outer_close) {
            (Some(open), _) => {
                let label = format!("the innermost open bracket is this `{}`", open.signs().0);
                diagnostic = diagnostic.label(self.span(open.start, open.end), label);
            }
            (None, Some(close)) => diagnostic = diagnostic.label(close, "everything was closed here already"),
            (None, None) => {}
        }
        self.report(diagnostic);
    }

    /// Puts in the partners of all brackets above this height, before the token at `at`.
    pub(super) fn close_down_to(&mut self, height: usize, at: u32) {
        // The line end before that token comes after the partners.
        let (pending, fresh) = (std::mem::replace(&mut self.pending, Pending::No), self.fresh_line);
        while self.stack.len() > height {
            let Some(open) = self.stack.pop() else { break };
            if !self.swallowed && !self.too_deep {
                self.report_unclosed(&open, at);
            }
            self.push_missing_partner(open);
        }
        (self.pending, self.fresh_line) = (pending, fresh);
        self.too_deep &= height > 0;
    }

    fn push_missing_partner(&mut self, open: Open) {
        let at = self.prev_end.max(open.end);
        let tok = match open.kind {
            Kind::Paren => Tok::RParen,
            Kind::Bracket => Tok::RBracket,
            Kind::Brace => Tok::RBrace,
            Kind::Text { .. } => Tok::TextTail(self.add_text(at, at)),
            Kind::BlockText { pieces, .. } => {
                self.dedent(&pieces);
                Tok::TextTail(self.add_text(at, at))
            }
        };
        self.push_partner(tok, at, at);
    }

    fn report_unclosed(&mut self, open: &Open, at: u32) {
        let (sign, partner) = open.signs();
        let place = self.span(at, at + self.rest(at).chars().next().map_or(0, char::len_utf8) as u32);
        let noticed = if at as usize >= self.source.len() {
            format!("the file ends without its `{partner}`")
        } else {
            format!("its `{partner}` is missing before this")
        };
        let mut diagnostic = Diagnostic::new(
            Code::UnclosedBracket,
            self.span(open.start, open.end),
            format!("this `{sign}` is never closed"),
        )
        .at("opened here")
        .label(place, noticed)
        .help(format!("Add the `{partner}` that belongs to it."));
        let same_line =
            self.source.get(open.end as usize..self.prev_end as usize).is_some_and(|text| !text.contains('\n'));
        if open.carries_lines() && same_line {
            let gap = self.span(self.prev_end, self.prev_end);
            diagnostic = diagnostic.fix(format!("add `{partner}`"), vec![(gap, partner.into())]);
        }
        self.report(diagnostic);
    }

    /// A `}` that begins a line as far left as an outer opening line belongs to that one.
    fn close_by_indentation(&mut self, start: u32) {
        let indent = self.indent_of_line();
        let Some(inner) = self.stack.last().filter(|open| open.kind == Kind::Brace && open.indent > indent) else {
            return;
        };
        let inner_line = inner.line;
        let outer =
            self.innermost(|open| open.kind != Kind::Brace || (open.indent == indent && open.line != inner_line));
        if let Some(at) = outer.filter(|&at| self.stack.get(at).is_some_and(|open| open.kind == Kind::Brace)) {
            self.close_down_to(at + 1, start);
        }
    }

    /// Looks at a word that begins a line in a file whose brackets do not match.
    pub(super) fn repair_before_word(&mut self, tok: Tok, start: u32, after: &str) {
        if start == self.line_start && tok.begins_item() {
            let names = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            if names || (tok == Tok::Test && after.starts_with('"')) {
                return self.close_down_to(0, start);
            }
        }
        if tok.begins_statement() && self.stack.last().is_some_and(Open::carries_lines) {
            let height = self.innermost(|open| !open.carries_lines()).map_or(0, |at| at + 1);
            if height > 0 {
                self.close_down_to(height, start);
            }
        }
    }

    /// The same for an `@`.
    pub(super) fn before_annotation(&mut self, start: u32) {
        if self.repairing && start == self.line_start {
            self.close_down_to(0, start);
        }
    }

    /// In a file whose brackets do not match, `{{` does not reach beyond its line.
    pub(super) fn close_interpolations_of_line(&mut self, at: u32) {
        while let Some(height) = self.innermost(Open::is_interpolation) {
            if !matches!(self.stack.get(height), Some(Open { kind: Kind::Text { .. }, .. })) {
                return;
            }
            self.close_down_to(height, at);
        }
    }

    /// Whether this quote, inside `{{`, opens nothing but ends the string around: `"Hi {{name"`.
    pub(super) fn quote_closes_interpolation(&mut self, start: u32, end: u32) -> bool {
        let Some(height) = self.innermost(|open| !open.carries_lines()) else { return false };
        if !matches!(self.stack.get(height), Some(Open { kind: Kind::Text { .. }, .. })) {
            return false;
        }
        let rest = self.rest(end);
        let closes = rest.find(['"', '\n']).is_some_and(|at| rest[at..].starts_with('"'));
        if closes {
            return false;
        }
        self.close_down_to(height, start);
        true
    }

    /// Whether a string that does not end on its line is closed on a later one. That is told once.
    pub(super) fn text_goes_on(&mut self, quote: u32, at: u32) -> bool {
        if self.innermost(|open| matches!(open.kind, Kind::Text { .. })).is_some() {
            return false;
        }
        if at < self.text_over_lines {
            return true;
        }
        let Some(length) = closing_quote(self.rest(at)) else { return false };
        let close = at + length as u32;
        let (first, last) = (self.span(quote, quote + 1), self.span(close, close + 1));
        self.report(
            Diagnostic::new(
                Code::UnclosedText,
                first,
                "a text that goes over several lines stands between three quotes",
            )
            .at("opened here")
            .label(last, "closed only here")
            .help("Write `\"\"\"` at both ends; what all its lines are indented by is dropped.")
            .fix("write `\"\"\"` at both ends", vec![(first, "\"\"\"".into()), (last, "\"\"\"".into())]),
        );
        self.text_over_lines = close;
        true
    }

    /// Follows the line ends in a part of such a text.
    pub(super) fn pass_lines_of_text(&mut self, from: u32, to: u32) {
        if to <= self.text_over_lines {
            self.pass_lines(from, to);
        }
    }

    /// A string that does not end on its line. Answers how far the text has been read.
    pub(super) fn unclosed_line_text(&mut self, start: u32, from: u32, at: u32, quote: u32, resumed: bool) -> u32 {
        let inside = self.innermost(|open| matches!(open.kind, Kind::Text { .. })).is_some();
        if inside && !self.repairing {
            self.broken = true;
            return at;
        }
        let raw = self.source.get(from as usize..at as usize).unwrap_or("").trim_end();
        let end = from + raw.len() as u32;
        let opens_block = raw.ends_with('{') && !raw.ends_with("{{") && !inside;
        let simple = !raw.contains([')', ']', '{', '}', ',']) && !raw.contains("->");
        let mut diagnostic =
            Diagnostic::new(Code::UnclosedText, self.span(quote, quote + 1), "this text is never closed")
                .at("opened here")
                .label(self.span(at, at), "the line ends without the closing `\"`")
                .help("Add the `\"`. A text of several lines stands between `\"\"\"` and `\"\"\"`.");
        if simple {
            diagnostic = diagnostic.fix("add `\"`", vec![(self.span(end, end), "\"".into())]);
        }
        self.report(diagnostic);
        // A line that ends with a comma goes on in the next one.
        let goes_on = raw.ends_with(',') && !inside;
        let text_end = if opens_block || goes_on { end - 1 } else { end };
        let index = self.add_text(from, text_end);
        self.push_text(index, resumed, start, text_end.max(start));
        // What the string has swallowed: the brackets of this line are not to blame.
        let line = self.line_start;
        let mut braces = if opens_block { 0 } else { raw.matches('}').count() };
        while let Some(open) = self.stack.last().filter(|open| open.line == line) {
            match open.kind {
                Kind::Brace if braces > 0 => braces -= 1,
                Kind::Paren | Kind::Bracket => {}
                _ => break,
            }
            if let Some(open) = self.stack.pop() {
                self.push_missing_partner(open);
            }
        }
        if goes_on {
            self.push(Tok::Comma, end - 1, end);
        }
        if opens_block {
            self.open(Kind::Brace, Tok::LBrace, end - 1, end);
        }
        at
    }
}

/// So far a text is believed to go on behind the end of its line.
const TEXT_LINES_MAX: usize = 30;
const TEXT_BYTES_MAX: usize = 3_000;

/// Where a text that has come to the end of its line is closed on a later one, if the next quote there reads like the end of a
/// text: right behind its last word, and before nothing that a text begins with.
fn closing_quote(rest: &str) -> Option<usize> {
    let (mut at, mut line, mut lines) = (0, 0, 0);
    let bytes = rest.as_bytes();
    while let Some(byte) = bytes.get(at).filter(|_| at < TEXT_BYTES_MAX) {
        crate::effort::spent(1);
        match byte {
            b'\n' => {
                (line, lines) = (at + 1, lines + 1);
                if lines > TEXT_LINES_MAX {
                    return None;
                }
            }
            b'\\' => at += 1,
            b'{' if bytes.get(at + 1) == Some(&b'{') => {
                let inside = rest.get(at..)?.split('\n').next()?;
                at += inside.find("}}")? + 1;
            }
            b'"' => {
                let (before, behind) = (rest.get(line..at)?, rest.get(at + 1..)?);
                return is_closed_between(before, behind.split('\n').next()?).then_some(at);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether a quote on a line ends a text, by what stands on the line before it and behind it.
fn is_closed_between(before: &str, behind: &str) -> bool {
    let ends = before.trim().is_empty() || !before.ends_with([' ', '\t', '(', '[', '{', '=']);
    let tail = behind.trim();
    let touches = tail.is_empty() || behind.starts_with([')', ']', '}', ',', ';']);
    let apart = behind.starts_with(' ')
        && ["{", "}", ")", "]", "->", "+", "??", "//", "else ", "as ", "from ", "if ", "and ", "or ", "with ", "undo "]
            .iter()
            .any(|word| tail.starts_with(word));
    ends && (touches || apart)
}
