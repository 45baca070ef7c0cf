//! Bytes of a snapshot, read. Total: every length is checked against what is left before anything is allocated.

use super::SnapshotError;
use crate::machine::Loaded;
use flow_bytecode::{Failure, Value};
use std::sync::Arc;

/// Takes from the front.
pub(super) struct Reader<'a> {
    pub program: &'a Loaded,
    pub rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline]
    pub fn byte(&mut self) -> Result<u8, SnapshotError> {
        let (&byte, rest) = self.rest.split_first().ok_or(SHORT)?;
        self.rest = rest;
        Ok(byte)
    }

    #[inline]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], SnapshotError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// LEB128, in its shortest form only.
    #[inline]
    pub fn number(&mut self) -> Result<u64, SnapshotError> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        self.long_number(u64::from(first & 0x7f))
    }

    fn long_number(&mut self, mut number: u64) -> Result<u64, SnapshotError> {
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (shift == 63 && bits > 1) || byte == 0 {
                return Err(SnapshotError::Corrupt("a number"));
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(SnapshotError::Corrupt("a number"))
    }

    /// A number that fits a smaller type.
    #[inline]
    pub fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, SnapshotError> {
        T::try_from(self.number()?).map_err(|_| SnapshotError::Corrupt("a number"))
    }

    /// A count of things of at least a byte each, at most `most`.
    #[inline]
    pub fn count(&mut self, most: u64) -> Result<usize, SnapshotError> {
        let count = self.number()?;
        match usize::try_from(count) {
            Ok(fits) if count <= most => Ok(fits),
            _ => Err(SnapshotError::Corrupt("a count")),
        }
    }

    /// The count of items of a container, and how many to make room for before they are there: items may take no bytes
    /// at all, so the first is bounded by itself and the second by what is left.
    #[inline]
    pub fn items(&mut self) -> Result<(usize, usize), SnapshotError> {
        let count = self.count(1 << 18)?;
        Ok((count, count.min(self.rest.len())))
    }

    #[inline]
    pub fn scalar(&mut self) -> Result<i64, SnapshotError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    #[inline]
    pub fn text(&mut self) -> Result<Arc<str>, SnapshotError> {
        let head = self.number()?;
        let rest = usize::try_from(head >> 1).map_err(|_| SHORT)?;
        if head & 1 == 1 {
            return match self.program.program().constants.get(rest) {
                Some(Value::Text(text)) => Ok(text.clone()),
                _ => Err(SnapshotError::Corrupt("a constant")),
            };
        }
        let bytes = self.take(rest)?;
        std::str::from_utf8(bytes).map(Arc::from).map_err(|_| SnapshotError::Corrupt("a text"))
    }

    pub fn failure(&mut self) -> Result<Failure, SnapshotError> {
        let (kind, message) = (self.text()?, self.text()?);
        let origin = match self.byte()? {
            0 => None,
            1 => Some((self.narrow()?, self.narrow()?)),
            _ => return Err(SnapshotError::Corrupt("a failure")),
        };
        Ok(Failure { kind, message, origin })
    }
}

const SHORT: SnapshotError = SnapshotError::Corrupt("too short");
