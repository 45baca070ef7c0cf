//! The names of a project: what every file declares, before any body is looked at.
//!
//! [`Project`] holds one set of tables for the standard library and the project together. Names of teams, tags, templates,
//! events and the like, and dotted actions (`sms.send`), belong to the whole project; flows, records, enums and plain
//! actions to their module. A type's bare name is also found in another module when only one declares it.

mod categories;
mod chosen;
mod collect;
mod forms;
mod map;
mod members;
mod signatures;
mod suggest;
mod templates;
mod types;

pub(crate) use categories::categories;
pub(crate) use chosen::{chosen, is_record};
pub(crate) use collect::collect;
#[cfg(test)]
pub(crate) use collect::is_builtin;
pub(crate) use map::Map;
pub(crate) use members::extend_and_fill;
pub(crate) use signatures::{ATTEMPT_MAX_US, DefaultFor, Defaults, annotation_duration, dotted, signatures, unit_us};
pub(crate) use suggest::{few, nearest};
pub(crate) use templates::{TemplateDef, Templates, templates};
pub(crate) use types::BUILTIN_NAMES;

use crate::connect::Connected;
use crate::diag::{FileId, Span};
use crate::hir::{ActionId, Definition, EntityId, EnumId, EventId, FlowId, Hir, RecordId, Reference, SymbolKind, Ty};
use crate::syntax::ast;
use crate::template::Words;
use flow_bytecode::calendar::Calendar;
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

/// A declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypeDef {
    Enum(EnumId),
    Record(RecordId),
    Entity(EntityId),
}

impl TypeDef {
    pub fn ty(self) -> Ty {
        match self {
            TypeDef::Enum(id) => Ty::Enum(id),
            TypeDef::Record(id) => Ty::Record(id),
            TypeDef::Entity(id) => Ty::Entity(id),
        }
    }

    /// What its name stands for.
    pub fn definition(self) -> Definition {
        match self {
            TypeDef::Enum(id) => Definition::Enum(id),
            TypeDef::Record(id) => Definition::Record(id),
            TypeDef::Entity(id) => Definition::Entity(id),
        }
    }
}

/// What one module declares for itself.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub types: Map<TypeDef>,
    pub flows: Map<FlowId>,
    pub actions: Map<ActionId>,
}

/// What an action has beyond its signature.
#[derive(Debug, Clone)]
pub(crate) struct ActionSource {
    pub decl: Arc<ast::ActionDecl>,
    /// Moves money: must be keyed, verified or handled.
    pub money: bool,
    /// Index of the module that declares it.
    pub module: usize,
}

impl ActionSource {
    /// The request that it makes, where it is described by one.
    pub fn template(&self) -> Option<&ast::ActionTemplate> {
        self.decl.template.as_ref()
    }
}

/// A flow's declaration and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct FlowSource {
    pub decl: Arc<ast::FlowDecl>,
    pub module: usize,
}

/// What a method belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    Entity(EntityId),
    Symbol(SymbolKind),
}

impl Receiver {
    /// The type of `self`.
    pub fn ty(self) -> Ty {
        match self {
            Receiver::Entity(entity) => Ty::Entity(entity),
            Receiver::Symbol(kind) => Ty::Symbol(kind),
        }
    }
}

