//! Opening a database: settings that durability rests on are set, read back, and refused when they did not take.

use super::Options;
use super::core::error_of;
use super::migrate::MIGRATIONS;
use crate::store::{StoreError, StoreResult};
use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// "FLOW": tells our databases from other programs'.
pub(super) const APPLICATION_ID: i64 = 0x464C_4F57;
/// Length of a page, bytes: small, because a step rewrites whole pages.
const PAGE_BYTES: i64 = 2_048;
/// Page cache of the writer, KiB.
const CACHE_WRITER_KIB: i64 = 32 * 1_024;
/// Page cache of a reader, KiB.
const CACHE_READER_KIB: i64 = 1_024;

/// Whether the connection writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// Opens a connection with its settings; does not migrate.
pub(super) fn connect(file: &Path, options: &Options, access: Access) -> StoreResult<Connection> {
    if options.is_a_file() {
        check_path(file, options, access)?;
    }
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags |= match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    if access == Access::Write && options.create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    // SQLite's own files in memory, which connections of one process share by name.
    let vfs = if options.volatile { Some("memdb") } else { options.vfs.as_deref() };
    let opened = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(file, flags, vfs),
        None => Connection::open_with_flags(file, flags),
    };
    let mut conn = opened.map_err(|error| error_of(file, 0, error))?;
    if let (Access::Write, true, Some(other)) = (access, options.volatile, &options.copy_of) {
        let found = copy(other, &mut conn).map_err(|error| error_of(other, 0, error))?;
        if !found {
            return Err(StoreError::NotFound { file: other.clone() });
        }
    }
    let settings = Settings { file, limit_ms: options.busy_ms, conn };
    settings.conn.busy_timeout(Duration::from_millis(options.busy_ms)).map_err(|error| settings.error(error))?;
    settings.apply(access, options.volatile)?;
    Ok(settings.conn)
}

/// Fills a database in memory with what another one holds, page by page. Whether there is another one.
fn copy(from: &Path, into: &mut Connection) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_ONLY;
    let from = Connection::open_with_flags_and_vfs(from, flags, "memdb")?;
    // A name that nobody has is one of an empty database.
    let pages: i64 = from.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    Backup::new(&from, into)?.step(-1)?;
    Ok(pages > 0)
}

fn check_path(file: &Path, options: &Options, access: Access) -> StoreResult<()> {
    if file.is_file() {
        let length = |path: &Path| path.metadata().map_or(0, |file| file.len());
        // An empty file whose making was cut off is as good as none, but beside its log it is what is left of a database: SQLite would empty the log.
        if length(file) == 0 && length(&super::place::log_of(file)) > 0 {
            let detail = "it is empty, and its log is not".to_owned();
            return Err(StoreError::Corrupt { file: file.to_path_buf(), detail });
        }
        return Ok(());
    }
    let path = file.to_path_buf();
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(StoreError::NoFolder { file: path });
    }
    if file.exists() {
        return Err(StoreError::NotADatabase { file: path });
    }
    if access == Access::Write && options.create { Ok(()) } else { Err(StoreError::NotFound { file: path }) }
}

struct Settings<'a> {
    file: &'a Path,
    limit_ms: u64,
    conn: Connection,
}

impl Settings<'_> {
    fn error(&self, error: rusqlite::Error) -> StoreError {
        error_of(self.file, self.limit_ms, error)
    }

    fn int(&self, pragma: &str) -> StoreResult<i64> {
        self.conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).map_err(|error| self.error(error))
    }

    fn tables(&self) -> StoreResult<i64> {
        let sql = "SELECT count(*) FROM sqlite_schema";
        self.conn.query_row(sql, [], |row| row.get(0)).map_err(|error| self.error(error))
    }

    fn set(&self, pragma: &str, value: &str) -> StoreResult<()> {
        self.conn.execute_batch(&format!("PRAGMA {pragma} = {value}")).map_err(|error| self.error(error))
    }

    /// Reads a setting back and refuses another value than the one it was given.
    fn require(&self, setting: &'static str, wanted: i64) -> StoreResult<()> {
        let found = self.int(setting)?;
        if found == wanted { Ok(()) } else { Err(self.refused(setting, wanted.to_string(), found.to_string())) }
    }

    fn refused(&self, setting: &'static str, wanted: String, found: String) -> StoreError {
        StoreError::Setting { file: self.file.to_path_buf(), setting, wanted, found }
    }

    fn apply(&self, access: Access, volatile: bool) -> StoreResult<()> {
        // Whether it is ours and not too new is asked before anything is changed in it.
        let (application, version) = (self.int("application_id")?, self.int("user_version")?);
        // A kill between the file's first page and the first migration leaves a database without tables: as good as none.
        let empty = self.int("page_count")? == 0 || (application == 0 && version == 0 && self.tables()? == 0);
        if !empty && application != APPLICATION_ID {
            return Err(StoreError::NotADatabase { file: self.file.to_path_buf() });
        }
        let known = MIGRATIONS.len() as i64;
        if version > known {
            return Err(StoreError::Newer { file: self.file.to_path_buf(), found: version, known });
        }
        // Else a statement whose parameter meets the condition of a partial index is planned anew whenever it is bound.
        let stable = self.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
        stable.map_err(|error| self.error(error))?;
        if access == Access::Read {
            if empty {
                return Err(StoreError::NotFound { file: self.file.to_path_buf() });
            }
            if version < known {
                return Err(StoreError::Older { file: self.file.to_path_buf(), found: version, known });
            }
            self.set("cache_size", &format!("-{CACHE_READER_KIB}"))?;
            self.set("temp_store", "MEMORY")?;
            return self.set("query_only", "ON");
        }
        if self.conn.is_readonly("main").map_err(|error| self.error(error))? {
            return Err(StoreError::ReadOnly { file: self.file.to_path_buf() });
        }
        self.set("page_size", &PAGE_BYTES.to_string())?;
        if volatile {
            self.set("journal_mode", "MEMORY")?;
            self.set("synchronous", "OFF")?;
            return self.set("temp_store", "MEMORY");
        }
        self.journal_mode()?;
        self.set("synchronous", "FULL")?;
        self.set("temp_store", "MEMORY")?;
        self.set("cache_size", &format!("-{CACHE_WRITER_KIB}"))?;
        // Not FAST, which leaves what was on pages that are free again.
        self.set("secure_delete", "ON")?;
        self.set("foreign_keys", "OFF")?;
        self.set("wal_autocheckpoint", "0")?;
        self.require("synchronous", 2)?;
        self.require("temp_store", 2)?;
        self.require("secure_delete", 1)?;
        self.require("foreign_keys", 0)?;
        self.require("wal_autocheckpoint", 0)?;
        if cfg!(target_os = "macos") {
            self.set("fullfsync", "ON")?;
            self.set("checkpoint_fullfsync", "ON")?;
            self.require("fullfsync", 1)?;
        }
        if empty {
            self.require("page_size", PAGE_BYTES)?;
        }
        Ok(())
    }

    fn journal_mode(&self) -> StoreResult<()> {
        let mode: String = self
            .conn
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(|error| self.error(error))?;
        if mode == "wal" { Ok(()) } else { Err(self.refused("journal_mode", "wal".into(), mode)) }
    }
}
