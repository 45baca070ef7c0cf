//! Long texts apart from their records: messages of a conversation, notes on a record.

use super::core::{Core, damaged, rows, verify};
use super::crc::Crc;
use crate::store::{MessageRow, NoteRow, StoreResult, Subject};
use rusqlite::{Row, params};

fn message_crc(message: &MessageRow, parts: &str) -> i64 {
    Crc::of(b'm')
        .int(message.conversation)
        .int(message.number)
        .int(message.at)
        .int(message.run)
        .int(message.flow)
        .text(&message.from)
        .text(&message.text)
        .text(parts)
        .end()
}

/// Reads a message, columns in order of the table.
pub(super) fn read_message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    let parts: String = row.get(7)?;
    let message = MessageRow {
        conversation: row.get(0)?,
        number: row.get(1)?,
        at: row.get(2)?,
        run: row.get(3)?,
        flow: row.get(4)?,
        from: row.get(5)?,
        text: row.get(6)?,
        parts: serde_json::from_str(&parts).map_err(|_| damaged("its parts do not read"))?,
    };
    verify(row.get(8)?, message_crc(&message, &parts))?;
    Ok(message)
}

pub(super) fn note_crc(note: &NoteRow) -> i64 {
    Crc::of(b'n').int(note.id).int(note.on.kind).int(note.on.id).int(note.at).int(note.run).text(&note.text).end()
}

/// Reads a note, columns in order of the table.
pub(super) fn read_note(row: &Row<'_>) -> rusqlite::Result<NoteRow> {
    let on = Subject { kind: row.get(1)?, id: row.get(2)? };
    let note = NoteRow { id: row.get(0)?, on, at: row.get(3)?, run: row.get(4)?, text: row.get(5)? };
    verify(row.get(6)?, note_crc(&note))?;
    Ok(note)
}

impl Core {
    pub(super) fn messages(
        &mut self,
        conversation: i64,
        before: Option<i64>,
        limit: usize,
    ) -> StoreResult<Vec<MessageRow>> {
        let sql = "SELECT conversation, number, at, run, flow, sender, text, parts, crc FROM messages
                   WHERE conversation = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
        self.list("messages", sql, params![conversation, before.unwrap_or(i64::MAX), rows(limit)], read_message)
    }

    pub(super) fn messages_after(&mut self, after: (i64, i64), limit: usize) -> StoreResult<Vec<MessageRow>> {
        let sql = "SELECT conversation, number, at, run, flow, sender, text, parts, crc FROM messages
                   WHERE (conversation, number) > (?1, ?2) ORDER BY conversation, number LIMIT ?3";
        self.list("messages", sql, params![after.0, after.1, rows(limit)], read_message)
    }

    pub(super) fn add_message(&mut self, message: &mut MessageRow) -> StoreResult<()> {
        let sql = "SELECT coalesce(max(number), 0) + 1 FROM messages WHERE conversation = ?1";
        message.number = self.first(sql, [message.conversation], |row| row.get(0))?.unwrap_or(1);
        let parts =
            serde_json::to_string(&message.parts).map_err(|error| self.invalid("a message", error.to_string()))?;
        let crc = message_crc(message, &parts);
        self.execute(
            "INSERT INTO messages (conversation, number, at, run, flow, sender, text, parts, crc)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                message.conversation,
                message.number,
                message.at,
                message.run,
                message.flow,
                &*message.from,
                &*message.text,
                parts,
                crc
            ],
        )
        .map(drop)
    }

    /// Writes a message over.
    pub(super) fn put_message(&mut self, message: &MessageRow) -> StoreResult<()> {
        let parts =
            serde_json::to_string(&message.parts).map_err(|error| self.invalid("a message", error.to_string()))?;
        let sql = "UPDATE messages SET text = ?3, parts = ?4, crc = ?5 WHERE conversation = ?1 AND number = ?2";
        let crc = message_crc(message, &parts);
        self.execute(sql, params![message.conversation, message.number, &*message.text, parts, crc]).map(drop)
    }

    pub(super) fn delete_messages(&mut self, conversation: i64) -> StoreResult<u64> {
        Ok(self.execute("DELETE FROM messages WHERE conversation = ?1", [conversation])? as u64)
    }

    pub(super) fn notes(&mut self, on: Subject, limit: usize) -> StoreResult<Vec<NoteRow>> {
        let sql = "SELECT id, kind, record, at, run, text, crc FROM notes
                   WHERE kind = ?1 AND record = ?2 ORDER BY id DESC LIMIT ?3";
        self.list("notes", sql, params![on.kind, on.id, rows(limit)], read_note)
    }

    pub(super) fn notes_after(&mut self, after: i64, limit: usize) -> StoreResult<Vec<NoteRow>> {
        let sql = "SELECT id, kind, record, at, run, text, crc FROM notes WHERE id > ?1 ORDER BY id LIMIT ?2";
        self.list("notes", sql, params![after, rows(limit)], read_note)
    }

    pub(super) fn add_note(&mut self, note: &mut NoteRow) -> StoreResult<()> {
        note.id = self.next_id("notes")?;
        self.execute(
            "INSERT INTO notes (id, kind, record, at, run, text, crc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![note.id, note.on.kind, note.on.id, note.at, note.run, &*note.text, note_crc(note)],
        )
        .map(drop)
    }
}
