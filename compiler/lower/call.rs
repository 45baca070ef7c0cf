//! Actions, and flows that are called.

use super::constant::bank;
use super::expr::TEXT;
use super::func::{Gen, PlaceKindIr, RegTy};
use super::ir::{Ins, Reg, result};
use crate::diag::Span;
use crate::hir::{ActionCall, ActionId, CallExtras, CallPolicy, Expr, ExprKind, FlowId, TestOp, Ty};
use flow_bytecode::program::{EffectClass, Policy};
use flow_bytecode::{Bank, Op, Type};
use std::sync::Arc;

/// An action as it is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Called<'h> {
    /// What carries it out.
    pub action: ActionId,
    /// What the source calls, when that has a template.
    pub template: Option<ActionId>,
    pub class: EffectClass,
    /// Who approves it, and its key.
    pub extras: Option<&'h CallExtras>,
}

impl<'h> Called<'h> {
    /// What a call calls.
    pub fn of(call: &'h ActionCall) -> Called<'h> {
        let ActionCall { action, template, class, .. } = *call;
        Called { action, template, class, extras: call.extras.as_deref() }
    }
}

impl<'h> Gen<'_, 'h> {
    /// Comes to another place of the source; the one before.
    pub fn comes_to(&mut self, span: Span) -> Span {
        match self.called {
            Some(call) if !call.contains(span) => self.span,
            _ => std::mem::replace(&mut self.span, span),
        }
    }

    /// An expression for its effect alone.
    pub fn effect(&mut self, expr: &'h Expr) {
        if !self.fun.reachable {
            return;
        }
        let mark = self.mark();
        let outer = self.comes_to(expr.span);
        self.fills = None;
        match &expr.kind {
            ExprKind::Action(call) => self.action(Called::of(call), &call.args, &call.policy, None, None),
            ExprKind::Call { flow, args } => self.call(*flow, args, None, None),
            ExprKind::Wrap(inner) | ExprKind::Convert(_, inner) => self.effect(inner),
            ExprKind::Send { action, call, .. } => self.send(*action, call, true, None),
            _ => {
                let dest = self.temporary_of(&expr.ty);
                self.into(expr, dest);
            }
        }
        self.span = outer;
        self.release(mark);
    }

    /// An action. Without a destination its result is dropped.
    pub fn action(
        &mut self,
        called: Called<'h>,
        args: &'h [Expr],
        policy: &CallPolicy,
        dest: Option<Reg>,
        fills: Option<&'h str>,
    ) {
        let hir = self.hir;
        let Called { action, template, class, extras } = called;
        let Some(def) = hir.actions.get(action.0 as usize) else { return };
        let index = self.tables.action(action, template);
        if let Some(verifier) = extras.and_then(|extras| extras.verifier.as_ref()) {
            let by = self.tables.action(verifier.action, verifier.template);
            self.tables.verified(index, by);
        }
        if let (Some(_), Some(template)) = (extras.filter(|extras| !extras.asked.is_empty()), template) {
            self.tables.asked(index, template);
        }
        let guard = self.guard.take();
        // Nobody who reads a run looks for it in a template, or in what a connector declares.
        let outer = self.called;
        self.called = outer.or(template.map(|_| self.span));
        let (window, count) = self.window_of(args);
        self.called = outer;
        if !class.is_external() {
            if let Some(guard) = guard {
                self.guarded(guard, false);
            }
            if class != EffectClass::Pure {
                self.fun.effects += 1;
            }
            match dest {
                Some(dest) => self.boxed_result(&def.result, dest, |this, result| {
                    this.op_window(Op::Act, 0, result, u32::from(index), window, count);
                }),
                None => {
                    let dropped = self.temporary(Bank::Reference, RegTy::Hir(&def.result));
                    self.op_window(Op::Act, 0, dropped, u32::from(index), window, count);
                }
            }
            return;
        }
        if count == 0 && extras.is_none_or(CallExtras::is_bare) {
            self.temporary(Bank::Reference, RegTy::Hir(&def.result));
        }
        let callee = template.and_then(|id| hir.actions.get(id.0 as usize)).unwrap_or(def);
        let key = self.names.place(None, "call", Some(&callee.name), fills);
        let policy = Policy { timeout_us: policy.timeout_us, retry: policy.retry, backoff_us: policy.backoff_us };
        let (k, more) = extras.map_or((0, 0), |extras| self.extras(extras));
        if let Some(guard) = guard {
            self.guarded(guard, k & 1 != 0);
        }
        let mut ins = Ins::new(Op::ActExternal, k, u32::from(index), 0, window.0);
        ins.window = count + more;
        self.place(key, PlaceKindIr::Action { action: index, policy }, ins);
        if let Some(dest) = dest {
            match bank(&def.result) {
                Bank::Scalar => self.op2(Op::UnboxS, dest, window),
                Bank::Reference => self.copy(Bank::Reference, dest, window),
            }
        }
    }

