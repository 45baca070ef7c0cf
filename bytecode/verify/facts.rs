//! What the instructions of a function read, write and lead to, whatever its registers hold: read once, asked often.

use super::PlacesOf;
use super::access::{Access, read};
use crate::program::{Function, Program};
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

    /// The register at a place in the row.
    pub fn register(self, slot: usize) -> Option<(Bank, u16)> {
        match slot.checked_sub(usize::from(self.scalars)) {
            None => Some((Bank::Scalar, u16::try_from(slot).ok()?)),
            Some(slot) => Some((Bank::Reference, u16::try_from(slot).ok()?)),
        }
    }
}

/// Where an instruction may lead, and the slot that is written on this way.
pub(super) type Edge = (u32, Option<usize>);

/// See the module. An instruction that cannot be read has none; if it is ever reached that is an error of its own.
pub(super) struct Facts {
    uses: Vec<usize>,
    defs: Vec<usize>,
    edges: Vec<Edge>,
    /// Where the lists of each instruction end.
    ends: Vec<(usize, usize, usize)>,
    starts: Vec<bool>,
}

impl Facts {
    pub fn of(program: &Program, function: (u16, &Function), places: PlacesOf, access: &mut Access) -> Self {
        let code = function.1;
        let (length, frame) = (code.code.len(), Frame::of(code));
        let mut facts = Facts {
            uses: Vec::with_capacity(2 * length),
            defs: Vec::with_capacity(length),
            edges: Vec::with_capacity(length + length / 4),
            ends: Vec::with_capacity(length),
            starts: vec![false; length],
        };
        facts.start(0);
        code.handlers.iter().for_each(|handler| facts.start(handler.target.into()));
        for pc in 0..length {
            if read(program, function, places, pc, &[], access).is_ok() {
                facts.uses.extend(access.uses.iter().filter_map(|(bank, register, _)| frame.slot(*bank, *register)));
                facts.defs.extend(access.defs.iter().filter_map(|(bank, register, _)| frame.slot(*bank, *register)));
                let slot = |register: u16| frame.slot(Bank::Reference, register);
                let edges = access.edges.iter();
                facts
                    .edges
                    .extend(edges.map(|(target, bound)| (*target, bound.and_then(|(register, _)| slot(register)))));
                let straight = matches!(access.edges[..], [(next, None)] if next as usize == pc + 1);
                if !straight {
                    access.edges.iter().for_each(|(target, _)| facts.start(*target as usize));
                }
            }
            facts.ends.push((facts.uses.len(), facts.defs.len(), facts.edges.len()));
        }
        facts
    }

    fn start(&mut self, pc: usize) {
        if let Some(start) = self.starts.get_mut(pc) {
            *start = true;
        }
    }

    /// Whether something other than the instruction before leads here.
    pub fn starts(&self, pc: usize) -> bool {
        self.starts.get(pc) == Some(&true)
    }

    fn ends(&self, pc: usize) -> ((usize, usize, usize), (usize, usize, usize)) {
        let before = pc.checked_sub(1).and_then(|pc| self.ends.get(pc)).copied().unwrap_or_default();
        (before, self.ends.get(pc).copied().unwrap_or(before))
    }

    /// Slots an instruction reads.
    pub fn uses(&self, pc: usize) -> &[usize] {
        let (from, to) = self.ends(pc);
        self.uses.get(from.0..to.0).unwrap_or_default()
    }

    /// Slots it writes, whichever way it goes on.
    pub fn defs(&self, pc: usize) -> &[usize] {
        let (from, to) = self.ends(pc);
        self.defs.get(from.1..to.1).unwrap_or_default()
    }

    /// Where it may lead.
    pub fn edges(&self, pc: usize) -> &[Edge] {
        let (from, to) = self.ends(pc);
        self.edges.get(from.2..to.2).unwrap_or_default()
    }
}
