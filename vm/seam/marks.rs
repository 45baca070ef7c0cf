//! What tests reach of a program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Which marks of a program to be tested were reached. Clones share it; several engines may.
#[derive(Debug, Clone)]
pub struct Marks {
    reached: Arc<[AtomicBool]>,
    closed: Arc<AtomicBool>,
}

impl Marks {
    /// For a program with so many marks; none is reached.
    pub fn new(count: usize) -> Self {
        Marks {
            reached: (0..count).map(|_| AtomicBool::new(false)).collect(),
            closed: Arc::new(AtomicBool::new(false)),
        }
    }

    /// The same marks for one engine, which can be closed without the others.
    #[must_use]
    pub fn apart(&self) -> Self {
        Marks { reached: self.reached.clone(), closed: Arc::new(AtomicBool::new(false)) }
    }

    /// What is reached from now on does not count: something went otherwise than the test says.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    /// This one is reached. One that the program does not have is nobody's.
    pub fn reach(&self, mark: u32) {
        if let Some(reached) = self.reached.get(mark as usize)
            && !self.closed.load(Ordering::SeqCst)
        {
            reached.store(true, Ordering::Relaxed);
        }
    }

    /// Whether this one was reached.
    pub fn reached(&self, mark: usize) -> bool {
        self.reached.get(mark).is_some_and(|reached| reached.load(Ordering::Relaxed))
    }
}
