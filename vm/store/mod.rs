//! What is durable. The only room that knows SQL.
//!
//! A [`Store`] has one writer. [`Store::begin`] opens its write transaction, [`Txn`]; what a transaction has not
//! committed has not happened. Inside it every run's step sits in a savepoint, so that a fault of one run does not take
//! the batch along. Other threads and processes read through [`Read`], each reader on its own, seeing committed state.
//!
//! Promises every store keeps (`sqlite/tests` holds them as tests):
//! - [`Txn::commit`] returned `Ok`: it is on disk, power loss included.
//! - It returned `UnknownCommit`: it may be; the store answers `MustReopen` until it is dropped and opened again.
//! - Dropping a transaction rolls it back.
//! - A row whose checksum does not fit is an error naming that row ([`StoreError::is_row`]), never a wrong value.
//! - Ids of runs, events and records are never used twice.
//! - Verbs that find something use an index, never a scan, unless they say so.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod conformance;
pub mod erasure;
pub mod error;
pub mod public_id;
pub mod record;
pub mod row;
mod rules;
pub mod sqlite;
mod value_json;

pub use erasure::{Erase, SearchIn, SearchPlace, Searched, Words};
pub use error::{StoreError, StoreResult};
pub use record::{Entity, Record};
pub use row::*;
pub use rules::{FanoutRow, GoalRow, ReadRules, Tally, TimerRow, WriteRules};
pub use value_json::{from_json, to_json};

use flow_bytecode::Value;
use flow_bytecode::schema::Schema;
use std::sync::Arc;

/// A durable store: the writer's end.
pub trait Store: Send {
    /// Opens the write transaction; there is one at a time.
    ///
    /// # Errors
    /// `Fenced` when another process took over, `MustReopen` after an unknown commit, or the disk's errors.
    fn begin(&mut self) -> StoreResult<Box<dyn Txn + '_>>;

    /// The installation.
    fn install(&self) -> Install;

    /// Copies the log into the database and empties it, so that nothing erased survives in it. Waits for readers.
    ///
    /// # Errors
    /// `TooSlow` when a reader stays in the way, or the disk's errors.
    fn truncate_log(&mut self) -> StoreResult<()>;

    /// Says to other processes where this one's local API is served; a store that no other process can find ignores it.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn set_address(&mut self, _address: Option<String>) -> StoreResult<()> {
        Ok(())
    }

    /// What was counted since the store was opened.
    fn statistics(&self) -> Statistics;

    /// Checks the whole database: structure, every checksum, every index of records. Slow: seconds per GB.
    ///
    /// # Errors
    /// Only when the check itself cannot go on; what it finds is in the report.
    fn check(&mut self) -> StoreResult<CheckReport>;
}

/// What a store counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Transactions committed that wrote something.
    pub commits: u64,
    /// Times the log was copied into the database.
    pub checkpoints: u64,
    /// Flushes, reckoned: one per commit, two per checkpoint, one when the log starts anew.
    pub flushes: u64,
    /// Pages written to the log.
    pub log_pages: u64,
    /// Length of a page, bytes.
    pub page_bytes: u64,
    /// Pages in the log now.
    pub log_pages_now: u64,
}

/// What `flow doctor` shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// What is wrong, a sentence each; empty means sound.
    pub problems: Vec<String>,
    /// (table, rows).
    pub rows: Vec<(String, u64)>,
    /// Length of the database, bytes.
    pub file_bytes: u64,
    /// Length of the log, bytes.
    pub log_bytes: u64,
}

/// What can be read, inside the write transaction or on a reader.
///
/// Errors of every verb: `CorruptRow` for a damaged row, `TooSlow` on a reader, and the disk's errors.
pub trait Read: ReadRules {
    /// The entities as last deployed.
    fn entities(&self) -> Arc<Vec<Arc<Entity>>>;
    /// The schema as last deployed.
    fn schema(&mut self) -> StoreResult<Schema>;
    /// The id of a name, if it was ever interned.
    fn find_name(&mut self, class: NameClass, name: &str) -> StoreResult<Option<NameId>>;
    /// The name of an id.
    fn name(&mut self, class: NameClass, id: NameId) -> StoreResult<Arc<str>>;

