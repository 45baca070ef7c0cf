//! A run's turn in a batch: read it once, take its wakes step by step, store it once.

use super::chain::{self, Chain};
use super::desk::Desk;
use super::entry;
use super::envelope::{self, Envelope, Stored};
use super::error::EngineError;
use super::follow::FollowWake;
use super::held;
use super::journal::{Cause, Did, Stop};
use super::kept::Kept;
use super::link::{LinkError, Linked};
use super::outcome::Verdict;
use super::pause;
use super::view::{Answered, Decision, Resolution, RunId};
use super::world::{StepWorld, adopt};
use crate::action::ActionError;
use crate::machine::{self, Busy, Fault, Intent, Limits, PathState, PathWait, Prompt, Run, Status, Step, Wake};
use crate::seam::Marks;
use crate::snapshot;
use crate::store::{IntentRow, NameClass, NameId, RunRow, RunStatus, StoreError, Subject};
use flow_bytecode::{Failure, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What makes a run go on, as the engine knows it.
#[derive(Debug, Clone)]
pub(super) enum TurnWake {
    /// Its moment has come, or it was ready.
    Due,
    Follow(FollowWake),
    Answer {
        at: AnswerAt,
        answer: Value,
    },
    Outcome {
        path: u16,
        effect: u32,
        verdict: Verdict,
        /// What its action keeps about it.
        kept: Option<Kept>,
    },
    Cancel,
    Retry,
    /// A person says what became of an action in doubt.
    Resolve(Resolution),
    /// A person approves an action, or does not.
    Decide(Decision),
}

/// Which of a run's prompts is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum AnswerAt {
    Exact { path: u16, revision: u32 },
    Newest { anchor: Option<String> },
}

/// What the sender of a wake is told once the commit has returned.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Nothing,
    Done,
    Answered(Answered),
    Refused(EngineError),
}

/// Why a turn was not taken.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The run's own: everything of this turn must be undone.
    Fault(String),
    /// The store's: the batch is over.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.is_row() => Trouble::Fault(error.to_string()),
            error => Trouble::Store(error),
        }
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Trouble::Fault(fault.0)
    }
}

/// What every turn needs beside the desk.
pub(super) struct Rules {
    pub limits: Limits,
    pub install: [u8; 16],
    /// Of phone numbers without a country code.
    pub country: Option<String>,
    /// Of runs that fail while they talk with somebody.
    pub fallback: Option<super::config::Fallback>,
    /// Keeps what tests reach.
    pub marks: Option<Marks>,
}

/// Flows a run may become in one turn without waiting.
const LAUNCHES_MAX: usize = 8;
/// Steps of the machine in one turn, at most: more is a circle that never waits.
const STEPS_MAX: u32 = 2_000;

/// A turn being taken.
pub(super) struct Turn<'d, 't> {
    pub desk: &'d mut Desk<'t>,
    pub rules: &'d Rules,
    pub row: RunRow,
    pub linked: Arc<Linked>,
    pub run: Run,
    pub envelope: Envelope,
    pub causes: Vec<Cause>,
    /// Where it stands after its last step.
    pub status: Option<Status>,
    pub waits: Vec<PathWait>,
    pub intents: Vec<Intent>,
    pub prompts: Vec<Prompt>,
    /// Effects under way when the turn began: path, effect.
    pub calls_before: Vec<(u16, u32)>,
    /// Prompts shown when the turn began: conversation, path, revision.
    pub asks_before: Vec<(i64, u16, u32)>,
    /// Effects whose outcome the run has taken in this turn.
    pub heard: Vec<u32>,
    /// Until when approvals it waits for may come.
    pub expiries: Vec<i64>,
    /// Rows of the first of `intents`, in their order.
    pub requests: Vec<IntentRow>,
    /// The row must be written although no step was taken.
    pub dirty: bool,
    /// Waits with a higher revision have not been told of past events.
    pub looked: u32,
    pub steps: u32,
    /// It was asked to go on because its moment has come.
    pub asked: bool,
    /// What it was before it became another flow.
    pub was: Vec<(NameId, Option<Subject>)>,
    /// Something that a condition reads may have changed.
    pub stirred: bool,
    /// Where the call stands that this turn tells something of.
    pub told_at: Option<u16>,
    /// It has begun, or become another flow, in this turn.
    pub begun: bool,
    /// It is being told of past events.
    looks_back: bool,
    launches: usize,
}

