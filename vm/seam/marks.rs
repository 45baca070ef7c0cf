//! What tests reach of a program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which marks of a program to be tested were reached. Clones share it; several engines may.
#[derive(Debug, Clone)]
pub struct Marks(Arc<[AtomicBool]>);

impl Marks {
    /// For a program with so many marks; none is reached.
    pub fn new(count: usize) -> Self {
        Marks((0..count).map(|_| AtomicBool::new(false)).collect())
    }

    /// This one is reached. One that the program does not have is nobody's.
    pub fn reach(&self, mark: u32) {
        if let Some(reached) = self.0.get(mark as usize) {
            reached.store(true, Ordering::Relaxed);
        }
    }

    /// Whether this one was reached.
    pub fn reached(&self, mark: usize) -> bool {
        self.0.get(mark).is_some_and(|reached| reached.load(Ordering::Relaxed))
    }
}
