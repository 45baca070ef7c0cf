//! Keys of an installation: made of the randomness that its database was created with, so that nothing more is kept.

/// The key for a purpose.
pub(super) fn key(install: &[u8; 16], purpose: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("flow 2026-11 keys of an installation");
    hasher.update(install);
    hasher.update(purpose.as_bytes());
    *hasher.finalize().as_bytes()
}
