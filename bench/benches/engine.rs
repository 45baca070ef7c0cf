//! What the engine does a second, on a disk, with every commit flushed (`journal_mode=WAL`, `synchronous=FULL`).
//!
//! `cargo bench -p flow-bench --bench engine` prints a table; a word after `--` runs the rows that contain it. Each row
//! runs in a process of its own, so that its memory is its own. `FLOW_BENCH_DIR` chooses the disk; the first row says how
//! often a second that disk flushes at all, which is what one run, one step after the other, cannot outrun. On a folder in
//! memory (`/dev/shm`) a flush costs nothing, and what is left is the engine.

use flow_bench as _;
use flow_bytecode::assemble::{Assembler, op, wide};
use flow_bytecode::op::Op;
use flow_bytecode::program::*;
use flow_bytecode::schema::{EntityDef, EventDef, FieldDef, Schema, SchemaType};
use flow_bytecode::{Bank, Failure, Program, Type, Value};
use flow_vm::action::{Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest};
use flow_vm::engine::{Act, AnswerTo, Control, Deployment, Engine, EngineConfig, Pending, RunId, WaitToken};
use flow_vm::store::sqlite::{Options, Readers};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const S: Bank = Bank::Scalar;
const R: Bank = Bank::Reference;

/// Answers in process: at once, or as a task.
struct Echo {
    immediate: bool,
}

impl External for Echo {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let number = args.first().and_then(Value::as_int).unwrap_or_default();
        Ok(StoredRequest { destination: "echo".to_owned(), bytes: number.to_le_bytes().to_vec() })
    }

    fn is_immediate(&self) -> bool {
        self.immediate
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, _attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let bytes = request.bytes.clone().try_into().unwrap_or_default();
            Outcome::Done(Value::Int(i64::from_le_bytes(bytes)))
        })
    }
}

/// `flow steps(n)`, `steps_async(n)`, `steps_once(n)`: `n` calls; `flow ask(conversation)`; `flow signal(contact)`;
/// `flow nap(until)`.
fn program() -> Program {
    let mut asm = Assembler::default();
    let int = asm.ty(Type::Int);
    let boxed = asm.ty(Type::Optional(int));
    let text = asm.ty(Type::Text);
    let unit = asm.ty(Type::Unit);
    asm.program.entities.extend(["Contact".into(), "Conversation".into()]);
    let contact = asm.ty(Type::Entity(0));
    let conversation = asm.ty(Type::Entity(1));
    let instant = asm.ty(Type::Instant);
    let enter = |asm: &mut Assembler, name: &str, param: &str, ty, result, registers, subject, code| {
        let function = asm.function(name, FunctionKind::Flow, &[ty], result, registers, code);
        let params = vec![FlowParam { name: param.into(), ty, default: None }];
        asm.program.flows.push(Flow { name: name.into(), function, params, subject });
        function
    };
    let kinds = [("steps", EffectClass::Read), ("steps_async", EffectClass::Read), ("steps_once", EffectClass::Once)];
    for (index, (name, class)) in kinds.into_iter().enumerate() {
        let action = format!("echo.{name}");
        let params = vec![("n".into(), int)];
        asm.program.actions.push(ActionRef {
            name: action.into(),
            class,
            params,
            result: int,
            fails: Vec::new(),
            via: None,
            yields: None,
        });
        let place = asm.program.places.len() as u16;
        let code = vec![
            wide(Op::IntS, 1, 0),
            op(Op::JumpCmpI, 5, 1, 0, 6),
            op(Op::BoxI, 0, 0, 1, 0),
            op(Op::ActExternal, 0, index as u16, place, 0),
            op(Op::AddK, 0, 1, 1, 1),
            wide(Op::Jump, 0, 1),
            op(Op::ReturnS, 0, 1, 0, 0),
        ];
        let function = enter(&mut asm, name, "n", int, int, (2, 1), None, code);
        let live = [(S, 0, int), (S, 1, int), (R, 0, boxed)];
        let policy = Policy { timeout_us: 30_000_000, retry: 0, backoff_us: 0 };
        let kind = PlaceKind::Action { action: index as u16, policy };
        asm.place(&format!("{name}/call"), (function, 3), &live, kind);
    }
    let question = asm.text("Which order?");
    let place = asm.program.places.len() as u32;
    let code = vec![wide(Op::ConstR, 0, question), wide(Op::Wait, 0, place), op(Op::Return, 0, 0, 0, 0)];
    let function = enter(&mut asm, "ask", "conversation", conversation, unit, (1, 2), Some(0), code);
    let answer = ArmKind::Answer {
        conversation: 0,
        prompt: 0,
        options: None,
        labels: Vec::new(),
        expects: Expects::Text,
        bind: 1,
    };
    let arms = vec![Arm { on: answer, target: 2 }];
    asm.place("ask#which", (function, 1), &[(S, 0, conversation), (R, 0, text)], PlaceKind::Wait { arms });

    asm.program.events.push(EventRef { name: "signal".into(), params: vec![("contact".into(), contact)] });
    let place = asm.program.places.len() as u32;
    let code = vec![wide(Op::Wait, 0, place), op(Op::Return, 0, 0, 0, 0)];
    let function = enter(&mut asm, "signal", "contact", contact, unit, (1, 0), Some(0), code);
    let arms =
        vec![Arm { on: ArmKind::Event { event: 0, matches: vec![(0, S, 0)], bind: None, filter: None }, target: 1 }];
    asm.place("signal/wait", (function, 0), &[(S, 0, contact)], PlaceKind::Wait { arms });

    let place = asm.program.places.len() as u32;
    let code = vec![wide(Op::Wait, 0, place), op(Op::Return, 0, 0, 0, 0)];
    let function = enter(&mut asm, "nap", "until", instant, unit, (1, 0), None, code);
    let arms = vec![Arm { on: ArmKind::After { due: 0 }, target: 1 }];
    asm.place("nap/wait", (function, 0), &[(S, 0, instant)], PlaceKind::Wait { arms });
    asm.program
}

