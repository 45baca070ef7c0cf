//! The machine beside Lua 5.4, and what it costs to store and restore a suspended run.
//!
//! `cargo bench -p flow-bench --bench machine`. Flow and Lua take turns, where `lua5.4` is installed; a turn is the median
//! of many short rounds, and the best turn of each counts, because a busy machine only ever slows down. Every figure is
//! per round of the loop, the loop's own cost included, on both sides.

use flow_bench as _;
use flow_bytecode::assemble::{Assembler, op, wide};
use flow_bytecode::op::Op;
use flow_bytecode::program::{
    ActionRef, Arm, ArmKind, EffectClass, Escape, Expects, FieldRef, Flow, FlowParam, FunctionKind, Piece, Place,
    PlaceKind, Template,
};
use flow_bytecode::{Bank, Instr, Program, Type, TypeId, Value, codec, verify};
use flow_vm::machine::{Limits, Loaded, Run, Status, Wake, World, WorldError, step};
use flow_vm::snapshot;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

const N: i64 = 200_000;
const ROUNDS: usize = 41;
/// How often both take their turn.
const TURNS: usize = 7;

struct Memory {
    fields: Vec<Value>,
}

impl World for Memory {
    fn now(&self) -> i64 {
        1_770_000_000_000_000
    }

    fn field(&mut self, field: u16, _id: i64) -> Result<&Value, WorldError> {
        self.fields.get(usize::from(field)).ok_or_else(|| WorldError::Fault("no such field".into()))
    }

    fn set_field(&mut self, _: u16, _: i64, _: Value, _: u32) -> Result<(), WorldError> {
        Ok(())
    }

    fn call(&mut self, _action: u16, args: &[Value], _effect: u32) -> Result<Value, WorldError> {
        Ok(Value::Int(args.first().and_then(Value::as_int).unwrap_or(0).abs()))
    }

    fn fire(&mut self, _: u16, _: &[Value], _: u32) -> Result<(), WorldError> {
        Ok(())
    }

    fn start(&mut self, _: u16, _: &[Value], _: u32) -> Result<i64, WorldError> {
        Ok(1)
    }

    fn split(&mut self, _: u16, _: u32) -> Result<u16, WorldError> {
        Ok(0)
    }
}

fn world() -> Memory {
    Memory { fields: vec![Value::text("Ada"), Value::text("A-1042"), Value::text("pro")] }
}

/// `main(n: S0, contact: S1)`: S2 counts, S3 sums; the body runs n times.
fn looped(build: impl FnOnce(&mut Assembler) -> Vec<Instr>) -> Arc<Program> {
    let mut asm = Assembler::default();
    let int = asm.ty(Type::Int);
    let contact = asm.ty(Type::Entity(0));
    let text = asm.ty(Type::Text);
    asm.program.entities.push("Contact".into());
    for name in ["first_name", "last_order", "plan"] {
        asm.program.fields.push(FieldRef { entity: 0, name: name.into(), ty: text, default: None });
    }
    // The callee of the call case stands first, so that its index is known.
    let callee = vec![op(Op::AddK, 0, 0, 0, 1), op(Op::ReturnS, 0, 0, 0, 0)];
    asm.function("next", FunctionKind::Flow, &[int], int, (1, 0), callee);
    let body = build(&mut asm);
    let mut code = vec![wide(Op::IntS, 2, 0), wide(Op::IntS, 3, 0)];
    let from = code.len() as u16;
    code.extend(body);
    code.push(op(Op::AddK, 0, 2, 2, 1));
    code.push(op(Op::JumpCmpI, 2, 2, 0, from));
    code.push(op(Op::ReturnS, 0, 3, 0, 0));
    let main = asm.function("main", FunctionKind::Flow, &[int, contact], int, (8, 6), code);
    for place in &mut asm.program.places {
        place.function = main;
    }
    let params = [int, contact].map(|ty| FlowParam { name: "p".into(), ty, default: None }).to_vec();
    asm.program.flows.push(Flow { name: "main".into(), function: main, params, subject: Some(1) });
    asm.finish()
}

