//! What the writer does about trouble: runs that break their batch, stores that fail, and what a dead process left.

use super::dispatch::Planned;
use super::error::EngineError;
use super::job::Job;
use super::kept::Kept;
use super::lanes::{Lane, Lanes};
use super::link::LinkError;
use super::outcome::{Verdict, made_at};
use super::turn::TurnWake;
use super::writer::{Ask, DUE_PAGE, Writer, store_error};
use crate::seam::{CrashPoint, crash_point};
use crate::store::{IntentRow, IntentState, RunFailure, StoreError, StoreResult};
use flow_bytecode::program::EffectClass;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// Faults in a row after which a run is set aside.
pub(super) const ATTEMPTS_MAX: u32 = 5;
/// Intents read in one go.
const INTENTS_PAGE: usize = 1_000;
/// Batches of doubts that are waited for; what is left is told while others are served.
const DOUBT_BATCHES: usize = 64;
/// Outstanding calls below which waiting intents are read again.
const REFILL_BELOW: usize = 2_048;
/// Pauses between attempts to use a store in trouble.
const PAUSES_MS: [u64; 5] = [20, 100, 500, 2_000, 5_000];

impl Writer {
    /// A run broke its batch: counts it, and takes it alone from now on, or sets it aside.
    pub fn suspect(&mut self, run: i64, jobs: Vec<Job>, message: &str, now: i64) {
        match self.count_fault(run, message, now) {
            Ok(true) => {
                let error = EngineError::State {
                    run: super::view::RunId(run),
                    message: format!("is set aside after {ATTEMPTS_MAX} faults: {message}"),
                };
                jobs.into_iter().for_each(|job| job.refuse(error.clone()));
            }
            Ok(false) => {
                let jobs = if jobs.is_empty() { vec![Job::Inbox { run }] } else { jobs };
                self.suspects.push_back((run, jobs));
            }
            Err(error) => {
                let error = store_error(&error);
                jobs.into_iter().for_each(|job| job.refuse(error.clone()));
            }
        }
    }

    /// Counts a fault in a transaction of its own; true when the run is set aside.
    fn count_fault(&mut self, run: i64, message: &str, now: i64) -> StoreResult<bool> {
        let Some(store) = self.store.as_deref_mut() else { return Ok(true) };
        let mut txn = store.begin()?;
        let failure = RunFailure { kind: super::aside::FAULT.to_owned(), message: message.to_owned() };
        let aside = match txn.run(run) {
            Ok(None) => true,
            Ok(Some(mut row)) if row.attempts + 1 < ATTEMPTS_MAX => {
                row.attempts += 1;
                row.updated_at = now;
                txn.save_run(&mut row)?;
                false
            }
            Ok(Some(_)) => {
                txn.quarantine(run, &failure, now)?;
                true
            }
            // A damaged row does not get better by trying.
            Err(error) if error.is_row() => {
                let failure = RunFailure { kind: super::aside::DAMAGED.to_owned(), ..failure };
                txn.quarantine(run, &failure, now)?;
                true
            }
            Err(error) => return Err(error),
        };
        let next = aside && super::births::next_is_due(&mut *txn, run, now)?;
        txn.commit()?;
        if next {
            self.earliest = Some(self.earliest.map_or(now, |earliest| earliest.min(now)));
        }
        Ok(aside)
    }

    /// The store failed under a batch.
    pub fn trouble(&mut self, error: &StoreError, jobs: Vec<Job>, lanes: Vec<Lane>, marks: Vec<Planned>) {
        let seen = store_error(error);
        self.shared.failed(&seen);
        self.put_back(jobs, lanes, marks, &seen);
        if error.is_final() {
            // Whatever this process did would be refused, or found by nobody.
            self.stopped = true;
            return;
        }
        let pause = PAUSES_MS[usize::try_from(self.shared.failures()).unwrap_or(0).min(PAUSES_MS.len() - 1)];
        if error.needs_reopen() {
            self.reopen();
        } else {
            self.pause(pause, &seen);
        }
    }

    /// Waits before the store is tried again. Whoever asks meanwhile is told, not kept waiting; what can wait stays.
    fn pause(&mut self, pause_ms: u64, error: &EngineError) {
        let pause_us = i64::try_from(pause_ms * 1_000).unwrap_or(i64::MAX);
        let until = self.means.clock.boot_us().saturating_add(pause_us);
        while !self.stopped {
            let left = until.saturating_sub(self.means.clock.boot_us());
            match self.asks.recv_timeout(Duration::from_micros(u64::try_from(left).unwrap_or(0))) {
                Ok(Ask::Job(_, job)) if !job.may_be_repeated() => job.refuse(error.clone()),
                Ok(ask) => self.take(ask),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.stopped = true,
            }
        }
    }

