//! Bytes of a program, read. Total: every length is checked against what is left.

use super::CodecError;

/// Takes from the front.
pub(super) struct Reader<'a> {
    pub rest: &'a [u8],
    /// Values within values.
    pub depth: u32,
}

const SHORT: CodecError = CodecError::Corrupt("too short");

impl<'a> Reader<'a> {
    pub fn byte(&mut self) -> Result<u8, CodecError> {
        let (&byte, rest) = self.rest.split_first().ok_or(SHORT)?;
        self.rest = rest;
        Ok(byte)
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// LEB128 of up to 64 bits, in its shortest form only.
    pub fn number(&mut self) -> Result<u64, CodecError> {
        u64::try_from(self.wide()?).map_err(|_| CodecError::Corrupt("a number"))
    }

    /// LEB128 of up to 105 bits, in its shortest form only.
    pub fn wide(&mut self) -> Result<u128, CodecError> {
        let mut number = 0;
        for shift in (0..105).step_by(7) {
            let byte = self.byte()?;
            if byte == 0 && shift > 0 {
                break;
            }
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(CodecError::Corrupt("a number"))
    }

    /// A number that fits a smaller type.
    pub fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, CodecError> {
        T::try_from(self.number()?).map_err(|_| CodecError::Corrupt("a number"))
    }

    /// A count of things of at least a byte each.
    pub fn count(&mut self) -> Result<usize, CodecError> {
        let count = self.narrow()?;
        if count > self.rest.len() {
            return Err(SHORT);
        }
        Ok(count)
    }
}
