//! Whether a condition may hold where something in it is known: only what is written out on both sides can say no.

use crate::hir::{Binary, Expr, ExprKind, SymbolKind};
use flow_bytecode::op::Cmp;
use std::sync::Arc;

/// A value that is written out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
    Variant(u32),
    Symbol(SymbolKind, Arc<str>),
}

/// The value of an expression, if it is written out.
pub(super) fn constant(expr: &Expr) -> Option<Constant> {
    Some(match &expr.kind {
        ExprKind::Null => Constant::Null,
        ExprKind::Bool(value) => Constant::Bool(*value),
        ExprKind::Int(value) => Constant::Int(*value),
        ExprKind::Text(value) => Constant::Text(value.clone()),
        ExprKind::Variant(_, index) => Constant::Variant(*index),
        ExprKind::Symbol(kind, name) => Constant::Symbol(*kind, name.clone()),
        ExprKind::Wrap(inner) | ExprKind::Unwrap(inner) => constant(inner)?,
        _ => return None,
    })
}

/// Whether a condition may hold where `known` tells the values of some of its parts.
pub(super) fn may_hold(condition: &Expr, known: &dyn Fn(&Expr) -> Option<Constant>) -> bool {
    let value = |expr: &Expr| constant(expr).or_else(|| seen_through(expr, known));
    match &condition.kind {
        ExprKind::Binary(Binary::And, left, right) => may_hold(left, known) && may_hold(right, known),
        ExprKind::Binary(Binary::Or, left, right) => may_hold(left, known) || may_hold(right, known),
        ExprKind::Binary(Binary::Compare(cmp), left, right) => match (value(left), value(right)) {
            (Some(left), Some(right)) => compares(*cmp, &left, &right),
            _ => true,
        },
        _ => value(condition) != Some(Constant::Bool(false)),
    }
}

fn seen_through(expr: &Expr, known: &dyn Fn(&Expr) -> Option<Constant>) -> Option<Constant> {
    known(expr).or_else(|| match &expr.kind {
        ExprKind::Wrap(inner) | ExprKind::Unwrap(inner) => seen_through(inner, known),
        _ => None,
    })
}

fn compares(cmp: Cmp, left: &Constant, right: &Constant) -> bool {
    match (cmp, left, right) {
        (Cmp::Eq, ..) => left == right,
        (Cmp::Ne, ..) => left != right,
        (Cmp::Lt, Constant::Int(left), Constant::Int(right)) => left < right,
        (Cmp::Le, Constant::Int(left), Constant::Int(right)) => left <= right,
        (Cmp::Gt, Constant::Int(left), Constant::Int(right)) => left > right,
        (Cmp::Ge, Constant::Int(left), Constant::Int(right)) => left >= right,
        _ => true,
    }
}
