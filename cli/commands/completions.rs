//! `flow completions SHELL`

use crate::args::Cli;
use crate::io::Io;
use crate::trouble::Trouble;
use clap::CommandFactory;

/// Options of `flow completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow completions bash > ~/.local/share/bash-completion/completions/flow
  flow completions zsh > ~/.zfunc/_flow     with fpath+=~/.zfunc before compinit
  flow completions fish > ~/.config/fish/completions/flow.fish")]
pub struct Options {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Prints the script.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "flow", &mut script);
    io.write(&String::from_utf8_lossy(&script))
}
