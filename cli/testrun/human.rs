//! Failed tests and coverage, drawn for people.

use super::coverage::Coverage;
use super::plan::{Plan, Test};
use super::{Diff, Failure, words};
use crate::io::Io;
use crate::paint::width;
use crate::trouble::Trouble;
use flow_lang::diag::Span;
use flow_lang::diag::render::{Source, clean};

/// Lines of a transcript that are shown; the last ones count most.
const LINES_MAX: usize = 60;

/// Draws why a test failed.
///
/// # Errors
/// Standard output cannot be written.
pub fn failure(plan: &Plan, test: &Test, failure: &Failure, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.paint();
    io.line(format!("\n{} {}", paint.bad("failed:"), paint.bold(clean(&test.title))))?;
    io.line(format!("  {}", clean(&failure.message)))?;
    if let Some(source) = plan.sources.get(failure.span.file) {
        picture(source, failure.span, &failure.label, io)?;
    }
    if !failure.diff.is_empty() {
        io.line("")?;
    }
    for line in &failure.diff {
        let line = match line {
            Diff::Wanted(text) => paint.good(format!("  - expected: {}", clean(text))),
            Diff::Found(text) => paint.bad(format!("  + found:    {}", clean(text))),
            Diff::Same(text) => paint.dim(format!("              {}", clean(text))),
        };
        io.line(line)?;
    }
    if let Some(help) = &failure.help {
        io.line(format!("\n  {} {}", paint.note("help:"), clean(help)))?;
    }
    if failure.transcript.is_empty() {
        return Ok(());
    }
    io.line("\n  what happened:")?;
    let hidden = failure.transcript.len().saturating_sub(LINES_MAX);
    if hidden > 0 {
        io.line(paint.dim(format!("    … {hidden} more before")))?;
    }
    let lines = failure.transcript.iter().skip(hidden);
    let room = lines.clone().map(|line| width(&line.who)).max().unwrap_or(0);
    let longest = lines.clone().map(|line| width(&words::moment(line.at))).max().unwrap_or(0);
    let mut before = String::new();
    for line in lines {
        let at = words::moment(line.at);
        let mut shown = if at == before { String::new() } else { at.clone() };
        shown.push_str(&" ".repeat(longest.saturating_sub(width(&shown))));
        before = at;
        let pad = " ".repeat(room.saturating_sub(width(&line.who)));
        io.line(format!("    {}  {}{pad}  {}", paint.dim(shown), clean(&line.who), clean(&line.what)))?;
    }
    Ok(())
}

/// The line a place is on, and what is the matter there.
fn picture(source: &Source, span: Span, label: &str, io: &mut Io) -> Result<(), Trouble> {
    let (start, end) = (source.position(span.start as usize), source.position(span.end as usize));
    let paint = io.paint();
    let (corner, bar, dot, under, foot) = match io.terminal.unicode {
        true => ("╭─", "│", "·", "─", "╰──"),
        false => (",-", "|", ":", "^", "`--"),
    };
    let number = start.line.to_string();
    let margin = " ".repeat(number.len() + 1);
    let line = source.line(start.line);
    let before: String = line.chars().take(start.column as usize - 1).collect();
    let last = if end.line == start.line { end.column } else { u32::try_from(line.chars().count()).unwrap_or(0) + 1 };
    let marked: String =
        line.chars().skip(start.column as usize - 1).take(last.saturating_sub(start.column) as usize).collect();
    let indent = " ".repeat(width(&clean(&before)));
    let under = under.repeat(width(&clean(&marked)).max(1));
    io.line(format!("  {margin}{corner}[{}:{}:{}]", source.path, start.line, start.column))?;
    io.line(format!("  {} {bar} {}", paint.dim(&number), clean(line)))?;
    io.line(format!("  {margin}{dot} {indent}{} {}", paint.bad(under), paint.bad(clean(label))))?;
    io.line(format!("  {margin}{foot}"))
}

/// Draws what no test reached, flow by flow.
///
/// # Errors
/// Standard output cannot be written.
pub fn coverage(plan: &Plan, coverage: &Coverage, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.paint();
    io.line(format!("\n{}", paint.bold("coverage")))?;
    let names = coverage.flows.iter().map(|flow| width(&flow.flow)).max().unwrap_or(0);
    for flow in &coverage.flows {
        let pad = " ".repeat(names.saturating_sub(width(&flow.flow)));
        let part = |what: &str, (reached, all): (usize, usize)| {
            if all == 0 {
                return String::new();
            }
            let text = format!("  {what} {reached}/{all}");
            if reached == all { paint.good(text) } else { paint.warn(text) }
        };
        io.line(format!(
            "  {}{pad}{}{}{}",
            flow.flow,
            part("statements", flow.statements),
            part("arms", flow.arms),
            part("failures", flow.failures)
        ))?;
    }
    let mut missed: Vec<Span> =
        coverage.flows.iter().flat_map(|flow| flow.missed.iter().map(|(_, span)| *span)).collect();
    missed.sort();
    let (reached, all) = coverage.statements();
    let percent = (reached * 100).checked_div(all).unwrap_or(100);
    io.line(format!("  {percent} % of {all} statements"))?;
    if missed.is_empty() {
        return Ok(());
    }
    io.line("\nno test reached:")?;
    let mut file = None;
    let mut shown = 0;
    for span in missed {
        let Some(source) = plan.sources.get(span.file) else { continue };
        if file.replace(span.file) != Some(span.file) {
            io.line(format!("  {}", paint.bold(&source.path)))?;
            shown = 0;
        }
        let (start, end) = (source.position(span.start as usize).line, source.position(span.end as usize).line);
        for line in start.max(shown + 1)..=end {
            let bar = if io.terminal.unicode { "│" } else { "|" };
            io.line(format!("  {} {bar} {}", paint.dim(format!("{line:>5}")), clean(source.line(line))))?;
        }
        shown = shown.max(end);
    }
    Ok(())
}
