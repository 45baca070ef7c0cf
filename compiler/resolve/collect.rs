//! First pass: every name that can be used before it is understood: types with their variants, declared names, modules.

use super::{Map, Project, Scope, TypeDef, symbol_kind};
use crate::check::Module;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Entity, EntityId, Enum, EnumId, Record, RecordId, SymbolKind};
use crate::syntax::ast::{self, ItemKind};
use std::collections::HashSet;
use std::sync::Arc;

/// Collects types, declared names and modules.
pub(crate) fn collect<'a>(modules: &[Module<'a>], out: &mut Vec<Diagnostic>) -> Project {
    let library = modules.iter().filter(|module| module.library).flat_map(|module| &module.tree.items);
    let library = library.filter_map(type_name).map(ast::Ident::as_str).collect();
    let mut collector = Collector { project: Project::default(), places: Map::default(), library, out };
    for (index, module) in modules.iter().enumerate() {
        collector.project.modules.push(Scope::default());
        collector.project.module_titles.push(Arc::from(if module.library { "" } else { module.name }));
        if module.flows {
            collector.project.library_flows.insert(index);
        }
        if module.connector {
            collector.project.connector_modules.insert(Arc::from(module.name), index);
        } else if !module.library {
            collector.project.own_files.insert(module.tree.span.file);
            collector.project.module_names.insert(Arc::from(module.name), index);
        }
        for item in &module.tree.items {
            collector.item(index, module, item);
        }
    }
    let files = || modules.iter().filter(|module| !module.library && !module.connector);
    if files().nth(1).is_some() {
        collector.out.extend(files().filter_map(unnameable));
    }
    collector.project
}

/// The name of the type that an item declares.
fn type_name(item: &ast::Item) -> Option<&ast::Ident> {
    match &item.kind {
        ItemKind::Enum(decl) => Some(&decl.name),
        ItemKind::Record(decl) => Some(&decl.name),
        ItemKind::Entity(decl) => Some(&decl.name),
        _ => None,
    }
}

/// A file of several whose name no other can write.
fn unnameable(module: &Module<'_>) -> Option<Diagnostic> {
    let declared = module.tree.items.iter().find_map(|item| match &item.kind {
        ItemKind::Flow(decl) => Some(decl.name.span),
        ItemKind::Record(decl) => Some(decl.name.span),
        ItemKind::Enum(decl) => Some(decl.name.span),
        _ => None,
    })?;
    let (why, name) = match module.name.split('.').find_map(|word| Some((not_a_name(word)?, word))) {
        Some((why, word)) => (why.to_owned(), module.name.replace(word, &as_name(word))),
        None => {
            // Behind a dot any word may stand.
            let first = module.name.split('.').next().unwrap_or("");
            crate::syntax::is_reserved(first).then(|| {
                (format!("`{first}` is a reserved word"), module.name.replacen(first, &format!("{first}_"), 1))
            })?
        }
    };
    let path = |name: &str| format!("{}.flow", name.replace('.', "/"));
    Some(
        Diagnostic::new(
            Code::UnnameableFile,
            declared,
            format!("No other file can name what `{}` declares: {why}.", path(module.name)),
        )
        .at("out of reach for other files")
        .help(format!("Rename the file, for example to `{}`.", path(&name))),
    )
}

/// Why a part of a path is no name, if it is none.
fn not_a_name(word: &str) -> Option<&'static str> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("a name begins with a letter");
    }
    let fits = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (!fits).then_some("a name has the letters a to z, digits and `_` only")
}

/// The nearest that is a name.
fn as_name(word: &str) -> String {
    let plain: String = word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("_{plain}") } else { plain }
}

struct Collector<'a, 'o> {
    project: Project,
    /// Where each type was declared, by qualified name.
    places: Map<Span>,
    /// The library's types, whose files may come after the project's own.
    library: HashSet<&'a str>,
    out: &'o mut Vec<Diagnostic>,
}

/// The qualified name of what a module declares.
pub(super) fn qualified(module: &Module<'_>, name: &str) -> Arc<str> {
    if module.library { Arc::from(name) } else { Arc::from(format!("{}.{name}", module.name)) }
}

/// A name declared twice.
pub(super) fn duplicate(what: &str, name: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::DuplicateName, again, format!("The {what} `{name}` is declared twice."))
        .at("declared again here")
        .label(first, "declared first here")
        .help("Give one of them another name, or remove it.")
}

