//! What is still needed at each place, and whether the suspension table keeps it.

use super::Errors;
use super::access::{Access, read};
use super::flow::name;
use crate::op::Op;
use crate::program::{Function, Program};
use crate::ty::Bank;

/// A set of registers: scalars first.
type Set = Vec<u64>;

/// Everything needed at a place of this function is in its table.
pub(super) fn check(program: &Program, index: u16, function: &Function, reached: &[bool], errors: &mut Errors) {
    if !program.places.iter().any(|place| place.function == index) {
        return;
    }
    let words = (usize::from(function.scalars) + usize::from(function.references)).div_ceil(64);
    let mut needed: Vec<Set> = vec![vec![0; words]; function.code.len()];
    let mut access = Access::default();
    let mut changed = true;
    while changed {
        changed = false;
        for pc in (0..function.code.len()).rev().filter(|pc| reached.get(*pc) == Some(&true)) {
            if read(program, (index, function), pc, &[], &mut access).is_err() {
                continue;
            }
            let set = before(function, pc, &access, &needed);
            if set != needed[pc] {
                needed[pc] = set;
                changed = true;
            }
        }
    }
    for place in program.places.iter().filter(|place| place.function == index) {
        let pc = usize::from(place.pc);
        if reached.get(pc) != Some(&true) || read(program, (index, function), pc, &[], &mut access).is_err() {
            continue;
        }
        // A call's arguments are its callee's by then; every other place is where its instruction begins again.
        let mut set = match function.code.get(pc).map(|instr| instr.op) {
            Some(Op::Call) => after(function, pc, &access, &needed),
            _ => needed[pc].clone(),
        };
        for live in &place.live {
            put(&mut set, at(function, live.bank, live.register), false);
        }
        let scalars = (0..function.scalars).map(|register| (Bank::Scalar, register));
        for (bank, register) in scalars.chain((0..function.references).map(|register| (Bank::Reference, register))) {
            if has(&set, at(function, bank, register)) {
                let register = name(bank, register);
                errors.at(index, Some(pc), &format!("{register} is needed after {} and not kept there", place.key));
            }
        }
    }
}

/// Needed behind an instruction, what it writes itself left out.
fn after(function: &Function, pc: usize, access: &Access, needed: &[Set]) -> Set {
    let mut set: Set = vec![0; needed.first().map_or(0, Vec::len)];
    for (target, bound) in &access.edges {
        let Some(next) = needed.get(*target as usize) else { continue };
        let kept = bound.map(|(register, _)| {
            let bit = at(function, Bank::Reference, register);
            (bit, has(&set, bit))
        });
        set.iter_mut().zip(next).for_each(|(word, next)| *word |= next);
        if let Some((bit, before)) = kept {
            put(&mut set, bit, before);
        }
    }
    for (bank, register, _) in &access.defs {
        put(&mut set, at(function, *bank, *register), false);
    }
    // Where a failure goes nothing of that is written.
    let handler = function.handlers.iter().find(|h| (usize::from(h.start)..usize::from(h.end)).contains(&pc));
    if let Some((handler, next)) = handler.and_then(|h| Some((h, needed.get(usize::from(h.target))?))) {
        let bit = at(function, Bank::Reference, handler.failure);
        let before = has(&set, bit);
        set.iter_mut().zip(next).for_each(|(word, next)| *word |= next);
        put(&mut set, bit, before);
    }
    set
}

fn before(function: &Function, pc: usize, access: &Access, needed: &[Set]) -> Set {
    let mut set = after(function, pc, access, needed);
    for (bank, register, _) in &access.uses {
        put(&mut set, at(function, *bank, *register), true);
    }
    set
}

fn at(function: &Function, bank: Bank, register: u16) -> usize {
    match bank {
        Bank::Scalar => usize::from(register),
        Bank::Reference => usize::from(function.scalars) + usize::from(register),
    }
}

fn has(set: &Set, bit: usize) -> bool {
    set.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

fn put(set: &mut Set, bit: usize, on: bool) {
    if let Some(word) = set.get_mut(bit / 64) {
        match on {
            true => *word |= 1 << (bit % 64),
            false => *word &= !(1 << (bit % 64)),
        }
    }
}