    /// What stands behind the arguments of a call: which of it there is, and how many registers.
    fn extras(&mut self, extras: &'h CallExtras) -> (u8, u16) {
        let (mut k, mut count) = (0, 0);
        if let Some((by, within)) = &extras.approval {
            self.window_of([by]);
            match within {
                Some(within) => self.boxed_int(*within),
                None => {
                    let int = self.tables.ty(&Ty::Int);
                    let ty = self.tables.intern(Type::Optional(int));
                    let dest = self.temporary(Bank::Reference, RegTy::Id(ty));
                    self.op2(Op::NullR, dest, Reg(0));
                    dest
                }
            };
            (k, count) = (1, 2);
        }
        if let Some(key) = &extras.key {
            self.window_of([key]);
            k |= 2;
            count += 1;
        }
        if let Some(verifier) = &extras.verifier {
            count += self.window_of(&verifier.args).1;
            k |= 4;
        }
        if !extras.asked.is_empty() {
            count += self.window_of(&extras.asked).1;
            k |= 8;
        }
        (k, count)
    }

    /// What only tests do: a call of a local action of its own name.
    pub fn test(&mut self, op: TestOp, args: &'h [(Arc<str>, Expr)], ty: &'h Ty, dest: Reg) {
        let mut params = Vec::with_capacity(args.len());
        for (name, value) in args {
            params.push((name.clone(), self.tables.ty(&value.ty)));
        }
        let result = self.tables.ty(ty);
        let index = self.tables.test(op.name(self.hir), params, result);
        let (window, count) = self.window_of(args.iter().map(|(_, value)| value));
        self.fun.effects += 1;
        self.boxed_result(ty, dest, |this, result| {
            this.op_window(Op::Act, 0, result, u32::from(index), window, count);
        });
    }

    /// A flow, waited for. Without a destination its result is dropped.
    pub fn call(&mut self, id: FlowId, args: &'h [Expr], dest: Option<Reg>, fills: Option<&'h str>) {
        let hir = self.hir;
        let Some(flow) = hir.flows.get(id.0 as usize) else { return };
        let (scalars, references) = self.window();
        let (mut in_scalars, mut in_references) = (0, 0);
        for arg in args {
            let reg = self.temporary_of(&arg.ty);
            self.into(arg, reg);
            match bank(&arg.ty) {
                Bank::Scalar => in_scalars += 1,
                Bank::Reference => in_references += 1,
            }
        }
        // The result comes back where the window began, which must be a register of this frame.
        let (kind, from) = match (&flow.result, bank(&flow.result)) {
            (Ty::Unit | Ty::Never | Ty::Error, _) => (result::NONE, references),
            (_, Bank::Scalar) => (result::SCALAR, scalars),
            (_, Bank::Reference) => (result::REFERENCE, references),
        };
        if kind == result::SCALAR && in_scalars == 0 || kind == result::REFERENCE && in_references == 0 {
            self.temporary_of(&flow.result);
        }
        let key = self.names.place(None, "call", Some(&flow.name), fills);
        let mut ins = Ins::new(Op::Call, kind, id.0, scalars.0, references.0);
        ins.scalars = in_scalars;
        ins.window = in_references;
        self.place(key, PlaceKindIr::Call, ins);
        if let Some(dest) = dest {
            if kind == result::NONE {
                self.op2(Op::NullR, dest, Reg(0));
            } else {
                self.copy(bank(&flow.result), dest, from);
            }
        }
    }

    /// Says a text in a conversation, by the local action that `say` uses.
    pub fn say(&mut self, conversation: Reg, text: &'h Expr) {
        let hir = self.hir;
        let Some((id, def)) = self.say.and_then(|id| Some((id, hir.actions.get(id.0 as usize)?))) else { return };
        let mark = self.mark();
        let index = self.tables.action(id, None);
        let (_, window) = self.window();
        let mut texts = 0;
        for (position, param) in def.params.iter().enumerate() {
            let reg = self.temporary(Bank::Reference, RegTy::Hir(&param.ty));
            if position == 0 {
                self.box_scalar(&param.ty, reg, conversation);
            } else if texts == 0 && param.ty == TEXT {
                self.boxed_into(text, reg);
                texts = 1;
            } else if let Some(default) = &param.default {
                self.boxed_into(default, reg);
            } else {
                self.op2(Op::NullR, reg, Reg(0));
            }
        }
        let count = self.tables.index(def.params.len(), "values in one list or call");
        let dropped = self.temporary(Bank::Reference, RegTy::Hir(&def.result));
        self.fun.effects += 1;
        self.op_window(Op::Act, 0, dropped, u32::from(index), window, count);
        self.release(mark);
    }
}
