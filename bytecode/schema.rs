//! What the workspace holds: entities, their fields and types, as declared in Flow.
//!
//! Self-describing, because it outlives programs: the store keeps the schema that was last deployed.

use crate::calendar::Calendar;
use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Every entity of the workspace, with the fields a project adds by `extend`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Schema {
    /// By name.
    pub entities: Vec<EntityDef>,
    /// Names a project declares (`tag`, `team`, `template` …): (kind, name).
    pub symbols: Vec<(Arc<str>, Arc<str>)>,
    /// Events that can be fired, with their parameters.
    pub events: Vec<EventDef>,
    /// Who gets what is of a category, for those that say it.
    #[serde(default)]
    pub categories: Vec<CategoryDef>,
    /// Where links lead, for those that say it.
    #[serde(default)]
    pub links: Vec<LinkDef>,
    /// Opening hours.
    #[serde(default)]
    pub calendars: Vec<Calendar>,
    /// Events about contacts that flows ask about later: when each contact last had one is kept. Names as in `events`.
    #[serde(default)]
    pub remembered: Vec<Arc<str>>,
}

/// Who gets what is of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryDef {
    /// `billing`.
    pub name: Arc<str>,
    /// The team.
    pub team: Arc<str>,
    /// Its teammates get it in turn, and not the team.
    pub in_turn: bool,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkDef {
    /// `pricing`.
    pub name: Arc<str>,
    /// A URL.
    pub address: Arc<str>,
}

/// An entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityDef {
    /// `Contact`.
    pub name: Arc<str>,
    /// In order of declaration, `extend` last.
    pub fields: Vec<FieldDef>,
}

/// The name of an entity as it begins its events' names: `follow_up` of `FollowUp`.
pub fn snake_case(entity: &str) -> String {
    let mut name = String::with_capacity(entity.len() + 2);
    for (at, character) in entity.char_indices() {
        if character.is_ascii_uppercase() && at > 0 {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

/// Several of what a word names: `companies` of `company`.
pub fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{one}s"),
    }
}

/// The name of an event as one word, as flows ask whether it has happened: `ticket_created` of `ticket.created`.
pub fn event_word(event: &str) -> String {
    event.replace('.', "_")
}

/// The name of an entity as people say it: `follow-up` of `FollowUp`.
pub fn spoken(entity: &str) -> String {
    snake_case(entity).replace('_', "-")
}

/// A field of an entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldDef {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: SchemaType,
    /// What it reads as until it is written.
    pub default: Value,
    /// Kept in an index.
    pub indexed: bool,
    /// No two records share a value.
    pub unique: bool,
    /// Flows read it and never write it.
    pub readonly: bool,
    /// Added by a project's `extend`.
    pub custom: bool,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventDef {
    /// `trial_ending`, `conversation.started`.
    pub name: Arc<str>,
    /// (name, type) in order; the first entity is the event's subject.
    pub params: Vec<(Arc<str>, SchemaType)>,
}

/// A type, spelled out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SchemaType {
    /// True or false.
    Bool,
    /// 64-bit whole number.
    Int,
    /// Exact decimal.
    Number,
    /// Amount and currency.
    Money,
    /// Text.
    Text,
    /// Email address, in its normal form.
    Email,
    /// Phone number, E.164.
    Phone,
    /// Absolute URL.
    Url,
    /// Microseconds.
    Duration,
    /// Microseconds since 1970, UTC.
    Instant,
    /// Days since 1970.
    Date,
    /// Microseconds since midnight.
    TimeOfDay,
    /// An IANA time zone's name.
    TimeZone,
    /// One of the variants: (name, label).
    Enum(Arc<str>, Vec<(Arc<str>, Arc<str>)>),
    /// The id of a record of that entity.
    Entity(Arc<str>),
    /// The name of a declared `tag`, `team`, `template` …: the kind.
    Symbol(Arc<str>),
    /// A team, a teammate, the assistant or nobody: `team:support`, `teammate:12`, `ai`.
    Assignee,
    /// A file, by reference.
    File,
    /// Anything.
    Json,
    /// Named fields.
    Record(Arc<str>, Vec<(Arc<str>, SchemaType)>),
    /// Ordered.
    List(Box<SchemaType>),
    /// Text keys.
    Map(Box<SchemaType>),
    /// May be missing.
    Optional(Box<SchemaType>),
}
