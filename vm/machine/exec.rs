//! The interpreter: one loop over the instructions of one path, until it waits, ends or fails.

use super::meter::Meter;
use super::ops::{build, compare, number, scalar, template};
use super::raise::{Outcome, Raise, Trouble};
use super::run::{Frame, Path, PathState};
use super::{Fault, Limits, World, effects, intrinsics};
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
}

impl<'a> Cx<'a> {
    /// For a step of a run with that many effects and paths.
    pub fn new(program: &'a Program, world: &'a mut dyn World, limits: &Limits, effects: u32, paths: usize) -> Self {
        let paths_left = limits.paths_max.saturating_sub(paths);
        Cx { program, world, meter: Meter::new(limits), effects, paths_left, scratch: String::new() }
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
    let Some(mut frame) = path.frames.pop() else { return Err(Fault("a path without frames".to_owned())) };
    let mut function = function_of(program, frame.function)?;
    let mut pc = usize::from(frame.pc);
    let mut pending = pending.map(|failure| Raise(Box::new(Trouble::Failure(failure))));
    loop {
        if let Some(raise) = pending.take() {
            frame.pc = u16::try_from(pc).unwrap_or(u16::MAX);
            cx.paths_left += forks.len();
            forks.clear();
            match unwind(cx, path, frame, raise)? {
                Caught::At(at, register, failure) => {
                    frame = at;
                    function = function_of(program, frame.function)?;
                    let (_, references) = windows(path, &frame, function).map_err(unfault)?;
                    let Some(slot) = references.get_mut(usize::from(register)) else {
                        return Err(Fault("the register of a handler is out of range".to_owned()));
                    };
                    *slot = Value::Failure(failure);
                }
                Caught::Nowhere(failure) => return Ok(Exit::Failed(failure)),
            }
            pc = usize::from(frame.pc);
        }
        let (mut s, mut r) = windows(path, &frame, function).map_err(unfault)?;
        let mut code: &[Instr] = &function.code;
        // `pc` is one ahead of the instruction in hand; `at` is where it stands.
        let raise = 'run: loop {
            let Some(&i) = code.get(pc) else { break 'run Raise::index("instruction") };
            pc += 1;

            macro_rules! ok {
                ($e:expr) => {
                    match $e {
                        Ok(value) => value,
                        Err(raise) => break 'run Raise::from(raise),
                    }
                };
            }
            macro_rules! s {
                ($i:expr) => {
                    match s.get(usize::from($i)) {
                        Some(value) => *value,
                        None => break 'run Raise::index("scalar register"),
                    }
                };
            }
            macro_rules! r {
                ($i:expr) => {
                    match r.get(usize::from($i)) {
                        Some(value) => value,
                        None => break 'run Raise::index("reference register"),
                    }
                };
            }
            macro_rules! set_s {
                ($i:expr, $e:expr) => {{
                    let value: i64 = $e;
                    match s.get_mut(usize::from($i)) {
                        Some(slot) => *slot = value,
                        None => break 'run Raise::index("scalar register"),
                    }
                }};
            }
            macro_rules! set_r {
                ($i:expr, $e:expr) => {{
                    let value: Value = $e;
                    match r.get_mut(usize::from($i)) {
                        Some(slot) => *slot = value,
                        None => break 'run Raise::index("reference register"),
                    }
                }};
            }
            macro_rules! window {
                ($from:expr, $count:expr) => {
                    match r.get(usize::from($from)..usize::from($from) + usize::from($count)) {
                        Some(window) => window,
                        None => break 'run Raise::index("window"),
                    }
                };
            }
            macro_rules! jump {
                ($target:expr) => {{
                    let target = $target as usize;
                    if target < pc {
                        ok!(cx.meter.edge(pc - target));
                    }
                    pc = target;
                }};
            }
            macro_rules! holds {
                ($left:expr, $right:expr) => {
                    match scalar::holds(i.k, &$left, &$right) {
                        Some(holds) => holds,
                        None => break 'run Raise::fault("no such comparison"),
                    }
                };
            }
            macro_rules! table {
                ($table:expr, $index:expr, $what:literal) => {
                    match $table.get($index as usize) {
                        Some(entry) => entry,
                        None => break 'run Raise::index($what),
                    }
                };
            }
            macro_rules! suspend {
                ($exit:expr) => {{
                    if !forks.is_empty() {
                        break 'run Raise::fault("a path waits between fork and join");
                    }
                    frame.pc = u16::try_from(pc - 1).unwrap_or(u16::MAX);
                    path.frames.push(frame);
                    return Ok($exit);
                }};
            }
            macro_rules! leave {
                ($result:expr) => {
                    match path.frames.pop() {
                        None => return Ok(Exit::Done($result)),
                        Some(caller) => {
                            frame = caller;
                            function = ok!(function_of(program, frame.function));
                            code = &function.code;
                            pc = usize::from(frame.pc) + 1;
                            (s, r) = ok!(windows(path, &frame, function));
                        }
                    }
                };
            }

            match i.op {
                // Moves and constants
                Op::MoveS => set_s!(i.a, s!(i.b)),
                Op::MoveR => set_r!(i.a, r!(i.b).clone()),
                Op::IntS => set_s!(i.a, scalar::signed(i)),
                Op::ConstS => set_s!(i.a, *table!(program.scalars, i.bc(), "scalar")),
                Op::ConstR => set_r!(i.a, table!(program.constants, i.bc(), "constant").clone()),
                Op::NullR => set_r!(i.a, Value::Null),
                Op::BoxI => set_r!(i.a, Value::Int(s!(i.b))),
                Op::BoxB => set_r!(i.a, Value::Bool(s!(i.b) != 0)),
                Op::SomeR => match r!(i.b) {
                    Value::Null => break 'run build::missing(),
                    value => set_r!(i.a, value.clone()),
                },
                Op::UnboxS => set_s!(i.a, ok!(build::unbox(r!(i.b)))),

                // Scalars
                Op::AddI => set_s!(i.a, ok!(scalar::fits(s!(i.b).checked_add(s!(i.c))))),
                Op::SubI => set_s!(i.a, ok!(scalar::fits(s!(i.b).checked_sub(s!(i.c))))),
                Op::MulI => set_s!(i.a, ok!(scalar::fits(s!(i.b).checked_mul(s!(i.c))))),
                Op::NegI => set_s!(i.a, ok!(scalar::fits(s!(i.b).checked_neg()))),
                Op::AddK => set_s!(i.a, ok!(scalar::fits(s!(i.b).checked_add(i64::from(i.c as i16))))),
                Op::RemI => set_s!(i.a, ok!(scalar::remainder(s!(i.b), s!(i.c)))),
                Op::Not => set_s!(i.a, i64::from(s!(i.b) == 0)),
                Op::CmpI => set_s!(i.a, i64::from(holds!(s!(i.b), s!(i.c)))),

                // References
                Op::NumI => set_r!(i.a, Value::Number(s!(i.b).into())),
                Op::AddN => set_r!(i.a, ok!(number::add(r!(i.b), r!(i.c)))),
                Op::SubN => set_r!(i.a, ok!(number::subtract(r!(i.b), r!(i.c)))),
                Op::MulN => set_r!(i.a, ok!(number::multiply(r!(i.b), r!(i.c)))),
                Op::DivN => set_r!(i.a, ok!(number::divide(r!(i.b), r!(i.c)))),
                Op::NegN => set_r!(i.a, ok!(number::negate(r!(i.b)))),
                Op::CmpN => set_s!(i.a, i64::from(ok!(number::compare(i.k, r!(i.b), r!(i.c))))),
                Op::EqR => {
                    let equal = ok!(compare::equal(r!(i.b), r!(i.c), &mut cx.meter));
                    set_s!(i.a, i64::from(equal != (i.k == 1)));
                }
                Op::CmpT => set_s!(i.a, i64::from(ok!(compare::texts(i.k, r!(i.b), r!(i.c))))),
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
                    if holds!(s!(i.a), s!(i.b)) {
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
                    let same = compare::same_text(ok!(compare::text(r!(i.a))), ok!(compare::text(r!(i.b))));
                    if same != (i.k == 1) {
                        jump!(i.c);
                    }
                }
                Op::JumpField => {
                    let Some(&arg) = code.get(pc) else { break 'run Raise::index("instruction") };
                    let Value::Text(expected) = table!(program.constants, arg.a, "constant") else {
                        break 'run Raise::fault("the constant of jump.field is not text");
                    };
                    let same = match cx.world.field(i.b, s!(i.a)) {
                        Ok(Value::Text(found)) => compare::same_text(found, expected),
                        Ok(Value::Null) => false,
                        Ok(other) => break 'run Raise::shape("text", other),
                        Err(error) => break 'run error.into(),
                    };
                    pc += 1;
                    if same != (i.k == 1) {
                        jump!(i.c);
                    }
                }
                Op::SwitchT => {
                    let table = table!(program.switches, i.bc(), "switch");
                    let text = ok!(compare::text(r!(i.a)));
                    let case = table.cases.iter().find(|(constant, _)| {
                        matches!(program.constants.get(*constant as usize), Some(Value::Text(case)) if compare::same_text(case, text))
                    });
                    jump!(case.map_or(table.default, |(_, target)| *target));
                }
                Op::SwitchI => {
                    let table = table!(program.switches, i.bc(), "switch");
                    let int = s!(i.a);
                    let case = table.cases.iter().find(|(case, _)| program.scalars.get(*case as usize) == Some(&int));
                    jump!(case.map_or(table.default, |(_, target)| *target));
                }

                // The workspace
                Op::FieldS => match cx.world.field(i.c, s!(i.b)) {
                    Ok(value) => set_s!(i.a, ok!(build::unbox(value))),
                    Err(error) => break 'run error.into(),
                },
                Op::FieldR => match cx.world.field(i.c, s!(i.b)) {
                    Ok(value) => set_r!(i.a, value.clone()),
                    Err(error) => break 'run error.into(),
                },
                Op::SetField => ok!(effects::set_field(cx, i.c, s!(i.a), r!(i.b))),

                // Records, lists, maps, text
                Op::Record => {
                    let fields = table!(program.records, i.b, "record").fields.len();
                    let Ok(fields) = u16::try_from(fields) else { break 'run Raise::index("record") };
                    set_r!(i.a, ok!(build::record(window!(i.c, fields), &mut cx.meter)));
                }
                Op::PartR => set_r!(i.a, ok!(build::part(r!(i.b), i.c)).clone()),
                Op::PartS => set_s!(i.a, ok!(build::unbox(ok!(build::part(r!(i.b), i.c))))),
                Op::List => set_r!(i.a, ok!(build::list(window!(i.c, i.b), &mut cx.meter))),
                Op::Map => {
                    let Some(count) = i.b.checked_mul(2) else { break 'run Raise::index("window") };
                    set_r!(i.a, ok!(build::map(window!(i.c, count), &mut cx.meter)));
                }
                Op::Len => set_s!(i.a, ok!(build::length(r!(i.b), &mut cx.meter))),
                Op::ItemR => set_r!(i.a, ok!(build::item(r!(i.b), s!(i.c))).clone()),
                Op::ItemS => set_s!(i.a, ok!(build::unbox(ok!(build::item(r!(i.b), s!(i.c)))))),
                Op::Template => {
                    let template = table!(program.templates, i.bc(), "template");
                    set_r!(i.a, ok!(template::fill(cx, template, s, r)));
                }
                Op::Decode => set_r!(i.a, ok!(effects::decode(cx, i.c, r!(i.b)))),
                Op::Intrinsic => set_r!(i.a, ok!(intrinsics::call(cx, i.k, window!(i.c, i.b)))),
                Op::Arg => {}

                // Calls and effects
                Op::Call => {
                    let callee = ok!(function_of(program, i.a));
                    ok!(cx.meter.edge(callee.code.len()));
                    if path.frames.len() + 1 >= cx.meter.limits().frames_max {
                        let most = cx.meter.limits().frames_max;
                        break 'run Raise::limit(format!("flows call each other more than {most} deep"));
                    }
                    frame.pc = u16::try_from(pc - 1).unwrap_or(u16::MAX);
                    path.frames.push(frame);
                    frame.function = i.a;
                    frame.scalars += u32::from(i.b);
                    frame.references += u32::from(i.c);
                    function = callee;
                    code = &function.code;
                    pc = 0;
                    (s, r) = ok!(windows(path, &frame, function));
                }
                Op::ReturnS => {
                    let result = s!(i.a);
                    set_s!(0u16, result);
                    leave!(boxed(program, function, result));
                }
                Op::ReturnR => {
                    let a = usize::from(i.a);
                    if a >= r.len() {
                        break 'run Raise::index("reference register");
                    }
                    r.swap(0, a);
                    leave!(path.references.get(frame.references as usize).cloned().unwrap_or_default());
                }
                Op::Return => leave!(Value::Null),
                Op::Stop => return Ok(Exit::Stop),
                Op::Fail => match r!(i.a) {
                    Value::Failure(failure) => break 'run Raise(Box::new(Trouble::Failure(failure.clone()))),
                    other => break 'run Raise::shape("a failure", other),
                },
                Op::Act => {
                    let action = table!(program.actions, i.a, "action");
                    let Ok(count) = u16::try_from(action.params.len()) else { break 'run Raise::index("action") };
                    set_r!(i.b, ok!(effects::act(cx, i.a, action, window!(i.c, count))));
                }
                Op::ActExternal => suspend!(Exit::External),
                Op::Fire => {
                    let Ok(count) = u16::try_from(table!(program.events, i.a, "event").params.len()) else {
                        break 'run Raise::index("event");
                    };
                    ok!(effects::fire(cx, i.a, window!(i.c, count)));
                }
                Op::Start => {
                    let Ok(count) = u16::try_from(table!(program.flow_refs, i.a, "flow").params.len()) else {
                        break 'run Raise::index("flow");
                    };
                    set_s!(i.b, ok!(effects::start(cx, i.a, window!(i.c, count))));
                }
                Op::Launch => {
                    let Ok(count) = u16::try_from(table!(program.flow_refs, i.a, "flow").params.len()) else {
                        break 'run Raise::index("flow");
                    };
                    return Ok(Exit::Launch(i.a, window!(i.c, count).to_vec()));
                }

                // Places
                Op::Wait => suspend!(Exit::Wait(i.bc())),
                Op::Pause => {
                    if cx.meter.used_up() {
                        suspend!(Exit::Pause);
                    }
                }
                Op::Fork => {
                    let Some(left) = cx.paths_left.checked_sub(1) else {
                        let most = cx.meter.limits().paths_max;
                        break 'run Raise::limit(format!("more than {most} paths at once"));
                    };
                    cx.paths_left = left;
                    forks.push(ok!(fork(program, i, s, r)));
                }
                Op::Join => {
                    let forked = std::mem::take(&mut forks);
                    suspend!(Exit::Join(forked));
                }
            }
        };
        pc = pc.saturating_sub(1);
        pending = Some(raise);
    }
}

/// The register windows of a frame; the banks grow as needed.
#[inline(always)]
fn windows<'a>(path: &'a mut Path, frame: &Frame, function: &Function) -> Outcome<(&'a mut [i64], &'a mut [Value])> {
    let (from, below) = (frame.scalars as usize, frame.references as usize);
    let (to, above) = (from + usize::from(function.scalars), below + usize::from(function.references));
    if to > path.scalars.len() || above > path.references.len() {
        grow(path, to, above)?;
    }
    match (path.scalars.get_mut(from..to), path.references.get_mut(below..above)) {
        (Some(scalars), Some(references)) => Ok((scalars, references)),
        _ => Err(Raise::index("frame")),
    }
}

#[cold]
fn grow(path: &mut Path, scalars: usize, references: usize) -> Outcome<()> {
    if scalars > REGISTERS_MAX || references > REGISTERS_MAX {
        return Err(Raise::limit(format!("more than {REGISTERS_MAX} registers in flows that call each other")));
    }
    if scalars > path.scalars.len() {
        path.scalars.resize(scalars, 0);
    }
    if references > path.references.len() {
        path.references.resize(references, Value::Null);
    }
    Ok(())
}

#[inline(always)]
fn function_of(program: &Program, index: u16) -> Result<&Function, Fault> {
    program.functions.get(usize::from(index)).ok_or_else(|| Fault("function out of range".to_owned()))
}

/// A scalar result as a value.
fn boxed(program: &Program, function: &Function, scalar: i64) -> Value {
    match program.types.get(usize::from(function.result.0)) {
        Some(Type::Bool) => Value::Bool(scalar != 0),
        _ => Value::Int(scalar),
    }
}

/// A new path with its parameters copied. Its id and parent are given at the join.
fn fork(program: &Program, i: Instr, s: &[i64], r: &[Value]) -> Outcome<Path> {
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
    Ok(Path {
        id: 0,
        parent: 0,
        branch: u16::from(i.k),
        revision: 0,
        state: PathState::Runnable(None),
        frames: vec![Frame { function: i.a, pc: 0, scalars: 0, references: 0 }],
        scalars,
        references,
    })
}

/// Where a failure went.
enum Caught {
    /// Into a handler: the frame to go on with, the register that takes the failure.
    At(Frame, u16, Arc<Failure>),
    /// Nowhere: the frames stand as they were.
    Nowhere(Arc<Failure>),
}

/// Finds the handler of a failure raised in `frame`, and drops the frames above it.
#[cold]
fn unwind(cx: &mut Cx<'_>, path: &mut Path, frame: Frame, raise: Raise) -> Result<Caught, Fault> {
    let mut failure = match *raise.0 {
        Trouble::Failure(failure) => failure,
        Trouble::Fault(Fault(message)) => {
            return Err(Fault(format!("{message} (function {}, instruction {})", frame.function, frame.pc)));
        }
    };
    if failure.origin.is_none() {
        Arc::make_mut(&mut failure).origin = Some((frame.function, frame.pc));
    }
    path.frames.push(frame);
    if !cx.meter.catch() {
        return Ok(Caught::Nowhere(failure));
    }
    for depth in (0..path.frames.len()).rev() {
        let Some(frame) = path.frames.get(depth) else { break };
        let function = function_of(cx.program, frame.function)?;
        let handler = function.handlers.iter().find(|handler| handler.start <= frame.pc && frame.pc < handler.end);
        if let Some(handler) = handler {
            let frame = Frame { pc: handler.target, ..*frame };
            path.frames.truncate(depth);
            return Ok(Caught::At(frame, handler.failure, failure));
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
