//! Whole numbers: checked, never wrapping.

use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::Instr;

/// `k` as a comparison; a number that is none counts as `>=`, the verifier refuses it.
#[inline(always)]
pub(crate) fn holds<T: PartialOrd>(k: u8, left: T, right: T) -> bool {
    match k {
        0 => left == right,
        1 => left != right,
        2 => left < right,
        3 => left <= right,
        4 => left > right,
        _ => left >= right,
    }
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
