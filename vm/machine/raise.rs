//! What stops an instruction: a failure the flow can catch, or a fault.

use super::{Fault, WorldError};
use flow_bytecode::{Failure, Value};
use std::sync::Arc;

/// Why an instruction did not do its work. One pointer wide, so that the good case stays cheap.
#[derive(Debug)]
pub(crate) struct Raise(pub Box<Trouble>);

/// See [`Raise`].
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A value the flow can catch.
    Failure(Arc<Failure>),
    /// The step ends.
    Fault(Fault),
}

/// What an instruction makes, or why not.
pub(crate) type Outcome<T> = Result<T, Raise>;

impl Raise {
    /// A failure of a built-in kind.
    #[cold]
    pub fn failure(kind: &str, message: impl Into<String>) -> Self {
        Raise::of(Failure::new(kind, message.into()))
    }

    /// A failure.
    #[cold]
    pub fn of(failure: Failure) -> Self {
        Raise(Box::new(Trouble::Failure(Arc::new(failure))))
    }

    /// A fault.
    #[cold]
    pub fn fault(message: impl Into<String>) -> Self {
        Raise(Box::new(Trouble::Fault(Fault(message.into()))))
    }

    /// A value that is not what its type says.
    #[cold]
    pub fn shape(expected: &str, found: &Value) -> Self {
        Raise::fault(format!("expected {expected}, found {}", kind_name(found)))
    }

    /// A register, constant or table entry that is not there.
    #[cold]
    pub fn index(what: &'static str) -> Self {
        Raise::fault(format!("{what} out of range"))
    }

    /// More than a limit allows.
    #[cold]
    pub fn limit(message: impl Into<String>) -> Self {
        Raise::failure("limit", message)
    }

    /// The failure, to be raised elsewhere.
    ///
    /// # Errors
    /// The fault, if it is one.
    #[cold]
    pub fn into_failure(self) -> Result<Arc<Failure>, Fault> {
        match *self.0 {
            Trouble::Failure(failure) => Ok(failure),
            Trouble::Fault(fault) => Err(fault),
        }
    }
}

impl From<WorldError> for Raise {
    #[cold]
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::Failure(failure) => Raise::of(failure),
            WorldError::Fault(message) => Raise::fault(message),
        }
    }
}

impl From<Fault> for Raise {
    #[cold]
    fn from(fault: Fault) -> Self {
        Raise(Box::new(Trouble::Fault(fault)))
    }
}

/// What a value is, in words, with its article.
pub(crate) fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Int(_) => "a whole number",
        Value::Number(_) => "a number",
        Value::Money(_) => "an amount",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Record(_) => "a record",
        Value::Map(_) => "an object",
        Value::Secret(_) => "a secret",
        Value::File(_) => "a file",
        Value::Failure(_) => "a failure",
    }
}
