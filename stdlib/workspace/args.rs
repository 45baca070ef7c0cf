//! Arguments of local actions. The checker has seen to their types: another shape is a fault, not a failure.

use flow_bytecode::Value;
use flow_vm::action::ActionError;
use std::sync::Arc;

fn fault(at: usize, wanted: &str, got: &Value) -> ActionError {
    ActionError::Fault(format!("argument {at} is no {wanted} but {got:?}"))
}

/// The argument at a place; a missing one is null.
pub fn value(args: &[Value], at: usize) -> Value {
    args.get(at).cloned().unwrap_or_default()
}

/// The id of a record.
pub fn id(args: &[Value], at: usize) -> Result<i64, ActionError> {
    match value(args, at) {
        Value::Int(id) => Ok(id),
        other => Err(fault(at, "record", &other)),
    }
}

/// A text, or anything that is one at run time.
pub fn text(args: &[Value], at: usize) -> Result<Arc<str>, ActionError> {
    match value(args, at) {
        Value::Text(text) => Ok(text),
        other => Err(fault(at, "text", &other)),
    }
}

/// A list.
pub fn list(args: &[Value], at: usize) -> Result<Arc<Vec<Value>>, ActionError> {
    match value(args, at) {
        Value::List(items) => Ok(items),
        other => Err(fault(at, "list", &other)),
    }
}

/// The given names with the arguments from a place on; those that are null are left out, so that defaults apply.
pub fn fields<'a>(names: &[&'a str], args: &[Value], from: usize) -> Vec<(&'a str, Value)> {
    let values = (from..).map(|at| value(args, at));
    names.iter().copied().zip(values).filter(|(_, value)| !value.is_null()).collect()
}
