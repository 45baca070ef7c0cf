//! Where names stand and what they stand for: definitions, references, the same name nearby.

use super::Analysis;
use crate::diag::{FileId, Span};
use crate::hir::{Definition, Reference, SymbolKind, Ty};
use crate::resolve::{Project, TypeDef, symbol_kind};
use crate::syntax::ast::{self, Item, ItemKind, Param};
use crate::syntax::lexer;
use crate::syntax::token::Tok;
use std::collections::HashMap;

impl Analysis {
    /// Every name of a file with what it stands for, by place.
    pub(super) fn names_in(&self, file: FileId) -> Vec<Reference> {
        let mut names = Vec::new();
        self.each_name(Some(file), &mut |name| names.push(name.clone()));
        names.sort();
        names.dedup();
        names
    }

    /// Every name of a file, or of all, each at least once.
    fn each_name(&self, file: Option<FileId>, see: &mut dyn FnMut(&Reference)) {
        let wanted = |span: Span| file.is_none_or(|file| span.file == file);
        let bodies = self.known.references.iter().flat_map(|names| names.iter());
        for name in bodies.chain(&self.known.project.references).filter(|name| wanted(name.span)) {
            see(name);
        }
        for (index, tree) in self.front.trees().enumerate().filter(|(_, tree)| wanted(tree.span)) {
            let mut declared = Vec::new();
            tree.items.iter().for_each(|item| item_names(&self.known.project, index, item, &mut declared));
            declared.iter().for_each(&mut *see);
        }
        self.each_anchor_in_tests(&wanted, see);
        self.each_secret(&wanted, see);
    }

    /// Every secret that a connector or the request of an action names.
    fn each_secret(&self, wanted: &dyn Fn(Span) -> bool, see: &mut dyn FnMut(&Reference)) {
        let secret = SymbolKind::Secret.word();
        for tree in self.front.trees().filter(|tree| wanted(tree.span)) {
            let sends = |item: &&Item| matches!(item.kind, ItemKind::Connector(_) | ItemKind::Action(_));
            let Some(source) = self.front.sources.get(tree.span.file) else { continue };
            if self.front.sources.is_library(tree.span.file) || !source.text.contains(secret) {
                continue;
            }
            let tokens = lexer::lex(tree.span.file, &source.text).tokens;
            let text = |token: &lexer::Spanned| source.text.get(token.0 as usize..token.2 as usize).unwrap_or_default();
            for three in tokens.windows(3) {
                let [word, dot, name] = three else { continue };
                let span = Span::new(tree.span.file, name.0, name.2);
                let named = (text(word), text(dot)) == (secret, ".");
                if named && tree.items.iter().filter(sends).any(|item| item.span.contains(span)) {
                    see(&Reference { span, to: Definition::Symbol(SymbolKind::Secret, text(name).into()) });
                }
            }
        }
    }

    /// Every anchor that a test names, where no two flows have one of that name.
    fn each_anchor_in_tests(&self, wanted: &dyn Fn(Span) -> bool, see: &mut dyn FnMut(&Reference)) {
        let mut anchors: HashMap<&str, Option<Span>> = HashMap::new();
        for name in self.known.references.iter().flat_map(|names| names.iter()) {
            if let (Definition::Anchor(span), Some(text)) = (&name.to, self.text_at(name.span)) {
                let one = anchors.entry(text).or_insert(Some(*span));
                *one = one.filter(|one| one == span);
            }
        }
        for tree in self.front.trees().filter(|tree| wanted(tree.span)) {
            let tests = || tree.items.iter().filter(|item| matches!(item.kind, ItemKind::Test(_)));
            let Some(source) = self.front.sources.get(tree.span.file).filter(|_| tests().next().is_some()) else {
                continue;
            };
            for (start, token, end) in lexer::lex(tree.span.file, &source.text).tokens {
                let span = Span::new(tree.span.file, start, end);
                let text = source.text.get(span.range()).filter(|_| token == Tok::Anchor);
                let declared = text.and_then(|text| *anchors.get(text)?);
                if let Some(to) = declared.filter(|_| tests().any(|item| item.span.contains(span))) {
                    see(&Reference { span, to: Definition::Anchor(to) });
                }
            }
        }
    }

    /// The name at a place, with what it stands for: the smallest one that the place is in, or at whose end it is.
    pub(super) fn name_at(&self, file: FileId, at: u32) -> Option<Reference> {
        let names = self.names_in(file).into_iter().filter(|name| name.span.start <= at && at <= name.span.end);
        names.min_by_key(|name| (name.span.end == at, name.span.end - name.span.start))
    }

    /// Where what stands at a place is declared: the place of its name.
    pub fn definition(&self, file: FileId, at: u32) -> Option<Span> {
        self.declared_at(&self.name_at(file, at)?.to)
    }

