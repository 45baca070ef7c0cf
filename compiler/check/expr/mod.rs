//! Expressions. What is wanted travels down, what is found comes back up.

mod constants;
mod lists;
mod names;
mod ops;
mod variants;

pub(super) use names::root_name;
pub(super) use variants::FAILURE_KINDS;

use super::body::Body;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, Ty};
use crate::syntax::ast;
use rust_decimal::Decimal;

impl Body<'_> {
    /// Checks an expression. `want` is a hint: a literal or a bare variant takes its type from it, anything else may turn
    /// out otherwise.
    pub fn expr(&mut self, expr: &ast::Expr, want: Option<&Ty>) -> Expr {
        let span = expr.span;
        let want = want.map(inside);
        match &expr.kind {
            ast::ExprKind::Error => {
                self.broken = true;
                self.error(span)
            }
            ast::ExprKind::Null => Expr { kind: ExprKind::Null, ty: Ty::Null, span },
            ast::ExprKind::Bool(value) => Expr { kind: ExprKind::Bool(*value), ty: Ty::Bool, span },
            ast::ExprKind::Int(value) => Expr { kind: ExprKind::Int(*value), ty: Ty::Int, span },
            ast::ExprKind::Number(text) => self.number(text, span),
            ast::ExprKind::Percent(_) => self.percent(span),
            ast::ExprKind::Str(text) => self.text(text, want),
            ast::ExprKind::Duration(duration) => self.duration(duration, span),
            ast::ExprKind::Time(time) => {
                let seconds = i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second);
                Expr { kind: ExprKind::TimeOfDay(seconds * 1_000_000), ty: Ty::TimeOfDay, span }
            }
            ast::ExprKind::Name(name) => self.name(name, span, want),
            ast::ExprKind::Variant(name) => self.variant(name, span, want),
            ast::ExprKind::Field { .. } => self.field(expr, want),
            ast::ExprKind::Call(call) => self.call(call, span, want),
            ast::ExprKind::Unary { op, operand } => self.unary(*op, operand, span, want),
            ast::ExprKind::Binary { op, op_span, left, right } => self.binary(*op, *op_span, left, right, span, want),
            ast::ExprKind::List(items) => self.list(items, span, want),
            ast::ExprKind::Map(entries) => self.map(entries, span, want),
            ast::ExprKind::Switch(switch) => self.switch_value(switch, span, want),
            ast::ExprKind::Ask(ask) => {
                self.not_called_in_a_test("A question", "Let a flow ask it, and answer: `run.answer(\"…\")`.", span);
                self.ask(ask, span)
            }
            ast::ExprKind::Start(call) => self.start(call, span),
            ast::ExprKind::Anchor(anchor) => self.anchor_value(anchor, span),
        }
    }

    /// An expression of a value: a call that yields nothing is refused.
    pub fn value(&mut self, expr: &ast::Expr, want: Option<&Ty>) -> Expr {
        let value = self.expr(expr, want);
        if value.ty == Ty::Unit { self.no_value(value.span) } else { value }
    }

    #[inline(never)]
    fn number(&mut self, text: &str, span: Span) -> Expr {
        match Decimal::from_str_exact(text) {
            Ok(number) => Expr { kind: ExprKind::Number(number), ty: Ty::Number, span },
            // The parser has spoken of it.
            Err(_) => {
                self.broken = true;
                self.error(span)
            }
        }
    }

    #[inline(never)]
    fn percent(&mut self, span: Span) -> Expr {
        self.wrong(
            Diagnostic::new(
                Code::BadPercent,
                span,
                "A percentage is no value; it stands in `split` and `holdout` only.",
            )
            .help("Write it as a number, as in `0.5` for 50 %."),
        )
    }
}

/// The type without its `?`, without a copy.
fn inside(ty: &Ty) -> &Ty {
    match ty {
        Ty::Optional(inner) => inner,
        other => other,
    }
}
