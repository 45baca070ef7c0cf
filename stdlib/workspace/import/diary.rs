//! The page of the diary on which an imported follow-up stands.

use crate::workspace::follow_ups::page;
use flow_bytecode::Value;

/// Adds the page, where a teammate's time is taken.
pub fn keep(entity: &str, fields: &mut Vec<(&str, Value)>) {
    if entity != "FollowUp" {
        return;
    }
    let given = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value);
    let owner = given("owner").and_then(Value::as_text).and_then(|owner| owner.strip_prefix("teammate:")?.parse().ok());
    if let (Some(teammate), Some(due), Some(_), None) =
        (owner, given("due").and_then(Value::as_int), given("ends").and_then(Value::as_int), given("done"))
    {
        fields.push(("diary", page(teammate, due)));
    }
}
