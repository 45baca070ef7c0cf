//! Messages in loops: to the same person, round after round, with nothing that bounds how many.

use super::graph::Graph;
use super::rounds;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Action, Block, Expr, ExprKind, LocalId, Node, Stmt, StmtKind, Ty};
use crate::resolve::Project;
use crate::syntax::ast::ClauseKind;
use std::collections::HashSet;

/// So many messages written out as `repeat 3` are a bound by themselves.
const REPEATED_MAX: i64 = 10;

/// How a message reaches the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// By `say`, in a conversation. `cap` does not count these.
    Said,
    /// By an action that is `@outbound`.
    Sent,
}

/// Warns of every loop that may send one person more messages than anybody has thought of.
pub(super) fn look(p: &Project, graph: &Graph, out: &mut Vec<Diagnostic>) {
    let sends = graph.settle(None, |id, known| {
        let flow = p.hir.flows.get(id.0 as usize)?;
        let mut sorts: Option<Sort> = None;
        flow.body.walk(&mut |node| sorts = sorts.max(message(p, node, known).map(|(_, _, sort)| sort)));
        sorts.filter(|_| !flow.body.any(&mut asks))
    });
    for (_, flow, source) in graph.flows(p) {
        let capped = source.decl.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Cap { .. }));
        let mut told: HashSet<Span> = HashSet::new();
        flow.body.walk_stmts(&mut |stmt| {
            let Some((body, item)) = unbounded(stmt) else { return };
            // Who answers in each round is not flooded.
            if body.any(&mut asks) {
                return;
            }
            let own = declared(body, item);
            let mut first = None;
            body.walk(&mut |node| {
                if let (Some((span, to, sort)), None) = (message(p, node, &sends), first)
                    && !about(to, &own)
                    && !(capped && sort == Sort::Sent)
                {
                    first = Some((span, sort));
                }
            });
            if let Some((span, sort)) = first.filter(|(span, _)| told.insert(*span)) {
                let head = Span::new(stmt.span.file, stmt.span.start, stmt.span.start.saturating_add(word(stmt)));
                out.push(
                    warning(span, sort, "in every round of a loop").label(head, "goes round as often as it likes"),
                );
            }
        });
    }
    rounds::look(p, graph, &sends, out);
}

/// What is said of a message that is sent again and again; `when`: how that comes.
pub(super) fn warning(span: Span, sort: Sort, when: &str) -> Diagnostic {
    let (does, help) = match sort {
        Sort::Said => (
            format!("says something {when}, in the same conversation"),
            "Put the texts together in a `var` and say them once, behind the loop; or ask something in each round.",
        ),
        Sort::Sent => (
            format!("sends a message {when}, to the same person"),
            "Bound it in the header of the flow, as in `cap 3 per week`; or put the messages together and send one \
             behind the loop.",
        ),
    };
    Diagnostic::new(Code::MessageInLoop, span, format!("This {does}, and nothing says how many at most."))
        .at("one message a round")
        .help(help)
}

/// The length of the word that begins a loop.
fn word(stmt: &Stmt) -> u32 {
    match stmt.kind {
        StmtKind::While { .. } => 5,
        StmtKind::Repeat { .. } => 6,
        _ => 3,
    }
}

/// The body of a loop of which nobody can tell how often it goes round, and its item.
fn unbounded(stmt: &Stmt) -> Option<(&Block, Option<LocalId>)> {
    match &stmt.kind {
        StmtKind::While { body, .. } => Some((body, None)),
        StmtKind::For { item, list, body, .. } => {
            let written = matches!(&list.kind, ExprKind::List(items) if items.len() as i64 <= REPEATED_MAX);
            (!written).then_some((body, Some(*item)))
        }
        StmtKind::Repeat { times, body } => {
            let few = matches!(times.kind, ExprKind::Int(times) if times <= REPEATED_MAX);
            (!few).then_some((body, None))
        }
        _ => None,
    }
}

