//! Mistakes about what is said and asked: where settings stand, and how.

use super::unexpected;
use crate::diag::{Code, Diagnostic, Span};
use crate::syntax::errors::{Place, Stop};
use crate::syntax::lexer::Spanned;
use crate::syntax::token::Tok;

/// How a question with settings is written.
const QUESTION: &str = "Settings follow the question, each behind a comma: `ask \"How many?\" as Int, max: 5`.";

/// What may stand behind the text of a `say`.
const MESSAGE: &str = "Behind the text may stand `image:`, `video:`, `link:`, `article:`, and `in:` for the conversation, \
                       each behind a comma: `say \"Look\", image: \"https://…\"`.";

/// The index of the `ask` that this line holds before the place, on its level of brackets.
fn question(place: &Place<'_>) -> Option<usize> {
    (place.line_start()..place.at).rev().find(|at| place.tok(*at) == Tok::Ask)
}

/// The same of a `say`.
fn message(place: &Place<'_>) -> Option<usize> {
    (place.line_start()..place.at).rev().find(|at| place.tok(*at) == Tok::Say)
}

/// `say`
pub(super) fn nothing_said(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let ends = matches!(place.found(), Tok::Newline | Tok::RBrace | Tok::Comma);
    let say = place.at.checked_sub(1).filter(|_| place.prev() == Tok::Say && ends && stop.takes_value())?;
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.span(say), "this `say` says nothing")
            .at("expected a text behind it")
            .help(format!("Write the text: `say \"Hello\"`. {MESSAGE}")),
    )
}

/// `say "Hello" to contact`, `say "Look" image "https://…"`
pub(super) fn part_without_comma(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let next = place.tok(place.at + 1);
    let begins_value = next.is_name() || matches!(next, Tok::Text(_) | Tok::TextHead(_) | Tok::Dot | Tok::Colon);
    if !place.found().is_name() || !begins_value || !stop.takes(",") || message(place).is_none() {
        return None;
    }
    let (word, gap, behind) = (place.text(place.at), place.gap(place.at), place.gap(place.at + 1));
    if !matches!(word, "image" | "video" | "link" | "article" | "in") {
        return Some(unexpected(place, format!("a `say` has no `{word}` behind its text")).help(MESSAGE));
    }
    let mut edits = vec![(gap, ",".to_owned())];
    if next != Tok::Colon {
        edits.push((behind, ":".to_owned()));
    }
    Some(
        unexpected(place, "each part of a message stands behind a comma")
            .label(gap, "expected `,`")
            .help(MESSAGE)
            .fix(format!("write `, {word}: …`"), edits),
    )
}

/// `ask "Which plan?" as Text from Plan`
pub(super) fn as_and_from(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let (first, extra) = answered_twice(place)?;
    let diagnostic = unexpected(place, "a question says `as` or `from`, not both")
        .label(place.span(first), "said here already")
        .help("`as Text` takes an answer of a type; `from Plan` has one picked from an enum or a list. Leave one out.");
    let Some((from, to)) = extra else { return Some(diagnostic) };
    let whole = place.span(from).to(place.span(to));
    let shown = place.source.get(whole.range()).unwrap_or("as");
    let edit = Span { start: place.gap(from).end, ..whole };
    Some(diagnostic.fix(format!("leave `{shown}` out"), vec![(edit, String::new())]))
}

/// Where a question has said before what answers it takes, and the `as` and its type, when that is one word.
fn answered_twice(place: &Place<'_>) -> Option<(usize, Option<(usize, usize)>)> {
    if !matches!(place.found(), Tok::As | Tok::From) || place.prev() == Tok::Comma {
        return None;
    }
    let first = (question(place)?..place.at).rev().find(|at| matches!(place.tok(*at), Tok::As | Tok::From))?;
    let (by_type, end) = match (place.tok(first), place.found()) {
        (Tok::As, Tok::From) => (first, place.at),
        (Tok::From, Tok::As) => (place.at, place.at + 2),
        _ => return Some((first, None)),
    };
    Some((first, (by_type + 2 == end && place.tok(by_type + 1).is_name()).then_some((by_type, by_type + 1))))
}

/// The tokens without the `as` of a question that also has a `from`, and the token that is to be passed then.
pub(super) fn as_meant(place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    let (_, extra) = answered_twice(place)?;
    let (from, to) = extra?;
    let mut tokens = place.tokens.to_vec();
    tokens.drain(from..=to.min(tokens.len().checked_sub(1)?));
    Some((tokens, from))
}

/// `ask "How many?" as Int max 5`
pub(super) fn setting_without_comma(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let word = place.text(place.at);
    let is_setting = matches!(word, "retries" | "hint" | "timeout" | "min" | "max");
    if !is_setting || !stop.takes(",") || question(place).is_none() {
        return None;
    }
    let (gap, behind) = (place.gap(place.at), place.span(place.at).end);
    let behind = Span::new(place.file, behind, behind);
    let (value, mut edits) = (place.text(place.at + 1), vec![(gap, ",".to_owned())]);
    let value = match place.tok(place.at + 1) {
        Tok::Int | Tok::Number | Tok::Duration | Tok::Text(_) => {
            edits.push((behind, ":".to_owned()));
            value
        }
        Tok::Colon => place.text(place.at + 2),
        _ => return None,
    };
    let written = format!(", {word}: {value}");
    Some(
        unexpected(place, "each setting of a question stands behind a comma")
            .label(gap, "expected `,`")
            .help(format!("Write `{written}`."))
            .fix(format!("write `{written}`"), edits),
    )
}

/// `ask("How many?", as: Int)`, `say("Hello", image: "…")`
pub(super) fn talk_with_parentheses(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let opener = crate::syntax::regions::opener(place.tokens, place.at)?;
    let word = opener.checked_sub(1)?;
    let help = match place.tok(word) {
        Tok::Ask => "Write `ask \"How many?\" as Int, max: 5`.",
        Tok::Say => "Write `say \"Here it is\", image: \"https://…\"`.",
        Tok::Choice => "Write `choice \"Which one?\" { \"This one\" -> … }`.",
        _ => return None,
    };
    if place.tok(opener) != Tok::LParen || place.found() != Tok::Comma {
        return None;
    }
    let message = format!("`{}` takes no parentheses around what follows it", place.text(word));
    Some(Diagnostic::new(Code::ForeignSpelling, place.span(opener), message).help(help))
}

/// `ask "How many?", as Int`
pub(super) fn comma_before_as(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let word = place.text(place.at);
    let asks = matches!(word, "as" | "from") && place.prev() == Tok::Comma && question(place).is_some();
    let comma = place.at.checked_sub(1).filter(|_| asks)?;
    let between = Span { end: place.span(place.at).start, ..place.span(comma) };
    Some(
        unexpected(place, format!("`{word}` stands right behind the question, without a comma"))
            .help(QUESTION)
            .fix("remove the comma", vec![(between, " ".into())]),
    )
}

/// `ask "How many?" as Int with { max: 5 }`, `ask "How many?" as Int (max: 5)`
pub(super) fn settings_in_brackets(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let brackets = matches!(place.found(), Tok::With | Tok::LParen | Tok::LBrace);
    if !brackets || !stop.takes(",") || question(place).is_none() {
        return None;
    }
    Some(match (place.found(), place.tok(place.at + 1)) {
        (Tok::LBrace, Tok::After) => unexpected(place, "a question has no arms").help(
            "Say how long it waits, and what then: `let n = ask \"How many?\" as Int, timeout: 1 day else { stop }`.",
        ),
        _ => unexpected(place, "the settings of a question stand in no brackets").help(QUESTION),
    })
}
