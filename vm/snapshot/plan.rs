//! What is kept at each place of a program, looked up once rather than at every suspension.

use flow_bytecode::{Bank, Instr, Program, Type, TypeId};

/// A place as the snapshot sees it.
#[derive(Debug)]
pub(crate) struct Spot {
    /// The instruction that stands there.
    pub instr: Instr,
    /// The function it is in.
    pub function: u16,
    /// Where in it.
    pub pc: u16,
    /// Scalar registers of the function.
    pub scalars: u16,
    /// Reference registers of the function.
    pub references: u16,
    /// The live registers, in the order of the suspension table.
    pub kept: Box<[Kept]>,
    /// How many of them are scalars, which come first.
    pub kept_scalars: usize,
}

/// A live register.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// Its number.
    pub register: u16,
    /// How it is stored.
    pub what: What,
}

/// How a register is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// A scalar.
    Scalar,
    /// A scalar that is 0 or 1.
    Bool,
    /// A reference, most often a text.
    Text,
    /// A reference of another type.
    Value(TypeId),
}

/// The places of a program in their order; `None` where one is at no instruction, which no run can reach.
pub(crate) fn spots(program: &Program) -> Vec<Option<Spot>> {
    let spot = |place: &flow_bytecode::program::Place| {
        let function = program.functions.get(usize::from(place.function))?;
        let instr = *function.code.get(usize::from(place.pc))?;
        let kept = place.live.iter().map(|live| {
            let what = match (live.bank, program.types.get(usize::from(live.ty.0))) {
                (Bank::Scalar, Some(Type::Bool)) => What::Bool,
                (Bank::Scalar, _) => What::Scalar,
                (Bank::Reference, Some(ty)) if ty.is_text() => What::Text,
                (Bank::Reference, _) => What::Value(live.ty),
            };
            Kept { register: live.register, what }
        });
        let kept: Box<[Kept]> = kept.collect();
        let kept_scalars = kept.iter().take_while(|kept| matches!(kept.what, What::Scalar | What::Bool)).count();
        let (scalars, references) = (function.scalars, function.references);
        Some(Spot { instr, function: place.function, pc: place.pc, scalars, references, kept, kept_scalars })
    };
    program.places.iter().map(spot).collect()
}
