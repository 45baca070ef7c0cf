//! The Flow compiler: text in, bytecode and diagnostics out.
//!
//! Pure by construction: no file system, no environment, no clock. Callers hand in sources and get values back.
#![forbid(unsafe_code)]

pub mod check;
pub mod compile;
pub mod diag;
pub mod hir;
pub mod lower;
mod resolve;
pub mod syntax;
