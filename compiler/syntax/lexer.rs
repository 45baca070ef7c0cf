//! Text to tokens.
//!
//! Three modes (`token`) under one stack of open brackets: `{{` inside a string pushes an interpolation, and the `}}` that
//! finds it innermost goes back into that string. The stack also decides which line ends matter: inside `(`, `[` and `{{`
//! none do, elsewhere those that no sign carries over (`Tok::carries_on`, `Tok::continues`).
//!
//! What leaves here is always balanced: the parser never sees a bracket without its partner. A file in which they do not
//! match is read a second time, with guesses from indentation and from words that only begin lines (`brackets`); a file in
//! which they do is never guessed about.

use std::sync::Arc;

use logos::Logos;

use super::brackets::{Kind, Open};
use super::layout::Layout;
use super::text::{self, Text};
use super::token::{BlockTok, TextTok, Tok};
use super::{Comment, CommentKind, NESTING_MAX};
use crate::diag::{Code, Diagnostic, FileId, Span};

/// A token with the bytes it covers.
pub type Spanned = (u32, Tok, u32);

/// `///` lines and the token they stand before.
#[derive(Debug, Clone)]
pub struct Docs {
    /// Where that token starts.
    pub before: u32,
    /// The lines, without their marks.
    pub text: Arc<str>,
}

/// A file as tokens.
#[derive(Debug, Default)]
pub struct Lexed {
    /// Balanced, ends without `Tok::Eof`.
    pub tokens: Vec<Spanned>,
    /// What the text tokens mean, by their index.
    pub texts: Vec<Text>,
    /// In source order.
    pub docs: Vec<Docs>,
    /// The `//!` lines.
    pub file_docs: Option<Arc<str>>,
    /// In source order.
    pub comments: Vec<Comment>,
    /// Not in order.
    pub diagnostics: Vec<Diagnostic>,
}

/// So many open brackets are no program; the rest of the file is not read.
const HOPELESS_DEPTH: usize = 20_000;

/// Reads a whole file. `source` must be no longer than `u32::MAX` bytes.
pub fn lex(file: FileId, source: &str) -> Lexed {
    let mut lexer = Lexer::new(file, source, false);
    lexer.run();
    if lexer.broken {
        lexer = Lexer::new(file, source, true);
        lexer.layout = Layout::of(source);
        lexer.run();
    }
    lexer.out
}

/// A line end, or `;`, of which the next token decides whether it separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pending {
    No,
    /// A line break at this byte.
    Soft(u32),
    /// A `;`: always separates.
    Hard(u32),
}

pub(super) struct Lexer<'s> {
    pub(super) source: &'s str,
    pub(super) file: FileId,
    /// The second reading: brackets are known not to match.
    pub(super) repairing: bool,
    /// The first reading has found out that brackets do not match.
    pub(super) broken: bool,
    pub(super) out: Lexed,
    pub(super) stack: Vec<Open>,
    pub(super) prev: Tok,
    pub(super) prev_end: u32,
    /// No token yet on this line.
    pub(super) fresh_line: bool,
    /// First byte of this line.
    pub(super) line_start: u32,
    /// The last `}` that left no bracket open.
    pub(super) last_outer_close: Option<Span>,
    pub(super) pending: Pending,
    docs: String,
    file_docs: String,
    /// The end of the last run of unknown characters, which the next may prolong.
    unknown_end: u32,
    /// A block string without an end has swallowed the rest of the file.
    pub(super) swallowed: bool,
    /// Where the last text ends that goes over several lines between quotes for one.
    pub(super) text_over_lines: u32,
    /// There is no `*/` further down.
    no_comment_end: bool,
    /// Where the next sign stands that may end a text between printed quotes, as far as it has been looked for.
    quote_end: u32,
    /// Where lines begin; empty in the first reading.
    pub(super) layout: Layout,
    /// Brackets nested deeper than they may: which of them match does not matter any more.
    pub(super) too_deep: bool,
}

