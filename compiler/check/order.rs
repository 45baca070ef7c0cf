//! In which order what leads to each other is gone through: what something leads to comes first, so that what has been
//! found out there need not be found out again for everything before it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// What is still to be gone through; each is in it once.
pub(super) struct Queue {
    rank: Arc<[u32]>,
    /// Also of those that are never put in.
    queued: Vec<bool>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Queue {
    /// All of them; `next` gives where one leads, by number.
    pub fn of(count: usize, next: impl Fn(usize, usize) -> Option<usize>) -> Queue {
        Queue::among(ranks(count, next).into(), 0..count as u32)
    }

    /// Some of them, by their ranks. The others are never put in.
    pub fn among(rank: Arc<[u32]>, members: impl Iterator<Item = u32>) -> Queue {
        let of = |at: u32| rank.get(at as usize).copied().unwrap_or_default();
        let heap = members.map(|at| Reverse((of(at), at))).collect();
        Queue { queued: vec![true; rank.len()], rank, heap }
    }

    /// The next one.
    pub fn pop(&mut self) -> Option<usize> {
        let Reverse((_, at)) = self.heap.pop()?;
        crate::effort::spent(1);
        let at = at as usize;
        if let Some(queued) = self.queued.get_mut(at) {
            *queued = false;
        }
        Some(at)
    }

    /// Puts one in again.
    pub fn push(&mut self, at: usize) {
        if let (Some(queued @ false), Some(rank)) = (self.queued.get_mut(at), self.rank.get(at)) {
            *queued = true;
            self.heap.push(Reverse((*rank, at as u32)));
        }
    }
}

/// By number, when each is gone through.
pub(super) fn ranks(count: usize, next: impl Fn(usize, usize) -> Option<usize>) -> Vec<u32> {
    let mut ranks = vec![0; count];
    for (place, at) in (0..).zip(components(count, next).into_iter().flatten()) {
        ranks[at] = place;
    }
    ranks
}

/// What leads back to itself, in groups of those that do so together; each group comes after all it leads to. One that does
/// not lead back to itself is a group of its own. R. Tarjan, Depth-first search and linear graph algorithms (1972), without
/// recursion.
pub(super) fn components(count: usize, next: impl Fn(usize, usize) -> Option<usize>) -> Vec<Vec<usize>> {
    let mut seen: Vec<Option<usize>> = vec![None; count];
    let mut low = vec![0; count];
    let mut is_open = vec![false; count];
    let (mut numbers, mut open, mut groups) = (0, Vec::new(), Vec::new());
    // Those on the way, each with how far it has come along what it leads to.
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..count {
        if seen[start].is_none() {
            way.push((start, 0));
        }
        while let Some((at, number)) = way.last_mut() {
            let at = *at;
            if *number == 0 {
                seen[at] = Some(numbers);
                low[at] = numbers;
                is_open[at] = true;
                open.push(at);
                numbers += 1;
            }
            if let Some(to) = next(at, *number) {
                *number += 1;
                match seen.get(to) {
                    Some(None) => way.push((to, 0)),
                    Some(Some(earlier)) if is_open[to] => low[at] = low[at].min(*earlier),
                    _ => {}
                }
                continue;
            }
            way.pop();
            if let Some((before, _)) = way.last() {
                low[*before] = low[*before].min(low[at]);
            }
            if seen[at] == Some(low[at]) {
                let begin = open.iter().rposition(|node| *node == at).unwrap_or(0);
                let group: Vec<usize> = open.drain(begin..).rev().collect();
                group.iter().for_each(|node| is_open[*node] = false);
                groups.push(group);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::{Queue, components};

    #[test]
    fn what_is_led_to_comes_first_and_circles_end() {
        // 0 → 1 → 2 → 0, 3 → 0, 4 → 3, and 5 alone.
        let to: [&[usize]; 6] = [&[1], &[2], &[0], &[0], &[3], &[]];
        let groups = components(6, |at, number| to[at].get(number).copied());
        assert_eq!(groups, [vec![2, 1, 0], vec![3], vec![4], vec![5]]);
        let mut queue = Queue::of(6, |at, number| to[at].get(number).copied());
        assert_eq!(queue.pop(), Some(2));
        queue.push(2);
        queue.push(2);
        let rest: Vec<usize> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [2, 1, 0, 3, 4, 5]);
    }
}
