//! Actions of tickets.

use super::args;
use super::shared::{Done, assign};
use flow_bytecode::Value;
use flow_vm::action::Workspace;

/// `tickets.create(…)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 6] = ["contact", "subject", "description", "status", "priority", "conversation"];
    let mut fields = args::fields(&NAMES, args, 0);
    fields.push(("created", Value::Int(workspace.now())));
    let ticket = Value::Int(workspace.create("Ticket", fields)?);
    let assignee = args::value(args, NAMES.len());
    if !assignee.is_null() {
        // Assigned rather than created with it, so that the assignee is notified.
        assign(workspace, "Ticket", "ticket.assigned", &[ticket.clone(), assignee])?;
    }
    Ok(ticket)
}
