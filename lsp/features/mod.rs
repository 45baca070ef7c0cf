//! What a client can ask for, by family: the compiler's answer in the protocol's words.

pub(crate) mod calls;
pub(crate) mod completion;
pub(crate) mod edits;
pub(crate) mod hints;
pub(crate) mod layout;
pub(crate) mod lenses;
pub(crate) mod names;
pub(crate) mod paint;
pub(crate) mod picture;
pub(crate) mod shape;
pub(crate) mod symbols;