    /// A program by id.
    fn program(&mut self, id: i64) -> StoreResult<Option<ProgramRow>>;
    /// A program's id by its hash.
    fn program_by_hash(&mut self, hash: &[u8; 32]) -> StoreResult<Option<i64>>;
    /// What people see of a program's source.
    fn program_source(&mut self, program: i64) -> StoreResult<SourceRow>;
    /// The newest program of a flow.
    fn deployment(&mut self, flow: NameId) -> StoreResult<Option<DeploymentRow>>;
    /// The newest program of every flow, by name.
    fn deployments(&mut self) -> StoreResult<Vec<DeploymentRow>>;

    /// A run.
    fn run(&mut self, id: i64) -> StoreResult<Option<RunRow>>;
    /// Runs newest first. Filtered by status or flow alone it may pass over many runs: for people, not for the engine.
    fn runs(&mut self, filter: &RunFilter) -> StoreResult<Vec<RunRow>>;
    /// (status, number of runs). Scans.
    fn count_runs(&mut self) -> StoreResult<Vec<(RunStatus, u64)>>;
    /// The run another one started with this effect.
    fn child(&mut self, parent: Parent) -> StoreResult<Option<i64>>;
    /// Whether a run has started that many others.
    fn has_children(&mut self, run: i64, count: u32) -> StoreResult<bool>;
    /// Runs whose moment has come, (due, id), earliest first, ties by id.
    fn due(&mut self, now: i64, limit: usize) -> StoreResult<Vec<(i64, i64)>>;
    /// The earliest moment any run is due.
    fn next_due(&mut self) -> StoreResult<Option<i64>>;
    /// Runs about a record and runs that watch it ([`Txn::watch`]), all states, by id.
    fn runs_of_subject(&mut self, subject: Subject) -> StoreResult<Vec<Listener>>;
    /// Live runs that may wait for an event: about its subject or watching it, and watching `Subject::any(event)`; by id.
    fn waiting_for_event(&mut self, event: NameId, subject: Option<Subject>) -> StoreResult<Vec<i64>>;
    /// Live runs with conditions, about a record or watching it, by id.
    fn waiting_for_change(&mut self, subject: Subject, limit: usize) -> StoreResult<Vec<i64>>;
    /// Runs that ask in a conversation, by id.
    fn waiting_on_conversation(&mut self, conversation: i64) -> StoreResult<Vec<i64>>;
    /// Runs that have ever read or written a record as said by [`Txn::touch`], by id; for erasure.
    fn touched_by(&mut self, subject: Subject) -> StoreResult<Vec<i64>>;

    /// Prompts of a conversation, the one that gets the answer first.
    fn prompts(&mut self, conversation: i64) -> StoreResult<Vec<PromptRow>>;

    /// The intent of a path.
    fn intent(&mut self, run: i64, path: u16) -> StoreResult<Option<IntentRow>>;
    /// Intents of a run, by path.
    fn intents_of(&mut self, run: i64) -> StoreResult<Vec<IntentRow>>;
    /// Intents after (run, path), in that order: scans, for start-up and for people. A damaged one is given as an error
    /// in its place and does not end the list.
    fn intents_after(&mut self, after: (i64, u16), limit: usize) -> StoreResult<Vec<StoreResult<IntentRow>>>;

    /// A run's timeline from row `from` ([`RunRow::journal`]) back in time.
    fn timeline(&mut self, run: i64, from: i64, limit: usize) -> StoreResult<Vec<JournalRow>>;

    /// The number of the newest event ever; 0 when there was none.
    fn last_event(&mut self) -> StoreResult<i64>;
    /// Events of these kinds with a number above `floor`, oldest first; about `subject`, or of any subject when `None`
    /// (which reads every event since the floor).
    fn events_since(&mut self, floor: i64, kinds: &[NameId], subject: Option<Subject>) -> StoreResult<Vec<EventRow>>;

    /// What waits for a run, oldest first.
    fn inbox(&mut self, run: i64, limit: usize) -> StoreResult<Vec<InboxRow>>;
    /// Runs with something in their inbox, by id.
    fn inbox_runs(&mut self, limit: usize) -> StoreResult<Vec<i64>>;

