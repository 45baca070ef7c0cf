//! A row's values into the workspace: found or created, and then the same.

use super::cell::Cell;
use crate::workspace::shared::{add_to_list, list_of};
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, FieldDef, Schema, SchemaType, spoken};
use flow_vm::action::{ActionError, Workspace};
use std::collections::HashMap;
use std::sync::Arc;

/// What became of a row.
pub enum Written {
    /// A new record.
    Created,
    /// A record that was there.
    Merged,
}

/// Why a row is not written.
pub struct Refusal {
    /// Which field, where it is one.
    pub field: Option<Arc<str>>,
    /// One sentence.
    pub reason: String,
}

/// What records are known by, best first: unique fields, and where a row has none of them what people know them by.
pub fn keys(entity: &EntityDef) -> Vec<&str> {
    let unique = entity.fields.iter().filter(|field| field.unique && !field.readonly).map(|field| &*field.name);
    unique.chain(weak_key(&entity.name)).collect()
}

/// Several contacts may share a phone number; it decides only for rows that have nothing better.
fn weak_key(entity: &str) -> Option<&'static str> {
    match entity {
        "Contact" => Some("phone"),
        "Company" => Some("name"),
        "Conversation" => Some("contact"),
        super::texts::NOTE => Some("record"),
        _ => None,
    }
}

/// Writes a row, with the number it was exported under if it was, or says why not, in which case nothing of it is written. Only a fault is an error.
pub fn write(
    schema: &Schema,
    entity: &EntityDef,
    companies: &mut HashMap<String, i64>,
    workspace: &mut dyn Workspace,
    (own, cells): (Option<&str>, Vec<(&FieldDef, Cell)>),
) -> Result<Result<Written, Refusal>, ActionError> {
    let found = match find(entity, workspace, own, &cells)? {
        Ok(found) => found,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let missing = |field: &&FieldDef| {
        let optional = matches!(field.ty, SchemaType::Optional(_) | SchemaType::List(_));
        !optional
            && !field.readonly
            && field.default.is_null()
            && !cells.iter().any(|(given, _)| given.name == field.name)
    };
    if let (None, Some(field)) = (found, entity.fields.iter().find(missing)) {
        return Ok(Err(Refusal { field: None, reason: format!("a new {} needs a {}", entity.name, field.name) }));
    }
    // Others before companies: one that is not there refuses the row, and nothing may have been written then.
    let numbers = if is_home(entity, workspace, own, &cells)? { Numbers::Here } else { Numbers::Elsewhere };
    for (field, cell) in &cells {
        if let Err(refusal) = check_records(schema, workspace, numbers, field, cell)? {
            return Ok(Err(refusal));
        }
    }
    let mut values = Vec::new();
    for (field, cell) in cells {
        values.push((field, resolve(schema, companies, workspace, field, cell)?));
    }
    let written = match found {
        Some(id) => merge(entity, workspace, id, values).map(|()| Written::Merged),
        None => create(entity, workspace, own, values).map(|()| Written::Created),
    };
    match written {
        Ok(written) => Ok(Ok(written)),
        Err(ActionError::Failure(failure)) => Ok(Err(Refusal { field: None, reason: failure.message.to_string() })),
        Err(fault) => Err(fault),
    }
}

/// The record that a row is of. Unique values that belong to different records refuse it.
fn find(
    entity: &EntityDef,
    workspace: &mut dyn Workspace,
    own: Option<&str>,
    cells: &[(&FieldDef, Cell)],
) -> Result<Result<Option<i64>, Refusal>, ActionError> {
    let mut found: Option<(i64, &str)> = None;
    let mut known = false;
    for (field, cell) in cells.iter().filter(|(field, _)| field.unique) {
        let Cell::Value(value) = cell else { continue };
        known = true;
        match (workspace.find(&entity.name, &field.name, value, 1)?.first(), found) {
            (Some(id), None) => found = Some((*id, &field.name)),
            (Some(id), Some((other, by))) if *id != other => {
                let reason = format!("belongs to another {} than the one with this {by}", spoken(&entity.name));
                return Ok(Err(Refusal { field: Some(field.name.clone()), reason }));
            }
            _ => {}
        }
    }
    if let (None, Some(own)) = (found, own) {
        return exported(entity, workspace, own, cells);
    }
    if known {
        return Ok(Ok(found.map(|(id, _)| id)));
    }
    let weak = weak_key(&entity.name);
    let cell = cells.iter().find(|(field, _)| weak == Some(&*field.name));
    let Some((field, Cell::Value(value))) = cell else {
        let reason = format!("nothing to know the {} by", spoken(&entity.name));
        return Ok(Err(Refusal { field: None, reason }));
    };
    Ok(Ok(workspace.find(&entity.name, &field.name, value, 1)?.first().copied()))
}

/// Whose numbers stand in what is read: `teammate-2` is somebody else in another workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// This workspace's.
    Here,
    /// Those of one that is not known.
    Elsewhere,
}

