//! Flows that set each other off in a circle: what one does is what another begins with, and so on, back to the first.
//!
//! Flows, events and triggers are the nodes of one graph, so that it stays as small as the project: a flow leads to what
//! it calls, launches and starts and to the events it raises, an event to the triggers that wait for it, a trigger to its
//! flow. Where a header says `once per`, runs are bounded, and no trigger of it is part of a circle.

use super::holds::{constant, may_hold};
use crate::check::order::components;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::entry::{Once, Source, TriggerKind};
use crate::hir::{EntityId, EventId, Expr, ExprKind, Flow, Node, Stmt, StmtKind, Ty};
use crate::resolve::Project;
use crate::syntax::ast::ClauseKind;
use std::collections::{HashMap, HashSet, VecDeque};

/// So many pairs of a thing done and a condition are looked at; beyond, an event is taken to reach all that wait for it.
const PAIRS_MAX: usize = 100_000;
/// So many steps are gone in search of circles: no project that people write comes near.
const STEPS_MAX: usize = 5_000_000;

/// A trigger that lets runs in again and again.
struct Trigger<'h> {
    flow: usize,
    kind: &'h TriggerKind,
    /// What else must hold.
    filter: Option<&'h Expr>,
    span: Span,
}

/// What leads from one node to the next, and where that is written; an event leads to its triggers by itself.
type Edge = (usize, Option<Span>);

/// Warns of every circle, once for the flows that are in it.
pub(super) fn look(p: &Project<'_>, out: &mut Vec<Diagnostic>) {
    let triggers = triggers(p);
    if triggers.is_empty() {
        return;
    }
    let mut web = Web::of(p, &triggers);
    web.group();
    let mut steps = STEPS_MAX;
    let mut told = vec![false; web.to.len()];
    for (at, trigger) in triggers.iter().enumerate() {
        let node = web.trigger(at);
        let Some(circle) = web.circle(node, &told, &mut steps) else { continue };
        for (node, _) in &circle {
            if let Some(told) = told.get_mut(*node) {
                *told = true;
            }
        }
        if let Some(told) = told.get_mut(trigger.flow) {
            *told = true;
        }
        out.push(web.warning(p, &triggers, &circle));
    }
}

fn triggers<'h>(p: &'h Project<'_>) -> Vec<Trigger<'h>> {
    let mut triggers = Vec::new();
    for (flow, (def, source)) in p.hir.flows.iter().zip(&p.flow_sources).enumerate() {
        let Some(entry) = &def.entry else { continue };
        let clauses = source.decl.clauses.iter().filter(|clause| matches!(clause.kind, ClauseKind::On(_)));
        for (trigger, clause) in entry.triggers.iter().zip(clauses) {
            // What has just been made is another each time: `once per` it lets everyone in.
            let new = match (&entry.once, &trigger.on) {
                (Some(Once { per: Source::Param(param), .. }), TriggerKind::Event(event)) => {
                    makes(p, *event) && trigger.args.get(*param as usize) == Some(&Source::Param(0))
                }
                _ => false,
            };
            if entry.once.is_some() && !new {
                continue;
            }
            let filter = trigger.filter.as_ref().map(|filter| &filter.condition);
            triggers.push(Trigger { flow, kind: &trigger.on, filter, span: clause.span });
        }
    }
    triggers
}

/// Whether an event says that a record has been made: its first parameter.
fn makes(p: &Project<'_>, event: EventId) -> bool {
    p.hir.events.get(event.0 as usize).is_some_and(|event| event.name.ends_with(".created"))
}

/// What a header may go by that is the same in the next round: a parameter, or for a record that is new each time whom it
/// is about.
fn once_per(p: &Project<'_>, trigger: &Trigger<'_>) -> Option<String> {
    let flow = p.hir.flows.get(trigger.flow)?;
    let entities = flow.params.iter().filter_map(|param| flow.locals.get(param.local.0 as usize));
    let (local, entity) = entities
        .filter_map(|local| match local.ty {
            Ty::Entity(id) => Some((local, p.hir.entities.get(id.0 as usize)?)),
            _ => None,
        })
        .next()?;
    match trigger.kind {
        TriggerKind::Event(event) if makes(p, *event) => {
            let contact = entity.fields.iter().find(|field| &*field.name == "contact")?;
            Some(format!("{}.{}", local.name, contact.name))
        }
        _ => Some(local.name.to_string()),
    }
}

