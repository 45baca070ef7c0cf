//! One process owns a database: it holds a lock on a file beside it and says there who it is.

use crate::store::{StoreError, StoreResult};
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who owns a database, for other processes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnerInfo {
    /// Process id.
    pub pid: u32,
    /// Name of the machine.
    pub host: String,
    /// Address of its local API, once it serves one: `127.0.0.1:4180`.
    pub address: Option<String>,
    /// It makes the database: a file that is still empty when it is killed was never more than that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub making: bool,
}

impl OwnerInfo {
    /// This process, with no address yet.
    pub fn this_process() -> Self {
        #[cfg(unix)]
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        #[cfg(not(unix))]
        let host = std::env::var("COMPUTERNAME").unwrap_or_default();
        OwnerInfo { pid: std::process::id(), host, address: None, making: false }
    }
}

impl std::fmt::Display for OwnerInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host)?;
        match &self.address {
            Some(address) => write!(f, " (http://{address})"),
            None => Ok(()),
        }
    }
}

/// The lock, held until it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub(super) struct Owner {
    lock: File,
    path: PathBuf,
    info: OwnerInfo,
    /// The process before was killed while it made the database.
    unmade: bool,
}

/// `flow.db.lock` beside `flow.db`.
fn lock_path(database: &Path) -> PathBuf {
    let mut name = OsString::from(database.as_os_str());
    name.push(".lock");
    PathBuf::from(name)
}

fn io_error(path: &Path, error: &std::io::Error) -> StoreError {
    let file = path.to_path_buf();
    match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { file },
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full { file },
        _ => StoreError::Io { file, detail: error.to_string() },
    }
}

impl Owner {
    /// Takes the lock.
    pub(super) fn take(database: &Path, info: OwnerInfo) -> StoreResult<Self> {
        let path = lock_path(database);
        let mut lock = (OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path))
            .map_err(|error| io_error(&path, &error))?;
        // A process that only asks who the owner is holds the lock for a moment, so one refusal is not believed.
        let mut tries = 5;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries > 0 => std::thread::sleep(Duration::from_millis(20)),
                Err(TryLockError::WouldBlock) => {
                    let by = read(&mut lock).map_or_else(|| "another process".into(), |info| info.to_string());
                    return Err(StoreError::Locked { file: database.to_path_buf(), by });
                }
                Err(TryLockError::Error(error)) => return Err(io_error(&path, &error)),
            }
            tries -= 1;
        }
        let unmade = read(&mut lock).is_some_and(|before| before.making);
        let mut owner = Owner { lock, path, info: OwnerInfo { making: unmade, ..info }, unmade };
        owner.write()?;
        Ok(owner)
    }

    /// Whether the database is yet to be made. An empty file is what is left of one, unless it never was more.
    pub(super) fn makes(&mut self, database: &Path, create: bool) -> StoreResult<bool> {
        let making = match database.metadata() {
            // Beside a log that is not empty it is damage, which opening it tells.
            Ok(file) if file.is_file() && file.len() == 0 && !self.unmade && !has_log(database) => {
                return Err(StoreError::Empty { file: database.to_path_buf() });
            }
            Ok(file) => self.unmade && file.is_file(),
            Err(_) => create,
        };
        if making != self.info.making {
            self.info.making = making;
            self.write()?;
        }
        Ok(making)
    }

    /// The database was made, or not: then nothing is left that looks like a lost one.
    pub(super) fn made(&mut self, database: &Path, done: bool) -> StoreResult<()> {
        if !done && database.metadata().is_ok_and(|file| file.is_file() && file.len() == 0) && !has_log(database) {
            let _ = std::fs::remove_file(database);
        }
        self.info.making = false;
        self.write()
    }

    /// Says where the local API is served.
    pub(super) fn set_address(&mut self, address: Option<String>) -> StoreResult<()> {
        self.info.address = address;
        self.write()
    }

    fn write(&mut self) -> StoreResult<()> {
        let mut text = serde_json::to_string(&self.info).unwrap_or_default();
        text.push('\n');
        let written = (self.lock.set_len(0))
            .and_then(|()| self.lock.seek(SeekFrom::Start(0)))
            .and_then(|_| self.lock.write_all(text.as_bytes()));
        written.map_err(|error| io_error(&self.path, &error))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // The file stays: removing it would let two processes lock two files of one name.
        let _ = self.lock.set_len(0);
    }
}

fn has_log(database: &Path) -> bool {
    super::place::log_of(database).metadata().is_ok_and(|log| log.len() > 0)
}

fn read(lock: &mut File) -> Option<OwnerInfo> {
    let mut text = String::new();
    lock.seek(SeekFrom::Start(0)).ok()?;
    lock.take(4_096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// The process that owns a database now; `None` when nobody does.
///
/// # Errors
/// When the lock file is there and cannot be read.
pub fn owner(database: &Path) -> StoreResult<Option<OwnerInfo>> {
    let path = lock_path(database);
    let mut lock = match File::open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(&path, &error)),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(read(&mut lock).unwrap_or_default())),
        Err(TryLockError::Error(error)) => Err(io_error(&path, &error)),
    }
}
