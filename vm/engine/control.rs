//! What people and channels may ask of an engine, whether it runs in this process or in another.

use super::error::EngineError;
use super::view::{
    Act, AnswerTo, Answered, Cursor, Decision, Deployed, Fired, FlowCounts, FlowView, Health, History, Matching,
    MigrationReport, NoteOn, Numbered, RecordFilter, RecordView, Resolution, RunDetail, RunFilter, RunId, RunView,
    Watched,
};
use crate::migrate::Mapping;
use flow_bytecode::program::{Debug, Program};
use flow_bytecode::schema::Schema;
use flow_bytecode::{Failure, Value};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A compiled project, to be deployed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Deployment {
    /// The program.
    pub program: Program,
    /// Lines and names.
    pub debug: Debug,
    /// (path relative to the project, text), so that a timeline can show lines.
    pub sources: Vec<(String, String)>,
    /// Entities and their fields, symbols, events.
    pub schema: Schema,
}

/// Which runs of older versions are to move to the newest, and how.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Migration {
    /// What places and flows are called now that had another name before.
    pub mappings: Vec<Mapping>,
    /// Only runs of this flow.
    pub flow: Option<String>,
    /// Say what would become of the runs, and move none.
    pub dry: bool,
    /// Compare with this version, which is not deployed; nothing moves then.
    pub against: Option<Deployment>,
}

/// Everything that can be asked of an engine. [`super::Engine`] answers in process, [`super::Owner`] asks the process that
/// owns the database. Calls block; what they acknowledge is durable.
pub trait Control: Send + Sync {
    /// Makes a program the newest version. Linked first: its actions must be registered with the declared class, its
    /// entities and fields must be in the schema, and live runs must keep what they need.
    ///
    /// # Errors
    /// [`EngineError::Link`] with every problem found.
    fn deploy(&self, deployment: Deployment) -> Result<Deployed, EngineError>;

    /// Links without deploying.
    ///
    /// # Errors
    /// [`EngineError::Link`] with every problem found.
    fn check_deploy(&self, deployment: &Deployment) -> Result<(), EngineError>;

    /// Moves runs of older versions to the newest where they fit, all in one transaction, or says which would. Every other
    /// run stays with the version it has.
    ///
    /// # Errors
    /// [`EngineError::Mapping`] for a mapping that leads nowhere, [`EngineError::Link`] for a version that cannot be
    /// deployed, an unknown flow, the store.
    fn migrate(&self, migration: Migration) -> Result<MigrationReport, EngineError>;

    /// Starts a run of the newest version. Arguments by name, self-describing: an entity is the `Int` of its id, an enum
    /// the `Text` of its variant, a record a `Map`.
    ///
    /// # Errors
    /// An unknown flow, arguments that do not fit, entry rules, the store.
    fn start(&self, flow: &str, args: Vec<(String, Value)>) -> Result<RunId, EngineError>;

    /// Holds a flow's births and wakes, or no longer; whether that is news.
    ///
    /// # Errors
    /// An unknown flow, the store.
    fn pause(&self, flow: &str, on: bool) -> Result<bool, EngineError>;

    /// Lets in a page of the records that belong to the audience of a flow already, those with an id above `after`.
    ///
    /// # Errors
    /// An unknown flow, the store.
    fn start_matching(&self, flow: &str, after: i64) -> Result<Matching, EngineError>;

    /// What is counted of flows with a header, and which are paused.
    ///
    /// # Errors
    /// The store.
    fn counts(&self) -> Result<Vec<FlowCounts>, EngineError>;

    /// Answers a prompt. A text is matched by the flow's own rules.
    ///
    /// # Errors
    /// The store, or a run that does not exist.
    fn answer(&self, to: AnswerTo, answer: Value) -> Result<Answered, EngineError>;

