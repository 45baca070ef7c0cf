//! `undo`: what was done is taken back, last to first, when the run fails and nothing catches that.
//!
//! Each block runs as the main path, with the registers it was given when its step was done; what it asks for outside is an
//! intent like any other, so that a death in the midst of it loses nothing and does nothing twice.

use super::exec::Cx;
use super::meter::Meter;
use super::raise::{Outcome, Raise};
use super::run::Undo;
use super::step::{Turn, enter, out_of_range};
use super::{Fault, Status};
use flow_bytecode::{Bank, Failure, Instr, Type, Value};
use std::sync::Arc;

/// Notes how to take back what was just done.
#[inline(never)]
pub(super) fn note(cx: &mut Cx<'_>, i: Instr, s: &[i64], r: &[Value]) -> Outcome<()> {
    let program = cx.program;
    let function = program.functions.get(usize::from(i.a)).ok_or_else(|| Raise::index("function"))?;
    let (mut next_s, mut next_r) = (usize::from(i.b), usize::from(i.c));
    let mut args = Vec::with_capacity(function.params.len());
    for param in &function.params {
        let ty = program.types.get(usize::from(param.0)).ok_or_else(|| Raise::index("type"))?;
        args.push(match ty.bank() {
            Bank::Scalar => {
                let scalar = *s.get(next_s).ok_or_else(|| Raise::index("parameter"))?;
                next_s += 1;
                if *ty == Type::Bool { Value::Bool(scalar != 0) } else { Value::Int(scalar) }
            }
            Bank::Reference => {
                next_r += 1;
                r.get(next_r - 1).ok_or_else(|| Raise::index("parameter"))?.clone()
            }
        });
    }
    cx.undo.push(Undo { function: i.a, args });
    Ok(())
}

impl Turn<'_> {
    /// The main path has failed, uncaught: takes back what was done, if there is how.
    pub fn fail(&mut self, failure: Arc<Failure>) -> Result<(), Fault> {
        if self.run.undo.is_empty() {
            self.ended = Some(Status::Failed { failure: (*failure).clone(), retryable: false });
            return Ok(());
        }
        let main = self.run.paths.first().ok_or_else(|| out_of_range("path"))?.id;
        self.cancel_children(main);
        self.forget(main);
        self.outcome_of = None;
        // The step may have failed because it had used up what it may use.
        self.cx.meter = Meter::new(self.cx.meter.limits());
        self.undoing = Some((*failure).clone());
        self.run.failing = Some(failure);
        self.take_back()
    }

    /// The next block from the end; after the first step of the flow the run has failed for good.
    pub fn take_back(&mut self) -> Result<(), Fault> {
        let Some(Undo { function, args }) = self.run.undo.pop() else {
            let failure = self.run.failing.take().ok_or_else(|| out_of_range("failure"))?;
            self.ended = Some(Status::Failed { failure: (*failure).clone(), retryable: false });
            return Ok(());
        };
        let program = self.cx.program;
        let code = program.functions.get(usize::from(function)).ok_or_else(|| out_of_range("function"))?;
        let main = enter(program, function, &code.params, &args, self.cx.meter.limits().depth_max)?;
        match self.run.paths.first_mut() {
            Some(path) => *path = main,
            None => self.run.paths.push(main),
        }
        Ok(())
    }
}
