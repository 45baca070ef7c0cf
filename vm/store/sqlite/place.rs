//! Whether the file under the database's name is still the one that is open: deleted or renamed it would go on taking
//! writes that nobody finds again.

use crate::store::{StoreError, StoreResult};
use std::path::{Path, PathBuf};

/// What lies under a name: device and number of the file there.
type Identity = Option<(u64, u64)>;

/// The database and its log as they were when they were opened.
pub(super) struct Place {
    file: PathBuf,
    log: PathBuf,
    found: (Identity, Identity),
}

/// Where a database's log lies.
pub(super) fn log_of(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

/// Asks for the number alone: where somebody has asked for times, Linux (since 6.13) writes them anew at the next write, and a
/// flush of the log then takes a second trip to the disk.
#[cfg(target_os = "linux")]
fn identity(path: &Path) -> Identity {
    use rustix::fs::{AtFlags, CWD, StatxFlags, makedev, statx};
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::INO).ok()?;
    Some((makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Elsewhere the system lets nobody move or delete a file that is open.
#[cfg(not(unix))]
fn identity(_: &Path) -> Identity {
    None
}

impl Place {
    /// Notes what is open. Once something was written, so that there is a log.
    pub(super) fn of(file: &Path) -> Self {
        let log = log_of(file);
        let found = (identity(file), identity(&log));
        Place { file: file.to_path_buf(), log, found }
    }

    /// Refuses to go on when something else, or nothing, lies there now. Two looks at names the system has in memory: no I/O.
    pub(super) fn check(&self) -> StoreResult<()> {
        if (identity(&self.file), identity(&self.log)) == self.found {
            Ok(())
        } else {
            Err(StoreError::Gone { file: self.file.clone() })
        }
    }
}
