//! Ten thousand contacts from a CRM's export, one onboarding run each, and a process that is killed with SIGKILL while it
//! starts them and again while they wake up.

use flow_bytecode::Value;
use flow_stdlib::workspace::import::{Import, Report, Settings};
use flow_tests::engine::{CHILD, about, open};
use flow_tests::export::{Expected, export};
use flow_tests::ledger::{Arrival, Ledger};
use flow_tests::story::{BEGINNING_US, deployment};
use flow_tests::timeline::effects_are_once;
use flow_vm::action::ActionError;
use flow_vm::engine::{Control, Engine, RecordFilter, RecordView, RunStatus};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const CONTACTS: usize = 10_000;
/// External calls under way at most: no more can be in doubt after a kill.
const CONCURRENCY: usize = 16;
const DAY_US: i64 = 86_400_000_000;
/// What the child says after every so many starts.
const STARTED: &str = "started";

fn contacts(engine: &Engine) -> Vec<RecordView> {
    let mut all: Vec<RecordView> = Vec::new();
    loop {
        let after = all.last().map_or(0, |contact| contact.id);
        let filter = RecordFilter { entity: "Contact".to_owned(), after, limit: 1_000, ..RecordFilter::default() };
        let page = engine.records(&filter).expect("records are listed");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// What the child does: sees to it that every contact has its run, and lets them go on. Not a test of its own: without
/// the variable it has nothing to do.
#[test]
fn child() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let mut words = order.split(' ');
    let mut word = || words.next().expect("an order has three words").to_owned();
    let (database, now_us, host) = (word(), word().parse().expect("a time"), word());
    let engine = open(Path::new(&database), now_us, &host, CONCURRENCY);
    for some in contacts(&engine).chunks(250) {
        let without =
            some.iter().filter(|contact| engine.runs(&about(contact.id)).expect("runs are listed").is_empty());
        let start = |contact: &RecordView| {
            let base = Value::text(format!("http://{host}"));
            let args = vec![("contact".to_owned(), Value::Int(contact.id)), ("base".to_owned(), base)];
            engine.start_soon("crowd.onboarding", args)
        };
        let pending: Vec<_> = without.map(start).collect();
        for pending in pending {
            pending.wait().expect("the run starts");
        }
        println!("{STARTED}");
    }
    engine.run_until_idle().expect("the engine goes on");
}

fn spawn(database: &Path, now_us: i64, ledger: &Ledger) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", "child", "--test-threads=1", "--nocapture"]);
    command.env(CHILD, format!("{} {now_us} {}", database.display(), ledger.host()));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the child runs")
}

/// Reads what the child says until it has said so much; false when it ended before.
fn says(child: &mut Child, times: usize) -> bool {
    let lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    lines.map_while(Result::ok).filter(|line| line.contains(STARTED)).take(times).count() == times
}

fn finish(mut child: Child) {
    says(&mut child, usize::MAX);
    assert!(child.wait().expect("the child ends").success());
}

fn import(engine: &Engine, table: String) -> Report {
    let schema = engine.schema().expect("a schema was deployed");
    let report: Arc<Mutex<Report>> = Arc::default();
    let found = report.clone();
    let settings = Settings { entity: "Contact".to_owned(), country: Some("NO".to_owned()), no_runs: false };
    let whole = engine.act_soon(move |workspace| {
        let mut import =
            Import::new(table.as_bytes(), &schema, &settings).map_err(|why| ActionError::Fault(why.to_string()))?;
        while import.batch(workspace, 1_000)? {}
        *found.lock().expect("no thread panicked") = import.report().clone();
        Ok(Value::Null)
    });
    whole.wait().expect("the store is well").expect("the table is imported");
    report.lock().expect("no thread panicked").clone()
}

