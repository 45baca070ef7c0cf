//! The Flow compiler: text in, bytecode and diagnostics out.
//!
//! Pure by construction: no file system, no environment, no clock. Callers hand in sources and get values back.
#![forbid(unsafe_code)]

pub mod check;
pub mod compile;
pub mod connect;
pub mod diag;
pub mod doc;
mod effort;
pub mod format;
mod front;
pub mod graph;
pub mod hir;
pub mod ide;
pub mod lower;
mod resolve;
pub mod syntax;
pub mod template;

/// The stack for programs that nest as deep as they may: several times what an unoptimised compiler needs.
const STACK_BYTES: usize = 16 << 20;
