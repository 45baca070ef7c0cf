//! Declared names that the project never uses.
//!
//! Meant are those that exist for the flows alone: enums, records, actions and events. Teams, tags,
//! calendars and properties describe the workspace, where people use them too; the project's settings name secrets; and
//! every flow can be started from outside.
//! A name counts as used wherever its word stands once more, in whatever place: better one too few than a false alarm.

use crate::check::Module;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Ident, ItemKind};
use std::collections::HashMap;

/// Warns of declarations that nothing uses. `texts` stand beside `modules`.
pub(crate) fn unused(modules: &[Module<'_>], texts: &[&str]) -> Vec<Diagnostic> {
    let own = || modules.iter().zip(texts).filter(|(module, _)| !module.library && !module.connector);
    let mut declared: Vec<(&'static str, &Ident)> = Vec::new();
    for item in own().flat_map(|(module, _)| &module.tree.items) {
        match &item.kind {
            ItemKind::Enum(decl) => declared.push(("enum", &decl.name)),
            ItemKind::Record(decl) => declared.push(("record", &decl.name)),
            ItemKind::Event(decl) => declared.extend(decl.name.segments.last().map(|name| ("event", name))),
            ItemKind::Action(decl) => declared.extend(decl.name.segments.last().map(|name| ("action", name))),
            _ => {}
        }
    }
    if declared.is_empty() {
        return Vec::new();
    }
    let mut times: HashMap<&str, u32> = declared.iter().map(|(_, name)| (name.as_str(), 0)).collect();
    for word in own().flat_map(|(_, text)| words(text)) {
        if let Some(times) = times.get_mut(word) {
            *times += 1;
        }
    }
    let unused = declared.into_iter().filter(|(_, name)| times.get(name.as_str()).is_some_and(|times| *times < 2));
    unused.map(|(what, name)| warning(what, name)).collect()
}

/// Every word of a text but those of lines that are comments.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split(|char: char| !char.is_alphanumeric() && char != '_'))
        .filter(|word| !word.is_empty())
}

fn warning(what: &str, name: &Ident) -> Diagnostic {
    Diagnostic::new(Code::UnusedName, name.span, format!("Nothing in the project uses the {what} `{}`.", name.name))
        .at("declared here, and never named again")
        .help("Remove it, or use it; look also for a name that is almost this one.")
}
