//! Runs that were set aside by a fault, or for want of what their program needs: a person has them go on, once that is
//! mended, from the place where they stood. What was done before it stays done; what was being sent is what its effect class
//! makes of it.

use super::dispatch::Planned;
use super::entry::watch_contact;
use super::envelope::{self, Stored};
use super::error::EngineError;
use super::follow::{Follow, FollowWake};
use super::journal::Cause;
use super::kept::Kept;
use super::link::LinkError;
use super::outcome::{Verdict, made_at};
use super::turn::{Rules, Told, Trouble, Turn, TurnWake, take};
use super::view::RunId;
use crate::machine::{PathState, Status, Wake};
use crate::snapshot;
use crate::store::{CONDITIONS, IntentRow, IntentState, RunRow, RunStatus};
use flow_bytecode::program::EffectClass;

/// Kind of the failure of a run whose step broke again and again.
pub(super) const FAULT: &str = "fault";
/// Kind of the failure of a run whose row is damaged: nobody knows where it stood.
pub(super) const DAMAGED: &str = "damaged";

/// Whether a run that is set aside can go on when a person says so.
pub(super) fn may_retry(row: &RunRow) -> bool {
    match row.status {
        RunStatus::Stranded => true,
        RunStatus::Quarantined => row.failure.as_ref().is_some_and(|failure| failure.kind == FAULT),
        _ => false,
    }
}

/// A person has a run that is set aside go on.
pub(super) fn retry(desk: &mut super::desk::Desk, rules: &Rules, mut row: RunRow) -> Result<Told, Trouble> {
    let run = RunId(row.id);
    let refused = |message: String| Ok(Told::Refused(EngineError::State { run, message }));
    if !may_retry(&row) {
        return refused("is set aside because its row is damaged: it can only be cancelled".to_owned());
    }
    let aside = std::mem::replace(&mut row.status, RunStatus::Ready);
    let pending = envelope::is_pending(&row.snapshot);
    if aside == RunStatus::Stranded || pending {
        // Its watches and prompts are where they were, or there are none yet.
        row.failure = None;
        row.due = Some(desk.now);
        desk.txn.save_run(&mut row)?;
        let told = take(desk, rules, run.0, &mut std::iter::once(TurnWake::Due))?;
        return Ok(told.into_iter().find(|told| matches!(told, Told::Refused(_))).unwrap_or(Told::Done));
    }
    let linked = match desk.memory.program(row.program, desk.registry, &mut *desk.txn) {
        Ok(linked) => linked,
        Err(LinkError::Store(error)) => return Err(error.into()),
        Err(LinkError::Stranded(why)) => return refused(format!("cannot go on here: {why}")),
    };
    let corrupt = || Trouble::Fault("the run's stored state is damaged".to_owned());
    let Some(Stored::Suspended { envelope, snapshot: bytes }) = envelope::open(&row.snapshot) else {
        return Err(corrupt());
    };
    let state = snapshot::decode(bytes, &linked.loaded).map_err(|error| Trouble::Fault(error.to_string()))?;
    let paused = state.paths.iter().any(|path| path.state == PathState::Paused);
    row.status = if paused { RunStatus::Ready } else { RunStatus::Waiting };
    row.failure = None;
    if let Some(subject) = row.subject {
        watch_contact(desk, subject, row.id)?;
    }
    let mut turn = Turn::of(desk, rules, row, linked.clone(), state, envelope, true)?;
    turn.causes.push(Cause::Retry);
    turn.dirty = true;
    turn.obey_anew()?;
    turn.waits = turn.run.waits(&linked.loaded)?;
    turn.status = Some(if paused { Status::Ready } else { Status::Waiting });
    turn.ask_again()?;
    turn.take_up_calls()?;
    if !turn.is_over() {
        // What came meanwhile is as if it came now.
        turn.looked = 0;
        turn.look_back()?;
    }
    let due = turn.due_of(&turn.waits);
    if !turn.is_over() && due.is_some_and(|due| due <= turn.desk.now) {
        turn.step(Wake::Due, Cause::Due)?;
        if !turn.is_over() {
            turn.expire()?;
        }
    }
    if turn.waits.iter().any(|wait| wait.conditions) || turn.header_mask() & CONDITIONS != 0 {
        turn.desk.follows.push(Follow { run: run.0, wake: FollowWake::Changed });
    }
    turn.store()?;
    Ok(Told::Done)
}

impl Turn<'_, '_> {
    /// Its questions were taken off, so that others could be answered.
    fn ask_again(&mut self) -> Result<(), Trouble> {
        for wait in self.waits.clone() {
            let Some(prompt) = self.run.prompt(&self.linked.loaded, &wait)? else { continue };
            let mut row = self.prompt_row(&prompt);
            self.desk.txn.show_prompt(&mut row)?;
            let asked = (prompt.conversation, prompt.path, prompt.revision);
            if !self.asks_before.contains(&asked) {
                self.asks_before.push(asked);
            }
        }
        Ok(())
    }

    /// Its calls go on as after a crash: nobody has heard what became of those that were sent.
    fn take_up_calls(&mut self) -> Result<(), Trouble> {
        for mut intent in self.desk.txn.intents_of(self.row.id)? {
            match intent.state {
                IntentState::InDoubt | IntentState::Unapproved => {}
                IntentState::Queued if intent.not_before > self.desk.now => {
                    self.desk.delayed.push((intent.not_before, intent.run, intent.path));
                }
                IntentState::Queued => self.desk.planned.push(Planned::of(intent, &self.linked)),
                IntentState::Sending if is_sent_again(&intent, self.desk.now) => {
                    intent.state = IntentState::Queued;
                    self.desk.txn.update_intent(&intent)?;
                    self.desk.planned.push(Planned::of(intent, &self.linked));
                }
                IntentState::Sending => {
                    let message = "the run was set aside while the request was sent".to_owned();
                    let (path, effect) = (intent.path, intent.effect);
                    if let Some(kept) = Kept::of_intent(&self.linked, &intent) {
                        kept.doubt(self.desk, (self.row.id, effect))?;
                    }
                    self.outcome(path, effect, Verdict::Doubt { row: Box::new(intent), message })?;
                }
            }
        }
        Ok(())
    }
}

/// Whether sending a request again, or asking for it first, does nothing twice.
fn is_sent_again(intent: &IntentRow, now: i64) -> bool {
    match intent.class {
        EffectClass::Once => false,
        EffectClass::Keyed { window_us } => now < made_at(intent).saturating_add(window_us),
        _ => true,
    }
}
