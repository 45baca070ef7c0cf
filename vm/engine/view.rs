//! What the engine shows: plain data, the same in process and over the local API.

use crate::action::Message;
use crate::store::public_id::{self, IdKind};
use flow_bytecode::program::Expects;
use flow_bytecode::{Failure, Value};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A run. People see `r_` and base32 with a check character, so that a mistyped id is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&public_id::encode(IdKind::Run, self.0))
    }
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        public_id::decode(IdKind::Run, text).map(RunId).map_err(|error| error.to_string())
    }
}

/// Where a run stands, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It goes on as soon as the engine gets to it, or an external action is under way.
    Running,
    /// It waits for time, an event, a condition or an answer.
    Waiting,
    /// What became of an external action is not known; a person decides.
    InDoubt,
    /// It has ended well.
    Finished,
    /// Its main path has failed.
    Failed,
    /// A person ended it.
    Cancelled,
    /// It broke the machine too often, or its row is damaged.
    Quarantined,
}

impl RunStatus {
    /// Whether nothing but a person's decision goes on from here.
    pub fn is_over(self) -> bool {
        matches!(self, RunStatus::Finished | RunStatus::Failed | RunStatus::Cancelled | RunStatus::Quarantined)
    }

    /// As in `flow runs --json`.
    pub fn name(self) -> &'static str {
        match self {
            RunStatus::Running => "running",
            RunStatus::Waiting => "waiting",
            RunStatus::InDoubt => "in_doubt",
            RunStatus::Finished => "finished",
            RunStatus::Failed => "failed",
            RunStatus::Cancelled => "cancelled",
            RunStatus::Quarantined => "quarantined",
        }
    }
}

/// Why a run that was let in has not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// Its flow is paused.
    Paused,
    /// It comes after another run of the flow about the same record.
    Behind(RunId),
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    /// Its id.
    pub run: RunId,
    /// The flow it is in now.
    pub flow: String,
    /// (entity, id) it is about.
    pub subject: Option<(String, i64)>,
    /// Where it stands.
    pub status: RunStatus,
    /// The keys of the places it waits at, the main path first.
    pub places: Vec<String>,
    /// Why it has not begun yet, where it has not.
    pub held: Option<Held>,
    /// When it goes on by itself, microseconds since 1970.
    pub until: Option<i64>,
    /// Microseconds since 1970.
    pub started: i64,
    /// Microseconds since 1970.
    pub updated: i64,
    /// Why it failed, is in doubt or quarantined.
    pub failure: Option<Failure>,
    /// Whether `retry` would go on from the failed call.
    pub retryable: bool,
    /// Actions that somebody has to approve, the oldest first.
    #[serde(default)]
    pub approvals: Vec<ApprovalView>,
    /// Where its flow has a goal that was not reached before.
    #[serde(default)]
    pub goal: Option<GoalView>,
}

/// An action that somebody has to approve before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalView {
    /// Who, as people call it: `finance`, `teammate 12`.
    pub by: String,
    /// `shop.refund`.
    pub action: String,
    /// The effect's number.
    pub effect: u32,
    /// The key of the place that waits.
    pub place: String,
    /// When it is too late, microseconds since 1970.
    pub until: Option<i64>,
    /// What it is to be sent with, as people read it; empty in a list of runs.
    pub arguments: String,
}

/// What a person says about an action that waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it may be sent.
    pub approve: bool,
    /// Who says so.
    pub by: Option<String>,
    /// Why not: the flow sees it.
    pub reason: Option<String>,
    /// The place's key or the anchor in it, where several wait; else the oldest.
    pub at: Option<String>,
}

/// What a person says about an action in doubt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// What became of it, or what to do.
    pub what: Resolved,
    /// The place's key or the anchor in it, where several are in doubt; else the first.
    pub at: Option<String>,
}

/// See [`Resolution`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Resolved {
    /// It happened; its result, self-describing, where the action has one.
    Done(Option<Value>),
    /// It is to be sent again, with the same key.
    Retry,
    /// It did not happen: the flow sees this failure.
    Failed(Failure),
}

impl From<Resolved> for Resolution {
    fn from(what: Resolved) -> Self {
        Resolution { what, at: None }
    }
}

