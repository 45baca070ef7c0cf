//! Runs one test: the machine takes its steps, and what it does goes to an engine of its own, in virtual time.

use super::outside::{Call, Mock, Shared, Stand, Yield};
use super::plan::{Plan, Test};
use super::transcript::Transcript;
use super::{Failure, words};
use flow_bytecode::{TypeId, Value};
use flow_lang::diag::Span;
use flow_lang::hir::TEST_PREFIX;
use flow_stdlib::workspace::articles;
use flow_vm::action::{Implementation, Registry};
use flow_vm::engine::{
    Act, AnswerTo, Answered, Control, Cursor, Decision, Engine, EngineConfig, EngineError, RecordFilter, RunFilter,
    RunId, RunStatus, RunView,
};
use flow_vm::machine::{Limits, Run, Status, Wake, World, WorldError, decode, describe, step};
use flow_vm::seam::{Clock, ManualClock, Marks, SeededRng};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Monday 2 March 2026, 08:00 UTC: when every test begins.
pub const BEGINNING_US: i64 = 1_772_438_400_000_000;
/// How deep values nest at the machine's border.
const DEPTH_MAX: usize = 64;
/// Moments at which something is due in one `advance`, at most: beyond, something goes round in circles.
const MOMENTS_MAX: usize = 1_000_000;
/// Calls of a run that does not wait: a test of a loop that calls for ever has to end soon.
const CALLS_MAX: u32 = 10_000;
/// Batches at one moment that leave something for the next, at most: each takes some hundred wakes.
const CROWDED_MAX: u32 = 40;

/// Databases in memory are told apart by name.
static NAMES: AtomicU64 = AtomicU64::new(0);

/// Runs a test. With a transcript it is written down what happens.
pub fn run(plan: &Plan, test: &Test, record: bool) -> Result<(), Box<Failure>> {
    let clock = ManualClock::new(BEGINNING_US);
    let outside = Shared::default();
    let marks = plan.marks.apart(record);
    let engine = open(plan, &clock, &outside, &marks).map_err(|error| broken(test, &error))?;
    let transcript = record.then(Transcript::default);
    let mut world = TestWorld::new(plan, test, engine, clock, outside, marks, transcript);
    let failed = world.whole(test).err();
    let Some(mut failed) = failed else { return Ok(()) };
    // What goes on for ever is told as it stands: it would take as long to write it all down.
    let transcript = world.transcript.take().or_else(|| world.endless.then(Transcript::default));
    if let Some(mut transcript) = transcript {
        transcript.catch_up(&world.engine, &world.outside, &world.marks, plan, world.clock.now_us());
        failed.transcript = transcript.into_lines();
    }
    Err(failed)
}

/// What left the machine while a test ran that begins at a moment (microseconds since 1970).
///
/// # Errors
/// The test failed.
pub fn calls(plan: &Plan, test: &Test, beginning_us: i64) -> Result<Vec<Call>, Box<Failure>> {
    let clock = ManualClock::new(beginning_us);
    let outside = Shared::default();
    let marks = plan.marks.apart(false);
    let engine = open(plan, &clock, &outside, &marks).map_err(|error| broken(test, &error))?;
    TestWorld::new(plan, test, engine, clock, outside.clone(), marks, None).whole(test)?;
    let calls = outside.lock().calls.clone();
    Ok(calls)
}

fn broken(test: &Test, error: &EngineError) -> Box<Failure> {
    Box::new(Failure::new(test.span, format!("the test cannot be run: {error}"), "here"))
}

fn open(plan: &Plan, clock: &ManualClock, outside: &Shared, marks: &Marks) -> Result<Engine, EngineError> {
    let mut registry: Registry = plan.registry.clone();
    for action in plan.program().actions.iter().filter(|action| action.class.is_external()) {
        let (action_name, marks) = (action.name.clone(), marks.clone());
        let real = match plan.registry.get(action.implementation()) {
            Some(Implementation::External(real)) if real.stands_in() => Some(real.clone()),
            _ => None,
        };
        let stand = Stand { action: action_name, outside: outside.clone(), clock: clock.clone(), marks, real };
        registry.add(action.implementation(), Implementation::External(Arc::new(stand)));
    }
    let set = |mut config: EngineConfig, clock: ManualClock, marks: Option<Marks>| {
        config.clock = Arc::new(clock);
        // The same sides of a split and the same ids each time.
        config.rng = Box::new(SeededRng::new(1));
        config.marks = marks;
        config.fallback.clone_from(&plan.fallback);
        config.patience = Some(CROWDED_MAX);
        config.limits.calls_max = CALLS_MAX;
        Engine::open(config)
    };
    // Every test begins with a copy of one workspace in which the project was deployed.
    let first = plan.first.get_or_init(|| {
        let name = name();
        let engine = set(EngineConfig::in_memory(&name, registry.clone()), ManualClock::new(BEGINNING_US), None)?;
        engine.deploy(plan.deployment.clone())?;
        for some in plan.articles.chunks(articles::FILL_MAX) {
            let act = Act::Call { action: articles::FILL.to_owned(), args: vec![articles::fill_argument(some)] };
            engine.perform(vec![act])?;
        }
        Ok((name, engine))
    });
    let (first, _) = first.as_ref().map_err(Clone::clone)?;
    set(EngineConfig::copy_in_memory(&name(), first, registry), clock.clone(), Some(marks.clone()))
}

