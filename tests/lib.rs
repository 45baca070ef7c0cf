//! Whole-program tests of Flow: what they share.
#![forbid(unsafe_code)]

pub mod export;
pub mod ledger;
pub mod marks;
pub mod project;
pub mod script;
pub mod story;
pub mod timeline;
