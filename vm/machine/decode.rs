//! What a service returned, as a value of a type; and back.

use super::intrinsics::{parse, phone};
use super::raise::kind_name;
use super::time;
use flow_bytecode::address;
use flow_bytecode::currency::{currency, is_too_fine};
use flow_bytecode::{Money, Program, Type, TypeId, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write;
use std::sync::Arc;

/// A self-describing value as a value of a type: objects become records (defaults filled in, unknown keys ignored),
/// enums are found by name or label, dates and instants are read from text.
///
/// # Errors
/// A sentence: ``at `items[2].total`: expected a number, found text "x"``.
pub fn decode(program: &Program, ty: TypeId, value: &Value, depth_max: usize) -> Result<Value, String> {
    fit(program, ty, value, depth_max).map_err(|misfit| {
        let mut path = String::new();
        for step in misfit.path.iter().rev() {
            let _ = match step {
                Step::Field(name) if path.is_empty() => write!(path, "{name}"),
                Step::Field(name) => write!(path, ".{name}"),
                Step::Item(index) => write!(path, "[{index}]"),
            };
        }
        match path.is_empty() {
            true => misfit.message,
            false => format!("at `{path}`: {}", misfit.message),
        }
    })
}

struct Misfit {
    /// From the inside out.
    path: Vec<Step>,
    message: String,
}

enum Step {
    Field(Arc<str>),
    Item(usize),
}

fn misfit(expected: &str, found: &Value) -> Misfit {
    let found = match found {
        Value::Text(text) if text.len() <= 40 => format!("text \"{text}\""),
        Value::Text(text) => format!("text \"{}…\"", text.chars().take(30).collect::<String>()),
        Value::Int(int) => format!("the number {int}"),
        Value::Number(number) => format!("the number {number}"),
        Value::Bool(bool) => format!("{bool}"),
        other => kind_name(other).to_owned(),
    };
    Misfit { path: Vec::new(), message: format!("expected {expected}, found {found}") }
}

fn within<T>(result: Result<T, Misfit>, step: impl FnOnce() -> Step) -> Result<T, Misfit> {
    result.map_err(|mut misfit| {
        misfit.path.push(step());
        misfit
    })
}

fn fit(program: &Program, ty: TypeId, value: &Value, room: usize) -> Result<Value, Misfit> {
    let broken = |what: &str| Misfit { path: Vec::new(), message: format!("the program's {what} is out of range") };
    let Some(room) = room.checked_sub(1) else {
        return Err(Misfit { path: Vec::new(), message: "nested too deep".to_owned() });
    };
    let Some(ty) = program.types.get(usize::from(ty.0)) else { return Err(broken("type")) };
    let text = |expected: &str, read: &dyn Fn(&str) -> Option<i64>| match value {
        Value::Int(int) => Ok(Value::Int(*int)),
        Value::Text(text) => read(text).map(Value::Int).ok_or_else(|| misfit(expected, value)),
        _ => Err(misfit(expected, value)),
    };
    match (ty, value) {
        (Type::Unit, _) => Ok(Value::Null),
        (Type::Json, _) => Ok(value.clone()),
        (Type::Optional(_), Value::Null) => Ok(Value::Null),
        (Type::Optional(inner), _) => fit(program, *inner, value, room),
        (Type::Bool, Value::Bool(_)) => Ok(value.clone()),
        (Type::Bool, _) => Err(misfit("true or false", value)),
        (Type::Int, _) => whole(value).map(Value::Int).ok_or_else(|| misfit("a whole number", value)),
        (Type::Duration, _) => whole(value).map(Value::Int).ok_or_else(|| misfit("a duration in microseconds", value)),
        (Type::Entity(_) | Type::Run, _) => whole(value).map(Value::Int).ok_or_else(|| misfit("an id", value)),
        (Type::Instant, _) => text("a moment like 2026-03-01T09:00:00Z", &time::read_instant),
        (Type::Date, _) => text("a date like 2026-03-01", &time::read_iso_date),
        (Type::TimeOfDay, _) => text("a time like 09:00", &parse::time_of_day),
        (Type::Number, Value::Number(_)) => Ok(value.clone()),
        (Type::Number, Value::Int(int)) => Ok(Value::Number(Decimal::from(*int))),
        (Type::Number, _) => Err(misfit("a number", value)),
        (Type::Money, _) => {
            let money = money(value).ok_or_else(|| misfit("an amount with its currency", value))?;
            match is_too_fine(money.amount, money.currency) {
                true => Err(misfit("an amount as fine as its currency can be", value)),
                false => Ok(Value::Money(money)),
            }
        }
        (Type::Text, Value::Text(_)) => Ok(value.clone()),
        (Type::Text, _) => Err(misfit("text", value)),
        (Type::Email, _) => refined("an email address", value, address::email),
        (Type::Phone, _) => refined("a phone number like +4790012345", value, |text| phone::phone(text, None)),
        (Type::Url, _) => refined("a web address like https://example.com", value, address::url),
        (Type::TimeZone, _) => refined("a time zone like Europe/Oslo", value, |text| {
            jiff::tz::TimeZone::get(text).is_ok().then(|| text.to_owned())
        }),
        (Type::Enum(index), _) => {
            let def = program.enums.get(usize::from(*index)).ok_or_else(|| broken("enum"))?;
            let Value::Text(text) = value else { return Err(misfit("text", value)) };
            let by_name = def.variants.iter().find(|(name, _)| name == text);
            match by_name.or_else(|| def.variants.iter().find(|(_, label)| label == text)) {
                Some((name, _)) => Ok(Value::Text(name.clone())),
                None => Err(misfit(&one_of(&def.name, def.variants.iter().map(|(name, _)| &**name)), value)),
            }
        }
        (Type::Secret, Value::Secret(_)) | (Type::File, Value::File(_)) | (Type::Failure, Value::Failure(_)) => {
            Ok(value.clone())
        }
        (Type::Secret, _) => Err(misfit("a secret", value)),
        (Type::File, _) => Err(misfit("a file", value)),
        (Type::Failure, _) => Err(misfit("a failure", value)),
        (Type::List(item), Value::List(items)) => {
            let mut fitted = Vec::with_capacity(items.len());
            for (at, value) in items.iter().enumerate() {
                fitted.push(within(fit(program, *item, value, room), || Step::Item(at))?);
            }
            Ok(Value::List(Arc::new(fitted)))
        }
        (Type::List(_), _) => Err(misfit("a list", value)),
        (Type::Map(item), Value::Map(entries)) => {
            let mut fitted = Vec::with_capacity(entries.len());
            for (key, value) in entries.iter() {
                fitted.push((key.clone(), within(fit(program, *item, value, room), || Step::Field(key.clone()))?));
            }
            Ok(Value::Map(Arc::new(fitted)))
        }
        (Type::Map(_), _) => Err(misfit("an object", value)),
        (Type::Record(index), _) => {
            let def = program.records.get(usize::from(*index)).ok_or_else(|| broken("record"))?;
            let mut fitted = Vec::with_capacity(def.fields.len());
            match value {
                // Already positional: what the machine itself made.
                Value::Record(fields) if fields.len() == def.fields.len() => {
                    for (field, value) in def.fields.iter().zip(fields.iter()) {
                        let value = fit(program, field.ty, value, room);
                        fitted.push(within(value, || Step::Field(field.name.clone()))?);
                    }
                }
                Value::Map(entries) => {
                    for field in &def.fields {
                        let found = entries.iter().find(|(key, _)| *key == field.name).map(|(_, value)| value);
                        let value = match (found, field.default) {
                            (Some(Value::Null) | None, Some(default)) => {
                                program.constants.get(default as usize).cloned().ok_or_else(|| broken("constant"))
                            }
                            (Some(value), _) => fit(program, field.ty, value, room),
                            (None, None) => match program.types.get(usize::from(field.ty.0)) {
                                Some(Type::Optional(_) | Type::Unit | Type::Json) => Ok(Value::Null),
                                _ => Err(misfit("a value", &Value::Null)),
                            },
                        };
                        fitted.push(within(value, || Step::Field(field.name.clone()))?);
                    }
                }
                other => return Err(misfit(&format!("an object ({})", def.name), other)),
            }
            Ok(Value::Record(Arc::new(fitted)))
        }
    }
}

/// A text that is more than a text, in its normal form.
fn refined(expected: &str, value: &Value, read: impl Fn(&str) -> Option<String>) -> Result<Value, Misfit> {
    let Value::Text(text) = value else { return Err(misfit(expected, value)) };
    let normal = read(text).ok_or_else(|| misfit(expected, value))?;
    Ok(if *normal == **text { value.clone() } else { Value::text(normal) })
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(int) => Some(*int),
        Value::Number(number) if number.fract().is_zero() => number.to_i64(),
        _ => None,
    }
}