/// Which runs to list. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFilter {
    /// In one of these; empty for all.
    pub statuses: Vec<RunStatus>,
    /// In this flow.
    pub flow: Option<String>,
    /// About this (entity, id).
    pub subject: Option<(String, i64)>,
    /// Older than this run: for the next page.
    pub before: Option<RunId>,
    /// At most that many, newest first; 0 for 100.
    pub limit: usize,
}

/// One run, with what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunDetail {
    /// As in a list.
    pub run: RunView,
    /// The run that started it.
    pub parent: Option<RunId>,
    /// The program it runs, in hex.
    pub program: String,
    /// The value it finished with.
    pub result: Option<Value>,
    /// Oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// External actions under way or planned.
    pub calls: Vec<CallView>,
    /// The prompt it shows.
    pub prompts: Vec<PromptView>,
}

/// One turn of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// Microseconds since 1970.
    pub at: i64,
    /// What made it go on: `start`, `answer`, `due`, `event message.received`, `done sms.send`, `retry`, …
    pub wake: String,
    /// What it did, in order: `called email.send`, `asked`, `failed: …`.
    pub did: Vec<String>,
    /// Where it stopped.
    pub place: Option<String>,
    /// Source of that place.
    pub source: Option<SourceLine>,
    /// Effects of the turn, by number: (number, what).
    pub effects: Vec<(u32, String)>,
}

/// A line of source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// Relative to the project.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
    /// Its text, when the source was deployed with the program.
    pub text: Option<String>,
}

/// An external action of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    /// `sms.send`.
    pub action: String,
    /// The effect's number.
    pub effect: u32,
    /// The key of the place that waits for it.
    pub place: String,
    /// `queued`, `sending`, `retrying`, `in_doubt`.
    pub state: String,
    /// Attempts so far.
    pub attempt: u32,
    /// When the next attempt may leave, microseconds since 1970.
    pub not_before: Option<i64>,
    /// Host it goes to.
    pub destination: String,
}

/// What an answer carries back, so that a stale one is noticed: run, path and revision of the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WaitToken {
    /// The run that asked.
    pub run: RunId,
    /// Its path.
    pub path: u16,
    /// The revision of that path's wait.
    pub revision: u32,
}

impl fmt::Display for WaitToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.run, self.path, self.revision)
    }
}

impl FromStr for WaitToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not the token of a prompt");
        let mut parts = text.split('.');
        let (Some(run), Some(path), Some(revision), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        Ok(WaitToken {
            run: run.parse()?,
            path: path.parse().map_err(|_| wrong())?,
            revision: revision.parse().map_err(|_| wrong())?,
        })
    }
}

/// A prompt that is shown in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptView {
    /// Goes back with the answer.
    pub token: WaitToken,
    /// The key of the place that asks, for `flow answer --at`.
    pub place: String,
    /// The conversation.
    pub conversation: i64,
    /// What is asked.
    pub text: Arc<str>,
    /// Labels, in order; empty for a free answer.
    pub options: Vec<Arc<str>>,
    /// What kind of answer is awaited.
    pub expects: Expects,
}

/// Who an answer is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AnswerTo {
    /// The prompt with this token.
    Token(WaitToken),
    /// The newest prompt of this run, or the one at this anchor.
    Run {
        /// The run.
        run: RunId,
        /// The place's key or the anchor in it.
        at: Option<String>,
    },
    /// The newest prompt in this conversation.
    Conversation(i64),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// The run has gone on with it, durably.
    Accepted(RunId),
    /// This very answer was given to this prompt before.
    Duplicate(RunId),
    /// The prompt is over: answered otherwise, timed out or taken over.
    Late(RunId),
    /// Nobody asks: nothing was done.
    NotWaiting,
}

/// How far a reader of [`super::Control::watch`] has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The number of the last message seen in each conversation.
    pub messages: Vec<(i64, i64)>,
    /// The last state of the run seen.
    pub revision: i64,
    /// Also what other runs say and ask in these conversations.
    #[serde(default)]
    pub whole: bool,
}

