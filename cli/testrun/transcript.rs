//! What happened in a test, as it happened.

use super::outside::Shared;
use super::plan::Plan;
use super::words;
use crate::paint::{cut, width};
use crate::values::{kept_out, number};
use flow_bytecode::Value;
use flow_vm::engine::{Control, Cursor, Engine, FlowCounts, RunFilter, RunId, TimelineEntry};
use flow_vm::seam::Marks;
use std::collections::HashMap;
use std::time::Duration;

/// Columns of a call in the workspace: it stands among others on a line.
const CALL_MAX: usize = 72;

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The test's time, microseconds since 1970.
    pub at: i64,
    /// `test`, `flow`, `contact`, `teammate`, or a run's flow.
    pub who: String,
    /// What was done or said.
    pub what: String,
}

/// Written while a test runs.
#[derive(Debug, Default)]
pub struct Transcript {
    lines: Vec<Line>,
    entries: HashMap<RunId, usize>,
    cursors: HashMap<RunId, Cursor>,
    calls: usize,
    counts: Vec<FlowCounts>,
}

impl Transcript {
    /// Writes a line.
    pub fn note(&mut self, at: i64, who: &str, what: String) {
        self.lines.push(Line { at, who: who.to_owned(), what });
    }

    /// Writes what has happened since, up to `now` (microseconds since 1970). What cannot be read is left out: the test has
    /// failed for its own reason.
    pub fn catch_up(&mut self, engine: &Engine, outside: &Shared, marks: &Marks, plan: &Plan, now: i64) {
        let mut new: Vec<Line> = Vec::new();
        // Where a run was told what became of a call: the line, and the action.
        let mut answers: Vec<(usize, String)> = Vec::new();
        let mut runs = engine.runs(&RunFilter::default()).unwrap_or_default();
        runs.sort_by_key(|run| run.run);
        // That nothing stands for an action is told once, by the call.
        let unmocked = {
            let outside = outside.lock();
            outside.unmocked.and_then(|at| outside.calls.get(at)).map(|call| format!("failed {} .failed", call.action))
        };
        for run in runs {
            let Ok(detail) = engine.show(run.run) else { continue };
            let seen = self.entries.insert(run.run, detail.timeline.len()).unwrap_or(0);
            let timeline = detail.timeline.get(seen..).unwrap_or_default();
            // What a run does because nothing stood for its call, it would not do outside of this test.
            let end =
                timeline.iter().position(|entry| unmocked.as_ref() == Some(&entry.wake)).unwrap_or(timeline.len());
            let (told, astray) = timeline.split_at(end);
            let mut unsaid = astray.iter().flat_map(|entry| &entry.did).filter(|did| speaks(did)).count();
            let cursor = self.cursors.get(&run.run).cloned().unwrap_or_default();
            if let Ok(watched) = engine.watch(run.run, cursor, Duration::ZERO) {
                let mut messages = watched.messages;
                while unsaid > 0
                    && let Some(last) = messages.iter().rposition(|(_, said)| said.flow.as_deref() == Some(&run.flow))
                {
                    messages.remove(last);
                    unsaid -= 1;
                }
                for (_, said) in &messages {
                    let parts: String = said.parts.iter().map(|(kind, value)| format!(" [{kind}: {value}]")).collect();
                    let what = format!("says {}{parts}", words::quoted(&said.text));
                    let who = said.flow.as_ref().map_or_else(|| said.from.to_string(), |flow| flow.to_string());
                    new.push(Line { at: said.at, who, what });
                }
                self.cursors.insert(run.run, watched.cursor);
            }
            for entry in told {
                let did: Vec<String> = deeds(entry, run.run, marks, plan).filter(|did| !spoken(did)).collect();
                let mut what =
                    format!("{}: {}", entry.wake, if did.is_empty() { "waits".to_owned() } else { did.join("; ") });
                if let Some(source) = &entry.source {
                    what.push_str(&format!("; at {}:{}", source.file, source.line));
                }
                answers.extend(entry.wake.split(' ').nth(1).map(|action| (new.len(), action.to_owned())));
                new.push(Line { at: entry.at, who: run.flow.clone(), what });
            }
        }
        let calls: Vec<super::outside::Call> = outside.lock().calls.iter().skip(self.calls).cloned().collect();
        self.calls += calls.len();
        // A call stands above what a run did with its answer; one that has none, at the end of its time.
        let mut places: Vec<usize> = (0..new.len()).map(|at| 2 * at + 1).collect();
        for call in calls {
            let shown = shown(plan, &call);
            let what = match call.yielded.as_slice() {
                [] => format!("{shown} has nothing to stand for it"),
                yielded => format!("{shown} {}", yielded.join(", then ")),
            };
            let answer = answers.iter().position(|(_, action)| **action == *call.action).map(|at| answers.remove(at).0);
            places.push(answer.map_or(usize::MAX, |line| 2 * line));
            new.push(Line { at: call.at, who: "outside".to_owned(), what });
        }
        let counts = engine.counts().unwrap_or_default();
        for (flow, rule, count) in kept_out(&self.counts, &counts) {
            let whom = if count == 1 { "somebody".to_owned() } else { number(count) };
            places.push(usize::MAX);
            new.push(Line { at: now, who: flow, what: format!("keeps {whom} out: `{rule}`") });
        }
        self.counts = counts;
        let mut new: Vec<(usize, Line)> = places.into_iter().zip(new).collect();
        new.sort_by_key(|(place, line)| (line.at, *place));
        self.lines.extend(new.into_iter().map(|(_, line)| line));
    }

