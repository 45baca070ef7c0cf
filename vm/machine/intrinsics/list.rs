//! Operations on lists and maps. Each makes a new one: values never change.

use crate::machine::meter::Meter;
use crate::machine::ops::compare::{depth_fits, equal};
use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::Value;
use std::sync::Arc;

pub(super) fn contains(items: &[Value], wanted: &Value, meter: &mut Meter) -> Outcome<Value> {
    meter.produce(items.len())?;
    for item in items {
        if equal(item, wanted, meter)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn append(items: &[Value], item: &Value, meter: &mut Meter) -> Outcome<Value> {
    meter.container(items.len() + 1)?;
    depth_fits(std::slice::from_ref(item), meter)?;
    let mut longer = Vec::with_capacity(items.len() + 1);
    longer.extend_from_slice(items);
    longer.push(item.clone());
    Ok(Value::List(Arc::new(longer)))
}

pub(super) fn concat(left: &Arc<Vec<Value>>, right: &Arc<Vec<Value>>, meter: &mut Meter) -> Outcome<Value> {
    if right.is_empty() {
        return Ok(Value::List(left.clone()));
    }
    meter.container(left.len() + right.len())?;
    let mut all = Vec::with_capacity(left.len() + right.len());
    all.extend_from_slice(left);
    all.extend_from_slice(right);
    Ok(Value::List(Arc::new(all)))
}

pub(super) fn slice(items: &[Value], from: i64, count: i64, meter: &mut Meter) -> Outcome<Value> {
    let clamp = |value: i64, most: usize| usize::try_from(value.max(0)).unwrap_or(most).min(most);
    let from = clamp(from, items.len());
    let rest = items.get(from..).unwrap_or_default();
    let part = rest.get(..clamp(count, rest.len())).unwrap_or_default();
    meter.container(part.len())?;
    Ok(Value::List(Arc::new(part.to_vec())))
}

pub(super) fn reverse(items: &[Value], meter: &mut Meter) -> Outcome<Value> {
    meter.container(items.len())?;
    Ok(Value::List(Arc::new(items.iter().rev().cloned().collect())))
}

/// The value of a key. Anything that is not an object has no keys: JSON is read as it comes.
pub(super) fn get(map: &Value, key: &str, meter: &mut Meter) -> Outcome<Value> {
    let Value::Map(entries) = map else { return Ok(Value::Null) };
    meter.produce(entries.len())?;
    Ok(entries.iter().find(|(other, _)| **other == *key).map(|(_, value)| value.clone()).unwrap_or_default())
}

pub(super) fn set(map: &Value, key: &Arc<str>, value: &Value, meter: &mut Meter) -> Outcome<Value> {
    let entries = entries(map)?;
    meter.container(entries.len() + 1)?;
    depth_fits(std::slice::from_ref(value), meter)?;
    let mut changed = entries.to_vec();
    match changed.iter_mut().find(|(other, _)| other == key) {
        Some(entry) => entry.1 = value.clone(),
        None => changed.push((key.clone(), value.clone())),
    }
    Ok(Value::Map(Arc::new(changed)))
}

pub(super) fn keys(map: &Value, meter: &mut Meter) -> Outcome<Value> {
    let entries = entries(map)?;
    meter.container(entries.len())?;
    Ok(Value::List(Arc::new(entries.iter().map(|(key, _)| Value::Text(key.clone())).collect())))
}

pub(super) fn values(map: &Value, meter: &mut Meter) -> Outcome<Value> {
    let entries = entries(map)?;
    meter.container(entries.len())?;
    Ok(Value::List(Arc::new(entries.iter().map(|(_, value)| value.clone()).collect())))
}

fn entries(map: &Value) -> Outcome<&[(Arc<str>, Value)]> {
    match map {
        Value::Map(entries) => Ok(entries),
        other => Err(Raise::shape("a map", other)),
    }
}
