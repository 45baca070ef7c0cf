//! What stands behind the arguments of an external call: who has to approve it, the flow's own key, and what the other
//! side is asked when nobody knows whether it happened.

use super::run::{Path, PathState};
use super::step::{instr_at, out_of_range};
use super::{Approval, Fault, Intent, Loaded, Run};
use flow_bytecode::program::EffectClass;
use flow_bytecode::{Instr, Program, Value};
use std::sync::Arc;

/// Bit of `k`: an approver and a time limit stand behind the arguments.
const APPROVAL: u8 = 1;
/// Bit of `k`: a key stands behind those.
const KEY: u8 = 2;

/// Bit of `k`: the arguments of the action that asks stand behind those.
const VERIFIED: u8 = 4;
/// Bit of `k`: what the source calls it with stands behind those.
const ASKED: u8 = 8;

/// What a call is made with beside its arguments.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub approval: Option<Approval>,
    pub key: Option<Arc<str>>,
    pub verifier: Option<Vec<Value>>,
    /// The arguments of the action as the source calls it, for whoever approves it.
    pub asked: Option<Vec<Value>>,
}

/// What the call that a path stands at is made with.
pub(super) fn extras(program: &Program, path: &Path, instr: Instr) -> Result<Extras, Fault> {
    if instr.k == 0 {
        return Ok(Extras::default());
    }
    let action = program.actions.get(usize::from(instr.a)).ok_or_else(|| out_of_range("action"))?;
    let mut next = usize::from(instr.c) + action.params.len();
    let mut approval = None;
    if instr.k & APPROVAL != 0 {
        let by = text(path.reference(next)?)?;
        let within_us = path.reference(next + 1)?.as_int();
        approval = Some(Approval { by, within_us });
        next += 2;
    }
    let key = match instr.k & KEY {
        0 => None,
        _ => Some(text(path.reference(next)?)?),
    };
    next += usize::from(key.is_some());
    let verifier = match action.class {
        EffectClass::Verified { by } if instr.k & VERIFIED != 0 => {
            let by = program.actions.get(usize::from(by)).ok_or_else(|| out_of_range("action"))?;
            Some(window(path, next, by.params.len())?)
        }
        _ => None,
    };
    next += verifier.as_ref().map_or(0, Vec::len);
    let asked = match program.asked(instr.a).filter(|_| instr.k & ASKED != 0) {
        Some(asked) => Some(window(path, next, asked.params.len())?),
        None => None,
    };
    Ok(Extras { approval, key, verifier, asked })
}

fn window(path: &Path, first: usize, count: usize) -> Result<Vec<Value>, Fault> {
    (first..first + count).map(|at| path.reference(at).cloned()).collect()
}

fn text(value: &Value) -> Result<Arc<str>, Fault> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        _ => Err(Fault("what stands behind the arguments of a call is no text".to_owned())),
    }
}

/// The call that a path stands at, as it is asked for.
pub(super) fn intent(program: &Program, path: &Path, effect: u32) -> Result<Intent, Fault> {
    let instr = instr_at(program, path.top()?)?;
    let action = program.actions.get(usize::from(instr.a)).ok_or_else(|| out_of_range("action"))?;
    let args = window(path, usize::from(instr.c), action.params.len())?;
    let Extras { approval, key, verifier, asked } = extras(program, path, instr)?;
    Ok(Intent { path: path.id, place: instr.b, action: instr.a, args, effect, approval, key, verifier, asked })
}

impl Run {
    /// The external call of this number, as it was asked for, while a path still waits for it.
    pub fn call(&self, program: &Loaded, effect: u32) -> Option<Intent> {
        let path = self.paths.iter().find(|path| path.state == PathState::Calling(effect))?;
        intent(program.program(), path, effect).ok()
    }
}
