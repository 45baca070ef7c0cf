//! What instructions do, by family.

pub(super) mod build;
pub(super) mod compare;
pub(super) mod number;
pub(super) mod other;
pub(super) mod scalar;
pub(super) mod template;
