//! `flow doc`

use super::build::{refuse, write_whole};
use crate::io::Io;
use crate::project::Project;
use crate::trouble::Trouble;
use crate::values::counted;
use clap::ValueEnum;
use flow_lang::diag::render::{clean, uri};
use flow_lang::doc::{Reference, html, markdown};
use std::path::{Component, Path, PathBuf};

/// Options of `flow doc`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow doc examples -o pages      begin with pages/index.html
  flow doc --format markdown      for a code host")]
pub struct Options {
    /// The project, or a file of it
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The folder to write into; it is made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = "doc", value_hint = clap::ValueHint::DirPath)]
    pub output: PathBuf,
    /// What kind of pages
    #[arg(long, value_enum, default_value_t = Format::Html)]
    pub format: Format,
}

/// A kind of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a browser; without scripts
    Html,
    /// For a code host, which draws the flows
    Markdown,
}

/// Writes the pages.
///
/// # Errors
/// The project has errors, or a page cannot be written.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = Project::find(&io.path(&options.path))?;
    let own = project.sources()?;
    let compiled = refuse(project.compile(&own), io)?;
    let mut reference = Reference::of(&compiled, own.len(), &project.name())
        .ok_or_else(|| Trouble::machine("the compiler gave neither a program nor a reason: this is a bug in Flow"))?;
    let folder = io.path(&options.output);
    let unmade = |error: std::io::Error| {
        Trouble::machine(format!("{} cannot be made: {error}", folder.display())).help("name another folder with `-o`")
    };
    std::fs::create_dir_all(&folder).map_err(unmade)?;
    let pages_are = folder.canonicalize().map_err(unmade)?;
    let broken = reference.lead(&mut |path| from(&pages_are, &project.root.join(path).canonicalize().ok()?));
    let pages = match options.format {
        Format::Html => html(&reference),
        Format::Markdown => markdown(&reference),
    };
    for page in &pages {
        write_whole(&folder.join(&page.name), page.text.as_bytes())?;
    }
    for (file, address) in &broken {
        let text = format!("{} {file}: the link to {} leads nowhere", io.err_paint().warn("warning:"), clean(address));
        io.write_err(&format!("{text}\n"))?;
    }
    let first = options.output.join(pages.first().map_or("", |page| page.name.as_str()));
    let text =
        format!("{} {}: begin with {}", io.err_paint().good("written"), counted(pages.len(), "page"), first.display());
    io.write_err(&format!("{text}\n"))
}

/// How a file is called from a folder, as an address; both are whole paths without links.
fn from(folder: &Path, file: &Path) -> Option<String> {
    let (folder, file): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), file.components().collect());
    let shared = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = folder.iter().skip(shared).map(|_| Some("..".to_owned()));
    let down = file.iter().skip(shared).map(|part| Some(uri(part.as_os_str().to_str()?)));
    let parts: Vec<String> = up.chain(down).collect::<Option<_>>()?;
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}