/// From an amount, a text `EUR 19.90` or `19.90 EUR`, or an object of `amount` and `currency`.
fn money(value: &Value) -> Option<Money> {
    match value {
        Value::Money(money) => Some(*money),
        Value::Text(text) => {
            let (first, second) = text.split_once(' ')?;
            let (code, amount) = if first.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                (second, first)
            } else {
                (first, second)
            };
            Some(Money { amount: parse::number(amount)?, currency: currency(code)? })
        }
        Value::Map(entries) => {
            let get = |name: &str| entries.iter().find(|(key, _)| **key == *name).map(|(_, value)| value);
            let amount = match get("amount")? {
                Value::Number(number) => *number,
                Value::Int(int) => Decimal::from(*int),
                Value::Text(text) => parse::number(text)?,
                _ => return None,
            };
            Some(Money { amount, currency: currency(get("currency")?.as_text()?)? })
        }
        _ => None,
    }
}

/// A typed value as a self-describing one: records become maps by field name. What actions see.
pub fn describe(program: &Program, ty: TypeId, value: &Value) -> Value {
    match (program.types.get(usize::from(ty.0)), value) {
        (Some(Type::Optional(inner)), value) => describe(program, *inner, value),
        (Some(Type::List(item)), Value::List(items)) => {
            Value::List(Arc::new(items.iter().map(|value| describe(program, *item, value)).collect()))
        }
        (Some(Type::Map(item)), Value::Map(entries)) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), describe(program, *item, value)));
            Value::Map(Arc::new(entries.collect()))
        }
        (Some(Type::Record(index)), Value::Record(fields)) => match program.records.get(usize::from(*index)) {
            Some(def) => {
                let fields = def.fields.iter().zip(fields.iter());
                let fields = fields.map(|(field, value)| (field.name.clone(), describe(program, field.ty, value)));
                Value::Map(Arc::new(fields.collect()))
            }
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Whether a value has the shape of a type, at most `room` deep.
pub(crate) fn has_shape(program: &Program, ty: TypeId, value: &Value, room: usize) -> bool {
    let (Some(ty), Some(room)) = (program.types.get(usize::from(ty.0)), room.checked_sub(1)) else { return false };
    match (ty, value) {
        (Type::Json, _) | (Type::Optional(_) | Type::Unit, Value::Null) => true,
        (Type::Optional(inner), _) => has_shape(program, *inner, value, room),
        (Type::Bool, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::Money, Value::Money(_))
        | (Type::Text | Type::Email | Type::Phone | Type::Url | Type::TimeZone | Type::Enum(_), Value::Text(_))
        | (Type::Secret, Value::Secret(_))
        | (Type::File, Value::File(_))
        | (Type::Failure, Value::Failure(_)) => true,
        (
            Type::Int | Type::Duration | Type::Instant | Type::Date | Type::TimeOfDay | Type::Entity(_) | Type::Run,
            Value::Int(_),
        ) => true,
        (Type::List(item), Value::List(items)) => items.iter().all(|value| has_shape(program, *item, value, room)),
        (Type::Map(item), Value::Map(entries)) => {
            entries.iter().all(|(_, value)| has_shape(program, *item, value, room))
        }
        (Type::Record(index), Value::Record(fields)) => match program.records.get(usize::from(*index)) {
            Some(def) => {
                def.fields.len() == fields.len()
                    && def.fields.iter().zip(fields.iter()).all(|(def, value)| has_shape(program, def.ty, value, room))
            }
            None => false,
        },
        _ => false,
    }
}

/// About how many bytes a value takes when stored, counting shared parts as often as they are reached and stopping to
/// count a little beyond a mebibyte.
pub(crate) fn weight(value: &Value) -> usize {
    let mut bytes = 0;
    weigh(value, &mut bytes);
    bytes
}

fn weigh(value: &Value, bytes: &mut usize) {
    if *bytes > 1 << 20 {
        return;
    }
    *bytes += match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Int(_) => 5,
        Value::Number(_) => 8,
        Value::Money(_) => 11,
        Value::Text(text) => text.len() + 2,
        Value::List(_) | Value::Record(_) | Value::Map(_) => 2,
        Value::Secret(parts) => parts
            .iter()
            .map(|part| {
                let (flow_bytecode::value::SecretPart::Text(text) | flow_bytecode::value::SecretPart::Name(text)) =
                    part;
                text.len() + 3
            })
            .sum(),
        Value::File(file) => file.name.len() + file.media_type.len() + file.location.len() + 10,
        Value::Failure(failure) => failure.kind.len() + failure.message.len() + 8,
    };
    match value {
        Value::List(items) | Value::Record(items) => items.iter().for_each(|item| weigh(item, bytes)),
        Value::Map(entries) => entries.iter().for_each(|(key, item)| {
            *bytes += key.len() + 1;
            weigh(item, bytes);
        }),
        _ => {}
    }
}

/// Names that would have fitted, the first of many.
fn one_of<'a>(name: &str, all: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<&str> = all.take(SHOWN + 1).collect();
    if names.is_empty() {
        return format!("a declared {name}, of which there is none");
    }
    if names.len() > SHOWN {
        names[SHOWN] = "…";
    }
    format!("one of {name} ({})", names.join(", "))
}
