//! `flow build`

use super::check::{Format, show};
use crate::io::Io;
use crate::nearest::nearest;
use crate::paint::hang;
use crate::project::{Project, count, deployment};
use crate::trouble::Trouble;
use crate::values::counted;
use flow_bytecode::{codec, verify};
use flow_lang::compile::Compiled;
use flow_lang::diag::Severity;
use flow_lang::hir::SymbolKind;
use flow_vm::engine::Deployment;
use std::path::{Path, PathBuf};

/// Options of `flow build`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  flow build examples -o examples.flowc && flow disasm examples.flowc
  flow build --manifest        the places where runs can wait, without writing a program")]
pub struct Options {
    /// The project, or a file of it
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Where to write the compiled program; NAME.flowc when not given
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Instead of writing anything, list the places where a run can wait, one JSON object a line: `place`, `waits_for`, `file`,
    /// `line`, `keeps`
    #[arg(long, conflicts_with = "output")]
    pub manifest: bool,
    /// One JSON object: `file`, `program` (its hash), `flows`, `places`, `bytes`
    #[arg(long)]
    pub json: bool,
}

/// Compiles and writes.
///
/// # Errors
/// The project has errors, or the file cannot be written.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = Project::find(&io.path(&options.path))?;
    let deployment = compiled(&project, io)?;
    if options.manifest {
        return super::manifest::show(&deployment, io);
    }
    let bytes = codec::encode(&deployment.program, Some(&deployment.debug));
    let path = options.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.flowc", project.name())));
    write_whole(&io.path(&path), &bytes)?;
    let program = &deployment.program;
    if options.json {
        let hash = codec::hex(&codec::hash(&deployment.program));
        let object = serde_json::json!({
            "file": path.display().to_string(), "program": hash, "flows": deployment.program.flows.len(),
            "places": deployment.program.places.len(), "bytes": bytes.len(),
        });
        return io.line(object.to_string());
    }
    let (paint, terminal) = (io.err_paint(), io.terminal);
    let (flows, size) = (counted(program.flows.len(), "flow"), counted(bytes.len(), "byte"));
    let places = counted(program.places.len(), "place");
    let path = path.display();
    let text = format!("{} {path}: {flows}, {places} to wait, {size}", paint.good("built"));
    let columns = if terminal.error { terminal.width } else { usize::MAX };
    io.write_err(&format!("{}\n", hang(&text, columns, 2)))
}

/// A project's program, ready to be deployed. Errors are shown; warnings are not, `flow check` shows those.
///
/// # Errors
/// The project has errors, which have been shown then.
pub fn compiled(project: &Project, io: &mut Io) -> Result<Deployment, Trouble> {
    let own = project.sources()?;
    deployable(project, project.compile(&own), own.len(), io)
}

/// A project that is compiled, with so many files of its own, ready to be deployed: as [`compiled`].
///
/// # Errors
/// As [`compiled`].
pub fn deployable(project: &Project, compiled: Compiled, own: usize, io: &mut Io) -> Result<Deployment, Trouble> {
    let compiled = refuse(compiled, io)?;
    fallback_team(project, &compiled)?;
    bound_secrets(project, &compiled)?;
    let deployment = deployment(compiled, own)
        .ok_or_else(|| Trouble::machine("the compiler gave neither a program nor a reason: this is a bug in Flow"))?;
    if let Err(problems) = verify::verify(&deployment.program) {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        return Err(Trouble::machine(format!("the compiled program does not verify ({first}): this is a bug in Flow"))
            .help("nothing was started; please report it with the source"));
    }
    Ok(deployment)
}

/// Whether the team that the settings name for runs that fail is one of the project's.
///
/// # Errors
/// It is not.
pub fn fallback_team(project: &Project, compiled: &Compiled) -> Result<(), Trouble> {
    let Some(team) = project.config.fallback.as_ref().and_then(|fallback| fallback.team.as_ref()) else {
        return Ok(());
    };
    // What is declared in a project with errors is not known.
    let Some(hir) = &compiled.hir else { return Ok(()) };
    let symbols = hir.symbols.iter();
    let teams: Vec<&str> = symbols.filter(|symbol| symbol.0 == SymbolKind::Team).map(|symbol| &*symbol.1).collect();
    if teams.contains(&team.as_str()) {
        return Ok(());
    }
    let help = match nearest(team, teams.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it in a .flow file: `team {team}`"),
    };
    Err(Trouble::usage(format!("[fallback] in flow.toml: there is no team `{team}`")).help(help))
}

