//! `contact.delete()` leaves no trace: not in the records, not in what other runs hold, not in the database's files.

use flow_bytecode::Value;
use flow_tests::engine::{CHILD, open};
use flow_tests::terminal::Terminal;
use flow_vm::engine::{Act, Control, Engine, RecordFilter, RunStatus};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const PROGRAM: &str = r#"
article help
extend Company { billing: Email?, remark: Text? }
event seen(company: Company, mail: Text)

/// About somebody else, and knows the address.
flow keeper(company: Company, mail: Text) -> Text {
    company.remark = "asks {{mail}}"
    company.add_note("write to {{mail}} soon")
    wait #long {
        on seen(company) as seen -> company.add_note("seen with {{seen.mail}}")
        after 30 days            -> stop
    }
    wait #longer 30 days
    return "wrote to {{mail}}"
}

/// About the contact.
flow about(contact: Contact) {
    let mail = contact.email ?? "nobody"
    let conversation = contact.conversation()
    say "We write to {{mail}}."
    let more = ask #more "Is {{mail}} right?" as Text, timeout: 10 days
    contact.add_note("{{mail}} says {{more ?? "nothing"}}")
}

flow forget(contact: Contact) {
    contact.delete()
    wait 1 day
}

/// Who is told.
flow told(number: Int)
    on contact.erased
{
    companies.create(name: "erased {{number}}")
}

test "what belongs to a contact goes with it" {
    let ada = Contact(first_name: "Eve", email: "eve@example.org")
    let bob = Contact(first_name: "Bob", email: "bob@example.com")
    let acme = Company(name: "Acme")
    let ticket = tickets.create(contact: ada, subject: "Broken")
    let other = tickets.create(contact: bob, subject: "Broken too")
    let keeps = start keeper(acme, mail: "eve@example.org")
    let asks = start about(ada)
    let forgets = start forget(ada)
    expect asks.cancelled and forgets.cancelled and keeps.waiting(#long)
    expect contacts.find(email: "eve@example.org") == null
    expect other.subject == "Broken too"
    expect companies.find_by_name("erased 1") != null
    expect acme.remark == "asks 000@0000000.00x"
}
"#;

/// How often a word stands in the files of a folder, whatever its case.
fn held(folder: &Path, word: &str) -> usize {
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let databases = files.filter(|file| file.extension().is_some_and(|end| end != "flow" && end != "csv"));
    let texts = databases.filter_map(|file| std::fs::read(file).ok());
    texts.map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase().matches(word).count()).sum()
}

fn flow(terminal: &Terminal, line: &str) -> String {
    let args: Vec<String> = std::iter::once("flow").chain(line.split(' ')).map(str::to_owned).collect();
    let (printed, code) = terminal.flow(&args, "");
    assert_eq!(code, ExitCode::SUCCESS, "{line}: {printed}");
    printed
}

/// A database in which Ada is known in every way.
fn known() -> Terminal {
    let terminal = Terminal::open();
    terminal.write("desk.flow", PROGRAM);
    terminal.write("flow.toml", "");
    flow(&terminal, "contacts add email=ada@example.com first_name=Ada phone=+4791234567");
    flow(&terminal, "contacts add email=bada@example.com first_name=Bada");
    flow(&terminal, "companies add name=Acme billing=ada@example.com");
    flow(&terminal, "tickets add contact=ada@example.com subject=Broken");
    flow(&terminal, "articles add name=help title=Help text=ask:(ada@example.com)(+4791234567)");
    flow(&terminal, "run desk.flow:about contact=ada@example.com --detach");
    flow(&terminal, "run desk.flow:keeper company=Acme mail=Ada@Example.com --detach");
    flow(&terminal, "run desk.flow:about contact=bada@example.com --detach");
    flow(&terminal, "fire seen company=1 mail=ada@example.com");
    terminal
}

#[test]
fn what_the_program_says_of_it_holds() {
    let terminal = Terminal::open();
    terminal.write("desk.flow", PROGRAM);
    let printed = flow(&terminal, "test desk.flow");
    assert!(printed.contains("1 test passed"), "{printed}");
}

