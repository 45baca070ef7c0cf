//! `flow migrate`

use super::fates::show;
use super::flows::whole_name;
use super::moved::carry_on;
use super::wake::open;
use crate::io::Io;
use crate::session::Where;
use crate::trouble::Trouble;
use flow_vm::engine::{Mapping, Migration};
use serde_json::json;

/// Options of `flow migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow migrate --dry-run
  flow migrate --map old_ask=ask_contact
  flow migrate --map 'ask.\"Yes\"=\"Certainly\"'    an option of a question
  flow migrate --flow onboarding.onboarding")]
pub struct Options {
    /// What a place, a flow or an option is called now that had another name: `old_ask=ask_contact`, `ask."Yes"="Certainly"`; may
    /// be given several times
    #[arg(long, value_name = "OLD=NEW")]
    pub map: Vec<String>,
    /// Only runs of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// Say which runs would move, and move none
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON object a place: `flow`, `place`, `fate` (`stays`, `needs_mapping`, `breaks`), `runs`, `why`, `suggestion`; then one
    /// with `program`, `moved`, `current`, `stay`, `need_mapping`, `break`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Moves runs of older versions to the newest.
///
/// # Errors
/// A mapping leads nowhere, there is no such flow, or the store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let mappings = mappings(&options.map)?;
    let session = open(&options.place, io)?;
    let flow = whole_name(&session, options.flow.as_deref())?;
    let migration = Migration { mappings, flow, dry: options.dry_run, against: None };
    let report = session.control.migrate(migration)?;
    if !options.dry_run {
        // What the new version waits for may hold already.
        carry_on(&session, io)?;
    }
    let word = if options.dry_run { "would move" } else { "moved" };
    let [stay, need_mapping, broken] = show(&report, options.json, word, io)?;
    if options.json {
        let object = json!({
            "program": report.program, "moved": report.moved, "current": report.current, "stay": stay,
            "need_mapping": need_mapping, "break": broken,
        });
        return io.line(object.to_string());
    }
    Ok(())
}

/// What a person says of renamed places.
///
/// # Errors
/// One is not written as `old=new`.
pub fn mappings(given: &[String]) -> Result<Vec<Mapping>, Trouble> {
    given.iter().map(|text| text.parse().map_err(|error| Trouble::usage(format!("{error}")))).collect()
}
