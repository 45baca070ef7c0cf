//! Events: told to runs that wait for them, and looked up by runs that come to wait after they were raised.

use super::header::try_condition;
use super::journal::Cause;
use super::turn::{Trouble, Turn};
use super::world::DEPTH_MAX;
use crate::machine::{Path, PathWait, Wake, decode};
use crate::store::{NameId, Subject};
use flow_bytecode::program::{Arm, ArmKind, PlaceKind};
use flow_bytecode::{Bank, Program, Type, Value};

impl Turn<'_, '_> {
    /// An event, unless the run has used it up or it lies before its floor. Returns whether an arm took it.
    pub fn event(&mut self, number: i64, name: &str, args: &[Value]) -> Result<bool, Trouble> {
        let linked = self.linked.clone();
        let program = linked.program();
        let Some(declared) = program.events.iter().find(|event| *event.name == *name) else { return Ok(false) };
        let mut typed = Vec::with_capacity(declared.params.len());
        for (at, (_, ty)) in declared.params.iter().enumerate() {
            let value = args.get(at).cloned().unwrap_or_default();
            // Raised by a newer program with other parameters: not the event this run waits for.
            let Ok(value) = decode(program, *ty, &value, DEPTH_MAX) else { return Ok(false) };
            typed.push(value);
        }
        let past = number <= self.row.floor || self.envelope.used.contains(&number);
        if self.leaves_on(declared, &typed)? {
            return Ok(true);
        }
        if past {
            return Ok(false);
        }
        let wake = Wake::Event { name: declared.name.clone(), args: typed };
        let cause = Cause::Event(declared.name.clone());
        let floor = self.envelope.use_up(number);
        if !self.step(wake, cause)? {
            self.envelope.used.retain(|used| *used != number);
            return Ok(false);
        }
        if let Some(floor) = floor {
            self.row.floor = self.row.floor.max(floor);
        }
        Ok(true)
    }

    /// Tells the waits that are new since the last look of events raised since the floor; true when one was taken, so that
    /// there may be newer waits.
    pub fn look_back(&mut self) -> Result<bool, Trouble> {
        let last = self.desk.memory.last_event(&mut *self.desk.txn)?;
        let looked = std::mem::replace(&mut self.looked, self.run.revision);
        let fresh: Vec<PathWait> = self
            .waits
            .iter()
            .filter(|wait| wait.revision > looked && (!wait.events.is_empty() || wait.conditions))
            .cloned()
            .collect();
        if fresh.is_empty() {
            return Ok(false);
        }
        let sent = if self.intents.is_empty() { self.row.floor } else { last };
        for wait in &fresh {
            for (event, subject) in self.listen(wait)? {
                if sent >= last {
                    continue;
                }
                for row in self.desk.txn.events_since(sent, &[event], subject)? {
                    let Ok(args) = serde_json::from_slice::<Vec<Value>>(&row.args) else { continue };
                    let name = self.linked.events.iter().position(|known| known.name == row.kind);
                    let name = name.and_then(|at| self.linked.program().events.get(at)).map(|event| event.name.clone());
                    if let Some(name) = name
                        && self.event(row.number, &name, &args)?
                    {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Makes the run hear of what a wait listens to. Returns each event with the record it must be about, if it must.
    pub fn listen(&mut self, wait: &PathWait) -> Result<Vec<(NameId, Option<Subject>)>, Trouble> {
        let linked = self.linked.clone();
        let program = linked.program();
        let Some(PlaceKind::Wait { arms }) = program.places.get(usize::from(wait.place)).map(|place| &place.kind)
        else {
            return Ok(Vec::new());
        };
        let Some(path) = self.run.paths.iter().find(|path| path.id == wait.path) else { return Ok(Vec::new()) };
        let mut heard = Vec::new();
        let mut watched = Vec::new();
        for arm in arms {
            match &arm.on {
                ArmKind::Event { event, .. } => {
                    let Some(event) = linked.events.get(usize::from(*event)) else { continue };
                    let subject = event
                        .subject
                        .and_then(|(param, kind)| matched(arm, param, path).map(|id| Subject { kind, id }));
                    heard.push((event.name, subject));
                    watched.push(subject.unwrap_or(Subject::any(event.name)));
                }
                ArmKind::When { function, captures, .. } => {
                    let Some(captured) = captured(program, *function, captures, path) else { continue };
                    // Whatever it reads now is what can change what it says.
                    let looked = try_condition(self.desk, &linked, &self.rules.limits, *function, &captured)?;
                    watched.extend(looked.read);
                }
                _ => {}
            }
        }
        for subject in watched {
            if Some(subject) != self.row.subject {
                self.desk.txn.watch(subject, self.row.id)?;
            }
        }
        Ok(heard)
    }
}

/// The values that a condition captures, boxed.
fn captured(program: &Program, function: u16, captures: &[(Bank, u16)], path: &Path) -> Option<Vec<Value>> {
    let params = &program.functions.get(usize::from(function))?.params;
    let values = params.iter().zip(captures).map(|(ty, (bank, register))| match bank {
        Bank::Scalar => {
            let value = path.scalar(*register).ok()?;
            let is_bool = matches!(program.types.get(usize::from(ty.0)), Some(Type::Bool));
            Some(if is_bool { Value::Bool(value != 0) } else { Value::Int(value) })
        }
        Bank::Reference => path.reference(usize::from(*register)).ok().cloned(),
    });
    values.collect()
}

/// The record an event arm wants the event to be about.
fn matched(arm: &Arm, param: u16, path: &Path) -> Option<i64> {
    let ArmKind::Event { matches, .. } = &arm.on else { return None };
    let (_, bank, register) = matches.iter().find(|(of, _, _)| *of == param)?;
    match bank {
        Bank::Scalar => path.scalar(*register).ok(),
        Bank::Reference => path.reference(usize::from(*register)).ok()?.as_int(),
    }
}
