//! Values and types as people and tools read them.

use flow_bytecode::schema::SchemaType;
use flow_bytecode::{Failure, Value};
use flow_vm::store::to_json;
use serde_json::json;

/// A type as it is written in Flow.
pub fn type_name(ty: &SchemaType) -> String {
    use SchemaType::*;
    match ty {
        Bool => "Bool".into(),
        Int => "Int".into(),
        Number => "Number".into(),
        Money => "Money".into(),
        Text => "Text".into(),
        Email => "Email".into(),
        Phone => "Phone".into(),
        Url => "Url".into(),
        Duration => "Duration".into(),
        Instant => "Instant".into(),
        Date => "Date".into(),
        TimeOfDay => "TimeOfDay".into(),
        TimeZone => "TimeZone".into(),
        Enum(name, _) | Entity(name) | Record(name, _) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        Symbol(kind) => capitalised(kind),
        Assignee => "Assignee".into(),
        File => "File".into(),
        Json => "Json".into(),
        List(inner) => format!("List<{}>", type_name(inner)),
        Map(inner) => format!("Map<{}>", type_name(inner)),
        Optional(inner) => format!("{}?", type_name(inner)),
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A value of a type as JSON; a text of it where the type cannot spell it.
pub fn json_value(value: &Value, ty: &SchemaType) -> serde_json::Value {
    to_json(value, ty).or_else(|_| to_json(value, &SchemaType::Json)).unwrap_or_else(|_| match value {
        Value::Failure(failure) => failure_json(failure),
        _ => serde_json::Value::Null,
    })
}

/// A failure as JSON.
pub fn failure_json(failure: &Failure) -> serde_json::Value {
    json!({ "kind": failure.kind, "message": failure.message })
}

/// A value of a type for people: labels of enums, texts without quotes, nothing for what is missing.
pub fn show_value(value: &Value, ty: &SchemaType) -> String {
    match (value, ty) {
        (Value::Null, _) => String::new(),
        (value, SchemaType::Optional(inner)) => show_value(value, inner),
        (Value::Text(text), SchemaType::Enum(_, variants)) => variants
            .iter()
            .find(|(name, _)| name == text)
            .map_or_else(|| text.to_string(), |(_, label)| label.to_string()),
        (Value::Int(id), SchemaType::Entity(name)) => format!("{} {id}", flow_bytecode::schema::spoken(name)),
        (Value::Int(us), SchemaType::Duration) => super::span(*us),
        (Value::List(items), SchemaType::List(inner)) => {
            items.iter().map(|item| show_value(item, inner)).collect::<Vec<_>>().join(", ")
        }
        _ => match json_value(value, ty) {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        },
    }
}
