//! What flows do to what they are given, as far as two of them could be in each other's way: fields they write, questions
//! they ask.

use super::graph::Graph;
use crate::check::places::{Place, Step, place};
use crate::diag::Span;
use crate::hir::{Action, Block, Choice, Expr, ExprKind, Flow, LocalId, Node, Stmt, StmtKind, SymbolKind, Ty, Write};
use crate::resolve::Project;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Longer chains of fields are not told apart, so that flows that call each other do not make ever longer ones.
const STEPS_MAX: usize = 4;
/// Effects that are kept in mind of one flow.
pub(super) const EFFECTS_MAX: usize = 64;

/// What is done to a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    /// A field gets another value: what it gets, where that is written out.
    Sets(Option<Thing>),
    /// These are put into a list.
    Adds(Vec<Thing>),
    /// These are taken out of a list.
    Removes(Vec<Thing>),
    /// A conversation is asked something.
    Asks,
}

/// What is written, where it is written out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    /// `.vip`
    Symbol(SymbolKind, Arc<str>),
    /// By this method, which takes nothing.
    By(Arc<str>),
    /// What has this name.
    Named(Place),
}

/// Something that is done, and where.
#[derive(Debug, Clone)]
pub(super) struct Effect {
    pub place: Place,
    pub deed: Deed,
    /// In the flow that is looked at.
    pub span: Span,
    /// What is written or asked, which may stand in a flow that is called.
    pub what: Span,
}

impl Effect {
    /// Where it is done in a flow that is called.
    pub fn within(&self) -> Option<Span> {
        (!self.span.contains(self.what)).then_some(self.what)
    }
}

/// What each flow does to its parameters.
pub(super) type Known = Vec<Vec<(Place, Deed, Span)>>;

/// Works it out for the flows of a project.
pub(super) fn known(p: &Project, graph: &Graph) -> Known {
    graph.settle(Vec::new(), |id, known: &[Vec<(Place, Deed, Span)>]| {
        // What has been found stays, so that flows that call each other come to an end.
        let mut found = known.get(id.0 as usize).cloned().unwrap_or_default();
        let Some(flow) = p.hir.flows.get(id.0 as usize) else { return found };
        let look = Look { p, aliases: aliases(p, flow), known };
        for effect in look.effects(&flow.body) {
            let given = (effect.place.root.0 as usize) < flow.params.len() && effect.place.steps.len() <= STEPS_MAX;
            let same = |(place, deed, _): &(Place, Deed, Span)| *place == effect.place && *deed == effect.deed;
            if given && found.len() < EFFECTS_MAX && !found.iter().any(same) {
                found.push((effect.place, effect.deed, effect.what));
            }
        }
        found
    })
}

/// What is known while a flow is looked at.
pub(super) struct Look<'l> {
    pub p: &'l Project,
    /// Names for entities that have another.
    pub aliases: HashMap<LocalId, Place>,
    pub known: &'l [Vec<(Place, Deed, Span)>],
}

/// Names for entities that have another.
pub(super) fn aliases(p: &Project, flow: &Flow) -> HashMap<LocalId, Place> {
    let mut aliases: HashMap<LocalId, Place> = HashMap::new();
    flow.body.walk_stmts(&mut |stmt| {
        if let StmtKind::Let { local, value } | StmtKind::Guard { local, value, .. } = &stmt.kind
            && let (Ty::Entity(_), Some(place)) = (value.ty.present(), entity(p, value))
        {
            let place = first_name(place, &aliases);
            aliases.insert(*local, place);
        }
    });
    aliases
}

/// The place that names an entity; a contact's conversation is the same one as long as it is open.
fn entity(p: &Project, expr: &Expr) -> Option<Place> {
    match &expr.kind {
        ExprKind::Action(call) => {
            let found = p.hir.actions.get(call.action.0 as usize)?;
            let mut place = entity(p, call.args.first()?).filter(|_| &*found.name == "Contact.conversation")?;
            place.steps.push(Step::Conversation);
            Some(place)
        }
        _ => place(expr),
    }
}

fn first_name(mut place: Place, aliases: &HashMap<LocalId, Place>) -> Place {
    if let Some(first) = aliases.get(&place.root) {
        let steps = std::mem::replace(&mut place.steps, first.steps.clone());
        place.root = first.root;
        place.steps.extend(steps);
    }
    place
}