fn name() -> String {
    format!("flow-test-{}-{}", std::process::id(), NAMES.fetch_add(1, Ordering::Relaxed))
}

/// What an `expect` has asked, for what is told when it does not hold.
pub(super) struct Asked {
    pub op: String,
    /// By name; `run` is left out.
    pub args: Vec<(Arc<str>, TypeId, Value)>,
    pub run: Option<RunId>,
    pub found: bool,
}

pub(super) struct TestWorld<'p> {
    pub plan: &'p Plan,
    pub engine: Engine,
    pub clock: ManualClock,
    pub outside: Shared,
    marks: Marks,
    /// The statement in hand.
    pub here: Span,
    pub asked: Vec<Asked>,
    pub failed: Option<Box<Failure>>,
    /// Starts that were not let in, each known by a number below zero.
    refused: Vec<Refused>,
    /// Its flows never came to rest.
    endless: bool,
    pub transcript: Option<Transcript>,
    scratch: Value,
}

/// A start that was not let in.
struct Refused {
    failure: Box<Failure>,
    /// The test has looked whether it was.
    expected: bool,
}

/// The step ends: why is kept beside.
fn halt() -> WorldError {
    WorldError::Fault("the test has failed".to_owned())
}

impl<'p> TestWorld<'p> {
    fn new(
        plan: &'p Plan,
        test: &Test,
        engine: Engine,
        clock: ManualClock,
        outside: Shared,
        marks: Marks,
        transcript: Option<Transcript>,
    ) -> TestWorld<'p> {
        TestWorld {
            plan,
            engine,
            clock,
            outside,
            marks,
            here: test.span,
            asked: Vec::new(),
            failed: None,
            refused: Vec::new(),
            endless: false,
            transcript,
            scratch: Value::Null,
        }
    }
}

