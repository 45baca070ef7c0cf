//! Values as JSON that people can read: `"2026-03-01"`, `"PT1H30M"`, `"19.90 EUR"`.
//!
//! What a type cannot spell (a date in the year 30,000) is kept as its plain number, so nothing a flow can hold is lost.

use flow_bytecode::currency::is_too_fine;
use flow_bytecode::schema::SchemaType;
use flow_bytecode::value::FileRef;
use flow_bytecode::{Money, Value};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde_json::{Map as Object, Value as Json};
use std::str::FromStr;
use std::sync::Arc;

/// Nesting allowed in a value of type JSON.
const DEPTH_MAX: usize = 64;
/// Marks an exact number or an amount inside a value of type JSON.
const NUMBER: &str = "$number";
const MONEY: &str = "$money";

/// A value of this type as JSON.
///
/// # Errors
/// A sentence, when the value is not of the type or may not be stored (secrets, failures).
pub fn to_json(value: &Value, ty: &SchemaType) -> Result<Json, String> {
    use SchemaType::*;
    Ok(match (ty, value) {
        (Json, value) => any_to_json(value, 0)?,
        (_, Value::Null) => self::Json::Null,
        (Optional(inner), value) => to_json(value, inner)?,
        (Bool, Value::Bool(bool)) => self::Json::Bool(*bool),
        (Bool, Value::Int(int)) => self::Json::Bool(*int != 0),
        (Int | Entity(_), Value::Int(int)) => (*int).into(),
        (Duration, Value::Int(us)) => SignedDuration::from_micros(*us).to_string().into(),
        (Instant, Value::Int(us)) => spelled(*us, Timestamp::from_microsecond(*us).ok()),
        (Date, Value::Int(days)) => spelled(*days, date_of(*days)),
        (TimeOfDay, Value::Int(us)) => spelled(*us, time_of(*us)),
        (Number, Value::Number(number)) => number.to_string().into(),
        (Number, Value::Int(int)) => int.to_string().into(),
        (Money, Value::Money(money)) => money_text(money)?.into(),
        (Text | Email | Phone | Url | TimeZone | Enum(..) | Symbol(_) | Assignee, Value::Text(text)) => {
            (&**text).into()
        }
        (File, Value::File(file)) => file_to_json(file),
        (Record(_, fields), Value::Record(values)) if fields.len() == values.len() => {
            let mut map = Object::with_capacity(fields.len());
            for ((name, ty), value) in fields.iter().zip(values.iter()) {
                map.insert(name.to_string(), to_json(value, ty)?);
            }
            map.into()
        }
        (Record(_, fields), Value::Map(pairs)) => {
            let mut map = Object::with_capacity(fields.len());
            for (name, ty) in fields {
                let value = pairs.iter().find(|(key, _)| key == name).map_or(&Value::Null, |(_, value)| value);
                map.insert(name.to_string(), to_json(value, ty)?);
            }
            map.into()
        }
        (List(inner), Value::List(values)) => {
            self::Json::Array(values.iter().map(|value| to_json(value, inner)).collect::<Result<_, _>>()?)
        }
        (Map(inner), Value::Map(pairs)) => {
            let mut map = Object::with_capacity(pairs.len());
            for (key, value) in pairs.iter() {
                map.insert(key.to_string(), to_json(value, inner)?);
            }
            map.into()
        }
        _ => return Err(format!("{} where {} is kept", value_word(value), type_word(ty))),
    })
}

