//! Operations on text.

use crate::machine::meter::Meter;
use crate::machine::ops::compare::text;
use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::Value;
use flow_bytecode::value::SecretPart;
use std::sync::Arc;

/// The text through a function that makes it at most three times as long.
pub(super) fn mapped(text: &str, f: fn(&str) -> String, meter: &mut Meter) -> Outcome<Value> {
    meter.produce(text.len())?;
    Ok(Value::text(f(text)))
}

pub(super) fn contains(text: &str, part: &str, meter: &mut Meter) -> Outcome<Value> {
    meter.produce(text.len() + part.len())?;
    Ok(Value::Bool(text.to_lowercase().contains(&part.to_lowercase())))
}

pub(super) fn starts_with(text: &str, part: &str, meter: &mut Meter) -> Outcome<Value> {
    meter.produce(text.len() / 8)?;
    Ok(Value::Bool(text.starts_with(part)))
}

pub(super) fn ends_with(text: &str, part: &str, meter: &mut Meter) -> Outcome<Value> {
    meter.produce(text.len() / 8)?;
    Ok(Value::Bool(text.ends_with(part)))
}

/// Every occurrence replaced; an empty `from` occurs nowhere.
pub(super) fn replace(text: &str, from: &str, to: &str, meter: &mut Meter) -> Outcome<Value> {
    if from.is_empty() {
        return Ok(Value::text(text));
    }
    meter.produce(text.len())?;
    let count = text.matches(from).count();
    // Checked before it is made: a short text can grow very long.
    meter.text((text.len() - count * from.len()).saturating_add(count.saturating_mul(to.len())))?;
    Ok(Value::text(text.replace(from, to)))
}

/// The parts between separators; an empty separator splits into characters.
pub(super) fn split(text: &str, separator: &str, meter: &mut Meter) -> Outcome<Value> {
    meter.produce(text.len())?;
    let most = meter.limits().items_max + 1;
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().take(most).map(|char| Value::text(char.to_string())).collect()
    } else {
        text.split(separator).take(most).map(Value::text).collect()
    };
    meter.container(parts.len())?;
    Ok(Value::List(Arc::new(parts)))
}

pub(super) fn join(items: &[Value], separator: &str, meter: &mut Meter) -> Outcome<Value> {
    let mut length = separator.len().saturating_mul(items.len().saturating_sub(1));
    for item in items {
        length = length.saturating_add(text(item)?.len());
    }
    meter.text(length)?;
    let mut out = String::with_capacity(length);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        out.push_str(text(item)?);
    }
    Ok(Value::text(out))
}

/// Two texts, or texts with secrets, one after the other.
pub(super) fn concat(left: &Value, right: &Value, meter: &mut Meter) -> Outcome<Value> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            meter.text(left.len() + right.len())?;
            Ok(Value::text([&**left, &**right].concat()))
        }
        _ => {
            let mut all = parts(left)?;
            all.extend(parts(right)?);
            meter.container(all.len())?;
            Ok(Value::Secret(Arc::new(all)))
        }
    }
}

fn parts(value: &Value) -> Outcome<Vec<SecretPart>> {
    match value {
        Value::Text(text) => Ok(vec![SecretPart::Text(text.clone())]),
        Value::Secret(parts) => Ok(parts.to_vec()),
        other => Err(Raise::shape("text", other)),
    }
}
