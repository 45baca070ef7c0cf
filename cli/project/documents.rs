//! The documents that a project's connectors name: read from the project alone, and indexed once.
//!
//! What is made of a document is kept in `.flow/openapi` beside the database, by the hash of the document (BLAKE3): its index,
//! and of one in YAML the same in JSON. The folder holds nothing that cannot be made again, and whoever cannot write it reads
//! the document anew each time.

use super::{Project, SourceBytes};
use flow_lang::connect::{Described, documents};
use flow_openapi::{DOCUMENT_BYTES_MAX, Document, Index, Problem};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder for what can be made again.
const FOLDER: &str = ".flow";

impl Project {
    /// Every document that its files name, or why it cannot be read.
    pub fn documents(&self, files: &[SourceBytes]) -> Vec<Described> {
        let paths = documents(files.iter().map(|file| file.bytes.as_slice()));
        let described = |path: String| Described { document: self.document(Path::new(&path)), path: path.into() };
        paths.into_iter().map(described).collect()
    }

    /// A document of the project, by its path from the project's folder.
    ///
    /// # Errors
    /// It is not there, leads out of the project, or is none.
    pub fn document(&self, path: &Path) -> Result<Arc<Document>, Problem> {
        read(&self.root, path, Some(&self.kept())).map(Arc::new)
    }

    /// Where indexes are kept.
    fn kept(&self) -> PathBuf {
        self.database(None).with_file_name(FOLDER).join("openapi")
    }
}

/// Reads a document below a folder.
///
/// # Errors
/// As [`Project::document`].
pub fn read(root: &Path, path: &Path, kept: Option<&Path>) -> Result<Document, Problem> {
    let file = root.join(path);
    let shown = path.display();
    let unread = |error: &std::io::Error| {
        match error.kind() {
        std::io::ErrorKind::NotFound => Problem {
            message: format!("The document `{shown}` is not here."),
            help: "Put it into the project; its path begins beside `flow.toml`. The page on connectors says where documents of known services come from.".to_owned(),
        },
        _ => Problem {
            message: format!("The document `{shown}` cannot be read: {error}."),
            help: "Look at its permissions, and whose it is.".to_owned(),
        },
    }
    };
    let real = file.canonicalize().map_err(|error| unread(&error))?;
    let real_root = root.canonicalize().map_err(|error| unread(&error))?;
    if !real.starts_with(&real_root) {
        return Err(Problem {
            message: format!("The document `{shown}` is a link that leads out of the project."),
            help: "Copy the document into the project.".to_owned(),
        });
    }
    if !real.is_file() && !real.is_dir() {
        // Whoever opens a pipe waits for somebody who writes into it.
        return Err(Problem {
            message: format!("The document `{shown}` is no file."),
            help: "Put a file in its place.".to_owned(),
        });
    }
    if real.is_dir() {
        return Err(Problem {
            message: format!("The document `{shown}` is a folder."),
            help: "Name a file in it.".to_owned(),
        });
    }
    let length = real.metadata().map_or(0, |metadata| metadata.len()).min(DOCUMENT_BYTES_MAX as u64);
    let mut bytes = Vec::with_capacity(length as usize + 1);
    std::fs::File::open(&real)
        .and_then(|file| file.take(DOCUMENT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| unread(&error))?;
    let Some(kept) = kept.filter(|_| bytes.len() <= DOCUMENT_BYTES_MAX) else { return Document::read(&bytes) };
    let hash = blake3::hash(&bytes).to_hex();
    let (index_file, json_file) = (kept.join(format!("{hash}.index")), kept.join(format!("{hash}.json")));
    let known = std::fs::read(&index_file).ok().and_then(|index| serde_json::from_slice::<Index>(&index).ok());
    if let Some(index) = known {
        let json = index.text_bytes() == bytes.len();
        let text = if json { String::from_utf8(bytes).ok() } else { std::fs::read_to_string(&json_file).ok() };
        if let Some(document) = text.and_then(|text| Document::kept(text, index)) {
            return Ok(document);
        }
        // What was kept is damaged; where it cannot be removed, it is passed over.
        let removed = std::fs::remove_file(&index_file).is_ok();
        return read(root, path, removed.then_some(kept));
    }
    let document = Document::read(&bytes)?;
    if let Ok(index) = serde_json::to_vec(document.index()) {
        let same = document.json().as_bytes() == bytes.as_slice();
        // Without what is kept everything works, and takes longer.
        let _ = keep(kept, &json_file, (!same).then(|| document.json().as_bytes()))
            .and_then(|()| keep(kept, &index_file, Some(&index)));
    }
    Ok(document)
}

/// Writes a file that is there whole or not at all.
fn keep(folder: &Path, file: &Path, bytes: Option<&[u8]>) -> std::io::Result<()> {
    let Some(bytes) = bytes else { return Ok(()) };
    std::fs::create_dir_all(folder)?;
    if let Some(above) = folder.parent() {
        let ignore = above.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(ignore, "*\n")?;
        }
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, file).inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}
