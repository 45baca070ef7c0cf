//! From files to what is known of a project: read, parsed, connected with what services describe, checked.
//!
//! [`crate::compile`] goes on from here to a program; an editor's host ([`crate::ide`]) stays here, and hands in again what it has
//! read before.

use crate::STACK_BYTES;
use crate::check::{self, Memo, Module, Settings, Understood};
use crate::compile::Input;
use crate::connect::{self, Around, CONNECTOR_FILE, Connected};
use crate::diag::render::{Source, Sources};
use crate::diag::{Diagnostic, FileId, Severity};
use crate::resolve::Project;
use crate::syntax::{Parsed, ast, parse_bytes, parse_made, readable};
use crate::template::{self, Words};
use flow_bytecode::parallel;
use std::sync::Arc;

/// From so many bytes on, files are parsed several at a time.
pub(crate) const PARALLEL_BYTES: usize = 256 << 10;

/// Flows of the library stand in `flows/MODULE.FLOW.flow`.
const LIBRARY_FLOWS: &str = "flows/";

/// A file that has been read and parsed.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its path and text.
    pub source: Arc<Source>,
    /// Its tree and what is wrong with it; places in it name the file by its number in the list.
    pub parsed: Arc<Parsed>,
    /// What other files call it.
    pub module: Arc<str>,
    /// Part of the standard library.
    pub library: bool,
    /// A flow of the library.
    pub flow: bool,
}

impl File {
    /// Reads and parses a file whose number in the list of sources is this.
    pub fn new(id: FileId, input: &Input) -> File {
        let mut source = Source::new(Arc::clone(&input.path), &*readable(&input.text));
        source.library = input.library;
        let flow = library_flow(input).and_then(|flow| flow.rsplit_once('.'));
        File {
            source: Arc::new(source),
            parsed: Arc::new(parse_bytes(id, &input.text)),
            module: flow.map_or_else(|| input.module(), |(module, _)| module.to_owned()).into(),
            library: input.library,
            flow: flow.is_some(),
        }
    }

    fn module(&self) -> Module<'_> {
        let (name, tree) = (&*self.module, &self.parsed.tree);
        match self.flow {
            // Called by its module's name, and none of the project's own files.
            true => Module { name, tree, library: false, connector: true, flows: true },
            false => Module { name, tree, library: self.library, connector: false, flows: false },
        }
    }
}

/// A flow of the library by its whole name, `ai.assist`, where this is one.
fn library_flow(input: &Input) -> Option<&str> {
    let path = input.library.then(|| input.path.strip_prefix(LIBRARY_FLOWS))??;
    path.strip_suffix(".flow")
}

/// The inputs without those flows of the library that no file of the project names: what is not called is no part of it.
pub(crate) fn called<'i>(inputs: impl Iterator<Item = &'i Input> + Clone) -> Vec<&'i Input> {
    let own = || inputs.clone().filter(|input| !input.library);
    let names = |flow: &str| {
        let Some((module, name)) = flow.rsplit_once('.') else { return false };
        own().any(|input| connect::names(module, name, &readable(&input.text)))
    };
    inputs.clone().filter(|input| library_flow(input).is_none_or(names)).collect()
}

/// A project as far as it is known before it is checked.
#[derive(Debug)]
pub(crate) struct Front {
    /// Its files, those of the library, the words of its mails, and what its connectors declare.
    pub sources: Sources,
    /// The files among them that were handed in, first in the list.
    pub files: Vec<File>,
    /// What is wrong so far.
    pub diagnostics: Vec<Diagnostic>,
    words: Vec<Words>,
    /// Connectors with the files of what they declare.
    connectors: Vec<(Arc<Connected>, Arc<Parsed>)>,
}

impl Front {
    /// Reads everything anew.
    pub fn read(inputs: &[Input], settings: &Settings) -> Front {
        let inputs: Vec<(FileId, &Input)> = (0u32..).map(FileId).zip(called(inputs.iter())).collect();
        let bytes: usize = inputs.iter().map(|(_, input)| input.text.len()).sum();
        let files = parallel::map(&inputs, bytes >= PARALLEL_BYTES, STACK_BYTES, |(id, input)| File::new(*id, input));
        Front::of(files, settings, &[])
    }

