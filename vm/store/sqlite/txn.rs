//! The write transaction.

use super::SqliteStore;
use super::catalog::Catalog;
use super::core::Core;
use super::read::HasCore;
use crate::seam::{CrashPoint, crash_point};
use crate::store::*;
use std::sync::atomic::Ordering;

/// The write transaction; dropped, it rolls back.
pub(super) struct SqliteTxn<'s> {
    store: &'s mut SqliteStore,
    log_before: i64,
    epoch_before: i64,
    /// The entities to go back to when the transaction or the savepoint does.
    catalog_before: Arc<Catalog>,
    catalog_saved: Option<Arc<Catalog>>,
    open: bool,
}

impl<'s> SqliteTxn<'s> {
    pub(super) fn begin(store: &'s mut SqliteStore) -> StoreResult<Self> {
        store.core.full.set(false);
        store.core.execute("BEGIN IMMEDIATE", [])?;
        store.core.writing = true;
        let txn = SqliteTxn {
            log_before: store.log_now.load(Ordering::Relaxed),
            epoch_before: store.install.epoch,
            catalog_before: store.core.catalog.clone(),
            catalog_saved: None,
            open: true,
            store,
        };
        let writer = txn.store.core.first("SELECT writer FROM install WHERE one = 1", [], |row| row.get(0))?;
        if writer != Some(txn.store.writer) {
            return Err(StoreError::Fenced { file: txn.store.core.file.to_path_buf() });
        }
        crash_point(CrashPoint::Begun);
        Ok(txn)
    }

    fn core_mut(&mut self) -> &mut Core {
        &mut self.store.core
    }
}

impl Drop for SqliteTxn<'_> {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        self.store.core.writing = false;
        // SQLite may have rolled back by itself after an error.
        if !self.store.core.conn.is_autocommit() && self.store.core.execute("ROLLBACK", []).is_err() {
            self.store.broken = true;
        }
        self.store.core.forget();
        self.store.core.catalog = self.catalog_before.clone();
        self.store.install.epoch = self.epoch_before;
    }
}

impl HasCore for SqliteTxn<'_> {
    fn core(&self) -> &Core {
        &self.store.core
    }

    fn core_mut(&mut self) -> &mut Core {
        &mut self.store.core
    }
}

