//! The interpreter: a program, a suspended run and a wake in; the run suspended again, and what it asks for, out.
//!
//! Deterministic given the [`World`]. No I/O of its own, no clock, no randomness, no async.

mod answers;
mod asked;
mod decode;
mod effects;
mod exec;
mod heavy;
mod intrinsics;
mod join;
mod limits;
mod loaded;
mod meter;
mod ops;
mod raise;
mod run;
mod show;
mod step;
mod time;
#[cfg(test)]
pub(crate) use time::ZONES;
mod undo;
mod wait;

pub use answers::{answer, option};
pub(crate) use decode::has_shape;
pub use decode::{decode, describe};
pub use flow_bytecode::currency::minor_digits;
pub(crate) use intrinsics::phone::spellings;
pub use intrinsics::phone::{has_phones, phone};
pub use limits::Limits;
pub use loaded::Loaded;
pub use run::{Busy, Run};
pub(crate) use run::{Frame, Path, PathState, Undo};
pub use show::in_words;
pub use step::step;
pub use time::hours::{next_open, next_stretch};
pub use wait::evaluate;

use flow_bytecode::{Failure, Value};
use std::sync::Arc;

/// What a run sees of everything that is not its own: this step's transaction.
///
/// Indices are those of the program being run; the implementor has linked them to the workspace and the registry.
/// `effect` numbers the run's effects from 1.
pub trait World {
    /// The step's logical time, microseconds since 1970-01-01T00:00:00Z. The same throughout a step.
    fn now(&self) -> i64;

    /// Field `field` ([`flow_bytecode::Program::fields`]) of the record `id`, as the present transaction sees it.
    ///
    /// # Errors
    /// A failure `.gone` when the record no longer exists; a fault when the store cannot be read.
    fn field(&mut self, field: u16, id: i64) -> Result<&Value, WorldError>;

    /// Writes a field.
    ///
    /// # Errors
    /// A failure `.gone`, or `.invalid` (a unique field's value is taken); a fault when the store cannot be written.
    fn set_field(&mut self, field: u16, id: i64, value: Value, effect: u32) -> Result<(), WorldError>;

    /// Carries out a pure or local action; pure ones do not use `effect`.
    ///
    /// # Errors
    /// The failures of its signature, or a fault.
    fn call(&mut self, action: u16, args: &[Value], effect: u32) -> Result<Value, WorldError>;

    /// Raises an event.
    ///
    /// # Errors
    /// A fault when the store cannot be written.
    fn fire(&mut self, event: u16, args: &[Value], effect: u32) -> Result<(), WorldError>;

    /// Starts a run of the newest version of a flow, in this transaction; unique per (this run, effect).
    ///
    /// # Errors
    /// A failure when the flow is gone or takes other parameters, or a fault.
    fn start(&mut self, flow_ref: u16, args: &[Value], effect: u32) -> Result<i64, WorldError>;

    /// The side of a split ([`flow_bytecode::Program::splits`]) that the run's subject falls on: the same whenever it is asked.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn split(&mut self, split: u16, effect: u32) -> Result<u16, WorldError>;

    /// The moment from which on the header of the run's flow lets a message go out, when that is not now.
    ///
    /// # Errors
    /// A failure when nobody's time zone says so; a fault when the store cannot be read.
    fn send_at(&mut self) -> Result<Option<i64>, WorldError> {
        Ok(None)
    }

    /// Whether the header of the run's flow lets an action send one more message, which then counts.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn may_send(&mut self, _action: u16, _effect: u32) -> Result<bool, WorldError> {
        Ok(true)
    }

    /// A place of the source is reached, in a program to be tested.
    fn mark(&mut self, _mark: u32) {}
}

/// Why the world did not do as asked.
#[derive(Debug, Clone, PartialEq)]
pub enum WorldError {
    /// A value the flow can catch; what was done before stands.
    Failure(Failure),
    /// Nothing a flow can know of: the step is rolled back and counts as an attempt.
    Fault(String),
}

