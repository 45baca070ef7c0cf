//! What people decide: approvals, and what became of calls in doubt.

use flow_bytecode::{Failure, Value};
use serde::{Deserialize, Serialize};

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

/// An action of which nobody knows whether it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtView {
    /// `shop.refund`.
    pub action: String,
    /// The key of the place that waits.
    pub place: String,
    /// Host it went to.
    pub destination: String,
    /// When the last attempt left, microseconds since 1970.
    pub sent: i64,
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
