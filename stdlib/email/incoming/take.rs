//! A mail that came in, written down in one transaction: who it is from, what it belongs to, what it says.

use crate::workspace::{contact_of, is_open_conversation, list, reopen, start_conversation, text, value};
use flow_bytecode::Value;
use flow_vm::action::{ActionError, Implementation, Registry, Workspace};

/// Takes a mail: its number, who it is from and their name, subject, text, the mails it goes on from (the nearest first), and
/// those before it (the oldest first). Yields the name of a [`Became`].
pub const RECEIVED: &str = "email.was_received";
/// A mail came back: its number, why. Yields the name of a [`Became`].
pub const BOUNCED: &str = "email.has_bounced";

/// Bytes of the numbers of the mails before one that are kept, at most: a header has room for no more.
const REFERENCES_MAX: usize = 8_000;

/// Tickets of one conversation that are looked at, at most.
const TICKETS_MAX: usize = 1_000;

/// Adds them.
pub(crate) fn register(registry: &mut Registry) {
    registry.add(RECEIVED, Implementation::Local(|workspace, args| Ok(take(workspace, args)?.value())));
    registry.add(BOUNCED, Implementation::Local(|workspace, args| Ok(bounced(workspace, args)?.value())));
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// An answer to a mail of ours.
    Reply,
    /// What a customer says of a ticket.
    Ticket,
    /// The beginning of a conversation, or more of it.
    Message,
    /// A mail of ours came back.
    Bounce,
    /// It had come before.
    Duplicate,
    /// It is from somebody who is blocked.
    Blocked,
    /// It is one that we have sent.
    Own,
    /// A mail came back that is not ours.
    Unknown,
}

const ALL: [(Became, &str, &str); 8] = [
    (Became::Reply, "reply", "taken: an answer to a mail"),
    (Became::Ticket, "ticket", "taken: it belongs to a ticket"),
    (Became::Message, "message", "taken: a message"),
    (Became::Bounce, "bounce", "taken: a mail came back"),
    (Became::Duplicate, "duplicate", "passed over: it came before"),
    (Became::Blocked, "blocked", "passed over: the contact is blocked"),
    (Became::Own, "own", "passed over: it is a mail of our own"),
    (Became::Unknown, "unknown", "passed over: a mail came back that is not known here"),
];

impl Became {
    /// From what [`RECEIVED`] or [`BOUNCED`] yields.
    pub fn of(value: &Value) -> Option<Became> {
        let name = value.as_text()?;
        ALL.iter().find(|(_, known, _)| *known == &**name).map(|(became, _, _)| *became)
    }

    /// A sentence.
    pub fn says(self) -> &'static str {
        ALL.iter().find(|(became, _, _)| *became == self).map_or("", |(_, _, says)| says)
    }

    fn value(self) -> Value {
        ALL.iter().find(|(became, _, _)| *became == self).map_or(Value::Null, |(_, name, _)| Value::text(*name))
    }
}

/// What a mail goes on from.
#[derive(Default)]
struct Thread {
    mail: Option<i64>,
    conversation: Option<i64>,
    ticket: Option<i64>,
}

