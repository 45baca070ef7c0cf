//! Records as a table that can be imported again.
//!
//! Other records are named by what they are known by elsewhere, too: an email address, a number of your own, else `ticket-12`.
//! One that was deleted is nobody.

use super::cell::no_formula;
pub use super::columns::OWN_COLUMN;
pub use super::texts::conversation_name;
pub use super::write::own_number;
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, FieldDef, SchemaType, spoken};
use serde_json::json;
use std::sync::Arc;

/// What other records are known by.
pub trait Names {
    /// A value of a unique field of a record, or the name of a company, else [`own_name`]; `None` where it was deleted.
    fn of(&mut self, entity: &str, id: i64) -> Option<Arc<str>>;
}

/// The columns of a table of this kind of record: its number, then every field but what is made of others.
pub fn columns(entity: &EntityDef) -> impl Iterator<Item = &FieldDef> {
    entity.fields.iter().filter(|field| &*field.name != "diary")
}

/// What a record is known by that has nothing else: `ticket-12`.
pub fn own_name(entity: &str, id: i64) -> String {
    format!("{}-{id}", spoken(entity))
}

/// A text as a cell: no spreadsheet takes it for a formula.
pub fn harmless(text: String) -> String {
    no_formula(text)
}

/// A value as JSON; texts as they are.
pub fn json(value: &Value, ty: &SchemaType, names: &mut dyn Names) -> serde_json::Value {
    match (value, ty) {
        (Value::Null, _) => serde_json::Value::Null,
        (value, SchemaType::Optional(inner)) => json(value, inner, names),
        (Value::Bool(value), _) => json!(value),
        (Value::List(items), SchemaType::List(inner)) => {
            let items = items.iter().map(|item| json(item, inner, names));
            items.filter(|item| !item.is_null()).collect::<Vec<_>>().into()
        }
        (Value::Int(value), SchemaType::Int) => json!(value),
        (value, ty @ (SchemaType::Entity(_) | SchemaType::Assignee)) => {
            let name = text(value, ty, names);
            if name.is_empty() { serde_json::Value::Null } else { name.into() }
        }
        (value, ty) => json!(text(value, ty, names)),
    }
}

/// A value as a cell.
pub fn cell(value: &Value, ty: &SchemaType, names: &mut dyn Names) -> String {
    match (value, ty) {
        (value, SchemaType::Optional(inner)) => cell(value, inner, names),
        (Value::List(items), SchemaType::List(inner)) => {
            let items = items.iter().map(|item| text(item, inner, names));
            let items: Vec<String> = items.filter(|item| !item.is_empty()).collect();
            let joined = items.join("|");
            // A comma would be taken for what stands between two, where nothing stronger does.
            let alone = items.len() == 1 && joined.contains([',', ';']);
            no_formula(if alone { format!("{joined}|") } else { joined })
        }
        (Value::Text(text), SchemaType::Text) => no_formula(text.to_string()),
        _ => text(value, ty, names),
    }
}

fn text(value: &Value, ty: &SchemaType, names: &mut dyn Names) -> String {
    match (value, ty) {
        (Value::Null, _) => String::new(),
        (value, SchemaType::Optional(inner)) => text(value, inner, names),
        (Value::Int(id), SchemaType::Entity(entity)) => {
            names.of(entity, *id).map(|name| name.to_string()).unwrap_or_default()
        }
        (Value::Text(assignee), SchemaType::Assignee) => {
            let teammate = assignee.strip_prefix("teammate:").and_then(|id| id.parse().ok());
            match teammate {
                Some(id) => names.of("Teammate", id).map(|name| name.to_string()).unwrap_or_default(),
                None => assignee.to_string(),
            }
        }
        (Value::Int(us), SchemaType::Duration) => jiff::SignedDuration::from_micros(*us).to_string(),
        (value, ty) => match flow_vm::store::to_json(value, ty) {
            Ok(serde_json::Value::String(text)) => text,
            Ok(other) => other.to_string(),
            Err(_) => String::new(),
        },
    }
}

/// A line of CSV, quoted where it has to be (RFC 4180).
pub fn line(cells: impl Iterator<Item = String>) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Into memory, from texts: neither can fail.
    let _ = writer.write_record(cells);
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
