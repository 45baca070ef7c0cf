//! What a flow has to do with others: every flow, event and action it names.

use crate::hir::{ActionId, ArmKind, AskKind, Block, Due, EventId, Expr, ExprKind, FlowId, StmtKind};
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
    uses.block(body);
    uses
}

impl Uses {
    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            self.stmt(&stmt.kind);
        }
    }

    fn all(&mut self, values: &[Expr]) {
        values.iter().for_each(|value| self.expr(value));
    }

    fn stmt(&mut self, stmt: &StmtKind) {
        match stmt {
            StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } => self.expr(value),
            StmtKind::Expr(value) | StmtKind::Fail(value) => self.expr(value),
            StmtKind::SetField { base, value, .. } => {
                self.expr(base);
                self.expr(value);
            }
            StmtKind::Guard { value, otherwise, .. } => {
                self.expr(value);
                self.block(otherwise);
            }
            StmtKind::If { condition, then, otherwise } => {
                self.expr(condition);
                self.block(then);
                self.block(otherwise);
            }
            StmtKind::Switch { subject, arms, otherwise } => {
                self.expr(subject);
                arms.iter().for_each(|arm| self.block(&arm.body));
                self.block(otherwise);
            }
            StmtKind::For { list, filter, body, .. } => {
                self.expr(list);
                filter.iter().for_each(|filter| self.expr(filter));
                self.block(body);
            }
            StmtKind::While { condition: value, body } | StmtKind::Repeat { times: value, body } => {
                self.expr(value);
                self.block(body);
            }
            StmtKind::Break | StmtKind::Continue | StmtKind::Again | StmtKind::Stop => {}
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::Launch { flow, args } => {
                self.launches.insert(*flow);
                self.all(args);
            }
            StmtKind::Fire { event, args } => {
                self.fires.insert(*event);
                self.all(args);
            }
            StmtKind::Choice(choice) => {
                self.expr(&choice.prompt);
                for option in &choice.options {
                    self.expr(&option.label);
                    option.guard.iter().for_each(|guard| self.expr(guard));
                    self.block(&option.body);
                }
                choice.otherwise.iter().for_each(|(_, body)| self.block(body));
                if let Some((due, body)) = &choice.after {
                    self.due(due);
                    self.block(body);
                }
            }
            StmtKind::Wait(wait) => {
                for arm in &wait.arms {
                    match &arm.kind {
                        ArmKind::After(due) => self.due(due),
                        ArmKind::Event { event, matches, .. } => {
                            self.waits_for.insert(*event);
                            matches.iter().for_each(|(_, value)| self.expr(value));
                        }
                        ArmKind::When(value) => self.expr(value),
                    }
                    self.block(&arm.body);
                }
            }
            StmtKind::Fork(fork) => fork.paths.iter().for_each(|path| self.block(&path.body)),
            StmtKind::Split(split) => split.sides.iter().for_each(|side| self.block(&side.body)),
            StmtKind::Try { body, handler, .. } => {
                self.block(body);
                self.block(handler);
            }
            StmtKind::Block(block) => self.block(block),
        }
    }

    fn due(&mut self, due: &Due) {
        if let Due::After(value) | Due::Until(value) = due {
            self.expr(value);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call { flow, args } => {
                self.calls.insert(*flow);
                self.all(args);
            }
            ExprKind::Start { flow, args } => {
                self.starts.insert(*flow);
                self.all(args);
            }
            ExprKind::Action { action, template, .. } => {
                self.actions.insert(template.unwrap_or(*action));
            }
            ExprKind::Ask(ask) => {
                self.expr(&ask.prompt);
                if let AskKind::From { list, .. } = &ask.kind {
                    self.expr(list);
                }
            }
            _ => {}
        }
        expr.for_each_part(&mut |part| self.expr(part));
    }
}
