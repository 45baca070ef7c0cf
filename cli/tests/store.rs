//! A database that is locked, read-only, damaged, newer or absent: exit code 3, what to do, and nothing lost.

mod common;

use common::Scratch;

/// A project with one run that waits.
fn waiting() -> (Scratch, String) {
    let project = Scratch::project();
    let run = project.flow(&["run", "hello.flow", "--detach"]).expect(0).run_id();
    (project, run)
}

#[test]
fn absent() {
    let project = Scratch::project();
    for args in [&["runs"][..], &["show", "r_11"], &["answer", "r_11", "x"], &["resume"], &["contacts", "list"]] {
        let done = project.flow(args).expect(3).says("there is no database at flow.db").says("help:");
        assert!(!project.at("flow.db").exists(), "{args:?} made a database: {}", done.out);
    }
    project.flow(&["run", "hello.flow", "--detach", "--db", "nowhere/x.db"]).expect(3).says("does not exist");
    project.flow(&["doctor"]).expect(0);
}

#[test]
fn no_database_at_all() {
    let project = Scratch::project();
    project.write("flow.db", "this is a shopping list, not a database; it is long enough to be taken for one.".repeat(20));
    project.flow(&["runs"]).expect(3).says("is not a Flow database");
    project.flow(&["run", "hello.flow"]).expect(3).says("is not a Flow database");
    project.flow(&["doctor"]).expect(3);
    assert!(std::fs::read_to_string(project.at("flow.db")).unwrap().starts_with("this is a shopping list"));
}

#[test]
fn truncated() {
    let (project, _) = waiting();
    let bytes = std::fs::read(project.at("flow.db")).unwrap();
    std::fs::remove_file(project.at("flow.db-wal")).ok();
    std::fs::remove_file(project.at("flow.db-shm")).ok();
    project.write("flow.db", &bytes[..bytes.len().min(bytes.len() / 2 + 100)]);
    let done = project.flow(&["runs"]);
    assert!([0, 3].contains(&done.code), "{}", done.err);
    let doctor = project.flow(&["doctor"]);
    assert_eq!(doctor.code, 3, "{}{}", doctor.out, doctor.err);
}

#[cfg(unix)]
#[test]
fn in_use_by_another_process() {
    use std::process::{Command, Stdio};
    let (project, run) = waiting();
    let mut owner = Command::new(env!("CARGO_BIN_EXE_flow"))
        .args(["resume"])
        .current_dir(project.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = [0; 7];
    std::io::Read::read_exact(owner.stdout.as_mut().unwrap(), &mut first).unwrap();
    assert_eq!(&first, b"serving");
    let done = project.flow(&["answer", &run, "2"]);
    owner.kill().unwrap();
    owner.wait().unwrap();
    // Handed to the owner, or refused by name; never half done.
    match done.code {
        0 => assert!(project.flow(&["runs"]).expect(0).out.contains("finished")),
        3 => {
            assert!(done.err.contains("flow.db") && done.err.contains("help:"), "{}", done.err);
            project.flow(&["answer", &run, "2"]).expect(0);
        }
        other => panic!("exit code {other}: {}", done.err),
    }
}

#[test]
fn killed_while_it_waits_nothing_is_lost() {
    use std::process::{Command, Stdio};
    let project = Scratch::project();
    let mut child = Command::new(env!("CARGO_BIN_EXE_flow"))
        .args(["run", "hello.flow"])
        .current_dir(project.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut seen = String::new();
    let mut out = child.stdout.take().unwrap();
    while !seen.contains("Just hello") {
        let mut byte = [0];
        std::io::Read::read_exact(&mut out, &mut byte).unwrap();
        seen.push(char::from(byte[0]));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = project.flow(&["runs", "--json"]).expect(0).out;
    let run: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(run["status"], "waiting");
    let run = run["run"].as_str().unwrap().to_owned();
    assert!(project.flow(&["answer", &run, "2"]).expect(0).out.contains("Hello to you, too."));
}