impl<'s> Lexer<'s> {
    fn new(file: FileId, source: &'s str, repairing: bool) -> Self {
        Lexer {
            source,
            file,
            repairing,
            broken: false,
            out: Lexed { tokens: Vec::with_capacity(source.len() / 5), ..Lexed::default() },
            stack: Vec::new(),
            prev: Tok::Newline,
            prev_end: 0,
            fresh_line: true,
            line_start: 0,
            last_outer_close: None,
            pending: Pending::No,
            docs: String::new(),
            file_docs: String::new(),
            unknown_end: 0,
            swallowed: false,
            text_over_lines: 0,
            no_comment_end: false,
            quote_end: 0,
            layout: Layout::default(),
            too_deep: false,
        }
    }

    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.file, start, end)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        // Far more than are ever shown; without a limit a megabyte of rubbish would fill the memory with complaints.
        if self.out.diagnostics.len() < 1_000 {
            self.out.diagnostics.push(diagnostic);
        }
    }

    fn run(&mut self) {
        let mut lex = Tok::lexer(self.source);
        if self.source.starts_with('\u{feff}') {
            lex.bump('\u{feff}'.len_utf8());
        }
        while let Some(found) = lex.next() {
            let range = lex.span();
            let (start, end) = (range.start as u32, range.end as u32);
            let to = match found {
                Ok(tok) => self.token(tok, start, end),
                Err(()) => self.unknown(start, end),
            };
            if to > end {
                lex.bump((to - end) as usize);
            }
            if self.broken {
                return;
            }
            if self.stack.len() > HOPELESS_DEPTH {
                break;
            }
        }
        if !self.stack.is_empty() {
            if !self.repairing {
                self.broken = true;
                return;
            }
            self.close_down_to(0, self.source.len() as u32);
        }
        if !self.file_docs.is_empty() {
            self.out.file_docs = Some(Arc::from(self.file_docs.trim_end_matches('\n')));
        }
    }

    /// Takes one raw token in; answers how far the text has been read.
    fn token(&mut self, tok: Tok, start: u32, end: u32) -> u32 {
        if self.repairing && self.fresh_line && !matches!(tok, Tok::LineBreak | Tok::Comment) {
            self.repair_by_layout(tok, start);
        }
        match tok {
            Tok::LineBreak => self.line_break(start, end),
            Tok::Comment => self.comment(start, end),
            Tok::Semicolon => self.pending = Pending::Hard(start),
            Tok::Quote => return self.text(start, end, false),
            Tok::BlockQuote => return self.text(start, end, true),
            Tok::Foreign => return self.foreign(start, end),
            Tok::Int | Tok::Number => return self.number(tok, start, end),
            Tok::LParen => self.open(Kind::Paren, tok, start, end),
            Tok::LBracket => self.open(Kind::Bracket, tok, start, end),
            Tok::LBrace => self.open(Kind::Brace, tok, start, end),
            Tok::RParen => self.close(Kind::Paren, start, end),
            Tok::RBracket => self.close(Kind::Bracket, start, end),
            Tok::RBrace => return self.close_brace(start, end),
            Tok::Ident if !self.prev_is_dot() => return self.name(start, end),
            tok if tok.is_reserved() || tok.is_name() => return self.word(tok, start, end),
            Tok::At => {
                self.before_annotation(start);
                self.push(tok, start, end);
            }
            Tok::Plus | Tok::Minus if self.prev == tok && self.prev_end == start => self.doubled_sign(tok, start, end),
            _ => self.push(tok, start, end),
        }
        end
    }

    /// `n++` at the end of a line, which would otherwise go on in the next.
    fn doubled_sign(&mut self, tok: Tok, start: u32, end: u32) {
        let next = self.rest(end).trim_start_matches([' ', '\t']).chars().next();
        if !matches!(next, None | Some('\n' | '\r' | '}' | ';')) {
            return self.push(tok, start, end);
        }
        let (sign, becomes) = if tok == Tok::Plus { ('+', Tok::PlusEq) } else { ('-', Tok::MinusEq) };
        let span = self.span(start - 1, end);
        self.report(
            Diagnostic::new(Code::ForeignSpelling, span, format!("Flow has no `{sign}{sign}`"))
                .help(format!("Write `n {sign}= 1`."))
                .fix(format!("write `{sign}= 1`"), vec![(span, format!(" {sign}= 1"))]),
        );
        if let Some(last) = self.out.tokens.last_mut() {
            last.1 = becomes;
        }
        self.push(Tok::Bad, start, end);
    }

    fn prev_is_dot(&self) -> bool {
        matches!(self.prev, Tok::Dot | Tok::QuestionDot)
    }

    /// The source from here on.
    pub(super) fn rest(&self, at: u32) -> &'s str {
        self.source.get(at as usize..).unwrap_or("")
    }

    /// Adds a token, and before it the line end that it decides about.
    pub(super) fn push(&mut self, tok: Tok, start: u32, end: u32) {
        if self.pending != Pending::No {
            self.decide_newline(tok);
        }
        self.fresh_line = false;
        if self.stack.len() > NESTING_MAX as usize {
            return;
        }
        if !self.docs.is_empty() {
            let text = Arc::from(self.docs.trim_end_matches('\n'));
            self.out.docs.push(Docs { before: start, text });
            self.docs.clear();
        }
        self.out.tokens.push((start, tok, end));
        self.prev = tok;
        self.prev_end = end;
    }

    fn decide_newline(&mut self, next: Tok) {
        let pending = std::mem::replace(&mut self.pending, Pending::No);
        if matches!(self.prev, Tok::Newline | Tok::LBrace) || next == Tok::RBrace {
            return;
        }
        let at = match pending {
            Pending::No => return,
            Pending::Soft(at) => {
                let in_lines = self.stack.last().is_none_or(|open| matches!(open.kind, Kind::Brace));
                if !in_lines || self.prev.carries_on() || next.continues() {
                    return;
                }
                at
            }
            Pending::Hard(at) => at,
        };
        if self.stack.len() <= NESTING_MAX as usize {
            self.out.tokens.push((at, Tok::Newline, at + 1));
            self.prev = Tok::Newline;
        }
    }

    fn line_break(&mut self, start: u32, end: u32) {
        if self.repairing {
            self.close_interpolations_of_line(start);
        }
        if self.pending == Pending::No {
            self.pending = Pending::Soft(start);
        }
        self.fresh_line = true;
        self.line_start = end;
    }

    fn comment(&mut self, start: u32, end: u32) {
        let range = start as usize..end as usize;
        let text = self.source.get(range).unwrap_or("");
        let text = text.strip_suffix('\r').unwrap_or(text);
        let span = self.span(start, start + text.len() as u32);
        let body = |mark: &str| text.strip_prefix(mark).map(|body| body.strip_prefix(' ').unwrap_or(body));
        let kind = if let Some(line) = body("//!") {
            if self.out.tokens.is_empty() {
                self.file_docs.push_str(line.trim_end());
                self.file_docs.push('\n');
            }
            CommentKind::FileDoc
        } else if let Some(line) = body("///").filter(|_| !text.starts_with("////")) {
            self.docs.push_str(line.trim_end());
            self.docs.push('\n');
            CommentKind::Doc
        } else {
            CommentKind::Plain
        };
        self.out.comments.push(Comment { span, kind });
    }

    fn name(&mut self, start: u32, end: u32) -> u32 {
        let is_else_if = self.prev == Tok::RBrace
            && !self.fresh_line
            && matches!(self.source.get(start as usize..end as usize), Some("elseif" | "elif" | "elsif"));
        if is_else_if {
            let span = self.span(start, end);
            self.report(
                Diagnostic::new(Code::ForeignSpelling, span, "`else if` is written as two words")
                    .help("Write `else if`.")
                    .fix("write `else if`", vec![(span, "else if".into())]),
            );
            self.push(Tok::Else, start, end);
            self.push(Tok::If, end, end);
        } else {
            self.push(Tok::Ident, start, end);
        }
        end
    }

    /// A word that is not just a name.
    fn word(&mut self, tok: Tok, start: u32, end: u32) -> u32 {
        let rest = self.rest(end);
        let after = rest.trim_start_matches([' ', '\t']);
        if self.prev_is_dot() || after.starts_with(':') {
            self.push(Tok::Ident, start, end);
            return end;
        }
        if self.repairing && self.fresh_line {
            self.repair_before_word(tok, start, after);
        }
        if self.fresh_line && self.prev == Tok::RBrace && matches!(self.pending, Pending::Soft(_)) {
            self.join_misplaced(tok, start, end, after);
        }
        if tok == Tok::With
            && let Some(tail) = after.strip_prefix("priority")
            && !tail.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        {
            let to = end + (rest.len() - tail.len()) as u32;
            self.push(Tok::Priority, start, to);
            return to;
        }
        self.push(tok, start, end);
        end
    }

    /// `else` and `on failure` stand on the line of the `}` before them; on the next line they are taken there all the same.
    fn join_misplaced(&mut self, tok: Tok, start: u32, end: u32, after: &str) {
        let words = match tok {
            Tok::Else if after.starts_with('{') || starts_with_word(after, "if") => "`else`",
            Tok::On if starts_with_word(after, "failure") => {
                let tail = after["failure".len()..].trim_start();
                if !tail.starts_with('{') && !starts_with_word(tail, "as") {
                    return;
                }
                "`on failure`"
            }
            _ => return,
        };
        let (from, span) = (self.prev_end, self.span(start, end));
        let between = self.span(from, start);
        let only_blanks = self.source.get(between.range()).is_some_and(|text| text.trim().is_empty());
        let before = self.source.get(..from as usize).unwrap_or("");
        let last = before.chars().next_back().map_or(0, |letter| letter.len_utf8() as u32);
        let mut diagnostic =
            Diagnostic::new(Code::MisplacedElse, span, format!("{words} stands on the line of the `}}`"))
                .at("a line of its own")
                .label(self.span(from - last.min(from), from), "this ends the statement")
                .help(format!("Move {words} up behind the `}}`, because the end of a line ends a statement."));
        if only_blanks {
            diagnostic = diagnostic.fix(format!("move {words} up"), vec![(between, " ".into())]);
        }
        self.report(diagnostic);
        self.pending = Pending::No;
    }

    /// Opens a bracket; past the limit it is counted but no longer handed on.
    pub(super) fn open(&mut self, kind: Kind, tok: Tok, start: u32, end: u32) {
        let indent = self.indent_of_line();
        if self.stack.len() == NESTING_MAX as usize {
            let span = self.span(start, end);
            if !self.too_deep {
                self.report(
                    Diagnostic::new(
                        Code::NestingTooDeep,
                        span,
                        format!("brackets nest more than {NESTING_MAX} deep here"),
                    )
                    .help("Move the inner part into a flow of its own, or into a `let` before."),
                );
            }
            self.too_deep = true;
            self.push(Tok::Unknown, start, end);
        } else {
            self.push(tok, start, end);
        }
        self.stack.push(Open { kind, start, end, indent, line: self.line_start });
    }

    /// The text of a string from its opening quotes.
    fn text(&mut self, start: u32, end: u32, block: bool) -> u32 {
        if self.repairing && !block && self.quote_closes_interpolation(start, end) {
            return end;
        }
        if block { self.block_text(start, end, None, Vec::new()) } else { self.line_text(start, end, None) }
    }

    /// Reads on inside a string: after its opening quotes, or (`resumed`) after the `}}` of an interpolation.
    pub(super) fn line_text(&mut self, start: u32, from: u32, resumed: Option<Open>) -> u32 {
        let quote = resumed.as_ref().map_or(start, |open| open.text_start());
        let mut lex = TextTok::lexer(self.rest(from));
        let mut to = from;
        while let Some(found) = lex.next() {
            let range = lex.span();
            let (at, end) = (from + range.start as u32, from + range.end as u32);
            match found {
                Ok(TextTok::Plain) => {}
                Ok(TextTok::Escape) => self.check_escape(at, end),
                Ok(TextTok::BadEscape) | Err(()) => self.bad_escape(at, end),
                Ok(TextTok::Open) => {
                    let index = self.add_text(from, at);
                    self.pass_lines_of_text(from, at);
                    self.interpolation(start, at, end, index, Kind::Text { quote }, resumed.is_some());
                    return end;
                }
                Ok(TextTok::Close) => {
                    let index = self.add_text(from, at);
                    self.push_text(index, resumed.is_some(), start, end);
                    self.pass_lines_of_text(from, at);
                    return end;
                }
                Ok(TextTok::LineBreak) if self.text_goes_on(quote, at) => {}
                Ok(TextTok::LineBreak) => return self.unclosed_line_text(start, from, at, quote, resumed.is_some()),
            }
            to = end;
        }
        self.unclosed_line_text(start, from, to, quote, resumed.is_some())
    }

    /// The same inside `"""`; `pieces` are the literal stretches so far.
    pub(super) fn block_text(&mut self, start: u32, from: u32, resumed: Option<u32>, mut pieces: Vec<u32>) -> u32 {
        let quote = resumed.unwrap_or(start);
        let mut lex = BlockTok::lexer(self.rest(from));
        let mut to = from;
        while let Some(found) = lex.next() {
            let range = lex.span();
            let (at, end) = (from + range.start as u32, from + range.end as u32);
            match found {
                Ok(BlockTok::Plain) => {}
                Ok(BlockTok::Escape) => self.check_escape(at, end),
                Ok(BlockTok::BadEscape) | Err(()) => self.bad_escape(at, end),
                Ok(BlockTok::Open) => {
                    let index = self.add_block_text(from, at);
                    pieces.push(index);
                    self.pass_lines(from, end);
                    self.interpolation(start, at, end, index, Kind::BlockText { quote, pieces }, resumed.is_some());
                    return end;
                }
                Ok(BlockTok::Close) => {
                    let index = self.add_block_text(from, at);
                    pieces.push(index);
                    self.dedent(&pieces);
                    self.push_text(index, resumed.is_some(), start, end);
                    self.pass_lines(from, end);
                    return end;
                }
            }
            to = end;
        }
        let span = self.span(quote, quote + 3);
        self.report(
            Diagnostic::new(Code::UnclosedText, span, "this block of text is never closed")
                .at("opened here")
                .help("End it with `\"\"\"`."),
        );
        self.swallowed = true;
        let index = self.add_block_text(from, to);
        pieces.push(index);
        self.dedent(&pieces);
        self.push_text(index, resumed.is_some(), start, to);
        to
    }

    /// The last token of a string.
    pub(super) fn push_text(&mut self, index: u32, resumed: bool, start: u32, end: u32) {
        if resumed {
            self.push_partner(Tok::TextTail(index), start, end);
        } else {
            self.push(Tok::Text(index), start, end);
        }
    }

    /// Follows the line ends in a stretch that is one token.
    pub(super) fn pass_lines(&mut self, from: u32, to: u32) {
        let text = self.source.get(from as usize..to as usize).unwrap_or("");
        if let Some(at) = text.rfind('\n') {
            self.line_start = from + at as u32 + 1;
        }
    }

    fn interpolation(&mut self, start: u32, at: u32, end: u32, index: u32, kind: Kind, resumed: bool) {
        if resumed {
            // It goes on in the same string: the string's first `{{` has been counted, and closed by its `}}`.
            self.push_partner(Tok::TextMiddle(index), start, end);
            let (indent, line) = (self.indent_of_line(), self.line_start);
            self.stack.push(Open { kind, start: at, end, indent, line });
        } else {
            self.open(kind, Tok::TextHead(index), start, end);
            if let Some(open) = self.stack.last_mut() {
                open.start = at;
            }
        }
    }

    pub(super) fn add_text(&mut self, start: u32, end: u32) -> u32 {
        let raw = self.source.get(start as usize..end as usize).unwrap_or("");
        let text = match text::unescape(raw) {
            std::borrow::Cow::Borrowed(text) => Arc::from(text),
            std::borrow::Cow::Owned(text) => Arc::from(text),
        };
        self.out.texts.push(Text { text, start, end, block: false });
        self.out.texts.len() as u32 - 1
    }

    fn add_block_text(&mut self, start: u32, end: u32) -> u32 {
        self.out.texts.push(Text { text: Arc::from(""), start, end, block: true });
        self.out.texts.len() as u32 - 1
    }

    /// Fills in the pieces of a block string, now that all of them are known.
    pub(super) fn dedent(&mut self, pieces: &[u32]) {
        let raw: Vec<&str> = pieces
            .iter()
            .map(|&index| {
                let text = self.out.texts.get(index as usize);
                text.and_then(|text| self.source.get(text.start as usize..text.end as usize)).unwrap_or("")
            })
            .collect();
        for (&index, meaning) in pieces.iter().zip(text::dedent(&raw)) {
            if let Some(text) = self.out.texts.get_mut(index as usize) {
                text.text = Arc::from(meaning);
            }
        }
    }

    fn check_escape(&mut self, start: u32, end: u32) {
        let raw = self.source.get(start as usize..end as usize).unwrap_or("");
        let Some(hex) = raw.strip_prefix("\\u{").and_then(|raw| raw.strip_suffix('}')) else { return };
        if text::code_point(hex).is_none() {
            let span = self.span(start, end);
            self.report(
                Diagnostic::new(Code::BadEscape, span, format!("there is no character with the number {hex}"))
                    .help("Unicode numbers go up to 10FFFF, without D800 to DFFF."),
            );
        }
    }

    fn bad_escape(&mut self, start: u32, end: u32) {
        let next = self.rest(end).chars().next().filter(|c| !matches!(c, '\n' | '\r'));
        let to = end + next.map_or(0, char::len_utf8) as u32;
        let span = self.span(start, to);
        let escape = self.source.get(span.range()).unwrap_or("\\");
        let mut diagnostic = Diagnostic::new(Code::BadEscape, span, format!("`{escape}` means nothing in a text"))
            .help("There are \\n, \\t, \\\", \\\\, \\{{ and \\u{…}. A backslash itself is written `\\\\`.");
        if next != Some('u') {
            diagnostic = diagnostic.fix("write a backslash", vec![(self.span(start, end), "\\\\".into())]);
        }
        self.report(diagnostic);
    }

    /// A number: with `%` a percentage, with a unit a duration.
    fn number(&mut self, tok: Tok, start: u32, end: u32) -> u32 {
        let rest = self.rest(end);
        if rest.starts_with('%') {
            self.push(Tok::Percent, start, end + 1);
            return end + 1;
        }
        let after = rest.trim_start_matches([' ', '\t']);
        if let Some(tail) = strip_unit(after) {
            let to = end + (rest.len() - tail.len()) as u32;
            if after.len() == rest.len() {
                let (span, gap) = (self.span(start, to), self.span(end, end));
                self.report(
                    Diagnostic::new(Code::MalformedNumber, span, "a blank is missing between the number and its unit")
                        .fix("add a blank", vec![(gap, " ".into())]),
                );
            }
            self.push(Tok::Duration, start, to);
            return to;
        }
        let glued = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
        if glued > 0 {
            let to = end + glued as u32;
            let span = self.span(start, to);
            let words = self.source.get(span.range()).unwrap_or("");
            let wrong =
                Diagnostic::new(Code::MalformedNumber, span, format!("`{words}` is neither a number nor a name"));
            let time = full_hour(words);
            let read = if time.is_some() { (Tok::Bad, start, to) } else { (tok, start, end) };
            self.report(match time {
                Some(time) => wrong
                    .help(format!("A time of day is written with hours and minutes: `{time}`."))
                    .fix(format!("write `{time}`"), vec![(span, time)]),
                None => wrong.help("A name begins with a letter; a number has digits, and one `.` at most."),
            });
            self.push(read.0, read.1, read.2);
            return to;
        }
        self.push(tok, start, end);
        end
    }

    /// Spellings of other languages: says what Flow writes, and goes on as if it had been written.
    fn foreign(&mut self, start: u32, end: u32) -> u32 {
        let span = self.span(start, end);
        let written = self.source.get(span.range()).unwrap_or("");
        let instead = match written {
            "&&" => ("and", Tok::And),
            // A text is neither true nor false: what is meant is a default.
            "||" if self.rest(end).trim_start_matches([' ', '\t']).starts_with('"') => ("??", Tok::Default),
            "||" => ("or", Tok::Or),
            "!" => ("not ", Tok::Not),
            "===" => ("==", Tok::EqEq),
            "!==" | "=!" => ("!=", Tok::NotEq),
            "=<" => ("<=", Tok::LessEq),
            "=>" => ("->", Tok::Arrow),
            "'" => return self.single_quote(start, end),
            "/*" => return self.block_comment(start, end),
            "#" => return self.hash(start, end),
            "\r" => {
                self.report(
                    Diagnostic::new(Code::UnknownCharacter, span, "a carriage return without a line feed")
                        .help("Save the file with line ends of one kind: LF, or CR LF.")
                        .fix("end the line", vec![(span, "\n".into())]),
                );
                self.line_break(start, end);
                return end;
            }
            _ => return self.unknown(start, end),
        };
        let word = instead.0.trim();
        self.report(
            Diagnostic::new(Code::ForeignSpelling, span, format!("Flow writes `{word}` for `{written}`"))
                .fix(format!("write `{word}`"), vec![(span, instead.0.into())]),
        );
        self.push(instead.1, start, end);
        end
    }

    fn single_quote(&mut self, start: u32, end: u32) -> u32 {
        let rest = self.rest(end);
        let Some(length) = rest.find(['\'', '\n', '\r']).filter(|&at| rest[at..].starts_with('\'')) else {
            return self.unknown(start, end);
        };
        let close = end + length as u32;
        let span = self.span(start, close + 1);
        let body = &rest[..length];
        let mut diagnostic = Diagnostic::new(Code::ForeignSpelling, span, "a text stands in double quotes");
        if !body.contains(['"', '\\']) {
            let edits = vec![(self.span(start, end), "\"".into()), (self.span(close, close + 1), "\"".into())];
            diagnostic = diagnostic.fix("write double quotes", edits);
        } else {
            diagnostic = diagnostic.help("Write `\"` at both ends, and `\\\"` for a quote in the text.");
        }
        self.report(diagnostic);
        let index = self.add_text(end, close);
        self.push(Tok::Text(index), start, close + 1);
        close + 1
    }

    fn block_comment(&mut self, start: u32, end: u32) -> u32 {
        let length = if self.no_comment_end { None } else { self.rest(end).find("*/") };
        let Some(length) = length else {
            self.no_comment_end = true;
            return self.unknown(start, end);
        };
        let to = end + length as u32 + 2;
        let span = self.span(start, to);
        self.report(
            Diagnostic::new(Code::ForeignSpelling, span, "comments begin with `//` and end with their line")
                .help("Put `//` at the beginning of each line of the comment."),
        );
        self.pass_lines(start, to);
        to
    }

    fn hash(&mut self, start: u32, end: u32) -> u32 {
        if !self.rest(end).starts_with([' ', '\t', '#', '!']) {
            return self.unknown(start, end);
        }
        let line = self.rest(end).split(['\n', '\r']).next().unwrap_or("");
        let (mark, to) = (self.span(start, end), end + line.len() as u32);
        self.report(
            Diagnostic::new(Code::ForeignSpelling, self.span(start, to), "comments begin with `//`")
                .fix("write `//`", vec![(mark, "//".into())]),
        );
        to
    }

    /// Characters that mean nothing here. A run of them is one finding.
    fn unknown(&mut self, start: u32, end: u32) -> u32 {
        let first = self.rest(start).chars().next().unwrap_or(' ');
        if matches!(first, '“' | '„' | '«')
            && let Some(to) = self.typographic_text(start, start + first.len_utf8() as u32)
        {
            return to;
        }
        if super::hidden::is_hidden(first) {
            return end;
        }
        let is_letter = first.is_alphabetic();
        // A name with such a letter in it is one thing.
        let start = if is_letter && self.prev_end == start && self.prev.is_name() && !self.fresh_line {
            self.out.tokens.last().map_or(start, |last| last.0)
        } else {
            start
        };
        let tail = self.rest(end);
        let glued = if is_letter {
            tail.len() - tail.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').len()
        } else {
            0
        };
        let to = end + glued as u32;
        if self.unknown_end == start && start > 0 && self.prolong_unknown(start, to) {
            return to;
        }
        self.unknown_end = to;
        let span = self.span(start, to);
        self.report(unknown_character(first, span));
        if start < end && self.prev_end > start {
            // It has swallowed the beginning of its name.
            if let Some(last) = self.out.tokens.last_mut() {
                *last = (start, Tok::Ident, to);
                self.prev_end = to;
            }
        } else if !is_invisible(first) {
            self.push(if is_letter { Tok::Ident } else { Tok::Unknown }, start, to);
        }
        to
    }

    /// A text between quotes as they are printed.
    fn typographic_text(&mut self, start: u32, from: u32) -> Option<u32> {
        let rest = self.rest(from);
        // On a line with many of them it is looked for once.
        if self.quote_end < from {
            let found = rest.find(['”', '“', '»', '"', '\n', '\r']);
            crate::effort::spent(found.unwrap_or(rest.len()));
            self.quote_end = found.map_or(u32::MAX, |at| from + at as u32);
        }
        let length = self.quote_end.checked_sub(from).filter(|_| self.quote_end < u32::MAX)? as usize;
        let close = rest.get(length..)?.chars().next().filter(|c| !matches!(c, '\n' | '\r'))?;
        let (end, to) = (from + length as u32, from + (length + close.len_utf8()) as u32);
        let edits = vec![(self.span(start, from), "\"".into()), (self.span(end, to), "\"".into())];
        let span = self.span(start, to);
        self.report(
            Diagnostic::new(
                Code::UnknownCharacter,
                span,
                "these are typographic quotes; a text stands in straight ones",
            )
            .help("Write `\"` for both; quotes like these come from word processors.")
            .fix("write straight quotes", edits),
        );
        let index = self.add_text(from, end);
        self.push(Tok::Text(index), start, to);
        Some(to)
    }

    fn prolong_unknown(&mut self, start: u32, to: u32) -> bool {
        let Some(last) = self.out.diagnostics.last_mut() else { return false };
        if last.code != Code::UnknownCharacter || last.primary.span.end != start {
            return false;
        }
        last.primary.span.end = to;
        last.message = "these characters mean nothing in Flow".into();
        last.fixes.clear();
        self.unknown_end = to;
        true
    }
}

