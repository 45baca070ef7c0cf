//! Declarations: what a file brings into the project.

use std::sync::Arc;

use super::{Annotation, Block, Entry, EventPattern, Expr, Ident, Path, StrLit, TypeExpr};
use crate::diag::Span;

/// A declaration with its documentation.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// From its first annotation or word to its end; the documentation is not part of it.
    pub span: Span,
    /// The `///` lines above it, joined by newlines, without their marks.
    pub docs: Option<Arc<str>>,
    /// `@once(timeout: 30 seconds)`
    pub annotations: Vec<Annotation>,
    /// What it declares.
    pub kind: ItemKind,
}

/// The forms of a declaration.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemKind {
    /// Could not be understood; already reported.
    Error,
    /// `team support, finance` and its like.
    Names(NamesDecl),
    /// `event trial_ending(contact: Contact, days_left: Int)`
    Event(EventDecl),
    /// `enum Plan { trial "Trial" }`
    Enum(EnumDecl),
    /// `record Order { id: Text }`
    Record(FieldsDecl),
    /// `entity Contact { email: Email? @unique }`
    Entity(FieldsDecl),
    /// `extend Contact { plan: Plan = .trial }`
    Extend(FieldsDecl),
    /// `form demo { email: Email }`
    Form(FieldsDecl),
    /// `calendar support_hours { open: "mon-fri 09:00-17:00" }`
    Calendar(CalendarDecl),
    /// `action sms.send(to: Phone) -> Delivery fails .undeliverable`
    Action(Arc<ActionDecl>),
    /// `connector github from openapi "specs/github.json" with { … }`
    Connector(ConnectorDecl),
    /// `flow welcome(contact: Contact) … { … }`
    Flow(Arc<FlowDecl>),
    /// `test "…" { … }`
    Test(TestDecl),
}

/// A declaration that is a list of names.
#[derive(Debug, Clone, PartialEq)]
pub struct NamesDecl {
    /// Names of what.
    pub kind: NameKind,
    /// Where the word itself stands.
    pub keyword: Span,
    /// At least one.
    pub names: Vec<DeclaredName>,
}

/// What a list of names declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// `team`
    Team,
    /// `tag`
    Tag,
    /// `template`
    Template,
    /// `selection`
    Selection,
    /// `article`
    Article,
    /// `secret`
    Secret,
    /// `project`
    Project,
    /// `interest`
    Interest,
    /// `link`
    Link,
    /// `category`
    Category,
}

impl NameKind {
    /// The word that declares it, and that stands before the dot in `team.support`.
    pub fn word(self) -> &'static str {
        match self {
            NameKind::Team => "team",
            NameKind::Tag => "tag",
            NameKind::Template => "template",
            NameKind::Selection => "selection",
            NameKind::Article => "article",
            NameKind::Secret => "secret",
            NameKind::Project => "project",
            NameKind::Interest => "interest",
            NameKind::Link => "link",
            NameKind::Category => "category",
        }
    }
}

/// `support`, `support "Customer support"`, `receipt(order: Order)`
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredName {
    /// Name and label.
    pub span: Span,
    /// The name.
    pub name: Ident,
    /// What a template is filled in with; `None` where no parentheses stand.
    pub params: Option<Vec<Param>>,
    /// What people see, where it is said.
    pub label: Option<StrLit>,
    /// Who gets what is of this category, or where this link leads.
    pub goes_to: Option<GoesTo>,
}

/// `-> support`, `-> support in turn`, `-> "https://example.com"`
#[derive(Debug, Clone, PartialEq)]
pub struct GoesTo {
    /// All of it.
    pub span: Span,
    /// Where to.
    pub to: Goal,
}

/// What stands behind the arrow of a name.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// Somebody.
    Team {
        /// The team.
        team: Ident,
        /// What stands behind `in`: `turn`.
        manner: Option<Ident>,
    },
    /// An address.
    Address(StrLit),
}

/// `event conversation.started(conversation: Conversation)`
#[derive(Debug, Clone, PartialEq)]
pub struct EventDecl {
    /// The standard library's have dots.
    pub name: Path,
    /// What it carries.
    pub params: Vec<Param>,
}

/// `enum Plan { trial "Trial", starter "Starter" }`
#[derive(Debug, Clone, PartialEq)]
pub struct EnumDecl {
    /// Its name.
    pub name: Ident,
    /// In source order.
    pub variants: Vec<VariantDecl>,
}

/// `trial "Trial"`
#[derive(Debug, Clone, PartialEq)]
pub struct VariantDecl {
    /// Name and label.
    pub span: Span,
    /// The `///` lines above it.
    pub docs: Option<Arc<str>>,
    /// Its name.
    pub name: Ident,
    /// What people see.
    pub label: Option<StrLit>,
}

