//! Who has filled in a form.

use super::args;
use super::contacts;
use super::shared::{Done, find};
use flow_bytecode::Value;
use flow_vm::action::Workspace;

/// What finds the contact of a form, or makes one; called by whoever takes forms in, never by a flow: email address, phone
/// number, given name, family name, each of which may be missing. A name that is known already stays.
pub const CONTACT: &str = "forms.contact";

/// Carries [`CONTACT`] out; yields the contact.
pub fn contact(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    for (at, field) in ["email", "phone"].into_iter().enumerate() {
        let value = args::value(args, at);
        if value.is_null() {
            continue;
        }
        if let Value::Int(id) = find(workspace, "Contact", field, &value)? {
            complete(workspace, id, args)?;
            return Ok(Value::Int(id));
        }
    }
    let null = Value::Null;
    let [email, phone, first, last] = std::array::from_fn(|at| args.get(at).unwrap_or(&null).clone());
    contacts::create(workspace, &[email, first, last, phone])
}

/// Fills in what is not known yet.
fn complete(workspace: &mut dyn Workspace, id: i64, args: &[Value]) -> Result<(), flow_vm::action::ActionError> {
    for (at, field) in ["email", "phone", "first_name", "last_name"].into_iter().enumerate() {
        let value = args::value(args, at);
        if !value.is_null() && workspace.get("Contact", id, field)?.is_null() {
            workspace.set("Contact", id, field, value)?;
        }
    }
    Ok(())
}