    /// Everything, in order. What happened over and over is told once.
    pub fn into_lines(self) -> Vec<Line> {
        let told = self.lines.chunk_by(|line, next| line == next).filter_map(|same| {
            let mut line = same.first()?.clone();
            if same.len() > 1 {
                line.what.push_str(&format!(" ({} times)", same.len()));
            }
            Some(line)
        });
        told.collect()
    }
}

/// Whether a deed is told by the words that were said.
fn spoken(did: &str) -> bool {
    did == "called Conversation.say"
}

/// Whether a deed is something that is said in a conversation.
fn speaks(did: &str) -> bool {
    spoken(did) || did.starts_with("asked: ") || did == "kept the customer from silence"
}

fn shown(plan: &Plan, call: &super::outside::Call) -> String {
    called(plan, &call.action, &call.args).unwrap_or_else(|| call.action.to_string())
}

/// A call as it would be written.
fn called(plan: &Plan, action: &str, args: &[Value]) -> Option<String> {
    let program = plan.program();
    let def = program.actions.iter().find(|def| *def.name == *action)?;
    let args = def.params.iter().zip(args).filter(|(_, value)| !value.is_blank());
    let args = args.map(|((name, ty), value)| {
        let shown = words::enumeration(program, value).unwrap_or_else(|| words::value(program, *ty, value));
        if &**name == "self" { shown } else { format!("{name}: {shown}") }
    });
    let args: Vec<String> = args.collect();
    Some(format!("{action}({})", args.join(", ")))
}

/// What a run did in a turn; what it called in the workspace, with what.
fn deeds<'a>(
    entry: &'a TimelineEntry,
    run: RunId,
    marks: &'a Marks,
    plan: &'a Plan,
) -> impl Iterator<Item = String> + 'a {
    let mut effects: Vec<&(u32, String)> = entry.effects.iter().collect();
    entry.did.iter().map(move |did| {
        let at = effects.iter().position(|(_, words)| words == did);
        let effect = at.map(|at| effects.remove(at).0);
        let Some(action) = did.strip_prefix("called ").filter(|_| !spoken(did)) else { return did.clone() };
        let args = effect.and_then(|effect| marks.take_deed(run.0, effect));
        match args.and_then(|args| called(plan, action, &args)) {
            Some(shown) if width(&shown) <= CALL_MAX => format!("called {shown}"),
            Some(shown) => format!("called {})", cut(&shown, CALL_MAX - 1)),
            None => did.clone(),
        }
    })
}
