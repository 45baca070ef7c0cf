//! Who calls, launches and starts whom.

use crate::check::order::Queue;
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
    pub fn of(p: &Project<'_>) -> Graph {
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

    /// The flows that lead back to themselves, those that do so together in one list, in order.
    pub fn circles(&self) -> Vec<Vec<FlowId>> {
        let mut order = vec![0_u32; self.to.len()];
        let mut low = order.clone();
        let mut circles = Vec::new();
        let mut open: Vec<u32> = Vec::new();
        let mut is_open = vec![false; self.to.len()];
        let mut count = 0;
        for root in 0..self.to.len() as u32 {
            if order[root as usize] != 0 {
                continue;
            }
            // Flows that are being looked at, each with how many of its ways have been followed.
            let mut ways: Vec<(u32, usize)> = vec![(root, 0)];
            while let Some((flow, next)) = ways.last_mut() {
                let at = *flow as usize;
                if *next == 0 {
                    count += 1;
                    order[at] = count;
                    low[at] = count;
                    open.push(*flow);
                    is_open[at] = true;
                }
                let to = self.to[at].get(*next).map(|(to, _)| to.0 as usize).filter(|to| *to < self.to.len());
                *next += 1;
                if let Some(to) = to {
                    if order[to] == 0 {
                        ways.push((to as u32, 0));
                    } else if is_open[to] {
                        low[at] = low[at].min(order[to]);
                    }
                    continue;
                }
                ways.pop();
                if let Some((before, _)) = ways.last() {
                    low[*before as usize] = low[*before as usize].min(low[at]);
                }
                if low[at] == order[at] {
                    let start = open.iter().rposition(|flow| *flow as usize == at).unwrap_or(0);
                    let mut circle: Vec<FlowId> = open.split_off(start).into_iter().map(FlowId).collect();
                    circle.iter().for_each(|flow| is_open[flow.0 as usize] = false);
                    circle.sort();
                    if circle.len() > 1 || self.to[at].iter().any(|(to, _)| to.0 as usize == at) {
                        circles.push(circle);
                    }
                }
            }
        }
        circles.sort();
        circles
    }

    /// Works out something of every flow that depends on what is known of those it leads to. `of` is asked again for a
    /// flow whenever something it depends on has grown, so what it yields must only ever grow, and not for ever.
    pub fn settle<T: PartialEq + Clone>(&self, least: T, mut of: impl FnMut(FlowId, &[T]) -> T) -> Vec<T> {
        let mut known = vec![least; self.to.len()];
        let mut queue = Queue::of(self.to.len(), |at, number| Some(self.to.get(at)?.get(number)?.0.0 as usize));
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
