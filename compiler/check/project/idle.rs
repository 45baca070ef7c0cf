//! Ways round a loop on which nothing is waited for and nothing changes: a run that takes one takes it for ever.

use crate::hir::{Block, Expr, ExprKind, Node, Stmt, StmtKind};

/// What an idle way comes to.
#[derive(Debug, Clone, Copy, Default)]
struct Idle {
    /// The end of the block.
    falls: bool,
    /// The next round.
    round: bool,
}

/// Whether a round of a loop may be idle.
pub(super) fn round(body: &Block) -> bool {
    let idle = block(body);
    idle.falls || idle.round
}

fn block(block: &Block) -> Idle {
    let mut idle = Idle { falls: true, round: false };
    for stmt in &block.stmts {
        let next = of(stmt);
        idle.round |= next.round;
        if !next.falls {
            return Idle { falls: false, ..idle };
        }
    }
    idle
}

fn of(stmt: &Stmt) -> Idle {
    let none = Idle::default();
    let falls = |falls: bool| Idle { falls, round: false };
    match &stmt.kind {
        StmtKind::Continue => Idle { falls: false, round: true },
        StmtKind::Let { value, .. } | StmtKind::Guard { value, .. } => falls(plain(value)),
        StmtKind::Block(inner) => block(inner),
        StmtKind::If { condition, then, otherwise } if plain(condition) => {
            let (yes, no) = (block(then), block(otherwise));
            Idle { falls: yes.falls || no.falls, round: yes.round || no.round }
        }
        StmtKind::Switch { subject, arms, otherwise } if plain(subject) => {
            // Whether the arms leave nothing over is not asked here: an arm that is there has to be idle.
            let others = Some(otherwise).filter(|block| !block.stmts.is_empty());
            arms.iter().map(|arm| &arm.body).chain(others).fold(none, |all, body| {
                let one = block(body);
                Idle { falls: all.falls || one.falls, round: all.round || one.round }
            })
        }
        _ => none,
    }
}

/// Whether a value is the same wherever nothing has changed.
pub(super) fn plain(expr: &Expr) -> bool {
    !expr.any(&mut |node| {
        let Node::Expr(expr) = node else { return true };
        !matches!(
            expr.kind,
            ExprKind::Local(_)
                | ExprKind::Field { .. }
                | ExprKind::Part { .. }
                | ExprKind::Null
                | ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Number(_)
                | ExprKind::Text(_)
                | ExprKind::Variant(..)
                | ExprKind::Symbol(..)
                | ExprKind::Wrap(_)
                | ExprKind::Unwrap(_)
                | ExprKind::Convert(..)
                | ExprKind::Unary(..)
                | ExprKind::Binary(..)
                | ExprKind::Len(_)
        )
    })
}
