//! Actions whose other side can be asked whether they happened: over a real connection, whatever is lost.

use flow_bytecode::{Failure, Value};
use flow_stdlib::http::NetConfig;
use flow_tests::ledger::{Arrival, Ledger};
use flow_tests::story::{BEGINNING_US, deployment};
use flow_vm::engine::{Control, Engine, EngineConfig, EngineError, Resolution, Resolved, RunDetail, RunId, RunStatus};
use flow_vm::seam::{Clock, ManualClock};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// An order under way.
struct Placed {
    engine: Engine,
    clock: ManualClock,
    run: RunId,
    _folder: tempfile::TempDir,
}

/// Starts a flow against a shop, and lets everything happen that happens by itself.
fn order(flow: &str, ledger: &Ledger) -> Placed {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let net = NetConfig { allow_net: vec![ledger.host()], ..NetConfig::default() };
    let registry = flow_stdlib::registry(&flow_stdlib::Config { net, ..Default::default() })
        .expect("the library's settings are right");
    let clock = ManualClock::new(BEGINNING_US);
    let mut config = EngineConfig::new(folder.path().join("flow.db"), registry);
    config.clock = Arc::new(clock.clone());
    let engine = Engine::open(config).expect("the engine opens");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/verified/shop.flow");
    engine.deploy(deployment(&program)).expect("the program is deployed");
    let args = vec![("base".to_owned(), Value::text(ledger.url()))];
    let run = engine.start(flow, args).expect("the run starts");
    let placed = Placed { engine, clock, run, _folder: folder };
    placed.settle();
    placed
}

impl Placed {
    fn shown(&self) -> RunDetail {
        self.engine.show(self.run).expect("the run is shown")
    }

    /// Until nothing is left to be tried again.
    fn settle(&self) {
        self.engine.run_until_idle().expect("the engine goes on");
        while let Some(due) = self.engine.next_due().expect("it is known") {
            self.clock.advance(due - self.clock.now_us());
            self.engine.run_until_idle().expect("the engine goes on");
        }
    }

    fn result(&self) -> Value {
        let shown = self.shown();
        assert_eq!(shown.run.status, RunStatus::Finished, "{:?}", shown.run.failure);
        shown.result.expect("it has a result")
    }
}

fn methods(ledger: &Ledger) -> String {
    ledger.arrivals().iter().map(|arrival| &arrival.method[..1]).collect()
}

fn done(arrival: &Arrival) -> (u16, String) {
    (200, format!("{{\"id\": \"R{}\"}}", arrival.method.len()))
}

#[test]
fn what_has_happened_is_adopted() {
    let ledger = Ledger::start(Duration::ZERO, |arrival, _| match &*arrival.method {
        "POST" => (0, String::new()),
        _ => done(arrival),
    });
    let placed = order("shop.parked", &ledger);
    assert_eq!(placed.result(), Value::text("R3"));
    assert_eq!(methods(&ledger), "PG");
    let woken: Vec<String> = placed.shown().timeline.into_iter().map(|entry| entry.wake).collect();
    assert!(woken.iter().any(|wake| wake == "had been done, says the other side: shop.order"), "{woken:?}");
}

#[test]
fn what_has_not_is_sent_again_with_the_same_key() {
    for nothing in [(404, "{}"), (410, ""), (200, "null"), (204, "")] {
        let ledger = Ledger::start(Duration::ZERO, move |arrival, like| match (&*arrival.method, like) {
            ("POST", 0) => (0, String::new()),
            ("POST", _) => done(arrival),
            _ => (nothing.0, nothing.1.to_owned()),
        });
        let placed = order("shop.parked", &ledger);
        assert_eq!(placed.result(), Value::text("R4"));
        assert_eq!(methods(&ledger), "PGP", "{nothing:?}");
        let keys: HashSet<_> =
            ledger.arrivals().into_iter().filter(|it| it.method == "POST").map(|it| it.key).collect();
        assert_eq!(keys.len(), 1);
    }
}

