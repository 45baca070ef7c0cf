//! Programs put together by hand: for tests, benchmarks and tools. The compiler has its own emitter.

use crate::op::{Instr, Op};
use crate::program::{Function, FunctionKind, Live, Place, PlaceKind, Program};
use crate::ty::{Bank, Type, TypeId};
use crate::value::Value;
use std::sync::Arc;

/// A program in the making.
#[derive(Debug, Default)]
pub struct Assembler {
    /// The program so far.
    pub program: Program,
}

/// One instruction with three operands.
pub fn op(op: Op, k: u8, a: u16, b: u16, c: u16) -> Instr {
    Instr::new(op, k, a, b, c)
}

/// One instruction with a register and a 32-bit operand.
pub fn wide(op: Op, a: u16, bc: u32) -> Instr {
    Instr::wide(op, a, bc)
}

impl Assembler {
    /// The type's index; equal types share one.
    pub fn ty(&mut self, ty: Type) -> TypeId {
        TypeId(intern(&mut self.program.types, ty) as u16)
    }

    /// A constant's index; equal ones share one.
    pub fn constant(&mut self, value: Value) -> u32 {
        intern(&mut self.program.constants, value) as u32
    }

    /// A constant text's index.
    pub fn text(&mut self, text: &str) -> u32 {
        self.constant(Value::text(text))
    }

    /// A function's index. `registers` of the scalar and the reference bank.
    pub fn function(
        &mut self,
        name: &str,
        kind: FunctionKind,
        params: &[TypeId],
        result: TypeId,
        registers: (u16, u16),
        code: Vec<Instr>,
    ) -> u16 {
        self.program.functions.push(Function {
            name: name.into(),
            kind,
            params: params.to_vec(),
            result,
            scalars: registers.0,
            references: registers.1,
            code,
            handlers: Vec::new(),
        });
        (self.program.functions.len() - 1) as u16
    }

    /// A place's index: its key, function and pc, what is live there as (bank, register, type), and what it waits for.
    pub fn place(&mut self, key: &str, at: (u16, u16), live: &[(Bank, u16, TypeId)], kind: PlaceKind) -> u16 {
        let live = live.iter().map(|(bank, register, ty)| Live {
            bank: *bank,
            register: *register,
            ty: *ty,
            name: format!("{bank:?}{register}").into(),
        });
        let live = live.collect();
        self.program.places.push(Place { key: key.into(), function: at.0, pc: at.1, live, kind });
        (self.program.places.len() - 1) as u16
    }

    /// The program, shared.
    pub fn finish(self) -> Arc<Program> {
        Arc::new(self.program)
    }
}

fn intern<T: PartialEq>(table: &mut Vec<T>, entry: T) -> usize {
    match table.iter().position(|other| *other == entry) {
        Some(at) => at,
        None => {
            table.push(entry);
            table.len() - 1
        }
    }
}