    /// Where the type of what stands at a place is declared: the place of its name.
    pub fn type_definition(&self, file: FileId, at: u32) -> Option<Span> {
        let hir = &self.known.project.hir;
        let name = self.name_at(file, at)?;
        let ty = match &name.to {
            Definition::Local(span) => self.local(*span)?.ty.clone(),
            Definition::Flow(id) => hir.flows.get(id.0 as usize)?.result.clone(),
            Definition::Action(id) => hir.actions.get(id.0 as usize)?.result.clone(),
            Definition::EventParam(id, param) => hir.events.get(id.0 as usize)?.params.get(*param as usize)?.1.clone(),
            Definition::Variant(id, _) => Ty::Enum(*id),
            Definition::RecordField(id, field) => {
                hir.records.get(id.0 as usize)?.fields.get(*field as usize)?.ty.clone()
            }
            Definition::EntityField(id, field) => {
                hir.entities.get(id.0 as usize)?.fields.get(*field as usize)?.ty.clone()
            }
            Definition::Enum(_) | Definition::Record(_) | Definition::Entity(_) => return self.declared_at(&name.to),
            _ => return None,
        };
        let mut inner = &ty;
        while let Ty::Optional(of) | Ty::List(of) | Ty::Map(of) = inner {
            inner = of;
        }
        self.declared_at(&match inner {
            Ty::Enum(id) => Definition::Enum(*id),
            Ty::Record(id) => Definition::Record(*id),
            Ty::Entity(id) => Definition::Entity(*id),
            Ty::Event(id) => Definition::Event(*id),
            _ => return None,
        })
    }

    /// The places of a file where the anchor at a place is written, without the `#`: what is typed at one is at all.
    pub fn linked(&self, file: FileId, at: u32) -> Vec<Span> {
        let is_anchor = self.name_at(file, at).is_some_and(|name| matches!(name.to, Definition::Anchor(_)));
        let places = if is_anchor { self.highlights(file, at) } else { Vec::new() };
        let bare = |span: Span| match self.text_at(span).is_some_and(|text| text.starts_with('#')) {
            true => Span { start: span.start + 1, ..span },
            false => span,
        };
        places.into_iter().map(bare).collect()
    }

