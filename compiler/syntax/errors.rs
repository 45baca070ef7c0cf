//! From "the parser stopped here" to a sentence. The only file that knows LALRPOP's errors.

use lalrpop_util::ParseError;

use super::advice;
use super::lexer::Spanned;
use super::regions;
use super::token::Tok;
use crate::diag::{Code, Diagnostic, FileId, Span};

/// So far before a bracket the word that it belongs to is looked for.
const WORDS_MAX: usize = 32;

/// Where the grammar came to an end, and what it would have taken.
#[derive(Debug)]
pub struct Stop {
    /// The index of the token it did not take; the number of tokens at the end of an item.
    pub at: usize,
    /// The names of the terminals it would have taken.
    pub expected: Vec<String>,
}

impl Stop {
    /// `taken` is how many of the `count` tokens the parser has asked for.
    pub fn new(error: ParseError<u32, Tok, ()>, taken: usize, count: usize) -> Stop {
        // LALRPOP quotes the terminals that the grammar quotes.
        let plain =
            |expected: Vec<String>| expected.into_iter().map(|name| name.trim_matches('"').to_owned()).collect();
        match error {
            ParseError::UnrecognizedEof { expected, .. } => Stop { at: count, expected: plain(expected) },
            ParseError::UnrecognizedToken { expected, .. } => {
                Stop { at: taken.saturating_sub(1), expected: plain(expected) }
            }
            ParseError::ExtraToken { .. } | ParseError::InvalidToken { .. } | ParseError::User { .. } => {
                Stop { at: taken.saturating_sub(1), expected: Vec::new() }
            }
        }
    }

    /// Whether this terminal would have been taken.
    pub fn takes(&self, terminal: &str) -> bool {
        self.expected.iter().any(|name| name == terminal)
    }

    /// Whether a value could begin here.
    pub fn takes_value(&self) -> bool {
        self.takes("integer") && self.takes("text")
    }
}

/// A token among its neighbours.
#[derive(Debug, Clone, Copy)]
pub struct Place<'t> {
    pub file: FileId,
    pub source: &'t str,
    pub tokens: &'t [Spanned],
    pub at: usize,
}

impl<'t> Place<'t> {
    /// The token at an index; `Eof` outside.
    pub fn tok(&self, at: usize) -> Tok {
        self.tokens.get(at).map_or(Tok::Eof, |token| token.1)
    }

    /// The token that was not taken.
    pub fn found(&self) -> Tok {
        self.tok(self.at)
    }

    /// The token before it.
    pub fn prev(&self) -> Tok {
        self.at.checked_sub(1).map_or(Tok::Eof, |at| self.tok(at))
    }

    /// The text of a token.
    pub fn text(&self, at: usize) -> &'t str {
        self.tokens.get(at).and_then(|token| self.source.get(token.0 as usize..token.2 as usize)).unwrap_or("")
    }

    /// The text of the token before.
    pub fn prev_text(&self) -> &'t str {
        self.at.checked_sub(1).map_or("", |at| self.text(at))
    }

    /// The span of a token; at the end, the place behind the last one.
    pub fn span(&self, at: usize) -> Span {
        match self.tokens.get(at) {
            Some(&(start, _, end)) => Span::new(self.file, start, end.max(start)),
            None => self.gap(at),
        }
    }

    /// The place right behind the token before this one.
    pub fn gap(&self, at: usize) -> Span {
        let end = at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.2);
        Span::new(self.file, end, end)
    }

    /// The index of the first token of this line, on its level of brackets.
    pub fn line_start(&self) -> usize {
        regions::line_around(self.tokens, self.at).start
    }

    /// The first token of this line.
    pub fn first(&self) -> Tok {
        self.tok(self.line_start())
    }

    /// The bracket around.
    pub fn opener(&self) -> Tok {
        regions::opener(self.tokens, self.at).map_or(Tok::Eof, |at| self.tok(at))
    }

    /// The first token of the statement or declaration whose brackets are around.
    pub fn around(&self) -> Tok {
        regions::opener(self.tokens, self.at).map_or(Tok::Eof, |at| Place { at, ..*self }.first())
    }

    /// Whether the bracket around belongs to a `switch` that is a value.
    pub fn in_switch(&self) -> bool {
        let before = regions::opener(self.tokens, self.at).and_then(|at| self.tokens.get(..at)).unwrap_or_default();
        let line =
            before.iter().rev().take_while(|(_, tok, _)| !matches!(tok, Tok::Newline | Tok::LBrace | Tok::RBrace));
        line.take(WORDS_MAX).any(|(_, tok, _)| *tok == Tok::Switch)
    }
}

