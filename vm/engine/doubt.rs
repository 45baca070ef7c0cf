//! What a person says of calls that have failed, or of which nobody knows what became of them.

use super::dispatch::Planned;
use super::error::EngineError;
use super::journal::Cause;
use super::kept::{Kept, external_of};
use super::outcome::{Verdict, request_of};
use super::read::is_at;
use super::turn::{Told, Trouble, Turn};
use super::view::{Resolution, Resolved, RunId};
use super::world::DEPTH_MAX;
use super::{sample, sent};
use crate::action::StoredRequest;
use crate::machine::{self, Wake};
use crate::store::{IntentRow, IntentState, NameClass, RunFailure, RunStatus};
use flow_bytecode::disasm::type_name;
use flow_bytecode::program::{ActionRef, PlaceKind, Program};
use flow_bytecode::{Type, TypeId, Value};
use std::sync::Arc;

impl Turn<'_, '_> {
    /// A person has the failed call made again. What is in doubt is not sent twice without being decided one by one.
    pub fn retry(&mut self) -> Result<Told, Trouble> {
        let run = RunId(self.row.id);
        if self.row.status == RunStatus::Retryable {
            self.row.status = RunStatus::Waiting;
            self.row.failure = None;
            let moved = self.step(Wake::Retry, Cause::Retry)?;
            return Ok(match moved {
                true => Told::Done,
                false => Told::Refused(EngineError::State { run, message: "has not failed at a call".to_owned() }),
            });
        }
        let in_doubt = |row: &IntentRow| row.state == IntentState::InDoubt;
        let message = match self.desk.txn.intents_of(self.row.id)?.iter().any(in_doubt) {
            true => "is in doubt: what became of its call is said with `flow resolve`, which may also send it again",
            false => "has not failed",
        };
        Ok(Told::Refused(EngineError::State { run, message: message.to_owned() }))
    }

    /// A person says that an action in doubt is to be sent again: the same effect, hence the same key, so that the other
    /// side can tell; one that can be verified is asked for first.
    fn send_again(&mut self, mut intent: IntentRow) -> Result<(), Trouble> {
        intent.state = IntentState::Queued;
        intent.attempt = intent.attempt.min(1);
        self.desk.txn.update_intent(&intent)?;
        self.desk.planned.push(Planned::of(intent, &self.linked));
        Ok(())
    }

    /// Of several calls in doubt one is decided: the run says what it is still in doubt about.
    fn still_in_doubt(&mut self, decided: u32) -> Result<(), Trouble> {
        let mut others = self.desk.txn.intents_of(self.row.id)?;
        others.retain(|row| row.state == IntentState::InDoubt && row.effect != decided);
        let left = others.first().map(|row| self.desk.txn.name(NameClass::Action, row.action)).transpose()?;
        self.row.failure = left.map(|action| RunFailure {
            kind: "in_doubt".to_owned(),
            message: format!("what became of {action} is not known"),
        });
        Ok(())
    }

    /// The result of an action that has happened, as far as its request says.
    fn known_result(&self, intent: &IntentRow) -> Option<Value> {
        let request = StoredRequest { destination: intent.destination.to_string(), bytes: request_of(intent).to_vec() };
        external_of(&self.linked, intent)?.known_result(&request)
    }

