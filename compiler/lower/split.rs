//! `split`: asks the world for the side, and goes there.

use super::expr::INT;
use super::func::Gen;
use super::ir::{Label, Switch};
use crate::hir::Split;
use flow_bytecode::Op;
use flow_bytecode::program;

impl<'h> Gen<'_, 'h> {
    /// `split`
    pub fn split(&mut self, split: &'h Split) {
        let key = self.names.place(split.anchor.as_deref(), "split", None, None);
        let within = split.anchor.as_ref().map(|anchor| self.names.enter_anchor(anchor));
        let index = self.tables.program.splits.len();
        let index = self.tables.index(index, "splits");
        let sides = split.sides.iter().map(|side| (side.name.clone(), side.share)).collect();
        self.tables.program.splits.push(program::Split { key, sides });
        let mark = self.mark();
        let side = self.temporary_of(&INT);
        self.fun.effects += 1;
        self.wide(Op::Split, side, index.into());
        let end = self.label();
        let labels: Vec<Label> = split.sides.iter().map(|_| self.label()).collect();
        let cases = labels.iter().zip(0..).map(|(label, number)| (self.tables.scalar(number), *label)).collect();
        let default = labels.last().copied().unwrap_or(end);
        self.switch_on(Op::SwitchI, side, Switch { cases, default });
        self.release(mark);
        for (side, label) in split.sides.iter().zip(labels) {
            self.bind(label);
            self.branch_reached(&side.body);
            self.block(&side.body);
            self.jump(end);
        }
        self.bind(end);
        if let Some(within) = within {
            self.names.leave(within);
        }
    }
}
