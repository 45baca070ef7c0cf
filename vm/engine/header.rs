//! Conditions of headers, tried against the present transaction; and what they read, so that it can be watched.

use super::desk::Desk;
use super::link::Linked;
use super::turn::Trouble;
use super::world::StepWorld;
use crate::machine::{Limits, World, WorldError, evaluate};
use crate::store::Subject;
use flow_bytecode::Value;
use flow_bytecode::entry::{Captured, Predicate};
use std::sync::Arc;

/// What a condition came to.
pub(super) struct Looked {
    pub holds: bool,
    /// Every record that was read on the way, once.
    pub read: Vec<Subject>,
}

/// A world that notes which records are read in it.
struct Traced<'w, 'd, 't> {
    world: &'w mut StepWorld<'d, 't>,
    read: Vec<Subject>,
}

impl Traced<'_, '_, '_> {
    fn reads(&mut self, subject: Subject) {
        if !self.read.contains(&subject) {
            self.read.push(subject);
        }
    }
}

impl World for Traced<'_, '_, '_> {
    fn now(&self) -> i64 {
        self.world.now()
    }

    fn field(&mut self, field: u16, id: i64) -> Result<&Value, WorldError> {
        if let Some(field) = self.world.linked.fields.get(usize::from(field)) {
            let kind = field.entity.kind;
            self.reads(Subject { kind, id });
        }
        self.world.field(field, id)
    }

    fn set_field(&mut self, _: u16, _: i64, _: Value, _: u32) -> Result<(), WorldError> {
        Err(only_looks())
    }

    fn call(&mut self, action: u16, args: &[Value], effect: u32) -> Result<Value, WorldError> {
        let linked = self.world.linked;
        if let Some(declared) = linked.program().actions.get(usize::from(action)) {
            for ((_, ty), arg) in declared.params.iter().zip(args) {
                if let (Some(kind), Some(id)) = (linked.kind_of(*ty), arg.as_int()) {
                    self.reads(Subject { kind, id });
                }
            }
        }
        self.world.call(action, args, effect)
    }

    fn fire(&mut self, _: u16, _: &[Value], _: u32) -> Result<(), WorldError> {
        Err(only_looks())
    }

    fn start(&mut self, _: u16, _: &[Value], _: u32) -> Result<i64, WorldError> {
        Err(only_looks())
    }

    fn split(&mut self, _: u16, _: u32) -> Result<u16, WorldError> {
        Err(only_looks())
    }
}

fn only_looks() -> WorldError {
    WorldError::Fault("a condition does more than look".to_owned())
}

/// Tries a condition: `args` are the flow's parameters, `event` the record of what happened. A failure in it, such as a
/// record that is gone, is a no.
pub(super) fn look(
    desk: &mut Desk,
    linked: &Arc<Linked>,
    limits: &Limits,
    predicate: &Predicate,
    args: &[Value],
    event: Option<&Value>,
) -> Result<Looked, Trouble> {
    let captured = predicate.captures.iter().map(|captured| match captured {
        Captured::Param { param } => args.get(usize::from(*param)).cloned().unwrap_or_default(),
        Captured::Event => event.cloned().unwrap_or_default(),
    });
    let captured: Vec<Value> = captured.collect();
    try_condition(desk, linked, limits, predicate.function, &captured)
}

/// Likewise, of a condition whose parameters are at hand.
pub(super) fn try_condition(
    desk: &mut Desk,
    linked: &Arc<Linked>,
    limits: &Limits,
    function: u16,
    captured: &[Value],
) -> Result<Looked, Trouble> {
    let mut world = StepWorld { desk, linked, run: 0, subject: None, limits, marks: None, scratch: Value::Null };
    let mut traced = Traced { world: &mut world, read: Vec::new() };
    let held = evaluate(&linked.loaded, function, captured, &mut traced, limits);
    let read = traced.read;
    if let Some(error) = world.desk.broken.take() {
        return Err(Trouble::Store(error));
    }
    Ok(Looked { holds: matches!(held?, Ok(true)), read })
}
