//! Statements.

use super::constant::{self, bank};
use super::expr::{FAILURE, INT};
use super::func::{Around, Gen, HandlerIr, PlaceKindIr};
use super::ir::{Ins, Label, Reg};
use super::walk::has_effect;
use super::{Mark, MarkKind};
use crate::diag::Span;
use crate::hir::{Block, Expr, ExprKind, LocalId, Pages, Stmt, StmtKind, Ty};
use flow_bytecode::op::Cmp;
use flow_bytecode::program::FunctionKind;
use flow_bytecode::{Bank, Op};

impl<'h> Gen<'_, 'h> {
    /// Statements in order; what nothing reaches is not written.
    pub fn block(&mut self, block: &'h Block) {
        for stmt in &block.stmts {
            if !self.fun.reachable {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'h Stmt) {
        let mark = self.mark();
        self.span = stmt.span;
        self.fills = None;
        if !matches!(stmt.kind, StmtKind::Block(_)) {
            self.reached(MarkKind::Statement, stmt.span);
        }
        match &stmt.kind {
            StmtKind::Let { local, value } => {
                let name = self.local(*local).map(|local| &*local.name);
                self.filling(name);
                let dest = self.declare(*local);
                self.into(value, dest);
            }
            StmtKind::Guard { local, value, otherwise } => self.guard(*local, value, otherwise),
            StmtKind::Assign { local, value } => {
                let name = self.local(*local).map(|local| &*local.name);
                self.filling(name);
                let dest = self.slot(*local);
                self.into(value, dest);
            }
            StmtKind::SetField { base, entity, field, value } => {
                let hir = self.hir;
                let def = hir.entities.get(entity.0 as usize).and_then(|def| def.fields.get(*field as usize));
                let base = self.value(base);
                self.filling(def.map(|field| &*field.name));
                let value = self.boxed(value);
                let index = self.tables.field(*entity, *field);
                self.fun.effects += 1;
                self.push(Ins::new(Op::SetField, 0, base.0, value.0, u32::from(index)));
            }
            StmtKind::Expr(expr) => self.effect(expr),
            StmtKind::If { condition, then, otherwise } => self.if_else(condition, then, otherwise),
            StmtKind::Switch { subject, arms, otherwise } => self.switch(subject, arms, otherwise),
            StmtKind::For { item, pages, list, filter, body } => {
                self.for_each(*item, pages.as_deref(), list, filter.as_deref(), body)
            }
            StmtKind::While { condition, body } => self.while_loop(condition, body),
            StmtKind::Repeat { times, body } => self.repeat(times, body),
            StmtKind::Break => {
                if let Some(end) = self.nearest_loop(|_, end| end) {
                    self.jump(end);
                }
            }
            StmtKind::Continue => {
                if let Some(next) = self.nearest_loop(|next, _| next) {
                    self.jump(next);
                }
            }
            StmtKind::Again => {
                let show = self.fun.around.iter().rev().find_map(|around| match around {
                    Around::Choice { show } => Some(*show),
                    Around::Loop { .. } => None,
                });
                if let Some(show) = show {
                    self.jump(show);
                }
            }
            StmtKind::Return(value) => self.leave(value.as_ref()),
            StmtKind::Stop => self.push(Ins::new(Op::Stop, 0, 0, 0, 0)),
            StmtKind::Fail(failure) => {
                let failure = self.value(failure);
                self.op2(Op::Fail, failure, Reg(0));
            }
            StmtKind::Launch { flow, args } => {
                let index = self.tables.flow_ref(*flow);
                let (window, count) = self.window_of(args);
                self.fun.effects += 1;
                self.op_window(Op::Launch, 0, Reg(0), u32::from(index), window, count);
            }
            StmtKind::Fire { event, args } => {
                let index = self.tables.event(*event);
                let (window, count) = self.window_of(args);
                self.fun.effects += 1;
                self.op_window(Op::Fire, 0, Reg(0), u32::from(index), window, count);
            }
            StmtKind::Choice(choice) => self.choice(choice),
            StmtKind::Wait(wait) => self.wait(wait),
            StmtKind::Fork(fork) => self.fork(fork),
            StmtKind::Split(split) => self.split(split),
            StmtKind::Undo(block) => self.undo(block),
            StmtKind::Try { body, failure, handler } => self.try_catch(body, *failure, handler),
            StmtKind::Block(block) => self.block(block),
        }
        self.fills = None;
        self.release(mark);
    }

    /// Notes that a place of the source is reached, in a program to be tested.
    pub fn reached(&mut self, kind: MarkKind, span: Span) {
        let Some(marks) = &mut self.out.marks else { return };
        if !self.fun.reachable {
            return;
        }
        let number = marks.len() as u32;
        marks.push(Mark { flow: self.flow.name.clone(), kind, span });
        self.push(Ins::new(Op::Mark, 0, 0, number, 0));
    }

    /// Notes that a branch is reached: where its first statement stands, or the whole of it.
    pub fn branch_reached(&mut self, block: &Block) {
        let span = block.stmts.first().map_or(self.span, |stmt| stmt.span);
        self.reached(MarkKind::Arm, span);
    }

    fn nearest_loop(&self, pick: impl Fn(Label, Label) -> Label) -> Option<Label> {
        self.fun.around.iter().rev().find_map(|around| match around {
            Around::Loop { next, end } => Some(pick(*next, *end)),
            Around::Choice { .. } => None,
        })
    }

    fn guard(&mut self, local: LocalId, value: &'h Expr, otherwise: &'h Block) {
        let declared = self.local(local);
        self.filling(declared.map(|local| &*local.name));
        let ty = declared.map_or(&INT, |local| &local.ty);
        if !value.ty.is_optional() {
            let dest = self.declare(local);
            return self.into(value, dest);
        }
        let present = self.label();
        let from = self.value(value);
        self.jump_on(Op::JumpNotNull, from, present);
        self.branch_reached(otherwise);
        self.block(otherwise);
        // The checker has made sure that the block leaves.
        self.fun.reachable = false;
        self.bind(present);
        let dest = self.declare(local);
        self.present(ty, dest, from);
    }

    fn if_else(&mut self, condition: &'h Expr, then: &'h Block, otherwise: &'h Block) {
        let (no, end) = (self.label(), self.label());
        self.branch(condition, no, false);
        self.branch_reached(then);
        self.block(then);
        if otherwise.stmts.is_empty() {
            self.bind(no);
            return;
        }
        self.jump(end);
        self.bind(no);
        // Of `else if` the `if` speaks for itself.
        if !matches!(otherwise.stmts.as_slice(), [Stmt { kind: StmtKind::If { .. }, .. }]) {
            self.branch_reached(otherwise);
        }
        self.block(otherwise);
        self.bind(end);
    }

    /// Where a run may rest between two rounds of a loop that does something to the world.
    fn pause(&mut self, kind: &str, name: Option<&str>) {
        let key = self.names.place(None, kind, None, name.filter(|name| !name.is_empty()));
        self.place(key, PlaceKindIr::Pause, Ins::new(Op::Pause, 0, 0, 0, 0));
    }

    fn for_each(
        &mut self,
        item: LocalId,
        pages: Option<&'h Pages>,
        list: &'h Expr,
        filter: Option<&'h Expr>,
        body: &'h Block,
    ) {
        let (next, test, end, round) = (self.label(), self.label(), self.label(), self.label());
        let turning = pages.map(|pages| self.first_page(item, pages, end));
        // The list is evaluated once: a variable may be assigned in the body, so it is copied.
        let kept =
            matches!(&list.kind, ExprKind::Local(local) if self.local(*local).is_some_and(|local| !local.mutable));
        let list_reg = if kept { self.value(list) } else { self.temporary_of(&list.ty) };
        if !kept {
            self.into(list, list_reg);
        }
        let index = self.temporary_of(&INT);
        self.int(index, 0);
        if let (Some(pages), Some(turning)) = (pages, &turning) {
            self.into(&pages.next, turning.next);
        }
        let before = self.fun.effects;
        self.jump(test);
        self.bind(round);
        self.fun.reachable = true;
        let dest = self.declare(item);
        let op = match self.local(item) {
            Some(local) if bank(&local.ty) == Bank::Scalar => Op::ItemS,
            _ => Op::ItemR,
        };
        self.op(op, dest, list_reg, index);
        self.push(Ins::new(Op::AddK, 0, index.0, index.0, 1));
        if let Some(filter) = filter {
            self.branch(filter, next, false);
        }
        self.fun.around.push(Around::Loop { next, end });
        self.block(body);
        self.fun.around.pop();
        self.bind(next);
        if self.fun.effects > before {
            let name = self.local(item).map(|local| &*local.name);
            self.pause("for", name);
        }
        self.bind(test);
        // The length is read anew each time: cheaper than a register to keep while the run waits.
        let length = self.temporary_of(&INT);
        self.op2(Op::Len, length, list_reg);
        self.jump_compare(Op::JumpCmpI, Cmp::Lt as u8, index.0, length.0, round);
        if let (Some(pages), Some(turning)) = (pages, turning) {
            self.next_page(pages, turning, end);
        }
        self.bind(end);
    }

    fn while_loop(&mut self, condition: &'h Expr, body: &'h Block) {
        let constant = constant::scalar(condition);
        if constant == Some(0) {
            return;
        }
        let (next, test, end, round) = (self.label(), self.label(), self.label(), self.label());
        let before = self.fun.effects;
        // The condition stands at the bottom, so that a round takes one jump.
        if constant.is_none() {
            self.jump(test);
        }
        self.bind(round);
        self.fun.reachable = true;
        self.fun.around.push(Around::Loop { next, end });
        self.block(body);
        self.fun.around.pop();
        self.bind(next);
        if self.fun.effects > before || has_effect(condition) {
            self.pause("while", None);
        }
        self.bind(test);
        self.branch(condition, round, true);
        self.bind(end);
    }

    fn repeat(&mut self, times: &'h Expr, body: &'h Block) {
        let (next, end, round) = (self.label(), self.label(), self.label());
        let left = self.temporary_of(&INT);
        match constant::scalar(times) {
            Some(times) if times <= 0 => return,
            Some(times) => self.int(left, times),
            None => {
                self.into(times, left);
                let mark = self.mark();
                let zero = self.temporary_of(&INT);
                self.int(zero, 0);
                self.jump_compare(Op::JumpCmpI, Cmp::Le as u8, left.0, zero.0, end);
                self.release(mark);
            }
        }
        let before = self.fun.effects;
        self.bind(round);
        self.fun.around.push(Around::Loop { next, end });
        self.block(body);
        self.fun.around.pop();
        self.bind(next);
        if self.fun.effects > before {
            self.pause("repeat", None);
        }
        self.push(Ins::new(Op::AddK, 0, left.0, left.0, u32::from(u16::MAX)));
        self.jump_on(Op::JumpIf, left, round);
        self.bind(end);
    }

    fn leave(&mut self, value: Option<&'h Expr>) {
        if self.fun.kind == FunctionKind::Path {
            // The checker refuses `return` in a path; should one come, the path ends.
            if let Some(end) = self.fun.path_end {
                self.jump(end);
            }
            return;
        }
        match value {
            Some(value) if !matches!(self.flow.result, Ty::Unit) => {
                let reg = self.value(value);
                let op = if bank(&value.ty) == Bank::Scalar { Op::ReturnS } else { Op::ReturnR };
                self.op2(op, reg, Reg(0));
            }
            Some(value) => {
                self.effect(value);
                self.push(Ins::new(Op::Return, 0, 0, 0, 0));
            }
            None => self.push(Ins::new(Op::Return, 0, 0, 0, 0)),
        }
    }

    fn try_catch(&mut self, body: &'h Block, failure: Option<LocalId>, handler: &'h Block) {
        let (caught, end) = (self.label(), self.label());
        let start = self.here();
        self.block(body);
        let stop = self.here();
        if start == stop {
            return;
        }
        self.jump(end);
        self.use_label(caught);
        self.bind(caught);
        let register = match failure {
            Some(local) => self.declare(local),
            None => self.temporary_of(&FAILURE),
        };
        let handled = handler.stmts.first().map_or(self.span, |stmt| stmt.span);
        // Inner stretches are written before outer ones, so the list is innermost first.
        self.fun.handlers.push(HandlerIr { start, end: stop, target: caught, failure: register });
        self.reached(MarkKind::Failure, handled);
        self.block(handler);
        self.bind(end);
    }
}
