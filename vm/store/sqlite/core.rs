//! One connection with what is remembered about it: names, the next ids, the entities.

use super::catalog::Catalog;
use crate::store::{NameClass, NameId, StoreError, StoreResult};
use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE};
use rusqlite::{Connection, Error, ErrorCode, OptionalExtension, Params, Row, params};
use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A connection, shared by the write transaction and the readers: every verb is written once, on this.
pub(super) struct Core {
    pub(super) conn: Connection,
    pub(super) file: Arc<Path>,
    pub(super) catalog: Arc<Catalog>,
    /// Time limit of a statement or of waiting for a lock, milliseconds; named in errors.
    pub(super) limit_ms: u64,
    /// Between BEGIN and the end of a write transaction.
    pub(super) writing: bool,
    /// The disk was full in this transaction.
    pub(super) full: Cell<bool>,
    ids: HashMap<(NameClass, Arc<str>), NameId>,
    texts: HashMap<(NameClass, NameId), Arc<str>>,
    /// Per table, (the last id given, whether that is on disk).
    last_ids: HashMap<Arc<str>, (i64, bool)>,
}

impl Core {
    pub(super) fn new(conn: Connection, file: Arc<Path>, limit_ms: u64) -> Self {
        conn.set_prepared_statement_cache_capacity(128);
        Core {
            conn,
            file,
            catalog: Arc::default(),
            limit_ms,
            writing: false,
            full: Cell::new(false),
            ids: HashMap::new(),
            texts: HashMap::new(),
            last_ids: HashMap::new(),
        }
    }

    /// What an error of SQLite means to a person.
    pub(super) fn error(&self, error: Error) -> StoreError {
        let error = error_of(&self.file, self.limit_ms, error);
        if matches!(error, StoreError::Full { .. }) {
            self.full.set(true);
        }
        error
    }

    /// The same, for a row that was being read: what does not decode is that row's damage.
    pub(super) fn row_error(&self, table: &str, id: i64, error: Error) -> StoreError {
        let detail = match &error {
            Error::FromSqlConversionFailure(_, _, why) => why.to_string(),
            Error::InvalidColumnType(_, column, _) => format!("{column} has the wrong type"),
            Error::IntegralValueOutOfRange(_, _) => "a number is out of range".into(),
            Error::Utf8Error(..) => "a text is not UTF-8".into(),
            _ => return self.error(error),
        };
        StoreError::CorruptRow { file: self.file.to_path_buf(), table: table.into(), id, detail }
    }

    pub(super) fn unknown(&self, what: impl Into<String>) -> StoreError {
        StoreError::Unknown { file: self.file.to_path_buf(), what: what.into() }
    }

    pub(super) fn invalid(&self, what: impl Into<String>, detail: impl Into<String>) -> StoreError {
        StoreError::Invalid { file: self.file.to_path_buf(), what: what.into(), detail: detail.into() }
    }

    /// After some errors (full, I/O, memory) SQLite has rolled the whole transaction back by itself: what came next would
    /// each commit on its own.
    pub(super) fn still_open(&self) -> StoreResult<()> {
        if self.writing && self.conn.is_autocommit() {
            if self.full.get() {
                return Err(StoreError::Full { file: self.file.to_path_buf() });
            }
            let detail = "the transaction was rolled back after an error".into();
            return Err(StoreError::Io { file: self.file.to_path_buf(), detail });
        }
        Ok(())
    }

    /// Runs a statement, prepared once; returns the rows it changed.
    pub(super) fn execute(&self, sql: &str, params: impl Params) -> StoreResult<usize> {
        self.still_open()?;
        self.conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(|error| self.error(error))
    }

