//! Messages, where the header of some flow says when and how often they may go out.

use super::expr::{BOOL, INSTANT};
use super::func::{ArmIr, Gen, OnIr, PlaceKindIr};
use super::ir::{Ins, Label, Reg};
use crate::hir::{ActionId, Expr, ExprKind, Hir};
use flow_bytecode::Op;
use flow_bytecode::program::FunctionKind;

/// What headers of the project say of messages. A flow may be called by one whose header says so, so it counts for all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sending {
    within: bool,
    capped: bool,
}

impl Sending {
    pub fn of(hir: &Hir) -> Self {
        let entries = || hir.flows.iter().filter_map(|flow| flow.entry.as_ref());
        Sending {
            within: entries().any(|entry| entry.send_within.is_some()),
            capped: entries().any(|entry| entry.cap.is_some()),
        }
    }
}

/// What comes between the arguments of a message and its call.
#[derive(Debug)]
pub(super) struct Guard {
    action: ActionId,
    /// In the program's table.
    index: u16,
    /// Where it goes on when the message is skipped; nowhere: that is a failure.
    skip: Option<Label>,
}

impl<'h> Gen<'_, 'h> {
    /// A call that sends a message. Without a destination its result is dropped.
    pub fn send(&mut self, action: ActionId, call: &'h Expr, may_skip: bool, dest: Option<Reg>) {
        // What takes a step back waits for nothing, and must be said.
        let ruled = matches!(self.fun.kind, FunctionKind::Flow | FunctionKind::Path);
        let (end, skip) = (self.label(), self.label());
        if ruled {
            let index = match carrier(call, action) {
                Some(carrier) => self.tables.action(carrier, Some(action)),
                None => self.tables.action(action, None),
            };
            self.guard = Some(Guard { action, index, skip: may_skip.then_some(skip) });
        }
        match dest {
            Some(dest) => self.write(call, dest),
            None => self.effect(call),
        }
        self.guard = None;
        if !may_skip || !ruled {
            return;
        }
        match dest {
            Some(dest) => {
                self.jump(end);
                self.bind(skip);
                self.op2(Op::NullR, dest, Reg(0));
                self.bind(end);
            }
            None => self.bind(skip),
        }
    }

    /// Waits until a message may go out, and asks whether it may. One that somebody approves first waits after that.
    pub fn guarded(&mut self, guard: Guard, approved: bool) {
        let mark = self.mark();
        if self.sending.within && !approved {
            let callee = self.hir.actions.get(guard.action.0 as usize).map(|action| &*action.name);
            let (again, open, go) = (self.label(), self.label(), self.label());
            let at = self.temporary_of(&INSTANT);
            self.bind(again);
            self.use_label(again);
            self.op2(Op::SendAt, at, Reg(0));
            self.jump_on(Op::JumpUnless, at, go);
            let key = self.names.place(None, "send", callee, None);
            let arms = vec![ArmIr { on: OnIr::After { due: at }, target: open }];
            self.place(key, PlaceKindIr::Wait { arms }, Ins::new(Op::Wait, 0, 0, 0, 0));
            self.bind(open);
            // It may have been woken late, and be too late again.
            self.jump(again);
            self.bind(go);
        }
        if self.sending.capped {
            self.fun.effects += 1;
            let may = self.temporary_of(&BOOL);
            let strict = u8::from(guard.skip.is_none());
            self.push(Ins::new(Op::MaySend, strict, may.0, guard.index.into(), 0));
            if let Some(skip) = guard.skip {
                self.jump_on(Op::JumpUnless, may, skip);
            }
        }
        self.release(mark);
    }
}

/// Whether somebody has to approve what a template asks for.
pub(super) fn has_approval(call: &Expr) -> bool {
    if let ExprKind::Action(action) = &call.kind
        && action.template.is_some()
        && action.extras.as_ref().is_some_and(|extras| extras.approval.is_some())
    {
        return true;
    }
    let mut found = false;
    call.for_each_part(&mut |part| found = found || has_approval(part));
    found
}

/// What carries out the template of an action, where it has one.
fn carrier(call: &Expr, of: ActionId) -> Option<ActionId> {
    if let ExprKind::Action(action) = &call.kind
        && action.template == Some(of)
    {
        return Some(action.action);
    }
    let mut found = None;
    call.for_each_part(&mut |part| found = found.or_else(|| carrier(part, of)));
    found
}
