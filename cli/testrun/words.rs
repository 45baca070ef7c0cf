//! Values as a test would write them.

use flow_bytecode::program::{EnumDef, Program};
use flow_bytecode::value::SecretPart;
use flow_bytecode::{Type, TypeId, Value};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Longer texts are cut where they are shown among others.
const TEXT_MAX: usize = 200;

/// Those that were asked for are cut later.
const LONG_MAX: usize = 2_000;

/// A value of a type, positional or self-describing, as it is written in a test.
pub fn value(program: &Program, ty: TypeId, value: &Value) -> String {
    let Some(kind) = program.types.get(usize::from(ty.0)) else { return plain(value) };
    match (kind, value) {
        (_, Value::Null) => "null".to_owned(),
        (Type::Optional(inner), value) => self::value(program, *inner, value),
        (Type::Enum(_), Value::Text(name)) => format!(".{name}"),
        (Type::Entity(index), Value::Int(id)) => {
            let name = program.entities.get(usize::from(*index)).map_or("record", |name| name);
            format!("{name} {id}")
        }
        (Type::Run, Value::Int(id)) => format!("run {}", flow_vm::engine::RunId(*id)),
        (Type::Duration, Value::Int(us)) => crate::values::span(*us),
        (Type::Instant, Value::Int(us)) => moment(*us),
        (Type::Date, Value::Int(days)) => date(*days),
        (Type::TimeOfDay, Value::Int(us)) => {
            let minutes = us / 60_000_000;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        }
        (Type::List(item), Value::List(items)) => {
            let items: Vec<String> = items.iter().map(|part| self::value(program, *item, part)).collect();
            format!("[{}]", items.join(", "))
        }
        (Type::Map(item), Value::Map(entries)) => {
            let part =
                |(key, part): &(std::sync::Arc<str>, Value)| format!("{key}: {}", self::value(program, *item, part));
            braces(entries.iter().map(part))
        }
        (Type::Record(index), _) => {
            let Some(def) = program.records.get(usize::from(*index)) else { return plain(value) };
            let fields: Vec<String> = match value {
                Value::Record(parts) => {
                    let all = def.fields.iter().zip(parts.iter());
                    all.map(|(field, part)| format!("{}: {}", field.name, self::value(program, field.ty, part)))
                        .collect()
                }
                Value::Map(entries) => {
                    let found = |name: &str| entries.iter().find(|(key, _)| **key == *name).map(|(_, part)| part);
                    let all = def.fields.iter().filter_map(|field| Some((field, found(&field.name)?)));
                    all.map(|(field, part)| format!("{}: {}", field.name, self::value(program, field.ty, part)))
                        .collect()
                }
                other => return plain(other),
            };
            let name = def.name.rsplit('.').next().unwrap_or(&def.name);
            format!("{name}({})", fields.join(", "))
        }
        _ => plain(value),
    }
}

/// An enum that is given as a whole, `categories: Topic`: it goes to the action as JSON of its variants.
pub fn enumeration(program: &Program, value: &Value) -> Option<String> {
    let text = value.as_text().filter(|text| text.starts_with("[{\"name\":"))?;
    let given: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    let is_same = |def: &&EnumDef| {
        def.variants.len() == given.len()
            && def
                .variants
                .iter()
                .zip(&given)
                .all(|((name, label), one)| one["name"] == **name && one["label"] == **label)
    };
    let found = program.enums.iter().find(is_same)?;
    Some(found.name.rsplit('.').next().unwrap_or(&found.name).to_owned())
}

/// A value by itself.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Money(money) => {
            let currency = String::from_utf8_lossy(&money.currency).to_ascii_lowercase();
            format!("money({}, .{currency})", money.amount)
        }
        Value::Text(text) => quoted(text),
        Value::List(items) | Value::Record(items) => {
            format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) => braces(entries.iter().map(|(key, part)| format!("{key}: {}", plain(part)))),
        Value::Secret(parts) => {
            let shown: String = parts
                .iter()
                .map(|part| match part {
                    SecretPart::Text(text) => text.to_string(),
                    SecretPart::Name(name) => format!("{{{{secret.{name}}}}}"),
                })
                .collect();
            quoted(&shown)
        }
        Value::File(file) => format!("file {}", file.name),
        Value::Failure(failure) => format!(".{}: {}", failure.kind, failure.message),
    }
}

fn braces(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

/// A text between quotes, on one line.
pub fn quoted(text: &str) -> String {
    cut(text, TEXT_MAX)
}

/// The same of a text that was asked for.
pub fn long(text: &str) -> String {
    cut(text, LONG_MAX)
}

fn cut(text: &str, most: usize) -> String {
    let mut shown: String = text.chars().take(most).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("\"{}\"", shown.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// `Mon 2 Mar 2026 08:00`, in UTC.
pub fn moment(us: i64) -> String {
    match Timestamp::from_microsecond(us) {
        Ok(at) => at.to_zoned(TimeZone::UTC).strftime("%a %-d %b %Y %H:%M").to_string(),
        Err(_) => "an impossible time".to_owned(),
    }
}

fn date(days: i64) -> String {
    let epoch = Date::constant(1970, 1, 1);
    let found = i32::try_from(days).ok().and_then(|days| epoch.checked_add(jiff::Span::new().days(days)).ok());
    found.map_or_else(|| days.to_string(), |date| format!("date(\"{date}\")"))
}
