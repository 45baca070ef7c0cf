//! Which flow calls, launches and starts which.

use super::Analysis;
use crate::diag::{FileId, Span};
use crate::hir::{Definition, FlowId};
use crate::syntax::ast::{Item, ItemKind};

/// A flow, or a test, of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Its name; of a test, its title.
    pub name: String,
    /// It is a test.
    pub test: bool,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub at: Span,
}

impl Analysis {
    /// The project's own flow that is named at a place.
    pub fn flow_at(&self, file: FileId, at: u32) -> Option<Caller> {
        let Definition::Flow(id) = self.name_at(file, at)?.to else { return None };
        self.caller(id)
    }

    /// Who names the flow that is named at a place, and where.
    pub fn callers(&self, file: FileId, at: u32) -> Vec<(Caller, Vec<Span>)> {
        let places = self.references(file, at, false);
        let all = self.own_items().filter_map(|item| {
            let inside: Vec<Span> = places.iter().copied().filter(|place| item.span.contains(*place)).collect();
            (!inside.is_empty()).then_some((of_item(item)?, inside))
        });
        all.collect()
    }

    /// The project's own flows that the one named at a place names, and where it does.
    pub fn callees(&self, file: FileId, at: u32) -> Vec<(Caller, Vec<Span>)> {
        let Some(flow) = self.flow_at(file, at) else { return Vec::new() };
        let mut found: Vec<(FlowId, Vec<Span>)> = Vec::new();
        for name in self.names_in(flow.span.file) {
            let Definition::Flow(id) = name.to else { continue };
            if !flow.span.contains(name.span) || name.span == flow.at {
                continue;
            }
            match found.iter_mut().find(|(other, _)| *other == id) {
                Some((_, places)) => places.push(name.span),
                None => found.push((id, vec![name.span])),
            }
        }
        found.into_iter().filter_map(|(id, places)| Some((self.caller(id)?, places))).collect()
    }

    fn caller(&self, id: FlowId) -> Option<Caller> {
        let span = self.known.project.hir.flows.get(id.0 as usize)?.span;
        let item =
            self.own_items().find(|item| matches!(&item.kind, ItemKind::Flow(decl) if decl.name.span == span))?;
        of_item(item)
    }

    fn own_items(&self) -> impl Iterator<Item = &Item> {
        let own = self.front.trees().filter(|tree| !self.front.sources.is_library(tree.span.file));
        own.flat_map(|tree| &tree.items)
    }
}

fn of_item(item: &Item) -> Option<Caller> {
    let (name, test, at) = match &item.kind {
        ItemKind::Flow(decl) => (decl.name.as_str(), false, decl.name.span),
        ItemKind::Test(decl) => (decl.title.plain().unwrap_or("test"), true, decl.title.span),
        _ => return None,
    };
    Some(Caller { name: name.to_owned(), test, span: item.span, at })
}
