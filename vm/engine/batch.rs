//! One batch: one transaction, every turn in it, one commit.

use super::births::{self, Asked};
use super::desk::Desk;
use super::dispatch::Planned;
use super::entry;
use super::follow::{Follow, FollowWake};
use super::job::{Done, Job};
use super::memory::Memory;
use super::turn::{self, Rules, Told, Trouble, TurnWake};
use super::{audience, deploy, migrate, person};
use crate::action::Registry;
use crate::seam::{Clock, CrashPoint, crash_point};
use crate::store::{InboxRow, Store, StoreError};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Wakes taken in the transaction that asked for them, at most; the rest go to the inbox.
const FOLLOWS_MAX: usize = 256;
/// Rows of an inbox taken in one turn.
const INBOX_MAX: usize = 64;

/// What a batch works with.
pub(super) struct Means<'a> {
    pub store: &'a mut dyn Store,
    pub memory: &'a mut Memory,
    pub registry: &'a Registry,
    pub rules: &'a Rules,
    pub clock: &'a dyn Clock,
    pub now: i64,
    pub epoch: i64,
    /// Runs that must not be touched in this batch: they broke the one before.
    pub excluded: &'a HashSet<i64>,
    /// Every write is stored at once.
    pub careful: bool,
}

/// What a batch leaves to be done after its commit.
#[derive(Default)]
pub(super) struct After {
    /// One for each job, in order.
    pub done: Vec<Done>,
    pub planned: Vec<Planned>,
    pub delayed: Vec<(i64, i64, u16)>,
    /// For each mark, whether it was made.
    pub marked: Vec<bool>,
    /// Runs whose inbox has something.
    pub inboxes: Vec<i64>,
    /// Runs that want their next step at once.
    pub ready: Vec<i64>,
    /// It left wakes for the next one, for want of room.
    pub crowded: bool,
    /// A chain of runs that never wait was ended: which.
    pub endless: Option<String>,
    /// Changes are to be told to more than were told at once.
    pub fans_out: bool,
    /// What is to be done next of what is to be erased.
    pub erasing: super::erase::Next,
    /// The earliest moment that a run of this batch is due.
    pub earliest: Option<i64>,
    pub steps: u64,
    /// How long it worked between the beginning of its transaction and the commit, microseconds.
    pub worked_us: i64,
    /// A program was deployed: what is known of programs is old.
    pub deployed: bool,
}

/// Why a batch was not committed.
#[derive(Debug)]
pub(super) enum Broken {
    /// One run's fault, or one job's when the run is 0 (its place in the list).
    Fault {
        run: i64,
        job: Option<usize>,
        message: String,
    },
    Store(StoreError),
    /// A record that was written in memory was refused when it was stored: every write must be stored at once.
    Late,
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Broken::Store(error)
    }
}

/// Takes every job, in the order of `order`, and commits.
pub(super) fn run(means: Means, jobs: &mut [Job], order: &[usize], marks: &[Planned]) -> Result<After, Broken> {
    let mut after = After::default();
    after.done.extend(jobs.iter().map(|_| Done::Nothing));
    let Means { store, memory, registry, rules, clock, now, epoch, excluded, careful } = means;
    let txn = store.begin()?;
    let began = clock.boot_us();
    let mut desk = Desk::new(txn, memory, registry, now, epoch, careful);
    desk.limits = rules.limits;
    desk.install = rules.install;
    for mark in marks {
        after.marked.push(desk.txn.update_intent(&mark.row)?);
    }
    let mut at = 0;
    while at < order.len() {
        let run = jobs[order[at]].run();
        let mut end = at + 1;
        if run != 0 {
            while end < order.len() && jobs[order[end]].run() == run {
                end += 1;
            }
            take_run(&mut desk, rules, run, jobs, &order[at..end], &mut after)?;
        } else {
            let index = order[at];
            let done = guarded(0, Some(index), || take_other(&mut desk, rules, &mut jobs[index]))?;
            after.deployed |= matches!(done, Done::Deployed(_));
            after.done[index] = done;
        }
        at = end;
    }
    follow_up(&mut desk, rules, excluded, &mut after)?;
    match desk.memory.records.flush(&mut *desk.txn) {
        Ok(()) => {}
        Err(StoreError::Taken { .. } | StoreError::Invalid { .. } | StoreError::Unknown { .. }) if !careful => {
            return Err(Broken::Late);
        }
        Err(error) => return Err(error.into()),
    }
    after.inboxes.append(&mut desk.inboxes);
    let Desk { txn, planned, delayed, ready, earliest, steps, fans_out, erasing, endless, .. } = desk;
    after.worked_us = clock.boot_us().saturating_sub(began);
    txn.commit()?;
    after.planned = planned;
    after.delayed = delayed;
    after.ready = ready;
    after.earliest = earliest;
    after.steps = steps;
    after.fans_out = fans_out;
    after.erasing = erasing;
    after.endless = endless;
    Ok(after)
}

