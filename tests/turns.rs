//! What is distributed is even, also where many distribute at once; and no two get the same time in a diary.

use flow_bytecode::Value;
use flow_tests::engine::open;
use flow_tests::project::project;
use flow_tests::story::deployed;
use flow_vm::engine::{Act, Control, Engine, RecordFilter, RecordView};
use std::collections::BTreeMap;

const PROGRAM: &str = r#"
team sales
calendar office { zone: "Europe/Oslo", open: "mon-fri 09:00-16:00" }

flow lead(contact: Contact) {
    contact.distribute(to: .sales)
    follow_ups.book(contact, title: "Demo", length: 20 minutes, within: .office)
}
"#;
const CONTACTS: usize = 200;
const TEAMMATES: i64 = 3;

fn engine(folder: &std::path::Path) -> Engine {
    let engine = open(&folder.join("flow.db"), 1_900_000_000_000_000, "127.0.0.1:1", 4);
    engine.deploy(deployed(project([("desk.flow", PROGRAM.as_bytes())]))).expect("it is deployed");
    engine
}

fn records(engine: &Engine, entity: &str) -> Vec<RecordView> {
    let filter = RecordFilter { entity: entity.to_owned(), limit: 1_000, ..RecordFilter::default() };
    engine.records(&filter).expect("records are listed")
}

fn field<'a>(record: &'a RecordView, name: &str) -> &'a Value {
    record.fields.iter().find(|(field, _)| **field == *name).map(|(_, value)| value).expect("a field")
}

#[test]
fn many_at_once_are_given_out_evenly() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let engine = engine(folder.path());
    let sales = Value::List(std::sync::Arc::new(vec![Value::text("sales")]));
    let mates = (0..TEAMMATES).map(|at| Act::Call {
        action: "teammates.create".to_owned(),
        args: vec![Value::text(format!("m{at}")), Value::Null, Value::Null, sales.clone()],
    });
    engine.perform(mates.collect()).expect("teammates are made");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let engine = &engine;
            scope.spawn(move || {
                for number in 0..CONTACTS / 4 {
                    let email = Value::text(format!("c{thread}-{number}@example.com"));
                    let act = Act::Call { action: "contacts.create".to_owned(), args: vec![email] };
                    let made = engine.perform(vec![act]).expect("a contact is made").pop().expect("one");
                    let args = vec![("contact".to_owned(), made.expect("a contact"))];
                    engine.start("desk.lead", args).expect("the run starts");
                }
            });
        }
    });
    engine.run_until_idle().expect("the engine goes on");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for contact in records(&engine, "Contact") {
        *counts.entry(format!("{:?}", field(&contact, "owner"))).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), CONTACTS);
    let (least, most) = (counts.values().min().expect("some"), counts.values().max().expect("some"));
    assert!(counts.len() == TEAMMATES as usize && most - least <= 1, "{counts:?}");
    let mut taken: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for follow_up in records(&engine, "FollowUp") {
        let moment = |name| field(&follow_up, name).as_int().expect("a moment");
        taken.entry(format!("{:?}", field(&follow_up, "owner"))).or_default().push((moment("due"), moment("ends")));
    }
    assert_eq!(taken.values().map(Vec::len).sum::<usize>(), CONTACTS, "everybody got a time");
    for times in taken.values_mut() {
        times.sort_unstable();
        assert!(times.windows(2).all(|two| two[0].1 <= two[1].0), "two at the same time");
    }
    let notifications = records(&engine, "Notification");
    assert_eq!(notifications.len(), 2 * CONTACTS, "each owner is told of the contact and of the demo");
}
