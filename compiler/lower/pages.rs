//! A loop over what a service lists in pages: the call is made anew for each, a place of its own.

use super::expr::INT;
use super::func::Gen;
use super::ir::{Ins, Label, Reg};
use crate::hir::{LocalId, Pages};
use flow_bytecode::op::Cmp;
use flow_bytecode::{Bank, Op};

/// What is kept from page to page.
pub(super) struct Turning {
    /// Where the call stands.
    fetch: Label,
    /// How many pages may still be asked for.
    left: Reg,
    /// What the cursor is for the next page.
    pub next: Reg,
}

impl<'h> Gen<'_, 'h> {
    /// Asks for a page, and again for each that follows: what comes behind goes through it.
    pub(super) fn first_page(&mut self, item: LocalId, pages: &'h Pages, end: Label) -> Turning {
        for (local, value) in &pages.bindings {
            let dest = self.declare(*local);
            self.into(value, dest);
        }
        let cursor = self.declare(pages.cursor);
        self.into(&pages.first, cursor);
        let left = self.temporary_of(&INT);
        self.into(&pages.max, left);
        let mark = self.mark();
        let zero = self.temporary_of(&INT);
        self.int(zero, 0);
        self.jump_compare(Op::JumpCmpI, Cmp::Le as u8, left.0, zero.0, end);
        self.release(mark);
        let next = self.temporary_of(&pages.next.ty);
        let fetch = self.label();
        self.bind(fetch);
        let name = self.local(item).map(|local| &*local.name);
        self.filling(name);
        let reply = self.declare(pages.reply);
        self.into(&pages.call, reply);
        self.fills = None;
        Turning { fetch, left, next }
    }

    /// Turns over, where there is a next page and it may be asked for.
    pub(super) fn next_page(&mut self, pages: &'h Pages, turning: Turning, end: Label) {
        let Turning { fetch, left, next } = turning;
        self.jump_on(Op::JumpNull, next, end);
        self.push(Ins::new(Op::AddK, 0, left.0, left.0, u32::from(u16::MAX)));
        let cursor = self.slot(pages.cursor);
        self.copy(Bank::Reference, cursor, next);
        self.jump_on(Op::JumpIf, left, fetch);
    }
}