    /// Forgets everything, opens the store again and reads what it says. Until that succeeds nothing is done.
    fn reopen(&mut self) {
        self.memory.forget();
        self.store = None;
        let mut pauses = PAUSES_MS.iter().copied().chain(std::iter::repeat(PAUSES_MS[PAUSES_MS.len() - 1]));
        loop {
            match (self.opener)() {
                Ok(store) => {
                    self.store = Some(store);
                    break;
                }
                Err(error) if error.is_final() || is_gone(&error) => {
                    self.shared.failed(&store_error(&error));
                    self.stopped = true;
                    return;
                }
                Err(error) => {
                    let error = store_error(&error);
                    self.shared.failed(&error);
                    self.pause(pauses.next().unwrap_or(1_000), &error);
                    if self.stopped {
                        return;
                    }
                }
            }
        }
        self.earliest = Some(i64::MIN);
        if let Err(error) = self.resume(false) {
            self.shared.failed(&store_error(&error));
        }
    }

    /// Reads what is under way in the store: intents, inboxes. At the start of the process nothing is known to the
    /// dispatcher; later, what it has is left to it.
    pub fn resume(&mut self, start: bool) -> StoreResult<()> {
        let now = self.clock();
        let mut after = (0, 0);
        let mut found: Vec<IntentRow> = Vec::new();
        let Some(store) = self.store.as_deref_mut() else { return Ok(()) };
        let mut txn = store.begin()?;
        let inboxes = txn.inbox_runs(usize::MAX >> 1)?;
        let fans_out = txn.next_fanout()?.is_some();
        let erases = txn.next_erasure()?.is_some();
        loop {
            let page = txn.intents_after(after, INTENTS_PAGE)?;
            let full = page.len() == INTENTS_PAGE;
            let mut moved = false;
            for row in page {
                // A damaged one is the business of its run, when that is read.
                let Ok(row) = row else { continue };
                after = (row.run, row.path);
                moved = true;
                found.push(row);
            }
            if !full || !moved {
                break;
            }
        }
        crash_point(CrashPoint::Recovering);
        let mut planned = Vec::new();
        for mut row in found {
            if !start && is_known(&self.handed, &self.lanes, &row) {
                continue;
            }
            match (row.state, row.class) {
                (IntentState::InDoubt | IntentState::Unapproved, _) => continue,
                (IntentState::Queued, EffectClass::Read | EffectClass::Repeatable) if start => {
                    // It may have left: these are never marked.
                    row.attempt += 1;
                }
                (IntentState::Queued, _) => {}
                (IntentState::Sending, EffectClass::Keyed { window_us })
                    if now < made_at(&row).saturating_add(window_us) => {}
                // The other side is asked first.
                (IntentState::Sending, EffectClass::Verified { .. }) => {}
                (IntentState::Sending, EffectClass::Once | EffectClass::Keyed { .. }) if start => {
                    let message = "the machine stopped while the request was sent".to_owned();
                    let (run, path, effect) = (row.run, row.path, row.effect);
                    let linked = self.memory.program(row.program, &self.registry, &mut *txn);
                    let kept = linked.ok().and_then(|linked| Kept::of_intent(&linked, &row));
                    let verdict = Verdict::Doubt { row: Box::new(row), message };
                    let wake = TurnWake::Outcome { path, effect, verdict, kept };
                    self.lanes.push(Lane::Outcomes, Job::wake(run, wake));
                    continue;
                }
                (IntentState::Sending, _) => {}
            }
            if row.state == IntentState::Queued && row.not_before > now {
                self.delayed.push(Reverse((row.not_before, row.run, row.path)));
                continue;
            }
            match self.memory.program(row.program, &self.registry, &mut *txn) {
                Ok(linked) => planned.push(Planned::of(row, &linked)),
                // Its run is stranded when it is next looked at.
                Err(LinkError::Stranded(_)) => {}
                Err(LinkError::Store(error)) => return Err(error),
            }
        }
        drop(txn);
        for run in inboxes {
            self.lanes.push(Lane::FanOut, Job::Inbox { run });
        }
        if fans_out {
            self.fan_out();
        }
        if erases {
            self.erase(false);
        }
        self.hand_over(planned);
        Ok(())
    }

