//! What is written down without anybody being told: records, and messages and notes that were made elsewhere.

use super::desk::{Desk, position};
use crate::action::{ActionError, Past};
use crate::store::{Entity, MessageRow, NameClass, NoteRow, StoreResult, Subject};
use flow_bytecode::Value;

/// Inserts a record; fields not given take their defaults.
pub(super) fn record(desk: &mut Desk, entity: &Entity, fields: Vec<(&str, Value)>) -> Result<i64, ActionError> {
    let mut values: Vec<Value> = entity.def.fields.iter().map(|field| field.default.clone()).collect();
    for (name, value) in fields {
        values[position(entity, name)?] = value;
    }
    let inserted = desk.txn.insert_record(entity.kind, &values);
    inserted.map_err(|error| desk.trouble(error))
}

/// Appends a message, unless it is there: at its number, else anywhere. Whether it is new.
pub(super) fn message(desk: &mut Desk, conversation: i64, past: Past) -> StoreResult<bool> {
    let Past { number, at, flow, message } = past;
    let same = |row: &MessageRow| {
        at.is_none_or(|at| at == row.at)
            && row.from == message.from
            && row.text.trim() == message.text.trim()
            && row.parts == message.parts
    };
    let last = desk.txn.messages(conversation, None, 1)?.first().map_or(0, |row| row.number);
    // The next of those that are there is looked for nowhere: of equal ones said at one moment none is lost.
    if number.is_none_or(|number| number != last + 1) {
        let there = match number {
            Some(number) => desk.txn.messages(conversation, number.checked_add(1), 1)?,
            None => Vec::new(),
        };
        if there.iter().any(|row| Some(row.number) == number && same(row))
            || desk.txn.messages(conversation, None, usize::MAX >> 1)?.iter().any(same)
        {
            return Ok(false);
        }
    }
    let flow = match flow {
        Some(flow) => desk.txn.intern(NameClass::Flow, &flow)?,
        None => 0,
    };
    let at = at.unwrap_or(desk.now);
    let (from, text, parts) = (message.from, message.text, message.parts);
    desk.txn.add_message(&mut MessageRow { conversation, number: 0, at, from, text, parts, run: 0, flow })?;
    Ok(true)
}

/// Whether a record has a note.
pub(super) fn has_note(desk: &mut Desk, on: Subject, at: Option<i64>, text: &str) -> StoreResult<bool> {
    let same = |row: &NoteRow| at.is_none_or(|at| at == row.at) && row.text.trim() == text.trim();
    Ok(desk.txn.notes(on, usize::MAX >> 1)?.iter().any(same))
}

/// Adds a note, unless the record has it. Whether it is new.
pub(super) fn note(desk: &mut Desk, on: Subject, at: Option<i64>, text: &str) -> StoreResult<bool> {
    if has_note(desk, on, at, text)? {
        return Ok(false);
    }
    desk.txn.add_note(&mut NoteRow { id: 0, on, at: at.unwrap_or(desk.now), run: 0, text: text.into() })?;
    Ok(true)
}
