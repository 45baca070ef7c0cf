//! Benchmarks of Flow
#![forbid(unsafe_code)]
