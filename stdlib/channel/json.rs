//! JSON of services, and values for the flow.

use crate::http::json;
use flow_bytecode::Value;
use std::sync::Arc;

/// A field of an answer that is an object.
pub(crate) fn field(body: &[u8], name: &str) -> Option<Value> {
    let Ok(Value::Map(entries)) = json::parse(body) else { return None };
    entries.iter().find(|(key, _)| **key == *name).map(|(_, value)| value.clone())
}

/// A text, or a number as one.
pub(crate) fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number, also as text.
pub(crate) fn number(value: Option<&Value>) -> Option<i64> {
    text_of(value)?.parse().ok()
}

/// A record for the flow, or an object of a request.
pub(crate) fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::Map(Arc::new(entries.into_iter().map(|(name, value)| (name.into(), value)).collect()))
}
