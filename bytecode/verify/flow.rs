//! Follows every way through a function: nothing is used before it is written, nor as what it is not.

use super::access::{Access, read};
use super::shape::Shape;
use super::{Errors, live};
use crate::op::Op;
use crate::program::{Function, FunctionKind, Place, PlaceKind, Program};
use crate::ty::{Bank, Type};

/// Registers and forks at a point.
#[derive(Debug, Clone, PartialEq)]
struct State {
    scalars: Vec<Shape>,
    references: Vec<Shape>,
    /// Paths forked since the last join.
    forks: u16,
}

/// The most registers times instructions that are followed.
const WORK_MAX: usize = 1 << 27;

/// Checks a function's code.
pub(super) fn check(program: &Program, index: u16, function: &Function, errors: &mut Errors) {
    let length = function.code.len();
    let registers = usize::from(function.scalars) + usize::from(function.references);
    if length > usize::from(u16::MAX) || length * (registers + 1) > WORK_MAX {
        return errors.at(index, None, "the function is too large");
    }
    if function.scalars == 0 && function.result_is_scalar(program) {
        return errors.at(index, None, "a scalar result without a scalar register");
    }
    let mut walk = Walk { program, index, function, states: vec![None; length], work: Vec::new(), errors };
    let Some(start) = walk.entry() else { return };
    walk.flow(0, &start, None);
    let mut access = Access::default();
    while let Some(from) = walk.work.pop() {
        walk.block(usize::from(from), &mut access);
        if walk.errors.many() {
            return;
        }
    }
    let reached: Vec<bool> = walk.states.iter().map(Option::is_some).collect();
    if walk.errors.is_empty() {
        live::check(program, index, function, &reached, errors);
    }
}

impl Function {
    fn result_is_scalar(&self, program: &Program) -> bool {
        program.types.get(usize::from(self.result.0)).is_some_and(|ty| ty.bank() == Bank::Scalar)
    }
}

struct Walk<'a, 'e> {
    program: &'a Program,
    index: u16,
    function: &'a Function,
    /// Before each instruction that something jumps to or that starts a block.
    states: Vec<Option<State>>,
    work: Vec<u16>,
    errors: &'e mut Errors,
}

impl Walk<'_, '_> {
    /// Parameters and nothing else.
    fn entry(&mut self) -> Option<State> {
        let mut state = State {
            scalars: vec![Shape::Unusable; usize::from(self.function.scalars)],
            references: vec![Shape::Unusable; usize::from(self.function.references)],
            forks: 0,
        };
        let (mut s, mut r) = (0, 0);
        for param in &self.function.params {
            let shape = Shape::of(self.program, *param);
            let scalar = self.program.types.get(usize::from(param.0)).map(Type::bank) == Some(Bank::Scalar);
            let (slot, next) = match scalar {
                true => (state.scalars.get_mut(s), &mut s),
                false => (state.references.get_mut(r), &mut r),
            };
            match slot {
                Some(slot) => *slot = shape,
                None => {
                    self.errors.at(self.index, None, "a parameter without a register");
                    return None;
                }
            }
            *next += 1;
        }
        Some(state)
    }

    /// A way leads to `pc` with this state: remembers what all ways there have in common.
    fn flow(&mut self, pc: u32, state: &State, from: Option<usize>) {
        let Some(slot) = self.states.get_mut(pc as usize) else {
            return self.errors.at(self.index, from, "goes on beyond the end of the function");
        };
        let changed = match slot {
            None => {
                *slot = Some(state.clone());
                true
            }
            Some(known) => {
                if known.forks != state.forks {
                    return self.errors.at(self.index, from, "paths are forked on one way here and not on another");
                }
                let mut changed = false;
                let known = known.scalars.iter_mut().chain(&mut known.references);
                for (known, new) in known.zip(state.scalars.iter().chain(&state.references)) {
                    let joined = known.join(*new, self.program);
                    changed |= joined != *known;
                    *known = joined;
                }
                changed
            }
        };
        if changed {
            // In range: the slot was found.
            self.work.extend(u16::try_from(pc));
        }
    }

    /// Follows instructions until the way parts or meets another.
    fn block(&mut self, from: usize, access: &mut Access) {
        let Some(Some(state)) = self.states.get(from) else { return };
        let mut state = state.clone();
        let mut pc = from;
        loop {
            if let Err(message) = read(self.program, (self.index, self.function), pc, &state.references, access) {
                return self.errors.at(self.index, Some(pc), &message);
            }
            if let Err(message) = self.apply(pc, &mut state, access) {
                return self.errors.at(self.index, Some(pc), &message);
            }
            match access.edges[..] {
                // Straight on, where nothing else has come yet: no need to remember every instruction's state.
                [(next, None)] if next as usize == pc + 1 && self.states.get(pc + 1).is_some_and(Option::is_none) => {
                    // Marked as reached, with its state, once; a later way there starts a block of its own.
                    self.states[pc + 1] = Some(state.clone());
                    pc += 1;
                }
                _ => {
                    for (target, bound) in &access.edges {
                        match bound {
                            None => self.flow(*target, &state, Some(pc)),
                            Some((register, shape)) => {
                                let mut state = state.clone();
                                match state.references.get_mut(usize::from(*register)) {
                                    Some(slot) => *slot = *shape,
                                    None => return self.errors.at(self.index, Some(pc), "a register is out of range"),
                                }
                                self.flow(*target, &state, Some(pc));
                            }
                        }
                    }
                    return;
                }
            }
        }
    }

