//! Whole-program tests of Flow
#![forbid(unsafe_code)]
