//! `undo`: how a step that an action has done is taken back.

use super::body::{Body, Inside, Reach};
use super::failing::Raised;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, Expr, ExprKind, Stmt, StmtKind};
use crate::syntax::ast;

impl Body<'_> {
    /// A statement, with how to take it back right behind it.
    pub fn with_undo(&mut self, step: Option<StmtKind>, undo: Option<&ast::Block>, span: Span) -> Option<StmtKind> {
        let Some(undo) = undo else { return step };
        let value = match &step {
            Some(
                StmtKind::Let { value, .. }
                | StmtKind::Guard { value, .. }
                | StmtKind::Assign { value, .. }
                | StmtKind::SetField { value, .. }
                | StmtKind::Expr(value),
            ) => Some(value),
            _ => None,
        };
        if let Some(value) = value.filter(|value| value.ty != crate::hir::Ty::Error && !does(value, &is_action)) {
            let what = match does(value, &is_flow) {
                true => "A flow is taken back by what stands in it: `undo` belongs to the actions there.",
                false => "Only what an action has done can be taken back.",
            };
            let word = Span::new(undo.span.file, value.span.end.min(undo.span.start), undo.span.start);
            self.out.push(
                Diagnostic::new(Code::NotUndoable, undo.span, what)
                    .at("nothing to take back")
                    .label(value.span, "no action")
                    .help("Remove it, or put it behind the action that it takes back.")
                    .fix("remove the undo", vec![(word.to(undo.span), String::new())]),
            );
        }
        let block = self.undo_block(undo);
        let step = step?;
        let stmts = vec![Stmt { kind: step, span }, Stmt { kind: StmtKind::Undo(block), span: undo.span }];
        Some(StmtKind::Block(Block { stmts }))
    }

    /// What takes a step back runs later, when the run has failed: it calls actions, writes fields, and does nothing else.
    fn undo_block(&mut self, undo: &ast::Block) -> Block {
        let mark = self.facts.mark();
        self.facts.forget_live();
        let reach = std::mem::replace(&mut self.reach, Reach::Yes);
        // What is in doubt there waits for a person: nothing more could be done about it in the flow.
        let inside = std::mem::replace(&mut self.inside, Inside { tries: 1, ..Inside::default() });
        self.kinds.push(Raised::default());
        self.enter();
        let mut made = Block::default();
        for stmt in &undo.stmts {
            let (before, said) = (made.stmts.len(), self.out.len());
            let one = ast::Block { stmts: vec![stmt.clone()], ..*undo };
            self.statements(&one, &mut made);
            if !acts(stmt) {
                // It is looked at for the names it uses; what else is wrong with it does not matter.
                self.out.truncate(said);
                self.more_than_actions(stmt.span);
                continue;
            }
            let added = made.stmts.get(before..).unwrap_or_default();
            if added.iter().any(|stmt| values(stmt).iter().any(|value| does(value, &is_flow))) {
                self.more_than_actions(stmt.span);
            }
        }
        self.leave();
        self.kinds.pop();
        self.inside = inside;
        self.reach = reach;
        self.facts.restore(&mark);
        made
    }

    fn more_than_actions(&mut self, span: Span) {
        self.out.push(
            Diagnostic::new(Code::NotUndoable, span, "An `undo` only calls actions and writes fields.")
                .at("more than that")
                .help("Call here what takes the step back; what depends on more is decided before, into a name."),
        );
    }
}

/// Whether a statement is of the kinds that may stand in an `undo`.
fn acts(stmt: &ast::Stmt) -> bool {
    let call = |expr: &ast::Expr| matches!(expr.kind, ast::ExprKind::Call(_));
    match &stmt.kind {
        ast::StmtKind::Error => true,
        ast::StmtKind::Call(item) => item.undo.is_none() && call(&item.expr),
        ast::StmtKind::Let(item) => item.undo.is_none() && item.otherwise.is_none() && !item.mutable,
        ast::StmtKind::Assign(item) => {
            item.undo.is_none() && item.otherwise.is_none() && matches!(item.target.kind, ast::ExprKind::Field { .. })
        }
        _ => false,
    }
}

fn values(stmt: &Stmt) -> Vec<&Expr> {
    match &stmt.kind {
        StmtKind::Let { value, .. } | StmtKind::Expr(value) => vec![value],
        StmtKind::SetField { base, value, .. } => vec![base, value],
        _ => Vec::new(),
    }
}

fn is_action(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Action(call) if !call.class.only_looks())
}

fn is_flow(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Call { .. } | ExprKind::Start { .. } | ExprKind::Ask(_))
}

fn does(expr: &Expr, what: &dyn Fn(&Expr) -> bool) -> bool {
    let mut found = what(expr);
    expr.for_each_part(&mut |part| found = found || does(part, what));
    found
}
