//! What only the whole project can tell: flows are followed into the flows they call, launch and start.
//!
//! These analyses look at what a program would do. Of a flow in which that is not known, for a mistake in it, and of those
//! that lead to it nothing of theirs is said. Each goes through the flows at most a few times, whatever calls whatever.

mod articles;
mod by_mail;
mod channels;
mod circles;
mod dead;
mod deeds;
mod effects;
mod found;
mod graph;
mod hanging;
mod happened;
mod holds;
mod idle;
mod loops;
mod messages;
mod moved;
mod owed;
mod quiet;
mod races;
mod rounds;
mod scripts;
mod spent;
mod unheard;
mod unused;
mod web;
mod wired;

use crate::STACK_BYTES;
use crate::diag::{Diagnostic, Span};
use crate::hir::FlowId;
use crate::resolve::Project;
use flow_bytecode::parallel;
pub(crate) use found::Found;
use graph::Graph;

pub(crate) use unused::{Counts, unused};

type Analysis = fn(&Project, &Graph, &mut Vec<Diagnostic>);

/// What is found of a flow hangs on the flows that it leads to and that lead to it, and on no other. They know nothing of one
/// another. The longest stand first, so that several at a time end together.
const OF_GROUPS: [Analysis; 6] = [hanging::look, loops::look, messages::look, dead::look, races::look, quiet::look];

/// What is found may hang on every flow, and on what is set for the project.
const OF_ALL: [Analysis; 7] =
    [circles::look, channels::look, articles::look, by_mail::look, unheard::look, scripts::look, wired::look];

/// Everything there is to say about a project as a whole, in no order. `blurred`: by flow, whether it is not known what it
/// would do; `much`: whether it is large enough for several analyses at a time; `found`: what was found last.
pub(super) fn analyse(p: &Project, blurred: &[bool], much: bool, found: Option<&mut Found>) -> Vec<Diagnostic> {
    let look = |analyses: &[Analysis], graph: &Graph| {
        let much = much && graph.looked() >= super::PARALLEL_FLOWS;
        let found = parallel::map(analyses, much, STACK_BYTES, |look| {
            let mut out = Vec::new();
            look(p, graph, &mut out);
            out
        });
        found.concat()
    };
    let mut graph = Graph::of(p, |flow| found.as_ref()?.leads(p, flow));
    let mut out = look(&OF_ALL, &graph);
    match found {
        None => out.extend(look(&OF_GROUPS, &graph)),
        Some(found) => {
            let all = graph.look_at(found.changed(p, &graph));
            let new = look(&OF_GROUPS, &graph);
            out.extend(found.keep(p, &graph, new));
            graph.look_at(all);
        }
    }
    of_known(p, &graph, blurred, out)
}

/// Leaves out what is said of flows of which it is not known what they would do.
fn of_known(p: &Project, graph: &Graph, blurred: &[bool], mut out: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if blurred.contains(&true) {
        let blurred = graph.settle(false, |id, known| {
            let to = graph.to.get(id.0 as usize).map_or(&[][..], |to| to);
            let is = |known: &[bool], id: FlowId| known.get(id.0 as usize).copied().unwrap_or(true);
            is(blurred, id) || to.iter().any(|(to, _)| is(known, *to))
        });
        let mut places: Vec<Span> = Vec::new();
        for ((flow, source), blurred) in p.hir.flows.iter().zip(&p.flow_sources).zip(blurred) {
            if blurred {
                places.push(Span::new(flow.span.file, flow.span.start, source.decl.body.span.end));
            }
        }
        places.sort();
        out.retain(|diagnostic| {
            let labels = diagnostic.labels.iter().map(|label| label.span);
            !labels.chain([diagnostic.primary.span]).any(|span| within(&places, span))
        });
    }
    out
}

/// Whether one of these, which are in order and do not overlap, holds a place.
fn within(places: &[Span], span: Span) -> bool {
    let after = places.partition_point(|place| (place.file, place.start) <= (span.file, span.start));
    let place = after.checked_sub(1).and_then(|at| places.get(at));
    place.is_some_and(|place| place.file == span.file && span.start < place.end)
}