impl Cursor {
    /// The number of the last message seen in a conversation.
    pub fn seen(&self, conversation: i64) -> i64 {
        self.messages.iter().find(|(other, _)| *other == conversation).map_or(0, |(_, number)| *number)
    }

    /// Notes a message as seen.
    pub fn see(&mut self, conversation: i64, number: i64) {
        match self.messages.iter_mut().find(|(other, _)| *other == conversation) {
            Some((_, last)) => *last = number.max(*last),
            None => self.messages.push((conversation, number)),
        }
    }
}

/// What is new about a run and the conversations it talks in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// For the next call.
    pub cursor: Cursor,
    /// The run, or what it became by `launch`.
    pub run: RunView,
    /// The conversations it talks in: the one it is about, then in the order it came to them.
    pub conversations: Vec<i64>,
    /// What was said since in these by the run and by people, oldest first, with its number in its conversation. What other
    /// runs say is there only for a reader of the whole.
    pub messages: Vec<(i64, Said)>,
    /// What the run asks now, in the order it was asked. In each conversation this is what an answer would go to. For a
    /// reader of the whole, whichever run asks.
    pub prompts: Vec<PromptView>,
    /// For a reader of the whole: another run about one of these conversations is about to take a step, and may ask.
    pub stirring: bool,
    /// Nothing more happens by itself now: it waits for time, an event or a person, or is over.
    pub at_rest: bool,
}

/// A message of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// `flow`, `contact`, `teammate`.
    pub from: Arc<str>,
    /// What is said.
    pub text: Arc<str>,
    /// Typed parts beside the text: (`image` | `video` | `link` | `article` | `file` | `option`, value). A question that is
    /// asked again has the part `refused`: what would have fitted.
    pub parts: Vec<(Arc<str>, Arc<str>)>,
    /// Microseconds since 1970.
    pub at: i64,
    /// Where.
    pub conversation: i64,
    /// The flow whose message it is, when a flow's.
    pub flow: Option<Arc<str>>,
}

impl From<Said> for Message {
    fn from(said: Said) -> Self {
        Message { from: said.from, text: said.text, parts: said.parts }
    }
}

/// A record of the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordView {
    /// `Contact`.
    pub entity: String,
    /// Its id.
    pub id: i64,
    /// Every field of the schema, in order, defaults filled in; self-describing values.
    pub fields: Vec<(Arc<str>, Value)>,
}

/// An internal note on a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteView {
    /// Microseconds since 1970.
    pub at: i64,
    /// The run that wrote it; `None` when a person did.
    pub run: Option<RunId>,
    /// The note.
    pub text: Arc<str>,
}

/// What was written about a record, and said in it when it is a conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The newest notes, oldest first.
    pub notes: Vec<NoteView>,
    /// The newest messages of a conversation, oldest first.
    pub messages: Vec<Said>,
}

/// Which records to list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordFilter {
    /// `Contact`.
    pub entity: String,
    /// An indexed field and its value.
    pub equals: Option<(String, Value)>,
    /// This very record.
    pub id: Option<i64>,
    /// For the next page: ids above this one.
    pub after: i64,
    /// At most that many, by id; 0 for 100.
    pub limit: usize,
}

/// Something a person does to the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Act {
    /// Creates a record; yields its id.
    Create {
        /// `Contact`.
        entity: String,
        /// Fields given.
        fields: Vec<(String, Value)>,
    },
    /// Writes fields of the record whose unique field has the value given, or creates it; yields its id.
    Upsert {
        /// `Contact`.
        entity: String,
        /// The unique field, which must be among `fields`.
        by: String,
        /// Fields given.
        fields: Vec<(String, Value)>,
    },
    /// Writes fields of a record.
    Set {
        /// `Contact`.
        entity: String,
        /// The record.
        id: i64,
        /// Fields given.
        fields: Vec<(String, Value)>,
    },
    /// A local or pure action of the registry, with self-describing arguments in order.
    Call {
        /// `Contact.add_tags`.
        action: String,
        /// The receiver first.
        args: Vec<Value>,
    },
    /// Appends a message to a transcript, for channels; yields its number.
    Say {
        /// The conversation.
        conversation: i64,
        /// `contact`, `teammate`.
        from: Arc<str>,
        /// What is said.
        text: Arc<str>,
    },
}