/// A declaration that is a list of fields: record, entity, extend, form.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldsDecl {
    /// Its name, or the name of what is extended.
    pub name: Ident,
    /// In source order.
    pub fields: Vec<FieldDecl>,
}

/// `score: Int = 0 @indexed`
#[derive(Debug, Clone, PartialEq)]
pub struct FieldDecl {
    /// The whole field.
    pub span: Span,
    /// The `///` lines above it.
    pub docs: Option<Arc<str>>,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeExpr,
    /// `= 0`
    pub default: Option<Expr>,
    /// `@readonly`, `@unique`, `@indexed`
    pub annotations: Vec<Annotation>,
}

/// `calendar support_hours { zone: "Europe/Oslo", open: "mon-fri 09:00-17:00" }`
#[derive(Debug, Clone, PartialEq)]
pub struct CalendarDecl {
    /// Its name.
    pub name: Ident,
    /// `zone`, `open`, `closed`.
    pub entries: Vec<Entry>,
}

/// `contact: Contact`, `sender: Text? = null`
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The whole parameter.
    pub span: Span,
    /// The `///` lines above it.
    pub docs: Option<Arc<str>>,
    /// Its name.
    pub name: Ident,
    /// Its type; a missing one has been reported and is `TypeKind::Error`.
    pub ty: TypeExpr,
    /// `= null`
    pub default: Option<Expr>,
}

/// `action Contact.add_tags(tags: List<Tag>)`
#[derive(Debug, Clone, PartialEq)]
pub struct ActionDecl {
    /// `sms.send`, or `Contact.add_tags`: a method when the first segment names a type.
    pub name: Path,
    /// In source order.
    pub params: Vec<Param>,
    /// `-> Delivery`
    pub result: Option<TypeExpr>,
    /// `fails .undeliverable, .declined`
    pub fails: Vec<Ident>,
    /// `= http { … }`
    pub template: Option<ActionTemplate>,
}

/// `http { method: .get, url: "…" }`
#[derive(Debug, Clone, PartialEq)]
pub struct ActionTemplate {
    /// From its kind to the closing brace.
    pub span: Span,
    /// `http`
    pub kind: Ident,
    /// `method`, `url`, `headers`, `query`, `json` …
    pub entries: Vec<Entry>,
}

/// `connector github from openapi "specs/github.json" with { auth: … }`
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectorDecl {
    /// Its name.
    pub name: Ident,
    /// `openapi`
    pub format: Ident,
    /// Which document.
    pub source: StrLit,
    /// `with { … }`
    pub settings: Vec<Entry>,
}

/// A flow.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowDecl {
    /// Its name.
    pub name: Ident,
    /// In source order.
    pub params: Vec<Param>,
    /// `-> Outcome`
    pub result: Option<TypeExpr>,
    /// Triggers and rules of entry, in source order.
    pub clauses: Vec<Clause>,
    /// What it does.
    pub body: Block,
}

/// A line of a flow's header.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// Where it stands.
    pub span: Span,
    /// What it says.
    pub kind: ClauseKind,
}

/// The forms of a header line.
#[derive(Debug, Clone, PartialEq)]
pub enum ClauseKind {
    /// Could not be understood; already reported.
    Error,
    /// `on contact.created where …`, `on audience(…)`, `on schedule("…", zone: "…")`, `on webhook("…")`
    On(EventPattern),
    /// `once per contact every 30 days`
    Once {
        /// Per what.
        per: Expr,
        /// `every 30 days`; without it: ever.
        every: Option<Expr>,
    },
    /// `overlap forbid`
    Overlap(Ident),
    /// `exit when contact.plan == .pro`
    ExitWhen(Expr),
    /// `exit on contact.erased(contact)`
    ExitOn(EventPattern),
    /// `goal contact.plan == .pro within 30 days`
    Goal {
        /// What is hoped for.
        condition: Expr,
        /// `within 30 days`
        within: Option<Expr>,
    },
    /// `cap 3 per week`
    Cap {
        /// How many.
        count: Expr,
        /// `week`, or an `ExprKind::Duration` as in `per 2 weeks`.
        per: CapPer,
    },
    /// `send within daytime`
    SendWithin(Expr),
    /// `holdout 10%`: an `ExprKind::Percent`.
    Holdout(Expr),
    /// `priority 10`, also written `with priority 10`.
    Priority(Expr),
}

/// The stretch of time over which a cap counts.
#[derive(Debug, Clone, PartialEq)]
pub enum CapPer {
    /// `per week`
    Unit(Ident),
    /// `per 2 weeks`
    Duration(Expr),
}

/// `test "a silent trial contact gets one reminder" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct TestDecl {
    /// What it shows.
    pub title: StrLit,
    /// What it does.
    pub body: Block,
}
