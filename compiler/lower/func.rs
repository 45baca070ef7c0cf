//! A function being written: registers, labels, instructions, places.

use super::constant::bank;
use super::ir::{Ins, Label, Piece, Reg, Switch, ends};
use super::names::Names;
use super::tables::Tables;
use crate::diag::Span;
use crate::hir::{Flow, Hir, Local, LocalId, Ty};
use flow_bytecode::program::{Expects, FunctionKind, JoinMode, Policy};
use flow_bytecode::{Bank, Op, TypeId};
use std::sync::Arc;

/// The type of a register: as the checker has it, or already interned. Interned only where a place needs it.
#[derive(Debug, Clone, Copy)]
pub(super) enum RegTy<'h> {
    Hir(&'h Ty),
    Id(TypeId),
}

/// A variable's own register.
#[derive(Debug)]
pub(super) struct Slot<'h> {
    pub bank: Bank,
    pub ty: RegTy<'h>,
    /// As in the source; empty for what lowering made.
    pub name: Arc<str>,
}

/// A place being written.
#[derive(Debug)]
pub(super) struct PlaceIr {
    pub key: Arc<str>,
    pub pc: u32,
    pub kind: PlaceKindIr,
    /// Temporaries on the stacks when the run gets there: a stretch of [`Fun::stacks`].
    pub stack: std::ops::Range<usize>,
}

/// A temporary on the stack of its bank while a run waits.
#[derive(Debug, Clone)]
pub(super) struct Kept<'h> {
    pub bank: Bank,
    pub ty: RegTy<'h>,
    pub name: Option<Arc<str>>,
}

/// What a place waits for, before registers have numbers.
#[derive(Debug)]
pub(super) enum PlaceKindIr {
    Call,
    Pause,
    Action { action: u16, policy: Policy },
    Wait { arms: Vec<ArmIr> },
    Join { mode: JoinMode, paths: Vec<(Arc<str>, Reg, Reg)> },
}

/// An arm, before registers have numbers.
#[derive(Debug)]
pub(super) struct ArmIr {
    pub on: OnIr,
    pub target: Label,
}

/// What an arm listens to.
#[derive(Debug)]
pub(super) enum OnIr {
    After {
        due: Reg,
    },
    Event {
        event: u16,
        matches: Vec<(u16, Bank, Reg)>,
        bind: Option<Reg>,
        filter: Option<FilterIr>,
    },
    When {
        function: u16,
        captures: Vec<(Bank, Reg)>,
        reads: Vec<u16>,
    },
    Answer {
        conversation: Reg,
        prompt: Reg,
        options: Option<Reg>,
        /// What each option says, for those who compare versions.
        labels: Vec<u32>,
        expects: Expects,
        bind: Reg,
    },
}

/// `where`: a function, and per parameter the register it takes; `None` takes the event.
#[derive(Debug)]
pub(super) struct FilterIr {
    pub function: u16,
    pub captures: Vec<Option<(Bank, Reg)>>,
}

/// Where failures of a stretch go.
#[derive(Debug, Clone, Copy)]
pub(super) struct HandlerIr {
    pub start: u32,
    pub end: u32,
    pub target: Label,
    pub failure: Reg,
}

/// What `break`, `continue` and `again` go to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Around {
    Loop { next: Label, end: Label },
    Choice { show: Label },
}

/// A position on the stacks of temporaries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    scalars: u32,
    references: u32,
}

/// A temporary.
#[derive(Debug)]
struct Temporary<'h> {
    ty: RegTy<'h>,
    name: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LabelState {
    /// One more than the instruction; 0 until it is bound.
    at: u32,
    /// Whether something jumps there.
    used: bool,
}

