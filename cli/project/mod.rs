//! A project on disk: where it is, what is set for it, what its source files say.

mod articles;
mod channels;
mod compile;
mod config;
mod documents;
mod fit;
mod load;
mod scripts;
mod templates;

pub use compile::{SourceBytes, count, deployment, inputs};
pub use config::{Config, FallbackSection};
pub use documents::read as document;
pub use load::{find as files, read, read_bytes as read_source};

use crate::trouble::Trouble;
use std::path::{Path, PathBuf};

/// The name of a project's settings.
pub const SETTINGS: &str = "flow.toml";

/// A project, found and with its settings read; its sources are not read yet.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its folder, as the person named it.
    pub root: PathBuf,
    /// What `flow.toml` says.
    pub config: Config,
    /// The one file of a project without a `flow.toml`.
    pub lone_file: Option<PathBuf>,
}

impl Project {
    /// The project that a path belongs to: the nearest folder above with a `flow.toml`. Without one a file is a project
    /// by itself, and a folder is one with everything in it.
    ///
    /// # Errors
    /// The path does not exist, or the settings are wrong.
    pub fn find(path: &Path) -> Result<Project, Trouble> {
        let is_dir = path.is_dir();
        if !path.exists() {
            // The error of reading it knows the nearest name.
            return Err(read(path)
                .err()
                .unwrap_or_else(|| Trouble::usage(format!("there is no file {}", path.display()))));
        }
        if is_dir && path.extension().is_some_and(|extension| extension == "flow") {
            return Err(read(path).err().unwrap_or_else(|| Trouble::usage(format!("{} is a folder", path.display()))));
        }
        let start = if is_dir { path } else { path.parent().unwrap_or(Path::new("")) };
        let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
        if let Some(root) = above(start) {
            let settings = root.join(SETTINGS);
            let text = read(&settings)?;
            let config = Config::parse(&text, &tidy(&settings))?;
            return Ok(Project { root: tidy(&root), config, lone_file: None });
        }
        let lone_file = (!is_dir).then(|| path.to_owned());
        Ok(Project { root: tidy(start), config: Config::default(), lone_file })
    }

    /// Its settings, whether they are there or not.
    pub fn settings(&self) -> PathBuf {
        tidy(&self.root.join(SETTINGS))
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        let folder = || self.root.canonicalize().ok()?.file_name().map(|name| name.to_string_lossy().into_owned());
        let file = || Some(self.lone_file.as_ref()?.file_stem()?.to_string_lossy().into_owned());
        self.config.project.name.clone().or_else(file).or_else(folder).unwrap_or_else(|| "project".to_owned())
    }

    /// Its database: what the person says, else what the settings say, else `flow.db` beside them.
    pub fn database(&self, given: Option<&Path>) -> PathBuf {
        match given {
            Some(path) => path.to_owned(),
            None => tidy(&self.root.join(self.config.project.database.as_deref().unwrap_or(Path::new("flow.db")))),
        }
    }

    /// Every source file. What is wrong inside one is the compiler's to say.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn sources(&self) -> Result<Vec<SourceBytes>, Trouble> {
        let files = match &self.lone_file {
            Some(file) => vec![(self.relative(file).unwrap_or_default(), file.clone())],
            None => load::find(&self.root)?,
        };
        files.into_iter().map(|(path, file)| Ok(SourceBytes { path, bytes: load::read_bytes(&file)? })).collect()
    }

    /// The path of a file relative to the project's folder, with `/`, as in [`Project::sources`].
    pub fn relative(&self, path: &Path) -> Option<String> {
        if self.lone_file.is_some() {
            return path.file_name().map(|name| name.to_string_lossy().into_owned());
        }
        let (root, path) = (self.root.canonicalize().ok()?, path.canonicalize().ok()?);
        let relative = path.strip_prefix(root).ok()?;
        Some(relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
    }
}

/// The nearest folder with settings, in the person's own words where they suffice: `.` and `..` rather than a long path.
fn above(start: &Path) -> Option<PathBuf> {
    if start.join(SETTINGS).is_file() {
        return Some(start.to_owned());
    }
    let real = start.canonicalize().ok()?;
    real.ancestors().skip(1).find(|folder| folder.join(SETTINGS).is_file()).map(Path::to_owned)
}

/// Without a leading `./`.
fn tidy(path: &Path) -> PathBuf {
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_owned(),
        _ => path.to_owned(),
    }
}
