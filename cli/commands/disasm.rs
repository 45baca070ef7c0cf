//! `flow disasm FILE.flowc`

use crate::io::Io;
use crate::project::Project;
use crate::trouble::Trouble;
use flow_bytecode::{codec, disasm};
use flow_lang::diag::render::clean;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Options of `flow disasm`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow disasm examples.flowc
  flow disasm examples/refund.flow     compiles it first")]
pub struct Options {
    /// A compiled program, or a project or file to compile
    pub path: PathBuf,
    /// Only functions whose name contains this
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
}

/// Prints the listing, each source line above the code it became.
///
/// # Errors
/// The file is no compiled program, or cannot be read.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let path = io.path(&options.path);
    let is_source = path.is_dir() || path.extension().is_some_and(|extension| extension == "flow");
    let mut texts = Texts { root: PathBuf::new(), files: HashMap::new() };
    let (program, debug) = if is_source {
        let project = Project::find(&path)?;
        let deployment = super::build::compiled(&project, io)?;
        texts.files.extend(deployment.sources.iter().cloned());
        (deployment.program, Some(deployment.debug))
    } else {
        let bytes = std::fs::read(&path).map_err(|error| {
            Trouble::usage(format!("{} cannot be read: {error}", path.display())).help("`flow build` writes one")
        })?;
        texts.root = Project::find(&path).map(|project| project.root).unwrap_or_default();
        codec::decode(&bytes).map_err(|error| {
            Trouble::refused(format!("{}: {error}", path.display())).help("build it again with `flow build`")
        })?
    };
    let texts = std::cell::RefCell::new(texts);
    let source = |file: &str, line: u32| texts.borrow_mut().line(file, line);
    let wanted = options.function.as_deref().unwrap_or("");
    let mut listed = false;
    for (index, function) in (0u16..).zip(&program.functions) {
        if function.name.contains(wanted) {
            io.line(clean(&disasm::function(&program, index, debug.as_ref(), Some(&source))))?;
            listed = true;
        }
    }
    if !listed && !wanted.is_empty() {
        let near = crate::nearest::nearest(wanted, program.functions.iter().map(|function| &*function.name));
        return Err(Trouble::usage(format!("no function's name contains `{wanted}`"))
            .maybe_help(near.map(|near| format!("did you mean `{near}`?"))));
    }
    Ok(())
}

/// Source files, read when their lines are first asked for.
struct Texts {
    root: PathBuf,
    files: HashMap<String, String>,
}

impl Texts {
    fn line(&mut self, file: &str, line: u32) -> Option<String> {
        if !self.files.contains_key(file) {
            // A name in a compiled program is no permission to read any file.
            let inside = Path::new(file).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            let text =
                if inside { crate::project::read(&self.root.join(file)).unwrap_or_default() } else { String::new() };
            self.files.insert(file.to_owned(), text);
        }
        self.files.get(file)?.lines().nth((line as usize).checked_sub(1)?).map(str::to_owned)
    }
}
