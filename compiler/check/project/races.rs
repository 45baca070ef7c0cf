//! What two paths side by side must not both do, by themselves or in the flows they call: write one field, ask in one
//! conversation.

use super::effects::{Deed, EFFECTS_MAX, Effect, Look, Thing, aliases, known};
use super::graph::Graph;
use crate::check::places;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, Flow, Fork, StmtKind};
use crate::resolve::Project;
use std::collections::HashMap;
use std::sync::Arc;

/// Refuses what two paths do to one place.
pub(super) fn look(p: &Project, graph: &Graph, out: &mut Vec<Diagnostic>) {
    if !graph.flows(p).any(|(_, flow, _)| has_fork(&flow.body)) {
        return;
    }
    let known = known(p, graph);
    for (_, flow, _) in graph.flows(p) {
        if !has_fork(&flow.body) {
            continue;
        }
        let look = Look { p, aliases: aliases(p, flow), known: &known };
        flow.body.walk_stmts(&mut |stmt| {
            if let StmtKind::Fork(fork) = &stmt.kind {
                beside(flow, fork, &look, out);
            }
        });
    }
}

fn has_fork(block: &Block) -> bool {
    let mut found = false;
    block.walk_stmts(&mut |stmt| found |= matches!(stmt.kind, StmtKind::Fork(_)));
    found
}

fn beside(flow: &Flow, fork: &Fork, look: &Look<'_>, out: &mut Vec<Diagnostic>) {
    // By place: what has been done to it so far, and by which path.
    let mut done: HashMap<places::Place, Vec<(usize, Effect)>> = HashMap::new();
    for (index, path) in fork.paths.iter().enumerate() {
        for effect in look.effects(&path.body) {
            let earlier = done.entry(effect.place.clone()).or_default();
            let clash = earlier.iter().find(|(other, first)| *other != index && clash(&first.deed, &effect.deed));
            if let Some((other, first)) = clash
                && let Some(by) = fork.paths.get(*other)
            {
                out.push(match effect.deed {
                    Deed::Asks => asked(&effect, &path.name, first, &by.name),
                    _ => {
                        let field = places::text(&look.p.hir, &flow.locals, &effect.place);
                        written(&field, &effect, &path.name, first, &by.name)
                    }
                });
                // Once is enough.
                earlier.retain(|(other, _)| *other == index);
            }
            if earlier.len() < EFFECTS_MAX {
                earlier.push((index, effect));
            }
        }
    }
}

/// Whether it is chance what becomes of it when both are done.
fn clash(first: &Deed, second: &Deed) -> bool {
    match (first, second) {
        (Deed::Asks, Deed::Asks) => true,
        (Deed::Asks, _) | (_, Deed::Asks) => false,
        (Deed::Adds(_), Deed::Adds(_)) | (Deed::Removes(_), Deed::Removes(_)) => false,
        (Deed::Adds(these), Deed::Removes(those)) | (Deed::Removes(these), Deed::Adds(those)) => {
            these.iter().any(|thing| those.contains(thing))
        }
        // The same method twice changes nothing any more.
        (Deed::Sets(Some(Thing::By(first))), Deed::Sets(Some(Thing::By(second)))) => first != second,
        _ => true,
    }
}

fn written(field: &str, effect: &Effect, path: &Arc<str>, first: &Effect, by: &Arc<str>) -> Diagnostic {
    let told = |path: &Arc<str>, deed: &Deed| match deed {
        Deed::Adds(_) => format!("`{path}` adds to it here"),
        Deed::Removes(_) => format!("`{path}` takes out of it here"),
        _ => format!("written by `{path}`"),
    };
    let diagnostic =
        Diagnostic::new(Code::WrittenTwice, effect.span, format!("`{field}` is written by two paths side by side."))
            .at(told(path, &effect.deed))
            .label(first.span, told(by, &first.deed));
    inside(diagnostic, effect, first, "it is written here")
        .help("Which comes last is chance. Write it in one path, or after the block.")
}

fn asked(effect: &Effect, path: &Arc<str>, first: &Effect, by: &Arc<str>) -> Diagnostic {
    let told = |path: &Arc<str>, effect: &Effect| match effect.within() {
        Some(_) => format!("`{path}` calls a flow that asks"),
        None => format!("`{path}` asks here"),
    };
    let diagnostic = Diagnostic::new(
        Code::TwoPathsAsk,
        effect.span,
        "Two paths ask in one conversation; whose answer it is could not be told.",
    )
    .at(told(path, effect))
    .label(first.span, told(by, first));
    inside(diagnostic, effect, first, "this is asked").help("Ask in one path, or one after the other after the block.")
}

/// With what is done in the flows that are called.
fn inside(mut diagnostic: Diagnostic, effect: &Effect, first: &Effect, text: &str) -> Diagnostic {
    let mut spans: Vec<Span> = [first.within(), effect.within()].into_iter().flatten().collect();
    spans.dedup();
    for span in spans {
        diagnostic = diagnostic.label(span, text);
    }
    diagnostic
}
