//! Tests and coverage as one JSON object a line.

use super::coverage::Coverage;
use super::plan::{Plan, Test};
use super::{Diff, Outcome};
use flow_lang::lower::MarkKind;
use serde_json::{Value, json};

/// What became of a test.
pub fn test(plan: &Plan, test: &Test, outcome: &Outcome) -> Value {
    let line = plan.sources.positions(test.span).0.line;
    let mut object = json!({
        "test": test.title,
        "file": test.file,
        "line": line,
        "status": if outcome.failure.is_none() { "passed" } else { "failed" },
        "ms": outcome.took.as_micros() as f64 / 1_000.0,
    });
    if let Some(failure) = &outcome.failure {
        let (start, end) = plan.sources.positions(failure.span);
        let of = |wanted: fn(&Diff) -> Option<&String>| failure.diff.iter().filter_map(wanted).collect::<Vec<_>>();
        let transcript = failure.transcript.iter();
        object["failure"] = json!({
            "message": failure.message,
            "label": failure.label,
            "file": plan.sources.path(failure.span.file),
            "line": start.line,
            "column": start.column,
            "end_line": end.line,
            "end_column": end.column,
            "expected": of(|line| if let Diff::Wanted(text) = line { Some(text) } else { None }),
            "found": of(|line| if let Diff::Found(text) = line { Some(text) } else { None }),
            "help": failure.help,
            "transcript": transcript
                .map(|line| json!({ "at_us": line.at, "who": line.who, "what": line.what }))
                .collect::<Vec<_>>(),
        });
    }
    object
}

/// What tests reached, a flow an object.
pub fn coverage(plan: &Plan, coverage: &Coverage) -> Vec<Value> {
    let part = |(reached, all): (usize, usize)| json!({ "reached": reached, "all": all });
    let flows = coverage.flows.iter().map(|flow| {
        let missed = flow.missed.iter().map(|(kind, span)| {
            let (start, end) = plan.sources.positions(*span);
            let kind = match kind {
                MarkKind::Statement => "statement",
                MarkKind::Arm => "arm",
                MarkKind::Failure => "failure",
            };
            json!({
                "kind": kind,
                "file": plan.sources.path(span.file),
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
            })
        });
        json!({
            "coverage": flow.flow,
            "statements": part(flow.statements),
            "arms": part(flow.arms),
            "failures": part(flow.failures),
            "missed": missed.collect::<Vec<_>>(),
        })
    });
    flows.collect()
}
