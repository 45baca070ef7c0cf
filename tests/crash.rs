//! A real process, killed with SIGKILL at each crash point, against a loopback server that counts what arrived.
//!
//! The child is this very test binary; what it does is idempotent, so that it can be started again and again.

use flow_bytecode::Value;
use flow_tests::engine::{CHILD, about, open};
use flow_tests::ledger::{Arrival, Ledger};
use flow_tests::story::{BEGINNING_US, deployment};
use flow_tests::timeline::effects_are_once;
use flow_vm::engine::{Act, Control, RecordFilter, RunFilter, RunId, RunStatus};
use flow_vm::seam::CrashPoint;
use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// Runs that one child begins: enough for every point to be reached many times.
const RUNS: usize = 6;
/// External calls under way at most: no more can be in doubt after a kill.
const CONCURRENCY: usize = 3;
const DAY_US: i64 = 86_400_000_000;
/// The calendar of the journey is open: what was held back is sent.
const OPEN_US: i64 = BEGINNING_US + 90 * 60_000_000;
/// All that waited three days is due.
const LATER_US: i64 = OPEN_US + 3 * DAY_US + 60_000_000;

/// What the child does: sees to it that every contact is there and has its run, and lets them go on. Not a test of its
/// own: without the variable it has nothing to do.
#[test]
fn child() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let mut words = order.split(' ');
    let mut word = || words.next().expect("an order has four words").to_owned();
    let (database, now_us, host) = (word(), word().parse().expect("a time"), word());
    let engine = open(Path::new(&database), now_us, &host, CONCURRENCY);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/crash/journey.flow");
    engine.deploy(deployment(&program)).expect("the program is deployed");
    for number in 0..RUNS {
        let external = Value::text(format!("c{number}"));
        let fields = vec![("external_id".to_owned(), external)];
        let act = Act::Upsert { entity: "Contact".to_owned(), by: "external_id".to_owned(), fields };
        let id = engine.perform(vec![act]).expect("the store is well").remove(0).expect("the contact fits");
        let id = id.as_int().expect("an id");
        let mine = about(id);
        if engine.runs(&mine).expect("runs are listed").is_empty() {
            let args = vec![
                ("contact".to_owned(), Value::Int(id)),
                ("base".to_owned(), Value::text(format!("http://{host}"))),
            ];
            engine.start("journey.journey", args).expect("the run starts");
        }
        engine.truncate_log().expect("the log is copied into the database");
    }
    engine.run_until_idle().expect("the engine goes on");
}

fn run_child(database: &Path, now_us: i64, ledger: &Ledger, crash_at: Option<String>) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", "child", "--test-threads=1"]);
    command.env(CHILD, format!("{} {now_us} {}", database.display(), ledger.host()));
    command.env_remove("FLOW_CRASH_AT");
    if let Some(at) = crash_at {
        command.env("FLOW_CRASH_AT", at);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the child runs")
}

/// What must be true at the end, whatever was killed when.
fn check(database: &Path, ledger: &Ledger, what: &str) {
    let engine = open(database, BEGINNING_US + 4 * DAY_US, &ledger.host(), CONCURRENCY);
    engine.run_until_idle().expect("the engine goes on");
    let contacts = engine.records(&RecordFilter { entity: "Contact".to_owned(), ..RecordFilter::default() });
    let contacts = contacts.expect("records are listed");
    assert_eq!(contacts.len(), RUNS, "{what}: every contact once");
    let arrivals = ledger.arrivals();
    let mut in_doubt = 0;
    for contact in contacts {
        let field =
            |name: &str| contact.fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value.clone());
        let Some(Value::Text(external)) = field("external_id") else { panic!("{what}: a contact without its number") };
        let mine = about(contact.id);
        let runs = engine.runs(&mine).expect("runs are listed");
        assert_eq!(runs.len(), 1, "{what}: {external} has exactly one run");
        let run = engine.show(runs[0].run).expect("the run is shown");
        let requested = effects_are_once(&run, what);

        let at = |path: &str| -> Vec<&Arrival> {
            arrivals.iter().filter(|arrival| arrival.path == format!("/{path}/{external}")).collect()
        };
        let keys: HashSet<_> = at("keyed").iter().map(|arrival| arrival.key.clone()).collect();
        assert!(!at("read").is_empty(), "{what}: {external} was asked for");
        assert!(keys.len() <= 1 && !keys.contains(&None), "{what}: {external} pays with one key, not {keys:?}");
        assert!(at("once").len() <= 1, "{what}: {external} got a once-only request {} times", at("once").len());
        let orders = at("verified").into_iter().filter(|arrival| arrival.method == "POST").count();
        assert!(orders <= 1, "{what}: {external} ordered {orders} times");
        let classes = ["read", "keyed", "verified", "once"].iter().filter(|path| !at(path).is_empty()).count();
        assert!(classes <= requested, "{what}: {external} saw a request without an intent");

        let number = |name: &str| field(name).and_then(|number| number.as_int());
        assert_eq!(number("sent"), Some(2), "{what}: {external} got as many messages as the cap allows");
        assert_eq!(number("skipped"), Some(1), "{what}: {external} was spared the one beyond it");
        let steps = number("steps");
        match run.run.status {
            RunStatus::Finished => {
                assert_eq!(steps, Some(6), "{what}: every local effect of {external} once");
                assert_eq!(at("once").len(), 1, "{what}: {external} finished without its request");
                assert_eq!(keys.len(), 1, "{what}: {external} finished without its payment");
                assert_eq!(orders, 1, "{what}: {external} finished without its order");
            }
            RunStatus::InDoubt => {
                in_doubt += 1;
                assert_eq!(steps, Some(5), "{what}: {external} is in doubt at its once-only call");
            }
            other => panic!("{what}: {external} ended up {other:?}: {:?}", run.run.failure),
        }
    }
    assert!(in_doubt <= CONCURRENCY, "{what}: {in_doubt} in doubt, with {CONCURRENCY} calls at a time");
}

