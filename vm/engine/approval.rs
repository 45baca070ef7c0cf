//! Approvals: an external action is stored as it will be sent, and stays with us until a person has decided.

use super::dispatch::Planned;
use super::error::EngineError;
use super::journal::{Cause, Did};
use super::outcome::{action_of, stamp};
use super::turn::{Told, Trouble, Turn};
use super::view::{Decision, RunId};
use crate::machine::{self, Intent, PathState, PathWait, Wake};
use crate::store::{IntentRow, IntentState};
use flow_bytecode::program::{PlaceKind, Program};
use flow_bytecode::value::SecretPart;
use flow_bytecode::{Failure, Type, TypeId, Value};
use std::sync::Arc;

/// An approver as people call it: `finance`, `teammate 12`.
pub(super) fn approver(by: &str) -> String {
    match by.split_once(':') {
        Some(("team", name)) => name.to_owned(),
        Some((kind, name)) => format!("{kind} {name}"),
        None => by.to_owned(),
    }
}

/// Characters of an argument that an approver is shown.
const ARGUMENT_MAX: usize = 200;

/// What a request that a template makes carries.
const SENT: [&str; 6] = ["json", "form", "text", "query", "query_fields", "form_fields"];

/// The arguments of a call as an approver reads them: `order: "1001", amount: EUR 20.00`.
pub(super) fn in_words(program: &Program, intent: &Intent) -> String {
    let own = program.asked(intent.action).zip(intent.asked.as_ref());
    let declared = program.actions.get(usize::from(intent.action));
    // Of a request that a template makes, what is sent; where it goes is told beside it.
    let is_told = |name: &str| match (&own, declared.and_then(|declared| declared.via.as_ref())) {
        (None, Some(_)) => SENT.contains(&name),
        _ => true,
    };
    let (params, args) = match own {
        Some((asked, args)) => (&*asked.params, args),
        None => (declared.map(|action| &*action.params).unwrap_or_default(), &intent.args),
    };
    let argument =
        |wanted: &str| params.iter().zip(args).find(|((name, _), _)| **name == *wanted).map(|(_, value)| value);
    let mut words = Vec::new();
    for ((name, ty), value) in params.iter().zip(args).filter(|((name, _), value)| !value.is_blank() && is_told(name)) {
        // Of a request that a template makes, what is null leaves with the rest only where it is said.
        let bare = match (own.is_none(), declared.and_then(|declared| declared.via.as_ref())) {
            (true, Some(_)) => sent(name, value, &argument),
            _ => None,
        };
        let value = bare.as_ref().unwrap_or(value);
        if value.is_blank() {
            continue;
        }
        let shown = match (record_of(program, *ty), value) {
            (Some(entity), Value::Int(id)) => format!("{entity} {id}"),
            _ => machine::in_words(program, *ty, &masked(value)).unwrap_or_else(|| "…".to_owned()),
        };
        let cut = shown.char_indices().nth(ARGUMENT_MAX).map(|(at, _)| at);
        let (head, more) = (&shown[..cut.unwrap_or(shown.len())], if cut.is_some() { "…" } else { "" });
        words.push(match value {
            Value::Text(_) | Value::Secret(_) => format!("{name}: \"{head}{more}\""),
            _ => format!("{name}: {head}{more}"),
        });
    }
    words.join(", ")
}

/// What is sent of an argument of a request, where that is less than the argument: what is null is left out, of `json` where it
/// says so and but for what `nulls` names.
fn sent<'a>(name: &str, value: &Value, argument: &dyn Fn(&str) -> Option<&'a Value>) -> Option<Value> {
    let nulls: Vec<&str> = match (name, argument("nulls")) {
        ("json", _) if argument("omit_null") != Some(&Value::Bool(true)) => return None,
        ("json", Some(Value::List(names))) => {
            names.iter().filter_map(|name| name.as_text()).map(|name| &**name).collect()
        }
        _ => Vec::new(),
    };
    Some(without_null(value, &nulls))
}

