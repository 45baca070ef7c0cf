//! What people and the world outside do: raise events, act in the workspace.

use super::births;
use super::desk::Desk;
use super::error::EngineError;
use super::job::{Deed, Done};
use super::memory::{Missing, Newest};
use super::turn::Trouble;
use super::view::Fired;
use crate::action::ActionError;
use crate::machine::Limits;
use crate::nearest::nearest;
use crate::store::{Delivery, EventRow, NameClass, Written};
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;

/// The newest version of a flow, or why there is none.
pub(super) fn newest(desk: &mut Desk, flow: &str) -> Result<Result<Newest, EngineError>, Trouble> {
    match desk.memory.newest(flow, desk.registry, &mut *desk.txn) {
        Ok(newest) => Ok(Ok(newest)),
        Err(Missing::Store(error)) => Err(error.into()),
        Err(Missing::Stranded(why)) => {
            Ok(Err(EngineError::Refused { message: format!("`{flow}` cannot run here: {why}") }))
        }
        Err(Missing::Flow) => {
            let known = desk.txn.deployments()?;
            let nearest = nearest(flow, known.iter().map(|row| &*row.name));
            Ok(Err(EngineError::UnknownFlow { name: flow.to_owned(), nearest }))
        }
    }
}

/// Raises an event.
pub(super) fn fire(
    desk: &mut Desk,
    limits: &Limits,
    name: &str,
    args: &[(String, Value)],
    delivery: Option<&(String, String)>,
) -> Result<Done, Trouble> {
    if let Some(hook) = name.strip_prefix("webhook:") {
        return webhook(desk, limits, name, hook, args, delivery);
    }
    let Some(event) = desk.memory.event(name, &mut *desk.txn)? else {
        let schema = desk.memory.schema(&mut *desk.txn)?;
        let nearest = nearest(name, schema.events.iter().map(|event| &*event.name));
        return Ok(Done::Refused(EngineError::UnknownEvent { name: name.to_owned(), nearest }));
    };
    let params: Vec<&str> = event.def.params.iter().map(|(name, _)| &**name).collect();
    let refuse = |message: String| {
        let signature = format!("{name}({})", params.join(", "));
        Ok(Done::Refused(EngineError::Argument { message, signature }))
    };
    if let Some((unknown, _)) = args.iter().find(|(given, _)| !params.contains(&given.as_str())) {
        return refuse(format!("`{unknown}` is not one of its parameters"));
    }
    let mut values = Vec::with_capacity(params.len());
    for (param, ty) in &event.def.params {
        let given = args.iter().find(|(given, _)| **given == **param).map(|(_, value)| value);
        match (given, ty) {
            (Some(value), SchemaType::Entity(_)) if value.as_int().is_none() => {
                return refuse(format!("`{param}` must be the id of a record"));
            }
            (Some(value), _) => values.push(value.clone()),
            (None, SchemaType::Optional(_)) => values.push(Value::Null),
            (None, _) => return refuse(format!("`{param}` is missing")),
        }
    }
    let delivery = match delivery {
        Some((source, id)) => Some(Delivery { source: desk.txn.intern(NameClass::Source, source)?, id: id.clone() }),
        None => None,
    };
    desk.actor = (0, 0);
    match desk.raise_event(name, values, delivery)? {
        Some(Written::New(_)) => Ok(Done::Fired(Fired::Accepted)),
        Some(Written::Before(_)) => Ok(Done::Fired(Fired::Duplicate)),
        None => Ok(Done::Refused(EngineError::UnknownEvent { name: name.to_owned(), nearest: None })),
    }
}

/// A webhook has come: its body begins every flow that waits for it, unless it fits none.
fn webhook(
    desk: &mut Desk,
    limits: &Limits,
    name: &str,
    hook: &str,
    args: &[(String, Value)],
    delivery: Option<&(String, String)>,
) -> Result<Done, Trouble> {
    let triggers = desk.triggers()?;
    let Some(list) = triggers.webhooks.get(hook) else {
        let nearest = nearest(hook, triggers.webhooks.keys().map(|known| &**known));
        let nearest = nearest.map(|near| format!("webhook:{near}"));
        return Ok(Done::Refused(EngineError::UnknownEvent { name: name.to_owned(), nearest }));
    };
    let body = match args {
        [(given, body)] if given == "body" => body.clone(),
        [] => Value::Null,
        _ => {
            let message = "a webhook has a `body` and nothing else".to_owned();
            return Ok(Done::Refused(EngineError::Argument { message, signature: format!("{name}(body)") }));
        }
    };
    for of in list {
        let sources = of.trigger().map_or(&[][..], |trigger| &trigger.args);
        if let Err(message) = births::fitted(desk, &of.newest, sources, std::slice::from_ref(&body))? {
            let signature = super::entry::signature(&of.newest);
            return Ok(Done::Refused(EngineError::Argument { message, signature }));
        }
    }
    let delivery = match delivery {
        Some((source, id)) => Some(Delivery { source: desk.txn.intern(NameClass::Source, source)?, id: id.clone() }),
        None => None,
    };
    let kind = desk.txn.intern(NameClass::Event, name)?;
    let encoded = serde_json::to_vec(&[&body]).unwrap_or_default();
    let mut row = EventRow { number: 0, kind, subject: None, at: desk.now, args: encoded, delivery };
    match desk.txn.add_event(&mut row)? {
        Written::Before(_) => Ok(Done::Fired(Fired::Duplicate)),
        Written::New(number) => {
            desk.memory.event_added(number);
            for of in list {
                super::schedule::begin(desk, limits, of, name, std::slice::from_ref(&body))?;
            }
            Ok(Done::Fired(Fired::Accepted))
        }
    }
}

/// Does something to the workspace, wholly or not at all.
pub(super) fn act(desk: &mut Desk, deed: &mut Deed) -> Result<Done, Trouble> {
    // What others wrote must not be undone with it.
    desk.memory.records.flush(&mut *desk.txn)?;
    // What others did is theirs: a deed may ask who begins with what it has done itself.
    let (follows, happened, altered) =
        (desk.follows.len(), std::mem::take(&mut desk.happened), std::mem::take(&mut desk.altered));
    desk.raised.clear();
    desk.changed.clear();
    desk.actor = (0, 0);
    desk.txn.savepoint()?;
    let result = deed(desk);
    let own = (std::mem::replace(&mut desk.happened, happened), std::mem::replace(&mut desk.altered, altered));
    if let Some(error) = desk.broken.take() {
        return Err(error.into());
    }
    match result {
        Ok(value) => {
            desk.happened.extend(own.0);
            desk.altered.extend(own.1);
            desk.memory.records.flush(&mut *desk.txn)?;
            desk.announce_changes()?;
            desk.txn.release()?;
            Ok(Done::Acted(Ok(value)))
        }
        Err(error) => {
            desk.txn.rollback_to_savepoint()?;
            desk.follows.truncate(follows);
            desk.changed.clear();
            desk.memory.undone();
            match error {
                ActionError::Failure(failure) => Ok(Done::Acted(Err(failure))),
                ActionError::Fault(message) => Ok(Done::Refused(EngineError::Refused { message })),
            }
        }
    }
}
