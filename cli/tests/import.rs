//! An import while another process runs the engine: handed to it lot by lot, reported row by row, finished without it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
use serde_json::Value;
use std::io::Read;
use std::process::{Child, Command, Stdio};

const ROWS: usize = 1_700;

/// A CRM's export with rows of every kind: new, of somebody before, refused, blank.
fn export() -> String {
    let mut text = String::from("Email;First name;Company;Phone\n");
    for number in 0..ROWS {
        text.push_str(&match number % 10 {
            7 => format!("p{}@example.com;Again {number};ACME;\n", number - 5),
            8 => format!("not an address {number};Nobody;;\n"),
            9 => ";;;\n".to_owned(),
            _ => format!("p{number}@example.com;Åse {number};{};\n", ["Acme", "Fjord AS", ""][number % 3]),
        });
    }
    text
}

/// A project whose database another process owns and serves.
fn served(crash_at: Option<&str>) -> (Scratch, Child) {
    let project = Scratch::project();
    project.flow(&["run", "hello.flow", "--detach"]).expect(0);
    project.write("people.csv", export());
    let mut command = Command::new(env!("CARGO_BIN_EXE_flow"));
    command.arg("resume").current_dir(project.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(at) = crash_at {
        command.env("FLOW_CRASH_AT", at);
    }
    let mut owner = command.spawn().unwrap();
    let mut first = [0; 7];
    owner.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"serving");
    (project, owner)
}

fn report(printed: &str) -> Value {
    serde_json::from_str(printed.trim()).expect("one JSON object")
}

fn count(report: &Value, what: &str) -> u64 {
    report[what].as_u64().expect("a count")
}

/// Every person of the file once, and every company once.
fn is_whole(project: &Scratch) {
    let listed = |what: &str| project.flow(&[what, "list", "--json", "--limit", "100000"]).expect(0).out;
    // And the visitor of the run that waits.
    let people = ROWS / 10 * 7 + 1;
    assert_eq!(listed("contacts").lines().count(), people);
    assert_eq!(listed("companies").lines().count(), 2);
}

#[test]
fn the_owner_takes_the_rows_and_reports_each() {
    let alone = Scratch::project();
    alone.write("people.csv", export());
    let expected = report(&alone.flow(&["contacts", "import", "people.csv", "--json"]).expect(0).out);
    assert_eq!((count(&expected, "refused"), count(&expected, "blank")), (170, 170));
    let (project, mut owner) = served(None);
    let found = report(&project.flow(&["contacts", "import", "people.csv", "--json"]).expect(0).out);
    assert_eq!(found, expected);
    assert!(owner.try_wait().unwrap().is_none(), "the owner goes on");
    is_whole(&project);
    owner.kill().unwrap();
    owner.wait().unwrap();
    is_whole(&project);
}

/// Dead before a lot's commit, right after it, and before the first: the import goes on in this process.
#[test]
fn the_owner_dies_in_the_middle_and_the_import_goes_on() {
    // Commits of the owner: one as it opens, one that deploys, then one a lot.
    for crash_at in ["3:2", "4:2", "3:3", "4:3", "4:4"] {
        let (project, mut owner) = served(Some(crash_at));
        let done = project.flow(&["contacts", "import", "people.csv", "--json"]);
        assert!(!owner.wait().unwrap().success(), "{crash_at}: the owner was to die");
        if done.code != 0 {
            // It died before it was asked for the first row.
            assert!(done.code == 3 && done.err.contains("cannot be reached"), "{crash_at}: {}", done.err);
            project.flow(&["contacts", "import", "people.csv", "--json"]).expect(0);
            is_whole(&project);
            continue;
        }
        let found = report(&done.out);
        assert!(done.err.contains("are sent again"), "{crash_at}: {}", done.err);
        assert_eq!(count(&found, "refused"), 170, "{crash_at}");
        assert_eq!(count(&found, "imported") + count(&found, "merged"), ROWS as u64 / 10 * 8, "{crash_at}");
        is_whole(&project);
    }
}
