//! Places: what a chain of names stands for, so that the same chain can be recognised later.

use crate::effort;
use crate::hir::{EntityId, EventId, Expr, ExprKind, LocalId, RecordId};

/// A local, and fields from there on.
#[derive(Debug, Clone, Eq, Hash)]
#[allow(
    clippy::derived_hash_with_manual_eq,
    reason = "what is equal is what would be derived; it is only counted in tests"
)]
pub(super) struct Place {
    pub root: LocalId,
    pub steps: Vec<Step>,
}

/// A field on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Read from the workspace each time.
    Entity(EntityId, u32),
    /// Part of a value, which never changes.
    Record(RecordId, u32),
    /// Part of an event.
    Event(EventId, u32),
    /// `contact.conversation()`
    Conversation,
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        effort::spent(1);
        self.root == other.root && self.steps == other.steps
    }
}

impl Place {
    /// Whether it is read anew each time.
    pub fn is_live(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Entity(..)))
    }
}

/// The place that an expression names, if it names one. `a?.b` and `a.b` are the same place.
pub(super) fn place(expr: &Expr) -> Option<Place> {
    match &expr.kind {
        ExprKind::Local(root) => Some(Place { root: *root, steps: Vec::new() }),
        ExprKind::Unwrap(inner) | ExprKind::Wrap(inner) => place(inner),
        ExprKind::Field { base, entity, field } => with(base, Step::Entity(*entity, *field)),
        ExprKind::Part { base, record, field } => with(base, Step::Record(*record, *field)),
        ExprKind::EventPart { base, event, param } => with(base, Step::Event(*event, *param)),
        ExprKind::Chain { base, local, then } => {
            let inner = place(then)?;
            if inner.root != *local {
                return None;
            }
            let mut outer = place(base)?;
            outer.steps.extend(inner.steps);
            Some(outer)
        }
        _ => None,
    }
}

fn with(base: &Expr, step: Step) -> Option<Place> {
    let mut place = place(base)?;
    place.steps.push(step);
    Some(place)
}

/// The places on the way to an expression that must be present when it is: `a.b` and `a.b.c` for `a?.b?.c`.
pub(super) fn present_places(expr: &Expr, into: &mut Vec<Place>) {
    match &expr.kind {
        ExprKind::Unwrap(inner) | ExprKind::Wrap(inner) => return present_places(inner, into),
        ExprKind::Chain { base, .. } => present_places(base, into),
        _ => {}
    }
    into.extend(place(expr));
}

/// How many steps the place of an expression has, and before which of them stands `?.`.
fn chained(expr: &Expr, from: usize, into: &mut Vec<usize>) -> usize {
    match &expr.kind {
        ExprKind::Unwrap(inner) | ExprKind::Wrap(inner) => chained(inner, from, into),
        ExprKind::Field { base, .. } | ExprKind::Part { base, .. } | ExprKind::EventPart { base, .. } => {
            chained(base, from, into) + 1
        }
        ExprKind::Chain { base, then, .. } => {
            let steps = chained(base, from, into);
            into.push(steps);
            chained(then, steps, into)
        }
        _ => from,
    }
}

/// The place that an expression names as it is written, each `?.` kept.
pub(super) fn written(source: &crate::hir::Hir, locals: &[crate::hir::Local], expr: &Expr) -> Option<String> {
    let place = place(expr)?;
    let mut optional = Vec::new();
    chained(expr, 0, &mut optional);
    Some(words(source, locals, &place, &optional))
}

/// A place as people write it.
pub(super) fn text(source: &crate::hir::Hir, locals: &[crate::hir::Local], place: &Place) -> String {
    words(source, locals, place, &[])
}

fn words(source: &crate::hir::Hir, locals: &[crate::hir::Local], place: &Place, optional: &[usize]) -> String {
    let mut text = locals.get(place.root.0 as usize).map_or_else(String::new, |local| local.name.to_string());
    for (at, step) in place.steps.iter().enumerate() {
        if optional.contains(&at) {
            text.push('?');
        }
        let name = match step {
            Step::Entity(id, field) => source
                .entities
                .get(id.0 as usize)
                .and_then(|entity| entity.fields.get(*field as usize))
                .map(|field| &field.name),
            Step::Record(id, field) => source
                .records
                .get(id.0 as usize)
                .and_then(|record| record.fields.get(*field as usize))
                .map(|field| &field.name),
            Step::Event(id, param) => source
                .events
                .get(id.0 as usize)
                .and_then(|event| event.params.get(*param as usize))
                .map(|(name, _)| name),
            Step::Conversation => {
                text.push_str(".conversation()");
                continue;
            }
        };
        text.push('.');
        text.push_str(name.map_or("", |name| name));
    }
    text
}
