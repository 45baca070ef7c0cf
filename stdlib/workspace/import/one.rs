//! One record by hand: what a person writes into it, and its removal. Called by name in the process that owns the database.

use super::cell::{Cell, Reader};
use super::write::{known_by, resolve};
use crate::workspace::assign::{Given, give};
use crate::workspace::tickets::hand_out;
use flow_bytecode::schema::{EntityDef, FieldDef, Schema, SchemaType, spoken};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Workspace};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What writes fields of a record, or makes one.
pub const SET: &str = "import.set";
/// Companies of one name that are told, at most.
const SAME_NAME_MAX: usize = 20;
/// What removes a record.
pub const REMOVE: &str = "import.remove";

/// What a person writes into a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct One {
    /// `Teammate`.
    pub entity: String,
    /// Its id; a new one where there is none.
    pub id: Option<i64>,
    /// (field, as typed); an empty text takes the value away.
    pub fields: Vec<(String, String)>,
    /// The country of phone numbers without one, two letters as in `NO`.
    pub country: Option<String>,
    /// As deployed.
    pub schema: Schema,
}

impl One {
    /// The argument of [`SET`].
    pub fn argument(&self) -> Value {
        // Texts and numbers by name: nothing of it cannot be written as JSON.
        Value::text(serde_json::to_string(self).unwrap_or_default())
    }
}

fn invalid(message: impl Into<String>) -> ActionError {
    Failure::new("invalid", message.into()).into()
}

/// Carries [`SET`] out; yields the record's id.
pub fn set(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError> {
    let text = args.first().and_then(Value::as_text).map_or("", |text| &**text);
    let one: One = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
    let entity = one.schema.entities.iter().find(|entity| *entity.name == *one.entity);
    let entity = entity.ok_or_else(|| invalid(format!("there is no record `{}`", one.entity)))?;
    let mut companies = HashMap::new();
    let mut values: Vec<(&FieldDef, Value)> = Vec::new();
    for (name, text) in &one.fields {
        let (field, cell) = read(&one, entity, name, text)?;
        let cell = meant(&one.schema, workspace, name, cell)?;
        check(&one.schema, workspace, name, &cell)?;
        let value = match cell {
            Cell::Value(Value::Null) if matches!(field.ty, SchemaType::List(_)) => Value::List(Default::default()),
            cell => resolve(&one.schema, &mut companies, workspace, field, cell)?,
        };
        values.push((field, value));
    }
    match one.id {
        Some(id) => {
            for (field, value) in values {
                write(workspace, entity, id, field, value)?;
            }
            Ok(Value::Int(id))
        }
        None => make(workspace, entity, values),
    }
}

fn read<'a>(one: &'a One, entity: &'a EntityDef, name: &str, text: &str) -> Result<(&'a FieldDef, Cell), ActionError> {
    let field = entity.fields.iter().find(|field| *field.name == *name && name != "diary");
    let field = field.ok_or_else(|| invalid(format!("a {} has no `{name}`", spoken(&entity.name))))?;
    if text.is_empty() {
        let optional = matches!(field.ty, SchemaType::Optional(_) | SchemaType::List(_));
        return if optional {
            Ok((field, Cell::Value(Value::Null)))
        } else {
            Err(invalid(format!("`{name}` is needed")))
        };
    }
    let reader = Reader { schema: &one.schema, country: one.country.as_deref(), marked: false };
    let cell = reader.read(&field.ty, text).map_err(|why| invalid(format!("`{name}`: `{text}` is {why}")))?;
    Ok((field, cell))
}

/// Companies as the numbers of those that are meant. A file may name companies that are not there; what is typed is mistyped.
fn meant(schema: &Schema, workspace: &mut dyn Workspace, name: &str, cell: Cell) -> Result<Cell, ActionError> {
    match cell {
        Cell::Company(text) => company(schema, workspace, name, &text).map(|id| Cell::Value(Value::Int(id))),
        Cell::List(cells) => {
            let cells = cells.into_iter().map(|cell| meant(schema, workspace, name, cell));
            cells.collect::<Result<_, _>>().map(Cell::List)
        }
        cell => Ok(cell),
    }
}