    /// Every place of the project where what stands at a place is named, its declaration among them where it is in the project
    /// and that is wanted.
    pub fn references(&self, file: FileId, at: u32, declaration: bool) -> Vec<Span> {
        let Some(name) = self.name_at(file, at) else { return Vec::new() };
        let declared = self.declared_at(&name.to);
        let mut places = Vec::new();
        self.each_name(None, &mut |other| {
            if other.to == name.to && (declaration || Some(other.span) != declared) {
                places.push(other.span);
            }
        });
        places.retain(|span| !self.front.sources.is_library(span.file));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The places in the same file.
    pub fn highlights(&self, file: FileId, at: u32) -> Vec<Span> {
        let Some(name) = self.name_at(file, at) else { return Vec::new() };
        let same = self.names_in(file).into_iter().filter(|other| other.to == name.to);
        let mut places: Vec<Span> = same.map(|other| other.span).collect();
        places.dedup();
        places
    }

    /// Where something is declared: the place of its name. None for what the language itself brings.
    pub(super) fn declared_at(&self, what: &Definition) -> Option<Span> {
        let hir = &self.known.project.hir;
        let place = match what {
            Definition::Local(span) | Definition::Anchor(span) => *span,
            Definition::Flow(id) => hir.flows.get(id.0 as usize)?.span,
            Definition::Action(id) => hir.actions.get(id.0 as usize)?.span,
            Definition::Event(id) | Definition::EventParam(id, _) => hir.events.get(id.0 as usize)?.span,
            Definition::Enum(id) => hir.enums.get(id.0 as usize)?.span,
            Definition::Record(id) => hir.records.get(id.0 as usize)?.span,
            Definition::Entity(id) => hir.entities.get(id.0 as usize)?.span,
            Definition::RecordField(id, field) => hir.records.get(id.0 as usize)?.fields.get(*field as usize)?.span,
            Definition::EntityField(id, field) => hir.entities.get(id.0 as usize)?.fields.get(*field as usize)?.span,
            Definition::Symbol(kind, name) => self.known.project.symbol(*kind, name)?,
            Definition::Variant(..) | Definition::Module(_) | Definition::Connector(_) => {
                return self.declaration(what);
            }
            Definition::Builtin(..) => return None,
        };
        (place != Span::default()).then_some(place)
    }

    /// Where something is declared whose place no table has.
    fn declaration(&self, what: &Definition) -> Option<Span> {
        let project = &self.known.project;
        match what {
            Definition::Module(name) => {
                let index = *project.module_names.get(name)?;
                self.front.trees().nth(index).map(|tree| Span { end: tree.span.start, ..tree.span })
            }
            Definition::Connector(name) => project.connectors.get(name).map(|connector| connector.span),
            Definition::Variant(id, variant) => {
                let def = project.hir.enums.get(id.0 as usize)?;
                let declares = |item: &Item| match &item.kind {
                    ItemKind::Enum(decl) if decl.name.span == def.span => {
                        decl.variants.get(*variant as usize).map(|variant| variant.name.span)
                    }
                    _ => None,
                };
                self.front
                    .trees()
                    .filter(|tree| tree.span.file == def.span.file)
                    .flat_map(|tree| &tree.items)
                    .find_map(declares)
            }
            _ => None,
        }
    }
}

/// The names that an item declares, and those of the types in it.
fn item_names(p: &Project, module: usize, item: &Item, out: &mut Vec<Reference>) {
    let own = |name: &ast::Ident| match p.modules.get(module).and_then(|scope| scope.types.get(name.as_str())) {
        Some(def) => Some(*def),
        None => p.library.types.get(name.as_str()).copied(),
    };
    match &item.kind {
        ItemKind::Error | ItemKind::Test(_) => {}
        ItemKind::Names(decl) => {
            let Some(kind) = symbol_kind(decl.kind.word()) else { return };
            for declared in &decl.names {
                out.push(symbol(kind, &declared.name));
                params(p, module, declared.params.iter().flatten(), out);
                if let Some(ast::GoesTo { to: ast::Goal::Team { team, .. }, .. }) = &declared.goes_to {
                    out.push(symbol(SymbolKind::Team, team));
                }
            }
        }
        ItemKind::Calendar(decl) => out.push(symbol(SymbolKind::Calendar, &decl.name)),
        ItemKind::Event(decl) => {
            if let Some(id) = p.events.get(&*decl.name.dotted()) {
                out.push(Reference { span: decl.name.span, to: Definition::Event(*id) });
                for (index, param) in decl.params.iter().enumerate() {
                    out.push(Reference { span: param.name.span, to: Definition::EventParam(*id, index as u32) });
                }
            }
            decl.params.iter().for_each(|param| p.named_in(module, &param.ty, out));
        }
        ItemKind::Enum(decl) => {
            let Some(TypeDef::Enum(id)) = own(&decl.name) else { return };
            out.push(Reference { span: decl.name.span, to: Definition::Enum(id) });
            for variant in &decl.variants {
                if let Some(index) = p.variant(id, variant.name.as_str()) {
                    out.push(Reference { span: variant.name.span, to: Definition::Variant(id, index) });
                }
            }
        }
        ItemKind::Record(decl) | ItemKind::Entity(decl) | ItemKind::Extend(decl) | ItemKind::Form(decl) => {
            let def = own(&decl.name);
            if let Some(def) = def {
                out.push(Reference { span: decl.name.span, to: def.definition() });
            }
            for field in &decl.fields {
                p.named_in(module, &field.ty, out);
                let name = field.name.as_str();
                let to = match def {
                    Some(TypeDef::Record(id)) => p.record_field(id, name).map(|at| Definition::RecordField(id, at)),
                    Some(TypeDef::Entity(id)) => p.entity_field(id, name).map(|at| Definition::EntityField(id, at)),
                    _ => None,
                };
                out.extend(to.map(|to| Reference { span: field.name.span, to }));
            }
        }
        ItemKind::Action(decl) => {
            let span = decl.name.segments.last().map_or(decl.name.span, |name| name.span);
            let declared = p.hir.actions.iter().position(|action| action.span == decl.name.span);
            if let Some(index) = declared {
                out.push(Reference { span, to: Definition::Action(crate::hir::ActionId(index as u32)) });
            }
            params(p, module, &decl.params, out);
            decl.result.iter().for_each(|ty| p.named_in(module, ty, out));
        }
        ItemKind::Connector(decl) => {
            out.push(Reference { span: decl.name.span, to: Definition::Connector(decl.name.name.shared().clone()) });
        }
        ItemKind::Flow(decl) => {
            if let Some(id) = p.modules.get(module).and_then(|scope| scope.flows.get(decl.name.as_str())) {
                out.push(Reference { span: decl.name.span, to: Definition::Flow(*id) });
            }
            params(p, module, &decl.params, out);
            decl.result.iter().for_each(|ty| p.named_in(module, ty, out));
        }
    }
}

fn symbol(kind: SymbolKind, name: &ast::Ident) -> Reference {
    Reference { span: name.span, to: Definition::Symbol(kind, name.name.shared().clone()) }
}

fn params<'p>(p: &Project, module: usize, params: impl IntoIterator<Item = &'p Param>, out: &mut Vec<Reference>) {
    for param in params {
        out.push(Reference { span: param.name.span, to: Definition::Local(param.name.span) });
        p.named_in(module, &param.ty, out);
    }
}
