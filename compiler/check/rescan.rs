//! A first look at a loop's body: what a round may write, and whether it may wait. It errs on the side of more.

use crate::diag::Span;
use crate::resolve::{Project, dotted};
use crate::syntax::ast::{self, AskAnswer, ExprKind, StmtKind};
use std::sync::Arc;

/// What a round of a loop may do.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Where it may wait, first.
    pub waits: Option<Span>,
    /// Variables it writes.
    pub variables: Vec<(Arc<str>, Span)>,
    /// Fields it writes, of whatever.
    pub fields: Vec<(Arc<str>, Span)>,
}

/// Looks at a loop.
pub(super) fn scan(p: &Project, module: usize, body: &ast::Block, conditions: &[&ast::Expr]) -> Scan {
    let mut scanner = Scanner { p, module, found: Scan::default() };
    for condition in conditions {
        scanner.expr(condition);
    }
    scanner.block(body);
    scanner.found
}

struct Scanner<'p> {
    p: &'p Project,
    module: usize,
    found: Scan,
}

impl Scanner<'_> {
    fn waits(&mut self, span: Span) {
        self.found.waits.get_or_insert(span);
    }

    fn block(&mut self, block: &ast::Block) {
        for stmt in &block.stmts {
            self.stmt(stmt);
        }
    }

    fn args(&mut self, args: &[ast::Arg]) {
        for arg in args {
            self.expr(&arg.value);
        }
    }

    fn stmt(&mut self, stmt: &ast::Stmt) {
        match &stmt.kind {
            StmtKind::Error | StmtKind::Break | StmtKind::Continue | StmtKind::Again => {}
            StmtKind::Expect(_) | StmtKind::Mock(_) | StmtKind::Advance(_) => {}
            StmtKind::Let(item) => {
                self.expr(&item.value);
                item.otherwise.iter().for_each(|block| self.block(block));
            }
            StmtKind::Assign(item) => {
                self.expr(&item.value);
                match &item.target.kind {
                    ExprKind::Name(name) => self.found.variables.push((name.shared().clone(), item.target.span)),
                    ExprKind::Field { base, name, .. } => {
                        self.expr(base);
                        self.found.fields.push((name.name.shared().clone(), item.target.span));
                    }
                    _ => {}
                }
                item.otherwise.iter().for_each(|block| self.block(block));
            }
            StmtKind::Call(item) => self.expr(&item.expr),
            StmtKind::If(item) => {
                for branch in &item.branches {
                    self.expr(&branch.condition);
                    self.block(&branch.body);
                }
                item.otherwise.iter().for_each(|block| self.block(block));
            }
            StmtKind::Switch(item) => {
                self.expr(&item.subject);
                item.arms.iter().for_each(|arm| self.block(&arm.body));
            }
            StmtKind::For(item) => {
                self.expr(&item.list);
                item.filter.iter().for_each(|filter| self.expr(filter));
                self.block(&item.body);
            }
            StmtKind::While(item) => {
                self.expr(&item.condition);
                self.block(&item.body);
            }
            StmtKind::Repeat(item) => {
                self.expr(&item.count);
                self.block(&item.body);
            }
            StmtKind::Stop | StmtKind::Fail(_) => {}
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::Launch(call) => self.expr(call),
            StmtKind::Fire(item) => self.args(&item.args),
            StmtKind::Say(item) => {
                self.expr(&item.text);
                self.args(&item.args);
            }
            StmtKind::Choice(item) => {
                self.waits(stmt.span);
                item.arms.iter().for_each(|arm| self.block(&arm.body));
            }
            StmtKind::Wait(item) => {
                self.waits(stmt.span);
                if let ast::WaitKind::Arms { arms, .. } = &item.kind {
                    arms.iter().for_each(|arm| self.block(&arm.body));
                }
            }
            StmtKind::Parallel(item) | StmtKind::Race(item) => {
                self.waits(stmt.span);
                item.paths.iter().for_each(|path| self.block(&path.body));
            }
            StmtKind::Split(item) => item.arms.iter().for_each(|arm| self.block(&arm.body)),
            StmtKind::Try(item) => {
                self.block(&item.body);
                self.block(&item.handler);
            }
        }
    }

    fn expr(&mut self, expr: &ast::Expr) {
        match &expr.kind {
            ExprKind::Error
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number(_)
            | ExprKind::Percent(_)
            | ExprKind::Duration(_)
            | ExprKind::Time(_)
            | ExprKind::Name(_)
            | ExprKind::Variant(_) => {}
            ExprKind::Str(text) => {
                for part in &text.parts {
                    if let ast::StrPart::Expr(expr) = part {
                        self.expr(expr);
                    }
                }
            }
            ExprKind::Field { base, .. } => self.expr(base),
            ExprKind::Call(call) => {
                if let ExprKind::Field { base, .. } = &call.callee.kind {
                    self.expr(base);
                }
                self.args(&call.args);
                if self.may_wait(call) {
                    self.waits(expr.span);
                }
            }
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Map(entries) => entries.iter().for_each(|entry| self.expr(&entry.value)),
            ExprKind::Switch(switch) => {
                self.expr(&switch.subject);
                switch.arms.iter().for_each(|arm| self.expr(&arm.value));
            }
            ExprKind::Ask(ask) => {
                self.waits(expr.span);
                if let AskAnswer::From { source, .. } = &ask.answer {
                    self.expr(source);
                }
            }
            ExprKind::Start(call) => self.expr_args(call),
            ExprKind::Anchor(_) => {}
        }
    }

    /// The arguments of a flow that is started and not waited for.
    fn expr_args(&mut self, call: &ast::Expr) {
        if let ExprKind::Call(call) = &call.kind {
            self.args(&call.args);
        }
    }

    /// Whether a call may leave the machine or send a message, or may be of a flow. Whose method it is is not known yet.
    fn may_wait(&self, call: &ast::Call) -> bool {
        let p = self.p;
        let external = |id: &crate::hir::ActionId| {
            p.hir.actions.get(id.0 as usize).is_some_and(|action| action.class.is_external() || action.outbound)
        };
        match &call.callee.kind {
            ExprKind::Name(name) => {
                let own = p.modules.get(self.module);
                own.is_some_and(|scope| scope.flows.contains_key(&**name))
                    || own.and_then(|scope| scope.actions.get(&**name)).is_some_and(external)
                    || p.library.actions.get(&**name).is_some_and(external)
            }
            ExprKind::Field { name, .. } => {
                if let Some(text) = dotted(&call.callee) {
                    if p.flows.contains_key(&*text) {
                        return true;
                    }
                    if let Some(id) = p.actions.get(&*text) {
                        return external(id);
                    }
                }
                p.methods.iter().any(|methods| methods.get(name.as_str()).is_some_and(external))
            }
            _ => false,
        }
    }
}
