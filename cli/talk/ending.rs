//! The last lines about a run: what it waits for and how to go on, or how it ended.

use super::doubt::doubt_lines;
use crate::paint::Paint;
use crate::values::{Moments, span};
use flow_lang::diag::render::clean;
use flow_vm::engine::{ApprovalView, CallView, Held, RunDetail, RunStatus, RunView, SourceLine};
use std::path::Path;

/// A place's key as people know it: its anchor where it has one, else where it stands within its flow, `one/call:http.post`.
pub fn place_words(key: &str) -> String {
    match key.rsplit_once('#') {
        Some((_, anchor)) => format!("#{anchor}"),
        None => key.split_once('/').map_or(key, |(_, inside)| inside).to_owned(),
    }
}

/// `waits at #nudge for 3 days, until Tue 24 Nov 09:00`, or what else it waits for.
pub fn waits(run: &RunView, asks: bool, moments: &Moments) -> String {
    let place = run.places.first().map(|key| place_words(key)).filter(|place| place.starts_with('#'));
    let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
    let answer = if asks { " for an answer" } else { "" };
    match run.held {
        Some(Held::Paused) => return "has not begun: its flow is paused".to_owned(),
        Some(Held::Behind(other)) => return format!("has not begun: it comes after {other}"),
        None => {}
    }
    if !run.approvals.is_empty() && !asks && run.status == RunStatus::Waiting {
        let one = |approval: &ApprovalView| {
            let until = approval.until.map(|until| format!(", until {}", moments.show(until))).unwrap_or_default();
            let with = match approval.arguments.as_str() {
                "" => String::new(),
                arguments => format!("({})", clean(arguments)),
            };
            format!("for {}{with} to be approved by {}{until}", approval.action, clean(&approval.by))
        };
        let all: Vec<String> = run.approvals.iter().map(one).collect();
        return format!("waits{place} {}", all.join("; and "));
    }
    if let Some(call) = run.postponed.as_ref().filter(|call| !asks && run.until == Some(call.until)) {
        let (action, until) = (&call.action, moments.show(call.until));
        let attempts = if call.attempts == 1 { "1 attempt" } else { &format!("{} attempts", call.attempts) };
        return match call.attempts {
            0 => format!("waits{place} for the hours in which {action} may go out, until {until}"),
            _ => format!("waits{place} for {action} to be tried again after {attempts}, until {until}"),
        };
    }
    match run.until {
        _ if run.status == RunStatus::Running => format!("is under way{place}"),
        Some(until) if until > moments.now_us() => {
            let what = if asks { answer.to_owned() } else { format!(" for {}", span(until - moments.now_us())) };
            format!("waits{place}{what}, until {}", moments.show(until))
        }
        Some(_) => format!("is due{place}"),
        None if asks => format!("waits{place}{answer}"),
        None => format!("waits{place} for something to happen"),
    }
}

/// Arms shown of a place that waits for one of several things.
const ARMS_SHOWN: usize = 8;

/// What a run waits for at a place of source, arm by arm, as it is written there: `on mail.clicked(mail)`. Empty where
/// the place waits for one thing only, or where the file has changed since.
pub fn arms(place: &SourceLine, root: &Path) -> Vec<String> {
    // A name in a database is no permission to read any file.
    let inside = Path::new(&place.file).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    let Some(text) = place.text.as_deref().filter(|_| inside) else { return Vec::new() };
    let Ok(file) = crate::project::read(&root.join(&place.file)) else { return Vec::new() };
    arms_of(&file, (place.line as usize).saturating_sub(1), text)
}

/// The arms of the block that a line opens, or is an arm of.
fn arms_of(file: &str, line: usize, text: &str) -> Vec<String> {
    let lines: Vec<&str> = file.lines().collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let is_arm = |line: &str| ["on ", "when ", "after "].iter().any(|word| line.trim_start().starts_with(word));
    let Some(at) = lines.get(line).filter(|line| line.trim() == text.trim()) else { return Vec::new() };
    let opening = if is_arm(at) {
        lines.iter().take(line).rposition(|above| !above.trim().is_empty() && depth(above) < depth(at))
    } else {
        Some(line)
    };
    let head = opening.and_then(|index| Some((index, lines.get(index)?)));
    let Some((index, head)) = head.filter(|(_, head)| head.trim_end().ends_with('{')) else { return Vec::new() };
    let block = lines.iter().skip(index + 1).take_while(|line| line.trim().is_empty() || depth(line) > depth(head));
    let mut arms: Vec<(usize, String)> = Vec::new();
    for line in block.filter(|line| is_arm(line)) {
        if arms.first().is_none_or(|(first, _)| *first == depth(line)) {
            let condition = line.split("->").next().unwrap_or(line).trim();
            arms.push((depth(line), clean(condition).into_owned()));
        }
    }
    arms.into_iter().map(|(_, arm)| arm).take(ARMS_SHOWN).collect()
}

