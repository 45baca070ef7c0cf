//! `flow answer`, `flow cancel`, `flow retry`: what people do to runs.

use super::show::run_id;
use crate::io::{Io, quoted};
use crate::session::{Intent, Session, Where};
use crate::talk::{Company, Outcome, ended, failure_lines, stay, waits};
use crate::trouble::Trouble;
use flow_bytecode::Value;
use flow_lang::diag::render::clean;
use flow_vm::engine::{AnswerTo, Answered, Control, Cursor, EngineError, PromptView, RunId, RunStatus, RunView};
use std::time::Duration;

/// One run, and how what happens to it is shown.
#[derive(Debug, clap::Args)]
pub struct OneRun {
    /// The run, as `flow runs` shows it
    pub run: String,
    /// What happens as JSON lines
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `flow answer`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow answer r_0019b \"Refund an order\"
  flow answer r_0019b 2                 the second option
  flow answer r_0019b ada@example.com --at email")]
pub struct AnswerOptions {
    /// Which run
    #[command(flatten)]
    pub of: OneRun,
    /// The answer: a text, the number of an option, or the beginning of one
    pub text: String,
    /// Which question, by its anchor, when the run asks several
    #[arg(long, value_name = "ANCHOR")]
    pub at: Option<String>,
}

/// Options of `flow cancel` and `flow retry`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow cancel r_0019b
  flow retry r_0019b")]
pub struct RunOptions {
    /// Which run
    #[command(flatten)]
    pub of: OneRun,
}

/// The engine of a database that is there.
///
/// # Errors
/// There is no project or database, or it cannot be used.
pub fn open(place: &Where, io: &mut Io) -> Result<Session, Trouble> {
    let project = place.project(io)?;
    Session::open(&project, &place.database(&project, io), Intent::Wake, io)
}

/// Does something to a run, and follows it until it waits again.
///
/// # Errors
/// What is done is refused, the run fails, or the store.
pub fn act(
    of: &OneRun,
    io: &mut Io,
    does: impl FnOnce(&dyn Control, RunId) -> Result<(), EngineError>,
) -> Result<(), Trouble> {
    let run = run_id(&of.run)?;
    let session = open(&of.place, io)?;
    let since = now(&session, run)?;
    does(&*session.control, run)?;
    follow(&session, run, since, of.json, io)
}

/// Where a run's transcript ends now: only what comes after is shown.
///
/// # Errors
/// There is no such run, or the store.
pub fn now(session: &Session, run: RunId) -> Result<Cursor, Trouble> {
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
///
/// # Errors
/// The run fails, or the store.
pub fn follow(session: &Session, run: RunId, since: Cursor, json: bool, io: &mut Io) -> Result<(), Trouble> {
    let company = Company { json, detach: true, since, ..Company::default() };
    let outcome = stay(session, run, &company, io)?;
    if !json && outcome.spoke {
        io.line("")?;
    }
    finish(session, &outcome, json, io)?;
    if outcome.refused { Err(Trouble::Said(1)) } else { Ok(()) }
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
            let sign = if io.terminal.unicode { "○" } else { "*" };
            let what = waits(run, !outcome.asks.is_empty(), &session.moments());
            io.paragraph(&format!("{} {} {what}", paint.dim(sign), paint.bold(run.run)), 2)?;
            for (command, does) in go_on(session, outcome, io) {
                io.command(&command, &does)?;
            }
            others(session, outcome, io)?;
        } else {
            io.line(ended(run, paint))?;
            if failed {
                let detail = session.control.show(run.run)?;
                for line in failure_lines(&detail, &|words| session.command(words), &session.moments(), paint) {
                    io.line(line)?;
                }
            }
            others(session, outcome, io)?;
        }
    }
    if failed { Err(Trouble::Said(1)) } else { Ok(()) }
}

/// How a run that is left waiting goes on: commands, and what they do.
fn go_on(session: &Session, outcome: &Outcome, io: &Io) -> Vec<(String, String)> {
    let id = outcome.run.run;
    let resume = session.command(&format!("resume {id}"));
    if !outcome.run.approvals.is_empty() {
        return approvals(session, &outcome.run);
    }
    match (outcome.asks.is_empty(), io.terminal.input && io.terminal.output) {
        (false, true) => vec![(resume, "talks to it here".to_owned())],
        (false, false) => answers(session, id, &outcome.asks),
        (true, _) => vec![(resume, "stays with it".to_owned())],
    }
}