    /// Checks what an instruction uses and applies what it writes.
    fn apply(&mut self, pc: usize, state: &mut State, access: &Access) -> Result<(), String> {
        for (bank, register, wanted) in &access.uses {
            let found = state.bank(*bank).get(usize::from(*register)).ok_or("a register is out of range")?;
            if *found == Shape::Unusable {
                return Err(format!("{} is used and not written on every way here", name(*bank, *register)));
            }
            if !found.fits(*wanted, self.program) {
                return Err(format!("{} holds {found:?}, not {wanted:?}", name(*bank, *register)));
            }
        }
        let instr = self.function.code[pc];
        match instr.op {
            Op::Fork => {
                if u16::from(instr.k) != state.forks {
                    return Err(format!("path {} is forked as number {}", instr.k, state.forks));
                }
                state.forks += 1;
            }
            Op::Join => {
                let branches = access.place.and_then(|place| self.program.places.get(usize::from(place)));
                match branches.map(|place| &place.kind) {
                    Some(PlaceKind::Join { paths, .. }) if paths.len() == usize::from(state.forks) => state.forks = 0,
                    _ => return Err(format!("a join of other than the {} paths forked", state.forks)),
                }
            }
            Op::Wait | Op::Pause | Op::Call | Op::ActExternal | Op::Return | Op::ReturnR | Op::ReturnS
                if state.forks > 0 =>
            {
                return Err("waits or leaves between fork and join".to_owned());
            }
            _ => {}
        }
        if let Some((s, r)) = access.clobbers {
            let callee = self.program.functions.get(usize::from(instr.a));
            let fits = |from: u16, own: u16| from <= own;
            if !fits(s, self.function.scalars) || !fits(r, self.function.references) || callee.is_none() {
                return Err("a window begins beyond the last register".to_owned());
            }
            state.scalars.iter_mut().skip(usize::from(s)).for_each(|shape| *shape = Shape::Unusable);
            state.references.iter_mut().skip(usize::from(r)).for_each(|shape| *shape = Shape::Unusable);
        }
        if let Some(place) = access.place.and_then(|place| self.program.places.get(usize::from(place))) {
            self.table(place, state)?;
        }
        // A failure is raised before anything is written; a join's paths are gone by then.
        for handler in &self.function.handlers {
            if (usize::from(handler.start)..usize::from(handler.end)).contains(&pc) {
                let mut state = state.clone();
                state.forks = 0;
                let slot = state.references.get_mut(usize::from(handler.failure));
                *slot.ok_or("the register of a handler is out of range")? = Shape::Failure;
                self.flow(handler.target.into(), &state, Some(pc));
                break;
            }
        }
        for (bank, register, shape) in &access.defs {
            let slot = state.bank_mut(*bank).get_mut(usize::from(*register));
            *slot.ok_or("a register is out of range")? = *shape;
        }
        Ok(())
    }

    /// Every register in the suspension table is written by then, and with that type.
    fn table(&self, place: &Place, state: &State) -> Result<(), String> {
        for live in &place.live {
            let found = state.bank(live.bank).get(usize::from(live.register)).ok_or("a register is out of range")?;
            let bank = self.program.types.get(usize::from(live.ty.0)).map(Type::bank);
            if bank != Some(live.bank) || !found.fits(Shape::of(self.program, live.ty), self.program) {
                let register = name(live.bank, live.register);
                return Err(format!("{register} ({}) is kept at {} as what it does not hold", live.name, place.key));
            }
        }
        Ok(())
    }
}

impl State {
    fn bank(&self, bank: Bank) -> &[Shape] {
        match bank {
            Bank::Scalar => &self.scalars,
            Bank::Reference => &self.references,
        }
    }

    fn bank_mut(&mut self, bank: Bank) -> &mut [Shape] {
        match bank {
            Bank::Scalar => &mut self.scalars,
            Bank::Reference => &mut self.references,
        }
    }
}

/// `S3`, `R0`.
pub(super) fn name(bank: Bank, register: u16) -> String {
    match bank {
        Bank::Scalar => format!("S{register}"),
        Bank::Reference => format!("R{register}"),
    }
}

/// What a condition may be: see [`FunctionKind::Condition`].
pub(super) fn signature(program: &Program, function: &Function) -> Result<(), String> {
    let ty = program.types.get(usize::from(function.result.0)).ok_or("the result's type is out of range")?;
    match (function.kind, ty) {
        (FunctionKind::Condition, Type::Bool) | (FunctionKind::Flow | FunctionKind::Path, _) => Ok(()),
        (FunctionKind::Condition, _) => Err("a condition that is no Bool".to_owned()),
    }
}
