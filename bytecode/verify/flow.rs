//! Follows every way through a function: nothing is used before it is written, nor as what it is not.

use super::access::{Access, read};
use super::facts::{Facts, Frame};
use super::shape::{Held, Items, Shape};
use super::{Errors, PlacesOf, live};
use crate::disasm::type_name;
use crate::op::Op;
use crate::program::{Function, FunctionKind, Place, PlaceKind, Program};
use crate::ty::{Bank, Type};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Registers and forks at a point.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    /// Scalars first.
    held: Vec<Held>,
    /// The functions of the paths forked since the last join.
    forks: Vec<u16>,
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
    walk.flow(0, &start, None, &mut access.items);
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
        let mut state = State { held: vec![Held::UNUSABLE; registers], forks: Vec::new() };
        let (mut s, mut r) = (0, 0);
        for param in &self.function.params {
            let bank = self.program.types.get(usize::from(param.0)).map_or(Bank::Reference, Type::bank);
            let next = if bank == Bank::Scalar { &mut s } else { &mut r };
            match self.frame.slot(bank, *next).and_then(|at| state.held.get_mut(at)) {
                Some(slot) => *slot = Held::of(self.program, *param),
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
    fn flow(&mut self, pc: u32, state: &State, from: Option<usize>, items: &mut Items) {
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
                for (known, new) in known.held.iter_mut().zip(&state.held) {
                    if *known != *new {
                        let joined = items.join(self.program, *known, *new);
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
        (register, held): (u16, Held),
        from: usize,
        items: &mut Items,
    ) -> Result<(), String> {
        let slot = self.frame.slot(Bank::Reference, register).and_then(|at| state.held.get_mut(at));
        let before = std::mem::replace(slot.ok_or("a register is out of range")?, held);
        self.flow(pc, state, Some(from), items);
        if let Some(slot) = self.frame.slot(Bank::Reference, register).and_then(|at| state.held.get_mut(at)) {
            *slot = before;
        }
        Ok(())
    }

    /// Follows instructions until the way parts or meets another.
    fn block(&mut self, from: usize, state: &mut State, access: &mut Access) {
        self.queued[from] = false;
        let Some(Some(known)) = self.states.get(from) else { return };
        state.held.clone_from(&known.held);
        state.forks.clone_from(&known.forks);
        let mut pc = from;
        loop {
            self.reached[pc] = true;
            let function = (self.index, self.function);
            if let Err(message) = read(self.program, function, self.places, pc, &state.held, access) {
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
            let Access { edges, items, .. } = access;
            for (target, bound) in edges.iter() {
                match bound {
                    None => self.flow(*target, state, Some(pc), items),
                    Some(bound) => {
                        if let Err(message) = self.flow_with(*target, state, *bound, pc, items) {
                            return self.errors.at(self.index, Some(pc), &message);
                        }
                    }
                }
            }
            return;
        }
    }

    /// Checks what an instruction uses and applies what it writes.
    fn apply(&mut self, pc: usize, state: &mut State, access: &mut Access) -> Result<(), String> {
        for (bank, register, wanted) in &access.uses {
            let found = self.held(state, *bank, *register).ok_or("a register is out of range")?.shape;
            if found == Shape::Unusable {
                return Err(format!("{} is used and not written on every way here", name(*bank, *register)));
            }
            if !access.items.fits(self.program, found, *wanted) {
                return Err(format!("{} holds {found:?}, not {wanted:?}", name(*bank, *register)));
            }
        }
        for (bank, register, ty) in &access.stores {
            let found = self.held(state, *bank, *register).ok_or("a register is out of range")?;
            if !access.items.is(self.program, found, *bank, *ty) {
                let ty = type_name(self.program, *ty);
                return Err(format!("{} is stored as {ty} and holds {found:?}", name(*bank, *register)));
            }
        }
        let instr = self.function.code[pc];
        match instr.op {
            Op::Fork => {
                if usize::from(instr.k) != state.forks.len() {
                    return Err(format!("path {} is forked as number {}", instr.k, state.forks.len()));
                }
                state.forks.push(instr.a);
            }
            Op::Join => {
                let branches = access.place.and_then(|place| self.program.places.get(usize::from(place)));
                match branches.map(|place| &place.kind) {
                    Some(PlaceKind::Join { paths, .. }) if paths.len() == state.forks.len() => {}
                    _ => return Err(format!("a join of other than the {} paths forked", state.forks.len())),
                }
                // What a path yields is what its function does.
                let forks = std::mem::take(&mut state.forks);
                let results = access.defs.iter_mut().filter(|(bank, ..)| *bank == Bank::Reference);
                for ((.., held), path) in results.zip(forks) {
                    let ty = self.program.functions.get(usize::from(path)).map(|path| path.result);
                    *held = ty.map_or(Held::ANY, |ty| Held::of(self.program, ty).or_null());
                }
            }
            Op::Wait | Op::Pause | Op::Undo | Op::Call | Op::ActExternal | Op::Return | Op::ReturnR | Op::ReturnS
                if !state.forks.is_empty() =>
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
            let scalars = usize::from(self.function.scalars).min(state.held.len());
            let (own_s, own_r) = state.held.split_at_mut(scalars);
            for lost in own_s.iter_mut().skip(usize::from(s)).chain(own_r.iter_mut().skip(usize::from(r))) {
                *lost = Held::UNUSABLE;
            }
        }
        if let Some(place) = access.place.and_then(|place| self.program.places.get(usize::from(place))) {
            self.table(place, state, &access.items)?;
        }
        // A failure is raised before anything is written; a join's paths are gone by then.
        if let Some(handler) = self.facts.handler(self.function, pc) {
            let forks = std::mem::take(&mut state.forks);
            let failure = (handler.failure, Shape::Failure.into());
            let flowed = self.flow_with(handler.target.into(), state, failure, pc, &mut access.items);
            flowed.map_err(|_| "the register of a handler is out of range")?;
            state.forks = forks;
        }
        for (bank, register, held) in &access.defs {
            let slot = self.frame.slot(*bank, *register).and_then(|at| state.held.get_mut(at));
            *slot.ok_or("a register is out of range")? = *held;
        }
        Ok(())
    }

    fn held(&self, state: &State, bank: Bank, register: u16) -> Option<Held> {
        self.frame.slot(bank, register).and_then(|at| state.held.get(at)).copied()
    }

    /// Every register in the suspension table holds a value of its type by then. A run that is read again has these and
    /// no others, and of each no more is known than that type.
    fn table(&self, place: &Place, state: &mut State, items: &Items) -> Result<(), String> {
        let mut kept = vec![Held::UNUSABLE; state.held.len()];
        for live in &place.live {
            let found = self.held(state, live.bank, live.register).ok_or("a register is out of range")?;
            // A scalar may be kept in a register of its own or boxed.
            let ty = self.program.types.get(usize::from(live.ty.0)).map(Type::bank);
            let boxes = live.bank == Bank::Reference || ty == Some(Bank::Scalar);
            if !boxes || !items.is(self.program, found, live.bank, live.ty) {
                let register = name(live.bank, live.register);
                let ty = type_name(self.program, live.ty);
                return Err(format!("{register} ({}) is kept at {} as {ty} and holds {found:?}", live.name, place.key));
            }
            let slot = self.frame.slot(live.bank, live.register).and_then(|at| kept.get_mut(at));
            *slot.ok_or("a register is out of range")? = Held::of(self.program, live.ty);
        }
        state.held = kept;
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
