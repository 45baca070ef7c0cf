//! Loops that never end and never wait: `while` loops, and flows that lead to each other for ever.

use super::graph::Graph;
use super::idle;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Arm, ArmKind, Block, Due, Expr, ExprKind, Flow, FlowId, LocalId, Node, Part, Stmt, StmtKind};
use crate::resolve::Project;
use flow_bytecode::entry::Overlap;
use std::collections::HashSet;

/// Warns of every loop that goes round until it is out of budget.
pub(super) fn look(p: &Project, graph: &Graph, out: &mut Vec<Diagnostic>) {
    let waits =
        graph.settle(false, |id, known| p.hir.flows.get(id.0 as usize).is_some_and(|flow| waits(&flow.body, known)));
    let leaves =
        graph.settle(false, |id, known| p.hir.flows.get(id.0 as usize).is_some_and(|flow| ends_run(&flow.body, known)));
    for (_, flow, _) in graph.flows(p) {
        flow.body.walk_stmts(&mut |stmt| {
            let Stmt { kind: StmtKind::While { condition, body }, span } = stmt else { return };
            let always = matches!(condition.kind, ExprKind::Bool(true));
            if matches!(condition.kind, ExprKind::Bool(false)) {
                return;
            }
            let changes = Changes::of(body);
            let waiting = waits_in(condition, &waits) || self::waits(body, &waits);
            let head = Span::new(span.file, span.start, condition.span.end.max(span.start));
            if waiting && idle::plain(condition) && idle::round(body) {
                out.push(
                    Diagnostic::new(
                        Code::NeverWaits,
                        head,
                        "There is a way round this loop on which it waits for nothing and changes nothing: once taken, it \
                         is taken for ever.",
                    )
                    .at("may go round until it is out of budget")
                    .help("Wait on every way round, as in `wait 1 hour` at the end of the loop; or leave it with `break`."),
                );
            }
            if waiting || !always && !changes.leave(condition) || (Leaving { changes, known: &leaves }).loops(body, 0) {
                return;
            }
            let left = body.any(&mut |node| {
                matches!(node, Node::Stmt(Stmt { kind: StmtKind::Break | StmtKind::Return(_) | StmtKind::Stop, .. }))
            });
            let diagnostic = match always {
                true if left => Diagnostic::new(
                    Code::NeverWaits,
                    head,
                    "Unless it is left in its first round this loop never ends and never waits: nothing in it changes \
                     whether it is left.",
                ),
                true => Diagnostic::new(Code::NeverWaits, head, "This loop never ends and never waits."),
                false => Diagnostic::new(
                    Code::NeverWaits,
                    head,
                    "Once entered this loop never ends and never waits: nothing in it changes its condition.",
                ),
            };
            out.push(
                diagnostic
                    .at("goes round until it is out of budget")
                    .help("Wait in it, as in `wait 1 hour`, or leave it with `break` or `return`."),
            );
        });
    }
    circles(p, graph, &waits, out);
}

fn knows(known: &[bool], flow: FlowId) -> bool {
    known.get(flow.0 as usize).copied().unwrap_or(false)
}

fn waits(block: &Block, known: &[bool]) -> bool {
    block.any(&mut |node| match node {
        Node::Stmt(stmt) => match &stmt.kind {
            StmtKind::Choice(_) => true,
            StmtKind::Wait(wait) => !wait.arms.iter().any(at_once),
            _ => false,
        },
        Node::Expr(expr) => waiting(expr, known),
    })
}

/// `wait 0 seconds`
fn at_once(arm: &Arm) -> bool {
    matches!(&arm.kind, ArmKind::After(Due::After(Expr { kind: ExprKind::Duration(..=0), .. })))
}

fn waits_in(expr: &Expr, known: &[bool]) -> bool {
    let mut found = false;
    expr.walk(&mut |node| found |= matches!(node, Node::Expr(expr) if waiting(expr, known)));
    found
}

fn waiting(expr: &Expr, known: &[bool]) -> bool {
    match &expr.kind {
        ExprKind::Ask(_) => true,
        ExprKind::Action(call) => call.class.is_external(),
        ExprKind::Call { flow, .. } => knows(known, *flow),
        _ => false,
    }
}

/// Whether a run may end in it.
fn ends_run(block: &Block, known: &[bool]) -> bool {
    block.any(&mut |node| match node {
        Node::Stmt(stmt) => matches!(stmt.kind, StmtKind::Stop | StmtKind::Fail(_) | StmtKind::Launch { .. }),
        Node::Expr(Expr { kind: ExprKind::Call { flow, .. }, .. }) => knows(known, *flow),
        Node::Expr(expr) => matches!(expr.kind, ExprKind::Raise(_)),
    })
}

