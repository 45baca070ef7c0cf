//! A conversation with a run: in a terminal, line by line, or as JSON.

mod doubt;
mod ending;
mod face;
mod interrupt;
mod json;
mod lines;
mod names;
mod preview;
mod prompt;
mod screen;
mod stay;
mod widget;

pub use ending::{arms, call_words, ended, failure_lines, of_library, place_words, waits};
pub use interrupt::Interrupt;
pub use json::{failure, moment};
pub use names::Names;
pub use preview::Preview;
pub use stay::{Company, Outcome, stay};
