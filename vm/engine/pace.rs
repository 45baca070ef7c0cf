//! How fast requests go to one destination: not before it wants more, and no faster than it takes.

use std::collections::HashMap;
use std::sync::Arc;

/// Longest that a destination is held: a day, whatever it asks for.
const HOLD_MAX_US: i64 = 86_400_000_000;
/// Destinations remembered before those are dropped that have nothing to say any more.
const REMEMBERED_MAX: usize = 1_024;

/// What is known of the destinations that want a pace. Gone with the process: the first refusal brings it back.
#[derive(Default)]
pub(super) struct Paces(HashMap<Arc<str>, Pace>);

struct Pace {
    /// Nothing begins before.
    until: i64,
    /// The last moment that was promised to a request that waits.
    promised: i64,
}

impl Paces {
    /// The other side wants nothing more until a moment.
    pub fn hold(&mut self, destination: &Arc<str>, until: i64, now: i64) {
        let until = until.min(now.saturating_add(HOLD_MAX_US));
        let pace = self.0.entry(destination.clone()).or_insert(Pace { until, promised: 0 });
        pace.until = pace.until.max(until);
    }

    /// Whether a request may begin now; then the next may after the gap. Else when it may.
    ///
    /// # Errors
    /// The moment at which it is to be asked for again.
    pub fn may_begin(&mut self, destination: &Arc<str>, gap_us: i64, now: i64) -> Result<(), i64> {
        if let Some(pace) = self.0.get_mut(destination)
            && pace.until > now
        {
            pace.promised = pace.until.max(pace.promised.saturating_add(gap_us));
            return Err(pace.promised);
        }
        if gap_us > 0 {
            if self.0.len() >= REMEMBERED_MAX {
                self.0.retain(|_, pace| pace.until > now);
            }
            let next = now.saturating_add(gap_us);
            let pace = self.0.entry(destination.clone()).or_insert(Pace { until: next, promised: 0 });
            pace.until = next;
        } else {
            self.0.remove(destination);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Paces;
    use std::sync::Arc;

    #[test]
    fn one_after_the_other_and_none_before_it_is_wanted() {
        let (mut paces, there): (_, Arc<str>) = (Paces::default(), "there".into());
        assert_eq!(paces.may_begin(&there, 10, 100), Ok(()));
        assert_eq!([paces.may_begin(&there, 10, 101), paces.may_begin(&there, 10, 101)], [Err(110), Err(120)]);
        assert_eq!(paces.may_begin(&there, 10, 110), Ok(()));
        paces.hold(&there, 500, 120);
        assert_eq!(paces.may_begin(&there, 10, 130), Err(500));
        assert_eq!(paces.may_begin(&there, 10, 131), Err(510));
        assert_eq!(paces.may_begin(&"elsewhere".into(), 0, 131), Ok(()));
        assert_eq!(paces.may_begin(&there, 10, 500), Ok(()));
        paces.hold(&there, i64::MAX, 600);
        assert_eq!(paces.may_begin(&there, 10, 600), Err(super::HOLD_MAX_US + 600));
    }
}
