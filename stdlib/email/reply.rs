//! `ticket.reply`: the answer to a ticket, by the way that the ticket came.

use super::letter::{Letter, message_id};
use super::{Post, record, text_field};
use crate::channel::refusal;
use crate::workspace::{id, open, start_conversation, value};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Attempt, BoxFuture, External, Message, Outcome, StoredRequest, Workspace};
use serde::{Deserialize, Serialize};

/// More mails than one ticket has.
const MAILS_MAX: usize = 100_000;

/// Answers tickets.
pub(super) struct Reply {
    pub post: Post,
}

/// An answer as it is stored.
#[derive(Serialize, Deserialize)]
enum Stored {
    /// It goes out by email, and stands in the conversation once it has.
    Email { letter: Box<Letter>, conversation: i64 },
    /// It was said in the conversation, in the step itself.
    Said,
}

/// What an answer goes on from.
#[derive(Default)]
struct Before {
    message_id: Option<String>,
    references: Option<String>,
    subject: Option<String>,
    /// Somebody has written it to us.
    incoming: bool,
}

impl External for Reply {
    fn prepare(&self, _: &[Value]) -> Result<StoredRequest, Failure> {
        Err(Failure::new("invalid", "an answer is not sent without its ticket"))
    }

    /// `ticket.reply(text, signature)`
    fn begin(&self, workspace: &mut dyn Workspace, key: &str, args: &[Value]) -> Result<StoredRequest, ActionError> {
        let ticket = id(args, 0)?;
        let said = value(args, 1).as_text().map(ToString::to_string).unwrap_or_default();
        if said.trim().is_empty() {
            return Err(Failure::new("invalid", "an answer says something").into());
        }
        let Value::Int(contact) = workspace.get("Ticket", ticket, "contact")? else {
            return Err(Failure::new("gone", "the ticket has no contact any more").into());
        };
        if workspace.get("Contact", contact, "blocked")? == Value::Bool(true) {
            return Err(Failure::new("rejected", "the contact is blocked").into());
        }
        let signature = match value(args, 2) {
            Value::Bool(true) => signature(workspace, ticket)?,
            _ => None,
        };
        let conversation = match workspace.get("Ticket", ticket, "conversation")? {
            Value::Int(conversation) => channel(workspace, conversation)?.map(|channel| (conversation, channel)),
            _ => None,
        };
        let address = workspace.get("Contact", contact, "email")?;
        let by_email = match &conversation {
            Some((_, channel)) => channel == "email",
            None => !address.is_null(),
        };
        if !by_email {
            let conversation = match conversation {
                Some((conversation, _)) => conversation,
                None => open(workspace, contact)?,
            };
            let text = signature.map_or_else(|| said.clone(), |signature| format!("{said}\n\n{signature}"));
            let message = Message { from: "flow".into(), text: text.into(), parts: Vec::new() };
            workspace.add_message(conversation, message)?;
            return store(&Stored::Said, "conversation".to_owned());
        }
        let Some(to) = address.as_text().map(ToString::to_string) else {
            return Err(Failure::new("undeliverable", "the contact has no email address").into());
        };
        let settings = self.post.settings()?;
        let before = before(workspace, ticket, conversation.as_ref().map(|(conversation, _)| *conversation))?;
        let about = match before.subject {
            Some(subject) => subject,
            None => workspace.get("Ticket", ticket, "subject")?.as_text().map(ToString::to_string).unwrap_or_default(),
        };
        let mut letter = Letter {
            mail: None,
            from: settings.from.clone(),
            to: vec![to.clone()],
            reply_to: settings.reply_to.clone(),
            subject: answered(&about),
            text: signature.map_or_else(|| said.clone(), |signature| format!("{said}\n\n-- \n{signature}")),
            html: String::new(),
            attachments: Vec::new(),
            message_id: message_id(key, &settings.from),
            references: before.references,
            answers: before.incoming,
            thread: before.message_id,
            unsubscribe: None,
        };
        // What cannot be sent is told before anything is written.
        let place = self.post.store(&letter)?.destination;
        let conversation = match conversation {
            Some((conversation, _)) => conversation,
            None => {
                let begun = start_conversation(workspace, contact, "email", Value::text(letter.subject.as_str()))?;
                workspace.set("Ticket", ticket, "conversation", Value::Int(begun))?;
                begun
            }
        };
        let about = [("contact", contact), ("conversation", conversation), ("ticket", ticket)];
        let about = about.into_iter().map(|(field, id)| (field, Value::Int(id)));
        letter.mail = Some(record::write(workspace, &letter, &to, about)?);
        store(&Stored::Email { letter: Box::new(letter), conversation }, place)
    }

    fn keeps_record(&self) -> bool {
        true
    }

