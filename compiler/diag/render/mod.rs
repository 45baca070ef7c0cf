//! How a diagnostic is shown: to people in a terminal, to tools as JSON lines or SARIF, to both as one short line.
//!
//! Every form is made from the same [`Diagnostic`](super::Diagnostic) and loses none of its words. Nothing here knows
//! of terminals or files: whoever prints says how wide it is and whether there are colours.

mod excerpt;
mod human;
mod json;
mod sarif;
mod short;
mod sources;
mod text;

#[cfg(test)]
mod tests;

pub use human::{Look, human};
pub use json::{json, json_value};
pub use sarif::{sarif, uri};
pub use short::short;
pub use sources::{Position, Source, Sources};
pub use text::{clean, clean_same_length};