    /// Raises an event. With a delivery (source, id), the same delivery counts once.
    ///
    /// # Errors
    /// An unknown event, arguments that do not fit, the store.
    fn fire(
        &self,
        event: &str,
        args: Vec<(String, Value)>,
        delivery: Option<(String, String)>,
    ) -> Result<Fired, EngineError>;

    /// Ends a run, wherever it waits.
    ///
    /// # Errors
    /// [`EngineError::State`] when it is over already.
    fn cancel(&self, run: RunId) -> Result<(), EngineError>;

    /// Lets a failed run go on at the call that failed.
    ///
    /// # Errors
    /// [`EngineError::State`] when it has not failed at an external call.
    fn retry(&self, run: RunId) -> Result<(), EngineError>;

    /// Says what became of an action in doubt, or that it is to be sent again.
    ///
    /// # Errors
    /// [`EngineError::State`] when the run is not in doubt, or the result does not fit the action.
    fn resolve(&self, run: RunId, resolution: Resolution) -> Result<(), EngineError>;

    /// Approves an action that waits for it, or refuses it.
    ///
    /// # Errors
    /// [`EngineError::State`] when the run does not wait for an approval.
    fn decide(&self, run: RunId, decision: Decision) -> Result<(), EngineError>;

    /// Does things to the workspace, each on its own; together they cost a commit or few.
    ///
    /// # Errors
    /// The store. What a rule refuses is in the result of that act.
    fn perform(&self, acts: Vec<Act>) -> Result<Vec<Result<Value, Failure>>, EngineError>;

    /// What is new about a run and its conversations since the cursor. Returns at once when something is, or when the run
    /// is at rest and the cursor has seen that; else waits for news, at most that long.
    ///
    /// # Errors
    /// An unknown run, the store.
    fn watch(&self, run: RunId, since: Cursor, patience: Duration) -> Result<Watched, EngineError>;

    /// Waits until the run is at rest: waiting for time, an event or a person, or over.
    ///
    /// # Errors
    /// An unknown run, the store.
    fn settle(&self, run: RunId) -> Result<RunView, EngineError> {
        let mut cursor = Cursor::default();
        loop {
            let watched = self.watch(run, cursor, Duration::from_secs(10))?;
            if watched.at_rest {
                return Ok(watched.run);
            }
            cursor = watched.cursor;
        }
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// The store.
    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunView>, EngineError>;

    /// One run with what happened.
    ///
    /// # Errors
    /// An unknown run, the store.
    fn show(&self, run: RunId) -> Result<RunDetail, EngineError>;

    /// Records of the workspace.
    ///
    /// # Errors
    /// An unknown entity, a field that is not indexed, the store.
    fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordView>, EngineError>;

    /// What was written about a record: its newest notes, and the newest messages of a conversation.
    ///
    /// # Errors
    /// An unknown entity, the store.
    fn history(&self, entity: &str, id: i64) -> Result<History, EngineError>;

    /// Notes on every record with a number above `after`, ascending; at most `limit`.
    ///
    /// # Errors
    /// The store.
    fn notes(&self, after: i64, limit: usize) -> Result<Vec<NoteOn>, EngineError>;

    /// Messages above this conversation and number, ascending; at most `limit`.
    ///
    /// # Errors
    /// The store.
    fn said(&self, after: (i64, i64), limit: usize) -> Result<Vec<Numbered>, EngineError>;

    /// Flows of the newest program.
    ///
    /// # Errors
    /// The store.
    fn flows(&self) -> Result<Vec<FlowView>, EngineError>;

    /// The schema that was last deployed.
    ///
    /// # Errors
    /// The store.
    fn schema(&self) -> Result<Schema, EngineError>;

    /// How the engine is.
    ///
    /// # Errors
    /// [`EngineError::Stopped`].
    fn health(&self) -> Result<Health, EngineError>;

    /// Waits until nothing is due now, no wake is queued and no call is under way. Timers fire meanwhile.
    ///
    /// # Errors
    /// The store.
    fn run_until_idle(&self) -> Result<(), EngineError>;
}
