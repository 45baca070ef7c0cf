//! The last lines about a run: what it waits for and how to go on, or how it ended.

use crate::paint::Paint;
use crate::values::{Moments, span};
use flow_lang::diag::render::clean;
use flow_vm::engine::{RunDetail, RunStatus, RunView};

/// A place's key as people know it: its anchor where it has one.
pub fn place_words(key: &str) -> String {
    match key.rsplit_once('#') {
        Some((_, anchor)) => format!("#{anchor}"),
        None => key.rsplit_once('/').map_or(key, |(_, last)| last).to_owned(),
    }
}

/// `waits 3 days, until Tue 24 Nov 09:00`, or what else it waits for.
pub fn waits(run: &RunView, moments: &Moments) -> String {
    let place = run.places.first().map(|key| format!(" at {}", place_words(key))).unwrap_or_default();
    match run.until {
        _ if run.status == RunStatus::Running => format!("is under way{place}"),
        Some(until) if until > moments.now_us() => {
            format!("waits {}, until {}", span(until - moments.now_us()), moments.show(until))
        }
        Some(_) => format!("is due{place}"),
        None => format!("waits{place} for something to happen"),
    }
}

/// How a run ended, or where it stands, in a line.
pub fn ended(run: &RunView, paint: Paint) -> String {
    match run.status {
        RunStatus::Finished => format!("{} {} has finished", paint.good("✓"), run.run),
        RunStatus::Cancelled => format!("{} {} was cancelled", paint.warn("✗"), run.run),
        RunStatus::Quarantined => format!("{} {} is set aside: {}", paint.bad("✗"), run.run, why(run)),
        RunStatus::Failed => format!("{} {} has failed: {}", paint.bad("✗"), run.run, why(run)),
        RunStatus::InDoubt => format!("{} {} is in doubt: {}", paint.warn("?"), run.run, why(run)),
        RunStatus::Running => format!("{} is running", run.run),
        RunStatus::Waiting => format!("{} is waiting", run.run),
    }
}

fn why(run: &RunView) -> String {
    match &run.failure {
        Some(failure) => clean(&failure.message).into_owned(),
        None => "no reason is recorded".to_owned(),
    }
}

/// Where a run failed, with the line of source, and what can be done.
pub fn failure_lines(detail: &RunDetail, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(failure) = &detail.run.failure {
        lines.push(paint.dim(format!("  kind   .{}", clean(&failure.kind))));
    }
    if let Some(source) = detail.timeline.iter().rev().find_map(|entry| entry.source.as_ref()) {
        lines.push(paint.dim(format!("  at     {}:{}:{}", source.file, source.line, source.column)));
        if let Some(text) = &source.text {
            lines.push(format!("         {}", clean(text.trim())));
        }
    }
    if detail.run.retryable {
        let command = paint.note(format!("flow retry {}", detail.run.run));
        lines.push(format!("  {command} tries the failed call again"));
    }
    lines
}
