//! The record of a mail that is about to be sent: made once, also where a person has its failed call made again.

use super::Letter;
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Workspace};

/// Writes the record of a mail that a flow is about to send.
pub(super) fn write(
    workspace: &mut dyn Workspace,
    letter: &Letter,
    to: &str,
    about: impl Iterator<Item = (&'static str, Value)>,
) -> Result<i64, ActionError> {
    let mut fields = vec![
        ("to", Value::text(to)),
        ("subject", Value::text(letter.subject.as_str())),
        ("message_id", Value::text(letter.message_id.as_str())),
    ];
    fields.extend(workspace.flow()?.map(|flow| ("flow", Value::Text(flow))));
    fields.extend(about);
    again_or_new(workspace, fields)
}

/// Notes that a mail has been taken by the server; false where that is known already.
pub(super) fn note_sent(workspace: &mut dyn Workspace, mail: i64) -> Result<bool, ActionError> {
    if !workspace.get("Mail", mail, "sent")?.is_null() {
        return Ok(false);
    }
    let now = workspace.now();
    workspace.set("Mail", mail, "sent", Value::Int(now))?;
    doubted(workspace, mail, false)?;
    Ok(true)
}

/// Notes that nobody knows whether the server has taken a mail; or that it is known by now.
pub(super) fn doubted(workspace: &mut dyn Workspace, mail: i64, is: bool) -> Result<(), ActionError> {
    let before = match workspace.get("Mail", mail, "in_doubt") {
        Ok(before) => before,
        // What an older version has deployed has no such property; the store's own trouble is told all the same.
        Err(ActionError::Fault(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    if before.is_null() != is {
        return Ok(());
    }
    let since = if is { Value::Int(workspace.now()) } else { Value::Null };
    workspace.set("Mail", mail, "in_doubt", since)
}

/// Under which name it is kept which mail of a run has failed.
fn name(workspace: &dyn Workspace) -> Option<String> {
    let (run, _) = workspace.actor();
    (run != 0).then(|| format!("email.failed.{run}"))
}

/// A mail will not be sent by this call: another of the same run that says the same goes on with its record.
pub(super) fn failed(workspace: &mut dyn Workspace, mail: i64) -> Result<(), ActionError> {
    doubted(workspace, mail, false)?;
    match name(workspace) {
        Some(name) => workspace.remember(&name, mail),
        None => Ok(()),
    }
}

/// The record of a mail: that of the call that has failed, where this is the same mail again, else a new one.
fn again_or_new(workspace: &mut dyn Workspace, fields: Vec<(&str, Value)>) -> Result<i64, ActionError> {
    let given =
        |name: &str| fields.iter().find(|(known, _)| *known == name).map_or(Value::Null, |(_, one)| one.clone());
    let kept = name(workspace);
    let before = match &kept {
        Some(name) => workspace.recall(name)?.filter(|mail| *mail != 0),
        None => None,
    };
    if let (Some(mail), Some(name)) = (before, kept)
        && is(workspace, mail, &given("to"), &given("subject"))?
    {
        workspace.remember(&name, 0)?;
        // Another call, so another number: what the first has left anywhere is not taken for it.
        workspace.set("Mail", mail, "message_id", given("message_id"))?;
        return Ok(mail);
    }
    workspace.create("Mail", fields)
}

/// Whether a mail goes to somebody, about something, and was not sent.
fn is(workspace: &mut dyn Workspace, mail: i64, to: &Value, subject: &Value) -> Result<bool, ActionError> {
    let sent = match workspace.get("Mail", mail, "sent") {
        Ok(sent) => sent,
        // Somebody has erased whom it was to.
        Err(ActionError::Failure(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(sent.is_null()
        && workspace.get("Mail", mail, "to")? == *to
        && workspace.get("Mail", mail, "subject")? == *subject)
}
