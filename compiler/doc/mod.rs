//! Reference pages of a project, made from its declarations and their documentation.
//!
//! [`Reference::of`] gathers what there is to tell; [`html`] and [`markdown`] make pages of it: one a file of the project,
//! one a file of the standard library, and an index. Pages link to one another, and to
//! what the documentation itself links to ([`Reference::lead`]).

mod gather;
mod html;
mod links;
mod markdown;
mod style;
mod uses;
mod words;

pub(crate) use gather::effect;
pub use html::html;
pub use markdown::markdown;

use crate::graph::Graph;
use std::collections::BTreeMap;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name; all pages stand in one folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Everything that the pages tell.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// The project's name.
    pub title: String,
    /// The project's files, then the standard library's.
    pub modules: Vec<Module>,
    /// Where a thing is told: its kind and name to (module, anchor).
    places: BTreeMap<(Kind, String), (usize, String)>,
    /// Where a relative address in the documentation of a module leads from the folder of the pages.
    links: BTreeMap<(usize, String), String>,
}

/// A file.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// `billing.refunds`; `http` of the standard library.
    pub name: String,
    /// Its path.
    pub path: String,
    /// Part of the standard library.
    pub library: bool,
    /// Its page, without an ending.
    pub page: String,
    /// What the file says of itself.
    pub doc: String,
    /// What it declares, in its order.
    pub items: Vec<Item>,
}

/// What a declaration declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `flow`
    Flow,
    /// `action`
    Action,
    /// `event`
    Event,
    /// `enum`, `record`, `entity`
    Type,
    /// `extend`
    Extend,
    /// `tag`, `team` and other names
    Name,
    /// `calendar`
    Calendar,
    /// `connector`
    Connector,
    /// `form`
    Form,
}

/// A declaration.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it declares.
    pub kind: Kind,
    /// The word before its name: `record`.
    pub word: String,
    /// Its name as others call it.
    pub name: String,
    /// Unique in its page.
    pub anchor: String,
    /// Its documentation, Markdown.
    pub doc: String,
    /// How it is written; empty where the members say it all.
    pub signature: String,
    /// Fields, variants, names, with types where there are some.
    pub members: Vec<Member>,
    /// Short facts: the effect class, kinds of failure, the file's line.
    pub facts: Vec<Fact>,
    /// What it has to do with others: (`Calls`, what).
    pub ties: Vec<(&'static str, Vec<(Kind, String)>)>,
    /// Of a flow.
    pub graph: Option<Graph>,
}

/// A field, a variant, a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its type, or the label that people see.
    pub ty: String,
    /// Its documentation.
    pub doc: String,
}

/// A short fact about a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What the fact is about: `Effect`.
    pub label: &'static str,
    /// `@once`
    pub code: String,
    /// What that means.
    pub about: String,
}

impl Reference {
    /// Where a thing is told, as seen from a page: `refund.html#flow.refund`, or `#flow.refund` on the same page.
    fn address(&self, kind: Kind, name: &str, from: usize, ending: &str) -> Option<String> {
        let (module, anchor) = self.places.get(&(kind, name.to_owned()))?;
        let page = &self.modules.get(*module)?.page;
        Some(if *module == from { format!("#{anchor}") } else { format!("{page}.{ending}#{anchor}") })
    }

    /// Where a word leads that stands as code in documentation: a type, a flow, an action or an event of that name.
    fn meant(&self, word: &str, from: usize, ending: &str) -> Option<String> {
        let word = word.trim_end_matches("()");
        let own = self.modules.get(from).map(|module| format!("{}.{word}", module.name));
        [Kind::Type, Kind::Flow, Kind::Action, Kind::Event].into_iter().find_map(|kind| {
            self.address(kind, word, from, ending)
                .or_else(|| own.as_ref().and_then(|own| self.address(kind, own, from, ending)))
        })
    }
}