/// A deployed program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployed {
    /// Its content hash in hex.
    pub program: String,
    /// Whether it was not there before.
    pub new: bool,
    /// Flows that can be entered.
    pub flows: Vec<String>,
}

/// What becomes of the runs of older versions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MigrationReport {
    /// Content hash of the version they are compared with, in hex.
    pub program: String,
    /// Live runs that are of this version already.
    pub current: u64,
    /// Runs that were moved; 0 when only asked what would happen.
    pub moved: u64,
    /// Places where runs of older versions wait, by flow and place.
    pub places: Vec<PlaceReport>,
}

/// What becomes of the runs that wait at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceReport {
    /// The flow they are in.
    pub flow: String,
    /// The key of the place; empty for runs that have not begun.
    pub place: String,
    /// What becomes of them.
    pub fate: PlaceFate,
    /// How many.
    pub runs: u64,
    /// Why they cannot simply go on as runs of the new version: a clause.
    pub why: Option<String>,
    /// A place of the new version that might be meant; or a flow, where theirs is gone.
    pub suggestion: Option<String>,
}

/// What becomes of a run when its flow changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PlaceFate {
    /// It can go on as a run of the new version, as it is.
    Stays,
    /// A person must say which place of the new version it is at.
    NeedsMapping,
    /// What it holds or awaits does not fit the new version: it stays with the version it has.
    Breaks,
}

impl PlaceFate {
    /// As machines read it: `stays`, `needs_mapping`, `breaks`.
    pub fn word(self) -> &'static str {
        match self {
            PlaceFate::Stays => "stays",
            PlaceFate::NeedsMapping => "needs_mapping",
            PlaceFate::Breaks => "breaks",
        }
    }
}

/// Who was let in of those who belong to a flow's audience already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// Whether the flow has an audience.
    pub audience: bool,
    /// Runs started.
    pub started: u64,
    /// Why others were not let in, and how many.
    pub refused: Vec<(String, u64)>,
    /// Where to go on; `None` at the end.
    pub next: Option<i64>,
}

/// What is counted of a flow with a header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowCounts {
    /// Qualified name.
    pub flow: String,
    /// Since when it is paused, microseconds since 1970.
    pub paused: Option<i64>,
    /// (what, how often): `entered`, `once per`, `overlap`, `exit when`, `holdout`, `unfit`, `left`, `capped`, `reached`.
    pub counts: Vec<(String, u64)>,
}

/// What a run is hoped to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalView {
    /// It counts before that moment, microseconds since 1970; `None`: while the run lives.
    pub until: Option<i64>,
    /// When it was reached.
    pub reached: Option<i64>,
}

/// A flow that can be entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowView {
    /// Qualified name.
    pub name: String,
    /// (name, type for people, may be left out) in order.
    pub params: Vec<ParamView>,
    /// The program, in hex.
    pub program: String,
    /// What lets runs in by itself: `contact.created`, `audience`, `webhook:shop/paid`.
    #[serde(default)]
    pub begins: Vec<String>,
}

/// A parameter of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParamView {
    /// Its name.
    pub name: String,
    /// Its type, spelled out.
    pub ty: flow_bytecode::schema::SchemaType,
    /// Whether it has a default.
    pub optional: bool,
}

/// What became of an event from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fired {
    /// Recorded; runs that wait for it go on.
    Accepted,
    /// This delivery was recorded before.
    Duplicate,
}

/// How the engine is, for `flow doctor` and the status page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Whether commits succeed.
    pub writing: bool,
    /// Why not.
    pub trouble: Option<String>,
    /// Steps since the engine was opened.
    pub steps: u64,
    /// Commits since the engine was opened.
    pub commits: u64,
    /// Flushes since the engine was opened, reckoned: commits, and what copying the log into the database takes.
    pub flushes: u64,
    /// Pages written to the log since the engine was opened.
    pub log_pages: u64,
    /// Length of a page, bytes.
    pub page_bytes: u64,
    /// Wakes waiting for a step.
    pub queued: usize,
    /// External calls under way.
    pub calls: usize,
    /// When the next timer is due, microseconds since 1970.
    pub next_due: Option<i64>,
}
