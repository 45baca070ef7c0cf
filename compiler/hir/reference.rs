//! What the names in a text stand for: made while it is checked, for whoever asks about a place, an editor above all.

use super::{ActionId, EntityId, EnumId, EventId, FlowId, RecordId, SymbolKind};
use crate::diag::Span;
use std::sync::Arc;

/// A name at a place, and what it stands for there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The name alone, without what stands before or behind it.
    pub span: Span,
    /// What it stands for.
    pub to: Definition,
}

/// What a name can stand for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Definition {
    /// A parameter of a flow or an action, or a name of a flow: by the place where it is declared.
    Local(Span),
    /// A flow.
    Flow(FlowId),
    /// An action.
    Action(ActionId),
    /// An event.
    Event(EventId),
    /// A parameter of an event, by position.
    EventParam(EventId, u32),
    /// An enum.
    Enum(EnumId),
    /// A variant, by position.
    Variant(EnumId, u32),
    /// A record type.
    Record(RecordId),
    /// A field of a record type, by position.
    RecordField(RecordId, u32),
    /// An entity.
    Entity(EntityId),
    /// A field of an entity, by position.
    EntityField(EntityId, u32),
    /// A declared name: a tag, a team, a template …
    Symbol(SymbolKind, Arc<str>),
    /// The anchor of a flow, by the place where it is set.
    Anchor(Span),
    /// A module, by its name: `billing` in `billing.refund(…)`.
    Module(Arc<str>),
    /// A connector, by its name.
    Connector(Arc<str>),
    /// What the language itself brings, by the type it belongs to (empty for a function) and its name.
    Builtin(&'static str, &'static str),
}
