//! Actions of companies.

use super::args;
use super::shared::{Done, find};
use flow_bytecode::Value;
use flow_vm::action::Workspace;

/// Domains have no case.
fn domain(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::text(text.trim().to_lowercase()),
        other => other,
    }
}

/// `companies.find(domain)`
pub fn find_by_domain(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    find(workspace, "Company", "domain", &domain(args::value(args, 0)))
}

/// `companies.create(…)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 10] =
        ["name", "domain", "external_id", "phone", "website", "industry", "size", "city", "country", "owner"];
    let mut fields = args::fields(&NAMES, args, 0);
    for (name, value) in &mut fields {
        if *name == "domain" {
            *value = domain(std::mem::take(value));
        }
    }
    fields.push(("created", Value::Int(workspace.now())));
    Ok(Value::Int(workspace.create("Company", fields)?))
}
