//! What is live at each place: a backward analysis over basic blocks.
//!
//! Every instruction of a stretch whose failures are caught counts as one that may fail. That is more than true, and what
//! the verifier assumes too; a place is an instruction that may fail in any case.

use super::func::{Fun, OnIr, PlaceKindIr};
use super::ir::{Ins, Piece, Reg, Role, ends, result, roles};
use flow_bytecode::{Bank, Op};

/// A set of registers.
type Set = [u64];

/// The registers of a function in one row: slots, scalar temporaries, reference temporaries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    slots: u32,
    scalars: u32,
    total: u32,
}

impl Rows {
    fn of(fun: &Fun<'_>) -> Rows {
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

    fn words(self) -> usize {
        (self.total as usize).div_ceil(64)
    }
}

/// Reads or writes of an instruction; what it writes comes before what it reads, so that going backwards a register that
/// is both stays needed.
fn operands(fun: &Fun<'_>, rows: Rows, ins: Ins, mut see: impl FnMut(u32, bool)) {
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

/// A basic block.
#[derive(Debug, Clone, Copy)]
struct Block {
    start: u32,
    end: u32,
    /// The innermost handler around, one more than its index.
    handler: u32,
}

const NONE: u32 = u32::MAX;

/// Works out what is live at the places of a function.
pub(super) struct Liveness<'a, 'h> {
    fun: &'a Fun<'h>,
    rows: Rows,
    words: usize,
    blocks: Vec<Block>,
    /// Per instruction, the block that begins there.
    starts: Vec<u32>,
    /// Per block, live at its start.
    inward: Vec<u64>,
}

impl<'a, 'h> Liveness<'a, 'h> {
    /// Finds the blocks, and what is live at the start of each.
    pub fn new(fun: &'a Fun<'h>) -> Self {
        let rows = Rows::of(fun);
        let mut this =
            Liveness { fun, rows, words: rows.words(), blocks: Vec::new(), starts: Vec::new(), inward: Vec::new() };
        this.find_blocks();
        this.solve();
        this
    }

    /// The registers' row.
    pub fn rows(&self) -> Rows {
        self.rows
    }

    fn find_blocks(&mut self) {
        let code = &self.fun.code;
        let len = code.len();
        let mut leads = vec![false; len + 1];
        let mut lead = |pc: u32| {
            if let Some(flag) = leads.get_mut(pc as usize) {
                *flag = true;
            }
        };
        lead(0);
        for (pc, ins) in code.iter().enumerate() {
            let labels = roles(ins.op).into_iter().zip([ins.a, ins.b, ins.c]);
            let mut jumps = ends(ins.op);
            for (role, operand) in labels {
                match role {
                    Role::Label | Role::WideLabel => {
                        jumps = true;
                        lead(self.fun.target(super::ir::Label(operand)));
                    }
                    Role::Switch => {
                        for target in self.fun.switches.get(operand as usize).into_iter().flat_map(targets) {
                            lead(self.fun.target(target));
                        }
                    }
                    _ => {}
                }
            }
            if jumps {
                lead(pc as u32 + 1);
            }
        }
        for place in &self.fun.places {
            if let PlaceKindIr::Wait { arms } = &place.kind {
                arms.iter().for_each(|arm| lead(self.fun.target(arm.target)));
            }
        }
        for handler in &self.fun.handlers {
            lead(handler.start);
            lead(handler.end);
            lead(self.fun.target(handler.target));
        }
        self.starts = vec![NONE; len + 1];
        for pc in (0..len).filter(|pc| leads[*pc]) {
            if let Some(last) = self.blocks.last_mut() {
                last.end = pc as u32;
            }
            self.starts[pc] = self.blocks.len() as u32;
            self.blocks.push(Block { start: pc as u32, end: len as u32, handler: 0 });
        }
        // Outer handlers first, so that inner ones have the last word.
        for (index, handler) in self.fun.handlers.iter().enumerate().rev() {
            let Some(first) = self.starts.get(handler.start as usize).filter(|first| **first != NONE) else { continue };
            for block in self.blocks.iter_mut().skip(*first as usize).take_while(|block| block.start < handler.end) {
                block.handler = index as u32 + 1;
            }
        }
    }

    fn solve(&mut self) {
        let words = self.words;
        self.inward = vec![0; words * self.blocks.len()];
        // What a block needs, and what it leaves as it was: the same in every round.
        let mut needs = vec![0; words * self.blocks.len()];
        let mut keeps = vec![u64::MAX; words * self.blocks.len()];
        for (index, block) in self.blocks.iter().enumerate() {
            let range = index * words..(index + 1) * words;
            let (needs, keeps) = (&mut needs[range.clone()], &mut keeps[range]);
            for ins in self.fun.code[block.start as usize..block.end as usize].iter().rev() {
                operands(self.fun, self.rows, *ins, |at, defines| {
                    if defines {
                        clear(needs, at);
                        clear(keeps, at);
                    } else {
                        set(needs, at);
                    }
                });
            }
        }
        let mut live = vec![0; words];
        let mut caught = vec![0; words];
        loop {
            let mut changed = false;
            for index in (0..self.blocks.len()).rev() {
                self.outward(index, &mut live);
                let range = index * words..(index + 1) * words;
                for (live, (needs, keeps)) in
                    live.iter_mut().zip(needs[range.clone()].iter().zip(&keeps[range.clone()]))
                {
                    *live = *live & keeps | needs;
                }
                if self.blocks[index].handler > 0 {
                    self.caught(index, &mut caught);
                    union(&mut live, &caught);
                }
                let inward = &mut self.inward[range];
                if *inward != *live {
                    inward.copy_from_slice(&live);
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Live after the last instruction of a block.
    fn outward(&self, index: usize, live: &mut Set) {
        live.fill(0);
        let block = self.blocks[index];
        let Some(last) = (block.end as usize).checked_sub(1).and_then(|pc| self.fun.code.get(pc)) else { return };
        let mut edge = |pc: u32, without: Option<u32>| {
            let Some(from) = self.starts.get(pc as usize).filter(|from| **from != NONE) else { return };
            let from = *from as usize * self.words;
            for (word, (into, more)) in live.iter_mut().zip(&self.inward[from..from + self.words]).enumerate() {
                let hidden = without.filter(|at| *at as usize / 64 == word).map_or(0, |at| 1_u64 << (at % 64));
                *into |= more & !hidden;
            }
        };
        // A jump with an operand word falls through to that word, which does nothing.
        if !ends(last.op) {
            edge(block.end, None);
        }
        for (role, operand) in roles(last.op).into_iter().zip([last.a, last.b, last.c]) {
            match role {
                Role::Label | Role::WideLabel => edge(self.fun.target(super::ir::Label(operand)), None),
                Role::Switch => {
                    for target in self.fun.switches.get(operand as usize).into_iter().flat_map(targets) {
                        edge(self.fun.target(target), None);
                    }
                }
                Role::WidePlace => {
                    if let Some(PlaceKindIr::Wait { arms }) = self.fun.places.get(operand as usize).map(|one| &one.kind)
                    {
                        for arm in arms {
                            let bind = match &arm.on {
                                OnIr::Answer { bind, .. } | OnIr::Event { bind: Some(bind), .. } => Some(*bind),
                                _ => None,
                            };
                            let bind = bind.map(|reg| self.rows.at(Bank::Reference, reg));
                            edge(self.fun.target(arm.target), bind);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Live where failures of a block go, without the failure itself.
    fn caught(&self, index: usize, live: &mut Set) {
        live.fill(0);
        let Some(handler) =
            (self.blocks[index].handler as usize).checked_sub(1).and_then(|at| self.fun.handlers.get(at))
        else {
            return;
        };
        let target = self.fun.target(handler.target) as usize;
        if let Some(from) = self.starts.get(target).filter(|from| **from != NONE) {
            let from = *from as usize * self.words;
            live.copy_from_slice(&self.inward[from..from + self.words]);
            clear(live, self.rows.at(Bank::Reference, handler.failure));
        }
    }

    /// Steps backwards over an instruction.
    fn step(&self, pc: u32, live: &mut Set) {
        let Some(ins) = self.fun.code.get(pc as usize) else { return };
        operands(self.fun, self.rows, *ins, |at, defines| if defines { clear(live, at) } else { set(live, at) });
    }

    /// Tells what is live while the run waits at each place, in order of the instructions.
    pub fn places(&self, mut tell: impl FnMut(usize, &Set)) {
        let mut at_pc: Vec<(u32, usize)> = self.fun.places.iter().enumerate().map(|(i, one)| (one.pc, i)).collect();
        at_pc.sort_unstable();
        let mut live = vec![0; self.words];
        let mut waiting = vec![0; self.words];
        let mut caught = vec![0; self.words];
        let mut from = 0;
        for (index, block) in self.blocks.iter().enumerate() {
            let to = from + at_pc[from..].iter().take_while(|(pc, _)| *pc < block.end).count();
            let mut here = &at_pc[from..to];
            from = to;
            if here.is_empty() {
                continue;
            }
            self.outward(index, &mut live);
            self.caught(index, &mut caught);
            for pc in (block.start..block.end).rev() {
                if let Some(((_, place), rest)) = here.split_last().filter(|((at, _), _)| *at == pc) {
                    here = rest;
                    waiting.copy_from_slice(&live);
                    let kind = self.fun.places.get(*place).map(|one| &one.kind);
                    let mut look = |defs: bool| {
                        let Some(ins) = self.fun.code.get(pc as usize) else { return };
                        operands(self.fun, self.rows, *ins, |at, defines| match (defines, defs) {
                            (true, true) => clear(&mut waiting, at),
                            (false, false) => set(&mut waiting, at),
                            _ => {}
                        });
                    };
                    look(true);
                    // A callee has its arguments already; everything else is needed to go on, or to try again.
                    if !matches!(kind, Some(PlaceKindIr::Call)) {
                        look(false);
                    }
                    union(&mut waiting, &caught);
                    tell(*place, &waiting);
                }
                self.step(pc, &mut live);
                union(&mut live, &caught);
            }
        }
    }
}

fn targets(table: &super::ir::Switch) -> impl Iterator<Item = super::ir::Label> {
    table.cases.iter().map(|(_, target)| *target).chain([table.default])
}

fn set(live: &mut Set, at: u32) {
    if let Some(word) = live.get_mut(at as usize / 64) {
        *word |= 1 << (at % 64);
    }
}

fn clear(live: &mut Set, at: u32) {
    if let Some(word) = live.get_mut(at as usize / 64) {
        *word &= !(1 << (at % 64));
    }
}

fn union(live: &mut Set, more: &Set) {
    for (into, more) in live.iter_mut().zip(more) {
        *into |= more;
    }
}

/// The registers in the set, in order.
pub(super) fn members(live: &Set) -> impl Iterator<Item = u32> {
    live.iter().zip(0_u32..).flat_map(|(word, index)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let bit = left.trailing_zeros();
            left &= left.checked_sub(1)?;
            Some(index * 64 + bit)
        })
    })
}