/// What a loop is left by.
struct Leaving<'l> {
    changes: Changes,
    /// Flows that may end the run.
    known: &'l [bool],
}

impl Leaving<'_> {
    /// Whether the loop whose body this is may be left in a later round: what is done under a condition that is the same
    /// in each round is done in the first one or never.
    fn loops(&self, block: &Block, loops: u32) -> bool {
        block.stmts.iter().any(|stmt| {
            let inner = match &stmt.kind {
                StmtKind::Return(_) | StmtKind::Stop | StmtKind::Fail(_) | StmtKind::Launch { .. } => return true,
                StmtKind::Break => return loops == 0,
                StmtKind::If { condition, then, otherwise } if self.changes.leave(condition) => {
                    return self.ends(condition) || self.loops(then, loops) && self.loops(otherwise, loops);
                }
                StmtKind::For { .. } | StmtKind::While { .. } | StmtKind::Repeat { .. } => loops + 1,
                _ => loops,
            };
            let mut found = false;
            stmt.parts(&mut |part| {
                found = found
                    || match part {
                        Part::Block(block) => self.loops(block, inner),
                        Part::Expr(expr) => self.ends(expr),
                    };
            });
            found
        })
    }

    fn ends(&self, expr: &Expr) -> bool {
        let mut found = false;
        expr.walk(&mut |node| {
            found |= match node {
                Node::Expr(Expr { kind: ExprKind::Call { flow, .. }, .. }) => knows(self.known, *flow),
                Node::Expr(expr) => matches!(expr.kind, ExprKind::Raise(_)),
                Node::Stmt(_) => false,
            }
        });
        found
    }
}

/// What a round of a loop may change.
#[derive(Default)]
struct Changes {
    locals: HashSet<LocalId>,
    /// What is read from the workspace.
    live: bool,
}

impl Changes {
    fn of(body: &Block) -> Changes {
        let mut changes = Changes::default();
        body.walk(&mut |node| match node {
            Node::Stmt(stmt) => match &stmt.kind {
                StmtKind::Assign { local, .. }
                | StmtKind::Let { local, .. }
                | StmtKind::Guard { local, .. }
                | StmtKind::For { item: local, .. }
                | StmtKind::Try { failure: Some(local), .. } => drop(changes.locals.insert(*local)),
                StmtKind::SetField { .. } => changes.live = true,
                _ => {}
            },
            Node::Expr(expr) => match &expr.kind {
                ExprKind::Action(call) => changes.live |= !call.class.only_looks(),
                ExprKind::Call { .. } | ExprKind::Start { .. } => changes.live = true,
                _ => {}
            },
        });
        changes
    }

    /// Whether a condition is the same after each round. It errs on the side of no.
    fn leave(&self, condition: &Expr) -> bool {
        let mut same = true;
        condition.walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            same &= match &expr.kind {
                ExprKind::Local(local) => !self.locals.contains(local),
                ExprKind::Field { .. } => !self.live,
                ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Number(_) | ExprKind::Text(_) => true,
                ExprKind::Variant(..) | ExprKind::Symbol(..) | ExprKind::Part { .. } | ExprKind::Unwrap(_) => true,
                ExprKind::Wrap(_) | ExprKind::Convert(..) | ExprKind::Unary(..) | ExprKind::Binary(..) => true,
                ExprKind::Len(_) => true,
                _ => false,
            };
        });
        same
    }
}

/// How it goes on in a flow of which it is asked whether it can only lead to other flows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Onward {
    /// It comes to a launch, call or start of a flow that goes on for ever.
    Leads,
    /// It goes on behind.
    Falls,
    /// It may end or wait before.
    Out,
}

