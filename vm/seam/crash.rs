//! Sudden death at numbered points, so that a test can kill the process exactly where it hurts.
//!
//! `FLOW_CRASH_AT=3:17` kills the process with SIGKILL the 17th time it comes to point 3; `3` alone means the first time.
//! The variable is read once, at the first point reached; without it a point costs one load.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The points, numbered for good: a number is never given to another point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CrashPoint {
    /// The write transaction is open, nothing is written.
    Begun = 1,
    /// A run's step is written, its savepoint not yet released.
    StepWritten = 2,
    /// Everything is written, COMMIT not yet called.
    BeforeCommit = 3,
    /// COMMIT returned, nobody has been told.
    AfterCommit = 4,
    /// Before the log is copied into the database.
    BeforeCheckpoint = 5,
    /// After the log is copied into the database.
    AfterCheckpoint = 6,
    /// Intents are marked `sending` and committed, no request has left.
    BeforeSend = 7,
    /// A request has left, no response was read.
    Sent = 8,
    /// A response was read, its outcome is not recorded.
    BeforeOutcome = 9,
    /// A step was acknowledged to its sender.
    Acknowledged = 10,
    /// In a migration, before its COMMIT.
    InMigration = 11,
    /// The backup before a migration is written, the migration not begun.
    AfterBackup = 12,
    /// A person's prompt was committed, the channel has not shown it.
    BeforePrompt = 13,
    /// Start-up: what was `sending` is read, nothing is resolved.
    Recovering = 14,
}

impl CrashPoint {
    /// Every point, in order of number.
    pub const ALL: [CrashPoint; 14] = [
        CrashPoint::Begun,
        CrashPoint::StepWritten,
        CrashPoint::BeforeCommit,
        CrashPoint::AfterCommit,
        CrashPoint::BeforeCheckpoint,
        CrashPoint::AfterCheckpoint,
        CrashPoint::BeforeSend,
        CrashPoint::Sent,
        CrashPoint::BeforeOutcome,
        CrashPoint::Acknowledged,
        CrashPoint::InMigration,
        CrashPoint::AfterBackup,
        CrashPoint::BeforePrompt,
        CrashPoint::Recovering,
    ];
}

/// Counts how often points are reached and says when to die.
#[derive(Debug, Default)]
pub struct CrashPoints {
    point: u32,
    time: u64,
    reached: AtomicU64,
}

impl CrashPoints {
    /// Reads `POINT` or `POINT:TIME`; anything else, 0 included, never kills.
    pub fn parse(text: &str) -> Self {
        let (point, time) = text.split_once(':').unwrap_or((text, "1"));
        match (point.trim().parse(), time.trim().parse()) {
            (Ok(point), Ok(time)) if time > 0 => CrashPoints { point, time, reached: AtomicU64::new(0) },
            _ => CrashPoints::default(),
        }
    }

    /// Notes that a point is reached; true when the process must die here.
    pub fn reach(&self, point: CrashPoint) -> bool {
        self.point == point as u32 && self.reached.fetch_add(1, Ordering::Relaxed) + 1 == self.time
    }
}

/// Dies here if `FLOW_CRASH_AT` says so.
#[inline]
pub fn crash_point(point: CrashPoint) {
    static POINTS: OnceLock<CrashPoints> = OnceLock::new();
    let points = POINTS.get_or_init(|| CrashPoints::parse(&std::env::var("FLOW_CRASH_AT").unwrap_or_default()));
    if points.reach(point) {
        die();
    }
}

/// SIGKILL, so that nothing is flushed, unwound or dropped.
fn die() -> ! {
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dies_at_the_given_time_only() {
        let points = CrashPoints::parse("3:2");
        let reached =
            [CrashPoint::BeforeCommit, CrashPoint::AfterCommit, CrashPoint::BeforeCommit, CrashPoint::BeforeCommit];
        assert_eq!(reached.map(|point| points.reach(point)), [false, false, true, false]);
    }

    #[test]
    fn nonsense_never_kills() {
        for text in ["", "x", "0", "3:", "3:0", ":1", "3:x"] {
            let points = CrashPoints::parse(text);
            assert!(CrashPoint::ALL.iter().all(|point| !points.reach(*point)), "{text}");
        }
    }

    #[test]
    fn numbers_are_their_places() {
        for (at, point) in CrashPoint::ALL.iter().enumerate() {
            assert_eq!(*point as usize, at + 1);
        }
    }
}
