//! Readers: a few connections that see what is committed and stop when they take too long.

use super::core::Core;
use super::open::{self, Access};
use super::read::HasCore;
use super::{Options, core::error_of};
use crate::seam::{Clock, SystemClock};
use crate::store::{Read, StoreResult};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Instructions of SQLite between two looks at the time: some 20 µs.
const INSTRUCTIONS_PER_LOOK: i32 = 2_000;

/// A pool of read-only connections to one database. Clones share it.
#[derive(Clone)]
pub struct Readers(Arc<Pool>);

struct Pool {
    file: Arc<Path>,
    options: Options,
    limit_ms: u64,
    clock: SystemClock,
    idle: Mutex<Idle>,
    returned: Condvar,
    readers_max: usize,
}

#[derive(Default)]
struct Idle {
    readers: Vec<SqliteReader>,
    open: usize,
}

struct SqliteReader {
    core: Core,
    /// When to stop, by the boot clock, microseconds.
    deadline_us: Arc<AtomicI64>,
}

impl HasCore for SqliteReader {
    fn core(&self) -> &Core {
        &self.core
    }

    fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }
}

impl Readers {
    /// A pool of at most `readers_max` connections, opened when first needed; a question may take `limit_ms`.
    ///
    /// # Errors
    /// As [`super::SqliteStore::open`], and `Older` when the database must be upgraded first.
    pub fn open(file: &Path, options: &Options, readers_max: usize, limit_ms: u64) -> StoreResult<Self> {
        let readers = Readers(Arc::new(Pool {
            file: Arc::from(file),
            options: options.clone(),
            limit_ms,
            clock: SystemClock::default(),
            idle: Mutex::default(),
            returned: Condvar::new(),
            readers_max: readers_max.max(1),
        }));
        // What is wrong with the database is better said now than at the first question.
        readers.read(|_| Ok(()))?;
        Ok(readers)
    }

    /// Asks a question. All of it sees the database at one moment. Keep it short: while it lasts the log cannot begin anew.
    ///
    /// # Errors
    /// The question's own, `TooSlow` when it reached the time limit.
    pub fn read<T>(&self, question: impl FnOnce(&mut dyn Read) -> StoreResult<T>) -> StoreResult<T> {
        let mut lent = Lent { pool: &self.0, reader: None };
        let mut reader = self.0.take()?;
        let limit_us = i64::try_from(self.0.limit_ms.saturating_mul(1_000)).unwrap_or(i64::MAX);
        reader.deadline_us.store(self.0.clock.boot_us().saturating_add(limit_us), Ordering::Relaxed);
        let answer = (reader.core.execute("BEGIN", []))
            .and_then(|_| reader.core.refresh_catalog())
            .and_then(|()| question(&mut reader));
        reader.deadline_us.store(i64::MAX, Ordering::Relaxed);
        let ended = reader.core.conn.is_autocommit() || reader.core.execute("ROLLBACK", []).is_ok();
        // A connection that reported trouble of the disk is not used again.
        if ended && !answer.as_ref().is_err_and(|error| error.needs_reopen()) {
            lent.reader = Some(reader);
        }
        answer
    }
}

/// Gives the connection back, or its place when it is gone, a panic of the question included.
struct Lent<'p> {
    pool: &'p Pool,
    reader: Option<SqliteReader>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.lock();
        match self.reader.take() {
            Some(reader) => idle.readers.push(reader),
            None => idle.open = idle.open.saturating_sub(1),
        }
        drop(idle);
        self.pool.returned.notify_one();
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Idle> {
        // Nothing panics while holding it, and a list of connections cannot be half changed.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> StoreResult<SqliteReader> {
        let mut idle = self.lock();
        loop {
            if let Some(reader) = idle.readers.pop() {
                return Ok(reader);
            }
            if idle.open < self.readers_max {
                idle.open += 1;
                drop(idle);
                return self.connect();
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn connect(&self) -> StoreResult<SqliteReader> {
        let mut conn = open::connect(&self.file, &self.options, Access::Read)?;
        let deadline_us = Arc::new(AtomicI64::new(i64::MAX));
        let (deadline, clock) = (deadline_us.clone(), self.clock.clone());
        let too_late = move || clock.boot_us() > deadline.load(Ordering::Relaxed);
        conn.progress_handler(INSTRUCTIONS_PER_LOOK, Some(too_late)).map_err(|error| error_of(&self.file, 0, error))?;
        Ok(SqliteReader { core: Core::new(conn, self.file.clone(), self.limit_ms), deadline_us })
    }
}
