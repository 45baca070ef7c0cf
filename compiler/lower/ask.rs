//! `ask`: shown, validated, asked again with a hint, until an answer fits or time or patience runs out.

use super::constant::{self, bank};
use super::expr::{BOOL, INSTANT, INT, TEXT};
use super::func::{ArmIr, Gen, OnIr, PlaceKindIr, RegTy};
use super::ir::{Ins, Label, Reg, Switch};
use super::talk::options_name;
use super::walk::expects;
use crate::hir::{Ask, AskKind, EnumId, Expr, LocalId, Ty};
use flow_bytecode::op::Cmp;
use flow_bytecode::{Bank, Intrinsic, Op};

/// A limit of an answer: a constant, or a register that holds it while the run waits.
#[derive(Clone, Copy)]
pub(super) enum Limit<'h> {
    Constant(&'h Expr),
    Held(Reg, &'h Expr),
}

impl<'h> Gen<'_, 'h> {
    /// `ask`
    pub fn ask(&mut self, ask: &'h Ask, ty: &'h Ty, dest: Reg, fills: Option<&'h str>) {
        let (end, nothing) = (self.label(), self.label());
        let conversation = self.value(&ask.conversation);
        let list = match &ask.kind {
            AskKind::From { list, .. } => Some(self.list_to_pick(list, ty, dest, nothing, end)),
            _ => None,
        };
        let prompt = self.temporary_of(&TEXT);
        self.into(&ask.prompt, prompt);
        let options = self.ask_options(&ask.kind, list);
        let offered = match &ask.kind {
            AskKind::Enum(id) => {
                let hir = self.hir;
                Some(self.arms(hir.enums.get(id.0 as usize).map_or(0, |def| def.variants.len())))
            }
            _ => None,
        };
        let due = ask.timeout.as_ref().and_then(|timeout| self.due(timeout));
        let retries = ask.retries.as_ref().map(|retries| {
            let left = self.temporary_of(&INT);
            self.into(retries, left);
            left
        });
        let (min, max) = (self.limit(ask.min.as_ref()), self.limit(ask.max.as_ref()));
        let answer = match &ask.kind {
            AskKind::As(ty) if ty.present() == Ty::File => self.temporary_of(ty),
            _ => self.temporary_of(&TEXT),
        };

        let (again, answered, wrong) = (self.label(), self.label(), self.label());
        self.bind(again);
        let mut arms = vec![ArmIr {
            on: OnIr::Answer {
                conversation,
                prompt,
                options,
                labels: Vec::new(),
                expects: expects(&ask.kind),
                bind: answer,
            },
            target: answered,
        }];
        if let Some(due) = due {
            arms.push(ArmIr { on: OnIr::After { due }, target: nothing });
        }
        let key = self.names.place(ask.anchor.as_deref(), "ask", None, fills);
        self.place(key, PlaceKindIr::Wait { arms }, Ins::new(Op::Wait, 0, 0, 0, 0));

        self.bind(answered);
        match (&ask.kind, options.zip(offered), options) {
            (AskKind::As(kind), ..) => self.accept(kind, answer, min, max, ty, dest, wrong),
            (AskKind::Enum(id), Some(options), _) => self.accept_variant(*id, answer, options, dest, wrong, end),
            (AskKind::From { .. }, _, Some(options)) => {
                self.text_answer(answer, wrong);
                let position = self.match_option(answer, options, wrong);
                if let Some(list) = list {
                    self.item(list, position, ty, dest);
                }
            }
            _ => {}
        }
        self.jump(end);

        self.bind(wrong);
        if let Some(left) = retries {
            let mark = self.mark();
            let zero = self.temporary_of(&INT);
            self.int(zero, 0);
            self.jump_compare(Op::JumpCmpI, Cmp::Le as u8, left.0, zero.0, nothing);
            self.release(mark);
            self.push(Ins::new(Op::AddK, 0, left.0, left.0, u32::from(u16::MAX)));
        }
        if let Some(hint) = &ask.hint {
            self.say(conversation, hint);
        }
        self.refuse_answer(&ask.kind, min, max);
        self.jump(again);

        self.bind(nothing);
        self.op2(Op::NullR, dest, Reg(0));
        self.bind(end);
    }

    fn limit(&mut self, limit: Option<&'h Expr>) -> Option<Limit<'h>> {
        let limit = limit?;
        if constant::value(self.hir, limit).is_some() {
            return Some(Limit::Constant(limit));
        }
        Some(Limit::Held(self.value(limit), limit))
    }

    /// The list to pick from: nothing to ask when it has none or one.
    fn list_to_pick(&mut self, list: &'h Expr, ty: &'h Ty, dest: Reg, nothing: Label, end: Label) -> Reg {
        let several = self.label();
        let held = self.temporary_of(&list.ty);
        self.into(list, held);
        let mark = self.mark();
        let length = self.temporary_of(&INT);
        self.op2(Op::Len, length, held);
        self.jump_on(Op::JumpUnless, length, nothing);
        let number = self.temporary_of(&INT);
        self.int(number, 1);
        self.jump_compare(Op::JumpCmpI, Cmp::Ne as u8, length.0, number.0, several);
        self.int(number, 0);
        self.item(held, number, ty, dest);
        self.jump(end);
        self.bind(several);
        self.release(mark);
        held
    }

    /// An item of the list, as the question's result.
    fn item(&mut self, list: Reg, position: Reg, ty: &'h Ty, dest: Reg) {
        if bank(ty) == Bank::Scalar {
            return self.op(Op::ItemS, dest, list, position);
        }
        let present = match ty {
            Ty::Optional(inner) => &**inner,
            other => other,
        };
        if bank(present) == Bank::Scalar {
            let mark = self.mark();
            let scalar = self.temporary_of(present);
            self.op(Op::ItemS, scalar, list, position);
            self.box_scalar(present, dest, scalar);
            self.release(mark);
        } else {
            self.op(Op::ItemR, dest, list, position);
        }
    }

    /// What can be answered, where only some answers can.
    fn ask_options(&mut self, kind: &'h AskKind, list: Option<Reg>) -> Option<Reg> {
        let texts = match kind {
            AskKind::As(_) => return None,
            _ => self.list_of(&TEXT),
        };
        let options = self.temporary(Bank::Reference, RegTy::Id(texts));
        match (kind, list) {
            (AskKind::Enum(id), _) => {
                let hir = self.hir;
                let variants = hir.enums.get(id.0 as usize).map_or(&[][..], |def| &def.variants);
                self.name_reference(options_name(variants.iter().map(|(name, _)| Some(&**name))));
                let mark = self.mark();
                let (_, window) = self.window();
                for (_, label) in variants {
                    let reg = self.temporary_of(&TEXT);
                    self.text(reg, label);
                }
                let count = self.tables.index(variants.len(), "variants of one enum");
                self.op_window(Op::List, 0, options, u32::from(count), window, count);
                self.release(mark);
            }
            (AskKind::From { item, show, .. }, Some(list)) => self.labels(list, *item, show, options),
            _ => {}
        }
        Some(options)
    }

    /// The labels of a list's items.
    fn labels(&mut self, list: Reg, item: LocalId, show: &'h Expr, options: Reg) {
        let texts = self.list_of(&TEXT);
        let mark = self.mark();
        let (_, window) = self.window();
        self.op_window(Op::List, 0, options, 0, window, 0);
        let index = self.temporary_of(&INT);
        self.int(index, 0);
        let round = self.label();
        self.bind(round);
        let dest = self.declare(item);
        let scalar = self.local(item).is_some_and(|local| bank(&local.ty) == Bank::Scalar);
        self.op(if scalar { Op::ItemS } else { Op::ItemR }, dest, list, index);
        let inner = self.mark();
        let (_, window) = self.window();
        let so_far = self.temporary(Bank::Reference, RegTy::Id(texts));
        self.copy(Bank::Reference, so_far, options);
        let label = self.temporary_of(&TEXT);
        self.into(show, label);
        self.op_window(Op::Intrinsic, Intrinsic::ListAppend as u8, options, 2, window, 2);
        self.release(inner);
        self.push(Ins::new(Op::AddK, 0, index.0, index.0, 1));
        let length = self.temporary_of(&INT);
        self.op2(Op::Len, length, list);
        self.jump_compare(Op::JumpCmpI, Cmp::Lt as u8, index.0, length.0, round);
        self.release(mark);
    }

    fn accept_variant(
        &mut self,
        id: EnumId,
        answer: Reg,
        (options, arms): (Reg, Reg),
        dest: Reg,
        wrong: Label,
        end: Label,
    ) {
        let hir = self.hir;
        let variants = hir.enums.get(id.0 as usize).map_or(&[][..], |def| &def.variants);
        self.text_answer(answer, wrong);
        let position = self.match_option(answer, options, wrong);
        self.op(Op::ItemS, position, arms, position);
        let labels: Vec<Label> = variants.iter().map(|_| self.label()).collect();
        let cases = labels.iter().enumerate().map(|(at, label)| (self.tables.scalar(at as i64), *label));
        let table = Switch { cases: cases.collect(), default: wrong };
        self.switch_on(Op::SwitchI, position, table);
        for ((name, _), label) in variants.iter().zip(labels) {
            self.bind(label);
            self.text(dest, name);
            self.jump(end);
        }
    }

    /// An answer of a type, or on to `wrong`.
    #[allow(clippy::too_many_arguments, reason = "one place, and each is its own thing")]
    fn accept(
        &mut self,
        kind: &'h Ty,
        answer: Reg,
        min: Option<Limit<'h>>,
        max: Option<Limit<'h>>,
        ty: &'h Ty,
        dest: Reg,
        wrong: Label,
    ) {
        let present = match kind {
            Ty::Optional(inner) => &**inner,
            other => other,
        };
        let how = match present {
            Ty::Email => Some(Intrinsic::ParseEmail),
            Ty::Phone => Some(Intrinsic::ParsePhone),
            Ty::Url => Some(Intrinsic::ParseUrl),
            Ty::Int => Some(Intrinsic::ParseInt),
            Ty::Number => Some(Intrinsic::ParseNumber),
            Ty::Date => Some(Intrinsic::ParseDate),
            Ty::Bool => Some(Intrinsic::ParseBool),
            Ty::TimeOfDay => Some(Intrinsic::ParseTime),
            Ty::File => Some(Intrinsic::ParseFile),
            _ => None,
        };
        let parsed = match how {
            None => self.parse(Intrinsic::ParseText, answer, present, false),
            Some(how) => {
                if how != Intrinsic::ParseFile {
                    self.text_answer(answer, wrong);
                }
                self.parse(how, answer, present, how == Intrinsic::ParsePhone)
            }
        };
        self.jump_on(Op::JumpNull, parsed, wrong);
        if min.is_none() && max.is_none() {
            return self.accepted(ty, dest, parsed);
        }
        let value = self.temporary_of(present);
        self.present(present, value, parsed);
        self.within(min, Cmp::Lt, present, value, wrong);
        self.within(max, Cmp::Gt, present, value, wrong);
        if bank(ty) == Bank::Scalar {
            self.copy(Bank::Scalar, dest, value);
        } else {
            self.accepted(ty, dest, parsed);
        }
    }

    fn accepted(&mut self, ty: &'h Ty, dest: Reg, parsed: Reg) {
        if ty.is_optional() {
            self.copy(Bank::Reference, dest, parsed);
        } else {
            self.present(ty, dest, parsed);
        }
    }

    /// On to `wrong` when a value is beyond a limit: a text by its length, all else by itself.
    fn within(&mut self, limit: Option<Limit<'h>>, beyond: Cmp, ty: &'h Ty, value: Reg, wrong: Label) {
        let (limit, expr) = match limit {
            None => return,
            Some(Limit::Constant(expr)) => (self.value(expr), expr),
            Some(Limit::Held(reg, expr)) => (reg, expr),
        };
        if bank(ty) == Bank::Scalar {
            return self.jump_compare(Op::JumpCmpI, beyond as u8, value.0, limit.0, wrong);
        }
        if bank(&expr.ty) == Bank::Scalar && *ty != Ty::Number {
            let length = self.temporary_of(&INT);
            self.op2(Op::Len, length, value);
            return self.jump_compare(Op::JumpCmpI, beyond as u8, length.0, limit.0, wrong);
        }
        let mut limit = limit;
        if bank(&expr.ty) == Bank::Scalar {
            let number = self.temporary_of(ty);
            self.op2(Op::NumI, number, limit);
            limit = number;
        }
        let holds = self.temporary_of(&BOOL);
        self.push(Ins::new(Op::CmpN, beyond as u8, holds.0, value.0, limit.0));
        self.jump_on(Op::JumpIf, holds, wrong);
    }

    /// The moment a duration from now.
    pub fn moment_after(&mut self, duration: &'h Expr) -> Reg {
        let due = self.temporary_of(&INSTANT);
        let mark = self.mark();
        let span = self.value(duration);
        let now = self.now();
        self.op(Op::AddI, due, now, span);
        self.release(mark);
        due
    }

    /// A new temporary with the present moment.
    pub fn now(&mut self) -> Reg {
        let now = self.temporary_of(&INSTANT);
        let boxed = self.temporary(Bank::Reference, RegTy::Hir(&INSTANT));
        self.op_window(Op::Intrinsic, Intrinsic::Now as u8, boxed, 0, boxed, 0);
        self.op2(Op::UnboxS, now, boxed);
        now
    }
}
