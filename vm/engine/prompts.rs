//! Prompts: shown in conversations, answered once.

use super::envelope::{Taken, digest};
use super::journal::{Cause, Did};
use super::turn::{AnswerAt, Trouble, Turn, was_taken};
use super::view::{Answered, RunId};
use crate::machine::{PathWait, Prompt, Wake, phone};
use crate::store::{MessageRow, PromptRow, Written};
use flow_bytecode::Value;
use flow_bytecode::program::Expects;
use std::sync::Arc;

/// The event of a conversation that is there now.
pub(super) const CREATED: &str = "conversation.created";
/// The event of a message that a contact wrote: the conversation, the text.
pub(super) const RECEIVED: &str = "message.received";
/// The event of a message that a teammate wrote: the conversation, the teammate.
pub(super) const REPLIED: &str = "conversation.replied";

impl Turn<'_, '_> {
    /// An answer: taken by the prompt it is for, or told apart.
    pub fn answer(&mut self, at: AnswerAt, answer: Value) -> Result<Answered, Trouble> {
        let run = RunId(self.row.id);
        let waits = match &self.status {
            // Nothing has moved in this turn yet.
            None if self.waits.is_empty() => self.run.waits(&self.linked.loaded)?,
            _ => self.waits.clone(),
        };
        let asking = waits.iter().filter(|wait| wait.asks_in.is_some());
        let wait: Option<&PathWait> = match &at {
            AnswerAt::Exact { path, revision } => {
                asking.into_iter().find(|wait| wait.path == *path && wait.revision == *revision)
            }
            AnswerAt::Newest { anchor } => {
                let program = self.linked.program();
                let at_anchor = |wait: &&PathWait| match (anchor, program.places.get(usize::from(wait.place))) {
                    (None, _) => true,
                    (Some(anchor), Some(place)) => {
                        *place.key == **anchor || place.key.rsplit('#').next() == Some(anchor.trim_start_matches('#'))
                    }
                    (Some(_), None) => false,
                };
                asking.filter(at_anchor).max_by_key(|wait| wait.revision)
            }
        };
        let Some(wait) = wait else {
            return Ok(match at {
                AnswerAt::Exact { path, revision } => was_taken(&self.envelope.taken, run, path, revision, &answer)
                    .unwrap_or(match revision <= self.run.revision {
                        true => Answered::Late(run),
                        false => Answered::NotWaiting,
                    }),
                AnswerAt::Newest { .. } => Answered::NotWaiting,
            });
        };
        let (path, revision, asks_in) = (wait.path, wait.revision, wait.asks_in);
        if let Some(conversation) = asks_in {
            self.received(conversation, &answer)?;
        }
        self.envelope.take(Taken { path, revision, digest: digest(&answer) });
        let answer = match asks_in {
            Some(conversation) => self.with_country(conversation, path, answer)?,
            None => answer,
        };
        self.step(Wake::Answer { path, revision, answer }, Cause::Answer)?;
        Ok(Answered::Accepted(run))
    }

    /// A phone number as people of the project's country write it, in full; what else is answered stays as it is.
    fn with_country(&mut self, conversation: i64, path: u16, answer: Value) -> Result<Value, Trouble> {
        let (Some(country), Value::Text(text)) = (self.rules.country.as_deref(), &answer) else { return Ok(answer) };
        let Some(full) = phone(text, Some(country)) else { return Ok(answer) };
        let (run, prompts) = (self.row.id, self.desk.txn.prompts(conversation)?);
        let asks_phone =
            |prompt: &PromptRow| prompt.run == run && prompt.path == path && prompt.expects == Expects::Phone;
        Ok(if prompts.iter().any(asks_phone) { Value::text(full) } else { answer })
    }

    /// What a contact answered is a message like any other: it stands in the transcript, and whoever waits for messages
    /// hears of it, but for this run, which has taken it as the answer.
    fn received(&mut self, conversation: i64, what: &Value) -> Result<(), Trouble> {
        let (text, parts): (Arc<str>, _) = match what {
            Value::Text(text) => (text.clone(), Vec::new()),
            Value::File(file) => (file.name.clone(), vec![("file".into(), file.location.clone())]),
            _ => return Ok(()),
        };
        let at = self.desk.now;
        let run = self.row.id;
        let from = "contact".into();
        let mut row = MessageRow { conversation, number: 0, at, from, text: text.clone(), parts, run, flow: 0 };
        self.desk.txn.add_message(&mut row)?;
        super::schedule::spoke(self.desk, conversation)?;
        let args = vec![Value::Int(conversation), Value::Text(text)];
        if let Some(Written::New(number)) = self.desk.raise_event(RECEIVED, args, None)?
            && let Some(floor) = self.envelope.use_up(number)
        {
            self.row.floor = self.row.floor.max(floor);
        }
        if let Some(happened) = self.desk.happened.last_mut() {
            // Whoever asked has it: no other flow begins with it.
            happened.taken = true;
        }
        Ok(())
    }

    /// A prompt as it is kept.
    pub(super) fn prompt_row(&self, prompt: &Prompt) -> PromptRow {
        PromptRow {
            conversation: prompt.conversation,
            seq: 0,
            run: self.row.id,
            path: prompt.path,
            revision: prompt.revision,
            at: self.desk.now,
            text: prompt.text.clone(),
            options: prompt.options.clone(),
            expects: prompt.expects,
        }
    }

    /// Takes the prompts off that nobody waits for any more, and shows the new ones.
    pub fn store_prompts(&mut self) -> Result<(), Trouble> {
        if self.stands() {
            return Ok(());
        }
        for (conversation, path, revision) in std::mem::take(&mut self.asks_before) {
            let still = self
                .waits
                .iter()
                .any(|wait| wait.path == path && wait.revision == revision && wait.asks_in == Some(conversation));
            if !still {
                self.desk.txn.remove_prompt(conversation, self.row.id, path)?;
            }
        }
        for prompt in std::mem::take(&mut self.prompts) {
            let mut row = self.prompt_row(&prompt);
            self.desk.txn.show_prompt(&mut row)?;
            let mut said = MessageRow {
                conversation: prompt.conversation,
                number: 0,
                at: self.desk.now,
                from: "flow".into(),
                text: prompt.text.clone(),
                parts: prompt
                    .refused
                    .map(|fits| ("refused".into(), fits))
                    .into_iter()
                    .chain(prompt.options.iter().map(|label| ("option".into(), label.clone())))
                    .collect(),
                run: self.row.id,
                flow: self.row.flow,
            };
            self.desk.txn.add_message(&mut said)?;
            super::schedule::spoke(self.desk, prompt.conversation)?;
            self.desk.talks(prompt.conversation);
            self.desk.did.push((prompt.effect, Did::Asked(prompt.text)));
        }
        Ok(())
    }
}