fn schema() -> Schema {
    let contact = SchemaType::Entity("Contact".into());
    let field = |name: &str, ty| FieldDef {
        name: name.into(),
        ty,
        default: Value::Null,
        indexed: false,
        unique: false,
        readonly: false,
        custom: false,
    };
    let optional = |ty| SchemaType::Optional(Box::new(ty));
    let entity = |name: &str, field| EntityDef { name: name.into(), fields: vec![field] };
    Schema {
        entities: vec![
            entity("Contact", field("email", optional(SchemaType::Email))),
            entity("Conversation", field("contact", optional(contact.clone()))),
        ],
        symbols: Vec::new(),
        events: vec![EventDef { name: "signal".into(), params: vec![("contact".into(), contact)] }],
        ..Schema::default()
    }
}

fn folder() -> tempfile::TempDir {
    match std::env::var_os("FLOW_BENCH_DIR") {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    }
    .expect("a folder that can be written: FLOW_BENCH_DIR chooses one")
}

struct House {
    engine: Engine,
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        House::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut EngineConfig)) -> Self {
        let folder = folder();
        let mut registry = Registry::default();
        for (name, immediate) in [("steps", true), ("steps_async", false), ("steps_once", false)] {
            registry.add(&format!("echo.{name}"), Implementation::External(Arc::new(Echo { immediate })));
        }
        let mut config = EngineConfig::new(folder.path().join("flow.db"), registry);
        change(&mut config);
        let engine = Engine::open(config).expect("an engine");
        engine
            .deploy(Deployment { program: program(), schema: schema(), ..Deployment::default() })
            .expect("a program that links");
        House { engine, folder }
    }

    /// Starts runs, as many at once as the writer takes.
    fn start(&self, flow: &str, args: impl Iterator<Item = (&'static str, i64)>) -> Vec<RunId> {
        let mut runs = Vec::new();
        let mut pending: Vec<Pending<RunId>> = Vec::new();
        for (name, value) in args {
            pending.push(self.engine.start_soon(flow, vec![(name.to_owned(), Value::Int(value))]));
            if pending.len() == 4_096 {
                runs.extend(pending.drain(..).map(|pending| pending.wait().expect("a run")));
            }
        }
        runs.extend(pending.into_iter().map(|pending| pending.wait().expect("a run")));
        runs
    }

    fn create(&self, entity: &str, count: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let act = || Act::Create { entity: entity.to_owned(), fields: Vec::new() };
            let acts = (0..(count - ids.len()).min(4_096)).map(|_| act()).collect();
            let done = self.engine.perform(acts).expect("records");
            ids.extend(done.into_iter().map(|done| done.expect("a record").as_int().expect("an id")));
        }
        ids
    }

    /// Length of a run's state, the engine's own bytes included.
    fn state_bytes(&self, run: RunId) -> usize {
        let path = self.folder.path().join("flow.db");
        let readers = Readers::open(&path, &Options::default(), 1, 1_000).expect("a reader");
        let row = readers.read(|read| read.run(run.0)).expect("a database");
        row.map(|row| row.snapshot.len()).unwrap_or_default()
    }

    /// Length of the database with its log copied in.
    fn bytes(&self) -> u64 {
        self.engine.truncate_log().expect("a log that can be emptied");
        std::fs::metadata(self.folder.path().join("flow.db")).map(|file| file.len()).unwrap_or_default()
    }
}

