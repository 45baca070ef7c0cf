//! Mails with a way out that nobody sees taken.

use super::graph::Graph;
use crate::diag::{Code, Diagnostic};
use crate::hir::entry::{Exit, TriggerKind};
use crate::hir::{ArmKind, EventId, ExprKind, Node, StmtKind};
use crate::resolve::Project;

/// What is set where mails tell what becomes of them, and so get a way out.
const TRACKED: &str = "email.track";

/// Warns of the first mail of a project whose mails have a way out, where no flow hears that somebody takes it.
pub(super) fn look(p: &Project, _: &Graph, out: &mut Vec<Diagnostic>) {
    if !p.channels.as_ref().is_some_and(|set| set.iter().any(|known| known == TRACKED)) {
        return;
    }
    let event = p.hir.events.iter().position(|event| &*event.name == "email.unsubscribed");
    let Some(event) = event.map(|at| EventId(at as u32)) else { return };
    let mut first = None;
    for flow in &p.hir.flows {
        let entry = flow.entry.as_deref();
        let begins = entry.is_some_and(|entry| {
            entry.triggers.iter().any(|trigger| matches!(trigger.on, TriggerKind::Event(on) if on == event))
                || entry.exits.iter().any(|exit| matches!(exit, Exit::On(on, ..) if *on == event))
        });
        let mut hears = begins;
        flow.body.walk(&mut |node| match node {
            Node::Stmt(stmt) => {
                if let StmtKind::Wait(wait) = &stmt.kind {
                    hears |=
                        wait.arms.iter().any(|arm| matches!(arm.kind, ArmKind::Event { event: on, .. } if on == event));
                }
            }
            Node::Expr(expr) => {
                let ExprKind::Action(call) = &expr.kind else { return };
                let action = p.hir.actions.get(call.named().0 as usize);
                if first.is_none() && action.is_some_and(|action| &*action.name == "email.send") {
                    first = Some(expr.span);
                }
            }
        });
        if hears {
            return;
        }
    }
    let Some(span) = first else { return };
    out.push(
        Diagnostic::new(
            Code::NobodyHears,
            span,
            "Whoever wants no more mails goes on getting them: no flow hears `email.unsubscribed`.",
        )
        .at("has a way out, which changes nothing")
        .help(
            "Write a flow `on email.unsubscribed` that takes `mail.contact` out of those who are written to, and ask for that \
             where mails are sent.",
        ),
    );
}