/// How what waits for approval is decided.
pub fn approvals(session: &Session, run: &RunView) -> Vec<(String, String)> {
    let id = run.run;
    let several = run.approvals.len() > 1;
    let each = run.approvals.iter().flat_map(|approval| {
        let at = match several {
            true => format!(" --at {}", quoted(&approval.place)),
            false => String::new(),
        };
        let by = if several { format!(", for {}", clean(&approval.by)) } else { String::new() };
        [
            (session.command(&format!("approve {id}{at}")), format!("lets {} go out{by}", approval.action)),
            (session.command(&format!("deny {id}{at}")), "refuses it".to_owned()),
        ]
    });
    each.collect()
}

/// Other runs that are left asking in the same conversations.
fn others(session: &Session, outcome: &Outcome, io: &mut Io) -> Result<(), Trouble> {
    for prompt in &outcome.others {
        let (id, question) = (prompt.token.run, clean(&prompt.text).replace('\n', " "));
        let text = format!("{} asks: {question}", io.paint().bold(id));
        io.paragraph(&text, 2)?;
        for (command, does) in answers(session, id, std::slice::from_ref(prompt)) {
            io.command(&command, &does)?;
        }
    }
    Ok(())
}

/// How each question of a run is answered.
pub fn answers(session: &Session, run: RunId, asked: &[PromptView]) -> Vec<(String, String)> {
    if let [_] = asked {
        return vec![(session.command(&format!("answer {run} \"…\"")), "answers it".to_owned())];
    }
    let each = asked.iter().map(|prompt| {
        let place = crate::talk::place_words(&prompt.place);
        let at = quoted(place.strip_prefix('#').unwrap_or(&prompt.place));
        let question = clean(&prompt.text).replace('\n', " ");
        (session.command(&format!("answer {run} \"…\" --at {at}")), format!("answers: {question}"))
    });
    each.collect()
}

/// `flow answer`
///
/// # Errors
/// Nobody asks, the answer is stale, or the store.
pub fn answer(options: &AnswerOptions, io: &mut Io) -> Result<(), Trouble> {
    let of = &options.of;
    let run = run_id(&of.run)?;
    let session = open(&of.place, io)?;
    let since = now(&session, run)?;
    let before = session.control.show(run)?;
    let to = AnswerTo::Run { run, at: options.at.clone() };
    match session.control.answer(to, Value::text(options.text.as_str()))? {
        Answered::Accepted(_) => follow(&session, run, since, of.json, io),
        Answered::Duplicate(_) if of.json => {
            let mut object = super::runs::object(&before.run);
            if let Some(map) = object.as_object_mut() {
                map.insert("event".into(), "duplicate".into());
            }
            io.line(object.to_string())
        }
        Answered::Duplicate(_) => io.line(format!("{run} has had this very answer before; nothing was changed")),
        Answered::Late(_) => Err(Trouble::refused(format!("too late: {run} has gone on without this answer"))
            .help(format!("`{}` shows what it asks now", session.command(&format!("show {run}"))))),
        Answered::NotWaiting => {
            let anchors: Vec<String> =
                before.prompts.iter().map(|prompt| crate::talk::place_words(&prompt.place)).collect();
            let trouble = match (&options.at, before.run.status) {
                (Some(at), _) if !anchors.is_empty() => Trouble::refused(format!("{run} asks nothing at `{at}`"))
                    .help(format!("it asks at {}", anchors.join(", "))),
                (_, RunStatus::Waiting) => Trouble::refused(format!("{run} does not wait for an answer"))
                    .help(format!("it {}", waits(&before.run, false, &session.moments()))),
                (_, status) => Trouble::refused(format!(
                    "{run} does not wait for an answer: it is {}",
                    status.name().replace('_', " ")
                ))
                .help(format!("`{}` shows what happened", session.command(&format!("show {run}")))),
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
    let run = run_id(&options.of.run)?;
    let session = open(&options.of.place, io)?;
    session.control.cancel(run)?;
    if options.of.json {
        return io.line(super::runs::object(&session.control.show(run)?.run).to_string());
    }
    io.line(format!("{run} is cancelled"))
}

/// `flow retry`
///
/// # Errors
/// The run has not failed at a call, fails again, or the store.
pub fn retry(options: &RunOptions, io: &mut Io) -> Result<(), Trouble> {
    act(&options.of, io, |control, run| control.retry(run))
}
