//! Values of the reference bank, and of everything that crosses the machine's border.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A value. Scalars that are boxed (optional, in a list, in a record, as an argument of an action) are `Bool` or `Int`:
/// a `Duration`, `Instant`, `Date`, `TimeOfDay`, entity or run is the `Int` of its scalar, the static type says which.
/// An enum's value and the name of a tag, team or template is the `Text` of its name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Value {
    /// Missing.
    #[default]
    Null,
    /// A boxed `Bool`.
    Bool(bool),
    /// A boxed scalar.
    Int(i64),
    /// An exact decimal.
    Number(Decimal),
    /// An amount of money.
    Money(Money),
    /// Text.
    Text(Arc<str>),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A record, its fields in order of declaration.
    Record(Arc<Vec<Value>>),
    /// A map or a JSON object, in order of insertion; keys are unique.
    Map(Arc<Vec<(Arc<str>, Value)>>),
    /// A text with secrets in it: only their names are ever held here.
    Secret(Arc<Vec<SecretPart>>),
    /// A file, by reference.
    File(Arc<FileRef>),
    /// A failure.
    Failure(Arc<Failure>),
}

/// An amount in a currency (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount, in major units.
    pub amount: Decimal,
    /// Three capital letters, `*b"EUR"`.
    pub currency: [u8; 3],
}

/// A part of a text with secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretPart {
    /// Plain text.
    Text(Arc<str>),
    /// The name of a secret, resolved only where the request leaves.
    Name(Arc<str>),
}

/// A file held elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Its name as people see it.
    pub name: Arc<str>,
    /// Media type, `image/png`.
    pub media_type: Arc<str>,
    /// Length in bytes.
    pub bytes: u64,
    /// Where it is kept: a path or URL, by the channel that received it.
    pub location: Arc<str>,
}

/// A failure: an ordinary value that a `try` can catch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind without its dot, `timeout`, `declined`.
    pub kind: Arc<str>,
    /// One sentence for people.
    pub message: Arc<str>,
    /// Where it was raised: (function, pc), filled in by the machine.
    pub origin: Option<(u16, u16)>,
}

impl Failure {
    /// A failure of a kind with a sentence.
    pub fn new(kind: impl Into<Arc<str>>, message: impl Into<Arc<str>>) -> Self {
        Failure { kind: kind.into(), message: message.into(), origin: None }
    }
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Value::Text(text.into())
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boxed scalar, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(int) => Some(*int),
            Value::Bool(bool) => Some(i64::from(*bool)),
            _ => None,
        }
    }

    /// Whether it is missing.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// Whether there is nothing in it to show: missing, or a list or map without entries.
    pub fn is_blank(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Map(entries) => entries.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => false,
        }
    }
}
