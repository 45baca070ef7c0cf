//! `wait`: moments, events and conditions, whichever comes first.

use super::MarkKind;
use super::constant::bank;
use super::expr::INSTANT;
use super::func::{ArmIr, FilterIr, Gen, OnIr, PlaceKindIr, RegTy};
use super::ir::{Ins, Label, Reg};
use crate::hir::entry::Filter;
use crate::hir::{Arm, ArmKind, Due, Expr, Ty, Wait};
use flow_bytecode::program::FunctionKind;
use flow_bytecode::{Bank, Intrinsic, Op};

impl<'h> Gen<'_, 'h> {
    /// `wait`
    pub fn wait(&mut self, wait: &'h Wait) {
        let within = wait.anchor.as_ref().map(|anchor| self.names.enter_anchor(anchor));
        let (mark, span) = (self.mark(), self.span);
        let end = self.label();
        let mut arms = Vec::with_capacity(wait.arms.len());
        let mut labels: Vec<Option<Label>> = Vec::with_capacity(wait.arms.len());
        for arm in &wait.arms {
            let on = self.listen(arm);
            let target = on.is_some().then(|| self.label());
            labels.push(target);
            if let (Some(on), Some(target)) = (on, target) {
                arms.push(ArmIr { on, target });
            }
        }
        // The place is where the wait begins, not its last arm.
        self.span = span;
        let key = self.names.place(wait.anchor.as_deref(), "wait", None, None);
        self.place(key, PlaceKindIr::Wait { arms }, Ins::new(Op::Wait, 0, 0, 0, 0));
        self.release(mark);
        for (arm, label) in wait.arms.iter().zip(labels) {
            let Some(label) = label else { continue };
            self.bind(label);
            if wait.arms.len() > 1 || !arm.body.stmts.is_empty() {
                self.reached(MarkKind::Arm, arm.span);
            }
            self.block(&arm.body);
            self.jump(end);
        }
        self.bind(end);
        if let Some(within) = within {
            self.names.leave(within);
        }
    }

    /// What an arm listens to, its operands in registers. Nothing for `forever`.
    fn listen(&mut self, arm: &'h Arm) -> Option<OnIr> {
        self.span = arm.span;
        Some(match &arm.kind {
            ArmKind::After(due) => OnIr::After { due: self.due(due)? },
            ArmKind::Event { event, matches, bind, filter } => {
                let index = self.tables.event(*event);
                let mut operands = Vec::with_capacity(matches.len());
                for (param, value) in matches {
                    let reg = self.value(value);
                    operands.push((self.tables.index(*param as usize, "parameters"), bank(&value.ty), reg));
                }
                let filter = filter.as_ref().map(|filter| self.event_filter(filter));
                let bind = bind.map(|local| self.declare(local));
                OnIr::Event { event: index, matches: operands, bind, filter }
            }
            ArmKind::When(condition) => self.condition(condition),
        })
    }

    /// `where`: what it captures is copied when an event comes.
    fn event_filter(&mut self, filter: &'h Filter) -> FilterIr {
        let name = self.names.function("where");
        let outer = self.enter(FunctionKind::Condition);
        let holds = self.value(&filter.condition);
        self.op2(Op::ReturnS, holds, Reg(0));
        let inner = self.leave_function(outer, name, &Ty::Bool);
        let captures = inner.captured.iter().map(|local| {
            if filter.event == Some(*local) {
                return None;
            }
            let bank = self.local(*local).map_or(Bank::Reference, |local| bank(&local.ty));
            Some((bank, self.slot(*local)))
        });
        let captures = captures.collect();
        FilterIr { function: inner.index, captures }
    }

    /// A condition as a function of its own: what it captures is copied when it is tried.
    fn condition(&mut self, condition: &'h Expr) -> OnIr {
        let name = self.names.function("when");
        let outer = self.enter(FunctionKind::Condition);
        let holds = self.value(condition);
        self.op2(Op::ReturnS, holds, Reg(0));
        let inner = self.leave_function(outer, name, &Ty::Bool);
        let captures = inner.captured.iter().map(|local| {
            let bank = self.local(*local).map_or(Bank::Reference, |local| bank(&local.ty));
            (bank, self.slot(*local))
        });
        let captures = captures.collect();
        OnIr::When { function: inner.index, captures, reads: inner.reads }
    }

    /// The register with the moment something is due; none for never.
    pub fn due(&mut self, due: &'h Due) -> Option<Reg> {
        Some(match due {
            Due::Never => return None,
            Due::After(duration) => self.moment_after(duration),
            Due::Until(moment) => self.value(moment),
            Due::Calendar { days, months, at, zone } => {
                let dest = self.temporary_of(&INSTANT);
                let mark = self.mark();
                let (_, window) = self.window();
                let from = self.temporary(Bank::Reference, RegTy::Hir(&INSTANT));
                self.op_window(Op::Intrinsic, Intrinsic::Now as u8, from, 0, from, 0);
                self.boxed_top(days);
                self.boxed_top(months);
                self.boxed_or_null(at.as_ref());
                self.boxed_top(zone);
                self.boxed_int(0);
                self.instant(Intrinsic::AddCalendar, window, 6, dest);
                self.release(mark);
                dest
            }
            Due::UntilDate { date, at, zone } => {
                let dest = self.temporary_of(&INSTANT);
                let mark = self.mark();
                let (_, window) = self.window();
                self.boxed_top(date);
                self.date_and_time(date.ty == Ty::Date, at.as_ref());
                self.boxed_top(zone);
                self.instant(Intrinsic::At, window, 3, dest);
                self.release(mark);
                dest
            }
        })
    }

    /// A boxed value in the next position of a window.
    fn boxed_top(&mut self, expr: &'h Expr) {
        let reg = self.temporary(Bank::Reference, RegTy::Hir(&expr.ty));
        self.boxed_into(expr, reg);
    }

    /// `[is_date, time or null]`, as the intrinsic wants them.
    fn date_and_time(&mut self, is_date: bool, at: Option<&'h Expr>) {
        let json = self.tables.ty(&Ty::Json);
        let list = self.tables.intern(flow_bytecode::Type::List(json));
        let dest = self.temporary(Bank::Reference, RegTy::Id(list));
        let mark = self.mark();
        let flag = self.temporary(Bank::Reference, RegTy::Hir(&super::expr::BOOL));
        let inner = self.mark();
        let scalar = self.temporary_of(&super::expr::BOOL);
        self.int(scalar, i64::from(is_date));
        self.box_scalar(&Ty::Bool, flag, scalar);
        self.release(inner);
        self.boxed_or_null(at);
        self.op_window(Op::List, 0, dest, 2, flag, 2);
        self.release(mark);
    }

    fn instant(&mut self, intrinsic: Intrinsic, window: Reg, count: u16, dest: Reg) {
        let boxed = self.temporary(Bank::Reference, RegTy::Hir(&INSTANT));
        self.op_window(Op::Intrinsic, intrinsic as u8, boxed, u32::from(count), window, count);
        self.op2(Op::UnboxS, dest, boxed);
    }
}
