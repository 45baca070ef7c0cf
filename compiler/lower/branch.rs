//! Operators, and conditions straight into branches: `and`, `or` and `not` never make a value, comparisons jump themselves.

use super::constant::{self, bank};
use super::expr::{BOOL, INT, NUMBER, is_text};
use super::func::Gen;
use super::ir::{Ins, Label, Reg};
use crate::hir::{Binary, Convert, EntityId, Expr, ExprKind, Ty, Unary};
use flow_bytecode::op::Cmp;
use flow_bytecode::{Bank, Intrinsic, Op};

impl<'h> Gen<'_, 'h> {
    /// Goes to a label when a condition comes out as `when`, and on otherwise.
    pub fn branch(&mut self, expr: &'h Expr, label: Label, when: bool) {
        if !self.fun.reachable {
            return;
        }
        let mark = self.mark();
        let outer = self.comes_to(expr.span);
        self.fills = None;
        if let Some(value) = constant::scalar(expr) {
            if (value != 0) == when {
                self.jump(label);
            }
            self.span = outer;
            return;
        }
        match &expr.kind {
            ExprKind::Unary(Unary::Not, inner) => self.branch(inner, label, !when),
            // `a and b` fails as soon as one does; `a or b` holds as soon as one does.
            ExprKind::Binary(op @ (Binary::And | Binary::Or), left, right) => {
                let decides = *op == Binary::Or;
                if when == decides {
                    self.branch(left, label, when);
                    self.branch(right, label, when);
                } else {
                    let skip = self.label();
                    self.branch(left, skip, !when);
                    self.branch(right, label, when);
                    self.bind(skip);
                }
            }
            ExprKind::Binary(Binary::Compare(cmp), left, right) => {
                let cmp = if when { *cmp } else { opposite(*cmp) };
                self.jump_when(cmp, left, right, label);
            }
            _ => {
                let value = self.value(expr);
                self.jump_on(if when { Op::JumpIf } else { Op::JumpUnless }, value, label);
            }
        }
        self.span = outer;
        self.release(mark);
    }

    /// Goes to a label when two values compare so.
    fn jump_when(&mut self, cmp: Cmp, left: &'h Expr, right: &'h Expr, label: Label) {
        let k = cmp as u8;
        if let Some((optional, _)) = null_test(left, right) {
            if optional.ty.is_optional() {
                let value = self.value(optional);
                self.jump_on(if cmp == Cmp::Eq { Op::JumpNull } else { Op::JumpNotNull }, value, label);
            } else {
                self.value(optional);
                if cmp == Cmp::Ne {
                    self.jump(label);
                }
            }
            return;
        }
        if bank(&left.ty) == Bank::Scalar && bank(&right.ty) == Bank::Scalar {
            let (left, right) = (self.value(left), self.value(right));
            return self.jump_compare(Op::JumpCmpI, k, left.0, right.0, label);
        }
        if matches!(cmp, Cmp::Eq | Cmp::Ne) {
            if self.jump_field(cmp, left, right, label) || self.jump_field(cmp, right, left, label) {
                return;
            }
            if is_text(&left.ty) && is_text(&right.ty) {
                let (left, right) = (self.value(left), self.value(right));
                return self.jump_compare(Op::JumpEqT, k, left.0, right.0, label);
            }
        }
        let holds = self.temporary_of(&BOOL);
        self.compare(cmp, left, right, holds);
        self.jump_on(Op::JumpIf, holds, label);
    }

    /// `contact.plan == .pro` in one instruction.
    fn jump_field(&mut self, cmp: Cmp, field: &'h Expr, other: &'h Expr, label: Label) -> bool {
        let Some((base, entity, index)) = text_field(field) else { return false };
        let other = match &other.kind {
            ExprKind::Wrap(inner) => inner,
            _ => other,
        };
        let Some(text) = constant::text(self.hir, other) else { return false };
        let constant = self.tables.text(&text);
        if u16::try_from(constant).is_err() {
            return false;
        }
        let base = self.value(base);
        let field = self.tables.field(entity, index);
        self.reads(field);
        self.jump_compare(Op::JumpField, cmp as u8, base.0, u32::from(field), label);
        self.push(Ins::new(Op::Arg, 0, constant, 0, 0));
        true
    }

    /// A comparison's value.
    fn compare(&mut self, cmp: Cmp, left: &'h Expr, right: &'h Expr, dest: Reg) {
        let k = cmp as u8;
        if let Some((optional, _)) = null_test(left, right) {
            if optional.ty.is_optional() {
                let value = self.value(optional);
                self.push(Ins::new(Op::IsNull, k, dest.0, value.0, 0));
            } else {
                self.value(optional);
                self.int(dest, i64::from(cmp == Cmp::Ne));
            }
            return;
        }
        if bank(&left.ty) == Bank::Scalar && bank(&right.ty) == Bank::Scalar {
            let (left, right) = (self.value(left), self.value(right));
            return self.push(Ins::new(Op::CmpI, k, dest.0, left.0, right.0));
        }
        let op = match &left.ty {
            Ty::Number | Ty::Money(_) if !right.ty.is_optional() => Op::CmpN,
            ty if !matches!(cmp, Cmp::Eq | Cmp::Ne) && is_text(ty) => Op::CmpT,
            _ => Op::EqR,
        };
        let (left, right) = (self.boxed(left), self.boxed(right));
        self.push(Ins::new(op, k, dest.0, left.0, right.0));
    }

    /// Two operands.
    pub fn binary(&mut self, expr: &'h Expr, op: Binary, left: &'h Expr, right: &'h Expr, dest: Reg) {
        match op {
            Binary::And | Binary::Or => {
                let (no, end) = (self.label(), self.label());
                self.branch(expr, no, false);
                self.int(dest, 1);
                self.jump(end);
                self.bind(no);
                self.int(dest, 0);
                self.bind(end);
            }
            Binary::Compare(cmp) => self.compare(cmp, left, right, dest),
            Binary::Add if is_text(&expr.ty) || expr.ty == Ty::Secret => self.template(expr, dest),
            _ if bank(&expr.ty) == Bank::Scalar => self.scalar_binary(op, left, right, dest),
            _ => {
                let (mut left, mut right) = (self.number(left), self.number(right));
                // An amount times a number wants the amount first.
                if op == Binary::Multiply && self.is_number(expr, left, right) {
                    std::mem::swap(&mut left, &mut right);
                }
                let op = match op {
                    Binary::Add => Op::AddN,
                    Binary::Subtract => Op::SubN,
                    Binary::Multiply => Op::MulN,
                    _ => Op::DivN,
                };
                self.op(op, dest, left.0, right.0);
            }
        }
    }

    fn is_number(&self, expr: &Expr, left: (Reg, bool), right: (Reg, bool)) -> bool {
        matches!(expr.ty, Ty::Money(_)) && !left.1 && right.1
    }

    /// An operand as a number or an amount; whether it is an amount.
    fn number(&mut self, expr: &'h Expr) -> (Reg, bool) {
        if bank(&expr.ty) == Bank::Reference {
            return (self.value(expr), matches!(expr.ty, Ty::Money(_)));
        }
        let dest = self.temporary_of(&NUMBER);
        if let Some(scalar) = constant::scalar(expr) {
            let index = self.tables.number(scalar.into(), None);
            self.wide(Op::ConstR, dest, index);
        } else {
            let mark = self.mark();
            let from = self.value(expr);
            self.op2(Op::NumI, dest, from);
            self.release(mark);
        }
        (dest, false)
    }

    fn scalar_binary(&mut self, op: Binary, left: &'h Expr, right: &'h Expr, dest: Reg) {
        let small = |expr| constant::scalar(expr).and_then(|value: i64| i16::try_from(value).ok());
        // Adding a small constant takes one instruction.
        let added = match op {
            Binary::Add => small(right).map(|k| (left, k)).or_else(|| small(left).map(|k| (right, k))),
            Binary::Subtract => small(right).and_then(i16::checked_neg).map(|k| (left, k)),
            _ => None,
        };
        if let Some((operand, k)) = added
            && bank(&operand.ty) == Bank::Scalar
        {
            let from = self.value(operand);
            return self.push(Ins::new(Op::AddK, 0, dest.0, from.0, u32::from(k as u16)));
        }
        let op = match op {
            Binary::Add => Op::AddI,
            Binary::Subtract => Op::SubI,
            Binary::Multiply => Op::MulI,
            // A whole quotient, of a duration: exact division, then towards zero.
            _ => return self.whole_quotient(left, right, dest),
        };
        let (left, right) = (self.value(left), self.value(right));
        self.op(op, dest, left, right);
    }

    fn whole_quotient(&mut self, left: &'h Expr, right: &'h Expr, dest: Reg) {
        let (left, _) = self.number(left);
        let (right, _) = self.number(right);
        let window = self.temporary_of(&NUMBER);
        self.op(Op::DivN, window, left, right);
        let whole = self.temporary(Bank::Reference, super::func::RegTy::Hir(&INT));
        self.op_window(Op::Intrinsic, Intrinsic::ToInt as u8, whole, 1, window, 1);
        self.op2(Op::UnboxS, dest, whole);
    }
}

