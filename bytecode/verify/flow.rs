//! Follows every way through a function: nothing is used before it is written, nor as what it is not.

use super::access::{Access, read};
use super::facts::{Facts, Frame};
use super::shape::Shape;
use super::{Errors, PlacesOf, live};
use crate::op::Op;
use crate::program::{Function, FunctionKind, Place, PlaceKind, Program};
use crate::ty::{Bank, Type};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Registers and forks at a point.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    /// Scalars first.
    shapes: Vec<Shape>,
    /// Paths forked since the last join.
    forks: u16,
}

/// The most registers times instructions that are followed.
const WORK_MAX: usize = 1 << 27;

/// Checks a function's code. `places` are those that stand in it.
pub(super) fn check(program: &Program, index: u16, function: &Function, places: PlacesOf, errors: &mut Errors) {
    let length = function.code.len();
    let registers = usize::from(function.scalars) + usize::from(function.references);
    if length > usize::from(u16::MAX) || length * (registers + 1) > WORK_MAX {
        return errors.at(index, None, "the function is too large");
    }
    if function.scalars == 0 && function.result_is_scalar(program) {
        return errors.at(index, None, "a scalar result without a scalar register");
    }
    let mut access = Access::default();
    let facts = Facts::of(program, (index, function), places, &mut access);
    let mut walk = Walk {
        program,
        index,
        function,
        places,
        facts: &facts,
        frame: Frame::of(function),
        states: vec![None; length],
        reached: vec![false; length],
        work: BinaryHeap::new(),
        queued: vec![false; length],
        errors,
    };
    let Some(start) = walk.entry() else { return };
    walk.flow(0, &start, None);
    let mut state = State::default();
    while let Some(Reverse(from)) = walk.work.pop() {
        walk.block(usize::from(from), &mut state, &mut access);
        if walk.errors.many() {
            return;
        }
    }
    let reached = walk.reached;
    if walk.errors.is_empty() {
        live::check(program, (index, function), places, &facts, &reached, errors);
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
    places: PlacesOf<'a>,
    facts: &'a Facts,
    frame: Frame,
    /// Before each instruction that starts a block: what all ways there have in common.
    states: Vec<Option<State>>,
    reached: Vec<bool>,
    /// Blocks to follow, those in front first: most ways into a block are known before it is followed.
    work: BinaryHeap<Reverse<u16>>,
    queued: Vec<bool>,
    errors: &'e mut Errors,
}

impl Walk<'_, '_> {
    /// Parameters and nothing else.
    fn entry(&mut self) -> Option<State> {
        let registers = usize::from(self.function.scalars) + usize::from(self.function.references);
        let mut state = State { shapes: vec![Shape::Unusable; registers], forks: 0 };
        let (mut s, mut r) = (0, 0);
        for param in &self.function.params {
            let bank = self.program.types.get(usize::from(param.0)).map_or(Bank::Reference, Type::bank);
            let next = if bank == Bank::Scalar { &mut s } else { &mut r };
            match self.frame.slot(bank, *next).and_then(|at| state.shapes.get_mut(at)) {
                Some(slot) => *slot = Shape::of(self.program, *param),
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
        let at = pc as usize;
        let Some(slot) = self.states.get_mut(at).filter(|_| self.facts.starts(at)) else {
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
                for (known, new) in known.shapes.iter_mut().zip(&state.shapes) {
                    if *known != *new {
                        let joined = known.join(*new, self.program);
                        changed |= joined != *known;
                        *known = joined;
                    }
                }
                changed
            }
        };
        if changed && !self.queued[at] {
            self.queued[at] = true;
            // In range: the slot was found.
            self.work.extend(u16::try_from(pc).map(Reverse));
        }
    }

    /// The same, with one register written on the way.
    fn flow_with(
        &mut self,
        pc: u32,
        state: &mut State,
        register: u16,
        shape: Shape,
        from: usize,
    ) -> Result<(), String> {
        let slot = self.frame.slot(Bank::Reference, register).and_then(|at| state.shapes.get_mut(at));
        let before = std::mem::replace(slot.ok_or("a register is out of range")?, shape);
        self.flow(pc, state, Some(from));
        if let Some(slot) = self.frame.slot(Bank::Reference, register).and_then(|at| state.shapes.get_mut(at)) {
            *slot = before;
        }
        Ok(())
    }

    /// Follows instructions until the way parts or meets another.
    fn block(&mut self, from: usize, state: &mut State, access: &mut Access) {
        self.queued[from] = false;
        let Some(Some(known)) = self.states.get(from) else { return };
        state.shapes.clone_from(&known.shapes);
        state.forks = known.forks;
        let mut pc = from;
        loop {
            self.reached[pc] = true;
            let shapes = state.shapes.get(usize::from(self.function.scalars)..).unwrap_or_default();
            if let Err(message) = read(self.program, (self.index, self.function), self.places, pc, shapes, access) {
                return self.errors.at(self.index, Some(pc), &message);
            }
            if let Err(message) = self.apply(pc, state, access) {
                return self.errors.at(self.index, Some(pc), &message);
            }
            // Straight on, where nothing else leads: the state goes along and need not be remembered.
            if let [(next, None)] = access.edges[..]
                && next as usize == pc + 1
                && pc + 1 < self.function.code.len()
                && !self.facts.starts(pc + 1)
            {
                pc += 1;
                continue;
            }
            for (target, bound) in &access.edges {
                match bound {
                    None => self.flow(*target, state, Some(pc)),
                    Some((register, shape)) => {
                        if let Err(message) = self.flow_with(*target, state, *register, *shape, pc) {
                            return self.errors.at(self.index, Some(pc), &message);
                        }
                    }
                }
            }
            return;
        }
    }

    /// Checks what an instruction uses and applies what it writes.
    fn apply(&mut self, pc: usize, state: &mut State, access: &Access) -> Result<(), String> {
        for (bank, register, wanted) in &access.uses {
            let found = self.shape(state, *bank, *register).ok_or("a register is out of range")?;
            if found == Shape::Unusable {
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
            Op::Wait | Op::Pause | Op::Undo | Op::Call | Op::ActExternal | Op::Return | Op::ReturnR | Op::ReturnS
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
            let scalars = usize::from(self.function.scalars).min(state.shapes.len());
            let (own_s, own_r) = state.shapes.split_at_mut(scalars);
            for lost in own_s.iter_mut().skip(usize::from(s)).chain(own_r.iter_mut().skip(usize::from(r))) {
                *lost = Shape::Unusable;
            }
        }
        if let Some(place) = access.place.and_then(|place| self.program.places.get(usize::from(place))) {
            self.table(place, state)?;
        }
        // A failure is raised before anything is written; a join's paths are gone by then.
        if let Some(handler) = self.facts.handler(self.function, pc) {
            let forks = std::mem::take(&mut state.forks);
            let flowed = self.flow_with(handler.target.into(), state, handler.failure, Shape::Failure, pc);
            flowed.map_err(|_| "the register of a handler is out of range")?;
            state.forks = forks;
        }
        for (bank, register, shape) in &access.defs {
            let slot = self.frame.slot(*bank, *register).and_then(|at| state.shapes.get_mut(at));
            *slot.ok_or("a register is out of range")? = *shape;
        }
        Ok(())
    }

    fn shape(&self, state: &State, bank: Bank, register: u16) -> Option<Shape> {
        self.frame.slot(bank, register).and_then(|at| state.shapes.get(at)).copied()
    }

    /// Every register in the suspension table is written by then, and with that type.
    fn table(&self, place: &Place, state: &State) -> Result<(), String> {
        for live in &place.live {
            let found = self.shape(state, live.bank, live.register).ok_or("a register is out of range")?;
            let bank = self.program.types.get(usize::from(live.ty.0)).map(Type::bank);
            if bank != Some(live.bank) || !found.fits(Shape::of(self.program, live.ty), self.program) {
                let register = name(live.bank, live.register);
                return Err(format!("{register} ({}) is kept at {} as what it does not hold", live.name, place.key));
            }
        }
        Ok(())
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
        (FunctionKind::Undo, Type::Unit) => Ok(()),
        (FunctionKind::Undo, _) => Err("an undo that yields something".to_owned()),
        (FunctionKind::Condition, _) => Err("a condition that is no Bool".to_owned()),
    }
}
