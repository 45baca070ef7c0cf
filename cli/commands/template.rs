//! `flow template list|show|add|preview`: mails that are ready, and what one looks like.

use crate::io::Io;
use crate::mail::{self, READY, Ready};
use crate::nearest::nearest;
use crate::project::Project;
use crate::table::table;
use crate::trouble::Trouble;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What to do with templates.
#[derive(Debug, Subcommand)]
pub enum Deed {
    /// List the project's templates, and those that are ready to be taken
    #[command(after_help = "Examples:
  flow template list
  flow template list --json")]
    List(ListOptions),
    /// Show the words of a template, the project's or one that is ready, and how it is declared
    #[command(after_help = "Examples:
  flow template show welcome
  flow template show reset_password")]
    Show(NameOptions),
    /// Copy a template that is ready into the project
    #[command(after_help = "Example:
  flow template add welcome")]
    Add(NameOptions),
    /// Show the mail that one of the project's templates makes
    #[command(after_help = "Examples:
  flow template preview welcome
  flow template preview welcome contact=grace@example.com
  flow template preview welcome contact='Contact(first_name: \"Grace\")'
  flow template preview receipt number=A1 --html receipt.html")]
    Preview(PreviewOptions),
}

/// Options of `list`.
#[derive(Debug, clap::Args)]
pub struct ListOptions {
    /// One JSON object a line: `name`, `file`, `declared`, `ready`
    #[arg(long)]
    pub json: bool,
    /// The project's folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub project: Option<PathBuf>,
}

/// Options of `show` and `add`.
#[derive(Debug, clap::Args)]
pub struct NameOptions {
    /// Which
    pub name: String,
    /// The project's folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub project: Option<PathBuf>,
}

/// Options of `preview`.
#[derive(Debug, clap::Args)]
pub struct PreviewOptions {
    /// Which
    pub name: String,
    /// What it is filled in with, as flows write it: `order='Order(id: "A1")'`; examples stand for what is not given
    #[arg(value_name = "NAME=VALUE")]
    pub values: Vec<String>,
    /// Write the page into this file
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub html: Option<PathBuf>,
    /// One JSON object: `subject`, `text`, `html`
    #[arg(long)]
    pub json: bool,
    /// The project's folder
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub project: Option<PathBuf>,
}

/// Does it.
///
/// # Errors
/// There is no such template; a file is there already, or cannot be written; the project is refused.
pub fn run(deed: &Deed, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        Deed::List(options) => list(options, io),
        Deed::Show(options) => show(options, io),
        Deed::Add(options) => add(options, io),
        Deed::Preview(options) => preview(options, io),
    }
}

fn project(given: Option<&Path>, io: &Io) -> Result<Project, Trouble> {
    Project::find(&io.path(given.unwrap_or(Path::new("."))))
}

fn show(options: &NameOptions, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.paint();
    // What is ready is shown outside of any project, too.
    let project = project(options.project.as_deref(), io).ok();
    let own = project.as_ref().map(mail::own).transpose()?.unwrap_or_default();
    let Some((one, project)) = own.iter().find(|one| one.name == options.name).zip(project.as_ref()) else {
        let near = nearest(&options.name, own.iter().map(|one| &*one.name)).map(str::to_owned);
        let ready = ready(&options.name).map_err(|trouble| match near {
            Some(near) => trouble.help(format!("did you mean {near}?")),
            None => trouble,
        })?;
        return io.write(&format!("{}\n{}", paint.dim(format!("// {}", ready.declared)), ready.words));
    };
    let declared = match &one.declared {
        Some(file) => format!("declared in {file}"),
        None => "declared nowhere".to_owned(),
    };
    let Some(file) = &one.file else {
        return io.line(paint.dim(format!("// {declared}; no file of templates/ has its words")));
    };
    let words = crate::project::read(&project.root.join(file))?;
    let end = if words.ends_with('\n') { "" } else { "\n" };
    let words = flow_lang::diag::render::clean(&words).into_owned();
    io.write(&format!("{}\n{words}{end}", paint.dim(format!("// {file}, {declared}"))))
}

