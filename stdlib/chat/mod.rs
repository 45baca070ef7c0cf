//! The family `chat`.

use crate::workspace;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Implementation, Registry, Workspace};

/// Adds the family's actions.
pub fn register(registry: &mut Registry) {
    registry.add("chat.send", Implementation::Local(send));
}

/// `chat.send(to, text, image, video, link, article)`
fn send(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError> {
    let contact = workspace::id(args, 0)?;
    if workspace.get("Contact", contact, "blocked")? == Value::Bool(true) {
        return Err(Failure::new("rejected", "the contact is blocked").into());
    }
    let conversation = workspace::open(workspace, contact)?;
    workspace::speak(workspace, conversation, args)?;
    Ok(Value::Int(conversation))
}
