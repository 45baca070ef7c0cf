//! A row's values into the workspace: found or created, and then the same.

use super::cell::Cell;
use crate::workspace::shared::{add_to_list, list_of};
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, FieldDef, SchemaType};
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
        _ => None,
    }
}

/// Writes a row, or says why not, in which case nothing of it is written. Only a fault is an error.
pub fn write(
    entity: &EntityDef,
    companies: &mut HashMap<String, i64>,
    workspace: &mut dyn Workspace,
    cells: Vec<(&FieldDef, Cell)>,
) -> Result<Result<Written, Refusal>, ActionError> {
    let found = match find(entity, workspace, &cells)? {
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
    // Teammates before companies: a teammate who is not there refuses the row, and nothing may have been written then.
    for (field, cell) in &cells {
        if let Err(refusal) = check_teammates(workspace, field, cell)? {
            return Ok(Err(refusal));
        }
    }
    let mut values = Vec::new();
    for (field, cell) in cells {
        values.push((field, resolve(companies, workspace, field, cell)?));
    }
    let written = match found {
        Some(id) => merge(entity, workspace, id, values).map(|()| Written::Merged),
        None => create(entity, workspace, values).map(|()| Written::Created),
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
                let reason = format!("belongs to another {} than the one with this {by}", entity.name.to_lowercase());
                return Ok(Err(Refusal { field: Some(field.name.clone()), reason }));
            }
            _ => {}
        }
    }
    if known {
        return Ok(Ok(found.map(|(id, _)| id)));
    }
    let weak = weak_key(&entity.name);
    let cell = cells.iter().find(|(field, _)| weak == Some(&*field.name));
    let Some((field, Cell::Value(value))) = cell else {
        let reason = format!("nothing to know the {} by", entity.name.to_lowercase());
        return Ok(Err(Refusal { field: None, reason }));
    };
    Ok(Ok(workspace.find(&entity.name, &field.name, value, 1)?.first().copied()))
}

fn teammate(workspace: &mut dyn Workspace, email: &Arc<str>) -> Result<Option<i64>, ActionError> {
    Ok(workspace.find("Teammate", "email", &Value::Text(email.clone()), 1)?.first().copied())
}

fn check_teammates(
    workspace: &mut dyn Workspace,
    field: &FieldDef,
    cell: &Cell,
) -> Result<Result<(), Refusal>, ActionError> {
    match cell {
        Cell::Teammate(email) if teammate(workspace, email)?.is_none() => {
            let reason = "no teammate has this email address".to_string();
            Ok(Err(Refusal { field: Some(field.name.clone()), reason }))
        }
        Cell::List(cells) => {
            for cell in cells {
                if let Err(refusal) = check_teammates(workspace, field, cell)? {
                    return Ok(Err(refusal));
                }
            }
            Ok(Ok(()))
        }
        _ => Ok(Ok(())),
    }
}

fn resolve(
    companies: &mut HashMap<String, i64>,
    workspace: &mut dyn Workspace,
    field: &FieldDef,
    cell: Cell,
) -> Result<Value, ActionError> {
    Ok(match cell {
        Cell::Value(value) => value,
        Cell::Company(name) => Value::Int(company(companies, workspace, name)?),
        Cell::Teammate(email) => match (teammate(workspace, &email)?, is_assignee(&field.ty)) {
            (None, _) => Value::Null,
            (Some(id), true) => Value::text(format!("teammate:{id}")),
            (Some(id), false) => Value::Int(id),
        },
        Cell::List(cells) => {
            let mut items = Vec::new();
            for cell in cells {
                let item = resolve(companies, workspace, field, cell)?;
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
    companies: &mut HashMap<String, i64>,
    workspace: &mut dyn Workspace,
    name: String,
) -> Result<i64, ActionError> {
    let key = company_key(&name);
    if let Some(id) = companies.get(&key) {
        return Ok(*id);
    }
    let name = Value::text(name);
    let id = match workspace.find("Company", "name", &name, 1)?.first() {
        Some(id) => *id,
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
    fields.push(("created", Value::Int(workspace.now())));
    let id = workspace.create(&entity.name, fields)?;
    match main {
        Some(company) => add_to_list(workspace, "Contact", id, "companies", &[company]),
        None => Ok(()),
    }
}