pub(super) fn asks(node: Node<'_>) -> bool {
    match node {
        Node::Stmt(stmt) => matches!(stmt.kind, StmtKind::Choice(_)),
        Node::Expr(expr) => matches!(expr.kind, ExprKind::Ask(_)),
    }
}

fn first(args: &[Expr]) -> &[Expr] {
    args.get(..1).unwrap_or_default()
}

fn sort(action: &Action) -> Option<Sort> {
    if action.outbound {
        return Some(Sort::Sent);
    }
    (&*action.name == "Conversation.say").then_some(Sort::Said)
}

/// Whether it is a call that sends a message, of those that a header's rules are about.
pub(super) fn sends(p: &Project, expr: &Expr) -> bool {
    let ExprKind::Action(call) = &expr.kind else { return false };
    let called = [Some(call.action), call.template].into_iter().flatten();
    called.filter_map(|id| p.hir.actions.get(id.0 as usize)).any(|action| action.outbound)
}

/// A message, and what says to whom it goes: the first argument.
pub(super) fn message<'h>(p: &Project, node: Node<'h>, sends: &[Option<Sort>]) -> Option<(Span, &'h [Expr], Sort)> {
    let Node::Expr(expr) = node else { return None };
    let (args, sort) = match &expr.kind {
        ExprKind::Action(call) => {
            let called = p.hir.actions.get(call.named().0 as usize);
            // What a template makes of its arguments may have them anywhere.
            let args = if call.template.is_some() { call.args.as_slice() } else { first(&call.args) };
            (args, called.and_then(sort))
        }
        ExprKind::Call { flow, args } => (first(args), sends.get(flow.0 as usize).copied().flatten()),
        _ => return None,
    };
    Some((expr.span, args, sort?))
}

/// What is named within a loop, and so may be another in each round.
pub(super) fn declared(body: &Block, item: Option<LocalId>) -> HashSet<LocalId> {
    let mut own: HashSet<LocalId> = item.into_iter().collect();
    body.walk(&mut |node| match node {
        Node::Stmt(Stmt { kind: StmtKind::Let { local, value } | StmtKind::Guard { local, value, .. }, .. })
            if fetches(value) || mentions(value, &own) =>
        {
            own.insert(*local);
        }
        Node::Stmt(Stmt { kind: StmtKind::For { item: local, .. } | StmtKind::Assign { local, .. }, .. }) => {
            own.insert(*local);
        }
        Node::Expr(Expr { kind: ExprKind::Chain { base, local, .. }, .. }) if mentions(base, &own) => {
            own.insert(*local);
        }
        Node::Expr(Expr { kind: ExprKind::Let { bindings, .. }, .. }) => {
            let others = bindings.iter().filter(|(_, value)| mentions(value, &own)).map(|(local, _)| *local);
            let others: Vec<LocalId> = others.collect();
            own.extend(others);
        }
        _ => {}
    });
    own
}

/// Whether a value may be another each time, whatever it is reckoned from.
fn fetches(value: &Expr) -> bool {
    let mut found = false;
    value.walk(&mut |node| {
        let Node::Expr(expr) = node else { return };
        // A contact has one conversation that is open.
        found |= match &expr.kind {
            ExprKind::Action(call) => !matches!(call.args.as_slice(), [Expr { ty: Ty::Entity(_), .. }]),
            ExprKind::Call { .. } | ExprKind::Start { .. } | ExprKind::Ask(_) | ExprKind::Item(..) => true,
            _ => false,
        };
    });
    found
}

/// Whether somebody else may be meant in each round.
pub(super) fn about(to: &[Expr], own: &HashSet<LocalId>) -> bool {
    to.iter().any(|to| mentions(to, own))
}

fn mentions(expr: &Expr, own: &HashSet<LocalId>) -> bool {
    let mut found = false;
    expr.walk(&mut |node| {
        found |= matches!(node, Node::Expr(Expr { kind: ExprKind::Local(local), .. }) if own.contains(local));
    });
    found
}