impl TestWorld<'_> {
    fn whole(&mut self, test: &Test) -> Result<(), Box<Failure>> {
        let limits = Limits { step_effects: u32::MAX, ..Limits::default() };
        let mut run = Run::default();
        let mut wake = Wake::Start { flow: test.flow, args: Vec::new() };
        loop {
            let plan = self.plan;
            let stepped = step(&plan.loaded, &mut run, wake, self, &limits);
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            let stepped = match stepped {
                Ok(stepped) => stepped,
                Err(fault) => return Err(Box::new(Failure::new(self.here, fault.to_string(), "here"))),
            };
            wake = match stepped.status {
                Status::Finished(_) | Status::Launched { .. } => {
                    let unexpected = std::mem::take(&mut self.refused).into_iter().find(|refused| !refused.expected);
                    return unexpected.map_or_else(|| self.none_set_aside(), |refused| Err(refused.failure));
                }
                Status::Ready => Wake::Continue,
                Status::Failed { failure, .. } => {
                    let message = match &*failure.kind {
                        "failed" => failure.message.to_string(),
                        kind => format!("the test itself failed .{kind}: {}", failure.message),
                    };
                    return Err(Box::new(Failure::new(self.here, message, "it failed here")));
                }
                Status::Waiting => {
                    let due = stepped.waits.iter().filter_map(|wait| wait.due).min();
                    let until = due.unwrap_or(self.clock.now_us());
                    self.note(|| format!("advances to {}", words::moment(until)));
                    self.advance(until)?;
                    Wake::Due
                }
            };
        }
    }

    /// No flow can be the reason that a run is set aside, and no test can be meant to hold all the same.
    fn none_set_aside(&self) -> Result<(), Box<Failure>> {
        let filter = RunFilter { statuses: vec![RunStatus::Quarantined], limit: 1, ..RunFilter::default() };
        let found = self.engine.runs(&filter).map_err(|error| self.trouble(&error))?;
        let Some(run) = found.first() else { return Ok(()) };
        let why = run.failure.as_ref().map_or_else(String::new, |failure| format!(": {}", failure.message));
        Err(self.failure(format!("a run of `{}` was set aside{why}", run.flow), "here"))
    }

    /// Lets time pass, stopping wherever something is due.
    fn advance(&mut self, until: i64) -> Result<(), Box<Failure>> {
        for _ in 0..MOMENTS_MAX {
            let next = self.engine.next_due().map_err(|error| self.trouble(&error))?;
            let Some(next) = next.filter(|next| *next <= until) else {
                self.clock.advance_to(until);
                return self.settle();
            };
            if next <= self.clock.now_us() && self.clock.now_us() >= until {
                return self.settle();
            }
            self.clock.advance_to(next.max(self.clock.now_us().saturating_add(1)));
            self.settle()?;
        }
        Err(self.failure("a flow goes on for ever: more than a million moments came in one `advance`", "here"))
    }

    /// Lets everything happen that happens now.
    fn settle(&mut self) -> Result<(), Box<Failure>> {
        let settled = self.engine.run_until_idle();
        self.endless |= matches!(settled, Err(EngineError::Refused { .. }));
        settled.map_err(|error| self.trouble(&error))?;
        if let Some(transcript) = &mut self.transcript {
            transcript.catch_up(&self.engine, &self.outside, &self.marks, self.plan, self.clock.now_us());
        }
        let unmocked = {
            let outside = self.outside.lock();
            outside.unmocked.and_then(|at| outside.calls.get(at).cloned())
        };
        match unmocked {
            Some(call) => Err(Box::new(super::unmet::unmocked(self, &call))),
            None => Ok(()),
        }
    }

    pub(super) fn failure(&self, message: impl Into<String>, at: &str) -> Box<Failure> {
        Box::new(Failure::new(self.here, message.into(), at))
    }

    fn trouble(&self, error: &EngineError) -> Box<Failure> {
        self.failure(error.to_string(), "here")
    }

    /// Ends the test with a failure.
    fn fail<T>(&mut self, failure: Box<Failure>) -> Result<T, WorldError> {
        self.failed = Some(failure);
        Err(halt())
    }

    fn or_fail<T>(&mut self, result: Result<T, EngineError>) -> Result<T, WorldError> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => {
                let failure = self.trouble(&error);
                self.fail(failure)
            }
        }
    }

    fn settled(&mut self) -> Result<(), WorldError> {
        match self.settle() {
            Ok(()) => Ok(()),
            Err(failure) => self.fail(failure),
        }
    }

    fn note(&mut self, text: impl FnOnce() -> String) {
        let now = self.clock.now_us();
        if let Some(transcript) = &mut self.transcript {
            transcript.note(now, "test", text());
        }
    }

    /// The run as it stands.
    pub(super) fn view(&self, run: RunId) -> Result<RunView, EngineError> {
        Ok(self.engine.show(run)?.run)
    }

    /// What a run and the people it talks with have said.
    pub(super) fn messages(&self, run: RunId) -> Result<Vec<flow_vm::engine::Said>, EngineError> {
        let watched = self.engine.watch(run, Cursor::default(), Duration::ZERO)?;
        Ok(watched.messages.into_iter().map(|(_, said)| said).collect())
    }

    fn perform(&mut self, act: Act) -> Result<Value, WorldError> {
        let done = self.engine.perform(vec![act]);
        let done = self.or_fail(done)?.into_iter().next().unwrap_or(Ok(Value::Null));
        match done {
            Ok(value) => Ok(value),
            Err(failure) => {
                let failure = self.failure(format!("it failed .{}: {}", failure.kind, failure.message), "here");
                self.fail(failure)
            }
        }
    }

    fn operation(&mut self, op: &str, args: Args) -> Result<Value, WorldError> {
        let (word, of) = op.split_once(' ').unwrap_or((op, ""));
        match word {
            "step" | "expecting" => {
                self.here = args.span(self.here, "start", "end");
                self.asked.clear();
                Ok(Value::Null)
            }
            "unmet" => {
                let told = super::unmet::unmet(self, &args);
                self.fail(Box::new(told))
            }
            "create" => self.create(of, args),
            "mock" => self.mock(of, &args),
            "called" | "calls" => {
                let count = super::unmet::fitting(self, of, &args).len();
                let found = count > 0;
                self.asked.push(Asked { op: op.to_owned(), args: args.list, run: None, found });
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                Ok(if word == "called" { Value::Bool(found) } else { Value::Int(count) })
            }
            "started" | "latest" => {
                let filter = RunFilter { flow: Some(of.to_owned()), limit: 1, ..RunFilter::default() };
                let runs = self.engine.runs(&filter);
                let run = self.or_fail(runs)?.first().map(|run| run.run);
                if word == "started" {
                    self.asked.push(Asked { op: op.to_owned(), args: Vec::new(), run: None, found: run.is_some() });
                    return Ok(Value::Bool(run.is_some()));
                }
                match run {
                    Some(run) => Ok(Value::Int(run.0)),
                    None => {
                        let failure = self.failure(format!("no run of `{of}` was started"), "none so far");
                        self.fail(failure)
                    }
                }
            }
            _ => self.of_a_run(word, args),
        }
    }

    fn create(&mut self, entity: &str, args: Args) -> Result<Value, WorldError> {
        let program = self.plan.loaded.program().clone();
        let shown: Vec<String> = args
            .list
            .iter()
            .map(|(name, ty, value)| format!("{name}: {}", words::value(&program, *ty, value)))
            .collect();
        let fields = args.described(&program);
        let id = self.perform(Act::Create { entity: entity.to_owned(), fields })?;
        self.note(|| format!("{entity}({}) is {entity} {}", shown.join(", "), words::plain(&id)));
        self.settled()?;
        Ok(id)
    }

    fn mock(&mut self, action: &str, args: &Args) -> Result<Value, WorldError> {
        let program = self.plan.loaded.program().clone();
        let declared = self.plan.program().actions.iter().find(|other| *other.name == *action);
        let position = |name: &str| declared?.params.iter().position(|(param, _)| **param == *name);
        let (mut matches, mut yields) = (Vec::new(), Vec::new());
        let mut all = args.list.iter().peekable();
        while let Some((name, ty, value)) = all.next() {
            match &**name {
                "then returns" => yields.push(Yield::Returns(describe(&program, *ty, value))),
                "then fails" => {
                    let why = all.next_if(|(name, ..)| &**name == "why").and_then(|(_, _, why)| why.as_text().cloned());
                    let kind = value.as_text().cloned().unwrap_or_else(|| "failed".into());
                    yields.push(Yield::Fails(flow_bytecode::Failure::new(kind, why.unwrap_or_else(|| "".into()))));
                }
                name => {
                    // An action that no flow calls is never asked for.
                    let Some(position) = position(name) else { continue };
                    matches.push((position, describe(&program, *ty, value)));
                }
            }
        }
        if yields.is_empty() {
            yields.push(Yield::Returns(Value::Null));
        }
        self.outside.lock().mocks.push(Mock { action: action.into(), matches, yields, used: 0 });
        Ok(Value::Null)
    }

    /// What is asked of a run, or done to it.
    fn of_a_run(&mut self, word: &str, mut args: Args) -> Result<Value, WorldError> {
        let run = args.take("run").and_then(|value| value.as_int()).map_or(RunId(0), RunId);
        let text = |name: &str| args.get(name).and_then(Value::as_text).cloned();
        if let Some(refused) = usize::try_from(-1 - run.0).ok().and_then(|at| self.refused.get_mut(at)) {
            if word != "refused" {
                let failure = refused.failure.clone();
                return self.fail(failure);
            }
            refused.expected = true;
            self.asked.push(Asked { op: word.to_owned(), args: args.list, run: Some(run), found: true });
            return Ok(Value::Bool(true));
        }
        match word {
            "answer" => {
                let (words, at) = (text("text").unwrap_or_else(|| "".into()), text("at"));
                self.note(|| format!("answers {}", super::words::quoted(&words)));
                let to = AnswerTo::Run { run, at: at.as_ref().map(ToString::to_string) };
                let answered = self.engine.answer(to, Value::Text(words));
                match self.or_fail(answered)? {
                    Answered::Accepted(_) | Answered::Duplicate(_) => {}
                    Answered::Late(_) | Answered::NotWaiting => {
                        let failure = super::unmet::nobody_asks(self, run, at.as_deref());
                        return self.fail(Box::new(failure));
                    }
                }
                self.settled()?;
                Ok(Value::Null)
            }
            "cancel" | "retry" => {
                let cancels = word == "cancel";
                let done = if cancels { self.engine.cancel(run) } else { self.engine.retry(run) };
                self.note(|| format!("{} the run", if cancels { "cancels" } else { "retries" }));
                self.or_fail(done)?;
                self.settled()?;
                Ok(Value::Null)
            }
            "approve" | "deny" => {
                let reason = text("reason").map(|reason| reason.to_string());
                let at = text("at").map(|at| at.to_string());
                let because = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                self.note(|| format!("{}{because}", if word == "approve" { "approves" } else { "denies" }));
                let decision = Decision { approve: word == "approve", by: None, reason, at };
                if let Err(EngineError::State { message, .. }) = self.engine.decide(run, decision) {
                    let stands = super::unmet::stands(self, run);
                    let failure = self.failure(format!("the run {message}"), &stands);
                    return self.fail(failure);
                }
                self.settled()?;
                Ok(Value::Null)
            }
            _ => {
                let view = self.view(run);
                let view = self.or_fail(view)?;
                let kind = text("kind");
                let failed_as = |kind: &str| view.failure.as_ref().is_some_and(|failure| *failure.kind == *kind);
                let found = match word {
                    "finished" => view.status == RunStatus::Finished,
                    "cancelled" => view.status == RunStatus::Cancelled,
                    "refused" => false,
                    "failed" => match kind {
                        Some(kind) if &*kind == "in_doubt" => {
                            view.status == RunStatus::InDoubt || failed_as("in_doubt")
                        }
                        Some(kind) => view.status == RunStatus::Failed && failed_as(&kind),
                        None => view.status == RunStatus::Failed,
                    },
                    "waiting" => {
                        let at = text("at");
                        let there = |at: &str| view.places.iter().any(|place| anchored(place, at));
                        view.status == RunStatus::Waiting && at.is_none_or(|at| there(&at))
                    }
                    "said" => {
                        let said = self.messages(run);
                        let said = self.or_fail(said)?;
                        let wanted = text("text").unwrap_or_else(|| "".into());
                        said.iter().any(|said| &*said.from == "flow" && said.text.contains(&*wanted))
                    }
                    _ => return Err(WorldError::Fault(format!("there is no operation `{word}`"))),
                };
                self.asked.push(Asked { op: word.to_owned(), args: args.list, run: Some(run), found });
                Ok(Value::Bool(found))
            }
        }
    }
}

