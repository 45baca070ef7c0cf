//! One step: a wake in, everything that can go on goes on until it waits.

use super::asked::intent;
use super::decode::{has_shape, weight};
use super::exec::{Cx, Exit, execute};
use super::run::{Busy, Frame, Path, PathState};
use super::{Fault, Intent, Limits, Loaded, Prompt, Run, Status, Step, Wake, World};
use flow_bytecode::program::{Place, PlaceKind};
use flow_bytecode::{Bank, Failure, Program, TypeId, Value};
use std::sync::Arc;

/// Takes a step of a run. May be called several times on one run before it is stored. On an ended run every wake but
/// `Start` moves nothing and reports `Finished(Null)`.
///
/// # Errors
/// A fault: the run and everything the world did in this step must be thrown away.
pub fn step(
    program: &Loaded,
    run: &mut Run,
    wake: Wake,
    world: &mut dyn World,
    limits: &Limits,
) -> Result<Step, Fault> {
    let mut cx = Cx::new(program.program(), world, limits, run.effects, run.paths.len());
    cx.meter.carry(run.busy);
    let before = run.revision;
    let mut turn = Turn {
        cx,
        run,
        prompts: Vec::new(),
        intents: Vec::new(),
        failed_paths: Vec::new(),
        undoing: None,
        undo_failed: Vec::new(),
        outcome_of: None,
        ended: None,
    };
    let moved = turn.wake(wake)?;
    if moved {
        turn.settle()?;
    }
    turn.run.effects = turn.cx.effects;
    let status = match turn.ended.take() {
        Some(status) => {
            turn.run.paths.clear();
            turn.run.undo.clear();
            turn.run.failing = None;
            turn.intents.clear();
            turn.prompts.clear();
            status
        }
        None => status(turn.run),
    };
    let waits = turn.run.waits(program)?;
    turn.run.busy = turn.still_busy(before);
    let Turn { prompts, intents, failed_paths, undoing, undo_failed, .. } = turn;
    Ok(Step { status, moved, waits, prompts, intents, failed_paths, undoing, undo_failed })
}

/// Where a run that has not ended in this step stands.
fn status(run: &Run) -> Status {
    match run.paths.first().map(|main| &main.state) {
        None => Status::Finished(Value::Null),
        Some(PathState::Failed(_, failure)) => Status::Failed { failure: (**failure).clone(), retryable: true },
        _ if run.paths.iter().any(|path| path.state == PathState::Paused) => Status::Ready,
        _ => Status::Waiting,
    }
}

/// How often a step is asked to become smaller: by failures at first, then by taking back what was done.
const SHRINKS_MAX: u32 = 16;

/// A step being taken.
pub(super) struct Turn<'a> {
    pub cx: Cx<'a>,
    pub run: &'a mut Run,
    pub prompts: Vec<Prompt>,
    pub intents: Vec<Intent>,
    pub failed_paths: Vec<(Arc<str>, Failure)>,
    pub undoing: Option<Failure>,
    pub undo_failed: Vec<Failure>,
    /// The main path's effect that this step's wake reports as failed: where a retry can go on.
    pub outcome_of: Option<u32>,
    /// How the run ended.
    pub ended: Option<Status>,
}

