//! `flow answer`, `flow fire`, `flow cancel`, `flow retry`: what people do to runs.

use super::show::run_id;
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::talk::{Company, Outcome, ended, failure_lines, stay, waits};
use crate::trouble::Trouble;
use crate::values::parse_arguments;
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use flow_vm::engine::{AnswerTo, Answered, Cursor, EngineError, Fired, ParamView, RunId, RunStatus};
use std::time::Duration;

/// Options of `flow answer`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow answer r_1h \"Refund an order\"
  flow answer r_1h 2                    the second option
  flow answer r_1h ada@example.com --at email")]
pub struct AnswerOptions {
    /// The run, as `flow runs` shows it
    pub run: String,
    /// The answer: a text, the number of an option, or the beginning of one
    pub text: String,
    /// Which question, by its anchor, when the run asks several
    #[arg(long, value_name = "ANCHOR")]
    pub at: Option<String>,
    /// What happens as JSON lines
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub place: Where,
}

/// Options of `flow cancel` and `flow retry`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow cancel r_1h
  flow retry r_1h")]
pub struct RunOptions {
    /// The run, as `flow runs` shows it
    pub run: String,
    /// What happens as JSON lines
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub place: Where,
}

/// Options of `flow fire`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  flow fire guide_opened contact=ada@example.com")]
pub struct FireOptions {
    /// The event
    pub event: String,
    /// Its arguments, `name=value`
    #[arg(value_name = "name=value")]
    pub args: Vec<String>,
    /// A delivery `source/id`: the same one counts once
    #[arg(long, value_name = "SOURCE/ID")]
    pub delivery: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub place: Where,
}

fn open(place: &Where, io: &Io) -> Result<Session, Trouble> {
    let project = place.project(io)?;
    Session::open(&project, &place.database(&project, io), Intent::Wake, io)
}

/// Where a run's transcript ends now: only what comes after is shown.
fn now(session: &Session, run: RunId) -> Result<Cursor, Trouble> {
    let mut cursor = Cursor::default();
    loop {
        let watched = session.control.watch(run, cursor, Duration::ZERO)?;
        cursor = watched.cursor;
        if watched.messages.is_empty() {
            return Ok(cursor);
        }
    }
}

/// Follows a run until it waits again, and says how it stands.
fn follow(session: &Session, run: RunId, since: Cursor, json: bool, io: &mut Io) -> Result<(), Trouble> {
    let company = Company { json, detach: true, since, contact: "contact".to_owned(), ..Company::default() };
    let outcome = stay(session, run, &company, io)?;
    finish(session, &outcome, json, io)
}

/// The last lines about a run, and the exit code that goes with it.
///
/// # Errors
/// The run has failed: exit code 1.
pub fn finish(session: &Session, outcome: &Outcome, json: bool, io: &mut Io) -> Result<(), Trouble> {
    let run = &outcome.run;
    let failed = matches!(run.status, RunStatus::Failed | RunStatus::Quarantined | RunStatus::InDoubt);
    if json {
        let mut object = super::runs::object(run);
        if let Some(map) = object.as_object_mut() {
            map.insert("event".into(), if outcome.left { "left" } else { "ended" }.into());
        }
        io.line(object.to_string())?;
    } else {
        let paint = io.paint();
        if outcome.left && !failed {
            let sign = if io.terminal.unicode { "⏸" } else { "*" };
            let id = run.run;
            let (what, go_on) = match &outcome.asks {
                Some(_) => ("waits for an answer".to_owned(), format!("flow answer {id} \"…\"")),
                None => (waits(run, &session.moments()), "flow resume".to_owned()),
            };
            io.line(format!("{} {id} {what}; go on with {}", paint.dim(sign), paint.note(go_on)))?;
        } else {
            io.line(ended(run, paint))?;
            if failed {
                let detail = session.control.show(run.run)?;
                for line in failure_lines(&detail, paint) {
                    io.line(line)?;
                }
            }
        }
    }
    if failed { Err(Trouble::Said(1)) } else { Ok(()) }
}

