//! Randomness.

/// Gives random bytes.
pub trait Rng: Send {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    fn fill(&mut self, bytes: &mut [u8]) -> std::io::Result<()>;

    /// A random number.
    ///
    /// # Errors
    /// As [`Rng::fill`].
    fn next_u64(&mut self) -> std::io::Result<u64> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// The system's randomness, fit for ids and tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(bytes).map_err(std::io::Error::other)
    }
}

/// Numbers that follow from a seed (SplitMix64): for tests and simulations, never for secrets.
#[derive(Debug, Clone, Copy)]
pub struct SeededRng(u64);

impl SeededRng {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        SeededRng(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0. Not perfectly even, good enough for tests.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.number() % end }
    }
}

impl Rng for SeededRng {
    fn fill(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        for chunk in bytes.chunks_mut(8) {
            let number = self.number().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let (mut a, mut b) = (SeededRng::new(7), SeededRng::new(7));
        assert_eq!((0..9).map(|_| a.number()).collect::<Vec<_>>(), (0..9).map(|_| b.number()).collect::<Vec<_>>());
    }

    #[test]
    fn the_system_gives_different_numbers() {
        assert_ne!(SystemRng.next_u64().ok(), SystemRng.next_u64().ok());
    }
}
