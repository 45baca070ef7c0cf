//! `flow lsp`

use crate::io::Io;
use crate::project::{Project, SourceBytes, inputs, read_source};
use crate::session::{Intent, Session};
use crate::trouble::Trouble;
use flow_lang::check::{Purpose, Settings};
use flow_lang::compile::Input;
use flow_lang::ide::Host;
use flow_lsp::{Connection, Found, Machine, serve};
use flow_vm::engine::{RunFilter, RunStatus};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Options of `flow lsp`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An editor starts it and speaks to it on standard input and output; `flow check` says the same to people.

Example, for Neovim (docs/editor.md has the other editors):
  vim.lsp.start({ name = \"flow\", cmd = { \"flow\", \"lsp\" }, root_dir = vim.fs.root(0, \"flow.toml\") })"
)]
pub struct Options {
    /// Speak on standard input and output, which is what it does
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// Serves an editor until it says that it is done.
///
/// # Errors
/// The editor does not keep to the protocol, or no thread is to be had.
pub fn run(_: &Options, _: &mut Io) -> Result<(), Trouble> {
    let (connection, threads) = Connection::stdio();
    let served = std::thread::Builder::new()
        .name("lsp".to_owned())
        .stack_size(Host::STACK_BYTES)
        .spawn(move || serve(&connection, Box::new(Projects)).map_err(|error| error.to_string()))
        .map_err(|error| Trouble::machine(format!("no thread is to be had: {error}")))?;
    match served.join() {
        Ok(Ok(())) => {
            threads.join().map_err(|error| Trouble::machine(format!("the editor cannot be reached: {error}")))
        }
        Ok(Err(error)) => {
            Err(Trouble::usage(format!("the editor does not speak the language server protocol: {error}"))
                .help("an editor starts `flow lsp`; `flow check` says the same to people"))
        }
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// The projects of this machine.
struct Projects;

/// What is wrong and what to do, as one message.
fn sentence(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Usage(words) | Trouble::Refused(words) | Trouble::Machine(words) => match &words.help {
            Some(help) => format!("{}: {help}", words.message),
            None => words.message.clone(),
        },
        Trouble::Said(_) => "the project cannot be read".to_owned(),
    }
}

impl Machine for Projects {
    fn library(&self) -> Vec<Input> {
        inputs(&[])
    }

    fn project(&self, path: &Path) -> Result<Found, String> {
        // A file that was never saved belongs to the project of its folder.
        let there = path.ancestors().find(|path| path.exists()).unwrap_or(path);
        let project = Project::find(there).map_err(|trouble| sentence(&trouble))?;
        // Without settings a file is a project by itself, whether or not it has been saved.
        let lone = (!project.settings().is_file() && path.extension().is_some()).then(|| path.to_owned());
        let sources = match &lone {
            Some(_) => Vec::new(),
            None => project.sources().map_err(|trouble| sentence(&trouble))?,
        };
        let files = sources.into_iter().map(|source| (source.path, source.bytes)).collect();
        Ok(Found { root: project.root, lone, files })
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        read_source(path).ok()
    }

    fn settings(&self, root: &Path, files: &[(String, Vec<u8>)]) -> Result<Settings, String> {
        if !root.is_absolute() {
            return Ok(Settings::default());
        }
        let project = Project::find(root).map_err(|trouble| sentence(&trouble))?;
        let file = |(path, bytes): &(String, Vec<u8>)| SourceBytes { path: path.clone(), bytes: bytes.clone() };
        let files: Vec<SourceBytes> = files.iter().map(file).collect();
        Ok(project.settings_for(Purpose::Deploy, &files))
    }

    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }

    fn waiting(&self, root: &Path) -> BTreeMap<String, usize> {
        // An editor shows what it can be told; that there is no database is nothing to complain about.
        waiting(root).unwrap_or_default()
    }
}

/// More runs than these are not looked through while somebody writes.
const RUNS_MAX: usize = 5_000;

fn waiting(root: &Path) -> Result<BTreeMap<String, usize>, Trouble> {
    let project = Project::find(root)?;
    let database = project.database(None);
    if !database.is_file() {
        return Ok(BTreeMap::new());
    }
    // Standard output is the editor's.
    let (input, out, err) = (std::io::empty(), std::io::sink(), std::io::sink());
    let mut io = Io { input: Box::new(input), out: Box::new(out), err: Box::new(err), ..Io::real() };
    let session = Session::open(&project, &database, Intent::Look, &mut io)?;
    let filter = RunFilter { statuses: vec![RunStatus::Waiting], limit: RUNS_MAX, ..RunFilter::default() };
    let mut found = BTreeMap::new();
    for place in session.control.runs(&filter)?.into_iter().flat_map(|run| run.places) {
        *found.entry(place).or_default() += 1;
    }
    Ok(found)
}
