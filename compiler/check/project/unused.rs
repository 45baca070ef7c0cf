//! Declared names that the project never uses.
//!
//! Meant are those that exist for the flows alone: enums, records, actions and events. Teams, tags,
//! calendars and properties describe the workspace, where people use them too; the project's settings name secrets; and
//! every flow can be started from outside.
//! A name counts as used wherever its word stands once more, in whatever place: better one too few than a false alarm.

use crate::check::Module;
use crate::diag::render::Source;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Ident, ItemKind};
use std::collections::HashMap;
use std::sync::Arc;

/// How often each word stands in a project, kept from one time to the next: few files have changed.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    numbers: HashMap<Box<str>, u32>,
    /// By number of the word.
    times: Vec<u32>,
    /// By number of the file.
    files: HashMap<u32, Counted>,
}

/// A file that was counted.
#[derive(Debug)]
struct Counted {
    source: Arc<Source>,
    /// (number of the word, how often it stands there).
    words: Vec<(u32, u32)>,
}

impl Counts {
    /// Counts a file, unless it is the one that was counted.
    fn count(&mut self, number: u32, source: &Arc<Source>) {
        if self.files.get(&number).is_some_and(|old| Arc::ptr_eq(&old.source, source)) {
            return;
        }
        if let Some(old) = self.files.remove(&number) {
            for (word, times) in old.words {
                if let Some(all) = self.times.get_mut(word as usize) {
                    *all = all.saturating_sub(times);
                }
            }
        }
        let mut own: HashMap<u32, u32> = HashMap::new();
        for word in words(&source.text) {
            let number = match self.numbers.get(word) {
                Some(number) => *number,
                None => {
                    let number = self.times.len() as u32;
                    self.numbers.insert(word.into(), number);
                    self.times.push(0);
                    number
                }
            };
            *own.entry(number).or_default() += 1;
        }
        for (word, times) in &own {
            if let Some(all) = self.times.get_mut(*word as usize) {
                *all += times;
            }
        }
        self.files.insert(number, Counted { source: Arc::clone(source), words: own.into_iter().collect() });
    }

    fn times(&self, word: &str) -> u32 {
        self.numbers.get(word).and_then(|number| self.times.get(*number as usize)).copied().unwrap_or_default()
    }
}

/// Warns of declarations that nothing uses. `sources` stand beside `modules`.
pub(crate) fn unused(modules: &[Module<'_>], sources: &[Arc<Source>], counts: Option<&mut Counts>) -> Vec<Diagnostic> {
    let own = || modules.iter().zip(sources).filter(|(module, _)| !module.library && !module.connector);
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
    let times: HashMap<&str, u32> = match counts {
        Some(counts) => {
            for (number, (module, source)) in (0..).zip(modules.iter().zip(sources)) {
                if !module.library && !module.connector {
                    counts.count(number, source);
                }
            }
            declared.iter().map(|(_, name)| (name.as_str(), counts.times(name.as_str()))).collect()
        }
        None => {
            let mut times: HashMap<&str, u32> = declared.iter().map(|(_, name)| (name.as_str(), 0)).collect();
            for word in own().flat_map(|(_, source)| words(&source.text)) {
                if let Some(times) = times.get_mut(word) {
                    *times += 1;
                }
            }
            times
        }
    };
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