    /// The first row, if any.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> StoreResult<Option<T>> {
        self.first_of("", 0, sql, params, read)
    }

    /// The first row, if any, of a table and key named in errors.
    pub(super) fn first_of<T>(
        &self,
        table: &str,
        id: i64,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> StoreResult<Option<T>> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|error| self.error(error))?;
        statement.query_row(params, read).optional().map_err(|error| self.row_error(table, id, error))
    }

    /// Every row; the first damaged one ends it with an error.
    pub(super) fn list<T>(
        &self,
        table: &str,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> StoreResult<Vec<T>> {
        self.list_each(table, sql, params, read)?.into_iter().collect()
    }

    /// Every row; a damaged one is an error in its place. The first column must be the row's key.
    pub(super) fn list_each<T>(
        &self,
        table: &str,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> StoreResult<Vec<StoreResult<T>>> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|error| self.error(error))?;
        let mut rows = statement.query(params).map_err(|error| self.error(error))?;
        let mut list = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.error(error))? {
            list.push(read(row).map_err(|error| self.row_error(table, row.get(0).unwrap_or(0), error)));
        }
        Ok(list)
    }

    /// The next id of a table whose ids are never used twice. Given before the insert because the checksum covers it.
    pub(super) fn next_id(&mut self, table: &str) -> StoreResult<i64> {
        if let Some((last, written)) = self.last_ids.get_mut(table) {
            *last += 1;
            *written = false;
            return Ok(*last);
        }
        let sql = match table {
            // Only ever reached through its run, so a number may come again: no counter to write.
            "journal" => "SELECT coalesce(max(id), 0) FROM journal WHERE ?1 = ?1",
            _ => "SELECT last FROM ids WHERE name = ?1",
        };
        let last = self.first(sql, [table], |row| row.get::<_, i64>(0))?.unwrap_or(0) + 1;
        self.last_ids.insert(table.into(), (last, table == "journal"));
        Ok(last)
    }

    /// The last id given in a table; 0 when none ever was.
    pub(super) fn last_id(&mut self, table: &str) -> StoreResult<i64> {
        if let Some((last, _)) = self.last_ids.get(table) {
            return Ok(*last);
        }
        Ok(self.first("SELECT last FROM ids WHERE name = ?1", [table], |row| row.get(0))?.unwrap_or(0))
    }

    /// Writes the ids given in this transaction, once, before it commits.
    pub(super) fn write_ids(&mut self) -> StoreResult<()> {
        let mut ids = std::mem::take(&mut self.last_ids);
        for (table, (last, written)) in
            ids.iter_mut().filter(|(table, (_, written))| !*written && &***table != "journal")
        {
            let sql = "INSERT INTO ids (name, last) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last = excluded.last";
            self.execute(sql, params![&**table, *last])?;
            *written = true;
        }
        self.last_ids = ids;
        Ok(())
    }

    /// Forgets names a rolled back savepoint may have taught. Ids stay: a gap costs nothing.
    pub(super) fn forget_names(&mut self) {
        self.ids.clear();
        self.texts.clear();
    }

    /// Forgets everything a rolled back transaction may have taught.
    pub(super) fn forget(&mut self) {
        self.forget_names();
        self.last_ids.clear();
    }

    pub(super) fn find_name(&mut self, class: NameClass, name: &str) -> StoreResult<Option<NameId>> {
        let key = (class, Arc::from(name));
        if let Some(id) = self.ids.get(&key) {
            return Ok(Some(*id));
        }
        let id =
            self.first("SELECT id FROM names WHERE class = ?1 AND name = ?2", params![class as i64, name], |row| {
                row.get(0)
            })?;
        if let Some(id) = id {
            self.ids.insert(key, id);
        }
        Ok(id)
    }

    pub(super) fn name(&mut self, class: NameClass, id: NameId) -> StoreResult<Arc<str>> {
        if let Some(name) = self.texts.get(&(class, id)) {
            return Ok(name.clone());
        }
        let name = self
            .first("SELECT name FROM names WHERE class = ?1 AND id = ?2", params![class as i64, id], |row| {
                row.get::<_, Arc<str>>(0)
            })?
            .ok_or_else(|| self.unknown(format!("{class:?} number {id}")))?;
        self.texts.insert((class, id), name.clone());
        Ok(name)
    }

    pub(super) fn intern(&mut self, class: NameClass, name: &str) -> StoreResult<NameId> {
        if let Some(id) = self.find_name(class, name)? {
            return Ok(id);
        }
        let id: i64 = self
            .first("SELECT coalesce(max(id), 0) + 1 FROM names WHERE class = ?1", [class as i64], |row| row.get(0))?
            .unwrap_or(1);
        self.execute("INSERT INTO names (class, id, name) VALUES (?1, ?2, ?3)", params![class as i64, id, name])?;
        self.ids.insert((class, name.into()), id);
        Ok(id)
    }

    pub(super) fn setting(&mut self, name: &str) -> StoreResult<Option<Vec<u8>>> {
        self.first("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0))
    }

    pub(super) fn put_setting(&mut self, name: &str, value: &[u8]) -> StoreResult<()> {
        let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
        self.execute(sql, params![name, value]).map(drop)
    }
}

/// What an error of SQLite means to a person.
pub(super) fn error_of(file: &Path, limit_ms: u64, error: Error) -> StoreError {
    let file = file.to_path_buf();
    let detail = error.to_string();
    let extended = error.sqlite_error().map(|error| error.extended_code);
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { file },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly { file },
        Some(ErrorCode::DiskFull) => StoreError::Full { file },
        // What SQLite calls a quota that is used up, and a disk that is full where it maps the log's index.
        _ if matches!(extended, Some(SQLITE_IOERR_WRITE | SQLITE_IOERR_SHMSIZE | SQLITE_IOERR_TRUNCATE)) => {
            StoreError::Full { file }
        }
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { file },
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Corrupt { file, detail },
        Some(ErrorCode::OperationInterrupted) => StoreError::TooSlow { file, limit_ms },
        _ => StoreError::Io { file, detail },
    }
}

/// A number of rows as SQLite takes it.
pub(super) fn rows(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The error of a row that reads but cannot be right.
pub(super) fn damaged(why: &'static str) -> Error {
    Error::FromSqlConversionFailure(0, rusqlite::types::Type::Null, why.into())
}

/// Compares a row's checksum with the one stored.
pub(super) fn verify(stored: i64, reckoned: i64) -> rusqlite::Result<()> {
    if stored == reckoned { Ok(()) } else { Err(damaged("its checksum does not fit")) }
}
