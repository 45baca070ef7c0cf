//! Executes Flow bytecode durably
#![forbid(unsafe_code)]
pub mod action;
pub mod engine;
pub mod machine;
pub mod migrate;
mod nearest;
pub mod seam;
pub mod snapshot;
pub mod store;
