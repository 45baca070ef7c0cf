//! Records decoded once and written once: a step reads and writes them here, and what changed goes to the store when the
//! batch commits. One writer owns the database, so what was read stays true until it is written here.

use crate::store::{NameId, Record, StoreError, Txn};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Records kept between batches, at most.
const KEPT_MAX: usize = 4096;

/// A record of an entity.
pub(super) type Key = (NameId, i64);

#[derive(Default)]
pub(super) struct Records {
    known: HashMap<Key, Known, BuildHasherDefault<Ids>>,
    /// Those with changes not yet written, in order of their first.
    dirty: Vec<Key>,
}

struct Known {
    record: Record,
    /// Positions written since the record was last stored, ascending.
    changed: Vec<usize>,
}

impl Records {
    /// The record as this transaction sees it.
    pub fn get(&mut self, txn: &mut dyn Txn, key: Key) -> Result<Option<&Record>, StoreError> {
        if let std::collections::hash_map::Entry::Vacant(e) = self.known.entry(key) {
            let Some(record) = txn.record(key.0, key.1)? else { return Ok(None) };
            e.insert(Known { record, changed: Vec::new() });
        }
        Ok(self.known.get(&key).map(|known| &known.record))
    }

    /// Writes a field of a record that [`Records::get`] has found. Returns the value it had.
    pub fn set(&mut self, key: Key, position: usize, value: flow_bytecode::Value) -> Option<flow_bytecode::Value> {
        let known = self.known.get_mut(&key)?;
        let slot = known.record.values.get_mut(position)?;
        let before = std::mem::replace(slot, value);
        if known.changed.is_empty() {
            self.dirty.push(key);
        }
        if let Err(at) = known.changed.binary_search(&position) {
            known.changed.insert(at, position);
        }
        Some(before)
    }

    /// Writes one record now, so that its unique values are checked.
    pub fn flush_one(&mut self, txn: &mut dyn Txn, key: Key) -> Result<(), StoreError> {
        let Some(known) = self.known.get_mut(&key) else { return Ok(()) };
        if known.changed.is_empty() {
            return Ok(());
        }
        txn.put_record(key.0, &known.record, &known.changed)?;
        known.changed.clear();
        self.dirty.retain(|other| *other != key);
        Ok(())
    }

    /// Takes back one change that was not stored.
    pub fn undo(&mut self, key: Key, position: usize, before: flow_bytecode::Value) {
        if let Some(known) = self.known.get_mut(&key) {
            if let Some(slot) = known.record.values.get_mut(position) {
                *slot = before;
            }
            known.changed.retain(|other| *other != position);
            if known.changed.is_empty() {
                self.dirty.retain(|other| *other != key);
            }
        }
    }

    /// Reads a record anew the next time, whatever was not stored yet.
    pub fn forget(&mut self, key: Key) {
        self.known.remove(&key);
        self.dirty.retain(|other| *other != key);
    }

    /// Writes everything that changed, neighbours together.
    pub fn flush(&mut self, txn: &mut dyn Txn) -> Result<(), StoreError> {
        if self.dirty.is_empty() {
            return Ok(());
        }
        self.dirty.sort_unstable();
        for key in std::mem::take(&mut self.dirty) {
            if let Some(known) = self.known.get_mut(&key) {
                txn.put_record(key.0, &known.record, &known.changed)?;
                known.changed.clear();
            }
        }
        Ok(())
    }

    /// After a commit: keeps the memory bounded.
    pub fn trim(&mut self) {
        if self.known.len() > KEPT_MAX {
            self.known.clear();
        }
    }
}

/// Mixes two ids; they are ours, so nobody can choose them to collide.
#[derive(Default)]
pub(super) struct Ids(u64);

impl Hasher for Ids {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = (self.0.rotate_left(5) ^ id).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_i64(&mut self, id: i64) {
        self.write_u64(id as u64);
    }

    fn write_u32(&mut self, id: u32) {
        self.write_u64(id.into());
    }

    fn write_u16(&mut self, id: u16) {
        self.write_u64(id.into());
    }
}
