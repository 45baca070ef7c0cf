//! What has errors: the lines that do not parse stay as they are written, and what is around them is laid out.
//!
//! Each such line gives way to a stand-in that parses; the whole is laid out, and the line takes its place again.

use super::{same, sound};
use crate::diag::{FileId, Severity};
use crate::syntax::{lexer, parse};
use std::ops::Range;

/// More broken lines than these in one declaration, and it stays as it is.
const HOLES_MAX: usize = 8;

/// What may stand for a line, whatever stands there: a statement, an arm, a line of a flow's header. `@` is its number. The
/// texts of arms are short, so that the arrows around them stay where they would be.
const STAND_INS: &[&str] =
    &["zq@zq()", "\"\u{e000}@\" -> stop", "when zq@zq -> stop", "path zq@zq { stop }", "on zq@zq"];

/// Lays a declaration out that does not parse, but for the lines where it does not; `None` where they cannot be told.
pub(super) fn around_errors(text: &str) -> Option<String> {
    let holes = holes(text)?;
    let mut chosen = vec![0; holes.len()];
    loop {
        let (filled, places) = fill(text, &holes, &chosen);
        let errors = error_places(&filled);
        if errors.is_empty() {
            return put_back(text, &holes, &chosen, &sound(&filled));
        }
        // Something else has to stand where an error still is.
        let at = places.iter().position(|place| errors.iter().any(|error| touches(place, error)))?;
        let next = chosen.get_mut(at)?;
        *next += 1;
        if *next == STAND_INS.len() {
            return None;
        }
    }
}

fn error_places(text: &str) -> Vec<Range<usize>> {
    let parsed = parse(FileId(0), text);
    let errors = parsed.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    errors.map(|diagnostic| diagnostic.primary.span.range()).collect()
}

fn touches(place: &Range<usize>, other: &Range<usize>) -> bool {
    place.start <= other.end && other.start <= place.end
}

/// The lines with errors, each with those that close what it opens, without the blanks around.
fn holes(text: &str) -> Option<Vec<Range<usize>>> {
    let lexed = lexer::lex(FileId(0), text);
    let mut holes: Vec<Range<usize>> = Vec::new();
    for error in error_places(text) {
        let start = text.get(..error.start)?.rfind('\n').map_or(0, |at| at + 1);
        let mut end = line_end(text, error.end.max(error.start));
        let mut depth = 0_usize;
        for (from, tok, to) in &lexed.tokens {
            let (from, to) = (*from as usize, *to as usize);
            if from < start {
                continue;
            }
            if from >= end && depth == 0 {
                break;
            }
            if tok.opens() {
                depth += 1;
            } else if tok.closes() {
                // What was opened before it cannot be part of it.
                depth = depth.checked_sub(1)?;
            }
            // Whatever stands on a line that is in already needs no look for its end.
            if to > end {
                end = line_end(text, to);
            }
        }
        match holes.iter_mut().find(|hole| touches(hole, &(start..end))) {
            Some(hole) => *hole = hole.start.min(start)..hole.end.max(end),
            None => holes.push(start..end),
        }
    }
    holes.sort_by_key(|hole| hole.start);
    let apart = holes.windows(2).all(|pair| pair[0].end < pair[1].start);
    if holes.is_empty() || holes.len() > HOLES_MAX || !apart {
        return None;
    }
    let trimmed = |hole: Range<usize>| {
        let line = text.get(hole.clone())?;
        let start = hole.start + (line.len() - line.trim_start().len());
        Some(start..start + line.trim().len()).filter(|hole| !hole.is_empty())
    };
    holes.into_iter().map(trimmed).collect()
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| from + at)
}

fn stand_in(number: usize, chosen: usize) -> String {
    STAND_INS.get(chosen).copied().unwrap_or_default().replace('@', &number.to_string())
}

/// The text with its stand-ins, and where they are.
fn fill(text: &str, holes: &[Range<usize>], chosen: &[usize]) -> (String, Vec<Range<usize>>) {
    let (mut filled, mut places, mut from) = (String::with_capacity(text.len()), Vec::new(), 0);
    for (number, (hole, chosen)) in holes.iter().zip(chosen).enumerate() {
        filled.push_str(text.get(from..hole.start).unwrap_or(""));
        let start = filled.len();
        filled.push_str(&stand_in(number, *chosen));
        places.push(start..filled.len());
        from = hole.end;
    }
    filled.push_str(text.get(from..).unwrap_or(""));
    (filled, places)
}

fn put_back(text: &str, holes: &[Range<usize>], chosen: &[usize], laid_out: &str) -> Option<String> {
    let mut whole = laid_out.to_owned();
    for (number, (hole, chosen)) in holes.iter().zip(chosen).enumerate() {
        let stand_in = stand_in(number, *chosen);
        let at = arm_at(&whole, &stand_in)?;
        whole.replace_range(at, text.get(hole.clone())?);
    }
    same(text, &whole).then_some(whole)
}

/// Where a stand-in is, whatever was put before the arrow of an arm or into its block.
fn arm_at(whole: &str, stand_in: &str) -> Option<Range<usize>> {
    let word = stand_in.split(' ').find(|part| part.chars().any(|c| c.is_ascii_digit()))?;
    let found = whole.find(word)?;
    let start = whole.get(..found)?.rfind('\n').map_or(0, |at| at + 1);
    let end = line_end(whole, found);
    let line = whole.get(start..end)?;
    let shown: Vec<&str> = line.split_whitespace().collect();
    let meant: Vec<&str> = stand_in.split_whitespace().collect();
    let from = start + (line.len() - line.trim_start().len());
    (shown == meant).then_some(from..start + line.trim_end().len())
}
