//! What the writer shares with everybody: counters, and a bell for those who watch.

use super::error::EngineError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub steps: AtomicU64,
    failures: AtomicU64,
    state: Mutex<State>,
    bell: Condvar,
    watchers: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// Counts commits.
    commits: u64,
    stopped: bool,
    trouble: Option<EngineError>,
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing is done under the lock that could leave it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ended_well(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
        if self.failures.swap(0, Ordering::Relaxed) != 0 {
            self.state().trouble = None;
        }
    }

    pub fn failed(&self, error: &EngineError) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.state().trouble = Some(error.clone());
    }

    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub fn trouble(&self) -> Option<String> {
        self.state().trouble.as_ref().map(EngineError::to_string)
    }

    /// Why nothing is answered any more.
    pub fn why_stopped(&self) -> EngineError {
        self.state().trouble.clone().unwrap_or(EngineError::Stopped)
    }

    /// After a commit: whoever watches looks again.
    pub fn notify(&self) {
        if self.watchers.load(Ordering::SeqCst) != 0 {
            self.state().commits += 1;
            self.bell.notify_all();
        }
    }

    pub fn stop(&self) {
        self.state().stopped = true;
        self.bell.notify_all();
    }

    /// Begins to watch; what is committed from now on rings.
    pub fn watch(&self) -> Watching<'_> {
        self.watchers.fetch_add(1, Ordering::SeqCst);
        Watching { shared: self, seen: self.state().commits }
    }
}

pub(super) struct Watching<'a> {
    shared: &'a Shared,
    seen: u64,
}

impl Watching<'_> {
    /// Waits for a commit after the last one seen; false when none came in time, or the engine has stopped.
    pub fn wait(&mut self, patience: Duration) -> bool {
        let state = self.shared.state();
        let seen = self.seen;
        let waited =
            self.shared.bell.wait_timeout_while(state, patience, |state| state.commits == seen && !state.stopped);
        let state = waited.map(|(state, _)| state).unwrap_or_else(|poisoned| poisoned.into_inner().0);
        let news = state.commits != self.seen;
        self.seen = state.commits;
        news && !state.stopped
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.shared.watchers.fetch_sub(1, Ordering::SeqCst);
    }
}
