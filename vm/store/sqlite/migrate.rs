//! Bringing an older database to today's format: forward only, in one transaction, with a copy kept first.

use super::Options;
use super::core::error_of;
use super::open::APPLICATION_ID;
use crate::seam::{CrashPoint, crash_point};
use crate::store::{StoreError, StoreResult};
use rusqlite::{Connection, params};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Format n is made from format n-1 by the n-th of these. One that was released is never changed again.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_rules_of_entry.sql"),
    include_str!("migrations/0003_erasure.sql"),
    include_str!("migrations/0004_articles.sql"),
];

/// `flow.db.before-3` beside `flow.db`: the copy kept when format 3 came.
pub(super) fn backup_path(file: &Path, format: i64) -> PathBuf {
    let mut name = OsString::from(file.as_os_str());
    name.push(format!(".before-{format}"));
    PathBuf::from(name)
}

/// Brings the database to the format of the last migration.
pub(super) fn migrate(conn: &mut Connection, file: &Path, options: &Options, migrations: &[&str]) -> StoreResult<()> {
    let error = |error| error_of(file, options.busy_ms, error);
    let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(error)?;
    let known = migrations.len() as i64;
    let done = usize::try_from(version).unwrap_or(0);
    if version >= known {
        return Ok(());
    }
    if version > 0 {
        back_up(conn, file, known).map_err(|found| match found {
            StoreError::Io { detail, file } => {
                StoreError::Io { detail: format!("the backup before an upgrade: {detail}"), file }
            }
            other => other,
        })?;
        crash_point(CrashPoint::AfterBackup);
    }
    let txn = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(error)?;
    for migration in migrations.iter().skip(done) {
        txn.execute_batch(migration).map_err(error)?;
    }
    if version == 0 {
        let sql = "INSERT INTO install (one, id, epoch, writer, created_at) VALUES (1, ?1, 1, 0, ?2)";
        txn.execute(sql, params![options.install_id, options.now_us]).map_err(error)?;
        txn.pragma_update(None, "application_id", APPLICATION_ID).map_err(error)?;
    }
    txn.pragma_update(None, "user_version", known).map_err(error)?;
    crash_point(CrashPoint::InMigration);
    txn.commit().map_err(error)
}

/// Copies the whole database. A copy of an earlier try that did not get to the end is written over.
fn back_up(conn: &Connection, file: &Path, format: i64) -> StoreResult<()> {
    let path = backup_path(file, format);
    let text =
        path.to_str().ok_or_else(|| StoreError::Io { file: path.clone(), detail: "its name is not UTF-8".into() })?;
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(StoreError::Io { file: path, detail: error.to_string() });
    }
    conn.execute("VACUUM INTO ?1", [text]).map_err(|error| error_of(&path, 0, error)).map(drop)
}
