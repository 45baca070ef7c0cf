//! The end of a turn: what the run has become is written, once.

use super::births;
use super::dispatch::Planned;
use super::envelope::Envelope;
use super::follow::{Follow, FollowWake};
use super::journal::{self, Did};
use super::outcome::{self, stamp};
use super::turn::{Trouble, Turn};
use crate::action::{ActionError, Implementation, StoredRequest};
use crate::machine::{Intent, Status, describe};
use crate::snapshot;
use crate::store::{CONDITIONS, IntentRow, IntentState, RunFailure, RunStatus, event_bit};
use flow_bytecode::program::{EffectClass, PlaceKind};
use flow_bytecode::{Failure, Value};

/// Bytes of a flow's own idempotency key.
const KEY_BYTES_MAX: usize = 255;

impl Turn<'_, '_> {
    /// Makes the requests of the intents that have none yet. The first that cannot be made: path, effect and why.
    pub fn prepare(&mut self) -> Result<Option<(u16, u32, Failure)>, Trouble> {
        self.steps += 1;
        // Beside the turn meanwhile: what begins a request may write.
        let mut intents = std::mem::take(&mut self.intents);
        let mut refused = None;
        while let Some(intent) = intents.get(self.requests.len()) {
            match self.intent_row(intent)? {
                Ok(row) => self.requests.push(row),
                Err(failure) => {
                    let Intent { path, effect, .. } = intents.remove(self.requests.len());
                    refused = Some((path, effect, failure));
                    break;
                }
            }
        }
        self.intents = intents;
        Ok(refused)
    }

