//! Looking through every row for somebody's words.

use super::core::{Core, rows, verify};
use super::crc::Crc;
use super::read::HasCore;
use super::txn::SqliteTxn;
use super::{finding, log, rules, texts};
use crate::store::erasure::{Erase, SearchIn, SearchPlace, Searched, Words};
use crate::store::{NameId, Record, StoreResult, Subject};
use flow_bytecode::Value;
use rusqlite::params;
use std::sync::Arc;

fn crc_of(id: i64, state: &[u8]) -> i64 {
    Crc::of(b'z').int(id).bytes(state).end()
}

impl Erase for SqliteTxn<'_> {
    fn put_erasure(&mut self, id: i64, state: &[u8]) -> StoreResult<i64> {
        let core = self.core_mut();
        let id = if id == 0 { core.next_id("erasures")? } else { id };
        let sql = "INSERT OR REPLACE INTO erasures (id, state, crc) VALUES (?1, ?2, ?3)";
        core.execute(sql, params![id, state, crc_of(id, state)])?;
        Ok(id)
    }

    fn rows_written(&self) -> u64 {
        self.core().conn.total_changes()
    }

    fn next_erasure(&mut self) -> StoreResult<Option<(i64, Vec<u8>)>> {
        let sql = "SELECT id, state, crc FROM erasures ORDER BY id LIMIT 1";
        self.core_mut().first_of("erasures", 0, sql, [], |row| {
            let (id, state): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            verify(row.get(2)?, crc_of(id, &state))?;
            Ok((id, state))
        })
    }

    fn delete_erasure(&mut self, id: i64) -> StoreResult<()> {
        self.core_mut().execute("DELETE FROM erasures WHERE id = ?1", [id]).map(drop)
    }

    fn runs_about(&mut self, subject: Subject, after: i64, limit: usize) -> StoreResult<Vec<i64>> {
        let sql = "SELECT id FROM runs WHERE subject_kind = ?1 AND subject = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
        let key = params![subject.kind, subject.id, after, rows(limit)];
        self.core_mut().list("runs", sql, key, |row| row.get(0))
    }

    fn delete_events(&mut self, subject: Subject, limit: usize) -> StoreResult<u64> {
        let sql = "DELETE FROM events WHERE number IN
                   (SELECT number FROM events WHERE subject_kind = ?1 AND subject = ?2 LIMIT ?3)";
        Ok(self.core_mut().execute(sql, params![subject.kind, subject.id, rows(limit)])? as u64)
    }

    fn mask_rows(&mut self, within: SearchIn, words: &Words, from: SearchPlace, limit: usize) -> StoreResult<Searched> {
        let core = self.core_mut();
        let mut page = Page { words, after: from.after, limit, found: Searched::default() };
        let (tables, count): (&[Look], usize) = match within {
            SearchIn::Living => (LIVING, LIVING.len() + core.catalog.entities.len()),
            SearchIn::Settled => (SETTLED, SETTLED.len()),
        };
        let seen = match tables.get(from.table) {
            Some(look) => look(core, &mut page)?,
            None => {
                let entity = core.catalog.entities.get(from.table.saturating_sub(tables.len()));
                let kind = entity.map(|entity| (entity.kind, entity.def.name.clone()));
                kind.map_or(Ok(0), |(kind, name)| page.records(core, kind, &name))?
            }
        };
        page.found.next = match () {
            () if seen == limit => Some(SearchPlace { table: from.table, after: page.after }),
            () if from.table + 1 < count => Some(SearchPlace { table: from.table + 1, after: START }),
            () => None,
        };
        Ok(page.found)
    }
}

/// Before the first row.
const START: (i64, i64) = (i64::MIN, i64::MIN);

/// Looks through the next rows of a table; returns how many there were.
type Look = fn(&mut Core, &mut Page<'_>) -> StoreResult<usize>;

/// Runs last: what they could have written by then is in the others, and is looked through again.
const LIVING: &[Look] = &[look_at_intents, look_at_inbox, look_at_prompts, look_at_goals, look_at_runs];
const SETTLED: &[Look] = &[look_at_events, look_at_journal, look_at_messages, look_at_notes, look_at_entries];

struct Page<'w> {
    words: &'w Words,
    after: (i64, i64),
    limit: usize,
    found: Searched,
}