/// Imports half of the contacts with semicolons, half with commas, and the first half once more.
fn import_all(database: &Path, host: &str) {
    let engine = open(database, BEGINNING_US, host, CONCURRENCY);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/crash/crowd.flow");
    engine.deploy(deployment(&program)).expect("the program is deployed");
    let (semicolons, first) = export(0, CONTACTS / 2, ';');
    let (commas, second) = export(CONTACTS / 2, CONTACTS, ',');
    let again = Expected { imported: 0, merged: first.imported + first.merged, ..first };
    for (table, expected) in [(semicolons.clone(), first), (commas, second), (semicolons, again)] {
        let report = import(&engine, table);
        let came_to = Expected {
            imported: report.imported,
            merged: report.merged,
            refused: report.refused,
            reasons: report.reasons.len(),
        };
        assert_eq!(came_to, expected, "{:?}", report.reasons.first());
    }
    assert_eq!(contacts(&engine).len(), CONTACTS);
}

#[test]
fn ten_thousand_contacts_survive_two_kills() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let database = folder.path().join("flow.db");
    let ledger = Ledger::start(Duration::ZERO, |_, _| (200, "{}".to_owned()));
    import_all(&database, &ledger.host());

    let mut child = spawn(&database, BEGINNING_US, &ledger);
    assert!(says(&mut child, CONTACTS / 250 / 3), "the child ended before it was killed");
    child.kill().expect("the child is killed");
    child.wait().expect("the child ends");
    finish(spawn(&database, BEGINNING_US, &ledger));
    assert!(ledger.arrivals().is_empty(), "nothing leaves before three days are over");

    let later = BEGINNING_US + 3 * DAY_US + 60_000_000;
    let mut child = spawn(&database, later, &ledger);
    while ledger.arrivals().len() < CONTACTS / 2 {
        assert!(child.try_wait().expect("the child can be asked").is_none(), "the child ended before it was killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("the child is killed");
    child.wait().expect("the child ends");
    finish(spawn(&database, later, &ledger));

    check(&database, later, &ledger);
}

fn check(database: &Path, now_us: i64, ledger: &Ledger) {
    let engine = open(database, now_us, &ledger.host(), CONCURRENCY);
    let mut keyed: HashMap<String, HashSet<Option<String>>> = HashMap::new();
    let mut once: HashMap<String, usize> = HashMap::new();
    for Arrival { path, key, .. } in ledger.arrivals() {
        match path.strip_prefix("/once/") {
            Some(contact) => *once.entry(contact.to_owned()).or_default() += 1,
            None => {
                let contact = path.strip_prefix("/keyed/").expect("nothing else is asked for");
                keyed.entry(contact.to_owned()).or_default().insert(key);
            }
        }
    }
    let mut in_doubt = 0;
    for contact in contacts(&engine) {
        let field = |name: &str| contact.fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value);
        let Some(Value::Text(number)) = field("external_id") else { panic!("a contact without its number") };
        let runs = engine.runs(&about(contact.id)).expect("runs are listed");
        assert_eq!(runs.len(), 1, "{number} has exactly one run");
        let run = engine.show(runs[0].run).expect("the run is shown");
        let requested = effects_are_once(&run, number);
        assert_eq!(requested, 2, "{number} asked for both of its requests");
        let keys = &keyed[&**number];
        assert!(keys.len() == 1 && !keys.contains(&None), "{number} has one gift, with one key: {keys:?}");
        let arrived = once.get(&**number).copied().unwrap_or(0);
        let steps = field("steps").and_then(Value::as_int);
        match run.run.status {
            RunStatus::Finished => {
                assert_eq!((arrived, steps), (1, Some(4)), "{number}: everything once");
            }
            RunStatus::InDoubt => {
                in_doubt += 1;
                assert!(arrived <= 1 && steps == Some(3), "{number} is in doubt at its once-only call");
            }
            other => panic!("{number} ended up {other:?}: {:?}", run.run.failure),
        }
    }
    assert!(in_doubt <= CONCURRENCY, "{in_doubt} in doubt, with {CONCURRENCY} calls at a time");
    let strangers = once.len() + keyed.len();
    assert!(strangers <= 2 * CONTACTS, "every request has its run");
}
