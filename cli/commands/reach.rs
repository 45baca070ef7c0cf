//! Whom a question reaches.

use crate::session::Session;
use crate::trouble::Trouble;
use flow_bytecode::Value;
use flow_vm::engine::{PromptView, RecordFilter};

/// What there is to know of a question that reaches nobody by itself: what is said in a conversation by email stays there.
///
/// # Errors
/// The store.
pub(super) fn unreached(session: &Session, prompt: &PromptView) -> Result<Option<&'static str>, Trouble> {
    let filter =
        RecordFilter { entity: "Conversation".to_owned(), id: Some(prompt.conversation), ..RecordFilter::default() };
    let found = session.control.records(&filter)?;
    let channel = found.first().and_then(|one| one.fields.iter().find(|(name, _)| &**name == "channel"));
    let by_email = channel.is_some_and(|(_, channel)| *channel == Value::text("email"));
    Ok(by_email.then_some(
        "nobody is reached by this: what flows say in a conversation by email stays there; `ticket.reply` and `email.send` are sent",
    ))
}