    /// Goes on from files that have been read. `before`: what connectors declared then, not to be parsed again.
    pub fn of(files: Vec<File>, settings: &Settings, before: &[(Arc<Connected>, Arc<Parsed>)]) -> Front {
        let (mut sources, mut diagnostics) = (Sources::new(), Vec::new());
        for file in &files {
            sources.share(Arc::clone(&file.source));
            diagnostics.extend_from_slice(&file.parsed.diagnostics);
        }
        let words = words(settings, &mut sources, &mut diagnostics);
        let connectors = connected(&files, &sources, settings, &mut diagnostics);
        let declared = |connector: Arc<Connected>| {
            let file = sources.add(format!("{CONNECTOR_FILE}{}", connector.name), &*connector.source);
            sources.of_library(file);
            let same = |(old, parsed): &&(Arc<Connected>, Arc<Parsed>)| {
                old.source == connector.source && parsed.tree.span.file == file
            };
            let parsed = match before.iter().find(same) {
                Some((_, parsed)) => Arc::clone(parsed),
                None => Arc::new(parse_made(file, &connector.source)),
            };
            diagnostics.extend_from_slice(&parsed.diagnostics);
            (connector, parsed)
        };
        let connectors = connectors.into_iter().map(declared).collect();
        Front { sources, files, diagnostics, words, connectors }
    }

    /// What connectors declare.
    pub fn connectors(&self) -> &[(Arc<Connected>, Arc<Parsed>)] {
        &self.connectors
    }

    /// Every tree, in the order of the modules.
    pub fn trees(&self) -> impl Iterator<Item = &ast::File> {
        let files = self.files.iter().map(|file| &file.parsed.tree);
        files.chain(self.connectors.iter().map(|(_, parsed)| &parsed.tree))
    }

    /// Every module, in the order of the sources.
    fn modules(&self) -> Vec<Module<'_>> {
        let made = self.connectors.iter().map(|(connector, parsed)| Module {
            name: &connector.name,
            tree: &parsed.tree,
            library: false,
            connector: true,
            flows: false,
        });
        self.files.iter().map(File::module).chain(made).collect()
    }

    /// What it would declare if a file read so.
    pub fn declared_with(&self, tree: &ast::File, settings: &Settings) -> Project {
        let mut modules = self.modules();
        for module in modules.iter_mut().filter(|module| module.tree.span.file == tree.span.file) {
            module.tree = tree;
        }
        let connectors: Vec<Arc<Connected>> = self.connectors.iter().map(|(one, _)| Arc::clone(one)).collect();
        check::declared(&modules, settings, (&connectors, self.words.clone()), false, &mut Vec::new()).0
    }

    /// Checks it. What there is to say holds what was wrong before, too.
    pub fn understand(&self, settings: &Settings, mut memo: Option<&mut Memo>) -> Understood {
        let modules = self.modules();
        let connectors: Vec<Arc<Connected>> = self.connectors.iter().map(|(one, _)| Arc::clone(one)).collect();
        let mut known = check::understand(&modules, settings, &connectors, self.words.clone(), memo.as_deref_mut());
        let mut diagnostics = self.diagnostics.clone();
        diagnostics.append(&mut known.diagnostics);
        if !diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error) {
            let sources: Vec<Arc<Source>> = self.files.iter().map(|file| Arc::clone(&file.source)).collect();
            diagnostics.extend(check::unused(&modules, &sources, memo.map(|memo| &mut memo.counts)));
        }
        known.diagnostics = diagnostics;
        known
    }
}

/// The words of the project's mails.
fn words(settings: &Settings, sources: &mut Sources, out: &mut Vec<Diagnostic>) -> Vec<Words> {
    let files: Vec<(FileId, Arc<str>, &[u8])> = settings
        .templates
        .iter()
        .map(|file| {
            let shown = readable(file.bytes.get(..template::TEMPLATE_BYTES_MAX + 1).unwrap_or(&file.bytes));
            (sources.add(Arc::clone(&file.path), &*shown), Arc::clone(&file.path), file.bytes.as_slice())
        })
        .collect();
    template::read(&files, out)
}

/// The project's connectors, with what it names of them.
fn connected(files: &[File], sources: &Sources, settings: &Settings, out: &mut Vec<Diagnostic>) -> Vec<Arc<Connected>> {
    let trees = || files.iter().map(|file| (&file.parsed.tree, file.library));
    let texts: Vec<&str> =
        sources.iter().filter(|(file, _)| !sources.is_library(*file)).map(|(_, source)| &*source.text).collect();
    let around = Around { documents: &settings.documents, texts: &texts, allow_net: &settings.allow_net };
    connect::connected(trees(), &around, out)
}
