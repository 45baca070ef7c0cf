//! What takes the room of a suspended run, by the name its author knows.

use super::Run;
use super::decode::weight;
use super::run::{Path, PathState};
use super::step::place_at;
use flow_bytecode::{Bank, Program};
use std::fmt;
use std::sync::Arc;

/// The variable that takes most, and about how many bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heavy {
    /// Its name; empty for a value in the midst of an expression.
    pub name: Arc<str>,
    /// Bytes.
    pub bytes: usize,
}

impl fmt::Display for Heavy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.name {
            "" => write!(f, "a value without a name takes {}", self.bytes),
            name => write!(f, "`{name}` takes {}", self.bytes),
        }
    }
}

impl Run {
    /// What takes most while the run waits.
    pub(crate) fn heaviest(&self, program: &Program) -> Option<Heavy> {
        self.paths.iter().filter_map(|path| heaviest(program, path)).max_by_key(|heavy| heavy.bytes)
    }
}

fn heaviest(program: &Program, path: &Path) -> Option<Heavy> {
    if let PathState::Done(result) = &path.state {
        return Some(Heavy { name: "the result of a path".into(), bytes: weight(result) });
    }
    let kept = path.frames.iter().flat_map(|frame| {
        let live = place_at(program, frame).map_or(&[][..], |place| &place.live);
        let references = live.iter().filter(|live| live.bank == Bank::Reference);
        references.filter_map(|live| {
            let value = path.references.get(frame.references as usize + usize::from(live.register))?;
            Some(Heavy { name: live.name.clone(), bytes: weight(value) })
        })
    });
    kept.max_by_key(|heavy| heavy.bytes)
}