impl Page<'_> {
    fn key(&self) -> (i64, i64, i64) {
        (self.after.0, self.after.1, rows(self.limit))
    }

    fn text(&mut self, text: &mut Arc<str>) -> bool {
        let masked = self.words.mask_text(text);
        masked.map(|masked| *text = masked.into()).is_some()
    }

    fn string(&mut self, text: &mut String) -> bool {
        let masked = self.words.mask_text(text);
        masked.map(|masked| *text = masked).is_some()
    }

    fn value(&mut self, value: &mut Value) -> bool {
        match value {
            Value::Text(text) => self.text(text),
            Value::List(items) | Value::Record(items) => {
                let mut copy = items.to_vec();
                let mut masked = false;
                for item in &mut copy {
                    masked |= self.value(item);
                }
                if masked {
                    *items = Arc::new(copy);
                }
                masked
            }
            Value::Map(pairs) => {
                let mut copy = pairs.to_vec();
                let mut masked = false;
                for (key, value) in &mut copy {
                    masked |= self.text(key) | self.value(value);
                }
                if masked {
                    *pairs = Arc::new(copy);
                }
                masked
            }
            _ => false,
        }
    }

    /// Records of an entity. Those of teammates stay as they are: who works here is no contact, also with the same address.
    fn records(&mut self, core: &mut Core, kind: NameId, name: &str) -> StoreResult<usize> {
        if name == "Teammate" {
            return Ok(0);
        }
        let records = core.records(kind, self.after.0, self.limit)?;
        let seen = records.len();
        for mut record in records {
            self.after = (record.id, 0);
            let mut changed = Vec::new();
            for (at, value) in record.values.iter_mut().enumerate() {
                if self.value(value) {
                    changed.push(at);
                }
            }
            let extra = self.extra(&mut record);
            if !changed.is_empty() || extra {
                if let Err(crate::store::StoreError::Taken { .. }) = core.put_record(kind, &record, &changed) {
                    // Somebody else's was masked the same.
                    for at in &changed {
                        record.values[*at] = Value::Null;
                    }
                    core.put_record(kind, &record, &changed)?;
                }
                self.found.records.push((kind, record.id));
            }
        }
        Ok(seen)
    }

    /// What older schemas knew.
    fn extra(&mut self, record: &mut Record) -> bool {
        let Ok(text) = serde_json::to_string(&record.extra) else { return false };
        let masked = self.words.mask_text(&text).and_then(|text| serde_json::from_str(&text).ok());
        masked.map(|masked| record.extra = masked).is_some()
    }
}

