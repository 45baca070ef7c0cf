//! Mistakes about what is given a value, and how: signs of other languages, and units behind what is no number as written.

use super::{UNITS, unexpected};
use crate::diag::{Code, Diagnostic, Span};
use crate::syntax::errors::{Place, Stop};
use crate::syntax::lexer::Spanned;
use crate::syntax::regions;
use crate::syntax::token::Tok;

/// Longer values are not written out in a sentence.
const SHOWN_MAX: usize = 40;

/// Where the name or path that ends before a token begins: `contact.score` before the sign behind it.
fn path_before(place: &Place<'_>, end: usize) -> Option<usize> {
    let mut at = end.checked_sub(1).filter(|at| place.tok(*at).is_name())?;
    while let Some(name) = at.checked_sub(2)
        && matches!(place.tok(at - 1), Tok::Dot)
        && place.tok(name).is_name()
    {
        at = name;
    }
    Some(at)
}

fn touches(place: &Place<'_>, at: usize) -> bool {
    place.gap(at).end == place.span(at).start
}

/// The `:` of a `:=` around the place, in a statement.
fn walrus(stop: &Stop, place: &Place<'_>) -> Option<usize> {
    let colon = match place.found() {
        Tok::Colon if stop.takes("=") => place.at,
        Tok::Equals if place.prev() == Tok::Colon => place.at - 1,
        _ => return None,
    };
    let declares = matches!(place.first(), Tok::Let | Tok::Var);
    let is_sign = place.tok(colon + 1) == Tok::Equals && touches(place, colon + 1);
    let in_statements = place.opener() == Tok::LBrace && (place.found() == Tok::Colon || declares);
    (is_sign && in_statements && place.tok(colon.checked_sub(1)?).is_name()).then_some(colon)
}

/// Whether a name is one before this token.
fn is_declared(place: &Place<'_>, name: &str, before: usize) -> bool {
    (1..before).any(|at| {
        let begins = matches!(place.tok(at - 1), Tok::Let | Tok::Var | Tok::For | Tok::As);
        let parameter = place.tok(at + 1) == Tok::Colon && place.tok(at + 2) != Tok::Equals;
        place.text(at) == name && (begins || parameter)
    })
}

/// `body.decode(List<Int>)`: what has more to it than a name.
pub(super) fn type_in_parentheses(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let open = regions::opener(place.tokens, place.at).filter(|open| place.tok(*open) == Tok::LParen)?;
    let is_decode =
        open.checked_sub(2).is_some_and(|dot| place.tok(dot) == Tok::Dot && place.text(dot + 1) == "decode");
    if !is_decode || !place.tok(open + 1).is_name() || place.tok(open + 2) != Tok::Less {
        return None;
    }
    let inside = |at: &usize| !matches!(place.tok(*at), Tok::RParen | Tok::Newline | Tok::Eof);
    let last = (open + 1..place.tokens.len()).take_while(inside).last()?;
    let span = place.span(open + 1).to(place.span(last));
    let written = place.source.get(span.start as usize..span.end as usize).filter(|text| text.len() <= SHOWN_MAX)?;
    Some(
        Diagnostic::new(
            Code::UnexpectedToken,
            span,
            format!("`decode` takes the name of a type, and `{written}` is more"),
        )
        .at("no name of a type")
        .help(format!("Write `.decode()` where the type is known: `let all: {written} = body.decode()`.")),
    )
}

/// `x := 3`
pub(super) fn colon_before_equals(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let colon = walrus(stop, place)?;
    let sign = place.span(colon).to(place.span(colon + 1));
    let diagnostic = Diagnostic::new(Code::ForeignSpelling, sign, "Flow has no `:=`");
    let edit = (sign, "=".to_owned());
    let start = path_before(place, colon)?;
    let name = place.text(start);
    let is_new = place.found() == Tok::Colon && start + 1 == colon && start == place.line_start();
    if is_new && !is_declared(place, name, start) {
        let begin = Span { end: place.span(start).start, ..place.span(start) };
        let help = format!("`let {name} = …` gives a value a name, `var {name} = …` lets it be written anew later.");
        return Some(
            diagnostic.help(help).fix(format!("write `let {name} =`"), vec![(begin, "let ".to_owned()), edit]),
        );
    }
    let help = match place.found() {
        Tok::Colon => "A variable or a field is written with `=`.",
        _ => "The value stands behind `=`; a type would stand behind the `:`.",
    };
    Some(diagnostic.help(help).fix("write `=`", vec![edit]))
}

