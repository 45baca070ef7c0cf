//! Words in conversations by email. What is said there stays there: only actions write mails.

use super::graph::Graph;
use super::holds::{Constant, holds};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::entry::{Source, Trigger, TriggerKind};
use crate::hir::{Block, Expr, ExprKind, Flow, LocalId, Node, Part, Stmt, StmtKind};
use crate::resolve::Project;
use std::collections::HashMap;

/// Parameters beyond these are not followed into a call.
const PARAMS_MAX: usize = 64;

/// Conversations that are known to be by email, by name, and where that is to be seen.
type ByMail = HashMap<LocalId, Span>;

/// Warns of the first words of each flow in a conversation that is by email.
pub(super) fn look(p: &Project, graph: &Graph, out: &mut Vec<Diagnostic>) {
    let speaks = graph.settle(0_u64, |id, known| {
        let Some(flow) = p.hir.flows.get(id.0 as usize) else { return 0 };
        let answers = answers(p, flow);
        let mut mask = 0;
        flow.body.walk(&mut |node| {
            for (conversation, _) in spoken(p, node, known, answers) {
                let is = |local: &LocalId| flow.params.iter().take(PARAMS_MAX).position(|param| param.local == *local);
                mask |= local(conversation).as_ref().and_then(is).map_or(0, |at| 1 << at);
            }
        });
        mask
    });
    for flow in &p.hir.flows {
        let mut seen = Seen { p, speaks: &speaks, answers: answers(p, flow), tickets: Vec::new(), told: None };
        let mut by_mail = ByMail::new();
        for (at, param) in flow.params.iter().enumerate() {
            if let Some(span) = born_by_mail(p, flow, at) {
                by_mail.insert(param.local, span);
            }
            if born_by(p, flow, at, "ticket.replied") {
                seen.tickets.push(param.local);
            }
        }
        seen.block(&flow.body, &by_mail);
        out.extend(seen.told);
    }
}

/// Whether a flow writes mails itself: what it asks then may be what such a mail asks.
fn answers(p: &Project, flow: &Flow) -> bool {
    flow.body.any(&mut |node| {
        let Node::Expr(Expr { kind: ExprKind::Action(call), .. }) = node else { return false };
        let action = p.hir.actions.get(call.named().0 as usize);
        action.is_some_and(|action| matches!(&*action.name, "Ticket.reply" | "email.send"))
    })
}

/// Conversations in which something is said here, and where.
fn spoken<'h>(p: &Project, node: Node<'h>, speaks: &[u64], answers: bool) -> Vec<(&'h Expr, Span)> {
    match node {
        Node::Stmt(Stmt { kind: StmtKind::Choice(choice), .. }) if !answers => {
            vec![(&choice.conversation, choice.prompt.span)]
        }
        Node::Stmt(stmt @ Stmt { kind: StmtKind::Launch { flow, args }, .. }) => {
            into(*flow, args, stmt.span, speaks).collect()
        }
        Node::Stmt(_) => Vec::new(),
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Ask(ask) if !answers => vec![(&ask.conversation, ask.prompt.span)],
            ExprKind::Call { flow, args } | ExprKind::Start { flow, args } => {
                into(*flow, args, expr.span, speaks).collect()
            }
            ExprKind::Action(call) => {
                let action = p.hir.actions.get(call.named().0 as usize);
                let says = action.is_some_and(|action| &*action.name == "Conversation.say");
                call.args.first().filter(|_| says).map(|to| (to, expr.span)).into_iter().collect()
            }
            _ => Vec::new(),
        },
    }
}

/// Conversations that are given to a flow which speaks in them.
fn into<'h>(
    flow: crate::hir::FlowId,
    args: &'h [Expr],
    span: Span,
    speaks: &[u64],
) -> impl Iterator<Item = (&'h Expr, Span)> {
    let mask = speaks.get(flow.0 as usize).copied().unwrap_or(0);
    args.iter()
        .take(PARAMS_MAX)
        .enumerate()
        .filter(move |(at, _)| mask & (1 << at) != 0)
        .map(move |(_, arg)| (arg, span))
}

/// The name that stands there.
fn local(expr: &Expr) -> Option<LocalId> {
    match &expr.kind {
        ExprKind::Local(local) => Some(*local),
        ExprKind::Unwrap(inner) | ExprKind::Wrap(inner) => local(inner),
        _ => None,
    }
}

/// Whether every trigger of a flow is this event, which gives the parameter.
fn born_by(p: &Project, flow: &Flow, param: usize, name: &str) -> bool {
    let triggers = flow.entry.as_ref().map_or(&[][..], |entry| &entry.triggers);
    let is = |trigger: &Trigger| {
        let TriggerKind::Event(event) = trigger.on else { return false };
        let named = p.hir.events.get(event.0 as usize).is_some_and(|event| &*event.name == name);
        named && matches!(trigger.args.get(param), Some(Source::Param(0)))
    };
    !triggers.is_empty() && triggers.iter().all(is)
}

