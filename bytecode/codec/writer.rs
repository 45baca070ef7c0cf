//! Bytes of a program, written.

/// Appends to a buffer.
pub(super) struct Writer {
    pub out: Vec<u8>,
}

impl Writer {
    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// LEB128.
    pub fn number(&mut self, number: u64) {
        self.wide(u128::from(number));
    }

    /// LEB128 of up to 128 bits.
    pub fn wide(&mut self, mut number: u128) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }
}
