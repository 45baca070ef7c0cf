//! The commands, one file each.

pub mod check;
pub mod completions;
pub mod explain;
pub mod new;

use crate::args::{Cli, Command};
use crate::io::Io;
use crate::trouble::Trouble;

/// Carries out a command.
///
/// # Errors
/// Why it did not do as asked.
pub fn run(cli: Cli, io: &mut Io) -> Result<(), Trouble> {
    match cli.command {
        Command::New(options) => new::run(&options, io),
        Command::Check(options) => check::run(&options, io),
        Command::Explain(options) => explain::run(&options, io),
        Command::Completions(options) => completions::run(&options, io),
    }
}
