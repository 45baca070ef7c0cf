//! Who comes first: people, then outcomes, then timers, then what fans out; nobody starves.

use std::collections::VecDeque;

/// Lanes by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    People = 0,
    Outcomes = 1,
    Timers = 2,
    FanOut = 3,
}

/// How many a lane gives in a round.
const WEIGHTS: [usize; 4] = [8, 4, 2, 1];

/// First in, first out within a lane.
pub(super) struct Lanes<T> {
    lanes: [VecDeque<T>; 4],
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Lanes { lanes: std::array::from_fn(|_| VecDeque::new()) }
    }
}

impl<T> Lanes<T> {
    pub fn push(&mut self, lane: Lane, item: T) {
        self.lanes[lane as usize].push_back(item);
    }

    pub fn push_first(&mut self, lane: Lane, item: T) {
        self.lanes[lane as usize].push_front(item);
    }

    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(VecDeque::is_empty)
    }

    pub fn is_lane_empty(&self, lane: Lane) -> bool {
        self.lanes[lane as usize].is_empty()
    }

    pub fn len(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.lanes.iter().flatten()
    }

    /// Moves up to `most` into `batch`, in rounds by weight.
    pub fn take(&mut self, most: usize, batch: &mut Vec<(Lane, T)>) {
        const LANES: [Lane; 4] = [Lane::People, Lane::Outcomes, Lane::Timers, Lane::FanOut];
        while batch.len() < most && !self.is_empty() {
            for lane in LANES {
                let count = WEIGHTS[lane as usize].min(most - batch.len());
                for _ in 0..count {
                    match self.lanes[lane as usize].pop_front() {
                        Some(item) => batch.push((lane, item)),
                        None => break,
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_follows_the_weights_and_empty_lanes_cost_nothing() {
        let mut lanes = Lanes::default();
        for number in 0..100 {
            lanes.push(Lane::People, number);
            lanes.push(Lane::FanOut, number);
        }
        let mut batch = Vec::new();
        lanes.take(18, &mut batch);
        let people = batch.iter().filter(|(lane, _)| *lane == Lane::People).count();
        assert_eq!((batch.len(), people), (18, 16));
        let mut rest = Vec::new();
        lanes.take(1_000, &mut rest);
        assert_eq!(rest.len(), 182);
        assert!(lanes.is_empty());
    }
}
