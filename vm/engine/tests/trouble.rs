//! Faults, unknown commits, damaged rows: one run's trouble is nobody else's.

use super::support::House;
use crate::engine::{Control, Deployment, Engine, EngineError, RecordFilter, RunStatus};
use crate::machine::Limits;
use crate::store::sqlite::{Options, SqliteStore};
use crate::store::{Install, Statistics, Store, StoreError, StoreResult, Txn};
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

fn plan(house: &House, contact: i64) -> Value {
    let filter = RecordFilter { entity: "Contact".to_owned(), id: Some(contact), ..RecordFilter::default() };
    let record = house.engine().records(&filter).unwrap().remove(0);
    record.fields.into_iter().find(|(name, _)| &**name == "plan").unwrap().1
}

#[test]
fn a_run_that_breaks_is_set_aside_and_its_writes_are_undone() {
    let house = House::new();
    let contact = house.contact();
    assert_eq!(contact, 1);
    for (number, word) in [(0, "panic: boom"), (1, "on fire")] {
        let refused = house.engine().start("boom", vec![("n".to_owned(), Value::Int(number))]).unwrap_err();
        assert!(refused.to_string().contains(word), "{refused}");
    }
    assert_eq!(plan(&house, contact), Value::text("trial"));
    let run = house.start("sequence", &[("n", Value::Int(2))]);
    house.idle();
    assert_eq!(house.result(run), Value::Int(2));
}

#[test]
fn local_effects_happen_once_beside_a_run_that_breaks() {
    let house = House::new();
    let contact = house.contact();
    let mut pending = Vec::new();
    for number in 0..40 {
        let flow = if number % 4 == 0 { "boom" } else { "count" };
        pending.push((flow, house.engine().start_soon(flow, vec![("n".to_owned(), Value::Int(contact))])));
    }
    for (flow, pending) in pending {
        assert_eq!(pending.wait().is_ok(), flow == "count");
    }
    let filter = RecordFilter { entity: "Contact".to_owned(), id: Some(contact), ..RecordFilter::default() };
    let record = house.engine().records(&filter).unwrap().remove(0);
    assert_eq!(record.fields[2].1, Value::Int(30));
}

/// A store whose commits go wrong when told: after (1) or instead of (2) what they should do.
struct Shaky {
    inner: SqliteStore,
    wrong: Arc<AtomicI64>,
    path: std::path::PathBuf,
}

impl Store for Shaky {
    fn begin(&mut self) -> StoreResult<Box<dyn Txn + '_>> {
        let mode = self.wrong.swap(0, Ordering::SeqCst);
        if mode == 2 {
            return Err(StoreError::Io { file: self.path.clone(), detail: "no".to_owned() });
        }
        self.inner.begin()
    }

    fn install(&self) -> Install {
        self.inner.install()
    }

    fn truncate_log(&mut self) -> StoreResult<()> {
        self.inner.truncate_log()
    }

    fn statistics(&self) -> Statistics {
        self.inner.statistics()
    }

    fn check(&mut self) -> StoreResult<crate::store::CheckReport> {
        self.inner.check()
    }
}

#[test]
fn a_store_in_trouble_is_opened_again_and_everything_goes_on() {
    let mut house = House::empty();
    let wrong = Arc::new(AtomicI64::new(0));
    let mut config = house.config();
    let (path, flag) = (house.path(), wrong.clone());
    let options = Options { create: true, install_id: [7; 16], ..Options::default() };
    config.opener = Some(Box::new(move || {
        let inner = SqliteStore::open(&path, &options)?;
        Ok(Box::new(Shaky { inner, wrong: flag.clone(), path: path.clone() }) as Box<dyn Store>)
    }));
    house.engine = Some(crate::engine::Engine::open(config).unwrap());
    house.deploy();
    let contact = house.contact();
    let waiting = house.start("listen", &[("contact", Value::Int(contact))]);
    wrong.store(2, Ordering::SeqCst);
    let refused = house.engine().start("sequence", vec![("n".to_owned(), Value::Int(1))]).unwrap_err();
    assert_eq!(refused.exit_code(), 3);
    let run = house.start("slowly", &[("n", Value::Int(5))]);
    wrong.store(2, Ordering::SeqCst);
    house.idle();
    assert_eq!(house.result(run), Value::Int(5));
    house.set("Contact", contact, "plan", Value::text("pro"));
    house.idle();
    assert_eq!(house.result(waiting), Value::text("when"));
    assert!(house.engine().health().unwrap().writing);
}

