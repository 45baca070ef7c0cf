//! What was written about a record, and said in a conversation.

use super::error::EngineError;
use super::view::{History, NoteOn, NoteView, Numbered, RunId, Said};
use super::writer::store_error;
use crate::store::sqlite::Readers;
use crate::store::{MessageRow, NameClass, NoteRow, Read, StoreResult, Subject};

/// The newest so many notes and messages of one record.
const SHOWN_MAX: usize = 200;

/// What was written about a record.
pub(super) fn history(readers: &Readers, entity: &str, id: i64) -> Result<History, EngineError> {
    let found = readers.read(|read| {
        let entities = read.entities();
        let Some(entity) = entities.iter().find(|known| &*known.def.name == entity) else { return Ok(None) };
        let mut notes = read.notes(Subject { kind: entity.kind, id }, SHOWN_MAX)?;
        notes.reverse();
        let notes = notes.into_iter().map(shown);
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

/// Notes on every record, ascending.
pub(super) fn notes(readers: &Readers, after: i64, limit: usize) -> Result<Vec<NoteOn>, EngineError> {
    let found = readers.read(|read| {
        let entities = read.entities();
        let notes = read.notes_after(after, limit)?;
        let on = |note: NoteRow| {
            let entity = entities.iter().find(|known| known.kind == note.on.kind)?.def.name.clone();
            Some(NoteOn { id: note.id, entity, record: note.on.id, note: shown(note) })
        };
        Ok(notes.into_iter().filter_map(on).collect())
    });
    found.map_err(|error| store_error(&error))
}

/// Messages of every conversation, ascending.
pub(super) fn messages(readers: &Readers, after: (i64, i64), limit: usize) -> Result<Vec<Numbered>, EngineError> {
    let found = readers.read(|read| {
        let messages = read.messages_after(after, limit)?;
        messages.into_iter().map(|row| Ok(Numbered { number: row.number, said: said(read, row)? })).collect()
    });
    found.map_err(|error| store_error(&error))
}

/// A note as it is shown.
fn shown(note: NoteRow) -> NoteView {
    NoteView { at: note.at, run: (note.run != 0).then_some(RunId(note.run)), text: note.text }
}

/// A message as it is shown.
pub(super) fn said(read: &mut dyn Read, message: MessageRow) -> StoreResult<Said> {
    let flow = if message.flow == 0 { None } else { Some(read.name(NameClass::Flow, message.flow)?) };
    let MessageRow { from, text, parts, at, conversation, .. } = message;
    Ok(Said { from, text, parts, at, conversation, flow })
}
