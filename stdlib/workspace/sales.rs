//! Actions of sales.

use super::args;
use super::assign::owner_or_of_contact;
use super::notifications::{About, tell};
use super::shared::Done;
use flow_bytecode::Value;
use flow_vm::action::Workspace;

/// `sales.create(contact, title, kind, stage, amount, company, closes, owner)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 7] = ["contact", "title", "kind", "stage", "amount", "company", "closes"];
    let mut fields = args::fields(&NAMES, args, 0);
    fields.push(("created", Value::Int(workspace.now())));
    let owner = owner_or_of_contact(workspace, args::value(args, NAMES.len()), args::id(args, 0)?)?;
    if let Some(owner) = &owner {
        fields.push(("owner", Value::Text(owner.clone())));
    }
    let sale = workspace.create("Sale", fields)?;
    if let Some(owner) = owner {
        tell(workspace, &owner, About::Sale(sale))?;
    }
    Ok(Value::Int(sale))
}