/// Whether a place is at an anchor: named by it, or within what it names.
fn anchored(place: &str, anchor: &str) -> bool {
    place.rsplit_once('#').is_some_and(|(_, rest)| rest.split('/').next() == Some(anchor))
}

/// Arguments of an operation, by name.
pub(super) struct Args {
    pub list: Vec<(Arc<str>, TypeId, Value)>,
}

impl Args {
    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.list.iter().position(|(other, ..)| **other == *name)?;
        Some(self.list.remove(at).2)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.typed(name).map(|(_, value)| value)
    }

    pub(super) fn typed(&self, name: &str) -> Option<(TypeId, &Value)> {
        self.list.iter().find(|(other, ..)| **other == *name).map(|(_, ty, value)| (*ty, value))
    }

    /// A place in the file of another span.
    pub(super) fn span(&self, of: Span, start: &str, end: &str) -> Span {
        let number = |name: &str| self.get(name).and_then(Value::as_int).and_then(|at| u32::try_from(at).ok());
        match (number(start), number(end)) {
            (Some(start), Some(end)) => Span::new(of.file, start, end),
            _ => of,
        }
    }

    fn described(self, program: &flow_bytecode::Program) -> Vec<(String, Value)> {
        let all = self.list.into_iter();
        all.map(|(name, ty, value)| (name.to_string(), describe(program, ty, &value))).collect()
    }
}

