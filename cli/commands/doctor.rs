//! `flow doctor`

use super::build::{bound_in_vain, fallback_team};
use crate::io::Io;
use crate::project::{Project, count};
use crate::session::{EnvironmentSecrets, Intent, Session, Where, is_empty, registry};
use crate::trouble::Trouble;
use crate::values::counted;
use flow_lang::compile::Compiled;
use flow_lang::diag::Severity;
use flow_lang::hir::SymbolKind;
use flow_stdlib::http::guard::Guard;
use flow_vm::action::Secrets;
use flow_vm::engine::{Control, Owner, RunFilter, RunStatus as RunState};
use flow_vm::seam::{Clock, SystemClock};
use flow_vm::store::sqlite::{Options as StoreOptions, SqliteStore};
use flow_vm::store::{RunStatus, Store, StoreError};
use serde_json::json;
use std::path::Path;

/// Options of `flow doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  flow doctor --project helpdesk")]
pub struct Options {
    /// One JSON object a line: `check`, `state` (`ok`, `note`, `trouble`), `text`, `help`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Runs are read in pages of so many.
const PAGE: usize = 1_000;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Note,
    Trouble,
}

struct Finding {
    check: &'static str,
    state: State,
    text: String,
    help: Option<String>,
}

fn finding(check: &'static str, state: State, text: impl Into<String>) -> Finding {
    Finding { check, state, text: text.into(), help: None }
}

/// Checks, and says what to do.
///
/// # Errors
/// Something is wrong: exit code 1 for the project, 3 for the database; 2 where `flow.toml` does not even read.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = options.place.project(io)?;
    let mut findings = vec![settings(&project)];
    let own = project.sources()?;
    let compiled = project.compile(&own);
    findings.extend(secret_hosts(&project, &compiled));
    if let Err(Trouble::Usage(words)) = fallback_team(&project, &compiled) {
        findings.push(Finding { help: words.help, ..finding("settings", State::Trouble, words.message) });
    }
    findings.push(program(&compiled, own.len()));
    findings.extend(secrets(&project, &compiled, io)?);
    findings.extend(channels(&project, &compiled, io)?);
    let database = options.place.database(&project, io);
    findings.extend(check_database(&database).into_iter().map(already_here));
    if findings.iter().all(|finding| finding.check != "database" || finding.state != State::Trouble) {
        findings.extend(in_doubt(&project, &database, io));
    }
    if findings.iter().all(|finding| finding.check != "database" || finding.state == State::Ok) {
        findings.extend(flows(&project, &database, io));
    }
    let mut worst = 0;
    for finding in &findings {
        if finding.state == State::Trouble {
            worst = worst.max(if finding.check == "database" { 3 } else { 1 });
        }
        show(finding, options.json, io)?;
    }
    if worst > 0 { Err(Trouble::Said(worst)) } else { Ok(()) }
}

fn show(finding: &Finding, json: bool, io: &mut Io) -> Result<(), Trouble> {
    let (paint, unicode) = (io.paint(), io.terminal.unicode);
    if json {
        let state = match finding.state {
            State::Ok => "ok",
            State::Note => "note",
            State::Trouble => "trouble",
        };
        let object = json!({ "check": finding.check, "state": state, "text": finding.text, "help": finding.help });
        return io.line(object.to_string());
    }
    let sign = match (finding.state, unicode) {
        (State::Ok, true) => paint.good("✓"),
        (State::Ok, false) => paint.good("ok"),
        (State::Note, _) => paint.warn("!"),
        (State::Trouble, true) => paint.bad("✗"),
        (State::Trouble, false) => paint.bad("X"),
    };
    io.paragraph(&format!("{sign} {} {}", paint.dim(format!("{:<9}", finding.check)), finding.text), 12)?;
    match &finding.help {
        Some(help) => io.paragraph(&format!("            {}", paint.note(help)), 12),
        None => Ok(()),
    }
}

fn settings(project: &Project) -> Finding {
    let path = project.settings();
    // What every command that opens the engine would stumble over.
    if let Err(Trouble::Usage(words) | Trouble::Refused(words) | Trouble::Machine(words)) = registry(project) {
        let mut found = finding("settings", State::Trouble, words.message);
        found.help = Some("an address is host:port, such as \"127.0.0.1:8080\"".to_owned());
        return found;
    }
    if path.is_file() {
        return finding("settings", State::Ok, format!("{}, project {}", path.display(), project.name()));
    }
    let mut found = finding("settings", State::Note, "there is no flow.toml: everything is as by default");
    found.help = Some("`flow new DIR` makes a project with one".to_owned());
    found
}