/// A shop that knows which orders it has got.
fn shop() -> Ledger {
    let orders = Mutex::new(HashSet::new());
    Ledger::start(Duration::from_millis(1), move |arrival, _| {
        let mut orders = orders.lock().expect("no thread panicked");
        match &*arrival.method {
            "POST" => drop(orders.insert(arrival.path.clone())),
            _ if arrival.path.starts_with("/verified/") && !orders.contains(&arrival.path) => {
                return (404, "{}".to_owned());
            }
            _ => {}
        }
        (200, "{\"id\": \"R1\"}".to_owned())
    })
}

/// Plays the whole journey with one death in it. Whether the process came to that death.
fn story(point: CrashPoint, time: u32) -> bool {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let database = folder.path().join("flow.db");
    let ledger = shop();
    let what = format!("killed at {point:?}, time {time}");
    let run = |now_us, crash_at| run_child(&database, now_us, &ledger, crash_at).success();
    let mut killed = false;
    // The deaths come in turns: while runs begin, when what was held back is sent, when all of them wake up.
    for (now_us, turn) in [(BEGINNING_US, 1), (OPEN_US, 2), (LATER_US, 0)] {
        if time % 3 == turn {
            if point == CrashPoint::Recovering {
                // There is something to recover only after another death, with requests under way.
                run(now_us, Some(format!("{}:{}", CrashPoint::Sent as u32, time.div_ceil(3))));
                killed = !run(now_us, Some((point as u32).to_string()));
            } else {
                killed = !run(now_us, Some(format!("{}:{time}", point as u32)));
            }
        }
        assert!(run(now_us, None), "{what}: goes on");
    }
    check(&database, &ledger, &what);
    killed
}

#[test]
fn killed_at_each_point_twenty_times_nothing_is_lost_or_done_twice() {
    // Deaths in an upgrade are in the store's tests, those before a prompt is shown in the command's.
    let elsewhere = [CrashPoint::InMigration, CrashPoint::AfterBackup, CrashPoint::BeforePrompt];
    for point in CrashPoint::ALL.into_iter().filter(|point| !elsewhere.contains(point)) {
        let (mut kills, mut time, mut missed) = (0, 0, 0);
        while kills < 20 {
            time += 1;
            if story(point, time) {
                (kills, missed) = (kills + 1, 0);
            } else {
                missed += 1;
            }
            // So often it is reached in no turn: from the beginning again.
            if missed == 3 {
                assert!(time > 3, "{point:?} is never reached");
                (time, missed) = (0, 0);
            }
        }
    }
}

#[test]
fn killed_twice_while_recovering() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let database = folder.path().join("flow.db");
    let ledger = shop();
    assert!(run_child(&database, BEGINNING_US, &ledger, None).success());
    assert!(run_child(&database, OPEN_US, &ledger, None).success());
    for crash_at in ["8:2", "14:1", "3:1", "14:1", "8:1"] {
        run_child(&database, LATER_US, &ledger, Some(crash_at.to_owned()));
    }
    assert!(run_child(&database, LATER_US, &ledger, None).success());
    // Each of the three deaths with requests under way may leave as many in doubt as there are calls at a time.
    let engine = open(&database, LATER_US, &ledger.host(), CONCURRENCY);
    let runs: Vec<RunId> =
        engine.runs(&RunFilter::default()).expect("runs are listed").iter().map(|run| run.run).collect();
    assert_eq!(runs.len(), RUNS);
    for run in runs {
        effects_are_once(&engine.show(run).expect("the run is shown"), "killed while recovering");
    }
    for ((_, path, _), count) in ledger.counts() {
        assert!(!path.starts_with("/once/") || count == 1, "{path} arrived {count} times");
    }
}
