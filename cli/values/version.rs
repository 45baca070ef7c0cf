//! Versions of a project, by the hash of its program.

/// Digits that people are shown.
const DIGITS: usize = 12;

/// As much of a version as people need to tell it from others.
pub fn short_version(hash: &str) -> &str {
    hash.get(..DIGITS).unwrap_or(hash)
}
