//! The command `flow`: a library, so that what it does can be tested without a process, and a thin `main`.
//!
//! [`run`] takes the arguments and an [`Io`], and gives the exit code. Each command is one file in `commands/`.
#![forbid(unsafe_code)]

mod args;
mod commands;
mod io;
mod mail;
mod nearest;
mod paint;
mod project;
mod session;
mod table;
mod talk;
mod testrun;
mod trouble;
mod values;

pub use args::{Cli, Command};
pub use io::{Io, Terminal};
pub use trouble::Trouble;

use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Carries out one command line. The exit code is 0 when all is fine, 1 when the project, a run or its state says no, 2
/// for wrong usage, 3 when the store or the machine is in trouble; `docs/commands.md` says it in full.
pub fn run(args: impl IntoIterator<Item = OsString>, mut io: Io) -> ExitCode {
    let result = match Cli::try_parse_from(args) {
        Ok(cli) => commands::run(cli, &mut io),
        Err(error) => {
            // `--help` and `--version` are errors to clap, with exit code 0 and standard output as their place.
            let styled = error.render();
            let to_out = !error.use_stderr();
            let color = if to_out { io.paint().on } else { io.err_paint().on };
            let text = if color { styled.ansi().to_string() } else { styled.to_string() };
            let written = if to_out { io.write(&text) } else { io.write_err(&text) };
            written.and(if to_out { Ok(()) } else { Err(Trouble::Said(2)) })
        }
    };
    let result = result.and_then(|()| io.flush());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            // Where even the error cannot be written nothing is left but the exit code.
            let _ = trouble.show(&mut io);
            ExitCode::from(trouble.exit_code())
        }
    }
}