/// Advice for a character that no token begins with.
fn unknown_character(c: char, span: Span) -> Diagnostic {
    let number = c as u32;
    let (message, help, instead) = match c {
        '“' | '”' | '„' | '«' | '»' => {
            ("these are typographic quotes", "Texts stand in straight quotes.", Some("\""))
        }
        '‘' | '’' | '`' => ("this is not a quote that Flow knows", "Texts stand in double quotes.", None),
        '–' | '—' | '−' => ("this is a dash", "The minus sign is `-`, the arrow `->`.", Some("-")),
        '→' => ("this is an arrow character", "The arrow is written `->`.", Some("->")),
        '…' => ("this is an ellipsis", "Leave it out, or put it into a text.", None),
        '&' => ("`&` means nothing in Flow", "Write `and` between conditions, `+` between texts.", None),
        '|' => ("`|` means nothing in Flow", "Write `or` between conditions.", None),
        '%' => {
            ("`%` stands right behind a number", "Write a percentage as `50%`; there is no remainder operator.", None)
        }
        '\'' => ("a text stands in double quotes", "Write `\"` for `'`.", None),
        '#' => (
            "`#` begins the name of a place, like `#topic`",
            "Put a name right behind it, or `//` for a comment.",
            None,
        ),
        '/' => ("this comment never ends", "Comments begin with `//` and end with their line.", None),
        '\\' => ("a backslash means something inside texts only", "Lines go on by themselves inside brackets.", None),
        c if is_invisible(c) => {
            let message = format!("an invisible character (U+{number:04X}) stands here");
            return Diagnostic::new(Code::UnknownCharacter, span, message)
                .help("Delete it; it often comes along with text copied from elsewhere.")
                .fix("delete it", vec![(span, if c == '\u{a0}' { " ".into() } else { String::new() })]);
        }
        c if c.is_alphabetic() => {
            ("names are written with the letters a to z", "Texts may hold any character, names may not.", None)
        }
        c => {
            let message = format!("`{c}` (U+{number:04X}) means nothing in Flow");
            return Diagnostic::new(Code::UnknownCharacter, span, message)
                .help("If it belongs to a text, put it in quotes.");
        }
    };
    let mut diagnostic = Diagnostic::new(Code::UnknownCharacter, span, message).help(help);
    if let Some(instead) = instead {
        diagnostic = diagnostic.fix(format!("write `{instead}`"), vec![(span, instead.into())]);
    }
    diagnostic
}

