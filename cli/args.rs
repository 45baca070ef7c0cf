//! The command line, as clap reads it. What a command's options mean stands with the command.

use crate::commands;
use clap::{Parser, Subcommand};

/// Flow: customer-support, CRM and marketing automation as plain text that is checked before it runs.
#[derive(Debug, Parser)]
#[command(name = "flow", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Begin with `flow new helpdesk`. Each command has examples: `flow run --help`.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a project: settings, a first flow, editor settings
    New(commands::new::Options),
    /// Show every diagnostic of a project
    Check(commands::check::Options),
    /// Show the page of a diagnostic
    Explain(commands::explain::Options),
    /// Print completions for a shell
    Completions(commands::completions::Options),
}
