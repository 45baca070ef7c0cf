//! How long it takes until nothing is left of a contact, while the engine has nothing else to do and while it has as much as
//! it takes: `contact.delete()` to `contact.erased`.
//!
//! `cargo bench -p flow-bench --bench erasure`. Contacts each have an address, a note, a conversation and a run that waits and
//! remembers the address; `FLOW_BENCH_CONTACTS` says how many there are (20,000). `FLOW_BENCH_DIR` chooses the disk.

use flow_bench as _;
use flow_bytecode::Value;
use flow_lang::compile::{Input, compile};
use flow_vm::engine::{Act, Control, Deployment, Engine, EngineConfig, Pending, RunId};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PROGRAM: &str = r#"
flow remember(contact: Contact) {
    let address = contact.email ?? "nobody"
    let conversation = contact.conversation()
    say "We write to {{address}}."
    contact.add_note("asked to be written to at {{address}}")
    wait #long 30 days
    contact.add_note("still {{address}}")
}

flow busy(contact: Contact) {
    repeat 5 {
        contact.add_note("one of many")
        wait 1 second
    }
}

flow told(number: Int)
    on contact.erased
{
    companies.create(name: "erased {{number}}")
}
"#;

/// Contacts that are erased, one after the other.
const ERASED: usize = 10;

struct House {
    engine: Engine,
    contacts: Vec<i64>,
    _folder: tempfile::TempDir,
}

impl House {
    fn new(count: usize) -> House {
        let folder = match std::env::var_os("FLOW_BENCH_DIR") {
            Some(folder) => tempfile::tempdir_in(folder),
            None => tempfile::tempdir(),
        };
        let folder = folder.expect("a folder that can be written: FLOW_BENCH_DIR chooses one");
        let registry = flow_stdlib::registry(&flow_stdlib::Config::default()).expect("the library");
        let engine = Engine::open(EngineConfig::new(folder.path().join("flow.db"), registry)).expect("an engine");
        engine.deploy(program()).expect("a program that links");
        engine.serve(true);
        let mut contacts = Vec::new();
        for first in (0..count).step_by(4_096) {
            let act = |number| Act::Create {
                entity: "Contact".to_owned(),
                fields: vec![("email".to_owned(), Value::text(format!("somebody.{number}@example.com")))],
            };
            let made = engine.perform((first..count.min(first + 4_096)).map(act).collect()).expect("records");
            contacts.extend(made.into_iter().map(|made| made.expect("a contact").as_int().expect("an id")));
        }
        let house = House { engine, contacts, _folder: folder };
        house.start("main.remember", 0..count);
        house.engine.run_until_idle().expect("idle");
        house
    }

    fn start(&self, flow: &str, of: std::ops::Range<usize>) {
        let begin = |at: usize| {
            let contact = self.contacts[at % self.contacts.len()];
            self.engine.start_soon(flow, vec![("contact".to_owned(), Value::Int(contact))])
        };
        let pending: Vec<Pending<RunId>> = of.map(begin).collect();
        // One whose contact is gone by then does not begin.
        pending.into_iter().for_each(|pending| drop(pending.wait()));
    }

    /// How long one contact takes.
    fn erase(&self, contact: i64) -> Duration {
        let began = Instant::now();
        let delete = Act::Call { action: "Contact.delete".to_owned(), args: vec![Value::Int(contact)] };
        let done = self.engine.perform(vec![delete]).expect("the store").remove(0);
        done.expect("the contact is deleted");
        let find = || {
            let args = vec![Value::text(format!("erased {contact}"))];
            let find = Act::Call { action: "companies.find_by_name".to_owned(), args };
            self.engine.perform(vec![find]).expect("the store").remove(0).expect("a look")
        };
        while find().is_null() {
            std::thread::sleep(Duration::from_millis(5));
            assert!(began.elapsed() < Duration::from_secs(600), "contact {contact} is not erased");
        }
        began.elapsed()
    }

    fn row(&self, name: &str, first: usize, note: String) {
        let one = |id: &i64| {
            let took = self.erase(*id).as_secs_f64();
            eprintln!("  contact {id} of \"{name}\": {took:.2} s");
            took
        };
        let mut took: Vec<f64> = self.contacts[first..first + ERASED].iter().map(one).collect();
        took.sort_by(f64::total_cmp);
        println!("{name:<34} median {:>6.2} s   slowest {:>6.2} s   {note}", took[ERASED / 2], took[ERASED - 1]);
    }
}

fn program() -> Deployment {
    let library = flow_stdlib::declarations().iter();
    let mut inputs: Vec<Input> = library
        .map(|(path, text)| Input { path: (*path).into(), text: text.as_bytes().to_vec(), library: true })
        .collect();
    inputs.push(Input { path: "main.flow".into(), text: PROGRAM.as_bytes().to_vec(), library: false });
    let compiled = compile(&inputs);
    let lowered = compiled.lowered.expect("it compiles");
    Deployment { program: lowered.program, debug: lowered.debug, schema: compiled.schema, ..Deployment::default() }
}

fn main() {
    let count = std::env::var("FLOW_BENCH_CONTACTS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let house = House::new(count);
    house.row("erased, nothing else to do", 0, format!("{count} contacts, each with a run that waits"));
    let (stop, begun) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for at in 0..2 {
            let (house, stop, begun) = (&house, &stop, &begun);
            scope.spawn(move || {
                let mut next = 2 * ERASED + at * count / 2;
                while !stop.load(Ordering::Relaxed) {
                    house.start("main.busy", next..next + 256);
                    next += 256;
                    begun.fetch_add(256, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs(2));
        let (steps, since) = (house.engine.health().expect("health").steps, Instant::now());
        house.row("erased, while runs begin and go on", ERASED, String::new());
        let steps = house.engine.health().expect("health").steps - steps;
        println!(
            "{:<34} {:.0} steps/s, {} runs begun",
            "  the load meanwhile",
            steps as f64 / since.elapsed().as_secs_f64(),
            begun.load(Ordering::Relaxed)
        );
        stop.store(true, Ordering::Relaxed);
    });
}
