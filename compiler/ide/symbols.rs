//! What a file declares, as a list to go by.

use super::Analysis;
use crate::diag::{FileId, Span};
use crate::syntax::ast::{FieldsDecl, Ident, Item, ItemKind, NameKind};

/// What kind of thing is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolKind {
    /// A flow.
    Flow,
    /// A test.
    Test,
    /// An action.
    Action,
    /// An event.
    Event,
    /// An enum.
    Enum,
    /// A variant of an enum.
    Variant,
    /// A record, or a form.
    Record,
    /// An entity, or what a project adds to one.
    Entity,
    /// A field.
    Field,
    /// A connector.
    Connector,
    /// A calendar.
    Calendar,
    /// A tag, a team, a template …
    Name(NameKind),
}

/// Something that is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name; of a test, its title.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub at: Span,
    /// What it holds.
    pub children: Vec<Symbol>,
}

impl Analysis {
    /// What a file declares, in its order.
    pub fn symbols(&self, file: FileId) -> Vec<Symbol> {
        let trees = self.front.trees().filter(|tree| tree.span.file == file);
        trees.flat_map(|tree| &tree.items).flat_map(of_item).collect()
    }
}

fn leaf(kind: SymbolKind, name: &Ident, span: Span) -> Symbol {
    Symbol { name: name.as_str().to_owned(), kind, span, at: name.span, children: Vec::new() }
}

fn fields(kind: SymbolKind, decl: &FieldsDecl, span: Span) -> Symbol {
    let field = |field: &crate::syntax::ast::FieldDecl| leaf(SymbolKind::Field, &field.name, field.span);
    Symbol { children: decl.fields.iter().map(field).collect(), ..leaf(kind, &decl.name, span) }
}

fn of_item(item: &Item) -> Vec<Symbol> {
    let span = item.span;
    let dotted = |kind, path: &crate::syntax::ast::Path| Symbol {
        name: path.dotted(),
        kind,
        span,
        at: path.span,
        children: Vec::new(),
    };
    vec![match &item.kind {
        ItemKind::Error => return Vec::new(),
        ItemKind::Names(decl) => {
            let kind = SymbolKind::Name(decl.kind);
            return decl.names.iter().map(|name| leaf(kind, &name.name, name.span)).collect();
        }
        ItemKind::Event(decl) => dotted(SymbolKind::Event, &decl.name),
        ItemKind::Enum(decl) => {
            let variants = decl.variants.iter().map(|one| leaf(SymbolKind::Variant, &one.name, one.span));
            Symbol { children: variants.collect(), ..leaf(SymbolKind::Enum, &decl.name, span) }
        }
        ItemKind::Record(decl) | ItemKind::Form(decl) => fields(SymbolKind::Record, decl, span),
        ItemKind::Entity(decl) | ItemKind::Extend(decl) => fields(SymbolKind::Entity, decl, span),
        ItemKind::Calendar(decl) => leaf(SymbolKind::Calendar, &decl.name, span),
        ItemKind::Action(decl) => dotted(SymbolKind::Action, &decl.name),
        ItemKind::Connector(decl) => leaf(SymbolKind::Connector, &decl.name, span),
        ItemKind::Flow(decl) => leaf(SymbolKind::Flow, &decl.name, span),
        ItemKind::Test(decl) => Symbol {
            name: decl.title.plain().unwrap_or("test").to_owned(),
            kind: SymbolKind::Test,
            span,
            at: decl.title.span,
            children: Vec::new(),
        },
    }]
}
