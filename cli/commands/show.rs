//! `flow show RUN`

use super::reach::unreached;
use super::runs::{flow_name, object, status_color};
use super::wake::{answers, approvals};
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::talk::{Names, arms, call_words, failure, failure_lines, moment, of_library, place_words, waits};
use crate::trouble::Trouble;
use flow_bytecode::schema::SchemaType;
use flow_lang::diag::render::clean;
use flow_vm::engine::{Cursor, RunDetail, RunId, RunStatus, Said, SourceLine, TimelineEntry};
use serde_json::json;
use std::time::Duration;

/// Options of `flow show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  flow show r_0019b")]
pub struct Options {
    /// The run, as `flow runs` shows it
    pub run: String,
    /// One JSON object: that of `flow runs --json`, and `timeline`, `said`, `calls`, `prompts`, `result`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// The id of a run, as typed.
///
/// # Errors
/// It is none.
pub fn run_id(text: &str) -> Result<RunId, Trouble> {
    text.parse().map_err(|why: String| {
        Trouble::usage(why).help(match text.contains('@') {
            true => format!("`flow contacts show {text}` shows a contact, `flow runs` lists the runs"),
            false => "`flow runs` lists them".to_owned(),
        })
    })
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
    let watched = session.control.watch(run, Cursor::default(), Duration::ZERO)?;
    let transcript: Vec<Said> = watched.messages.into_iter().map(|(_, said)| said).collect();
    if options.json {
        return io.line(as_json(&detail, &transcript).to_string());
    }
    let (paint, moments) = (io.paint(), session.moments());
    let view = &detail.run;
    let status = status_color(view.status, &view.status.name().replace('_', " "), paint);
    let about =
        view.subject.as_ref().map(|(entity, id)| format!(", about {} {id}", flow_bytecode::schema::spoken(entity)));
    io.line(format!("{}  {}  {status}", paint.bold(view.run), flow_name(&view.flow)))?;
    let started = format!("started {}{}", moments.show(view.started), about.unwrap_or_default());
    io.paragraph(&paint.dim(started), 2)?;
    if let Some(parent) = detail.parent {
        io.line(paint.dim(format!("started by {parent}")))?;
    }
    io.line("")?;
    let mut names = Who { names: Names::new(&session), several: watched.conversations.len() > 1 };
    let mut said = transcript.iter().peekable();
    for entry in &detail.timeline {
        let of_turn: Vec<&Said> = std::iter::from_fn(|| said.next_if(|said| said.at <= entry.at)).collect();
        turn(entry, &of_turn, &mut names, &moments.show(entry.at), io)?;
    }
    for later in said {
        message(later, &mut names, io)?;
    }
    for call in &detail.calls {
        let what = call_words(call, &moments);
        io.paragraph(&format!("  … {} to {} {what}", call.action, clean(&call.destination)), 4)?;
    }
    io.line("")?;
    match view.status {
        RunStatus::Waiting => {
            let asks = !detail.prompts.is_empty();
            io.paragraph(&format!("{} {}", paint.bold(view.run), waits(view, asks, &moments)), 2)?;
            let place = detail.timeline.last().and_then(|turn| turn.source.as_ref()).filter(|_| !asks);
            for arm in place.map(|place| arms(place, &session.root)).unwrap_or_default() {
                io.paragraph(&format!("  {}", paint.note(arm)), 4)?;
            }
        }
        RunStatus::Failed | RunStatus::InDoubt | RunStatus::Quarantined => {
            io.paragraph(&crate::talk::ended(view, paint), 2)?;
            for line in failure_lines(&detail, &|words| session.command(words), &moments, paint) {
                io.line(line)?;
            }
        }
        _ => {
            io.line(crate::talk::ended(view, paint))?;
            if let Some(result) = detail.result.as_ref().filter(|result| !result.is_null()) {
                let text = crate::values::json_value(result, &SchemaType::Json).to_string();
                io.paragraph(&format!("  yields {}", clean(&text)), 4)?;
            }
        }
    }
    for (command, does) in approvals(&session, view) {
        io.command(&command, &does)?;
    }
    for prompt in &detail.prompts {
        io.paragraph(&format!("  asks: {}", clean(&prompt.text)), 4)?;
        for (index, option) in prompt.options.iter().enumerate() {
            io.paragraph(&format!("   {:>2} {}", index + 1, clean(option)), 6)?;
        }
        if let Some(words) = unreached(&session, prompt)? {
            io.paragraph(&paint.warn(format!("  {words}")), 4)?;
        }
    }
    if !detail.prompts.is_empty() {
        for (command, does) in answers(&session, view.run, &detail.prompts) {
            io.command(&command, &does)?;
        }
        io.command(&session.command(&format!("resume {}", view.run)), "talks to it here")?;
    }
    Ok(())
}

/// Columns before what a turn did.
const INDENT: usize = 18;

/// One turn: when, why, what was said, what it did, where it stopped and the line of source there.
fn turn(entry: &TimelineEntry, said: &[&Said], names: &mut Who, at: &str, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.paint();
    let columns = indent(io).saturating_sub(2);
    io.line(format!("{}  {}", paint.dim(format!("{at:>columns$}")), paint.bold(clean(&entry.wake))))?;
    for said in said {
        message(said, names, io)?;
    }
    // What is shown as it was said is not told again.
    let told = |did: &str| !said.is_empty() && (did == "called Conversation.say" || did.starts_with("asked: "));
    let indent = " ".repeat(indent(io));
    for did in entry.did.iter().filter(|did| !told(did)) {
        io.paragraph(&format!("{indent}{}", clean(did)), indent.len() + 2)?;
    }
    if let Some(place) = &entry.place {
        let (place, arrow) = (place_words(place), if io.terminal.unicode { "→" } else { "->" });
        io.paragraph(&format!("{indent}{arrow} {}", paint.note(place)), indent.len() + 2)?;
    }
    if let Some(source) = &entry.source {
        let text = source.text.as_deref().map(|text| clean(text.trim()).into_owned()).unwrap_or_default();
        let place = match of_library(source) {
            Some(flow) => paint.dim(format!("in {flow}, a flow of the library")),
            None => paint.dim(format!("{}:{}", source.file, source.line)),
        };
        io.paragraph(&format!("{indent}  {place}  {text}"), indent.len() + 4)?;
    }
    Ok(())
}

/// Less of it where there is little room.
fn indent(io: &Io) -> usize {
    if io.terminal.width < 60 { 2 } else { INDENT }
}

/// Who speaks, and to whom where there are several.
struct Who<'a> {
    names: Names<'a>,
    several: bool,
}

