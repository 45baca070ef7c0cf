//! Executes Flow bytecode durably
#![forbid(unsafe_code)]
