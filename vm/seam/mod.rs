//! Where the world outside comes in: time, randomness, the disk and sudden death. Tests replace all four.
//!
//! The disk is replaced by name: [`crate::store::sqlite::Options::vfs`] takes the name of a registered SQLite VFS.

mod clock;
mod crash;
mod marks;
mod rng;

pub use clock::{Clock, ManualClock, SystemClock};
pub use crash::{CrashPoint, CrashPoints, crash_point};
pub use marks::Marks;
pub use rng::{Rng, SeededRng, SystemRng};
