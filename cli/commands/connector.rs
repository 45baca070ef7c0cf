//! `flow connector list`, `flow connector show`: what a service's document describes.

use crate::io::Io;
use crate::nearest::nearest;
use crate::paint::width;
use crate::project::{Project, document};
use crate::table::table;
use crate::trouble::Trouble;
use crate::values::counted;
use clap::Subcommand;
use flow_lang::connect::{Described, settled};
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
  flow connector show specs/github.json issues_create
  flow connector show github issues_create               as the project's connector `github` has it")]
    Show(ShowOptions),
}

/// Options of `list`.
#[derive(Debug, clap::Args)]
pub struct ListOptions {
    /// The document, in JSON or YAML; or the name of a connector of the project
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
    /// The document, in JSON or YAML; or the name of a connector of the project
    #[arg(value_hint = clap::ValueHint::FilePath)]
    pub document: PathBuf,
    /// What flows call it, without the connector's name
    pub operation: String,
    /// One JSON object: `name`, `method`, `path`, `server`, `auth`, `class`, `declaration`, `types`
    #[arg(long)]
    pub json: bool,
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

/// A document, and the connector of the project that is made from it, where there is one.
struct Shown {
    document: Arc<Document>,
    connector: Option<Connector>,
}

fn read(path: &Path, io: &Io) -> Result<Shown, Trouble> {
    let file = io.path(path);
    if !file.exists()
        && let Some(shown) = by_name(path, io)
    {
        return Ok(shown);
    }
    // One of a project is indexed already; any other is read as it lies there.
    let project = Project::find(file.parent().filter(|folder| folder.is_dir()).unwrap_or(Path::new("."))).ok();
    let relative = project.as_ref().and_then(|project| project.relative(&file));
    let found = match (&project, &relative) {
        (Some(project), Some(relative)) => project.document(Path::new(relative)),
        _ => {
            let name = file.file_name().map(Path::new).unwrap_or(Path::new(""));
            document(file.parent().unwrap_or(Path::new(".")), name, None).map(Arc::new)
        }
    };
    let document = found.map_err(|problem: Problem| {
        let message = problem.message.trim_end_matches('.');
        Trouble::usage(format!(
            "{}: {}{}",
            path.display(),
            message.get(..1).unwrap_or_default().to_lowercase(),
            message.get(1..).unwrap_or_default()
        ))
        .help(problem.help.trim_end_matches('.'))
    })?;
    let described = Described { path: relative.unwrap_or_default().into(), document: Ok(Arc::clone(&document)) };
    let connector = project.and_then(|project| {
        let files = project.sources().ok()?;
        let path = described.path.to_string();
        let all = settled(files.iter().map(|file| file.bytes.as_slice()), &[described]);
        all.into_iter().find(|settled| settled.path == path).map(|settled| settled.connector)
    });
    Ok(Shown { document, connector })
}

/// A connector of the project of this folder, by its name.
fn by_name(path: &Path, io: &Io) -> Option<Shown> {
    let project = Project::find(&io.path(Path::new("."))).ok()?;
    let files = project.sources().ok()?;
    let documents = project.documents(&files);
    let all = settled(files.iter().map(|file| file.bytes.as_slice()), &documents);
    let found = all.into_iter().find(|settled| Some(settled.connector.name.as_str()) == path.to_str())?;
    let described = documents.into_iter().find(|described| *described.path == *found.path)?;
    Some(Shown { document: described.document.ok()?, connector: Some(found.connector) })
}

fn list(options: &ListOptions, io: &mut Io) -> Result<(), Trouble> {
    let document = read(&options.document, io)?.document;
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
    let Shown { document, connector: own } = read(&options.document, io)?;
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
    let name_of = if stem.is_empty() { "service".to_owned() } else { stem };
    let mut connector = own.clone().unwrap_or(Connector { name: name_of, ..Connector::default() });
    let base = document.address(&connector).ok();
    if base.is_none() {
        // Where the service is, is the connector's to say.
        connector.server = Some("https://…".to_owned());
    }
    let declared = document
        .declare(&connector, &[name], &[])
        .map_err(|problem| Trouble::usage(problem.message).help(problem.help))?;
    if let Some((_, problem)) = declared.problems.first() {
        return Err(Trouble::usage(format!("{name} cannot be called: {}", problem.message)).help(&problem.help));
    }
    // How the request is made of it is nobody's concern.
    let signature = declared.source.rsplit_once(" = http {").map_or(declared.source.as_str(), |(before, _)| before);
    let (types, action) = match signature.rfind("\n\n") {
        Some(at) => (signature.get(..at).unwrap_or_default().trim(), signature.get(at..).unwrap_or_default().trim()),
        None => ("", signature.trim()),
    };
    let auth = own.as_ref().map(|connector| connector.auth.to_string());
    if options.json {
        let listed = document.operations().find(|one| one.name == name);
        let class = action.lines().find(|line| line.starts_with('@') && !line.starts_with("@deprecated"));
        let object = json!({
            "name": name,
            "method": listed.as_ref().map(|one| one.method),
            "path": listed.as_ref().map(|one| one.path),
            "server": base,
            "auth": auth,
            "class": class.map(|class| class.trim_start_matches('@')),
            "declaration": action,
            "types": types,
        });
        return io.line(object.to_string());
    }
    declarations(action, io)?;
    if let Some(auth) = auth {
        io.line(format!("// at {}, auth: {auth}", base.as_deref().unwrap_or("an address that nobody has said yet")))?;
    }
    if !types.is_empty() {
        io.line("")?;
        declarations(types, io)?;
    }
    Ok(())
}

/// Writes declarations; on a terminal, documentation that is too long for a line goes on in the next.
fn declarations(text: &str, io: &mut Io) -> Result<(), Trouble> {
    let room = if io.terminal.output { io.terminal.width } else { usize::MAX };
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let Some(words) = line.trim_start().strip_prefix("/// ").filter(|_| width(line) > room) else {
            io.line(line)?;
            continue;
        };
        let before = format!("{}/// ", " ".repeat(indent));
        let mut out = before.clone();
        for word in words.split(' ') {
            if out.len() > before.len() && width(&out) + width(word) >= room {
                io.line(out.trim_end())?;
                out.clone_from(&before);
            }
            out.push_str(word);
            out.push(' ');
        }
        io.line(out.trim_end())?;
    }
    Ok(())
}
