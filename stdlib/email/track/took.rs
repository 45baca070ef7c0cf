//! What is written down when somebody opens a mail, follows a link in it, or wants no more. No flow calls these: whoever
//! takes requests from outside does, when it has checked what they show.

use crate::workspace::{id, value};
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Implementation, LocalFn, Registry, Workspace};
use reqwest::Url;

/// A link was followed: the mail, where it leads.
pub const CLICKED: &str = "email.was_clicked";
/// A mail was opened: the mail.
pub const OPENED: &str = "email.was_opened";
/// No more mails are wanted: the mail.
pub const UNSUBSCRIBED: &str = "email.was_unsubscribed";

const ACTIONS: &[(&str, LocalFn)] = &[
    (CLICKED, |workspace, args| {
        let mail = first_time(workspace, "clicked", args)?;
        tell_link(workspace, &mail, &value(args, 1))?;
        tell(workspace, "email.clicked", vec![mail, value(args, 1)])
    }),
    (OPENED, |workspace, args| {
        let mail = first_time(workspace, "opened", args)?;
        tell(workspace, "email.opened", vec![mail])
    }),
    (UNSUBSCRIBED, |workspace, args| {
        let mail = id(args, 0)?;
        // Once is enough said.
        if !workspace.get("Mail", mail, "unsubscribed")?.is_null() {
            return Ok(Value::Null);
        }
        let mail = first_time(workspace, "unsubscribed", args)?;
        tell(workspace, "email.unsubscribed", vec![mail])
    }),
];

/// Adds them.
pub(crate) fn register(registry: &mut Registry) {
    for (name, action) in ACTIONS {
        registry.add(name, Implementation::Local(*action));
    }
}

/// Writes down when it was, the first time.
fn first_time(workspace: &mut dyn Workspace, field: &str, args: &[Value]) -> Result<Value, ActionError> {
    let mail = id(args, 0)?;
    if workspace.get("Mail", mail, field)?.is_null() {
        let now = workspace.now();
        workspace.set("Mail", mail, field, Value::Int(now))?;
    }
    Ok(Value::Int(mail))
}

/// Where it is a link that the project declares, it is told of that, too: who has followed it, whatever mail it stood in.
fn tell_link(workspace: &mut dyn Workspace, mail: &Value, url: &Value) -> Result<(), ActionError> {
    let (Some(mail), Some(url)) = (mail.as_int(), url.as_text()) else { return Ok(()) };
    let leads = |address: &str| Url::parse(address).is_ok_and(|address| address.as_str() == &**url);
    let Some(link) = workspace.links()?.into_iter().find(|link| leads(&link.address)) else { return Ok(()) };
    match workspace.get("Mail", mail, "contact")? {
        contact @ Value::Int(_) => workspace.raise("link.clicked", vec![Value::Text(link.name), contact]),
        _ => Ok(()),
    }
}

fn tell(workspace: &mut dyn Workspace, event: &str, args: Vec<Value>) -> Result<Value, ActionError> {
    workspace.raise(event, args)?;
    Ok(Value::Null)
}