/// This thread's time on a processor: what `os.clock` is to Lua, and steady where a machine is busy.
fn cpu_ns() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn measure(program: Arc<Program>, n: i64) -> f64 {
    let loaded = match Loaded::new(program) {
        Ok(loaded) => loaded,
        Err(errors) => {
            eprintln!("{errors:?}");
            return f64::NAN;
        }
    };
    let limits = Limits { back_edges_max: u64::MAX, live_bytes_max: u64::MAX, ..Limits::default() };
    let mut world = world();
    let once = || {
        let mut run = Run::default();
        let wake = Wake::Start { flow: 0, args: vec![Value::Int(n), Value::Int(1)] };
        let from = cpu_ns();
        let done = step(&loaded, &mut run, wake, &mut world, &limits);
        let ns = (cpu_ns() - from) / n as f64;
        match done.map(|step| step.status) {
            Ok(Status::Finished(_)) => ns,
            other => {
                eprintln!("{other:?}");
                f64::NAN
            }
        }
    };
    median(std::iter::repeat_with(once).take(ROUNDS).collect())
}

fn cases() -> Vec<(&'static str, Arc<Program>, i64, &'static str)> {
    let arithmetic = looped(|_| vec![wide(Op::IntS, 4, 3), op(Op::MulI, 0, 4, 2, 4), op(Op::AddI, 0, 3, 3, 4)]);
    let call = looped(|asm| {
        let int = TypeId(0);
        let contact = TypeId(1);
        let live: Vec<_> =
            [(0, int), (1, contact), (2, int), (3, int)].iter().map(|(r, ty)| (Bank::Scalar, *r, *ty)).collect();
        asm.place("main/next", (1, 3), &live, PlaceKind::Call);
        vec![op(Op::MoveS, 0, 4, 3, 0), op(Op::Call, 0, 0, 4, 0), op(Op::MoveS, 0, 3, 4, 0)]
    });
    let compare = looped(|asm| {
        let pro = asm.text("pro");
        vec![op(Op::JumpField, 1, 1, 2, 5), op(Op::Arg, 0, pro as u16, 0, 0), op(Op::AddK, 0, 3, 3, 1)]
    });
    let template = looped(|asm| {
        let text = TypeId(2);
        let texts = ["Hello ", ", your order ", " is on its way with "].map(|text| asm.text(text));
        let hole = |register| Piece::Hole { bank: Bank::Reference, register, ty: text, escape: Escape::None };
        let pieces = texts.iter().zip(0..).flat_map(|(text, at)| [Piece::Text(*text), hole(at)]).collect();
        asm.program.templates.push(Template { pieces });
        vec![
            op(Op::FieldR, 0, 0, 1, 0),
            op(Op::FieldR, 0, 1, 1, 1),
            op(Op::FieldR, 0, 2, 1, 2),
            wide(Op::Template, 3, 0),
        ]
    });
    let host = looped(|asm| {
        let int = TypeId(0);
        let params = vec![("value".into(), int)];
        let class = EffectClass::Pure;
        asm.program.actions.push(ActionRef {
            name: "abs".into(),
            via: None,
            yields: None,
            class,
            params,
            result: int,
            fails: Vec::new(),
        });
        vec![op(Op::BoxI, 0, 0, 2, 0), op(Op::Act, 0, 0, 0, 0), op(Op::UnboxS, 0, 3, 0, 0)]
    });
    vec![
        ("arithmetic loop", arithmetic, N, "while i < n do s = s + i * 3; i = i + 1 end"),
        ("call", call, N, "while i < n do s = f(s); i = i + 1 end"),
        ("field and text compare", compare, N, "while i < n do if c.plan == 'pro' then s = s + 1 end; i = i + 1 end"),
        (
            "template of three fields",
            template,
            N / 4,
            "while i < n do t = 'Hello '..c.first_name..', your order '..c.last_order..' is on its way with '..c.plan; i = i + 1 end",
        ),
        ("host call", host, N, "while i < n do s = abs(i); i = i + 1 end"),
    ]
}

