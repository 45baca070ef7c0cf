//! Calculations with numbers that stand in the source: what always fails is told before it runs.

use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Binary, Expr, ExprKind, Ty};
use crate::syntax::ast::BinaryOp;

/// Why a calculation with numbers as written comes to nothing, if it does.
pub(super) fn impossible(op: BinaryOp, op_span: Span, left: &Expr, right: &Expr, span: Span) -> Option<Diagnostic> {
    let name = match op {
        BinaryOp::Div if is_zero(right) => {
            return Some(
                Diagnostic::new(Code::BadNumber, right.span, "Nothing can be divided by 0.")
                    .at("this is 0")
                    .label(op_span, "divides by it")
                    .help("A division by 0 fails with `.invalid`, every time. Divide by something else."),
            );
        }
        BinaryOp::Add => "sum",
        BinaryOp::Sub => "difference",
        BinaryOp::Mul => "product",
        _ => return None,
    };
    if calculated(op, whole(left)?, whole(right)?).is_some() {
        return None;
    }
    Some(
        Diagnostic::new(Code::NumberOutOfRange, span, format!("This {name} is too large for an `Int`."))
            .at("fails with `.overflow`, every time")
            .help(
                "An `Int` lies between -9,223,372,036,854,775,808 and 9,223,372,036,854,775,807. With a point, as in \
                 `1.0`, it is a `Number` of 28 digits.",
            ),
    )
}

fn is_zero(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(number) => number.is_zero(),
        _ => whole(expr) == Some(0),
    }
}

/// A whole number that stands in the source, calculated or not.
fn whole(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Int(value) => Some(*value),
        ExprKind::Binary(kind, left, right) if expr.ty == Ty::Int => {
            let op = match kind {
                Binary::Add => BinaryOp::Add,
                Binary::Subtract => BinaryOp::Sub,
                Binary::Multiply => BinaryOp::Mul,
                _ => return None,
            };
            calculated(op, whole(left)?, whole(right)?)
        }
        _ => None,
    }
}

fn calculated(op: BinaryOp, left: i64, right: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => left.checked_add(right),
        BinaryOp::Sub => left.checked_sub(right),
        BinaryOp::Mul => left.checked_mul(right),
        _ => None,
    }
}