/// A record that is known by this text: by a unique field, else as `ticket-12`, which is how one is exported that has
/// nothing else to be known by.
pub fn known_by(
    schema: &Schema,
    workspace: &mut dyn Workspace,
    entity: &str,
    text: &str,
) -> Result<Option<i64>, ActionError> {
    if let Some(id) = by_unique(schema, workspace, entity, text)? {
        return Ok(Some(id));
    }
    let Some(def) = schema.entities.iter().find(|def| *def.name == *entity) else { return Ok(None) };
    match own_number(entity, text) {
        Some(id) => there(workspace, def, id),
        None if entity == "Conversation" => super::texts::conversation_by(schema, workspace, text),
        None => Ok(None),
    }
}

/// The record that has this text in a unique field.
pub fn by_unique(
    schema: &Schema,
    workspace: &mut dyn Workspace,
    entity: &str,
    text: &str,
) -> Result<Option<i64>, ActionError> {
    let Some(def) = schema.entities.iter().find(|def| *def.name == *entity) else { return Ok(None) };
    for field in def.fields.iter().filter(|field| field.unique) {
        if let Some(id) = workspace.find(entity, &field.name, &Value::text(text), 1)?.first() {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}

/// `ticket-12` is 12.
pub fn own_number(entity: &str, text: &str) -> Option<i64> {
    text.strip_prefix(&*spoken(entity))?.strip_prefix('-')?.parse().ok()
}

/// A number of a record that is there.
fn there(workspace: &mut dyn Workspace, def: &EntityDef, id: i64) -> Result<Option<i64>, ActionError> {
    let Some(field) = def.fields.first() else { return Ok(None) };
    match workspace.get(&def.name, id, &field.name) {
        Ok(_) => Ok(Some(id)),
        Err(ActionError::Failure(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The record that was exported under this number: the one of this very workspace, which was created at the moment that the
/// row says, else one that was imported with it. One that was created at another moment is a stranger, of a third workspace.
fn exported(
    entity: &EntityDef,
    workspace: &mut dyn Workspace,
    own: &str,
    cells: &[(&FieldDef, Cell)],
) -> Result<Result<Option<i64>, Refusal>, ActionError> {
    if is_home(entity, workspace, Some(own), cells)? {
        return Ok(Ok(own_number(&entity.name, own)));
    }
    if !entity.fields.iter().any(|field| &*field.name == "external_id") {
        return Ok(Ok(None));
    }
    let Some(id) = workspace.find(&entity.name, "external_id", &Value::text(own), 1)?.first().copied() else {
        return Ok(Ok(None));
    };
    let created = cells.iter().find(|(field, _)| &*field.name == "created");
    let same = match created {
        Some((_, Cell::Value(created))) => workspace.get(&entity.name, id, "created")? == *created,
        _ => true,
    };
    if same {
        return Ok(Ok(Some(id)));
    }
    let one = spoken(&entity.name);
    let reason = format!(
        "`{own}` is here already, another {one} that was imported from elsewhere: give this one an external_id of its own"
    );
    Ok(Err(Refusal { field: None, reason }))
}

/// Whether a row was exported from this very workspace: here, too, the record of its number was created at the moment that
/// it says.
fn is_home(
    entity: &EntityDef,
    workspace: &mut dyn Workspace,
    own: Option<&str>,
    cells: &[(&FieldDef, Cell)],
) -> Result<bool, ActionError> {
    let Some(id) = own.and_then(|own| own_number(&entity.name, own)) else { return Ok(false) };
    let Some((_, Cell::Value(created))) = cells.iter().find(|(field, _)| &*field.name == "created") else {
        return Ok(false);
    };
    let Some(id) = there(workspace, entity, id)? else { return Ok(false) };
    Ok(workspace.get(&entity.name, id, "created")? == *created)
}

/// Refuses a row that names what is not there, and one that names it by a number of another workspace.
pub fn check_records(
    schema: &Schema,
    workspace: &mut dyn Workspace,
    numbers: Numbers,
    field: &FieldDef,
    cell: &Cell,
) -> Result<Result<(), Refusal>, ActionError> {
    match cell {
        Cell::Record(entity, text) if known_by(schema, workspace, entity, text)?.is_none() => {
            let what = if text.contains('@') { "email address" } else { "number" };
            let reason = format!("no {} has this {what}", spoken(entity));
            Ok(Err(Refusal { field: Some(field.name.clone()), reason }))
        }
        Cell::Record(entity, text)
            if numbers == Numbers::Elsewhere
                && own_number(entity, text).is_some()
                && by_unique(schema, workspace, entity, text)?.is_none() =>
        {
            let one = spoken(entity);
            let instead = match &**entity {
                "Teammate" => "the teammate's email address or a team",
                "Contact" => "the contact's email address or external_id",
                _ => "an external_id",
            };
            let reason = format!(
                "a number of the workspace it comes from, and here perhaps of another {one}; write {instead} instead, or leave the cell empty"
            );
            Ok(Err(Refusal { field: Some(field.name.clone()), reason }))
        }
        Cell::Company(text)
            if numbers == Numbers::Elsewhere
                && own_number("Company", text).is_some()
                && by_unique(schema, workspace, "Company", text)?.is_none()
                && workspace.find("Company", "name", &Value::text(&**text), 1)?.is_empty() =>
        {
            let reason = "a number of the workspace it comes from, and here perhaps of another company; import the \
                          companies first, or write the company's name";
            Ok(Err(Refusal { field: Some(field.name.clone()), reason: reason.to_owned() }))
        }
        Cell::List(cells) => {
            for cell in cells {
                if let Err(refusal) = check_records(schema, workspace, numbers, field, cell)? {
                    return Ok(Err(refusal));
                }
            }
            Ok(Ok(()))
        }
        _ => Ok(Ok(())),
    }
}

/// The value of a cell; a company that is not there is made.
pub fn resolve(
    schema: &Schema,
    companies: &mut HashMap<String, i64>,
    workspace: &mut dyn Workspace,
    field: &FieldDef,
    cell: Cell,
) -> Result<Value, ActionError> {
    Ok(match cell {
        Cell::Value(value) => value,
        Cell::Company(name) => Value::Int(company(schema, companies, workspace, name)?),
        Cell::Record(entity, text) => match (known_by(schema, workspace, &entity, &text)?, is_assignee(&field.ty)) {
            (None, _) => Value::Null,
            (Some(id), true) => Value::text(format!("teammate:{id}")),
            (Some(id), false) => Value::Int(id),
        },
        Cell::List(cells) => {
            let mut items = Vec::new();
            for cell in cells {
                let item = resolve(schema, companies, workspace, field, cell)?;
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            Value::List(Arc::new(items))
        }
    })
}

fn is_assignee(ty: &SchemaType) -> bool {
    match ty {
        SchemaType::Assignee => true,
        SchemaType::Optional(inner) | SchemaType::List(inner) => is_assignee(inner),
        _ => false,
    }
}

/// What a company is known by within a file: `ACME` and `Acme` are one.
pub fn company_key(name: &str) -> String {
    name.to_lowercase()
}

fn company(
    schema: &Schema,
    companies: &mut HashMap<String, i64>,
    workspace: &mut dyn Workspace,
    name: String,
) -> Result<i64, ActionError> {
    let key = company_key(&name);
    if let Some(id) = companies.get(&key) {
        return Ok(*id);
    }
    let known = by_unique(schema, workspace, "Company", &name)?;
    let numbered = own_number("Company", &name).is_some();
    let name = Value::text(name);
    let known = match known {
        None => workspace.find("Company", "name", &name, 1)?.first().copied(),
        known => known,
    };
    let known = match known {
        None if numbered => known_by(schema, workspace, "Company", name.as_text().map_or("", |name| &**name))?,
        known => known,
    };
    let id = match known {
        Some(id) => id,
        None => {
            let created = ("created", Value::Int(workspace.now()));
            workspace.create("Company", vec![("name", name), created])?
        }
    };
    companies.insert(key, id);
    Ok(id)
}

/// Writes what differs; lists grow.
fn merge(
    entity: &EntityDef,
    workspace: &mut dyn Workspace,
    id: i64,
    values: Vec<(&FieldDef, Value)>,
) -> Result<(), ActionError> {
    for (field, value) in values {
        // When it was created is past.
        if &*field.name == "created" {
            continue;
        }
        if let Value::List(items) = &value {
            add_to_list(workspace, &entity.name, id, &field.name, items)?;
        } else if workspace.get(&entity.name, id, &field.name)? != value {
            workspace.set(&entity.name, id, &field.name, value.clone())?;
        }
        if belongs(entity, field) && !list_of(workspace, "Contact", id, "companies")?.contains(&value) {
            add_to_list(workspace, "Contact", id, "companies", &[value])?;
        }
    }
    Ok(())
}

/// Whether a field is a contact's main company, which is also one of its companies.
fn belongs(entity: &EntityDef, field: &FieldDef) -> bool {
    &*entity.name == "Contact" && &*field.name == "company"
}

fn create(
    entity: &EntityDef,
    workspace: &mut dyn Workspace,
    own: Option<&str>,
    values: Vec<(&FieldDef, Value)>,
) -> Result<(), ActionError> {
    let mut fields: Vec<(&str, Value)> = Vec::new();
    let mut main = None;
    for (field, value) in values {
        if belongs(entity, field) {
            main = Some(value.clone());
        }
        fields.push((&field.name, value));
    }
    if !fields.iter().any(|(name, _)| *name == "created") {
        fields.push(("created", Value::Int(workspace.now())));
    }
    // With nothing else to be known by it is known by its number of there when the file is read again.
    let numbered = entity.fields.iter().any(|field| &*field.name == "external_id");
    let is_known =
        entity.fields.iter().any(|field| field.unique && fields.iter().any(|(name, _)| **name == *field.name));
    if let (Some(own), true) = (own, numbered && !is_known) {
        fields.push(("external_id", Value::text(own)));
    }
    super::diary::keep(&entity.name, &mut fields);
    let id = workspace.create(&entity.name, fields)?;
    match main {
        Some(company) => add_to_list(workspace, "Contact", id, "companies", &[company]),
        None => Ok(()),
    }
}
