//! Instructions that only read and write registers and are not worth a place in the loop itself.

use super::{build, compare, number, scalar, template};
use crate::machine::exec::Cx;
use crate::machine::raise::{Outcome, Raise, Trouble};
use crate::machine::{effects, intrinsics, undo};
use flow_bytecode::{Instr, Op, Program, Value};

/// Carries out one instruction.
#[inline(never)]
pub(crate) fn run(cx: &mut Cx<'_>, i: Instr, s: &mut [i64], r: &mut [Value]) -> Outcome<()> {
    let program = cx.program;
    match i.op {
        Op::NegI => set(s, i.a, scalar::fits(get(s, i.b)?.checked_neg())?),
        Op::RemI => set(s, i.a, scalar::remainder(*get(s, i.b)?, *get(s, i.c)?)?),
        Op::SomeR => match get(r, i.b)? {
            Value::Null => Err(build::missing()),
            value => {
                let value = value.clone();
                set(r, i.a, value)
            }
        },
        Op::NumI => set(r, i.a, Value::Number((*get(s, i.b)?).into())),
        Op::AddN => two(r, i, number::add),
        Op::SubN => two(r, i, number::subtract),
        Op::MulN => two(r, i, number::multiply),
        Op::DivN => two(r, i, number::divide),
        Op::NegN => {
            let negative = number::negate(get(r, i.b)?)?;
            set(r, i.a, negative)
        }
        Op::CmpN => set(s, i.a, i64::from(number::compare(i.k, get(r, i.b)?, get(r, i.c)?)?)),
        Op::EqR => {
            let equal = compare::equal(get(r, i.b)?, get(r, i.c)?, &mut cx.meter)?;
            set(s, i.a, i64::from(equal != (i.k == 1)))
        }
        Op::CmpT => set(s, i.a, i64::from(compare::texts(i.k, get(r, i.b)?, get(r, i.c)?)?)),
        Op::SetField => effects::set_field(cx, i.c, *get(s, i.a)?, get(r, i.b)?),
        Op::Record => {
            let fields = get(&program.records, i.b)?.fields.len();
            let record = build::record(window(r, i.c, fields)?, &mut cx.meter)?;
            set(r, i.a, record)
        }
        Op::List => {
            let list = build::list(window(r, i.c, usize::from(i.b))?, &mut cx.meter)?;
            set(r, i.a, list)
        }
        Op::Map => {
            let map = build::map(window(r, i.c, usize::from(i.b) * 2)?, &mut cx.meter)?;
            set(r, i.a, map)
        }
        Op::Len => set(s, i.a, build::length(get(r, i.b)?, &mut cx.meter)?),
        Op::Template => {
            let template = program.templates.get(i.bc() as usize).ok_or_else(|| Raise::index("template"))?;
            let text = template::fill(cx, template, s, r)?;
            set(r, i.a, text)
        }
        Op::Decode => {
            let decoded = effects::decode(cx, i.c, get(r, i.b)?)?;
            set(r, i.a, decoded)
        }
        Op::Intrinsic => {
            let made = intrinsics::call(cx, i.k, window(r, i.c, usize::from(i.b))?)?;
            set(r, i.a, made)
        }
        Op::Fail => match get(r, i.a)? {
            Value::Failure(failure) => Err(Raise(Box::new(Trouble::Failure(failure.clone())))),
            other => Err(Raise::shape("a failure", other)),
        },
        Op::Refuse => {
            cx.refused = Some(compare::text(get(r, i.a)?)?.clone());
            Ok(())
        }
        Op::Fire => {
            let count = get(&program.events, i.a)?.params.len();
            effects::fire(cx, i.a, window(r, i.c, count)?)
        }
        Op::Undo => undo::note(cx, i, s, r),
        Op::Split => {
            let side = effects::split(cx, i.bc())?;
            set(s, i.a, side)
        }
        Op::SendAt => {
            let at = cx.world.send_at()?;
            set(s, i.a, at.unwrap_or(0))
        }
        Op::MaySend => {
            let may = effects::may_send(cx, i.bc(), i.k == 1)?;
            set(s, i.a, i64::from(may))
        }
        Op::Start => {
            let count = get(&program.flow_refs, i.a)?.params.len();
            let id = effects::start(cx, i.a, window(r, i.c, count)?)?;
            set(s, i.b, id)
        }
        Op::Mark => {
            cx.world.mark(i.bc());
            Ok(())
        }
        Op::Arg => Err(Raise::fault("an operand is executed")),
        _ => Err(Raise::fault("an instruction without meaning")),
    }
}

/// Where a switch over texts goes.
#[inline(never)]
pub(crate) fn switch_text(program: &Program, i: Instr, r: &[Value]) -> Outcome<u16> {
    let table = program.switches.get(i.bc() as usize).ok_or_else(|| Raise::index("switch"))?;
    let text = compare::text(get(r, i.a)?)?;
    let is = |constant: u32| match program.constants.get(constant as usize) {
        Some(Value::Text(case)) => compare::same_text(case, text),
        _ => false,
    };
    let case = table.cases.iter().find(|(constant, _)| is(*constant));
    Ok(case.map_or(table.default, |(_, target)| *target))
}

/// Where a switch over whole numbers goes.
#[inline(never)]
pub(crate) fn switch_int(program: &Program, i: Instr, s: &[i64]) -> Outcome<u16> {
    let table = program.switches.get(i.bc() as usize).ok_or_else(|| Raise::index("switch"))?;
    let int = get(s, i.a)?;
    let case = table.cases.iter().find(|(case, _)| program.scalars.get(*case as usize) == Some(int));
    Ok(case.map_or(table.default, |(_, target)| *target))
}

/// The values in a window.
pub(crate) fn window(r: &[Value], from: u16, count: usize) -> Outcome<&[Value]> {
    let from = usize::from(from);
    r.get(from..from + count).ok_or_else(|| Raise::index("window"))
}

fn get<T>(bank: &[T], index: u16) -> Outcome<&T> {
    bank.get(usize::from(index)).ok_or_else(|| Raise::index("operand"))
}

fn set<T>(bank: &mut [T], index: u16, value: T) -> Outcome<()> {
    match bank.get_mut(usize::from(index)) {
        Some(slot) => {
            *slot = value;
            Ok(())
        }
        None => Err(Raise::index("operand")),
    }
}

fn two(r: &mut [Value], i: Instr, f: fn(&Value, &Value) -> Outcome<Value>) -> Outcome<()> {
    let made = f(get(r, i.b)?, get(r, i.c)?)?;
    set(r, i.a, made)
}
