//! Types as the checker knows them.

use std::fmt;
use std::sync::Arc;

macro_rules! ids {
    ($($name:ident $doc:literal;)*) => { $(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
    )* };
}

ids! {
    EnumId "An index into [`super::Hir::enums`].";
    RecordId "An index into [`super::Hir::records`].";
    EntityId "An index into [`super::Hir::entities`].";
    ActionId "An index into [`super::Hir::actions`].";
    EventId "An index into [`super::Hir::events`].";
    FlowId "An index into [`super::Hir::flows`].";
    LocalId "An index into [`super::Flow::locals`].";
}

/// What a declared bare name is a name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymbolKind {
    /// `tag`
    Tag,
    /// `team`: also an [`super::Entity`]-like destination for `assign`.
    Team,
    /// `template`
    Template,
    /// `selection`
    Selection,
    /// `article`
    Article,
    /// `secret`
    Secret,
    /// `calendar`
    Calendar,
    /// `project`
    Project,
    /// `interest`
    Interest,
    /// `link`
    Link,
    /// `category`
    Category,
    /// `event`: a name of something that may have happened; that of one with dots has `_` in their place.
    Event,
}

impl SymbolKind {
    /// The word that declares it.
    pub fn word(self) -> &'static str {
        match self {
            SymbolKind::Tag => "tag",
            SymbolKind::Team => "team",
            SymbolKind::Template => "template",
            SymbolKind::Selection => "selection",
            SymbolKind::Article => "article",
            SymbolKind::Secret => "secret",
            SymbolKind::Calendar => "calendar",
            SymbolKind::Project => "project",
            SymbolKind::Interest => "interest",
            SymbolKind::Link => "link",
            SymbolKind::Category => "category",
            SymbolKind::Event => "event",
        }
    }

    /// The word with its article.
    pub fn article(self) -> String {
        let word = self.word();
        format!("{} {word}", if word.starts_with(['a', 'e', 'i']) { "an" } else { "a" })
    }

    /// The type's name, `Tag`.
    pub fn type_name(self) -> &'static str {
        match self {
            SymbolKind::Tag => "Tag",
            SymbolKind::Team => "Team",
            SymbolKind::Template => "Template",
            SymbolKind::Selection => "Selection",
            SymbolKind::Article => "ArticleName",
            SymbolKind::Secret => "Secret",
            SymbolKind::Calendar => "Calendar",
            SymbolKind::Project => "Project",
            SymbolKind::Interest => "Interest",
            SymbolKind::Link => "Link",
            SymbolKind::Category => "TicketCategory",
            SymbolKind::Event => "EventName",
        }
    }
}

/// A type. `Error` stands where a diagnostic was given and fits everything, so that one mistake gives one message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ty {
    /// A mistake already told.
    Error,
    /// No value.
    Unit,
    /// The type of what never goes on (`stop`, `fail`).
    Never,
    /// The type of `null` before it meets another.
    Null,
    /// `Bool`
    Bool,
    /// `Int`
    Int,
    /// `Number`
    Number,
    /// `Money`, with its currency where it is known.
    Money(Option<[u8; 3]>),
    /// `Text`
    Text,
    /// `Email`
    Email,
    /// `Phone`
    Phone,
    /// `Url`
    Url,
    /// `Duration`
    Duration,
    /// `Instant`
    Instant,
    /// `Date`
    Date,
    /// `TimeOfDay`
    TimeOfDay,
    /// `TimeZone`
    TimeZone,
    /// `Secret`
    Secret,
    /// `File`
    File,
    /// `Json`
    Json,
    /// `Failure`
    Failure,
    /// The kind of a failure: a variant among those the `try` can raise.
    FailureKind,
    /// A run, from `start`.
    Run,
    /// Who something is assigned to: a team, a teammate, the assistant.
    Assignee,
    /// A declared name of that kind.
    Symbol(SymbolKind),
    /// An event, as bound by `on … as name`: its parameters are its fields.
    Event(EventId),
    /// An enum.
    Enum(EnumId),
    /// A record.
    Record(RecordId),
    /// An entity.
    Entity(EntityId),
    /// `List<T>`
    List(Arc<Ty>),
    /// `Map<T>`
    Map(Arc<Ty>),
    /// `T?`; the inner type is never optional itself.
    Optional(Arc<Ty>),
}

impl Ty {
    /// `T?`, or the type itself when it is optional already.
    #[must_use]
    pub fn optional(self) -> Ty {
        match self {
            Ty::Optional(_) | Ty::Error | Ty::Null | Ty::Never => self,
            other => Ty::Optional(Arc::new(other)),
        }
    }

    /// The type without its `?`.
    #[must_use]
    pub fn present(&self) -> Ty {
        match self {
            Ty::Optional(inner) => (**inner).clone(),
            other => other.clone(),
        }
    }

    /// Whether it may be missing.
    pub fn is_optional(&self) -> bool {
        matches!(self, Ty::Optional(_) | Ty::Null)
    }

    /// The type as people write it.
    pub fn show<'a>(&'a self, hir: &'a super::Hir) -> ShowTy<'a> {
        ShowTy { ty: self, hir }
    }
}

/// Shows a type with the names of a project.
pub struct ShowTy<'a> {
    ty: &'a Ty,
    hir: &'a super::Hir,
}

impl fmt::Display for ShowTy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.ty {
            Ty::Error => "a mistaken value",
            Ty::Unit => "nothing",
            Ty::Never => "what never goes on",
            Ty::Null => "null",
            Ty::Bool => "Bool",
            Ty::Int => "Int",
            Ty::Number => "Number",
            Ty::Money(_) => "Money",
            Ty::Text => "Text",
            Ty::Email => "Email",
            Ty::Phone => "Phone",
            Ty::Url => "Url",
            Ty::Duration => "Duration",
            Ty::Instant => "Instant",
            Ty::Date => "Date",
            Ty::TimeOfDay => "TimeOfDay",
            Ty::TimeZone => "TimeZone",
            Ty::Secret => "Secret",
            Ty::File => "File",
            Ty::Json => "Json",
            Ty::Failure => "Failure",
            Ty::FailureKind => "FailureKind",
            Ty::Run => "Run",
            Ty::Assignee => "Assignee",
            Ty::Symbol(kind) => kind.type_name(),
            Ty::Event(id) => self.hir.events.get(id.0 as usize).map_or("Event", |event| &event.name),
            Ty::Enum(id) => self.hir.enums.get(id.0 as usize).map_or("enum", |item| &item.name),
            Ty::Record(id) => self.hir.records.get(id.0 as usize).map_or("record", |item| &item.name),
            Ty::Entity(id) => self.hir.entities.get(id.0 as usize).map_or("entity", |item| &item.name),
            Ty::List(inner) => return write!(f, "List<{}>", inner.show(self.hir)),
            Ty::Map(inner) => return write!(f, "Map<{}>", inner.show(self.hir)),
            Ty::Optional(inner) => return write!(f, "{}?", inner.show(self.hir)),
        };
        f.write_str(name)
    }
}