impl Txn for SqliteTxn<'_> {
    fn commit(mut self: Box<Self>) -> StoreResult<()> {
        self.core_mut().write_ids()?;
        self.store.core.still_open()?;
        crash_point(CrashPoint::BeforeCommit);
        if let Err(error) = self.store.core.execute("COMMIT", []) {
            // What is on disk is unknown, so nothing this connection remembers can be trusted.
            self.store.broken = true;
            let file = self.store.core.file.to_path_buf();
            return Err(match error {
                StoreError::Full { .. } => StoreError::FullCommit { file },
                error => StoreError::UnknownCommit { file, detail: error.to_string() },
            });
        }
        self.open = false;
        self.store.core.writing = false;
        let log_before = self.log_before;
        self.store.count_commit(log_before);
        crash_point(CrashPoint::AfterCommit);
        // What is written where nobody will look must not be acknowledged.
        self.store.still_there()?;
        self.store.seen_there = true;
        Ok(())
    }

    fn savepoint(&mut self) -> StoreResult<()> {
        self.catalog_saved = Some(self.store.core.catalog.clone());
        self.core_mut().execute("SAVEPOINT run", []).map(drop)
    }

    fn release(&mut self) -> StoreResult<()> {
        crash_point(CrashPoint::StepWritten);
        self.catalog_saved = None;
        self.core_mut().execute("RELEASE run", []).map(drop)
    }

    fn rollback_to_savepoint(&mut self) -> StoreResult<()> {
        self.core_mut().forget_names();
        if let Some(catalog) = self.catalog_saved.take() {
            self.store.core.catalog = catalog;
        }
        self.core_mut().execute("ROLLBACK TO run", [])?;
        self.core_mut().execute("RELEASE run", []).map(drop)
    }

    fn intern(&mut self, class: NameClass, name: &str) -> StoreResult<NameId> {
        self.core_mut().intern(class, name)
    }

    fn put_program(&mut self, hash: &[u8; 32], code: &[u8], at: i64) -> StoreResult<Written> {
        self.core_mut().put_program(hash, code, at)
    }

    fn put_program_source(&mut self, program: i64, source: &SourceRow) -> StoreResult<()> {
        self.core_mut().put_program_source(program, source)
    }

    fn deploy(&mut self, flow: NameId, program: i64, at: i64) -> StoreResult<()> {
        self.core_mut().deploy(flow, program, at)
    }

    fn undeploy(&mut self, flow: NameId) -> StoreResult<()> {
        self.core_mut().undeploy(flow)
    }

    fn apply_schema(&mut self, schema: &Schema) -> StoreResult<()> {
        self.core_mut().apply_schema(schema)
    }

    fn insert_run(&mut self, run: &mut RunRow) -> StoreResult<Written> {
        self.core_mut().insert_run(run)
    }

    fn save_run(&mut self, run: &mut RunRow) -> StoreResult<()> {
        self.core_mut().save_run(run)
    }

    fn quarantine(&mut self, run: i64, failure: &RunFailure, at: i64) -> StoreResult<()> {
        self.core_mut().quarantine(run, failure, at)
    }

    fn delete_run(&mut self, run: i64) -> StoreResult<()> {
        self.core_mut().delete_run(run)
    }

    fn watch(&mut self, subject: Subject, run: i64) -> StoreResult<()> {
        self.core_mut().watch(subject, run)
    }

    fn unwatch(&mut self, run: i64) -> StoreResult<()> {
        self.core_mut().unwatch(run)
    }

    fn touch(&mut self, subject: Subject, run: i64) -> StoreResult<()> {
        self.core_mut().touch(subject, run)
    }

    fn show_prompt(&mut self, prompt: &mut PromptRow) -> StoreResult<()> {
        self.core_mut().show_prompt(prompt)
    }

    fn remove_prompt(&mut self, conversation: i64, run: i64, path: u16) -> StoreResult<bool> {
        self.core_mut().remove_prompt(conversation, run, path)
    }

    fn put_intent(&mut self, intent: &IntentRow) -> StoreResult<()> {
        self.core_mut().put_intent(intent)
    }

    fn update_intent(&mut self, intent: &IntentRow) -> StoreResult<bool> {
        self.core_mut().update_intent(intent)
    }

    fn delete_intent(&mut self, run: i64, path: u16, effect: u32) -> StoreResult<bool> {
        self.core_mut().delete_intent(run, path, effect)
    }

    fn append_journal(&mut self, run: i64, prev: i64, at: i64, payload: &[u8]) -> StoreResult<i64> {
        self.core_mut().append_journal(run, prev, at, payload)
    }

    fn erase_journal(&mut self, run: i64, from: i64) -> StoreResult<u64> {
        self.core_mut().erase_journal(run, from)
    }

    fn add_event(&mut self, event: &mut EventRow) -> StoreResult<Written> {
        self.core_mut().add_event(event)
    }

    fn purge_events(&mut self, before: i64, limit: usize) -> StoreResult<u64> {
        self.core_mut().purge_events(before, limit)
    }

    fn add_inbox(&mut self, row: &mut InboxRow) -> StoreResult<Written> {
        self.core_mut().add_inbox(row)
    }

    fn take_inbox(&mut self, id: i64) -> StoreResult<bool> {
        self.core_mut().take_inbox(id)
    }

    fn purge_inbox(&mut self, before: i64, limit: usize) -> StoreResult<u64> {
        self.core_mut().purge_inbox(before, limit)
    }

    fn insert_record(&mut self, kind: NameId, values: &[Value]) -> StoreResult<i64> {
        self.core_mut().insert_record(kind, values)
    }

    fn put_record(&mut self, kind: NameId, record: &Record, changed: &[usize]) -> StoreResult<()> {
        self.core_mut().put_record(kind, record, changed)
    }

    fn delete_record(&mut self, kind: NameId, id: i64) -> StoreResult<bool> {
        self.core_mut().delete_record(kind, id)
    }

    fn add_message(&mut self, message: &mut MessageRow) -> StoreResult<()> {
        self.core_mut().add_message(message)
    }

    fn add_note(&mut self, note: &mut NoteRow) -> StoreResult<()> {
        self.core_mut().add_note(note)
    }

    fn delete_messages(&mut self, conversation: i64) -> StoreResult<u64> {
        self.core_mut().delete_messages(conversation)
    }

    fn put_done(&mut self, contact: i64, event: NameId, at: i64) -> StoreResult<()> {
        let sql = "INSERT OR REPLACE INTO done (contact, event, at) VALUES (?1, ?2, ?3)";
        self.core_mut().execute(sql, [contact, event, at]).map(drop)
    }

    fn put_setting(&mut self, name: &str, value: &[u8]) -> StoreResult<()> {
        self.core_mut().put_setting(name, value)
    }

    fn next_epoch(&mut self) -> StoreResult<i64> {
        let sql = "UPDATE install SET epoch = epoch + 1 RETURNING epoch";
        let epoch = self.core_mut().first(sql, [], |row| row.get(0))?.unwrap_or(self.epoch_before);
        self.store.install.epoch = epoch;
        Ok(epoch)
    }
}