fn take(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Became, ActionError> {
    let message_id = value(args, 0);
    if !workspace.find("IncomingMail", "message_id", &message_id, 1)?.is_empty() {
        return Ok(Became::Duplicate);
    }
    if !workspace.find("Mail", "message_id", &message_id, 1)?.is_empty() {
        return Ok(Became::Own);
    }
    let known = workspace.find("Contact", "email", &value(args, 1), 1)?.first().copied();
    if let Some(contact) = known
        && workspace.get("Contact", contact, "blocked")? == Value::Bool(true)
    {
        return Ok(Became::Blocked);
    }
    let contact = contact_of(workspace, known, value(args, 1), value(args, 2))?;
    let mut thread = thread(workspace, contact, &value(args, 1), &list(args, 5)?)?;
    if let Some(ticket) = thread.ticket
        && !goes_on(workspace, ticket)?
    {
        // Done for good: what is said of it is something new, also to flows that take each conversation once.
        thread = Thread { mail: thread.mail, ..Thread::default() };
    }
    let conversation = match thread.conversation {
        Some(conversation) => {
            if !is_open_conversation(workspace, conversation)? {
                reopen(workspace, &[Value::Int(conversation)])?;
            }
            conversation
        }
        None => start_conversation(workspace, contact, "email", value(args, 3))?,
    };
    let (subject, said, now) = (value(args, 3), text(args, 4)?, workspace.now());
    let entity = |id: Option<i64>| id.map_or(Value::Null, Value::Int);
    workspace.create(
        "IncomingMail",
        vec![
            ("from", value(args, 1)),
            ("subject", subject),
            ("text", Value::Text(said.clone())),
            ("contact", Value::Int(contact)),
            ("conversation", Value::Int(conversation)),
            ("ticket", entity(thread.ticket)),
            ("answers", entity(thread.mail)),
            ("message_id", message_id),
            ("references", references(&list(args, 6)?)),
            ("received", Value::Int(now)),
        ],
    )?;
    if let Some(mail) = thread.mail {
        if workspace.get("Mail", mail, "conversation")?.is_null() {
            workspace.set("Mail", mail, "conversation", Value::Int(conversation))?;
        }
        if workspace.get("Mail", mail, "replied")?.is_null() {
            workspace.set("Mail", mail, "replied", Value::Int(now))?;
        }
        workspace.raise("email.replied", vec![Value::Int(mail), Value::Text(said.clone())])?;
    }
    if let Some(ticket) = thread.ticket {
        if workspace.get("Ticket", ticket, "conversation")?.is_null() {
            workspace.set("Ticket", ticket, "conversation", Value::Int(conversation))?;
        }
        workspace.raise("ticket.replied", vec![Value::Int(ticket), Value::Text(said.clone())])?;
    }
    workspace.hear(conversation, &said)?;
    Ok(match thread {
        Thread { ticket: Some(_), .. } => Became::Ticket,
        Thread { mail: Some(_), .. } => Became::Reply,
        _ => Became::Message,
    })
}

/// Whether somebody who answers a ticket is heard: one that is solved, or waits for the customer, is open again.
fn goes_on(workspace: &mut dyn Workspace, ticket: i64) -> Result<bool, ActionError> {
    match workspace.get("Ticket", ticket, "status")?.as_text().map(|status| &**status) {
        Some("closed") => Ok(false),
        Some("pending" | "solved") => {
            workspace.set("Ticket", ticket, "status", Value::text("open"))?;
            Ok(true)
        }
        _ => Ok(true),
    }
}

/// What a mail goes on from, of those that it names. Only of what was said with this contact: whoever learns the number of
/// somebody else's mail, by being sent it on, does not speak for them.
fn thread(
    workspace: &mut dyn Workspace,
    contact: i64,
    address: &Value,
    related: &[Value],
) -> Result<Thread, ActionError> {
    for message_id in related {
        if let Some(mail) = workspace.find("Mail", "message_id", message_id, 1)?.first().copied() {
            let of = workspace.get("Mail", mail, "contact")?;
            if of == Value::Int(contact) || workspace.get("Mail", mail, "to")? == *address {
                let thread = belongs(workspace, "Mail", mail, contact)?;
                return Ok(Thread { mail: Some(mail), ..thread });
            }
        }
        if let Some(mail) = workspace.find("IncomingMail", "message_id", message_id, 1)?.first().copied()
            && workspace.get("IncomingMail", mail, "contact")? == Value::Int(contact)
        {
            let thread = belongs(workspace, "IncomingMail", mail, contact)?;
            let ticket = match (thread.ticket, thread.conversation) {
                // It came before there was a ticket.
                (None, Some(conversation)) => ticket_of(workspace, conversation, contact)?,
                (ticket, _) => ticket,
            };
            return Ok(Thread { ticket, ..thread });
        }
    }
    Ok(Thread::default())
}

/// The contact's ticket that was made of a conversation: the newest that goes on, else the newest.
fn ticket_of(workspace: &mut dyn Workspace, conversation: i64, contact: i64) -> Result<Option<i64>, ActionError> {
    let mut newest = None;
    let tickets = workspace.find("Ticket", "conversation", &Value::Int(conversation), TICKETS_MAX)?;
    for ticket in tickets.into_iter().rev() {
        if workspace.get("Ticket", ticket, "contact")? != Value::Int(contact) {
            continue;
        }
        if workspace.get("Ticket", ticket, "status")? != Value::text("closed") {
            return Ok(Some(ticket));
        }
        newest = newest.or(Some(ticket));
    }
    Ok(newest)
}

/// The conversation and the ticket of a mail, as far as they are there and the contact's.
fn belongs(workspace: &mut dyn Workspace, entity: &str, mail: i64, contact: i64) -> Result<Thread, ActionError> {
    let mut of = |kind: &str, field: &str| -> Result<Option<i64>, ActionError> {
        let Value::Int(id) = workspace.get(entity, mail, field)? else { return Ok(None) };
        match workspace.get(kind, id, "contact") {
            Ok(other) => Ok((other == Value::Int(contact)).then_some(id)),
            // Somebody has deleted it.
            Err(ActionError::Failure(_)) => Ok(None),
            Err(error) => Err(error),
        }
    };
    let (conversation, ticket) = (of("Conversation", "conversation")?, of("Ticket", "ticket")?);
    Ok(Thread { mail: None, conversation, ticket })
}

/// The mails before one, as a header has them.
fn references(ids: &[Value]) -> Value {
    let mut kept = Vec::new();
    let mut length = 0;
    for id in ids.iter().rev().filter_map(Value::as_text) {
        length += id.len() + 1;
        if length > REFERENCES_MAX {
            break;
        }
        kept.push(&**id);
    }
    kept.reverse();
    if kept.is_empty() { Value::Null } else { Value::text(kept.join(" ")) }
}

fn bounced(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Became, ActionError> {
    let Some(mail) = workspace.find("Mail", "message_id", &value(args, 0), 1)?.first().copied() else {
        return Ok(Became::Unknown);
    };
    // A server that says so again tells nothing new.
    if !workspace.get("Mail", mail, "bounced")?.is_null() {
        return Ok(Became::Duplicate);
    }
    let now = workspace.now();
    workspace.set("Mail", mail, "bounced", Value::Int(now))?;
    workspace.raise("email.bounced", vec![Value::Int(mail), value(args, 1)])?;
    Ok(Became::Bounce)
}