/// Every name of a project.
#[derive(Debug, Default)]
pub(crate) struct Project {
    /// The tables; bodies of flows are empty until they are checked.
    pub hir: Hir,
    /// What the standard library declares: visible everywhere.
    pub library: Scope,
    /// What each module declares; for a file of the library an empty scope.
    pub modules: Vec<Scope>,
    /// Names of modules; empty for a file of the library.
    pub module_titles: Vec<Arc<str>>,
    /// Indices of modules that are flows of the library.
    pub library_flows: HashSet<usize>,
    /// Files of the project itself.
    pub own_files: HashSet<FileId>,
    /// Modules by name.
    pub module_names: Map<usize>,
    /// What connectors declare, by the connector's name: modules beside a file that may be called the same.
    pub connector_modules: Map<usize>,
    /// Connectors by name.
    pub connectors: Map<Arc<Connected>>,
    /// Types of the project by bare name.
    pub shared_types: Map<Vec<TypeDef>>,
    /// Flows by qualified name.
    pub flows: Map<FlowId>,
    /// Actions by dotted name: `sms.send`; a module's own plain action also as `module.name`.
    pub actions: Map<ActionId>,
    /// First parts of dotted actions: `sms`, `http`.
    pub namespaces: Map<()>,
    /// Methods, by entity and name.
    pub methods: Vec<Map<ActionId>>,
    /// Methods of declared names, by kind (as its number) and name: `selection.beta_testers.add(…)`.
    pub symbol_methods: [Map<ActionId>; SYMBOL_KINDS.len()],
    /// Fields, by entity and name.
    pub entity_fields: Vec<Map<u32>>,
    /// Fields, by record and name.
    pub record_fields: Vec<Map<u32>>,
    /// Variants, by enum and name.
    pub variants: Vec<Map<u32>>,
    /// Events by name.
    pub events: Map<EventId>,
    /// Declared names, by kind (as its number) and name.
    pub symbols: [Map<Span>; SYMBOL_KINDS.len()],
    /// Beside [`Hir::actions`].
    pub action_sources: Vec<ActionSource>,
    /// Beside [`Hir::flows`].
    pub flow_sources: Vec<FlowSource>,
    /// What templates of mails are filled in with.
    pub templates: Templates,
    /// The words of templates, by file.
    pub words: Vec<Words>,
    /// The header of a flow says when or how often messages may be sent.
    pub rules_sending: bool,
    /// Every flow has been checked and nothing was refused so far: of what it lacks, it can be said that it is not there.
    pub sound: bool,
    /// Names that the nearest spelling has been looked for.
    pub guessed: AtomicU32,
    /// The zones of calendars by name, once somebody asks.
    pub zones: OnceLock<Map<Option<Arc<str>>>>,
    /// Every place of a flow that has a name, once somebody asks.
    pub anchors: OnceLock<HashSet<Arc<str>>>,
    /// Every kind of failure that an action names, once somebody asks.
    pub kinds: OnceLock<BTreeSet<Arc<str>>>,
    /// Every kind that a flow raises, once all are checked; none where it may be any.
    pub raised: Option<BTreeSet<Arc<str>>>,
    /// Hosts beyond the public internet that the settings allow, with their ports.
    pub allow_net: Vec<(String, u16)>,
    /// The channels that are set; `None` where that is not known.
    pub channels: Option<Vec<String>>,
    /// Where they lead, and what comes in; `None` where that is not known.
    pub wired: Option<crate::check::Wired>,
    /// The articles that have words; `None` where that is not known.
    pub articles: Option<Vec<String>>,
    /// The files of the folder `scripts`; `None` where that is not known.
    pub scripts: Option<Vec<String>>,
    /// Those of them that cannot be run, each with why.
    pub barred_scripts: Vec<(String, String)>,
    /// By enum, the record of what comes out where its variants are chosen from.
    pub chosen: Vec<RecordId>,
    /// What names stand for is kept, for whoever asks about a place.
    pub keeps_references: bool,
    /// What the names in defaults, requests and words of mails stand for, where that is kept.
    pub references: Vec<Reference>,
    /// It is compiled to be tested: what is mocked is an action as it is called, not the request its template makes.
    pub for_tests: bool,
}

/// Every kind of declared name, in the order of its number.
pub(crate) const SYMBOL_KINDS: [SymbolKind; 12] = [
    SymbolKind::Tag,
    SymbolKind::Team,
    SymbolKind::Template,
    SymbolKind::Selection,
    SymbolKind::Article,
    SymbolKind::Secret,
    SymbolKind::Calendar,
    SymbolKind::Project,
    SymbolKind::Interest,
    SymbolKind::Link,
    SymbolKind::Category,
    SymbolKind::Event,
];

/// The kind that this word declares.
pub(crate) fn symbol_kind(word: &str) -> Option<SymbolKind> {
    SYMBOL_KINDS.iter().copied().find(|kind| kind.word() == word)
}

