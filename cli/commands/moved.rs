//! Which runs have moved, and what to say of each.

use super::runs::{flow_name, object, status_color};
use crate::io::Io;
use crate::session::Session;
use crate::talk::place_words;
use crate::trouble::Trouble;
use crate::values::counted;
use flow_vm::engine::{RunFilter, RunId, RunStatus, RunView};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Runs looked at for what moved.
const RUNS_SEEN: usize = 1_000;

/// A run that has moved, in a line.
///
/// # Errors
/// Standard output cannot be written.
pub fn show(run: &RunView, session: &Session, json: bool, io: &mut Io) -> Result<(), Trouble> {
    if json {
        io.line(object(run).to_string())?;
        return io.flush();
    }
    let (paint, moments) = (io.paint(), session.moments());
    let status = status_color(run.status, &run.status.name().replace('_', " "), paint);
    let place = run.places.first().map(|place| place_words(place)).filter(|place| place.starts_with('#'));
    let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
    let until = run.until.map(|until| format!(", until {}", moments.show(until))).unwrap_or_default();
    let why = match (&run.failure, run.status) {
        (Some(failure), RunStatus::Failed | RunStatus::Quarantined | RunStatus::InDoubt) => {
            format!(": {}", failure.message)
        }
        _ => String::new(),
    };
    let at = paint.dim(moments.show(run.updated));
    io.paragraph(&format!("{at}  {}  {}  {status}{place}{until}{why}", paint.bold(run.run), flow_name(&run.flow)), 4)?;
    io.flush()
}

/// Runs named one by one that went on together; the others are counted.
pub const MOVED_SHOWN: usize = 10;

/// Lets everything that is due go on, with a sign of life on a terminal when that takes a while. Gives the number of steps
/// taken, at least.
///
/// # Errors
/// The store.
pub fn carry_on(session: &Session, io: &Io) -> Result<u64, Trouble> {
    let before = session.control.health()?.steps;
    let over = AtomicBool::new(false);
    let carried = std::thread::scope(|scope| {
        if io.terminal.error {
            scope.spawn(|| show_steps(session, before, &over));
        }
        let carried = session.control.run_until_idle();
        over.store(true, Ordering::SeqCst);
        carried
    });
    carried?;
    Ok(session.control.health()?.steps.saturating_sub(before))
}

/// Looks before the work is long enough to be mentioned, and how often then.
const QUIET_LOOKS: u32 = 5;
const LOOK_EVERY: Duration = Duration::from_millis(100);

fn show_steps(session: &Session, before: u64, over: &AtomicBool) {
    for _ in 0..QUIET_LOOKS {
        std::thread::sleep(LOOK_EVERY);
        if over.load(Ordering::SeqCst) {
            return;
        }
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} carrying runs on: {pos} steps {elapsed}") {
        bar.set_style(style);
    }
    while !over.load(Ordering::SeqCst) {
        if let Ok(health) = session.control.health() {
            bar.set_position(health.steps.saturating_sub(before));
        }
        bar.tick();
        std::thread::sleep(LOOK_EVERY);
    }
    bar.finish_and_clear();
}

/// `3 runs went on`, as far as that is known.
pub fn went_on(moved: usize, steps: u64, seen: &Seen, nobody: &str) -> String {
    match (moved, steps) {
        (0, 0) => nobody.to_owned(),
        _ if !seen.whole && steps > 0 => format!("{} taken", counted(steps, "step")),
        (moved, _) => format!("{} went on", counted(moved, "run")),
    }
}

/// When runs last moved, as far as was seen.
#[derive(Default)]
pub struct Seen {
    state: HashMap<RunId, (i64, RunStatus)>,
    /// All runs were looked at, not only the newest.
    whole: bool,
}

impl Seen {
    /// Runs that moved since the last look, the one that moved first first.
    ///
    /// # Errors
    /// The store.
    pub fn look(&mut self, session: &Session) -> Result<Vec<RunView>, Trouble> {
        let filter = RunFilter { limit: RUNS_SEEN, ..RunFilter::default() };
        let mut moved: Vec<RunView> = session.control.runs(&filter)?;
        self.whole = moved.len() < RUNS_SEEN;
        moved.retain(|run| {
            let state = (run.updated, run.status);
            self.state.insert(run.run, state) != Some(state)
        });
        moved.sort_by_key(|run| run.updated);
        Ok(moved)
    }
}
