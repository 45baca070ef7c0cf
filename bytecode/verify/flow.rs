//! Follows every way through a function: nothing is used before it is written, nor as what it is not.

use super::access::{Access, read};
use super::facts::{Facts, Frame};
use super::registers::{Now, Tree, Trees};
use super::shape::{Held, Items, Shape};
use super::{Errors, PlacesOf, again};
use crate::disasm::type_name;
use crate::op::Op;
use crate::program::{Function, FunctionKind, Handler, Place, PlaceKind, Program};
use crate::ty::{Bank, Type};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Registers and forks at a point.
#[derive(Debug, Clone)]
struct State {
    held: Tree,
    /// The functions of the paths forked since the last join.
    forks: Vec<u16>,
}

/// The same while instructions are followed.
struct Current {
    held: Now,
    forks: Vec<u16>,
    /// Where a failure last led to, and what registers held then.
    raised: Option<(u16, u16, Tree)>,
}

/// The most registers times instructions that are followed.
const WORK_MAX: usize = 1 << 27;

/// Checks a function's code. `places` are those that stand in it. The answer is how much was looked at.
pub(super) fn check(program: &Program, index: u16, function: &Function, places: PlacesOf, errors: &mut Errors) -> u64 {
    let length = function.code.len();
    let registers = Frame::of(function).registers();
    if length > usize::from(u16::MAX) || length * (registers + 1) > WORK_MAX {
        errors.at(index, None, "the function is too large");
        return 0;
    }
    if function.scalars == 0 && function.result_is_scalar(program) {
        errors.at(index, None, "a scalar result without a scalar register");
        return 0;
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
        trees: Trees::new(registers),
        states: vec![None; facts.blocks],
        kept: vec![None; places.len()],
        reached: vec![false; length],
        work: BinaryHeap::new(),
        queued: vec![false; facts.blocks],
        visits: length as u64,
        errors,
    };
    walk.follow(&mut access);
    let (visits, reached) = (walk.visits + walk.trees.visits, walk.reached);
    if errors.is_empty() {
        again::check(program, (index, function), places, &reached, &mut access, errors);
    }
    visits
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
    trees: Trees,
    /// At the start of each block: what all ways there have in common.
    states: Vec<Option<State>>,
    /// What is kept at each place.
    kept: Vec<Option<Tree>>,
    reached: Vec<bool>,
    /// Blocks to follow, those in front first: most ways into a block are known before it is followed.
    work: BinaryHeap<Reverse<u16>>,
    queued: Vec<bool>,
    visits: u64,
    errors: &'e mut Errors,
}

impl Walk<'_, '_> {
    /// From the beginning, until nothing new is known anywhere.
    fn follow(&mut self, access: &mut Access) {
        let Some(held) = self.entry() else { return };
        self.flow(0, held, &[], None, &mut access.items);
        let held = Now::new(self.frame.registers());
        let mut current = Current { held, forks: Vec::new(), raised: None };
        while let Some(Reverse(from)) = self.work.pop() {
            self.block(usize::from(from), &mut current, access);
            if self.errors.many() {
                return;
            }
            if self.trees.are_many() {
                let states = self.states.iter_mut().flatten().map(|state| &mut state.held);
                self.trees.keep(states.chain(self.kept.iter_mut().flatten()));
            }
        }
    }

    /// Parameters and nothing else.
    fn entry(&mut self) -> Option<Tree> {
        let mut params = Vec::with_capacity(self.function.params.len());
        let (mut s, mut r) = (0, 0);
        for param in &self.function.params {
            let bank = self.program.types.get(usize::from(param.0)).map_or(Bank::Reference, Type::bank);
            let next = if bank == Bank::Scalar { &mut s } else { &mut r };
            let Some(slot) = self.frame.slot(bank, *next) else {
                self.errors.at(self.index, None, "a parameter without a register");
                return None;
            };
            params.push((slot, Held::of(self.program, *param)));
            *next += 1;
        }
        params.sort_unstable_by_key(|(slot, _)| *slot);
        Some(self.trees.with(Tree::UNUSABLE, &params))
    }

