//! Mistakes about blocks: a `repeat` without its number, a `race` that is meant to wait, paths, what stands beside an `undo`.

use crate::diag::{Code, Diagnostic, Span};
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

/// The `for` behind a `wait`.
fn needless_for(stop: &Stop, place: &Place<'_>) -> bool {
    let before = match place.prev() {
        Tok::Anchor => place.at.checked_sub(2).map_or(Tok::Eof, |at| place.tok(at)),
        prev => prev,
    };
    place.found() == Tok::For && matches!(before, Tok::Wait | Tok::After | Tok::Advance) && stop.takes("duration")
}

/// `wait for 3 days`
pub(super) fn wait_for(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    if !needless_for(stop, place) {
        return None;
    }
    let (word, next) = (place.text(place.line_start()), place.span(place.at + 1));
    let amount = match place.tok(place.at + 1) {
        Tok::Duration => place.text(place.at + 1),
        Tok::LBrace => "{ … }",
        _ => "3 days",
    };
    let span = place.span(place.at);
    let edit = (Span { end: next.start.max(span.end), ..span }, String::new());
    Some(
        Diagnostic::new(Code::ForeignSpelling, span, format!("`{word}` says how long without a `for`"))
            .help(format!("Write `{word} {amount}`."))
            .fix("remove `for`", vec![edit]),
    )
}

/// The `race` or `parallel` whose braces are around.
fn of_paths(place: &Place<'_>) -> Option<&'static str> {
    match place.around() {
        _ if place.opener() != Tok::LBrace => None,
        Tok::Race => Some("race"),
        Tok::Parallel => Some("parallel"),
        _ => None,
    }
}

/// `path one -> …`
pub(super) fn paths_with_arrows(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let word = of_paths(place).filter(|_| place.found() == Tok::Arrow && stop.takes("{"))?;
    let (name, arrow, line) = (place.prev_text(), place.span(place.at), regions::line_around(place.tokens, place.at));
    let diagnostic = Diagnostic::new(Code::UnexpectedToken, arrow, format!("a path of a `{word}` has no `->`"))
        .at("expected `{`")
        .help(format!("What it does stands in braces: `path {name} {{ … }}`."));
    if place.tok(place.at + 1) == Tok::LBrace {
        let edit = Span { end: place.span(place.at + 1).start, ..arrow };
        return Some(diagnostic.fix("remove `->`", vec![(edit, String::new())]));
    }
    let edits = vec![(arrow, "{".to_owned()), (place.gap(line.end), " }".to_owned())];
    Some(if line.end > place.at + 1 { diagnostic.fix("write braces", edits) } else { diagnostic })
}

/// `path { … }`
pub(super) fn path_without_name(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let word = of_paths(place).filter(|_| place.found() == Tok::LBrace && place.prev() == Tok::Path)?;
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.gap(place.at), format!("each path of a `{word}` has a name"))
            .at("expected a name")
            .help("Write `path name { … }`: reports call it so."),
    )
}

/// The lines from the place on that stand among paths and belong to none.
fn outside_paths(place: &Place<'_>) -> Option<std::ops::Range<usize>> {
    of_paths(place)?;
    let is_statement = place.found().begins_statement() || place.found().is_name();
    let path = |at: usize| place.tok(at) == Tok::Path && !matches!(place.tok(at + 1), Tok::Dot | Tok::LParen);
    let arm = matches!(place.found(), Tok::When | Tok::After | Tok::On);
    if !is_statement || arm || place.at != place.line_start() || path(place.at) {
        return None;
    }
    let mut end = regions::line_around(place.tokens, place.at).end;
    while place.tok(end) == Tok::Newline && !path(end + 1) && place.tok(end + 1) != Tok::RBrace {
        end = regions::line_around(place.tokens, end + 1).end;
    }
    Some(place.at..end)
}

/// `race { wait 1 day }`
pub(super) fn statement_among_paths(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    outside_paths(place)?;
    let word = of_paths(place)?;
    Some(
        Diagnostic::new(Code::UnexpectedToken, place.span(place.at), format!("a `{word}` consists of paths"))
            .at("expected `path`")
            .help("Put what stands here into paths with names, each on a line of its own: `path name { … }`."),
    )
}

