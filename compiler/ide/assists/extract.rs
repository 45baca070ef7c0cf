//! Statements as a flow of their own.

use super::{Assist, AssistKind, Place, free};
use crate::diag::{Diagnostic, Severity, Span};
use crate::hir::{ExprKind, Flow, Local, LocalId, Node, StmtKind as Checked};
use crate::syntax::ast::{ItemKind, Stmt, StmtKind};

/// What the new flow is called, until somebody names it.
const NAME: &str = "extracted";

/// What a stretch of a flow has to do with the rest of it.
#[derive(Default)]
struct Traffic {
    /// Names that it reads and does not declare, in the order in which it does.
    takes: Vec<LocalId>,
    /// Those of them that it reads elsewhere than where they are known to be there.
    maybe: Vec<LocalId>,
    /// Names that it declares and that are read behind it.
    gives: Vec<LocalId>,
    /// It writes a variable that is not its own.
    writes: bool,
}

impl Place<'_> {
    pub(super) fn extract(&self) -> Option<Assist> {
        let ItemKind::Flow(decl) = &self.item.kind else { return None };
        let chosen = self.chosen()?;
        if chosen.iter().any(leaves) {
            return None;
        }
        let project = &self.analysis.known.project;
        let flow = project.hir.flows.iter().find(|flow| flow.span == decl.name.span)?;
        let whole = Span::new(self.file(), chosen.first()?.span.start, chosen.last()?.span.end);
        let traffic = traffic(flow, whole);
        if traffic.writes || traffic.gives.len() > 1 {
            return None;
        }
        let local = |id: &LocalId| flow.locals.get(id.0 as usize);
        let ty = |id: &LocalId, local: &Local| match traffic.maybe.contains(id) {
            true => project.show(&local.ty),
            false => project.show(&local.ty.present()),
        };
        let takes: Vec<(&Local, String)> =
            traffic.takes.iter().filter_map(|id| local(id).map(|local| (local, ty(id, local)))).collect();
        let gives = traffic.gives.first().and_then(local);
        let module = self.analysis.front.trees().position(|tree| tree.span.file == self.file())?;
        let scope = project.modules.get(module)?;
        let name = free(NAME, |name| scope.flows.contains_key(name) || scope.actions.contains_key(name));
        let params: Vec<String> = takes.iter().map(|(local, ty)| format!("{}: {ty}", local.name)).collect();
        let args: Vec<&str> = takes.iter().map(|(local, _)| &*local.name).collect();
        let result = gives.map_or_else(String::new, |local| format!(" -> {}", project.show(&local.ty)));
        let back = gives.map_or_else(String::new, |local| format!("\n    return {}", local.name));
        let body = self.moved(whole);
        let new = format!("\n\nflow {name}({}){result} {{\n{body}{back}\n}}", params.join(", "));
        let keeps = match gives {
            Some(local) if local.mutable => format!("var {} = ", local.name),
            Some(local) => format!("let {} = ", local.name),
            None => String::new(),
        };
        let call = format!("{keeps}{name}({})", args.join(", "));
        let edits = vec![(whole, call), (self.at(self.item.span.end), new)];
        let assist = Assist { title: format!("extract into a flow `{name}`"), kind: AssistKind::Extract, edits };
        // Whether all of it is as it was, what is known to be there above all, is left to the check.
        let refused = |told: &[Diagnostic]| told.iter().filter(|told| told.severity() == Severity::Error).count();
        let after = self.analysis.edited(self.file(), &assist)?;
        let after = refused(&self.analysis.told_with(&[(self.file(), after)]));
        (after <= refused(self.analysis.diagnostics())).then_some(assist)
    }

    /// The statements that are chosen, all of each of them.
    fn chosen(&self) -> Option<&[Stmt]> {
        let text = self.of(self.stretch);
        let start = self.stretch.start + (text.len() - text.trim_start().len()) as u32;
        let end = self.stretch.end - (text.len() - text.trim_end().len()) as u32;
        if start >= end {
            return None;
        }
        self.blocks().into_iter().rev().find_map(|block| {
            let from = block.stmts.iter().position(|stmt| start <= stmt.span.start && stmt.span.start < end)?;
            let to = block.stmts.iter().rposition(|stmt| stmt.span.end <= end && start < stmt.span.end)?;
            let cut = |stmt: &Stmt| {
                let meets = stmt.span.start < end && start < stmt.span.end;
                meets && !(start <= stmt.span.start && stmt.span.end <= end)
            };
            let chosen = block.stmts.get(from..=to)?;
            (!block.stmts.iter().any(cut)).then_some(chosen)
        })
    }

    /// The statements' lines, as they stand in a flow.
    fn moved(&self, whole: Span) -> String {
        let indent = self.indent(whole.start).to_owned();
        let nearer = |line: &str| {
            let line = line.strip_prefix(&indent).unwrap_or(line.trim_start_matches([' ', '\t']));
            if line.trim().is_empty() { String::new() } else { format!("    {line}") }
        };
        let lines = format!("{indent}{}", self.of(whole));
        lines.split('\n').map(nearer).collect::<Vec<_>>().join("\n")
    }
}

/// Whether a statement goes to somewhere outside of it that a called flow cannot go to.
fn leaves(stmt: &Stmt) -> bool {
    let is_loop = |stmt: &Stmt| matches!(stmt.kind, StmtKind::For(_) | StmtKind::While(_) | StmtKind::Repeat(_));
    let is_choice = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Choice(_));
    let never = |_: &Stmt| false;
    let away = |stmt: &Stmt| matches!(stmt.kind, StmtKind::Return(_) | StmtKind::Launch(_) | StmtKind::Error);
    stmt.any(&never, &away)
        || stmt.any(&is_loop, &|stmt| matches!(stmt.kind, StmtKind::Break | StmtKind::Continue))
        || stmt.any(&is_choice, &|stmt| matches!(stmt.kind, StmtKind::Again))
}

fn traffic(flow: &Flow, whole: Span) -> Traffic {
    let mut found = Traffic::default();
    let inside = |span: Span| whole.contains(span);
    let declared = |id: LocalId| flow.locals.get(id.0 as usize).filter(|local| !local.name.is_empty());
    let mut known_there = Vec::new();
    flow.body.walk(&mut |node| match node {
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Unwrap(value) => {
                if let ExprKind::Local(id) = value.kind {
                    known_there.push((id, value.span));
                }
            }
            ExprKind::Local(id) => {
                let Some(local) = declared(*id) else { return };
                match (inside(expr.span), inside(local.span)) {
                    (true, false) => {
                        if !found.takes.contains(id) {
                            found.takes.push(*id);
                        }
                        if known_there.last() != Some(&(*id, expr.span)) {
                            found.maybe.push(*id);
                        }
                    }
                    (false, true) if expr.span.start >= whole.end && !found.gives.contains(id) => found.gives.push(*id),
                    _ => {}
                }
            }
            _ => {}
        },
        Node::Stmt(stmt) => {
            if let Checked::Assign { local, .. } = &stmt.kind
                && inside(stmt.span)
                && declared(*local).is_some_and(|local| !inside(local.span))
            {
                found.writes = true;
            }
        }
    });
    found
}