/// Where a call outside stands, and how its last attempt failed.
pub fn call_words(call: &CallView, moments: &Moments) -> String {
    let why = call.failure.as_ref().map(|failure| format!(".{}, {}", clean(&failure.kind), clean(&failure.message)));
    let because = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let next = match call.not_before.filter(|at| *at > moments.now_us()) {
        Some(at) => format!("; it is tried again {}, at {}", moments.relative(at), moments.show(at)),
        None => "; it is tried again".to_owned(),
    };
    match call.state.as_str() {
        "queued" if why.is_some() => format!("did not get through{because}{next}"),
        "queued" => "is about to leave".to_owned(),
        "sending" if call.attempt > 1 => {
            let before = why.map(|why| format!("; the one before: {why}")).unwrap_or_default();
            format!("is under way, attempt {}{before}", call.attempt)
        }
        "sending" => "is under way".to_owned(),
        "asking" => "may have got through: the other side is asked".to_owned(),
        "retrying" if call.attempt <= 1 => format!("did not get through{because}{next}"),
        "retrying" => format!("did not get through {} times{because}{next}", call.attempt),
        "in_doubt" => "is in doubt".to_owned(),
        "unapproved" => "waits for approval".to_owned(),
        other => other.to_owned(),
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

/// The flow of the library that a line of source stands in: its file is none of the project's.
pub fn of_library(place: &SourceLine) -> Option<&str> {
    let flow = place.file.strip_prefix("flows/").and_then(|file| file.strip_suffix(".flow"));
    flow.filter(|flow| place.text.is_none() && flow_stdlib::is_library_flow(flow))
}

/// Where a run failed, with the line of source, and what can be done.
pub fn failure_lines(
    detail: &RunDetail,
    command: &dyn Fn(&str) -> String,
    moments: &Moments,
    paint: Paint,
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(failure) = &detail.run.failure {
        lines.push(paint.dim(format!("  kind   .{}", clean(&failure.kind))));
    }
    let run = detail.run.run;
    let doubts = detail.calls.iter().any(|call| call.state == "in_doubt" && call.source.is_some());
    let source = detail.timeline.iter().rev().find_map(|entry| entry.source.as_ref());
    // What the library does is in no file of the project: first comes the line that has called it.
    for place in detail.called_at.iter().chain(source).filter(|_| !doubts) {
        lines.extend(source_lines(place, paint));
    }
    if detail.run.status == RunStatus::InDoubt {
        lines.extend(doubt_lines(detail, command, moments, paint));
    } else if detail.run.status == RunStatus::Quarantined {
        lines.extend(aside_lines(&detail.run, command, paint));
    } else if detail.run.retryable {
        lines.push(format!("  {}  tries the failed call again", paint.note(command(&format!("retry {run}")))));
    }
    lines
}

/// A line of source, and where it stands.
pub(super) fn source_lines(source: &SourceLine, paint: Paint) -> Vec<String> {
    let mut lines = vec![paint.dim(match of_library(source) {
        Some(flow) => format!("  in     {flow}, a flow of the library"),
        None => format!("  at     {}:{}:{}", source.file, source.line, source.column),
    })];
    lines.extend(source.text.as_ref().map(|text| format!("         {}", clean(text.trim()))));
    lines
}

/// What can be done about a run that is set aside.
fn aside_lines(run: &RunView, command: &dyn Fn(&str) -> String, paint: Paint) -> Vec<String> {
    let stranded = run.failure.as_ref().is_some_and(|failure| &*failure.kind == "stranded");
    let retry = match (run.retryable, stranded) {
        (false, _) => None,
        (true, true) => Some("goes on where it stood, once what it lacks is there; `flow deploy` does that by itself"),
        (true, false) => Some("goes on where it stood, once the fault is mended: with a newer `flow`, say"),
    };
    let cancel = match run.retryable {
        true => "ends it; what it has done stays",
        false => "ends it; what it has done stays. Its row is damaged: `flow doctor` looks through the database",
    };
    let retry = retry.map(|does| (command(&format!("retry {}", run.run)), does));
    let all = retry.into_iter().chain([(command(&format!("cancel {}", run.run)), cancel)]);
    all.map(|(command, does)| format!("  {}  {does}", paint.note(command))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: &str = "flow a() {\n    wait #x {\n        on opened(c) -> {\n            wait {\n                \
                        on inner(c) -> stop\n            }\n        }\n        after 3 days -> stop\n    }\n    on = 1\n}\n";

    #[test]
    fn arms_are_found_from_the_head_and_from_an_arm() {
        let arms = ["on opened(c)", "after 3 days"];
        assert_eq!(arms_of(WAIT, 1, "wait #x {"), arms);
        assert_eq!(arms_of(WAIT, 7, "after 3 days -> stop"), arms);
        assert!(arms_of(WAIT, 7, "after 4 days -> stop").is_empty());
        assert!(arms_of("wait 3 days", 0, "wait 3 days").is_empty());
    }
}
