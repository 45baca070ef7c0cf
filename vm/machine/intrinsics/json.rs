//! Compact JSON text of any value.

use crate::machine::meter::Meter;
use crate::machine::raise::{Outcome, Raise};
use crate::machine::show;
use flow_bytecode::{Program, Type, TypeId, Value};
use rust_decimal::Decimal;
use std::fmt::Write;
use std::sync::Arc;

/// A value of a type as JSON: see [`flow_bytecode::Intrinsic::ToJson`].
pub(super) fn of(program: &Program, ty: TypeId, value: &Value, meter: &mut Meter, room: usize) -> Outcome<Value> {
    let Some(room) = room.checked_sub(1) else { return Err(Raise::limit("a value is nested too deep for JSON")) };
    let Some(ty) = program.types.get(usize::from(ty.0)) else { return Err(Raise::index("type")) };
    meter.produce(size_of::<Value>())?;
    Ok(match (ty, value) {
        (Type::Optional(inner), _) => of(program, *inner, value, meter, room)?,
        (Type::Instant | Type::Date | Type::TimeOfDay, Value::Int(scalar)) => {
            let mut text = String::new();
            show::scalar(ty, *scalar, &mut text);
            Value::text(text)
        }
        (Type::Duration, Value::Int(micros)) if micros % 1_000_000 == 0 => Value::Int(micros / 1_000_000),
        (Type::Duration, Value::Int(micros)) => Value::Number(Decimal::new(*micros, 6).normalize()),
        (_, Value::Money(money)) => {
            let code = std::str::from_utf8(&money.currency).unwrap_or_default();
            let amount = (Arc::from("amount"), Value::Number(money.amount));
            Value::Map(Arc::new(vec![amount, (Arc::from("currency"), Value::text(code))]))
        }
        (Type::Record(index), Value::Record(fields)) => {
            let Some(def) = program.records.get(usize::from(*index)) else { return Err(Raise::index("record")) };
            let mut entries = Vec::with_capacity(fields.len());
            for (field, value) in def.fields.iter().zip(fields.iter()) {
                entries.push((field.name.clone(), of(program, field.ty, value, meter, room)?));
            }
            Value::Map(Arc::new(entries))
        }
        (Type::List(item), Value::List(items)) => {
            let mut made = Vec::with_capacity(items.len());
            for value in items.iter() {
                made.push(of(program, *item, value, meter, room)?);
            }
            Value::List(Arc::new(made))
        }
        (Type::Map(item), Value::Map(entries)) => {
            let mut made = Vec::with_capacity(entries.len());
            for (key, value) in entries.iter() {
                made.push((key.clone(), of(program, *item, value, meter, room)?));
            }
            Value::Map(Arc::new(made))
        }
        (_, Value::Secret(_)) => return Err(Raise::fault("a secret is never shown")),
        _ => value.clone(),
    })
}

/// Appends a value as compact JSON. Numbers stay exact; an amount is an object of `amount` and `currency`, a record a
/// list of its fields (its type knows their names), a file its name, a failure an object of `kind` and `message`.
pub(crate) fn write(value: &Value, meter: &mut Meter, out: &mut String) -> Outcome<()> {
    let from = out.len();
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Int(int) => show::integer(*int, out),
        Value::Number(number) => show::number(*number, out),
        Value::Money(money) => {
            out.push_str("{\"amount\":");
            show::number(money.amount, out);
            // Writing to a String cannot fail.
            let _ = write!(out, ",\"currency\":\"{}\"}}", money.currency.escape_ascii());
        }
        Value::Text(text) => string(text, out),
        Value::List(items) | Value::Record(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, meter, out)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                write(item, meter, out)?;
            }
            out.push('}');
        }
        Value::File(file) => string(&file.name, out),
        Value::Failure(failure) => {
            out.push_str("{\"kind\":");
            string(&failure.kind, out);
            out.push_str(",\"message\":");
            string(&failure.message, out);
            out.push('}');
        }
        Value::Secret(_) => return Err(Raise::fault("a secret is never shown")),
    }
    // Values share parts: the text can be far longer than the value is large. Each part pays for itself.
    if out.len() > meter.limits().text_bytes_max {
        return Err(Raise::limit(format!("a text would be longer than {} bytes", meter.limits().text_bytes_max)));
    }
    meter.produce(out.len() - from)
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        let _ = match char {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            char if u32::from(char) < 0x20 => write!(out, "\\u{:04x}", u32::from(char)),
            char => out.write_char(char),
        };
    }
    out.push('"');
}