fn status_kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

fn row(name: &str, figure: String, note: String) {
    println!("{name:<44} {figure:>14}  {note}");
}

/// How often a second the disk flushes one write after the other, at the end of a growing file and over what is there. The
/// log of a database grows until it is first copied, and is written over from then on.
fn flushes(bytes: usize, limit: Duration) -> [f64; 2] {
    const WRITES: u64 = 4_000;
    let folder = folder();
    let mut file = std::fs::File::create(folder.path().join("raw")).expect("a file");
    let block = vec![7; bytes];
    [(); 2].map(|()| {
        file.seek(SeekFrom::Start(0)).expect("a file");
        let (began, mut done) = (Instant::now(), 0);
        while done < WRITES && began.elapsed() < limit {
            file.write_all(&block).expect("room");
            file.sync_data().expect("a flush");
            done += 1;
        }
        let rate = done as f64 / began.elapsed().as_secs_f64();
        // What the time did not suffice for is written for the second round to write over.
        (done..WRITES).for_each(|_| file.write_all(&block).expect("room"));
        file.sync_all().expect("a flush");
        rate
    })
}

fn raw() {
    let [grown, over] = flushes(4_096, Duration::from_secs(3));
    row("raw: 4 KiB appended, fdatasync", format!("{grown:.0} flushes/s"), String::new());
    row("raw: 4 KiB written over, fdatasync", format!("{over:.0} flushes/s"), String::new());
}

/// One run, one step after the other: each waits for a flush. The disk drifts, so it takes turns with the engine, a few
/// hundred flushes each: as many bytes over what is there, in as many writes as the log takes.
fn sequential(name: &str, flow: &str, each: i64) {
    const ROUNDS: i64 = 40;
    let house = House::new();
    warm(&house);
    let raw = tempfile::tempfile_in(house.folder.path()).expect("a file");
    // Three pages, each behind its header: what a step writes to the log.
    let (header, page) = ([7; 24], [7; 2_048]);
    let step = |at: i64| {
        for frame in 0..3 {
            let from = (at * 3 + frame) as u64 * 2_072;
            raw.write_all_at(&header, from).expect("room");
            raw.write_all_at(&page, from + 24).expect("room");
        }
        raw.sync_data().expect("a flush");
    };
    let count = each / ROUNDS;
    (0..count).for_each(step);
    let (mut disk, mut engine, mut cpu) = (Duration::ZERO, Duration::ZERO, 0.0);
    let before = house.engine.health().expect("health");
    for _ in 0..ROUNDS {
        let began = Instant::now();
        (0..count).for_each(step);
        disk += began.elapsed();
        let (began, spent) = (Instant::now(), cpu_seconds());
        house.start(flow, [("n", count)].into_iter());
        house.engine.run_until_idle().expect("idle");
        engine += began.elapsed();
        cpu += cpu_seconds() - spent;
    }
    let after = house.engine.health().expect("health");
    let total = (count * ROUNDS) as f64;
    let (disk, engine) = (disk.as_secs_f64() / total, engine.as_secs_f64() / total);
    let flushes = (after.flushes - before.flushes) as f64 / total;
    let kib = (after.log_pages - before.log_pages) as f64 * after.page_bytes as f64 / 1024.0 / total;
    let cpu = cpu * 1_000.0 / total;
    let note = format!("{flushes:.4} flushes, {kib:.1} KiB of log a step; {cpu:.3} CPU s per 1,000");
    row(name, format!("{:.0} steps/s", 1.0 / engine), note);
    let note =
        format!("in turns with it; the engine adds {:.0} microseconds to {:.0}", (engine - disk) * 1e6, disk * 1e6);
    row("  the disk alone, the same writes and flush", format!("{:.0}/s", 1.0 / disk), note);
}

