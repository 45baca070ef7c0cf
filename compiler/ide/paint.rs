//! What each name of a file is, for an editor that shows it in its colour.

use super::Analysis;
use crate::diag::{FileId, Span};
use crate::hir::Definition;

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// A module or a connector.
    Module,
    /// A record or an entity.
    Type,
    /// An enum.
    Enum,
    /// A variant.
    Variant,
    /// A parameter.
    Parameter,
    /// A name of a flow.
    Variable,
    /// A field, or what an event carries.
    Field,
    /// An event.
    Event,
    /// A flow.
    Flow,
    /// An action.
    Action,
    /// A method of an entity.
    Method,
    /// A tag, a team, a template …
    Name,
    /// An anchor.
    Anchor,
}

/// A name with what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Painted {
    /// The name.
    pub span: Span,
    /// What it is.
    pub paint: Paint,
    /// It is declared here.
    pub declared: bool,
    /// The standard library, or the language, brings it.
    pub library: bool,
    /// It is not to be used any more.
    pub deprecated: bool,
}

impl Analysis {
    /// The names of a file with what they are, in order; none overlaps another.
    pub fn painted(&self, file: FileId) -> Vec<Painted> {
        let hir = &self.known.project.hir;
        let params: std::collections::HashSet<Span> = self.param_places(file);
        let mut painted: Vec<Painted> = Vec::new();
        for name in self.names_in(file) {
            let action = |id: &crate::hir::ActionId| hir.actions.get(id.0 as usize);
            let paint = match &name.to {
                Definition::Local(span) if params.contains(span) => Paint::Parameter,
                // A parameter of what another file, or the library, declares.
                Definition::Local(span) if span.file != file => Paint::Parameter,
                Definition::Local(_) => Paint::Variable,
                Definition::Flow(_) => Paint::Flow,
                Definition::Action(id) => match action(id).and_then(|action| action.params.first()) {
                    Some(first) if &*first.name == "self" => Paint::Method,
                    _ => Paint::Action,
                },
                Definition::Event(_) => Paint::Event,
                Definition::Enum(_) => Paint::Enum,
                Definition::Variant(..) => Paint::Variant,
                Definition::Record(_) | Definition::Entity(_) => Paint::Type,
                Definition::RecordField(..) | Definition::EntityField(..) | Definition::EventParam(..) => Paint::Field,
                Definition::Symbol(..) => Paint::Name,
                Definition::Anchor(_) => Paint::Anchor,
                Definition::Module(_) | Definition::Connector(_) => Paint::Module,
                Definition::Builtin(_, _) => Paint::Method,
            };
            let place = self.declared_at(&name.to);
            if painted.last().is_some_and(|last| name.span.start < last.span.end) {
                continue;
            }
            painted.push(Painted {
                span: name.span,
                paint,
                declared: place == Some(name.span),
                library: place.is_none_or(|place| !self.known.project.is_own(place)),
                deprecated: matches!(&name.to, Definition::Action(id) if action(id).is_some_and(|action| action.deprecated.is_some())),
            });
        }
        painted
    }

    /// Where the parameters of a file's flows and actions are declared.
    fn param_places(&self, file: FileId) -> std::collections::HashSet<Span> {
        use crate::syntax::ast::{ItemKind, Param};
        let trees = self.front.trees().filter(|tree| tree.span.file == file);
        let params = trees.flat_map(|tree| &tree.items).flat_map(|item| -> &[Param] {
            match &item.kind {
                ItemKind::Flow(decl) => &decl.params,
                ItemKind::Action(decl) => &decl.params,
                _ => &[],
            }
        });
        params.map(|param| param.name.span).collect()
    }
}