    /// A way leads to `pc` with this: remembers what all ways there have in common.
    fn flow(&mut self, pc: u32, held: Tree, forks: &[u16], from: Option<usize>, items: &mut Items) {
        self.visits += 1;
        let at = self.facts.block(pc as usize);
        let Some((at, slot)) = at.and_then(|at| Some((at, self.states.get_mut(at)?))) else {
            return self.errors.at(self.index, from, "goes on beyond the end of the function");
        };
        let changed = match slot {
            None => {
                *slot = Some(State { held, forks: forks.to_vec() });
                true
            }
            Some(known) => {
                if known.forks != forks {
                    return self.errors.at(self.index, from, "paths are forked on one way here and not on another");
                }
                let before = known.held;
                known.held = self.trees.join(self.program, items, before, held);
                known.held != before
            }
        };
        if changed && !self.queued[at] {
            self.queued[at] = true;
            // In range: the slot was found.
            self.work.extend(u16::try_from(pc).map(Reverse));
        }
    }

    /// What is held with one register written on the way.
    fn bound(&mut self, held: Tree, (register, bound): (u16, Held)) -> Result<Tree, &'static str> {
        let slot = self.frame.slot(Bank::Reference, register).ok_or("a register is out of range")?;
        Ok(self.trees.with(held, &[(slot, bound)]))
    }

    /// Follows instructions until the way parts or meets another.
    fn block(&mut self, from: usize, current: &mut Current, access: &mut Access) {
        let Some(block) = self.facts.block(from) else { return };
        self.queued[block] = false;
        let Some(Some(known)) = self.states.get(block) else { return };
        current.held.begin(known.held);
        current.forks.clone_from(&known.forks);
        current.raised = None;
        let mut pc = from;
        loop {
            self.reached[pc] = true;
            self.visits += 1;
            let function = (self.index, self.function);
            let held = |bank, register| self.held(current, bank, register);
            if let Err(message) = read(self.program, function, self.places, pc, held, access) {
                return self.errors.at(self.index, Some(pc), &message);
            }
            if let Err(message) = self.apply(pc, current, access) {
                return self.errors.at(self.index, Some(pc), &message);
            }
            // Straight on, where nothing else leads: the state goes along and need not be remembered.
            if let [(next, None)] = access.edges[..]
                && next as usize == pc + 1
                && pc + 1 < self.function.code.len()
                && self.facts.block(pc + 1).is_none()
            {
                pc += 1;
                continue;
            }
            let Access { edges, items, .. } = access;
            let held = current.held.tree(&mut self.trees);
            for (target, bound) in edges.iter() {
                match bound.map_or(Ok(held), |bound| self.bound(held, bound)) {
                    Ok(held) => self.flow(*target, held, &current.forks, Some(pc), items),
                    Err(message) => return self.errors.at(self.index, Some(pc), message),
                }
            }
            return;
        }
    }

    /// Checks what an instruction uses and applies what it writes.
    fn apply(&mut self, pc: usize, current: &mut Current, access: &mut Access) -> Result<(), String> {
        for (bank, register, wanted) in &access.uses {
            let found = self.held(current, *bank, *register).ok_or("a register is out of range")?.shape;
            if found == Shape::Unusable {
                return Err(format!("{} is used and not written on every way here", name(*bank, *register)));
            }
            if !access.items.fits(self.program, found, *wanted) {
                return Err(format!("{} holds {found:?}, not {wanted:?}", name(*bank, *register)));
            }
        }
        for (bank, register, ty) in &access.stores {
            let found = self.held(current, *bank, *register).ok_or("a register is out of range")?;
            if !access.items.is(self.program, found, *bank, *ty) {
                let ty = type_name(self.program, *ty);
                return Err(format!("{} is stored as {ty} and holds {found:?}", name(*bank, *register)));
            }
        }
        let instr = self.function.code[pc];
        match instr.op {
            Op::Fork => {
                if usize::from(instr.k) != current.forks.len() {
                    return Err(format!("path {} is forked as number {}", instr.k, current.forks.len()));
                }
                current.forks.push(instr.a);
            }
            Op::Join => {
                let branches = access.place.and_then(|place| self.program.places.get(usize::from(place)));
                match branches.map(|place| &place.kind) {
                    Some(PlaceKind::Join { paths, .. }) if paths.len() == current.forks.len() => {}
                    _ => return Err(format!("a join of other than the {} paths forked", current.forks.len())),
                }
                // What a path yields is what its function does.
                let forks = std::mem::take(&mut current.forks);
                let results = access.defs.iter_mut().filter(|(bank, ..)| *bank == Bank::Reference);
                for ((.., held), path) in results.zip(forks) {
                    let ty = self.program.functions.get(usize::from(path)).map(|path| path.result);
                    *held = ty.map_or(Held::ANY, |ty| Held::of(self.program, ty).or_null());
                }
            }
            Op::Wait | Op::Pause | Op::Undo | Op::Call | Op::ActExternal | Op::Return | Op::ReturnR | Op::ReturnS
                if !current.forks.is_empty() =>
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
            let (scalars, all) = (usize::from(self.function.scalars), self.frame.registers());
            let held = current.held.tree(&mut self.trees);
            let held = self.trees.without(held, usize::from(s), scalars);
            current.held.begin(self.trees.without(held, scalars + usize::from(r), all));
        }
        if let Some(place) = access.place {
            self.table(pc, place, current, &access.items)?;
        }
        // A failure is raised before anything is written; a join's paths are gone by then.
        if let Some(handler) = self.facts.handler(self.function, pc) {
            self.raise(pc, handler, current, &mut access.items)?;
        }
        for (bank, register, held) in &access.defs {
            match self.frame.slot(*bank, *register) {
                Some(slot) if current.held.put(slot, *held) => {}
                _ => return Err("a register is out of range".to_owned()),
            }
        }
        Ok(())
    }

    fn held(&self, current: &Current, bank: Bank, register: u16) -> Option<Held> {
        self.frame.slot(bank, register).and_then(|slot| current.held.get(&self.trees, slot))
    }

    /// The way of a failure; the next instruction raises the same where nothing has been written.
    fn raise(
        &mut self,
        pc: usize,
        handler: &Handler,
        current: &mut Current,
        items: &mut Items,
    ) -> Result<(), &'static str> {
        let held = current.held.tree(&mut self.trees);
        let raised = Some((handler.target, handler.failure, held));
        if current.raised != raised {
            current.raised = raised;
            let failure = (handler.failure, Shape::Failure.into());
            let held = self.bound(held, failure).map_err(|_| "the register of a handler is out of range")?;
            self.flow(handler.target.into(), held, &[], Some(pc), items);
        }
        Ok(())
    }

    /// Every register in the suspension table holds a value of its type by then. A run that is read again has these and
    /// no others, and of each no more is known than that type.
    fn table(&mut self, pc: usize, index: u16, current: &mut Current, items: &Items) -> Result<(), String> {
        let Some(place) = self.program.places.get(usize::from(index)) else { return Ok(()) };
        self.visits += place.live.len() as u64;
        for live in &place.live {
            let found = self.held(current, live.bank, live.register).ok_or("a register is out of range")?;
            // A scalar may be kept in a register of its own or boxed.
            let ty = self.program.types.get(usize::from(live.ty.0)).map(Type::bank);
            let boxes = live.bank == Bank::Reference || ty == Some(Bank::Scalar);
            if !boxes || !items.is(self.program, found, live.bank, live.ty) {
                let register = name(live.bank, live.register);
                let ty = type_name(self.program, live.ty);
                return Err(format!("{register} ({}) is kept at {} as {ty} and holds {found:?}", live.name, place.key));
            }
        }
        let at = self.places.binary_search_by_key(&pc, |(at, _)| usize::from(*at)).ok();
        let known = at.and_then(|at| self.kept.get(at).copied().flatten());
        let kept = known.unwrap_or_else(|| self.kept(place));
        if let Some(known) = at.and_then(|at| self.kept.get_mut(at)) {
            *known = Some(kept);
        }
        current.held.begin(kept);
        Ok(())
    }

    /// What a run holds that is read again at a place.
    fn kept(&mut self, place: &Place) -> Tree {
        let frame = self.frame;
        let held = place
            .live
            .iter()
            .filter_map(|live| Some((frame.slot(live.bank, live.register)?, Held::of(self.program, live.ty))));
        // They are in order: the tables have been checked.
        let held: Vec<_> = held.collect();
        self.trees.with(Tree::UNUSABLE, &held)
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
