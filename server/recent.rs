//! What has just been taken: a link that is followed twice in a moment was followed once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long the same counts once, microseconds.
const ONCE_WITHIN_US: i64 = 10_000_000;
/// So many are known at most; then all are forgotten, which counts one twice at worst.
const KNOWN_MAX: usize = 20_000;

/// What has just been taken, by its hash.
#[derive(Default)]
pub(crate) struct Recent(Mutex<HashMap<[u8; 32], i64>>);

impl Recent {
    /// Whether it is new as of a moment; if so it is known from now on.
    pub fn is_new(&self, what: [u8; 32], now_us: i64) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.get(&what).is_some_and(|at| now_us.saturating_sub(*at) < ONCE_WITHIN_US) {
            return false;
        }
        if known.len() >= KNOWN_MAX {
            known.retain(|_, at| now_us.saturating_sub(*at) < ONCE_WITHIN_US);
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
        }
        known.insert(what, now_us);
        true
    }

    /// It was not taken after all.
    pub fn forget(&self, what: &[u8; 32]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(what);
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN_MAX, ONCE_WITHIN_US, Recent};

    #[test]
    fn the_same_counts_once_in_a_while() {
        let recent = Recent::default();
        assert!(recent.is_new([1; 32], 0) && !recent.is_new([1; 32], ONCE_WITHIN_US - 1));
        assert!(recent.is_new([2; 32], 1) && recent.is_new([1; 32], ONCE_WITHIN_US));
        recent.forget(&[1; 32]);
        assert!(recent.is_new([1; 32], ONCE_WITHIN_US + 1));
    }

    #[test]
    fn however_many_come_not_all_are_kept() {
        let recent = Recent::default();
        for number in 0..3 * KNOWN_MAX as u64 {
            let mut what = [0; 32];
            what[..8].copy_from_slice(&number.to_be_bytes());
            assert!(recent.is_new(what, 0));
        }
        assert!(recent.0.lock().unwrap().len() <= KNOWN_MAX);
    }
}
