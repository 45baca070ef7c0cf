//! From a written function to the program's: numbers for registers, targets for labels, the suspension table.

use super::func::{Fun, Gen, OnIr, PlaceIr, PlaceKindIr, RegTy};
use super::ir::{Ins, Label, Piece, Reg, Role, roles};
use super::live::Liveness;
use super::tables::Tables;
use crate::diag::{Code, Diagnostic};
use crate::hir::{LocalId, Ty};
use flow_bytecode::program::{
    Arm, ArmKind, EventFilter, Function, FunctionKind, Handler, JoinPath, Live, Piece as OutPiece, Place, PlaceKind,
    SwitchTable, Template,
};
use flow_bytecode::{Bank, Instr, Op, TypeId};
use std::sync::Arc;

/// Instructions of one function at most: a jump's target has 16 bits, and so has the end of a stretch.
const CODE_MAX: usize = u16::MAX as usize;

/// Jumps in a row that are followed; a ring of them ends there.
const JUMPS_MAX: u32 = 8;

/// Instructions times registers of one function at most: what the verifier follows.
const WORK_MAX: usize = 1 << 27;

/// A function put aside while one inside it is written.
pub(super) struct Outer<'h> {
    fun: Fun<'h>,
    shadowed: usize,
}

/// The numbers of a function's registers.
struct Numbers {
    slots: Vec<u16>,
    scalars: u32,
    references: u32,
}

impl Numbers {
    /// Parameters first, then the other variables in order, then temporaries; each bank by itself.
    fn of(fun: &Fun<'_>) -> Numbers {
        let (mut scalars, mut references) = (0_u32, 0_u32);
        let mut slots = vec![u16::MAX; fun.slots.len()];
        let others = 0..fun.slots.len() as u32;
        for slot in fun.params.iter().copied().chain(others) {
            let slot = slot as usize;
            let (Some(number), Some(def)) = (slots.get_mut(slot), fun.slots.get(slot)) else { continue };
            if *number == u16::MAX {
                let next = match def.bank {
                    Bank::Scalar => &mut scalars,
                    Bank::Reference => &mut references,
                };
                *number = next.min(&mut (u32::from(u16::MAX) - 1)).to_owned() as u16;
                *next += 1;
            }
        }
        Numbers { slots, scalars, references }
    }

    fn of_reg(&self, bank: Bank, reg: Reg) -> u16 {
        if !reg.is_temporary() {
            return self.slots.get(reg.index() as usize).copied().unwrap_or(0);
        }
        let base = match bank {
            Bank::Scalar => self.scalars,
            Bank::Reference => self.references,
        };
        (base + reg.index()) as u16
    }
}