    /// A record.
    fn record(&mut self, kind: NameId, id: i64) -> StoreResult<Option<Record>>;
    /// Ids of the records whose indexed field has this value, or holds it among others, ascending.
    fn find(&mut self, kind: NameId, field: &str, value: &Value, limit: usize) -> StoreResult<Vec<i64>>;
    /// Ids of the records of the entity `Article` whose title and text fit these words best, the best first. Whatever
    /// stands in `words` is looked for as it is written.
    fn search_articles(&mut self, words: &str, limit: usize) -> StoreResult<Vec<i64>>;
    /// Records with an id above `after`, ascending.
    fn records(&mut self, kind: NameId, after: i64, limit: usize) -> StoreResult<Vec<Record>>;
    /// How many records an entity has. Scans.
    fn count_records(&mut self, kind: NameId) -> StoreResult<u64>;

    /// Messages of a conversation with a number below `before`, newest first.
    fn messages(&mut self, conversation: i64, before: Option<i64>, limit: usize) -> StoreResult<Vec<MessageRow>>;
    /// Messages of every conversation above this conversation and number, ascending.
    fn messages_after(&mut self, after: (i64, i64), limit: usize) -> StoreResult<Vec<MessageRow>>;
    /// Notes on a record, newest first.
    fn notes(&mut self, on: Subject, limit: usize) -> StoreResult<Vec<NoteRow>>;
    /// Notes on every record with an id above `after`, ascending.
    fn notes_after(&mut self, after: i64, limit: usize) -> StoreResult<Vec<NoteRow>>;
    /// When a contact last had an event, as [`Txn::put_done`] noted.
    fn done_at(&mut self, contact: i64, event: NameId) -> StoreResult<Option<i64>>;
    /// A small value the engine keeps under a name (its lanes, cursors, clock).
    fn setting(&mut self, name: &str) -> StoreResult<Option<Vec<u8>>>;
}

/// The write transaction.
///
/// Errors of every verb, beside those named: the disk's errors (`Full`, `Io` …), after which the transaction should be
/// dropped; `CorruptRow` for a row that must be read first.
pub trait Txn: Read + WriteRules + Erase {
    /// Makes it durable.
    ///
    /// # Errors
    /// `UnknownCommit`: drop the store, open it again, read again.
    fn commit(self: Box<Self>) -> StoreResult<()>;

    /// Marks where one run's step begins. Savepoints do not nest.
    fn savepoint(&mut self) -> StoreResult<()>;
    /// Keeps what was written since the savepoint.
    fn release(&mut self) -> StoreResult<()>;
    /// Undoes what was written since the savepoint.
    fn rollback_to_savepoint(&mut self) -> StoreResult<()>;

    /// The id of a name, given one if it has none.
    fn intern(&mut self, class: NameClass, name: &str) -> StoreResult<NameId>;

    /// Keeps a program; the same hash is kept once.
    fn put_program(&mut self, hash: &[u8; 32], code: &[u8], at: i64) -> StoreResult<Written>;
    /// Replaces what people see of a program's source.
    fn put_program_source(&mut self, program: i64, source: &SourceRow) -> StoreResult<()>;
    /// Makes a program the newest of a flow.
    fn deploy(&mut self, flow: NameId, program: i64, at: i64) -> StoreResult<()>;
    /// Takes a flow out of service; its runs go on.
    fn undeploy(&mut self, flow: NameId) -> StoreResult<()>;
    /// Makes room for every entity, field and index; takes nothing away. The whole schema replaces the last one.
    ///
    /// # Errors
    /// `Invalid` for a name that cannot be stored or a field whose type changed in kind; `Taken` when a field becomes
    /// unique whose values are not.
    fn apply_schema(&mut self, schema: &Schema) -> StoreResult<()>;

    /// Writes a new run and sets its id and revision. A run with a parent is written once: the second time its id comes
    /// back as [`Written::Before`] and nothing is written.
    fn insert_run(&mut self, run: &mut RunRow) -> StoreResult<Written>;
    /// Writes a run that was read in this transaction; its revision grows by one.
    ///
    /// # Errors
    /// `Stale` when id, revision and epoch do not match one row.
    fn save_run(&mut self, run: &mut RunRow) -> StoreResult<()>;
    /// Sets a damaged or failing run aside without reading it: status, failure, no due, mask or prompts. What else its row
    /// holds is kept for people.
    fn quarantine(&mut self, run: i64, failure: &RunFailure, at: i64) -> StoreResult<()>;
    /// Removes a run with its intents, journal, inbox, prompts and watches.
    fn delete_run(&mut self, run: i64) -> StoreResult<()>;
    /// Makes a run hear of a record other than its subject, or of `Subject::any(event)`.
    fn watch(&mut self, subject: Subject, run: i64) -> StoreResult<()>;
    /// Ends every watch of a run.
    fn unwatch(&mut self, run: i64) -> StoreResult<()>;
    /// Notes that a run holds something of a record, for erasure.
    fn touch(&mut self, subject: Subject, run: i64) -> StoreResult<()>;