/// Secrets that the settings bind to hosts and nothing uses: (name, the one that was meant, where one is near).
pub fn bound_in_vain<'p>(project: &'p Project, compiled: &'p Compiled) -> Vec<(&'p str, Option<&'p str>)> {
    let channels = project.config.channels();
    let mut named: Vec<String> =
        channels.set().into_iter().flat_map(|channel| channels.secrets(channel)).map(str::to_owned).collect();
    named.extend(channels.secrets_in().into_iter().map(str::to_owned));
    let symbols = compiled.hir.iter().flat_map(|hir| &hir.symbols);
    let declared: Vec<&str> =
        symbols.filter(|symbol| symbol.0 == SymbolKind::Secret).map(|symbol| &*symbol.1).collect();
    let bound = project.config.net.secret_hosts.keys().map(String::as_str);
    let unknown = bound.filter(|name| !declared.contains(name) && !named.iter().any(|known| known == name));
    unknown.map(|name| (name, nearest(name, declared.iter().copied()))).collect()
}

/// Whether a secret is meant to go to some hosts only, under a name that is almost its own: it would go anywhere.
///
/// # Errors
/// One is.
pub fn bound_secrets(project: &Project, compiled: &Compiled) -> Result<(), Trouble> {
    if compiled.hir.is_none() {
        return Ok(());
    }
    match bound_in_vain(project, compiled).into_iter().find_map(|(name, near)| Some((name, near?))) {
        None => Ok(()),
        Some((name, near)) => {
            let said =
                format!("[net.secret_hosts] in flow.toml: no flow declares `{name}`, so `{near}` would go to any host");
            Err(Trouble::usage(said).help(format!("did you mean `{near}`?")))
        }
    }
}

/// A compiled project, unless it has errors: they are shown then.
///
/// # Errors
/// The project has errors.
pub fn refuse(mut compiled: Compiled, io: &mut Io) -> Result<Compiled, Trouble> {
    if count(&compiled, Severity::Error) == 0 {
        return Ok(compiled);
    }
    compiled.diagnostics.retain(|diagnostic| diagnostic.severity() == Severity::Error);
    show(&compiled, Format::Human, &mut to_err(io))?;
    let errors = counted(compiled.diagnostics.len(), "error");
    Err(Trouble::refused(format!("the project has {errors}: nothing was started or written")))
}

/// The same, with standard error in place of standard output: what a command prints stays its own.
fn to_err(io: &mut Io) -> Io {
    let mut terminal = io.terminal;
    terminal.output = terminal.error;
    Io {
        input: Box::new(std::io::empty()),
        out: std::mem::replace(&mut io.err, Box::new(std::io::stderr())),
        err: Box::new(std::io::stderr()),
        terminal,
        folder: io.folder.clone(),
        environment: io.environment.clone(),
        program: io.program.clone(),
    }
}

/// Writes a file whole or not at all: beside its place first, then moved. A link stays one; who may read it, too.
///
/// # Errors
/// The folder is not there or may not be written, or the disk is full.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = real.as_path();
    let mut name = path.file_name().map(std::ffi::OsStr::to_os_string).unwrap_or_default();
    name.push(".part");
    let part = path.with_file_name(name);
    let keep = |()| match std::fs::metadata(path) {
        Ok(before) => std::fs::set_permissions(&part, before.permissions()),
        Err(_) => Ok(()),
    };
    let written = std::fs::write(&part, bytes).and_then(keep).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&part);
        Trouble::machine(format!("{} cannot be written: {error}", path.display()))
            .help("look whether the folder is there and may be written, and whether the disk is full")
    })
}