impl Turn<'_> {
    /// How busy the run is after a step that began at a revision. It has waited when every path that has moved does, and
    /// for more than what it has called.
    fn still_busy(&self, before: u32) -> Busy {
        let steps = self.run.revision.wrapping_sub(before);
        let has_moved = |path: &&Path| (1..=steps).contains(&path.revision.wrapping_sub(before));
        let busy = |path: &Path| matches!(path.state, PathState::Paused | PathState::Calling(_));
        let mut moved = self.run.paths.iter().filter(has_moved).peekable();
        if moved.peek().is_none() || moved.any(busy) { self.cx.meter.busy() } else { Busy::default() }
    }

    /// Applies the wake: makes runnable what it wakes. Returns whether that is anything.
    fn wake(&mut self, wake: Wake) -> Result<bool, Fault> {
        match wake {
            Wake::Start { flow, args } => self.start(flow, args).map(|()| true),
            Wake::Due => self.each_waiting(|turn, at| turn.due(at)),
            Wake::Answer { path, revision, answer } => self.answer(path, revision, answer),
            Wake::Event { name, args } => self.each_waiting(|turn, at| turn.event(at, &name, &args)),
            Wake::Changed => self.each_waiting(Turn::changed),
            Wake::Outcome { path, effect, outcome } => self.outcome(path, effect, outcome),
            Wake::PromptEnded { conversation, failure } => {
                let failure = Arc::new(failure);
                self.each_waiting(|turn, at| turn.prompt_ended(at, conversation, &failure))
            }
            Wake::Continue => {
                let mut moved = false;
                for path in &mut self.run.paths {
                    if path.state == PathState::Paused {
                        path.advance()?;
                        moved = true;
                    }
                }
                Ok(moved)
            }
            Wake::Retry => self.retry(),
        }
    }

    fn each_waiting(&mut self, mut f: impl FnMut(&mut Self, usize) -> Result<bool, Fault>) -> Result<bool, Fault> {
        let mut moved = false;
        for at in 0..self.run.paths.len() {
            if self.path(at)?.state == PathState::Waiting {
                moved |= f(self, at)?;
            }
        }
        Ok(moved)
    }

    fn start(&mut self, flow: u16, args: Vec<Value>) -> Result<(), Fault> {
        let program = self.cx.program;
        if !self.run.paths.is_empty() {
            return Err(Fault("the run has started already".to_owned()));
        }
        let flow = program.flows.get(usize::from(flow)).ok_or_else(|| out_of_range("flow"))?;
        let types: Vec<TypeId> = flow.params.iter().map(|param| param.ty).collect();
        let path = enter(program, flow.function, &types, &args, self.cx.meter.limits().depth_max)?;
        self.run.paths.push(path);
        self.cx.paths_left = self.cx.paths_left.saturating_sub(1);
        Ok(())
    }

    fn outcome(&mut self, path: u16, effect: u32, outcome: Result<Value, Failure>) -> Result<bool, Fault> {
        let program = self.cx.program;
        let Some(at) = self.run.paths.iter().position(|other| other.id == path) else { return Ok(false) };
        let path = self.path(at)?;
        if path.state != PathState::Calling(effect) {
            return Ok(false);
        }
        match outcome {
            Ok(value) => {
                let frame = *path.top()?;
                let instr = instr_at(program, &frame)?;
                let action = program.actions.get(usize::from(instr.a)).ok_or_else(|| out_of_range("action"))?;
                if !has_shape(program, action.result, &value, self.cx.meter.limits().depth_max) {
                    return Err(Fault(format!("the outcome of {} does not have the type of its result", action.name)));
                }
                let path = self.path_mut(at)?;
                path.set_reference(instr.c, value)?;
                path.advance()?;
            }
            Err(failure) => {
                if path.id == path.parent {
                    self.outcome_of = Some(effect);
                }
                self.path_mut(at)?.state = PathState::Runnable(Some(Arc::new(failure)));
            }
        }
        Ok(true)
    }

    /// Issues the call again at which the main path failed: with a new number after a definite failure, with the same
    /// after one in doubt, so that the other side can tell.
    fn retry(&mut self) -> Result<bool, Fault> {
        let Some(main) = self.run.paths.first() else { return Ok(false) };
        let PathState::Failed(effect, failure) = &main.state else { return Ok(false) };
        let effect = if &*failure.kind == "in_doubt" { *effect } else { self.cx.next_effect() };
        self.call(0, effect)?;
        Ok(true)
    }

    /// The path at `at` stands at an external call: asks for it and waits.
    fn call(&mut self, at: usize, effect: u32) -> Result<(), Fault> {
        let program = self.cx.program;
        let revision = self.next_revision();
        let path = self.path_mut(at)?;
        let intent = intent(program, path, effect)?;
        path.state = PathState::Calling(effect);
        path.revision = revision;
        self.intents.push(intent);
        Ok(())
    }

    /// Runs every runnable path until each waits; then makes sure that the run is small enough to store.
    fn settle(&mut self) -> Result<(), Fault> {
        for attempt in 0..SHRINKS_MAX {
            while let Some(at) = self.run.paths.iter().position(|path| matches!(path.state, PathState::Runnable(_))) {
                self.run_path(at)?;
                if self.ended.is_some() {
                    return Ok(());
                }
            }
            let Some((at, bytes)) = self.too_large()? else { break };
            let most = self.cx.meter.limits().state_bytes_max;
            let heavy = self.run.heaviest(self.cx.program).map(|heavy| format!("; {heavy}")).unwrap_or_default();
            let message = format!("the run would keep {bytes} bytes while it waits, more than {most}{heavy}");
            let failure = Failure::new("limit", message);
            if attempt >= SHRINKS_MAX / 2 {
                if self.run.failing.is_some() {
                    self.run.undo.clear();
                }
                self.fail(Arc::new(failure))?;
                if self.ended.is_some() {
                    return Ok(());
                }
                continue;
            }
            let id = self.path(at)?.id;
            self.forget(id);
            self.path_mut(at)?.state = PathState::Runnable(Some(Arc::new(failure)));
        }
        Ok(())
    }

    fn run_path(&mut self, at: usize) -> Result<(), Fault> {
        let path = self.run.paths.get_mut(at).ok_or_else(|| out_of_range("path"))?;
        let PathState::Runnable(pending) = std::mem::replace(&mut path.state, PathState::Runnable(None)) else {
            return Err(Fault("a path that cannot run".to_owned()));
        };
        self.cx.refused = None;
        let exit = execute(&mut self.cx, path, pending)?;
        self.run.undo.append(&mut self.cx.undo);
        match exit {
            Exit::Done(result) => self.done(at, result)?,
            Exit::Stop => self.ended = Some(Status::Finished(Value::Null)),
            Exit::Launch(flow_ref, args) => self.ended = Some(Status::Launched { flow_ref, args }),
            Exit::Failed(failure) => self.failed(at, failure)?,
            Exit::Wait(place) => self.arrive(at, place)?,
            Exit::Pause => {
                let revision = self.next_revision();
                let path = self.path_mut(at)?;
                path.state = PathState::Paused;
                path.revision = revision;
            }
            Exit::Join(forks) => self.join(at, forks)?,
            Exit::External => match self.cx.meter.call() {
                Ok(()) => {
                    let effect = self.cx.next_effect();
                    self.call(at, effect)?;
                }
                Err(raise) => self.path_mut(at)?.state = PathState::Runnable(Some(raise.into_failure()?)),
            },
        }
        Ok(())
    }

    /// The heaviest path, if the run is too large to be stored.
    fn too_large(&self) -> Result<Option<(usize, usize)>, Fault> {
        let (mut total, mut heaviest) = (0, (0, 0));
        for undo in &self.run.undo {
            total += undo.args.iter().map(weight).sum::<usize>() + 4;
        }
        for (at, path) in self.run.paths.iter().enumerate() {
            let bytes = self.weigh(path)?;
            total += bytes;
            if bytes > heaviest.1 && path.state != PathState::Joining {
                heaviest = (at, bytes);
            }
        }
        Ok((total > self.cx.meter.limits().state_bytes_max).then_some((heaviest.0, total)))
    }

    /// About how many bytes a path takes when stored.
    fn weigh(&self, path: &Path) -> Result<usize, Fault> {
        if let PathState::Done(result) = &path.state {
            return Ok(weight(result));
        }
        let mut bytes = 0;
        for frame in &path.frames {
            bytes += 8;
            let from = frame.references as usize;
            let function = self.cx.program.functions.get(usize::from(frame.function));
            let to = from + function.map_or(0, |function| usize::from(function.references));
            let held: usize = path.references.get(from..to).unwrap_or_default().iter().map(quick_weight).sum();
            // Dead registers count too, so this is an upper bound: only a run that may be too large is counted exactly.
            bytes += held;
        }
        if bytes <= self.cx.meter.limits().state_bytes_max / self.cx.meter.limits().paths_max.max(1) {
            return Ok(bytes);
        }
        let mut bytes = 0;
        for frame in &path.frames {
            bytes += 8;
            for live in place_at(self.cx.program, frame).map_or(&[][..], |place| &place.live) {
                bytes += match live.bank {
                    Bank::Scalar => 5,
                    Bank::Reference => {
                        path.references.get(frame.references as usize + usize::from(live.register)).map_or(0, weight)
                    }
                };
            }
        }
        Ok(bytes)
    }

    pub fn next_revision(&mut self) -> u32 {
        self.run.revision = self.run.revision.wrapping_add(1);
        self.run.revision
    }

    pub fn path(&self, at: usize) -> Result<&Path, Fault> {
        self.run.paths.get(at).ok_or_else(|| out_of_range("path"))
    }

    pub fn path_mut(&mut self, at: usize) -> Result<&mut Path, Fault> {
        self.run.paths.get_mut(at).ok_or_else(|| out_of_range("path"))
    }

    /// Drops what a path asked for in this step: it waits for it no more.
    pub fn forget(&mut self, id: u16) {
        self.intents.retain(|intent| intent.path != id);
        self.prompts.retain(|prompt| prompt.path != id);
    }
}

