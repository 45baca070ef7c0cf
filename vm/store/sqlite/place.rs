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

fn identity(path: &Path) -> Identity {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
    }
    // Elsewhere the system lets nobody move or delete a file that is open.
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

impl Place {
    /// Notes what is open. Once something was written, so that there is a log.
    pub(super) fn of(file: &Path) -> Self {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        let log = PathBuf::from(log);
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
