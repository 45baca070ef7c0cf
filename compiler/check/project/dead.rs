//! Statements that are never reached for reasons beyond their own block: after a call of a flow that never comes back,
//! or under a condition that is written out.

use super::graph::Graph;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Binary, Block, Expr, ExprKind, FlowId, Part, Stmt, StmtKind};
use crate::resolve::Project;

/// Warns of statements that are never reached.
pub(super) fn look(p: &Project<'_>, graph: &Graph, out: &mut Vec<Diagnostic>) {
    let returns = graph.settle(false, |id, known| {
        p.hir.flows.get(id.0 as usize).is_some_and(|flow| returns(&flow.body, known) || falls(&flow.body, known))
    });
    let all = vec![true; returns.len()];
    for flow in &p.hir.flows {
        let mut blocks = vec![&flow.body];
        while let Some(block) = blocks.pop() {
            for (index, stmt) in block.stmts.iter().enumerate() {
                stmt.parts(&mut |part| {
                    if let Part::Block(block) = part {
                        blocks.push(block);
                    }
                });
                written_out(stmt, out);
                // What the statement itself says has been told where it was checked.
                let gone = stmt_falls(stmt, &all) && !stmt_falls(stmt, &returns);
                if let (true, [first, .., last] | [first @ last]) =
                    (gone, block.stmts.get(index + 1..).unwrap_or_default())
                {
                    out.push(
                        Diagnostic::new(Code::Unreachable, first.span.to(last.span), "This is never reached.")
                            .at("never reached")
                            .label(stmt.span, "what is called here always ends the run")
                            .help(
                                "Remove it, or move it before; or let the flow that is called come back with `return`.",
                            ),
                    );
                    break;
                }
            }
        }
    }
}

/// `if true`, `if false`, `while false`
fn written_out(stmt: &Stmt, out: &mut Vec<Diagnostic>) {
    let (condition, dead) = match &stmt.kind {
        StmtKind::If { condition, then, otherwise } => match condition.kind {
            ExprKind::Bool(true) => (condition, otherwise),
            ExprKind::Bool(false) => (condition, then),
            _ => return,
        },
        StmtKind::While { condition, body } if matches!(condition.kind, ExprKind::Bool(false)) => (condition, body),
        _ => return,
    };
    if let [first, .., last] | [first @ last] = dead.stmts.as_slice() {
        out.push(
            Diagnostic::new(Code::Unreachable, first.span.to(last.span), "This is never reached.")
                .at("never reached")
                .label(condition.span, "this never changes")
                .help("Remove it, or test something that can be one or the other."),
        );
    }
}

fn returns(block: &Block, known: &[bool]) -> bool {
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
fn falls(block: &Block, known: &[bool]) -> bool {
    block.stmts.iter().all(|stmt| stmt_falls(stmt, known))
}

fn stmt_falls(stmt: &Stmt, known: &[bool]) -> bool {
    if never_comes_back(stmt, known) {
        return false;
    }
    match &stmt.kind {
        StmtKind::Stop | StmtKind::Fail(_) | StmtKind::Launch { .. } | StmtKind::Return(_) => false,
        StmtKind::Break | StmtKind::Continue | StmtKind::Again => false,
        StmtKind::If { then, otherwise, .. } => falls(then, known) || falls(otherwise, known),
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
fn never_comes_back(stmt: &Stmt, known: &[bool]) -> bool {
    match &stmt.kind {
        StmtKind::Let { value, .. } | StmtKind::Assign { value, .. } | StmtKind::Guard { value, .. } => {
            ends(value, known)
        }
        StmtKind::Expr(value) | StmtKind::SetField { value, .. } | StmtKind::Return(Some(value)) => ends(value, known),
        _ => false,
    }
}

fn ends(expr: &Expr, known: &[bool]) -> bool {
    match &expr.kind {
        ExprKind::Call { flow: FlowId(flow), .. } if !known.get(*flow as usize).copied().unwrap_or(true) => true,
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
