//! The one thread that writes: takes what has come in batches, commits, then tells.

use super::batch::{self, After, Broken};
use super::dispatch::{Judged, Means, Order, Planned};
use super::erase::Next;
use super::error::EngineError;
use super::job::Job;
use super::lanes::{Lane, Lanes};
use super::memory::Memory;
use super::pending::Reply;
use super::shared::Shared;
use super::sidefile::SideFile;
use super::turn::{Rules, TurnWake};
use super::view::Health;
use crate::action::Registry;
use crate::seam::{CrashPoint, crash_point};
use crate::store::{Store, StoreError, StoreResult};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// Turns in a batch, at most.
const BATCH_MAX: usize = 256;
/// Turns in a batch at least, however slow they are.
const BATCH_MIN: usize = 16;
/// How long a batch should work before it commits: a slow flush is a reason for larger batches, not for smaller ones.
const BATCH_TIME_US: i64 = 5_000;
/// Intents handed to the dispatcher, at most; beyond, only their names are kept.
const HANDED_MAX: usize = 4_096;
/// Due runs read in one go.
pub(super) const DUE_PAGE: usize = 1_024;
/// How long the writer sleeps without looking at the clock.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// What the writer is sent.
pub(super) enum Ask {
    Job(Lane, Job),
    Outcomes(Vec<Judged>),
    /// To be marked as being sent.
    Mark(Vec<Planned>),
    /// Intents that the dispatcher gives back, each for a moment before which its destination takes nothing.
    Later(Vec<(i64, Planned)>),
    /// Answered once nothing is due, queued or under way.
    Idle(Reply<()>),
    /// Whether timers fire by themselves.
    Timers(bool),
    /// When something is next due.
    NextDue(Reply<Option<i64>>),
    /// Whether nothing is queued for a run.
    Quiet(i64, Reply<bool>),
    Health(Reply<Health>),
    Address(Option<String>, Reply<()>),
    Truncate(Reply<()>),
    Stop,
}

/// Opens the store: at first, and again after a commit whose outcome is unknown.
pub(super) type Opener = Box<dyn FnMut() -> StoreResult<Box<dyn Store>> + Send>;

pub(super) struct Writer {
    pub asks: Receiver<Ask>,
    pub orders: Sender<Order>,
    pub opener: Opener,
    /// `None` only while it is opened again.
    pub store: Option<Box<dyn Store>>,
    pub registry: Registry,
    pub rules: Rules,
    pub means: Means,
    pub shared: Arc<Shared>,
    pub side: SideFile,
    pub memory: Memory,
    pub lanes: Lanes<Job>,
    pub marks: Vec<Planned>,
    /// Runs that broke a batch, each to be taken alone.
    pub suspects: VecDeque<(i64, Vec<Job>)>,
    /// Retries to come: moment, run, path.
    pub delayed: BinaryHeap<Reverse<(i64, i64, u16)>>,
    /// Intents with the dispatcher: run, path, effect.
    pub handed: HashSet<(i64, u16, u32)>,
    /// Committed intents that wait for room in the dispatcher.
    pub backlog: VecDeque<(i64, u16)>,
    /// Nothing is due before this moment; `None` when nothing is due at all.
    pub earliest: Option<i64>,
    pub timers: bool,
    pub idle: Vec<Reply<()>>,
    /// Crowded batches after which it is said that there is no rest.
    pub patience: Option<u32>,
    /// Batches since it last rested that left wakes for later.
    pub crowded: u32,
    /// A chain of runs that never wait was ended: told to who waits for the engine to come to rest, where it has patience.
    pub endless: Option<String>,
    pub now: i64,
    pub batch_max: usize,
    pub stopped: bool,
}

impl Writer {
    /// Serves until told to stop.
    pub fn run(mut self) {
        while !self.stopped {
            while let Ok(ask) = self.asks.try_recv() {
                self.take(ask);
            }
            if self.stopped {
                break;
            }
            self.refill();
            if self.stopped {
                break;
            } else if self.lanes.is_empty() && self.marks.is_empty() && self.suspects.is_empty() {
                self.rest();
            } else {
                self.batch();
            }
        }
        let _ = self.orders.send(Order::Stop);
        self.shared.stop();
        // Whoever copies the database now copies everything. Where that fails the log still holds it.
        if let Some(store) = &mut self.store {
            let _ = store.truncate_log();
        }
    }

