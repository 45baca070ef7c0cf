//! Templates of mails, as people look at them: those that are ready, those of a project, and what one makes.

mod examples;
mod preview;
mod ready;

pub use preview::preview;
pub use ready::{READY, Ready};

use crate::project::Project;
use crate::trouble::Trouble;
use flow_lang::diag::FileId;
use flow_lang::syntax::ast::{DeclaredName, File, ItemKind, NameKind};
use flow_lang::syntax::{parse_bytes, readable};

/// A template of a project.
#[derive(Debug, Clone)]
pub struct Own {
    /// `welcome`
    pub name: String,
    /// Where its words stand, if they do: `templates/welcome.md`.
    pub file: Option<String>,
    /// Where it is declared, if it is: `mails.flow`.
    pub declared: Option<String>,
}

/// The templates of a project, by name: those that are declared, and those that have words.
///
/// # Errors
/// A file cannot be read.
pub fn own(project: &Project) -> Result<Vec<Own>, Trouble> {
    let mut all: Vec<Own> = Vec::new();
    for file in project.templates() {
        let name = file.path.trim_start_matches("templates/");
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        if stem != flow_lang::template::LAYOUT {
            all.push(Own { name: stem.to_owned(), file: Some(file.path.to_string()), declared: None });
        }
    }
    for source in Sources::read(project)?.0 {
        for name in templates(&source.tree) {
            let declared = Some(source.path.clone());
            match all.iter_mut().find(|own| own.name == name.name.as_str()) {
                Some(own) => own.declared = declared,
                None => all.push(Own { name: name.name.as_str().to_owned(), file: None, declared }),
            }
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// A file of a project as it is read.
struct Source {
    path: String,
    text: String,
    tree: File,
}

/// Every file of a project.
struct Sources(Vec<Source>);

impl Sources {
    fn read(project: &Project) -> Result<Sources, Trouble> {
        let read = |file: crate::project::SourceBytes| Source {
            tree: parse_bytes(FileId(0), &file.bytes).tree,
            text: readable(&file.bytes).into_owned(),
            path: file.path,
        };
        Ok(Sources(project.sources()?.into_iter().map(read).collect()))
    }
}

/// The templates that a file declares.
fn templates(tree: &File) -> impl Iterator<Item = &DeclaredName> {
    let declared = tree.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Names(decl) if decl.kind == NameKind::Template => Some(&decl.names),
        _ => None,
    });
    declared.flatten()
}
