//! What is only ever appended: the journal, events, and the inbox.

use super::core::{Core, damaged, rows, verify};
use super::crc::Crc;
use crate::store::{Delivery, EventRow, InboxRow, JournalRow, NameId, StoreResult, Subject, Written};
use rusqlite::{Row, params};

pub(super) fn journal_crc(row: &JournalRow) -> i64 {
    Crc::of(b'j').int(row.id).int(row.run).int(row.prev).int(row.at).bytes(&row.payload).end()
}

/// Reads a journal row, columns in order of the table.
pub(super) fn read_journal(row: &Row<'_>) -> rusqlite::Result<JournalRow> {
    let journal =
        JournalRow { id: row.get(0)?, run: row.get(1)?, prev: row.get(2)?, at: row.get(3)?, payload: row.get(4)? };
    verify(row.get(5)?, journal_crc(&journal))?;
    Ok(journal)
}

fn delivery_of(source: Option<NameId>, id: Option<String>) -> rusqlite::Result<Option<Delivery>> {
    match (source, id) {
        (Some(source), Some(id)) => Ok(Some(Delivery { source, id })),
        (None, None) => Ok(None),
        _ => Err(damaged("half of its delivery is missing")),
    }
}

fn with_delivery(crc: Crc, delivery: Option<&Delivery>) -> Crc {
    crc.opt(delivery.map(|delivery| delivery.source)).text(delivery.map_or("", |delivery| &delivery.id))
}

pub(super) fn event_crc(event: &EventRow) -> i64 {
    let crc = Crc::of(b'e')
        .int(event.number)
        .int(event.kind)
        .opt(event.subject.map(|subject| subject.kind))
        .opt(event.subject.map(|subject| subject.id))
        .int(event.at)
        .bytes(&event.args);
    with_delivery(crc, event.delivery.as_ref()).end()
}

/// Reads an event, columns in order of the table.
pub(super) fn read_event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let subject = match (row.get(2)?, row.get(3)?) {
        (Some(kind), Some(id)) => Some(Subject { kind, id }),
        (None, None) => None,
        _ => return Err(damaged("half of its subject is missing")),
    };
    let event = EventRow {
        number: row.get(0)?,
        kind: row.get(1)?,
        subject,
        at: row.get(4)?,
        delivery: delivery_of(row.get(5)?, row.get(6)?)?,
        args: row.get(7)?,
    };
    verify(row.get(8)?, event_crc(&event))?;
    Ok(event)
}

pub(super) fn inbox_crc(row: &InboxRow, taken: bool) -> i64 {
    let crc = Crc::of(b'b').int(row.id).int(row.run).int(row.at).int(taken.into()).bytes(&row.payload);
    with_delivery(crc, row.delivery.as_ref()).end()
}

/// Reads an inbox row, columns in order of the table.
pub(super) fn read_inbox(row: &Row<'_>) -> rusqlite::Result<InboxRow> {
    let inbox = InboxRow {
        id: row.get(0)?,
        run: row.get(1)?,
        at: row.get(2)?,
        delivery: delivery_of(row.get(4)?, row.get(5)?)?,
        payload: row.get(6)?,
    };
    verify(row.get(7)?, inbox_crc(&inbox, row.get::<_, i64>(3)? != 0))?;
    Ok(inbox)
}

impl Core {
    pub(super) fn append_journal(&mut self, run: i64, prev: i64, at: i64, payload: &[u8]) -> StoreResult<i64> {
        let id = self.next_id("journal")?;
        let crc = Crc::of(b'j').int(id).int(run).int(prev).int(at).bytes(payload).end();
        self.execute(
            "INSERT INTO journal (id, run, prev, at, payload, crc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![id, run, prev, at, payload, crc],
        )?;
        Ok(id)
    }

    pub(super) fn timeline(&mut self, run: i64, from: i64, limit: usize) -> StoreResult<Vec<JournalRow>> {
        let mut rows: Vec<JournalRow> = Vec::new();
        let mut at = from;
        while at > 0 && rows.len() < limit {
            let sql = "SELECT id, run, prev, at, payload, crc FROM journal WHERE id = ?1";
            let Some(row) = self.first_of("journal", at, sql, [at], read_journal)? else { break };
            // The chain only ever leads back and stays with its run; anything else is damage and must not go round for ever.
            if row.run != run || row.prev >= row.id {
                return Err(self.row_error("journal", at, damaged("its chain is broken")));
            }
            at = row.prev;
            rows.push(row);
        }
        Ok(rows)
    }

    pub(super) fn erase_journal(&mut self, run: i64, from: i64) -> StoreResult<u64> {
        let rows = self.timeline(run, from, usize::MAX)?;
        for mut row in rows.iter().cloned() {
            row.payload.clear();
            let crc = journal_crc(&row);
            self.execute("UPDATE journal SET payload = x'', crc = ?2 WHERE id = ?1", params![row.id, crc])?;
        }
        Ok(rows.len() as u64)
    }

