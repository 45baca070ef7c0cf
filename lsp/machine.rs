//! The machine that a server runs on, by the hands of whoever starts it: of its disk what a compiler may read, its clock, and how
//! many runs wait where, if there is a database. Nothing is written and nothing is executed.

use flow_lang::check::Settings;
use flow_lang::compile::Input;
use std::collections::BTreeMap;
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

/// Reads projects, and what is known of them beside their text.
pub trait Machine: Send {
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

    /// What time it is: microseconds since 1970, UTC.
    fn now(&self) -> i64;

    /// How many runs of a project wait at each place, by the place's key; nothing where there is no database.
    fn waiting(&self, root: &Path) -> BTreeMap<String, usize>;
}
