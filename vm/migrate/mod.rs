//! Moving suspended runs from one program to another: what fits, what does not and why, and the move itself. Pure.
//!
//! Places are matched by their keys, and what is kept there by name. A run moves when every frame of every path stands at
//! a place that the new program has too, and everything that is kept there has a value of a type that fits; else it
//! stays with the program it has, to its end.

mod begin;
mod fit;
mod keys;
mod mapping;
mod options;
mod plan;
mod transplant;

pub(crate) use begin::begin;
pub(crate) use keys::flow_name;
pub use mapping::{Mapping, MappingError, OptionName};
pub(crate) use plan::{Misfit, Plan, check};
pub(crate) use transplant::{Verdict, transplant};

#[cfg(test)]
mod tests;
