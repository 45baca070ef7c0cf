//! Actions of tickets.

use super::args;
use super::assign::{Given, check_assignee, give, next_in_turn};
use super::shared::Done;
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Workspace};

/// `tickets.create(contact, subject, description, status, priority, conversation, assignee, kind, category, by_category)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 6] = ["contact", "subject", "description", "status", "priority", "conversation"];
    let mut fields = args::fields(&NAMES, args, 0);
    fields.extend(args::fields(&["kind", "category"], args, 7));
    fields.push(("created", Value::Int(workspace.now())));
    let ticket = workspace.create("Ticket", fields)?;
    let category = if args::value(args, 9) == Value::Bool(false) { Value::Null } else { args::value(args, 8) };
    hand_out(workspace, ticket, args::value(args, 6), category)?;
    Ok(Value::Int(ticket))
}

/// Gives a new ticket to whom it is for, or else to whom its category says. Assigned rather than created with it, so that the
/// assignee is notified.
pub(super) fn hand_out(
    workspace: &mut dyn Workspace,
    ticket: i64,
    assignee: Value,
    category: Value,
) -> Result<(), ActionError> {
    let assignee = match (assignee, category) {
        (Value::Text(assignee), _) => {
            check_assignee(workspace, &assignee)?;
            Value::Text(assignee)
        }
        (_, Value::Text(category)) => by_category(workspace, &category)?,
        _ => Value::Null,
    };
    if assignee.is_null() { Ok(()) } else { give(workspace, Given::Ticket, ticket, assignee) }
}

/// Who gets a ticket of a category: its team, or the next of its teammates; the team where none of them is there.
fn by_category(workspace: &mut dyn Workspace, category: &str) -> Result<Value, ActionError> {
    let Some(rule) = workspace.category(category)? else { return Ok(Value::Null) };
    if rule.in_turn
        && let Some(teammate) = next_in_turn(workspace, Given::Ticket, &rule.team)?
    {
        return Ok(Value::text(format!("teammate:{teammate}")));
    }
    Ok(Value::text(format!("team:{}", rule.team)))
}
