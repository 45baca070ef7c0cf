//! The standard library of Flow: declarations beside their implementations
#![forbid(unsafe_code)]
