//! Whole-program tests of Flow: what they share.
#![forbid(unsafe_code)]

pub mod diagnostics;
pub mod ebnf;
pub mod editor;
pub mod edits;
pub mod engine;
pub mod export;
pub mod generate;
pub mod ledger;
pub mod markdown;
pub mod marks;
pub mod office;
pub mod openapi;
pub mod pages;
pub mod picture;
pub mod post;
pub mod project;
pub mod reference;
pub mod script;
pub mod story;
pub mod suite;
pub mod terminal;
pub mod timeline;
pub mod typed;
