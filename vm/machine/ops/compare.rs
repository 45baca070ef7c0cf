//! Equality and order of values.

use super::scalar::holds;
use crate::machine::meter::Meter;
use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::Value;
use std::sync::Arc;

/// The text of a value.
#[inline(always)]
pub(crate) fn text(value: &Value) -> Outcome<&Arc<str>> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(Raise::shape("text", other)),
    }
}

/// Compares two texts by code point.
pub(crate) fn texts(k: u8, left: &Value, right: &Value) -> Outcome<bool> {
    // UTF-8 keeps the order of code points, so bytes may be compared.
    Ok(holds(k, text(left)?.as_bytes(), text(right)?.as_bytes()))
}

/// Whether two values that are texts are equal.
#[inline(always)]
pub(crate) fn same(left: &Value, right: &Value) -> Outcome<bool> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(same_text(left, right)),
        (Value::Text(_), other) | (other, _) => Err(Raise::shape("text", other)),
    }
}

/// Whether two texts are equal: the same allocation, or the same bytes.
#[inline(always)]
pub(crate) fn same_text(left: &Arc<str>, right: &Arc<str>) -> bool {
    left.len() == right.len() && (Arc::ptr_eq(left, right) || left.as_bytes() == right.as_bytes())
}

/// Whether two values are equal, deeply. A whole number equals the number of the same value, wherever they stand; maps
/// are equal whatever the order of their keys. Every node looked at costs fuel: values share parts, so a small one can
/// have very many.
pub(crate) fn equal(left: &Value, right: &Value, meter: &mut Meter) -> Outcome<bool> {
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => left == right,
        (Value::Int(int), Value::Number(number)) | (Value::Number(number), Value::Int(int)) => {
            *number == rust_decimal::Decimal::from(*int)
        }
        (Value::Money(left), Value::Money(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => same_text(left, right),
        (Value::List(left), Value::List(right)) | (Value::Record(left), Value::Record(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            meter.produce(left.len() * size_of::<Value>())?;
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(left, right, meter)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (at, (key, value)) in left.iter().enumerate() {
                // Most often both have the same order; else it is looked for, and that costs.
                let other = match right.get(at) {
                    Some((other, value)) if other == key => Some(value),
                    _ => {
                        meter.produce(right.len())?;
                        right.iter().find(|(other, _)| other == key).map(|(_, value)| value)
                    }
                };
                meter.produce(size_of::<Value>())?;
                match other {
                    Some(other) if equal(value, other, meter)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Value::Secret(left), Value::Secret(right)) => left == right,
        (Value::File(left), Value::File(right)) => left == right,
        (Value::Failure(left), Value::Failure(right)) => left.kind == right.kind && left.message == right.message,
        _ => false,
    })
}

/// Whether containers within containers stay within the limit, so that no value is too deep to walk or to drop.
pub(crate) fn depth_fits(items: &[Value], meter: &mut Meter) -> Outcome<()> {
    if items.iter().all(|item| !is_container(item)) {
        return Ok(());
    }
    let room = meter.limits().depth_max.saturating_sub(1);
    items.iter().try_for_each(|item| walk(item, room, meter))
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Record(_) | Value::Map(_))
}

fn walk(value: &Value, room: usize, meter: &mut Meter) -> Outcome<()> {
    if !is_container(value) {
        return Ok(());
    }
    let Some(below) = room.checked_sub(1) else {
        return Err(Raise::limit(format!("a value would be nested more than {} deep", meter.limits().depth_max)));
    };
    match value {
        Value::List(items) | Value::Record(items) => {
            meter.produce(items.len())?;
            items.iter().try_for_each(|item| walk(item, below, meter))
        }
        Value::Map(entries) => {
            meter.produce(entries.len())?;
            entries.iter().try_for_each(|(_, item)| walk(item, below, meter))
        }
        _ => Ok(()),
    }
}