/// Without what is null, at every level; `a/b` is kept though it is null in `a`, and all that is in `a` with `a/*`.
fn without_null(value: &Value, kept: &[&str]) -> Value {
    match value {
        Value::Map(entries) => {
            let field = |(name, value): &(Arc<str>, Value)| {
                if value.is_null() {
                    return kept.contains(&&**name).then(|| (name.clone(), Value::Null));
                }
                let inside = |path: &&'_ str| {
                    path.strip_prefix(&**name).and_then(|rest| rest.strip_prefix('/').map(str::to_owned))
                };
                let within: Vec<String> = kept.iter().filter_map(inside).collect();
                let within: Vec<&str> = within.iter().map(String::as_str).collect();
                let value = if within.contains(&"*") { value.clone() } else { without_null(value, &within) };
                Some((name.clone(), value))
            };
            Value::Map(Arc::new(entries.iter().filter_map(field).collect()))
        }
        Value::List(items) => Value::List(Arc::new(items.iter().map(|item| without_null(item, kept)).collect())),
        other => other.clone(),
    }
}

/// The entity that a value of this type is a record of.
fn record_of(program: &Program, ty: TypeId) -> Option<&str> {
    match program.types.get(usize::from(ty.0))? {
        Type::Optional(inner) if *inner != ty => record_of(program, *inner),
        Type::Entity(entity) => program.entities.get(usize::from(*entity)).map(|name| &**name),
        _ => None,
    }
}

/// A value with `…` where a secret would be.
fn masked(value: &Value) -> Value {
    match value {
        Value::Secret(parts) => {
            let part = |part: &SecretPart| match part {
                SecretPart::Text(text) => text.to_string(),
                SecretPart::Name(_) => "…".to_owned(),
            };
            Value::text(parts.iter().map(part).collect::<String>())
        }
        Value::List(items) => Value::List(Arc::new(items.iter().map(masked).collect())),
        Value::Record(fields) => Value::Record(Arc::new(fields.iter().map(masked).collect())),
        Value::Map(entries) => {
            Value::Map(Arc::new(entries.iter().map(|(name, value)| (name.clone(), masked(value))).collect()))
        }
        other => other.clone(),
    }
}

impl Turn<'_, '_> {
    /// When the run goes on by itself: a moment of a wait, or an approval that comes too late.
    pub fn due_of(&self, waits: &[PathWait]) -> Option<i64> {
        let moments = waits.iter().filter_map(|wait| wait.due);
        moments.chain(self.expiries.iter().copied()).min()
    }

    /// Looks up until when the approvals that the run waits for may come.
    pub fn expiries(&mut self) -> Result<(), Trouble> {
        self.expiries.clear();
        for wait in self.waits.iter().filter(|wait| wait.approver.is_some()) {
            let new = self.requests.iter().find(|row| row.path == wait.path).cloned();
            let row = match new {
                Some(row) => Some(row),
                None => self.desk.txn.intent(self.row.id, wait.path)?,
            };
            let waits = |row: &IntentRow| Some(row.effect) == wait.effect && row.state == IntentState::Unapproved;
            let until = row.filter(waits).map(|row| row.not_before).filter(|until| *until != i64::MAX);
            self.expiries.extend(until);
        }
        Ok(())
    }

    /// Actions that wait for approval, the oldest first.
    fn unapproved(&mut self) -> Result<Vec<IntentRow>, Trouble> {
        let mut rows = self.desk.txn.intents_of(self.row.id)?;
        let calling = |row: &IntentRow| {
            let same =
                |path: &crate::machine::Path| path.id == row.path && path.state == PathState::Calling(row.effect);
            self.run.paths.iter().any(same)
        };
        rows.retain(|row| row.state == IntentState::Unapproved && calling(row));
        rows.sort_by_key(|row| row.effect);
        Ok(rows)
    }

    /// What to say where a person does not say which of several calls is meant.
    pub fn several(&self, at: Option<&str>, places: impl Iterator<Item = u16>, how: &str) -> Option<String> {
        let program = self.linked.program();
        let keys: Vec<String> = places
            .filter_map(|place| program.places.get(usize::from(place)))
            .map(|place| format!("`{}`", place.key))
            .collect();
        (at.is_none() && keys.len() > 1)
            .then(|| format!("{how} a decision at {} places, say at which with --at: {}", keys.len(), keys.join(", ")))
    }