    pub(super) fn last_event(&mut self) -> StoreResult<i64> {
        self.last_id("events")
    }

    pub(super) fn events_since(
        &mut self,
        floor: i64,
        kinds: &[NameId],
        subject: Option<Subject>,
    ) -> StoreResult<Vec<EventRow>> {
        const COLUMNS: &str = "SELECT number, kind, subject_kind, subject, at, source, delivery, args, crc FROM events";
        let events = match subject {
            Some(subject) => {
                let sql = format!("{COLUMNS} WHERE subject_kind = ?1 AND subject = ?2 AND number > ?3 ORDER BY number");
                self.list("events", &sql, [subject.kind, subject.id, floor], read_event)?
            }
            None => {
                self.list("events", &format!("{COLUMNS} WHERE number > ?1 ORDER BY number"), [floor], read_event)?
            }
        };
        Ok(events.into_iter().filter(|event| kinds.contains(&event.kind)).collect())
    }

    pub(super) fn add_event(&mut self, event: &mut EventRow) -> StoreResult<Written> {
        if let Some(delivery) = &event.delivery {
            let sql = "SELECT number FROM events WHERE source = ?1 AND delivery = ?2";
            if let Some(number) = self.first(sql, params![delivery.source, delivery.id], |row| row.get(0))? {
                return Ok(Written::Before(number));
            }
        }
        event.number = self.next_id("events")?;
        self.execute(
            "INSERT INTO events (number, kind, subject_kind, subject, at, source, delivery, args, crc)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                event.number,
                event.kind,
                event.subject.map(|subject| subject.kind),
                event.subject.map(|subject| subject.id),
                event.at,
                event.delivery.as_ref().map(|delivery| delivery.source),
                event.delivery.as_ref().map(|delivery| &delivery.id),
                event.args,
                event_crc(event),
            ],
        )?;
        Ok(Written::New(event.number))
    }

    pub(super) fn purge_events(&mut self, before: i64, limit: usize) -> StoreResult<u64> {
        // Events lie in order of number, so the oldest are the first: no index on the moment is needed.
        let sql = "DELETE FROM events WHERE at < ?1 AND number IN (SELECT number FROM events ORDER BY number LIMIT ?2)";
        Ok(self.execute(sql, params![before, rows(limit)])? as u64)
    }

    pub(super) fn inbox(&mut self, run: i64, limit: usize) -> StoreResult<Vec<InboxRow>> {
        let sql = "SELECT id, run, at, taken, source, delivery, payload, crc FROM inbox
                   WHERE run = ?1 AND taken = 0 ORDER BY id LIMIT ?2";
        self.list("inbox", sql, params![run, rows(limit)], read_inbox)
    }

    pub(super) fn inbox_runs(&mut self, limit: usize) -> StoreResult<Vec<i64>> {
        let sql = "SELECT DISTINCT run FROM inbox WHERE taken = 0 ORDER BY run LIMIT ?1";
        self.list("inbox", sql, params![rows(limit)], |row| row.get(0))
    }

    pub(super) fn add_inbox(&mut self, row: &mut InboxRow) -> StoreResult<Written> {
        if let Some(delivery) = &row.delivery {
            let sql = "SELECT id FROM inbox WHERE source = ?1 AND delivery = ?2";
            if let Some(id) = self.first(sql, params![delivery.source, delivery.id], |row| row.get(0))? {
                return Ok(Written::Before(id));
            }
        }
        row.id = self.next_id("inbox")?;
        self.execute(
            "INSERT INTO inbox (id, run, at, taken, source, delivery, payload, crc) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7)",
            params![
                row.id,
                row.run,
                row.at,
                row.delivery.as_ref().map(|delivery| delivery.source),
                row.delivery.as_ref().map(|delivery| &delivery.id),
                row.payload,
                inbox_crc(row, false),
            ],
        )?;
        Ok(Written::New(row.id))
    }

    pub(super) fn take_inbox(&mut self, id: i64) -> StoreResult<bool> {
        let sql = "SELECT id, run, at, taken, source, delivery, payload, crc FROM inbox WHERE id = ?1 AND taken = 0";
        let Some(mut row) = self.first_of("inbox", id, sql, [id], read_inbox)? else { return Ok(false) };
        if row.delivery.is_none() {
            return Ok(self.execute("DELETE FROM inbox WHERE id = ?1", [id])? == 1);
        }
        // Only that it was delivered is kept: what it said may be personal.
        row.payload.clear();
        let sql = "UPDATE inbox SET taken = 1, payload = x'', crc = ?2 WHERE id = ?1";
        Ok(self.execute(sql, params![id, inbox_crc(&row, true)])? == 1)
    }

    pub(super) fn purge_inbox(&mut self, before: i64, limit: usize) -> StoreResult<u64> {
        let sql = "DELETE FROM inbox WHERE taken = 1 AND at < ?1 AND id IN (SELECT id FROM inbox ORDER BY id LIMIT ?2)";
        Ok(self.execute(sql, params![before, rows(limit)])? as u64)
    }
}
