//! Rows as plain data. Moments are microseconds since 1970 UTC; ids are positive integers.

use flow_bytecode::program::{EffectClass, Expects, Policy};
use std::sync::Arc;

/// Id of an interned name ([`NameClass`]); dense from 1 per class.
pub type NameId = i64;

/// Kinds of names that are stored as small integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NameClass {
    /// An entity, `Contact`.
    Entity = 1,
    /// A flow, `refunds.refund`.
    Flow = 2,
    /// An action, `sms.send`.
    Action = 3,
    /// An event, `trial_ending`.
    Event = 4,
    /// Where webhooks and foreign events come from, `stripe`.
    Source = 5,
}

/// The bit of [`RunRow::events`] that says a run has conditions to re-check.
pub const CONDITIONS: i64 = i64::MIN;

/// The bit of [`RunRow::events`] for an event. Bits are shared by events whose ids differ by a multiple of 63, so a set bit
/// says *maybe*: the machine decides.
pub fn event_bit(event: NameId) -> i64 {
    1 << event.rem_euclid(63)
}

/// A record of the workspace that a run or an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Entity.
    pub kind: NameId,
    /// Id of the record.
    pub id: i64,
}

impl Subject {
    /// What a run watches to hear of every event of a kind, whatever its subject: `watch(Subject::any(event), run)`.
    pub fn any(event: NameId) -> Self {
        Subject { kind: 0, id: event }
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RunStatus {
    /// It wants its next step at once; its row must carry a `due` not in the future, which is how a restart finds it.
    #[default]
    Ready = 0,
    /// It waits.
    Waiting = 1,
    /// It has ended well.
    Finished = 2,
    /// It has failed for good.
    Failed = 3,
    /// It has failed at an external call and can be retried from there.
    Retryable = 4,
    /// A person or a flow ended it.
    Cancelled = 5,
    /// Its row is damaged, or its step failed five times.
    Quarantined = 6,
    /// Its program cannot run on this installation: an action or field is missing.
    Stranded = 7,
}

impl RunStatus {
    /// The status stored as this number.
    pub fn from_code(code: i64) -> Option<Self> {
        use RunStatus::*;
        [Ready, Waiting, Finished, Failed, Retryable, Cancelled, Quarantined, Stranded]
            .into_iter()
            .find(|status| *status as i64 == code)
    }

    /// The word people see.
    pub fn word(self) -> &'static str {
        match self {
            RunStatus::Ready => "ready",
            RunStatus::Waiting => "waiting",
            RunStatus::Finished => "finished",
            RunStatus::Failed => "failed",
            RunStatus::Retryable => "retryable",
            RunStatus::Cancelled => "cancelled",
            RunStatus::Quarantined => "quarantined",
            RunStatus::Stranded => "stranded",
        }
    }

    /// Whether it can still go on by itself.
    pub fn is_live(self) -> bool {
        matches!(self, RunStatus::Ready | RunStatus::Waiting)
    }
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFailure {
    /// Kind without its dot, `timeout`.
    pub kind: String,
    /// A sentence for people.
    pub message: String,
}

/// The run that started another, and its effect's number; unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parent {
    /// Run id.
    pub run: i64,
    /// The effect.
    pub effect: u32,
}

/// A run, its waits folded in. Made by [`RunRow::new`] or read from the store.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its id; 0 until it is inserted. Never used twice.
    pub id: i64,
    /// Program id.
    pub program: i64,
    /// The flow it runs.
    pub flow: NameId,
    /// Where it stands.
    pub status: RunStatus,
    /// What it is about.
    pub subject: Option<Subject>,
    /// Who started it; cannot be changed later.
    pub parent: Option<Parent>,
    /// Counts writes of this row.
    pub revision: i64,
    /// The installation's epoch when the run was created, part of its idempotency keys; cannot be changed later.
    pub epoch: i64,
    /// Faults in a row, for quarantine.
    pub attempts: u32,
    /// Effects so far.
    pub effects: u32,
    /// Its newest journal row; 0 when there is none.
    pub journal: i64,
    /// Number of the newest event at its last outgoing intent: an `on` arm looks from there.
    pub floor: i64,
    /// The earliest moment it goes on by itself.
    pub due: Option<i64>,
    /// Mask of what it listens to: [`event_bit`]s and [`CONDITIONS`].
    pub events: i64,
    /// The conversation it asks in; for people, what finds it is [`PromptRow`].
    pub asks_in: Option<i64>,
    /// When it was created; cannot be changed later.
    pub created_at: i64,
    /// When this row was last written.
    pub updated_at: i64,
    /// Why it failed.
    pub failure: Option<RunFailure>,
    /// What it returned, encoded.
    pub result: Option<Vec<u8>>,
    /// The suspended state, encoded.
    pub snapshot: Vec<u8>,
    /// What the indexes hold of it now: lets an update leave alone the ones that do not change.
    pub(in crate::store) stored: StoredKeys,
}

/// The indexed columns of a run as they are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store) struct StoredKeys {
    pub due: Option<i64>,
    pub status: RunStatus,
    pub subject: Option<Subject>,
    pub outcome: bool,
}

impl RunRow {
    /// A run that has not begun: ready, due at `at`.
    pub fn new(program: i64, flow: NameId, epoch: i64, at: i64) -> Self {
        RunRow {
            id: 0,
            program,
            flow,
            status: RunStatus::Ready,
            subject: None,
            parent: None,
            revision: 0,
            epoch,
            attempts: 0,
            effects: 0,
            journal: 0,
            floor: 0,
            due: Some(at),
            events: 0,
            asks_in: None,
            created_at: at,
            updated_at: at,
            failure: None,
            result: None,
            snapshot: Vec::new(),
            stored: StoredKeys::default(),
        }
    }
}

