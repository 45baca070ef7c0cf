//! What was written about a record, and said in a conversation.

use super::error::EngineError;
use super::view::{History, NoteView, RunId, Said};
use super::writer::store_error;
use crate::store::sqlite::Readers;
use crate::store::{MessageRow, NameClass, Read, StoreResult, Subject};

/// The newest so many notes and messages of one record.
const SHOWN_MAX: usize = 200;

/// What was written about a record.
pub(super) fn history(readers: &Readers, entity: &str, id: i64) -> Result<History, EngineError> {
    let found = readers.read(|read| {
        let entities = read.entities();
        let Some(entity) = entities.iter().find(|known| &*known.def.name == entity) else { return Ok(None) };
        let mut notes = read.notes(Subject { kind: entity.kind, id }, SHOWN_MAX)?;
        notes.reverse();
        let notes = notes.into_iter().map(|note| {
            let run = (note.run != 0).then_some(RunId(note.run));
            NoteView { at: note.at, run, text: note.text }
        });
        let mut messages = Vec::new();
        if &*entity.def.name == "Conversation" {
            for message in read.messages(id, None, SHOWN_MAX)? {
                messages.push(said(read, message)?);
            }
            messages.reverse();
        }
        Ok(Some(History { notes: notes.collect(), messages }))
    });
    match found {
        Ok(Some(history)) => Ok(history),
        Ok(None) => Err(EngineError::Refused { message: format!("the workspace has no `{entity}`") }),
        Err(error) => Err(store_error(&error)),
    }
}

/// A message as it is shown.
pub(super) fn said(read: &mut dyn Read, message: MessageRow) -> StoreResult<Said> {
    let flow = if message.flow == 0 { None } else { Some(read.name(NameClass::Flow, message.flow)?) };
    let MessageRow { from, text, parts, at, conversation, .. } = message;
    Ok(Said { from, text, parts, at, conversation, flow })
}
