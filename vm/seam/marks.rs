//! What tests reach of a program.

use flow_bytecode::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The arguments of local actions, self-describing, by run and effect.
type Deeds = Arc<Mutex<HashMap<(i64, u32), Vec<Value>>>>;

/// Which marks of a program to be tested were reached. Clones share it; several engines may.
#[derive(Debug, Clone)]
pub struct Marks {
    reached: Arc<[AtomicBool]>,
    closed: Arc<AtomicBool>,
    deeds: Option<Deeds>,
}

impl Marks {
    /// For a program with so many marks; none is reached.
    pub fn new(count: usize) -> Self {
        Marks {
            reached: (0..count).map(|_| AtomicBool::new(false)).collect(),
            closed: Arc::new(AtomicBool::new(false)),
            deeds: None,
        }
    }

    /// The same marks for one engine, which can be closed without the others; with `deeds` it is kept what local actions
    /// are called with.
    #[must_use]
    pub fn apart(&self, deeds: bool) -> Self {
        let (reached, closed) = (self.reached.clone(), Arc::new(AtomicBool::new(false)));
        Marks { reached, closed, deeds: deeds.then(Arc::default) }
    }

    /// A run called a local action.
    pub fn did(&self, run: i64, effect: u32, args: &[Value]) {
        if let Some(deeds) = &self.deeds {
            deeds.lock().unwrap_or_else(PoisonError::into_inner).insert((run, effect), args.to_vec());
        }
    }

    /// What a run called a local action with, told once.
    pub fn take_deed(&self, run: i64, effect: u32) -> Option<Vec<Value>> {
        self.deeds.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).remove(&(run, effect))
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