fn look_at_runs(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let (after, _, limit) = page.key();
    let sql = "SELECT id, snapshot, failure, result FROM runs WHERE id > ?1 ORDER BY id LIMIT ?2";
    type Found = (i64, Vec<u8>, Option<String>, Option<Vec<u8>>);
    let found: Vec<Found> =
        core.list("runs", sql, params![after, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let seen = found.len();
    for (id, mut snapshot, failure, result) in found {
        page.after = (id, 0);
        let said = failure.is_some_and(|text| page.words.mask_text(&text).is_some());
        let returned = result.is_some_and(|mut bytes| page.words.mask(&mut bytes));
        if page.words.mask(&mut snapshot) || said || returned {
            page.found.runs.push(id);
        }
    }
    Ok(seen)
}

fn look_at_intents(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let found = core.intents_after((page.after.0, u16::try_from(page.after.1.max(0)).unwrap_or(0)), page.limit)?;
    let seen = found.len();
    for intent in found {
        let Ok(mut intent) = intent else { continue };
        page.after = (intent.run, intent.path.into());
        // One that is being sent is on its way; its row goes with its outcome.
        let mut request = intent.request.to_vec();
        if page.words.mask(&mut request) | page.text(&mut intent.destination) {
            intent.request = request.into();
            core.put_intent(&intent)?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

fn look_at_inbox(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let (after, _, limit) = page.key();
    let sql = "SELECT id, run, at, taken, source, delivery, payload, crc FROM inbox WHERE id > ?1 ORDER BY id LIMIT ?2";
    let found =
        core.list("inbox", sql, params![after, limit], |row| Ok((log::read_inbox(row)?, row.get::<_, i64>(3)?)))?;
    let seen = found.len();
    for (mut row, taken) in found {
        page.after = (row.id, 0);
        let mut masked = page.words.mask(&mut row.payload);
        if let Some(delivery) = &mut row.delivery {
            masked |= page.string(&mut delivery.id);
        }
        if masked {
            let sql = "UPDATE OR IGNORE inbox SET payload = ?2, delivery = ?3, crc = ?4 WHERE id = ?1";
            let delivery = row.delivery.as_ref().map(|delivery| &delivery.id);
            core.execute(sql, params![row.id, row.payload, delivery, log::inbox_crc(&row, taken != 0)])?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

fn look_at_prompts(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let sql = "SELECT conversation, seq, run, path, revision, at, expects, options, text, crc FROM prompts
               WHERE (conversation, seq) > (?1, ?2) ORDER BY conversation, seq LIMIT ?3";
    let found = core.list("prompts", sql, page.key(), finding::read_prompt)?;
    let seen = found.len();
    for mut prompt in found {
        page.after = (prompt.conversation, prompt.seq);
        let mut masked = page.text(&mut prompt.text);
        for option in &mut prompt.options {
            masked |= page.text(option);
        }
        if masked {
            core.put_prompt(&prompt)?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

fn look_at_goals(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let (after, _, limit) = page.key();
    let found =
        core.list("goals", "SELECT * FROM goals WHERE run > ?1 ORDER BY run LIMIT ?2", params![after, limit], |row| {
            rules::read_goal(row)
        })?;
    let seen = found.len();
    for mut goal in found {
        page.after = (goal.run, 0);
        if page.words.mask(&mut goal.args) {
            let sql = "UPDATE goals SET args = ?2, crc = ?3 WHERE run = ?1";
            core.execute(sql, params![goal.run, goal.args, rules::goal_crc(&goal)])?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

fn look_at_events(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let (after, _, limit) = page.key();
    let sql = "SELECT number, kind, subject_kind, subject, at, source, delivery, args, crc FROM events
               WHERE number > ?1 ORDER BY number LIMIT ?2";
    let found = core.list("events", sql, params![after, limit], log::read_event)?;
    let seen = found.len();
    for mut event in found {
        page.after = (event.number, 0);
        let mut masked = page.words.mask(&mut event.args);
        if let Some(delivery) = &mut event.delivery {
            masked |= page.string(&mut delivery.id);
        }
        if masked {
            let sql = "UPDATE OR IGNORE events SET args = ?2, delivery = ?3, crc = ?4 WHERE number = ?1";
            let delivery = event.delivery.as_ref().map(|delivery| &delivery.id);
            core.execute(sql, params![event.number, event.args, delivery, log::event_crc(&event)])?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

fn look_at_journal(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let (after, _, limit) = page.key();
    let sql = "SELECT id, run, prev, at, payload, crc FROM journal WHERE id > ?1 ORDER BY id LIMIT ?2";
    let found = core.list("journal", sql, params![after, limit], log::read_journal)?;
    let seen = found.len();
    for mut row in found {
        page.after = (row.id, 0);
        if page.words.mask(&mut row.payload) {
            let sql = "UPDATE journal SET payload = ?2, crc = ?3 WHERE id = ?1";
            core.execute(sql, params![row.id, row.payload, log::journal_crc(&row)])?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

fn look_at_messages(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let sql = "SELECT conversation, number, at, run, flow, sender, text, parts, crc FROM messages
               WHERE (conversation, number) > (?1, ?2) ORDER BY conversation, number LIMIT ?3";
    let found = core.list("messages", sql, page.key(), texts::read_message)?;
    let seen = found.len();
    for mut message in found {
        page.after = (message.conversation, message.number);
        let mut masked = page.text(&mut message.text);
        for (_, value) in &mut message.parts {
            masked |= page.text(value);
        }
        if masked {
            core.put_message(&message)?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

fn look_at_notes(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let (after, _, limit) = page.key();
    let sql = "SELECT id, kind, record, at, run, text, crc FROM notes WHERE id > ?1 ORDER BY id LIMIT ?2";
    let found = core.list("notes", sql, params![after, limit], texts::read_note)?;
    let seen = found.len();
    for mut note in found {
        page.after = (note.id, 0);
        if page.text(&mut note.text) {
            let sql = "UPDATE notes SET text = ?2, crc = ?3 WHERE id = ?1";
            core.execute(sql, params![note.id, &*note.text, texts::note_crc(&note)])?;
            page.found.masked += 1;
        }
    }
    Ok(seen)
}

/// Entries into flows that are once per something: those known by a word are forgotten. All at once: few are texts.
fn look_at_entries(core: &mut Core, page: &mut Page<'_>) -> StoreResult<usize> {
    let found: Vec<(i64, String)> =
        core.list("entries", "SELECT flow, key FROM entries WHERE key LIKE '%\"%'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    for (flow, key) in found {
        if page.words.mask_text(&key).is_some() {
            core.execute("DELETE FROM entries WHERE flow = ?1 AND key = ?2", params![flow, key])?;
            page.found.masked += 1;
        }
    }
    Ok(0)
}
