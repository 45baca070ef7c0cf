//! `flow new DIR`

use crate::io::{Io, quoted};
use crate::trouble::Trouble;
use std::path::{Path, PathBuf};

/// Options of `flow new`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  flow new helpdesk
  cd helpdesk
  flow run hello.flow")]
pub struct Options {
    /// The folder to create; one that exists must be empty
    #[arg(value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}

/// What a project begins with: (path, text). `NAME` stands for the project's name.
const FILES: &[(&str, &str)] = &[
    ("flow.toml", include_str!("../template/flow.toml")),
    ("hello.flow", include_str!("../template/hello.flow")),
    (".gitignore", include_str!("../template/gitignore")),
    (".editorconfig", include_str!("../template/editorconfig")),
    (".vscode/settings.json", include_str!("../template/vscode.json")),
];

/// Creates the project.
///
/// # Errors
/// The folder is not empty, or cannot be written.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let root = io.path(&options.dir);
    let shown = options.dir.display();
    if root.is_file() {
        return Err(Trouble::usage(format!("{shown} is a file")).help("name a folder"));
    }
    let occupied = std::fs::read_dir(&root).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        return Err(Trouble::usage(format!("{shown} is not empty")).help("name a new folder; nothing was changed"));
    }
    let absolute = std::path::absolute(&root).unwrap_or(root.clone());
    let name = absolute.file_name().map_or("project".into(), |name| name.to_string_lossy());
    for (path, text) in FILES {
        let text = text.replace("NAME", &toml_text(&name));
        write(&root.join(path), &text)?;
    }
    let paint = io.paint();
    io.line(format!("{} {shown}", paint.good("created")))?;
    for (path, _) in FILES {
        io.line(format!("  {path}"))?;
    }
    io.line("\nGo on with:")?;
    if shown.to_string() != "." {
        let cd = paint.note(format!("cd {}", quoted(&shown.to_string())));
        io.line(format!("  {cd}"))?;
    }
    let commands =
        ["flow check", "flow test", "flow run hello.flow"].map(|command| format!("  {}", paint.note(command)));
    io.line(commands.join("\n"))
}

fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text)).map_err(|error| {
        Trouble::machine(format!("{} cannot be written: {error}", path.display()))
            .help("look at the permissions of the folder, and whether the disk is full")
    })
}

/// A text between the quotes of a TOML string.
fn toml_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}
