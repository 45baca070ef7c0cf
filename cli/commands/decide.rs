//! `flow approve`, `flow deny`, `flow resolve`: what a person has to decide.

use super::wake::{OneRun, act};
use crate::io::Io;
use crate::trouble::Trouble;
use clap::ValueEnum;
use flow_bytecode::{Failure, Value};
use flow_vm::engine::{Decision, Resolution, Resolved};

/// Options of `flow approve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow approve r_0019b
  flow approve r_0019b --by \"Grace Hopper\"")]
pub struct ApproveOptions {
    /// Which run
    #[command(flatten)]
    pub of: OneRun,
    /// Who approves it: stands in the run's timeline
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Which action, by the anchor or key of its place, when several wait for approval
    #[arg(long, value_name = "ANCHOR")]
    pub at: Option<String>,
}

/// Options of `flow deny`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow deny r_0019b
  flow deny r_0019b --by Grace --reason \"too much for a first order\"")]
pub struct DenyOptions {
    /// Which run
    #[command(flatten)]
    pub of: OneRun,
    /// Who refuses it: stands in the run's timeline
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Why: the flow sees it as the message of the failure `.denied`
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Which action, by the anchor or key of its place, when several wait for approval
    #[arg(long, value_name = "ANCHOR")]
    pub at: Option<String>,
}

/// Options of `flow resolve`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow resolve r_0019b done                              it happened
  flow resolve r_0019b done --result '{\"id\": \"re_7\"}'    it happened, and this came of it
  flow resolve r_0019b retry                             send it again, with the same key
  flow resolve r_0019b fail                              it did not happen")]
pub struct ResolveOptions {
    /// Which run
    #[command(flatten)]
    pub of: OneRun,
    /// What became of the action in doubt
    #[arg(value_enum)]
    pub what: What,
    /// What the action yielded, as JSON; needed with `done` where it yields something
    #[arg(long, value_name = "JSON")]
    pub result: Option<String>,
    /// Which action, by the anchor or key of its place, when several are in doubt
    #[arg(long, value_name = "ANCHOR")]
    pub at: Option<String>,
}

/// What a person knows about an action in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// It happened: the run goes on with its result
    Done,
    /// It may be sent again
    Retry,
    /// It did not happen: the run goes on with a failure
    Fail,
}

/// `flow approve`
///
/// # Errors
/// The run does not wait for an approval, or the store.
pub fn approve(options: &ApproveOptions, io: &mut Io) -> Result<(), Trouble> {
    let decision = Decision { approve: true, by: options.by.clone(), reason: None, at: options.at.clone() };
    act(&options.of, io, |control, run| control.decide(run, decision))
}

/// `flow deny`
///
/// # Errors
/// The run does not wait for an approval, fails for want of it, or the store.
pub fn deny(options: &DenyOptions, io: &mut Io) -> Result<(), Trouble> {
    let (by, reason, at) = (options.by.clone(), options.reason.clone(), options.at.clone());
    act(&options.of, io, |control, run| control.decide(run, Decision { approve: false, by, reason, at }))
}

/// `flow resolve`
///
/// # Errors
/// The run is not in doubt, the result does not fit, the run fails, or the store.
pub fn resolve(options: &ResolveOptions, io: &mut Io) -> Result<(), Trouble> {
    let result = options.result.as_deref().map(parse).transpose()?;
    let what = match (options.what, result) {
        (What::Done, result) => Resolved::Done(result),
        (_, Some(_)) => return Err(Trouble::usage("`--result` belongs to `done`: only what happened has one")),
        (What::Retry, None) => Resolved::Retry,
        (What::Fail, None) => Resolved::Failed(Failure::new("failed", "somebody has looked, and it did not happen")),
    };
    act(&options.of, io, |control, run| control.resolve(run, Resolution { what, at: options.at.clone() }))
}

fn parse(text: &str) -> Result<Value, Trouble> {
    let json = serde_json::from_str::<serde_json::Value>(text).map_err(|error| {
        Trouble::usage(format!("the result is no JSON: {error}")).help("quote it for the shell: --result '{\"id\": 7}'")
    })?;
    crate::values::untyped(&json).map_err(|why| Trouble::usage(format!("the result does not fit: {why}")))
}
