//! Finding what is due, who listens and who asks: always by an index.

use super::core::{Core, damaged, rows, verify};
use super::crc::Crc;
use crate::store::{CONDITIONS, Listener, NameId, PromptRow, StoreResult, Subject, event_bit};
use flow_bytecode::program::Expects;
use rusqlite::{Row, params};

/// Live runs about a record whose mask shares a bit.
const ABOUT: &str = "SELECT id FROM runs
    WHERE subject_kind = ?1 AND subject = ?2 AND events & ?3 <> 0 AND status IN (0, 1) LIMIT ?4";
/// Live runs that watch something, whose mask shares a bit.
const WATCHING: &str = "SELECT r.id FROM watches w CROSS JOIN runs r ON r.id = w.run
    WHERE w.kind = ?1 AND w.id = ?2 AND r.events & ?3 <> 0 AND r.status IN (0, 1) LIMIT ?4";

impl Core {
    pub(super) fn due(&mut self, now: i64, limit: usize) -> StoreResult<Vec<(i64, i64)>> {
        let sql = "SELECT due, id FROM runs WHERE due IS NOT NULL AND due <= ?1 ORDER BY due, id LIMIT ?2";
        self.list("runs", sql, params![now, rows(limit)], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    pub(super) fn next_due(&mut self) -> StoreResult<Option<i64>> {
        self.first("SELECT due FROM runs WHERE due IS NOT NULL ORDER BY due LIMIT 1", [], |row| row.get(0))
    }

    pub(super) fn runs_of_subject(&mut self, subject: Subject) -> StoreResult<Vec<Listener>> {
        let sql = "SELECT id, events FROM runs WHERE subject_kind = ?1 AND subject = ?2
                   UNION
                   SELECT id, events FROM runs WHERE id IN (SELECT run FROM watches WHERE kind = ?1 AND id = ?2)
                   ORDER BY 1";
        self.list("runs", sql, [subject.kind, subject.id], |row| Ok(Listener { run: row.get(0)?, events: row.get(1)? }))
    }

    pub(super) fn waiting_for_event(&mut self, event: NameId, subject: Option<Subject>) -> StoreResult<Vec<i64>> {
        // Nothing is kept under kind -1: an event without a subject reaches only those who listen to all.
        let subject = subject.unwrap_or(Subject { kind: -1, id: -1 });
        self.listening(event_bit(event), subject, Subject::any(event), usize::MAX >> 1)
    }

    pub(super) fn waiting_for_change(&mut self, subject: Subject, limit: usize) -> StoreResult<Vec<i64>> {
        self.listening(CONDITIONS, subject, subject, limit)
    }

    fn listening(&mut self, bits: i64, subject: Subject, other: Subject, limit: usize) -> StoreResult<Vec<i64>> {
        // Three lists joined here: a UNION in SQL sorts into a table of its own, which costs more than finding.
        let mut found = self.listed(ABOUT, subject, bits, limit)?;
        found.extend(self.listed(WATCHING, subject, bits, limit)?);
        if other != subject {
            found.extend(self.listed(WATCHING, other, bits, limit)?);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn listed(&self, sql: &str, of: Subject, bits: i64, limit: usize) -> StoreResult<Vec<i64>> {
        self.list("runs", sql, [of.kind, of.id, bits, rows(limit)], |row| row.get(0))
    }

    pub(super) fn waiting_on_conversation(&mut self, conversation: i64) -> StoreResult<Vec<i64>> {
        let sql = "SELECT DISTINCT run FROM prompts WHERE conversation = ?1 ORDER BY run";
        self.list("prompts", sql, [conversation], |row| row.get(0))
    }

    pub(super) fn touched_by(&mut self, subject: Subject) -> StoreResult<Vec<i64>> {
        let sql = "SELECT run FROM touches WHERE kind = ?1 AND id = ?2 ORDER BY run";
        self.list("touches", sql, [subject.kind, subject.id], |row| row.get(0))
    }

    pub(super) fn watch(&mut self, subject: Subject, run: i64) -> StoreResult<()> {
        let sql = "INSERT OR IGNORE INTO watches (kind, id, run) VALUES (?1, ?2, ?3)";
        self.execute(sql, [subject.kind, subject.id, run]).map(drop)
    }

    pub(super) fn unwatch(&mut self, run: i64) -> StoreResult<()> {
        self.execute("DELETE FROM watches WHERE run = ?1", [run]).map(drop)
    }

    pub(super) fn touch(&mut self, subject: Subject, run: i64) -> StoreResult<()> {
        let sql = "INSERT OR IGNORE INTO touches (kind, id, run) VALUES (?1, ?2, ?3)";
        self.execute(sql, [subject.kind, subject.id, run]).map(drop)
    }

    pub(super) fn prompts(&mut self, conversation: i64) -> StoreResult<Vec<PromptRow>> {
        let sql = "SELECT conversation, seq, run, path, revision, at, expects, options, text, crc FROM prompts
                   WHERE conversation = ?1 ORDER BY seq DESC";
        self.list("prompts", sql, [conversation], read_prompt)
    }

    pub(super) fn show_prompt(&mut self, prompt: &mut PromptRow) -> StoreResult<()> {
        let top = "SELECT coalesce(max(seq), 0) FROM prompts WHERE conversation = ?1";
        prompt.seq = self.first(top, [prompt.conversation], |row| row.get::<_, i64>(0))?.unwrap_or(0) + 1;
        let options =
            serde_json::to_string(&prompt.options).map_err(|error| self.invalid("a prompt", error.to_string()))?;
        let expects =
            serde_json::to_string(&prompt.expects).map_err(|error| self.invalid("a prompt", error.to_string()))?;
        let crc = prompt_crc(prompt, &expects, &options);
        self.execute(
            "INSERT INTO prompts (conversation, seq, run, path, revision, at, expects, options, text, crc)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                prompt.conversation,
                prompt.seq,
                prompt.run,
                prompt.path,
                prompt.revision,
                prompt.at,
                expects,
                options,
                &*prompt.text,
                crc
            ],
        )
        .map(drop)
    }

    /// Writes the words of a prompt over.
    pub(super) fn put_prompt(&mut self, prompt: &PromptRow) -> StoreResult<()> {
        let json = |error: serde_json::Error| self.invalid("a prompt", error.to_string());
        let expects = serde_json::to_string(&prompt.expects).map_err(json)?;
        let options = serde_json::to_string(&prompt.options).map_err(json)?;
        let crc = prompt_crc(prompt, &expects, &options);
        let sql = "UPDATE prompts SET text = ?3, options = ?4, crc = ?5 WHERE conversation = ?1 AND seq = ?2";
        self.execute(sql, params![prompt.conversation, prompt.seq, &*prompt.text, options, crc]).map(drop)
    }

    pub(super) fn remove_prompt(&mut self, conversation: i64, run: i64, path: u16) -> StoreResult<bool> {
        let sql = "DELETE FROM prompts WHERE conversation = ?1 AND run = ?2 AND path = ?3";
        Ok(self.execute(sql, params![conversation, run, path])? > 0)
    }

    /// Removes a run's prompts wherever they are.
    pub(super) fn remove_prompts_of(&mut self, run: i64) -> StoreResult<()> {
        self.execute("DELETE FROM prompts WHERE run = ?1", [run]).map(drop)
    }
}

fn prompt_crc(prompt: &PromptRow, expects: &str, options: &str) -> i64 {
    Crc::of(b'p')
        .int(prompt.conversation)
        .int(prompt.seq)
        .int(prompt.run)
        .int(prompt.path.into())
        .int(prompt.revision.into())
        .int(prompt.at)
        .text(expects)
        .text(options)
        .text(&prompt.text)
        .end()
}

/// Reads a prompt, columns in order of the table.
pub(super) fn read_prompt(row: &Row<'_>) -> rusqlite::Result<PromptRow> {
    let (expects, options): (String, String) = (row.get(6)?, row.get(7)?);
    let prompt = PromptRow {
        conversation: row.get(0)?,
        seq: row.get(1)?,
        run: row.get(2)?,
        path: row.get(3)?,
        revision: row.get(4)?,
        at: row.get(5)?,
        text: row.get(8)?,
        options: serde_json::from_str(&options).map_err(|_| damaged("its options do not read"))?,
        expects: serde_json::from_str::<Expects>(&expects).map_err(|_| damaged("what it expects does not read"))?,
    };
    verify(row.get(9)?, prompt_crc(&prompt, &expects, &options))?;
    Ok(prompt)
}
