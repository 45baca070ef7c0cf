//! Where a run fails while a customer is in conversation with it, the project's fallback keeps them from silence.

use super::config::Fallback;
use super::desk::Desk;
use super::journal::Did;
use super::turn::{Trouble, Turn};
use crate::action::{ActionError, Implementation, Workspace};
use crate::machine::Status;
use flow_bytecode::Value;

impl Turn<'_, '_> {
    /// After a turn in which the run has failed: says the project's words and hands the conversation over, unless a person has
    /// it already or it is closed.
    pub fn fall_back(&mut self) -> Result<(), Trouble> {
        let Some(fallback) = self.rules.fallback.clone() else { return Ok(()) };
        if !matches!(self.status, Some(Status::Failed { .. })) {
            return Ok(());
        }
        let entities = self.desk.txn.entities();
        let kind = entities.iter().find(|entity| &*entity.def.name == "Conversation").map(|entity| entity.kind);
        let about = self.row.subject.filter(|subject| Some(subject.kind) == kind).map(|subject| subject.id);
        let mut talks: Vec<i64> = about.into_iter().collect();
        for conversation in self.envelope.talks.iter().chain(&self.desk.talked) {
            if !talks.contains(conversation) {
                talks.push(*conversation);
            }
        }
        for conversation in talks {
            self.desk.actor = (self.row.id, 0);
            match keep_from_silence(self.desk, &fallback, conversation) {
                Ok(true) => self.desk.did.push((0, Did::FellBack)),
                // Somebody has it; or it is gone, and nobody is there to hear it.
                Ok(false) | Err(ActionError::Failure(_)) => {}
                Err(ActionError::Fault(message)) => {
                    return Err(self.desk.broken.take().map_or(Trouble::Fault(message), Trouble::Store));
                }
            }
        }
        Ok(())
    }
}

/// Whether the conversation was open and nobody's.
fn keep_from_silence(desk: &mut Desk, fallback: &Fallback, conversation: i64) -> Result<bool, ActionError> {
    let mut field = |name: &str| desk.get("Conversation", conversation, name);
    let is_open = field("status")?.as_text().is_some_and(|status| &**status == "open");
    let is_ours = field("assignee")?.as_text().is_none_or(|assignee| &**assignee == "ai");
    if !is_open || !is_ours {
        return Ok(false);
    }
    let said = fallback.text.as_deref().map(|text| ("Conversation.say", Value::text(text)));
    let given = fallback.team.as_deref().map(|team| ("Conversation.assign", Value::text(format!("team:{team}"))));
    for (action, argument) in said.into_iter().chain(given) {
        if let Some(Implementation::Local(act)) = desk.registry.get(action) {
            act(desk, &[Value::Int(conversation), argument])?;
        }
    }
    Ok(true)
}
