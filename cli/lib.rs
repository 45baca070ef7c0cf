//! The command flow
#![forbid(unsafe_code)]
