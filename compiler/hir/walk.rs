//! Walks over checked programs that leave nothing out, for questions about whole flows.

use super::{ArmKind, AskKind, Block, Due, Expr, ExprKind, Stmt, StmtKind};
use crate::effort;

/// Something met on a walk.
#[derive(Debug, Clone, Copy)]
pub enum Node<'h> {
    /// A statement, before what is in it.
    Stmt(&'h Stmt),
    /// An expression, before what is in it.
    Expr(&'h Expr),
}

/// What stands directly within a statement.
#[derive(Debug, Clone, Copy)]
pub enum Part<'h> {
    /// An expression.
    Expr(&'h Expr),
    /// A block: a branch, an arm, a body.
    Block(&'h Block),
}

impl Block {
    /// Every statement and expression in it, however deep.
    pub fn walk<'h>(&'h self, see: &mut dyn FnMut(Node<'h>)) {
        self.stmts.iter().for_each(|stmt| stmt.walk(see));
    }

    /// Every statement in it, however deep. None stands in an expression, so that these are passed over.
    pub fn walk_stmts<'h>(&'h self, see: &mut dyn FnMut(&'h Stmt)) {
        for stmt in &self.stmts {
            effort::spent(1);
            see(stmt);
            stmt.parts(&mut |part| {
                if let Part::Block(block) = part {
                    block.walk_stmts(see);
                }
            });
        }
    }

    /// Whether something in it is so. Nothing behind the first that is so is looked at.
    pub fn any<'h>(&'h self, is: &mut dyn FnMut(Node<'h>) -> bool) -> bool {
        self.stmts.iter().any(|stmt| {
            effort::spent(1);
            let mut found = is(Node::Stmt(stmt));
            if !found {
                stmt.parts(&mut |part| {
                    found = found
                        || match part {
                            Part::Expr(expr) => expr.any(is),
                            Part::Block(block) => block.any(is),
                        };
                });
            }
            found
        })
    }
}

impl Stmt {
    /// It, and every statement and expression in it, however deep.
    pub fn walk<'h>(&'h self, see: &mut dyn FnMut(Node<'h>)) {
        effort::spent(1);
        see(Node::Stmt(self));
        self.parts(&mut |part| match part {
            Part::Expr(expr) => expr.walk(see),
            Part::Block(block) => block.walk(see),
        });
    }

    /// What stands directly within it, in the order in which it may be carried out.
    pub fn parts<'h>(&'h self, see: &mut dyn FnMut(Part<'h>)) {
        let expr = Part::Expr;
        let block = Part::Block;
        match &self.kind {
            StmtKind::Break | StmtKind::Continue | StmtKind::Again | StmtKind::Stop => {}
            StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } | StmtKind::Expr(value) => see(expr(value)),
            StmtKind::Fail(value) => see(expr(value)),
            StmtKind::Return(value) => value.iter().for_each(|value| see(expr(value))),
            StmtKind::Guard { value, otherwise, .. } => {
                see(expr(value));
                see(block(otherwise));
            }
            StmtKind::SetField { base, value, .. } => {
                see(expr(base));
                see(expr(value));
            }
            StmtKind::If { condition, then, otherwise } => {
                see(expr(condition));
                see(block(then));
                see(block(otherwise));
            }
            StmtKind::Switch { subject, arms, otherwise } => {
                see(expr(subject));
                arms.iter().for_each(|arm| see(block(&arm.body)));
                see(block(otherwise));
            }
            StmtKind::For { pages, list, filter, body, .. } => {
                if let Some(pages) = pages {
                    pages.bindings.iter().for_each(|(_, value)| see(expr(value)));
                    [&pages.max, &pages.first, &pages.call].into_iter().for_each(|part| see(expr(part)));
                }
                see(expr(list));
                pages.iter().for_each(|pages| see(expr(&pages.next)));
                filter.iter().for_each(|filter| see(expr(filter)));
                see(block(body));
            }
            StmtKind::While { condition, body } | StmtKind::Repeat { times: condition, body } => {
                see(expr(condition));
                see(block(body));
            }
            StmtKind::Launch { args, .. } | StmtKind::Fire { args, .. } => args.iter().for_each(|arg| see(expr(arg))),
            StmtKind::Choice(choice) => {
                see(expr(&choice.conversation));
                see(expr(&choice.prompt));
                for option in &choice.options {
                    see(expr(&option.label));
                    option.guard.iter().for_each(|guard| see(expr(guard)));
                    see(block(&option.body));
                }
                choice.otherwise.iter().for_each(|(_, body)| see(block(body)));
                if let Some((due, body)) = &choice.after {
                    due.parts(&mut |part| see(expr(part)));
                    see(block(body));
                }
            }
            StmtKind::Wait(wait) => {
                for arm in &wait.arms {
                    match &arm.kind {
                        ArmKind::After(due) => due.parts(&mut |part| see(expr(part))),
                        ArmKind::Event { matches, filter, .. } => {
                            matches.iter().for_each(|(_, value)| see(expr(value)));
                            filter.iter().for_each(|filter| see(expr(&filter.condition)));
                        }
                        ArmKind::When(condition) => see(expr(condition)),
                    }
                    see(block(&arm.body));
                }
            }
            StmtKind::Fork(fork) => fork.paths.iter().for_each(|path| see(block(&path.body))),
            StmtKind::Split(split) => split.sides.iter().for_each(|side| see(block(&side.body))),
            StmtKind::Try { body, handler, .. } => {
                see(block(body));
                see(block(handler));
            }
            StmtKind::Block(body) | StmtKind::Undo(body) => see(block(body)),
        }
    }
}

impl Due {
    /// What it is reckoned from.
    pub fn parts<'h>(&'h self, see: &mut dyn FnMut(&'h Expr)) {
        match self {
            Due::Never => {}
            Due::After(value) | Due::Until(value) => see(value),
            Due::Calendar { days, months, at, zone } => {
                see(days);
                see(months);
                at.iter().for_each(&mut *see);
                see(zone);
            }
            Due::UntilDate { date, at, zone } => {
                see(date);
                at.iter().for_each(&mut *see);
                see(zone);
            }
        }
    }
}

impl Expr {
    /// It, and every expression in it, however deep.
    pub fn walk<'h>(&'h self, see: &mut dyn FnMut(Node<'h>)) {
        effort::spent(1);
        see(Node::Expr(self));
        self.parts(&mut |part| part.walk(see));
    }

    /// Whether it, or something in it, is so. Nothing behind the first that is so is looked at.
    pub fn any<'h>(&'h self, is: &mut dyn FnMut(Node<'h>) -> bool) -> bool {
        effort::spent(1);
        let mut found = is(Node::Expr(self));
        if !found {
            self.parts(&mut |part| found = found || part.any(is));
        }
        found
    }

    /// Every expression directly within it, those of calls and questions among them.
    pub fn parts<'h>(&'h self, see: &mut dyn FnMut(&'h Expr)) {
        match &self.kind {
            ExprKind::Call { args, .. } | ExprKind::Start { args, .. } => args.iter().for_each(see),
            ExprKind::Ask(ask) => {
                see(&ask.conversation);
                see(&ask.prompt);
                if let AskKind::From { list, show, .. } = &ask.kind {
                    see(list);
                    see(show);
                }
                if let Some(due) = &ask.timeout {
                    due.parts(see);
                }
                for part in [&ask.retries, &ask.hint, &ask.min, &ask.max].into_iter().flatten() {
                    see(part);
                }
            }
            _ => self.for_each_part(see),
        }
    }
}
