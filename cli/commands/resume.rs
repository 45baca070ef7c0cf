//! `flow resume`

use super::runs::{object, status_color};
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::talk::{Interrupt, place_words};
use crate::trouble::Trouble;
use flow_vm::engine::{RunFilter, RunId, RunStatus, RunView};
use std::collections::HashMap;
use std::time::Duration;

/// Options of `flow resume`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow resume                 stays, and lets go on whatever is due, until Ctrl-C
  flow resume --until-idle    stops when nothing is due now")]
pub struct Options {
    /// Stop when nothing is due now
    #[arg(long)]
    pub until_idle: bool,
    /// One JSON object a line: each run that moved, as `flow runs --json` shows it
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub place: Where,
}

/// Runs looked at for what moved.
const RUNS_SHOWN: usize = 1_000;

/// Lets what is due go on.
///
/// # Errors
/// The store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = options.place.project(io)?;
    let mut session = Session::open(&project, &options.place.database(&project, io), Intent::Wake, io)?;
    let mut seen = Seen::default();
    seen.look(&session)?;
    if options.until_idle {
        session.control.run_until_idle()?;
        let moved = seen.look(&session)?;
        for run in &moved {
            show(run, &session, options.json, io)?;
        }
        if !options.json {
            let text = match moved.len() {
                0 => "nothing is due".to_owned(),
                1 => "1 run went on; nothing more is due".to_owned(),
                n => format!("{n} runs went on; nothing more is due"),
            };
            io.line(format!("{text}{}", next(&session)?))?;
        }
        return Ok(());
    }
    if session.engine.is_none() {
        return Err(Trouble::refused("another process carries this database's runs on already")
            .help("whatever is due goes on there; `flow runs` shows it"));
    }
    let interrupt = Interrupt::listen();
    session.stay()?;
    if !options.json {
        let paint = io.paint();
        let place = session.database.display().to_string();
        io.line(format!("{} {place}{}", paint.good("serving"), next(&session)?))?;
        io.line(paint.dim("Ctrl-C stops; whatever waits goes on waiting"))?;
        io.flush()?;
    }
    while !interrupt.pressed() {
        std::thread::sleep(Duration::from_millis(300));
        for run in seen.look(&session)? {
            show(&run, &session, options.json, io)?;
        }
        if let Some(trouble) = session.control.health()?.trouble {
            return Err(Trouble::machine(trouble).help("what was acknowledged is kept; `flow doctor` says more"));
        }
    }
    if options.json { Ok(()) } else { io.line("stopped; nothing is lost") }
}

/// ` — next: r_1h Tue 24 Nov 09:00`
fn next(session: &Session) -> Result<String, Trouble> {
    let health = session.control.health()?;
    Ok(match health.next_due {
        Some(due) => {
            let moments = session.moments();
            format!("; next {}, {}", moments.show(due), moments.relative(due))
        }
        None => "; no run waits for a moment".to_owned(),
    })
}

fn show(run: &RunView, session: &Session, json: bool, io: &mut Io) -> Result<(), Trouble> {
    if json {
        io.line(object(run).to_string())?;
        return io.flush();
    }
    let (paint, moments) = (io.paint(), session.moments());
    let status = status_color(run.status, &run.status.name().replace('_', " "), paint);
    let place = run.places.first().map(|place| format!(" at {}", place_words(place))).unwrap_or_default();
    let until = run.until.map(|until| format!(", until {}", moments.show(until))).unwrap_or_default();
    let why = match (&run.failure, run.status) {
        (Some(failure), RunStatus::Failed | RunStatus::Quarantined | RunStatus::InDoubt) => {
            format!(": {}", failure.message)
        }
        _ => String::new(),
    };
    let at = paint.dim(moments.show(run.updated));
    io.line(format!("{at}  {}  {}  {status}{place}{until}{why}", paint.bold(run.run), run.flow))?;
    io.flush()
}

/// When runs last moved, as far as was seen.
#[derive(Default)]
struct Seen(HashMap<RunId, (i64, RunStatus)>);

impl Seen {
    /// Runs that moved since the last look, the one that moved first first.
    fn look(&mut self, session: &Session) -> Result<Vec<RunView>, Trouble> {
        let filter = RunFilter { limit: RUNS_SHOWN, ..RunFilter::default() };
        let mut moved: Vec<RunView> = session.control.runs(&filter)?;
        moved.retain(|run| {
            let state = (run.updated, run.status);
            self.0.insert(run.run, state) != Some(state)
        });
        moved.sort_by_key(|run| run.updated);
        Ok(moved)
    }
}
