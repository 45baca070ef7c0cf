//! Flows, events and triggers as one graph.

use super::circles::{Deeds, Trigger};
use super::deeds::{Deed, Kind};
use super::happened::Happened;
use super::moved::Moved;
use crate::check::order::components;
use crate::diag::Span;
use crate::hir::entry::TriggerKind;
use crate::hir::{EntityId, EventId, Expr, ExprKind, Node};
use crate::resolve::Project;
use std::collections::{HashMap, HashSet, VecDeque};

/// So many pairs of a thing done and a condition are looked at; beyond, an event is taken to reach all that wait for it.
const PAIRS_MAX: usize = 100_000;

/// What leads from one node to the next, and where that is written; an event leads to its triggers by itself.
type Edge = (usize, Option<Span>);

/// Flows, then events twice: as what everyone waits for who asks nothing, and as what the others wait for. Then triggers.
pub(super) struct Web {
    pub to: Vec<Vec<Edge>>,
    pub flows: usize,
    events: usize,
    known: HashSet<(usize, usize)>,
    /// By node: the same number where each leads to the other, so that only there a circle is searched.
    pub groups: Vec<usize>,
    pairs: usize,
}

/// What is known of a project before its graph is.
struct Known<'k, 'h> {
    p: &'k Project,
    triggers: &'k [Trigger<'h>],
    done: &'k [Deeds<'h>],
    waiting: Waiting,
}

/// Who waits for what: triggers, by their places.
#[derive(Default)]
struct Waiting {
    /// Under conditions.
    events: HashMap<EventId, Vec<usize>>,
    fields: HashMap<(EntityId, u32), Vec<usize>>,
}

impl Web {
    pub fn of<'h>(p: &Project, triggers: &[Trigger<'h>], done: &[Deeds<'h>]) -> Web {
        let (flows, events) = (p.hir.flows.len(), p.hir.events.len());
        let to = vec![Vec::new(); flows + 2 * events + triggers.len()];
        let mut web = Web { to, flows, events, known: HashSet::new(), groups: Vec::new(), pairs: PAIRS_MAX };
        let mut waiting = Waiting::default();
        for (at, trigger) in triggers.iter().enumerate() {
            let node = web.trigger(at);
            web.add(node, trigger.flow, None);
            match trigger.kind {
                TriggerKind::Event(event) => {
                    let deeds = done.get(trigger.flow).map_or(&[][..], |(deeds, _)| deeds);
                    let bounded = trigger.filter.is_some() || !trigger.exits.is_empty();
                    let asks = bounded || !deeds.iter().any(Deed::is_done_always);
                    if asks {
                        waiting.events.entry(*event).or_default().push(at);
                    }
                    web.add(flows + event.0 as usize + if asks { events } else { 0 }, node, None);
                }
                TriggerKind::Audience(_, condition) => {
                    for field in fields(condition) {
                        waiting.fields.entry(field).or_default().push(at);
                    }
                }
                TriggerKind::Schedule(..) | TriggerKind::Webhook(_) | TriggerKind::Silent(_) => {}
            }
        }
        let known = Known { p, triggers, done, waiting };
        for (index, (deeds, _)) in done.iter().enumerate() {
            for deed in deeds {
                match deed.kind {
                    Kind::Leads(flow) => web.add(index, flow.0 as usize, Some(deed.span)),
                    Kind::Fires(event, _) => web.raises(&known, index, deed, event),
                    Kind::Sets { entity, .. } => {
                        let name = p.hir.entities.get(entity.0 as usize).map_or("", |entity| &entity.name);
                        if let Some(event) =
                            p.events.get(&*format!("{}.changed", flow_bytecode::schema::snake_case(name)))
                        {
                            web.raises(&known, index, deed, *event);
                        }
                    }
                    Kind::Calls(action, _) => {
                        for event in action.outward.raises.iter().filter_map(|event| p.events.get(event)) {
                            web.raises(&known, index, deed, *event);
                        }
                    }
                }
                for (written, _) in deed.writes(p) {
                    web.moves(&known, index, deed, written);
                }
            }
        }
        web
    }

    /// The node of a trigger.
    pub fn trigger(&self, at: usize) -> usize {
        self.flows + 2 * self.events + at
    }

    /// The trigger that a node is.
    pub fn trigger_of(&self, node: usize) -> Option<usize> {
        node.checked_sub(self.trigger(0))
    }

    /// Takes a node out of every circle.
    pub fn cut(&mut self, node: usize) {
        if let Some(edges) = self.to.get_mut(node) {
            edges.clear();
        }
    }

    /// Whether that has been done.
    pub fn is_cut(&self, node: usize) -> bool {
        self.to.get(node).is_none_or(Vec::is_empty)
    }

    fn add(&mut self, from: usize, to: usize, span: Option<Span>) {
        // The first place that leads there is as good as any other.
        if self.known.insert((from, to))
            && let Some(edges) = self.to.get_mut(from)
        {
            edges.push((to, span));
        }
    }

    /// A flow raises an event.
    fn raises(&mut self, known: &Known<'_, '_>, index: usize, deed: &Deed<'_>, event: EventId) {
        let node = self.flows + event.0 as usize;
        self.add(index, node, Some(deed.span));
        let asking = known.waiting.events.get(&event).map_or(&[][..], Vec::as_slice);
        let Some(left) = self.pairs.checked_sub(asking.len()) else {
            return self.add(index, node + self.events, Some(deed.span));
        };
        self.pairs = left;
        for at in asking {
            let Some(trigger) = known.triggers.get(*at) else { continue };
            let (Some(own), Some((then, _))) = (known.done.get(index), known.done.get(trigger.flow)) else { continue };
            if (Happened { p: known.p, deed, event, own, trigger }).lets_in(then) {
                self.add(index, self.trigger(*at), Some(deed.span));
            }
        }
    }

    /// A flow writes a field, by which records come into audiences.
    fn moves(&mut self, known: &Known<'_, '_>, index: usize, deed: &Deed<'_>, written: (EntityId, u32)) {
        let Some((_, look)) = known.done.get(index) else { return };
        let reading = known.waiting.fields.get(&written).map_or(&[][..], Vec::as_slice);
        let Some(left) = self.pairs.checked_sub(reading.len()) else { return };
        self.pairs = left;
        for at in reading {
            let Some(Trigger { flow, kind: TriggerKind::Audience(_, condition), .. }) = known.triggers.get(*at) else {
                continue;
            };
            // Who is in the audience already does not come to be in it.
            if *flow != index && (Moved { p: known.p, deed, look, written }).comes_into(condition) {
                self.add(index, self.trigger(*at), Some(deed.span));
            }
        }
    }

    /// Finds what leads back to itself.
    pub fn group(&mut self) {
        let groups = components(self.to.len(), |at, number| Some(self.to.get(at)?.get(number)?.0));
        self.groups = vec![0; self.to.len()];
        for (group, nodes) in groups.into_iter().enumerate() {
            nodes.into_iter().for_each(|node| self.groups[node] = group);
        }
    }

    /// The shortest way from a node back to itself that none of these is on: each node with what leads on from it.
    pub fn circle(&self, start: usize, told: &[bool], steps: &mut usize) -> Option<Vec<(usize, Option<Span>)>> {
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
}

/// The fields that a condition reads.
pub(super) fn fields(condition: &Expr) -> Vec<(EntityId, u32)> {
    let mut found = Vec::new();
    condition.walk(&mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Field { entity, field, .. }, .. }) = node {
            found.push((*entity, *field));
        }
    });
    found
}