/// Takes a run's turn: every wake in order. Returns what each sender is told.
pub(super) fn take(
    desk: &mut Desk,
    rules: &Rules,
    id: i64,
    wakes: &mut dyn Iterator<Item = TurnWake>,
) -> Result<Vec<Told>, Trouble> {
    let Some(mut row) = desk.txn.run(id)? else {
        let unknown = EngineError::UnknownRun { run: RunId(id) };
        return Ok(wakes.map(|_| Told::Refused(unknown.clone())).collect());
    };
    desk.begin_turn();
    // Its author, also of what is written before its first step: what became of a call comes first.
    desk.flow = row.flow;
    desk.chain = Some(desk.memory.chain(id).unwrap_or_else(|| Chain::first(row.flow)));
    if row.status == RunStatus::Waiting && envelope::is_pending(&row.snapshot) {
        return held::take(desk, rules, row, wakes);
    }
    if !row.status.is_live() && row.status != RunStatus::Retryable {
        return over(desk, rules, row, wakes);
    }
    let mut left = Vec::new();
    if desk.is_paused(row.flow)? {
        match pause::hold(desk, &mut row, wakes)? {
            Ok(told) => return Ok(told),
            Err(wakes) => left = wakes,
        }
    }
    let mut left = left.into_iter();
    let wakes = &mut left.by_ref().chain(wakes);
    let linked = match desk.memory.program(row.program, desk.registry, &mut *desk.txn) {
        Ok(linked) => linked,
        Err(LinkError::Store(error)) => return Err(error.into()),
        Err(LinkError::Stranded(why)) => return strand(desk, row, &why, wakes),
    };
    let mut turn = Turn::load(desk, rules, row, linked)?;
    let told = wakes.map(|wake| turn.wake(wake)).collect::<Result<Vec<_>, _>>()?;
    turn.leave_if_so()?;
    turn.store()?;
    desk.chain = None;
    Ok(told)
}

/// Wakes for a run that is over.
fn over(
    desk: &mut Desk,
    rules: &Rules,
    mut row: RunRow,
    wakes: &mut dyn Iterator<Item = TurnWake>,
) -> Result<Vec<Told>, Trouble> {
    let run = RunId(row.id);
    let mut told = Vec::new();
    while let Some(wake) = wakes.next() {
        if matches!(wake, TurnWake::Retry) && matches!(row.status, RunStatus::Quarantined | RunStatus::Stranded) {
            told.push(super::aside::retry(desk, rules, row)?);
            // It may live again, and takes the others as it is now.
            told.extend(take(desk, rules, run.0, wakes)?);
            return Ok(told);
        }
        told.push(match wake {
            TurnWake::Answer { at: AnswerAt::Exact { path, revision }, answer } => {
                let taken = match envelope::open(&row.snapshot) {
                    Some(Stored::Suspended { envelope, .. }) => envelope.taken,
                    _ => Vec::new(),
                };
                Told::Answered(was_taken(&taken, run, path, revision, &answer).unwrap_or(Answered::Late(run)))
            }
            TurnWake::Answer { .. } => Told::Answered(Answered::NotWaiting),
            // A stranded run that is due again may have what it lacked: the next deploy has woken it.
            TurnWake::Due if row.status == RunStatus::Stranded => {
                row.status = RunStatus::Ready;
                row.due = Some(desk.now);
                row.failure = None;
                desk.txn.save_run(&mut row)?;
                Told::Done
            }
            TurnWake::Cancel if matches!(row.status, RunStatus::Stranded | RunStatus::Quarantined) => {
                row.status = RunStatus::Cancelled;
                row.due = None;
                row.events = 0;
                desk.txn.save_run(&mut row)?;
                super::births::next_in_queue(desk, row.flow, row.subject)?;
                Told::Done
            }
            TurnWake::Retry if row.status == RunStatus::Failed => {
                let undone = match envelope::open(&row.snapshot) {
                    Some(Stored::Suspended { envelope, .. }) => envelope.undone,
                    _ => false,
                };
                let message = match undone {
                    true => "has taken back what it did, and that is final: start it anew",
                    false => "has failed, but not in a call: there is nothing to try again",
                };
                let message = message.to_owned();
                Told::Refused(EngineError::State { run, message })
            }
            TurnWake::Cancel | TurnWake::Retry | TurnWake::Resolve(_) | TurnWake::Decide(_) => {
                let message = match row.status {
                    RunStatus::Finished => "has finished already".to_owned(),
                    RunStatus::Failed => "has failed already".to_owned(),
                    RunStatus::Cancelled => "was cancelled already".to_owned(),
                    status => format!("is {} already", status.word()),
                };
                Told::Refused(EngineError::State { run, message })
            }
            TurnWake::Outcome { effect, verdict, kept, .. } => {
                finish(desk, (row.id, effect), &verdict, kept.as_ref())?;
                desk.announce_changes()?;
                too_late(desk, &mut row, effect, &verdict)?;
                Told::Nothing
            }
            _ => Told::Nothing,
        });
    }
    Ok(told)
}

