//! `flow test`: tests in virtual time, each with an engine and a database of its own, in memory.
//!
//! A test is a function of a program beside the one that is tested. The machine takes its steps; what it does goes to the
//! engine as if a person did it, and `advance` is a wait of the test itself, during which the engine's time passes.

mod coverage;
mod harness;
mod human;
mod json;
mod junit;
mod outside;
mod page;
mod plan;
#[cfg(test)]
mod tests;
mod transcript;
mod unmet;
mod words;

pub use coverage::Coverage;
pub use harness::calls;
pub use human::{coverage as show_coverage, failure as show_failure};
pub use json::{coverage as coverage_json, test as test_json};
pub use junit::{Report as JunitReport, document as junit};
pub use outside::Call;
pub use plan::{Plan, Test};
pub use transcript::Line;

use flow_lang::diag::Span;
use flow_vm::seam::{Clock, SystemClock};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

/// Why a test failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where in its file.
    pub span: Span,
    /// A sentence.
    pub message: String,
    /// Stands below the place.
    pub label: String,
    /// What was expected, and what was there.
    pub diff: Vec<Diff>,
    /// What to do.
    pub help: Option<String>,
    /// What happened until then.
    pub transcript: Vec<Line>,
}

/// A line of what was expected and what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diff {
    /// Expected, and not there.
    Wanted(String),
    /// There instead.
    Found(String),
    /// There, and not to blame.
    Same(String),
}

impl Failure {
    fn new(span: Span, message: String, label: &str) -> Self {
        let (label, diff, transcript) = (label.to_owned(), Vec::new(), Vec::new());
        Failure { span, message, label, diff, help: None, transcript }
    }
}

/// What became of a test.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Why it failed; `None` when it passed.
    pub failure: Option<Box<Failure>>,
    /// How long it took.
    pub took: Duration,
}

/// Runs tests, several at a time, and tells of each in order as soon as those before it are done.
///
/// # Errors
/// What `tell` says.
pub fn run_all<E>(
    plan: &Plan,
    tests: &[&Test],
    mut tell: impl FnMut(&Test, &Outcome) -> Result<(), E>,
) -> Result<Vec<Outcome>, E> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(tests.len()).max(1);
    let next = AtomicUsize::new(0);
    let (done, results) = channel();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || {
                while let Some((index, test)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    tests.get(index).map(|test| (index, test))
                } {
                    if done.send((index, one(plan, test))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let mut outcomes: Vec<Option<Outcome>> = tests.iter().map(|_| None).collect();
        let mut told = 0;
        for (index, outcome) in results {
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = Some(outcome);
            }
            while let (Some(test), Some(Some(outcome))) = (tests.get(told), outcomes.get(told)) {
                if let Err(error) = tell(test, outcome) {
                    // Nobody listens: those under way end, no other begins.
                    next.store(tests.len(), Ordering::Relaxed);
                    return Err(error);
                }
                told += 1;
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    })
}

fn one(plan: &Plan, test: &Test) -> Outcome {
    let clock = SystemClock::default();
    let began = clock.boot_us();
    let failure = harness::run(plan, test, false).err();
    let took = Duration::from_micros(clock.boot_us().abs_diff(began));
    // What happened is written down only where somebody will read it: the same happens again.
    let failure = failure.map(|first| match first.transcript.is_empty() {
        true => harness::run(plan, test, true).err().unwrap_or(first),
        false => first,
    });
    Outcome { failure, took }
}
