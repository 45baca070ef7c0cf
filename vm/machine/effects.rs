//! Instructions that reach the world, and the decoding of what came from it.

use super::decode::{decode as fit, weight};
use super::exec::Cx;
use super::ops::compare::{depth_fits, same_text};
use super::ops::other::window;
use super::raise::{Outcome, Raise};
use flow_bytecode::program::EffectClass;
use flow_bytecode::{Instr, Program, TypeId, Value};

/// Writes a field.
pub(super) fn set_field(cx: &mut Cx<'_>, field: u16, id: i64, value: &Value) -> Outcome<()> {
    let effect = cx.next_effect();
    cx.meter.effect();
    Ok(cx.world.set_field(field, id, value.clone(), effect)?)
}

/// Carries out a pure or local action and writes its result.
#[inline(never)]
pub(super) fn act(cx: &mut Cx<'_>, i: Instr, r: &mut [Value]) -> Outcome<()> {
    let action = cx.program.actions.get(usize::from(i.a)).ok_or_else(|| Raise::index("action"))?;
    let effect = match action.class {
        EffectClass::Pure => cx.effects,
        EffectClass::Query => {
            cx.meter.effect();
            cx.effects
        }
        EffectClass::Local => {
            cx.meter.effect();
            cx.next_effect()
        }
        _ => return Err(Raise::fault("an external action called as a local one")),
    };
    let result = cx.world.call(i.a, window(r, i.c, action.params.len())?, effect)?;
    *r.get_mut(usize::from(i.b)).ok_or_else(|| Raise::index("operand"))? = result;
    Ok(())
}

/// The arguments of a launch.
#[inline(never)]
pub(super) fn launch(program: &Program, i: Instr, r: &[Value]) -> Outcome<Vec<Value>> {
    let flow = program.flow_refs.get(usize::from(i.a)).ok_or_else(|| Raise::index("flow"))?;
    Ok(window(r, i.c, flow.params.len())?.to_vec())
}

/// Whether a field holds that constant text.
#[inline(always)]
pub(super) fn field_is(cx: &mut Cx<'_>, field: u16, id: i64, constant: u16) -> Outcome<bool> {
    let Some(Value::Text(expected)) = cx.program.constants.get(usize::from(constant)) else {
        return Err(Raise::index("constant"));
    };
    match cx.world.field(field, id)? {
        Value::Text(found) => Ok(same_text(found, expected)),
        Value::Null => Ok(false),
        other => Err(Raise::shape("text", other)),
    }
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

/// The side of a split.
pub(super) fn split(cx: &mut Cx<'_>, index: u32) -> Outcome<i64> {
    let sides = cx.program.splits.get(index as usize).ok_or_else(|| Raise::index("split"))?.sides.len();
    let effect = cx.next_effect();
    cx.meter.effect();
    let side = cx.world.split(index as u16, effect)?;
    if usize::from(side) >= sides {
        return Err(Raise::index("the side of a split"));
    }
    Ok(side.into())
}

/// Whether one more message may go out.
pub(super) fn may_send(cx: &mut Cx<'_>, action: u32, strict: bool) -> Outcome<bool> {
    let action = u16::try_from(action).map_err(|_| Raise::index("action"))?;
    let effect = cx.next_effect();
    cx.meter.effect();
    let may = cx.world.may_send(action, effect)?;
    match may || !strict {
        true => Ok(may),
        false => Err(Raise::limit("as many messages as the flow's `cap` allows were sent")),
    }
}

/// Decodes what a service returned.
pub(super) fn decode(cx: &mut Cx<'_>, ty: u16, value: &Value) -> Outcome<Value> {
    let depth = cx.meter.limits().depth_max;
    let decoded = fit(cx.program, TypeId(ty), value, depth).map_err(|why| Raise::failure("invalid", why))?;
    cx.meter.produce(weight(&decoded))?;
    depth_fits(std::slice::from_ref(&decoded), &mut cx.meter)?;
    Ok(decoded)
}
