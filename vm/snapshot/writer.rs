//! Bytes of a snapshot, written.

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
    #[inline]
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }

    /// Zigzag, then LEB128.
    #[inline]
    pub fn scalar(&mut self, scalar: i64) {
        self.number(((scalar << 1) ^ (scalar >> 63)) as u64);
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
