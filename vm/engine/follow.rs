//! Wakes that a step asks for in other runs. They are taken in the same transaction where there is room, and written to the
//! run's inbox where there is not, so that none is lost.

use super::turn::AnswerAt;
use flow_bytecode::{Failure, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A wake for a run.
pub(super) struct Follow {
    pub run: i64,
    pub wake: FollowWake,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum FollowWake {
    /// An event was raised; arguments describe themselves.
    Event { number: i64, name: Arc<str>, args: Arc<Vec<Value>> },
    /// A record that conditions may read was written.
    Changed,
    /// The conversation in which a path asks was closed. Only the prompt shown then is meant.
    PromptEnded { conversation: i64, path: u16, revision: u32, failure: Failure },
    /// A teammate has replied in the conversation in which a path asks. Only the prompt shown then is meant.
    TakenOver { path: u16, revision: u32 },
    /// What the run is about was erased.
    Erased,
    /// The run has not begun.
    Begin,
    /// A newer run of its flow takes its place.
    Replaced,
    /// Its moment has come.
    Due,
    /// An answer.
    Answer { at: AnswerAt, answer: Value },
    /// What became of an external action.
    Outcome { path: u16, effect: u32, outcome: Result<Value, Failure> },
}

impl FollowWake {
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}
