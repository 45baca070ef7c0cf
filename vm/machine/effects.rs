//! Instructions that reach the world, and the decoding of what came from it.

use super::decode::{decode as fit, weight};
use super::exec::Cx;
use super::ops::compare::depth_fits;
use super::raise::{Outcome, Raise};
use flow_bytecode::program::{ActionRef, EffectClass};
use flow_bytecode::{TypeId, Value};

/// Writes a field.
pub(super) fn set_field(cx: &mut Cx<'_>, field: u16, id: i64, value: &Value) -> Outcome<()> {
    let effect = cx.next_effect();
    cx.meter.effect();
    Ok(cx.world.set_field(field, id, value.clone(), effect)?)
}

/// Carries out a pure or local action.
pub(super) fn act(cx: &mut Cx<'_>, index: u16, action: &ActionRef, args: &[Value]) -> Outcome<Value> {
    let effect = match action.class {
        EffectClass::Pure => cx.effects,
        EffectClass::Local => {
            cx.meter.effect();
            cx.next_effect()
        }
        _ => return Err(Raise::fault("an external action called as a local one")),
    };
    Ok(cx.world.call(index, args, effect)?)
}

/// Raises an event.
pub(super) fn fire(cx: &mut Cx<'_>, event: u16, args: &[Value]) -> Outcome<()> {
    let effect = cx.next_effect();
    cx.meter.effect();
    Ok(cx.world.fire(event, args, effect)?)
}

/// Starts a run.
pub(super) fn start(cx: &mut Cx<'_>, flow_ref: u16, args: &[Value]) -> Outcome<i64> {
    let effect = cx.next_effect();
    cx.meter.effect();
    Ok(cx.world.start(flow_ref, args, effect)?)
}

/// Decodes what a service returned.
pub(super) fn decode(cx: &mut Cx<'_>, ty: u16, value: &Value) -> Outcome<Value> {
    let depth = cx.meter.limits().depth_max;
    let decoded = fit(cx.program, TypeId(ty), value, depth).map_err(|why| Raise::failure("invalid", why))?;
    cx.meter.produce(weight(&decoded))?;
    depth_fits(std::slice::from_ref(&decoded), &mut cx.meter)?;
    Ok(decoded)
}