/// Steps until the log has been written once: from then on it is written over, as on a machine that has run for a while.
fn warm(house: &House) {
    const LIMIT: Duration = Duration::from_secs(20);
    let began = Instant::now();
    while house.engine.health().expect("health").log_pages < 16_500 && began.elapsed() < LIMIT {
        house.start("steps", (0..256).map(|_| ("n", 10)));
        house.engine.run_until_idle().expect("idle");
    }
}

fn steps(name: &str, flow: &str, runs: i64, each: i64) {
    // As many calls at once as a client of such a service would have; the default is for services of others.
    let house = House::with(|config| (config.concurrency, config.concurrency_each) = (256, 256));
    warm(&house);
    house.start(flow, (0..1).map(|_| ("n", 10)));
    house.engine.run_until_idle().expect("idle");
    let before = house.engine.health().expect("health");
    let (began, cpu) = (Instant::now(), cpu_seconds());
    house.start(flow, (0..runs).map(|_| ("n", each)));
    house.engine.run_until_idle().expect("idle");
    let (took, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let after = house.engine.health().expect("health");
    let total = (runs * each) as f64;
    let flushes = (after.flushes - before.flushes) as f64 / total;
    let kib = (after.log_pages - before.log_pages) as f64 * after.page_bytes as f64 / 1024.0 / total;
    let note =
        format!("{flushes:.4} flushes, {kib:.1} KiB of log a step; {:.3} CPU s per 1,000", cpu * 1_000.0 / total);
    row(name, format!("{:.0} steps/s", total / took), note);
}

fn suspended(state: usize) -> String {
    format!("{state} of state; with its indexes and first journal row")
}

/// A fixed shuffle.
fn shuffle<T>(items: &mut [T]) {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for at in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, (state >> 33) as usize % (at + 1));
    }
}

const SUSPENDED: usize = 100_000;

fn signals(wakes: usize) {
    let house = House::new();
    let mut contacts = house.create("Contact", SUSPENDED);
    let before = house.bytes();
    let runs = house.start("signal", contacts.iter().map(|id| ("contact", *id)));
    let bytes = (house.bytes() - before) / SUSPENDED as u64;
    let state = house.state_bytes(runs[0]);
    shuffle(&mut contacts);
    let counted = house.engine.health().expect("health");
    let (began, cpu) = (Instant::now(), cpu_seconds());
    for chunk in contacts[..wakes].chunks(4_096) {
        let fire = |id: &i64| house.engine.fire_soon("signal", vec![("contact".to_owned(), Value::Int(*id))], None);
        let pending: Vec<_> = chunk.iter().map(fire).collect();
        for pending in pending {
            pending.wait().expect("an event");
        }
    }
    house.engine.run_until_idle().expect("idle");
    let (took, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let steps = house.engine.health().expect("health").steps - counted.steps;
    assert_eq!(steps, wakes as u64, "every signal wakes its run");
    let cpu = format!("{:.3} CPU s per 1,000", cpu * 1_000.0 / wakes as f64);
    row("signals, random over 100,000 suspended", format!("{:.0} wakes/s", wakes as f64 / took), cpu);
    row("bytes on disk per run suspended on an event", format!("{bytes} bytes"), suspended(state));
}

fn answers(wakes: usize) {
    let house = House::new();
    let conversations = house.create("Conversation", SUSPENDED);
    let before = house.bytes();
    let mut runs = house.start("ask", conversations.iter().map(|id| ("conversation", *id)));
    let bytes = (house.bytes() - before) / SUSPENDED as u64;
    let state = house.state_bytes(runs[0]);
    shuffle(&mut runs);
    let (began, cpu) = (Instant::now(), cpu_seconds());
    for chunk in runs[..wakes].chunks(4_096) {
        let answer = |run: &RunId| {
            let token = WaitToken { run: *run, path: 0, revision: 1 };
            house.engine.answer_soon(AnswerTo::Token(token), Value::text("A1"))
        };
        let pending: Vec<_> = chunk.iter().map(answer).collect();
        for pending in pending {
            pending.wait().expect("an answer");
        }
    }
    let (took, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let cpu = format!("{:.3} CPU s per 1,000", cpu * 1_000.0 / wakes as f64);
    row("answers, random over 100,000 suspended", format!("{:.0} answers/s", wakes as f64 / took), cpu);
    row(
        "bytes on disk per run with its question",
        format!("{bytes} bytes"),
        format!("{}, prompt, transcript", suspended(state)),
    );
}

fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_micros() as i64).unwrap_or_default()
}

