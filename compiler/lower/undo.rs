//! `undo`: a function of its own, noted with what it captures right after the step that it takes back.

use super::func::Gen;
use super::ir::Ins;
use crate::hir::{Block, Ty};
use flow_bytecode::Op;
use flow_bytecode::program::FunctionKind;

impl<'h> Gen<'_, 'h> {
    /// `undo`
    pub fn undo(&mut self, block: &'h Block) {
        if !self.fun.reachable {
            return;
        }
        let name = self.names.function("undo");
        let within = self.names.enter_path("undo");
        let span = self.span;
        let outer = self.enter(FunctionKind::Undo);
        self.block(block);
        self.push(Ins::new(Op::Return, 0, 0, 0, 0));
        let function = self.leave_function(outer, name, &Ty::Unit);
        self.span = span;
        self.names.leave(within);
        self.with_captured(Op::Undo, 0, &function);
    }
}