    /// A person says what became of a call in doubt.
    pub fn resolve(&mut self, resolution: Resolution) -> Result<Told, Trouble> {
        let run = RunId(self.row.id);
        let intents = self.desk.txn.intents_of(self.row.id)?;
        let program = self.linked.program();
        let at_place = |row: &IntentRow| match (&resolution.at, program.places.get(usize::from(row.place))) {
            (None, _) => true,
            (Some(at), Some(place)) => is_at(&place.key, at),
            (Some(_), None) => false,
        };
        let in_doubt = |row: &IntentRow| row.state == IntentState::InDoubt;
        if !intents.iter().any(in_doubt) {
            return Ok(Told::Refused(EngineError::State { run, message: "is not in doubt".to_owned() }));
        }
        let places = intents.iter().filter(|row| in_doubt(row)).map(|row| row.place);
        if let Some(message) = self.several(resolution.at.as_deref(), places, "waits for") {
            return Ok(Told::Refused(EngineError::State { run, message }));
        }
        let Some(intent) = intents.into_iter().find(|row| in_doubt(row) && at_place(row)) else {
            let message = format!("is not in doubt at `{}`", resolution.at.unwrap_or_default());
            return Ok(Told::Refused(EngineError::State { run, message }));
        };
        let outcome = match resolution.what {
            Resolved::Retry => {
                self.still_in_doubt(intent.effect)?;
                self.send_again(intent)?;
                self.causes.push(Cause::Retry);
                self.dirty = true;
                return Ok(Told::Done);
            }
            Resolved::Failed(failure) => Err(failure),
            Resolved::Done(said) => {
                let place = program.places.get(usize::from(intent.place)).map(|place| &place.kind);
                let Some(PlaceKind::Action { action, .. }) = place else {
                    return Err(Trouble::Fault("an intent at a place of another kind".to_owned()));
                };
                let declared = program.actions.get(usize::from(*action));
                let declared = declared.ok_or_else(|| Trouble::Fault("action out of range".to_owned()))?;
                let needs = |wanted: TypeId, why: &str| {
                    let (sample, wanted) = (sample::of(program, wanted), type_name(program, wanted));
                    let message = format!(
                        "needs what the action yielded to go on, a `{wanted}`: {why}`--result '{sample}'` says it"
                    );
                    Ok(Told::Refused(EngineError::State { run, message }))
                };
                if let (Some(wanted), true) = (yielded(program, declared), said.as_ref().is_some_and(has_gap)) {
                    return needs(wanted, "`…` stands for what only you can know; ");
                }
                let said = said.or_else(|| self.known_result(&intent));
                // Nothing said is not the same as `null` said.
                if let (None, Some(wanted)) = (&said, yielded(program, declared)) {
                    return needs(wanted, "");
                }
                match said_result(program, declared, &said.unwrap_or_default()) {
                    Ok(result) => Ok(result),
                    Err((wanted, why)) => return needs(wanted, &format!("{why}; ")),
                }
            }
        };
        self.still_in_doubt(intent.effect)?;
        if let Some(kept) = Kept::of_intent(&self.linked, &intent) {
            kept.finish(self.desk, (self.row.id, intent.effect), &outcome)?;
        }
        self.outcome(intent.path, intent.effect, Verdict::Finished(outcome))?;
        Ok(Told::Done)
    }
}

/// What a person has to say came of the action at a place, its type and JSON of its shape; none where it yields nothing.
pub(super) fn wanted(program: &Program, place: u16) -> Option<(String, String)> {
    yielded(program, sent::declared(program, place)?).map(|ty| (type_name(program, ty), sample::of(program, ty)))
}

/// Whether what a person says has a place in it that a sample leaves open.
fn has_gap(said: &Value) -> bool {
    match said {
        Value::Text(text) => &**text == sample::GAP,
        Value::List(items) | Value::Record(items) => items.iter().any(has_gap),
        Value::Map(pairs) => pairs.iter().any(|(key, value)| &**key == sample::GAP || has_gap(value)),
        _ => false,
    }
}

/// The type of what the flow gets of an action, as a person knows it; none where it gets nothing.
fn yielded(program: &Program, declared: &ActionRef) -> Option<TypeId> {
    let ty = match &declared.via {
        // An answer of which the flow uses nothing.
        Some(_) => declared.yields.filter(|yields| *yields != declared.result)?,
        None => declared.result,
    };
    (!matches!(program.types.get(usize::from(ty.0)), Some(Type::Unit) | None)).then_some(ty)
}

/// What a person says came of an action, as the flow takes it; else what is wanted, and why it does not fit.
fn said_result(program: &Program, declared: &ActionRef, said: &Value) -> Result<Value, (TypeId, String)> {
    let fits = |ty, value: &Value| machine::decode(program, ty, value, DEPTH_MAX).map_err(|why| (ty, why));
    if declared.via.is_none() {
        return fits(declared.result, said);
    }
    if let Some(yields) = declared.yields.filter(|yields| *yields != declared.result) {
        fits(yields, said)?;
    }
    fits(declared.result, &answered(said))
}

/// The answer of a service whose body a person knows.
fn answered(body: &Value) -> Value {
    let text = match body {
        Value::Null => String::new(),
        Value::Text(text) => text.to_string(),
        body => serde_json::to_string(body).unwrap_or_default(),
    };
    let entry = |name: &str, value| (Arc::from(name), value);
    Value::Map(Arc::new(vec![
        entry("status", Value::Int(200)),
        entry("headers", Value::Map(Arc::default())),
        entry("text", Value::text(text)),
        entry("body", body.clone()),
    ]))
}