/// What makes a run go on.
#[derive(Debug, Clone, PartialEq)]
pub enum Wake {
    /// The beginning.
    Start {
        /// Index into the program's flows.
        flow: u16,
        /// Every parameter, boxed, defaults filled in.
        args: Vec<Value>,
    },
    /// Time has passed: every path whose due moment is not after [`World::now`] goes on.
    Due,
    /// An answer to a prompt.
    Answer {
        /// The path that asked.
        path: u16,
        /// The revision of its wait, from the wait token.
        revision: u32,
        /// A text or a file.
        answer: Value,
    },
    /// An event, for every path with an arm that matches it.
    Event {
        /// Its name.
        name: Arc<str>,
        /// Its arguments, boxed, in the order of its declaration.
        args: Vec<Value>,
    },
    /// A record that conditions read has changed: every `when` arm is tried.
    Changed,
    /// What became of an external action.
    Outcome {
        /// The path that asked for it.
        path: u16,
        /// The effect's number.
        effect: u32,
        /// Its result, typed by the action's signature, or its failure.
        outcome: Result<Value, Failure>,
    },
    /// The conversation a path asks in was closed: the prompt ends with this failure.
    PromptEnded {
        /// The conversation.
        conversation: i64,
        /// What the asking path sees.
        failure: Failure,
    },
    /// The next step of a run whose budget was used up.
    Continue,
    /// A person's `flow retry`: the failed main path goes on at the call that failed.
    Retry,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where the run stands.
    pub status: Status,
    /// Whether the wake changed anything; a stale answer or an event that no arm wants does not.
    pub moved: bool,
    /// Every place the run waits at now, by path.
    pub waits: Vec<PathWait>,
    /// Prompts to show, new in this step.
    pub prompts: Vec<Prompt>,
    /// External actions asked for, new in this step.
    pub intents: Vec<Intent>,
    /// Paths other than the main one that ended with a failure, new in this step: (name, failure).
    pub failed_paths: Vec<(Arc<str>, Failure)>,
    /// The failure because of which the run began, in this step, to take back what it did.
    pub undoing: Option<Failure>,
    /// Failures of blocks that take something back, new in this step; the others go on.
    pub undo_failed: Vec<Failure>,
}

/// Where a run stands after a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It waits, at the places of [`Step::waits`].
    Waiting,
    /// Its budget is used up; it wants [`Wake::Continue`].
    Ready,
    /// It has ended well, with its result, boxed.
    Finished(Value),
    /// Its main path has failed. `retryable` when it failed at an external call, where [`Wake::Retry`] goes on.
    Failed {
        /// Why.
        failure: Failure,
        /// Whether `Retry` can go on from here.
        retryable: bool,
    },
    /// It becomes another flow ([`flow_bytecode::Program::flow_refs`]), keeping its id.
    Launched {
        /// Which.
        flow_ref: u16,
        /// Every parameter, boxed.
        args: Vec<Value>,
    },
}

/// A path that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathWait {
    /// The path; 0 is the main one.
    pub path: u16,
    /// Where: an index into the program's places.
    pub place: u16,
    /// Counts the path's suspensions; part of the wait token.
    pub revision: u32,
    /// The earliest moment it goes on by itself, microseconds since 1970.
    pub due: Option<i64>,
    /// Events its arms listen to, indices into the program's events.
    pub events: Vec<u16>,
    /// Whether it has a `when` arm.
    pub conditions: bool,
    /// The conversation it asks in.
    pub asks_in: Option<i64>,
    /// The effect whose outcome it waits for.
    pub effect: Option<u32>,
    /// Who has to approve that effect: `team:finance`, `teammate:12`.
    pub approver: Option<Arc<str>>,
}

/// A prompt to show in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The path that asks.
    pub path: u16,
    /// The revision of its wait.
    pub revision: u32,
    /// The conversation's id.
    pub conversation: i64,
    /// The text.
    pub text: Arc<str>,
    /// Labels of the options, in order; empty for a free answer.
    pub options: Vec<Arc<str>>,
    /// What kind of answer is awaited.
    pub expects: flow_bytecode::program::Expects,
    /// The effect's number.
    pub effect: u32,
    /// What would have fitted, when the answer before was refused.
    pub refused: Option<Arc<str>>,
}

/// An external action asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The path that waits for it.
    pub path: u16,
    /// The place, whose kind holds the action and its policy.
    pub place: u16,
    /// Index into the program's actions.
    pub action: u16,
    /// Its arguments, boxed.
    pub args: Vec<Value>,
    /// The effect's number, part of the idempotency key.
    pub effect: u32,
    /// Who has to approve it before it is sent.
    pub approval: Option<Approval>,
    /// The flow's own idempotency key.
    pub key: Option<Arc<str>>,
    /// The arguments of the action that asks the other side whether it happened, boxed.
    pub verifier: Option<Vec<Value>>,
    /// The arguments of the action as the source calls it, boxed, where a template makes others of them: what whoever
    /// approves it is asked about.
    pub asked: Option<Vec<Value>>,
}

/// Who has to approve an external action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// `team:finance`, `teammate:12`.
    pub by: Arc<str>,
    /// How long that may take, microseconds.
    pub within_us: Option<i64>,
}

/// Something a flow cannot know of: the program, the world or the run is not what it claims to be. The step is rolled
/// back and the [`Run`] thrown away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

#[cfg(test)]
mod tests;
