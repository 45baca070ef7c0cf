//! What becomes of what named a record that goes: teammates leave their work to nobody, companies their contacts.

use crate::workspace::assign::{Given, give};
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, FieldDef, Schema, SchemaType};
use flow_vm::action::{ActionError, Workspace};
use std::collections::BTreeSet;
use std::sync::Arc;

/// More records than name one.
const RECORDS_MAX: usize = 1_000_000;

/// The kinds of records that may name one of this kind, each with the fields in which it does. Only kinds of which these
/// can be found are among them: one of the fields is indexed.
pub fn naming<'a>(schema: &'a Schema, entity: &str) -> Vec<(&'a EntityDef, Vec<&'a FieldDef>)> {
    let fields = |def: &'a EntityDef| -> Vec<&'a FieldDef> {
        def.fields.iter().filter(|field| names(&field.ty, entity)).collect()
    };
    let all = schema.entities.iter().map(|def| (def, fields(def)));
    all.filter(|(_, fields)| fields.iter().any(|field| field.indexed)).collect()
}

fn names(ty: &SchemaType, entity: &str) -> bool {
    match ty {
        SchemaType::Optional(inner) | SchemaType::List(inner) => names(inner, entity),
        SchemaType::Entity(name) => &**name == entity,
        SchemaType::Assignee => entity == "Teammate",
        _ => false,
    }
}

/// A record as a field of this type names it.
pub fn named(ty: &SchemaType, id: i64) -> Value {
    match ty {
        SchemaType::Optional(inner) | SchemaType::List(inner) => named(inner, id),
        SchemaType::Assignee => Value::text(format!("teammate:{id}")),
        _ => Value::Int(id),
    }
}

/// Takes a record out of every other that names it, as a flow would: whoever listens is told. Notifications to a teammate go
/// with the teammate.
pub fn leave(workspace: &mut dyn Workspace, schema: &Schema, entity: &str, id: i64) -> Result<(), ActionError> {
    for (def, fields) in naming(schema, entity) {
        let mut found = BTreeSet::new();
        for field in fields.iter().filter(|field| field.indexed) {
            found.extend(workspace.find(&def.name, &field.name, &named(&field.ty, id), RECORDS_MAX)?);
        }
        for record in found {
            for field in &fields {
                let gone = named(&field.ty, id);
                take_out(workspace, (&def.name, record), field, &gone)?;
            }
        }
    }
    Ok(())
}

fn take_out(
    workspace: &mut dyn Workspace,
    (entity, record): (&str, i64),
    field: &FieldDef,
    gone: &Value,
) -> Result<(), ActionError> {
    let value = workspace.get(entity, record, &field.name)?;
    let left = match &value {
        Value::List(items) if items.contains(gone) => {
            Value::List(Arc::new(items.iter().filter(|item| *item != gone).cloned().collect()))
        }
        value if value == gone => Value::Null,
        _ => return Ok(()),
    };
    match (entity, &*field.name) {
        ("Notification", "to") => workspace.delete(entity, record).map(drop),
        ("Contact", "owner") => give(workspace, Given::Contact, record, left),
        ("Conversation", "assignee") => give(workspace, Given::Conversation, record, left),
        ("Ticket", "assignee") => give(workspace, Given::Ticket, record, left),
        ("FollowUp", "owner") => {
            workspace.set(entity, record, "owner", left)?;
            // It stands in nobody's diary now.
            workspace.set(entity, record, "diary", Value::Null)
        }
        // What a project needs there stays as it is.
        _ if left.is_null() && !matches!(field.ty, SchemaType::Optional(_)) => Ok(()),
        (_, name) => workspace.set(entity, record, name, left),
    }
}
