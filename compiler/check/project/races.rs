//! Fields that two paths side by side both write, by themselves or in the flows they call.

use super::graph::Graph;
use crate::check::places::{self, Place, Step, place};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, ExprKind, Flow, Fork, LocalId, Node, StmtKind, Ty};
use crate::resolve::Project;
use std::collections::HashMap;

/// Longer chains of fields are not told apart, so that flows that call each other do not make ever longer ones.
const STEPS_MAX: usize = 4;
/// Fields that are kept in mind of one flow.
const FIELDS_MAX: usize = 64;

/// What flows write of what they are given.
type Written = Vec<Place>;

/// Refuses fields that two paths write.
pub(super) fn look(p: &Project<'_>, graph: &Graph, out: &mut Vec<Diagnostic>) {
    if !p.hir.flows.iter().any(|flow| has_fork(&flow.body)) {
        return;
    }
    let known: Vec<Written> = graph.settle(Written::new(), |id, known| {
        let Some(flow) = p.hir.flows.get(id.0 as usize) else { return Written::new() };
        let mut written = Written::new();
        for (place, _) in writes(&flow.body, &aliases(flow), known) {
            let given = (place.root.0 as usize) < flow.params.len() && place.steps.len() <= STEPS_MAX;
            if given && written.len() < FIELDS_MAX && !written.contains(&place) {
                written.push(place);
            }
        }
        written
    });
    for flow in &p.hir.flows {
        if !has_fork(&flow.body) {
            continue;
        }
        let aliases = aliases(flow);
        flow.body.walk(&mut |node| {
            if let Node::Stmt(stmt) = node
                && let StmtKind::Fork(fork) = &stmt.kind
            {
                beside(p, flow, fork, &aliases, &known, out);
            }
        });
    }
}

fn has_fork(block: &Block) -> bool {
    let mut found = false;
    block.walk(&mut |node| found |= matches!(node, Node::Stmt(stmt) if matches!(stmt.kind, StmtKind::Fork(_))));
    found
}

fn beside(
    p: &Project<'_>,
    flow: &Flow,
    fork: &Fork,
    aliases: &HashMap<LocalId, Place>,
    known: &[Written],
    out: &mut Vec<Diagnostic>,
) {
    let mut first: HashMap<Place, (usize, Span)> = HashMap::new();
    for (index, path) in fork.paths.iter().enumerate() {
        for (place, span) in writes(&path.body, aliases, known) {
            let Some((other, earlier)) = first.get(&place) else {
                first.insert(place, (index, span));
                continue;
            };
            let (Some(by), false) = (fork.paths.get(*other), *other == index) else { continue };
            let field = places::text(&p.hir, &flow.locals, &place);
            out.push(
                Diagnostic::new(Code::WrittenTwice, span, format!("`{field}` is written by two paths side by side."))
                    .at(format!("written by `{}`", path.name))
                    .label(*earlier, format!("written by `{}`", by.name))
                    .help("Which comes last is chance. Write it in one path, or after the block."),
            );
            // Once is enough.
            first.insert(place, (index, span));
        }
    }
}

/// Names for entities that have another.
fn aliases(flow: &Flow) -> HashMap<LocalId, Place> {
    let mut aliases: HashMap<LocalId, Place> = HashMap::new();
    flow.body.walk(&mut |node| {
        if let Node::Stmt(stmt) = node
            && let StmtKind::Let { local, value } | StmtKind::Guard { local, value, .. } = &stmt.kind
            && let (Ty::Entity(_), Some(place)) = (value.ty.present(), place(value))
        {
            let place = first_name(place, &aliases);
            aliases.insert(*local, place);
        }
    });
    aliases
}

fn first_name(mut place: Place, aliases: &HashMap<LocalId, Place>) -> Place {
    if let Some(first) = aliases.get(&place.root) {
        let steps = std::mem::replace(&mut place.steps, first.steps.clone());
        place.root = first.root;
        place.steps.extend(steps);
    }
    place
}

/// The fields that a block writes, each once, and where first.
fn writes(block: &Block, aliases: &HashMap<LocalId, Place>, known: &[Written]) -> Vec<(Place, Span)> {
    let mut found: Vec<(Place, Span)> = Vec::new();
    let mut at: HashMap<Place, ()> = HashMap::new();
    let mut add = |place: Place, span: Span| {
        if at.insert(place.clone(), ()).is_none() {
            found.push((place, span));
        }
    };
    block.walk(&mut |node| match node {
        Node::Stmt(stmt) => {
            if let StmtKind::SetField { base, entity, field, .. } = &stmt.kind
                && let Some(base) = place(base)
            {
                let mut place = first_name(base, aliases);
                place.steps.push(Step::Entity(*entity, *field));
                add(place, stmt.span);
            }
        }
        Node::Expr(expr) => {
            let ExprKind::Call { flow, args } = &expr.kind else { return };
            for inner in known.get(flow.0 as usize).into_iter().flatten() {
                let given = args.get(inner.root.0 as usize).and_then(place);
                if let Some(given) = given {
                    let mut place = first_name(given, aliases);
                    place.steps.extend(inner.steps.iter().copied());
                    add(place, expr.span);
                }
            }
        }
    });
    found
}
