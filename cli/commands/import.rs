//! `flow contacts import FILE.csv`

use super::deploy::deployed;
use super::records::{ImportOptions, plural};
use super::runs::flow_name;
use crate::io::Io;
use crate::session::{Intent, Session};
use crate::talk::Interrupt;
use crate::trouble::Trouble;
use crate::values::counted;
use flow_bytecode::schema::{Schema, spoken};
use flow_bytecode::{Failure, Value};
use flow_lang::diag::render::clean;
use flow_stdlib::workspace::import::texts::{self, NOTE};
use flow_stdlib::workspace::import::{self as look, ACTION, Import, LOOK, Parcel, Report, Settings};
use flow_vm::action::ActionError;
use flow_vm::engine::{Act, EngineError, ErrorKind};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows between two looks at the progress bar.
const ROWS_PER_LOOK: usize = 200;

/// Rows sent to the process that owns the database at a time: one transaction there, which holds its runs up so long.
const ROWS_PER_PARCEL: usize = 500;

/// How often rows are sent again when the process that owns the database goes away.
const PARCEL_TRIES: usize = 3;

/// The longest file.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Reasons shown to people; `--json` has them all.
const REASONS_SHOWN: usize = 20;

/// Runs that begin with an import without anybody being asked.
const RUNS_UNASKED: u64 = 5;

/// What begins flows without a record being written.
const SILENT: &str = "conversation.silent";

/// Imports.
///
/// # Errors
/// The file cannot be read as a table, or the store. Rows that are refused are counted and listed, and end with exit
/// code 1 when no row was taken.
pub fn run(entity: &str, options: &ImportOptions, io: &mut Io) -> Result<(), Trouble> {
    let bytes = read(&io.path(&options.file))?;
    let (project, session) = deployed(&options.place, io)?;
    let schema = texts::readable(session.control.schema()?);
    let country = options.country.clone().or_else(|| project.config.project.country.clone());
    let settings = Settings { entity: entity.to_owned(), country, no_runs: options.no_runs };
    // An export of nothing in JSON has no line, as one in CSV has none but its headings.
    if is_json(&options.file) && matches!(bytes.trim_ascii(), b"" | b"[]") {
        return show(&Report::default(), (&[], &[]), entity, options, io);
    }
    let refused = |error: &dyn std::fmt::Display| Trouble::refused(format!("{}: {error}", options.file.display()));
    let columns = Import::new(&bytes, &schema, &settings).map_err(|error| refused(&error))?.columns().to_vec();
    if !options.json {
        let paint = io.err_paint();
        for column in columns.iter().filter_map(|column| Some((&column.header, column.field.as_ref().err()?))) {
            let text = format!("{} column `{}` is passed over: {}\n", paint.warn("note:"), clean(column.0), column.1);
            io.write_err(&text)?;
        }
    }
    let import = Import::new(&bytes, &schema, &settings).map_err(|error| refused(&error))?;
    // Each lot is looked at by itself: who is in two of them is counted twice.
    let about = import.rows_left() > ROWS_PER_PARCEL;
    let begins = match options.no_runs || [NOTE, "Conversation"].contains(&entity) {
        true => Vec::new(),
        false => begins(&session, import)?,
    };
    agree(&begins, about, options, io)?;
    let report = if session.engine.is_some() {
        whole(&session, bytes, schema, settings, io)?
    } else {
        let database = options.place.database(&project, io);
        let again = |io: &mut Io| Session::open(&project, &database, Intent::Start, io);
        let import = Import::new(&bytes, &schema, &settings).map_err(|error| refused(&error))?;
        by_owner(session, &again, import, io)?
    };
    let none_taken = report.imported + report.merged == 0 && report.refused > 0;
    show(&report, (&columns, &begins), entity, options, io)?;
    if none_taken { Err(Trouble::Said(1)) } else { Ok(()) }
}

/// How many runs of which flows begin with a file, most of them first: seen by doing it, lot by lot, and undoing it.
fn begins(session: &Session, mut import: Import) -> Result<Vec<(String, u64)>, Trouble> {
    // What time, webhooks and silence begin does not begin with records.
    let by_records = |begins: &String| begins != "schedule" && begins != SILENT && !begins.starts_with("webhook:");
    if !session.control.flows()?.iter().any(|flow| flow.begins.iter().any(by_records)) {
        return Ok(Vec::new());
    }
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    while let Some(parcel) = import.parcel(ROWS_PER_PARCEL) {
        let act = Act::Call { action: LOOK.to_owned(), args: parcel.args };
        let seen = match session.control.perform(vec![act])?.pop() {
            Some(Err(failure)) => look::begins(&failure).map_err(Trouble::refused)?,
            Some(Ok(_)) | None => Vec::new(),
        };
        for (flow, count) in seen {
            *found.entry(flow).or_default() += count;
        }
    }
    let mut found: Vec<(String, u64)> = found.into_iter().collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(found)
}

