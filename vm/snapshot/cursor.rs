//! Bytes of a snapshot, read. Total: every length is checked against what is left before anything is allocated.
//!
//! Handed on and returned by value, so that where reading stands is kept in registers: most numbers are a byte, and
//! going through memory for each would cost more than reading it.

use crate::machine::Loaded;
use flow_bytecode::{Failure, Value};
use std::sync::Arc;

/// What is left to be read.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    pub fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    #[inline(always)]
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// LEB128, in its shortest form only.
    #[inline(always)]
    pub fn number(&mut self) -> Option<u64> {
        match self.rest {
            [first @ 0..0x80, rest @ ..] => {
                self.rest = rest;
                Some(u64::from(*first))
            }
            _ => {
                let (number, rest) = long_number(self.rest)?;
                self.rest = rest;
                Some(number)
            }
        }
    }

    /// A number that fits a smaller type.
    #[inline(always)]
    pub fn narrow<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }

    /// A count of things of at least a byte each, at most `most`.
    #[inline(always)]
    pub fn count(&mut self, most: u64) -> Option<usize> {
        let count = self.number()?;
        match usize::try_from(count) {
            Ok(fits) if count <= most => Some(fits),
            _ => None,
        }
    }

    /// The count of items of a container, and how many to make room for before they are there: items may take no bytes
    /// at all, so the first is bounded by itself and the second by what is left.
    #[inline(always)]
    pub fn items(&mut self) -> Option<(usize, usize)> {
        let count = self.count(1 << 18)?;
        Some((count, count.min(self.rest.len())))
    }

    #[inline(always)]
    pub fn scalar(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub fn text(&mut self, program: &Loaded) -> Option<Arc<str>> {
        let mut text = Value::Null;
        *self = text_into(program, *self, &mut text)?;
        match text {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn failure(&mut self, program: &Loaded) -> Option<Failure> {
        let (kind, message) = (self.text(program)?, self.text(program)?);
        let origin = match self.byte()? {
            0 => None,
            1 => Some((self.narrow()?, self.narrow()?)),
            _ => return None,
        };
        Some(Failure { kind, message, origin })
    }
}

#[inline(never)]
fn long_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        // A last byte of nothing, or bits beyond 64.
        if (*byte == 0 && at > 0) || (at == 9 && bits > 1) {
            return None;
        }
        number |= bits << (7 * at);
        if *byte < 0x80 {
            return Some((number, bytes.get(at + 1..).unwrap_or_default()));
        }
    }
    None
}

/// Reads a text to where it belongs.
pub(super) fn text_into<'a>(program: &Loaded, from: Cursor<'a>, slot: &mut Value) -> Option<Cursor<'a>> {
    let mut at = from;
    let head = at.number()?;
    let rest = usize::try_from(head >> 1).ok()?;
    if head & 1 == 1 {
        match program.program().constants.get(rest) {
            Some(Value::Text(text)) => put(slot, Value::Text(text.clone())),
            _ => return None,
        }
    } else {
        let text = std::str::from_utf8(at.take(rest)?).ok()?;
        put(slot, Value::Text(Arc::from(text)));
    }
    Some(at)
}

/// Puts a value where most often none was.
#[inline(always)]
pub(super) fn put(slot: &mut Value, value: Value) {
    match slot {
        // There is nothing to drop.
        Value::Null => std::mem::forget(std::mem::replace(slot, value)),
        _ => *slot = value,
    }
}
