//! Deleting a contact for ever.

use super::args;
use super::shared::Done;
use flow_bytecode::Value;
use flow_vm::action::Workspace;

/// `contact.delete()`
pub fn delete(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    workspace.erase(args::id(args, 0)?)?;
    Ok(Value::Null)
}