/// `x *= 2`, `x =+ 1`
pub(super) fn compound_write(_: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let first = place.at.checked_sub(1).filter(|_| touches(place, place.at))?;
    let sum = matches!((place.prev(), place.found()), (Tok::Equals, Tok::Plus));
    let sign = match (place.prev(), place.found()) {
        (Tok::Star, Tok::Equals) | (Tok::Equals, Tok::Star) => "*",
        (Tok::Slash, Tok::Equals) | (Tok::Equals, Tok::Slash) => "/",
        (Tok::Equals, Tok::Plus) => "+",
        _ => return None,
    };
    let start = path_before(place, first).filter(|start| begins_statement(place, *start))?;
    let (whole, written) = (place.span(first).to(place.span(place.at)), place.text(first).to_owned());
    let written = written + place.text(place.at);
    let diagnostic = Diagnostic::new(Code::ForeignSpelling, whole, format!("Flow has no `{written}`"));
    if sum {
        return Some(
            diagnostic
                .help("`x += 1` adds to a variable or a field.")
                .fix("write `+=`", vec![(whole, "+=".to_owned())]),
        );
    }
    let target = place.span(start).to(place.span(first - 1));
    let target = place.source.get(target.range())?;
    let (from, end) = (place.at + 1, value_end(place));
    let last = end.checked_sub(1).filter(|last| *last >= from)?;
    let value = place.span(from).to(place.span(last));
    let text = place.source.get(value.range())?;
    let apart = Span { end: value.start, ..place.gap(from) };
    if place.source.get(apart.range()).is_some_and(|blanks| blanks.contains('\n')) {
        // What stands on the next line may be a statement of its own.
        return Some(diagnostic.help(format!("Write `{target} = {target} {sign} …`.")));
    }
    let (open, close) = if is_one(place, from, end) { ("", "") } else { ("(", ")") };
    let shown = if text.len() > SHOWN_MAX || text.contains('\n') { "…" } else { text };
    let edits = vec![
        (whole, format!("= {target} {sign}")),
        (Span { end: value.start, ..value }, open.to_owned()),
        (Span { start: value.end, ..value }, close.to_owned()),
    ];
    let edits = edits.into_iter().filter(|(_, new)| !new.is_empty()).collect();
    let instead = format!("{target} = {target} {sign} {open}{shown}{close}");
    Some(diagnostic.help(format!("Write `{instead}`.")).fix(format!("write `{instead}`"), edits))
}

/// `let x = +1`
pub(super) fn plus_before_number(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let number = matches!(place.tok(place.at + 1), Tok::Int | Tok::Number | Tok::Duration);
    if place.found() != Tok::Plus || !number || !stop.takes_value() {
        return None;
    }
    let sign = Span { end: place.span(place.at + 1).start, ..place.span(place.at) };
    Some(
        unexpected(place, "a number is written without a `+` before it")
            .help("Leave the sign out: only a `-` stands before numbers.")
            .fix("remove `+`", vec![(sign, String::new())]),
    )
}

/// Whether a statement begins with this token.
fn begins_statement(place: &Place<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).map_or(Tok::Eof, |before| place.tok(before));
    matches!(before, Tok::Newline | Tok::LBrace | Tok::Arrow)
}

/// Where the value that is written ends.
fn value_end(place: &Place<'_>) -> usize {
    let line = regions::line_around(place.tokens, place.at);
    let mut depth = 0_usize;
    for index in place.at..line.end {
        let tok = place.tok(index);
        if depth == 0 && matches!(tok, Tok::Else | Tok::Undo) {
            return index;
        } else if tok.opens() {
            depth += 1;
        } else if tok.closes() {
            depth = depth.saturating_sub(1);
        }
    }
    line.end
}

/// Whether a value has no operators on its own level.
fn is_one(place: &Place<'_>, from: usize, end: usize) -> bool {
    let mut depth = 0_usize;
    (from..end).all(|index| {
        let tok = place.tok(index);
        if tok.opens() {
            depth += 1;
        } else if tok.closes() {
            depth = depth.saturating_sub(1);
        }
        let part = tok.is_name() || matches!(tok, Tok::Int | Tok::Number | Tok::Dot | Tok::QuestionDot);
        depth > 0 || part || matches!(tok, Tok::RParen | Tok::Text(_) | Tok::TextTail(_))
    })
}

/// The first word of conditions, in which `=` compares.
fn in_condition(place: &Place<'_>) -> bool {
    let begins = matches!(place.first(), Tok::If | Tok::While | Tok::When | Tok::Expect | Tok::Exit | Tok::Goal);
    begins || place.prev() == Tok::EqEq
}

/// `let y = = 2`, `let y == 2`
pub(super) fn doubled_equals(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let (gap, span) = (place.gap(place.at), place.span(place.at));
    if place.found() == Tok::EqEq && stop.takes("=") && matches!(place.first(), Tok::Let | Tok::Var) {
        return Some(
            unexpected(place, "`==` compares, and what a name stands for is given with `=`")
                .help("Write one `=`.")
                .fix("write `=`", vec![(span, "=".to_owned())]),
        );
    }
    if place.found() != Tok::Equals || !matches!(place.prev(), Tok::Equals | Tok::EqEq) {
        return None;
    }
    let first = place.span(place.at.checked_sub(1)?);
    let diagnostic = unexpected(place, "there is one `=` too many here").label(first, "the first one");
    Some(match in_condition(place) {
        true => diagnostic
            .help("Two values are compared with `==`, written without a blank.")
            .fix("write `==`", vec![(first.to(span), "==".to_owned())]),
        false => diagnostic.help("Remove one of them.").fix("remove `=`", vec![(gap.to(span), String::new())]),
    })
}

