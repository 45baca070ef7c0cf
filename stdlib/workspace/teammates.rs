//! Teammates: who belongs to a team, and who takes new work.

use super::args;
use super::shared::Done;
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Workspace};
use std::sync::Arc;

/// More teammates than a team has.
const MEMBERS_MAX: usize = 100_000;

/// `teammates.create(name, email, phone, teams, hours, timezone)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 6] = ["name", "email", "phone", "teams", "hours", "timezone"];
    let mut fields = args::fields(&NAMES, args, 0);
    fields.push(("created", Value::Int(workspace.now())));
    Ok(Value::Int(workspace.create("Teammate", fields)?))
}

/// Everybody of a team, by id.
pub fn members(workspace: &mut dyn Workspace, team: &str) -> Result<Vec<i64>, ActionError> {
    workspace.find("Teammate", "teams", &Value::text(team), MEMBERS_MAX)
}

/// Whether a teammate takes new work: available, and not away.
pub fn takes_work(workspace: &mut dyn Workspace, teammate: i64) -> Result<bool, ActionError> {
    if workspace.get("Teammate", teammate, "available")? == Value::Bool(false) {
        return Ok(false);
    }
    let away_until = workspace.get("Teammate", teammate, "away_until")?.as_int();
    Ok(away_until.is_none_or(|until| until <= workspace.now()))
}

/// `teammate.takes_work()`
pub fn asks_work(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    Ok(Value::Bool(takes_work(workspace, args::id(args, 0)?)?))
}

/// `team.support.teammates()`
pub fn of_team(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let members = members(workspace, &args::text(args, 0)?)?;
    Ok(Value::List(Arc::new(members.into_iter().map(Value::Int).collect())))
}

/// `team.support.is_available()`
pub fn is_available(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    for teammate in members(workspace, &args::text(args, 0)?)? {
        if takes_work(workspace, teammate)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}
