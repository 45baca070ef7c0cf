//! Ten thousand runs wait for one record: they wake a page at a time, each page in a transaction of its own, and somebody
//! else's run goes through meanwhile. A process that ends in the middle goes on from there.

use flow_bytecode::Value;
use flow_tests::engine::open;
use flow_tests::story::{BEGINNING_US, deployment};
use flow_vm::engine::{Control, Engine, RunFilter, RunId, RunStatus};
use std::path::Path;

const RUNS: usize = 10_000;
/// Runs woken in one transaction, at most.
const PAGE: usize = 128;

fn counted(engine: &Engine, flow: &str, status: RunStatus) -> usize {
    let mut count = 0;
    let mut before: Option<RunId> = None;
    loop {
        let filter = RunFilter {
            flow: Some(flow.to_owned()),
            statuses: vec![status],
            before,
            limit: 1_000,
            ..RunFilter::default()
        };
        let page = engine.runs(&filter).expect("runs are listed");
        count += page.len();
        match page.last() {
            Some(last) => before = Some(last.run),
            None => return count,
        }
    }
}

/// Creates so many contacts and one company.
fn people(engine: &Engine) -> (i64, Vec<i64>) {
    let made = engine.act_soon(|workspace| {
        let company = workspace.create("Company", vec![("name", Value::text("Initech"))])?;
        let mut all = vec![Value::Int(company)];
        for _ in 0..RUNS {
            all.push(Value::Int(workspace.create("Contact", Vec::new())?));
        }
        Ok(Value::List(all.into()))
    });
    let made = made.wait().expect("the store is well").expect("records are created");
    let Value::List(ids) = made else { panic!("no list") };
    let mut ids = ids.iter().map(|id| id.as_int().expect("an id"));
    (ids.next().expect("a company"), ids.collect())
}

fn start_all(engine: &Engine, flow: &str, company: i64, contacts: &[i64]) {
    for some in contacts.chunks(500) {
        let start = |contact: &i64| {
            let args = vec![("contact".to_owned(), Value::Int(*contact)), ("company".to_owned(), Value::Int(company))];
            engine.start_soon(flow, args)
        };
        let pending: Vec<_> = some.iter().map(start).collect();
        for pending in pending {
            pending.wait().expect("the run starts");
        }
    }
}

fn set(engine: &Engine, company: i64, fields: &'static [(&'static str, Value)]) {
    set_while(engine, company, fields, || ());
}

/// Writes a record while something else is asked for: that stands in the queue before anybody has woken.
fn set_while<T>(
    engine: &Engine,
    company: i64,
    fields: &'static [(&'static str, Value)],
    asks: impl FnOnce() -> T,
) -> T {
    let (asked, all_asked) = std::sync::mpsc::channel();
    let set = engine.act_soon(move |workspace| {
        for (field, value) in fields {
            workspace.set("Company", company, field, value.clone())?;
        }
        all_asked.recv().expect("the test goes on");
        Ok(Value::Null)
    });
    let pending = asks();
    asked.send(()).expect("the engine is well");
    set.wait().expect("the store is well").expect("the record is written");
    pending
}

#[test]
fn ten_thousand_runs_that_wait_for_one_record_wake_a_page_at_a_time() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let database = folder.path().join("flow.db");
    let engine = open(&database, BEGINNING_US, "127.0.0.1:1", 4);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/crash/shared.flow");
    engine.deploy(deployment(&program)).expect("the program is deployed");
    let (company, contacts) = people(&engine);
    start_all(&engine, "shared.visit", company, &contacts);
    engine.run_until_idle().expect("the engine is well");

    let commits = engine.health().expect("it is well").commits;
    let passing = set_while(&engine, company, &[("open", Value::Bool(true))], || {
        let (contact, last) = (contacts[0], contacts[RUNS - 1]);
        let args = vec![("contact".to_owned(), Value::Int(contact)), ("last".to_owned(), Value::Int(last))];
        engine.start_soon("shared.passes", args)
    });
    let passing = passing.wait().expect("the run starts");
    engine.run_until_idle().expect("the engine is well");
    let result = engine.show(passing).expect("it is shown").result;
    assert_eq!(result, Some(Value::Int(0)), "somebody else's run goes through before the last of them has woken");
    let pages = engine.health().expect("it is well").commits - commits;
    assert!(pages >= (RUNS / PAGE) as u64, "woken in {pages} transactions");
    let steps: usize = contacts.len();
    assert_eq!(at(&engine, "shared.visit#closing"), steps, "every one of them was woken");

    // The process ends right after the change.
    set(&engine, company, &[("open", Value::Bool(false)), ("visits", Value::Int(1))]);
    drop(engine);
    let engine = open(&database, BEGINNING_US, "127.0.0.1:1", 4);
    engine.run_until_idle().expect("the engine is well");
    assert_eq!(counted(&engine, "shared.visit", RunStatus::Finished), RUNS);
    assert_eq!(counted(&engine, "shared.visit", RunStatus::Waiting), 0);
}

/// How many wait at a place.
fn at(engine: &Engine, place: &str) -> usize {
    let mut count = 0;
    let mut before: Option<RunId> = None;
    loop {
        let filter = RunFilter { statuses: vec![RunStatus::Waiting], before, limit: 1_000, ..RunFilter::default() };
        let page = engine.runs(&filter).expect("runs are listed");
        count += page.iter().filter(|run| run.places.iter().any(|key| key == place)).count();
        match page.last() {
            Some(last) => before = Some(last.run),
            None => return count,
        }
    }
}

#[test]
fn runs_leave_a_page_at_a_time_as_well() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let database = folder.path().join("flow.db");
    let engine = open(&database, BEGINNING_US, "127.0.0.1:1", 4);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/crash/shared.flow");
    engine.deploy(deployment(&program)).expect("the program is deployed");
    let (company, contacts) = people(&engine);
    let few = &contacts[..PAGE * 3 + 1];
    start_all(&engine, "shared.leaves", company, few);
    engine.run_until_idle().expect("the engine is well");
    let commits = engine.health().expect("it is well").commits;
    // Twice in one transaction, and once more before the first has been told of: everybody leaves once.
    set(&engine, company, &[("visits", Value::Int(1)), ("visits", Value::Int(2))]);
    set(&engine, company, &[("open", Value::Bool(true))]);
    engine.run_until_idle().expect("the engine is well");
    assert!(engine.health().expect("it is well").commits >= commits + 4);
    assert_eq!(counted(&engine, "shared.leaves", RunStatus::Finished), few.len());
}
