//! What teammates are told inside of the workspace.

use super::args;
use super::assign::check_assignee;
use super::shared::Done;
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Workspace};

/// What somebody is told of: that it is theirs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Contact(i64),
    Conversation(i64),
    Ticket(i64),
    FollowUp(i64),
    Sale(i64),
}

/// `notifications.create(to, text, contact, conversation, ticket, follow_up, sale)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 7] = ["to", "text", "contact", "conversation", "ticket", "follow_up", "sale"];
    check_assignee(workspace, &args::text(args, 0)?)?;
    let fields = args::fields(&NAMES, args, 0);
    made(workspace, fields)
}

fn made(workspace: &mut dyn Workspace, mut fields: Vec<(&str, Value)>) -> Done {
    fields.push(("created", Value::Int(workspace.now())));
    Ok(Value::Int(workspace.create("Notification", fields)?))
}

/// Tells whoever has something now that they have it. The assistant is told nothing.
pub fn tell(workspace: &mut dyn Workspace, to: &str, about: About) -> Result<(), ActionError> {
    if to == "ai" {
        return Ok(());
    }
    let (field, entity, title, what, id) = match about {
        About::Contact(id) => ("contact", "Contact", "", "A contact is", id),
        About::Conversation(id) => ("conversation", "Conversation", "subject", "A conversation is", id),
        About::Ticket(id) => ("ticket", "Ticket", "subject", "A ticket is", id),
        About::FollowUp(id) => ("follow_up", "FollowUp", "title", "A follow-up is", id),
        About::Sale(id) => ("sale", "Sale", "title", "A sale is", id),
    };
    let (contact, title) = match about {
        About::Contact(id) => (Value::Int(id), name_of(workspace, id)?),
        _ => (workspace.get(entity, id, "contact")?, workspace.get(entity, id, title)?),
    };
    // What is said in a chat has no subject: then only whose it is tells one from another.
    let whom = match (about, contact.as_int()) {
        (About::Conversation(_), Some(contact)) => name_of(workspace, contact)?.as_text().cloned(),
        _ => None,
    };
    let told: Vec<&str> = whom.as_deref().into_iter().chain(title.as_text().map(|title| &**title)).collect();
    let title = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
    let whose = if to.starts_with("team:") { "your team's" } else { "yours" };
    let text = Value::text(format!("{what} {whose} now{title}"));
    let mut fields = vec![("to", Value::text(to)), ("text", text), (field, Value::Int(id))];
    if field != "contact" && !contact.is_null() {
        fields.push(("contact", contact));
    }
    made(workspace, fields).map(drop)
}

/// A contact's name, as far as it is known, else the address.
fn name_of(workspace: &mut dyn Workspace, id: i64) -> Done {
    let mut names = Vec::new();
    for field in ["first_name", "last_name"] {
        names.extend(workspace.get("Contact", id, field)?.as_text().cloned());
    }
    if names.is_empty() {
        return workspace.get("Contact", id, "email");
    }
    Ok(Value::text(names.join(" ")))
}
