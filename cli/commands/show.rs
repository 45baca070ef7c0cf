//! `flow show RUN`

use super::runs::{object, status_color};
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::talk::{failure_lines, moment, place_words, waits};
use crate::trouble::Trouble;
use flow_bytecode::schema::SchemaType;
use flow_lang::diag::render::clean;
use flow_vm::engine::{RunDetail, RunId, RunStatus, TimelineEntry};
use serde_json::json;

/// Options of `flow show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  flow show r_1h")]
pub struct Options {
    /// The run, as `flow runs` shows it
    pub run: String,
    /// One JSON object: that of `flow runs --json`, and `timeline`, `calls`, `prompts`, `result`
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub place: Where,
}

/// The id of a run, as typed.
///
/// # Errors
/// It is none.
pub fn run_id(text: &str) -> Result<RunId, Trouble> {
    text.parse().map_err(|why: String| Trouble::usage(why).help("`flow runs` lists them"))
}

/// Shows a run's timeline.
///
/// # Errors
/// There is no such run, or the store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let run = run_id(&options.run)?;
    let project = options.place.project(io)?;
    let session = Session::open(&project, &options.place.database(&project, io), Intent::Look, io)?;
    let detail = session.control.show(run)?;
    if options.json {
        return io.line(as_json(&detail).to_string());
    }
    let (paint, moments) = (io.paint(), session.moments());
    let view = &detail.run;
    let status = status_color(view.status, &view.status.name().replace('_', " "), paint);
    let about = view.subject.as_ref().map(|(entity, id)| format!(", about {} {id}", entity.to_lowercase()));
    io.line(format!("{}  {}  {status}", paint.bold(view.run), view.flow))?;
    let started = format!("started {}{}", moments.show(view.started), about.unwrap_or_default());
    io.line(paint.dim(started))?;
    if let Some(parent) = detail.parent {
        io.line(paint.dim(format!("started by {parent}")))?;
    }
    io.line("")?;
    for entry in &detail.timeline {
        turn(entry, &moments.show(entry.at), io)?;
    }
    for call in &detail.calls {
        let attempt = if call.attempt > 1 { format!(", attempt {}", call.attempt) } else { String::new() };
        io.line(format!("  … {} to {}: {}{attempt}", call.action, call.destination, call.state.replace('_', " ")))?;
    }
    io.line("")?;
    match view.status {
        RunStatus::Waiting => io.line(format!("{} {}", view.run, waits(view, &moments)))?,
        RunStatus::Failed | RunStatus::InDoubt | RunStatus::Quarantined => {
            io.line(crate::talk::ended(view, paint))?;
            for line in failure_lines(&detail, paint) {
                io.line(line)?;
            }
        }
        _ => io.line(crate::talk::ended(view, paint))?,
    }
    for prompt in &detail.prompts {
        io.line(format!("  asks: {}", clean(&prompt.text)))?;
        for (index, option) in prompt.options.iter().enumerate() {
            io.line(format!("   {:>2} {}", index + 1, clean(option)))?;
        }
        io.line(format!("  {}", paint.note(format!("flow answer {} \"…\"", view.run))))?;
    }
    Ok(())
}

/// One turn: when, why, what it did, where it stopped and the line of source there.
fn turn(entry: &TimelineEntry, at: &str, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.paint();
    io.line(format!("{}  {}", paint.dim(format!("{at:>16}")), paint.bold(clean(&entry.wake))))?;
    let indent = " ".repeat(18);
    for did in &entry.did {
        io.line(format!("{indent}{}", clean(did)))?;
    }
    if let Some(place) = &entry.place {
        let (place, arrow) = (place_words(place), if io.terminal.unicode { "→" } else { "->" });
        io.line(format!("{indent}{arrow} {}", paint.note(place)))?;
    }
    if let Some(source) = &entry.source {
        let text = source.text.as_deref().map(|text| clean(text.trim()).into_owned()).unwrap_or_default();
        let place = paint.dim(format!("{}:{}", source.file, source.line));
        io.line(format!("{indent}  {place}  {text}"))?;
    }
    Ok(())
}

fn as_json(detail: &RunDetail) -> serde_json::Value {
    let timeline = detail.timeline.iter().map(|entry| {
        json!({
            "at": moment(entry.at), "wake": entry.wake, "did": entry.did, "place": entry.place,
            "source": entry.source.as_ref().map(|s| json!({ "file": s.file, "line": s.line, "column": s.column, "text": s.text })),
        })
    });
    let calls = detail.calls.iter().map(|call| {
        json!({
            "action": call.action, "state": call.state, "attempt": call.attempt, "destination": call.destination,
            "not_before": call.not_before.map(moment),
        })
    });
    let prompts = detail.prompts.iter().map(|prompt| {
        let options: Vec<&str> = prompt.options.iter().map(|option| &**option).collect();
        json!({ "token": prompt.token.to_string(), "place": prompt.place, "text": *prompt.text, "options": options })
    });
    let mut object = object(&detail.run);
    if let Some(map) = object.as_object_mut() {
        let timeline: serde_json::Value = timeline.collect();
        map.insert("timeline".into(), timeline);
        map.insert("calls".into(), calls.collect());
        map.insert("prompts".into(), prompts.collect());
        let result = detail.result.as_ref().map(|value| crate::values::json_value(value, &SchemaType::Json));
        map.insert("result".into(), result.unwrap_or_default());
        map.insert("program".into(), detail.program.clone().into());
        map.insert("parent".into(), detail.parent.map(|run| run.to_string()).into());
    }
    object
}