/// Carries something out; a panic is a fault of the run.
fn guarded<T>(run: i64, job: Option<usize>, work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Broken> {
    // Whatever a panic leaves half done is thrown away with the transaction and the memory.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(Trouble::Fault(message))) => Err(Broken::Fault { run, job, message }),
        Ok(Err(Trouble::Store(error))) => Err(Broken::Store(error)),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(Broken::Fault { run, job, message: format!("panic: {text}") })
        }
    }
}

fn take_run(
    desk: &mut Desk,
    rules: &Rules,
    run: i64,
    jobs: &[Job],
    order: &[usize],
    after: &mut After,
) -> Result<(), Broken> {
    let mut inbox = Vec::new();
    if order.iter().any(|index| matches!(jobs[*index], Job::Inbox { .. })) {
        inbox = open_inbox(desk, run)?;
        if inbox.len() == INBOX_MAX {
            after.inboxes.push(run);
        }
    }
    if order.iter().any(|index| matches!(jobs[*index], Job::Inbox { .. })) {
        // One that was held may begin now.
        inbox.push(TurnWake::Follow(FollowWake::Begin));
    }
    let count = inbox.len();
    let mut wakes = inbox.into_iter().chain(order.iter().filter_map(|index| match &jobs[*index] {
        Job::Wake { wake, .. } => Some(wake.clone()),
        _ => None,
    }));
    let told = guarded(run, None, || turn::take(desk, rules, run, &mut wakes))?;
    crash_point(CrashPoint::StepWritten);
    let mut told = told.into_iter().skip(count);
    for index in order {
        if let Job::Wake { .. } = jobs[*index] {
            after.done[*index] = Done::Told(told.next().unwrap_or(Told::Nothing));
        }
    }
    Ok(())
}

/// Takes what waits for a run out of its inbox.
fn open_inbox(desk: &mut Desk, run: i64) -> Result<Vec<TurnWake>, Broken> {
    let mut wakes = Vec::new();
    for row in desk.txn.inbox(run, INBOX_MAX)? {
        desk.txn.take_inbox(row.id)?;
        wakes.extend(FollowWake::decode(&row.payload).map(TurnWake::Follow));
    }
    Ok(wakes)
}

/// Wakes that this batch's writes ask for: taken now, or put where they are found again.
fn follow_up(desk: &mut Desk, rules: &Rules, excluded: &HashSet<i64>, after: &mut After) -> Result<(), Broken> {
    let mut taken = 0;
    let mut changed = HashSet::new();
    guarded(0, None, || births::take(desk, &rules.limits))?;
    while !desk.follows.is_empty() {
        let mut follows = std::mem::take(&mut desk.follows);
        // Who leaves because a conversation is closed, or goes on because a teammate has replied, does so before its
        // question there ends.
        follows
            .sort_by_key(|follow| matches!(follow.wake, FollowWake::PromptEnded { .. } | FollowWake::TakenOver { .. }));
        for follow in follows {
            // Several writes in a batch are one change to whoever waits for it, unless it went on since.
            if follow.wake == FollowWake::Changed && taken < FOLLOWS_MAX && !changed.insert((follow.run, desk.steps)) {
                continue;
            }
            after.crowded |= taken >= FOLLOWS_MAX;
            if taken >= FOLLOWS_MAX || excluded.contains(&follow.run) {
                if follow.wake != FollowWake::Begin {
                    let payload = follow.wake.encode();
                    let mut row = InboxRow { id: 0, run: follow.run, at: desk.now, delivery: None, payload };
                    desk.txn.add_inbox(&mut row)?;
                }
                after.inboxes.push(follow.run);
                continue;
            }
            taken += 1;
            let mut wakes = std::iter::once(TurnWake::Follow(follow.wake));
            guarded(follow.run, None, || turn::take(desk, rules, follow.run, &mut wakes))?;
        }
        guarded(0, None, || births::take(desk, &rules.limits))?;
    }
    Ok(())
}

