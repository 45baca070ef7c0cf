//! Messages to where nothing leads, and webhooks that nobody may send.

use super::graph::Graph;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::entry::TriggerKind;
use crate::hir::{Expr, ExprKind, Node};
use crate::resolve::{Project, nearest};
use crate::syntax::ast::ClauseKind;

/// Warns of posts in channels that `flow.toml` leads nowhere near, and of triggers by webhooks that it does not name.
pub(super) fn look(p: &Project, _: &Graph, out: &mut Vec<Diagnostic>) {
    let Some(wired) = &p.wired else { return };
    for (flow, source) in p.hir.flows.iter().zip(&p.flow_sources) {
        let clauses = source.decl.clauses.iter().filter(|clause| matches!(clause.kind, ClauseKind::On(_)));
        for (trigger, clause) in flow.entry.iter().flat_map(|entry| &entry.triggers).zip(clauses) {
            if let TriggerKind::Webhook(name) = &trigger.on
                && !wired.hooks.iter().any(|known| **known == **name)
            {
                out.push(refused(name, clause.span, &wired.hooks));
            }
        }
        flow.body.walk(&mut |node| {
            let Node::Expr(Expr { kind: ExprKind::Action(call), .. }) = node else { return };
            let Some(action) = p.hir.actions.get(call.named().0 as usize) else { return };
            let said = |at: usize| match call.args.get(at) {
                Some(Expr { kind: ExprKind::Text(text), span, .. }) => Some((&**text, *span)),
                _ => None,
            };
            out.extend(match &*action.name {
                "slack.post" => wired.slack.as_ref().zip(said(0)).and_then(|(known, (channel, span))| {
                    let bare = channel.trim_start_matches('#');
                    let leads = known.iter().any(|known| known.trim_start_matches('#') == bare);
                    (!leads).then(|| unreached(&Post::SLACK, &format!("#{bare}"), span, known))
                }),
                "teams.post" => wired.teams.as_ref().and_then(|known| {
                    let ((team, _), (channel, span)) = (said(0)?, said(1)?);
                    let place = format!("{team}/{channel}");
                    (!known.contains(&place)).then(|| unreached(&Post::TEAMS, &place, span, known))
                }),
                _ => None,
            });
        });
    }
}

/// What posts, and by what it reaches every channel.
struct Post {
    action: &'static str,
    section: &'static str,
    everywhere: &'static str,
}

impl Post {
    const SLACK: Post =
        Post { action: "slack.post", section: "slack", everywhere: "`token = \"slack_token\"`, the token of an app" };
    const TEAMS: Post = Post { action: "teams.post", section: "teams", everywhere: "a section `[teams.graph]`" };
}

/// A name for the secret of somewhere: `#new-leads` has `new_leads_hook`.
fn secret(place: &str) -> String {
    let plain = |one: char| if one.is_ascii_alphanumeric() { one.to_ascii_lowercase() } else { ' ' };
    let words: String = place.chars().map(plain).collect();
    words.split_whitespace().chain(["hook"]).collect::<Vec<_>>().join("_")
}

/// A line of `flow.toml`. What is written in the program may be anything.
fn entry(place: &str) -> String {
    format!("\"{}\" = \"{}\"", place.escape_debug(), secret(place))
}

fn near(name: &str, known: &[String]) -> String {
    let near = nearest(name, known.iter().map(String::as_str));
    near.map(|near| format!("Did you mean `{near}`? Else ")).unwrap_or_default()
}

/// `Did you mean …? Else write …`, or `Write …`.
fn help(near: &str, rest: &str) -> String {
    if near.is_empty() { format!("Write {rest}") } else { format!("{near}write {rest}") }
}

fn unreached(post: &Post, place: &str, span: Span, known: &[String]) -> Diagnostic {
    let Post { action, section, everywhere } = post;
    let line = entry(place);
    let rest = format!(
        "in `flow.toml`, under `[{section}.webhooks]`: `{line}`, with the name of a secret; or {everywhere}, for every channel."
    );
    let leads = format!("`{action}` will fail: nothing in `flow.toml` leads to `{}`.", place.escape_debug());
    Diagnostic::new(Code::NotReached, span, leads)
        .at(format!("`[{section}]` has an address for {} only", listed(known)))
        .help(help(&near(place, known), &rest))
}

fn refused(name: &str, span: Span, known: &[String]) -> Diagnostic {
    let said = format!("Nothing comes in by the webhook `{name}`: `flow.toml` does not say what signs it.");
    let rest = format!(
        "in `flow.toml`, under `[webhook.in]`: `{}`, with the name of the secret that its sender signs with.",
        entry(name)
    );
    Diagnostic::new(Code::HookUnknown, span, said).at("`flow serve` refuses it").help(help(&near(name, known), &rest))
}

/// Names, as far as they are few.
fn listed(known: &[String]) -> String {
    const SHOWN: usize = 4;
    let names: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > SHOWN { " and others" } else { "" };
    format!("{}{more}", names.join(", "))
}
