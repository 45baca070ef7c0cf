//! The command line, as clap reads it. What a command's options mean stands with the command.

use crate::commands;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::{Parser, Subcommand};

/// Help in the colours of everything else.
const STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(Style::new().dimmed())
    .error(AnsiColor::Red.on_default().bold())
    .valid(AnsiColor::Cyan.on_default())
    .invalid(AnsiColor::Yellow.on_default());

/// Flow: customer-support, CRM and marketing automation as plain text that is checked before it runs.
#[derive(Debug, Parser)]
#[command(name = "flow", version, max_term_width = 100, styles = STYLES)]
#[command(after_help = "Begin with `flow new helpdesk`. Each command has examples: `flow run --help`.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a project: settings, a first flow with its tests, editor settings
    New(commands::new::Options),
    /// Show every diagnostic of a project
    Check(commands::check::Options),
    /// Lay out source files, all the same way
    Fmt(commands::fmt::Options),
    /// Run the tests of a project, in virtual time
    Test(commands::test::Options),
    /// Compile a project into a file
    Build(commands::build::Options),
    /// List a compiled program beside its source lines
    Disasm(commands::disasm::Options),
    /// Write reference pages of a project, from its doc comments
    Doc(commands::doc::Options),
    /// Draw a flow: as a picture, or as Mermaid text
    Graph(commands::graph::Options),
    /// Show the page of a diagnostic
    Explain(commands::explain::Options),
    /// Start a run and stay with it
    Run(commands::run::Options),
    /// List runs: what goes on, waits, has failed
    Runs(commands::runs::Options),
    /// Show what one run did, with source lines
    Show(commands::show::Options),
    /// Answer what a run asks
    Answer(commands::wake::AnswerOptions),
    /// Raise an event
    Fire(commands::fire::Options),
    /// Fill in a form: its contact is found or made
    Submit(commands::submit::Options),
    /// Start a run of a flow, or let everyone in who belongs to its audience already
    Start(commands::flows::StartOptions),
    /// List flows: what lets runs in, what is paused, what was counted
    Flows(commands::flow_list::Options),
    /// Hold what lets somebody into a flow and what wakes its runs
    Pause(commands::flows::PauseOptions),
    /// Let a paused flow go on
    Unpause(commands::flows::PauseOptions),
    /// End a run, wherever it waits
    Cancel(commands::wake::RunOptions),
    /// Try the failed call of a run again
    Retry(commands::wake::RunOptions),
    /// Make the project the newest version; say what that means for runs that wait
    Deploy(commands::deploy::Options),
    /// Move runs of older versions to the newest
    Migrate(commands::migrate::Options),
    /// Let an action go out that waits for approval
    Approve(commands::decide::ApproveOptions),
    /// Refuse an action that waits for approval
    Deny(commands::decide::DenyOptions),
    /// Say what became of an action in doubt
    Resolve(commands::decide::ResolveOptions),
    /// Let whatever is due go on
    Resume(commands::resume::Options),
    /// Let whatever is due go on, and take what comes from outside: links in mails, webhooks, mails
    Serve(commands::serve::Options),
    /// Take mails that come in
    #[command(subcommand, after_help = "Example:\n  flow mail receive < mail.eml")]
    Mail(commands::mail::Deed),
    /// Contacts: the people you talk with
    #[command(
        subcommand,
        after_help = "Examples:
  flow contacts import contacts.csv --country NO
  flow contacts list --where tags=vip
  flow contacts show ada@example.com
  flow contacts delete ada@example.com"
    )]
    Contacts(commands::records::Deed),
    /// Companies: the organisations that contacts belong to
    #[command(
        subcommand,
        after_help = "Examples:
  flow companies import companies.csv
  flow companies list --json
  flow companies show example.com"
    )]
    Companies(commands::records::Deed),
    /// Conversations: who has them, what was said
    #[command(
        subcommand,
        after_help = "Examples:
  flow conversations list --contact ada@example.com
  flow conversations show 1
  flow conversations export -o conversations.jsonl
  flow conversations set 1 assignee=grace@example.com"
    )]
    Conversations(commands::records::Talks),
    /// Tickets: requests that somebody has to settle
    #[command(
        subcommand,
        after_help = "Examples:
  flow tickets list --where status=open
  flow tickets show 7 --json
  flow tickets set 7 status=solved"
    )]
    Tickets(commands::records::Deed),
    /// Teammates: the people on your side
    #[command(
        subcommand,
        after_help = "Examples:
  flow teammates add name='Grace Hopper' email=grace@example.com teams=support
  flow teammates set grace@example.com available=no
  flow teammates list --where teams=support"
    )]
    Teammates(commands::records::Deed),
    /// Follow-ups: what teammates have to do, and when
    #[command(
        subcommand,
        after_help = "Examples:
  flow follow-ups list --where owner=grace@example.com
  flow follow-ups add contact=ada@example.com title='Call back' kind=call"
    )]
    FollowUps(commands::records::Deed),
    /// Sales: what somebody may buy
    #[command(
        subcommand,
        after_help = "Examples:
  flow sales list --where stage=proposal
  flow sales export -o sales.csv"
    )]
    Sales(commands::records::Deed),
    /// Articles of the help centre, and which of them fit some words
    #[command(
        subcommand,
        after_help = "Examples:
  flow articles list
  flow articles search cannot sign in
  flow articles set reset_password url=https://help.example.com/reset"
    )]
    Articles(commands::articles::ArticleDeed),
    /// Notifications: what teammates were told
    #[command(
        subcommand,
        after_help = "Examples:
  flow notifications list --where to=grace@example.com
  flow notifications set 3 read=yes"
    )]
    Notifications(commands::records::Look),
    /// Find operations in the OpenAPI document of a service
    #[command(
        subcommand,
        after_help = "Examples:
  flow connector list specs/github.json issue
  flow connector show specs/github.json issues_create"
    )]
    Connector(commands::connector::Deed),
    /// Notes on records, for your own eyes
    #[command(
        subcommand,
        after_help = "Examples:\n  flow notes list --contact ada@example.com\n  flow notes export -o notes.csv"
    )]
    Notes(commands::notes::Deed),
    /// Mails that went out and came in, and what became of them
    #[command(
        subcommand,
        after_help = "Examples:\n  flow mails list --contact ada@example.com\n  flow mails show mail-3"
    )]
    Mails(commands::mails::Deed),
    /// Count mails by template and by flow: sent, opened, clicked, answered, bounced, unsubscribed
    Emails(commands::emails::Options),
    /// Templates of mails: those that are ready, and what one looks like
    #[command(
        subcommand,
        after_help = "Examples:
  flow template list
  flow template add welcome
  flow template preview welcome --html welcome.html"
    )]
    Template(commands::template::Deed),
    /// Serve an editor: the language server, on standard input and output
    Lsp(commands::lsp::Options),
    /// Check the database, settings and secrets, and say what to do
    Doctor(commands::doctor::Options),
    /// Print completions for a shell
    Completions(commands::completions::Options),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// What stands above options that commands share is for those who read the code.
    #[test]
    fn every_command_says_what_it_does_and_shows_an_example() {
        fn look(command: &mut clap::Command) {
            if command.get_name() == "help" {
                return;
            }
            let help = command.render_long_help().to_string();
            assert!(!help.contains("Which project and which database"), "{help}");
            let name = command.get_name().to_owned();
            assert!(name == "completions" || help.contains("\nExample"), "{name} has no example:\n{help}");
            assert!(command.get_about().is_some(), "{name}");
            command.get_subcommands_mut().for_each(look);
        }
        let mut cli = Cli::command();
        cli.get_subcommands_mut().for_each(look);
    }
}
