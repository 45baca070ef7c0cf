//! Messages on channels that are not set.

use super::graph::Graph;
use crate::diag::{Code, Diagnostic};
use crate::hir::{ExprKind, Node};
use crate::resolve::Project;
use std::collections::HashSet;

/// Warns of the first call in each flow of an action whose channel `flow.toml` does not set.
pub(super) fn look(p: &Project, _: &Graph, out: &mut Vec<Diagnostic>) {
    let Some(set) = &p.channels else { return };
    for flow in &p.hir.flows {
        let mut told = HashSet::new();
        flow.body.walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            let ExprKind::Action(call) = &expr.kind else { return };
            let Some(action) = p.hir.actions.get(call.template.unwrap_or(call.action).0 as usize) else { return };
            let Some(channel) = &action.outward.channel else { return };
            if set.iter().any(|known| **known == **channel) || !told.insert(channel.clone()) {
                return;
            }
            out.push(
                Diagnostic::new(
                    Code::ChannelNotSet,
                    expr.span,
                    format!("`{}` will fail: `flow.toml` does not say how it is sent.", action.name),
                )
                .at(format!("needs `[{channel}]`"))
                .help(format!("Add a section `[{channel}]` to `flow.toml`{}.", says(channel))),
            );
        });
    }
}

/// What the section of a channel says.
fn says(channel: &str) -> &'static str {
    match channel {
        "email" => ": `server`, `user`, `password` (the name of a secret) and `from`",
        "sms" => ": `account`, `token` (the name of a secret) and `from`, a number",
        "slack" => ": `token`, the name of a secret, or `webhooks`, a secret for each channel",
        "teams" => ": `webhooks`, the name of a secret for each \"Team/Channel\", or `[teams.graph]`",
        "webhook" => ": `secret`, the name of the secret that signs",
        _ => "",
    }
}