impl World for TestWorld<'_> {
    fn now(&self) -> i64 {
        self.clock.now_us()
    }

    fn field(&mut self, field: u16, id: i64) -> Result<&Value, WorldError> {
        let program = self.plan.loaded.program().clone();
        let out_of_range = || WorldError::Fault("a field is out of range".to_owned());
        let def = program.fields.get(usize::from(field)).ok_or_else(out_of_range)?;
        let entity = program.entities.get(usize::from(def.entity)).ok_or_else(out_of_range)?;
        let filter = RecordFilter { entity: entity.to_string(), id: Some(id), ..RecordFilter::default() };
        let records = self.engine.records(&filter);
        let record = self.or_fail(records)?.into_iter().next();
        let Some(record) = record else {
            return Err(WorldError::Failure(flow_bytecode::Failure::new("gone", format!("there is no {entity} {id}"))));
        };
        let value =
            record.fields.into_iter().find(|(name, _)| *name == def.name).map_or(Value::Null, |(_, value)| value);
        self.scratch = match (value.is_null(), def.default) {
            (true, Some(default)) => program.constants.get(default as usize).cloned().unwrap_or_default(),
            _ => decode(&program, def.ty, &value, DEPTH_MAX).map_err(WorldError::Fault)?,
        };
        Ok(&self.scratch)
    }

    fn set_field(&mut self, field: u16, id: i64, value: Value, _effect: u32) -> Result<(), WorldError> {
        let program = self.plan.loaded.program().clone();
        let out_of_range = || WorldError::Fault("a field is out of range".to_owned());
        let def = program.fields.get(usize::from(field)).ok_or_else(out_of_range)?;
        let entity = program.entities.get(usize::from(def.entity)).ok_or_else(out_of_range)?;
        self.note(|| format!("sets {} of {entity} {id} to {}", def.name, words::value(&program, def.ty, &value)));
        let fields = vec![(def.name.to_string(), describe(&program, def.ty, &value))];
        self.perform(Act::Set { entity: entity.to_string(), id, fields })?;
        self.settled()
    }

    fn call(&mut self, action: u16, args: &[Value], _effect: u32) -> Result<Value, WorldError> {
        let program = self.plan.loaded.program().clone();
        let def = program.actions.get(usize::from(action));
        let def = def.ok_or_else(|| WorldError::Fault("an action is out of range".to_owned()))?;
        let named = def.params.iter().zip(args);
        let list = named.map(|((name, ty), value)| (name.clone(), *ty, value.clone())).collect();
        if let Some(op) = def.name.strip_prefix(TEST_PREFIX) {
            return self.operation(op, Args { list });
        }
        let args = Args { list }.described(&program).into_iter().map(|(_, value)| value).collect();
        let pure = def.class.only_looks();
        if !pure {
            self.note(|| format!("calls {}", def.name));
        }
        let result = self.perform(Act::Call { action: def.implementation().to_string(), args })?;
        if !pure {
            self.settled()?;
        }
        decode(&program, def.result, &result, DEPTH_MAX).map_err(WorldError::Fault)
    }

    fn fire(&mut self, event: u16, args: &[Value], _effect: u32) -> Result<(), WorldError> {
        let program = self.plan.loaded.program().clone();
        let def = program.events.get(usize::from(event));
        let def = def.ok_or_else(|| WorldError::Fault("an event is out of range".to_owned()))?;
        let named = def.params.iter().zip(args);
        let args = named.map(|((name, ty), value)| (name.to_string(), describe(&program, *ty, value))).collect();
        self.note(|| format!("fires {}", def.name));
        let fired = self.engine.fire(&def.name, args, None);
        self.or_fail(fired)?;
        self.settled()
    }

    fn start(&mut self, flow_ref: u16, args: &[Value], _effect: u32) -> Result<i64, WorldError> {
        let program = self.plan.loaded.program().clone();
        let def = program.flow_refs.get(usize::from(flow_ref));
        let def = def.ok_or_else(|| WorldError::Fault("a flow is out of range".to_owned()))?;
        let named = def.params.iter().zip(args);
        let args = named.map(|((name, ty), value)| (name.to_string(), describe(&program, *ty, value))).collect();
        self.note(|| format!("starts {}", def.name));
        let run = match self.engine.start(&def.name, args) {
            Err(EngineError::Refused { message }) => {
                let mut failure = self.failure(message, "here");
                let meant = "where that is meant, say so: `expect run.refused`";
                let filter = RunFilter { flow: Some(def.name.to_string()), limit: 1, ..RunFilter::default() };
                let begun = self.engine.runs(&filter).is_ok_and(|runs| !runs.is_empty());
                failure.help = Some(match begun {
                    true => format!("`latest({})` is the run that has begun already; {meant}", def.name),
                    false => meant.to_owned(),
                });
                self.refused.push(Refused { failure, expected: false });
                return Ok(-i64::try_from(self.refused.len()).unwrap_or(i64::MAX));
            }
            started => self.or_fail(started)?,
        };
        self.settled()?;
        Ok(run.0)
    }

    fn split(&mut self, _split: u16, _effect: u32) -> Result<u16, WorldError> {
        Err(WorldError::Fault("a test does not split".to_owned()))
    }
}