/// A function being written.
#[derive(Debug)]
pub(super) struct Fun<'h> {
    pub kind: FunctionKind,
    /// Tells it from the functions around it.
    pub id: u32,
    pub index: u16,
    pub slots: Vec<Slot<'h>>,
    /// Slots that are parameters, in order.
    pub params: Vec<u32>,
    /// Per captured parameter, the variable of the function around.
    pub captured: Vec<LocalId>,
    scalars: Vec<Temporary<'h>>,
    references: Vec<Temporary<'h>>,
    pub scalars_max: u32,
    pub references_max: u32,
    pub code: Vec<Ins>,
    pub labels: Vec<LabelState>,
    /// The highest instruction something is bound to, so that no jump before it is taken back.
    pinned: u32,
    pub reachable: bool,
    pub places: Vec<PlaceIr>,
    /// What is on the stacks at the places, one place after the other.
    pub stacks: Vec<Kept<'h>>,
    pub handlers: Vec<HandlerIr>,
    pub templates: Vec<Vec<Piece>>,
    pub switches: Vec<Switch>,
    pub around: Vec<Around>,
    /// Where a path ends.
    pub path_end: Option<Label>,
    /// (first instruction, span).
    pub lines: Vec<(u32, Span)>,
    /// Fields read, in order of first use; kept for conditions only.
    pub reads: Vec<u16>,
    /// What this function does to the world, or waits for, counted.
    pub effects: u32,
}

impl Fun<'_> {
    /// Nothing yet.
    pub fn new() -> Self {
        Fun {
            kind: FunctionKind::Flow,
            id: 0,
            index: 0,
            slots: Vec::new(),
            params: Vec::new(),
            captured: Vec::new(),
            scalars: Vec::new(),
            references: Vec::new(),
            scalars_max: 0,
            references_max: 0,
            code: Vec::new(),
            labels: Vec::new(),
            pinned: 0,
            reachable: true,
            places: Vec::new(),
            stacks: Vec::new(),
            handlers: Vec::new(),
            templates: Vec::new(),
            switches: Vec::new(),
            around: Vec::new(),
            path_end: None,
            lines: Vec::new(),
            reads: Vec::new(),
            effects: 0,
        }
    }

    /// Begins another function, in the memory of the last.
    pub fn restart(&mut self, kind: FunctionKind, id: u32, index: u16) {
        (self.kind, self.id, self.index) = (kind, id, index);
        self.slots.clear();
        self.params.clear();
        self.captured.clear();
        self.scalars.clear();
        self.references.clear();
        (self.scalars_max, self.references_max) = (0, 0);
        self.code.clear();
        self.labels.clear();
        self.pinned = 0;
        self.reachable = true;
        self.places.clear();
        self.stacks.clear();
        self.handlers.clear();
        self.templates.clear();
        self.switches.clear();
        self.around.clear();
        self.path_end = None;
        self.lines.clear();
        self.reads.clear();
        self.effects = 0;
    }

    /// Where a label stands.
    pub fn target(&self, label: Label) -> u32 {
        self.labels.get(label.0 as usize).map_or(0, |state| state.at.saturating_sub(1))
    }
}

/// Writes the functions of a flow.
pub(super) struct Gen<'a, 'h> {
    pub hir: &'h Hir,
    pub tables: &'a mut Tables<'h>,
    pub names: &'a mut Names,
    pub out: &'a mut super::Output,
    pub flow: &'h Flow,
    pub fun: Fun<'h>,
    /// Per variable of the flow: the function that has it, and its slot there.
    pub slots: Vec<(u32, u32)>,
    /// What to put back into `slots` when the function is done.
    pub shadowed: Vec<(LocalId, (u32, u32))>,
    pub next_fun: u32,
    /// The variable that the value being written fills.
    pub fills: Option<&'h str>,
    pub span: Span,
    /// The call of an action whose template is being lowered: what stands elsewhere is told of as standing there.
    pub called: Option<Span>,
    /// The action that says something in a conversation.
    pub say: Option<crate::hir::ActionId>,
    /// What headers say of messages.
    pub sending: super::sending::Sending,
    /// What comes before the call that is written next, once its arguments are computed.
    pub guard: Option<super::sending::Guard>,
}