/// Like [`weight`], but looks only a little way into containers.
fn quick_weight(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Text(text) => text.len() + 2,
        other => weight(other),
    }
}

/// A path that enters a function with boxed arguments.
pub(super) fn enter(
    program: &Program,
    function: u16,
    types: &[TypeId],
    args: &[Value],
    depth_max: usize,
) -> Result<Path, Fault> {
    let code = program.functions.get(usize::from(function)).ok_or_else(|| out_of_range("function"))?;
    if args.len() != types.len() {
        return Err(Fault(format!("{} takes {} arguments, not {}", code.name, types.len(), args.len())));
    }
    let mut scalars = vec![0; usize::from(code.scalars)];
    let mut references = vec![Value::Null; usize::from(code.references)];
    let (mut next_s, mut next_r) = (0, 0);
    for (at, (ty, value)) in types.iter().zip(args).enumerate() {
        if !has_shape(program, *ty, value, depth_max) {
            return Err(Fault(format!("argument {at} of {} does not have its parameter's type", code.name)));
        }
        let bank = program.types.get(usize::from(ty.0)).map(flow_bytecode::Type::bank);
        match (bank, value.as_int()) {
            (Some(Bank::Scalar), Some(scalar)) => {
                *scalars.get_mut(next_s).ok_or_else(|| out_of_range("parameter"))? = scalar;
                next_s += 1;
            }
            _ => {
                *references.get_mut(next_r).ok_or_else(|| out_of_range("parameter"))? = value.clone();
                next_r += 1;
            }
        }
    }
    let frame = Frame { function, pc: 0, scalars: 0, references: 0 };
    let state = PathState::Runnable(None);
    Ok(Path { id: 0, parent: 0, branch: 0, revision: 0, state, frames: vec![frame], scalars, references })
}

