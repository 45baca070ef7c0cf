//! The embedded store: one SQLite file beside the project, its log and its lock file.

mod ahead;
mod catalog;
mod check;
mod core;
mod crc;
mod erasure;
mod finding;
mod intents;
mod lists;
mod log;
mod migrate;
mod open;
mod owner;
mod place;
mod programs;
mod read;
mod reader;
mod records;
mod rules;
mod runs;
mod texts;
mod txn;
mod words;

pub use owner::{OwnerInfo, owner};
pub use reader::Readers;

use self::core::Core;
use crate::seam::{CrashPoint, crash_point};
use crate::store::{CheckReport, Install, Statistics, Store, StoreError, StoreResult, Txn};
use ahead::Ahead;
use open::Access;
use owner::Owner;
use place::Place;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use txn::SqliteTxn;

/// The log is copied into the database when it is this long, pages: about 32 MiB.
const LOG_PAGES: i64 = 16_000;
/// A reader may have kept part of the log from being copied: the next try comes after so many pages more.
const LOG_PAGES_MORE: i64 = 1_000;
/// From here on the writer waits for readers to let go of the log, pages.
const LOG_PAGES_MAX: i64 = 4 * LOG_PAGES;

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Makes a database when there is none.
    pub create: bool,
    /// The name of a registered VFS instead of the system's files.
    pub vfs: Option<String>,
    /// Lives in the memory of this process and is gone with its last connection: for tests.
    pub volatile: bool,
    /// Begins with what another such database of this process holds, under its name.
    pub copy_of: Option<std::path::PathBuf>,
    /// Takes the lock file; off only where files are not real.
    pub lock: bool,
    /// Who says it owns the database.
    pub owner: OwnerInfo,
    /// How long to wait for another program's lock, milliseconds.
    pub busy_ms: u64,
    /// Identifies the installation, when a database is made: random.
    pub install_id: [u8; 16],
    /// Now, microseconds since 1970: when a database is made.
    pub now_us: i64,
    /// Pages of log at which it is copied into the database.
    pub log_pages: i64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            create: false,
            vfs: None,
            volatile: false,
            copy_of: None,
            lock: true,
            owner: OwnerInfo::this_process(),
            busy_ms: 5_000,
            install_id: [0; 16],
            now_us: 0,
            log_pages: LOG_PAGES,
        }
    }
}

impl Options {
    /// Whether the database is a file of the system's.
    fn is_a_file(&self) -> bool {
        self.vfs.is_none() && !self.volatile
    }
}

/// The writer's end of a database.
pub struct SqliteStore {
    core: Core,
    owner: Option<Owner>,
    /// Where the files lie, where they are real.
    place: Option<Place>,
    /// The last commit saw them there.
    seen_there: bool,
    /// Room in the log, where it is a real file.
    ahead: Option<Ahead>,
    install: Install,
    /// What the `writer` column said when this process opened the database.
    writer: i64,
    /// There is no log: nothing is to outlive the process.
    volatile: bool,
    /// An outcome is unknown: nothing more may be done on this connection.
    broken: bool,
    /// Pages in the log, told by SQLite after each commit.
    log_now: Arc<AtomicI64>,
    log_limit: i64,
    checkpoint_at: i64,
    statistics: Statistics,
}

impl SqliteStore {
    /// Opens a database for writing: takes the lock, sets and checks what durability rests on, upgrades an older format.
    ///
    /// # Errors
    /// `NotFound`, `NoFolder`, `Locked`, `Busy`, `Empty`, `ReadOnly`, `NotADatabase`, `Corrupt`, `Newer`, `Setting`, `Full`, `Io`.
    pub fn open(file: &Path, options: &Options) -> StoreResult<Self> {
        Self::open_with(file, options, migrate::MIGRATIONS)
    }

