//! Who calls, launches and starts whom.

use crate::check::order::{Queue, components, ranks};
use crate::hir::{Block, Expr, ExprKind, Flow, FlowId, Node, StmtKind};
use crate::resolve::{FlowSource, Project};
use std::collections::HashSet;
use std::sync::Arc;

/// How one flow leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// `f(x)`: waited for.
    Call,
    /// `launch f(x)`: the run becomes that flow.
    Launch,
    /// `start f(x)`: a run of its own.
    Start,
}

/// Where a flow leads, in the order of the text, each once for every way.
pub(super) type Leads = Arc<[(FlowId, Way)]>;

/// The flows of a project with what leads where.
pub(super) struct Graph {
    /// By flow: where it leads.
    pub to: Vec<Leads>,
    /// By flow: flows that lead to it, each once for every way.
    pub from: Vec<Vec<(FlowId, Way)>>,
    /// By flow, when it is gone through: what it leads to comes first.
    ranks: Arc<[u32]>,
    /// The flows that are looked at: with each all that it leads to and that lead to it, however far.
    looked: Vec<FlowId>,
}

impl Graph {
    /// `known`: where a flow leads, if that is known already.
    pub fn of(p: &Project, known: impl Fn(usize) -> Option<Leads>) -> Graph {
        let leads = |(index, flow): (usize, &Flow)| known(index).unwrap_or_else(|| leads(&flow.body));
        let to: Vec<Leads> = p.hir.flows.iter().enumerate().map(leads).collect();
        let mut from = vec![Vec::new(); to.len()];
        for (index, to) in to.iter().enumerate() {
            for (flow, way) in to.iter() {
                if let Some(from) = from.get_mut(flow.0 as usize) {
                    from.push((FlowId(index as u32), *way));
                }
            }
        }
        let next = |at: usize, number: usize| Some(to.get(at)?.get(number)?.0.0 as usize);
        let ranks = ranks(to.len(), next).into();
        let looked = (0..to.len() as u32).map(FlowId).collect();
        Graph { to, from, ranks, looked }
    }

    /// By flow, the first of all those that it leads to and that lead to it, however far.
    pub fn groups(&self) -> Vec<u32> {
        let mut group: Vec<u32> = vec![u32::MAX; self.to.len()];
        for first in 0..self.to.len() {
            let mut open = vec![first];
            while let Some(at) = open.pop() {
                let Some(slot @ &mut u32::MAX) = group.get_mut(at) else { continue };
                *slot = first as u32;
                let from = self.from.get(at).into_iter().flatten();
                let to = self.to.get(at).into_iter().flat_map(|to| to.iter());
                open.extend(from.chain(to).map(|(flow, _)| flow.0 as usize));
            }
        }
        group
    }

    /// Has only these looked at, which are whole groups, and says which were before.
    pub fn look_at(&mut self, flows: Vec<FlowId>) -> Vec<FlowId> {
        std::mem::replace(&mut self.looked, flows)
    }

    /// How many flows are looked at.
    pub fn looked(&self) -> usize {
        self.looked.len()
    }

    /// The flows that are looked at.
    pub fn flows<'p>(&self, p: &'p Project) -> impl Iterator<Item = (FlowId, &'p Flow, &'p FlowSource)> {
        let of = move |id: &FlowId| Some((*id, p.hir.flows.get(id.0 as usize)?, p.flow_sources.get(id.0 as usize)?));
        self.looked.iter().filter_map(of)
    }

    fn next(&self, at: usize, number: usize) -> Option<usize> {
        Some(self.to.get(at)?.get(number)?.0.0 as usize)
    }

    /// The flows that are looked at and lead back to themselves, those that do so together in one list, in order.
    pub fn circles(&self) -> Vec<Vec<FlowId>> {
        let mut looked = vec![false; self.to.len()];
        for flow in &self.looked {
            if let Some(looked) = looked.get_mut(flow.0 as usize) {
                *looked = true;
            }
        }
        let is_looked = |at: usize| looked.get(at).copied().unwrap_or(false);
        let mut circles = components(self.to.len(), |at, number| self.next(at, number).filter(|_| is_looked(at)));
        circles.retain(|circle| match circle.as_slice() {
            [at] => is_looked(*at) && self.to[*at].iter().any(|(to, _)| to.0 as usize == *at),
            _ => true,
        });
        circles.iter_mut().for_each(|circle| circle.sort_unstable());
        circles.sort();
        let ids = |circle: Vec<usize>| circle.into_iter().map(|at| FlowId(at as u32)).collect();
        circles.into_iter().map(ids).collect()
    }

    /// Works out something of every flow that is looked at, and that depends on what is known of those it leads to. `of` is asked again for a
    /// flow whenever something it depends on has grown, so what it yields must only ever grow, and not for ever.
    pub fn settle<T: PartialEq + Clone>(&self, least: T, mut of: impl FnMut(FlowId, &[T]) -> T) -> Vec<T> {
        let mut known = vec![least; self.to.len()];
        let mut queue = Queue::among(Arc::clone(&self.ranks), self.looked.iter().map(|flow| flow.0));
        while let Some(at) = queue.pop() {
            let found = of(FlowId(at as u32), &known);
            if known[at] == found {
                continue;
            }
            known[at] = found;
            self.from.get(at).into_iter().flatten().for_each(|(from, _)| queue.push(from.0 as usize));
        }
        known
    }
}

fn leads(body: &Block) -> Leads {
    let mut to: Vec<(FlowId, Way)> = Vec::new();
    let mut seen = HashSet::new();
    let mut add = |edge| {
        if seen.insert(edge) {
            to.push(edge);
        }
    };
    body.walk(&mut |node| match node {
        Node::Stmt(stmt) => {
            if let StmtKind::Launch { flow, .. } = &stmt.kind {
                add((*flow, Way::Launch));
            }
        }
        Node::Expr(Expr { kind: ExprKind::Call { flow, .. }, .. }) => add((*flow, Way::Call)),
        Node::Expr(Expr { kind: ExprKind::Start { flow, .. }, .. }) => add((*flow, Way::Start)),
        Node::Expr(_) => {}
    });
    to.into()
}
