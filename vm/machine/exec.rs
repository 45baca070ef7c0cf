//! The interpreter: one loop over the instructions of one path, until it waits, ends or fails.

use super::meter::Meter;
use super::ops::{build, compare, other, scalar};
use super::raise::{Outcome, Raise, Trouble};
use super::run::{Frame, Path, PathState, Undo};
use super::{Fault, Limits, World, effects};
use flow_bytecode::program::Function;
use flow_bytecode::{Failure, Instr, Op, Program, Type, Value};
use std::sync::Arc;

/// What instructions need beside their registers.
pub(crate) struct Cx<'a> {
    /// The program being run.
    pub program: &'a Program,
    /// Everything outside.
    pub world: &'a mut dyn World,
    /// What this step has used up.
    pub meter: Meter,
    /// Effects of the run so far.
    pub effects: u32,
    /// Paths that may still be forked.
    pub paths_left: usize,
    /// A buffer for texts being made.
    pub scratch: String,
    /// What would have fitted, when the path in hand has refused an answer and not asked again yet.
    pub refused: Option<Arc<str>>,
    /// Noted since the path in hand began: how to take back what it does.
    pub undo: Vec<Undo>,
}

impl<'a> Cx<'a> {
    /// For a step of a run with that many effects and paths.
    pub fn new(program: &'a Program, world: &'a mut dyn World, limits: &Limits, effects: u32, paths: usize) -> Self {
        let paths_left = limits.paths_max.saturating_sub(paths);
        Cx {
            program,
            world,
            meter: Meter::new(limits),
            effects,
            paths_left,
            scratch: String::new(),
            refused: None,
            undo: Vec::new(),
        }
    }

    /// The number of the next effect.
    pub fn next_effect(&mut self) -> u32 {
        self.effects = self.effects.saturating_add(1);
        self.effects
    }
}

/// Why the loop ended. When it waits, the path's innermost frame stands at the instruction.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The outermost function returned, boxed.
    Done(Value),
    /// The whole run ends.
    Stop,
    /// The run becomes another.
    Launch(u16, Vec<Value>),
    /// Uncaught. The frames stand as they were.
    Failed(Arc<Failure>),
    /// At a `wait`, with its place.
    Wait(u32),
    /// At a `pause`, with the budget used up.
    Pause,
    /// At a `join`, with the paths forked for it.
    Join(Vec<Path>),
    /// At an external call.
    External,
}

/// Most registers of a bank over all frames of a path.
const REGISTERS_MAX: usize = 1 << 18;