    pub fn take(&mut self, ask: Ask) {
        match ask {
            Ask::Job(lane, job) => self.lanes.push(lane, job),
            Ask::Outcomes(list) => list.into_iter().for_each(|judged| self.outcome(judged)),
            Ask::Mark(list) => self.marks.extend(list),
            Ask::Later(list) => {
                for (at, Planned { row, .. }) in list {
                    self.handed.remove(&(row.run, row.path, row.effect));
                    self.delayed.push(Reverse((at, row.run, row.path)));
                }
            }
            Ask::Idle(reply) => self.idle.push(reply),
            Ask::Timers(on) => self.timers = on,
            Ask::NextDue(reply) => {
                let next = self.next_due();
                reply.send(next.map_err(|error| store_error(&error)));
            }
            Ask::Quiet(run, reply) => {
                let suspect = self.suspects.iter().any(|(other, _)| *other == run);
                let told = self.lanes.iter().all(|job| job.run() != run && !matches!(job, Job::FanOut));
                reply.send(Ok(!suspect && told));
            }
            Ask::Health(reply) => {
                let health = self.health();
                reply.send(Ok(health));
            }
            Ask::Address(address, reply) => {
                let told = match &mut self.store {
                    Some(store) => store.set_address(address).map_err(|error| store_error(&error)),
                    None => Err(EngineError::Stopped),
                };
                reply.send(told);
            }
            Ask::Truncate(reply) => {
                let done = match &mut self.store {
                    Some(store) => store.truncate_log().map_err(|error| store_error(&error)),
                    None => Err(EngineError::Stopped),
                };
                reply.send(done);
            }
            Ask::Stop => self.stopped = true,
        }
    }

    fn outcome(&mut self, judged: Judged) {
        let Judged { run, path, effect, verdict, kept, .. } = judged;
        self.handed.remove(&(run, path, effect));
        self.lanes.push(Lane::Outcomes, Job::wake(run, TurnWake::Outcome { path, effect, verdict, kept }));
    }

    fn health(&mut self) -> Health {
        let statistics = self.store.as_ref().map(|store| store.statistics()).unwrap_or_default();
        let next_due = match self.next_due() {
            Ok(next) => next,
            Err(error) => {
                self.shared.failed(&store_error(&error));
                self.stopped |= error.is_final();
                None
            }
        };
        Health {
            writing: self.shared.trouble().is_none() && self.store.is_some(),
            trouble: self.shared.trouble(),
            steps: self.shared.steps.load(Ordering::Relaxed),
            commits: statistics.commits,
            flushes: statistics.flushes,
            log_pages: statistics.log_pages,
            page_bytes: statistics.page_bytes,
            queued: self.lanes.len(),
            calls: self.handed.len() + self.backlog.len(),
            next_due,
        }
    }

