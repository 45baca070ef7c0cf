//! Benchmarks of Flow
#![forbid(unsafe_code)]

/// That of the command: what is measured is what runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
