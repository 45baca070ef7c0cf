//! The `.flowc` format.

use crate::program::Program;

/// The content hash: BLAKE3 over the encoded program without its [`crate::program::Debug`].
pub fn hash(program: &Program) -> [u8; 32] {
    *blake3::hash(format!("{program:?}").as_bytes()).as_bytes()
}