/// The secrets that the program declares.
fn declared(compiled: &Compiled) -> impl Iterator<Item = &str> {
    let symbols = compiled.hir.iter().flat_map(|hir| &hir.symbols);
    symbols.filter(|(kind, _, _)| *kind == SymbolKind::Secret).map(|(_, name, _)| &**name)
}

/// Secrets that the settings bind to hosts and no flow declares: mostly a slip of the pen.
fn secret_hosts(project: &Project, compiled: &Compiled) -> Vec<Finding> {
    let told = bound_in_vain(project, compiled).into_iter().map(|(name, near)| {
        let text = format!("[net.secret_hosts] names `{name}`, which no flow declares");
        let mut found = finding("settings", if near.is_some() { State::Trouble } else { State::Note }, text);
        found.help = near.map(|near| format!("did you mean `{near}`? As it is, that one may go to any host"));
        found
    });
    told.collect()
}

fn program(compiled: &Compiled, files: usize) -> Finding {
    let (errors, warnings) = (count(compiled, Severity::Error), count(compiled, Severity::Warning));
    let state = if errors > 0 { State::Trouble } else { State::Ok };
    let mut found = finding(
        "program",
        state,
        format!("{}, {}, {}", counted(files, "file"), counted(errors, "error"), counted(warnings, "warning")),
    );
    found.help = (errors + warnings > 0).then(|| "`flow check` shows them".to_owned());
    found
}

/// Whether every secret the project declares is set; never what it is.
fn secrets(project: &Project, compiled: &Compiled, io: &Io) -> Result<Vec<Finding>, Trouble> {
    let known = EnvironmentSecrets::load(project, io)?;
    Ok(declared(compiled)
        .map(|name| {
            if known.get(name).is_some() {
                return finding("secrets", State::Ok, format!("{name} is set"));
            }
            let mut found = finding("secrets", State::Trouble, format!("{name} is not set"));
            found.help = Some(format!("set FLOW_SECRET_{} in the environment or in .env", name.to_uppercase()));
            found
        })
        .collect())
}

/// Every channel that is set, and whether its secrets are; and those that messages need and are not.
fn channels(project: &Project, compiled: &Compiled, io: &Io) -> Result<Vec<Finding>, Trouble> {
    let (channels, known) = (project.config.channels(), EnvironmentSecrets::load(project, io)?);
    let guard = Guard::new(project.config.net.allow.iter().map(String::as_str)).unwrap_or_default();
    let unfit = |channel: &str, name: &str| channels.unfit(channel, name, &known.get(name)?, &guard);
    let mut found = Vec::new();
    for channel in channels.set() {
        let missing: Vec<&str> =
            channels.secrets(channel).into_iter().filter(|name| known.get(name).is_none()).collect();
        let ill: Vec<_> =
            channels.secrets(channel).into_iter().filter_map(|name| Some((name, unfit(channel, name)?))).collect();
        if missing.is_empty() && ill.is_empty() {
            found.push(finding("channels", State::Ok, format!("{channel} is set")));
        }
        found.extend(
            ill.into_iter().map(|(name, why)| unfit_secret(format!("{channel}: its secret {name} {why}"), name)),
        );
        for name in missing {
            let mut lacks = finding("channels", State::Trouble, format!("{channel}: its secret {name} is not set"));
            lacks.help = Some(format!("set FLOW_SECRET_{} in the environment or in .env", name.to_uppercase()));
            found.push(lacks);
        }
    }
    for name in channels.secrets_in() {
        if let Some(why) = unfit("in", name) {
            found.push(unfit_secret(format!("what comes in is not taken: the secret {name} {why}"), name));
        }
    }
    for name in project.config.scripts.iter().flat_map(|scripts| scripts.secrets.values()) {
        if known.get(name).is_none() {
            let text = format!("scripts: the secret {name} is not set, and no script is run");
            let mut lacks = finding("channels", State::Trouble, text);
            lacks.help = Some(format!("set FLOW_SECRET_{} in the environment or in .env", name.to_uppercase()));
            found.push(lacks);
        }
    }
    for name in channels.secrets_in().into_iter().filter(|name| known.get(name).is_none()) {
        let text = format!("what comes in is not taken: the secret {name} is not set");
        let mut lacks = finding("channels", State::Trouble, text);
        lacks.help = Some(format!("set FLOW_SECRET_{} in the environment or in .env", name.to_uppercase()));
        found.push(lacks);
    }
    if let Some(email) = &channels.email {
        found.push(match &email.track {
            Some(track) => {
                finding("channels", State::Ok, format!("links in mails lead to {track}, where `flow serve` takes them"))
            }
            None => finding("channels", State::Ok, "links in mails are not followed: [email] has no `track`"),
        });
    }
    if let Some(mailbox) = channels.mail.as_ref().and_then(|mail| mail.mailbox.as_ref()) {
        let (user, host, port, folder) = (&mailbox.user, &mailbox.host, mailbox.port, &mailbox.folder);
        let place = format!("{user} at {host}:{port}, folder {folder}");
        // Without its password nothing is fetched, which is told above.
        if known.get(&mailbox.password).is_some() {
            let text = format!("mails are fetched by `flow serve` from the mailbox of {place}");
            found.push(finding("channels", State::Ok, text));
        } else {
            found.push(finding("channels", State::Note, format!("no mails are fetched from the mailbox of {place}")));
        }
    }
    let program = compiled.lowered.as_ref().map(|lowered| &lowered.program);
    let asks = program.is_some_and(|program| program.actions.iter().any(|action| action.name.starts_with("ai.")));
    if asks && channels.ai.is_none() {
        let text = "ai is not set: the embedded defaults answer, from articles and by words";
        let help = Some("`[ai]` says which model answers".to_owned());
        found.push(Finding { help, ..finding("channels", State::Note, text) });
    }
    let unset =
        program.map(|program| super::channels::unset(project, program, None, io)).transpose()?.unwrap_or_default();
    found.extend(
        unset
            .into_iter()
            .filter(|unset| unset.secret.is_none())
            .map(|unset| Finding { help: Some(unset.help()), ..finding("channels", State::Note, unset.says()) }),
    );
    Ok(found)
}