/// `wait contact.score days`
pub(super) fn unit_behind_value(stop: &Stop, place: &Place<'_>) -> Option<Diagnostic> {
    let (word, before) = (place.text(place.at), place.at.checked_sub(1)?);
    let is_unit = place.found() == Tok::Ident && (UNITS.contains(&word) || word == "business");
    let behind_value = place.prev().is_name() || place.prev() == Tok::RParen;
    if !is_unit || !behind_value || !stop.takes("*") {
        return None;
    }
    let diagnostic = unexpected(place, "only a number as written has a unit behind it");
    let unit = word.strip_suffix('s').unwrap_or(word);
    if word == "business" {
        return Some(diagnostic.help("Business days and hours are written with their number: `2 business days`."));
    }
    if matches!(unit, "month" | "year") {
        return Some(diagnostic.help(
            "Months and years have no fixed length. Add them to a date, as in \
             `wait until today(in: contact.timezone).plus(months: n)`.",
        ));
    }
    if place.tok(place.at + 1) == Tok::AtWord {
        return Some(diagnostic.help(
            "Beside a time of day, add the days to a date: `wait until today(in: contact.timezone).plus(days: n) at 09:00`.",
        ));
    }
    let start = operand_before(place, before);
    let alone = start.checked_sub(1).map_or(Tok::Eof, |at| place.tok(at));
    let value = place.source.get(place.span(start).to(place.span(before)).range()).unwrap_or("n");
    if matches!(alone, Tok::Plus | Tok::Minus | Tok::Star | Tok::Slash | Tok::Default) {
        return Some(diagnostic.help(format!("Multiply the length of one: `(…) * 1 {unit}`.")));
    }
    let shown = if value.len() > SHOWN_MAX || value.contains('\n') { "…" } else { value };
    Some(
        diagnostic
            .help(format!("Multiply the length of one: `{shown} * 1 {unit}`."))
            .fix(format!("write `* 1 {unit}`"), vec![(place.span(place.at), format!("* 1 {unit}"))]),
    )
}

/// Where the value begins that ends with this token: a path, with what it is called with.
fn operand_before(place: &Place<'_>, last: usize) -> usize {
    let mut at = last;
    loop {
        if place.tok(at) == Tok::RParen {
            let Some(opener) = regions::opener(place.tokens, at) else { return at };
            at = opener;
            // What is called touches its parentheses.
            match at.checked_sub(1).filter(|name| place.tok(*name).is_name() && touches(place, at)) {
                Some(name) => at = name,
                None => return at,
            }
        }
        let dotted = at.checked_sub(2).filter(|_| matches!(place.tok(at - 1), Tok::Dot | Tok::QuestionDot));
        match dotted.filter(|part| place.tok(*part).is_name() || place.tok(*part) == Tok::RParen) {
            Some(part) => at = part,
            None => return at,
        }
    }
}

/// The tokens as they were meant, and the token that is to be passed then.
pub(super) fn as_meant(stop: &Stop, place: &Place<'_>) -> Option<(Vec<Spanned>, usize)> {
    let mut tokens = place.tokens.to_vec();
    if let Some(colon) = walrus(stop, place) {
        let start = path_before(place, colon)?;
        // A name that is new is declared by what is set aside.
        if place.found() == Tok::Colon && start + 1 == colon && !is_declared(place, place.text(start), start) {
            return None;
        }
        tokens.remove(colon);
        return Some((tokens, colon));
    }
    if place.found() == Tok::Plus && place.prev() == Tok::Equals && compound_write(stop, place).is_some() {
        let first = place.at.checked_sub(1)?;
        tokens.get_mut(first)?.1 = Tok::PlusEq;
        tokens.remove(place.at);
        return Some((tokens, first));
    }
    if place.found() == Tok::EqEq && doubled_equals(stop, place).is_some() {
        tokens.get_mut(place.at)?.1 = Tok::Equals;
        return Some((tokens, place.at));
    }
    if place.found() == Tok::Equals && matches!(place.prev(), Tok::Equals | Tok::EqEq) {
        let first = place.at.checked_sub(1)?;
        if in_condition(place) {
            tokens.get_mut(first)?.1 = Tok::EqEq;
        }
        tokens.remove(place.at);
        return Some((tokens, first));
    }
    if unit_behind_value(stop, place).is_some() {
        let (_, tok, end) = tokens.get_mut(place.at)?;
        *tok = Tok::Star;
        let end = *end;
        if place.text(place.at) == "business" && UNITS.contains(&place.text(place.at + 1)) {
            tokens.remove(place.at + 1);
        }
        tokens.insert(place.at + 1, (end, Tok::Bad, end));
        return Some((tokens, place.at));
    }
    None
}
