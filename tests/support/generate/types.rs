//! Types as the generator knows them.

use super::declare::Declared;

/// A type of the language.
#[derive(Debug, Clone, PartialEq)]
pub enum Ty {
    Text,
    Bool,
    Int,
    Number,
    /// Of this currency, as far as the compiler can tell.
    Money(&'static str),
    Duration,
    Date,
    Instant,
    TimeOfDay,
    TimeZone,
    Email,
    Phone,
    Url,
    Json,
    Failure,
    Tag,
    Team,
    /// An enum: an index into [`Declared::enums`].
    Enum(usize),
    /// A record: an index into [`Declared::records`].
    Record(usize),
    /// What an `on … as` names: an index into [`Declared::events`].
    Event(usize),
    Contact,
    Company,
    Conversation,
    Ticket,
    Run,
    List(Box<Ty>),
    Map(Box<Ty>),
    Opt(Box<Ty>),
}

/// Types that are plain data: what fields and parameters have.
pub const PLAIN: [Ty; 13] = [
    Ty::Text,
    Ty::Int,
    Ty::Bool,
    Ty::Number,
    Ty::Money("eur"),
    Ty::Duration,
    Ty::Date,
    Ty::Instant,
    Ty::TimeOfDay,
    Ty::TimeZone,
    Ty::Email,
    Ty::Phone,
    Ty::Url,
];

/// The currencies of generated programs.
pub const CURRENCIES: [&str; 3] = ["eur", "nok", "jpy"];

impl Ty {
    /// May be missing.
    pub fn optional(self) -> Ty {
        match self {
            Ty::Opt(_) => self,
            other => Ty::Opt(Box::new(other)),
        }
    }

    /// A list of it.
    pub fn list(self) -> Ty {
        Ty::List(Box::new(self))
    }

    /// As written.
    pub fn show(&self, declared: &Declared) -> String {
        match self {
            Ty::Money(_) => "Money".to_owned(),
            Ty::Enum(at) => declared.enums[*at].name.clone(),
            Ty::Record(at) => declared.records[*at].name.clone(),
            Ty::List(item) => format!("List<{}>", item.show(declared)),
            Ty::Map(item) => format!("Map<{}>", item.show(declared)),
            Ty::Opt(inner) => format!("{}?", inner.show(declared)),
            other => format!("{other:?}"),
        }
    }

    /// Whether a text may show it as it is.
    pub fn showable(&self, declared: &Declared) -> bool {
        match self {
            Ty::Enum(at) => declared.enums[*at].labelled,
            Ty::Text | Ty::Int | Ty::Number | Ty::Money(_) | Ty::Duration | Ty::Date => true,
            Ty::Email | Ty::Phone | Ty::Url => true,
            _ => false,
        }
    }

    /// Whether a text may be written where it is wanted.
    pub fn textual(&self) -> bool {
        matches!(self, Ty::Text | Ty::TimeZone | Ty::Email | Ty::Phone | Ty::Url | Ty::List(_) | Ty::Map(_))
    }

    /// Whether an expression shows what type it has, wherever it stands.
    pub fn speaks_for_itself(&self) -> bool {
        match self {
            Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone | Ty::Opt(_) | Ty::Tag | Ty::Team | Ty::Json => false,
            Ty::List(item) | Ty::Map(item) => item.speaks_for_itself(),
            _ => true,
        }
    }

    /// Whether its values have an order.
    pub fn ordered(&self) -> bool {
        matches!(
            self,
            Ty::Text | Ty::Int | Ty::Number | Ty::Money(_) | Ty::Duration | Ty::Date | Ty::Instant | Ty::TimeOfDay
        )
    }
}
