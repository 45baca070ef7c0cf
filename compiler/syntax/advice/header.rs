//! Mistakes about the lines of a flow's header: the words behind the first one.

use crate::diag::{Code, Diagnostic, Span};
use crate::syntax::errors::{Place, Stop};
use crate::syntax::lexer::Spanned;
use crate::syntax::regions;
use crate::syntax::token::Tok;

/// Whether the place is the second word of a line of a header that begins with this word.
fn second(place: &Place<'_>, first: Tok) -> bool {
    let line = place.line_start();
    place.tok(0) == Tok::Flow && place.opener() == Tok::Eof && place.tok(line) == first && place.at == line + 1
}

/// The word that stands where another belongs; without a token only the other one is missing.
struct Meant {
    instead: Option<usize>,
    word: Tok,
    text: &'static str,
}

/// `send in office`, `exit if …`
fn meant(stop: &Stop, place: &Place<'_>) -> Option<Meant> {
    let (found, next) = (place.found(), place.tok(place.at + 1));
    if second(place, Tok::Send) && stop.takes("within") && found.is_name() {
        let instead = next.is_name().then_some(place.at);
        return Some(Meant { instead, word: Tok::Within, text: "within" });
    }
    if !second(place, Tok::Exit) || !stop.takes("when") {
        return None;
    }
    let mut line = regions::line_around(place.tokens, place.at);
    let compares = line.any(|at| {
        matches!(
            place.tok(at),
            Tok::EqEq | Tok::NotEq | Tok::Less | Tok::LessEq | Tok::Greater | Tok::GreaterEq | Tok::Not
        )
    });
    let instead = (found == Tok::If || place.text(place.at) == "once").then_some(place.at);
    (instead.is_some() || compares).then_some(Meant { instead, word: Tok::When, text: "when" })
}

/// The same as a mistake.
pub(super) fn second_word(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let Meant { instead, word, text } = meant(stop, place)?;
    let span = place.span(place.at);
    let (first, help) = match word {
        Tok::Within => ("send", "`send within office` sends only in the hours of the calendar `office`."),
        _ => {
            ("exit", "`exit when contact.plan == .pro` ends a run as soon as that holds, `exit on …` when it happens.")
        }
    };
    let edit = match instead {
        Some(_) => (span, text.to_owned()),
        None => (Span { end: span.start, ..span }, format!("{text} ")),
    };
    Some(
        Diagnostic::new(Code::UnexpectedToken, span, format!("`{first}` is followed by `{text}`"))
            .at(format!("expected `{text}`"))
            .help(help)
            .fix(format!("write `{first} {text}`"), vec![edit]),
    )
}

/// The `on` of a goal that is to be something that happens.
fn happening(place: &Place<'_>) -> Option<usize> {
    let on = place.at.checked_sub(1).filter(|_| place.prev() == Tok::On && place.found().is_name())?;
    second(&Place { at: on, ..*place }, Tok::Goal).then_some(on)
}

/// `goal on ping(contact) within 3 days`
pub(super) fn goal_that_happens(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let on = happening(place)?;
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.span(on), "a goal is a condition, not something that happens")
            .at("expected a condition")
            .help(
                "Write what has to hold, as in `goal contact.plan == .pro within 3 days`. A run that ends when \
                 something happens has a line `exit on …`.",
            ),
    )
}

/// The tokens with what was meant in their place, and the token that is to be passed then.
pub(super) fn as_meant(stop: &Stop, place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    let mut tokens = place.tokens.to_vec();
    if let Some(Meant { instead, word, .. }) = meant(stop, place) {
        match instead {
            Some(at) => tokens.get_mut(at)?.1 = word,
            None => {
                let start = place.span(place.at).start;
                tokens.insert(place.at, (start, word, start));
            }
        }
        return Some((tokens, place.at));
    }
    let on = happening(place)?;
    let line = regions::line_around(place.tokens, place.at);
    let brace = (line.start..line.end).find(|at| place.tok(*at) == Tok::LBrace);
    let end = brace.unwrap_or(line.end);
    let (start, end_at) = (place.span(on).start, place.gap(end).end);
    tokens.splice(line.start..end, [(start, Tok::Bad, end_at.max(start))]);
    Some((tokens, line.start))
}