/// The value of this type that the JSON spells. Fields a record's JSON lacks are null; more are passed over.
///
/// # Errors
/// A sentence, when the JSON does not spell such a value.
pub fn from_json(json: &Json, ty: &SchemaType) -> Result<Value, String> {
    use SchemaType::*;
    let bad = || format!("`{}` is not {}", shortened(json), type_word(ty));
    Ok(match (ty, json) {
        (Json, json) => any_from_json(json, 0)?,
        (_, self::Json::Null) => Value::Null,
        (Optional(inner), json) => from_json(json, inner)?,
        (Bool, self::Json::Bool(bool)) => Value::Bool(*bool),
        (Int | Entity(_) | Duration | Instant | Date | TimeOfDay, self::Json::Number(number)) => {
            Value::Int(number.as_i64().ok_or_else(bad)?)
        }
        (Duration, self::Json::String(text)) => {
            let duration = SignedDuration::from_str(text).map_err(|_| bad())?;
            Value::Int(i64::try_from(duration.as_micros()).map_err(|_| bad())?)
        }
        (Instant, self::Json::String(text)) => {
            Value::Int(text.parse::<Timestamp>().map_err(|_| bad())?.as_microsecond())
        }
        (Date, self::Json::String(text)) => Value::Int(days_of(text.parse().map_err(|_| bad())?)),
        (TimeOfDay, self::Json::String(text)) => Value::Int(micros_of(text.parse().map_err(|_| bad())?)),
        (Number, self::Json::String(text)) => Value::Number(Decimal::from_str(text).map_err(|_| bad())?),
        (Number, self::Json::Number(number)) => Value::Number(decimal_of(&number.to_string()).ok_or_else(bad)?),
        (Money, self::Json::String(text)) => {
            let money = money_of(text).ok_or_else(bad)?;
            if is_too_fine(money.amount, money.currency) {
                return Err(format!("`{text}` is finer than its currency can be"));
            }
            Value::Money(money)
        }
        (Text | Email | Phone | Url | TimeZone | Enum(..) | Symbol(_) | Assignee, self::Json::String(text)) => {
            Value::text(text.as_str())
        }
        (File, self::Json::Object(map)) => Value::File(Arc::new(file_from_json(map).ok_or_else(bad)?)),
        (Record(_, fields), self::Json::Object(map)) => {
            let field = |(name, ty): &(Arc<str>, SchemaType)| {
                map.get(&**name).map_or(Ok(Value::Null), |json| from_json(json, ty))
            };
            Value::Record(Arc::new(fields.iter().map(field).collect::<Result<_, _>>()?))
        }
        (List(inner), self::Json::Array(items)) => {
            Value::List(Arc::new(items.iter().map(|item| from_json(item, inner)).collect::<Result<_, _>>()?))
        }
        (Map(inner), self::Json::Object(map)) => {
            let pair = |(key, json): (&String, &self::Json)| Ok((Arc::from(key.as_str()), from_json(json, inner)?));
            Value::Map(Arc::new(map.iter().map(pair).collect::<Result<_, String>>()?))
        }
        _ => return Err(bad()),
    })
}