#[test]
fn nothing_of_a_contact_is_left_in_the_files() {
    let terminal = known();
    assert!(held(terminal.folder(), "ada@example.com") > 5);
    assert!(held(terminal.folder(), "+4791234567") > 0);
    let printed = flow(&terminal, "contacts delete ada@example.com --yes");
    assert!(printed.contains("nothing of it is left"), "{printed}");
    let bada = held(terminal.folder(), "bada@example.com");
    assert!(bada > 2, "whoever has a longer address is somebody else");
    assert_eq!(held(terminal.folder(), "ada@example.com"), bada);
    assert_eq!(held(terminal.folder(), "4791234567"), 0);
    let printed = flow(&terminal, "companies show Acme");
    assert!(
        printed.contains("billing        000@0000000.00x") && printed.contains("asks 000@0000000.00x"),
        "{printed}"
    );
    // Not in the index of words either: its words are looked for without the signs between.
    assert!(flow(&terminal, "articles search ask").contains("help"));
    assert!(flow(&terminal, "articles search ada@example.com").contains("No article"));
    flow(&terminal, "companies show 2");
    let printed = flow(&terminal, "doctor");
    assert!(printed.contains("every checksum fits"), "{printed}");
    assert!(!printed.contains("ada@example"), "{printed}");
}

#[test]
fn spellings_and_earlier_values_go_too_and_what_is_another_s_now_stays() {
    let terminal = Terminal::open();
    terminal.write("desk.flow", PROGRAM);
    terminal.write("flow.toml", "");
    flow(&terminal, "contacts add email=old@example.com first_name=Ada phone=+4791234567");
    flow(&terminal, "contacts set old@example.com email=newer@example.com phone=+4790099887");
    flow(&terminal, "contacts set newer@example.com email=ada@example.com");
    flow(&terminal, "contacts add email=newer@example.com first_name=Eve");
    for (name, remark) in [
        ("Acme", "old@example.com"),
        ("Brook", "newer@example.com"),
        ("Crane", "900\u{a0}99\u{a0}887"),
        ("Drift", "0047-900-99-887,91\u{a0}23\u{a0}45\u{a0}67"),
    ] {
        let remark = format!("remark={remark}");
        let args = ["flow", "companies", "add", &format!("name={name}"), &remark].map(str::to_owned);
        assert_eq!(terminal.flow(&args, "").1, ExitCode::SUCCESS);
    }
    let spaced = ["flow", "companies", "add", "name=Elm", "remark=Ring 900 99 887."].map(str::to_owned);
    assert_eq!(terminal.flow(&spaced, "").1, ExitCode::SUCCESS);
    flow(&terminal, "contacts delete ada@example.com --yes");
    for word in ["old@example.com", "ada@example.com", "900 99 887", "900\u{a0}99\u{a0}887", "900-99-887", "45\u{a0}67"]
    {
        assert_eq!(held(terminal.folder(), word), 0, "{word}");
    }
    assert!(flow(&terminal, "companies show Elm").contains("Ring 000 00 000."));
    assert!(flow(&terminal, "companies show Brook").contains("newer@example.com"), "it is Eve's now");
    flow(&terminal, "contacts show newer@example.com");
    assert!(flow(&terminal, "doctor").contains("every checksum fits"));
}

fn engine(terminal: &Terminal) -> Engine {
    open(&terminal.folder().join("flow.db"), 1_900_000_000_000_000, "127.0.0.1:1", 1)
}

#[test]
fn what_was_begun_is_ended_by_whoever_comes_next() {
    let terminal = known();
    {
        // The step is committed, and then the process goes away.
        let engine = engine(&terminal);
        let act = Act::Call { action: "Contact.delete".to_owned(), args: vec![Value::Int(1)] };
        assert_eq!(engine.perform(vec![act]).expect("it is done"), [Ok(Value::Null)]);
    }
    let engine = engine(&terminal);
    engine.run_until_idle().expect("the engine goes on");
    let filter = RecordFilter { entity: "Company".to_owned(), ..RecordFilter::default() };
    let companies = engine.records(&filter).expect("companies are listed");
    assert_eq!(companies.len(), 2, "it was told once");
    let runs = engine.runs(&flow_tests::engine::about(1)).expect("runs are listed");
    assert!(runs.iter().all(|run| run.status == RunStatus::Cancelled), "{runs:?}");
    drop(engine);
    assert_eq!(held(terminal.folder(), "ada@example.com"), held(terminal.folder(), "bada@example.com"));
}

