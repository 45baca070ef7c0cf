//! What is still needed at each place, and whether the suspension table keeps it.

use super::facts::{Facts, Frame};
use super::flow::name;
use super::{Errors, PlacesOf};
use crate::op::Op;
use crate::program::{Function, Program};

/// Everything needed at a place of this function is in its table.
pub(super) fn check(
    program: &Program,
    (index, function): (u16, &Function),
    places: PlacesOf,
    facts: &Facts,
    reached: &[bool],
    errors: &mut Errors,
) {
    if places.is_empty() {
        return;
    }
    let frame = Frame::of(function);
    let mut needed = Needed::of(function, facts, reached);
    for (pc, place) in places {
        let pc = usize::from(*pc);
        let Some(place) = program.places.get(usize::from(*place)) else { continue };
        if reached.get(pc) != Some(&true) {
            continue;
        }
        needed.after(pc);
        // A call's arguments are its callee's by then; every other place is where its instruction begins again.
        if function.code.get(pc).map(|instr| instr.op) != Some(Op::Call) {
            needed.before(pc);
        }
        for live in &place.live {
            if let Some(slot) = frame.slot(live.bank, live.register) {
                put(&mut needed.set, slot, false);
            }
        }
        for slot in (0..frame.registers()).filter(|slot| has(&needed.set, *slot)) {
            if let Some((bank, register)) = frame.register(slot) {
                let register = name(bank, register);
                errors.at(index, Some(pc), &format!("{register} is needed after {} and not kept there", place.key));
            }
        }
    }
}

/// The slots needed before each instruction, as sets of bits in one long row.
struct Needed<'a> {
    function: &'a Function,
    facts: &'a Facts,
    words: usize,
    known: Vec<u64>,
    /// The set that is being reckoned.
    set: Vec<u64>,
}

impl<'a> Needed<'a> {
    fn of(function: &'a Function, facts: &'a Facts, reached: &[bool]) -> Self {
        let words = Frame::of(function).registers().div_ceil(64);
        let known = vec![0; words * function.code.len()];
        let mut needed = Needed { function, facts, words, known, set: vec![0; words] };
        // From the end to the beginning, a round knows all that lies ahead; only where something leads back is another needed.
        let mut back = vec![false; function.code.len()];
        let mut leads = |from: usize, to: usize| {
            if to <= from
                && let Some(back) = back.get_mut(to)
            {
                *back = true;
            }
        };
        for pc in 0..function.code.len() {
            facts.edges(pc).iter().for_each(|(target, _)| leads(pc, *target as usize));
        }
        function.handlers.iter().for_each(|handler| leads(handler.end.into(), handler.target.into()));
        let mut changed = true;
        while changed {
            changed = false;
            for pc in (0..function.code.len()).rev().filter(|pc| reached.get(*pc) == Some(&true)) {
                needed.after(pc);
                needed.before(pc);
                let known = &mut needed.known[pc * words..(pc + 1) * words];
                if *known != needed.set[..] {
                    known.copy_from_slice(&needed.set);
                    changed |= back[pc];
                }
            }
        }
        needed
    }

    /// What is needed behind an instruction, what it writes itself left out.
    fn after(&mut self, pc: usize) {
        let Needed { function, facts, words, known, set } = self;
        set.fill(0);
        let join = |set: &mut [u64], target: usize, bound: Option<usize>| {
            let Some(next) = known.get(target * *words..(target + 1) * *words) else { return };
            let before = bound.map(|slot| (slot, has(set, slot)));
            set.iter_mut().zip(next).for_each(|(word, next)| *word |= next);
            if let Some((slot, before)) = before {
                put(set, slot, before);
            }
        };
        for (target, bound) in facts.edges(pc) {
            join(set, *target as usize, *bound);
        }
        for slot in facts.defs(pc) {
            put(set, *slot, false);
        }
        // Where a failure goes nothing of that is written.
        if let Some(handler) = facts.handler(function, pc) {
            let failure = Frame::of(function).slot(crate::ty::Bank::Reference, handler.failure);
            join(set, handler.target.into(), failure);
        }
    }

    /// And what is needed for the instruction itself.
    fn before(&mut self, pc: usize) {
        for slot in self.facts.uses(pc) {
            put(&mut self.set, *slot, true);
        }
    }
}

fn has(set: &[u64], bit: usize) -> bool {
    set.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

fn put(set: &mut [u64], bit: usize, on: bool) {
    if let Some(word) = set.get_mut(bit / 64) {
        match on {
            true => *word |= 1 << (bit % 64),
            false => *word &= !(1 << (bit % 64)),
        }
    }
}
