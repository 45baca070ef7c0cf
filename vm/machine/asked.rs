//! What stands behind the arguments of an external call: who has to approve it, and the flow's own key.

use super::run::Path;
use super::step::out_of_range;
use super::{Approval, Fault};
use flow_bytecode::{Instr, Program, Value};
use std::sync::Arc;

/// Bit of `k`: an approver and a time limit stand behind the arguments.
const APPROVAL: u8 = 1;
/// Bit of `k`: a key stands behind those.
const KEY: u8 = 2;

/// Who has to approve the call that a path stands at, and the key it is sent with.
pub(super) fn extras(
    program: &Program,
    path: &Path,
    instr: Instr,
) -> Result<(Option<Approval>, Option<Arc<str>>), Fault> {
    if instr.k == 0 {
        return Ok((None, None));
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
    Ok((approval, key))
}

fn text(value: &Value) -> Result<Arc<str>, Fault> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        _ => Err(Fault("what stands behind the arguments of a call is no text".to_owned())),
    }
}