impl Look<'_> {
    /// The place that an entity has, by its first name.
    pub fn place(&self, expr: &Expr) -> Option<Place> {
        entity(self.p, expr).map(|place| first_name(place, &self.aliases))
    }

    /// What a block does, each thing once, where it does it first.
    pub fn effects(&self, block: &Block) -> Vec<Effect> {
        let mut found: Vec<Effect> = Vec::new();
        let mut seen: HashSet<(Place, Deed)> = HashSet::new();
        let mut add = |place: Place, deed: Deed, span: Span, what: Span| {
            if seen.insert((place.clone(), deed.clone())) {
                found.push(Effect { place, deed, span, what });
            }
        };
        // What takes a step back is carried out when the run has failed, beside nothing.
        let mut undo = Span::default();
        block.walk(&mut |node| match node {
            Node::Stmt(Stmt { span, .. }) | Node::Expr(Expr { span, .. }) if undo.contains(*span) => {}
            Node::Stmt(Stmt { kind: StmtKind::Undo(_), span }) => undo = *span,
            Node::Stmt(Stmt { kind: StmtKind::SetField { base, entity, field, value }, span }) => {
                if let Some(mut place) = self.place(base) {
                    place.steps.push(Step::Entity(*entity, *field));
                    add(place, Deed::Sets(self.thing(value)), *span, *span);
                }
            }
            Node::Stmt(Stmt { kind: StmtKind::Choice(choice), span }) => {
                let Choice { conversation, prompt, .. } = &**choice;
                if let Some(place) = self.place(conversation) {
                    add(place, Deed::Asks, *span, prompt.span);
                }
            }
            Node::Stmt(_) => {}
            Node::Expr(expr) => match &expr.kind {
                ExprKind::Ask(ask) => {
                    if let Some(place) = self.place(&ask.conversation) {
                        add(place, Deed::Asks, expr.span, ask.prompt.span);
                    }
                }
                ExprKind::Action(call) => {
                    let Some(action) = self.p.hir.actions.get(call.action.0 as usize) else { return };
                    for (place, deed) in self.method(action, &call.args) {
                        add(place, deed, expr.span, expr.span);
                    }
                }
                ExprKind::Call { flow, args } => {
                    for (inner, deed, what) in self.known.get(flow.0 as usize).into_iter().flatten() {
                        let given = args.get(inner.root.0 as usize).and_then(|arg| self.place(arg));
                        if let Some(mut place) = given {
                            place.steps.extend(inner.steps.iter().copied());
                            add(place, self.seen_from(deed, args), expr.span, *what);
                        }
                    }
                }
                _ => {}
            },
        });
        found
    }

    /// What a method does to the fields of its receiver.
    fn method(&self, action: &Action, args: &[Expr]) -> Vec<(Place, Deed)> {
        let mut found = Vec::new();
        if action.outward.writes.is_empty() {
            return found;
        }
        let Some((receiver, given)) = args.split_first() else { return found };
        let (Ty::Entity(id), Some(base)) = (receiver.ty.present(), self.place(receiver)) else { return found };
        let Some(entity) = self.p.hir.entities.get(id.0 as usize) else { return found };
        for (name, write) in &action.outward.writes {
            let Some(field) = entity.fields.iter().position(|field| field.name == *name) else { continue };
            let mut place = base.clone();
            place.steps.push(Step::Entity(id, field as u32));
            let deed = match write {
                Write::Sets if given.iter().all(|arg| matches!(arg.kind, ExprKind::Null)) => {
                    Deed::Sets(Some(Thing::By(action.name.clone())))
                }
                Write::Sets => Deed::Sets(given.first().and_then(|value| self.thing(value))),
                Write::Adds => Deed::Adds(self.things(given)),
                Write::Removes => Deed::Removes(self.things(given)),
            };
            found.push((place, deed));
        }
        found
    }

    fn things(&self, args: &[Expr]) -> Vec<Thing> {
        let items = args.iter().flat_map(|arg| match &arg.kind {
            ExprKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(arg),
        });
        items.filter_map(|item| self.thing(item)).collect()
    }

    fn thing(&self, value: &Expr) -> Option<Thing> {
        match &value.kind {
            ExprKind::Symbol(kind, name) => Some(Thing::Symbol(*kind, name.clone())),
            ExprKind::Wrap(inner) | ExprKind::Unwrap(inner) | ExprKind::Convert(_, inner) => self.thing(inner),
            _ => self.place(value).map(Thing::Named),
        }
    }

    /// What is done in a flow that is called, with the caller's names.
    fn seen_from(&self, deed: &Deed, args: &[Expr]) -> Deed {
        let thing = |thing: &Thing| match thing {
            Thing::Named(inner) => {
                let given = args.get(inner.root.0 as usize)?;
                if inner.steps.is_empty() {
                    return self.thing(given);
                }
                let mut place = self.place(given)?;
                place.steps.extend(inner.steps.iter().copied());
                (place.steps.len() <= STEPS_MAX).then_some(Thing::Named(place))
            }
            other => Some(other.clone()),
        };
        match deed {
            Deed::Sets(value) => Deed::Sets(value.as_ref().and_then(thing)),
            Deed::Adds(items) => Deed::Adds(items.iter().filter_map(thing).collect()),
            Deed::Removes(items) => Deed::Removes(items.iter().filter_map(thing).collect()),
            Deed::Asks => Deed::Asks,
        }
    }
}
