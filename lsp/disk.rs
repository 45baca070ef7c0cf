//! What the server reads of the disk, by the hands of whoever starts it: what a compiler may read, and no more.

use flow_lang::check::Settings;
use flow_lang::compile::Input;
use std::path::{Path, PathBuf};

/// A project on the disk.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Its folder, absolute.
    pub root: PathBuf,
    /// The file that is a project by itself, in a folder without settings.
    pub lone: Option<PathBuf>,
    /// Its files, by path relative to the folder with `/`, and what is in them.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Reads projects.
pub trait Disk: Send {
    /// The standard library's declarations.
    fn library(&self) -> Vec<Input>;

    /// The project that a file, which may not be there yet, or a folder belongs to.
    ///
    /// # Errors
    /// It cannot be read, or its settings are wrong: a sentence for people.
    fn project(&self, path: &Path) -> Result<Found, String>;

    /// What is in a file now; none where there is none, or it cannot be read.
    fn read(&self, path: &Path) -> Option<Vec<u8>>;

    /// What is set for a project, and the documents that these files name.
    ///
    /// # Errors
    /// The settings are wrong: a sentence for people.
    fn settings(&self, root: &Path, files: &[(String, Vec<u8>)]) -> Result<Settings, String>;
}
