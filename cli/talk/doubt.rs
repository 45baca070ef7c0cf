//! Calls in doubt: what was sent, so that somebody can look for it on the other side, and what can be said of it.

use super::ending::{place_words, source_lines};
use crate::io::quoted;
use crate::paint::Paint;
use crate::values::Moments;
use flow_lang::diag::render::clean;
use flow_vm::engine::{CallView, RunDetail};

/// Columns up to which what commands do stands below each other.
const ALIGNED_MAX: usize = 40;

/// Each call in doubt of a run, and the commands that decide about it.
pub fn doubt_lines(
    detail: &RunDetail,
    command: &dyn Fn(&str) -> String,
    moments: &Moments,
    paint: Paint,
) -> Vec<String> {
    let doubts: Vec<&CallView> = detail.calls.iter().filter(|call| call.state == "in_doubt").collect();
    let mut lines = Vec::new();
    for call in &doubts {
        lines.extend(call.source.iter().flat_map(|source| source_lines(source, paint)));
        lines.extend(sent(call, moments, paint));
        lines.extend(commands(detail, call, doubts.len() > 1, command, paint));
    }
    lines
}

/// What was sent, and when.
fn sent(call: &CallView, moments: &Moments, paint: Paint) -> Vec<String> {
    let mut lines = vec![format!("  sent   {}({})", clean(&call.action), one_line(&call.arguments))];
    let mut detail = |name: &str, text: &str| {
        lines.push(format!("         {} {}", paint.dim(format!("{name}:")), one_line(text)));
    };
    for (name, text) in &call.traces {
        detail(&name.replace('_', "-"), text);
    }
    if let Some(key) = &call.key {
        detail("key", key);
    }
    if let Some(at) = call.sent {
        let ago = moments.relative(at);
        detail("at", &format!("{}, {ago}, attempt {}", crate::values::utc(at), call.attempt));
    }
    lines
}

/// In a line, whatever was written in it.
fn one_line(text: &str) -> String {
    clean(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// What can be said of it.
fn commands(
    detail: &RunDetail,
    call: &CallView,
    several: bool,
    command: &dyn Fn(&str) -> String,
    paint: Paint,
) -> Vec<String> {
    let (mut at, mut of) = (String::new(), "it".to_owned());
    if several {
        let place = place_words(&call.place);
        at = format!(" --at {}", quoted(place.strip_prefix('#').unwrap_or(&call.place)));
        of = clean(&call.action).into_owned();
    }
    let sample = call.sample.as_deref().unwrap_or("JSON");
    let (result, yielded) = match &call.wanted {
        Some(wanted) => (format!(" --result {}", quoted(sample)), format!(", and yielded this `{}`", clean(wanted))),
        None => (String::new(), String::new()),
    };
    let does = [
        (format!("done{at}{result}"), format!("{of} happened{yielded}")),
        (format!("retry{at}"), format!("sends {of} again")),
        (format!("fail{at}"), format!("{of} did not happen")),
    ];
    let widest = does.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
    let line = |(what, does): (String, String)| {
        // A long sample pushes nothing out of sight.
        let gap = " ".repeat(widest.min(ALIGNED_MAX).saturating_sub(what.chars().count()));
        format!("  {}{gap}  {does}", paint.note(command(&format!("resolve {} {what}", detail.run.run))))
    };
    does.into_iter().map(line).collect()
}
