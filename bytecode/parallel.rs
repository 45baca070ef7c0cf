//! Several things at a time, their results in order.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads that work at one task, at most.
const THREADS_MAX: usize = 8;

/// Does `work` for every item, several at a time if it is `much` and the machine has several cores; the results are in the
/// items' order.
///
/// `stack_bytes` is the stack of each further thread. Where no thread is to be had, the caller's does it all. A panic in
/// `work` is the caller's panic.
pub fn map<T: Sync, R: Send>(items: &[T], much: bool, stack_bytes: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if !much {
        return items.iter().map(work).collect();
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(items.len());
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let helper = |_| std::thread::Builder::new().stack_size(stack_bytes).spawn_scoped(scope, some).ok();
        let helpers: Vec<_> = (1..threads).filter_map(helper).collect();
        let mut done = some();
        for helper in helpers {
            match helper.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_are_in_order() {
        let items: Vec<u64> = (0..10_000).collect();
        let slow_at_first = |item: &u64| {
            if *item < 4 {
                std::thread::yield_now();
            }
            item * item
        };
        assert_eq!(
            map(&items, true, 64 << 10, slow_at_first),
            items.iter().map(|item| item * item).collect::<Vec<_>>()
        );
        assert_eq!(map(&[0u8; 0], true, 64 << 10, |item| *item), []);
    }

    #[test]
    #[should_panic(expected = "the seventh")]
    fn a_panic_is_the_callers() {
        map(&[1, 2, 3, 4, 5, 6, 7, 8], true, 64 << 10, |item| assert!(*item != 7, "the seventh"));
    }
}
