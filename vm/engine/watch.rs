//! Following a run and the conversation it talks in: for a terminal, a web page, a command that waits.

use super::error::EngineError;
use super::handle::Engine;
use super::read::{self, Programs};
use super::view::{Cursor, RunId, RunStatus, Said, Watched};
use super::writer::store_error;
use crate::store::{IntentState, NameClass, Read, RunRow, RunStatus as Stored, StoreResult};
use flow_bytecode::Value;
use std::time::Duration;

/// How long to wait for news before looking at the clock again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Messages shown in one go.
const MESSAGES_MAX: usize = 200;

/// What is new since the cursor; waits for it.
pub(super) fn watch(engine: &Engine, run: RunId, since: Cursor, patience: Duration) -> Result<Watched, EngineError> {
    let mut left = patience;
    let inner = engine.inner();
    let mut watching = inner.shared.watch();
    loop {
        let now = inner.clock.now_us();
        let looked = inner.readers.read(|read| look(read, run, since, now));
        let mut watched = looked.map_err(|error| store_error(&error))?.ok_or(EngineError::UnknownRun { run })?;
        // At rest on disk, but what has just been committed may have left a wake for it in memory.
        if watched.at_rest && !watched.run.status.is_over() && !engine.is_quiet(run.0)? {
            watched.at_rest = false;
        }
        let news = !watched.messages.is_empty() || watched.cursor.revision != since.revision;
        if news || watched.at_rest {
            return Ok(watched);
        }
        if left.is_zero() {
            return Ok(watched);
        }
        // A moment that comes makes no commit by itself: look again now and then. Patience is counted in waits, so that it
        // ends also where the clock stands still.
        let slice = left.min(LOOK_AGAIN);
        let used = if watching.wait(slice) { Duration::from_millis(1) } else { slice };
        left = left.saturating_sub(used);
    }
}

fn look(read: &mut dyn Read, run: RunId, since: Cursor, now: i64) -> StoreResult<Option<Watched>> {
    let Some(row) = read.run(run.0)? else { return Ok(None) };
    let mut programs = Programs::default();
    let view = read::view(read, &mut programs, &row)?;
    let conversation = match row.asks_in {
        Some(conversation) => Some(conversation),
        None => talks_in(read, &row)?,
    };
    let mut messages = Vec::new();
    let mut prompt = None;
    if let Some(conversation) = conversation {
        for message in read.messages(conversation, None, MESSAGES_MAX)? {
            if message.number <= since.message || message.at < row.created_at {
                break;
            }
            // What another run says in the same conversation is that run's.
            if message.run != 0 && message.run != row.id {
                continue;
            }
            let said = Said { from: message.from, text: message.text, parts: message.parts, at: message.at };
            messages.push((message.number, said));
        }
        messages.reverse();
        let loaded = programs.get(read, row.program)?;
        prompt = read::prompts(read, loaded.as_deref(), conversation, None)?.into_iter().next();
        if prompt.as_ref().is_some_and(|prompt| prompt.token.run == run) {
            prompt = read::prompts(read, loaded.as_deref(), conversation, Some(&row))?.into_iter().next();
        }
    }
    let at_rest = match view.status {
        RunStatus::Running => false,
        RunStatus::Waiting => row.due.is_none_or(|due| due > now),
        RunStatus::InDoubt => read.intents_of(run.0)?.iter().all(|intent| intent.state == IntentState::InDoubt),
        _ => true,
    };
    let cursor =
        Cursor { message: messages.last().map_or(since.message, |(number, _)| *number), revision: row.revision };
    Ok(Some(Watched { cursor, run: view, conversation, messages, prompt, at_rest }))
}

/// The conversation a run talks in when it asks nothing: the one it is about, or the newest of its contact's that it has
/// said something in.
fn talks_in(read: &mut dyn Read, row: &RunRow) -> StoreResult<Option<i64>> {
    let Some(subject) = row.subject else { return Ok(None) };
    let entity = read.name(NameClass::Entity, subject.kind)?;
    if &*entity == "Conversation" {
        return Ok(Some(subject.id));
    }
    if &*entity != "Contact" || row.status == Stored::Quarantined {
        return Ok(None);
    }
    let entities = read.entities();
    let Some(conversations) = entities.iter().find(|entity| &*entity.def.name == "Conversation") else {
        return Ok(None);
    };
    let indexed = conversations.field("contact").and_then(|at| conversations.def.fields.get(at));
    if !indexed.is_some_and(|field| field.indexed) {
        return Ok(None);
    }
    let found = read.find(conversations.kind, "contact", &Value::Int(subject.id), 1_000)?;
    for conversation in found.into_iter().rev() {
        let said = read.messages(conversation, None, MESSAGES_MAX)?;
        if said.iter().any(|message| message.run == row.id) {
            return Ok(Some(conversation));
        }
    }
    Ok(None)
}
