//! `flow resume`

use super::moved::{MOVED_SHOWN, Seen, carry_on, show, went_on};
use super::reach::unreached;
use super::runs::flow_name;
use super::show::run_id;
use super::wake::finish;
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::talk::{Company, Interrupt, ended, failure_lines, stay};
use crate::trouble::Trouble;
use flow_lang::diag::render::clean;
use flow_vm::engine::{Cursor, RunFilter, RunId, RunStatus, RunView};
use std::time::Duration;

/// Options of `flow resume`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow resume                 stays, and lets go on whatever is due, until Ctrl-C
  flow resume r_0019b         goes on with one run, and with what it was talking about
  flow resume --until-idle    stops when nothing is due now; exit code 1 when a run is in doubt")]
pub struct Options {
    /// A run to stay with, as `flow runs` shows it; without it every run goes on, and none is talked to
    pub run: Option<String>,
    /// Stop when nothing is due now
    #[arg(long, conflicts_with = "run")]
    pub until_idle: bool,
    /// One JSON object a line: each run that moved, and with `--until-idle` each that is in doubt, as `flow runs --json` shows it; for one run what `flow run --json` shows
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Messages shown again of a conversation that goes on.
const RECAP: usize = 4;

/// Runs named that wait for an answer.
const ASKING_SHOWN: usize = 5;

/// Runs in doubt that are counted, and those that are named with what can be said of them.
const IN_DOUBT_MAX: usize = 1_000;
const DOUBTED_SHOWN: usize = 5;

/// Lets what is due go on.
///
/// # Errors
/// Nothing is due any more and a run is in doubt: exit code 1. The store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let one = options.run.as_deref().map(run_id).transpose()?;
    let project = options.place.project(io)?;
    // What is deployed may be older than the files: they are as near as can be told without opening it.
    let own = project.sources()?;
    let own_files = own.len();
    if let Some(deployment) = crate::project::deployment(project.compile(&own), own_files) {
        super::channels::notice(&project, &deployment.program, None, io)?;
    }
    let mut session = Session::open(&project, &options.place.database(&project, io), Intent::Wake, io)?;
    session.fill_articles(&project)?;
    if let Some(run) = one {
        return talk(run, &mut session, options, io);
    }
    let mut seen = Seen::default();
    seen.look(&session)?;
    if options.until_idle {
        let steps = carry_on(&session, io)?;
        let moved = seen.look(&session)?;
        let shown = if options.json { moved.len() } else { MOVED_SHOWN };
        for run in moved.iter().take(shown) {
            show(run, &session, options.json, io)?;
        }
        if !options.json {
            if moved.len() > shown {
                io.line(format!("… and {} more", moved.len() - shown))?;
            }
            // One that is found in doubt has not gone on.
            let on = moved.iter().filter(|run| run.status != RunStatus::InDoubt).count();
            let text = match went_on(on, if on == 0 && !moved.is_empty() { 0 } else { steps }, &seen, "") {
                none if none.is_empty() => "nothing is due".to_owned(),
                some => format!("{some}; nothing more is due"),
            };
            io.paragraph(&format!("{text}{}", next(&session)?), 2)?;
            asking(&session, io)?;
        }
        let doubted = in_doubt(&session)?;
        if options.json {
            let known = |run: &&RunView| moved.iter().all(|other| other.run != run.run);
            doubted.iter().filter(known).try_for_each(|run| show(run, &session, true, io))?;
        } else {
            decide(&doubted, &session, io)?;
        }
        return if doubted.is_empty() { Ok(()) } else { Err(Trouble::Said(1)) };
    }
    if session.engine.is_none() {
        return Err(Trouble::refused("another process carries this database's runs on already")
            .help(format!("whatever is due goes on there; `{}` shows it", session.command("runs"))));
    }
    let interrupt = Interrupt::listen();
    session.stay()?;
    if !options.json {
        let paint = io.paint();
        let place = session.database.display().to_string();
        io.paragraph(&format!("{} {place}{}", paint.good("serving"), next(&session)?), 2)?;
        asking(&session, io)?;
        decide(&in_doubt(&session)?, &session, io)?;
        io.paragraph(&paint.dim("Ctrl-C stops; whatever waits goes on waiting"), 2)?;
        io.flush()?;
    }
    until_told(&session, &mut seen, &interrupt, options.json, &mut |_| Ok(()), io)?;
    if options.json { Ok(()) } else { io.line("\nstopped; nothing is lost") }
}

/// Shows each run that moves, until it is told to stop.
///
/// # Errors
/// The engine is in trouble.
pub(super) fn until_told(
    session: &Session,
    seen: &mut Seen,
    interrupt: &Interrupt,
    json: bool,
    also: &mut dyn FnMut(&mut Io) -> Result<(), Trouble>,
    io: &mut Io,
) -> Result<(), Trouble> {
    while !interrupt.pressed() {
        std::thread::sleep(Duration::from_millis(300));
        also(io)?;
        for run in seen.look(session)? {
            show(&run, session, json, io)?;
        }
        if let Some(trouble) = session.control.health()?.trouble {
            return Err(Trouble::machine(trouble).help("what was acknowledged is kept; `flow doctor` says more"));
        }
    }
    Ok(())
}

