//! What identified a contact earlier: kept when it is written over, until the contact is erased, so that it can be found then.

use super::desk::Desk;
use super::erase::{gather, identifies};
use crate::store::{Entity, StoreResult};
use flow_bytecode::Value;

/// Earlier values of one contact that are kept, at most: the first.
const KEPT_MAX: usize = 1_000;

fn name(contact: i64) -> String {
    format!("former.{contact}")
}

fn kept(desk: &mut Desk, contact: i64) -> StoreResult<Vec<String>> {
    let bytes = desk.txn.setting(&name(contact))?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// Keeps what a field of a contact held before, where it identifies.
pub(super) fn keep(desk: &mut Desk, entity: &Entity, id: i64, position: usize, before: &Value) -> StoreResult<()> {
    let field = entity.def.fields.get(position);
    if &*entity.def.name != "Contact" || !field.is_some_and(|field| identifies(&field.name, &field.ty)) {
        return Ok(());
    }
    let mut found = Vec::new();
    gather(before, &mut found);
    if found.is_empty() {
        return Ok(());
    }
    let mut words = kept(desk, id)?;
    let count = words.len();
    for word in found {
        if words.len() < KEPT_MAX && !words.contains(&word) {
            words.push(word);
        }
    }
    if words.len() == count {
        return Ok(());
    }
    // Texts: nothing of it cannot be written as JSON.
    desk.txn.put_setting(&name(id), &serde_json::to_vec(&words).unwrap_or_default())
}

/// The earlier values of a contact that is erased, and keeps them no longer. What is another contact's now stays out: it is
/// theirs.
pub(super) fn take(desk: &mut Desk, entity: &Entity, id: i64) -> StoreResult<Vec<String>> {
    let words = kept(desk, id)?;
    if words.is_empty() {
        return Ok(words);
    }
    desk.txn.put_setting(&name(id), b"")?;
    let mut own = Vec::new();
    for word in words {
        let mut others = false;
        for field in entity.def.fields.iter().filter(|field| field.indexed || field.unique) {
            if identifies(&field.name, &field.ty) {
                let found = desk.txn.find(entity.kind, &field.name, &Value::text(word.as_str()), 2)?;
                others |= found.iter().any(|other| *other != id);
            }
        }
        if !others {
            own.push(word);
        }
    }
    Ok(own)
}
