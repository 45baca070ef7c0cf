//! What must hold of any input, whoever wrote it: no panic, no endless work, no stack that overflows, every place inside
//! its file, the same program after it was laid out. `fuzz/run` looks for an input of which it does not hold; what was found once stands
//! in `kept/`, and the tests try it again.
#![forbid(unsafe_code)]

pub mod corpus;
pub mod guess;
pub mod layout;
pub mod mutate;
pub mod targets;
pub mod tried;
