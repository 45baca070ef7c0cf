//! Conditions, and what follows from them about what is present.

use super::body::Body;
use super::fit::Why;
use super::narrow::Outcome;
use super::places::{Place, present_places};
use crate::diag::Span;
use crate::hir::{Binary, Expr, ExprKind, Ty, Unary};
use crate::syntax::ast::{self, BinaryOp, UnaryOp};
use flow_bytecode::op::Cmp;

/// Whether an operator joins conditions.
pub(super) fn is_condition(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or)
}

impl Body<'_> {
    /// Checks a condition; what follows from it is not yet known, the caller decides where it is.
    pub fn condition(&mut self, expr: &ast::Expr) -> (Expr, Outcome) {
        match &expr.kind {
            ast::ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let (operand, outcome) = self.condition(operand);
                let kind = ExprKind::Unary(Unary::Not, Box::new(operand));
                (Expr { kind, ty: Ty::Bool, span: expr.span }, Outcome { yes: outcome.no, no: outcome.yes })
            }
            ast::ExprKind::Binary { op, left, right, .. } if is_condition(*op) => {
                self.connective(*op, left, right, expr.span)
            }
            _ => {
                let value = self.need(expr, &Ty::Bool, Why::Plain("a condition is"));
                let outcome = comparison(&value);
                (value, outcome)
            }
        }
    }

    /// `and` and `or`: the right side is looked at only when the left side has not decided.
    pub fn connective(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> (Expr, Outcome) {
        let (left, first) = self.condition(left);
        let mark = self.facts.mark();
        let both = op == BinaryOp::And;
        let known = if both { &first.yes } else { &first.no };
        self.facts.learn_all(known);
        let (right, second) = self.condition(right);
        // What the right side has made unknown (it may have waited) is unknown afterwards, also on the way around it.
        let still = |places: Vec<Place>, body: &Self| -> Vec<Place> {
            places.into_iter().filter(|place| body.facts.knows(place)).collect()
        };
        let (decided, open) = if both { (first.no, first.yes) } else { (first.yes, first.no) };
        let mut all = still(open, self);
        let (second_same, second_other) = if both { (second.yes, second.no) } else { (second.no, second.yes) };
        all.extend(second_same);
        let any: Vec<Place> = decided.into_iter().filter(|place| second_other.contains(place)).collect();
        self.facts.meet(&mark);
        let outcome = if both { Outcome { yes: all, no: any } } else { Outcome { yes: any, no: all } };
        let op = if both { Binary::And } else { Binary::Or };
        let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
        (Expr { kind, ty: Ty::Bool, span }, outcome)
    }
}

/// What a comparison says about its sides.
fn comparison(expr: &Expr) -> Outcome {
    let mut outcome = Outcome::default();
    let ExprKind::Binary(Binary::Compare(cmp), left, right) = &expr.kind else { return outcome };
    let known = match cmp {
        Cmp::Eq => &mut outcome.yes,
        Cmp::Ne => &mut outcome.no,
        _ => return outcome,
    };
    match (&left.kind, &right.kind) {
        // `x != null`: present when it holds; `x == null`: when it does not.
        (ExprKind::Null, _) | (_, ExprKind::Null) => {
            let side = if matches!(left.kind, ExprKind::Null) { right } else { left };
            let known = if *cmp == Cmp::Eq { &mut outcome.no } else { &mut outcome.yes };
            present_places(side, known);
        }
        // `x == value`: what equals something present is present.
        (_, ExprKind::Wrap(_)) => present_places(left, known),
        (ExprKind::Wrap(_), _) => present_places(right, known),
        _ => {}
    }
    outcome
}
