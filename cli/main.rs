//! The command `flow`.
#![forbid(unsafe_code)]

/// A program is a tree of small boxes, which takes half as long to compile with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    flow_cli::run(std::env::args_os(), flow_cli::Io::real())
}
