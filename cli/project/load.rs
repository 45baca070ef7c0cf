//! Reading source files: with limits, and with an error that says which byte of which file.

use crate::nearest::nearest;
use crate::trouble::Trouble;
use flow_lang::syntax::SOURCE_BYTES_MAX;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A project has at most this many source files.
const FILES_MAX: usize = 10_000;

/// Folders nest at most this deep.
const DEPTH_MAX: usize = 32;

/// Every `.flow` file below a folder, by path: (path relative to it with `/`, where it is). Hidden folders, `target`, and
/// folders that are projects of their own are passed over.
///
/// # Errors
/// A folder cannot be read, a link leads out of the project, or there are too many files.
pub fn find(root: &Path) -> Result<Vec<(String, PathBuf)>, Trouble> {
    let mut found = Vec::new();
    let real_root = root.canonicalize().map_err(|error| unreadable(root, &error))?;
    walk(root, &real_root, "", 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(
    folder: &Path,
    real_root: &Path,
    prefix: &str,
    depth: usize,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<(), Trouble> {
    if depth > DEPTH_MAX {
        return Err(Trouble::refused(format!("{} is nested more than {DEPTH_MAX} folders deep", folder.display())));
    }
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
        let is_flow = name.ends_with(".flow") && name.len() > ".flow".len();
        if name.starts_with('.') || name == "target" || (kind.is_symlink() && !is_flow) {
            continue;
        }
        let relative = format!("{prefix}{name}");
        if kind.is_dir() {
            if !path.join("flow.toml").is_file() {
                walk(&path, real_root, &format!("{relative}/"), depth + 1, found)?;
            }
        } else if is_flow {
            inside(&path, real_root)?;
            regular(&path)?;
            found.push((relative, path));
            if found.len() > FILES_MAX {
                return Err(Trouble::refused(format!("the project has more than {FILES_MAX} source files")));
            }
        }
    }
    Ok(())
}

/// The files with an ending right in a folder of the project, by name: (name without the ending, where it is).
///
/// # Errors
/// As [`find`].
pub fn beside(folder: &Path, root: &Path, ending: &str) -> Result<Vec<(String, PathBuf)>, Trouble> {
    let real_root = root.canonicalize().map_err(|error| unreadable(root, &error))?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()).map(str::to_owned) else { continue };
        if path.extension().is_some_and(|found| found == ending) && !name.starts_with('.') {
            inside(&path, &real_root)?;
            regular(&path)?;
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}

/// A link must not lead out of the project.
fn inside(path: &Path, real_root: &Path) -> Result<(), Trouble> {
    let real = path.canonicalize().map_err(|error| unreadable(path, &error))?;
    if real.starts_with(real_root) {
        return Ok(());
    }
    Err(Trouble::refused(format!("{} is a link that leads out of the project", path.display()))
        .help("copy the file into the project"))
}

/// Whoever opens a pipe waits for somebody who writes into it. A folder is told of where it is read.
fn regular(path: &Path) -> Result<(), Trouble> {
    let kind = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if kind.is_file() || kind.is_dir() {
        return Ok(());
    }
    Err(Trouble::refused(format!("{} is no file", path.display())).help("remove it, or put a file in its place"))
}

/// What is in a source file, up to one byte more than it may have: the compiler says what is wrong with that.
///
/// # Errors
/// It does not exist (with the nearest name beside it), is a folder, or cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Trouble> {
    let metadata = std::fs::metadata(path).map_err(|error| missing(path, &error))?;
    if metadata.is_dir() {
        return Err(
            Trouble::usage(format!("{} is a folder, not a file", path.display())).help("name a `.flow` file in it")
        );
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(SOURCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// The text of a file that is no source: settings, arguments.
///
/// # Errors
/// As [`read_bytes`]; it is longer than the limit, or not UTF-8.
pub fn read(path: &Path) -> Result<String, Trouble> {
    let bytes = read_bytes(path)?;
    if bytes.len() > SOURCE_BYTES_MAX {
        return Err(Trouble::usage(format!("{} is longer than {SOURCE_BYTES_MAX} bytes", path.display())));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Trouble::usage(format!("{} is not UTF-8, at byte {}", path.display(), at + 1)).help("save the file as UTF-8")
    })
}

fn missing(path: &Path, error: &std::io::Error) -> Trouble {
    if error.kind() != std::io::ErrorKind::NotFound {
        return unreadable(path, error);
    }
    let trouble = Trouble::usage(format!("there is no file {}", path.display()));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else {
        return trouble.help(format!("there is no folder {} either", folder.display()));
    };
    let names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".flow"))
        .collect();
    let wanted = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match nearest(wanted, names.iter().map(String::as_str)) {
        Some(near) => trouble.help(format!("did you mean {}?", path.with_file_name(near).display())),
        None if Path::new(wanted).extension().is_none() && names.contains(&format!("{wanted}.flow")) => {
            trouble.help(format!("did you mean {}.flow?", path.display()))
        }
        None => trouble,
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Trouble {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Trouble::usage(format!("there is no file or folder {}", path.display()));
    }
    Trouble::machine(format!("{} cannot be read: {error}", path.display()))
        .help("look at its permissions, and whose it is")
}