/// An action that was being sent when its run ended has come to its end: noted, and used by nobody.
fn too_late(desk: &mut Desk, row: &mut RunRow, effect: u32, verdict: &Verdict) -> Result<(), Trouble> {
    let Some(Stored::Suspended { mut envelope, snapshot }) = envelope::open(&row.snapshot) else { return Ok(()) };
    let Some(action) = envelope.was_let_go(effect) else { return Ok(()) };
    let mut bytes = Vec::with_capacity(row.snapshot.len());
    envelope.write(&mut bytes);
    bytes.extend_from_slice(snapshot);
    let stop = match row.status {
        RunStatus::Cancelled => Stop::Cancelled,
        RunStatus::Finished => Stop::Finished,
        _ => match &row.failure {
            Some(failure) => Stop::Failed(Failure::new(&*failure.kind, &*failure.message)),
            None => Stop::Finished,
        },
    };
    let mut payload = Vec::new();
    let causes = vec![Cause::TooLate(action, verdict.word())];
    super::journal::Turn { program: row.program, causes, did: Vec::new(), stop }.encode(&mut payload);
    row.snapshot = bytes;
    row.journal = desk.txn.append_journal(row.id, row.journal, desk.now, &payload)?;
    Ok(desk.txn.save_run(row)?)
}

/// Has an action write down what became of its request.
pub(super) fn finish(desk: &mut Desk, by: (i64, u32), verdict: &Verdict, kept: Option<&Kept>) -> Result<(), Trouble> {
    match (verdict, kept) {
        (Verdict::Finished(outcome) | Verdict::Adopted(outcome), Some(kept)) => kept.finish(desk, by, outcome),
        (Verdict::Doubt { .. }, Some(kept)) => kept.doubt(desk, by),
        _ => Ok(()),
    }
}

pub(super) fn was_taken(
    taken: &[envelope::Taken],
    run: RunId,
    path: u16,
    revision: u32,
    answer: &Value,
) -> Option<Answered> {
    let before = taken.iter().find(|taken| taken.path == path && taken.revision == revision)?;
    Some(match before.digest == envelope::digest(answer) {
        true => Answered::Duplicate(run),
        false => Answered::Late(run),
    })
}

/// Sets a run aside whose program cannot run here.
fn strand(
    desk: &mut Desk,
    mut row: RunRow,
    why: &str,
    wakes: &mut dyn Iterator<Item = TurnWake>,
) -> Result<Vec<Told>, Trouble> {
    let run = RunId(row.id);
    row.status = RunStatus::Stranded;
    row.due = None;
    row.updated_at = desk.now;
    row.failure = Some(crate::store::RunFailure { kind: "stranded".to_owned(), message: why.to_owned() });
    desk.txn.save_run(&mut row)?;
    super::births::next_in_queue(desk, row.flow, row.subject)?;
    let refused = EngineError::State { run, message: format!("cannot go on here: {why}") };
    Ok(wakes.map(|_| Told::Refused(refused.clone())).collect())
}