    /// Puts a prompt on top of its conversation's stack and sets its place.
    fn show_prompt(&mut self, prompt: &mut PromptRow) -> StoreResult<()>;
    /// Takes the prompt of a path off the stack, wherever it is; false when it was not there.
    fn remove_prompt(&mut self, conversation: i64, run: i64, path: u16) -> StoreResult<bool>;

    /// Writes a path's intent over its last one.
    fn put_intent(&mut self, intent: &IntentRow) -> StoreResult<()>;
    /// Changes state, attempt, further attempts, not-before, key and request of an intent that is still at this effect, to what the row given
    /// says; false when it is gone or replaced.
    fn update_intent(&mut self, intent: &IntentRow) -> StoreResult<bool>;
    /// Removes a path's intent; false when it is gone or at another effect.
    fn delete_intent(&mut self, run: i64, path: u16, effect: u32) -> StoreResult<bool>;

    /// Appends to a run's timeline; returns the row's id, the run's next [`RunRow::journal`].
    fn append_journal(&mut self, run: i64, prev: i64, at: i64, payload: &[u8]) -> StoreResult<i64>;
    /// Empties the payloads of a run's timeline.
    fn erase_journal(&mut self, run: i64, from: i64) -> StoreResult<u64>;

    /// Adds an event and sets its number; one delivery is added once.
    fn add_event(&mut self, event: &mut EventRow) -> StoreResult<Written>;
    /// Removes the oldest events raised before that moment, at most `limit`; returns how many.
    fn purge_events(&mut self, before: i64, limit: usize) -> StoreResult<u64>;

    /// Adds to the inbox and sets its id; one delivery is added once, taken or not.
    fn add_inbox(&mut self, row: &mut InboxRow) -> StoreResult<Written>;
    /// Takes a row out of the inbox; that it was delivered is remembered. False when it was taken before.
    fn take_inbox(&mut self, id: i64) -> StoreResult<bool>;
    /// Forgets deliveries taken that arrived before that moment, at most `limit`; returns how many.
    fn purge_inbox(&mut self, before: i64, limit: usize) -> StoreResult<u64>;

    /// Creates a record; `values` in order of the entity's fields. Returns its id.
    ///
    /// # Errors
    /// `Taken` when a unique value belongs to another record, `Invalid` when a value does not fit.
    fn insert_record(&mut self, kind: NameId, values: &[Value]) -> StoreResult<i64>;
    /// Writes a record over; `changed` are the positions of the fields that differ from what is stored. Its id must exist.
    ///
    /// # Errors
    /// As [`Txn::insert_record`]; `Unknown` when the record is gone.
    fn put_record(&mut self, kind: NameId, record: &Record, changed: &[usize]) -> StoreResult<()>;
    /// Removes a record with its notes, and a conversation with its messages; false when there is none.
    fn delete_record(&mut self, kind: NameId, id: i64) -> StoreResult<bool>;

    /// Appends a message and sets its number.
    fn add_message(&mut self, message: &mut MessageRow) -> StoreResult<()>;
    /// Adds a note and sets its id.
    fn add_note(&mut self, note: &mut NoteRow) -> StoreResult<()>;
    /// Removes every message of a conversation; returns how many.
    fn delete_messages(&mut self, conversation: i64) -> StoreResult<u64>;
    /// Notes that a contact has had an event.
    fn put_done(&mut self, contact: i64, event: NameId, at: i64) -> StoreResult<()>;
    /// Keeps a small value under a name.
    fn put_setting(&mut self, name: &str, value: &[u8]) -> StoreResult<()>;
    /// Starts the next epoch, after a restore: keys of new runs differ from those of the backup's future. Returns it.
    fn next_epoch(&mut self) -> StoreResult<i64>;
}
