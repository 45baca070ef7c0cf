//! Which runs have moved, and what to say of each.

use super::runs::{flow_name, object, status_color};
use crate::io::Io;
use crate::session::Session;
use crate::talk::place_words;
use crate::trouble::Trouble;
use flow_vm::engine::{RunFilter, RunId, RunStatus, RunView};
use std::collections::HashMap;

/// Runs looked at for what moved.
pub const RUNS_SEEN: usize = 1_000;

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

/// When runs last moved, as far as was seen.
#[derive(Default)]
pub struct Seen(HashMap<RunId, (i64, RunStatus)>);

impl Seen {
    /// Runs that moved since the last look, the one that moved first first.
    ///
    /// # Errors
    /// The store.
    pub fn look(&mut self, session: &Session) -> Result<Vec<RunView>, Trouble> {
        let filter = RunFilter { limit: RUNS_SEEN, ..RunFilter::default() };
        let mut moved: Vec<RunView> = session.control.runs(&filter)?;
        moved.retain(|run| {
            let state = (run.updated, run.status);
            self.0.insert(run.run, state) != Some(state)
        });
        moved.sort_by_key(|run| run.updated);
        Ok(moved)
    }
}