/// `flow answer`
///
/// # Errors
/// Nobody asks, the answer is stale, or the store.
pub fn answer(options: &AnswerOptions, io: &mut Io) -> Result<(), Trouble> {
    let run = run_id(&options.run)?;
    let session = open(&options.place, io)?;
    let since = now(&session, run)?;
    let before = session.control.show(run)?;
    let to = AnswerTo::Run { run, at: options.at.clone() };
    match session.control.answer(to, Value::text(options.text.as_str()))? {
        Answered::Accepted(_) => follow(&session, run, since, options.json, io),
        Answered::Duplicate(_) => io.line(format!("{run} has had this very answer before; nothing was changed")),
        Answered::Late(_) => Err(Trouble::refused(format!("too late: {run} has gone on without this answer"))
            .help(format!("`flow show {run}` shows what it asks now"))),
        Answered::NotWaiting => {
            let anchors: Vec<String> =
                before.prompts.iter().map(|prompt| crate::talk::place_words(&prompt.place)).collect();
            let trouble = match (&options.at, before.run.status) {
                (Some(at), _) if !anchors.is_empty() => Trouble::refused(format!("{run} asks nothing at `{at}`"))
                    .help(format!("it asks at {}", anchors.join(", "))),
                (_, RunStatus::Waiting) => Trouble::refused(format!("{run} does not wait for an answer"))
                    .help(format!("it {}", waits(&before.run, &session.moments()))),
                (_, status) => Trouble::refused(format!(
                    "{run} does not wait for an answer: it is {}",
                    status.name().replace('_', " ")
                ))
                .help(format!("`flow show {run}` shows what happened")),
            };
            Err(trouble)
        }
    }
}

/// `flow cancel`
///
/// # Errors
/// The run is over, or the store.
pub fn cancel(options: &RunOptions, io: &mut Io) -> Result<(), Trouble> {
    let run = run_id(&options.run)?;
    let session = open(&options.place, io)?;
    session.control.cancel(run)?;
    if options.json {
        return io.line(super::runs::object(&session.control.show(run)?.run).to_string());
    }
    io.line(format!("{run} is cancelled"))
}

/// `flow retry`
///
/// # Errors
/// The run has not failed at a call, fails again, or the store.
pub fn retry(options: &RunOptions, io: &mut Io) -> Result<(), Trouble> {
    let run = run_id(&options.run)?;
    let session = open(&options.place, io)?;
    let since = now(&session, run)?;
    session.control.retry(run)?;
    follow(&session, run, since, options.json, io)
}

/// `flow fire`
///
/// # Errors
/// There is no such event, the arguments do not fit, or the store.
pub fn fire(options: &FireOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let schema = session.control.schema()?;
    let Some(event) = schema.events.iter().find(|event| *event.name == *options.event) else {
        let near = crate::nearest::nearest(&options.event, schema.events.iter().map(|event| &*event.name));
        let nearest = near.map(str::to_owned);
        return Err(EngineError::UnknownEvent { name: options.event.clone(), nearest }.into());
    };
    let params: Vec<ParamView> = event
        .params
        .iter()
        .map(|(name, ty)| ParamView {
            name: name.to_string(),
            ty: ty.clone(),
            optional: matches!(ty, SchemaType::Optional(_)),
        })
        .collect();
    let args = parse_arguments(&event.name, &params, &options.args, &session, &io.folder)?;
    let delivery = match &options.delivery {
        None => None,
        Some(text) => {
            let parts = text.split_once('/').filter(|(source, id)| !source.is_empty() && !id.is_empty());
            let (source, id) =
                parts.ok_or_else(|| Trouble::usage(format!("`{text}` is not SOURCE/ID")).help("such as shop/1042"))?;
            Some((source.to_owned(), id.to_owned()))
        }
    };
    let fired = session.control.fire(&options.event, args, delivery)?;
    // Whoever it wakes goes on now, and not only when somebody next opens the engine.
    session.control.run_until_idle()?;
    match fired {
        Fired::Accepted => io.line(format!("{} is recorded; whoever waited for it has gone on", options.event)),
        Fired::Duplicate => {
            io.line(format!("this delivery of {} was recorded before; nothing was changed", options.event))
        }
    }
}