impl<'a> Collector<'a, '_> {
    fn item(&mut self, index: usize, module: &Module<'a>, item: &'a ast::Item) {
        match &item.kind {
            ItemKind::Enum(decl) => self.enumeration(index, module, decl),
            ItemKind::Record(decl) => {
                let id = RecordId(self.project.hir.records.len() as u32);
                let name = qualified(module, decl.name.as_str());
                if self.declare(index, module, &decl.name, "type", TypeDef::Record(id)) {
                    let doc = item.docs.clone().unwrap_or_default();
                    self.project.hir.records.push(Record { name, fields: Vec::new(), doc, span: decl.name.span });
                }
            }
            ItemKind::Entity(decl) => self.entity(index, module, decl),
            ItemKind::Names(decl) => {
                if let Some(kind) = symbol_kind(decl.kind.word()) {
                    for declared in &decl.names {
                        self.symbol(kind, &declared.name);
                    }
                }
            }
            ItemKind::Calendar(decl) => self.symbol(SymbolKind::Calendar, &decl.name),
            ItemKind::Event(decl) => self.event_name(&decl.name.dotted(), decl.name.span),
            ItemKind::Form(decl) => self.event_name(&format!("form.{}.submitted", decl.name.name), decl.name.span),
            _ => {}
        }
    }

    fn declare(&mut self, index: usize, module: &Module<'a>, name: &ast::Ident, what: &str, def: TypeDef) -> bool {
        let full = qualified(module, name.as_str());
        if let Some(first) = self.places.get(&full) {
            self.out.push(duplicate(what, name.as_str(), name.span, *first));
            return false;
        }
        // A connector's types are named with its name before them.
        let taken = !module.library && !module.connector && self.library.contains(name.as_str());
        if taken || is_builtin(name.as_str()) {
            self.out.push(
                Diagnostic::new(Code::DuplicateName, name.span, format!("`{}` is a type of the language.", name.name))
                    .at("this name is taken")
                    .help("Choose another name: every file would have to guess which of the two is meant."),
            );
            return false;
        }
        self.places.insert(full, name.span);
        let shared = name.name.shared().clone();
        if module.library {
            self.project.library.types.insert(shared, def);
        } else {
            if let Some(scope) = self.project.modules.get_mut(index) {
                scope.types.insert(shared.clone(), def);
            }
            self.project.shared_types.entry(shared).or_default().push(def);
        }
        true
    }

    fn enumeration(&mut self, index: usize, module: &Module<'a>, decl: &'a ast::EnumDecl) {
        let id = EnumId(self.project.hir.enums.len() as u32);
        if !self.declare(index, module, &decl.name, "type", TypeDef::Enum(id)) {
            return;
        }
        let mut names: Map<u32> = Map::default();
        let mut variants = Vec::with_capacity(decl.variants.len());
        let mut spans: Vec<Span> = Vec::with_capacity(decl.variants.len());
        let mut labelled = true;
        let mut docs = Vec::with_capacity(decl.variants.len());
        for variant in &decl.variants {
            let name = variant.name.name.shared().clone();
            if let Some(first) = names.get(&name) {
                let first = spans.get(*first as usize).copied().unwrap_or(decl.name.span);
                self.out.push(duplicate("variant", &name, variant.name.span, first));
                continue;
            }
            let label = match variant.label.as_ref().map(ast::StrLit::plain) {
                Some(Some(label)) => Arc::from(label),
                Some(None) => {
                    self.out.push(not_plain(variant.span, "The label of a variant"));
                    name.clone()
                }
                None => {
                    labelled = false;
                    Arc::from(name.replace('_', " "))
                }
            };
            names.insert(name.clone(), variants.len() as u32);
            spans.push(variant.name.span);
            variants.push((name, label));
            docs.push(variant.docs.clone().unwrap_or_else(|| Arc::from("")));
        }
        let name = qualified(module, decl.name.as_str());
        self.project.hir.enums.push(Enum { name, variants, docs, labelled, span: decl.name.span });
        self.project.variants.push(names);
    }

    fn entity(&mut self, index: usize, module: &Module<'a>, decl: &'a ast::FieldsDecl) {
        if !module.library {
            self.out.push(
                Diagnostic::new(Code::NotYet, decl.name.span, "Entities of your own are not carried out yet.").help(
                    "Add properties to an entity that exists, as in `extend Contact { … }`, or declare a `record`.",
                ),
            );
            return;
        }
        let id = EntityId(self.project.hir.entities.len() as u32);
        if self.declare(index, module, &decl.name, "type", TypeDef::Entity(id)) {
            let name = decl.name.name.shared().clone();
            self.project.hir.entities.push(Entity { name, fields: Vec::new(), span: decl.name.span });
            self.project.methods.push(Map::default());
            self.project.entity_fields.push(Map::default());
        }
    }

    /// The name of an event, to ask whether it has happened; that it is declared twice is told elsewhere.
    fn event_name(&mut self, dotted: &str, span: Span) {
        let name: Arc<str> = Arc::from(flow_bytecode::schema::event_word(dotted));
        let Some(names) = self.project.symbols.get_mut(SymbolKind::Event as usize) else { return };
        if names.insert(name.clone(), span).is_none() {
            self.project.hir.symbols.push((SymbolKind::Event, name, span));
        }
    }

    fn symbol(&mut self, kind: SymbolKind, ident: &ast::Ident) {
        let name = ident.name.shared().clone();
        let Some(names) = self.project.symbols.get_mut(kind as usize) else { return };
        if let Some(first) = names.get(&name) {
            self.out.push(duplicate(kind.word(), &name, ident.span, *first));
            return;
        }
        names.insert(name.clone(), ident.span);
        self.project.hir.symbols.push((kind, name, ident.span));
    }
}

/// A text with holes where only words may stand.
pub(super) fn not_plain(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::NotConstant, span, format!("{what} is a text without `{{{{ }}}}`.")).at("not a plain text")
}

/// Whether the language itself has a type of this name.
pub(crate) fn is_builtin(name: &str) -> bool {
    super::types::builtin(name).is_some() || matches!(name, "List" | "Map")
}
