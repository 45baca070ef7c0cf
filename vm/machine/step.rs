//! One step: a wake in, everything that can go on goes on until it waits.

use super::{Fault, Limits, Loaded, Run, Step, Wake, World};

/// Takes a step of a run. May be called several times on one run before it is stored. On an ended run every wake but
/// `Start` moves nothing.
///
/// # Errors
/// A fault: the run and everything the world did in this step must be thrown away.
pub fn step(
    _program: &Loaded,
    _run: &mut Run,
    _wake: Wake,
    _world: &mut dyn World,
    _limits: &Limits,
) -> Result<Step, Fault> {
    Err(Fault("the interpreter is on its way".to_owned()))
}
