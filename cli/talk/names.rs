//! What people and flows are called where they talk.

use crate::session::{Session, record};
use flow_vm::engine::Said;
use std::collections::HashMap;

/// Whoever has no name is the one who sits here.
const NAMELESS: &str = "you";

/// The names of who talks in the conversations of a run, looked up once.
pub struct Names<'a> {
    session: &'a Session,
    known: HashMap<i64, Option<String>>,
}

impl<'a> Names<'a> {
    /// Nobody is known yet.
    pub fn new(session: &'a Session) -> Self {
        Names { session, known: HashMap::new() }
    }

    /// The contact of a conversation.
    pub fn contact(&mut self, conversation: i64) -> &str {
        self.found(conversation).unwrap_or(NAMELESS)
    }

    /// A conversation, where there are several.
    pub fn conversation(&mut self, conversation: i64) -> String {
        match self.found(conversation) {
            Some(name) => format!("{name}, conversation {conversation}"),
            None => format!("conversation {conversation}"),
        }
    }

    /// Who said something: the flow that the run was then, the contact, a teammate.
    pub fn speaker(&mut self, said: &Said) -> String {
        match (&*said.from, &said.flow) {
            ("contact", _) => self.contact(said.conversation).to_owned(),
            (_, Some(flow)) => flow.rsplit('.').next().unwrap_or(flow).to_owned(),
            (other, None) => other.to_owned(),
        }
    }

    fn found(&mut self, conversation: i64) -> Option<&str> {
        let session = self.session;
        self.known.entry(conversation).or_insert_with(|| contact_of(session, conversation)).as_deref()
    }
}

/// The first name of who talks in a conversation, or else what stands before the `@`.
fn contact_of(session: &Session, conversation: i64) -> Option<String> {
    let conversation = record(session, "Conversation", &conversation.to_string()).ok()?;
    let field = |record: &flow_vm::engine::RecordView, field: &str| {
        record.fields.iter().find(|(name, _)| **name == *field).map(|(_, value)| value.clone())
    };
    let contact = record(session, "Contact", &field(&conversation, "contact")?.as_int()?.to_string()).ok()?;
    let text =
        |name: &str| field(&contact, name)?.as_text().filter(|text| !text.is_empty()).map(|text| text.to_string());
    let mailbox = || text("email").and_then(|email| Some(email.split_once('@')?.0.to_owned()));
    text("first_name").or_else(mailbox)
}
