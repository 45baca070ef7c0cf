//! Where ways meet in a function and where its failures go, whatever its registers hold: read once, asked often.

use super::PlacesOf;
use super::access::{Access, read};
use crate::program::{Function, Handler, Program};
use crate::ty::Bank;

/// A function's registers in one row, scalars first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    scalars: u16,
    references: u16,
}

impl Frame {
    pub fn of(function: &Function) -> Self {
        Frame { scalars: function.scalars, references: function.references }
    }

    /// How many registers there are.
    pub fn registers(self) -> usize {
        usize::from(self.scalars) + usize::from(self.references)
    }

    /// Where a register is in the row.
    pub fn slot(self, bank: Bank, register: u16) -> Option<usize> {
        match bank {
            Bank::Scalar if register < self.scalars => Some(register.into()),
            Bank::Reference if register < self.references => Some(usize::from(self.scalars) + usize::from(register)),
            _ => None,
        }
    }
}

/// See the module. An instruction that cannot be read leads nowhere; if it is ever reached that is an error of its own.
pub(super) struct Facts {
    /// Of each instruction to which something leads, its number among them, from 1.
    starts: Vec<u32>,
    /// How many these are.
    pub blocks: usize,
    /// The handler of each instruction, from 1.
    handlers: Vec<u32>,
}

impl Facts {
    pub fn of(program: &Program, function: (u16, &Function), places: PlacesOf, access: &mut Access) -> Self {
        let code = function.1;
        let length = code.code.len();
        let mut facts = Facts { starts: vec![0; length], blocks: 0, handlers: in_order(&code.handlers, length) };
        facts.start(0);
        code.handlers.iter().for_each(|handler| facts.start(handler.target.into()));
        for pc in 0..length {
            if read(program, function, places, pc, |_, _| None, access).is_ok() {
                let straight = matches!(access.edges[..], [(next, None)] if next as usize == pc + 1);
                if !straight {
                    access.edges.iter().for_each(|(target, _)| facts.start(*target as usize));
                }
            }
        }
        for start in facts.starts.iter_mut().filter(|start| **start > 0) {
            facts.blocks += 1;
            *start = facts.blocks as u32;
        }
        facts
    }

    fn start(&mut self, pc: usize) {
        if let Some(start) = self.starts.get_mut(pc) {
            *start = 1;
        }
    }

    /// Where a failure of an instruction goes: the first handler that it is in.
    pub fn handler<'f>(&self, function: &'f Function, pc: usize) -> Option<&'f Handler> {
        function.handlers.get((*self.handlers.get(pc)? as usize).checked_sub(1)?)
    }

    /// The number of an instruction to which something other than the one before leads.
    pub fn block(&self, pc: usize) -> Option<usize> {
        (*self.starts.get(pc)? as usize).checked_sub(1)
    }
}

/// The first handler that each instruction is in, from 1. Instructions that have theirs are passed over at once, however
/// many handlers there are.
fn in_order(handlers: &[Handler], length: usize) -> Vec<u32> {
    let mut found = vec![0; length];
    if handlers.is_empty() {
        return found;
    }
    // For each instruction one at or behind it that has none yet, or may lead to it.
    let mut open: Vec<usize> = (0..=length).collect();
    let mut first_open = |mut pc: usize, taken: Option<usize>| {
        if let Some(taken) = taken {
            open[taken] = taken + 1;
        }
        while open[pc] != pc {
            open[pc] = open[open[pc]];
            pc = open[pc];
        }
        pc
    };
    for (number, handler) in (1..).zip(handlers) {
        let end = usize::from(handler.end).min(length);
        let mut pc = first_open(usize::from(handler.start).min(length), None);
        while pc < end {
            found[pc] = number;
            pc = first_open(pc + 1, Some(pc));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use crate::program::Handler;

    #[test]
    fn the_first_handler_of_each_instruction_is_found() {
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..200 {
            let length = random(20) as usize;
            let mut handlers = Vec::new();
            for _ in 0..random(8) {
                let (start, end) = (random(22) as u16, random(25) as u16);
                handlers.push(Handler { start, end, target: 0, failure: 0 });
            }
            let plain = (0..length).map(|pc| {
                let holds = |h: &Handler| (usize::from(h.start)..usize::from(h.end)).contains(&pc);
                handlers.iter().position(holds).map_or(0, |at| at as u32 + 1)
            });
            assert_eq!(in_order(&handlers, length), plain.collect::<Vec<_>>());
        }
    }
}
