//! The suspended state on disk: compact, total, checked.
//!
//! ```text
//! format:u8 | hash:8 bytes of the program's | effects | revisions | paths | path … | crc32:4 bytes, little endian
//! path   = id | parent | branch | state:u8 | (revision | frames | frame …)?
//! frame  = place | live registers in the order of the suspension table, untagged
//! state  = 0 waiting | 1 paused | 2 joining | 3 calling, effect | 4 failed, effect, failure | 5 done, its result as Json | 6 dead
//! ```
//! Numbers are LEB128, signed ones zigzag. What a value is made of is decided by its type in the program; see
//! [`values`] for each. The windows of frames follow from the calls they stand at, so no offset is stored.

mod cursor;
pub(crate) mod plan;
mod restore;
mod save;
mod values;
mod writer;

pub use restore::{decode, decode_into};
pub use save::{encode, encode_into};

/// Why a snapshot was not written or not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes are not what was written: too short, trailing bytes, a wrong checksum, an index out of range.
    #[error("the stored state is corrupt: {0}")]
    Corrupt(&'static str),
    /// Written by another format version.
    #[error("the stored state has format {0}, this machine reads {FORMAT}")]
    Format(u8),
    /// Written by another program.
    #[error("the stored state belongs to another program")]
    Program,
    /// A register does not hold what the suspension table says.
    #[error("`{0}` does not hold a value of its type")]
    Shape(String),
}

/// The format this machine writes.
pub const FORMAT: u8 = 1;

/// Containers within containers that are written and read.
const DEPTH_MAX: usize = 96;

/// Paths of a run.
const PATHS_MAX: u64 = 4096;

/// Frames of a path.
const FRAMES_MAX: u64 = 4096;

/// Registers of a bank over all frames of a path.
const REGISTERS_MAX: usize = 1 << 18;