impl<'d, 't> Turn<'d, 't> {
    fn load(desk: &'d mut Desk<'t>, rules: &'d Rules, row: RunRow, linked: Arc<Linked>) -> Result<Self, Trouble> {
        let corrupt = || Trouble::Fault("the run's stored state is damaged".to_owned());
        let mut begin = None;
        let (run, envelope) = match envelope::open(&row.snapshot).ok_or_else(corrupt)? {
            Stored::Pending { flow, revision, by, args } => {
                begin = Some((flow, by, args));
                (Run { effects: row.effects, revision, ..Run::default() }, Envelope::default())
            }
            Stored::Suspended { envelope, snapshot: bytes } => {
                let mut run = std::mem::take(&mut desk.memory.spare);
                snapshot::decode_into(bytes, &linked.loaded, &mut run)
                    .map_err(|error| Trouble::Fault(error.to_string()))?;
                (run, envelope)
            }
        };
        let run = Run { busy: desk.memory.busy(row.id), ..run };
        let begins = begin.is_some();
        let mut turn = Turn::of(desk, rules, row, linked, run, envelope, !begins)?;
        if let Some((flow, by, args)) = begin {
            let cause = if by.is_empty() { Cause::Start } else { Cause::Born(by) };
            match chain::too_long(turn.desk, &rules.limits)? {
                Some(failure) => {
                    turn.causes.push(cause);
                    turn.status = Some(Status::Failed { failure, retryable: false });
                }
                None => {
                    turn.obey(flow, &args)?;
                    turn.step(Wake::Start { flow, args }, cause)?;
                }
            }
        }
        Ok(turn)
    }

    /// A turn of a run as it stands.
    pub fn of(
        desk: &'d mut Desk<'t>,
        rules: &'d Rules,
        row: RunRow,
        linked: Arc<Linked>,
        run: Run,
        envelope: Envelope,
        suspended: bool,
    ) -> Result<Self, Trouble> {
        let mut calls_before = Vec::new();
        for path in &run.paths {
            if let PathState::Calling(effect) = path.state {
                calls_before.push((path.id, effect));
            }
        }
        let mut asks_before = Vec::new();
        if row.asks_in.is_some() && suspended {
            for wait in run.waits(&linked.loaded)? {
                asks_before.extend(wait.asks_in.map(|conversation| (conversation, wait.path, wait.revision)));
            }
        }
        let looked = run.revision;
        Ok(Turn {
            desk,
            rules,
            row,
            linked,
            run,
            envelope,
            causes: Vec::new(),
            status: None,
            waits: Vec::new(),
            intents: Vec::new(),
            prompts: Vec::new(),
            calls_before,
            asks_before,
            heard: Vec::new(),
            expiries: Vec::new(),
            requests: Vec::new(),
            dirty: false,
            looked,
            steps: 0,
            asked: false,
            was: Vec::new(),
            stirred: false,
            told_at: None,
            begun: false,
            looks_back: false,
            launches: 0,
        })
    }

    /// Whether the run is over after what this turn has done so far.
    pub fn is_over(&self) -> bool {
        matches!(self.status, Some(Status::Finished(_) | Status::Failed { .. }))
            || self.row.status == RunStatus::Cancelled
    }

    fn wake(&mut self, wake: TurnWake) -> Result<Told, Trouble> {
        let run = RunId(self.row.id);
        match wake {
            TurnWake::Due => {
                self.due()?;
                Ok(Told::Nothing)
            }
            TurnWake::Follow(follow) => {
                self.follow(follow)?;
                Ok(Told::Nothing)
            }
            TurnWake::Answer { at, answer } => self.answer(at, answer).map(Told::Answered),
            TurnWake::Outcome { path, effect, verdict, kept } => {
                finish(self.desk, (self.row.id, effect), &verdict, kept.as_ref())?;
                self.dirty |= kept.is_some();
                self.outcome(path, effect, verdict)?;
                Ok(Told::Nothing)
            }
            TurnWake::Cancel if self.is_over() => {
                Ok(Told::Refused(EngineError::State { run, message: "is over already".to_owned() }))
            }
            TurnWake::Cancel => {
                self.cancel(Cause::Cancel);
                Ok(Told::Done)
            }
            TurnWake::Retry => self.retry(),
            TurnWake::Resolve(resolution) => self.resolve(resolution),
            TurnWake::Decide(decision) => self.decide(&decision),
        }
    }