impl<'h> Gen<'_, 'h> {
    /// A variable of the flow.
    pub fn local(&self, local: LocalId) -> Option<&'h Local> {
        self.flow.locals.get(local.0 as usize)
    }

    /// The register of a variable. One that this function does not have yet is captured: a parameter.
    pub fn slot(&mut self, local: LocalId) -> Reg {
        match self.slots.get(local.0 as usize) {
            Some((fun, slot)) if *fun == self.fun.id => Reg::slot(*slot),
            _ => {
                let reg = self.declare(local);
                if self.fun.kind != FunctionKind::Flow {
                    self.fun.params.push(reg.index());
                    self.fun.captured.push(local);
                }
                reg
            }
        }
    }

    /// The register of a variable that begins here.
    pub fn declare(&mut self, local: LocalId) -> Reg {
        if let Some((fun, slot)) = self.slots.get(local.0 as usize)
            && *fun == self.fun.id
        {
            return Reg::slot(*slot);
        }
        let flow = self.flow;
        let (ty, name) = match flow.locals.get(local.0 as usize) {
            Some(local) => (&local.ty, local.name.clone()),
            None => (&Ty::Error, Arc::from("")),
        };
        let reg = self.new_slot(bank(ty), RegTy::Hir(ty), name);
        if let Some(entry) = self.slots.get_mut(local.0 as usize) {
            if self.fun.kind != FunctionKind::Flow {
                self.shadowed.push((local, *entry));
            }
            *entry = (self.fun.id, reg.index());
        }
        reg
    }

    fn new_slot(&mut self, bank: Bank, ty: RegTy<'h>, name: Arc<str>) -> Reg {
        let index = self.fun.slots.len() as u32;
        self.fun.slots.push(Slot { bank, ty, name });
        Reg::slot(index)
    }

    /// Where the stacks of temporaries stand.
    pub fn mark(&self) -> Mark {
        Mark { scalars: self.fun.scalars.len() as u32, references: self.fun.references.len() as u32 }
    }

    /// Drops temporaries made since.
    pub fn release(&mut self, mark: Mark) {
        self.fun.scalars.truncate(mark.scalars as usize);
        self.fun.references.truncate(mark.references as usize);
    }

    /// A new temporary.
    pub fn temporary(&mut self, bank: Bank, ty: RegTy<'h>) -> Reg {
        let (stack, max) = match bank {
            Bank::Scalar => (&mut self.fun.scalars, &mut self.fun.scalars_max),
            Bank::Reference => (&mut self.fun.references, &mut self.fun.references_max),
        };
        let index = stack.len() as u32;
        stack.push(Temporary { ty, name: None });
        *max = (*max).max(index + 1);
        Reg::temporary(index)
    }

    /// A new temporary of a checked type, in its own bank.
    pub fn temporary_of(&mut self, ty: &'h Ty) -> Reg {
        self.temporary(bank(ty), RegTy::Hir(ty))
    }

    /// Names the newest reference temporary, for people who look at a suspended run.
    pub fn name_reference(&mut self, name: String) {
        if let Some(temporary) = self.fun.references.last_mut() {
            temporary.name = Some(name.into());
        }
    }

    /// Gives the newest reference temporary another type.
    pub fn retype_reference(&mut self, ty: RegTy<'h>) {
        if let Some(temporary) = self.fun.references.last_mut() {
            temporary.ty = ty;
        }
    }

    /// The next free positions of both banks: where a window begins.
    pub fn window(&self) -> (Reg, Reg) {
        let mark = self.mark();
        (Reg::temporary(mark.scalars), Reg::temporary(mark.references))
    }

    /// A label, not bound yet.
    pub fn label(&mut self) -> Label {
        self.fun.labels.push(LabelState::default());
        Label(self.fun.labels.len() as u32 - 1)
    }

    /// Says that something jumps to a label.
    pub fn use_label(&mut self, label: Label) {
        if let Some(state) = self.fun.labels.get_mut(label.0 as usize) {
            state.used = true;
        }
    }

    /// Binds a label to the next instruction.
    pub fn bind(&mut self, label: Label) {
        let here = self.fun.code.len() as u32;
        // A jump to the very next instruction does nothing.
        if self.fun.pinned < here && self.fun.code.last().is_some_and(|last| last.op == Op::Jump && last.b == label.0) {
            self.fun.code.pop();
            if self.fun.lines.last().is_some_and(|(pc, _)| *pc + 1 == here) {
                self.fun.lines.pop();
            }
        }
        let here = self.fun.code.len() as u32;
        self.fun.pinned = here;
        if let Some(state) = self.fun.labels.get_mut(label.0 as usize) {
            state.at = here + 1;
            self.fun.reachable |= state.used;
        }
    }

    /// The next instruction, to which something outside the labels refers.
    pub fn here(&mut self) -> u32 {
        self.fun.pinned = self.fun.code.len() as u32;
        self.fun.pinned
    }

    /// Writes an instruction, unless nothing gets here.
    pub fn push(&mut self, ins: Ins) {
        if !self.fun.reachable {
            return;
        }
        let pc = self.fun.code.len() as u32;
        match self.fun.lines.last_mut() {
            Some((_, span)) if *span == self.span => {}
            Some((at, span)) if *at == pc => *span = self.span,
            _ => self.fun.lines.push((pc, self.span)),
        }
        if ends(ins.op) {
            self.fun.reachable = false;
        }
        self.fun.code.push(ins);
    }

    /// Writes an instruction of three operands.
    pub fn op(&mut self, op: Op, a: Reg, b: Reg, c: Reg) {
        self.push(Ins::new(op, 0, a.0, b.0, c.0));
    }

    /// Writes an instruction of two operands.
    pub fn op2(&mut self, op: Op, a: Reg, b: Reg) {
        self.push(Ins::new(op, 0, a.0, b.0, 0));
    }

    /// Writes an instruction with a register and a number.
    pub fn wide(&mut self, op: Op, a: Reg, number: u32) {
        self.push(Ins::new(op, 0, a.0, number, 0));
    }

    /// Goes to a label.
    pub fn jump(&mut self, label: Label) {
        if self.fun.reachable {
            self.use_label(label);
            self.push(Ins::new(Op::Jump, 0, 0, label.0, 0));
        }
    }

    /// Goes to a label if the register is so.
    pub fn jump_on(&mut self, op: Op, reg: Reg, label: Label) {
        if self.fun.reachable {
            self.use_label(label);
            self.push(Ins::new(op, 0, reg.0, label.0, 0));
        }
    }

    /// Goes to a label if two registers compare so; `op` is one with the label in `c`.
    pub fn jump_compare(&mut self, op: Op, k: u8, left: u32, right: u32, label: Label) {
        if self.fun.reachable {
            self.use_label(label);
            self.push(Ins::new(op, k, left, right, label.0));
        }
    }

    /// Puts a number into a scalar register.
    pub fn int(&mut self, dest: Reg, value: i64) {
        match i32::try_from(value) {
            Ok(small) => self.wide(Op::IntS, dest, small as u32),
            Err(_) => {
                let index = self.tables.scalar(value);
                self.wide(Op::ConstS, dest, index);
            }
        }
    }

    /// Puts a constant text into a reference register.
    pub fn text(&mut self, dest: Reg, text: &Arc<str>) {
        let index = self.tables.text(text);
        self.wide(Op::ConstR, dest, index);
    }

    /// Copies a register to another of its bank.
    pub fn copy(&mut self, bank: Bank, dest: Reg, from: Reg) {
        if dest != from {
            self.op2(if bank == Bank::Scalar { Op::MoveS } else { Op::MoveR }, dest, from);
        }
    }

    /// Boxes a scalar of a type.
    pub fn box_scalar(&mut self, ty: &Ty, dest: Reg, from: Reg) {
        self.op2(if *ty == Ty::Bool { Op::BoxB } else { Op::BoxI }, dest, from);
    }

    /// Records a place at the next instruction, and writes that instruction.
    pub fn place(&mut self, key: Arc<str>, kind: PlaceKindIr, mut ins: Ins) {
        self.fun.effects += 1;
        if !self.fun.reachable {
            return;
        }
        let from = self.fun.stacks.len();
        let stacks = [(Bank::Scalar, &self.fun.scalars), (Bank::Reference, &self.fun.references)];
        for (bank, stack) in stacks {
            let kept = stack.iter().map(|one| (one.ty, one.name.clone()));
            self.fun.stacks.extend(kept.map(|(ty, name)| Kept { bank, ty, name }));
        }
        let stack = from..self.fun.stacks.len();
        let place = PlaceIr { key, pc: self.fun.code.len() as u32, kind, stack };
        let index = self.fun.places.len() as u32;
        if let PlaceKindIr::Wait { arms } = &place.kind {
            for arm in arms {
                if let Some(state) = self.fun.labels.get_mut(arm.target.0 as usize) {
                    state.used = true;
                }
            }
        }
        self.fun.places.push(place);
        if matches!(ins.op, Op::ActExternal | Op::Wait | Op::Pause | Op::Join) {
            ins.b = index;
        }
        self.push(ins);
    }

    /// Runs with the variable that a value fills, for the names of places in it.
    pub fn filling(&mut self, name: Option<&'h str>) {
        self.fills = name.filter(|name| !name.is_empty());
    }
}
