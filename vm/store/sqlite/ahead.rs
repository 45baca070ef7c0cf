//! Room in the log, made ahead of use.
//!
//! A flush after a write beyond the end of a file also flushes the file's new length, which takes a second trip to the disk:
//! measured on ext4, half as many commits a second as where the same bytes are written over. A log that has begun to grow
//! is therefore made longer in large pieces, with zeros, which the next commit flushes along with its own pages.
//!
//! SQLite allows it: a log may hold anything behind its last valid frame, as it does after it began anew, and a frame of
//! zeros is not valid (<https://www.sqlite.org/fileformat2.html#walformat>). Only the writer writes to the log.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

/// A log that stays shorter gets no room ahead, bytes: commands that do one thing need none.
const FROM_BYTES: u64 = 256 << 10;
/// The log is made longer when less is left than this, bytes: more than most transactions write.
const LEFT_BYTES: u64 = 64 << 10;
/// It is doubled, but no more is added at once than this, bytes.
const PIECE_BYTES: u64 = 4 << 20;
/// A log is never made longer than this, bytes: it begins anew before.
const UP_TO_BYTES: u64 = 128 << 20;
/// Of the log's header, and of that of each frame.
const HEADER_BYTES: u64 = 32;
const FRAME_HEADER_BYTES: u64 = 24;

/// The log's length, and where it lies.
pub(super) struct Ahead {
    log: PathBuf,
    page_bytes: u64,
    /// Its length when last looked at, bytes.
    length: u64,
    zeros: Vec<u8>,
}

impl Ahead {
    pub(super) fn of(log: PathBuf, page_bytes: u64) -> Self {
        Ahead { log, page_bytes, length: 0, zeros: Vec::new() }
    }

    /// Makes room behind so many frames, where it is about to run out. No transaction is open. A disk that does not take it
    /// will say so when SQLite writes.
    pub(super) fn reach(&mut self, frames: u64) {
        let used = HEADER_BYTES + frames * (FRAME_HEADER_BYTES + self.page_bytes);
        if used < FROM_BYTES || used + LEFT_BYTES <= self.length || used > UP_TO_BYTES {
            return;
        }
        self.length = self.extend(used).unwrap_or(used + LEFT_BYTES + PIECE_BYTES);
    }

    /// The log has been cut to nothing.
    pub(super) fn forget(&mut self) {
        self.length = 0;
    }

    fn extend(&mut self, used: u64) -> std::io::Result<u64> {
        let mut log: File = OpenOptions::new().write(true).open(&self.log)?;
        let length = log.seek(SeekFrom::End(0))?;
        if used + LEFT_BYTES <= length {
            return Ok(length);
        }
        let piece = length.min(PIECE_BYTES);
        self.zeros.resize(usize::try_from(piece).unwrap_or(0), 0);
        log.write_all(&self.zeros)?;
        Ok(length + piece)
    }
}