/// Flows that can do nothing but lead to each other.
fn circles(p: &Project, graph: &Graph, waits: &[bool], out: &mut Vec<Diagnostic>) {
    let bounded: Vec<bool> = p.hir.flows.iter().map(is_bounded).collect();
    let ends = graph.settle(false, |id, ends| {
        let flow = p.hir.flows.get(id.0 as usize);
        flow.is_none_or(|flow| onward(&flow.body, Known { waits, bounded: &bounded, ends }) != Onward::Leads)
    });
    let known = Known { waits, bounded: &bounded, ends: &ends };
    let mut seen: HashSet<FlowId> = HashSet::new();
    for (id, ..) in graph.flows(p) {
        let mut at = id;
        let mut way: Vec<(FlowId, Span)> = Vec::new();
        while !knows(&ends, at) && seen.insert(at) {
            let Some((next, span)) = p.hir.flows.get(at.0 as usize).and_then(|flow| first_lead(&flow.body, known))
            else {
                break;
            };
            way.push((at, span));
            at = next;
        }
        // What led into the circle is no part of it.
        let Some(start) = way.iter().position(|(flow, _)| *flow == at) else { continue };
        let circle = way.split_off(start);
        if let Some(((_, first), rest)) = circle.split_first() {
            let message = match rest.is_empty() {
                true => "This flow leads to itself for ever and never waits.",
                false => "These flows lead to each other for ever and never wait.",
            };
            let mut diagnostic = Diagnostic::new(Code::NeverWaits, *first, message).at("goes on from here");
            for (_, span) in rest {
                diagnostic = diagnostic.label(*span, "and from here");
            }
            out.push(diagnostic.help(match rest.is_empty() {
                true => "Wait in it, as in `wait 1 hour`, or let it end under a condition.",
                false => "Wait in one of them, as in `wait 1 hour`, or let one end under a condition.",
            }));
        }
    }
}

/// What is known of flows.
#[derive(Clone, Copy)]
struct Known<'k> {
    /// They wait somewhere.
    waits: &'k [bool],
    /// Their rules of entry may keep somebody out.
    bounded: &'k [bool],
    /// They may come to an end.
    ends: &'k [bool],
}

impl Known<'_> {
    /// The flow to which an expression leads for ever. What is started has a run of its own, unless it is kept out.
    fn lead(self, expr: &Expr) -> Option<FlowId> {
        match &expr.kind {
            ExprKind::Call { flow, .. } => Some(*flow),
            ExprKind::Start { flow, .. } => Some(*flow).filter(|flow| !knows(self.bounded, *flow)),
            _ => None,
        }
        .filter(|flow| !knows(self.ends, *flow))
    }
}

/// Whether rules in its header may keep somebody out.
fn is_bounded(flow: &Flow) -> bool {
    flow.entry.as_ref().is_some_and(|entry| {
        let allows = matches!(entry.overlap, Overlap::Allow);
        entry.once.is_some() || !entry.exits.is_empty() || entry.holdout > 0 || !allows
    })
}

fn onward(block: &Block, known: Known<'_>) -> Onward {
    for stmt in &block.stmts {
        match onward_of(stmt, known) {
            Onward::Falls => {}
            other => return other,
        }
    }
    Onward::Falls
}

fn onward_of(stmt: &Stmt, known: Known<'_>) -> Onward {
    let mut blocks = Vec::new();
    let mut found = Onward::Falls;
    stmt.parts(&mut |part| match part {
        Part::Block(block) => blocks.push(block),
        Part::Expr(_) if found != Onward::Falls => {}
        Part::Expr(expr) => {
            expr.any(&mut |node| {
                let Node::Expr(expr) = node else { return false };
                if known.lead(expr).is_some() {
                    found = Onward::Leads;
                } else if waiting(expr, known.waits) {
                    found = Onward::Out;
                }
                found != Onward::Falls
            });
        }
    });
    if found != Onward::Falls {
        return found;
    }
    match &stmt.kind {
        StmtKind::Launch { flow, .. } if !knows(known.ends, *flow) => Onward::Leads,
        StmtKind::Launch { .. } | StmtKind::Stop | StmtKind::Fail(_) | StmtKind::Return(_) => Onward::Out,
        StmtKind::Break | StmtKind::Continue | StmtKind::Again | StmtKind::Choice(_) | StmtKind::Wait(_) => Onward::Out,
        StmtKind::If { .. } | StmtKind::Block(_) | StmtKind::Switch { .. } | StmtKind::Split(_) => {
            let ways: Vec<Onward> = blocks.iter().map(|block| onward(block, known)).collect();
            if ways.contains(&Onward::Out) {
                Onward::Out
            } else if ways.contains(&Onward::Falls) {
                Onward::Falls
            } else {
                Onward::Leads
            }
        }
        // Whatever else has blocks may not go into them, or may come out in more ways than are told apart here.
        _ if blocks.is_empty() => Onward::Falls,
        _ => Onward::Out,
    }
}

/// The first launch, call or start of a flow that goes on for ever.
fn first_lead(block: &Block, known: Known<'_>) -> Option<(FlowId, Span)> {
    let mut found = None;
    block.walk(&mut |node| {
        let lead = match node {
            Node::Stmt(Stmt { kind: StmtKind::Launch { flow, .. }, span }) => {
                Some((*flow, *span)).filter(|(flow, _)| !knows(known.ends, *flow))
            }
            Node::Expr(expr) => known.lead(expr).map(|flow| (flow, expr.span)),
            Node::Stmt(_) => None,
        };
        found = found.or(lead);
    });
    found
}
