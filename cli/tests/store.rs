//! A database that is locked, read-only, damaged, newer or absent: exit code 3, what to do, and nothing lost.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::{Scratch, serving};
use std::process::{Child, Command, Stdio};

/// A project with one run that waits.
fn waiting() -> (Scratch, String) {
    let project = Scratch::project();
    let run = project.flow(&["run", "hello.flow", "--detach"]).expect(0).run_id();
    (project, run)
}

#[test]
fn absent() {
    let project = Scratch::project();
    for args in [&["runs"][..], &["show", "r_00011"], &["answer", "r_00011", "x"], &["resume"], &["contacts", "list"]] {
        let done = project.flow(args).expect(3).says("there is no database at flow.db").says("help:");
        assert!(!project.at("flow.db").exists(), "{args:?} made a database: {}", done.out);
    }
    project.flow(&["run", "hello.flow", "--detach", "--db", "nowhere/x.db"]).expect(3).says("does not exist");
    project.flow(&["doctor"]).expect(0);
}

#[test]
fn empty() {
    let (project, run) = waiting();
    let whole = folded(&project);
    project.write("flow.db", "");
    project.write("people.csv", "email\nada@example.com\n");
    for args in [
        &["runs"][..],
        &["show", &run],
        &["answer", &run, "2"],
        &["resume", "--until-idle"],
        &["run", "hello.flow", "--detach"],
        &["fire", "paid"],
        &["contacts", "import", "people.csv"],
    ] {
        project.flow(args).expect(3).says("flow.db is empty").says("estore a backup");
    }
    assert!(project.flow(&["doctor"]).expect(3).out.contains("is empty"));
    assert_eq!(std::fs::metadata(project.at("flow.db")).unwrap().len(), 0, "nothing was made in its place");
    project.write("flow.db", whole);
    project.flow(&["answer", &run, "2"]).expect(0);
}

#[test]
fn no_database_at_all() {
    let project = Scratch::project();
    project
        .write("flow.db", "this is a shopping list, not a database; it is long enough to be taken for one.".repeat(20));
    project.flow(&["runs"]).expect(3).says("is not a Flow database");
    project.flow(&["run", "hello.flow"]).expect(3).says("is not a Flow database");
    project.flow(&["doctor"]).expect(3);
    assert!(std::fs::read_to_string(project.at("flow.db")).unwrap().starts_with("this is a shopping list"));
}

/// Everything in the one file, as after a long day.
fn folded(project: &Scratch) -> Vec<u8> {
    use flow_vm::store::Store;
    use flow_vm::store::sqlite::{Options, SqliteStore};
    let mut store = SqliteStore::open(&project.at("flow.db"), &Options::default()).unwrap();
    store.truncate_log().unwrap();
    drop(store);
    std::fs::read(project.at("flow.db")).unwrap()
}

#[test]
fn truncated() {
    let (project, _) = waiting();
    let bytes = folded(&project);
    project.write("flow.db", &bytes[..bytes.len() / 2 + 100]);
    let told = project.flow(&["doctor"]).expect(3).out;
    assert!(told.contains("restore a backup") && !told.contains("flow doctor"), "{told}");
    let done = project.flow(&["runs"]);
    // Rows that are still whole may be shown; what is missing is said, never made up.
    assert!(done.code == 3 || done.out.contains("r_"), "{}{}", done.out, done.err);
}

#[test]
fn damaged_in_the_middle() {
    let (project, run) = waiting();
    let bytes = folded(&project);
    // Every page but the first, one at a time: an error, or all as it was.
    let page = 2048;
    for at in (page..bytes.len()).step_by(page * 5) {
        let mut broken = bytes.clone();
        for byte in &mut broken[at + page / 2..at + page] {
            *byte ^= 0x55;
        }
        std::fs::remove_file(project.at("flow.db-wal")).ok();
        project.write("flow.db", &broken);
        let done = project.flow(&["show", &run]);
        assert!([0, 2, 3].contains(&done.code), "{}", done.err);
        assert!(done.code == 0 || !done.err.is_empty());
    }
}

#[test]
fn written_by_a_newer_version() {
    let (project, run) = waiting();
    let mut bytes = folded(&project);
    // SQLite keeps `user_version` in bytes 60 to 63 of the file.
    bytes[60..64].copy_from_slice(&9_999u32.to_be_bytes());
    project.write("flow.db", &bytes);
    for args in [&["runs"][..], &["answer", &run, "2"], &["run", "hello.flow"], &["doctor"]] {
        let done = project.flow(args).expect(3);
        assert!(format!("{}{}", done.out, done.err).contains("9999"), "{}{}", done.out, done.err);
    }
    assert_eq!(std::fs::read(project.at("flow.db")).unwrap()[60..64], 9_999u32.to_be_bytes());
}

