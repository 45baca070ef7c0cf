//! What several kinds of record have in common: tags, notes, finding.

use super::args;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Workspace};
use std::sync::Arc;

/// What a local action yields.
pub type Done = Result<Value, ActionError>;

/// The list in a field; a field that was never written is an empty one.
pub fn list_of(
    workspace: &mut dyn Workspace,
    entity: &str,
    id: i64,
    field: &str,
) -> Result<Arc<Vec<Value>>, ActionError> {
    Ok(match workspace.get(entity, id, field)? {
        Value::List(items) => items,
        _ => Arc::default(),
    })
}

/// Adds the items of a list to a field of a record; those already there stay where they are.
pub fn add_to_list(
    workspace: &mut dyn Workspace,
    entity: &str,
    id: i64,
    field: &str,
    items: &[Value],
) -> Result<(), ActionError> {
    let old = list_of(workspace, entity, id, field)?;
    let mut new = old.to_vec();
    for item in items {
        if !new.contains(item) {
            new.push(item.clone());
        }
    }
    // Writing what is there already would raise a change that is none.
    if new.len() > old.len() { workspace.set(entity, id, field, Value::List(Arc::new(new))) } else { Ok(()) }
}

/// Removes items from the list in a field of a record.
pub fn remove_from_list(
    workspace: &mut dyn Workspace,
    entity: &str,
    id: i64,
    field: &str,
    items: &[Value],
) -> Result<(), ActionError> {
    let old = list_of(workspace, entity, id, field)?;
    let new: Vec<Value> = old.iter().filter(|item| !items.contains(item)).cloned().collect();
    if new.len() < old.len() { workspace.set(entity, id, field, Value::List(Arc::new(new))) } else { Ok(()) }
}

/// `x.add_tags(tags)`
pub fn add_tags(workspace: &mut dyn Workspace, entity: &str, args: &[Value]) -> Done {
    add_to_list(workspace, entity, args::id(args, 0)?, "tags", &args::list(args, 1)?)?;
    Ok(Value::Null)
}

/// `x.remove_tags(tags)`
pub fn remove_tags(workspace: &mut dyn Workspace, entity: &str, args: &[Value]) -> Done {
    remove_from_list(workspace, entity, args::id(args, 0)?, "tags", &args::list(args, 1)?)?;
    Ok(Value::Null)
}

/// `x.add_note(text)`
pub fn add_note(workspace: &mut dyn Workspace, entity: &str, args: &[Value]) -> Done {
    workspace.add_note(entity, args::id(args, 0)?, &args::text(args, 1)?)?;
    Ok(Value::Null)
}

/// The oldest record whose indexed field has the argument's value, or null.
pub fn find(workspace: &mut dyn Workspace, entity: &str, field: &str, value: &Value) -> Done {
    let found = workspace.find(entity, field, value, 1)?;
    Ok(found.first().map_or(Value::Null, |id| Value::Int(*id)))
}

/// The failure of those who wait for what will not come.
pub fn gone(message: &str) -> Failure {
    Failure::new("gone", message)
}
