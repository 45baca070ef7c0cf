//! Mistakes about arms: what happens in them, how the last ones are called, the question they answer.

use super::blocks::openers;
use super::unexpected;
use crate::diag::{Code, Diagnostic, Span};
use crate::syntax::errors::{Place, Stop};
use crate::syntax::lexer::Spanned;
use crate::syntax::regions;
use crate::syntax::token::Tok;

/// How an arm for the time that is up is written.
const TIME_IS_UP: &str = "Write `after 1 day -> …`: how long it waits, and what happens then.";

/// So far behind the beginning of an arm its arrow is looked for.
const WORDS_MAX: usize = 16;

/// The arrow of an arm that goes on with the next arm, or with the end of them all: a line goes on behind `->`.
fn empty_arm(place: &Place<'_>) -> Option<usize> {
    let of_arms = matches!(place.around(), Tok::Choice | Tok::Wait | Tok::Switch | Tok::Split) || place.in_switch();
    if !of_arms || place.opener() != Tok::LBrace {
        return None;
    }
    if place.found() == Tok::RBrace {
        return place.at.checked_sub(1).filter(|_| place.prev() == Tok::Arrow);
    }
    let line = regions::line_around(place.tokens, place.at);
    let mut depth = 0_usize;
    let mut arrows = Vec::new();
    for index in line {
        let tok = place.tok(index);
        if tok.opens() {
            depth += 1;
        } else if tok.closes() {
            depth = depth.saturating_sub(1);
        } else if tok == Tok::Arrow && depth == 0 {
            arrows.push(index);
        }
    }
    // Of two arrows in what is read as one line, the one whose own line ends.
    let (arrow, next) = arrows.iter().zip(arrows.iter().skip(1)).rfind(|(arrow, _)| **arrow < place.at)?;
    let between = Span { end: place.span(arrow + 1).start, ..place.gap(arrow + 1) };
    let ends = place.source.get(between.range()).is_some_and(|text| text.contains('\n'));
    (ends && *next >= place.at).then_some(*arrow)
}

/// `"Cancel" ->`
pub(super) fn arm_without_body(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let arrow = empty_arm(place)?;
    let (message, expected, help) = match place.around() {
        Tok::Choice => (
            "this option does not say what happens when it is picked",
            "expected a statement",
            "Write it behind the `->`, as in `-> stop`; `-> { }` does nothing and goes on behind the `choice`.",
        ),
        Tok::Wait | Tok::Switch | Tok::Split => (
            "this arm does not say what happens",
            "expected a statement",
            "Write it behind the `->`, as in `-> stop`; `-> { }` does nothing.",
        ),
        _ => (
            "this arm of the `switch` has no value",
            "expected a value",
            "Write it behind the `->`: each arm of a `switch` that is a value yields one.",
        ),
    };
    Some(Diagnostic::new(Code::UnexpectedToken, place.span(arrow), message).at(expected).help(help))
}

/// Whether a second arm begins at the place, on the line of the one before it.
fn second_arm(place: &Place<'_>) -> bool {
    let of_arms = matches!(place.around(), Tok::Choice | Tok::Wait | Tok::Switch | Tok::Split) || place.in_switch();
    let begins = matches!(
        place.found(),
        Tok::Text(_) | Tok::Dot | Tok::Else | Tok::After | Tok::On | Tok::When | Tok::Percent | Tok::Int
    );
    let line = regions::line_around(place.tokens, place.at);
    let arrow = |mut range: std::ops::Range<usize>| range.any(|at| place.tok(at) == Tok::Arrow);
    of_arms
        && begins
        && place.opener() == Tok::LBrace
        && place.prev() != Tok::Arrow
        && arrow(line.start..place.at)
        && arrow(place.at + 1..line.end.min(place.at + WORDS_MAX))
}

/// `"This" -> stop "That" -> stop`
pub(super) fn arms_on_one_line(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    second_arm(place).then(|| {
        let blank = Span { end: place.span(place.at).start, ..place.gap(place.at) };
        unexpected(place, "each arm stands on a line of its own")
            .at("the next arm begins here")
            .help("Begin a new line before it.")
            .fix("begin a new line", vec![(blank, "\n".to_owned())])
    })
}

