//! Whether a condition may hold where something in it is known: only what is written out on both sides can say no.

use crate::hir::{Binary, Expr, ExprKind, Pattern, SymbolKind, Unary};
use flow_bytecode::op::Cmp;
use std::sync::Arc;

/// A value that is written out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Null,
    /// Anything but `null`.
    Present,
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
    Variant(u32),
    Symbol(SymbolKind, Arc<str>),
}

/// What is known of some expressions.
pub(super) type Known<'k> = &'k dyn Fn(&Expr) -> Option<Constant>;

/// The value of an expression, if it is written out.
pub(super) fn constant(expr: &Expr) -> Option<Constant> {
    Some(match &expr.kind {
        ExprKind::Null => Constant::Null,
        ExprKind::Bool(value) => Constant::Bool(*value),
        ExprKind::Int(value) => Constant::Int(*value),
        ExprKind::Text(value) => Constant::Text(value.clone()),
        ExprKind::Variant(_, index) => Constant::Variant(*index),
        ExprKind::Symbol(kind, name) => Constant::Symbol(*kind, name.clone()),
        ExprKind::Wrap(inner) | ExprKind::Unwrap(inner) | ExprKind::Convert(_, inner) => constant(inner)?,
        _ => return None,
    })
}

/// What a field holds when this has been written into it, as far as that can be told.
pub(super) fn written(value: &Expr) -> Option<Constant> {
    constant(value).or_else(|| matches!(value.kind, ExprKind::Wrap(_)).then_some(Constant::Present))
}

/// Whether a condition holds where `known` tells the values of some of its parts; `None` where that cannot be told.
pub(super) fn holds(condition: &Expr, known: Known<'_>) -> Option<bool> {
    match &condition.kind {
        ExprKind::Unary(Unary::Not, inner) => holds(inner, known).map(|holds| !holds),
        ExprKind::Binary(op @ (Binary::And | Binary::Or), left, right) => {
            let decides = *op == Binary::Or;
            match (holds(left, known), holds(right, known)) {
                (Some(value), _) | (_, Some(value)) if value == decides => Some(decides),
                (Some(_), Some(_)) => Some(!decides),
                _ => None,
            }
        }
        ExprKind::Binary(Binary::Compare(cmp), left, right) => {
            compares(*cmp, &value(left, known)?, &value(right, known)?)
        }
        _ => match value(condition, known)? {
            Constant::Bool(value) => Some(value),
            _ => None,
        },
    }
}

/// Whether a value fits one of an arm's patterns, as far as that can be told.
pub(super) fn fits(
    subject: &Expr,
    patterns: &[Pattern],
    known: Known<'_>,
    variant: &dyn Fn(u32) -> Option<Arc<str>>,
) -> Option<bool> {
    let name = match value(subject, known)? {
        Constant::Variant(index) => Pattern::Text(variant(index)?),
        Constant::Symbol(_, name) | Constant::Text(name) => Pattern::Text(name),
        Constant::Bool(value) => Pattern::Bool(value),
        Constant::Int(value) => Pattern::Scalar(value),
        Constant::Null => Pattern::Null,
        Constant::Present => return None,
    };
    Some(patterns.contains(&name))
}

fn value(expr: &Expr, known: Known<'_>) -> Option<Constant> {
    constant(expr).or_else(|| seen_through(expr, known))
}

fn seen_through(expr: &Expr, known: Known<'_>) -> Option<Constant> {
    known(expr).or_else(|| match &expr.kind {
        ExprKind::Wrap(inner) | ExprKind::Unwrap(inner) | ExprKind::Convert(_, inner) => seen_through(inner, known),
        _ => None,
    })
}

fn compares(cmp: Cmp, left: &Constant, right: &Constant) -> Option<bool> {
    let equal = match (left, right) {
        (Constant::Present, Constant::Null) | (Constant::Null, Constant::Present) => false,
        (Constant::Present, _) | (_, Constant::Present) => return None,
        _ => left == right,
    };
    match (cmp, left, right) {
        (Cmp::Eq, ..) => Some(equal),
        (Cmp::Ne, ..) => Some(!equal),
        (Cmp::Lt, Constant::Int(left), Constant::Int(right)) => Some(left < right),
        (Cmp::Le, Constant::Int(left), Constant::Int(right)) => Some(left <= right),
        (Cmp::Gt, Constant::Int(left), Constant::Int(right)) => Some(left > right),
        (Cmp::Ge, Constant::Int(left), Constant::Int(right)) => Some(left >= right),
        _ => None,
    }
}
