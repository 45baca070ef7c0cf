//! Flows, what became of a deployment, and how the engine is.

use serde::{Deserialize, Serialize};

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
