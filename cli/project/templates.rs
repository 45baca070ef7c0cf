//! The templates of a project's mails: every file of `templates/` that one may be written in.

use super::Project;
use flow_lang::template::{FOLDER, TEMPLATE_BYTES_MAX, TemplateFile, is_template};
use std::io::Read;
use std::path::Path;

/// A project has at most so many.
const TEMPLATES_MAX: usize = 2_000;

impl Project {
    /// The files of templates, by name. What cannot be read, or leads out of the project, has no words: so it is told where
    /// the template is used.
    pub fn templates(&self) -> Vec<TemplateFile> {
        let folder = self.root.join(FOLDER.trim_end_matches('/'));
        let (Ok(entries), Ok(root)) = (std::fs::read_dir(&folder), self.root.canonicalize()) else { return Vec::new() };
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.retain(|name| !name.starts_with('.') && is_template(&format!("{FOLDER}{name}")));
        names.sort();
        names.truncate(TEMPLATES_MAX);
        let file = |name: &String| {
            let bytes = read(&folder.join(name), &root)?;
            Some(TemplateFile { path: format!("{FOLDER}{name}").into(), bytes })
        };
        names.iter().filter_map(file).collect()
    }
}

/// What is in a file below the project's folder, up to one byte more than it may have.
fn read(file: &Path, root: &Path) -> Option<Vec<u8>> {
    let real = file.canonicalize().ok().filter(|real| real.starts_with(root) && real.is_file())?;
    let mut bytes = Vec::new();
    std::fs::File::open(real).ok()?.take(TEMPLATE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
