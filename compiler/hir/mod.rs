//! The checked program: every name resolved, every expression typed, every conversion explicit.
//!
//! The checker makes it, lowering reads it, editors ask it. Nothing here refers to syntax but by span.

pub mod entry;
mod expr;
mod reference;
mod stmt;
mod test;
mod ty;
mod walk;

pub use expr::{
    ActionCall, Ask, AskKind, Binary, CallExtras, CallPolicy, Convert, Expr, ExprKind, Pattern, TemplatePart, Unary,
    Verifier,
};
pub use reference::{Definition, Reference};
pub use stmt::{
    Arm, ArmKind, Block, Choice, ChoiceOption, Due, Fork, Pages, Path, Side, Split, Stmt, StmtKind, SwitchArm, Wait,
};
pub use test::{TEST_PREFIX, TestOp};
pub use ty::{ActionId, EntityId, EnumId, EventId, FlowId, LocalId, RecordId, SymbolKind, Ty};
pub use walk::{Node, Part};

use crate::diag::Span;
use flow_bytecode::calendar::Calendar;
use flow_bytecode::program::{EffectClass, Escape};
use std::sync::Arc;

/// A whole checked project: the standard library's declarations and the project's own, in one set of tables.
#[derive(Debug, Clone, Default)]
pub struct Hir {
    /// Enums, by [`EnumId`].
    pub enums: Vec<Enum>,
    /// Records, by [`RecordId`].
    pub records: Vec<Record>,
    /// Entities with their extensions, by [`EntityId`].
    pub entities: Vec<Entity>,
    /// Actions, by [`ActionId`].
    pub actions: Vec<Action>,
    /// Events, by [`EventId`].
    pub events: Vec<Event>,
    /// Flows, by [`FlowId`].
    pub flows: Vec<Flow>,
    /// Tests, each as a flow without parameters that is called by its title. None of them is part of the program.
    pub tests: Vec<Flow>,
    /// Names declared by `tag`, `team`, `template` …: (kind, name, where).
    pub symbols: Vec<(SymbolKind, Arc<str>, Span)>,
    /// Who gets what is of a category, for those that say it.
    pub categories: Vec<Category>,
    /// Where links lead, for those that say it.
    pub links: Vec<Link>,
    /// Opening hours, by declaration.
    pub calendars: Vec<Calendar>,
}

/// `category billing -> finance in turn`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its name.
    pub name: Arc<str>,
    /// The team that gets what is of it.
    pub team: Arc<str>,
    /// Its teammates get it in turn, and not the team.
    pub in_turn: bool,
}

/// `link pricing -> "https://example.com/pricing"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: Arc<str>,
    /// Where it leads.
    pub address: Arc<str>,
}

/// An enum.
#[derive(Debug, Clone)]
pub struct Enum {
    /// Qualified name: `Channel` from the standard library, `refunds.Reason` from a module.
    pub name: Arc<str>,
    /// (name, label people see); the label is the name with spaces where none is given.
    pub variants: Vec<(Arc<str>, Arc<str>)>,
    /// By variant, what stands above it in the source.
    pub docs: Vec<Arc<str>>,
    /// Whether a label was written for every variant, so that it may be shown.
    pub labelled: bool,
    /// Its name in the source.
    pub span: Span,
}

/// A record type.
#[derive(Debug, Clone)]
pub struct Record {
    /// Qualified name.
    pub name: Arc<str>,
    /// Fields in order.
    pub fields: Vec<RecordField>,
    /// Documentation.
    pub doc: Arc<str>,
    /// Its name in the source.
    pub span: Span,
}

/// A field of a record type.
#[derive(Debug, Clone)]
pub struct RecordField {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Ty,
    /// A constant expression.
    pub default: Option<Expr>,
    /// Documentation.
    pub doc: Arc<str>,
    /// Its name in the source.
    pub span: Span,
}

/// An entity of the workspace.
#[derive(Debug, Clone)]
pub struct Entity {
    /// `Contact`.
    pub name: Arc<str>,
    /// Declared fields, then those of `extend`.
    pub fields: Vec<EntityField>,
    /// Its name in the source.
    pub span: Span,
}

/// A field of an entity.
#[derive(Debug, Clone)]
pub struct EntityField {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Ty,
    /// A constant expression.
    pub default: Option<Expr>,
    /// Flows may read and never write it.
    pub readonly: bool,
    /// Kept in an index.
    pub indexed: bool,
    /// No two records share a value.
    pub unique: bool,
    /// Added by `extend` in the project.
    pub custom: bool,
    /// Documentation.
    pub doc: Arc<str>,
    /// Its name in the source.
    pub span: Span,
}

