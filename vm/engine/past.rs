//! What contacts have done: when each last had an event that flows ask about.

use super::desk::Desk;
use crate::store::{NameClass, NameId, StoreResult, Subject};
use flow_bytecode::Value;
use flow_bytecode::schema::event_word;

/// Notes an event about a contact, or about something of a contact's.
pub(super) fn note(desk: &mut Desk, event: NameId, subject: Subject) -> StoreResult<()> {
    let entities = desk.txn.entities();
    let Some(entity) = entities.iter().find(|entity| entity.kind == subject.kind) else { return Ok(()) };
    let contact = match &*entity.def.name {
        "Contact" => Some(subject.id),
        _ => match entity.field("contact") {
            // One that is gone has done nothing any more.
            Some(position) => desk.read(entity, subject.id, position).ok().and_then(Value::as_int),
            None => None,
        },
    };
    let Some(contact) = contact else { return Ok(()) };
    desk.txn.put_done(contact, event, desk.now)?;
    // What a contact has done is as good as a property: whoever looks at it looks again.
    match entities.iter().find(|entity| &*entity.def.name == "Contact") {
        Some(entity) => desk.look_again(Subject { kind: entity.kind, id: contact }),
        None => Ok(()),
    }
}

/// When a contact last had an event; its name with dots, or with `_` in their place.
pub(super) fn done_at(desk: &mut Desk, contact: i64, event: &str) -> StoreResult<Option<i64>> {
    let schema = desk.memory.schema(&mut *desk.txn)?;
    let Some(event) = schema.events.iter().find(|known| event_word(&known.name) == event_word(event)) else {
        return Ok(None);
    };
    match desk.txn.find_name(NameClass::Event, &event.name)? {
        Some(event) => desk.txn.done_at(contact, event),
        None => Ok(None),
    }
}