fn message(said: &Said, who: &mut Who, io: &mut Io) -> Result<(), Trouble> {
    let (paint, indent) = (io.paint(), indent(io));
    let name = clean(&who.names.speaker(said)).into_owned();
    let name = if &*said.from == "contact" { paint.good(name) } else { paint.bold(name) };
    let to = match who.several {
        true => paint.dim(format!(" ({})", clean(&who.names.conversation(said.conversation)))),
        false => String::new(),
    };
    let text = clean(&said.text).replace('\n', &format!("\n{}", " ".repeat(indent + 2)));
    io.paragraph(&format!("{}{name}{to}: {text}", " ".repeat(indent)), indent + 2)
}

fn traces(traces: &[(String, String)]) -> serde_json::Value {
    traces.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect::<serde_json::Map<_, _>>().into()
}

fn source(source: &SourceLine) -> serde_json::Value {
    json!({ "file": source.file, "line": source.line, "column": source.column, "text": source.text })
}

fn as_json(detail: &RunDetail, transcript: &[Said]) -> serde_json::Value {
    let timeline = detail.timeline.iter().map(|entry| {
        json!({
            "at": moment(entry.at), "wake": entry.wake, "did": entry.did, "place": entry.place,
            "source": entry.source.as_ref().map(source),
        })
    });
    let calls = detail.calls.iter().map(|call| {
        json!({
            "action": call.action, "place": call.place, "state": call.state, "attempt": call.attempt, "destination": call.destination,
            "not_before": call.not_before.map(moment), "wanted": call.wanted, "sample": call.sample, "arguments": call.arguments,
            "failure": failure(call.failure.as_ref()), "source": call.source.as_ref().map(source), "key": call.key, "sent": call.sent.map(moment), "traces": traces(&call.traces),
        })
    });
    let prompts = detail.prompts.iter().map(|prompt| {
        let options: Vec<&str> = prompt.options.iter().map(|option| &**option).collect();
        json!({ "token": prompt.token.to_string(), "place": prompt.place, "conversation": prompt.conversation, "text": *prompt.text, "options": options })
    });
    let mut object = object(&detail.run);
    if let Some(map) = object.as_object_mut() {
        let timeline: serde_json::Value = timeline.collect();
        map.insert("timeline".into(), timeline);
        let line = |s: &SourceLine| json!({ "file": s.file, "line": s.line, "column": s.column, "text": s.text });
        map.insert("called_at".into(), detail.called_at.as_ref().map(line).into());
        map.insert("calls".into(), calls.collect());
        map.insert("prompts".into(), prompts.collect());
        let said = transcript.iter().map(|said| {
            json!({
                "from": *said.from, "flow": said.flow, "conversation": said.conversation, "text": *said.text,
                "at": moment(said.at),
            })
        });
        map.insert("said".into(), said.collect());
        let result = detail.result.as_ref().map(|value| crate::values::json_value(value, &SchemaType::Json));
        map.insert("result".into(), result.unwrap_or_default());
        map.insert("program".into(), detail.program.clone().into());
        map.insert("parent".into(), detail.parent.map(|run| run.to_string()).into());
    }
    object
}