pub(super) fn out_of_range(what: &str) -> Fault {
    Fault(format!("{what} out of range"))
}

/// The instruction a frame stands at.
pub(super) fn instr_at(program: &Program, frame: &Frame) -> Result<flow_bytecode::Instr, Fault> {
    let code = program.functions.get(usize::from(frame.function)).map(|function| &function.code);
    code.and_then(|code| code.get(usize::from(frame.pc))).copied().ok_or_else(|| out_of_range("instruction"))
}

/// The place a frame stands at; calls name none, so theirs is looked for.
pub(super) fn place_at<'a>(program: &'a Program, frame: &Frame) -> Option<&'a Place> {
    program.places.iter().find(|place| place.function == frame.function && place.pc == frame.pc)
}

/// The place an instruction that waits stands at, of the kind it must have.
pub(super) fn place_of(program: &Program, index: u32) -> Result<&Place, Fault> {
    program.places.get(index as usize).ok_or_else(|| out_of_range("place"))
}

/// The branches of a place that joins.
pub(super) fn join_of(
    place: &Place,
) -> Result<(&flow_bytecode::program::JoinMode, &[flow_bytecode::program::JoinPath]), Fault> {
    match &place.kind {
        PlaceKind::Join { mode, paths } => Ok((mode, paths)),
        _ => Err(Fault("a join at a place of another kind".to_owned())),
    }
}

impl Path {
    /// The innermost frame.
    pub fn top(&self) -> Result<&Frame, Fault> {
        self.frames.last().ok_or_else(|| out_of_range("frame"))
    }

    /// Goes on at an instruction of the innermost frame.
    pub fn go_on(&mut self, pc: u16) -> Result<(), Fault> {
        self.frames.last_mut().ok_or_else(|| out_of_range("frame"))?.pc = pc;
        self.state = PathState::Runnable(None);
        Ok(())
    }

    /// Goes on behind the instruction it stands at.
    pub fn advance(&mut self) -> Result<(), Fault> {
        let pc = self.top()?.pc;
        self.go_on(pc.saturating_add(1))
    }

    /// A scalar register of the innermost frame.
    pub fn scalar(&self, register: u16) -> Result<i64, Fault> {
        let at = self.top()?.scalars as usize + usize::from(register);
        self.scalars.get(at).copied().ok_or_else(|| out_of_range("scalar register"))
    }

    /// A reference register of the innermost frame.
    pub fn reference(&self, register: usize) -> Result<&Value, Fault> {
        let at = self.top()?.references as usize + register;
        self.references.get(at).ok_or_else(|| out_of_range("reference register"))
    }

    /// Writes a scalar register of the innermost frame.
    pub fn set_scalar(&mut self, register: u16, value: i64) -> Result<(), Fault> {
        let at = self.top()?.scalars as usize + usize::from(register);
        *self.scalars.get_mut(at).ok_or_else(|| out_of_range("scalar register"))? = value;
        Ok(())
    }

    /// Writes a reference register of the innermost frame.
    pub fn set_reference(&mut self, register: u16, value: Value) -> Result<(), Fault> {
        let at = self.top()?.references as usize + usize::from(register);
        *self.references.get_mut(at).ok_or_else(|| out_of_range("reference register"))? = value;
        Ok(())
    }
}
