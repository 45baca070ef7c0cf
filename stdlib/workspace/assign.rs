//! Who has what: giving records to teams, teammates and the assistant, and to the teammates of a team in turn.

use super::args;
use super::notifications::{About, tell};
use super::shared::Done;
use super::teammates::{members, takes_work};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Workspace};
use std::sync::Arc;

/// What can be given to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Contact,
    Conversation,
    Ticket,
}

impl Given {
    fn entity(self) -> &'static str {
        match self {
            Given::Contact => "Contact",
            Given::Conversation => "Conversation",
            Given::Ticket => "Ticket",
        }
    }

    /// The field that says who has it.
    fn field(self) -> &'static str {
        if self == Given::Contact { "owner" } else { "assignee" }
    }

    fn event(self) -> &'static str {
        match self {
            Given::Contact => "contact.assigned",
            Given::Conversation => "conversation.assigned",
            Given::Ticket => "ticket.assigned",
        }
    }

    fn about(self, id: i64) -> About {
        match self {
            Given::Contact => About::Contact(id),
            Given::Conversation => About::Conversation(id),
            Given::Ticket => About::Ticket(id),
        }
    }
}

/// `x.assign(to)`
pub fn assign(workspace: &mut dyn Workspace, what: Given, args: &[Value]) -> Done {
    let (id, to) = (args::id(args, 0)?, args::text(args, 1)?);
    check_assignee(workspace, &to)?;
    give(workspace, what, id, Value::Text(to))?;
    Ok(Value::Null)
}

/// `x.unassign()`
pub fn unassign(workspace: &mut dyn Workspace, what: Given, args: &[Value]) -> Done {
    give(workspace, what, args::id(args, 0)?, Value::Null)?;
    Ok(Value::Null)
}

/// `x.distribute(to, only_unassigned, fallback)`
pub fn distribute(workspace: &mut dyn Workspace, what: Given, args: &[Value]) -> Done {
    let (id, team) = (args::id(args, 0)?, args::text(args, 1)?);
    let only_unassigned = args::value(args, 2) == Value::Bool(true);
    let has = workspace.get(what.entity(), id, what.field())?;
    if only_unassigned && !has.is_null() {
        return Ok(has);
    }
    let to = match next_in_turn(workspace, what, &team)? {
        Some(teammate) => Value::text(format!("teammate:{teammate}")),
        None => {
            let fallback = args::value(args, 3);
            if let Value::Text(fallback) = &fallback {
                check_assignee(workspace, fallback)?;
            }
            fallback
        }
    };
    // With nobody to give it to it stays where it is.
    if to.is_null() {
        return Ok(has);
    }
    give(workspace, what, id, to.clone())?;
    Ok(to)
}

/// Somebody new has it, or nobody: raises the event and notifies. The one who has it already is told nothing.
pub fn give(workspace: &mut dyn Workspace, what: Given, id: i64, to: Value) -> Result<(), ActionError> {
    if workspace.get(what.entity(), id, what.field())? == to {
        return Ok(());
    }
    workspace.set(what.entity(), id, what.field(), to.clone())?;
    workspace.raise(what.event(), vec![Value::Int(id), to.clone()])?;
    match to {
        Value::Text(to) => tell(workspace, &to, what.about(id)),
        _ => Ok(()),
    }
}

/// The next of a team's teammates who takes work: the one after whoever was last, by the order of their records, and the
/// first after the last. So between two turns of one who is always there everybody else who is has exactly one. Counted
/// for each kind of record by itself.
pub fn next_in_turn(workspace: &mut dyn Workspace, what: Given, team: &str) -> Result<Option<i64>, ActionError> {
    let mut there = Vec::new();
    for teammate in members(workspace, team)? {
        if takes_work(workspace, teammate)? {
            there.push(teammate);
        }
    }
    let turn = format!("turn.{}.{team}", what.entity());
    let last = workspace.recall(&turn)?.unwrap_or(0);
    let next = there.iter().find(|teammate| **teammate > last).or(there.first()).copied();
    if let Some(next) = next {
        workspace.remember(&turn, next)?;
    }
    Ok(next)
}

/// Whether an assignee is one: `team:support`, `ai`, or `teammate:12` who is still there.
///
/// # Errors
/// `.invalid` for what is none, `.gone` for a teammate who is not there.
pub fn check_assignee(workspace: &mut dyn Workspace, assignee: &str) -> Result<(), ActionError> {
    if let Some(teammate) = assignee.strip_prefix("teammate:") {
        let id = teammate.parse().map_err(|_| nobody(assignee))?;
        workspace.get("Teammate", id, "name")?;
        return Ok(());
    }
    if assignee == "ai" || assignee.strip_prefix("team:").is_some_and(|team| !team.is_empty()) {
        return Ok(());
    }
    Err(nobody(assignee))
}

/// An assignee that came from outside as a text: the compiler lets through no other that is none.
fn nobody(assignee: &str) -> ActionError {
    let message = format!("`{assignee}` is neither a team (`team:support`), a teammate (`teammate:12`) nor `ai`");
    ActionError::Failure(Failure::new("invalid", message))
}

/// Who looks after what is made for a contact: the one given, else the contact's owner.
pub fn owner_or_of_contact(
    workspace: &mut dyn Workspace,
    owner: Value,
    contact: i64,
) -> Result<Option<Arc<str>>, ActionError> {
    if let Value::Text(owner) = owner {
        check_assignee(workspace, &owner)?;
        return Ok(Some(owner));
    }
    Ok(workspace.get("Contact", contact, "owner")?.as_text().cloned())
}
