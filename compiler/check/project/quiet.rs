//! Rules about messages in the header of a flow that sends none.

use super::graph::Graph;
use super::messages::sends;
use crate::diag::{Code, Diagnostic};
use crate::hir::{ExprKind, Node, StmtKind};
use crate::resolve::Project;
use crate::syntax::ast::ClauseKind;

/// Warns of a `cap`, or a `send within`, that bounds nothing.
pub(super) fn look(p: &Project, graph: &Graph, out: &mut Vec<Diagnostic>) {
    // What is launched or started has a header of its own, and may have been meant.
    let sending = graph.settle(false, |id, known| {
        let knows = |flow: crate::hir::FlowId| known.get(flow.0 as usize).copied().unwrap_or(true);
        p.hir.flows.get(id.0 as usize).is_none_or(|flow| {
            flow.body.any(&mut |node| match node {
                Node::Stmt(stmt) => matches!(&stmt.kind, StmtKind::Launch { flow, .. } if knows(*flow)),
                Node::Expr(expr) => match &expr.kind {
                    ExprKind::Call { flow, .. } | ExprKind::Start { flow, .. } => knows(*flow),
                    _ => sends(p, expr),
                },
            })
        })
    });
    for (id, _, source) in graph.flows(p) {
        if sending.get(id.0 as usize).copied().unwrap_or(true) {
            continue;
        }
        for clause in &source.decl.clauses {
            let (word, does) = match clause.kind {
                ClauseKind::Cap { .. } => ("cap", "bounds nothing"),
                ClauseKind::SendWithin(_) => ("send within", "holds nothing back"),
                _ => continue,
            };
            out.push(
                Diagnostic::new(
                    Code::NeverMissing,
                    clause.span,
                    format!("This `{word}` {does}: the flow sends no message."),
                )
                .at("about messages, and there are none")
                .help(
                    "Leave it out; or mark the action that sends as `@outbound`, if it is your own. What is said with `say` goes \
                     into a conversation that is under way, and does not count.",
                ),
            );
        }
    }
}