/// Says which flows begin, and asks where many would and somebody is there to answer.
fn agree(begins: &[(String, u64)], about: bool, options: &ImportOptions, io: &mut Io) -> Result<(), Trouble> {
    let runs: u64 = begins.iter().map(|(_, count)| count).sum();
    if runs == 0 {
        return Ok(());
    }
    let up_to = if about { "up to " } else { "" };
    let one =
        |(flow, count): &(String, u64)| format!("{up_to}{} of {}", counted(*count, "run"), clean(flow_name(flow)));
    let of: Vec<String> = begins.iter().map(one).collect();
    let verb = if runs == 1 { "begins" } else { "begin" };
    let asked = !options.yes && runs > RUNS_UNASKED && io.terminal.input;
    let none = if asked { "" } else { "; `--no-runs` begins none" };
    let text = format!("{} {} {verb} with this file{none}\n", io.err_paint().warn("note:"), of.join(", "));
    io.write_err(&text)?;
    if !asked {
        return Ok(());
    }
    io.write_err("import it? [y/N] ")?;
    let mut answer = String::new();
    let read = io.input.read_line(&mut answer);
    if read.is_err() || !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        return Err(Trouble::refused("nothing was imported").help("`--no-runs` imports it and begins no run"));
    }
    Ok(())
}

/// Whether a file is called as JSON is.
fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["json", "jsonl", "ndjson"].iter().any(|json| end.eq_ignore_ascii_case(json)))
}

fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    let metadata = std::fs::metadata(path)
        .map_err(|error| Trouble::usage(format!("{} cannot be read: {error}", path.display())))?;
    if metadata.is_dir() {
        return Err(Trouble::usage(format!("{} is a folder, not a file", path.display())));
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(Trouble::refused(format!("{} is longer than 512 MiB", path.display())).help("split it"));
    }
    std::fs::read(path).map_err(|error| Trouble::machine(format!("{} cannot be read: {error}", path.display())))
}

/// Writes the rows in one transaction: the file is imported, or nothing of it is.
fn whole(session: &Session, bytes: Vec<u8>, schema: Schema, settings: Settings, io: &Io) -> Result<Report, Trouble> {
    let Some(engine) = &session.engine else { return Ok(Report::default()) };
    let rows = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let bar = bar(rows, io);
    let (bytes, schema) = (Arc::new(bytes), Arc::new(schema));
    let report: Arc<Mutex<Report>> = Arc::default();
    let interrupt = Interrupt::listen();
    let mut whole =
        Whole { bytes, schema, settings, report: report.clone(), bar: bar.clone(), interrupt: interrupt.clone() };
    let outcome = engine.act_soon(move |workspace| whole.write(workspace)).wait()?;
    bar.finish_and_clear();
    if interrupt.pressed() && outcome.is_err() {
        return Err(
            Trouble::refused("stopped: nothing of the file was imported").help("run it again to import it whole")
        );
    }
    outcome.map_err(|failure| Trouble::refused(failure.message.to_string()))?;
    let report = report.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(report)
}

struct Whole {
    bytes: Arc<Vec<u8>>,
    schema: Arc<Schema>,
    settings: Settings,
    report: Arc<Mutex<Report>>,
    bar: ProgressBar,
    interrupt: Interrupt,
}

impl Whole {
    fn write(&mut self, workspace: &mut dyn flow_vm::action::Workspace) -> Result<Value, ActionError> {
        let mut import = Import::new(&self.bytes, &self.schema, &self.settings)
            .map_err(|error| ActionError::Fault(error.to_string()))?;
        while import.batch(workspace, ROWS_PER_LOOK)? {
            if self.interrupt.pressed() {
                return Err(ActionError::Failure(Failure::new("failed", "stopped")));
            }
            self.bar.set_position(import.report().rows() as u64);
        }
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = import.report().clone();
        Ok(Value::Null)
    }
}