/// Flows, then events, then triggers.
struct Web {
    to: Vec<Vec<Edge>>,
    flows: usize,
    events: usize,
    known: HashSet<(usize, usize)>,
    /// By node: the same number where each leads to the other, so that only there a circle is searched.
    groups: Vec<usize>,
    pairs: usize,
}

impl Web {
    fn of(p: &Project<'_>, triggers: &[Trigger<'_>]) -> Web {
        let (flows, events) = (p.hir.flows.len(), p.hir.events.len());
        let to = vec![Vec::new(); flows + events + triggers.len()];
        let mut web = Web { to, flows, events, known: HashSet::new(), groups: Vec::new(), pairs: PAIRS_MAX };
        let mut by_event: HashMap<EventId, Vec<usize>> = HashMap::new();
        let mut by_field: HashMap<(EntityId, u32), Vec<usize>> = HashMap::new();
        for (at, trigger) in triggers.iter().enumerate() {
            let node = web.trigger(at);
            web.add(node, trigger.flow, None);
            match trigger.kind {
                TriggerKind::Event(event) => {
                    by_event.entry(*event).or_default().push(at);
                    web.add(flows + event.0 as usize, node, None);
                }
                TriggerKind::Audience(_, condition) => {
                    for field in fields(condition) {
                        by_field.entry(field).or_default().push(at);
                    }
                }
                TriggerKind::Schedule(..) | TriggerKind::Webhook(_) | TriggerKind::Silent(_) => {}
            }
        }
        for (index, flow) in p.hir.flows.iter().enumerate() {
            web.effects(p, index, flow, triggers, &by_event, &by_field);
        }
        web
    }

    fn trigger(&self, at: usize) -> usize {
        self.flows + self.events + at
    }

    fn add(&mut self, from: usize, to: usize, span: Option<Span>) {
        // The first place that leads there is as good as any other.
        if self.known.insert((from, to))
            && let Some(edges) = self.to.get_mut(from)
        {
            edges.push((to, span));
        }
    }

    /// What a flow does that may set off others.
    fn effects(
        &mut self,
        p: &Project<'_>,
        index: usize,
        flow: &Flow,
        triggers: &[Trigger<'_>],
        by_event: &HashMap<EventId, Vec<usize>>,
        by_field: &HashMap<(EntityId, u32), Vec<usize>>,
    ) {
        flow.body.walk(&mut |node| match node {
            Node::Stmt(Stmt { kind: StmtKind::Launch { flow, .. }, span })
            | Node::Expr(Expr { kind: ExprKind::Call { flow, .. } | ExprKind::Start { flow, .. }, span, .. }) => {
                self.add(index, flow.0 as usize, Some(*span));
            }
            Node::Stmt(Stmt { kind: StmtKind::Fire { event, args }, span }) => {
                let waiting = by_event.get(event).map_or(&[][..], Vec::as_slice);
                let Some(left) = self.pairs.checked_sub(waiting.len()) else {
                    return self.add(index, self.flows + event.0 as usize, Some(*span));
                };
                self.pairs = left;
                for at in waiting {
                    let filter = triggers.get(*at).and_then(|trigger| trigger.filter);
                    let sent = |expr: &Expr| match &expr.kind {
                        ExprKind::EventPart { event: of, param, .. } if of == event => {
                            args.get(*param as usize).and_then(constant)
                        }
                        _ => None,
                    };
                    if filter.is_none_or(|filter| may_hold(filter, &sent)) {
                        self.add(index, self.trigger(*at), Some(*span));
                    }
                }
            }
            Node::Stmt(Stmt { kind: StmtKind::SetField { entity, field, value, .. }, span }) => {
                let name = p.hir.entities.get(entity.0 as usize).map_or("", |entity| &entity.name);
                self.raises(p, index, &format!("{}.changed", name.to_lowercase()), *span);
                let reading = by_field.get(&(*entity, *field)).map_or(&[][..], Vec::as_slice);
                let Some(left) = self.pairs.checked_sub(reading.len()) else { return };
                self.pairs = left;
                for at in reading {
                    let Some(Trigger { flow, kind: TriggerKind::Audience(_, condition), .. }) = triggers.get(*at)
                    else {
                        continue;
                    };
                    let written = |expr: &Expr| match &expr.kind {
                        ExprKind::Field { entity: of, field: read, .. } if of == entity && read == field => {
                            constant(value)
                        }
                        _ => None,
                    };
                    // Who is in the audience already does not come to be in it.
                    if *flow != index && may_hold(condition, &written) {
                        self.add(index, self.trigger(*at), Some(*span));
                    }
                }
            }
            Node::Expr(Expr { kind: ExprKind::Action { action, template, .. }, span, .. }) => {
                let called = p.hir.actions.get(template.unwrap_or(*action).0 as usize);
                for event in called.into_iter().flat_map(|action| &action.outward.raises) {
                    self.raises(p, index, event, *span);
                }
            }
            _ => {}
        });
    }

    fn raises(&mut self, p: &Project<'_>, flow: usize, event: &str, span: Span) {
        if let Some(event) = p.events.get(event) {
            self.add(flow, self.flows + event.0 as usize, Some(span));
        }
    }

    /// Finds what leads back to itself.
    fn group(&mut self) {
        let groups = components(self.to.len(), |at, number| Some(self.to.get(at)?.get(number)?.0));
        self.groups = vec![0; self.to.len()];
        for (group, nodes) in groups.into_iter().enumerate() {
            nodes.into_iter().for_each(|node| self.groups[node] = group);
        }
    }

    /// The shortest way from a node back to itself that none of these is on: each node with what leads on from it.
    fn circle(&self, start: usize, told: &[bool], steps: &mut usize) -> Option<Vec<(usize, Option<Span>)>> {
        let mut came: HashMap<usize, (usize, Option<Span>)> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            *steps = steps.checked_sub(self.to.get(at).map_or(0, Vec::len))?;
            for (next, span) in self.to.get(at).into_iter().flatten() {
                if *next == start {
                    let mut circle = vec![(at, *span)];
                    while let Some((before, span)) = circle.last().and_then(|(node, _)| came.get(node)) {
                        circle.push((*before, *span));
                    }
                    circle.reverse();
                    return Some(circle);
                }
                // Events are shared: it is flows that have been told of.
                let spent = *next < self.flows && told.get(*next).copied().unwrap_or(false);
                let back = self.groups.get(*next) == self.groups.get(start);
                if back && !spent && !came.contains_key(next) {
                    came.insert(*next, (at, *span));
                    queue.push_back(*next);
                }
            }
        }
        None
    }

    fn warning(&self, p: &Project<'_>, triggers: &[Trigger<'_>], circle: &[(usize, Option<Span>)]) -> Diagnostic {
        let name = |flow: usize| p.hir.flows.get(flow).map_or("?", |flow| &flow.name);
        let flows: Vec<usize> = circle.iter().map(|(node, _)| *node).filter(|node| *node < self.flows).collect();
        let first = flows.first().copied().unwrap_or_default();
        let way: Vec<String> = flows.iter().chain([&first]).map(|flow| format!("`{}`", name(*flow))).collect();
        let message = match flows.len() {
            1 => format!("{} sets itself off again and again: it begins with what it does.", way[0]),
            _ => format!("These flows set each other off in a circle: {}.", way.join(" → ")),
        };
        let trigger = circle.iter().find_map(|(node, _)| triggers.get(node.checked_sub(self.flows + self.events)?));
        let head = trigger.map_or_else(Span::default, |trigger| trigger.span);
        let mut diagnostic =
            Diagnostic::new(Code::TriggerCircle, head, message).at(format!("begins `{}`", name(first)));
        for (at, (node, span)) in circle.iter().enumerate() {
            let beyond = self.flows + self.events;
            if let Some(trigger) = node.checked_sub(beyond).and_then(|at| triggers.get(at)).filter(|_| at > 0) {
                diagnostic = diagnostic.label(trigger.span, format!("begins `{}`", name(trigger.flow)));
            }
            if let (Some(span), true) = (span, *node < self.flows) {
                let next = circle.iter().skip(at + 1).map(|(node, _)| *node).find(|node| *node < self.flows);
                let text = format!("sets off `{}`", name(next.unwrap_or(first)));
                diagnostic = diagnostic.label(*span, text);
            }
        }
        let bound = circle
            .iter()
            .filter_map(|(node, _)| triggers.get(node.checked_sub(self.flows + self.events)?))
            .find_map(|trigger| Some((once_per(p, trigger)?, name(trigger.flow))));
        diagnostic.help(match bound {
            Some((per, flow)) => {
                format!("Let nobody in again at once: `once per {per} every 1 day` in the header of `{flow}` bounds the circle.")
            }
            None => "Do it only where something is still to be done, under a condition that it does not meet again.".to_owned(),
        })
    }
}

/// The fields that a condition reads.
fn fields(condition: &Expr) -> Vec<(EntityId, u32)> {
    let mut found = Vec::new();
    condition.walk(&mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Field { entity, field, .. }, .. }) = node {
            found.push((*entity, *field));
        }
    });
    found
}
