//! Compact JSON text of any value.

use crate::machine::meter::Meter;
use crate::machine::raise::{Outcome, Raise};
use crate::machine::show;
use flow_bytecode::Value;
use std::fmt::Write;

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