    fn finish(
        &self,
        workspace: &mut dyn Workspace,
        request: &StoredRequest,
        outcome: &Result<Value, Failure>,
    ) -> Result<(), ActionError> {
        let Ok(Stored::Email { letter, conversation }) = load(request) else { return Ok(()) };
        let Some(mail) = letter.mail else { return Ok(()) };
        if outcome.is_err() {
            return record::failed(workspace, mail);
        }
        if !record::note_sent(workspace, mail)? {
            return Ok(());
        }
        let message = Message { from: "flow".into(), text: letter.text.into(), parts: Vec::new() };
        match workspace.add_message(conversation, message) {
            // Somebody has deleted the conversation meanwhile.
            Ok(_) | Err(ActionError::Failure(_)) => {}
            Err(error) => return Err(error),
        }
        workspace.raise("email.sent", vec![Value::Int(mail)])
    }

    fn doubt(&self, workspace: &mut dyn Workspace, request: &StoredRequest) -> Result<(), ActionError> {
        match load(request) {
            Ok(Stored::Email { letter, .. }) => {
                letter.mail.map_or(Ok(()), |mail| record::doubted(workspace, mail, true))
            }
            _ => Ok(()),
        }
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match load(request) {
                Ok(Stored::Said) => Outcome::Done(Value::Null),
                Ok(Stored::Email { letter, .. }) => self.post.hand_over(&letter, attempt).await,
                Err(why) => refusal("invalid", why),
            }
        })
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        match load(request) {
            Ok(Stored::Email { letter, .. }) => letter.traces(),
            _ => Vec::new(),
        }
    }

    fn known_result(&self, request: &StoredRequest) -> Option<Value> {
        match load(request).ok()? {
            Stored::Said => Some(Value::Null),
            Stored::Email { letter, .. } => letter.mail.map(Value::Int),
        }
    }

    fn stands_in(&self) -> bool {
        true
    }
}

fn store(stored: &Stored, destination: String) -> Result<StoredRequest, ActionError> {
    let bytes = serde_json::to_vec(stored).map_err(|error| Failure::new("invalid", error.to_string()))?;
    Ok(StoredRequest { destination, bytes })
}

fn load(request: &StoredRequest) -> Result<Stored, String> {
    serde_json::from_slice(&request.bytes).map_err(|error| format!("the stored answer cannot be read: {error}"))
}

/// The channel of a conversation that is there.
fn channel(workspace: &mut dyn Workspace, conversation: i64) -> Result<Option<String>, ActionError> {
    match workspace.get("Conversation", conversation, "channel") {
        Ok(channel) => Ok(channel.as_text().map(ToString::to_string)),
        // Somebody has deleted it.
        Err(ActionError::Failure(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the teammate who has a ticket writes below: a signature, or else the name.
fn signature(workspace: &mut dyn Workspace, ticket: i64) -> Result<Option<String>, ActionError> {
    let assignee = workspace.get("Ticket", ticket, "assignee")?;
    let teammate = assignee.as_text().and_then(|who| who.strip_prefix("teammate:")?.parse::<i64>().ok());
    let Some(teammate) = teammate else { return Ok(None) };
    for field in ["signature", "name"] {
        match workspace.get("Teammate", teammate, field) {
            Ok(Value::Text(text)) if !text.trim().is_empty() => return Ok(Some(text.trim_end().to_owned())),
            Ok(_) => {}
            Err(ActionError::Failure(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The newest mail of a ticket: the customer's, else ours.
fn before(workspace: &mut dyn Workspace, ticket: i64, conversation: Option<i64>) -> Result<Before, ActionError> {
    let places = [("ticket", Some(ticket)), ("conversation", conversation)];
    for entity in ["IncomingMail", "Mail"] {
        for (field, id) in places {
            let Some(id) = id else { continue };
            let found = workspace.find(entity, field, &Value::Int(id), MAILS_MAX)?;
            let Some(mail) = found.last().copied() else { continue };
            let message_id = text_field(workspace, entity, mail, "message_id")?;
            let mut references = match entity {
                "IncomingMail" => text_field(workspace, entity, mail, "references")?,
                _ => None,
            };
            if let (Some(before), Some(last)) = (&mut references, &message_id) {
                before.push(' ');
                before.push_str(last);
            }
            let subject = text_field(workspace, entity, mail, "subject")?;
            return Ok(Before { message_id, references, subject, incoming: entity == "IncomingMail" });
        }
    }
    Ok(Before::default())
}

/// The subject of an answer, in a line.
fn answered(subject: &str) -> String {
    let subject: String = subject.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let subject = subject.trim();
    let is_answer = subject.get(..3).is_some_and(|begins| begins.eq_ignore_ascii_case("re:"));
    if is_answer { subject.to_owned() } else { format!("Re: {subject}") }
}