    /// What the last process left in doubt is so before anybody asks how it stands.
    pub fn settle_doubts(&mut self) {
        for _ in 0..DOUBT_BATCHES {
            if self.stopped || self.lanes.is_lane_empty(Lane::Outcomes) {
                return;
            }
            self.batch();
        }
    }

    /// What the last process left open: each may be the one that killed it.
    pub fn resume_batch(&mut self, left: &[i64]) -> StoreResult<()> {
        let now = self.clock();
        // One that is taken alone stands there once for each of its wakes.
        let left: HashSet<i64> = left.iter().copied().collect();
        let alone = left.len() == 1;
        for run in left {
            let message = "the process died while this run took its step, again and again";
            if alone && self.count_fault(run, message, now)? {
                continue;
            }
            self.suspects.push_back((run, vec![Job::Inbox { run }, Job::due(run)]));
        }
        Ok(())
    }

    /// Reads what is due now, and what there is room for.
    pub fn refill(&mut self) {
        let now = self.clock();
        let due = (self.timers || !self.idle.is_empty())
            && self.earliest.is_some_and(|earliest| earliest <= now)
            && self.lanes.is_lane_empty(Lane::Timers);
        let retry = self.delayed.peek().is_some_and(|Reverse((at, _, _))| *at <= now);
        let room = !self.backlog.is_empty() && self.handed.len() < REFILL_BELOW;
        if !due && !retry && !room {
            return;
        }
        if let Err(error) = self.read_due(now, due) {
            self.trouble(&error, Vec::new(), Vec::new(), Vec::new());
        }
    }

    fn read_due(&mut self, now: i64, due: bool) -> StoreResult<()> {
        let Some(store) = self.store.as_deref_mut() else { return Ok(()) };
        let mut txn = store.begin()?;
        if due {
            let page = txn.due(now, DUE_PAGE)?;
            self.earliest = match page.last() {
                Some(_) if page.len() == DUE_PAGE => Some(now),
                _ => txn.next_due()?.filter(|next| *next > now).or_else(|| page.first().map(|_| now + 1)),
            };
            match txn.next_timer()? {
                Some(timer) if timer <= now => {
                    self.lanes.push(Lane::Timers, Job::Timers);
                    self.earliest = Some(now + 1);
                }
                Some(timer) => self.earliest = Some(self.earliest.map_or(timer, |earliest| earliest.min(timer))),
                None => {}
            }
            for (_, run) in page {
                self.lanes.push(Lane::Timers, Job::due(run));
            }
        }
        let mut wanted = Vec::new();
        while let Some(Reverse((at, run, path))) = self.delayed.peek().copied() {
            if at > now {
                break;
            }
            self.delayed.pop();
            wanted.push((run, path));
        }
        let room = REFILL_BELOW.saturating_sub(self.handed.len());
        wanted.extend(self.backlog.drain(..self.backlog.len().min(room)));
        let mut planned = Vec::new();
        for (run, path) in wanted {
            let row = match txn.intent(run, path) {
                Ok(Some(row)) if row.state == IntentState::Queued && row.not_before <= now => row,
                Err(error) if !error.is_row() => return Err(error),
                _ => continue,
            };
            if let Ok(linked) = self.memory.program(row.program, &self.registry, &mut *txn) {
                planned.push(Planned::of(row, &linked));
            }
        }
        drop(txn);
        self.hand_over(planned);
        Ok(())
    }

    /// When something is next due.
    pub fn next_due(&mut self) -> StoreResult<Option<i64>> {
        let retry = self.delayed.peek().map(|Reverse((at, _, _))| *at);
        let Some(store) = self.store.as_deref_mut() else { return Ok(retry) };
        let mut txn = store.begin()?;
        let run = match (txn.next_due()?, txn.next_timer()?) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        drop(txn);
        Ok(match (retry, run) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        })
    }
}

/// Another owner, or no file any more: not what waiting mends.
fn is_gone(error: &StoreError) -> bool {
    matches!(error, StoreError::Locked { .. } | StoreError::NotFound { .. } | StoreError::NoFolder { .. })
}

/// Whether an intent is with the dispatcher, or its outcome waits for its step.
fn is_known(handed: &HashSet<(i64, u16, u32)>, lanes: &Lanes<Job>, row: &IntentRow) -> bool {
    let this = (row.run, row.path, row.effect);
    handed.contains(&this)
        || lanes.iter().any(|job| match job {
            Job::Wake { run, wake: TurnWake::Outcome { path, effect, .. }, .. } => (*run, *path, *effect) == this,
            _ => false,
        })
}
