//! Which registers an instruction reads and writes.

use super::func::{Fun, OnIr, PlaceKindIr};
use super::ir::{Ins, Piece, Reg, Role, result, roles};
use flow_bytecode::{Bank, Op};

/// The registers of a function in one row: slots, scalar temporaries, reference temporaries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    slots: u32,
    scalars: u32,
    total: u32,
}

impl Rows {
    pub fn of(fun: &Fun<'_>) -> Rows {
        let slots = fun.slots.len() as u32;
        Rows { slots, scalars: fun.scalars_max, total: slots + fun.scalars_max + fun.references_max }
    }

    /// Where a register stands in the row.
    pub fn at(self, bank: Bank, reg: Reg) -> u32 {
        match (reg.is_temporary(), bank) {
            (false, _) => reg.index(),
            (true, Bank::Scalar) => self.slots + reg.index(),
            (true, Bank::Reference) => self.slots + self.scalars + reg.index(),
        }
    }

    /// The temporary that stands there.
    pub fn temporary(self, at: u32) -> Option<(Bank, Reg)> {
        match at.checked_sub(self.slots) {
            None => None,
            Some(at) if at < self.scalars => Some((Bank::Scalar, Reg::temporary(at))),
            Some(at) => Some((Bank::Reference, Reg::temporary(at - self.scalars))),
        }
    }

    /// Words of 64 registers.
    pub fn words(self) -> usize {
        (self.total as usize).div_ceil(64)
    }
}

/// Reads or writes of an instruction; what it writes comes before what it reads, so that going backwards a register that
/// is both stays needed.
pub(super) fn operands(fun: &Fun<'_>, rows: Rows, ins: Ins, mut see: impl FnMut(u32, bool)) {
    for (role, operand) in roles(ins.op).into_iter().zip([ins.a, ins.b, ins.c]) {
        let reg = Reg(operand);
        let window = |count: u16, bank, see: &mut dyn FnMut(u32, bool)| {
            for position in 0..u32::from(count) {
                see(rows.at(bank, Reg(operand + position)), false);
            }
        };
        match role {
            Role::UseS => see(rows.at(Bank::Scalar, reg), false),
            Role::UseR => see(rows.at(Bank::Reference, reg), false),
            Role::DefS => see(rows.at(Bank::Scalar, reg), true),
            Role::DefR => see(rows.at(Bank::Reference, reg), true),
            Role::Window => window(ins.window, Bank::Reference, &mut see),
            Role::CallS => {
                if ins.op == Op::Call && ins.k == result::SCALAR {
                    see(rows.at(Bank::Scalar, reg), true);
                }
                window(ins.scalars, Bank::Scalar, &mut see);
            }
            Role::CallR => {
                if ins.op == Op::ActExternal || ins.op == Op::Call && ins.k == result::REFERENCE {
                    see(rows.at(Bank::Reference, reg), true);
                }
                window(ins.window, Bank::Reference, &mut see);
            }
            Role::Template => {
                for piece in fun.templates.get(operand as usize).into_iter().flatten() {
                    if let Piece::Hole { bank, reg, .. } = piece {
                        see(rows.at(*bank, *reg), false);
                    }
                }
            }
            Role::Place | Role::WidePlace => {
                if let Some(place) = fun.places.get(operand as usize) {
                    place_operands(&place.kind, rows, &mut see);
                }
            }
            Role::Plain | Role::Wide | Role::Label | Role::WideLabel | Role::Switch => {}
        }
    }
}

fn place_operands(kind: &PlaceKindIr, rows: Rows, see: &mut impl FnMut(u32, bool)) {
    match kind {
        PlaceKindIr::Call | PlaceKindIr::Pause | PlaceKindIr::Action { .. } => {}
        PlaceKindIr::Join { paths, .. } => {
            for (_, done, result) in paths {
                see(rows.at(Bank::Scalar, *done), true);
                see(rows.at(Bank::Reference, *result), true);
            }
        }
        PlaceKindIr::Wait { arms } => {
            for arm in arms {
                match &arm.on {
                    OnIr::After { due } => see(rows.at(Bank::Scalar, *due), false),
                    OnIr::Event { matches, filter, .. } => {
                        for (_, bank, reg) in matches {
                            see(rows.at(*bank, *reg), false);
                        }
                        for (bank, reg) in filter.iter().flat_map(|filter| filter.captures.iter().flatten()) {
                            see(rows.at(*bank, *reg), false);
                        }
                    }
                    OnIr::When { captures, .. } => {
                        for (bank, reg) in captures {
                            see(rows.at(*bank, *reg), false);
                        }
                    }
                    OnIr::Answer { conversation, prompt, options, .. } => {
                        see(rows.at(Bank::Scalar, *conversation), false);
                        see(rows.at(Bank::Reference, *prompt), false);
                        if let Some(options) = options {
                            see(rows.at(Bank::Reference, *options), false);
                        }
                    }
                }
            }
        }
    }
}
