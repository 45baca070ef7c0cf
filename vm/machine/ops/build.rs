//! Records, lists and maps: built whole, shared afterwards.

use super::compare::depth_fits;
use crate::machine::meter::Meter;
use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::Value;
use std::sync::Arc;

/// A record of the fields in a window.
pub(crate) fn record(window: &[Value], meter: &mut Meter) -> Outcome<Value> {
    meter.container(window.len())?;
    depth_fits(window, meter)?;
    Ok(Value::Record(Arc::new(window.to_vec())))
}

/// A list of the values in a window.
pub(crate) fn list(window: &[Value], meter: &mut Meter) -> Outcome<Value> {
    meter.container(window.len())?;
    depth_fits(window, meter)?;
    Ok(Value::List(Arc::new(window.to_vec())))
}

/// A map of the pairs in a window; a later value of the same key replaces the earlier, in the earlier's place.
pub(crate) fn map(window: &[Value], meter: &mut Meter) -> Outcome<Value> {
    meter.container(window.len())?;
    depth_fits(window, meter)?;
    let mut entries: Vec<(Arc<str>, Value)> = Vec::with_capacity(window.len() / 2);
    for pair in window.chunks_exact(2) {
        let [Value::Text(key), value] = pair else { return Err(Raise::fault("the key of a map is not text")) };
        meter.produce(entries.len())?;
        match entries.iter_mut().find(|(other, _)| other == key) {
            Some(entry) => entry.1 = value.clone(),
            None => entries.push((key.clone(), value.clone())),
        }
    }
    Ok(Value::Map(Arc::new(entries)))
}

/// A field of a record.
#[inline(always)]
pub(crate) fn part(record: &Value, field: u16) -> Outcome<&Value> {
    match record {
        Value::Record(fields) => fields.get(usize::from(field)).ok_or_else(|| Raise::index("field")),
        other => Err(Raise::shape("a record", other)),
    }
}

/// An item of a list.
#[inline(always)]
pub(crate) fn item(list: &Value, index: i64) -> Outcome<&Value> {
    let Value::List(items) = list else { return Err(Raise::shape("a list", list)) };
    match usize::try_from(index).ok().and_then(|index| items.get(index)) {
        Some(item) => Ok(item),
        None => Err(outside(index, items.len())),
    }
}

/// The scalar in a box.
#[inline(always)]
pub(crate) fn unbox(value: &Value) -> Outcome<i64> {
    match value {
        Value::Int(int) => Ok(*int),
        Value::Bool(bool) => Ok(i64::from(*bool)),
        Value::Null => Err(missing()),
        other => Err(Raise::shape("a scalar", other)),
    }
}

/// Items of a list or map, characters of a text.
pub(crate) fn length(value: &Value, meter: &mut Meter) -> Outcome<i64> {
    let length = match value {
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        Value::Text(text) => {
            meter.produce(text.len() / 8)?;
            text.chars().count()
        }
        other => return Err(Raise::shape("a list, a map or text", other)),
    };
    i64::try_from(length).map_err(|_| Raise::index("length"))
}

#[cold]
fn outside(index: i64, length: usize) -> Raise {
    Raise::failure("invalid", format!("there is no item {index} in a list of {length}"))
}

/// A value that was known to be there and is not: a field that something else has emptied meanwhile.
#[cold]
pub(crate) fn missing() -> Raise {
    Raise::failure("invalid", "a value is missing here")
}
