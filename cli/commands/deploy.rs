//! `flow deploy`

use super::build::{compiled, deployable};
use super::fates::show;
use crate::io::Io;
use crate::paint::hang;
use crate::project::{Project, count};
use crate::session::{Intent, Session, Where};
use crate::trouble::Trouble;
use crate::values::{counted, number, short_version};
use flow_lang::diag::Severity;
use flow_vm::engine::{Migration, MigrationReport};
use serde_json::json;

/// Options of `flow deploy`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow deploy --dry-run       what the change means for those who wait
  flow deploy                 new runs enter this version; the others keep theirs
  flow migrate                moves those who fit")]
pub struct Options {
    /// Say what would happen to runs that wait, and deploy nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What a place is called now that had another name, for the report: `old_ask=ask_contact`
    #[arg(long, value_name = "OLD=NEW", requires = "dry_run")]
    pub map: Vec<String>,
    /// One JSON object a place: `flow`, `place`, `fate` (`stays`, `needs_mapping`, `breaks`), `runs`, `why`, `suggestion`; then one
    /// with `program`, `deployed`, `current`, `stay`, `need_mapping`, `break`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Makes the project's program the newest version, or says what that would mean.
///
/// # Errors
/// The project has errors, a mapping leads nowhere, or the store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let mappings = super::migrate::mappings(&options.map)?;
    let project = options.place.project(io)?;
    let deployment = compiled(&project, io)?;
    super::channels::notice(&project, &deployment.program, None, io)?;
    let database = options.place.database(&project, io);
    let flows = deployment.program.flows.len();
    if options.dry_run && !database.exists() {
        return told(&MigrationReport::default(), options, io);
    }
    if flows == 0 && !options.dry_run {
        return Err(Trouble::refused("the project has no flow to deploy").help(
            "write one in a `.flow` file; `flow pause FLOW` lets nobody enter one that is deployed, and `flow cancel RUN` ends a run",
        ));
    }
    let session = Session::open(&project, &database, Intent::Start, io)?;
    let against = options.dry_run.then(|| deployment.clone());
    let migration = Migration { mappings, dry: true, against, flow: None };
    if options.dry_run {
        return told(&session.control.migrate(migration)?, options, io);
    }
    let deployed = session.control.deploy(deployment)?;
    session.fill_articles(&project)?;
    let report = session.control.migrate(migration)?;
    if options.json {
        return told(&report, options, io);
    }
    let version = short_version(&deployed.program);
    let what = if deployed.new { "deployed" } else { "unchanged:" };
    io.line(format!("{what} {}, version {version}", counted(flows, "flow")))?;
    let older: u64 = report.places.iter().map(|place| place.runs).sum();
    let fits = report.places.iter().filter(|place| place.why.is_none()).map(|place| place.runs).sum();
    if older > 0 {
        let (goes, has) = if older == 1 { ("goes", "it has") } else { ("go", "they have") };
        io.line(format!("{} {goes} on with the version {has}", counted(older, "run")))?;
    }
    if fits > 0 {
        io.command(&session.command("migrate"), &format!("moves {} of them", number(fits)))?;
    }
    Ok(())
}

fn told(report: &MigrationReport, options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let counts = show(report, options.json, "stay as they are", io)?;
    if options.json {
        let [stay, need_mapping, broken] = counts;
        let object = json!({
            "program": report.program, "deployed": !options.dry_run, "current": report.current, "stay": stay,
            "need_mapping": need_mapping, "break": broken,
        });
        return io.line(object.to_string());
    }
    io.line("nothing was deployed")
}

/// Opens the engine with the project as it is now, so that its newest fields and names are known. Where its files have
/// errors, records are those of the version that was deployed last, and that is said.
///
/// # Errors
/// The project has errors and nothing was deployed yet, or as [`Session::open`].
pub(super) fn deployed(place: &Where, io: &mut Io) -> Result<(Project, Session), Trouble> {
    let project = place.project(io)?;
    let database = place.database(&project, io);
    let read = project.sources().map(|own| (project.compile(&own), own.len()));
    let broken = match &read {
        Err(trouble) => Some(trouble.words()),
        Ok((compiled, _)) if count(compiled, Severity::Error) > 0 => Some("the files here have errors".to_owned()),
        Ok(_) => None,
    };
    if let Some(why) = broken
        && database.exists()
    {
        let session = Session::open(&project, &database, Intent::Wake, io)?;
        if !session.control.schema()?.entities.is_empty() {
            let text = format!(
                "{why}: records are as the project declared them when it was deployed last; `flow check` says what is wrong"
            );
            let columns = if io.terminal.error { io.terminal.width } else { usize::MAX };
            let note = io.err_paint().note("note:");
            io.write_err(&format!("{}\n", hang(&format!("{note} {text}"), columns, 6)))?;
            return Ok((project, session));
        }
    }
    let (compiled, own) = read?;
    let deployment = deployable(&project, compiled, own, io)?;
    let session = Session::open(&project, &database, Intent::Start, io)?;
    session.control.deploy(deployment)?;
    session.fill_articles(&project)?;
    Ok((project, session))
}
