//! Which runs are in the open batch, in a file beside the database that is never flushed: if this process dies in a step,
//! the next one knows whose it may have been. A power failure may lose it; what it counts is a hint, not a fact.

use std::fs::{File, OpenOptions};
use std::io::Read;
#[cfg(not(unix))]
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub(super) struct SideFile {
    file: Option<File>,
    buffer: Vec<u8>,
    written: bool,
}

fn path_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".batch");
    PathBuf::from(name)
}

impl SideFile {
    /// Opens it, and tells which runs were in the batch that the last process left open.
    pub fn open(database: Option<&Path>) -> (Self, Vec<i64>) {
        let mut left = Vec::new();
        let file = database.and_then(|database| {
            let path = path_of(database);
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).ok()
        });
        let mut side = SideFile { file, buffer: Vec::new(), written: true };
        if let Some(file) = &mut side.file {
            let mut bytes = Vec::new();
            if file.read_to_end(&mut bytes).is_ok() {
                let mut words = bytes.chunks_exact(8).filter_map(|word| word.try_into().ok().map(i64::from_le_bytes));
                let count = words.next().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
                left.extend(words.take(count));
            }
        }
        side.clear();
        (side, left)
    }

    /// Before a batch.
    pub fn write(&mut self, runs: impl Iterator<Item = i64>) {
        self.buffer.clear();
        self.buffer.extend_from_slice(&[0; 8]);
        let mut count = 0i64;
        for run in runs {
            self.buffer.extend_from_slice(&run.to_le_bytes());
            count += 1;
        }
        self.buffer[..8].copy_from_slice(&count.to_le_bytes());
        self.put();
        self.written = count != 0;
    }

    /// After a batch, however it ended.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.written) {
            self.buffer.clear();
            self.buffer.extend_from_slice(&[0; 8]);
            self.put();
        }
    }

    fn put(&mut self) {
        if let Some(file) = &mut self.file {
            // It is a hint: a disk that does not take it must not stop the engine.
            #[cfg(unix)]
            let _ = std::os::unix::fs::FileExt::write_all_at(file, &self.buffer, 0);
            #[cfg(not(unix))]
            let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(&self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SideFile;

    #[test]
    fn an_open_batch_is_found_and_a_closed_one_is_not() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("flow.db");
        let (mut side, left) = SideFile::open(Some(&database));
        assert!(left.is_empty());
        side.write([3, 7].into_iter());
        drop(side);
        let (mut side, left) = SideFile::open(Some(&database));
        assert_eq!(left, [3, 7]);
        side.write([9].into_iter());
        side.clear();
        drop(side);
        assert!(SideFile::open(Some(&database)).1.is_empty());
        Ok(())
    }
}