/// Runs a path from its innermost frame on, first raising what is pending.
///
/// # Errors
/// A fault, which ends the step.
pub(crate) fn execute(cx: &mut Cx<'_>, path: &mut Path, pending: Option<Arc<Failure>>) -> Result<Exit, Fault> {
    let program = cx.program;
    let mut forks: Vec<Path> = Vec::new();
    let Path { frames, scalars, references, .. } = path;
    let Some(top) = frames.last() else { return Err(Fault("a path without frames".to_owned())) };
    let mut pc = usize::from(top.pc);
    let mut pending = pending.map(|failure| Raise(Box::new(Trouble::Failure(failure))));
    loop {
        if let Some(raise) = pending.take() {
            if let Some(top) = frames.last_mut() {
                top.pc = u16::try_from(pc).unwrap_or(u16::MAX);
            }
            cx.paths_left += forks.len();
            forks.clear();
            let (target, register, failure) = match unwind(cx, frames, raise)? {
                Caught::At(target, register, failure) => (target, register, failure),
                Caught::Nowhere(failure) => return Ok(Exit::Failed(failure)),
            };
            pc = usize::from(target);
            let (_, _, references) = enter(program, frames, scalars, references).map_err(unfault)?;
            match references.get_mut(usize::from(register)) {
                Some(slot) => *slot = Value::Failure(failure),
                None => return Err(Fault("the register of a handler is out of range".to_owned())),
            }
        }
        // The frame in hand is the last of `frames`; what the loop needs of it is kept beside.
        let (mut code, mut s, mut r) = enter(program, frames, scalars, references).map_err(unfault)?;
        // Where it stands is what is left of the code, the instruction in hand first: an index would be kept in memory.
        let mut rest = code.get(pc..).unwrap_or_default();
        // `None` is an operand that leads nowhere: with no message to make, the way out costs the loop nothing.
        let raise = 'run: loop {
            let Some((i, behind)) = rest.split_first() else { break 'run None };

            macro_rules! ok {
                ($e:expr) => {
                    match $e {
                        Ok(value) => value,
                        Err(raise) => break 'run Some(Raise::from(raise)),
                    }
                };
            }
            macro_rules! fits {
                ($e:expr) => {
                    match $e {
                        Some(value) => value,
                        None => break 'run Some(scalar::overflow()),
                    }
                };
            }
            macro_rules! s {
                ($i:expr) => {
                    match s.get(usize::from($i)) {
                        Some(value) => *value,
                        None => break 'run None,
                    }
                };
            }
            macro_rules! r {
                ($i:expr) => {
                    match r.get(usize::from($i)) {
                        Some(value) => value,
                        None => break 'run None,
                    }
                };
            }
            macro_rules! set_s {
                ($i:expr, $e:expr) => {{
                    let value: i64 = $e;
                    match s.get_mut(usize::from($i)) {
                        Some(slot) => *slot = value,
                        None => break 'run None,
                    }
                }};
            }
            macro_rules! set_r {
                ($i:expr, $e:expr) => {{
                    let value: Value = $e;
                    match r.get_mut(usize::from($i)) {
                        Some(slot) => *slot = value,
                        None => break 'run None,
                    }
                }};
            }
            macro_rules! jump {
                ($target:expr) => {{
                    let target = $target as usize;
                    let next = code.len() - behind.len();
                    if target < next {
                        ok!(cx.meter.edge(next - target));
                    }
                    match code.get(target..) {
                        Some(there) => rest = there,
                        None => break 'run None,
                    }
                    continue;
                }};
            }
            macro_rules! table {
                ($table:expr, $index:expr) => {
                    match $table.get($index as usize) {
                        Some(entry) => entry,
                        None => break 'run None,
                    }
                };
            }
            macro_rules! suspend {
                ($exit:expr) => {{
                    if !forks.is_empty() {
                        break 'run Some(Raise::fault("a path waits between fork and join"));
                    }
                    if let Some(top) = frames.last_mut() {
                        top.pc = (code.len() - rest.len()) as u16;
                    }
                    return Ok($exit);
                }};
            }
            macro_rules! leave {
                ($result:expr) => {{
                    if frames.len() <= 1 {
                        return Ok(Exit::Done($result));
                    }
                    frames.pop();
                    let Some(top) = frames.last() else { break 'run None };
                    let called = usize::from(top.pc);
                    (code, s, r) = ok!(enter(program, frames, scalars, references));
                    rest = code.get(called + 1..).unwrap_or_default();
                    continue;
                }};
            }

            match i.op {
                // Moves and constants
                Op::MoveS => set_s!(i.a, s!(i.b)),
                Op::MoveR => set_r!(i.a, r!(i.b).clone()),
                Op::IntS => set_s!(i.a, scalar::signed(*i)),
                Op::ConstS => set_s!(i.a, *table!(program.scalars, i.bc())),
                Op::ConstR => set_r!(i.a, table!(program.constants, i.bc()).clone()),
                Op::NullR => set_r!(i.a, Value::Null),
                Op::BoxI => set_r!(i.a, Value::Int(s!(i.b))),
                Op::BoxB => set_r!(i.a, Value::Bool(s!(i.b) != 0)),
                Op::UnboxS => set_s!(i.a, ok!(build::unbox(r!(i.b)))),

                // Scalars
                Op::AddI => set_s!(i.a, fits!(s!(i.b).checked_add(s!(i.c)))),
                Op::SubI => set_s!(i.a, fits!(s!(i.b).checked_sub(s!(i.c)))),
                Op::MulI => set_s!(i.a, fits!(s!(i.b).checked_mul(s!(i.c)))),
                Op::AddK => set_s!(i.a, fits!(s!(i.b).checked_add(i64::from(i.c as i16)))),
                Op::Not => set_s!(i.a, i64::from(s!(i.b) == 0)),
                Op::CmpI => set_s!(i.a, i64::from(scalar::holds(i.k, s!(i.b), s!(i.c)))),
                Op::IsNull => set_s!(i.a, i64::from(r!(i.b).is_null() != (i.k == 1))),

                // Jumps
                Op::Jump => jump!(i.bc()),
                Op::JumpIf => {
                    if s!(i.a) != 0 {
                        jump!(i.bc());
                    }
                }
                Op::JumpUnless => {
                    if s!(i.a) == 0 {
                        jump!(i.bc());
                    }
                }
                Op::JumpCmpI => {
                    if scalar::holds(i.k, s!(i.a), s!(i.b)) {
                        jump!(i.c);
                    }
                }
                Op::JumpNull => {
                    if r!(i.a).is_null() {
                        jump!(i.bc());
                    }
                }
                Op::JumpNotNull => {
                    if !r!(i.a).is_null() {
                        jump!(i.bc());
                    }
                }
                Op::JumpEqT => {
                    if ok!(compare::same(r!(i.a), r!(i.b))) != (i.k == 1) {
                        jump!(i.c);
                    }
                }
                Op::JumpField => {
                    let Some((arg, behind)) = behind.split_first() else { break 'run None };
                    if ok!(effects::field_is(cx, i.b, s!(i.a), arg.a)) != (i.k == 1) {
                        jump!(i.c);
                    }
                    rest = behind;
                    continue;
                }
                Op::SwitchT => jump!(ok!(other::switch_text(program, *i, r))),
                Op::SwitchI => jump!(ok!(other::switch_int(program, *i, s))),

                // The workspace, records
                Op::FieldS => match cx.world.field(i.c, s!(i.b)) {
                    Ok(value) => set_s!(i.a, ok!(build::unbox(value))),
                    Err(error) => break 'run Some(error.into()),
                },
                Op::FieldR => match cx.world.field(i.c, s!(i.b)) {
                    Ok(value) => match r.get_mut(usize::from(i.a)) {
                        Some(slot) => hold(slot, value),
                        None => break 'run None,
                    },
                    Err(error) => break 'run Some(error.into()),
                },
                Op::PartR => set_r!(i.a, ok!(build::part(r!(i.b), i.c)).clone()),
                Op::PartS => set_s!(i.a, ok!(build::unbox(ok!(build::part(r!(i.b), i.c))))),
                Op::ItemR => set_r!(i.a, ok!(build::item(r!(i.b), s!(i.c))).clone()),
                Op::ItemS => set_s!(i.a, ok!(build::unbox(ok!(build::item(r!(i.b), s!(i.c)))))),
                Op::Act => ok!(effects::act(cx, *i, r)),

                // Calls
                Op::Call => {
                    ok!(call(cx, frames, *i, code.len() - rest.len()));
                    // Where there is no room for it, the callee fails at its beginning.
                    (code, rest) = (&[], &[]);
                    (code, s, r) = ok!(enter(program, frames, scalars, references));
                    rest = code;
                    continue;
                }
                Op::ReturnS => {
                    let result = s!(i.a);
                    set_s!(0u16, result);
                    leave!(boxed(program, frames, result));
                }
                Op::ReturnR => {
                    let a = usize::from(i.a);
                    if a >= r.len() {
                        break 'run None;
                    }
                    r.swap(0, a);
                    leave!(r.first().cloned().unwrap_or_default());
                }
                Op::Return => leave!(Value::Null),

                // Places
                Op::Wait => suspend!(Exit::Wait(i.bc())),
                Op::ActExternal => suspend!(Exit::External),
                Op::Pause => {
                    if cx.meter.used_up() {
                        suspend!(Exit::Pause);
                    }
                }
                Op::Fork => ok!(fork(cx, *i, s, r, &mut forks)),
                Op::Join => {
                    let forked = std::mem::take(&mut forks);
                    suspend!(Exit::Join(forked));
                }
                Op::Stop => return Ok(Exit::Stop),
                Op::Launch => return Ok(Exit::Launch(i.a, ok!(effects::launch(program, *i, r)))),
                // What costs more than a call anyway stands elsewhere, so that this loop keeps its own registers.
                Op::SomeR
                | Op::NegI
                | Op::RemI
                | Op::NumI
                | Op::AddN
                | Op::SubN
                | Op::MulN
                | Op::DivN
                | Op::NegN
                | Op::CmpN
                | Op::EqR
                | Op::CmpT
                | Op::SetField
                | Op::Record
                | Op::List
                | Op::Map
                | Op::Len
                | Op::Template
                | Op::Decode
                | Op::Intrinsic
                | Op::Arg
                | Op::Mark
                | Op::Fail
                | Op::Refuse
                | Op::Split
                | Op::SendAt
                | Op::MaySend
                | Op::Undo
                | Op::Fire
                | Op::Start => ok!(other::run(cx, *i, s, r)),
            }
            rest = behind;
        };
        pc = code.len() - rest.len();
        pending = Some(raise.unwrap_or_else(|| Raise::index("an operand")));
    }
}

/// Makes a register hold a value of the world's.
#[inline(always)]
fn hold(slot: &mut Value, value: &Value) {
    match (&*slot, value) {
        // Read anew in a loop and still the same: counting who shares it down and up costs more than looking.
        (Value::Text(held), Value::Text(read)) if Arc::ptr_eq(held, read) => {}
        _ => *slot = value.clone(),
    }
}

/// The code and the register windows of the innermost frame; the banks grow as needed.
#[inline(always)]
fn enter<'p, 'a>(
    program: &'p Program,
    frames: &[Frame],
    scalars: &'a mut Vec<i64>,
    references: &'a mut Vec<Value>,
) -> Outcome<(&'p [Instr], &'a mut [i64], &'a mut [Value])> {
    let Some(frame) = frames.last() else { return Err(Raise::index("frame")) };
    let Some(function) = program.functions.get(usize::from(frame.function)) else {
        return Err(Raise::index("function"));
    };
    let (from, below) = (frame.scalars as usize, frame.references as usize);
    let (to, above) = (from + usize::from(function.scalars), below + usize::from(function.references));
    if to > scalars.len() || above > references.len() {
        grow(scalars, references, to, above)?;
    }
    match (scalars.get_mut(from..to), references.get_mut(below..above)) {
        (Some(scalars), Some(references)) => Ok((&function.code, scalars, references)),
        _ => Err(Raise::index("frame")),
    }
}

#[cold]
fn grow(scalars: &mut Vec<i64>, references: &mut Vec<Value>, to: usize, above: usize) -> Outcome<()> {
    if to > REGISTERS_MAX || above > REGISTERS_MAX {
        return Err(Raise::limit(format!("more than {REGISTERS_MAX} registers in flows that call each other")));
    }
    if to > scalars.len() {
        scalars.resize(to, 0);
    }
    if above > references.len() {
        references.resize_with(above, Value::default);
    }
    Ok(())
}

/// Begins a frame for a called function.
#[inline(always)]
fn call(cx: &mut Cx<'_>, frames: &mut Vec<Frame>, i: Instr, pc: usize) -> Outcome<()> {
    let (Some(callee), Some(top)) = (cx.program.functions.get(usize::from(i.a)), frames.last_mut()) else {
        return Err(Raise::index("function"));
    };
    cx.meter.edge(callee.code.len())?;
    top.pc = pc as u16;
    let scalars = top.scalars + u32::from(i.b);
    let references = top.references + u32::from(i.c);
    if frames.len() >= cx.meter.limits().frames_max {
        return Err(too_deep(cx.meter.limits().frames_max));
    }
    frames.push(Frame { function: i.a, pc: 0, scalars, references });
    Ok(())
}

#[inline(always)]
fn function_of(program: &Program, index: u16) -> Result<&Function, Fault> {
    program.functions.get(usize::from(index)).ok_or_else(|| Fault("function out of range".to_owned()))
}

#[cold]
fn too_deep(most: usize) -> Raise {
    Raise::limit(format!("flows call each other more than {most} deep"))
}

/// A scalar result of the innermost frame as a value.
#[inline(never)]
fn boxed(program: &Program, frames: &[Frame], scalar: i64) -> Value {
    let function = frames.last().and_then(|frame| program.functions.get(usize::from(frame.function)));
    match function.and_then(|function| program.types.get(usize::from(function.result.0))) {
        Some(Type::Bool) => Value::Bool(scalar != 0),
        _ => Value::Int(scalar),
    }
}

/// A new path with its parameters copied. Its id and parent are given at the join.
#[inline(never)]
fn fork(cx: &mut Cx<'_>, i: Instr, s: &[i64], r: &[Value], forks: &mut Vec<Path>) -> Outcome<()> {
    let program = cx.program;
    let Some(left) = cx.paths_left.checked_sub(1) else {
        return Err(Raise::limit(format!("more than {} paths at once", cx.meter.limits().paths_max)));
    };
    cx.paths_left = left;
    let function = function_of(program, i.a)?;
    let mut scalars = vec![0; usize::from(function.scalars)];
    let mut references = vec![Value::Null; usize::from(function.references)];
    let (mut next_s, mut next_r) = (0, 0);
    for param in &function.params {
        let ty = program.types.get(usize::from(param.0)).ok_or_else(|| Raise::index("type"))?;
        match ty.bank() {
            flow_bytecode::Bank::Scalar => {
                let from = s.get(usize::from(i.b) + next_s);
                let (Some(to), Some(from)) = (scalars.get_mut(next_s), from) else {
                    return Err(Raise::index("parameter"));
                };
                *to = *from;
                next_s += 1;
            }
            flow_bytecode::Bank::Reference => {
                let from = r.get(usize::from(i.c) + next_r);
                let (Some(to), Some(from)) = (references.get_mut(next_r), from) else {
                    return Err(Raise::index("parameter"));
                };
                to.clone_from(from);
                next_r += 1;
            }
        }
    }
    forks.push(Path {
        id: 0,
        parent: 0,
        branch: u16::from(i.k),
        revision: 0,
        state: PathState::Runnable(None),
        frames: vec![Frame { function: i.a, pc: 0, scalars: 0, references: 0 }],
        scalars,
        references,
    });
    Ok(())
}

/// Where a failure went.
enum Caught {
    /// Into a handler of what is now the innermost frame: where it goes on, the register that takes the failure.
    At(u16, u16, Arc<Failure>),
    /// Nowhere: the frames stand as they were.
    Nowhere(Arc<Failure>),
}

/// Finds the handler of a failure raised in the innermost frame, and drops the frames above it.
#[cold]
fn unwind(cx: &mut Cx<'_>, frames: &mut Vec<Frame>, raise: Raise) -> Result<Caught, Fault> {
    let Some(top) = frames.last() else { return Err(Fault("a path without frames".to_owned())) };
    let mut failure = match *raise.0 {
        Trouble::Failure(failure) => failure,
        Trouble::Fault(Fault(message)) => {
            return Err(Fault(format!("{message} (function {}, instruction {})", top.function, top.pc)));
        }
    };
    if failure.origin.is_none() {
        Arc::make_mut(&mut failure).origin = Some((top.function, top.pc));
    }
    if !cx.meter.catch() {
        return Ok(Caught::Nowhere(failure));
    }
    for (depth, frame) in frames.iter().enumerate().rev() {
        let function = function_of(cx.program, frame.function)?;
        let handler = function.handlers.iter().find(|handler| handler.start <= frame.pc && frame.pc < handler.end);
        if let Some(handler) = handler {
            frames.truncate(depth + 1);
            return Ok(Caught::At(handler.target, handler.failure, failure));
        }
    }
    Ok(Caught::Nowhere(failure))
}

/// A raise where nothing can be caught.
fn unfault(raise: Raise) -> Fault {
    match *raise.0 {
        Trouble::Fault(fault) => fault,
        Trouble::Failure(failure) => Fault(failure.message.to_string()),
    }
}
