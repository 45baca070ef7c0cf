//! A text for each item of a list: parts of a mail that are there again and again.

use super::constant::bank;
use super::expr::{INT, TEXT};
use super::func::{Gen, RegTy};
use super::ir::{Ins, Reg};
use crate::hir::{Expr, LocalId};
use flow_bytecode::op::Cmp;
use flow_bytecode::{Bank, Intrinsic, Op, TypeId};
use std::sync::Arc;

/// So many texts are gathered before they are joined: a list that grows is copied, and so is a text.
const GATHERED: i64 = 64;

impl<'h> Gen<'_, 'h> {
    /// The texts of all items, one after the other.
    pub fn each(&mut self, list: &'h Expr, item: LocalId, body: &'h Expr, dest: Reg) {
        let texts = self.list_of(&TEXT);
        let list = self.value(list);
        let [all, few] = [(); 2].map(|()| self.temporary(Bank::Reference, RegTy::Id(texts)));
        let index = self.temporary_of(&INT);
        self.int(index, 0);
        self.no_texts(all);
        self.no_texts(few);
        let (test, round, next) = (self.label(), self.label(), self.label());
        self.jump(test);
        self.bind(round);
        self.fun.reachable = true;
        let held = self.declare(item);
        let scalar = self.local(item).is_some_and(|local| bank(&local.ty) == Bank::Scalar);
        self.op(if scalar { Op::ItemS } else { Op::ItemR }, held, list, index);
        self.push(Ins::new(Op::AddK, 0, index.0, index.0, 1));
        self.append(few, texts, |this, text| this.into(body, text));
        let mark = self.mark();
        let [length, most] = [(); 2].map(|()| self.temporary_of(&INT));
        self.op2(Op::Len, length, few);
        self.int(most, GATHERED);
        self.jump_compare(Op::JumpCmpI, Cmp::Lt as u8, length.0, most.0, next);
        self.release(mark);
        self.append(all, texts, |this, text| this.join(few, texts, text));
        self.no_texts(few);
        self.bind(next);
        self.bind(test);
        let length = self.temporary_of(&INT);
        self.op2(Op::Len, length, list);
        self.jump_compare(Op::JumpCmpI, Cmp::Lt as u8, index.0, length.0, round);
        self.release(mark);
        self.append(all, texts, |this, text| this.join(few, texts, text));
        self.join(all, texts, dest);
    }

    /// Puts an empty list into a register.
    fn no_texts(&mut self, list: Reg) {
        let (_, window) = self.window();
        self.op_window(Op::List, 0, list, 0, window, 0);
    }

    /// Puts a text at the end of a list.
    fn append(&mut self, list: Reg, texts: TypeId, make: impl FnOnce(&mut Self, Reg)) {
        let mark = self.mark();
        let (_, window) = self.window();
        let so_far = self.temporary(Bank::Reference, RegTy::Id(texts));
        self.copy(Bank::Reference, so_far, list);
        let text = self.temporary_of(&TEXT);
        make(self, text);
        self.op_window(Op::Intrinsic, Intrinsic::ListAppend as u8, list, 2, window, 2);
        self.release(mark);
    }

    /// The texts of a list as one.
    fn join(&mut self, list: Reg, texts: TypeId, dest: Reg) {
        let mark = self.mark();
        let (_, window) = self.window();
        let joined = self.temporary(Bank::Reference, RegTy::Id(texts));
        self.copy(Bank::Reference, joined, list);
        let nothing = self.temporary_of(&TEXT);
        self.text(nothing, &Arc::from(""));
        self.op_window(Op::Intrinsic, Intrinsic::TextJoin as u8, dest, 2, window, 2);
        self.release(mark);
    }
}
