//! The commands, one file each.

pub mod articles;
pub mod build;
mod channels;
pub mod check;
mod check_fix;
pub mod completions;
pub mod connector;
pub mod decide;
pub mod deploy;
pub mod disasm;
pub mod doc;
pub mod doctor;
mod drift;
mod edit;
pub mod emails;
pub mod explain;
mod export;
mod fates;
pub mod fire;
pub mod flow_list;
pub mod flows;
pub mod fmt;
pub mod graph;
mod history;
mod import;
pub mod lsp;
pub mod mail;
pub mod mails;
mod manifest;
pub mod migrate;
mod moved;
pub mod new;
pub mod notes;
mod reach;
pub mod records;
pub mod resume;
pub mod run;
pub mod runs;
pub mod serve;
pub mod show;
pub mod submit;
pub mod template;
pub mod test;
pub mod wake;

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
        Command::Fmt(options) => fmt::run(&options, io),
        Command::Test(options) => test::run(&options, io),
        Command::Build(options) => build::run(&options, io),
        Command::Disasm(options) => disasm::run(&options, io),
        Command::Graph(options) => graph::run(&options, io),
        Command::Doc(options) => doc::run(&options, io),
        Command::Connector(deed) => connector::run(&deed, io),
        Command::Notes(deed) => notes::run(&deed, io),
        Command::Mails(deed) => mails::run(&deed, io),
        Command::Emails(options) => emails::run(&options, io),
        Command::Template(deed) => template::run(&deed, io),
        Command::Explain(options) => explain::run(&options, io),
        Command::Run(options) => run::run(&options, io),
        Command::Runs(options) => runs::run(&options, io),
        Command::Show(options) => show::run(&options, io),
        Command::Answer(options) => wake::answer(&options, io),
        Command::Fire(options) => fire::run(&options, io),
        Command::Submit(options) => submit::run(&options, io),
        Command::Start(options) => flows::start(&options, io),
        Command::Flows(options) => flow_list::run(&options, io),
        Command::Pause(options) => flows::pause(&options, io),
        Command::Unpause(options) => flows::unpause(&options, io),
        Command::Cancel(options) => wake::cancel(&options, io),
        Command::Retry(options) => wake::retry(&options, io),
        Command::Deploy(options) => deploy::run(&options, io),
        Command::Migrate(options) => migrate::run(&options, io),
        Command::Approve(options) => decide::approve(&options, io),
        Command::Deny(options) => decide::deny(&options, io),
        Command::Resolve(options) => decide::resolve(&options, io),
        Command::Resume(options) => resume::run(&options, io),
        Command::Serve(options) => serve::run(&options, io),
        Command::Mail(deed) => mail::run(&deed, io),
        Command::Contacts(deed) => records::run("Contact", &deed, io),
        Command::Companies(deed) => records::run("Company", &deed, io),
        Command::Conversations(look) => records::talks(&look, io),
        Command::Tickets(deed) => records::run("Ticket", &deed, io),
        Command::Teammates(deed) => records::run("Teammate", &deed, io),
        Command::FollowUps(deed) => records::run("FollowUp", &deed, io),
        Command::Sales(deed) => records::run("Sale", &deed, io),
        Command::Articles(deed) => articles::run(&deed, io),
        Command::Notifications(look) => records::look("Notification", &look, io),
        Command::Lsp(options) => lsp::run(&options, io),
        Command::Doctor(options) => doctor::run(&options, io),
        Command::Completions(options) => completions::run(&options, io),
    }
}
