//! What a run's timeline must never show.

use flow_vm::engine::RunDetail;
use std::collections::HashSet;

/// Asserts that no effect number stands twice in a run's timeline; gives the number of external actions asked for.
///
/// # Panics
/// With `what` when one does.
pub fn effects_are_once(run: &RunDetail, what: &str) -> usize {
    let mut seen = HashSet::new();
    let mut requested = 0;
    for (number, words) in run.timeline.iter().flat_map(|entry| &entry.effects) {
        assert!(seen.insert(*number), "{what}: effect {number} of {} twice", run.run.run);
        requested += usize::from(words.contains("http.") || words.contains("shop."));
    }
    requested
}
