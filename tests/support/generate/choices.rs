//! Where every decision of a generated program comes from: a seed, or decisions taken before.

/// Decisions, one after the other. Each is a number below some bound, and 0 is always the simplest way to go on: a
/// program made of fewer and smaller decisions is a smaller program, which is how one that shows a fault is shrunk.
#[derive(Debug, Clone)]
pub struct Choices {
    given: Option<Vec<u32>>,
    state: u64,
    taken: Vec<u32>,
}

impl Choices {
    /// Made from a seed.
    pub fn seeded(seed: u64) -> Self {
        Choices { given: None, state: seed.wrapping_add(0x9e37_79b9_7f4a_7c15), taken: Vec::new() }
    }

    /// Taken before; the simplest ones after their end.
    pub fn given(given: Vec<u32>) -> Self {
        Choices { given: Some(given), state: 0, taken: Vec::new() }
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u32) -> u32 {
        let number = match &self.given {
            Some(given) => given.get(self.taken.len()).copied().unwrap_or(0) % bound.max(1),
            None => (self.next() % u64::from(bound.max(1))) as u32,
        };
        self.taken.push(number);
        number
    }

    /// splitmix64: every seed gives numbers of its own.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Every decision so far.
    pub fn taken(&self) -> &[u32] {
        &self.taken
    }
}

/// Fewer and smaller decisions for which `fails` still holds: stretches are left out, then numbers made 0, until neither
/// helps or `tries` are used up.
pub fn shrink(mut choices: Vec<u32>, mut tries: usize, mut fails: impl FnMut(&[u32]) -> bool) -> Vec<u32> {
    let mut stretch = choices.len() / 2;
    while stretch > 0 && tries > 0 {
        let mut at = 0;
        while at < choices.len() && tries > 0 {
            let end = (at + stretch).min(choices.len());
            let mut shorter = choices.clone();
            shorter.drain(at..end);
            let mut zeroed = choices.clone();
            zeroed[at..end].fill(0);
            tries -= 1;
            if fails(&shorter) {
                choices = shorter;
            } else if zeroed != choices && fails(&zeroed) {
                choices = zeroed;
                at = end;
            } else {
                at = end;
            }
        }
        stretch /= 2;
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::{Choices, shrink};

    #[test]
    fn the_same_decisions_again() {
        let mut first = Choices::seeded(7);
        let numbers: Vec<u32> = (0..50).map(|bound| first.below(bound)).collect();
        let mut again = Choices::given(first.taken().to_vec());
        assert_eq!((0..50).map(|bound| again.below(bound)).collect::<Vec<_>>(), numbers);
        assert_eq!(again.below(9), 0);
    }

    #[test]
    fn what_matters_is_left() {
        let choices = (0..200).map(|number| number % 10).collect();
        let least = shrink(choices, 10_000, |choices| choices.iter().filter(|number| **number == 7).count() >= 3);
        assert_eq!(least, [7, 7, 7]);
    }
}
