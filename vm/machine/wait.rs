//! Waiting: what an arm listens to, and which wake it takes.

use super::decode::has_shape;
use super::exec::{Exit, execute};
use super::ops::compare::equal;
use super::raise::Trouble;
use super::run::{Frame, Path, PathState};
use super::step::{Turn, instr_at, out_of_range, place_of};
use super::time::{beyond, is_beyond};
use super::{Fault, Limits, Loaded, PathWait, Prompt, Run, World};
use flow_bytecode::program::{Arm, ArmKind, EventFilter, PlaceKind};
use flow_bytecode::{Bank, Failure, Op, Program, TypeId, Value};
use std::sync::Arc;

impl Turn<'_> {
    /// A path has come to a `wait`: goes on at once where an arm allows it, else shows its prompt and waits.
    pub fn arrive(&mut self, at: usize, place: u32) -> Result<(), Fault> {
        let arms = arms_of(self.cx.program, place)?;
        let asks = arms.iter().any(|arm| matches!(arm.on, ArmKind::Answer { .. }));
        for arm in arms {
            if let ArmKind::After { due } = &arm.on
                && is_beyond(self.path(at)?.scalar(*due)?)
            {
                self.path_mut(at)?.state = PathState::Runnable(Some(Arc::new(beyond())));
                return Ok(());
            }
        }
        // A moment that has passed must not keep a question from being shown.
        let due = if asks { None } else { self.past_due(at, arms)? };
        for (index, arm) in arms.iter().enumerate() {
            if due == Some(index) || self.condition(at, arm)? == Some(true) {
                return self.pass(at, arm.target);
            }
            if !matches!(self.path(at)?.state, PathState::Runnable(None)) {
                // The condition failed: its failure is raised here.
                return Ok(());
            }
        }
        let revision = self.next_revision();
        let path = self.path_mut(at)?;
        path.revision = revision;
        path.state = PathState::Waiting;
        if let Some(mut prompt) = prompt_of(path, arms)? {
            prompt.effect = self.cx.next_effect();
            prompt.refused = self.cx.refused.take();
            self.prompts.push(prompt);
        }
        Ok(())
    }

    /// Goes on at an arm without having waited. An arm that leads back is a loop's edge like any other.
    fn pass(&mut self, at: usize, target: u16) -> Result<(), Fault> {
        let pc = self.path(at)?.top()?.pc;
        if let Some(back) = pc.checked_sub(target)
            && let Err(raise) = self.cx.meter.edge(usize::from(back) + 1)
        {
            self.path_mut(at)?.state = PathState::Runnable(Some(raise.into_failure()?));
            return Ok(());
        }
        self.path_mut(at)?.go_on(target)
    }

    /// The arm whose moment passed first.
    fn past_due(&self, at: usize, arms: &[Arm]) -> Result<Option<usize>, Fault> {
        let now = self.cx.world.now();
        let mut first: Option<(i64, usize)> = None;
        for (index, arm) in arms.iter().enumerate() {
            if let ArmKind::After { due } = &arm.on {
                let due = self.path(at)?.scalar(*due)?;
                if due <= now && first.is_none_or(|(earliest, _)| due < earliest) {
                    first = Some((due, index));
                }
            }
        }
        Ok(first.map(|(_, index)| index))
    }

    fn arms(&self, at: usize) -> Result<&[Arm], Fault> {
        let instr = instr_at(self.cx.program, self.path(at)?.top()?)?;
        arms_of(self.cx.program, instr.bc())
    }

    /// Time has passed.
    pub fn due(&mut self, at: usize) -> Result<bool, Fault> {
        let arms = arms_of(self.cx.program, instr_at(self.cx.program, self.path(at)?.top()?)?.bc())?;
        match self.past_due(at, arms)?.and_then(|index| arms.get(index)) {
            Some(arm) => self.path_mut(at)?.go_on(arm.target).map(|()| true),
            None => Ok(false),
        }
    }

    /// A record has changed: tries every condition.
    pub fn changed(&mut self, at: usize) -> Result<bool, Fault> {
        let arms = arms_of(self.cx.program, instr_at(self.cx.program, self.path(at)?.top()?)?.bc())?;
        for arm in arms {
            match self.condition(at, arm)? {
                Some(true) => return self.path_mut(at)?.go_on(arm.target).map(|()| true),
                _ if self.path(at)?.state != PathState::Waiting => return Ok(true),
                _ => {}
            }
        }
        Ok(false)
    }

    /// An event, perhaps one that an arm listens to.
    pub fn event(&mut self, at: usize, name: &str, args: &[Value]) -> Result<bool, Fault> {
        let program = self.cx.program;
        let arms = arms_of(program, instr_at(program, self.path(at)?.top()?)?.bc())?;
        for arm in arms {
            let ArmKind::Event { event, matches, bind, filter } = &arm.on else { continue };
            let known = program.events.get(usize::from(*event)).ok_or_else(|| out_of_range("event"))?;
            if *known.name != *name || args.len() < known.params.len() || !self.matches(at, matches, args)? {
                continue;
            }
            if let Some(filter) = filter
                && !self.passes(at, filter, &args[..known.params.len()])?
            {
                continue;
            }
            // An event of another version may carry something else by now: it is none that this arm can take.
            let depth_max = self.cx.meter.limits().depth_max;
            let typed = |((_, ty), arg): (&(Arc<str>, TypeId), &Value)| has_shape(program, *ty, arg, depth_max);
            if bind.is_some() && !known.params.iter().zip(args).all(typed) {
                continue;
            }
            let path = self.path_mut(at)?;
            if let Some(register) = bind {
                path.set_reference(*register, Value::Record(Arc::new(args[..known.params.len()].to_vec())))?;
            }
            return path.go_on(arm.target).map(|()| true);
        }
        Ok(false)
    }

    /// Whether `where` lets an event through. A failure in it, such as a record that is gone, is a no.
    fn passes(&mut self, at: usize, filter: &EventFilter, args: &[Value]) -> Result<bool, Fault> {
        let path = self.path(at)?;
        let (mut scalars, mut references) = (Vec::new(), Vec::new());
        for captured in &filter.captures {
            match captured {
                Some((Bank::Scalar, register)) => scalars.push(path.scalar(*register)?),
                Some((Bank::Reference, register)) => references.push(path.reference(usize::from(*register))?.clone()),
                None => references.push(Value::Record(Arc::new(args.to_vec()))),
            }
        }
        Ok(holds(&mut self.cx, filter.function, scalars, references)?.unwrap_or(false))
    }

    fn matches(&mut self, at: usize, matches: &[(u16, Bank, u16)], args: &[Value]) -> Result<bool, Fault> {
        for (param, bank, register) in matches {
            let Some(arg) = args.get(usize::from(*param)) else { return Ok(false) };
            let path = self.run.paths.get(at).ok_or_else(|| out_of_range("path"))?;
            let same = match bank {
                Bank::Scalar => arg.as_int() == Some(path.scalar(*register)?),
                // Out of fuel is no match: an event must not break a run.
                Bank::Reference => {
                    equal(arg, path.reference(usize::from(*register))?, &mut self.cx.meter).unwrap_or(false)
                }
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// An answer, if it is to the question that the path still asks.
    pub fn answer(&mut self, id: u16, revision: u32, answer: Value) -> Result<bool, Fault> {
        let asking = |path: &Path| path.id == id && path.revision == revision && path.state == PathState::Waiting;
        let Some(at) = self.run.paths.iter().position(asking) else { return Ok(false) };
        if !matches!(answer, Value::Text(_) | Value::File(_)) {
            return Err(Fault("an answer is a text or a file".to_owned()));
        }
        let found = self.arms(at)?.iter().find_map(|arm| match &arm.on {
            ArmKind::Answer { bind, .. } => Some((*bind, arm.target)),
            _ => None,
        });
        let Some((bind, target)) = found else { return Ok(false) };
        let path = self.path_mut(at)?;
        path.set_reference(bind, answer)?;
        path.go_on(target).map(|()| true)
    }

    /// The conversation in which a path may ask is over for it.
    pub fn prompt_ended(&mut self, at: usize, conversation: i64, failure: &Arc<Failure>) -> Result<bool, Fault> {
        for arm in self.arms(at)? {
            if let ArmKind::Answer { conversation: register, .. } = &arm.on
                && self.path(at)?.scalar(*register)? == conversation
            {
                self.path_mut(at)?.state = PathState::Runnable(Some(failure.clone()));
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the condition of a `when` arm holds; `None` for other arms. A failure in it is left pending on the path.
    fn condition(&mut self, at: usize, arm: &Arm) -> Result<Option<bool>, Fault> {
        let ArmKind::When { function, captures, .. } = &arm.on else { return Ok(None) };
        let path = self.path(at)?;
        let (mut scalars, mut references) = (Vec::new(), Vec::new());
        for (bank, register) in captures {
            match bank {
                Bank::Scalar => scalars.push(path.scalar(*register)?),
                Bank::Reference => references.push(path.reference(usize::from(*register))?.clone()),
            }
        }
        match holds(&mut self.cx, *function, scalars, references)? {
            Ok(holds) => Ok(Some(holds)),
            Err(failure) => {
                self.path_mut(at)?.state = PathState::Runnable(Some(failure));
                Ok(Some(false))
            }
        }
    }
}

/// Evaluates a condition of a program outside a run: entry filters, `exit when`, audiences. `args` are boxed, one for
/// each of the function's parameters. The inner error is a failure the condition raised, `.gone` for one.
///
/// # Errors
/// A fault.
pub fn evaluate(
    program: &Loaded,
    function: u16,
    args: &[Value],
    world: &mut dyn World,
    limits: &Limits,
) -> Result<Result<bool, Failure>, Fault> {
    let code = program.program().functions.get(usize::from(function)).ok_or_else(|| out_of_range("function"))?;
    let path = super::step::enter(program.program(), function, &code.params, args, limits.depth_max)?;
    let mut cx = super::exec::Cx::new(program.program(), world, limits, 0, 0);
    let held = holds(&mut cx, function, path.scalars, path.references)?;
    Ok(held.map_err(|failure| (*failure).clone()))
}

fn holds(
    cx: &mut super::exec::Cx<'_>,
    function: u16,
    scalars: Vec<i64>,
    references: Vec<Value>,
) -> Result<Result<bool, Arc<Failure>>, Fault> {
    let frames = vec![Frame { function, pc: 0, scalars: 0, references: 0 }];
    let state = PathState::Runnable(None);
    let mut path = Path { id: 0, parent: 0, branch: 0, revision: 0, state, frames, scalars, references };
    match execute(cx, &mut path, None)? {
        Exit::Done(Value::Bool(holds)) => Ok(Ok(holds)),
        Exit::Failed(failure) => Ok(Err(failure)),
        _ => Err(Fault("a condition did something else than to hold or not".to_owned())),
    }
}

fn arms_of(program: &Program, place: u32) -> Result<&[Arm], Fault> {
    match &place_of(program, place)?.kind {
        PlaceKind::Wait { arms } => Ok(arms),
        _ => Err(Fault("a wait at a place of another kind".to_owned())),
    }
}

fn text_of(value: &Value) -> Result<Arc<str>, Fault> {
    match super::ops::compare::text(value) {
        Ok(text) => Ok(text.clone()),
        Err(raise) => Err(match *raise.0 {
            Trouble::Fault(fault) => fault,
            Trouble::Failure(failure) => Fault(failure.message.to_string()),
        }),
    }
}

impl Run {
    /// Every place the run waits at, by path.
    ///
    /// # Errors
    /// A fault when the run does not fit the program.
    pub fn waits(&self, program: &Loaded) -> Result<Vec<PathWait>, Fault> {
        let mut waits = Vec::with_capacity(self.paths.len());
        for path in &self.paths {
            if matches!(path.state, PathState::Done(_) | PathState::Dead) {
                continue;
            }
            let frame = path.top()?;
            let instr = instr_at(program.program(), frame)?;
            let place = match instr.op {
                Op::ActExternal => u32::from(instr.b),
                _ => instr.bc(),
            };
            let mut wait = PathWait {
                path: path.id,
                place: u16::try_from(place).map_err(|_| out_of_range("place"))?,
                revision: path.revision,
                due: None,
                events: Vec::new(),
                conditions: false,
                asks_in: None,
                effect: None,
                approver: None,
            };
            match path.state {
                PathState::Calling(effect) => {
                    wait.effect = Some(effect);
                    let approval = super::asked::extras(program.program(), path, instr)?.approval;
                    wait.approver = approval.map(|approval| approval.by);
                }
                PathState::Waiting => wait.listen(path, arms_of(program.program(), place)?)?,
                _ => {}
            }
            waits.push(wait);
        }
        Ok(waits)
    }
}

impl Run {
    /// What the path of a wait asks, as it has asked it; nothing where it asks nothing.
    ///
    /// # Errors
    /// The program is not the one the run was suspended in.
    pub fn prompt(&self, program: &Loaded, wait: &PathWait) -> Result<Option<Prompt>, Fault> {
        let path = self.paths.iter().find(|path| path.id == wait.path && path.state == PathState::Waiting);
        let Some(path) = path else { return Ok(None) };
        prompt_of(path, arms_of(program.program(), wait.place.into())?)
    }
}

/// What a path asks at the arms that it waits at.
fn prompt_of(path: &Path, arms: &[Arm]) -> Result<Option<Prompt>, Fault> {
    let asks = arms.iter().find_map(|arm| match &arm.on {
        ArmKind::Answer { conversation, prompt, options, expects, .. } => {
            Some((*conversation, *prompt, *options, *expects))
        }
        _ => None,
    });
    let Some((conversation, prompt, options, expects)) = asks else { return Ok(None) };
    let options = match options {
        None => Vec::new(),
        Some(register) => match path.reference(usize::from(register))? {
            Value::List(labels) => labels.iter().map(text_of).collect::<Result<_, _>>()?,
            _ => return Err(Fault("the options of a prompt are no list".to_owned())),
        },
    };
    Ok(Some(Prompt {
        path: path.id,
        revision: path.revision,
        conversation: path.scalar(conversation)?,
        text: text_of(path.reference(usize::from(prompt))?)?,
        options,
        expects,
        effect: 0,
        refused: None,
    }))
}

impl PathWait {
    fn listen(&mut self, path: &Path, arms: &[Arm]) -> Result<(), Fault> {
        for arm in arms {
            match &arm.on {
                ArmKind::After { due } => {
                    let due = path.scalar(*due)?;
                    self.due = Some(self.due.map_or(due, |earliest| earliest.min(due)));
                }
                ArmKind::Event { event, .. } => {
                    if !self.events.contains(event) {
                        self.events.push(*event);
                    }
                }
                ArmKind::When { .. } => self.conditions = true,
                ArmKind::Answer { conversation, .. } => self.asks_in = Some(path.scalar(*conversation)?),
            }
        }
        Ok(())
    }
}
