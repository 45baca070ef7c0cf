//! `parallel` and `race`: each path is a function that gets copies of what it reads, and returns what it wrote.

use super::constant::bank;
use super::expr::BOOL;
use super::func::{Fun, Gen, PlaceKindIr, RegTy};
use super::ir::{Ins, Reg};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Fork, LocalId, Path, Ty};
use flow_bytecode::program::{FunctionKind, JoinMode};
use flow_bytecode::{Bank, Op, Type, TypeId};

/// A path that has been written.
struct Written {
    done: Reg,
    result: Reg,
    /// The record of the variables it wrote.
    record: Option<TypeId>,
}

/// An instruction names a path by a byte.
const PATHS_MAX: usize = 256;

impl<'h> Gen<'_, 'h> {
    /// `parallel` and `race`
    pub fn fork(&mut self, fork: &'h Fork) {
        let kind = if fork.race { "race" } else { "parallel" };
        let within = fork.anchor.as_ref().map(|anchor| self.names.enter_anchor(anchor));
        let (mark, span) = (self.mark(), self.span);
        let mut written = Vec::with_capacity(fork.paths.len());
        let mut functions = Vec::with_capacity(fork.paths.len());
        for path in &fork.paths {
            functions.push(self.path(path));
        }
        for (path, (function, record)) in fork.paths.iter().zip(&functions) {
            self.span = path.span;
            let done = self.temporary_of(&BOOL);
            let ty = record.unwrap_or_else(|| self.tables.intern(Type::Unit));
            let ty = self.tables.intern(Type::Optional(ty));
            let result = self.temporary(Bank::Reference, RegTy::Id(ty));
            self.fork_path(function, written.len());
            written.push(Written { done, result, record: *record });
        }
        self.span = span;
        let mode = if fork.race { JoinMode::First } else { JoinMode::All };
        let paths = fork.paths.iter().zip(&written).map(|(path, one)| (path.name.clone(), one.done, one.result));
        let kind_ir = PlaceKindIr::Join { mode, paths: paths.collect() };
        let key = self.names.place(fork.anchor.as_deref(), kind, None, None);
        self.place(key, kind_ir, Ins::new(Op::Join, 0, 0, 0, 0));
        for (path, one) in fork.paths.iter().zip(&written) {
            if let Some(record) = one.record {
                self.take_over(path, one, record);
            }
        }
        self.release(mark);
        if let Some(within) = within {
            self.names.leave(within);
        }
    }

    /// Copies what a path captures side by side, and sets it off.
    fn fork_path(&mut self, function: &Fun<'h>, branch: usize) {
        let Ok(k) = u8::try_from(branch) else {
            if branch == PATHS_MAX {
                let message = format!("More than {PATHS_MAX} paths stand side by side.");
                self.out.diagnostics.push(
                    Diagnostic::new(Code::FlowTooLarge, self.span, message)
                        .at("one too many")
                        .help("Let some of them be flows of their own, and `start` those."),
                );
            }
            return;
        };
        self.with_captured(Op::Fork, k, function);
    }

    /// Copies what a function captures side by side, for an instruction that hands it over.
    pub fn with_captured(&mut self, op: Op, k: u8, function: &Fun<'h>) {
        let mark = self.mark();
        let (scalars, references) = self.window();
        let (mut in_scalars, mut in_references) = (0, 0);
        for local in &function.captured {
            let Some(local_def) = self.local(*local) else { continue };
            let from = self.slot(*local);
            let dest = self.temporary_of(&local_def.ty);
            let bank = bank(&local_def.ty);
            self.copy(bank, dest, from);
            match bank {
                Bank::Scalar => in_scalars += 1,
                Bank::Reference => in_references += 1,
            }
        }
        let mut ins = Ins::new(op, k, u32::from(function.index), scalars.0, references.0);
        ins.scalars = in_scalars;
        ins.window = in_references;
        self.push(ins);
        self.release(mark);
    }

    /// Writes the variables of a path that finished.
    fn take_over(&mut self, path: &'h Path, one: &Written, record: TypeId) {
        let skip = self.label();
        self.jump_on(Op::JumpUnless, one.done, skip);
        let mark = self.mark();
        let values = self.temporary(Bank::Reference, RegTy::Id(record));
        self.op2(Op::SomeR, values, one.result);
        for (position, local) in path.writes.iter().enumerate() {
            let dest = self.slot(*local);
            let scalar = self.local(*local).is_some_and(|local| bank(&local.ty) == Bank::Scalar);
            let op = if scalar { Op::PartS } else { Op::PartR };
            self.push(Ins::new(op, 0, dest.0, values.0, position as u32));
        }
        self.release(mark);
        self.bind(skip);
    }

    /// A path as a function; with the record of what it writes.
    fn path(&mut self, path: &'h Path) -> (Fun<'h>, Option<TypeId>) {
        let name = self.names.function(&path.name);
        let within = self.names.enter_path(&path.name);
        let span = self.span;
        let outer = self.enter(FunctionKind::Path);
        let end = self.label();
        self.fun.path_end = Some(end);
        // What it writes it also has from the start: it may add to it, or write it on one branch only.
        for local in &path.writes {
            self.slot(*local);
        }
        self.block(&path.body);
        self.span = path.span;
        self.bind(end);
        let record = self.written_type(&path.writes, &name);
        match record {
            None => self.push(Ins::new(Op::Return, 0, 0, 0, 0)),
            Some((index, _)) => {
                let (_, window) = self.window();
                for local in &path.writes {
                    let Some(def) = self.local(*local) else { continue };
                    let from = self.slot(*local);
                    let dest = self.temporary(Bank::Reference, RegTy::Hir(&def.ty));
                    match bank(&def.ty) {
                        Bank::Scalar => self.box_scalar(&def.ty, dest, from),
                        Bank::Reference => self.copy(Bank::Reference, dest, from),
                    }
                }
                let count = self.tables.index(path.writes.len(), "variables of one path");
                let made = self.temporary(Bank::Reference, RegTy::Hir(&super::expr::FAILURE));
                self.op_window(Op::Record, 0, made, u32::from(index), window, count);
                self.op2(Op::ReturnR, made, Reg(0));
            }
        }
        let ty = record.map(|(_, ty)| ty);
        let result = ty.unwrap_or_else(|| self.tables.intern(Type::Unit));
        let function = self.leave_function_typed(outer, name, result);
        self.span = span;
        self.names.leave(within);
        (function, ty)
    }

    fn written_type(&mut self, writes: &[LocalId], name: &std::sync::Arc<str>) -> Option<(u16, TypeId)> {
        if writes.is_empty() {
            return None;
        }
        let mut fields = Vec::with_capacity(writes.len());
        for local in writes {
            let (name, ty) = self
                .local(*local)
                .map_or((std::sync::Arc::from(""), &Ty::Error), |local| (local.name.clone(), &local.ty));
            fields.push((name, self.tables.ty(ty)));
        }
        let index = self.tables.made_record(name.clone(), fields);
        Some((index, self.tables.intern(Type::Record(index))))
    }
}
