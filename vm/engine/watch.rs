//! Following a run and the conversations it talks in: for a terminal, a web page, a command that waits.

use super::envelope::{self, Stored};
use super::error::EngineError;
use super::handle::Engine;
use super::history::said;
use super::read::{self, Programs};
use super::view::{Cursor, RunId, RunStatus, Watched};
use super::writer::store_error;
use crate::store::RunStatus as RowStatus;
use crate::store::{IntentState, NameClass, Read, RunFilter, RunRow, StoreResult, Subject};
use std::time::Duration;

/// How long to wait for news before looking at the clock again.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Messages shown in one go.
const MESSAGES_MAX: usize = 200;
/// Other runs looked at in one conversation.
const OTHERS_MAX: usize = 16;

/// What is new since the cursor; waits for it.
pub(super) fn watch(engine: &Engine, run: RunId, since: &Cursor, patience: Duration) -> Result<Watched, EngineError> {
    let mut left = patience;
    let inner = engine.inner();
    let mut watching = inner.shared.watch();
    loop {
        let now = inner.clock.now_us();
        let looked = inner.readers.read(|read| look(read, run, since, now));
        let looked = looked.map_err(|error| store_error(&error))?.ok_or(EngineError::UnknownRun { run })?;
        let (mut watched, others) = looked;
        // At rest on disk, but what has just been committed may have left a wake for it in memory.
        if watched.at_rest && !watched.run.status.is_over() && !engine.is_quiet(run.0)? {
            watched.at_rest = false;
        }
        if since.whole && !watched.stirring {
            for other in others {
                watched.stirring |= !engine.is_quiet(other)?;
            }
        }
        let news = !watched.messages.is_empty() || watched.cursor.revision != since.revision;
        if news || (watched.at_rest && !watched.stirring) {
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

/// What is to be seen of a run, and the other runs about its conversations where the whole is to be seen.
fn look(read: &mut dyn Read, run: RunId, since: &Cursor, now: i64) -> StoreResult<Option<(Watched, Vec<i64>)>> {
    let Some(row) = read.run(run.0)? else { return Ok(None) };
    let mut programs = Programs::default();
    let view = read::view(read, &mut programs, &row, now)?;
    let mut conversations = talks_in(read, &row)?;
    if since.whole {
        // A run that is over has forgotten where it talked.
        let seen = since.messages.iter().map(|(conversation, _)| *conversation);
        conversations.extend(seen.filter(|seen| !conversations.contains(seen)).collect::<Vec<_>>());
    }
    let mut cursor = Cursor { revision: row.revision, ..since.clone() };
    let mut messages = Vec::new();
    let mut prompts = Vec::new();
    let loaded = programs.get(read, row.program)?;
    for conversation in &conversations {
        let first = messages.len();
        for message in read.messages(*conversation, None, MESSAGES_MAX)? {
            if message.number <= since.seen(*conversation) || message.at < row.created_at {
                break;
            }
            // What another run says in the same conversation is that run's.
            if !since.whole && message.run != 0 && message.run != row.id {
                continue;
            }
            cursor.see(*conversation, message.number);
            messages.push((message.number, said(read, message)?));
        }
        if let Some(said) = messages.get_mut(first..) {
            said.reverse();
        }
        let newest = read::prompts(read, None, *conversation, None)?.into_iter().next();
        let Some(asker) = newest.map(|prompt| prompt.token.run) else { continue };
        if asker == run {
            prompts.extend(read::prompts(read, loaded.as_deref(), *conversation, Some(&row))?.into_iter().next());
        } else if since.whole
            && let Some(asker) = read.run(asker.0)?
        {
            let loaded = programs.get(read, asker.program)?;
            prompts.extend(read::prompts(read, loaded.as_deref(), *conversation, Some(&asker))?.into_iter().next());
        }
    }
    let others = if since.whole { runs_about(read, &conversations, row.id)? } else { Vec::new() };
    let stirring =
        others.iter().any(|other| other.status == RowStatus::Ready || other.due.is_some_and(|due| due <= now));
    // Within one step what was said in one conversation stays together.
    messages.sort_by_key(|(_, said)| said.at);
    prompts.sort_by_key(|prompt| prompt.token.revision);
    let at_rest = match view.status {
        RunStatus::Running => false,
        RunStatus::Waiting => row.due.is_none_or(|due| due > now),
        RunStatus::InDoubt => read.intents_of(run.0)?.iter().all(|intent| intent.state == IntentState::InDoubt),
        _ => true,
    };
    let others = others.iter().map(|other| other.id).collect();
    Ok(Some((Watched { cursor, run: view, conversations, messages, prompts, stirring, at_rest }, others)))
}

/// Other live runs about these conversations, the newest first.
fn runs_about(read: &mut dyn Read, conversations: &[i64], run: i64) -> StoreResult<Vec<RunRow>> {
    let Some(kind) = read.find_name(NameClass::Entity, "Conversation")? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for id in conversations {
        let filter = RunFilter {
            status: vec![RowStatus::Ready, RowStatus::Waiting],
            subject: Some(Subject { kind, id: *id }),
            limit: OTHERS_MAX,
            ..RunFilter::default()
        };
        found.extend(read.runs(&filter)?.into_iter().filter(|row| row.id != run));
    }
    Ok(found)
}

/// The conversations a run talks in: the one it is about, and those it has noted.
pub(super) fn talks_in(read: &mut dyn Read, row: &RunRow) -> StoreResult<Vec<i64>> {
    let mut conversations = Vec::new();
    if let Some(subject) = row.subject
        && &*read.name(NameClass::Entity, subject.kind)? == "Conversation"
    {
        conversations.push(subject.id);
    }
    if let Some(Stored::Suspended { envelope, .. }) = envelope::open(&row.snapshot) {
        conversations.extend(envelope.talks);
    }
    Ok(conversations)
}
