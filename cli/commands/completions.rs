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
    let mut cli = Cli::command();
    clap_complete::generate(options.shell, &mut cli, "flow", &mut script);
    io.write(&String::from_utf8_lossy(&script))?;
    if options.shell == clap_complete::Shell::Fish {
        io.write(&fish_arguments(&cli))?;
    }
    Ok(())
}

/// The values of arguments without a name, which clap leaves out for fish.
fn fish_arguments(cli: &clap::Command) -> String {
    let mut lines = String::new();
    for command in cli.get_subcommands() {
        let name = command.get_name();
        for value in
            command.get_positionals().flat_map(|argument| argument.get_value_parser().possible_values()).flatten()
        {
            let help =
                value.get_help().map(ToString::to_string).unwrap_or_default().replace(['\'', '"', '$', '\\'], "");
            let offered = value.get_name();
            lines.push_str(&format!(
                "complete -c flow -n \"__fish_flow_using_subcommand {name}\" -f -a \"{offered}\\t'{help}'\"\n"
            ));
        }
    }
    lines
}
