//! Actions of conversations.

use super::args;
use super::articles::words_of;
use super::shared::{Done, gone};
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Message, Workspace};
use std::sync::Arc;

/// More conversations than one contact has.
const CONVERSATIONS_MAX: usize = 1_000_000;
/// How many of the newest conversations are looked through for an open one: one older than these is stale.
const OPEN_WITHIN: usize = 50;

/// Every conversation of a contact, the oldest first.
pub fn of_contact(workspace: &mut dyn Workspace, contact: i64) -> Result<Vec<i64>, ActionError> {
    workspace.find("Conversation", "contact", &Value::Int(contact), CONVERSATIONS_MAX)
}

fn is(workspace: &mut dyn Workspace, id: i64, field: &str, variant: &str) -> Result<bool, ActionError> {
    Ok(workspace.get("Conversation", id, field)?.as_text().is_some_and(|text| &**text == variant))
}

/// Whether a conversation is open.
pub fn is_open(workspace: &mut dyn Workspace, id: i64) -> Result<bool, ActionError> {
    is(workspace, id, "status", "open")
}

/// The contact's newest open chat conversation, or a new one.
pub fn open(workspace: &mut dyn Workspace, contact: i64) -> Result<i64, ActionError> {
    for id in of_contact(workspace, contact)?.into_iter().rev().take(OPEN_WITHIN) {
        if is_open(workspace, id)? && is(workspace, id, "channel", "chat")? {
            return Ok(id);
        }
    }
    // For `.gone` when there is no such contact.
    workspace.get("Contact", contact, "blocked")?;
    start(workspace, vec![("contact", Value::Int(contact)), ("channel", Value::text("chat"))])
}

fn start(workspace: &mut dyn Workspace, mut fields: Vec<(&str, Value)>) -> Result<i64, ActionError> {
    fields.push(("started", Value::Int(workspace.now())));
    workspace.create("Conversation", fields)
}

/// A new conversation with a contact on a channel.
pub fn start_on(
    workspace: &mut dyn Workspace,
    contact: i64,
    channel: &str,
    subject: Value,
) -> Result<i64, ActionError> {
    let fields = vec![("contact", Value::Int(contact)), ("channel", Value::text(channel)), ("subject", subject)];
    start(workspace, fields)
}

/// `conversations.create(contact, channel, subject)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    Ok(Value::Int(start(workspace, args::fields(&["contact", "channel", "subject"], args, 0))?))
}

/// `conversation.say(text, image, video, link, article)`
pub fn say(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    speak(workspace, args::id(args, 0)?, args)?;
    Ok(Value::Null)
}

/// Says the text and the parts that stand from argument 1 on.
pub fn speak(workspace: &mut dyn Workspace, conversation: i64, args: &[Value]) -> Result<(), ActionError> {
    let mut parts = Vec::new();
    for (at, kind) in ["image", "video", "link", "article"].into_iter().enumerate() {
        if !args::value(args, 2 + at).is_null() {
            parts.push((Arc::from(kind), args::text(args, 2 + at)?));
        }
    }
    // What it is called and where it is, so that whoever shows the message need not look it up.
    let article = parts.iter().find(|(kind, _)| &**kind == "article").map(|(_, name)| name.clone());
    if let Some(article) = article
        && let Some(words) = words_of(workspace, &article)?
    {
        parts.push(("article_title".into(), words.title));
        parts.extend(words.url.map(|url| ("article_url".into(), url)));
    }
    let message = Message { from: "flow".into(), text: args::text(args, 1)?, parts };
    workspace.add_message(conversation, message)?;
    Ok(())
}

/// `conversation.close(reason)`
pub fn close(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let id = args::id(args, 0)?;
    if !is_open(workspace, id)? {
        return Ok(Value::Null);
    }
    let now = workspace.now();
    workspace.set("Conversation", id, "status", Value::text("closed"))?;
    workspace.set("Conversation", id, "closed", Value::Int(now))?;
    workspace.set("Conversation", id, "close_reason", args::value(args, 1))?;
    workspace.end_prompts(id, gone("the conversation was closed"))?;
    workspace.raise("conversation.closed", vec![Value::Int(id)])?;
    Ok(Value::Null)
}

/// `conversation.reopen()`
pub fn reopen(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let id = args::id(args, 0)?;
    if is_open(workspace, id)? {
        return Ok(Value::Null);
    }
    workspace.set("Conversation", id, "status", Value::text("open"))?;
    workspace.set("Conversation", id, "closed", Value::Null)?;
    workspace.set("Conversation", id, "close_reason", Value::Null)?;
    workspace.raise("conversation.reopened", vec![Value::Int(id)])?;
    Ok(Value::Null)
}