    /// A run that wanted its next step when it was held takes it.
    fn go_on(&mut self) -> Result<(), Trouble> {
        if self.status.is_none() && self.row.status == RunStatus::Ready {
            self.step(Wake::Continue, Cause::Continue)?;
        }
        Ok(())
    }

    fn cancel(&mut self, cause: Cause) {
        self.causes.push(cause);
        self.row.status = RunStatus::Cancelled;
        self.status = None;
        self.run.paths.clear();
        self.desk.memory.been_busy(self.row.id, Busy::default());
        self.waits.clear();
        self.intents.clear();
        self.prompts.clear();
        self.dirty = true;
    }

    fn due(&mut self) -> Result<(), Trouble> {
        self.asked = true;
        // Its beginning was its turn.
        if self.status.is_some() && !matches!(self.status, Some(Status::Ready)) {
            return Ok(());
        }
        if self.row.status == RunStatus::Ready {
            self.step(Wake::Continue, Cause::Continue)?;
        }
        let waiting = self.row.due.is_some_and(|due| due <= self.desk.now);
        if waiting && !self.is_over() {
            self.step(Wake::Due, Cause::Due)?;
        }
        if waiting && !self.is_over() {
            self.expire()?;
        }
        Ok(())
    }

    fn follow(&mut self, follow: FollowWake) -> Result<(), Trouble> {
        if self.is_over() || self.row.status == RunStatus::Retryable {
            return Ok(());
        }
        match follow {
            FollowWake::Event { number, name, args } => self.event(number, &name, &args).map(|_| ()),
            FollowWake::Changed => {
                self.stirred = true;
                if !self.step(Wake::Changed, Cause::Changed)? {
                    self.watch_again()?;
                }
                Ok(())
            }
            FollowWake::Due => self.step(Wake::Due, Cause::Due).map(|_| ()).and_then(|()| self.go_on()),
            FollowWake::Answer { at, answer } => self.answer(at, answer).map(|_| ()),
            FollowWake::Outcome { path, effect, outcome } => self.outcome(path, effect, Verdict::Finished(outcome)),
            FollowWake::Replaced => {
                self.cancel(Cause::Replaced);
                Ok(())
            }
            FollowWake::Erased => {
                self.cancel(Cause::Erased);
                Ok(())
            }
            FollowWake::PromptEnded { conversation, path, revision, failure } => {
                let asks = self.run.paths.iter().any(|other| other.id == path && other.revision == revision);
                if asks {
                    self.step(Wake::PromptEnded { conversation, failure }, Cause::PromptEnded)?;
                }
                Ok(())
            }
            FollowWake::TakenOver { path, revision } => {
                let asks = self.run.paths.iter().any(|other| other.id == path && other.revision == revision);
                if asks && self.goes_on() {
                    self.leave(Cause::TakenOver)?;
                }
                Ok(())
            }
            FollowWake::Begin => Ok(()),
        }
    }

