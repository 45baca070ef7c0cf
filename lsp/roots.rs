//! The projects that are open, each with what is known of it.

use crate::documents::Document;
use crate::machine::{Found, Machine};
use crate::place::Encoding;
use flow_lang::connect::documents;
use flow_lang::diag::FileId;
use flow_lang::diag::render::Source;
use flow_lang::ide::{Analysis, Host};
use flow_lang::template::{TemplateFile, is_template};
use gen_lsp_types::{Diagnostic, Uri};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use url::Url;

/// Where the words of mails stand.
const TEMPLATES: &str = "templates/";

/// A project that is open.
pub(crate) struct Root {
    /// Its folder.
    pub folder: PathBuf,
    /// The one file of a project without settings.
    lone: Option<PathBuf>,
    host: Host,
    /// The documents that its files named when they were read last.
    named: Vec<String>,
    /// What was said of each file, by path, when it was said last.
    pub told: BTreeMap<Arc<str>, Vec<Diagnostic>>,
    /// What the client would be answered of its open files, when it was looked at last.
    pub asked: BTreeMap<Arc<str>, Vec<Diagnostic>>,
    /// Something has changed since.
    pub dirty: bool,
}

impl Root {
    /// Where a file of it is.
    pub fn uri(&self, relative: &str) -> Uri {
        match &self.lone {
            Some(file) if Some(relative) == name(file) => uri(file),
            _ => uri(&self.folder.join(relative)),
        }
    }

    /// A path as the project's files name it.
    fn relative(&self, path: &Path) -> Option<String> {
        if let Some(lone) = &self.lone {
            return (lone == path).then(|| name(path).map(str::to_owned))?;
        }
        let parts = path.strip_prefix(&self.folder).ok()?.components();
        let plain = parts.map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        });
        Some(plain.collect::<Option<Vec<_>>>()?.join("/"))
    }

    /// What is known of it now.
    pub fn analyse(&mut self) -> Arc<Analysis> {
        self.host.analyse()
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let text = |path: &str| self.host.text(path).unwrap_or_default().to_vec();
        self.host.paths().map(|path| (path.to_owned(), text(path))).collect()
    }

    /// Takes over what is set for it; of a mail that is open, the words in the editor.
    fn configure(&mut self, machine: &dyn Machine, open: &HashMap<Uri, Document>) -> Result<(), String> {
        let files = self.files();
        self.named = documents(files.iter().map(|(_, text)| text.as_slice()));
        self.dirty = true;
        let mut settings = machine.settings(&self.folder, &files)?;
        for document in open.values() {
            let path = self.relative(&document.path).filter(|path| path.starts_with(TEMPLATES) && is_template(path));
            let Some(path) = path else { continue };
            let bytes = document.text.clone().into_bytes();
            match settings.templates.iter_mut().find(|template| *template.path == *path) {
                Some(template) => template.bytes = bytes,
                None => settings.templates.push(TemplateFile { path: path.into(), bytes }),
            }
        }
        self.host.configure(settings);
        Ok(())
    }

    fn set(
        &mut self,
        path: &str,
        text: &str,
        machine: &dyn Machine,
        open: &HashMap<Uri, Document>,
    ) -> Result<(), String> {
        self.host.set(path, text.as_bytes().to_vec());
        self.dirty = true;
        if !text.contains("connector ") {
            return Ok(());
        }
        let files = self.files();
        match documents(files.iter().map(|(_, text)| text.as_slice())) == self.named {
            true => Ok(()),
            false => self.configure(machine, open),
        }
    }
}

fn name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

/// A path of the disk as a URI.
pub(crate) fn uri(path: &Path) -> Uri {
    match Url::from_file_path(path) {
        Ok(url) => Uri(url.into()),
        // A file that is on no disk: what the client calls it.
        Err(()) => Uri(path.to_string_lossy().into_owned()),
    }
}

/// A URI as a path; what is on no disk is a path that is not absolute.
pub(crate) fn path(uri: &Uri) -> PathBuf {
    let url = Url::parse(&uri.0).ok().filter(|url| url.scheme() == "file");
    url.and_then(|url| url.to_file_path().ok()).unwrap_or_else(|| PathBuf::from(&uri.0))
}

/// A file of an open project.
pub(crate) struct Here<'r> {
    /// What is known of the project.
    pub analysis: Arc<Analysis>,
    /// Its number there.
    pub file: FileId,
    /// The project.
    pub root: &'r Root,
}

impl Here<'_> {
    /// Its text and lines.
    pub fn source(&self) -> Option<&Source> {
        self.analysis.sources().get(self.file)
    }
}

/// Everything that is open.
pub(crate) struct Roots {
    /// Where it all stands.
    pub machine: Box<dyn Machine>,
    pub roots: Vec<Root>,
    documents: HashMap<Uri, Document>,
}

impl Roots {
    pub fn new(machine: Box<dyn Machine>) -> Roots {
        Roots { machine, roots: Vec::new(), documents: HashMap::new() }
    }

