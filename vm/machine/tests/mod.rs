//! Tests of the machine: small programs, a stub of the world.

mod bytes;
mod flows;
mod mutants;
mod ops;
mod samples;
mod values;

use super::{Limits, Loaded, Run, Status, Step, Wake, World, WorldError, step};
use flow_bytecode::{Failure, Program, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A world in memory: fields by (field, record); actions that answer with what they were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Stub {
    pub now: i64,
    pub fields: BTreeMap<(u16, i64), Value>,
    pub calls: Vec<(u16, Vec<Value>, u32)>,
    pub fired: Vec<(u16, Vec<Value>, u32)>,
    pub started: Vec<(u16, Vec<Value>, u32)>,
    pub answer: Value,
    pub refuse: Option<&'static str>,
    nothing: Value,
}

impl World for Stub {
    fn now(&self) -> i64 {
        self.now
    }

    fn field(&mut self, field: u16, id: i64) -> Result<&Value, WorldError> {
        Ok(self.fields.get(&(field, id)).unwrap_or(&self.nothing))
    }

    fn set_field(&mut self, field: u16, id: i64, value: Value, _effect: u32) -> Result<(), WorldError> {
        if let Some(kind) = self.refuse {
            return Err(WorldError::Failure(Failure::new(kind, "refused")));
        }
        self.fields.insert((field, id), value);
        Ok(())
    }

    fn call(&mut self, action: u16, args: &[Value], effect: u32) -> Result<Value, WorldError> {
        if let Some(kind) = self.refuse {
            return Err(WorldError::Failure(Failure::new(kind, "refused")));
        }
        self.calls.push((action, args.to_vec(), effect));
        Ok(self.answer.clone())
    }

    fn fire(&mut self, event: u16, args: &[Value], effect: u32) -> Result<(), WorldError> {
        self.fired.push((event, args.to_vec(), effect));
        Ok(())
    }

    fn start(&mut self, flow_ref: u16, args: &[Value], effect: u32) -> Result<i64, WorldError> {
        self.started.push((flow_ref, args.to_vec(), effect));
        Ok(7)
    }

    fn split(&mut self, _: u16, effect: u32) -> Result<u16, WorldError> {
        Ok((effect % 2) as u16)
    }
}

/// Verifies and loads.
pub(super) fn load(program: Arc<Program>) -> Loaded {
    Loaded::new(program).expect("verifies")
}

/// A run being driven.
pub(super) struct Drive {
    pub loaded: Loaded,
    pub run: Run,
    pub world: Stub,
    pub limits: Limits,
}

impl Drive {
    pub fn new(program: Arc<Program>) -> Self {
        Drive { loaded: load(program), run: Run::default(), world: Stub::default(), limits: Limits::default() }
    }

    pub fn wake(&mut self, wake: Wake) -> Step {
        step(&self.loaded, &mut self.run, wake, &mut self.world, &self.limits).expect("no fault")
    }

    pub fn start(&mut self, args: Vec<Value>) -> Step {
        self.wake(Wake::Start { flow: 0, args })
    }

    /// Stores the run and loads it again.
    pub fn reload(&mut self) {
        let bytes = crate::snapshot::encode(&self.run, &self.loaded).expect("encodes");
        let back = crate::snapshot::decode(&bytes, &self.loaded).expect("decodes");
        assert_eq!(crate::snapshot::encode(&back, &self.loaded).expect("encodes"), bytes);
        self.run = Run { busy: self.run.busy, ..back };
    }
}

/// The kind and message a run failed with.
pub(super) fn failure(step: &Step) -> (String, String) {
    match &step.status {
        Status::Failed { failure, .. } => (failure.kind.to_string(), failure.message.to_string()),
        other => panic!("not failed: {other:?}"),
    }
}