/// A secret that is set and cannot be what it is for; its value is not shown.
fn unfit_secret(text: String, name: &str) -> Finding {
    let help = format!("look at FLOW_SECRET_{} in the environment or in .env", name.to_uppercase());
    Finding { help: Some(help), ..finding("channels", State::Trouble, text) }
}

fn check_database(path: &Path) -> Vec<Finding> {
    let place = path.display();
    if !path.exists() {
        return vec![finding("database", State::Note, format!("{place} is not there yet; `flow run` makes it"))];
    }
    if is_empty(path) {
        let mut found =
            finding("database", State::Trouble, format!("{place} is empty: nothing of a database is left in it"));
        found.help = Some("restore a backup; or remove the file, to begin anew".to_owned());
        return vec![found];
    }
    let options = StoreOptions { now_us: SystemClock::default().now_us(), ..StoreOptions::default() };
    let checked = SqliteStore::open(path, &options).and_then(|mut store| {
        let report = store.check()?;
        let runs = if report.problems.is_empty() { store.begin()?.count_runs()? } else { Vec::new() };
        Ok((report, runs))
    });
    match checked {
        Ok((report, runs)) if report.problems.is_empty() => {
            let rows: u64 = report.rows.iter().map(|(_, rows)| rows).sum();
            let size = (report.file_bytes + report.log_bytes).div_ceil(1024);
            let sound = format!("{place} is sound: {}, {size} KiB, every checksum fits", counted(rows, "row"));
            [finding("database", State::Ok, sound)].into_iter().chain(in_need(&runs)).collect()
        }
        Ok((report, _)) => report
            .problems
            .into_iter()
            .map(|problem| {
                let mut found = finding("database", State::Trouble, problem);
                found.help = Some("copy the file away first; then restore a backup. Other runs go on".to_owned());
                found
            })
            .collect(),
        Err(StoreError::Locked { by, .. }) => {
            let health = Owner::connect(path).ok().flatten().and_then(|owner| owner.health().ok());
            if let Some(trouble) = health.and_then(|health| health.trouble) {
                let mut found = finding("database", State::Trouble, format!("{place}: {trouble}"));
                found.help = Some(format!("it is {by} that cannot write"));
                return vec![found];
            }
            let mut found = finding("database", State::Note, format!("{place} is in use by {by}: not checked"));
            found.help = Some("stop that process first, to have every checksum read".to_owned());
            vec![found]
        }
        Err(error) => {
            // The store says what to do after the colon.
            let text = error.to_string();
            let (what, help) = text.rsplit_once(": ").unwrap_or((&text, ""));
            let mut found = finding("database", State::Trouble, what);
            found.help = Some(help.to_owned()).filter(|help| !help.is_empty());
            vec![found]
        }
    }
}

