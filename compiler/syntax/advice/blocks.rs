//! Mistakes about what stands before braces: a `repeat` without its number, a `race` that is meant to wait.

use crate::diag::{Code, Diagnostic};
use crate::syntax::errors::{Place, Stop};
use crate::syntax::lexer::Spanned;
use crate::syntax::regions;
use crate::syntax::token::Tok;

/// The `{` around a place, and that of a block which ends right before it.
pub(super) fn openers(place: &Place<'_>) -> impl Iterator<Item = usize> {
    let ended = place.at.checked_sub(1).filter(|at| place.tok(*at) == Tok::RBrace);
    let ended = ended.and_then(|at| regions::opener(place.tokens, at));
    let around = regions::opener(place.tokens, place.at);
    [around, ended].into_iter().flatten().filter(|at| place.tok(*at) == Tok::LBrace)
}

/// The `repeat` right before the braces of the place.
fn endless(place: &Place<'_>) -> Option<usize> {
    openers(place).filter_map(|at| at.checked_sub(1)).find(|at| place.tok(*at) == Tok::Repeat)
}

/// `repeat { … }`
pub(super) fn repeat_without_number(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let repeat = place.span(endless(place)?);
    Some(
        Diagnostic::new(Code::UnexpectedToken, repeat, "this `repeat` does not say how often")
            .at("expected a number behind it")
            .help("`repeat 3 { … }` goes round three times, `while true { … }` until a `break` or a `stop`.")
            .fix("write `while true`", vec![(repeat, "while true".to_owned())]),
    )
}

/// The `race` or `parallel` around an arm that would begin a `wait`.
fn waits(place: &Place<'_>) -> Option<usize> {
    let arm = matches!(place.found(), Tok::When | Tok::After | Tok::On) && place.at == place.line_start();
    let before = openers(place).next().filter(|_| arm)?.checked_sub(1)?;
    let word = if place.tok(before) == Tok::Anchor { before.checked_sub(1)? } else { before };
    matches!(place.tok(word), Tok::Race | Tok::Parallel).then_some(word)
}

/// `race { after 3 days -> … }`
pub(super) fn arm_of_a_race(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let word = waits(place)?;
    let (what, span) = (place.text(word), place.span(word));
    let diagnostic = Diagnostic::new(Code::UnexpectedToken, place.span(place.at), format!("a `{what}` has no arms"))
        .at("expected `path`")
        .label(span, "its ways are written `path name { … }`");
    Some(match place.tok(word) {
        Tok::Race => diagnostic
            .help("What is waited for, whichever comes first, stands in a `wait { … }`.")
            .fix("write `wait`", vec![(span, "wait".to_owned())]),
        _ => diagnostic.help("Write `path name { … }` for each; one that waits has a `wait { … }` of its own."),
    })
}

/// The tokens with what was meant in their place, and the token that is to be passed then.
pub(super) fn as_meant(place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    if let Some(repeat) = endless(place) {
        let mut tokens = place.tokens.to_vec();
        let end = place.span(repeat).end;
        tokens.insert(repeat + 1, (end, Tok::Bad, end));
        return Some((tokens, place.at));
    }
    let race = waits(place).filter(|word| place.tok(*word) == Tok::Race)?;
    let mut tokens = place.tokens.to_vec();
    tokens.get_mut(race)?.1 = Tok::Wait;
    Some((tokens, place.at))
}