/// The `with { … }` behind an `undo { … }`: the `undo`, and where the settings end.
fn settings_behind_undo(place: &Place<'_>) -> Option<(usize, usize)> {
    if place.found() != Tok::With || place.tok(place.at + 1) != Tok::LBrace {
        return None;
    }
    let newline = usize::from(place.prev() == Tok::Newline);
    let close = place.at.checked_sub(1 + newline).filter(|at| place.tok(*at) == Tok::RBrace)?;
    let undo = regions::opener(place.tokens, close)?.checked_sub(1).filter(|at| place.tok(*at) == Tok::Undo)?;
    let mut depth = 0_usize;
    let end = (place.at + 1..place.tokens.len()).find(|at| {
        let tok = place.tok(*at);
        depth = if tok.opens() { depth + 1 } else { depth.saturating_sub(usize::from(tok.closes())) };
        depth == 0
    })?;
    Some((undo, end))
}

/// `shop.reserve() undo { … } with { retry: 1 }`
pub(super) fn with_behind_undo(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let (undo, end) = settings_behind_undo(place)?;
    let whole = place.span(place.at).to(place.span(end));
    let begin = place.span(undo);
    let mut diagnostic = Diagnostic::new(Code::UnexpectedToken, place.span(place.at), "`with` stands before `undo`")
        .label(begin, "expected `with` before this")
        .help("The settings belong to the call: `shop.reserve(item: \"a\") with { retry: 1 } undo { … }`.");
    let newline = usize::from(place.prev() == Tok::Newline);
    let behind = Span { start: place.gap(place.at - newline).end, ..whole };
    if let Some(text) = place.source.get(whole.range()) {
        let before = Span { end: begin.start, ..begin };
        let edits = vec![(before, format!("{text} ")), (behind, String::new())];
        diagnostic = diagnostic.fix("put it there", edits);
    }
    Some(diagnostic)
}

/// The tokens with what was meant in their place, and the token that is to be passed then.
pub(super) fn as_meant(stop: &Stop, place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    let mut tokens = place.tokens.to_vec();
    if needless_for(stop, place) {
        tokens.remove(place.at);
        return Some((tokens, place.at));
    }
    if paths_with_arrows(stop, place).is_some() {
        let (start, end) = (place.span(place.at).start, regions::line_around(place.tokens, place.at).end);
        if place.tok(place.at + 1) == Tok::LBrace {
            tokens.remove(place.at);
            return Some((tokens, place.at));
        }
        let close = place.gap(end).end;
        tokens.insert(end, (close, Tok::RBrace, close));
        *tokens.get_mut(place.at)? = (start, Tok::LBrace, start);
        return Some((tokens, place.at));
    }
    if path_without_name(stop, place).is_some() {
        let path = place.at.checked_sub(1)?;
        // The word itself is taken for the name.
        let (start, tok, end) = *tokens.get(path)?;
        tokens.insert(place.at, (start, tok, end));
        return Some((tokens, place.at));
    }
    if let Some(lines) = outside_paths(place) {
        let (start, end) = (place.span(lines.start).start, place.gap(lines.end).end);
        let at = lines.start;
        tokens.splice(lines, [(start, Tok::Bad, end.max(start))]);
        return Some((tokens, at));
    }
    if let Some((undo, end)) = settings_behind_undo(place) {
        let moved: Vec<Spanned> = tokens.drain(place.at..=end).collect();
        if place.prev() == Tok::Newline {
            tokens.remove(place.at.checked_sub(1)?);
        }
        tokens.splice(undo..undo, moved);
        return Some((tokens, place.at));
    }
    if let Some(repeat) = endless(place) {
        let end = place.span(repeat).end;
        tokens.insert(repeat + 1, (end, Tok::Bad, end));
        return Some((tokens, place.at));
    }
    let race = waits(place).filter(|word| place.tok(*word) == Tok::Race)?;
    tokens.get_mut(race)?.1 = Tok::Wait;
    Some((tokens, place.at))
}