/// Hands the rows to the process that owns the database, so many at a time, each lot one transaction. If that process
/// goes away the import goes on with whoever owns the database then, this process if nobody does.
fn by_owner(
    mut session: Session,
    again: &dyn Fn(&mut Io) -> Result<Session, Trouble>,
    mut import: Import,
    io: &mut Io,
) -> Result<Report, Trouble> {
    let bar = bar(import.rows_left() as u64, io);
    let interrupt = Interrupt::listen();
    let mut taken = None;
    while let Some(parcel) = import.parcel(ROWS_PER_PARCEL) {
        if interrupt.pressed() {
            return Err(Trouble::refused(format!("stopped: {}", is_in(taken))).help(RUN_AGAIN));
        }
        let mut tries = 1;
        let answer = loop {
            match hand_over(&session, &parcel) {
                Err(error) if error.kind() == ErrorKind::Machine && tries < PARCEL_TRIES => {
                    tries += 1;
                    let (first, last) = parcel.lines;
                    let note = io.err_paint().warn("note:");
                    io.write_err(&format!(
                        "{note} {error}\n      {}; lines {first} to {last} are sent again: if they were taken, they count as merged\n",
                        is_in(taken)
                    ))?;
                    session = again(io)?;
                }
                Err(error) if error.kind() == ErrorKind::Machine => {
                    let (first, last) = parcel.lines;
                    let unknown = format!("whether lines {first} to {last} are is not known, nothing after them is");
                    return Err(Trouble::machine(format!("{error}; {}; {unknown}", is_in(taken))).help(RUN_AGAIN));
                }
                Err(error) => return Err(Trouble::from(error).help(format!("{}; {RUN_AGAIN}", is_in(taken)))),
                Ok(answer) => break answer,
            }
        };
        import.took(&answer).map_err(|why| Trouble::machine(format!("{why}; {}", is_in(taken))).help(RUN_AGAIN))?;
        taken = Some(parcel.lines.1);
        bar.set_position(import.report().rows() as u64);
    }
    bar.finish_and_clear();
    Ok(import.report().clone())
}

const RUN_AGAIN: &str = "run it again for the rest: rows that are there already are merged";

fn is_in(taken: Option<usize>) -> String {
    match taken {
        Some(line) => format!("the file is imported up to line {line}"),
        None => "nothing of the file is imported yet".to_owned(),
    }
}

fn hand_over(session: &Session, parcel: &Parcel) -> Result<Value, EngineError> {
    let act = Act::Call { action: ACTION.to_owned(), args: parcel.args.clone() };
    match session.control.perform(vec![act])?.pop() {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(failure)) => Err(EngineError::Refused { message: failure.message.to_string() }),
        None => Err(EngineError::Stopped),
    }
}

fn bar(rows: u64, io: &Io) -> ProgressBar {
    let bar = ProgressBar::new(rows);
    if !io.terminal.error {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("importing {bar:20} {pos}/{len} rows {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

fn show(
    report: &Report,
    (columns, begins): (&[flow_stdlib::workspace::import::Column], &[(String, u64)]),
    entity: &str,
    options: &ImportOptions,
    io: &mut Io,
) -> Result<(), Trouble> {
    if options.json {
        let reasons = report
            .reasons
            .iter()
            .map(|r| json!({ "line": r.line, "column": r.column, "value": r.value, "reason": r.reason }));
        let columns = columns.iter().map(
            |c| json!({ "header": c.header, "field": c.field.as_ref().ok(), "passed_over": c.field.as_ref().err() }),
        );
        return io.line(
            json!({
                "imported": report.imported, "merged": report.merged, "refused": report.refused, "blank": report.blank,
                "begins": begins.iter().map(|(flow, runs)| json!({ "flow": flow, "runs": runs })).collect::<Vec<_>>(),
                "reasons": reasons.collect::<Vec<_>>(), "columns": columns.collect::<Vec<_>>(),
            })
            .to_string(),
        );
    }
    if report.rows() == 0 {
        return io.line(format!("nothing was imported: {} has no records", options.file.display()));
    }
    let paint = io.paint();
    // Of conversations each message is a row.
    let of = if entity == "Conversation" { "message" } else { entity };
    let word = if report.imported == 1 { spoken(of) } else { plural(of) };
    let refused = counted(report.refused, "row");
    let refused = if report.refused > 0 { paint.bad(refused) } else { refused };
    let text = format!(
        "{} {word} imported, {} merged into ones that were there, {refused} refused",
        paint.good(report.imported),
        report.merged,
    );
    io.paragraph(&text, 2)?;
    for reason in report.reasons.iter().take(REASONS_SHOWN) {
        let column = reason.column.as_ref().map(|column| format!(", {}", clean(column))).unwrap_or_default();
        let value = if reason.value.is_empty() { String::new() } else { format!(" `{}`", clean(&reason.value)) };
        io.paragraph(&format!("  line {}{column}{value}: {}", reason.line, clean(&reason.reason)), 4)?;
    }
    if report.reasons.iter().any(|reason| reason.reason.contains("default country")) {
        let help = io.paint().note("help:");
        io.paragraph(&format!("{help} `--country NO` says where numbers without a country code are from"), 6)?;
    }
    if report.reasons.len() > REASONS_SHOWN {
        io.line(format!("  … and {} more; --json has them all", report.reasons.len() - REASONS_SHOWN))?;
    }
    Ok(())
}
