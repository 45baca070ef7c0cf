//! What only the whole project can tell: flows are followed into the flows they call, launch and start.
//!
//! These analyses look at a program, so they are made where there is one: of a project that is refused nothing of theirs
//! is said. Each goes through the flows at most a few times, whatever calls whatever.

mod circles;
mod dead;
mod graph;
mod hanging;
mod holds;
mod loops;
mod messages;
mod owed;
mod races;
mod unused;

use crate::diag::Diagnostic;
use crate::resolve::Project;
use graph::Graph;

pub(crate) use unused::unused;

/// Everything there is to say about a project as a whole.
pub(super) fn analyse(p: &Project<'_>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let graph = Graph::of(p);
    loops::look(p, &graph, &mut out);
    dead::look(p, &graph, &mut out);
    hanging::look(p, &graph, &mut out);
    messages::look(p, &graph, &mut out);
    races::look(p, &graph, &mut out);
    circles::look(p, &mut out);
    out
}
