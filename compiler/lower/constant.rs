//! Constant expressions: defaults of fields and parameters, and a little folding.

use crate::hir::{Binary, Convert, Expr, ExprKind, Hir, SymbolKind, Ty, Unary};
use flow_bytecode::program::Function;
use flow_bytecode::value::Money;
use flow_bytecode::{Bank, Value};
use std::sync::Arc;

/// The bank in which values of a type live.
pub(super) fn bank(ty: &Ty) -> Bank {
    match ty {
        Ty::Bool | Ty::Int | Ty::Duration | Ty::Instant | Ty::Date | Ty::TimeOfDay | Ty::Run | Ty::Entity(_) => {
            Bank::Scalar
        }
        _ => Bank::Reference,
    }
}

/// How deep folding looks. A limit, so that trying it at every level of a deep expression stays linear.
const FOLD_DEPTH: u32 = 4;

/// The scalar that an expression always yields.
pub(super) fn scalar(expr: &Expr) -> Option<i64> {
    fold(expr, FOLD_DEPTH)
}

fn fold(expr: &Expr, depth: u32) -> Option<i64> {
    Some(match &expr.kind {
        ExprKind::Bool(value) => i64::from(*value),
        ExprKind::Int(value) | ExprKind::Duration(value) | ExprKind::TimeOfDay(value) => *value,
        ExprKind::Date(days) => i64::from(*days),
        ExprKind::Unary(op, operand) if depth > 0 && bank(&operand.ty) == Bank::Scalar => {
            let operand = fold(operand, depth - 1)?;
            match op {
                Unary::Negate => operand.checked_neg()?,
                Unary::Not => i64::from(operand == 0),
            }
        }
        ExprKind::Binary(op, left, right)
            if depth > 0
                && bank(&expr.ty) == Bank::Scalar
                && bank(&left.ty) == Bank::Scalar
                && bank(&right.ty) == Bank::Scalar =>
        {
            let (left, right) = (fold(left, depth - 1)?, fold(right, depth - 1)?);
            match op {
                Binary::Add => left.checked_add(right)?,
                Binary::Subtract => left.checked_sub(right)?,
                Binary::Multiply => left.checked_mul(right)?,
                Binary::Divide | Binary::Compare(_) => return None,
                Binary::And => left & right,
                Binary::Or => left | right,
            }
        }
        _ => return None,
    })
}

/// The text that an expression always yields: what is text at run time.
pub(super) fn text(hir: &Hir, expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::Text(text) | ExprKind::FailureKind(text) => Some(text.clone()),
        ExprKind::Symbol(_, name) => Some(name.clone()),
        ExprKind::Variant(id, index) => variant(hir, id.0, *index),
        ExprKind::Convert(Convert::ToText | Convert::Refine, inner) => text(hir, inner),
        ExprKind::Convert(Convert::TeamToAssignee, inner) if inner.ty == Ty::Symbol(SymbolKind::Team) => {
            text(hir, inner).map(|name| format!("team:{name}").into())
        }
        _ => None,
    }
}

fn variant(hir: &Hir, id: u32, index: u32) -> Option<Arc<str>> {
    Some(hir.enums.get(id as usize)?.variants.get(index as usize)?.0.clone())
}

/// The value that a constant expression yields, boxed.
pub(super) fn value(hir: &Hir, expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Null => Value::Null,
        ExprKind::Bool(value) => Value::Bool(*value),
        ExprKind::Number(number) => Value::Number(*number),
        ExprKind::Money(amount, currency) => Value::Money(Money { amount: *amount, currency: *currency }),
        ExprKind::Wrap(inner) | ExprKind::Unwrap(inner) => value(hir, inner)?,
        ExprKind::Convert(Convert::IntToNumber, inner) => Value::Number(scalar(inner)?.into()),
        ExprKind::Convert(Convert::ToJson, inner) if plain_json(&inner.ty) => value(hir, inner)?,
        ExprKind::Unary(Unary::Negate, inner) => match value(hir, inner)? {
            Value::Int(int) => Value::Int(int.checked_neg()?),
            Value::Number(number) => Value::Number(-number),
            Value::Money(money) => Value::Money(Money { amount: -money.amount, ..money }),
            _ => return None,
        },
        ExprKind::List(items) => {
            Value::List(Arc::new(items.iter().map(|item| value(hir, item)).collect::<Option<_>>()?))
        }
        ExprKind::Record(_, fields) => {
            Value::Record(Arc::new(fields.iter().map(|field| value(hir, field)).collect::<Option<_>>()?))
        }
        ExprKind::Map(pairs) => Value::Map(Arc::new(
            pairs.iter().map(|(key, item)| Some((key.clone(), value(hir, item)?))).collect::<Option<_>>()?,
        )),
        _ => match scalar(expr) {
            Some(scalar) if expr.ty == Ty::Bool => Value::Bool(scalar != 0),
            Some(scalar) => Value::Int(scalar),
            None => Value::Text(text(hir, expr)?),
        },
    })
}

/// Whether values of a type are JSON as they are.
pub(super) fn plain_json(ty: &Ty) -> bool {
    match ty {
        Ty::Null | Ty::Bool | Ty::Int | Ty::Number | Ty::Text | Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone => true,
        Ty::Json | Ty::Assignee | Ty::Symbol(_) | Ty::Enum(_) | Ty::FailureKind => true,
        Ty::List(inner) | Ty::Map(inner) | Ty::Optional(inner) => plain_json(inner),
        _ => false,
    }
}

/// A function that stands in while the real one is being written.
pub(super) fn placeholder(name: &Arc<str>) -> Function {
    Function {
        name: name.clone(),
        kind: flow_bytecode::program::FunctionKind::Flow,
        params: Vec::new(),
        result: flow_bytecode::TypeId(0),
        scalars: 0,
        references: 0,
        code: Vec::new(),
        handlers: Vec::new(),
    }
}