/// Whether something new was written or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// New, with this id.
    New(i64),
    /// The same thing was written before, with this id.
    Before(i64),
}

impl Written {
    /// The id either way.
    pub fn id(self) -> i64 {
        match self {
            Written::New(id) | Written::Before(id) => id,
        }
    }
}

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentState {
    /// Committed, not sent.
    Queued = 0,
    /// Sent, or about to be: after a kill this one may have happened.
    Sending = 1,
    /// May have happened; a person or the flow decides.
    InDoubt = 2,
    /// Not to be sent before a person has approved it; `not_before` is when that is too late.
    Unapproved = 3,
}

/// An external action asked for: one per waiting path, replaced by the path's next.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentRow {
    /// Run id.
    pub run: i64,
    /// The path that waits for it.
    pub path: u16,
    /// The effect's number.
    pub effect: u32,
    /// Where it stands.
    pub state: IntentState,
    /// Program id, to decode the outcome.
    pub program: i64,
    /// The place that waits: an index into the program's places.
    pub place: u16,
    /// Action.
    pub action: NameId,
    /// Its effect class.
    pub class: EffectClass,
    /// Idempotency key.
    pub key: Arc<str>,
    /// Who it goes to: a host.
    pub destination: Arc<str>,
    /// The request, in the action's own format.
    pub request: Arc<[u8]>,
    /// Attempts begun.
    pub attempt: u32,
    /// Not sent before that moment; while it is sent and in doubt, when the last attempt left.
    pub not_before: i64,
    /// Timeout, further attempts, backoff.
    pub policy: Policy,
}

/// What happened in one turn of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its id.
    pub id: i64,
    /// Run id.
    pub run: i64,
    /// The run's journal row before it; 0 for the first.
    pub prev: i64,
    /// When.
    pub at: i64,
    /// Encoded by the engine; empty once erased.
    pub payload: Vec<u8>,
}

/// Where something came from, so that it is taken once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// The source.
    pub source: NameId,
    /// Its id there, unique per source.
    pub id: String,
}

/// An event that was raised.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow {
    /// Its number, growing; 0 until it is added. Never used twice.
    pub number: i64,
    /// Which event.
    pub kind: NameId,
    /// What it is about.
    pub subject: Option<Subject>,
    /// When.
    pub at: i64,
    /// Its arguments, encoded by the engine.
    pub args: Vec<u8>,
    /// Where it came from, when it came from outside.
    pub delivery: Option<Delivery>,
}

/// An answer or webhook that waits for its run to be free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Its id, growing; 0 until it is added.
    pub id: i64,
    /// The run it is for; 0 when it must still be routed.
    pub run: i64,
    /// When it arrived.
    pub at: i64,
    /// Where it came from.
    pub delivery: Option<Delivery>,
    /// Encoded by the engine.
    pub payload: Vec<u8>,
}

/// A prompt that waits for an answer in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptRow {
    /// The conversation's id.
    pub conversation: i64,
    /// Its place in the stack, from 1; the highest gets the answer. 0 until it is shown.
    pub seq: i64,
    /// Run id.
    pub run: i64,
    /// The path that asks.
    pub path: u16,
    /// The revision of its wait: part of the wait token.
    pub revision: u32,
    /// When it was first shown.
    pub at: i64,
    /// The text.
    pub text: Arc<str>,
    /// Labels of the options; empty for a free answer.
    pub options: Vec<Arc<str>>,
    /// What kind of answer is awaited.
    pub expects: Expects,
}

/// A program as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRow {
    /// Its id in this store.
    pub id: i64,
    /// BLAKE3 of `code`.
    pub hash: [u8; 32],
    /// The encoded program.
    pub code: Vec<u8>,
}

/// What people see of a program's source: replaced when only comments changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceRow {
    /// The encoded debug sidecar.
    pub debug: Vec<u8>,
    /// (file name, text).
    pub files: Vec<(String, String)>,
}

/// The newest program of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentRow {
    /// The flow.
    pub flow: NameId,
    /// Its qualified name.
    pub name: Arc<str>,
    /// Program id.
    pub program: i64,
    /// Since when.
    pub at: i64,
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// The conversation's id.
    pub conversation: i64,
    /// Its number in the conversation, from 1; 0 until it is added.
    pub number: i64,
    /// When.
    pub at: i64,
    /// `flow`, `contact`, `teammate`.
    pub from: Arc<str>,
    /// What is said.
    pub text: Arc<str>,
    /// Typed parts beside the text.
    pub parts: Vec<(Arc<str>, Arc<str>)>,
    /// The run that said it; 0 when none did.
    pub run: i64,
    /// The flow that the run was then; 0 when no flow said it.
    pub flow: NameId,
}

/// An internal note on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// Its id; 0 until it is added.
    pub id: i64,
    /// The record.
    pub on: Subject,
    /// When.
    pub at: i64,
    /// The run that wrote it; 0 when a person did.
    pub run: i64,
    /// The note.
    pub text: Arc<str>,
}

/// Which runs to list, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only these states; empty means all.
    pub status: Vec<RunStatus>,
    /// Only this flow.
    pub flow: Option<NameId>,
    /// Only about this record.
    pub subject: Option<Subject>,
    /// Only ids below this one, for the next page.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: usize,
}

/// The installation a database belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Install {
    /// Random, set when the database is created.
    pub id: [u8; 16],
    /// Grows with every restore of a backup.
    pub epoch: i64,
}

/// A run that waits for something, with its mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    /// Run id.
    pub run: i64,
    /// [`RunRow::events`].
    pub events: i64,
}
