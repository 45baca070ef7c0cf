//! From a project's files to a program, or to what is wrong with it.

use super::Project;
use flow_bytecode::reach;
use flow_lang::check::{Purpose, Settings};
use flow_lang::compile::{Compiled, Input, compile_within};
use flow_lang::diag::Severity;
use flow_vm::engine::Deployment;

/// A source file as it was read: bytes, for what is wrong with them is told like any other mistake.
#[derive(Debug, Clone)]
pub struct SourceBytes {
    /// Relative to the project, with `/`.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Project {
    /// Compiles the project's files with the standard library's declarations; its own come first in the list of sources.
    pub fn compile(&self, files: &[SourceBytes]) -> Compiled {
        compile_within(&inputs(files), &self.settings_for(Purpose::Deploy, files))
    }

    /// What the compiler looks at of what is set, and the documents that these files name.
    pub fn settings_for(&self, purpose: Purpose, files: &[SourceBytes]) -> Settings {
        // What is no `host:port` is refused where the address is called.
        let allow_net = self.config.net.allow.iter().filter_map(|entry| reach::entry(entry)).collect();
        let channels = Some(self.config.channels().known().into_iter().map(str::to_owned).collect());
        // An article that cannot be read is told by whoever brings them in.
        let articles = self.articles().ok().flatten();
        let articles = articles.map(|found| found.into_iter().map(|article| article.name.to_string()).collect());
        Settings {
            purpose,
            allow_net,
            channels,
            wired: Some(self.config.wired()),
            articles,
            scripts: self.script_names(),
            barred_scripts: self.barred_scripts(),
            documents: self.documents(files),
            templates: self.templates(),
        }
    }
}

/// A project's files, and after them the standard library's declarations.
pub fn inputs(files: &[SourceBytes]) -> Vec<Input> {
    let own =
        files.iter().map(|file| Input { path: file.path.as_str().into(), text: file.bytes.clone(), library: false });
    let library = flow_stdlib::declarations().iter().chain(flow_stdlib::flows()).map(|(path, text)| Input {
        path: (*path).into(),
        text: text.as_bytes().to_vec(),
        library: true,
    });
    own.chain(library).collect()
}

/// How many diagnostics are that bad.
pub fn count(compiled: &Compiled, severity: Severity) -> usize {
    compiled.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity).count()
}

/// What is deployed of a compiled project; `None` when it was refused.
pub fn deployment(compiled: Compiled, own: usize) -> Option<Deployment> {
    let sources = compiled
        .sources
        .iter()
        .take(own)
        .map(|(_, source)| (source.path.to_string(), source.text.to_string()))
        .collect();
    let lowered = compiled.lowered?;
    Some(Deployment { program: lowered.program, debug: lowered.debug, sources, schema: compiled.schema })
}
