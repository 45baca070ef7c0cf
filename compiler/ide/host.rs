//! A project as it is being written.

use super::places::WaitPlace;
use crate::check::{Memo, Settings, Understood};
use crate::compile::{Input, in_order};
use crate::connect::Connected;
use crate::diag::render::Sources;
use crate::diag::{Diagnostic, FileId};
use crate::front::{File, Front, called};
use crate::syntax::{Parsed, outline};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// A project as it is being written: its files, and what was found out of those that are as they were.
///
/// It is checked on the thread of whoever asks, which needs a stack of [`Host::STACK_BYTES`].
#[derive(Debug, Default)]
pub struct Host {
    library: Vec<Input>,
    own: BTreeMap<Arc<str>, Input>,
    settings: Arc<Settings>,
    /// What was read last, with its outline; of what has changed since there is none.
    read: Vec<Option<(File, u64)>>,
    connected: Vec<(Arc<Connected>, Arc<Parsed>)>,
    memo: Memo,
    known: Option<Arc<Analysis>>,
}

impl Host {
    /// The stack that checking a project may take, in bytes.
    pub const STACK_BYTES: usize = crate::STACK_BYTES;

    /// A project without files. `library`: the standard library's.
    pub fn new(library: Vec<Input>) -> Host {
        let mut library = library;
        library.iter_mut().for_each(|input| input.library = true);
        Host { library, ..Host::default() }
    }

    /// Brings a file in, or its text as it is now. `path`: relative to the project, with `/`.
    pub fn set(&mut self, path: &str, text: Vec<u8>) {
        if self.own.get(path).is_some_and(|input| input.text == text) {
            return;
        }
        let path: Arc<str> = Arc::from(path);
        self.changed(&path);
        self.own.insert(Arc::clone(&path), Input { path, text, library: false });
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        if self.own.remove(path).is_some() {
            self.changed(path);
        }
    }

    /// Every file of the project itself, by path.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.own.keys().map(|path| &**path)
    }

    /// The text of a file of the project.
    pub fn text(&self, path: &str) -> Option<&[u8]> {
        self.own.get(path).map(|input| input.text.as_slice())
    }

    /// What is set for the project from now on.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = Arc::new(settings);
        self.memo = Memo::default();
        self.known = None;
    }

    /// Takes nothing for known any more but the texts themselves.
    pub fn forget(&mut self) {
        (self.read, self.connected) = (Vec::new(), Vec::new());
        self.memo = Memo::default();
        self.known = None;
    }

    fn changed(&mut self, path: &str) {
        self.known = None;
        for read in &mut self.read {
            if read.as_ref().is_some_and(|(file, _)| *file.source.path == *path && !file.library) {
                *read = None;
            }
        }
    }

    /// What is known of the project as it is now.
    pub fn analyse(&mut self) -> Arc<Analysis> {
        if let Some(known) = &self.known {
            return Arc::clone(known);
        }
        let inputs: Vec<&Input> = called(self.own.values().chain(&self.library));
        self.read.resize_with(inputs.len(), || None);
        let mut world = DefaultHasher::new();
        let mut files = Vec::with_capacity(inputs.len());
        for ((id, input), read) in (0u32..).map(FileId).zip(inputs).zip(&mut self.read) {
            let same = |(file, _): &(File, u64)| file.source.path == input.path && file.library == input.library;
            let (file, outline) = match read.take().filter(same) {
                Some(same) => same,
                None => {
                    let file = File::new(id, input);
                    let outline = outline(&file.parsed.tree, &file.source.text);
                    (file, outline)
                }
            };
            (&*file.source.path, file.library, outline).hash(&mut world);
            files.push(file.clone());
            *read = Some((file, outline));
        }
        let front = Front::of(files, &self.settings, &self.connected);
        self.connected = front.connectors().to_vec();
        front.connectors().iter().for_each(|(connector, _)| connector.source.hash(&mut world));
        self.memo.under(world.finish());
        let mut known = front.understand(&self.settings, Some(&mut self.memo));
        let mut diagnostics = std::mem::take(&mut known.diagnostics);
        in_order(&mut diagnostics);
        let settings = self.settings.clone();
        let known = Arc::new(Analysis { front, known, settings, diagnostics, places: OnceLock::new() });
        self.known = Some(Arc::clone(&known));
        known
    }
}

/// What is known of a project at one moment.
#[derive(Debug)]
pub struct Analysis {
    pub(super) front: Front,
    pub(super) known: Understood,
    pub(super) settings: Arc<Settings>,
    diagnostics: Vec<Diagnostic>,
    pub(super) places: OnceLock<Vec<WaitPlace>>,
}

impl Analysis {
    /// Everything there is to say, by file and place, but for what only a program that is built can tell: what
    /// [`crate::compile::compile_within`] says.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The project's files, and those of the library.
    pub fn sources(&self) -> &Sources {
        &self.front.sources
    }
}
