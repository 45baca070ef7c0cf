//! Records, what was written about them, and what is done to them.

use super::run::RunId;
use super::talk::Said;
use flow_bytecode::Value;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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

/// A note and what it is on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteOn {
    /// Its number.
    pub id: i64,
    /// `Contact`.
    pub entity: Arc<str>,
    /// The record's id.
    pub record: i64,
    /// The note.
    pub note: NoteView,
}

/// A message where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Numbered {
    /// Which of its conversation, from 1.
    pub number: i64,
    /// The message.
    pub said: Said,
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
