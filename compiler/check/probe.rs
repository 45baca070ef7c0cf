//! What could stand at a place: a name that means nothing, put where somebody is typing, is met by the check in its scope, and
//! with what is wanted there.

use super::args::Slot;
use super::body::{self, Body};
use crate::hir::Ty;
use crate::resolve::{FlowSource, Project};
use crate::syntax::ast::{self, ItemKind};
use std::sync::Arc;

/// The name that means nothing. It stands in no file, only in the copy of a text in which is looked for it.
pub(crate) const MARK: &str = "cursor__is__here";

/// A parameter that is not given yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Open {
    pub name: Arc<str>,
    pub ty: Ty,
    /// It has to be given.
    pub needed: bool,
}

/// What the mark stood for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Probe {
    /// A value: the names in scope with their types, and the type that is wanted.
    Value { locals: Vec<(Arc<str>, Ty)>, want: Option<Ty> },
    /// What stands behind a dot of a value of this type.
    Member(Ty),
    /// What stands behind names that are no value: `sms.`, `tag.`, `Plan.`, `billing.`.
    Path(String),
    /// A bare variant of this type, where it is known.
    Variant(Option<Ty>),
    /// An event.
    Event,
    /// A type.
    Type,
}

/// A call around the mark.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Around {
    /// What is called.
    pub of: String,
    /// `to: Phone`
    pub params: Vec<String>,
    /// Which of them is being written; none where it is too much.
    pub active: Option<usize>,
}

/// What was found out about the mark.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Probed {
    pub what: Option<Probe>,
    /// Parameters of the innermost call that the mark is an argument of, and that are not given yet.
    pub open: Vec<Open>,
    /// The innermost call around it: what is called, its parameters as they are written, and which of them the mark is of.
    pub call: Option<Around>,
}

impl Body<'_> {
    /// Whether a name is the mark, where there is one.
    pub fn is_mark(&self, name: &str) -> bool {
        self.probing.is_some() && name == MARK
    }

    /// Notes what the mark stood for, the first time it is met.
    pub fn probed(&mut self, what: impl FnOnce(&Self) -> Probe) {
        if self.probe.what.is_none() {
            self.probe.what = Some(what(self));
        }
    }

    /// The names in scope, nearest last.
    pub fn in_scope(&self) -> Vec<(Arc<str>, Ty)> {
        let info = |name: &str| self.local(name).and_then(|id| self.local_info(id));
        let mut names: Vec<(Arc<str>, Ty)> =
            self.local_names().filter_map(info).map(|local| (local.name.clone(), local.ty.clone())).collect();
        names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        names
    }

    /// Notes which parameters are still open where one of the arguments is the mark.
    pub fn probe_args<S: Slot>(&mut self, of: &str, slots: &[S], args: &[ast::Arg]) {
        let around = |arg: &ast::Arg| self.probing.is_some_and(|at| arg.span.start <= at && at <= arg.span.end);
        if let Some(position) = args.iter().position(around) {
            let name = args.get(position).and_then(|arg| arg.name.as_ref());
            let named = name.map(|name| slots.iter().position(|slot| **slot.name() == *name.as_str()));
            let written = |slot: &S| format!("{}: {}", slot.name(), self.p.show(slot.ty()));
            let call = Around {
                of: of.to_owned(),
                params: slots.iter().map(written).collect(),
                active: named.unwrap_or(Some(position)).filter(|at| *at < slots.len()),
            };
            // What is within it is looked at later, and is nearer.
            self.probe.call = Some(call);
        }
        let is_mark = |expr: &ast::Expr| matches!(&expr.kind, ast::ExprKind::Name(name) if self.is_mark(name));
        let Some(position) = args.iter().position(|arg| arg.name.is_none() && is_mark(&arg.value)) else { return };
        let given = |at: usize, name: &str| {
            args.iter().enumerate().any(|(index, arg)| match &arg.name {
                Some(other) => other.as_str() == name,
                None => index == at && index != position,
            })
        };
        let open = slots.iter().enumerate().filter(|(at, slot)| !given(*at, slot.name()));
        self.probe.open = open
            .map(|(_, slot)| Open {
                name: slot.name().clone(),
                ty: slot.ty().clone(),
                needed: slot.default().is_none(),
            })
            .collect();
    }
}

/// Whether a type as written holds the mark.
pub(crate) fn is_marked(written: &ast::TypeExpr) -> bool {
    match &written.kind {
        ast::TypeKind::Error => false,
        ast::TypeKind::Optional(inner) => is_marked(inner),
        ast::TypeKind::Named { path, args } => {
            path.segments.iter().any(|name| name.as_str() == MARK) || args.iter().any(is_marked)
        }
    }
}

/// Looks for the mark in a file that was parsed with it, at a byte: in the flow or test that holds it.
pub(crate) fn probe(project: &Project, module: usize, tree: &ast::File, at: u32) -> Option<Probed> {
    let item = tree.items.iter().find(|item| item.span.start <= at && at <= item.span.end)?;
    let mut out = Vec::new();
    match &item.kind {
        ItemKind::Flow(decl) => {
            let id = *project.modules.get(module)?.flows.get(decl.name.as_str())?;
            let source = FlowSource { decl: Arc::clone(decl), module };
            Some(body::flow_as(project, id, &source, Some(at), &mut out).probe)
        }
        ItemKind::Test(decl) => {
            let mut body = Body::new(project, module, &mut out);
            body.test = true;
            body.probing = Some(at);
            Some(body.whole_test(&decl.body).probe)
        }
        _ => None,
    }
}
