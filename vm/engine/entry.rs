//! How a run comes into the world: its arguments fitted to the flow's parameters, its row, whom it is about.

use super::births::Asked;
use super::desk::Desk;
use super::envelope;
use super::marshal;
use super::memory::Newest;
use super::world::DEPTH_MAX;
use crate::machine::decode;
use crate::store::{RunRow, RunStatus, StoreResult, Subject, Written};
use flow_bytecode::{Type, Value};

/// A flow with every argument, boxed and typed.
pub(super) struct Birth {
    pub newest: Newest,
    pub args: Vec<Value>,
}

/// A flow's signature, `refund(order: Text, notify: Bool)`.
pub(super) fn signature(newest: &Newest) -> String {
    let program = newest.linked.program();
    let Some(flow) = program.flows.get(usize::from(newest.flow)) else { return String::new() };
    let params: Vec<String> = flow
        .params
        .iter()
        .map(|param| {
            let mark = if param.default.is_some() { " = …" } else { "" };
            format!("{}: {}{mark}", param.name, marshal::name(program, param.ty))
        })
        .collect();
    format!("{}({})", flow.name, params.join(", "))
}

/// Fits named arguments, which describe themselves, to a flow's parameters; says what does not fit.
pub(super) fn fit(newest: Newest, mut named: Vec<(String, Value)>) -> Result<Birth, String> {
    let program = newest.linked.program();
    let Some(flow) = program.flows.get(usize::from(newest.flow)) else { return Err("the flow is gone".to_owned()) };
    let mut args = Vec::with_capacity(flow.params.len());
    for param in &flow.params {
        let given = named.iter().position(|(name, _)| **name == *param.name);
        let given = given.map(|at| named.swap_remove(at).1);
        let optional = matches!(program.types.get(usize::from(param.ty.0)), Some(Type::Optional(_)));
        args.push(match (given, param.default) {
            (Some(value), _) => decode(program, param.ty, &value, DEPTH_MAX)
                .map_err(|why| format!("`{}` does not fit: {why}", param.name))?,
            (None, Some(default)) => program.constants.get(default as usize).cloned().unwrap_or_default(),
            (None, None) if optional => Value::Null,
            (None, None) => return Err(format!("`{}` is missing", param.name)),
        });
    }
    if let Some((unknown, _)) = named.first() {
        return Err(format!("`{unknown}` is not one of its parameters"));
    }
    Ok(Birth { newest, args })
}

/// Whom a run is about: the record in the flow's subject parameter.
pub(super) fn subject(newest: &Newest, args: &[Value]) -> Option<Subject> {
    let program = newest.linked.program();
    let flow = program.flows.get(usize::from(newest.flow))?;
    let at = usize::from(flow.subject?);
    let mut ty = program.types.get(usize::from(flow.params.get(at)?.ty.0))?;
    if let Type::Optional(inner) = ty {
        ty = program.types.get(usize::from(inner.0))?;
    }
    let Type::Entity(entity) = ty else { return None };
    let kind = *newest.linked.kinds.get(usize::from(*entity))?;
    Some(Subject { kind, id: args.get(at)?.as_int()? })
}

/// Writes the row of a run that has not begun. Its first step is due at once, unless it is held.
pub(super) fn insert(desk: &mut Desk, birth: &Birth, asked: &Asked, held: bool) -> StoreResult<Written> {
    let linked = &birth.newest.linked;
    let flow = linked.flows.get(usize::from(birth.newest.flow)).copied().unwrap_or_default();
    let mut row = RunRow::new(linked.id, flow, desk.epoch, desk.now);
    row.subject = subject(&birth.newest, &birth.args);
    row.parent = asked.parent;
    row.floor = match asked.floor {
        Some(event) => event,
        None => desk.memory.last_event(&mut *desk.txn)?,
    };
    row.snapshot = envelope::pending(birth.newest.flow, 0, asked.by.unwrap_or_default(), &birth.args);
    if held {
        row.status = RunStatus::Waiting;
        row.due = None;
    }
    let written = desk.txn.insert_run(&mut row)?;
    if let (Written::New(run), Some(subject)) = (written, row.subject) {
        watch_contact(desk, subject, run)?;
    }
    Ok(written)
}

/// A run about a conversation is about its contact too: it must hear of both.
pub(super) fn watch_contact(desk: &mut Desk, subject: Subject, run: i64) -> StoreResult<()> {
    let entities = desk.txn.entities();
    let Some(entity) = entities.iter().find(|entity| entity.kind == subject.kind) else { return Ok(()) };
    if &*entity.def.name != "Conversation" {
        return Ok(());
    }
    let Some(position) = entity.field("contact") else { return Ok(()) };
    let Some(kind) = desk.memory.kind("Contact", &mut *desk.txn)? else { return Ok(()) };
    let record = desk.memory.records.get(&mut *desk.txn, (subject.kind, subject.id))?;
    let contact = record.and_then(|record| record.values.get(position)).and_then(Value::as_int);
    match contact {
        Some(id) => desk.txn.watch(Subject { kind, id }, run),
        None => Ok(()),
    }
}
