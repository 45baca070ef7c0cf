//! Statements that are never reached for reasons beyond their own block: after a call of a flow that never comes back,
//! or under a condition that is written out.

use super::graph::{Graph, Way};
use super::holds::holds;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Binary, Block, Expr, ExprKind, FlowId, Part, Stmt, StmtKind};
use crate::resolve::Project;

/// Warns of statements that are never reached.
pub(super) fn look(p: &Project, graph: &Graph, out: &mut Vec<Diagnostic>) {
    let returns = graph.settle(false, |id, known| {
        let known = Known { flows: called(graph, id.0 as usize, known), constants: true };
        p.hir.flows.get(id.0 as usize).is_some_and(|flow| returns(&flow.body, known) || falls(&flow.body, known))
    });
    let plain = Known { flows: &[], constants: false };
    let folded = Known { flows: &[], constants: true };
    for (id, flow, _) in graph.flows(p) {
        let known = Known { flows: called(graph, id.0 as usize, &returns), constants: true };
        let mut blocks = vec![&*flow.body];
        while let Some(block) = blocks.pop() {
            for (index, stmt) in block.stmts.iter().enumerate() {
                stmt.parts(&mut |part| {
                    if let Part::Block(block) = part {
                        blocks.push(block);
                    }
                });
                written_out(stmt, out);
                // What the statement itself says has been told where it was checked.
                let gone = !stmt_falls(stmt, known) && stmt_falls(stmt, plain);
                if let (true, [first, .., last] | [first @ last]) =
                    (gone, block.stmts.get(index + 1..).unwrap_or_default())
                {
                    let never = Diagnostic::new(Code::Unreachable, first.span.to(last.span), "This is never reached.")
                        .at("never reached");
                    out.push(match (stmt_falls(stmt, folded), condition(stmt)) {
                        (true, _) => never.label(stmt.span, "what is called here always ends the run").help(
                            "Remove it, or move it before; or let the flow that is called come back with `return`.",
                        ),
                        (false, at) if matches!(stmt.kind, StmtKind::While { .. }) => never
                            .label(at.unwrap_or(stmt.span), "this never changes, so the loop goes round for ever")
                            .help("Remove it, move it before, or leave the loop with `break`."),
                        (false, at) => never
                            .label(at.unwrap_or(stmt.span), "this never changes, so it always leaves here")
                            .help("Remove it, or test something that can be one or the other."),
                    });
                    break;
                }
            }
        }
    }
}

/// What is known while statements are followed.
#[derive(Clone, Copy)]
struct Known<'k> {
    /// Flows that may come back.
    flows: &'k [bool],
    /// Conditions that are written out count as what they are.
    constants: bool,
}

/// What a condition always is, as written.
fn constant(condition: &Expr) -> Option<bool> {
    holds(condition, &|_| None)
}

/// The condition of a statement that has one.
fn condition(stmt: &Stmt) -> Option<Span> {
    match &stmt.kind {
        StmtKind::If { condition, .. } => constant(condition).map(|_| condition.span),
        _ => None,
    }
}

/// What is known of the flows that a flow calls: nothing where it calls none, so that no expression is looked into.
fn called<'k>(graph: &Graph, index: usize, known: &'k [bool]) -> &'k [bool] {
    let calls = graph.to.get(index).is_some_and(|to| to.iter().any(|(_, way)| *way == Way::Call));
    if calls { known } else { &[] }
}

