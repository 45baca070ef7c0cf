//! From a project's files to a program, or to what is wrong with it.

use super::Project;
use crate::trouble::Trouble;
use flow_lang::diag::Diagnostic;
use flow_lang::diag::render::Sources;

/// What the compiler made of a project.
#[derive(Debug)]
pub struct Compiled {
    /// The files diagnostics point into.
    pub sources: Sources,
    /// What it has to say, in source order.
    pub diagnostics: Vec<Diagnostic>,
}

impl Project {
    /// Compiles every source file of the project together.
    ///
    /// # Errors
    /// A file cannot be read. What is wrong in a file is a diagnostic, not an error.
    pub fn compile(&self) -> Result<Compiled, Trouble> {
        let mut sources = Sources::new();
        let mut diagnostics = Vec::new();
        for (path, text) in self.sources()? {
            let file = sources.add(path, text.as_str());
            diagnostics.extend(flow_lang::syntax::parse(file, &text).diagnostics);
        }
        Ok(Compiled { sources, diagnostics })
    }
}

impl Compiled {
    /// How many of the sources are the project's own.
    pub fn own_files(&self) -> usize {
        self.sources.len()
    }
}
