//! What is kept at each place of a program, looked up once rather than at every suspension.

use flow_bytecode::program::PlaceKind;
use flow_bytecode::{Bank, Instr, Op, Program, Type, TypeId};

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
    /// At a join, the types of what its paths yield.
    pub yields: Box<[TypeId]>,
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
        let yields = match &place.kind {
            PlaceKind::Join { paths, .. } => yields(program, &function.code, usize::from(place.pc), paths.len())?,
            _ => Box::default(),
        };
        Some(Spot { instr, function: place.function, pc: place.pc, scalars, references, kept, kept_scalars, yields })
    };
    program.places.iter().map(spot).collect()
}

/// What the paths forked before a join yield. Every way there forks the same ones.
fn yields(program: &Program, code: &[Instr], join: usize, paths: usize) -> Option<Box<[TypeId]>> {
    let forked = |path: usize| {
        let mut before = code.get(..join)?.iter().rev();
        let fork = before.find(|instr| instr.op == Op::Fork && usize::from(instr.k) == path)?;
        Some(program.functions.get(usize::from(fork.a))?.result)
    };
    (0..paths).map(forked).collect()
}
