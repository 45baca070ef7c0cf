//! What an action keeps in the workspace about what it sends: written in the step that hears what became of it.

use super::desk::Desk;
use super::turn::Trouble;
use crate::action::{ActionError, External, StoredRequest};
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
        let finished = external.finish(desk, request, outcome);
        if let Some(error) = desk.broken.take() {
            return Err(Trouble::Store(error));
        }
        match finished {
            Ok(()) | Err(ActionError::Failure(_)) => Ok(()),
            Err(ActionError::Fault(message)) => Err(Trouble::Fault(message)),
        }
    }
}
