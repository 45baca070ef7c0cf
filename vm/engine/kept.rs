//! What an action keeps in the workspace about what it sends: written in the step that hears what became of it.

use super::desk::Desk;
use super::link::Linked;
use super::outcome::request_of;
use super::turn::Trouble;
use crate::action::{ActionError, External, Implementation, StoredRequest};
use crate::store::IntentRow;
use flow_bytecode::program::PlaceKind;
use flow_bytecode::{Failure, Value};
use std::sync::Arc;

/// A request that was sent, of an action that keeps something about it.
#[derive(Clone)]
pub(super) struct Kept(Arc<(Arc<dyn External>, StoredRequest)>);

impl std::fmt::Debug for Kept {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Kept({})", self.0.1.destination)
    }
}

impl Kept {
    /// Of an intent of a program.
    pub fn of_intent(linked: &Linked, intent: &IntentRow) -> Option<Kept> {
        Kept::of(external_of(linked, intent)?, &intent.destination, request_of(intent))
    }

    /// Of an action with its stored request; none where it keeps nothing.
    pub fn of(external: &Arc<dyn External>, destination: &str, request: &[u8]) -> Option<Kept> {
        external.keeps_record().then(|| {
            let request = StoredRequest { destination: destination.to_owned(), bytes: request.to_vec() };
            Kept(Arc::new((external.clone(), request)))
        })
    }

    /// Writes down what became of it. What it was about may be gone by now: nobody is told of that.
    pub fn finish(&self, desk: &mut Desk, by: (i64, u32), outcome: &Result<Value, Failure>) -> Result<(), Trouble> {
        desk.actor = by;
        let (external, request) = &*self.0;
        let written = external.finish(desk, request, outcome);
        told(desk, written)
    }

    /// Writes down that nobody knows what became of it.
    pub fn doubt(&self, desk: &mut Desk, by: (i64, u32)) -> Result<(), Trouble> {
        desk.actor = by;
        let (external, request) = &*self.0;
        let written = external.doubt(desk, request);
        told(desk, written)
    }
}

/// What carries an intent's action out.
pub(super) fn external_of<'l>(linked: &'l Linked, intent: &IntentRow) -> Option<&'l Arc<dyn External>> {
    let place = linked.program().places.get(usize::from(intent.place))?;
    let PlaceKind::Action { action, .. } = &place.kind else { return None };
    match &linked.actions.get(usize::from(*action))?.implementation {
        Implementation::External(external) => Some(external),
        _ => None,
    }
}

fn told(desk: &mut Desk, written: Result<(), ActionError>) -> Result<(), Trouble> {
    if let Some(error) = desk.broken.take() {
        return Err(Trouble::Store(error));
    }
    match written {
        Ok(()) | Err(ActionError::Failure(_)) => Ok(()),
        Err(ActionError::Fault(message)) => Err(Trouble::Fault(message)),
    }
}