/// Lua's time for the same, if it is installed.
fn lua(body: &str, n: i64) -> Option<f64> {
    let script = format!(
        "local c = {{ first_name = 'Ada', last_order = 'A-1042', plan = 'pro' }}
         local abs, n = math.abs, {n}
         local function f(x) return x + 1 end
         local all = {{}}
         for round = 1, {ROUNDS} do
           local i, s, t = 0, 0, nil
           local from = os.clock()
           {body}
           all[round] = (os.clock() - from) / n * 1e9
         end
         table.sort(all)
         print(all[{}])",
        ROUNDS / 2 + 1
    );
    let out = Command::new("lua5.4").arg("-e").arg(script).output().ok()?;
    String::from_utf8(out.stdout).ok()?.trim().parse().ok()
}

/// A run that has asked something: the kind of state most runs wait in.
fn typical() -> Arc<Program> {
    let mut asm = Assembler::default();
    let text = asm.ty(Type::Text);
    let conversation = asm.ty(Type::Entity(0));
    let contact = asm.ty(Type::Entity(1));
    let (int, instant, number) = (asm.ty(Type::Int), asm.ty(Type::Instant), asm.ty(Type::Number));
    let texts = asm.ty(Type::List(text));
    let maybe = asm.ty(Type::Optional(text));
    asm.program.entities.extend([Arc::from("Conversation"), Arc::from("Contact")]);
    let question = asm.text("Which order is it about?");
    let (yes, no) = (asm.text("Refund an order"), asm.text("Something else"));
    let price = asm.constant(Value::Number(rust_decimal::Decimal::new(19_90, 2)));
    asm.program.scalars.extend([1_770_000_900_000_000]);
    let callee = vec![
        wide(Op::ConstR, 1, question),
        wide(Op::ConstR, 2, yes),
        wide(Op::ConstR, 3, no),
        op(Op::List, 0, 2, 2, 2),
        wide(Op::ConstS, 1, 0),
        wide(Op::ConstR, 3, price),
        wide(Op::NullR, 4, 0),
        wide(Op::IntS, 2, 3),
        wide(Op::Wait, 0, 1),
        op(Op::ReturnR, 0, 5, 0, 0),
        op(Op::ReturnR, 0, 0, 0, 0),
    ];
    let caller = vec![
        op(Op::MoveS, 0, 2, 0, 0),
        op(Op::MoveR, 0, 1, 0, 0),
        op(Op::Call, 0, 1, 2, 1),
        op(Op::ReturnR, 0, 1, 0, 0),
    ];
    let main = asm.function("front", FunctionKind::Flow, &[conversation, contact, text], text, (3, 2), caller);
    let ask = asm.function("ask", FunctionKind::Flow, &[conversation, text], text, (3, 6), callee);
    let (s, r) = (Bank::Scalar, Bank::Reference);
    let kept = [(s, 0, conversation), (s, 1, contact), (r, 0, text)];
    asm.place("front/ask", (main, 2), &kept, PlaceKind::Call);
    let kept = [
        (s, 0, conversation),
        (s, 1, instant),
        (s, 2, int),
        (r, 0, text),
        (r, 1, text),
        (r, 2, texts),
        (r, 3, number),
        (r, 4, maybe),
    ];
    let arms = vec![
        Arm {
            on: ArmKind::Answer {
                conversation: 0,
                prompt: 1,
                options: Some(2),
                labels: Vec::new(),
                expects: Expects::Choice,
                bind: 5,
            },
            target: 9,
        },
        Arm { on: ArmKind::After { due: 1 }, target: 10 },
    ];
    asm.place("ask#which", (ask, 8), &kept, PlaceKind::Wait { arms });
    let params = [conversation, contact, text].map(|ty| FlowParam { name: "p".into(), ty, default: None }).to_vec();
    asm.program.flows.push(Flow { name: "front".into(), function: main, params, subject: Some(0) });
    asm.finish()
}

fn timed(n: u32, mut f: impl FnMut()) -> f64 {
    let mut once = || {
        let from = cpu_ns();
        (0..n).for_each(|_| f());
        (cpu_ns() - from) / f64::from(n)
    };
    let mut turn = || median(std::iter::repeat_with(&mut once).take(ROUNDS).collect());
    (0..TURNS).map(|_| turn()).fold(f64::INFINITY, f64::min)
}