#[test]
fn where_nothing_ever_gets_through_the_flow_hears_that_it_has_not_happened() {
    let ledger = Ledger::start(Duration::ZERO, |arrival, _| match &*arrival.method {
        "POST" => (0, String::new()),
        _ => (404, "{}".to_owned()),
    });
    let placed = order("shop.handled", &ledger);
    assert_eq!(placed.result(), Value::text("not at all"));
    assert_eq!(methods(&ledger), "PGPG");
}

#[test]
fn where_nobody_can_tell_it_is_in_doubt_until_a_person_decides() {
    let ledger = Ledger::start(Duration::ZERO, |arrival, like| match (&*arrival.method, like) {
        ("POST", _) => (0, String::new()),
        (_, 0 | 1) => (500, "{}".to_owned()),
        _ => done(arrival),
    });
    let placed = order("shop.parked", &ledger);
    assert_eq!(placed.shown().run.status, RunStatus::InDoubt);
    assert_eq!(methods(&ledger), "PGG");
    placed.engine.resolve(placed.run, Resolved::Retry.into()).expect("a person may decide");
    placed.settle();
    assert_eq!(placed.result(), Value::text("R3"), "asked before it is sent again");
    assert_eq!(methods(&ledger), "PGGG");
}

#[test]
fn a_flow_that_handles_it_hears_of_the_doubt() {
    let ledger = Ledger::start(Duration::ZERO, |arrival, _| match &*arrival.method {
        "POST" => (0, String::new()),
        _ => (503, "{}".to_owned()),
    });
    let placed = order("shop.handled", &ledger);
    assert_eq!(placed.result(), Value::text("in doubt"));
}

fn hangs_up() -> Ledger {
    Ledger::start(Duration::ZERO, |_, _| (0, String::new()))
}

fn refusal(done: Result<(), EngineError>) -> String {
    done.expect_err("it is refused").to_string()
}

#[test]
fn a_result_that_does_not_fit_is_refused_and_the_doubt_stays() {
    let placed = order("shop.charged", &hangs_up());
    for said in [None, Some(Value::text("R9")), Some(Value::Map(Arc::default()))] {
        let message = refusal(placed.engine.resolve(placed.run, Resolved::Done(said).into()));
        assert!(message.contains("needs what the action yielded to go on, a `shop.Order`"), "{message}");
        assert_eq!(placed.shown().run.status, RunStatus::InDoubt);
    }
    // As the sample has it, with nothing filled in.
    let sample = Value::Map(Arc::new(vec![("id".into(), Value::text("…"))]));
    let message = refusal(placed.engine.resolve(placed.run, Resolved::Done(Some(sample)).into()));
    assert!(message.contains("`…` stands for what only you can know"), "{message}");
    assert_eq!(placed.shown().run.status, RunStatus::InDoubt);
    let said = Value::Map(Arc::new(vec![("id".into(), Value::text("R9"))]));
    placed.engine.resolve(placed.run, Resolved::Done(Some(said)).into()).expect("it fits");
    placed.settle();
    assert_eq!(placed.result(), Value::text("R9"));
}

#[test]
fn of_two_in_doubt_a_person_says_which() {
    let placed = order("shop.two", &hangs_up());
    let failed = || Resolved::Failed(Failure::new("failed", "it did not happen"));
    let message = refusal(placed.engine.resolve(placed.run, failed().into()));
    assert!(message.contains("at 2 places, say at which with --at"), "{message}");
    let place = placed.shown().calls.first().expect("two are in doubt").place.clone();
    assert!(message.contains(&format!("`{place}`")), "{message} does not name {place}");
    placed.engine.resolve(placed.run, Resolution { what: failed(), at: Some(place) }).expect("one is meant");
    assert_eq!(placed.shown().run.status, RunStatus::InDoubt, "the other is left");
    placed.engine.resolve(placed.run, failed().into()).expect("only one is left");
    placed.settle();
    assert_eq!(placed.shown().run.status, RunStatus::Finished);
}
