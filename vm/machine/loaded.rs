//! A program made ready: verified, with tables derived from it.

use flow_bytecode::program::Place;
use flow_bytecode::verify::{VerifyError, verify};
use flow_bytecode::{Program, Value, codec};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// A verified program. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Loaded {
    program: Arc<Program>,
    hash: [u8; 32],
    /// Per function, (pc, place) by pc.
    places: Vec<Vec<(u16, u16)>>,
    /// Address of a constant's text to its index: a text that is a constant is stored as its index.
    constants: HashMap<usize, u32, BuildHasherDefault<Address>>,
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
        let mut constants = HashMap::default();
        for (index, value) in program.constants.iter().enumerate() {
            if let (Value::Text(text), Ok(index)) = (value, u32::try_from(index)) {
                constants.entry(address(text)).or_insert(index);
            }
        }
        Loaded { hash: codec::hash(&program), program, places, constants }
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Its content hash, BLAKE3.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// The place at an instruction.
    pub(crate) fn place_at(&self, function: u16, pc: u16) -> Option<(u16, &Place)> {
        let list = self.places.get(usize::from(function))?;
        let at = list.binary_search_by_key(&pc, |(pc, _)| *pc).ok()?;
        let (_, index) = *list.get(at)?;
        Some((index, self.program.places.get(usize::from(index))?))
    }

    /// The index of the constant that this very text is.
    pub(crate) fn constant_index(&self, text: &Arc<str>) -> Option<u32> {
        self.constants.get(&address(text)).copied()
    }
}

fn address(text: &Arc<str>) -> usize {
    Arc::as_ptr(text).cast::<u8>() as usize
}

/// Spreads an address; the map holds nothing else.
#[derive(Debug, Default)]
struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}