fn stored() {
    let program = typical();
    let loaded = match Loaded::new(program.clone()) {
        Ok(loaded) => loaded,
        Err(errors) => return eprintln!("{errors:?}"),
    };
    let (limits, mut world) = (Limits::default(), world());
    let args = vec![Value::Int(48_213), Value::Int(90_017), Value::text("ada@example.com")];
    let mut run = Run::default();
    let wake = Wake::Start { flow: 0, args: args.clone() };
    let waiting = step(&loaded, &mut run, wake, &mut world, &limits);
    let Ok(Status::Waiting) = waiting.as_ref().map(|step| &step.status) else { return eprintln!("{waiting:?}") };
    let Ok(bytes) = snapshot::encode(&run, &loaded) else { return eprintln!("does not encode") };
    let mut buffer = Vec::with_capacity(256);
    let save = timed(10_000, || {
        buffer.clear();
        black_box(snapshot::encode_into(black_box(&run), &loaded, &mut buffer).is_ok());
    });
    let fresh = timed(10_000, || drop(black_box(snapshot::decode(black_box(&bytes), &loaded))));
    // What the engine does: a turn reads its run into the memory of the run before.
    let mut used = run.clone();
    let restore = timed(10_000, || drop(black_box(snapshot::decode_into(black_box(&bytes), &loaded, &mut used))));
    let answered = timed(10_000, || {
        let Ok(mut run) = snapshot::decode(&bytes, &loaded) else { return };
        let answer = Wake::Answer { path: 0, revision: 1, answer: Value::text("Refund an order") };
        black_box(step(&loaded, &mut run, answer, &mut world, &limits).is_ok());
    });
    println!("\n| a run that asked a question, two frames deep, eleven live registers | |\n|---|---|");
    println!("| bytes | {} |", bytes.len());
    println!("| save, ns | {save:.0} |");
    println!("| restore, ns | {restore:.0} |");
    println!("| save + restore, ns | {:.0} |", save + restore);
    println!("| restore into fresh memory, ns | {fresh:.0} |");
    println!("| restore and answer to the end, ns | {answered:.0} |");

    let mut large = (*program).clone();
    // As many functions as a project of some size has.
    for copy in 1..200u16 {
        for (index, function) in program.functions.iter().enumerate() {
            let mut function = function.clone();
            for instr in &mut function.code {
                match instr.op {
                    Op::Call => instr.a += copy * 2,
                    Op::Wait => instr.b += copy * 2,
                    _ => {}
                }
            }
            let place = &program.places[index];
            let key = format!("{copy}/{}", place.key).into();
            large.places.push(Place { key, function: copy * 2 + place.function, ..place.clone() });
            large.functions.push(function);
        }
    }
    let instructions: usize = large.functions.iter().map(|function| function.code.len()).sum();
    let verified = timed(20, || drop(black_box(verify::verify(&large))));
    let encoded = codec::encode(&large, None);
    let decoded = timed(20, || drop(black_box(codec::decode(&encoded))));
    let hashed = timed(20, || _ = black_box(codec::hash(&large)));
    println!("\n| a program of {instructions} instructions, {} bytes | ns per instruction |\n|---|---|", encoded.len());
    println!(
        "| verify{} | {:.0} |",
        if verify::verify(&large).is_ok() { "" } else { " (refused!)" },
        verified / instructions as f64
    );
    println!("| decode | {:.0} |", decoded / instructions as f64);
    println!("| hash | {:.0} |", hashed / instructions as f64);
}

fn main() {
    println!("| ns per round | Flow | Lua 5.4 | Lua / Flow |\n|---|---|---|---|");
    for (name, program, n, script) in cases() {
        let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..TURNS {
            ours = ours.min(measure(program.clone(), n));
            theirs = theirs.min(lua(script, n).unwrap_or(f64::INFINITY));
        }
        match theirs.is_finite() {
            true => println!("| {name} | {ours:.1} | {theirs:.1} | {:.2} |", theirs / ours),
            false => println!("| {name} | {ours:.1} | not installed | |"),
        }
    }
    stored();
}