/// What to say about a place where the grammar stopped.
pub fn explain(stop: &Stop, place: &Place<'_>) -> Diagnostic {
    if let Some(diagnostic) = advice::usual_mistake(stop, place) {
        return diagnostic;
    }
    let expected = phrase(&categories(&stop.expected));
    let found = place.found();
    let (span, message) = match found {
        Tok::Newline if place.text(place.at) == ";" => (place.span(place.at), "`;` cannot stand here".to_owned()),
        Tok::Newline => (place.gap(place.at), "this line ends too early".to_owned()),
        Tok::Eof => (place.gap(place.at), "this ends too early".to_owned()),
        Tok::RBrace | Tok::RParen | Tok::RBracket => {
            (place.span(place.at), format!("something is missing before this `{}`", place.text(place.at)))
        }
        Tok::TextTail(_) | Tok::TextMiddle(_) => (place.gap(place.at), "this interpolation ends too early".to_owned()),
        _ => (place.span(place.at), format!("{} cannot stand here", name_of(found, place.text(place.at)))),
    };
    let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message);
    if expected.is_empty() {
        return diagnostic.help("Take it out, or begin a new line with what it belongs to.");
    }
    let help = match found {
        Tok::Newline | Tok::Eof => format!("Go on with {expected}."),
        Tok::RBrace | Tok::RParen | Tok::RBracket => format!("Write {expected} before it."),
        Tok::TextTail(_) | Tok::TextMiddle(_) => format!("Write {expected} between `{{{{` and `}}}}`."),
        _ if place.prev() == Tok::Newline && found.joins() => {
            format!(
                "End the line above with `{}`: an expression goes on where a line ends with its sign.",
                place.text(place.at)
            )
        }
        _ if expected.starts_with("the end of the line") => "Take it out, or begin a new line with it.".to_owned(),
        _ => format!("Take it out, or write {expected} here."),
    };
    diagnostic.at(format!("expected {expected}")).help(help)
}

/// What to say about a line at the top of a file that begins no declaration.
pub fn not_an_item(place: &Place<'_>) -> Diagnostic {
    advice::not_an_item(place)
}

/// A token as people call it.
pub fn name_of(tok: Tok, text: &str) -> String {
    match tok {
        Tok::Text(_) | Tok::TextHead(_) => "a text".to_owned(),
        Tok::TextMiddle(_) | Tok::TextTail(_) => "`}}`".to_owned(),
        Tok::Newline => "the end of the line".to_owned(),
        Tok::Eof => "the end".to_owned(),
        Tok::Int | Tok::Number => format!("the number `{text}`"),
        Tok::Bad | Tok::Unknown => "this".to_owned(),
        _ => format!("`{text}`"),
    }
}

/// A list of terminals as a few things that people know.
fn categories(expected: &[String]) -> Vec<String> {
    const VALUES: &[&str] = &[
        "text",
        "text {{",
        "integer",
        "number",
        "percentage",
        "duration",
        "time",
        "(",
        "[",
        "{",
        "not",
        "-",
        "null",
        "true",
        "false",
        "start",
        "switch",
        ".",
        "ask",
    ];
    const OPERATORS: &[&str] = &[
        "??",
        "?",
        "?.",
        ".",
        "+",
        "-",
        "*",
        "/",
        "==",
        "!=",
        "<=",
        ">=",
        "<",
        ">",
        "and",
        "or",
        "(",
        "with",
        "undo",
        "+=",
        "-=",
        "}} text {{",
        "else",
    ];
    let has = |name: &str| expected.iter().any(|other| other == name);
    let (value, name, operator) = (has("integer") && has("text"), has("name"), has("+") || has("==") || has("?."));
    let statement = has("let") && has("say");
    let mut out: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        if !out.iter().any(|known| known == text) {
            out.push(text.to_owned());
        }
    };
    if statement {
        add("a statement");
    } else if value {
        add("a value");
    } else if name {
        add("a name");
    }
    for terminal in expected.iter().map(String::as_str) {
        let is_word = terminal.starts_with(|c: char| c.is_ascii_lowercase());
        match terminal {
            "Bad" | "name" => {}
            _ if statement && terminal != "}" => {}
            _ if value && VALUES.contains(&terminal) => {}
            _ if operator && OPERATORS.contains(&terminal) => {}
            _ if name && is_word && !matches!(terminal, "text" | "integer" | "as" | "else" | "if") => {}
            "NL" => add("the end of the line"),
            "}} text" => add("`}}`"),
            "}} text {{" => {}
            "text" | "text {{" => add("a text"),
            "integer" | "number" => add("a number"),
            "duration" => add("a length of time like `3 days`"),
            "percentage" => add("a percentage like `50%`"),
            "time" => add("a time of day like `09:00`"),
            // Where a value may stand, a place is the rarer thing to mean.
            "#name" if value => {}
            "#name" => add("a place like `#topic`"),
            "team" => add("a declaration"),
            "record" => {}
            other => add(&format!("`{other}`")),
        }
    }
    if out.is_empty() && operator {
        out.push("an operator".to_owned());
    }
    out
}

/// `a, b or c`; of many, the first few.
fn phrase(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if parts.len() <= 5 => format!("{} or {last}", first.join(", ")),
        [a, b, c, ..] => format!("{a}, {b}, {c} or something else"),
        _ => parts.join(" or "),
    }
}

/// The rules of this room say what is wrong in a phrase, which may come to stand behind another; people read a sentence.
pub fn into_sentence(diagnostic: &mut Diagnostic) {
    let message = &mut diagnostic.message;
    if let Some(first) = message.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !message.ends_with(['.', '!', '?']) {
        message.push('.');
    }
    diagnostic.complete();
}