/// `timeout -> …`, `default -> …` in a `choice` or a `wait`
pub(super) fn arm_of_another_language(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let (around, word, span) = (place.around(), place.text(place.at), place.span(place.at));
    if !matches!(around, Tok::Choice | Tok::Wait) || !stop.takes("after") || place.at != place.line_start() {
        return None;
    }
    let foreign = |message: String| Diagnostic::new(Code::ForeignSpelling, span, message);
    if word == "timeout" {
        let diagnostic = foreign("no arm begins with `timeout`".to_owned()).at("expected `after`");
        return Some(match amount_behind(place) {
            Some(amount) => diagnostic
                .help("The arm for the time that is up begins with `after` and how long.")
                .fix("write `after`", vec![(Span { end: place.span(amount).start, ..span }, "after ".to_owned())]),
            None => diagnostic.help(TIME_IS_UP),
        });
    }
    if !is_otherwise(word) && place.found() != Tok::Else {
        return None;
    }
    Some(match around {
        Tok::Choice => foreign(format!("no arm begins with `{word}`"))
            .at("expected `else`")
            .help("What is done with any other answer stands behind `else ->`, or `else as text ->` to read it.")
            .fix("write `else`", vec![(span, "else".to_owned())]),
        _ => unexpected(place, "a `wait` has no arm for everything else: it waits until one of its arms comes")
            .at("expected `on`, `when` or `after`")
            .help(TIME_IS_UP),
    })
}

/// `after 3 days -> stop` among the statements of a flow
pub(super) fn arm_as_statement(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let line = regions::line_around(place.tokens, place.at);
    let arms = matches!(place.around(), Tok::Choice | Tok::Wait | Tok::Switch | Tok::Split | Tok::Parallel | Tok::Race);
    let begins = matches!(place.tok(line.start), Tok::After | Tok::When | Tok::On) && place.at == line.start + 1;
    if !begins || arms || place.opener() != Tok::LBrace || place.in_switch() {
        return None;
    }
    let span = place.span(line.start);
    let arrow = line.clone().any(|at| place.tok(at) == Tok::Arrow);
    arrow.then(|| {
        Diagnostic::new(Code::UnexpectedToken, span, "this arm belongs to no `wait`").help(
            "What a run waits for stands in one, each on a line of its own: `wait {`, then `after 3 days -> …`, \
             then `}`.",
        )
    })
}

/// Words with which others begin the arm that takes the rest.
pub(crate) fn is_otherwise(word: &str) -> bool {
    matches!(word, "default" | "otherwise" | "_")
}

/// Where the length of time stands behind a `timeout`, which takes all up to the arrow.
fn amount_behind(place: &Place<'_>) -> Option<usize> {
    let at = place.at + 1;
    let at = if place.tok(at) == Tok::Colon { at + 1 } else { at };
    (place.tok(at) == Tok::Duration && place.tok(at + 1) == Tok::Arrow).then_some(at)
}

/// The `choice` whose braces are around, and the last token before them, when it asks nothing.
fn silent_choice(place: &Place<'_>) -> Option<(usize, usize)> {
    openers(place).find_map(|opener| {
        let before = opener.checked_sub(1)?;
        let choice = if place.tok(before) == Tok::Anchor { before.checked_sub(1)? } else { before };
        (place.tok(choice) == Tok::Choice).then_some((choice, before))
    })
}

/// `choice { "This" -> … }`
pub(super) fn choice_without_question(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let (choice, before) = silent_choice(place)?;
    let anchor = if before > choice { format!(" {}", place.text(before)) } else { String::new() };
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.span(choice), "this `choice` asks nothing")
            .label(place.gap(before + 1), "expected the question")
            .help(format!("Write the question behind it: `choice{anchor} \"What is it about?\" {{ … }}`.")),
    )
}

/// The tokens with what is missing, or meant, in its place, and the token that is to be passed then.
pub(super) fn as_meant(place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    let mut tokens = place.tokens.to_vec();
    if let Some((_, before)) = silent_choice(place) {
        let end = place.span(before).end;
        tokens.insert(before + 1, (end, Tok::Bad, end));
        return Some((tokens, place.at));
    }
    if second_arm(place) {
        let end = place.gap(place.at).end;
        tokens.insert(place.at, (end, Tok::Newline, end));
        return Some((tokens, place.at));
    }
    if let Some(arrow) = empty_arm(place) {
        let end = place.span(arrow).end;
        tokens.insert(arrow + 1, (end, Tok::Bad, end));
        if place.tok(arrow + 1) != Tok::RBrace {
            tokens.insert(arrow + 2, (end, Tok::Newline, end));
        }
        return Some((tokens, arrow + 1));
    }
    let begins = place.at == place.line_start() && matches!(place.around(), Tok::Choice | Tok::Wait);
    let word = place.text(place.at);
    if begins && word == "timeout" && amount_behind(place).is_some() {
        tokens.get_mut(place.at)?.1 = Tok::After;
        if place.tok(place.at + 1) == Tok::Colon {
            tokens.remove(place.at + 1);
        }
        return Some((tokens, place.at));
    }
    if begins && place.around() == Tok::Choice && is_otherwise(word) {
        tokens.get_mut(place.at)?.1 = Tok::Else;
        return Some((tokens, place.at));
    }
    None
}
