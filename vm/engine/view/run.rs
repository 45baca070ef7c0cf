//! Runs: in a list, and one with what happened.

use super::decision::{ApprovalView, DoubtView};
use super::talk::PromptView;
use crate::store::public_id::{self, IdKind};
use flow_bytecode::{Failure, Value};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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
    /// Calls of which nobody knows what became of them.
    #[serde(default)]
    pub doubts: Vec<DoubtView>,
    /// The call it waits for that leaves later: it is tried again, or held until its hours.
    #[serde(default)]
    pub postponed: Option<Postponed>,
    /// Where its flow has a goal that was not reached before.
    #[serde(default)]
    pub goal: Option<GoalView>,
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
    /// Where the project's own source called what it stands in, where that is not the project's own.
    #[serde(default)]
    pub called_at: Option<SourceLine>,
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
    /// In doubt: the type of the result without which nobody can say that it happened; none where it yields nothing.
    #[serde(default)]
    pub wanted: Option<String>,
    /// JSON of the shape of that.
    #[serde(default)]
    pub sample: Option<String>,
    /// What it was called with, as people read it: long texts are cut, and secrets are `…`.
    #[serde(default)]
    pub arguments: String,
    /// The idempotency key, where it is sent.
    #[serde(default)]
    pub key: Option<String>,
    /// When the last attempt left, microseconds since 1970.
    #[serde(default)]
    pub sent: Option<i64>,
    /// How the last attempt failed that was or is followed by another.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// The line of source that makes the call.
    #[serde(default)]
    pub source: Option<SourceLine>,
    /// How it is found on the other side, a word for each: `subject`, `message_id`, `request`.
    #[serde(default)]
    pub traces: Vec<(String, String)>,
}

/// A call that leaves at a later moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postponed {
    /// `sms.send`.
    pub action: String,
    /// Attempts so far: none where it waits for its hours.
    pub attempts: u32,
    /// When it leaves, microseconds since 1970.
    pub until: i64,
}

/// What a run is hoped to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalView {
    /// It counts before that moment, microseconds since 1970; `None`: while the run lives.
    pub until: Option<i64>,
    /// When it was reached.
    pub reached: Option<i64>,
}