    pub fn outcome(&mut self, path: u16, effect: u32, verdict: Verdict) -> Result<(), Trouble> {
        let calling = |other: &machine::Path| other.id == path && other.state == PathState::Calling(effect);
        let Some(at) = self.run.paths.iter().position(calling) else {
            if let Some(action) = self.envelope.was_let_go(effect) {
                self.causes.push(Cause::TooLate(action, verdict.word()));
                self.dirty = true;
            }
            return Ok(());
        };
        let action = super::outcome::action_of(&self.linked, &self.run.paths[at]).unwrap_or_default();
        match verdict {
            Verdict::Finished(outcome) => {
                let cause = match &outcome {
                    Ok(_) => Cause::Done(action),
                    Err(failure) => Cause::Failed(action, failure.kind.clone()),
                };
                self.heard.push(effect);
                self.step(Wake::Outcome { path, effect, outcome }, cause)?;
            }
            Verdict::Adopted(outcome) => {
                self.heard.push(effect);
                self.step(Wake::Outcome { path, effect, outcome }, Cause::Adopted(action))?;
            }
            Verdict::Again { row, not_before, failure } => {
                if self.desk.txn.update_intent(&row)? {
                    self.desk.delayed.push((not_before, row.run, row.path));
                    let Failure { kind, message, .. } = failure;
                    self.desk
                        .did
                        .push((effect, Did::TriesAgain(kind, super::outcome::cut(&message).into(), not_before)));
                    self.tells(Cause::Tried(action, row.attempt.max(1)), row.place)?;
                }
            }
            Verdict::Doubt { mut row, message } => {
                let failure = Failure::new("in_doubt", message);
                if super::outcome::is_handled(&self.linked, &self.run.paths[at]) {
                    let outcome = Err(failure);
                    self.heard.push(effect);
                    self.step(Wake::Outcome { path, effect, outcome }, Cause::InDoubt(action))?;
                    return Ok(());
                }
                row.state = crate::store::IntentState::InDoubt;
                self.desk.txn.update_intent(&row)?;
                self.tells(Cause::InDoubt(action), row.place)?;
                self.row.failure = Some(crate::store::RunFailure {
                    kind: failure.kind.to_string(),
                    message: failure.message.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Something is told of a call that the run waits for on as before: where it is made, and not where the run waits first.
    fn tells(&mut self, cause: Cause, place: u16) -> Result<(), Trouble> {
        self.causes.push(cause);
        self.dirty = true;
        self.told_at = Some(place);
        if self.waits.is_empty() {
            self.waits = self.run.waits(&self.linked.loaded)?;
        }
        Ok(())
    }

    /// One step of the machine and all that follows from it at once: requests that cannot be made, events that came before
    /// the wait, flows that it becomes. Returns whether the wake moved anything.
    pub fn step(&mut self, wake: Wake, cause: Cause) -> Result<bool, Trouble> {
        let moved = self.step_once(wake)?;
        if !moved {
            return Ok(false);
        }
        self.causes.push(cause);
        loop {
            if self.steps >= STEPS_MAX {
                self.ends_circle()?;
                return Ok(true);
            }
            if let Some((path, effect, failure)) = self.prepare()? {
                self.step_once(Wake::Outcome { path, effect, outcome: Err(failure) })?;
                continue;
            }
            if let Some(Status::Launched { flow_ref, args }) = &self.status {
                let (flow_ref, args) = (*flow_ref, args.clone());
                self.launch(flow_ref, &args)?;
                continue;
            }
            // What looks back takes steps of its own: one in the other would be as deep as there are events.
            if self.looks_back {
                return Ok(true);
            }
            self.looks_back = true;
            let took = self.look_back();
            self.looks_back = false;
            if !took? {
                return Ok(true);
            }
        }
    }

    /// It has taken too many steps in this turn: none of its waits was one.
    fn ends_circle(&mut self) -> Result<(), Trouble> {
        let flow = self.desk.txn.name(NameClass::Flow, self.row.flow)?;
        let message = format!("{flow} goes in a circle: more than {STEPS_MAX} steps, and no time has passed");
        self.desk.endless.get_or_insert_with(|| message.clone());
        self.waits.clear();
        self.intents.clear();
        self.requests.clear();
        self.prompts.clear();
        self.status = Some(Status::Failed { failure: Failure::new("limit", message), retryable: false });
        Ok(())
    }

    /// One step of the machine.
    pub fn step_once(&mut self, wake: Wake) -> Result<bool, Trouble> {
        self.desk.flow = self.row.flow;
        let mut world = StepWorld {
            desk: self.desk,
            linked: &self.linked,
            run: self.row.id,
            subject: self.row.subject,
            limits: &self.rules.limits,
            marks: self.rules.marks.as_ref(),
            scratch: Value::Null,
        };
        let step = machine::step(&self.linked.loaded, &mut self.run, wake, &mut world, &self.rules.limits);
        if let Some(error) = self.desk.broken.take() {
            return Err(Trouble::Store(error));
        }
        let Step { status, moved, waits, prompts, intents, failed_paths, undoing, undo_failed } = step?;
        self.desk.memory.been_busy(self.row.id, self.run.busy);
        self.desk.steps += 1;
        if !moved {
            if self.status.is_none() {
                self.waits = waits;
            }
            return Ok(false);
        }
        // What an earlier step of this turn asked for counts only while its path still waits for it.
        let waited_for = |effect: u32| waits.iter().any(|wait| wait.effect == Some(effect));
        self.intents.retain(|intent| waited_for(intent.effect));
        self.requests.retain(|row| waited_for(row.effect));
        self.prompts
            .retain(|prompt| waits.iter().any(|wait| wait.path == prompt.path && wait.revision == prompt.revision));
        self.intents.extend(intents);
        self.prompts.extend(prompts);
        for (name, failure) in failed_paths {
            self.desk.did.push((0, Did::PathFailed(name, failure.kind, failure.message)));
        }
        if let Some(failure) = undoing {
            self.envelope.undone = true;
            self.desk.did.push((0, Did::TakesBack(failure.kind, failure.message)));
        }
        for failure in undo_failed {
            self.desk.did.push((0, Did::NotTakenBack(failure.kind, failure.message)));
        }
        self.waits = waits;
        self.status = Some(status);
        Ok(true)
    }

    /// Becomes another flow, keeping its id and its count of effects.
    fn launch(&mut self, flow_ref: u16, args: &[Value]) -> Result<(), Trouble> {
        let linked = self.linked.clone();
        let flow = linked.program().flow_refs.get(usize::from(flow_ref));
        let flow = flow.ok_or_else(|| Trouble::Fault("the program's flow is out of range".to_owned()))?;
        let typed = flow.params.iter().zip(args).map(|((name, ty), value)| (name.clone(), *ty, value));
        let birth = match adopt(self.desk, &linked, &flow.name, typed) {
            Ok(birth) => birth,
            Err(ActionError::Failure(failure)) => {
                self.status = Some(Status::Failed { failure, retryable: false });
                return Ok(());
            }
            Err(ActionError::Fault(message)) => return Err(Trouble::Fault(message)),
        };
        self.desk.did.push((0, Did::Launched(flow.name.clone())));
        let subject = entry::subject(&birth.newest, &birth.args);
        self.was.push((self.row.flow, self.row.subject));
        self.linked = birth.newest.linked.clone();
        self.row.program = self.linked.id;
        self.row.flow = self.linked.flows.get(usize::from(birth.newest.flow)).copied().unwrap_or_default();
        if subject != self.row.subject {
            self.row.subject = subject;
            if let Some(subject) = subject {
                entry::watch_contact(self.desk, subject, self.row.id)?;
            }
        }
        self.run = Run { effects: self.run.effects, revision: self.run.revision, ..Run::default() };
        self.desk.chain = self.desk.chain.as_ref().map(|chain| chain.becomes(self.row.flow));
        if let Some(failure) = chain::too_long(self.desk, &self.rules.limits)? {
            self.waits.clear();
            self.status = Some(Status::Failed { failure, retryable: false });
            return Ok(());
        }
        self.launches += 1;
        if self.launches > LAUNCHES_MAX {
            // A circle of launches that never waits must not hold the batch up: it goes on in the next one.
            self.row.snapshot = envelope::pending(birth.newest.flow, self.run.revision, "", &birth.args);
            self.status = Some(Status::Ready);
            self.waits.clear();
            return Ok(());
        }
        self.obey(birth.newest.flow, &birth.args)?;
        self.step_once(Wake::Start { flow: birth.newest.flow, args: birth.args }).map(|_| ())
    }

    /// Whether the row already holds the run as it will begin.
    pub fn begins_later(&self) -> bool {
        self.launches > LAUNCHES_MAX && self.run.paths.is_empty() && matches!(self.status, Some(Status::Ready))
    }

    /// The places' keys, stop for the journal.
    pub fn stop(&self) -> Stop {
        if self.row.status == RunStatus::Cancelled {
            return Stop::Cancelled;
        }
        match &self.status {
            Some(Status::Finished(_)) => Stop::Finished,
            Some(Status::Failed { failure, .. }) => Stop::Failed(failure.clone()),
            Some(Status::Ready | Status::Launched { .. }) => Stop::Ready,
            Some(Status::Waiting) | None => match (self.told_at, self.waits.first()) {
                (Some(place), _) if self.status.is_none() => Stop::At(place),
                (_, Some(wait)) => Stop::At(wait.place),
                // No step was taken: it waits where it did.
                _ => self
                    .run
                    .waits(&self.linked.loaded)
                    .map_or(Stop::Ready, |waits| waits.first().map_or(Stop::Ready, |wait| Stop::At(wait.place))),
            },
        }
    }
}