/// Goes on with one run where it was: the end of its conversation is shown again, and it is answered here.
fn talk(run: RunId, session: &mut Session, options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let watched = session.control.watch(run, Cursor::default(), Duration::ZERO)?;
    if watched.run.status.is_over() {
        let status = watched.run.status.name().replace('_', " ");
        let next = if watched.run.retryable { "retry" } else { "show" };
        let does = match (watched.run.retryable, watched.run.status) {
            (true, RunStatus::Quarantined) => "lets it go on, once what broke it is mended",
            (true, _) => "tries its failed call again",
            (false, _) => "shows what happened",
        };
        return Err(Trouble::refused(format!("{run} does not go on: it is {status}"))
            .help(format!("`{}` {does}", session.command(&format!("{next} {run}")))));
    }
    session.stay()?;
    let before = watched.messages.len().saturating_sub(RECAP);
    let mut since = Cursor::default();
    for (number, said) in watched.messages.iter().take(before) {
        since.see(said.conversation, *number);
    }
    if !options.json {
        let paint = io.paint();
        let how = if io.terminal.input && io.terminal.output { "  Ctrl-C leaves it waiting" } else { "" };
        io.line(format!("{} {}{}", paint.bold(run), flow_name(&watched.run.flow), paint.dim(how)))?;
        if before > 0 {
            io.line(paint.dim("…"))?;
        }
    }
    let (json, interrupt) = (options.json, Interrupt::listen());
    let company = Company { json, since, headed: before == 0, interrupt, ..Company::default() };
    let outcome = stay(session, run, &company, io)?;
    if !options.json && outcome.spoke {
        io.line("")?;
    }
    finish(session, &outcome, options.json, io)
}

/// The newest runs that ask something, and how they are answered.
///
/// # Errors
/// The store.
pub(super) fn asking(session: &Session, io: &mut Io) -> Result<(), Trouble> {
    let filter = RunFilter { statuses: vec![RunStatus::Waiting], limit: ASKING_SHOWN, ..RunFilter::default() };
    let paint = io.paint();
    for run in session.control.runs(&filter)? {
        if let Some(prompt) = session.control.show(run.run)?.prompts.first() {
            let question = clean(&prompt.text).replace('\n', " ");
            io.paragraph(&format!("{} asks: {question}", paint.bold(run.run)), 2)?;
            if let Some(words) = unreached(session, prompt)? {
                io.paragraph(&paint.warn(format!("  {words}")), 4)?;
            }
            io.command(&session.command(&format!("resume {}", run.run)), "talks to it here")?;
        }
    }
    Ok(())
}

/// Runs of which only a person can say what became of their calls.
///
/// # Errors
/// The store.
pub(super) fn in_doubt(session: &Session) -> Result<Vec<RunView>, Trouble> {
    let filter = RunFilter { statuses: vec![RunStatus::InDoubt], limit: IN_DOUBT_MAX, ..RunFilter::default() };
    Ok(session.control.runs(&filter)?)
}

/// Says which runs remain in doubt, and how each is decided.
///
/// # Errors
/// The store.
pub(super) fn decide(doubted: &[RunView], session: &Session, io: &mut Io) -> Result<(), Trouble> {
    if doubted.is_empty() {
        return Ok(());
    }
    let (is, more) = match doubted.len() {
        1 => ("1 run is".to_owned(), ""),
        IN_DOUBT_MAX => (format!("{IN_DOUBT_MAX} runs are"), " at least"),
        many => (format!("{many} runs are"), ""),
    };
    let paint = io.paint();
    let text = format!("{is} in doubt{more}: only a person can say what became of a call whose answer never came");
    io.paragraph(&paint.warn(text), 2)?;
    for run in doubted.iter().take(DOUBTED_SHOWN) {
        io.line(ended(run, paint))?;
        let detail = session.control.show(run.run)?;
        for line in failure_lines(&detail, &|words| session.command(words), &session.moments(), paint) {
            io.line(line)?;
        }
    }
    if doubted.len() > DOUBTED_SHOWN {
        io.command(&session.command("runs --status in_doubt"), "lists them all")?;
    }
    Ok(())
}

/// `; next Tue 24 Nov 09:00, in 2 days`
///
/// # Errors
/// The store.
pub(super) fn next(session: &Session) -> Result<String, Trouble> {
    let health = session.control.health()?;
    Ok(match health.next_due {
        Some(due) => {
            let moments = session.moments();
            format!("; next {}, {}", moments.show(due), moments.relative(due))
        }
        None => "; no run waits for a moment".to_owned(),
    })
}
