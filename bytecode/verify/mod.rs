//! Checks a program before it first runs.

use crate::program::Program;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    /// Index of the function, if the error is in one.
    pub function: Option<u16>,
    /// Its instruction.
    pub pc: Option<u16>,
    /// A sentence.
    pub message: String,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.function, self.pc) {
            (Some(function), Some(pc)) => write!(f, "function {function} at {pc}: {}", self.message),
            (Some(function), None) => write!(f, "function {function}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

/// Checks a program.
///
/// # Errors
/// Everything found, by function and instruction.
pub fn verify(_program: &Program) -> Result<(), Vec<VerifyError>> {
    Ok(())
}
