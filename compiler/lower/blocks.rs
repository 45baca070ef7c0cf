//! Basic blocks of a function, and the ways between them.

use super::func::{Fun, OnIr, PlaceKindIr};
use super::ir::{Label, Role, Switch, ends, roles};
use super::live::Way;
use super::uses::Rows;
use flow_bytecode::Bank;

/// A basic block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub start: u32,
    pub end: u32,
    /// The innermost handler around, one more than its index.
    handler: u32,
}

const NONE: u32 = u32::MAX;

/// The blocks of a function.
#[derive(Debug)]
pub(super) struct Blocks {
    pub all: Vec<Block>,
    /// Per instruction, the block that begins there.
    starts: Vec<u32>,
}

impl Blocks {
    /// Finds them.
    pub fn of(fun: &Fun<'_>) -> Blocks {
        let len = fun.code.len();
        let leads = leads(fun);
        let mut blocks = Blocks { all: Vec::new(), starts: vec![NONE; len + 1] };
        for pc in (0..len).filter(|pc| leads[*pc]) {
            if let Some(last) = blocks.all.last_mut() {
                last.end = pc as u32;
            }
            blocks.starts[pc] = blocks.all.len() as u32;
            blocks.all.push(Block { start: pc as u32, end: len as u32, handler: 0 });
        }
        // Outer handlers first, so that inner ones have the last word.
        for (index, handler) in fun.handlers.iter().enumerate().rev() {
            let Some(first) = blocks.at(handler.start) else { continue };
            for block in blocks.all.iter_mut().skip(first as usize).take_while(|block| block.start < handler.end) {
                block.handler = index as u32 + 1;
            }
        }
        blocks
    }

    /// The block that begins at an instruction.
    fn at(&self, pc: u32) -> Option<u32> {
        self.starts.get(pc as usize).copied().filter(|from| *from != NONE)
    }

    /// Tells where a block leads to: after its last instruction, and when one fails.
    pub fn ways(&self, fun: &Fun<'_>, rows: Rows, from: u32, mut tell: impl FnMut(u32, Way)) {
        let Some(block) = self.all.get(from as usize) else { return };
        let Some(last) = (block.end as usize).checked_sub(1).and_then(|pc| fun.code.get(pc)) else { return };
        let mut way = |pc: u32, writes: Option<u32>, raised: bool| {
            if let Some(to) = self.at(pc) {
                tell(to, Way { from, writes: writes.map_or(0, |at| at + 1), raised });
            }
        };
        // A jump with an operand word falls through to that word, which does nothing.
        if !ends(last.op) {
            way(block.end, None, false);
        }
        for (role, operand) in roles(last.op).into_iter().zip([last.a, last.b, last.c]) {
            match role {
                Role::Label | Role::WideLabel => way(fun.target(Label(operand)), None, false),
                Role::Switch => {
                    for target in fun.switches.get(operand as usize).into_iter().flat_map(targets) {
                        way(fun.target(target), None, false);
                    }
                }
                Role::WidePlace => {
                    if let Some(PlaceKindIr::Wait { arms }) = fun.places.get(operand as usize).map(|one| &one.kind) {
                        for arm in arms {
                            let bind = match &arm.on {
                                OnIr::Answer { bind, .. } | OnIr::Event { bind: Some(bind), .. } => Some(*bind),
                                _ => None,
                            };
                            let bind = bind.map(|reg| rows.at(Bank::Reference, reg));
                            way(fun.target(arm.target), bind, false);
                        }
                    }
                }
                _ => {}
            }
        }
        if let Some(handler) = (block.handler as usize).checked_sub(1).and_then(|at| fun.handlers.get(at)) {
            way(fun.target(handler.target), Some(rows.at(Bank::Reference, handler.failure)), true);
        }
    }
}

/// Per instruction, whether a block begins there.
fn leads(fun: &Fun<'_>) -> Vec<bool> {
    let mut leads = vec![false; fun.code.len() + 1];
    let mut lead = |pc: u32| {
        if let Some(flag) = leads.get_mut(pc as usize) {
            *flag = true;
        }
    };
    lead(0);
    for (pc, ins) in fun.code.iter().enumerate() {
        let labels = roles(ins.op).into_iter().zip([ins.a, ins.b, ins.c]);
        let mut jumps = ends(ins.op);
        for (role, operand) in labels {
            match role {
                Role::Label | Role::WideLabel => {
                    jumps = true;
                    lead(fun.target(Label(operand)));
                }
                Role::Switch => {
                    for target in fun.switches.get(operand as usize).into_iter().flat_map(targets) {
                        lead(fun.target(target));
                    }
                }
                _ => {}
            }
        }
        if jumps {
            lead(pc as u32 + 1);
        }
    }
    for place in &fun.places {
        if let PlaceKindIr::Wait { arms } = &place.kind {
            arms.iter().for_each(|arm| lead(fun.target(arm.target)));
        }
    }
    for handler in &fun.handlers {
        lead(handler.start);
        lead(handler.end);
        lead(fun.target(handler.target));
    }
    leads
}

fn targets(table: &Switch) -> impl Iterator<Item = Label> {
    table.cases.iter().map(|(_, target)| *target).chain([table.default])
}
