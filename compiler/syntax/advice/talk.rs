//! Mistakes about what is said and asked: where settings stand, and how.

use super::unexpected;
use crate::diag::{Diagnostic, Span};
use crate::syntax::errors::{Place, Stop};
use crate::syntax::token::Tok;

/// How a question with settings is written.
const QUESTION: &str = "Settings follow the question, each behind a comma: `ask \"How many?\" as Int, max: 5`.";

/// The index of the `ask` that this line holds before the place, on its level of brackets.
fn question(place: &Place<'_>) -> Option<usize> {
    (place.line_start()..place.at).rev().find(|at| place.tok(*at) == Tok::Ask)
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
    Some(Diagnostic::new(crate::diag::Code::ForeignSpelling, place.span(opener), message).help(help))
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