/// A company by its id, its domain, your own number for it or its name.
fn company(schema: &Schema, workspace: &mut dyn Workspace, name: &str, text: &str) -> Result<i64, ActionError> {
    if let Ok(id) = text.strip_prefix('#').unwrap_or(text).parse::<i64>()
        && let Some(id) = known_by(schema, workspace, "Company", &format!("company-{id}"))?
    {
        return Ok(id);
    }
    for spelling in [text, &text.to_lowercase()] {
        if let Some(id) = known_by(schema, workspace, "Company", spelling)? {
            return Ok(id);
        }
        match *workspace.find("Company", "name", &Value::text(spelling), SAME_NAME_MAX)? {
            [] => {}
            [id] => return Ok(id),
            ref several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                let message = format!("`{name}`: several companies are called `{text}`: {}", ids.join(", "));
                return Err(invalid(message));
            }
        }
    }
    Err(invalid(format!("`{name}`: there is no company `{text}`")))
}

fn check(schema: &Schema, workspace: &mut dyn Workspace, name: &str, cell: &Cell) -> Result<(), ActionError> {
    match cell {
        Cell::Record(entity, text) if known_by(schema, workspace, entity, text)?.is_none() => {
            Err(invalid(format!("`{name}`: there is no {} `{text}`", spoken(entity))))
        }
        Cell::List(cells) => cells.iter().try_for_each(|cell| check(schema, workspace, name, cell)),
        _ => Ok(()),
    }
}

/// Writes a field as a flow would: whoever is given something is told.
fn write(
    workspace: &mut dyn Workspace,
    entity: &EntityDef,
    id: i64,
    field: &FieldDef,
    value: Value,
) -> Result<(), ActionError> {
    match (&*entity.name, &*field.name) {
        ("Contact", "owner") => give(workspace, Given::Contact, id, value),
        ("Conversation", "assignee") => give(workspace, Given::Conversation, id, value),
        ("Ticket", "assignee") => give(workspace, Given::Ticket, id, value),
        (_, name) if workspace.get(&entity.name, id, name)? == value => Ok(()),
        (of, name) => workspace.set(of, id, name, value),
    }
}

fn make(
    workspace: &mut dyn Workspace,
    entity: &EntityDef,
    values: Vec<(&FieldDef, Value)>,
) -> Result<Value, ActionError> {
    for field in &entity.fields {
        let optional = matches!(field.ty, SchemaType::Optional(_) | SchemaType::List(_));
        let given = values.iter().any(|(given, _)| given.name == field.name);
        if !optional && !given && !field.readonly && field.default.is_null() {
            return Err(invalid(format!("a new {} needs a `{}`", spoken(&entity.name), field.name)));
        }
    }
    let mut fields: Vec<(&str, Value)> = values.into_iter().map(|(field, value)| (&*field.name, value)).collect();
    let began = if &*entity.name == "Conversation" { "started" } else { "created" };
    if !fields.iter().any(|(name, _)| *name == began) {
        fields.push((began, Value::Int(workspace.now())));
    }
    super::diary::keep(&entity.name, &mut fields);
    if &*entity.name != "Ticket" {
        return Ok(Value::Int(workspace.create(&entity.name, fields)?));
    }
    // As `tickets.create` does: the category says who gets it, and whoever gets it is told.
    let of =
        |name: &str| fields.iter().find(|(given, _)| *given == name).map_or(Value::Null, |(_, value)| value.clone());
    let (assignee, category) = (of("assignee"), of("category"));
    fields.retain(|(name, _)| *name != "assignee");
    let ticket = workspace.create("Ticket", fields)?;
    hand_out(workspace, ticket, assignee, category)?;
    Ok(Value::Int(ticket))
}

/// Carries [`REMOVE`] out: the entity, the id, and the schema as deployed, which says what else names such a record; yields
/// whether it was there.
pub fn remove(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError> {
    let (Some(entity), Some(id)) = (args.first().and_then(Value::as_text), args.get(1).and_then(Value::as_int)) else {
        return Err(invalid("which record?"));
    };
    if &**entity == "Contact" {
        crate::workspace::erase::delete(workspace, &[Value::Int(id)])?;
        return Ok(Value::Bool(true));
    }
    if let Some(schema) = args.get(2).and_then(Value::as_text) {
        let schema: Schema = serde_json::from_str(schema).map_err(|error| invalid(error.to_string()))?;
        super::leave::leave(workspace, &schema, entity, id)?;
    }
    Ok(Value::Bool(workspace.delete(entity, id)?))
}