/// Runs of whose calls nobody knows what became: each waits until a person says so. Also where another process has the
/// database.
fn in_doubt(project: &Project, database: &Path, io: &mut Io) -> Option<Finding> {
    if !database.exists() {
        return None;
    }
    let session = Session::open(project, database, Intent::Look, io).ok()?;
    let mut filter = RunFilter { statuses: vec![RunState::InDoubt], limit: PAGE, ..RunFilter::default() };
    let mut count = 0;
    loop {
        let page = session.control.runs(&filter).ok()?;
        count += page.len();
        match page.last() {
            Some(last) if page.len() == PAGE => filter.before = Some(last.run),
            _ => break,
        }
    }
    let text = match count {
        0 => return None,
        1 => "1 run is in doubt: nobody knows whether what it sent has arrived".to_owned(),
        count => format!("{count} runs are in doubt: nobody knows whether what they sent has arrived"),
    };
    let help = Some("`flow runs --status in_doubt` lists them, `flow resolve` says what became of it".to_owned());
    Some(Finding { help, ..finding("runs", State::Trouble, text) })
}

/// What is counted of flows with a header; nothing where there is no database.
fn flows(project: &Project, database: &Path, io: &mut Io) -> Vec<Finding> {
    let Ok(session) = Session::open(project, database, Intent::Look, io) else { return Vec::new() };
    let counts = session.control.counts().unwrap_or_default();
    let lines = counts.into_iter().map(|flow| {
        let said: Vec<String> = flow.counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
        let said = if said.is_empty() { "nobody has entered".to_owned() } else { said.join(", ") };
        match flow.paused {
            None => finding("flow", State::Ok, format!("{}: {said}", flow.flow)),
            Some(_) => Finding {
                help: Some(format!("`flow unpause {}` lets it go on", flow.flow)),
                ..finding("flow", State::Note, format!("{} is paused: {said}", flow.flow))
            },
        }
    });
    lines.collect()
}

/// Whoever is here already needs not be sent here, as the store's own words do.
fn already_here(mut found: Finding) -> Finding {
    const SENT: &str = "`flow doctor`";
    if let Some(at) = found.text.find(SENT) {
        let said = found.text.get(..at).unwrap_or_default();
        let kept = said.rfind([':', ';']).and_then(|end| said.get(..end)).unwrap_or(said);
        found.text = kept.trim_end().to_owned();
        found.help.get_or_insert_with(|| RESTORE.to_owned());
    }
    if found.help.as_ref().is_some_and(|help| help.contains(SENT)) {
        found.help = Some(RESTORE.to_owned());
    }
    found
}

/// What helps a database that is damaged.
const RESTORE: &str = "copy the file away first; then restore a backup";

/// Runs that wait for a person's decision, by how they stand.
fn in_need(runs: &[(RunStatus, u64)]) -> Vec<Finding> {
    let of =
        |wanted: &[RunStatus]| runs.iter().filter(|(status, _)| wanted.contains(status)).map(|(_, n)| n).sum::<u64>();
    let kinds: [(&[RunStatus], &str, &str); 3] = [
        (&[RunStatus::Retryable], "failed at a call and can be tried again", "failed"),
        (&[RunStatus::Quarantined], "set aside after five faults", "quarantined"),
        (&[RunStatus::Stranded], "of a program that this installation cannot carry out", "quarantined"),
    ];
    let told = kinds.iter().filter(|(wanted, _, _)| of(wanted) > 0).map(|(wanted, what, status)| {
        let count = of(wanted);
        let mut found = finding("runs", State::Note, format!("{} {what}", counted(count, "run")));
        found.help = Some(format!("`flow runs --status {status}` lists them"));
        found
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_where_they_are() {
        let damaged =
            finding("database", State::Trouble, "flow.db is damaged (page 3: x): run `flow doctor`, and more");
        let told = already_here(damaged);
        assert_eq!((told.text.as_str(), told.help.as_deref()), ("flow.db is damaged (page 3: x)", Some(RESTORE)));
        let row = "row 1 of runs in flow.db is damaged (x): the run is set aside; `flow doctor` lists all";
        let told = already_here(finding("database", State::Trouble, row));
        assert_eq!(told.text, "row 1 of runs in flow.db is damaged (x): the run is set aside");
    }
}
