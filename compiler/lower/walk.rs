//! Questions about expressions, answered by walking them.

use crate::hir::{AskKind, Expr};

/// Whether an expression does something to the world, or waits.
pub(super) fn has_effect(expr: &Expr) -> bool {
    let mut found = expr.does_something();
    expr.for_each_part(&mut |part| found = found || has_effect(part));
    found
}

/// What a channel should expect as an answer.
pub(super) fn expects(kind: &AskKind) -> flow_bytecode::program::Expects {
    use crate::hir::Ty;
    use flow_bytecode::program::Expects;
    match kind {
        AskKind::From { .. } | AskKind::Enum(_) => Expects::Choice,
        AskKind::As(ty) => match ty.present() {
            Ty::Email => Expects::Email,
            Ty::Phone => Expects::Phone,
            Ty::Url => Expects::Url,
            Ty::Int => Expects::Int,
            Ty::Number => Expects::Number,
            Ty::Date => Expects::Date,
            Ty::File => Expects::File,
            Ty::Bool => Expects::Bool,
            _ => Expects::Text,
        },
    }
}