/// Takes the first turn of a run that was asked for by itself, so that who asks is told when it breaks. One that takes the
/// place of others begins behind their leaving.
fn begin(desk: &mut Desk, rules: &Rules, run: i64) -> Result<(), Trouble> {
    let begins = |follow: &Follow| follow.run == run && follow.wake == FollowWake::Begin;
    let replaces = desk.follows.iter().any(|follow| follow.wake == FollowWake::Replaced);
    if let (false, Some(at)) = (replaces, desk.follows.iter().position(begins)) {
        desk.follows.remove(at);
        turn::take(desk, rules, run, &mut std::iter::once(TurnWake::Due))?;
    }
    Ok(())
}

/// What is not a wake of a known run.
fn take_other(desk: &mut Desk, rules: &Rules, job: &mut Job) -> Result<Done, Trouble> {
    desk.chain = None;
    match job {
        Job::AnswerIn { conversation, answer, .. } => {
            let Some(prompt) = desk.txn.prompts(*conversation)?.into_iter().next() else {
                return Ok(Done::Told(Told::Answered(super::view::Answered::NotWaiting)));
            };
            let at = turn::AnswerAt::Exact { path: prompt.path, revision: prompt.revision };
            let wake = TurnWake::Answer { at, answer: answer.clone() };
            let told = turn::take(desk, rules, prompt.run, &mut std::iter::once(wake))?;
            Ok(Done::Told(told.into_iter().next().unwrap_or(Told::Nothing)))
        }
        Job::Start { flow, args, .. } => {
            let newest = match person::newest(desk, flow)? {
                Ok(newest) => newest,
                Err(error) => return Ok(Done::Refused(error)),
            };
            let signature = entry::signature(&newest);
            let birth = match entry::fit(newest, args.clone()) {
                Ok(birth) => birth,
                Err(message) => {
                    return Ok(Done::Refused(super::error::EngineError::Argument { message, signature }));
                }
            };
            let asked = Asked { parent: None, by: None, floor: None };
            match births::admit(desk, &rules.limits, &birth, &asked)? {
                Ok(written) => {
                    begin(desk, rules, written.id())?;
                    Ok(Done::Started(super::view::RunId(written.id())))
                }
                Err(refusal) => {
                    let message = format!("`{flow}` does not let it in: {}", refusal.why);
                    Ok(Done::Refused(super::error::EngineError::Refused { message }))
                }
            }
        }
        Job::Fire { event, args, delivery, .. } => person::fire(desk, &rules.limits, event, args, delivery.as_ref()),
        Job::Act { deed, .. } => person::act(desk, deed),
        Job::Deploy { deployment, dry, .. } => deploy::deploy(desk, rules, deployment, *dry),
        Job::Erase { told: true } => super::erase::told(desk).map(|()| Done::Nothing),
        Job::Erase { told: false } => super::erase::pages(desk, rules).map(|()| Done::Nothing),
        Job::FanOut => super::fanout::page(desk, &rules.limits).map(|()| Done::Nothing),
        Job::Timers => super::schedule::ring(desk, &rules.limits).map(|()| Done::Nothing),
        Job::Pause { flow, on, .. } => super::pause::pause(desk, flow, *on),
        Job::Matching { flow, after, .. } => match person::newest(desk, flow)? {
            Ok(newest) => audience::matching(desk, &rules.limits, &newest, *after).map(Done::Matched),
            Err(error) => Ok(Done::Refused(error)),
        },
        Job::Migrate { migration, .. } => migrate::migrate(desk, rules, migration),
        Job::Wake { .. } | Job::Inbox { .. } => Ok(Done::Nothing),
    }
}
