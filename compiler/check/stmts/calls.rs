//! An expression alone on its line: a call.

use crate::check::body::Body;
use crate::check::fit::wrap;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Binary, Block, Expr, ExprKind, Stmt, StmtKind, TestOp, Ty};
use crate::syntax::ast;
use flow_bytecode::op::Cmp;
use flow_bytecode::program::EffectClass;

impl Body<'_> {
    #[inline(never)]
    pub(super) fn call_statement(&mut self, item: &ast::CallStmt, span: Span) -> Option<StmtKind> {
        let value = self.expr(&item.expr, None);
        if let Some(what) = self.in_vain(&value) {
            self.out.push(
                Diagnostic::new(Code::UnusedValue, value.span, format!("{what}, and nothing is done with it."))
                    .at("this value is not used")
                    .help("Keep it, as in `let value = …`, or remove the line."),
            );
        }
        match value.kind {
            ExprKind::Chain { base, local, then } if value.ty == Ty::Unit => {
                Some(self.call_if_present(*base, local, *then, span))
            }
            _ => Some(StmtKind::Expr(value)),
        }
    }

    /// `x?.do()`, which yields nothing, as a statement of its own.
    fn call_if_present(&mut self, base: Expr, local: crate::hir::LocalId, then: Expr, span: Span) -> StmtKind {
        let (ty, at) = (base.ty.clone(), base.span);
        let kept = self.hidden(ty.clone(), at);
        let read = |ty: &Ty| Expr { kind: ExprKind::Local(kept), ty: ty.clone(), span: at };
        let null = Expr { kind: ExprKind::Null, ty: ty.clone(), span: at };
        let condition = Expr {
            kind: ExprKind::Binary(Binary::Compare(Cmp::Ne), Box::new(read(&ty)), Box::new(null)),
            ty: Ty::Bool,
            span: at,
        };
        let present = wrap(ExprKind::Unwrap, read(&ty), ty.present());
        let stmt = |kind| Stmt { kind, span };
        let inner = Block { stmts: vec![stmt(StmtKind::Let { local, value: present }), stmt(StmtKind::Expr(then))] };
        let test = StmtKind::If { condition, then: inner, otherwise: Block::default() };
        StmtKind::Block(Block { stmts: vec![stmt(StmtKind::Let { local: kept, value: base }), stmt(test)] })
    }

    /// What is computed in vain when an expression stands alone.
    fn in_vain(&self, value: &Expr) -> Option<String> {
        if matches!(value.ty, Ty::Error | Ty::Unit | Ty::Never) {
            return None;
        }
        Some(match &value.kind {
            ExprKind::Action(call) if call.class == EffectClass::Pure => {
                let name = self.p.hir.actions.get(call.action.0 as usize).map_or("", |action| &action.name);
                format!("`{name}` only computes a value")
            }
            ExprKind::Action(call) if call.class == EffectClass::Query => {
                let name = self.p.hir.actions.get(call.action.0 as usize).map_or("", |action| &action.name);
                format!("`{name}` only looks at the workspace")
            }
            ExprKind::Action(_) | ExprKind::Send { .. } => return None,
            ExprKind::Call { .. } | ExprKind::Start { .. } | ExprKind::Ask(_) => return None,
            ExprKind::Test(TestOp::Create(_), _) => return None,
            ExprKind::Let { body, .. } => return self.in_vain_inside(body),
            ExprKind::Chain { then, .. } => return self.in_vain(then),
            ExprKind::Record(..) => "This only makes a record".to_owned(),
            // Of a call that chooses, reading what comes out belongs to the call.
            ExprKind::Decode(inner) if self.chooses(inner) || self.is_collecting(inner) => return None,
            ExprKind::Decode(_) => "This only reads an answer".to_owned(),
            _ => "This only computes a value".to_owned(),
        })
    }

    /// The same for a call of a template, whose decoding belongs to the call.
    fn in_vain_inside(&self, body: &Expr) -> Option<String> {
        match &body.kind {
            ExprKind::Decode(inner) => self.in_vain_inside(inner),
            ExprKind::Part { base, .. } => self.in_vain_inside(base),
            _ => self.in_vain(body),
        }
    }
}
