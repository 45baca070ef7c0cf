//! The embedded store against the conformance suite, its files, its rows when damaged, its records.
#![allow(clippy::unwrap_used, clippy::panic)]

mod damage;
mod erasure;
mod files;
mod records;

use super::*;
use crate::store::conformance::{self, Tested};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn options() -> Options {
    Options { create: true, busy_ms: 200, install_id: *b"0123456789abcdef", ..Options::default() }
}

fn open(folder: &TempDir) -> StoreResult<SqliteStore> {
    SqliteStore::open(&folder.path().join("flow.db"), &options())
}

macro_rules! conforms {
    ($($promise:ident),* $(,)?) => {$(
        #[test]
        fn $promise() -> Tested {
            let folder = folder();
            conformance::$promise(&mut open(&folder)?)
        }
    )*};
}

conforms![
    transactions_are_atomic,
    savepoints_undo_one_step,
    a_stale_revision_writes_nothing,
    runs_come_back_whole,
    a_child_is_started_once,
    ids_are_never_used_twice,
    due_runs_come_in_order,
    listeners_are_found,
    prompts_are_a_stack,
    intents_are_replaced,
    timelines_are_chains,
    deliveries_are_taken_once,
    quarantine_keeps_the_row,
    programs_and_settings_are_kept,
    articles_are_found_by_their_words,
];
