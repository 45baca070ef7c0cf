//! `flow connector list`, `flow connector show`: what a service's document describes.

use crate::io::Io;
use crate::nearest::nearest;
use crate::project::{Project, document};
use crate::table::table;
use crate::trouble::Trouble;
use crate::values::counted;
use clap::Subcommand;
use flow_openapi::{Connector, Document, Listed, Problem};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to do with a document.
#[derive(Debug, Subcommand)]
pub enum Deed {
    /// List operations by the names that flows call them by
    #[command(after_help = "Examples:
  flow connector list specs/github.json
  flow connector list specs/github.json create issue     those with both words")]
    List(ListOptions),
    /// Show what an operation takes and yields, as it is declared
    #[command(after_help = "Example:
  flow connector show specs/github.json issues_create")]
    Show(ShowOptions),
}

/// Options of `list`.
#[derive(Debug, clap::Args)]
pub struct ListOptions {
    /// The document, in JSON or YAML
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub document: PathBuf,
    /// Words that stand in the name, the path or the summary, each of them
    pub search: Vec<String>,
    /// One JSON object a line: `name`, `method`, `path`, `summary`
    #[arg(long)]
    pub json: bool,
}

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowOptions {
    /// The document, in JSON or YAML
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub document: PathBuf,
    /// What flows call it, without the connector's name
    pub operation: String,
}

/// Lists or shows.
///
/// # Errors
/// The document cannot be read, or has no such operation.
pub fn run(deed: &Deed, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        Deed::List(options) => list(options, io),
        Deed::Show(options) => show(options, io),
    }
}

fn read(path: &Path, io: &Io) -> Result<Arc<Document>, Trouble> {
    let file = io.path(path);
    // One of a project is indexed already; any other is read as it lies there.
    let project = Project::find(file.parent().filter(|folder| folder.is_dir()).unwrap_or(Path::new("."))).ok();
    let found = match project.as_ref().and_then(|project| Some((project, project.relative(&file)?))) {
        Some((project, relative)) => project.document(Path::new(&relative)),
        None => {
            let name = file.file_name().map(Path::new).unwrap_or(Path::new(""));
            document(file.parent().unwrap_or(Path::new(".")), name, None).map(Arc::new)
        }
    };
    found.map_err(|problem: Problem| {
        let message = problem.message.trim_end_matches('.');
        Trouble::usage(format!(
            "{}: {}{}",
            path.display(),
            message.get(..1).unwrap_or_default().to_lowercase(),
            message.get(1..).unwrap_or_default()
        ))
        .help(problem.help.trim_end_matches('.'))
    })
}

fn list(options: &ListOptions, io: &mut Io) -> Result<(), Trouble> {
    let document = read(&options.document, io)?;
    let words: Vec<String> =
        options.search.iter().flat_map(|word| word.split_whitespace()).map(str::to_lowercase).collect();
    let has = |one: &Listed<'_>| {
        let text = format!("{} {} {} {}", one.name, one.method, one.path, one.summary).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let found: Vec<Listed<'_>> = document.operations().filter(has).collect();
    if options.json {
        for one in &found {
            let object = json!({ "name": one.name, "method": one.method, "path": one.path, "summary": one.summary });
            io.line(object.to_string())?;
        }
        return Ok(());
    }
    if found.is_empty() {
        let text = format!("none of {} has these words", counted(document.operations().len(), "operation"));
        return io.write_err(&format!("{text}\n"));
    }
    let head = ["NAME", "METHOD", "PATH", "SUMMARY"].map(str::to_owned);
    let rows = found
        .iter()
        .map(|one| [one.name.to_owned(), one.method.to_uppercase(), one.path.to_owned(), one.summary.to_owned()]);
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(rows).collect();
    let paint = io.paint();
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 0) => paint.bold(cell),
        _ => cell.to_owned(),
    })
}

fn show(options: &ShowOptions, io: &mut Io) -> Result<(), Trouble> {
    let document = read(&options.document, io)?;
    let name = options.operation.as_str();
    if !document.has(name) {
        let trouble = Trouble::usage(format!("there is no operation {name} in {}", options.document.display()));
        let near = nearest(name, document.operations().map(|one| one.name));
        return Err(trouble.help(match near {
            Some(near) => format!("did you mean {near}?"),
            None => format!("`flow connector list {}` lists all of them", options.document.display()),
        }));
    }
    let stem =
        options.document.file_stem().map(|stem| flow_openapi::snake(&stem.to_string_lossy())).unwrap_or_default();
    // Where the service is and how one signs in is the connector's to say.
    let server = Some("https://…".to_owned());
    let connector =
        Connector { name: if stem.is_empty() { "service".to_owned() } else { stem }, server, ..Connector::default() };
    let declared = document
        .declare(&connector, &[name], &[])
        .map_err(|problem| Trouble::usage(problem.message).help(problem.help))?;
    if let Some((_, problem)) = declared.problems.first() {
        return Err(Trouble::usage(format!("{name} cannot be called: {}", problem.message)).help(&problem.help));
    }
    // How the request is made of it is nobody's concern.
    let signature = declared.source.rsplit_once(" = http {").map_or(declared.source.as_str(), |(before, _)| before);
    let (types, action) = match signature.rfind("\n\n") {
        Some(at) => (signature.get(..at).unwrap_or_default(), signature.get(at..).unwrap_or_default()),
        None => ("", signature),
    };
    io.line(action.trim())?;
    if !types.trim().is_empty() {
        io.line(format!("\n{}", types.trim()))?;
    }
    Ok(())
}