fn ready(name: &str) -> Result<&'static Ready, Trouble> {
    READY.iter().find(|ready| ready.name == name).ok_or_else(|| {
        let names: Vec<&str> = READY.iter().map(|ready| ready.name).collect();
        Trouble::usage(format!("no template `{name}` is ready")).help(match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", names.join(", ")),
        })
    })
}

fn list(options: &ListOptions, io: &mut Io) -> Result<(), Trouble> {
    let project = project(options.project.as_deref(), io)?;
    let own = mail::own(&project)?;
    if options.json {
        for one in &own {
            io.line(
                json!({ "name": one.name, "file": one.file, "declared": one.declared, "ready": false }).to_string(),
            )?;
        }
        for one in READY {
            io.line(json!({ "name": one.name, "file": null, "declared": one.declared, "ready": true }).to_string())?;
        }
        return Ok(());
    }
    let paint = io.paint();
    if !own.is_empty() {
        let head = ["TEMPLATE", "WORDS", "DECLARED"].map(str::to_owned);
        let rows = own.iter().map(|one| {
            let words = one.file.clone().unwrap_or_else(|| "none".to_owned());
            [one.name.clone(), words, one.declared.clone().unwrap_or_else(|| "nowhere".to_owned())]
        });
        let rows: Vec<[String; 3]> = std::iter::once(head).chain(rows).collect();
        table(&rows, io, |row, column, cell| match (row, column) {
            (0, _) => paint.dim(cell),
            (_, 0) => paint.bold(cell),
            _ => cell.to_owned(),
        })?;
        io.line("")?;
    }
    let head = ["READY", "FOR"].map(str::to_owned);
    let rows = READY.iter().map(|one| [one.name.to_owned(), one.what.to_owned()]);
    let rows: Vec<[String; 2]> = std::iter::once(head).chain(rows).collect();
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 0) => paint.bold(cell),
        _ => cell.to_owned(),
    })
}

fn add(options: &NameOptions, io: &mut Io) -> Result<(), Trouble> {
    let ready = ready(&options.name)?;
    let project = project(options.project.as_deref(), io)?;
    let own = mail::own(&project)?;
    let known = own.iter().find(|one| one.name == ready.name);
    if let Some(file) = known.and_then(|one| one.file.as_deref()) {
        return Err(Trouble::usage(format!("{file} is there already")).help("nothing was changed"));
    }
    let name = format!("templates/{}.md", ready.name);
    let file = project.root.join(&name);
    std::fs::create_dir_all(project.root.join("templates")).and_then(|()| std::fs::write(&file, ready.words)).map_err(
        |error| {
            Trouble::machine(format!("{} cannot be written: {error}", file.display()))
                .help("look at the permissions of the folder, and whether the disk is full")
        },
    )?;
    let paint = io.paint();
    io.line(format!("{} {name}", paint.good("created")))?;
    if known.is_none_or(|one| one.declared.is_none()) {
        io.line("\nDeclare it at the top of a file, and send it:")?;
        io.line(format!("  {}", paint.note(ready.declared)))?;
        io.line(format!("  {}", paint.note(format!("email.send(to: address, template: .{})", ready.called))))?;
    }
    Ok(())
}

fn preview(options: &PreviewOptions, io: &mut Io) -> Result<(), Trouble> {
    let project = project(options.project.as_deref(), io)?;
    let mail = mail::preview(&project, &options.name, &options.values, io)?;
    let written = match &options.html {
        Some(file) => {
            std::fs::write(io.path(file), &mail.html).map_err(|error| {
                Trouble::machine(format!("{} cannot be written: {error}", file.display()))
                    .help("look at the permissions of the folder, and whether the disk is full")
            })?;
            Some(file.display().to_string())
        }
        None => None,
    };
    if options.json {
        return io.line(json!({ "subject": mail.subject, "text": mail.text, "html": mail.html }).to_string());
    }
    let paint = io.paint();
    io.line(format!("{} {}\n", paint.dim("Subject:"), flow_lang::diag::render::clean(&mail.subject)))?;
    let text: Vec<String> =
        mail.text.trim_end().lines().map(|line| flow_lang::diag::render::clean(line).to_string()).collect();
    io.line(text.join("\n"))?;
    match written {
        Some(file) => io.line(format!("\n{} {file}", paint.good("wrote"))),
        None => io.line(format!("\n{}", paint.dim("--html FILE writes the page."))),
    }
}
