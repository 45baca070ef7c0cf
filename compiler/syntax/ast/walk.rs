//! The blocks of a tree, for questions about a place in it.

use super::{Block, ChoiceArm, Expr, ExprKind, Item, ItemKind, Stmt, StmtKind, WaitArm, WaitKind};

impl Item {
    /// What a flow or a test does.
    pub fn body(&self) -> Option<&Block> {
        match &self.kind {
            ItemKind::Flow(decl) => Some(&decl.body),
            ItemKind::Test(decl) => Some(&decl.body),
            _ => None,
        }
    }
}

impl Stmt {
    /// The blocks that stand directly in it, in source order.
    pub fn blocks(&self) -> Vec<&Block> {
        match &self.kind {
            StmtKind::Let(item) => item.undo.iter().chain(&item.otherwise).collect(),
            StmtKind::Assign(item) => item.undo.iter().chain(&item.otherwise).collect(),
            StmtKind::Call(item) => item.undo.iter().collect(),
            StmtKind::If(item) => item.branches.iter().map(|branch| &branch.body).chain(&item.otherwise).collect(),
            StmtKind::Switch(item) => item.arms.iter().map(|arm| &arm.body).collect(),
            StmtKind::For(item) => vec![&item.body],
            StmtKind::While(item) => vec![&item.body],
            StmtKind::Repeat(item) => vec![&item.body],
            StmtKind::Choice(item) => item.arms.iter().map(|arm: &ChoiceArm| &arm.body).collect(),
            StmtKind::Wait(item) => match &item.kind {
                WaitKind::Arms { arms, .. } => arms.iter().map(|arm: &WaitArm| &arm.body).collect(),
                WaitKind::For(_) | WaitKind::Until(_) => Vec::new(),
            },
            StmtKind::Parallel(item) | StmtKind::Race(item) => item.paths.iter().map(|path| &path.body).collect(),
            StmtKind::Split(item) => item.arms.iter().map(|arm| &arm.body).collect(),
            StmtKind::Try(item) => vec![&item.body, &item.handler],
            _ => Vec::new(),
        }
    }

    /// Whether it, or a statement in it, is so. What is within `apart` is left out.
    pub fn any(&self, apart: &dyn Fn(&Stmt) -> bool, is: &dyn Fn(&Stmt) -> bool) -> bool {
        let inside = |stmt: &Stmt| stmt.blocks().iter().flat_map(|block| &block.stmts).any(|stmt| stmt.any(apart, is));
        is(self) || !apart(self) && inside(self)
    }

    /// The value that it keeps, or the call that it is.
    pub fn value(&self) -> Option<&Expr> {
        match &self.kind {
            StmtKind::Let(item) => Some(&item.value),
            StmtKind::Assign(item) => Some(&item.value),
            StmtKind::Call(item) => Some(&item.expr),
            _ => None,
        }
    }
}

impl Expr {
    /// The question that it asks, also where it stands before `??`.
    pub fn question(&self) -> Option<(&Expr, &super::Ask)> {
        match &self.kind {
            ExprKind::Ask(ask) => Some((self, ask)),
            ExprKind::Binary { left, .. } => left.question(),
            _ => None,
        }
    }
}
