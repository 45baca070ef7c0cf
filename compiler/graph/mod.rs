//! A flow as a graph: what it says, asks, waits for and decides, in the order a reader follows.
//!
//! [`graph`] makes the [`Graph`] of a checked flow; [`mermaid`], [`json`] and [`svg`] show it. Statements that neither talk,
//! wait, decide nor leave the machine are told together in one node.

mod build;
mod head;
mod json;
mod label;
mod layout;
mod measure;
mod mermaid;
mod paint;
mod steps;
mod svg;
mod values;

/// Words that other rooms of the compiler share with pictures.
pub(crate) mod words {
    pub(crate) use super::svg::escape;
    pub(crate) use super::values::{class, duration};

    /// A name fit for a file and for an anchor.
    pub(crate) fn escape_name(name: &str) -> String {
        let fit = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
        name.chars().map(fit).collect()
    }
}

pub use json::json;
pub use mermaid::mermaid;
pub use svg::{svg, svg_inline};

use crate::compile::Compiled;
use crate::diag::render::Sources;
use crate::hir::{FlowId, Hir};

/// A flow as nodes and edges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// The flow's qualified name.
    pub name: String,
    /// The file it stands in, relative to the project.
    pub file: String,
    /// In the order of the source: every edge that is not [`EdgeKind::Back`] leads to a later one.
    pub nodes: Vec<Node>,
    /// In the order they were found.
    pub edges: Vec<Edge>,
}

/// A step of a flow, or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What kind of step.
    pub kind: NodeKind,
    /// A few words: `ask #email`.
    pub title: String,
    /// What is said, asked, waited for, called; lines are apart by newlines. May be empty.
    pub text: String,
    /// Where it stands, from 1.
    pub line: u32,
    /// The flow it leads into, by qualified name.
    pub flow: Option<String>,
    /// The action it calls, and its effect class as written in a signature.
    pub action: Option<(String, String)>,
}

impl Node {
    fn plain(kind: NodeKind, text: &str) -> Node {
        Node { kind, title: String::new(), text: text.to_owned(), line: 1, flow: None, action: None }
    }
}

macro_rules! node_kinds {
    ($($name:ident $word:literal $about:literal;)*) => {
        /// The kinds of steps. What a kind is called in the legend is part of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NodeKind { $(#[doc = $about] $name,)* }

        impl NodeKind {
            /// Every kind.
            pub const ALL: &'static [NodeKind] = &[$(NodeKind::$name,)*];

            /// The kind in one word, for tools.
            pub fn word(self) -> &'static str {
                match self { $(NodeKind::$name => $word,)* }
            }

            /// The kind in a few words, for people.
            pub fn about(self) -> &'static str {
                match self { $(NodeKind::$name => $about,)* }
            }
        }
    };
}

node_kinds! {
    Trigger "trigger" "what starts it";
    Entry "entry" "where it begins, and who may enter";
    Rule "rule" "looked at wherever the run is";
    Say "say" "says something";
    Ask "ask" "asks something";
    Choice "choice" "offers options";
    Wait "wait" "waits";
    Decision "decision" "decides";
    Loop "loop" "repeats";
    Steps "steps" "does something in the workspace";
    External "external" "reaches outside";
    Approval "approval" "waits for a person's yes";
    Call "call" "goes through another flow";
    Launch "launch" "becomes another flow";
    Start "start" "starts another run, or raises an event";
    Fork "fork" "side by side";
    Join "join" "comes together";
    Failure "failure" "when something fails";
    End "end" "the end";
}

/// A way from one step to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// An index into [`Graph::nodes`].
    pub from: usize,
    /// An index into [`Graph::nodes`].
    pub to: usize,
    /// An option's text, an arm, `yes`; mostly empty.
    pub label: String,
    /// What kind of way.
    pub kind: EdgeKind,
}

/// The kinds of ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// Onwards.
    Next,
    /// Back to a step before.
    Back,
    /// When something failed.
    Failure,
    /// At any time: a rule of the header.
    Always,
}

impl EdgeKind {
    /// The kind in one word, for tools.
    pub fn word(self) -> &'static str {
        match self {
            EdgeKind::Next => "next",
            EdgeKind::Back => "back",
            EdgeKind::Failure => "failure",
            EdgeKind::Always => "always",
        }
    }
}

/// The graph of a flow; `None` when the project was refused or there is no such flow.
pub fn graph(compiled: &Compiled, flow: FlowId) -> Option<Graph> {
    build::build(&compiled.sources, compiled.hir.as_ref()?, flow)
}

/// The graph of a flow of a project that is checked and not built; `None` when there is no such flow.
pub(crate) fn graph_of(sources: &Sources, hir: &Hir, flow: FlowId) -> Option<Graph> {
    build::build(sources, hir, flow)
}
