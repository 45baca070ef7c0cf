//! The command `flow`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    flow_cli::run(std::env::args_os(), flow_cli::Io::real())
}