/// The nearest spelling is looked for so many times in each phase: each looks through every name there is, and nobody reads
/// further guesses before having mended the first.
pub(crate) const GUESSES_MAX: u32 = 200;

impl Project {
    /// The zones of calendars by name.
    pub fn zones(&self) -> &Map<Option<Arc<str>>> {
        // Of two that are called the same the first counts.
        let of = |calendar: &Calendar| (calendar.name.clone(), calendar.zone.clone());
        self.zones.get_or_init(|| self.hir.calendars.iter().rev().map(of).collect())
    }

    /// Lets the nearest spelling be looked for so many times.
    pub fn let_guess(&self, times: u32) {
        self.guessed.store(GUESSES_MAX.saturating_sub(times), Ordering::Relaxed);
    }

    /// Whether the nearest spelling may still be looked for.
    pub fn may_guess(&self) -> bool {
        self.guessed.load(Ordering::Relaxed) < GUESSES_MAX
    }

    /// How many times the nearest spelling has been looked for.
    pub fn guesses(&self) -> u32 {
        self.guessed.load(Ordering::Relaxed)
    }

    /// Notes that it has been looked for before so many times.
    pub fn has_guessed(&self, times: u32) {
        self.guessed.fetch_add(times, Ordering::Relaxed);
    }

    /// The nearest spelling, as long as it may be looked for.
    pub fn nearest<'n>(&self, name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        self.guess(|| nearest(name, candidates))
    }

    /// What somebody may have meant, as long as it may be looked for.
    pub fn guess<T>(&self, look: impl FnOnce() -> Option<T>) -> Option<T> {
        if !self.may_guess() {
            return None;
        }
        self.guessed.fetch_add(1, Ordering::Relaxed);
        look()
    }

    /// Whether a place is in a file of the project, not of the library.
    pub fn is_own(&self, place: Span) -> bool {
        self.own_files.contains(&place.file)
    }

    /// Where a name of this kind is declared.
    pub fn symbol(&self, kind: SymbolKind, name: &str) -> Option<Span> {
        self.symbols.get(kind as usize)?.get(name).copied()
    }

    /// Every declared name of a kind.
    pub fn symbol_names(&self, kind: SymbolKind) -> impl Iterator<Item = &str> {
        self.symbols.get(kind as usize).into_iter().flat_map(|names| names.keys().map(|name| &**name))
    }

    /// A method of an entity.
    pub fn method(&self, entity: EntityId, name: &str) -> Option<ActionId> {
        self.methods.get(entity.0 as usize)?.get(name).copied()
    }

    /// A method of what an action may be declared on.
    pub fn method_on(&self, receiver: Receiver, name: &str) -> Option<ActionId> {
        match receiver {
            Receiver::Entity(entity) => self.method(entity, name),
            Receiver::Symbol(kind) => self.symbol_methods.get(kind as usize)?.get(name).copied(),
        }
    }

    /// Every method of what an action may be declared on.
    pub fn methods_of(&self, receiver: Receiver) -> impl Iterator<Item = (&Arc<str>, &ActionId)> {
        let methods = match receiver {
            Receiver::Entity(entity) => self.methods.get(entity.0 as usize),
            Receiver::Symbol(kind) => self.symbol_methods.get(kind as usize),
        };
        methods.into_iter().flatten()
    }

    /// What an action may be declared on: an entity, or a kind of declared names.
    pub fn receiver(&self, name: &str) -> Option<Receiver> {
        let kind = || SYMBOL_KINDS.iter().copied().find(|kind| kind.type_name() == name);
        self.entity(name).map(Receiver::Entity).or_else(|| kind().map(Receiver::Symbol))
    }

    /// An entity by name.
    pub fn entity(&self, name: &str) -> Option<EntityId> {
        match self.library.types.get(name) {
            Some(TypeDef::Entity(id)) => Some(*id),
            _ => None,
        }
    }

    /// The position of an entity's field.
    pub fn entity_field(&self, entity: EntityId, name: &str) -> Option<u32> {
        self.entity_fields.get(entity.0 as usize)?.get(name).copied()
    }

    /// The position of a record's field.
    pub fn record_field(&self, record: RecordId, name: &str) -> Option<u32> {
        self.record_fields.get(record.0 as usize)?.get(name).copied()
    }

    /// The position and type of what stands behind the dot of an entity, a record or an event.
    pub fn field_of(&self, ty: &Ty, name: &str) -> Option<(u32, &Ty)> {
        match ty {
            Ty::Entity(id) => {
                let index = self.entity_field(*id, name)?;
                Some((index, &self.hir.entities.get(id.0 as usize)?.fields.get(index as usize)?.ty))
            }
            Ty::Record(id) => {
                let index = self.record_field(*id, name)?;
                Some((index, &self.hir.records.get(id.0 as usize)?.fields.get(index as usize)?.ty))
            }
            Ty::Event(id) => {
                let params = &self.hir.events.get(id.0 as usize)?.params;
                let index = params.iter().position(|(param, _)| **param == *name)?;
                Some((index as u32, &params.get(index)?.1))
            }
            _ => None,
        }
    }

    /// What the name of a parameter of an event stands for.
    pub fn event_param(&self, id: EventId, name: &str) -> Option<Definition> {
        let (at, _) = self.field_of(&Ty::Event(id), name)?;
        Some(Definition::EventParam(id, at))
    }

    /// The position of an enum's variant.
    pub fn variant(&self, id: EnumId, name: &str) -> Option<u32> {
        self.variants.get(id.0 as usize)?.get(name).copied()
    }

    /// A type as people write it: without its file's name where it is the only one of its name.
    pub fn show(&self, ty: &Ty) -> String {
        match ty {
            Ty::List(inner) => format!("List<{}>", self.show(inner)),
            Ty::Map(inner) => format!("Map<{}>", self.show(inner)),
            Ty::Optional(inner) => format!("{}?", self.show(inner)),
            Ty::Enum(id) => self.type_name(TypeDef::Enum(*id)).to_string(),
            Ty::Record(id) => self.type_name(TypeDef::Record(*id)).to_string(),
            other => other.show(&self.hir).to_string(),
        }
    }

    /// The name of a flow or action as it is written in a module: without the module's own name.
    pub fn near_name<'n>(&self, module: usize, name: &'n str) -> &'n str {
        let own = self.module_titles.get(module).map_or("", |title| title);
        let rest = name.strip_prefix(own).and_then(|rest| rest.strip_prefix('.'));
        rest.filter(|_| !own.is_empty()).unwrap_or(name)
    }

    /// The type that a bare name means in a module: its own, the library's, or the only one of that name.
    pub fn type_named(&self, module: usize, name: &str) -> Result<Option<TypeDef>, Vec<TypeDef>> {
        let own = self.modules.get(module).and_then(|scope| scope.types.get(name));
        if let Some(found) = own.or_else(|| self.library.types.get(name)) {
            return Ok(Some(*found));
        }
        match self.shared_types.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(*one)),
            Some(several) => Err(several.to_vec()),
        }
    }

    /// The type that `module.Name` means.
    pub fn type_in(&self, module: &str, name: &str) -> Option<TypeDef> {
        let found = |index: &usize| self.modules.get(*index)?.types.get(name).copied();
        let own = self.module_names.get(module).and_then(found);
        own.or_else(|| self.connector_modules.get(module).and_then(found))
    }

    /// The name of a declared type, without its file's where it is the only one of its name.
    pub fn type_name(&self, def: TypeDef) -> Arc<str> {
        let full = self.full_type_name(def);
        match full.rsplit_once('.') {
            Some((_, bare)) if self.shared_types.get(bare).is_some_and(|all| all.len() == 1) => Arc::from(bare),
            _ => full,
        }
    }

    /// The qualified name of a declared type.
    pub fn full_type_name(&self, def: TypeDef) -> Arc<str> {
        let name = match def {
            TypeDef::Enum(id) => self.hir.enums.get(id.0 as usize).map(|item| &item.name),
            TypeDef::Record(id) => self.hir.records.get(id.0 as usize).map(|item| &item.name),
            TypeDef::Entity(id) => self.hir.entities.get(id.0 as usize).map(|item| &item.name),
        };
        name.cloned().unwrap_or_else(|| Arc::from(""))
    }
}