    fn intent_row(&mut self, intent: &Intent) -> Result<Result<IntentRow, Failure>, Trouble> {
        let broken = |what: &str| Trouble::Fault(format!("the program's {what} is out of range"));
        let linked = self.linked.clone();
        let program = linked.program();
        let declared = program.actions.get(usize::from(intent.action)).ok_or_else(|| broken("action"))?;
        let action = linked.actions.get(usize::from(intent.action)).ok_or_else(|| broken("action"))?;
        let place = program.places.get(usize::from(intent.place)).ok_or_else(|| broken("place"))?;
        let PlaceKind::Action { policy, .. } = &place.kind else { return Err(broken("place")) };
        let Implementation::External(external) = &action.implementation else { return Err(broken("action")) };
        let described: Vec<Value>;
        let args = if action.plain_args {
            &intent.args
        } else {
            let params = declared.params.iter().zip(&intent.args);
            described = params.map(|((_, ty), value)| describe(program, *ty, value)).collect();
            &described
        };
        let within = intent.approval.as_ref().map(|approval| approval.within_us);
        let (state, not_before) = match within {
            None => (IntentState::Queued, self.desk.now),
            Some(within) => {
                (IntentState::Unapproved, within.map_or(i64::MAX, |within| self.desk.now.saturating_add(within)))
            }
        };
        let own_key = match &intent.key {
            Some(own) if !is_key(own) => return Ok(Err(bad_key(own))),
            own => own.clone(),
        };
        let key: std::sync::Arc<str> = match own_key {
            Some(own) => own,
            None => key(&self.rules.install, self.row.epoch, self.row.id, intent.effect).into(),
        };
        self.desk.actor = (self.row.id, intent.effect);
        let begun = external.begin(self.desk, &key, args);
        if let Some(error) = self.desk.broken.take() {
            return Err(Trouble::Store(error));
        }
        let request = match begun {
            Ok(request) => request,
            Err(ActionError::Failure(failure)) => return Ok(Err(failure)),
            Err(ActionError::Fault(message)) => return Err(Trouble::Fault(message)),
        };
        let mut stored = stamp(self.desk.now, &request.bytes);
        if let (EffectClass::Verified { by }, Some(args)) = (action.class, &intent.verifier) {
            match self.inquiry(by, args)? {
                Ok(inquiry) => outcome::with_inquiry(&mut stored, &inquiry),
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Ok(Ok(IntentRow {
            run: self.row.id,
            path: intent.path,
            effect: intent.effect,
            state,
            program: self.linked.id,
            place: intent.place,
            action: action.name,
            class: action.class,
            key,
            destination: request.destination.into(),
            request: stored.into(),
            attempt: 0,
            not_before,
            policy: *policy,
        }))
    }

    /// What the other side is asked when it is not known whether an action has happened.
    fn inquiry(&self, by: u16, args: &[Value]) -> Result<Result<StoredRequest, Failure>, Trouble> {
        let broken = || Trouble::Fault("the program's action is out of range".to_owned());
        let program = self.linked.program();
        let declared = program.actions.get(usize::from(by)).ok_or_else(broken)?;
        let action = self.linked.actions.get(usize::from(by)).ok_or_else(broken)?;
        let Implementation::External(external) = &action.implementation else { return Err(broken()) };
        let described = declared.params.iter().zip(args).map(|((_, ty), value)| describe(program, *ty, value));
        Ok(external.prepare(&described.collect::<Vec<_>>()))
    }

    /// Writes the run, its intents, prompts and journal row.
    pub fn store(mut self) -> Result<(), Trouble> {
        let stored = self.write();
        self.desk.memory.spare = self.run;
        stored
    }

    fn write(&mut self) -> Result<(), Trouble> {
        if self.status.is_none() && !self.dirty {
            return self.rest();
        }
        self.expiries()?;
        self.status_of_row();
        self.store_intents()?;
        self.store_prompts()?;
        self.fall_back()?;
        self.note_talks();
        self.desk.announce_changes()?;
        self.hear_itself();
        self.store_snapshot()?;
        let mut payload = std::mem::take(&mut self.desk.buffer);
        payload.clear();
        let turn = journal::Turn {
            program: self.linked.id,
            causes: std::mem::take(&mut self.causes),
            did: std::mem::take(&mut self.desk.did),
            stop: self.stop(),
        };
        turn.encode(&mut payload);
        self.row.journal = self.desk.txn.append_journal(self.row.id, self.row.journal, self.desk.now, &payload)?;
        self.desk.buffer = payload;
        // Vectors go back so that the next turn need not ask for memory.
        self.desk.did = turn.did;
        self.desk.did.clear();
        self.row.attempts = 0;
        self.row.effects = self.run.effects;
        self.row.updated_at = self.desk.now;
        self.desk.txn.save_run(&mut self.row)?;
        // A call is no wait: a circle that calls somebody outside is the worst of all.
        match self.desk.chain.clone() {
            Some(chain) if self.goes_straight_on() => self.desk.memory.chained(self.row.id, chain),
            _ => self.desk.memory.unchained(self.row.id),
        }
        match self.row.status {
            RunStatus::Ready => self.desk.ready.push(self.row.id),
            _ => self.desk.due_at(self.row.due),
        }
        if !self.row.status.is_live() && (self.row.subject.is_some() || !self.linked.events.is_empty()) {
            self.desk.txn.unwatch(self.row.id)?;
        }
        for (flow, subject) in std::mem::take(&mut self.was) {
            births::next_in_queue(self.desk, flow, subject)?;
        }
        if !self.row.status.is_live() {
            births::next_in_queue(self.desk, self.row.flow, self.row.subject)?;
        }
        Ok(())
    }

    /// No wake moved anything. A run whose moment has come must not stay due, or it would be asked for ever; one that
    /// was not asked (only its empty inbox was opened) keeps its moment.
    fn rest(&mut self) -> Result<(), Trouble> {
        if !self.asked || self.row.due.is_none_or(|due| due > self.desk.now) || self.row.status == RunStatus::Retryable
        {
            return Ok(());
        }
        let waits = self.run.waits(&self.linked.loaded)?;
        self.waits = waits;
        self.expiries()?;
        let waits = std::mem::take(&mut self.waits);
        let due = self.due_of(&waits);
        if waits.is_empty() || due.is_some_and(|due| due <= self.desk.now) {
            return Err(Trouble::Fault("the run is due and does not move".to_owned()));
        }
        // Ready, and nothing is paused: it was set aside while it waited.
        self.row.status = RunStatus::Waiting;
        self.row.due = due;
        self.desk.due_at(due);
        Ok(self.desk.txn.save_run(&mut self.row)?)
    }

    /// Whether it waits for nothing but a call, if for anything.
    fn goes_straight_on(&self) -> bool {
        self.row.status == RunStatus::Ready
            || self.row.status == RunStatus::Waiting
                && self.waits.iter().any(|wait| wait.effect.is_some() && wait.approver.is_none())
    }

    /// Whether the turn changed only what is beside the run: its waits are as they were.
    pub fn stands(&self) -> bool {
        self.status.is_none() && self.row.status != RunStatus::Cancelled
    }

    fn status_of_row(&mut self) {
        if self.stands() {
            return;
        }
        let now = self.desk.now;
        let mut due = self.due_of(&self.waits);
        let row = &mut self.row;
        match self.status.take() {
            None => {}
            Some(Status::Waiting) => {
                row.status = RunStatus::Waiting;
                self.status = Some(Status::Waiting);
            }
            Some(Status::Ready | Status::Launched { .. }) => {
                row.status = RunStatus::Ready;
                due = Some(now);
                self.status = Some(Status::Ready);
            }
            Some(Status::Finished(result)) => {
                row.status = RunStatus::Finished;
                if !result.is_null() {
                    let flow =
                        self.linked.program().flows.iter().zip(&self.linked.flows).find(|(_, id)| **id == row.flow);
                    let function =
                        flow.and_then(|(flow, _)| self.linked.program().functions.get(usize::from(flow.function)));
                    let result = match function {
                        Some(function) => describe(self.linked.program(), function.result, &result),
                        None => result,
                    };
                    row.result = serde_json::to_vec(&result).ok();
                }
                self.status = Some(Status::Finished(Value::Null));
            }
            Some(Status::Failed { failure, retryable }) => {
                row.status = if retryable { RunStatus::Retryable } else { RunStatus::Failed };
                row.failure = Some(RunFailure { kind: failure.kind.to_string(), message: failure.message.to_string() });
                self.status = Some(Status::Failed { failure, retryable });
            }
        }
        if row.status != RunStatus::Retryable && !row.status.is_live() {
            self.waits.clear();
        }
        row.due = if row.status.is_live() { due } else { None };
        row.asks_in = self.waits.iter().find_map(|wait| wait.asks_in);
        let mut mask = 0;
        for wait in &self.waits {
            for event in &wait.events {
                mask |= self.linked.events.get(usize::from(*event)).map_or(0, |event| event_bit(event.name));
            }
            if wait.conditions {
                mask |= CONDITIONS;
            }
        }
        row.events = mask;
        if self.row.status.is_live() {
            self.row.events |= self.header_mask();
        }
    }

    fn store_intents(&mut self) -> Result<(), Trouble> {
        if self.stands() {
            return Ok(());
        }
        for (path, effect) in std::mem::take(&mut self.calls_before) {
            let still = self.waits.iter().any(|wait| wait.path == path && wait.effect == Some(effect));
            let replaced = self.requests.iter().any(|row| row.path == path);
            if still {
                continue;
            }
            if !self.heard.contains(&effect) {
                self.let_go(path, effect)?;
            }
            if !replaced {
                self.desk.txn.delete_intent(self.row.id, path, effect)?;
            }
        }
        if self.requests.is_empty() {
            return Ok(());
        }
        for row in std::mem::take(&mut self.requests) {
            self.desk.txn.put_intent(&row)?;
            let asked = self.intents.iter().find(|intent| intent.effect == row.effect);
            let action = asked.map(|intent| intent.action).unwrap_or_default();
            if let Some(approval) = asked.and_then(|intent| intent.approval.as_ref()) {
                let args =
                    asked.map(|intent| super::approval::in_words(self.linked.program(), intent)).unwrap_or_default();
                self.desk.did.push((row.effect, Did::AsksFor(action, approval.by.clone(), args.into())));
                continue;
            }
            self.desk.did.push((row.effect, Did::Requested(action)));
            self.desk.planned.push(Planned::of(row, &self.linked));
        }
        self.row.floor = self.desk.memory.last_event(&mut *self.desk.txn)?;
        self.envelope.used.clear();
        Ok(())
    }

    /// A path that waited for an external action is gone, and with it what it asked for: what is not sent is taken back,
    /// what is being sent comes to its end by itself.
    fn let_go(&mut self, path: u16, effect: u32) -> Result<(), Trouble> {
        let Some(row) = self.desk.txn.intent(self.row.id, path)?.filter(|row| row.effect == effect) else {
            return Ok(());
        };
        let place = self.linked.program().places.get(usize::from(row.place)).map(|place| &place.kind);
        let Some(PlaceKind::Action { action, .. }) = place else { return Ok(()) };
        let action = *action;
        match row.state {
            IntentState::Sending => {
                self.envelope.let_go(effect, action);
                self.desk.did.push((0, Did::LetGo(action)));
            }
            IntentState::InDoubt => self.desk.did.push((0, Did::LetGoInDoubt(action))),
            IntentState::Queued | IntentState::Unapproved => self.desk.did.push((0, Did::Withdrew(action))),
        }
        Ok(())
    }

    /// What this turn raised and wrote, for its own paths that waited before: the store knew them as they were.
    fn hear_itself(&mut self) {
        let run = self.row.id;
        if self.waits.len() < 2 {
            return;
        }
        if self.row.events & CONDITIONS != 0 && self.desk.wrote {
            self.desk.follows.push(Follow { run, wake: FollowWake::Changed });
        }
        for (number, name, args) in &self.desk.raised {
            if self.row.events & event_bit(*name) != 0 {
                let known = self.linked.events.iter().position(|event| event.name == *name);
                if let Some(event) = known.and_then(|at| self.linked.program().events.get(at)) {
                    let wake = FollowWake::Event { number: *number, name: event.name.clone(), args: args.clone() };
                    self.desk.follows.push(Follow { run, wake });
                }
            }
        }
    }

    /// Where it talked, for those who follow it. The conversation that it is about is found without.
    fn note_talks(&mut self) {
        if self.desk.talked.is_empty() {
            return;
        }
        let about = self.row.subject.filter(|subject| {
            let entities = self.desk.txn.entities();
            entities.iter().any(|entity| entity.kind == subject.kind && &*entity.def.name == "Conversation")
        });
        for conversation in std::mem::take(&mut self.desk.talked) {
            if about.is_none_or(|about| about.id != conversation) {
                self.envelope.talk(conversation);
            }
        }
    }

    fn store_snapshot(&mut self) -> Result<(), Trouble> {
        if self.begins_later() {
            // The launch has written it.
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.row.snapshot);
        let before = bytes.len();
        bytes.clear();
        let kept = self.row.status.is_live() || self.row.status == RunStatus::Retryable;
        let envelope = if kept {
            std::mem::take(&mut self.envelope)
        } else {
            Envelope { used: Vec::new(), ..std::mem::take(&mut self.envelope) }
        };
        envelope.write(&mut bytes);
        if kept {
            snapshot::encode_into(&self.run, &self.linked.loaded, &mut bytes)
                .map_err(|error| Trouble::Fault(error.to_string()))?;
        }
        let soft = self.rules.limits.state_bytes_soft;
        if bytes.len() > soft && before <= soft {
            // Said once, when it happens, not at every wait.
            let heavy = self.run.heaviest(self.linked.program()).map(|heavy| heavy.to_string());
            let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            self.desk.did.push((0, Did::Grown(size, heavy.unwrap_or_default().into())));
        }
        self.row.snapshot = bytes;
        Ok(())
    }
}

/// Characters shown of one that cannot be sent.
const KEY_CHARS_SHOWN: usize = 60;

/// Whether a flow's own key can be sent: it stands in a header.
fn is_key(key: &str) -> bool {
    let fits = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    !key.is_empty() && key.len() <= KEY_BYTES_MAX && key.bytes().all(fits)
}

fn bad_key(key: &str) -> Failure {
    let what = match key.len() {
        0 => return Failure::new("invalid", "the `key` of this call is empty: nothing was sent"),
        long if long > KEY_BYTES_MAX => format!("it has {long} bytes, and {KEY_BYTES_MAX} is the most"),
        _ => "it holds more than letters, digits and plain signs".to_owned(),
    };
    let shown: String = key.chars().take(KEY_CHARS_SHOWN).flat_map(char::escape_debug).collect();
    let more = if key.chars().nth(KEY_CHARS_SHOWN).is_some() { "…" } else { "" };
    Failure::new("invalid", format!("the `key` of this call cannot be sent, {what}: `{shown}{more}`"))
}

/// The idempotency key of an effect: the same for every attempt, on every machine, never for another effect.
pub(super) fn key(install: &[u8; 16], epoch: i64, run: i64, effect: u32) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut bytes = [0; 36];
    bytes[..16].copy_from_slice(install);
    bytes[16..24].copy_from_slice(&epoch.to_le_bytes());
    bytes[24..32].copy_from_slice(&run.to_le_bytes());
    bytes[32..].copy_from_slice(&effect.to_le_bytes());
    let hash = blake3::hash(&bytes);
    // Half the hash: as unique as a random UUID, and half the bytes in every intent.
    let mut key = String::with_capacity(32);
    for byte in &hash.as_bytes()[..16] {
        key.push(char::from(HEX[usize::from(byte >> 4)]));
        key.push(char::from(HEX[usize::from(byte & 15)]));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn every_part_of_a_key_counts() {
        let base = key(&[1; 16], 1, 1, 1);
        assert_eq!(base.len(), 32);
        assert_eq!(base, key(&[1; 16], 1, 1, 1));
        for other in [key(&[2; 16], 1, 1, 1), key(&[1; 16], 2, 1, 1), key(&[1; 16], 1, 2, 1), key(&[1; 16], 1, 1, 2)] {
            assert_ne!(base, other);
        }
    }
}
