//! Bytes of a snapshot, written.

use super::plan::{Kept, What};
use crate::machine::Loaded;
use flow_bytecode::Failure;
use std::sync::Arc;

/// Appends to a buffer.
pub(super) struct Writer<'a> {
    pub program: &'a Loaded,
    pub out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// LEB128.
    #[inline(always)]
    pub fn number(&mut self, number: u64) {
        match number {
            0..0x80 => self.out.push(number as u8),
            _ => self.numbers([number]),
        }
    }

    /// Several numbers, at most [`FEW`].
    #[inline(always)]
    pub fn numbers<const N: usize>(&mut self, numbers: [u64; N]) {
        const { assert!(N <= FEW) };
        let (mut bytes, mut count) = ([0; ROOM], 0);
        for number in numbers {
            gather(&mut bytes, &mut count, number);
        }
        self.bytes(bytes.get(..count).unwrap_or_default());
    }

    /// Scalar registers; the number of the one that does not hold what it should.
    #[inline(always)]
    pub fn scalars(&mut self, kept: &[Kept], bank: &[i64]) -> Result<(), usize> {
        let (mut bytes, mut count) = ([0; ROOM], 0);
        for (at, kept) in kept.iter().enumerate() {
            let scalar = *bank.get(usize::from(kept.register)).ok_or(at)?;
            if matches!(kept.what, What::Bool) && !matches!(scalar, 0 | 1) {
                return Err(at);
            }
            if count + NUMBER_MAX > ROOM {
                self.bytes(bytes.get(..count).unwrap_or_default());
                count = 0;
            }
            gather(&mut bytes, &mut count, zigzag(scalar));
        }
        self.bytes(bytes.get(..count).unwrap_or_default());
        Ok(())
    }

    /// Zigzag, then LEB128.
    #[inline(always)]
    pub fn scalar(&mut self, scalar: i64) {
        self.number(zigzag(scalar));
    }

    /// A text: twice the index of the constant it is, plus one; or twice its length, and its bytes.
    #[inline]
    pub fn text(&mut self, text: &Arc<str>) {
        match self.program.constant_index(text) {
            Some(index) => self.number(u64::from(index) << 1 | 1),
            None => {
                self.number((text.len() as u64) << 1);
                self.bytes(text.as_bytes());
            }
        }
    }

    /// Kind, message, and where it was raised.
    pub fn failure(&mut self, failure: &Failure) {
        self.text(&failure.kind);
        self.text(&failure.message);
        match failure.origin {
            None => self.byte(0),
            Some((function, pc)) => {
                self.byte(1);
                self.number(u64::from(function));
                self.number(u64::from(pc));
            }
        }
    }
}

/// Bytes of a number, at most.
const NUMBER_MAX: usize = 10;

/// Numbers that are gathered on the stack before they are appended: where the next one goes is then kept in a register,
/// and going through memory for each byte would cost more than writing it.
const FEW: usize = 6;
const ROOM: usize = FEW * NUMBER_MAX;

#[inline(always)]
fn gather(bytes: &mut [u8; ROOM], count: &mut usize, mut number: u64) {
    let mut byte = |byte: u8| {
        if let Some(slot) = bytes.get_mut(*count) {
            *slot = byte;
        }
        *count += 1;
    };
    while number >= 0x80 {
        byte(number as u8 | 0x80);
        number >>= 7;
    }
    byte(number as u8);
}

#[inline(always)]
fn zigzag(scalar: i64) -> u64 {
    ((scalar << 1) ^ (scalar >> 63)) as u64
}