/// `if true`, `if 1 == 2`, `while false`, `repeat 0`
fn written_out(stmt: &Stmt, out: &mut Vec<Diagnostic>) {
    let (condition, dead) = match &stmt.kind {
        StmtKind::If { condition, then, otherwise } => match constant(condition) {
            Some(true) => (condition, otherwise),
            Some(false) => (condition, then),
            None => return,
        },
        StmtKind::Repeat { times, body } if matches!(times.kind, ExprKind::Int(..=0)) => (times, body),
        StmtKind::While { condition, body } if constant(condition) == Some(false) => (condition, body),
        _ => return,
    };
    if let [first, .., last] | [first @ last] = dead.stmts.as_slice() {
        let start = match &first.kind {
            // `else if`: the statement begins with the first `if`.
            StmtKind::If { condition: next, .. } if first.span.start <= condition.span.start => next.span,
            _ => first.span,
        };
        let never = Span::new(start.file, start.start, last.span.end);
        out.push(
            Diagnostic::new(Code::Unreachable, never, "This is never reached.")
                .at("never reached")
                .label(condition.span, "this never changes")
                .help("Remove it, or test something that can be one or the other."),
        );
    }
}

fn returns(block: &Block, known: Known<'_>) -> bool {
    // Only what can be reached counts.
    let mut found = false;
    for stmt in &block.stmts {
        found |= matches!(stmt.kind, StmtKind::Return(_)) && !never_comes_back(stmt, known);
        stmt.parts(&mut |part| {
            if let Part::Block(block) = part {
                found = found || returns(block, known);
            }
        });
        if found || !stmt_falls(stmt, known) {
            return found;
        }
    }
    found
}

/// Whether what follows a block may be reached.
fn falls(block: &Block, known: Known<'_>) -> bool {
    block.stmts.iter().all(|stmt| stmt_falls(stmt, known))
}

fn stmt_falls(stmt: &Stmt, known: Known<'_>) -> bool {
    if never_comes_back(stmt, known) {
        return false;
    }
    match &stmt.kind {
        StmtKind::Stop | StmtKind::Fail(_) | StmtKind::Launch { .. } | StmtKind::Return(_) => false,
        StmtKind::Break | StmtKind::Continue | StmtKind::Again => false,
        StmtKind::If { condition, then, otherwise } => match known.constants.then(|| constant(condition)).flatten() {
            Some(true) => falls(then, known),
            Some(false) => falls(otherwise, known),
            None => falls(then, known) || falls(otherwise, known),
        },
        StmtKind::Try { body, handler, .. } => falls(body, known) || falls(handler, known),
        StmtKind::Block(body) => falls(body, known),
        StmtKind::Choice(choice) => {
            let options = choice.options.iter().map(|option| &option.body);
            let others = choice.otherwise.iter().map(|(_, body)| body).chain(choice.after.iter().map(|(_, body)| body));
            options.chain(others).any(|body| falls(body, known))
        }
        StmtKind::Split(split) => split.sides.iter().any(|side| falls(&side.body, known)),
        StmtKind::Wait(wait) => wait.arms.is_empty() || wait.arms.iter().any(|arm| falls(&arm.body, known)),
        _ => true,
    }
}

/// Whether a statement calls, always and at once, a flow that ends the run.
fn never_comes_back(stmt: &Stmt, known: Known<'_>) -> bool {
    match &stmt.kind {
        _ if known.flows.is_empty() => false,
        StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } | StmtKind::Guard { value, .. } => {
            ends(value, known)
        }
        StmtKind::Expr(value) | StmtKind::SetField { value, .. } | StmtKind::Return(Some(value)) => ends(value, known),
        _ => false,
    }
}

fn ends(expr: &Expr, known: Known<'_>) -> bool {
    match &expr.kind {
        ExprKind::Call { flow: FlowId(flow), .. } if !known.flows.get(*flow as usize).copied().unwrap_or(true) => true,
        // Of these the rest is computed under a condition.
        ExprKind::Chain { base: first, .. }
        | ExprKind::Coalesce { left: first, .. }
        | ExprKind::Switch { subject: first, .. }
        | ExprKind::Binary(Binary::And | Binary::Or, first, _) => ends(first, known),
        _ => {
            let mut found = false;
            expr.parts(&mut |part| found = found || ends(part, known));
            found
        }
    }
}
