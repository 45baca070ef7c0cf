//! What can go wrong, told apart by who can do something about it.

use super::view::RunId;
use crate::migrate::MappingError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why the engine did not do as asked.
#[derive(Debug, Clone, PartialEq, Error, Serialize, Deserialize)]
pub enum EngineError {
    /// No deployed program has a flow of this name.
    #[error("there is no flow `{name}`{}", did_you_mean(.nearest))]
    UnknownFlow {
        /// As it was asked for.
        name: String,
        /// The nearest spelling among the deployed flows.
        nearest: Option<String>,
    },
    /// No event of this name is declared.
    #[error("there is no event `{name}`{}", did_you_mean(.nearest))]
    UnknownEvent {
        /// As it was asked for.
        name: String,
        /// The nearest spelling among the declared events.
        nearest: Option<String>,
    },
    /// No registered action has this name.
    #[error("there is no action `{name}`")]
    UnknownAction {
        /// As it was asked for.
        name: String,
    },
    /// No run has this id.
    #[error("there is no run {run}")]
    UnknownRun {
        /// As it was asked for.
        run: RunId,
    },
    /// An argument is missing, unknown, or does not fit.
    #[error("{message}; the signature is `{signature}`")]
    Argument {
        /// What is wrong with which argument.
        message: String,
        /// The flow's or event's signature, `refund(order: Text, notify: Bool)`.
        signature: String,
    },
    /// Entry rules or a record's rules say no.
    #[error("{message}")]
    Refused {
        /// A sentence.
        message: String,
    },
    /// What was asked for makes no sense in the run's present state.
    #[error("run {run} {message}")]
    State {
        /// The run.
        run: RunId,
        /// What stands in the way, `has finished`, `has not failed`.
        message: String,
    },
    /// A program asks for what this engine or workspace does not have, or takes away what live runs need.
    #[error("the program cannot be deployed: {}", .problems.join("; "))]
    Link {
        /// Each a sentence.
        problems: Vec<String>,
    },
    /// What a person says of places that were renamed leads nowhere.
    #[error("{problem}")]
    Mapping {
        /// Why.
        problem: MappingError,
    },
    /// Another process runs the engine of this database.
    #[error("{path} is served by another process ({owner})")]
    Owned {
        /// The database.
        path: String,
        /// Process id and host, as far as known.
        owner: String,
    },
    /// The store cannot be read or written.
    #[error("{message}. {advice}")]
    Store {
        /// What happened to which file.
        message: String,
        /// What to do about it.
        advice: String,
    },
    /// The engine has been stopped, or was lost while it was asked.
    #[error("the engine has stopped; what it had acknowledged is kept")]
    Stopped,
    /// Something that must not happen.
    #[error("internal fault: {message}. This is a bug in Flow; what was committed is kept")]
    Internal {
        /// A sentence.
        message: String,
    },
}

/// Who can do something about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Whoever gave the wrong input: exit code 2.
    Usage,
    /// The rules of the project said no: exit code 1.
    Refused,
    /// Whoever looks after the machine and its disk: exit code 3.
    Machine,
}

impl EngineError {
    /// Who can do something about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            EngineError::UnknownFlow { .. }
            | EngineError::UnknownEvent { .. }
            | EngineError::UnknownAction { .. }
            | EngineError::UnknownRun { .. }
            | EngineError::Argument { .. }
            | EngineError::Mapping { .. } => ErrorKind::Usage,
            EngineError::Refused { .. } | EngineError::State { .. } | EngineError::Link { .. } => ErrorKind::Refused,
            EngineError::Owned { .. }
            | EngineError::Store { .. }
            | EngineError::Stopped
            | EngineError::Internal { .. } => ErrorKind::Machine,
        }
    }

    /// The exit code of a command that ends with it.
    pub fn exit_code(&self) -> u8 {
        match self.kind() {
            ErrorKind::Usage => 2,
            ErrorKind::Refused => 1,
            ErrorKind::Machine => 3,
        }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        EngineError::Internal { message: message.into() }
    }
}

fn did_you_mean(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}
