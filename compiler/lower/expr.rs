//! Expressions: their value into a register.
//!
//! A destination is written last, on every way through an expression: `x = x ?? f(x)` must still see the old `x`, and a
//! failure halfway leaves it as it was.

use super::call::Called;
use super::constant::{self, bank};
use super::func::{Gen, RegTy};
use super::ir::{Ins, Piece, Reg, Role, roles};
use super::sending::has_approval;
use crate::hir::{Convert, EntityId, Expr, ExprKind, LocalId, SymbolKind, TemplatePart, Ty, Unary};
use flow_bytecode::program::Escape;
use flow_bytecode::{Bank, Intrinsic, Op, Type};
use std::sync::Arc;

pub(super) static TEXT: Ty = Ty::Text;
pub(super) static INT: Ty = Ty::Int;
pub(super) static BOOL: Ty = Ty::Bool;
pub(super) static INSTANT: Ty = Ty::Instant;
pub(super) static FAILURE: Ty = Ty::Failure;
pub(super) static NUMBER: Ty = Ty::Number;
static TIME_OF_DAY: Ty = Ty::TimeOfDay;

impl<'h> Gen<'_, 'h> {
    /// A register with the value, in the bank of its type: a variable's own, or a new temporary.
    pub fn value(&mut self, expr: &'h Expr) -> Reg {
        match &expr.kind {
            ExprKind::Local(local) => {
                self.fills = None;
                self.slot(*local)
            }
            ExprKind::Convert(Convert::ToText | Convert::Refine, inner) => self.value(inner),
            ExprKind::Wrap(inner) if bank(&inner.ty) == Bank::Reference => self.value(inner),
            ExprKind::Unwrap(inner) if !inner.ty.is_optional() => self.value(inner),
            _ => {
                let dest = self.temporary_of(&expr.ty);
                self.into(expr, dest);
                dest
            }
        }
    }

    /// A reference register with the value, boxed where it is a scalar.
    pub fn boxed(&mut self, expr: &'h Expr) -> Reg {
        if bank(&expr.ty) == Bank::Reference {
            return self.value(expr);
        }
        let dest = self.temporary(Bank::Reference, RegTy::Hir(&expr.ty));
        self.boxed_into(expr, dest);
        dest
    }

    /// The value into a reference register, boxed where it is a scalar.
    pub fn boxed_into(&mut self, expr: &'h Expr, dest: Reg) {
        if bank(&expr.ty) == Bank::Reference {
            self.into(expr, dest);
            return;
        }
        let mark = self.mark();
        let scalar = self.value(expr);
        self.box_scalar(&expr.ty, dest, scalar);
        self.release(mark);
    }

    /// Boxed values side by side at the top; the first register, and how many there are.
    pub fn window_of(&mut self, args: impl IntoIterator<Item = &'h Expr>) -> (Reg, u16) {
        let (_, base) = self.window();
        let mut count = 0_usize;
        for arg in args {
            let reg = self.temporary(Bank::Reference, RegTy::Hir(&arg.ty));
            self.boxed_into(arg, reg);
            count += 1;
        }
        (base, self.tables.index(count, "values in one list or call"))
    }

    /// Writes an instruction with a window, whose other register is the one it defines.
    pub fn op_window(&mut self, op: Op, k: u8, dest: Reg, number: u32, window: Reg, count: u16) {
        let mut ins = match roles(op) {
            [Role::DefR, ..] => Ins::new(op, k, dest.0, number, window.0),
            _ => Ins::new(op, k, number, dest.0, window.0),
        };
        ins.window = count;
        self.push(ins);
    }

    /// The value into a register of the bank of its type.
    pub fn into(&mut self, expr: &'h Expr, dest: Reg) {
        if !self.fun.reachable {
            return;
        }
        let mark = self.mark();
        let outer = self.comes_to(expr.span);
        self.write(expr, dest);
        self.span = outer;
        self.release(mark);
    }

    pub fn write(&mut self, expr: &'h Expr, dest: Reg) {
        if bank(&expr.ty) == Bank::Scalar
            && let Some(scalar) = constant::scalar(expr)
        {
            self.fills = None;
            return self.int(dest, scalar);
        }
        // What passes a value on is filled by it; anything else begins something new.
        let fills = self.fills;
        if !matches!(
            expr.kind,
            ExprKind::Unwrap(_)
                | ExprKind::Wrap(_)
                | ExprKind::Convert(..)
                | ExprKind::Decode(_)
                | ExprKind::Coalesce { .. }
                | ExprKind::Part { .. }
                | ExprKind::EventPart { .. }
                | ExprKind::Chain { .. }
                | ExprKind::Let { .. }
                | ExprKind::Send { .. }
                | ExprKind::Switch { .. }
        ) {
            self.fills = None;
        }
        match &expr.kind {
            ExprKind::Null => self.op2(Op::NullR, dest, Reg(0)),
            ExprKind::Bool(value) => self.int(dest, i64::from(*value)),
            ExprKind::Int(value) | ExprKind::Duration(value) | ExprKind::TimeOfDay(value) => self.int(dest, *value),
            ExprKind::Date(days) => self.int(dest, i64::from(*days)),
            ExprKind::Number(number) => {
                let index = self.tables.number(*number, None);
                self.wide(Op::ConstR, dest, index);
            }
            ExprKind::Money(amount, currency) => {
                let index = self.tables.number(*amount, Some(*currency));
                self.wide(Op::ConstR, dest, index);
            }
            ExprKind::Text(text) | ExprKind::FailureKind(text) | ExprKind::Symbol(_, text) => self.text(dest, text),
            ExprKind::Variant(..) => {
                let name = constant::text(self.hir, expr).unwrap_or_else(|| Arc::from(""));
                self.text(dest, &name);
            }
            ExprKind::Secret(name) => {
                let window = self.temporary_of(&TEXT);
                self.text(window, name);
                self.op_window(Op::Intrinsic, Intrinsic::SecretNamed as u8, dest, 1, window, 1);
            }
            ExprKind::Template(_) => self.template(expr, dest),
            ExprKind::Local(local) => {
                let from = self.slot(*local);
                self.copy(bank(&expr.ty), dest, from);
            }
            ExprKind::Field { base, entity, field } => self.field(base, *entity, *field, &expr.ty, dest),
            ExprKind::Part { base, field, .. } | ExprKind::EventPart { base, param: field, .. } => {
                let base = self.value(base);
                let op = if bank(&expr.ty) == Bank::Scalar { Op::PartS } else { Op::PartR };
                self.push(Ins::new(op, 0, dest.0, base.0, *field));
            }
            ExprKind::Chain { base, local, then } => self.chain(base, *local, then, dest),
            ExprKind::Coalesce { left, right } => self.coalesce(expr, left, right, dest),
            ExprKind::Unwrap(inner) => {
                if inner.ty.is_optional() {
                    let from = self.value(inner);
                    self.present(&expr.ty, dest, from);
                } else {
                    self.write(inner, dest);
                }
            }
            ExprKind::Wrap(inner) => self.boxed_into(inner, dest),
            ExprKind::Convert(convert, inner) => self.convert(*convert, expr, inner, dest),
            ExprKind::Unary(Unary::Negate, operand) => {
                let from = self.value(operand);
                self.op2(if bank(&operand.ty) == Bank::Scalar { Op::NegI } else { Op::NegN }, dest, from);
            }
            ExprKind::Unary(Unary::Not, operand) => {
                let from = self.value(operand);
                self.op2(Op::Not, dest, from);
            }
            ExprKind::Binary(op, left, right) => self.binary(expr, *op, left, right, dest),
            ExprKind::List(items) => {
                let (window, count) = self.window_of(items);
                self.op_window(Op::List, 0, dest, u32::from(count), window, count);
            }
            ExprKind::Map(pairs) => self.map(pairs, dest),
            ExprKind::Record(record, fields) => {
                let index = self.tables.record(*record);
                let (window, count) = self.window_of(fields);
                self.op_window(Op::Record, 0, dest, u32::from(index), window, count);
            }
            ExprKind::Len(inner) => {
                let from = self.value(inner);
                self.op2(Op::Len, dest, from);
            }
            ExprKind::Item(list, index) => {
                let (list, index) = (self.value(list), self.value(index));
                let op = if bank(&expr.ty) == Bank::Scalar { Op::ItemS } else { Op::ItemR };
                self.op(op, dest, list, index);
            }
            ExprKind::Intrinsic(intrinsic, args) => self.intrinsic(*intrinsic, args, &expr.ty, dest),
            ExprKind::Decode(inner) => {
                let from = self.value(inner);
                let ty = self.tables.ty(&expr.ty);
                self.boxed_result(&expr.ty, dest, |this, result| {
                    this.push(Ins::new(Op::Decode, 0, result.0, from.0, u32::from(ty.0)));
                });
            }
            ExprKind::Action(call) => self.action(Called::of(call), &call.args, &call.policy, Some(dest), fills),
            ExprKind::Call { flow, args } => self.call(*flow, args, Some(dest), fills),
            ExprKind::Start { flow, args } => {
                let index = self.tables.flow_ref(*flow);
                let (window, count) = self.window_of(args);
                self.fun.effects += 1;
                self.op_window(Op::Start, 0, dest, u32::from(index), window, count);
            }
            ExprKind::Test(op, args) => self.test(*op, args, &expr.ty, dest),
            ExprKind::Ask(ask) => self.ask(ask, &expr.ty, dest, fills),
            ExprKind::Switch { subject, arms, otherwise } => {
                self.switch_value(subject, arms, otherwise.as_deref(), dest);
            }
            ExprKind::Send { action, call, may_skip } => self.send(*action, call, *may_skip, Some(dest)),
            ExprKind::Each { list, item, body } => self.each(list, *item, body, dest),
            ExprKind::Let { bindings, body } => {
                self.bindings(bindings, body);
                self.write(body, dest);
            }
            ExprKind::Raise(failure) => {
                let failure = self.value(failure);
                self.op2(Op::Fail, failure, Reg(0));
            }
        }
        self.fills = None;
    }

    /// Names for an expression, and what must be so before it.
    fn bindings(&mut self, bindings: &'h [(LocalId, Expr)], body: &Expr) {
        let (fills, guard) = (self.fills.take(), self.guard.take());
        for (local, value) in bindings {
            let reg = self.declare(*local);
            self.into(value, reg);
        }
        self.fills = fills;
        if let Some(guard) = guard {
            self.guarded(guard, has_approval(body));
        }
    }

    /// Runs what leaves a boxed result in a reference register, and brings it to the bank of its type.
    pub fn boxed_result(&mut self, ty: &'h Ty, dest: Reg, make: impl FnOnce(&mut Self, Reg)) {
        if bank(ty) == Bank::Reference {
            return make(self, dest);
        }
        let result = self.temporary(Bank::Reference, RegTy::Hir(ty));
        make(self, result);
        self.op2(Op::UnboxS, dest, result);
    }

    /// A present value of a type out of an optional register; fails `.invalid` when it is null.
    pub fn present(&mut self, ty: &Ty, dest: Reg, from: Reg) {
        let op = if bank(ty) == Bank::Scalar { Op::UnboxS } else { Op::SomeR };
        self.op2(op, dest, from);
    }

    fn field(&mut self, base: &'h Expr, entity: EntityId, field: u32, ty: &Ty, dest: Reg) {
        let base = self.value(base);
        let index = self.tables.field(entity, field);
        self.reads(index);
        let op = if bank(ty) == Bank::Scalar { Op::FieldS } else { Op::FieldR };
        self.push(Ins::new(op, 0, dest.0, base.0, u32::from(index)));
    }

    /// Notes a field that a condition reads.
    pub fn reads(&mut self, field: u16) {
        if self.fun.kind == flow_bytecode::program::FunctionKind::Condition && !self.fun.reads.contains(&field) {
            self.fun.reads.push(field);
        }
    }

    fn chain(&mut self, base: &'h Expr, local: LocalId, then: &'h Expr, dest: Reg) {
        let (null, end) = (self.label(), self.label());
        let from = self.value(base);
        self.jump_on(Op::JumpNull, from, null);
        let held = self.declare(local);
        let present = self.local(local).map_or(&INT, |local| &local.ty);
        self.present(present, held, from);
        self.boxed_into(then, dest);
        self.jump(end);
        self.bind(null);
        self.op2(Op::NullR, dest, Reg(0));
        self.bind(end);
    }

    fn coalesce(&mut self, expr: &'h Expr, left: &'h Expr, right: &'h Expr, dest: Reg) {
        if !left.ty.is_optional() {
            return self.write(left, dest);
        }
        let fills = self.fills;
        let (null, end) = (self.label(), self.label());
        let from = self.value(left);
        self.jump_on(Op::JumpNull, from, null);
        if expr.ty.is_optional() {
            self.copy(Bank::Reference, dest, from);
        } else {
            self.present(&expr.ty, dest, from);
        }
        self.jump(end);
        self.bind(null);
        self.fills = fills;
        if bank(&expr.ty) == Bank::Reference {
            self.boxed_into(right, dest);
        } else {
            self.into(right, dest);
        }
        self.bind(end);
    }

    fn convert(&mut self, convert: Convert, expr: &'h Expr, inner: &'h Expr, dest: Reg) {
        match convert {
            Convert::ToText | Convert::Refine => return self.into(inner, dest),
            Convert::ToJson => return self.write_json(inner, dest),
            Convert::IntToNumber => {
                if let Some(scalar) = constant::scalar(inner) {
                    let index = self.tables.number(scalar.into(), None);
                    return self.wide(Op::ConstR, dest, index);
                }
            }
            Convert::TeamToAssignee => {
                if let Some(name) = constant::text(self.hir, expr) {
                    return self.text(dest, &name);
                }
            }
            Convert::TextToSecret | Convert::TeammateToAssignee => {}
        }
        let from = self.value(inner);
        let Ty::Optional(present) = &inner.ty else {
            return self.convert_present(convert, &inner.ty, from, dest);
        };
        let (null, end) = (self.label(), self.label());
        self.jump_on(Op::JumpNull, from, null);
        let value = self.temporary_of(present);
        self.present(present, value, from);
        self.convert_present(convert, present, value, dest);
        self.jump(end);
        self.bind(null);
        self.op2(Op::NullR, dest, Reg(0));
        self.bind(end);
    }

    fn convert_present(&mut self, convert: Convert, ty: &'h Ty, from: Reg, dest: Reg) {
        match convert {
            Convert::IntToNumber => self.op2(Op::NumI, dest, from),
            Convert::TextToSecret => {
                let window = self.temporary_of(&TEXT);
                self.copy(Bank::Reference, window, from);
                self.op_window(Op::Intrinsic, Intrinsic::SecretText as u8, dest, 1, window, 1);
            }
            Convert::TeamToAssignee | Convert::TeammateToAssignee => {
                let kind = if convert == Convert::TeamToAssignee { "team:" } else { "teammate:" };
                let prefix = self.tables.text(&Arc::from(kind));
                // A record is shown by its number.
                let shown = if bank(ty) == Bank::Scalar { &INT } else { &TEXT };
                let ty = self.tables.ty(shown);
                let hole = Piece::Hole { bank: bank(shown), reg: from, ty, escape: Escape::None };
                self.fill(vec![Piece::Text(prefix), hole], dest);
            }
            Convert::ToText | Convert::Refine | Convert::ToJson => self.copy(bank(ty), dest, from),
        }
    }

    fn write_json(&mut self, inner: &'h Expr, dest: Reg) {
        if constant::plain_json(&inner.ty) {
            return self.boxed_into(inner, dest);
        }
        self.fills = None;
        let ty = self.tables.ty(&inner.ty);
        let (window, _) = self.window_of([inner]);
        self.boxed_int(i64::from(ty.0));
        self.op_window(Op::Intrinsic, Intrinsic::ToJson as u8, dest, 2, window, 2);
    }

    /// A new reference temporary with a boxed number.
    pub fn boxed_int(&mut self, value: i64) -> Reg {
        let dest = self.temporary(Bank::Reference, RegTy::Hir(&INT));
        let mark = self.mark();
        let scalar = self.temporary_of(&INT);
        self.int(scalar, value);
        self.op2(Op::BoxI, dest, scalar);
        self.release(mark);
        dest
    }

    /// A new reference temporary with the value, or null when there is none: a time of day that may be left out.
    pub fn boxed_or_null(&mut self, expr: Option<&'h Expr>) -> Reg {
        let dest = self.temporary(Bank::Reference, RegTy::Hir(expr.map_or(&TIME_OF_DAY, |expr| &expr.ty)));
        match expr {
            Some(expr) => self.boxed_into(expr, dest),
            None => {
                let time = self.tables.intern(Type::TimeOfDay);
                let ty = self.tables.intern(Type::Optional(time));
                self.retype_reference(RegTy::Id(ty));
                self.op2(Op::NullR, dest, Reg(0));
            }
        }
        dest
    }

    fn intrinsic(&mut self, intrinsic: Intrinsic, args: &'h [Expr], ty: &'h Ty, dest: Reg) {
        for calendar in args.iter().filter(|arg| arg.ty == Ty::Symbol(SymbolKind::Calendar)) {
            self.tables.calendars(match &calendar.kind {
                ExprKind::Symbol(_, name) => Some(name),
                _ => None,
            });
        }
        // Two intrinsics take an index of this program's tables, which only lowering knows.
        let indexed = match (intrinsic, args.first()) {
            (Intrinsic::EnumLabel | Intrinsic::ToJson, Some(first)) => Some(first),
            _ => None,
        };
        let (window, count) = match indexed {
            None => self.window_of(args),
            Some(first) => {
                let (window, _) = self.window_of([first]);
                let index = self.tables.ty(&first.ty);
                let index = match self.tables.program.types.get(usize::from(index.0)) {
                    Some(Type::Enum(index)) if intrinsic == Intrinsic::EnumLabel => *index,
                    _ => index.0,
                };
                self.boxed_int(i64::from(index));
                (window, 2)
            }
        };
        self.boxed_result(ty, dest, |this, result| {
            this.op_window(Op::Intrinsic, intrinsic as u8, result, u32::from(count), window, count);
        });
    }

    fn map(&mut self, pairs: &'h [(Arc<str>, Expr)], dest: Reg) {
        let (_, window) = self.window();
        for (key, value) in pairs {
            let reg = self.temporary_of(&TEXT);
            self.text(reg, key);
            let reg = self.temporary(Bank::Reference, RegTy::Hir(&value.ty));
            self.boxed_into(value, reg);
        }
        let count = self.tables.index(pairs.len().saturating_mul(2), "values in one map");
        self.op_window(Op::Map, 0, dest, u32::from(count / 2), window, count);
    }

    /// A text with holes, or texts one after the other.
    pub fn template(&mut self, expr: &'h Expr, dest: Reg) {
        let (mut pieces, mut pending) = (Vec::new(), String::new());
        self.pieces(expr, &mut pieces, &mut pending);
        if pieces.is_empty() && expr.ty != Ty::Secret {
            return self.text(dest, &Arc::from(pending));
        }
        self.flush(&mut pieces, &mut pending);
        self.fill(pieces, dest);
    }

    /// Writes the instruction that fills a template.
    pub fn fill(&mut self, pieces: Vec<Piece>, dest: Reg) {
        let index = self.fun.templates.len() as u32;
        self.fun.templates.push(pieces);
        self.wide(Op::Template, dest, index);
    }

    fn flush(&mut self, pieces: &mut Vec<Piece>, pending: &mut String) {
        if !pending.is_empty() {
            let text = self.tables.text(&Arc::from(pending.as_str()));
            pieces.push(Piece::Text(text));
            pending.clear();
        }
    }

    fn pieces(&mut self, expr: &'h Expr, pieces: &mut Vec<Piece>, pending: &mut String) {
        match &expr.kind {
            ExprKind::Text(text) => pending.push_str(text),
            ExprKind::Template(parts) => {
                for part in parts {
                    match part {
                        TemplatePart::Text(text) => pending.push_str(text),
                        TemplatePart::Hole(hole) => self.pieces(hole, pieces, pending),
                        TemplatePart::Escaped(escape, hole) => self.hole(hole, *escape, pieces, pending),
                        TemplatePart::Path(name, hole) => {
                            let name = self.tables.text(name);
                            self.hole(hole, Escape::Path { name }, pieces, pending);
                        }
                    }
                }
            }
            ExprKind::Binary(crate::hir::Binary::Add, left, right) if is_text(&expr.ty) || expr.ty == Ty::Secret => {
                self.pieces(left, pieces, pending);
                self.pieces(right, pieces, pending);
            }
            ExprKind::Convert(Convert::ToText, inner) if !inner.ty.is_optional() => {
                self.pieces(inner, pieces, pending);
            }
            _ => self.hole(expr, Escape::None, pieces, pending),
        }
    }

    fn hole(&mut self, expr: &'h Expr, escape: Escape, pieces: &mut Vec<Piece>, pending: &mut String) {
        self.flush(pieces, pending);
        let reg = self.value(expr);
        let ty = self.tables.ty(&expr.ty);
        pieces.push(Piece::Hole { bank: bank(&expr.ty), reg, ty, escape });
    }

    /// Raises a failure of a kind with a sentence.
    pub fn raise(&mut self, kind: &str, message: &str) {
        let mark = self.mark();
        let window = self.temporary_of(&TEXT);
        self.text(window, &Arc::from(kind));
        let second = self.temporary_of(&TEXT);
        self.text(second, &Arc::from(message));
        let failure = self.temporary_of(&FAILURE);
        self.op_window(Op::Intrinsic, Intrinsic::MakeFailure as u8, failure, 2, window, 2);
        self.op2(Op::Fail, failure, Reg(0));
        self.release(mark);
    }
}

/// Whether values of a type are texts at run time.
pub(super) fn is_text(ty: &Ty) -> bool {
    matches!(
        ty,
        Ty::Text
            | Ty::Email
            | Ty::Phone
            | Ty::Url
            | Ty::TimeZone
            | Ty::Assignee
            | Ty::FailureKind
            | Ty::Symbol(_)
            | Ty::Enum(_)
    )
}
