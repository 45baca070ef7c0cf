//! What a flow has to do with others: every flow, event and action it names.

use crate::hir::{ActionId, ArmKind, Block, EventId, ExprKind, FlowId, Node, StmtKind};
use std::collections::BTreeSet;

/// What one flow names.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub calls: BTreeSet<FlowId>,
    pub launches: BTreeSet<FlowId>,
    pub starts: BTreeSet<FlowId>,
    pub fires: BTreeSet<EventId>,
    pub waits_for: BTreeSet<EventId>,
    pub actions: BTreeSet<ActionId>,
}

/// What a flow's body names.
pub(super) fn of(body: &Block) -> Uses {
    let mut uses = Uses::default();
    body.walk(&mut |node| uses.see(node));
    uses
}

impl Uses {
    fn see(&mut self, node: Node<'_>) {
        match node {
            Node::Stmt(stmt) => self.stmt(&stmt.kind),
            Node::Expr(expr) => self.expr(&expr.kind),
        }
    }

    fn stmt(&mut self, stmt: &StmtKind) {
        match stmt {
            StmtKind::Launch { flow, .. } => {
                self.launches.insert(*flow);
            }
            StmtKind::Fire { event, .. } => {
                self.fires.insert(*event);
            }
            StmtKind::Wait(wait) => self.waits_for.extend(wait.arms.iter().filter_map(|arm| match &arm.kind {
                ArmKind::Event { event, .. } => Some(*event),
                ArmKind::After(_) | ArmKind::When(_) => None,
            })),
            _ => {}
        }
    }

    fn expr(&mut self, expr: &ExprKind) {
        match expr {
            ExprKind::Call { flow, .. } => {
                self.calls.insert(*flow);
            }
            ExprKind::Start { flow, .. } => {
                self.starts.insert(*flow);
            }
            ExprKind::Action(call) => {
                self.actions.insert(call.named());
            }
            _ => {}
        }
    }
}