    /// Nothing to do: says so to those who wait for it, and sleeps until something comes or is due.
    fn rest(&mut self) {
        let at_work = !self.handed.is_empty() || !self.backlog.is_empty();
        if !at_work && !self.idle.is_empty() {
            if let Ok(ask) = self.asks.try_recv() {
                self.take(ask);
                return;
            }
            self.crowded = 0;
            let endless = self.endless.take().filter(|_| self.patience.is_some());
            for reply in std::mem::take(&mut self.idle) {
                reply.send(match &endless {
                    Some(message) => Err(EngineError::Refused { message: message.clone() }),
                    None => Ok(()),
                });
            }
            return;
        }
        let mut until = self.delayed.peek().map(|Reverse((at, _, _))| *at);
        if self.fires() {
            until = match (until, self.earliest) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        let received = match until {
            None => self.asks.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => {
                let wait = until.saturating_sub(self.clock());
                let wait = Duration::from_micros(u64::try_from(wait).unwrap_or(0)).min(SLEEP_MAX);
                self.asks.recv_timeout(wait)
            }
        };
        match received {
            Ok(ask) => self.take(ask),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.stopped = true,
        }
    }

    /// Tells those who wait for the engine to come to rest, when it does not, and stops: nothing else would. Where a chain was
    /// ended the many that it has led to are not carried on first.
    fn lose_patience(&mut self) {
        let Some(patience) = self.patience else { return };
        let message = match self.endless.take_if(|_| !self.idle.is_empty()) {
            Some(message) => message,
            None if self.crowded < patience => return,
            None => {
                "it never comes to rest: without any time passing, run after run starts or wakes the next".to_owned()
            }
        };
        for reply in std::mem::take(&mut self.idle) {
            reply.send(Err(EngineError::Refused { message: message.clone() }));
        }
        self.stopped = true;
    }

    fn fires(&self) -> bool {
        self.timers || !self.idle.is_empty()
    }

    /// The logical time: the clock's, never going back.
    pub fn clock(&mut self) -> i64 {
        self.now = self.now.max(self.means.clock.now_us());
        self.now
    }

    pub fn batch(&mut self) {
        let mut jobs = Vec::new();
        let alone = self.suspects.pop_front();
        let lanes: Vec<Lane> = match alone {
            Some((_, list)) => {
                jobs.extend(list);
                jobs.iter().map(|_| Lane::Outcomes).collect()
            }
            None => {
                let mut taken = Vec::with_capacity(self.batch_max.min(self.lanes.len()));
                self.lanes.take(self.batch_max, &mut taken);
                let (lanes, list) = taken.into_iter().unzip();
                jobs = list;
                lanes
            }
        };
        let marks = std::mem::take(&mut self.marks);
        self.commit(jobs, lanes, marks);
        self.lose_patience();
    }

    /// Takes jobs and marks until they are committed, told that they are not, or put back.
    fn commit(&mut self, mut jobs: Vec<Job>, mut lanes: Vec<Lane>, mut marks: Vec<Planned>) {
        let mut excluded = HashSet::new();
        let mut careful = false;
        let now = self.clock();
        for mark in &mut marks {
            mark.row.state = crate::store::IntentState::Sending;
            mark.row.attempt += 1;
            // From here on the moment at which this attempt left.
            mark.row.not_before = now;
        }
        loop {
            let mut order: Vec<usize> = (0..jobs.len()).collect();
            // Neighbours share pages; what is for no run in particular comes first, in its order.
            order.sort_by_key(|index| jobs[*index].run());
            let Some(store) = self.store.as_deref_mut() else { return self.lose(jobs, marks) };
            let epoch = store.install().epoch;
            self.side.write(order.iter().map(|index| jobs[*index].run()).filter(|run| *run != 0));
            let means = batch::Means {
                store,
                memory: &mut self.memory,
                registry: &self.registry,
                rules: &self.rules,
                clock: &*self.means.clock,
                now,
                epoch,
                excluded: &excluded,
                careful,
            };
            let result = batch::run(means, &mut jobs, &order, &marks);
            self.side.clear();
            match result {
                Ok(after) => {
                    self.pace(jobs.len(), after.worked_us);
                    self.memory.records.trim();
                    return self.committed(after, jobs, marks);
                }
                Err(Broken::Late) => {
                    self.memory.undone();
                    careful = true;
                }
                Err(Broken::Fault { run: 0, job, message }) => {
                    self.memory.undone();
                    if let Some(index) = job.filter(|index| *index < jobs.len()) {
                        lanes.remove(index);
                        jobs.remove(index).refuse(EngineError::Refused { message });
                    } else {
                        return self.lose(jobs, marks);
                    }
                }
                Err(Broken::Fault { run, message, .. }) => {
                    self.memory.undone();
                    excluded.insert(run);
                    let (mine, rest): (Vec<_>, Vec<_>) =
                        jobs.into_iter().zip(lanes).partition(|(job, _)| job.run() == run);
                    (jobs, lanes) = rest.into_iter().unzip();
                    let mine = mine.into_iter().map(|(job, _)| job).collect();
                    self.suspect(run, mine, &message, now);
                }
                Err(Broken::Store(error)) => {
                    self.memory.undone();
                    return self.trouble(&error, jobs, lanes, marks);
                }
            }
        }
    }

    /// After a commit: senders are told, intents go out.
    fn committed(&mut self, after: After, jobs: Vec<Job>, marks: Vec<Planned>) {
        self.shared.ended_well(after.steps);
        for (done, job) in after.done.into_iter().zip(jobs) {
            done.tell(job);
            crash_point(CrashPoint::Acknowledged);
        }
        if after.deployed {
            self.memory.deployed();
            self.earliest = Some(i64::MIN);
        }
        self.earliest = match (self.earliest, after.earliest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if !marks.is_empty() {
            let (made, gone): (Vec<_>, Vec<_>) = marks.into_iter().zip(after.marked).partition(|(_, made)| *made);
            let planned = |list: Vec<(Planned, bool)>| list.into_iter().map(|(planned, _)| planned).collect();
            let _ = self.orders.send(Order::Marked(planned(made)));
            for (Planned { row, .. }, _) in &gone {
                self.handed.remove(&(row.run, row.path, row.effect));
            }
            if !gone.is_empty() {
                let _ = self.orders.send(Order::Dropped(planned(gone)));
            }
        }
        for delayed in after.delayed {
            self.delayed.push(Reverse(delayed));
        }
        for run in after.ready {
            self.lanes.push(Lane::Timers, Job::due(run));
        }
        for run in after.inboxes {
            self.lanes.push(Lane::FanOut, Job::Inbox { run });
        }
        self.crowded += u32::from(after.crowded);
        self.endless = self.endless.take().or(after.endless);
        if after.fans_out {
            self.fan_out();
        }
        match after.erasing {
            Next::Nothing => {}
            Next::Page => self.erase(false),
            Next::Log => self.empty_log(),
        }
        self.hand_over(after.planned);
        self.shared.notify();
    }

    /// Goes on telling of changes, once.
    pub fn fan_out(&mut self) {
        if !self.lanes.iter().any(|job| matches!(job, Job::FanOut)) {
            self.lanes.push(Lane::FanOut, Job::FanOut);
        }
    }

    /// Goes on erasing, once.
    pub fn erase(&mut self, told: bool) {
        if !self.lanes.iter().any(|job| matches!(job, Job::Erase { .. })) {
            self.lanes.push(Lane::FanOut, Job::Erase { told });
        }
    }

    /// Nothing is left of somebody but in the log. Where somebody reads it just now it is tried again.
    fn empty_log(&mut self) {
        let emptied = self.store.as_mut().map(|store| store.truncate_log());
        match emptied {
            Some(Err(StoreError::TooSlow { .. })) => self.erase(false),
            Some(Err(error)) => self.shared.failed(&store_error(&error)),
            _ => self.erase(true),
        }
    }

    /// Hands intents to whoever carries them out.
    pub fn hand_over(&mut self, planned: Vec<Planned>) {
        let mut away = Vec::new();
        for planned in planned {
            if planned.is_immediate() {
                let judged = planned.perform_here(&self.means);
                self.outcome(judged);
            } else if self.handed.len() >= HANDED_MAX {
                self.backlog.push_back((planned.row.run, planned.row.path));
            } else {
                let row = &planned.row;
                self.handed.insert((row.run, row.path, row.effect));
                away.push(planned);
            }
        }
        if !away.is_empty() {
            let _ = self.orders.send(Order::Send(away));
        }
    }

    /// Adapts the size of a batch to how long one works.
    fn pace(&mut self, jobs: usize, worked_us: i64) {
        if worked_us > BATCH_TIME_US && jobs > BATCH_MIN {
            self.batch_max = (self.batch_max * 3 / 4).max(BATCH_MIN);
        } else if jobs == self.batch_max {
            self.batch_max = (self.batch_max + BATCH_MIN).min(BATCH_MAX);
        }
    }

    /// The engine cannot go on with these.
    fn lose(&mut self, jobs: Vec<Job>, marks: Vec<Planned>) {
        for job in jobs {
            job.refuse(EngineError::Stopped);
        }
        let _ = self.orders.send(Order::Unmarked(marks));
    }

    /// Puts what can be done again back, and tells the others that it was not done, or that nobody knows.
    pub fn put_back(&mut self, jobs: Vec<Job>, lanes: Vec<Lane>, marks: Vec<Planned>, error: &EngineError) {
        for (job, lane) in jobs.into_iter().zip(lanes).rev() {
            match job.may_be_repeated() {
                true => self.lanes.push_first(lane, job),
                false => job.refuse(error.clone()),
            }
        }
        if !marks.is_empty() {
            let marks = marks.into_iter().map(|mut mark| {
                mark.row.state = crate::store::IntentState::Queued;
                mark.row.attempt = mark.row.attempt.saturating_sub(1);
                mark
            });
            let _ = self.orders.send(Order::Unmarked(marks.collect()));
        }
    }
}

/// A store's error as its caller sees it.
pub(super) fn store_error(error: &StoreError) -> EngineError {
    if let StoreError::Locked { file, by } = error {
        return EngineError::Owned { path: file.display().to_string(), owner: by.clone() };
    }
    let text = error.to_string();
    match text.rsplit_once(": ") {
        Some((message, advice)) => {
            let mut advice = advice.to_owned();
            if let Some(first) = advice.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            EngineError::Store { message: message.to_owned(), advice }
        }
        None => EngineError::Store { message: text, advice: "Look at the disk and try again".to_owned() },
    }
}
