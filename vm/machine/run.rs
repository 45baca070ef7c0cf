//! A run between its steps, in memory.

use flow_bytecode::{Failure, Value};
use std::sync::Arc;

/// A suspended run: its paths with their frames and registers, and its counters. Made by `Run::default()` and a
/// [`super::Wake::Start`], or by [`crate::snapshot::decode`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// Alive paths by ascending id; the first is the main path. Empty before the start and after the end.
    pub(crate) paths: Vec<Path>,
    /// Effects so far; the next is numbered one more.
    pub(crate) effects: u32,
    /// Suspensions so far. One counter for all paths, so that a path that reuses an id cannot reuse a token.
    pub(crate) revision: u32,
    /// How to take back what was done, in the order it was done.
    pub(crate) undo: Vec<Undo>,
    /// Why it takes back what it did: the failure it ends with.
    pub(crate) failing: Option<Arc<Failure>>,
    /// How busy it has been since it last waited. Not stored: whoever goes on with a run keeps it beside.
    pub busy: Busy,
}

/// What a run has done since it last waited; a loop that never waits comes to its end by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Busy {
    /// Jumps backwards and calls of flows.
    pub rounds: u64,
    /// Calls that leave the machine.
    pub calls: u32,
}

/// How to take a step back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Undo {
    /// A function of kind `Undo`.
    pub function: u16,
    /// Its arguments, boxed, as they were when the step was done.
    pub args: Vec<Value>,
}

impl Run {
    /// Effects so far.
    pub fn effects(&self) -> u32 {
        self.effects
    }

    /// Where each path stands: (function, instruction) of what has called what, the innermost last.
    pub fn stacks(&self) -> impl Iterator<Item = Vec<(u16, u16)>> + '_ {
        self.paths.iter().map(|path| path.frames.iter().map(|frame| (frame.function, frame.pc)).collect())
    }

    /// Whether it has neither started nor can go on.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

/// A path: the main one, or a branch of a `parallel` or `race`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// Below the limit of paths; reused once free.
    pub id: u16,
    /// The path that joins it; its own id for the main path.
    pub parent: u16,
    /// Which branch of its join.
    pub branch: u16,
    /// The revision of its present wait.
    pub revision: u32,
    /// What it is doing.
    pub state: PathState,
    /// Frames, outermost first; each stands at a place unless the path is runnable.
    pub frames: Vec<Frame>,
    /// Scalar registers of all frames; windows overlap.
    pub scalars: Vec<i64>,
    /// Reference registers of all frames; windows overlap.
    pub references: Vec<Value>,
}

impl Path {
    /// Nothing yet, to be read into.
    pub fn empty() -> Self {
        let (frames, scalars, references) = (Vec::new(), Vec::new(), Vec::new());
        Path { id: 0, parent: 0, branch: 0, revision: 0, state: PathState::Dead, frames, scalars, references }
    }
}

/// What a path is doing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PathState {
    /// Going on in this step, never seen between steps; with a failure to raise first.
    Runnable(Option<Arc<Failure>>),
    /// At a `wait`.
    Waiting,
    /// At a `pause`.
    Paused,
    /// At a `join`.
    Joining,
    /// At an external call, for the outcome of that effect.
    Calling(u32),
    /// The main path, at an external call that failed, uncaught.
    Failed(u32, Arc<Failure>),
    /// A branch that finished, with its result.
    Done(Value),
    /// A branch that failed.
    Dead,
}

/// A call of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Which function.
    pub function: u16,
    /// The instruction it stands at.
    pub pc: u16,
    /// Where its scalar window begins.
    pub scalars: u32,
    /// Where its reference window begins.
    pub references: u32,
}