/// Takes no place on the screen, or looks like a blank.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What stands behind this word, if the text starts with it.
pub(super) fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|tail| !tail.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

/// What stands behind a unit of time, if the text starts with one.
fn strip_unit(text: &str) -> Option<&str> {
    let word =
        |text: &'_ str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    let first = text.get(..word(text))?;
    let tail = text.get(first.len()..)?;
    if first == "business" {
        let after = tail.trim_start_matches([' ', '\t']);
        let second = after.get(..word(after))?;
        return matches!(second, "day" | "days" | "hour" | "hours").then(|| &after[second.len()..]);
    }
    let is_unit = matches!(
        first.strip_suffix('s').unwrap_or(first),
        "second" | "minute" | "hour" | "day" | "week" | "month" | "year"
    );
    is_unit.then_some(tail)
}

/// `9am` as Flow writes it.
fn full_hour(words: &str) -> Option<String> {
    let words = words.to_ascii_lowercase();
    let (hour, noon) = match (words.strip_suffix("am"), words.strip_suffix("pm")) {
        (Some(hour), _) => (hour, 0),
        (_, Some(hour)) => (hour, 12),
        _ => return None,
    };
    let hour = hour.parse::<u8>().ok().filter(|hour| *hour < 24)?;
    Some(format!("{:02}:00", if hour > 12 { hour } else { hour % 12 + noon }))
}