/// What the child does: deletes Ada unless that was done, and goes on with whatever there is to do. Not a test of its own:
/// without the variable it has nothing to do.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let engine = open(&Path::new(&folder).join("flow.db"), 1_900_000_000_000_000, "127.0.0.1:1", 1);
    let filter = RecordFilter { entity: "Contact".to_owned(), id: Some(1), ..RecordFilter::default() };
    if !engine.records(&filter).expect("contacts are listed").is_empty() {
        let act = Act::Call { action: "Contact.delete".to_owned(), args: vec![Value::Int(1)] };
        engine.perform(vec![act]).expect("it is done").pop().expect("an answer").expect("deleted");
    }
    engine.run_until_idle().expect("the engine goes on");
}

/// Lets the child work on a database; whether it came to its end.
fn erases(folder: &Path, crash_at: Option<&str>) -> bool {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", "child", "--test-threads=1", "--nocapture"]).env(CHILD, folder);
    command.env_remove("FLOW_CRASH_AT").stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(at) = crash_at {
        command.env("FLOW_CRASH_AT", at);
    }
    command.status().expect("the child runs").success()
}

#[test]
fn killed_at_any_moment_it_is_erased_all_the_same() {
    let known = known();
    let mut killed = 0;
    for point in [1, 2, 3, 4, 5, 6, 10, 14] {
        for time in 1..12 {
            let scratch = tempfile::tempdir().expect("a scratch folder");
            for name in ["flow.db", "flow.db-wal"] {
                let from = known.folder().join(name);
                if from.is_file() {
                    std::fs::copy(from, scratch.path().join(name)).expect("the database is copied");
                }
            }
            if erases(scratch.path(), Some(&format!("{point}:{time}"))) {
                // It is not reached so often.
                break;
            }
            killed += 1;
            assert!(erases(scratch.path(), None), "after {point}:{time}");
            let (held, longer) = (held(scratch.path(), "ada@example.com"), held(scratch.path(), "bada@example.com"));
            assert_eq!(held, longer, "killed at {point}:{time}");
            let engine = open(&scratch.path().join("flow.db"), 1_900_000_000_000_000, "127.0.0.1:1", 1);
            let filter = RecordFilter { entity: "Company".to_owned(), ..RecordFilter::default() };
            let companies = engine.records(&filter).expect("companies are listed");
            assert_eq!(companies.len(), 2, "it was told once, killed at {point}:{time}");
        }
    }
    assert!(killed > 20, "killed {killed} times");
}

#[test]
fn several_are_erased_one_after_the_other() {
    let terminal = known();
    let engine = engine(&terminal);
    let act = |id| Act::Call { action: "Contact.delete".to_owned(), args: vec![Value::Int(id)] };
    let done = engine.perform(vec![act(1), act(2), act(3)]).expect("they are done");
    assert!(done[0].is_ok() && done[1].is_ok(), "{done:?}");
    assert_eq!(done[2].as_ref().expect_err("there is no third").kind.as_ref(), "gone");
    engine.run_until_idle().expect("the engine goes on");
    let filter = RecordFilter { entity: "Company".to_owned(), ..RecordFilter::default() };
    let companies = engine.records(&filter).expect("companies are listed");
    let names: Vec<&Value> = companies.iter().map(|company| &company.fields[0].1).collect();
    assert_eq!(names[1..], [&Value::text("erased 1"), &Value::text("erased 2")]);
    drop(engine);
    assert_eq!(held(terminal.folder(), "ada@example.com"), 0);
}

#[test]
fn nobody_is_deleted_unasked() {
    let terminal = known();
    let args = ["flow", "contacts", "delete", "ada@example.com"].map(str::to_owned);
    let (printed, code) = terminal.flow(&args, "");
    assert_eq!(code, ExitCode::from(2), "{printed}");
    assert!(flow(&terminal, "contacts show ada@example.com").contains("Ada"));
}
