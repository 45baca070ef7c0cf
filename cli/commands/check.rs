//! `flow check`

use super::build::{bound_secrets, fallback_team};
use super::check_fix::fix;
use crate::io::Io;
use crate::project::{Project, count};
use crate::trouble::Trouble;
use crate::values::counted;
use clap::ValueEnum;
use flow_lang::compile::Compiled;
use flow_lang::diag::Severity;
use flow_lang::diag::render::{Look, human, json as object, sarif, short};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Options of `flow check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow check                          the project of this folder
  flow check examples --deny warnings
  flow check --fix                    mends what one edit mends
  flow check --format sarif > flow.sarif")]
pub struct Options {
    /// Projects, or files of them; the project of this folder when none is given
    pub paths: Vec<PathBuf>,
    /// How to show what is found
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Carry out the edits that are offered, where there is one for a diagnostic
    #[arg(long)]
    pub fix: bool,
    /// Let warnings fail the check, too
    #[arg(long, value_name = "WHAT")]
    pub deny: Option<Deny>,
}

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Drawn, with source lines
    Human,
    /// One JSON object a line
    Json,
    /// A SARIF 2.1.0 log, for code hosts
    Sarif,
    /// `file:line:column: error[E0101]: message`
    Short,
}

/// What `--deny` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Warnings
    Warnings,
}

/// People are shown at most this many; whoever has more begins with the first.
const SHOWN_MAX: usize = 50;

/// Checks and shows.
///
/// # Errors
/// There is an error, or a warning that is denied: exit code 1.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let format = if options.json { Format::Json } else { options.format };
    let mut projects: Vec<Project> = Vec::new();
    let here = [PathBuf::from(".")];
    for path in if options.paths.is_empty() { &here[..] } else { &options.paths } {
        let project = Project::find(&io.path(path))?;
        let same = |other: &Project| other.root == project.root && other.lone_file == project.lone_file;
        if !projects.iter().any(same) {
            projects.push(project);
        }
    }
    let (mut errors, mut warnings, mut files) = (0, 0, 0);
    let mut log = None;
    for project in &projects {
        let own = project.sources()?;
        let (own, compiled) = if options.fix {
            fix(project, own, io)?
        } else {
            let compiled = project.compile(&own);
            (own, compiled)
        };
        files += own.len();
        errors += count(&compiled, Severity::Error);
        warnings += count(&compiled, Severity::Warning);
        let failed = errors > 0 || (warnings > 0 && options.deny.is_some());
        if format == Format::Sarif {
            let name = (projects.len() > 1).then(|| project.name());
            append(&mut log, sarif(&compiled.diagnostics, &compiled.sources), name);
            continue;
        }
        // A reader that has seen enough does not make it right.
        show(&compiled, format, io).map_err(|trouble| if failed { trouble.at_least(1) } else { trouble })?;
        fallback_team(project, &compiled)?;
        bound_secrets(project, &compiled)?;
        project.articles()?;
    }
    let failed = errors > 0 || (warnings > 0 && options.deny.is_some());
    if let Some(log) = log {
        io.line(format!("{log:#}")).map_err(|trouble| if failed { trouble.at_least(1) } else { trouble })?;
    }
    if format == Format::Human {
        io.flush().map_err(|trouble| if failed { trouble.at_least(1) } else { trouble })?;
        summary(errors, warnings, files, failed, io)?;
    }
    if failed {
        let _ = io.flush();
        return Err(Trouble::Said(1));
    }
    Ok(())
}

/// Adds the run of a project to a SARIF log: several projects are one log, whose runs are told apart by their names.
fn append(log: &mut Option<Value>, mut one: Value, name: Option<String>) {
    if let Some(name) = name {
        one["runs"][0]["automationDetails"] = json!({ "id": format!("{name}/") });
    }
    match log {
        None => *log = Some(one),
        Some(log) => {
            if let (Some(runs), Some(more)) = (log["runs"].as_array_mut(), one["runs"].as_array_mut()) {
                runs.append(more);
            }
        }
    }
}

/// Shows what the compiler has to say, to whoever reads the format.
///
/// # Errors
/// Standard output cannot be written.
pub fn show(compiled: &Compiled, format: Format, io: &mut Io) -> Result<(), Trouble> {
    let (diagnostics, sources) = (&compiled.diagnostics, &compiled.sources);
    match format {
        Format::Human => {
            let look = look(io);
            for diagnostic in diagnostics.iter().take(SHOWN_MAX) {
                io.line(human(diagnostic, sources, look))?;
            }
            if diagnostics.len() > SHOWN_MAX {
                let rest = diagnostics.len() - SHOWN_MAX;
                io.line(format!("… and {rest} more; `flow check --format short` lists them all\n"))?;
            }
            Ok(())
        }
        Format::Json => diagnostics.iter().try_for_each(|d| io.line(object(d, sources))),
        Format::Short => diagnostics.iter().try_for_each(|d| io.line(short(d, sources))),
        Format::Sarif => io.line(format!("{:#}", sarif(diagnostics, sources))),
    }
}

fn look(io: &Io) -> Look {
    Look {
        color: io.paint().on,
        unicode: io.terminal.unicode,
        narrated: io.variable("NO_GRAPHICS").is_some(),
        width: io.terminal.width.min(120),
    }
}

fn summary(errors: usize, warnings: usize, files: usize, failed: bool, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.err_paint();
    let files = counted(files, "file");
    let text = match (errors, warnings) {
        (0, 0) => format!("{} nothing to complain about in {files}", paint.good("ok:")),
        (0, w) if !failed => format!("{} {} in {files}", paint.warn("ok:"), counted(w, "warning")),
        (0, w) => format!("{} {} in {files}", paint.bad("refused:"), counted(w, "warning")),
        (e, 0) => format!("{} {} in {files}", paint.bad("refused:"), counted(e, "error")),
        (e, w) => format!("{} {} and {} in {files}", paint.bad("refused:"), counted(e, "error"), counted(w, "warning")),
    };
    io.write_err(&format!("{text}\n"))
}
