//! Whole numbers: checked, never wrapping.

use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::Instr;

/// `k` as a comparison; a number that is none never holds, the verifier refuses it. Without a branch: which comparison
/// comes next is what a processor cannot guess.
#[inline(always)]
pub(crate) fn holds<T: Ord>(k: u8, left: T, right: T) -> bool {
    /// Per comparison the outcomes that satisfy it: 1 less, 2 equal, 4 greater.
    const OUTCOMES: u32 = 0x2 | 0x5 << 4 | 0x1 << 8 | 0x3 << 12 | 0x4 << 16 | 0x6 << 20;
    let outcome = (left.cmp(&right) as i8 + 1) as u32;
    OUTCOMES >> (u32::from(k & 7) * 4 + outcome) & 1 != 0
}

/// The signed 32-bit operand.
#[inline(always)]
pub(crate) fn signed(instr: Instr) -> i64 {
    i64::from(instr.bc() as i32)
}

/// A result that fits, or `.overflow`.
#[inline(always)]
pub(crate) fn fits(result: Option<i64>) -> Outcome<i64> {
    match result {
        Some(value) => Ok(value),
        None => Err(overflow()),
    }
}

/// The remainder, with the sign of the left side.
pub(crate) fn remainder(left: i64, right: i64) -> Outcome<i64> {
    if right == 0 {
        return Err(Raise::failure("invalid", "division by zero"));
    }
    // The one overflow, i64::MIN rem -1, is 0.
    Ok(left.checked_rem(right).unwrap_or(0))
}

/// What does not fit 64 bits.
#[cold]
pub(crate) fn overflow() -> Raise {
    Raise::failure("overflow", "a whole number grew beyond 64 bits")
}
