//! The compiled form of a Flow program: what the compiler writes and the machine reads.
//!
//! Both sides share this crate and nothing else: opcodes, programs, values, their encoding, the verifier and the
//! disassembler. It depends on no other room.
#![forbid(unsafe_code)]

pub mod address;
pub mod assemble;
pub mod calendar;
pub mod codec;
pub mod currency;
pub mod disasm;
pub mod entry;
pub mod intrinsic;
pub mod op;
pub mod parallel;
pub mod program;
pub mod reach;
pub mod schema;
pub mod ty;
pub mod value;
pub mod verify;

pub use intrinsic::Intrinsic;
pub use op::{Instr, Op};
pub use program::Program;
pub use ty::{Bank, Type, TypeId};
pub use value::{Failure, Money, Value};