impl<'h> Gen<'_, 'h> {
    /// Begins a function inside this one.
    pub fn enter(&mut self, kind: FunctionKind) -> Outer<'h> {
        self.next_fun += 1;
        let index = self.tables.reserve_function();
        let mut inner = Fun::new();
        inner.restart(kind, self.next_fun, index);
        let fun = std::mem::replace(&mut self.fun, inner);
        Outer { fun, shadowed: self.shadowed.len() }
    }

    /// Ends it, and goes on with the one around.
    pub fn leave_function(&mut self, outer: Outer<'h>, name: Arc<str>, result: &Ty) -> Fun<'h> {
        let result = self.tables.ty(result);
        self.leave_function_typed(outer, name, result)
    }

    /// Likewise, with a type that is interned.
    pub fn leave_function_typed(&mut self, outer: Outer<'h>, name: Arc<str>, result: TypeId) -> Fun<'h> {
        self.finish(name, result);
        let taken = self.shadowed.split_off(outer.shadowed.min(self.shadowed.len()));
        for (LocalId(local), before) in taken.into_iter().rev() {
            if let Some(entry) = self.slots.get_mut(local as usize) {
                *entry = before;
            }
        }
        std::mem::replace(&mut self.fun, outer.fun)
    }

    /// Puts the present function into the program.
    pub fn finish(&mut self, name: Arc<str>, result: TypeId) {
        if self.fun.reachable {
            // Every way out has been written by now; should one be missing, the verifier must not meet it.
            self.push(Ins::new(Op::Stop, 0, 0, 0, 0));
        }
        let fun = &self.fun;
        let numbers = Numbers::of(fun);
        let registers = (numbers.scalars + fun.scalars_max).max(numbers.references + fun.references_max);
        let both = numbers.scalars + fun.scalars_max + numbers.references + fun.references_max;
        let work = (fun.code.len() + 1).saturating_mul(both as usize + 1);
        if fun.code.len() >= CODE_MAX || registers >= u32::from(u16::MAX) || work > WORK_MAX {
            self.out.diagnostics.push(
                Diagnostic::new(
                    Code::FlowTooLarge,
                    self.flow.span,
                    format!("`{}` has grown beyond what one flow can hold.", self.flow.name),
                )
                .help("Move a part of it into a flow of its own, and call that."),
            );
            return;
        }
        let places = self.tables.program.places.len();
        self.tables.index(places + fun.places.len(), "places to wait at");
        let encoder = Encoder {
            fun,
            numbers: &numbers,
            places: places as u32,
            switches: self.tables.program.switches.len() as u32,
            templates: self.tables.program.templates.len() as u32,
        };
        let code = encoder.code();
        encoder.tables(self.tables);
        encoder.places(self.tables);
        let params = fun.params.iter().filter_map(|slot| fun.slots.get(*slot as usize));
        let params: Vec<RegTy<'_>> = params.map(|slot| slot.ty).collect();
        let params = params.into_iter().map(|ty| interned(self.tables, ty)).collect();
        let handlers = fun.handlers.iter().map(|handler| Handler {
            start: handler.start as u16,
            end: handler.end as u16,
            target: encoder.target(handler.target) as u16,
            failure: numbers.of_reg(Bank::Reference, handler.failure),
        });
        let function = Function {
            name,
            kind: fun.kind,
            params,
            result,
            scalars: (numbers.scalars + fun.scalars_max) as u16,
            references: (numbers.references + fun.references_max) as u16,
            code,
            handlers: handlers.collect(),
        };
        let names = fun.slots.iter().zip(&numbers.slots).filter(|(slot, _)| !slot.name.is_empty());
        let names = names.map(|(slot, number)| (slot.bank, *number, slot.name.clone())).collect();
        self.out.function(fun.index, &fun.lines, names);
        self.tables.set_function(fun.index, function);
    }
}

fn interned(tables: &mut Tables<'_>, ty: RegTy<'_>) -> TypeId {
    match ty {
        RegTy::Hir(ty) => tables.ty(ty),
        RegTy::Id(id) => id,
    }
}

/// Encodes a function.
struct Encoder<'a, 'h> {
    fun: &'a Fun<'h>,
    numbers: &'a Numbers,
    /// Where this function's entries begin in the program's tables.
    places: u32,
    switches: u32,
    templates: u32,
}

impl Encoder<'_, '_> {
    fn code(&self) -> Vec<Instr> {
        self.fun.code.iter().map(|ins| self.instr(*ins)).collect()
    }

    fn instr(&self, ins: Ins) -> Instr {
        let k = if ins.op == Op::Call { 0 } else { ins.k };
        let mut wide = None;
        let mut operands = [0_u16; 3];
        for (slot, (role, operand)) in operands.iter_mut().zip(roles(ins.op).into_iter().zip([ins.a, ins.b, ins.c])) {
            match role {
                Role::Plain => *slot = operand as u16,
                Role::UseS | Role::DefS | Role::CallS => *slot = self.number(Bank::Scalar, Reg(operand)),
                Role::UseR | Role::DefR | Role::CallR | Role::Window => {
                    *slot = self.number(Bank::Reference, Reg(operand));
                }
                Role::Label => *slot = self.target(Label(operand)) as u16,
                Role::Place => *slot = (self.places + operand) as u16,
                Role::Wide => wide = Some(operand),
                Role::WideLabel => wide = Some(self.target(Label(operand))),
                Role::WidePlace => wide = Some(self.places + operand),
                Role::Template => wide = Some(self.templates + operand),
                Role::Switch => wide = Some(self.switches + operand),
            }
        }
        match wide {
            Some(wide) => Instr { k, ..Instr::wide(ins.op, operands[0], wide) },
            None => Instr::new(ins.op, k, operands[0], operands[1], operands[2]),
        }
    }

    /// Where a label leads in the end: a jump to a jump goes straight there.
    fn target(&self, label: Label) -> u32 {
        let mut label = label;
        for _ in 0..JUMPS_MAX {
            match self.fun.code.get(self.fun.target(label) as usize) {
                Some(ins) if ins.op == Op::Jump => label = Label(ins.b),
                _ => break,
            }
        }
        self.fun.target(label)
    }

    fn number(&self, bank: Bank, reg: Reg) -> u16 {
        self.numbers.of_reg(bank, reg)
    }

    fn tables(&self, tables: &mut Tables<'_>) {
        for table in &self.fun.switches {
            let cases = table.cases.iter().map(|(index, label)| (*index, self.target(*label) as u16));
            let default = self.target(table.default) as u16;
            tables.program.switches.push(SwitchTable { cases: cases.collect(), default });
        }
        for pieces in &self.fun.templates {
            let pieces = pieces.iter().map(|piece| match *piece {
                Piece::Text(text) => OutPiece::Text(text),
                Piece::Hole { bank, reg, ty, escape } => {
                    OutPiece::Hole { bank, register: self.number(bank, reg), ty, escape }
                }
            });
            tables.program.templates.push(Template { pieces: pieces.collect() });
        }
    }

    fn places(&self, tables: &mut Tables<'_>) {
        if self.fun.places.is_empty() {
            return;
        }
        let liveness = Liveness::new(self.fun);
        let rows = liveness.rows();
        let nameless: Arc<str> = Arc::from("");
        let mut lives: Vec<Vec<Live>> = vec![Vec::new(); self.fun.places.len()];
        liveness.places(|index, set| {
            let (Some(place), Some(live)) = (self.fun.places.get(index), lives.get_mut(index)) else { return };
            // Scalars first, each bank's in order.
            let stack = self.fun.stacks.get(place.stack.clone()).unwrap_or_default();
            let scalars = stack.partition_point(|kept| kept.bank == Bank::Scalar);
            for at in set.members() {
                let (bank, reg, ty, name) = match (self.fun.slots.get(at as usize), rows.temporary(at)) {
                    (Some(slot), _) => (slot.bank, Reg::slot(at), slot.ty, slot.name.clone()),
                    (None, None) => continue,
                    (None, Some((bank, reg))) => {
                        let (scalars, references) = stack.split_at(scalars);
                        let stack = if bank == Bank::Scalar { scalars } else { references };
                        match stack.get(reg.index() as usize) {
                            Some(kept) => (bank, reg, kept.ty, kept.name.clone().unwrap_or_else(|| nameless.clone())),
                            None => continue,
                        }
                    }
                };
                let ty = interned(tables, ty);
                live.push(Live { bank, register: self.number(bank, reg), ty, name });
            }
            live.sort_unstable_by_key(|one| (one.bank, one.register));
        });
        for (place, live) in self.fun.places.iter().zip(lives) {
            tables.program.places.push(Place {
                key: place.key.clone(),
                function: self.fun.index,
                pc: place.pc as u16,
                live,
                kind: self.kind(place),
            });
        }
    }

    fn kind(&self, place: &PlaceIr) -> PlaceKind {
        match &place.kind {
            PlaceKindIr::Call => PlaceKind::Call,
            PlaceKindIr::Pause => PlaceKind::Pause,
            PlaceKindIr::Action { action, policy } => PlaceKind::Action { action: *action, policy: *policy },
            PlaceKindIr::Join { mode, paths } => PlaceKind::Join {
                mode: *mode,
                paths: paths
                    .iter()
                    .map(|(name, done, result)| JoinPath {
                        name: name.clone(),
                        done: self.number(Bank::Scalar, *done),
                        result: self.number(Bank::Reference, *result),
                    })
                    .collect(),
            },
            PlaceKindIr::Wait { arms } => PlaceKind::Wait {
                arms: arms
                    .iter()
                    .map(|arm| Arm { on: self.on(&arm.on), target: self.target(arm.target) as u16 })
                    .collect(),
            },
        }
    }

    fn on(&self, on: &OnIr) -> ArmKind {
        match on {
            OnIr::After { due } => ArmKind::After { due: self.number(Bank::Scalar, *due) },
            OnIr::Event { event, matches, bind, filter } => ArmKind::Event {
                event: *event,
                matches: matches.iter().map(|(param, bank, reg)| (*param, *bank, self.number(*bank, *reg))).collect(),
                bind: bind.map(|reg| self.number(Bank::Reference, reg)),
                filter: filter.as_ref().map(|filter| {
                    let number = |captured: &Option<(Bank, Reg)>| {
                        captured.as_ref().map(|(bank, reg)| (*bank, self.number(*bank, *reg)))
                    };
                    EventFilter { function: filter.function, captures: filter.captures.iter().map(number).collect() }
                }),
            },
            OnIr::When { function, captures, reads } => ArmKind::When {
                function: *function,
                captures: captures.iter().map(|(bank, reg)| (*bank, self.number(*bank, *reg))).collect(),
                reads: reads.clone(),
            },
            OnIr::Answer { conversation, prompt, options, labels, expects, bind } => ArmKind::Answer {
                conversation: self.number(Bank::Scalar, *conversation),
                prompt: self.number(Bank::Reference, *prompt),
                options: options.map(|reg| self.number(Bank::Reference, reg)),
                labels: labels.clone(),
                expects: *expects,
                bind: self.number(Bank::Reference, *bind),
            },
        }
    }
}
