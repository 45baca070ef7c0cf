//! Actions of contacts.

use super::args;
use super::conversations::{is_open, of_contact, open};
use super::shared::{Done, add_to_list, find, gone, list_of, remove_from_list};
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Workspace};
use std::sync::Arc;

/// `contacts.create(…)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 11] = [
        "email",
        "first_name",
        "last_name",
        "phone",
        "external_id",
        "language",
        "timezone",
        "city",
        "country",
        "company",
        "owner",
    ];
    let mut fields = args::fields(&NAMES, args, 0);
    if let Some((_, company)) = fields.iter().find(|(name, _)| *name == "company") {
        let companies = Value::List(Arc::new(vec![company.clone()]));
        fields.push(("companies", companies));
    }
    fields.push(("created", Value::Int(workspace.now())));
    Ok(Value::Int(workspace.create("Contact", fields)?))
}

/// `contacts.find_or_create(email, first_name, last_name)`
pub fn find_or_create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    match find(workspace, "Contact", "email", &args::value(args, 0))? {
        Value::Null => create(workspace, args),
        found => Ok(found),
    }
}

/// Who has written from an address: who is known by it, else somebody new. A name that is known already stays.
pub fn of_sender(
    workspace: &mut dyn Workspace,
    known: Option<i64>,
    email: Value,
    name: Value,
) -> Result<i64, ActionError> {
    let name = name.as_text().map(|name| name.to_string()).unwrap_or_default();
    let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
    let names = [("first_name", first.trim()), ("last_name", last.trim())];
    let mut fields = names.into_iter().filter(|(_, name)| !name.is_empty());
    let Some(contact) = known else {
        let mut fields: Vec<(&str, Value)> = fields.map(|(field, name)| (field, Value::text(name))).collect();
        fields.push(("email", email));
        fields.push(("created", Value::Int(workspace.now())));
        return workspace.create("Contact", fields);
    };
    let nameless = names.iter().try_fold(true, |all, (field, _)| {
        Ok::<bool, ActionError>(all && workspace.get("Contact", contact, field)?.is_null())
    })?;
    if nameless {
        fields.try_for_each(|(field, name)| workspace.set("Contact", contact, field, Value::text(name)))?;
    }
    Ok(contact)
}

/// `contact.add_company(company)`
pub fn add_company(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let (id, company) = (args::id(args, 0)?, Value::Int(args::id(args, 1)?));
    add_to_list(workspace, "Contact", id, "companies", std::slice::from_ref(&company))?;
    if workspace.get("Contact", id, "company")?.is_null() {
        workspace.set("Contact", id, "company", company)?;
    }
    Ok(Value::Null)
}

/// `contact.remove_company(company)`
pub fn remove_company(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let (id, company) = (args::id(args, 0)?, Value::Int(args::id(args, 1)?));
    remove_from_list(workspace, "Contact", id, "companies", std::slice::from_ref(&company))?;
    if workspace.get("Contact", id, "company")? == company {
        let others = list_of(workspace, "Contact", id, "companies")?;
        workspace.set("Contact", id, "company", others.first().cloned().unwrap_or_default())?;
    }
    Ok(Value::Null)
}

/// `contact.block()`
pub fn block(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let id = args::id(args, 0)?;
    if workspace.get("Contact", id, "blocked")? == Value::Bool(true) {
        return Ok(Value::Null);
    }
    workspace.set("Contact", id, "blocked", Value::Bool(true))?;
    for conversation in of_contact(workspace, id)? {
        if is_open(workspace, conversation)? {
            workspace.end_prompts(conversation, gone("the contact is blocked"))?;
        }
    }
    workspace.raise("contact.blocked", vec![Value::Int(id)])?;
    Ok(Value::Null)
}

/// `contact.unblock()`
pub fn unblock(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let id = args::id(args, 0)?;
    if workspace.get("Contact", id, "blocked")? == Value::Bool(true) {
        workspace.set("Contact", id, "blocked", Value::Bool(false))?;
    }
    Ok(Value::Null)
}

/// `contact.has_done(what, within)`
pub fn has_done(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let at = workspace.done_at(args::id(args, 0)?, &args::text(args, 1)?)?;
    let within = args::value(args, 2).as_int().unwrap_or(i64::MAX);
    Ok(Value::Bool(at.is_some_and(|at| workspace.now().saturating_sub(at) <= within)))
}

/// `contact.conversation()`
pub fn conversation(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    Ok(Value::Int(open(workspace, args::id(args, 0)?)?))
}
