//! Types as the machine knows them: enough to verify code, to encode registers and to decode what a service returned.

use serde::{Deserialize, Serialize};

/// An index into [`crate::Program::types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TypeId(pub u16);

/// Which of a frame's two banks of registers a value lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Bank {
    /// 64-bit scalars: `i64` bit patterns.
    Scalar,
    /// References: [`crate::Value`].
    Reference,
}

/// A type at run time. Interned in [`crate::Program::types`]; the parts refer to that table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Type {
    /// No value.
    Unit,
    /// Scalar, 0 or 1.
    Bool,
    /// Scalar, 64-bit signed.
    Int,
    /// Scalar, elapsed time in microseconds.
    Duration,
    /// Scalar, microseconds since 1970-01-01T00:00:00Z.
    Instant,
    /// Scalar, days since 1970-01-01.
    Date,
    /// Scalar, microseconds since midnight.
    TimeOfDay,
    /// Scalar, the id of a record of the workspace; an index into [`crate::Program::entities`].
    Entity(u16),
    /// Scalar, the id of a run.
    Run,
    /// Exact decimal.
    Number,
    /// Decimal with a currency.
    Money,
    /// Text, and everything that is text at run time and is not refined: names of tags, teams, templates …
    Text,
    /// Text, an email address: what is read from outside must be one.
    Email,
    /// Text, a phone number in E.164.
    Phone,
    /// Text, an absolute http or https address.
    Url,
    /// Text, a time zone of the IANA database.
    TimeZone,
    /// Text, the name of a variant; an index into [`crate::Program::enums`].
    Enum(u16),
    /// Text with secrets in it, by name.
    Secret,
    /// A file a visitor sent or a service returned.
    File,
    /// Whatever a service returned.
    Json,
    /// A failure as seen by `on failure as`.
    Failure,
    /// Positional fields; an index into [`crate::Program::records`].
    Record(u16),
    /// Ordered.
    List(TypeId),
    /// Text keys, in order of insertion.
    Map(TypeId),
    /// `Null` or the inner value, boxed when the inner type is a scalar.
    Optional(TypeId),
}

impl Type {
    /// Whether its values are texts at run time, whatever they must look like.
    pub fn is_text(&self) -> bool {
        matches!(self, Type::Text | Type::Email | Type::Phone | Type::Url | Type::TimeZone)
    }

    /// The bank a value of this type lives in. `Unit` has no value and counts as a reference (`Null`).
    pub fn bank(&self) -> Bank {
        match self {
            Type::Bool
            | Type::Int
            | Type::Duration
            | Type::Instant
            | Type::Date
            | Type::TimeOfDay
            | Type::Entity(_)
            | Type::Run => Bank::Scalar,
            _ => Bank::Reference,
        }
    }
}
