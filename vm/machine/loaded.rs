//! A program made ready: verified, with tables derived from it.

use crate::snapshot::plan::{self, Spot};
use flow_bytecode::verify::{VerifyError, verify};
use flow_bytecode::{Program, Value, codec};
use std::sync::Arc;

/// A verified program. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Loaded {
    program: Arc<Program>,
    hash: [u8; 32],
    /// Per function, (pc, place) by pc.
    places: Vec<Vec<(u16, u16)>>,
    /// Per place what is kept there.
    spots: Vec<Option<Spot>>,
    constants: Constants,
}

impl Loaded {
    /// Verifies a program and derives its tables.
    ///
    /// # Errors
    /// Everything the verifier found.
    pub fn new(program: Arc<Program>) -> Result<Self, Vec<VerifyError>> {
        verify(&program)?;
        Ok(Self::trusted(program))
    }

    /// A program that was verified before, by hash. Running an unverified one ends in faults, never in a panic.
    pub fn trusted(program: Arc<Program>) -> Self {
        let mut places = vec![Vec::new(); program.functions.len()];
        for (index, place) in program.places.iter().enumerate() {
            if let (Some(list), Ok(index)) = (places.get_mut(usize::from(place.function)), u16::try_from(index)) {
                list.push((place.pc, index));
            }
        }
        for list in &mut places {
            list.sort_unstable();
        }
        let (spots, constants) = (plan::spots(&program), Constants::of(&program));
        Loaded { hash: codec::hash(&program), program, places, spots, constants }
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Its content hash, BLAKE3.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// A place of the program.
    pub(crate) fn spot(&self, place: usize) -> Option<&Spot> {
        self.spots.get(place)?.as_ref()
    }

    /// The place at an instruction, with its number.
    pub(crate) fn spot_at(&self, function: u16, pc: u16) -> Option<(u16, &Spot)> {
        let list = self.places.get(usize::from(function))?;
        let at = list.binary_search_by_key(&pc, |(pc, _)| *pc).ok()?;
        let (_, index) = *list.get(at)?;
        Some((index, self.spot(usize::from(index))?))
    }

    /// The index of the constant that this very text is.
    #[inline]
    pub(crate) fn constant_index(&self, text: &Arc<str>) -> Option<u32> {
        self.constants.index(address(text))
    }
}

/// Addresses of the texts among the constants, to their index: a text that is a constant is stored as its index.
/// Open addressing, a power of two, at most half full; looked into for every text that is stored.
#[derive(Debug)]
struct Constants {
    slots: Box<[(usize, u32)]>,
    shift: u32,
}

impl Constants {
    fn of(program: &Program) -> Self {
        let texts = program.constants.iter().zip(0u32..).filter_map(|(value, index)| match value {
            Value::Text(text) => Some((address(text), index)),
            _ => None,
        });
        let bits = (program.constants.len() * 2).next_power_of_two().max(2).trailing_zeros();
        let mut table = Constants { slots: vec![(0, 0); 1 << bits].into(), shift: u64::BITS - bits };
        for (address, index) in texts {
            let mut at = table.first(address);
            // No text is at address 0: that is an empty slot. One that is there twice keeps its first index.
            while let Some(slot) = table.slots.get_mut(at) {
                if slot.0 == 0 {
                    *slot = (address, index);
                }
                if slot.0 == address {
                    break;
                }
                at = (at + 1) & (table.slots.len() - 1);
            }
        }
        table
    }

    #[inline]
    fn first(&self, address: usize) -> usize {
        ((address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    #[inline]
    fn index(&self, address: usize) -> Option<u32> {
        let mut at = self.first(address);
        loop {
            match self.slots.get(at) {
                Some((found, index)) if *found == address => return Some(*index),
                Some((0, _)) | None => return None,
                Some(_) => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }
}

fn address(text: &Arc<str>) -> usize {
    Arc::as_ptr(text).cast::<u8>() as usize
}
