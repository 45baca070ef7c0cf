//! The checksum of a row. SQLite does not notice bit rot; this does. It is no defence against tampering.

use crc32fast::hash;

/// Grows when the meaning of a row's columns changes, so that old code never takes a new row for its own.
const ROW_FORMAT: u8 = 1;

/// Collects a row's columns in one buffer and hashes it once: faster than hashing piece by piece.
pub(super) struct Crc(Vec<u8>);

impl Crc {
    /// The checksum of a row of a table, by the table's letter.
    pub(super) fn of(table: u8) -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend([ROW_FORMAT, table]);
        Crc(bytes)
    }

    pub(super) fn int(mut self, int: i64) -> Self {
        self.0.extend(int.to_le_bytes());
        self
    }

    pub(super) fn opt(mut self, int: Option<i64>) -> Self {
        self.0.push(u8::from(int.is_some()));
        self.int(int.unwrap_or(0))
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let mut with_length = self.int(bytes.len() as i64);
        with_length.0.extend(bytes);
        with_length
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn end(self) -> i64 {
        // Signed, because SQLite keeps that in four bytes and an unsigned one in six.
        i64::from(hash(&self.0).cast_signed())
    }
}