/// An action's signature.
#[derive(Debug, Clone)]
pub struct Action {
    /// `sms.send`; `Contact.add_tags` for a method, whose first parameter is `self`.
    pub name: Arc<str>,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Result, [`Ty::Unit`] when none is declared.
    pub result: Ty,
    /// Effect class.
    pub class: EffectClass,
    /// Kinds of failure it adds to the built-in ones.
    pub fails: Vec<Arc<str>>,
    /// Policy where a call gives none.
    pub policy: CallPolicy,
    /// `@outbound`: sends a message to a contact. `cap` and `send within` are about these.
    pub outbound: bool,
    /// Deprecated, and what to use instead.
    pub deprecated: Option<Arc<str>>,
    /// What it does to others, as far as the compiler looks at it.
    pub outward: Outward,
    /// Documentation.
    pub doc: Arc<str>,
    /// Its name in the source.
    pub span: Span,
}

impl Action {
    /// The names of its parameters that take a moment as a text.
    pub fn moments(&self) -> Vec<Arc<str>> {
        let named = self.outward.moments.iter().filter_map(|at| self.params.get(*at as usize));
        named.map(|param| param.name.clone()).collect()
    }
}

/// What an action does to others.
#[derive(Debug, Clone, Default)]
pub struct Outward {
    /// `@raises(ticket.created)`: events it raises.
    pub raises: Vec<Arc<str>>,
    /// `@writes(status)`, `@adds(tags)`, `@removes(tags)`: fields of its receiver, and how.
    pub writes: Vec<(Arc<str>, Write)>,
    /// `@writes(status: .closed)`: what such a field holds afterwards, each time; a variant, `true`, `false` or `null`.
    pub leaves: Vec<(Arc<str>, Arc<str>)>,
    /// `@segments(text)`: the parameter that goes out in segments of a text message.
    pub segments: Option<u32>,
    /// `@escapes(text: mrkdwn)`: parameters that are written in a language of their own, and how what is filled in is
    /// escaped there.
    pub escapes: Vec<(u32, Escape)>,
    /// `@moments(since)`: texts that are moments, which an `Instant` becomes as RFC 3339 writes it.
    pub moments: Vec<u32>,
    /// `@renders(template)`: the parameter that names a template of a mail, whose words become the `subject`, the `text` and the
    /// `html`.
    pub renders: Option<u32>,
    /// The parameter that takes the name of an enum, and the record whose field of type `Enum` is a variant of it.
    pub chooses: Option<(u32, RecordId)>,
    /// The parameter that takes the name of a record whose fields are collected.
    pub describes: Option<u32>,
    /// `@channel(email)`: the section of the settings without which it fails.
    pub channel: Option<Arc<str>>,
}

/// How an action writes a field of its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Write {
    /// To another value.
    Sets,
    /// By putting something into its list.
    Adds,
    /// By taking something out of its list.
    Removes,
}

/// A parameter of an action.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Ty,
    /// A constant expression.
    pub default: Option<Expr>,
    /// Documentation.
    pub doc: Arc<str>,
    /// Its name in the source; of no width where it stands in none.
    pub span: Span,
}

/// An event.
#[derive(Debug, Clone)]
pub struct Event {
    /// `trial_ending`, `conversation.started`.
    pub name: Arc<str>,
    /// Parameters in order.
    pub params: Vec<(Arc<str>, Ty)>,
    /// Its name in the source.
    pub span: Span,
}

/// A flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Qualified name, `refunds.refund`; `front_desk.front_desk`.
    pub name: Arc<str>,
    /// Its parameters, the first locals.
    pub params: Vec<FlowParam>,
    /// Everything named in it, by [`LocalId`]; also what desugaring needed.
    pub locals: Arc<Vec<Local>>,
    /// Result, [`Ty::Unit`] when none is declared.
    pub result: Ty,
    /// Its header; `None` where nothing stands in it.
    pub entry: Option<Arc<entry::Entry>>,
    /// Its body.
    pub body: Arc<Block>,
    /// Documentation.
    pub doc: Arc<str>,
    /// Its name in the source.
    pub span: Span,
}

/// A parameter of a flow.
#[derive(Debug, Clone)]
pub struct FlowParam {
    /// The local that holds it.
    pub local: LocalId,
    /// A constant expression.
    pub default: Option<Expr>,
    /// Documentation.
    pub doc: Arc<str>,
}

/// A name within a flow.
#[derive(Debug, Clone)]
pub struct Local {
    /// As written; empty for what desugaring made.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Ty,
    /// Declared by `var`.
    pub mutable: bool,
    /// Its name in the source.
    pub span: Span,
}