/// Where every trigger of a flow says that this parameter is a conversation by email.
fn born_by_mail(p: &Project, flow: &Flow, param: usize) -> Option<Span> {
    let triggers = &flow.entry.as_ref()?.triggers;
    let says = |trigger: &Trigger| {
        let Some(Source::Param(carried)) = trigger.args.get(param) else { return None };
        let filter = trigger.filter.as_ref()?;
        let own = flow.params.get(param)?.local;
        let it = |base: &Expr| match &base.kind {
            ExprKind::EventPart { param, .. } => param == carried,
            _ => local(base) == Some(own),
        };
        only_email(p, &filter.condition, &it).then_some(filter.condition.span)
    };
    let mut found = triggers.iter().map(says);
    let first = found.next()??;
    found.all(|found| found.is_some()).then_some(first)
}

/// Whether a condition holds of no conversation but one by email.
fn only_email(p: &Project, condition: &Expr, it: &dyn Fn(&Expr) -> bool) -> bool {
    let Some(channel) = p.hir.enums.iter().find(|found| &*found.name == "Channel") else { return false };
    let others = channel.variants.iter().enumerate().filter(|(_, (name, _))| &**name != "email");
    others.into_iter().all(|(other, _)| {
        let known = |expr: &Expr| match &expr.kind {
            ExprKind::Field { base, entity, field } if it(base) => {
                let entity = p.hir.entities.get(entity.0 as usize)?;
                let is = &*entity.name == "Conversation" && &*entity.fields.get(*field as usize)?.name == "channel";
                is.then_some(Constant::Variant(other as u32))
            }
            _ => super::holds::constant(expr),
        };
        holds(condition, &known) == Some(false)
    })
}

/// A walk through a flow with what is known on the way.
struct Seen<'a> {
    p: &'a Project,
    speaks: &'a [u64],
    answers: bool,
    /// Tickets that a mail has answered.
    tickets: Vec<LocalId>,
    /// What is told of the flow.
    told: Option<Diagnostic>,
}

impl Seen<'_> {
    fn block(&mut self, block: &Block, known: &ByMail) {
        let mut known = known.clone();
        for stmt in &block.stmts {
            self.node(Node::Stmt(stmt), &known);
            match &stmt.kind {
                StmtKind::Let { local, value } | StmtKind::Guard { local, value, .. } => {
                    if let Some(span) = self.is_by_mail(value, &known) {
                        known.insert(*local, span);
                    }
                }
                StmtKind::If { condition, then, otherwise } => {
                    self.expr(condition, &known);
                    let mut inside = known.clone();
                    condition.walk(&mut |node| {
                        let Node::Expr(Expr { kind: ExprKind::Field { base, .. }, .. }) = node else { return };
                        let Some(own) = local(base) else { return };
                        if only_email(self.p, condition, &|base| local(base) == Some(own)) {
                            inside.insert(own, condition.span);
                        }
                    });
                    self.block(then, &inside);
                    self.block(otherwise, &known);
                    continue;
                }
                _ => {}
            }
            stmt.parts(&mut |part| match part {
                Part::Expr(expr) => self.expr(expr, &known),
                Part::Block(block) => self.block(block, &known),
            });
        }
    }

    fn expr(&mut self, expr: &Expr, known: &ByMail) {
        expr.walk(&mut |node| self.node(node, known));
    }

    fn node(&mut self, node: Node<'_>, known: &ByMail) {
        if self.told.is_some() {
            return;
        }
        for (conversation, span) in spoken(self.p, node, self.speaks, self.answers) {
            let Some(by_mail) = self.is_by_mail(conversation, known) else { continue };
            let diagnostic = Diagnostic::new(
                Code::SaidByMail,
                span,
                "This reaches nobody: the conversation is by email, and what is said in it stays there.",
            )
            .at("goes out in no mail")
            .help(
                "Write `ticket.reply(…)` or `email.send(…)`: these go out, and the answer to a mail answers what is asked in \
                 its conversation.",
            );
            self.told = Some(diagnostic.label(by_mail, "by email"));
            return;
        }
    }

    /// Where it is to be seen that a conversation is by email.
    fn is_by_mail(&self, expr: &Expr, known: &ByMail) -> Option<Span> {
        match &expr.kind {
            ExprKind::Local(local) => known.get(local).copied(),
            ExprKind::Unwrap(inner) | ExprKind::Wrap(inner) => self.is_by_mail(inner, known),
            ExprKind::Field { base, entity, field } => {
                let entity = self.p.hir.entities.get(entity.0 as usize)?;
                let conversation = &*entity.fields.get(*field as usize)?.name == "conversation";
                let by_mail = match &*entity.name {
                    "Mail" | "IncomingMail" => true,
                    "Ticket" => local(base).is_some_and(|ticket| self.tickets.contains(&ticket)),
                    _ => false,
                };
                (conversation && by_mail).then_some(expr.span)
            }
            _ => None,
        }
    }
}