/// Whatever a service returned. Decimals that JSON's readers would round are marked.
fn any_to_json(value: &Value, depth: usize) -> Result<Json, String> {
    if depth > DEPTH_MAX {
        return Err(format!("JSON nested deeper than {DEPTH_MAX}"));
    }
    Ok(match value {
        Value::Null => Json::Null,
        Value::Bool(bool) => Json::Bool(*bool),
        Value::Int(int) => (*int).into(),
        Value::Number(number) => any_number(*number),
        Value::Money(money) => marked(MONEY, money_text(money)?),
        Value::Text(text) => (&**text).into(),
        Value::List(items) | Value::Record(items) => {
            Json::Array(items.iter().map(|item| any_to_json(item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Value::Map(pairs) => {
            let mut map = Object::with_capacity(pairs.len());
            for (key, value) in pairs.iter() {
                map.insert(key.to_string(), any_to_json(value, depth + 1)?);
            }
            map.into()
        }
        Value::File(file) => file_to_json(file),
        Value::Secret(_) | Value::Failure(_) => return Err(format!("{} cannot be stored", value_word(value))),
    })
}

fn any_from_json(json: &Json, depth: usize) -> Result<Value, String> {
    if depth > DEPTH_MAX {
        return Err(format!("JSON nested deeper than {DEPTH_MAX}"));
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(*bool),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Number(
                decimal_of(&number.to_string()).ok_or_else(|| format!("`{number}` is too large for a number"))?,
            ),
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => {
            Value::List(Arc::new(items.iter().map(|item| any_from_json(item, depth + 1)).collect::<Result<_, _>>()?))
        }
        Json::Object(map) => {
            if let Some(value) = unmarked(map) {
                return Ok(value);
            }
            let pair = |(key, json): (&String, &Json)| Ok((Arc::from(key.as_str()), any_from_json(json, depth + 1)?));
            Value::Map(Arc::new(map.iter().map(pair).collect::<Result<_, String>>()?))
        }
    })
}

/// A JSON number when reading it back gives the same decimal, else a marked text.
fn any_number(number: Decimal) -> Json {
    let text = number.to_string();
    let float = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    match float {
        Some(float) if decimal_of(&float.to_string()) == Some(number) => Json::Number(float),
        _ => marked(NUMBER, text),
    }
}

fn marked(mark: &str, text: String) -> Json {
    let mut map = Object::with_capacity(1);
    map.insert(mark.into(), text.into());
    map.into()
}

fn unmarked(map: &Object<String, Json>) -> Option<Value> {
    let (mark, text) = map.iter().next().filter(|_| map.len() == 1)?;
    match mark.as_str() {
        NUMBER => Decimal::from_str(text.as_str()?).ok().map(Value::Number),
        MONEY => money_of(text.as_str()?).map(Value::Money),
        _ => None,
    }
}

fn decimal_of(text: &str) -> Option<Decimal> {
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

fn money_text(money: &Money) -> Result<String, String> {
    let currency = std::str::from_utf8(&money.currency).map_err(|_| String::from("a currency that is no text"))?;
    Ok(format!("{} {currency}", money.amount))
}

fn money_of(text: &str) -> Option<Money> {
    let (amount, currency) = text.split_once(' ')?;
    Some(Money { amount: Decimal::from_str(amount).ok()?, currency: currency.as_bytes().try_into().ok()? })
}

fn file_to_json(file: &FileRef) -> Json {
    let mut map = Object::with_capacity(4);
    map.insert("name".into(), (&*file.name).into());
    map.insert("media_type".into(), (&*file.media_type).into());
    map.insert("bytes".into(), file.bytes.into());
    map.insert("location".into(), (&*file.location).into());
    map.into()
}

fn file_from_json(map: &Object<String, Json>) -> Option<FileRef> {
    let text = |name| map.get(name).and_then(Json::as_str).map(Arc::from);
    Some(FileRef {
        name: text("name")?,
        media_type: text("media_type")?,
        bytes: map.get("bytes")?.as_u64()?,
        location: text("location")?,
    })
}

fn spelled(plain: i64, text: Option<impl ToString>) -> Json {
    text.map_or_else(|| plain.into(), |text| text.to_string().into())
}

const EPOCH: Date = Date::constant(1970, 1, 1);

fn date_of(days: i64) -> Option<Date> {
    // A span of days has a limit of its own, outside of which it must not be built.
    (days.abs() < 4_000_000).then(|| EPOCH.checked_add(days.days()).ok()).flatten()
}

fn days_of(date: Date) -> i64 {
    EPOCH.duration_until(date).as_secs().div_euclid(86_400)
}

fn time_of(us: i64) -> Option<Time> {
    let nanos = us.rem_euclid(1_000_000) * 1_000;
    let secs = us.div_euclid(1_000_000);
    let hour = i8::try_from(secs.div_euclid(3_600)).ok()?;
    Time::new(hour, (secs / 60 % 60) as i8, (secs % 60) as i8, nanos as i32).ok()
}

fn micros_of(time: Time) -> i64 {
    let secs = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    secs * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1_000
}

fn shortened(json: &Json) -> String {
    let text = json.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn value_word(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Int(_) => "a whole number",
        Value::Number(_) => "a number",
        Value::Money(_) => "an amount of money",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Record(_) => "a record",
        Value::Map(_) => "a map",
        Value::Secret(_) => "a secret",
        Value::File(_) => "a file",
        Value::Failure(_) => "a failure",
    }
}

fn type_word(ty: &SchemaType) -> &'static str {
    match ty {
        SchemaType::Bool => "true or false",
        SchemaType::Int => "a whole number",
        SchemaType::Number => "a number",
        SchemaType::Money => "an amount of money",
        SchemaType::Text => "a text",
        SchemaType::Email => "an email address",
        SchemaType::Phone => "a phone number",
        SchemaType::Url => "a URL",
        SchemaType::Duration => "a duration",
        SchemaType::Instant => "a moment",
        SchemaType::Date => "a date",
        SchemaType::TimeOfDay => "a time of day",
        SchemaType::TimeZone => "a time zone",
        SchemaType::Enum(..) => "one of the options",
        SchemaType::Entity(_) => "a record's id",
        SchemaType::Symbol(_) => "a declared name",
        SchemaType::Assignee => "an assignee",
        SchemaType::File => "a file",
        SchemaType::Json => "JSON",
        SchemaType::Record(..) => "a record",
        SchemaType::List(_) => "a list",
        SchemaType::Map(_) => "a map",
        SchemaType::Optional(_) => "an optional value",
    }
}

#[cfg(test)]
#[path = "value_json_tests.rs"]
mod tests;