/// A comparison with `null`: the other side, and whether it stands left.
fn null_test<'h>(left: &'h Expr, right: &'h Expr) -> Option<(&'h Expr, bool)> {
    match (&left.kind, &right.kind) {
        (_, ExprKind::Null) => Some((left, true)),
        (ExprKind::Null, _) => Some((right, false)),
        _ => None,
    }
}

/// A field that is a text, or an optional one, under conversions that change nothing.
fn text_field(expr: &Expr) -> Option<(&Expr, EntityId, u32)> {
    match &expr.kind {
        ExprKind::Field { base, entity, field } => {
            let text = match &expr.ty {
                Ty::Optional(inner) => is_text(inner),
                ty => is_text(ty),
            };
            text.then_some((base, *entity, *field))
        }
        ExprKind::Convert(Convert::ToText | Convert::Refine, inner)
        | ExprKind::Wrap(inner)
        | ExprKind::Unwrap(inner) => text_field(inner),
        _ => None,
    }
}

/// The comparison that holds when this one does not.
fn opposite(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Eq => Cmp::Ne,
        Cmp::Ne => Cmp::Eq,
        Cmp::Lt => Cmp::Ge,
        Cmp::Ge => Cmp::Lt,
        Cmp::Gt => Cmp::Le,
        Cmp::Le => Cmp::Gt,
    }
}