/// As somebody who may read there and not write.
#[cfg(unix)]
#[test]
fn read_only() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let (project, run) = waiting();
    folded(&project);
    let set = |mode: u32, folder_mode: u32| {
        for entry in std::fs::read_dir(project.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        std::fs::set_permissions(project.path(), std::fs::Permissions::from_mode(folder_mode)).unwrap();
    };
    // Root may write everywhere, so the command is then run as nobody, from a place where nobody may run it.
    let root = std::fs::metadata(project.path()).unwrap().uid() == 0;
    let public = Scratch::empty();
    let program = public.at("flow");
    std::fs::copy(env!("CARGO_BIN_EXE_flow"), &program).unwrap();
    std::fs::set_permissions(public.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    set(0o444, 0o555);
    for args in [&["answer", &run, "2"][..], &["runs"], &["run", "hello.flow"], &["doctor"]] {
        let mut command = std::process::Command::new(&program);
        command.args(args).current_dir(project.path()).stdin(std::process::Stdio::null());
        if root {
            command.uid(65_534).gid(65_534);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(3), "{args:?}: {said}");
        assert!(said.contains("cannot be written") && said.contains("write access"), "{args:?}: {said}");
    }
    set(0o644, 0o755);
    project.flow(&["answer", &run, "2"]).expect(0);
}

/// Another program keeps it locked: whoever comes is told so, in bounded time, and nothing is lost.
#[test]
fn locked_by_another_program() {
    let (project, run) = waiting();
    let other = rusqlite::Connection::open(project.at("flow.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let begun = std::time::Instant::now();
    for args in [&["run", "hello.flow", "--detach"][..], &["answer", &run, "2"]] {
        project.flow(args).expect(3).says("locked by another program (not Flow)").says("help:");
    }
    let took = begun.elapsed();
    assert!(took.as_secs() < 30, "two commands took {took:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(project.flow(&["runs", "--json"]).expect(0).out.lines().count(), 1);
    project.flow(&["answer", &run, "2"]).expect(0);
}

/// The owner hangs: whoever comes is told so, in bounded time, and nothing is lost.
#[cfg(unix)]
#[test]
fn in_use_by_a_process_that_does_not_answer() {
    use std::process::Command;
    let (project, run) = waiting();
    let mut owner = serving(&project, &[]);
    let signal = |name: &str| Command::new("kill").args([name, &owner.id().to_string()]).status().unwrap();
    assert!(signal("-STOP").success());
    let begun = std::time::Instant::now();
    let done = project.flow(&["runs"]);
    let took = begun.elapsed();
    assert!(signal("-CONT").success());
    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(done.code == 3 && done.err.contains("help:"), "{}{}", done.out, done.err);
    assert!(took.as_secs() < 50, "it took {took:?}");
    project.flow(&["answer", &run, "2"]).expect(0);
}

#[cfg(unix)]
#[test]
fn in_use_by_another_process() {
    let (project, run) = waiting();
    let mut owner = serving(&project, &[]);
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

/// `flow run` of a flow, to be killed in the midst of it.
fn begun(project: &Scratch, flow: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_flow"))
        .args(["run", flow])
        .current_dir(project.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_while_it_waits_nothing_is_lost() {
    let project = Scratch::project();
    let mut child = begun(&project, "hello.flow");
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

/// Who asks first after a crash is told of the doubt, and not that something is still under way.
#[test]
fn killed_in_the_midst_of_a_call_the_first_who_asks_hears_of_the_doubt() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = silent.local_addr().unwrap();
    let project = Scratch::project();
    project.write("flow.toml", format!("[net]\nallow = [\"{host}\"]\n"));
    project.write("pay.flow", format!("flow pay() {{ http.post(url: \"http://{host}/pay\", json: {{ n: 1 }}) }}\n"));
    let mut child = begun(&project, "pay.flow:pay");
    let (mut asked, _) = silent.accept().unwrap();
    std::io::Read::read_exact(&mut asked, &mut [0; 4]).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = project.flow(&["runs", "--status", "in_doubt", "--json"]).expect(0).out;
    let run: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(run["status"], "in_doubt");
}

/// Commands that come at once wait for one another: each starts its run, none is refused, none is started twice.
#[test]
fn many_commands_at_once_wait_for_one_another() {
    let (project, _) = waiting();
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| project.flow(&["run", "hello.flow", "--detach"]).expect(0));
        }
    });
    assert_eq!(project.flow(&["runs", "--json"]).expect(0).out.lines().count(), 13);
}

/// What an interrupted copy leaves beside a log is not begun anew: the log holds everything.
#[test]
fn emptied_beside_its_log() {
    let (project, _) = waiting();
    let log = b"not a log, but not nothing either".to_vec();
    project.write("flow.db", "");
    project.write("flow.db-wal", &log);
    for args in [&["runs"][..], &["run", "hello.flow", "--detach"]] {
        project.flow(args).expect(3);
        assert_eq!(std::fs::read(project.at("flow.db-wal")).unwrap(), log, "{args:?} touched the log");
    }
}

/// The one file is the whole database once a command has ended.
#[test]
fn copied_after_an_exit() {
    let (project, run) = waiting();
    std::fs::copy(project.at("flow.db"), project.at("copy.db")).unwrap();
    assert!(project.flow(&["runs", "--db", "copy.db"]).expect(0).out.contains(&run));
}
