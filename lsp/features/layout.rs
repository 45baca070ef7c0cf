//! The layout of a file, of some of its lines, and of the line that is being typed.

use crate::place::{Encoding, byte, position};
use crate::roots::Here;
use flow_lang::format::format;
use gen_lsp_types as lsp;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Typed, it ends what is between braces: that is laid out.
pub(crate) const CLOSES: &str = "}";
/// Typed, a line ends: the next one begins where it belongs.
pub(crate) const ENDS: &str = "\n";

/// The edits that lay a file out: whole lines, those that differ.
pub(crate) fn file(here: &Here<'_>, encoding: Encoding) -> Option<Vec<lsp::TextEdit>> {
    edits(here, |_| true, encoding)
}

/// The edits that lay some lines out; where what belongs together goes beyond them, all of that.
pub(crate) fn lines(here: &Here<'_>, stretch: lsp::Range, encoding: Encoding) -> Option<Vec<lsp::TextEdit>> {
    // A selection that ends at the beginning of a line does not mean that line.
    let end = stretch.end.line as usize + usize::from(stretch.end.character > 0 || stretch.end == stretch.start);
    let chosen = stretch.start.line as usize..end.max(stretch.start.line as usize + 1);
    edits(here, |lines| lines.start < chosen.end && chosen.start < lines.end.max(lines.start + 1), encoding)
}

/// The edits after something was typed; `at` stands behind it.
pub(crate) fn typed(here: &Here<'_>, at: lsp::Position, typed: &str, encoding: Encoding) -> Option<Vec<lsp::TextEdit>> {
    let source = here.source()?;
    let here_now = byte(source, at, encoding);
    let opened = here.analysis.opened(here.file, here_now);
    if typed == CLOSES {
        let begins = opened.closed.map(|at| position(source, at, encoding))?;
        let start = lsp::Position { line: begins.line, character: 0 };
        return lines(here, lsp::Range { start, end: at }, encoding);
    }
    let line = source.line_range(at.line as usize);
    let text = source.text.get(line.clone())?;
    let rest = text.trim_start_matches([' ', '\t']);
    // What closes stands where what it closes begins.
    let depth = opened.depth.saturating_sub(usize::from(rest.starts_with(['}', ')', ']'])));
    let wanted = "    ".repeat(depth);
    let had = text.get(..text.len() - rest.len())?;
    if opened.in_text || had == wanted {
        return Some(Vec::new());
    }
    let at = |at: usize| position(source, u32::try_from(at).unwrap_or(u32::MAX), encoding);
    let range = lsp::Range { start: at(line.start), end: at(line.start + had.len()) };
    Some(vec![lsp::TextEdit { range, new_text: wanted }])
}

/// The edits that lay a file out, of those lines (from 0) that are wanted.
fn edits(here: &Here<'_>, wanted: impl Fn(&Range<usize>) -> bool, encoding: Encoding) -> Option<Vec<lsp::TextEdit>> {
    let source = here.source()?;
    let laid_out = format(&source.text).text;
    let old: Vec<&str> = source.text.split_inclusive('\n').collect();
    let new: Vec<&str> = laid_out.split_inclusive('\n').collect();
    let start_of = |line: usize| old.iter().take(line).map(|line| line.len()).sum::<usize>();
    let at = |byte: usize| position(source, u32::try_from(byte).unwrap_or(u32::MAX), encoding);
    let edit = |(old, new): (Range<usize>, &[&str])| {
        let range = lsp::Range { start: at(start_of(old.start)), end: at(start_of(old.end)) };
        lsp::TextEdit { range, new_text: new.concat() }
    };
    let differ = capture_diff_slices(Algorithm::Myers, &old, &new);
    let differ = differ.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    let parts = differ.flat_map(|op| apart(&old, op.old_range(), new.get(op.new_range()).unwrap_or_default()));
    Some(parts.filter(|(old, _)| wanted(old)).map(edit).collect())
}

/// Lines that differ, one by one where it is only their blanks that do: at the beginning, at the end; between, all at once.
fn apart<'n>(old: &[&str], range: Range<usize>, new: &'n [&'n str]) -> Vec<(Range<usize>, &'n [&'n str])> {
    let words = |line: &str| line.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
    let same = |old_at: usize, new_at: usize| match (old.get(old_at), new.get(new_at)) {
        (Some(old), Some(new)) => words(old) == words(new),
        _ => false,
    };
    let most = range.len().min(new.len());
    let head = (0..most).take_while(|at| same(range.start + at, *at)).count();
    let tail = (1..=most - head).take_while(|at| same(range.end - at, new.len() - at)).count();
    let one = |old_at: usize, new_at: usize| Some((old_at..old_at + 1, new.get(new_at..=new_at)?));
    let mut parts: Vec<_> = (0..head).filter_map(|at| one(range.start + at, at)).collect();
    let (middle, inner) = (range.start + head..range.end - tail, new.get(head..new.len() - tail).unwrap_or_default());
    if !middle.is_empty() || !inner.is_empty() {
        parts.push((middle, inner));
    }
    parts.extend((1..=tail).rev().filter_map(|at| one(range.end - at, new.len() - at)));
    parts
}
