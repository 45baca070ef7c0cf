//! Lists: who is in a selection or a project, who has a tag, who belongs to a company; what belongs to a contact.

use super::args;
use super::shared::{Done, add_to_list, remove_from_list};
use flow_bytecode::{Failure, Value};
use flow_vm::action::Workspace;
use std::sync::Arc;

/// The most records that a flow gets as a list.
const CONTACTS_MAX: usize = 10_000;

/// Everybody whose list in a field holds the receiver: `selection.beta_testers.contacts()`.
pub fn contacts(workspace: &mut dyn Workspace, field: &str, args: &[Value]) -> Done {
    let found = workspace.find("Contact", field, &args::value(args, 0), CONTACTS_MAX + 1)?;
    if found.len() > CONTACTS_MAX {
        let message = format!("more than {CONTACTS_MAX} contacts; let a flow begin `on audience(…)` for each of them");
        return Err(Failure::new("limit", message).into());
    }
    Ok(Value::List(Arc::new(found.into_iter().map(Value::Int).collect())))
}

/// Every record of a kind that belongs to the receiver: `contact.tickets()`.
pub fn of_contact(workspace: &mut dyn Workspace, entity: &str, args: &[Value]) -> Done {
    let found = workspace.find(entity, "contact", &args::value(args, 0), CONTACTS_MAX + 1)?;
    if found.len() > CONTACTS_MAX {
        return Err(Failure::new("limit", format!("more than {CONTACTS_MAX} of them")).into());
    }
    Ok(Value::List(Arc::new(found.into_iter().map(Value::Int).collect())))
}

/// `selection.beta_testers.add(contact)`
pub fn add(workspace: &mut dyn Workspace, field: &str, args: &[Value]) -> Done {
    add_to_list(workspace, "Contact", args::id(args, 1)?, field, &args[..1])?;
    Ok(Value::Null)
}

/// `selection.beta_testers.remove(contact)`
pub fn remove(workspace: &mut dyn Workspace, field: &str, args: &[Value]) -> Done {
    remove_from_list(workspace, "Contact", args::id(args, 1)?, field, &args[..1])?;
    Ok(Value::Null)
}

/// `contact.add_interests(interests)`
pub fn add_interests(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    add_to_list(workspace, "Contact", args::id(args, 0)?, "interests", &args::list(args, 1)?)?;
    Ok(Value::Null)
}

/// `contact.remove_interests(interests)`
pub fn remove_interests(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    remove_from_list(workspace, "Contact", args::id(args, 0)?, "interests", &args::list(args, 1)?)?;
    Ok(Value::Null)
}