fn timers() {
    let house = House::new();
    house.engine.serve(true);
    let due = now_us() + 4_000_000;
    let runs = house.start("nap", (0..10_000).map(|_| ("until", due)));
    assert!(now_us() < due, "starting took too long to measure");
    std::thread::sleep(Duration::from_micros((due - now_us()).max(0) as u64));
    let last = runs[runs.len() - 1];
    let mut worst = 0;
    // Looked at one by one, which itself takes time: an upper bound.
    house.engine.run_until_idle().expect("idle");
    let idle = now_us() - due;
    for run in runs.iter().step_by(100).chain([&last]) {
        let view = house.engine.show(*run).expect("a run").run;
        assert!(view.status.is_over());
        worst = worst.max(view.updated - due);
    }
    let note = format!("the last batch began {} ms after the moment", worst / 1_000);
    row("10,000 timers at once, worst lateness", format!("{} ms", idle / 1_000), note);
}

fn memory() {
    let house = House::new();
    let before = house.bytes();
    let due = now_us() + 3_600_000_000_000;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let runs = house.start("nap", (0..SUSPENDED as i64).map(|at| ("until", due + at)));
    let (took, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let cpu = format!("{:.3} CPU s per 1,000", cpu * 1_000.0 / SUSPENDED as f64);
    let bytes = (house.bytes() - before) / SUSPENDED as u64;
    row("starts", format!("{:.0} runs/s", SUSPENDED as f64 / took), cpu);
    row("bytes on disk per run suspended on a timer", format!("{bytes} bytes"), suspended(house.state_bytes(runs[0])));
    row("memory with 100,000 suspended", format!("{} MiB", status_kib("VmHWM") / 1024), "highest ever".to_owned());
}

const ROWS: &[(&str, fn())] = &[
    ("raw", raw),
    ("sequential", || sequential("1 run, sequential durable steps", "steps", 20_000)),
    ("sequential_async", || sequential("1 run, sequential, each call a task", "steps_async", 10_000)),
    ("wide_200", || steps("200 runs x 10", "steps", 200, 10)),
    ("wide_2000", || steps("2,000 runs x 10", "steps", 2_000, 10)),
    ("wide_2000_async", || steps("2,000 runs x 10, each call a task", "steps_async", 2_000, 10)),
    ("wide_2000_once", || steps("2,000 runs x 10, @once, marked before", "steps_once", 2_000, 10)),
    ("signals", || signals(50_000)),
    ("answers", || answers(50_000)),
    ("timers", timers),
    ("memory", memory),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    if let Ok(name) = std::env::var("FLOW_BENCH_ROW") {
        if let Some((_, run)) = ROWS.iter().find(|(other, _)| **other == *name) {
            run();
        }
        return;
    }
    let this = std::env::current_exe().expect("this program");
    for (name, _) in ROWS {
        if args.is_empty() || args.iter().any(|wanted| name.contains(wanted.as_str())) {
            let child = std::process::Command::new(&this).env("FLOW_BENCH_ROW", name).status();
            if !child.is_ok_and(|status| status.success()) {
                eprintln!("{name} failed");
            }
        }
    }
}