    /// The project of a file, opened where it is not.
    fn of(&mut self, path: &Path) -> Result<usize, String> {
        let known = |root: &Root| root.lone.is_none() && path.starts_with(&root.folder);
        let own = |root: &Root| root.lone.as_deref() == Some(path);
        // Of a project within a project it is the inner one.
        let nearest = |roots: &[Root]| {
            let all = roots.iter().enumerate().filter(|(_, root)| known(root));
            all.max_by_key(|(_, root)| root.folder.components().count()).map(|(index, _)| index)
        };
        if let Some(index) = self.roots.iter().position(own) {
            return Ok(index);
        }
        let found = match path.is_absolute() {
            true => self.machine.project(path)?,
            false => Found { lone: Some(path.to_owned()), ..Found::default() },
        };
        if let Some(index) = nearest(&self.roots).filter(|index| self.roots[*index].folder == found.root) {
            return Ok(index);
        }
        let mut host = Host::new(self.machine.library());
        for (path, text) in found.files {
            host.set(&path, text);
        }
        let (folder, lone) = (found.root, found.lone);
        let mut root =
            Root { folder, lone, host, named: Vec::new(), told: BTreeMap::new(), asked: BTreeMap::new(), dirty: true };
        let settings = root.configure(self.machine.as_ref(), &self.documents);
        self.roots.push(root);
        settings?;
        Ok(self.roots.len() - 1)
    }

    /// A folder that the client works in.
    ///
    /// # Errors
    /// Its settings are wrong.
    pub fn folder(&mut self, uri: &Uri) -> Result<(), String> {
        let path = path(uri);
        if !path.is_absolute() { Ok(()) } else { self.of(&path).map(|_| ()) }
    }

    /// A file was opened.
    ///
    /// # Errors
    /// Its project cannot be read, or its settings are wrong.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) -> Result<(), String> {
        let path = path(&uri);
        self.documents.insert(uri.clone(), Document { path: path.clone(), version, text });
        let opened = self.of(&path).map(|_| ());
        self.changed(&uri)?;
        opened
    }

    /// A file was changed in the editor.
    ///
    /// # Errors
    /// What is set for its project is wrong.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<gen_lsp_types::TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Result<(), String> {
        if let Some(document) = self.documents.get_mut(uri) {
            document.version = version;
            document.change(changes, encoding);
        }
        self.changed(uri)
    }

    fn changed(&mut self, uri: &Uri) -> Result<(), String> {
        let Some(document) = self.documents.get(uri) else { return Ok(()) };
        let (machine, path) = (self.machine.as_ref(), document.path.as_path());
        let own = |root: &&mut Root| root.relative(path).is_some();
        let root = self.roots.iter_mut().filter(own).max_by_key(|root| root.folder.components().count());
        let Some(root) = root else { return Ok(()) };
        match root.relative(path) {
            Some(relative) if relative.ends_with(".flow") || root.lone.is_some() => {
                root.set(&relative, &document.text, machine, &self.documents)
            }
            Some(relative) if relative.starts_with(TEMPLATES) && is_template(&relative) => {
                root.configure(machine, &self.documents)
            }
            _ => Ok(()),
        }
    }

    /// A file was closed: what the disk says counts.
    ///
    /// # Errors
    /// What is set for its project is wrong.
    pub fn close(&mut self, uri: &Uri) -> Result<(), String> {
        match self.documents.remove(uri) {
            Some(document) => self.on_disk(&document.path),
            None => Ok(()),
        }
    }

    /// A file has changed on the disk, was made or was removed.
    ///
    /// # Errors
    /// What is set for its project is wrong.
    pub fn on_disk(&mut self, path: &Path) -> Result<(), String> {
        if self.documents.values().any(|document| document.path == path) {
            return Ok(());
        }
        let machine = self.machine.as_ref();
        for root in &mut self.roots {
            let Some(relative) = root.relative(path) else { continue };
            if !relative.ends_with(".flow") {
                root.configure(machine, &self.documents)?;
                continue;
            }
            match machine.read(path) {
                Some(text) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    root.set(&relative, &text, machine, &self.documents)?;
                }
                None => {
                    root.host.remove(&relative);
                    root.dirty = true;
                }
            }
        }
        Ok(())
    }

    /// Reads again what is on the disk, but for what is open.
    ///
    /// # Errors
    /// A project cannot be read, or its settings are wrong.
    pub fn read_again(&mut self) -> Result<(), String> {
        for root in self.roots.iter_mut().filter(|root| root.lone.is_none()) {
            let found = self.machine.project(&root.folder)?;
            let open: Vec<String> =
                self.documents.values().filter_map(|document| root.relative(&document.path)).collect();
            let there: HashSet<&str> = found.files.iter().map(|(path, _)| path.as_str()).collect();
            let gone: Vec<String> = root.host.paths().filter(|path| !there.contains(path)).map(str::to_owned).collect();
            for path in gone.iter().filter(|path| !open.contains(path)) {
                root.host.remove(path);
            }
            for (path, text) in found.files.into_iter().filter(|(path, _)| !open.contains(path)) {
                root.host.set(&path, text);
            }
            root.configure(self.machine.as_ref(), &self.documents)?;
        }
        Ok(())
    }

    /// Takes nothing for known any more: after a fault everything is read anew from its text.
    pub fn forget(&mut self) {
        for root in &mut self.roots {
            root.host.forget();
            root.dirty = false;
        }
    }

    /// The files that are open.
    pub fn open_files(&self) -> HashSet<Uri> {
        self.documents.keys().cloned().collect()
    }

    /// The client's number of a file's text, where it is open.
    pub fn version(&self, uri: &Uri) -> Option<i32> {
        self.documents.get(uri).map(|document| document.version)
    }

    /// A file with what is known of its project.
    pub fn here(&mut self, uri: &Uri) -> Option<Here<'_>> {
        let path = path(uri);
        let own = |root: &&mut Root| root.relative(&path).is_some();
        let root = self.roots.iter_mut().filter(own).max_by_key(|root| root.folder.components().count())?;
        let relative = root.relative(&path)?;
        let analysis = root.analyse();
        let file = analysis
            .sources()
            .iter()
            .find(|(file, source)| *source.path == *relative && !analysis.sources().is_library(*file))
            .map(|(file, _)| file)?;
        Some(Here { analysis, file, root })
    }
}