    fn open_with(file: &Path, options: &Options, migrations: &[&str]) -> StoreResult<Self> {
        // Paths are checked before a lock file is made beside what may not be there.
        if options.lock && !options.create && !file.exists() {
            return Err(StoreError::NotFound { file: file.to_path_buf() });
        }
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty())
            && options.lock
            && !folder.is_dir()
        {
            return Err(StoreError::NoFolder { file: file.to_path_buf() });
        }
        let mut owner = if options.lock { Some(Owner::take(file, options.owner.clone())?) } else { None };
        let making = owner.as_mut().map_or(Ok(false), |owner| owner.makes(file, options.create))?;
        let opened = open::connect(file, options, Access::Write).and_then(|mut conn| {
            migrate::migrate(&mut conn, file, options, migrations)?;
            Ok(conn)
        });
        let told = match &mut owner {
            Some(owner) if making => owner.made(file, opened.is_ok()),
            _ => Ok(()),
        };
        let mut conn = opened?;
        told?;
        let log_now = Arc::new(AtomicI64::new(0));
        let told = log_now.clone();
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            told.store(pages.into(), Ordering::Relaxed);
            Ok(())
        };
        conn.wal_hook(Some(hook)).map_err(|error| self::core::error_of(file, 0, error))?;
        let mut core = Core::new(conn, Arc::from(file), options.busy_ms);
        let page_bytes = core.first("PRAGMA page_size", [], |row| row.get::<_, i64>(0))?.unwrap_or(0).unsigned_abs();
        // In a transaction of its own: an error of its commit must be told, or this process would think itself taken over.
        core.execute("BEGIN IMMEDIATE", [])?;
        let sql = "UPDATE install SET writer = writer + 1 RETURNING writer, id, epoch";
        let (writer, install) = core
            .first_of("install", 1, sql, [], |row| Ok((row.get(0)?, Install { id: row.get(1)?, epoch: row.get(2)? })))?
            .ok_or_else(|| StoreError::Corrupt {
                file: file.to_path_buf(),
                detail: "it names no installation".into(),
            })?;
        core.execute("COMMIT", [])?;
        core.refresh_catalog()?;
        Ok(SqliteStore {
            ahead: options.is_a_file().then(|| Ahead::of(place::log_of(file), page_bytes)),
            place: options.is_a_file().then(|| Place::of(file)),
            seen_there: false,
            core,
            owner,
            install,
            writer,
            volatile: options.volatile,
            broken: false,
            log_now,
            log_limit: options.log_pages,
            checkpoint_at: options.log_pages,
            statistics: Statistics { page_bytes, ..Statistics::default() },
        })
    }

    fn usable(&self) -> StoreResult<()> {
        if self.broken { Err(StoreError::MustReopen { file: self.core.file.to_path_buf() }) } else { Ok(()) }
    }

    fn still_there(&self) -> StoreResult<()> {
        self.place.as_ref().map_or(Ok(()), Place::check)
    }

    /// Copies the log into the database; returns (whether readers were in the way, pages in the log, pages copied).
    fn checkpoint(&mut self, mode: &str) -> StoreResult<(bool, i64, i64)> {
        crash_point(CrashPoint::BeforeCheckpoint);
        if self.volatile {
            return Ok((false, 0, 0));
        }
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        let found = self.core.first(&sql, [], |row| Ok((row.get::<_, i64>(0)? != 0, row.get(1)?, row.get(2)?)))?;
        self.statistics.checkpoints += 1;
        self.statistics.flushes += 2;
        crash_point(CrashPoint::AfterCheckpoint);
        Ok(found.unwrap_or_default())
    }

    /// Copies the log when it is long. At the beginning of a transaction, when the last one's senders have been told.
    fn checkpoint_if_due(&mut self) -> StoreResult<()> {
        let pages = self.log_now.load(Ordering::Relaxed);
        if pages < self.checkpoint_at {
            return Ok(());
        }
        // Passive never waits. Readers are short, so that it rarely leaves anything; if it did, wait before memory and disk fill.
        let mode = if pages >= self.log_limit.max(1) * (LOG_PAGES_MAX / LOG_PAGES) { "RESTART" } else { "PASSIVE" };
        let (_, log, _) = self.checkpoint(mode)?;
        self.checkpoint_at = log + LOG_PAGES_MORE.min(self.log_limit);
        Ok(())
    }

    /// Counts what a commit wrote.
    fn count_commit(&mut self, log_before: i64) {
        let log = self.log_now.load(Ordering::Relaxed);
        if log == log_before {
            return;
        }
        self.statistics.commits += 1;
        self.statistics.flushes += 1;
        if log > log_before {
            self.statistics.log_pages += log.abs_diff(log_before);
        } else {
            // The log began anew, which flushes its header first.
            self.statistics.log_pages += log.unsigned_abs();
            self.statistics.flushes += 1;
            self.checkpoint_at = self.log_limit;
        }
    }
}

impl Store for SqliteStore {
    fn begin(&mut self) -> StoreResult<Box<dyn Txn + '_>> {
        self.usable()?;
        // A commit has just looked.
        if !std::mem::take(&mut self.seen_there) {
            self.still_there()?;
        }
        self.checkpoint_if_due()?;
        if let Some(ahead) = &mut self.ahead {
            ahead.reach(self.log_now.load(Ordering::Relaxed).unsigned_abs());
        }
        SqliteTxn::begin(self).map(|txn| Box::new(txn) as Box<dyn Txn + '_>)
    }

    fn install(&self) -> Install {
        self.install
    }

    fn truncate_log(&mut self) -> StoreResult<()> {
        self.usable()?;
        let (busy, ..) = self.checkpoint("TRUNCATE")?;
        if busy {
            return Err(StoreError::TooSlow { file: self.core.file.to_path_buf(), limit_ms: self.core.limit_ms });
        }
        self.log_now.store(0, Ordering::Relaxed);
        self.checkpoint_at = self.log_limit;
        if let Some(ahead) = &mut self.ahead {
            ahead.forget();
        }
        Ok(())
    }

    fn set_address(&mut self, address: Option<String>) -> StoreResult<()> {
        self.owner.as_mut().map_or(Ok(()), |owner| owner.set_address(address))
    }

    fn statistics(&self) -> Statistics {
        Statistics { log_pages_now: self.log_now.load(Ordering::Relaxed).unsigned_abs(), ..self.statistics }
    }

    fn check(&mut self) -> StoreResult<CheckReport> {
        self.usable()?;
        self.core.check()
    }
}

#[cfg(test)]
mod tests;
