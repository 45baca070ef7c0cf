//! Who calls, launches and starts whom.

use crate::check::order::{Queue, components};
use crate::hir::{Expr, ExprKind, FlowId, Node, StmtKind};
use crate::resolve::Project;
use std::collections::HashSet;

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

/// The flows of a project with what leads where.
pub(super) struct Graph {
    /// By flow: where it leads, in the order of the text.
    pub to: Vec<Vec<(FlowId, Way)>>,
    /// By flow: flows that lead to it, each once for every way.
    pub from: Vec<Vec<(FlowId, Way)>>,
}

impl Graph {
    pub fn of(p: &Project) -> Graph {
        let flows = &p.hir.flows;
        let mut graph = Graph { to: vec![Vec::new(); flows.len()], from: vec![Vec::new(); flows.len()] };
        for (index, flow) in flows.iter().enumerate() {
            let mut to: Vec<(FlowId, Way)> = Vec::new();
            let mut seen = HashSet::new();
            let mut add = |edge| {
                if seen.insert(edge) {
                    to.push(edge);
                }
            };
            flow.body.walk(&mut |node| match node {
                Node::Stmt(stmt) => {
                    if let StmtKind::Launch { flow, .. } = &stmt.kind {
                        add((*flow, Way::Launch));
                    }
                }
                Node::Expr(Expr { kind: ExprKind::Call { flow, .. }, .. }) => add((*flow, Way::Call)),
                Node::Expr(Expr { kind: ExprKind::Start { flow, .. }, .. }) => add((*flow, Way::Start)),
                Node::Expr(_) => {}
            });
            for (flow, way) in &to {
                if let Some(from) = graph.from.get_mut(flow.0 as usize) {
                    from.push((FlowId(index as u32), *way));
                }
            }
            if let Some(slot) = graph.to.get_mut(index) {
                *slot = to;
            }
        }
        graph
    }

    fn next(&self, at: usize, number: usize) -> Option<usize> {
        Some(self.to.get(at)?.get(number)?.0.0 as usize)
    }

    /// The flows that lead back to themselves, those that do so together in one list, in order.
    pub fn circles(&self) -> Vec<Vec<FlowId>> {
        let mut circles = components(self.to.len(), |at, number| self.next(at, number));
        circles.retain(|circle| match circle.as_slice() {
            [at] => self.to[*at].iter().any(|(to, _)| to.0 as usize == *at),
            _ => true,
        });
        circles.iter_mut().for_each(|circle| circle.sort_unstable());
        circles.sort();
        let ids = |circle: Vec<usize>| circle.into_iter().map(|at| FlowId(at as u32)).collect();
        circles.into_iter().map(ids).collect()
    }

    /// Works out something of every flow that depends on what is known of those it leads to. `of` is asked again for a
    /// flow whenever something it depends on has grown, so what it yields must only ever grow, and not for ever.
    pub fn settle<T: PartialEq + Clone>(&self, least: T, mut of: impl FnMut(FlowId, &[T]) -> T) -> Vec<T> {
        let mut known = vec![least; self.to.len()];
        let mut queue = Queue::of(self.to.len(), |at, number| self.next(at, number));
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
