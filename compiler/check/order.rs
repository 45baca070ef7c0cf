//! In which order what leads to each other is gone through: what something leads to comes first, so that what has been
//! found out there need not be found out again for everything before it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is still to be gone through; each is in it once.
pub(super) struct Queue {
    rank: Vec<u32>,
    queued: Vec<bool>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Queue {
    /// All of them; `next` gives where one leads, by number.
    pub fn of(count: usize, next: impl Fn(usize, usize) -> Option<usize>) -> Queue {
        let rank = ranks(count, next);
        let heap = (0..).zip(&rank).map(|(at, rank)| Reverse((*rank, at))).collect();
        Queue { rank, queued: vec![true; count], heap }
    }

    /// The next one.
    pub fn pop(&mut self) -> Option<usize> {
        let Reverse((_, at)) = self.heap.pop()?;
        crate::work::done(1);
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

/// Each has a higher rank than all it leads to, but where they lead back to it.
fn ranks(count: usize, next: impl Fn(usize, usize) -> Option<usize>) -> Vec<u32> {
    let mut rank = vec![0; count];
    let mut seen = vec![false; count];
    let mut done = 0;
    // How far it has come along what leads on from each on the way.
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..count {
        if !std::mem::replace(&mut seen[start], true) {
            way.push((start, 0));
        }
        while let Some((at, number)) = way.last_mut() {
            match next(*at, *number) {
                Some(to) => {
                    *number += 1;
                    if let Some(seen @ false) = seen.get_mut(to) {
                        *seen = true;
                        way.push((to, 0));
                    }
                }
                None => {
                    rank[*at] = done;
                    done += 1;
                    way.pop();
                }
            }
        }
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn what_is_led_to_comes_first_and_circles_end() {
        // 0 → 1 → 2 → 0, 3 → 0, 4 → 3, and 5 alone.
        let to: [&[usize]; 6] = [&[1], &[2], &[0], &[0], &[3], &[]];
        let mut queue = Queue::of(6, |at, number| to[at].get(number).copied());
        assert_eq!(queue.pop(), Some(2));
        queue.push(2);
        queue.push(2);
        let rest: Vec<usize> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, [2, 1, 0, 3, 4, 5]);
    }
}