    /// A person has decided.
    pub fn decide(&mut self, decision: &Decision) -> Result<Told, Trouble> {
        let run = RunId(self.row.id);
        let refused = |message: String| Ok(Told::Refused(EngineError::State { run, message }));
        let rows = self.unapproved()?;
        if rows.is_empty() {
            return refused("does not wait for an approval".to_owned());
        }
        let program = self.linked.program();
        let at_place = |row: &&IntentRow| match (&decision.at, program.places.get(usize::from(row.place))) {
            (None, _) => true,
            (Some(at), Some(place)) => super::read::is_at(&place.key, at),
            (Some(_), None) => false,
        };
        if let Some(message) = self.several(decision.at.as_deref(), rows.iter().map(|row| row.place), "waits for") {
            return refused(message);
        }
        let Some(mut row) = rows.iter().find(at_place).cloned() else {
            let at = decision.at.clone().unwrap_or_default();
            return refused(format!("waits for no approval at `{at}`"));
        };
        let Some(path) = self.run.paths.iter().find(|path| path.id == row.path) else {
            return refused("does not wait for an approval".to_owned());
        };
        let action = action_of(&self.linked, path).unwrap_or_default();
        let by: Arc<str> = decision.by.as_deref().unwrap_or_default().into();
        if decision.approve {
            // How long the other side knows our key counts from when it can first be sent.
            row.request = stamp(self.desk.now, row.request.get(8..).unwrap_or_default()).into();
            row.state = IntentState::Queued;
            row.not_before = self.clear_at(&row)?;
            self.desk.txn.update_intent(&row)?;
            match row.not_before > self.desk.now {
                true => self.desk.delayed.push((row.not_before, row.run, row.path)),
                false => self.desk.planned.push(Planned::of(row, &self.linked)),
            }
            self.causes.push(Cause::Approved(action, by));
            self.dirty = true;
            if self.waits.is_empty() {
                self.waits = self.run.waits(&self.linked.loaded)?;
            }
            self.expiries()?;
            self.row.due = self.due_of(&self.waits);
            return Ok(Told::Done);
        }
        let who = decision.by.clone().unwrap_or_else(|| "a person".to_owned());
        let message = decision.reason.clone().unwrap_or_else(|| format!("{who} refused it"));
        let outcome = Err(Failure::new("denied", message));
        self.heard.push(row.effect);
        let why = decision.reason.as_deref().unwrap_or_default().into();
        self.step(Wake::Outcome { path: row.path, effect: row.effect, outcome }, Cause::Denied(action, by, why))?;
        Ok(Told::Done)
    }

    /// When what was approved may go out: a message waits for the hours of the flow's header.
    fn clear_at(&mut self, row: &IntentRow) -> Result<i64, Trouble> {
        let now = self.desk.now;
        let linked = self.linked.clone();
        let place = linked.program().places.get(usize::from(row.place)).map(|place| &place.kind);
        let Some(PlaceKind::Action { action, .. }) = place else { return Ok(now) };
        if linked.program().outbound.binary_search(action).is_err() {
            return Ok(now);
        }
        // Where nobody's time zone says when, what a person has approved goes out.
        let opening = super::sending::opening(self.desk, &linked, self.row.flow, self.row.subject).unwrap_or_default();
        if let Some(error) = self.desk.broken.take() {
            return Err(Trouble::Store(error));
        }
        let Some((calendar, at)) = opening else { return Ok(now) };
        self.desk.did.push((0, Did::HeldBack(calendar.into(), at)));
        Ok(at)
    }

    /// Approvals that have not come in time.
    pub fn expire(&mut self) -> Result<(), Trouble> {
        let waits = match self.waits.is_empty() {
            true => self.run.waits(&self.linked.loaded)?,
            false => self.waits.clone(),
        };
        if waits.iter().all(|wait| wait.approver.is_none()) {
            return Ok(());
        }
        let now = self.desk.now;
        for row in self.unapproved()?.into_iter().filter(|row| row.not_before <= now) {
            if self.is_over() {
                return Ok(());
            }
            let Some(path) = self.run.paths.iter().find(|path| path.id == row.path) else { continue };
            let action = action_of(&self.linked, path).unwrap_or_default();
            let wait = waits.iter().find(|wait| wait.path == row.path);
            let by = wait.and_then(|wait| wait.approver.as_deref()).map(approver).unwrap_or_default();
            let outcome = Err(Failure::new("expired", format!("{by} has not approved it in time")));
            self.heard.push(row.effect);
            self.step(Wake::Outcome { path: row.path, effect: row.effect, outcome }, Cause::Expired(action))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_shown_a_secret() {
        let token = Value::Secret(Arc::new(vec![SecretPart::Text("Bearer ".into()), SecretPart::Name("shop".into())]));
        let body = |token: Value| Value::Map(Arc::new(vec![("amount".into(), Value::Int(3)), ("token".into(), token)]));
        let lists = |token: Value| Value::List(Arc::new(vec![body(token)]));
        assert_eq!(masked(&lists(token)), lists(Value::text("Bearer …")));
    }
}