#[test]
fn a_second_engine_is_refused_and_told_who_owns_it() {
    let house = House::new();
    let Err(refused) = crate::engine::Engine::open(house.config()) else { panic!("two owners") };
    assert!(matches!(refused, EngineError::Owned { .. }), "{refused}");
    assert_eq!(refused.exit_code(), 3);
}

#[test]
fn a_program_that_asks_for_what_is_not_there_is_refused() {
    let house = House::new();
    let mut program = super::programs::program();
    program.actions[0].name = "fly".into();
    let mut schema = super::programs::schema();
    schema.entities[0].fields.retain(|field| &*field.name != "plan");
    let deployment = Deployment { program, schema, ..Deployment::default() };
    let Err(EngineError::Link { problems }) = house.engine().deploy(deployment.clone()) else { panic!("linked") };
    assert!(problems.iter().any(|problem| problem.contains("`fly`")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("`plan`")), "{problems:?}");
    assert!(house.engine().check_deploy(&deployment).is_err());
}

#[test]
fn a_deploy_does_not_take_away_what_live_runs_need() {
    let house = House::new();
    let contact = house.contact();
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    let mut schema = super::programs::schema();
    let plan = schema.entities[0].fields.iter().position(|field| &*field.name == "plan").unwrap();
    schema.entities[0].fields[plan].ty = SchemaType::Int;
    schema.entities[0].fields[plan].default = Value::Int(0);
    let deployment = Deployment { schema: schema.clone(), ..Deployment::default() };
    let Err(EngineError::Link { problems }) = house.engine().deploy(deployment) else { panic!("linked") };
    assert!(problems[0].contains("1 run of an older version of `listen`"), "{problems:?}");

    // What is only gone stays while somebody needs it, and not longer.
    schema.entities[0].fields.remove(plan);
    schema.events.clear();
    let deployment = Deployment { schema, ..Deployment::default() };
    house.engine().deploy(deployment.clone()).unwrap();
    let kept = house.engine().schema().unwrap();
    assert!(kept.entities[0].fields.iter().any(|field| &*field.name == "plan"));
    assert!(!kept.events.is_empty());
    house.engine().cancel(run).unwrap();
    house.engine().deploy(deployment.clone()).unwrap();
    assert_eq!(house.engine().schema().unwrap(), deployment.schema);
}

#[test]
fn a_run_that_goes_round_for_ever_fails_and_the_others_go_on() {
    let mut house = House::new();
    house.engine = None;
    let mut config = house.config();
    config.limits = Limits { step_instructions: 20, back_edges_max: 1_000, ..config.limits };
    house.engine = Some(Engine::open(config).unwrap());
    let before = house.start("sequence", &[("n", Value::Int(2))]);
    let run = house.start("spin", &[]);
    house.idle();
    let failure = house.show(run).run.failure.unwrap();
    assert_eq!(
        (&*failure.kind, &*failure.message),
        ("limit", "a loop went round more than 1000 times without waiting")
    );
    assert_eq!(house.result(before), Value::Int(2));
}

#[test]
fn a_damaged_run_is_set_aside_and_the_others_go_on() {
    let mut house = House::new();
    let contact = house.contact();
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    let other = house.start("listen", &[("contact", Value::Int(contact))]);
    house.engine = None;
    let conn = rusqlite_open(&house);
    conn.execute("UPDATE runs SET snapshot = x'0102' WHERE id = ?1", [run.0]).unwrap();
    drop(conn);
    house.open();
    house.advance(super::programs::HOUR_US);
    assert_eq!(house.result(other), Value::text("after"));
    let runs = house.engine().runs(&crate::engine::RunFilter::default());
    if let Ok(runs) = runs {
        let damaged = runs.iter().find(|view| view.run == run);
        assert!(damaged.is_none_or(|view| view.status == RunStatus::Quarantined));
    }
}

fn rusqlite_open(house: &House) -> rusqlite::Connection {
    rusqlite::Connection::open(house.path()).unwrap()
}
