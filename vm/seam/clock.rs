//! Time.
#![allow(clippy::disallowed_methods, reason = "this is the one clock")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Tells the time. A jump of the wall clock shows as the two clocks moving by different amounts.
pub trait Clock: Send + Sync {
    /// Wall clock, microseconds since 1970 UTC. May go back.
    fn now_us(&self) -> i64;

    /// Microseconds since some fixed moment, the time the machine slept included where the system tells. Never goes back.
    fn boot_us(&self) -> i64;
}

/// The machine's clocks.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now_us(&self) -> i64 {
        // A clock before 1970 is as legal as any other wrong clock: it counts down from 0.
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
        }
    }

    #[cfg(target_os = "linux")]
    fn boot_us(&self) -> i64 {
        let _ = self.started;
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1_000)
    }

    #[cfg(not(target_os = "linux"))]
    fn boot_us(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

/// A clock that moves only when told to. Clones share the time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    now_us: Arc<AtomicI64>,
    boot_us: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that stands at this moment.
    pub fn new(now_us: i64) -> Self {
        ManualClock { now_us: Arc::new(AtomicI64::new(now_us)), boot_us: Arc::new(AtomicI64::new(0)) }
    }

    /// Lets time pass, on both clocks.
    pub fn advance(&self, us: i64) {
        self.now_us.fetch_add(us, Ordering::SeqCst);
        self.boot_us.fetch_add(us.max(0), Ordering::SeqCst);
    }

    /// Lets time pass up to a moment; one in the past changes nothing.
    pub fn advance_to(&self, now_us: i64) {
        let us = now_us.saturating_sub(self.now_us());
        if us > 0 {
            self.advance(us);
        }
    }

    /// Moves the wall clock alone, as a person or a time server does.
    pub fn jump(&self, us: i64) {
        self.now_us.fetch_add(us, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_us(&self) -> i64 {
        self.now_us.load(Ordering::SeqCst)
    }

    fn boot_us(&self) -> i64 {
        self.boot_us.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_shows_as_a_difference() {
        let clock = ManualClock::new(1_000);
        clock.advance(500);
        assert_eq!((clock.now_us(), clock.boot_us()), (1_500, 500));
        clock.jump(-1_000);
        assert_eq!((clock.now_us(), clock.boot_us()), (500, 500));
        clock.advance_to(100);
        assert_eq!(clock.now_us(), 500);
    }

    #[test]
    fn the_system_clock_is_after_2020_and_boot_does_not_go_back() {
        let clock = SystemClock::default();
        assert!(clock.now_us() > 1_577_836_800_000_000);
        let before = clock.boot_us();
        assert!(clock.boot_us() >= before);
    }
}
