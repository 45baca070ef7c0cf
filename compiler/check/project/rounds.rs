//! Flows that lead back to themselves and send a message each time round: a loop as much as `while` is one.

use super::graph::Graph;
use super::messages::{self, Sort, asks};
use crate::diag::{Diagnostic, Span};
use crate::hir::{Expr, ExprKind, Flow, FlowId, LocalId, Node, Stmt, StmtKind, Ty};
use crate::resolve::Project;
use crate::syntax::ast::ClauseKind;

/// Warns of every such circle, once.
pub(super) fn look(p: &Project, graph: &Graph, sends: &[Option<Sort>], out: &mut Vec<Diagnostic>) {
    for circle in graph.circles() {
        let flows: Vec<(FlowId, &Flow)> =
            circle.iter().filter_map(|id| Some((*id, p.hir.flows.get(id.0 as usize)?))).collect();
        // Who answers in each round is not flooded.
        if flows.iter().any(|(_, flow)| flow.body.any(&mut asks)) {
            continue;
        }
        let backs: Vec<Lead<'_>> = flows.iter().flat_map(|(_, flow)| leads(flow, &circle)).collect();
        // What is counted down comes to an end.
        if backs.iter().any(|lead| lead.args.iter().any(counts)) {
            continue;
        }
        let Some((span, sort)) = flows.iter().find_map(|(id, flow)| first(p, *id, flow, &circle, sends)) else {
            continue;
        };
        let mut diagnostic = messages::warning(span, sort, "whenever the flow comes round to it");
        for lead in backs.iter().take(LEADS_MAX) {
            let name = p.hir.flows.get(lead.to.0 as usize).map_or("", |flow| &flow.name);
            diagnostic = diagnostic.label(lead.span, format!("leads to `{name}`, as often as it likes"));
        }
        out.push(diagnostic);
    }
}

/// Steps of a circle that one warning shows.
const LEADS_MAX: usize = 4;

/// A launch, call or start of a flow of the circle.
struct Lead<'h> {
    to: FlowId,
    args: &'h [Expr],
    span: Span,
}

fn leads<'h>(flow: &'h Flow, circle: &[FlowId]) -> Vec<Lead<'h>> {
    let mut found = Vec::new();
    flow.body.walk(&mut |node| {
        let (to, args, span) = match node {
            Node::Stmt(Stmt { kind: StmtKind::Launch { flow, args }, span }) => (*flow, args, *span),
            Node::Expr(Expr { kind: ExprKind::Call { flow, args } | ExprKind::Start { flow, args }, span, .. }) => {
                (*flow, args, *span)
            }
            _ => return,
        };
        if circle.binary_search(&to).is_ok() {
            found.push(Lead { to, args, span });
        }
    });
    found
}

/// Whether an argument is reckoned anew for each round.
fn counts(arg: &Expr) -> bool {
    matches!(arg.ty.present(), Ty::Int | Ty::Number | Ty::Date | Ty::Duration | Ty::List(_))
        && !matches!(arg.kind, ExprKind::Local(_) | ExprKind::Int(_) | ExprKind::Number(_))
}

/// The first message of a flow to somebody it was given, that no cap bounds.
fn first(p: &Project, id: FlowId, flow: &Flow, circle: &[FlowId], sends: &[Option<Sort>]) -> Option<(Span, Sort)> {
    let clauses = p.flow_sources.get(id.0 as usize).map_or(&[][..], |source| source.decl.clauses.as_slice());
    let capped = clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Cap { .. }));
    let none: Option<LocalId> = None;
    let own = messages::declared(&flow.body, none);
    let mut found = None;
    flow.body.walk(&mut |node| {
        let within = matches!(node, Node::Expr(Expr { kind: ExprKind::Call { flow, .. }, .. }) if circle.binary_search(flow).is_ok());
        if let (Some((span, to, sort)), None, false) = (messages::message(p, node, sends), found, within)
            && !messages::about(to, &own)
            && !(capped && sort == Sort::Sent)
        {
            found = Some((span, sort));
        }
    });
    found
}
