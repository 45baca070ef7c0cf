//! An import says which flows begin with it, before they do.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
#[cfg(target_os = "linux")]
use common::terminal::Terminal;
use serde_json::Value;

const PROGRAM: &str = r#"
extend Contact { score: Int = 0 }

flow welcome(contact: Contact)
    on contact.created where contact.city == "Oslo"
{
    contact.add_note("Welcome.")
}

flow members(contact: Contact)
    on audience(contact.score > 3)
{
    contact.add_note("A member.")
}

flow moved(contact: Contact)
    on contact.changed where contact.city == "Bergen"
{
    contact.add_note("Has moved.")
}
"#;

fn project() -> Scratch {
    let project = Scratch::project();
    project.write("desk.flow", PROGRAM);
    let mut file = "email,city,score\n".to_owned();
    for number in 0..8 {
        file.push_str(&format!("p{number}@example.com,{},{number}\n", ["Oslo", "Rome"][number % 2]));
    }
    project.write("people.csv", file);
    project
}

fn runs(project: &Scratch) -> usize {
    project.flow(&["runs", "--json"]).expect(0).out.lines().count()
}

#[test]
fn the_runs_that_an_import_begins_are_told_before() {
    let project = project();
    let done = project.flow(&["contacts", "import", "people.csv", "--json"]).expect(0);
    let done =
        done.says("4 runs of desk.members, 4 runs of desk.welcome begin with this file; `--no-runs` begins none");
    let report: Value = serde_json::from_str(done.out.trim()).unwrap();
    let begins = |flow: &str| serde_json::json!({ "flow": flow, "runs": 4 });
    assert_eq!(report["begins"], serde_json::json!([begins("desk.members"), begins("desk.welcome")]));
    assert_eq!((report["imported"].as_u64(), runs(&project)), (Some(8), 8));
    // Those who are there begin nothing, and nothing is said.
    let again = project.flow(&["contacts", "import", "people.csv"]).expect(0).shows("8 merged");
    assert_eq!((again.err.as_str(), runs(&project)), ("", 8));
    // But who has moved does.
    project.write("moved.csv", "email,city\np1@example.com,Bergen\n");
    project.flow(&["contacts", "import", "moved.csv"]).expect(0).says("1 run of desk.moved begins with this file");
    assert_eq!(runs(&project), 9);
}

#[test]
fn no_flow_begins_where_none_is_to() {
    let project = project();
    let done = project.flow(&["contacts", "import", "people.csv", "--no-runs"]).expect(0).shows("8 contacts imported");
    assert_eq!((done.err.as_str(), runs(&project)), ("", 0));
    // Nor later: a member who stays one has not come to be one.
    project.flow(&["contacts", "set", "p7@example.com", "score=9"]).expect(0);
    assert_eq!(runs(&project), 0);
    project.flow(&["contacts", "set", "p1@example.com", "score=9"]).expect(0);
    assert_eq!(runs(&project), 1);
}

#[test]
fn records_are_written_while_flows_are_broken() {
    let project = project();
    let set = ["contacts", "set", "p1@example.com", "score=9"];
    project.write("broken.flow", "flow oops(contact: Contact) { contact.add_noet(3) }\n");
    // Nothing was deployed: what a contact may hold is not known.
    project.flow(&set).expect(1).says("add_noet");
    project.write("broken.flow", "");
    project.flow(&["contacts", "import", "people.csv", "--no-runs"]).expect(0);
    let told = "records are as the project declared them when it was deployed last";
    for broken in [&b"flow oops(contact: Contact) { contact.add_noet(3) }\n"[..], b"flow {", b"team \xff\n"] {
        project.write("broken.flow", broken);
        project.flow(&set).expect(0).shows("contact 2 changed").says(told);
        project.flow(&["contacts", "import", "people.csv"]).expect(0).says(told).shows("8 merged");
        project.flow(&["teammates", "add", "name=Grace"]).expect(0).says(told);
        project.flow(&["contacts", "show", "p1@example.com"]).expect(0);
    }
    project
        .flow(&["contacts", "set", "p1@example.com", "city=Rome", "nonsense=1"])
        .expect(2)
        .says("nonsense")
        .says(told);
    // Nobody has deployed what is broken, and what is mended is taken again.
    project.write("broken.flow", "");
    let done = project.flow(&set).expect(0);
    assert_eq!(done.err, "");
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_is_there_is_asked_before_many_begin() {
    let project = project();
    let flow = env!("CARGO_BIN_EXE_flow");
    for (answer, code, contacts) in [("\n", 1, 0), ("y\n", 0, 8)] {
        let line = format!("{flow} contacts import people.csv");
        let Some(mut terminal) = Terminal::start(&project, 120, &line) else { return };
        terminal.until("import it? [y/N]");
        terminal.press(answer);
        terminal.until(if code == 0 { "imported" } else { "nothing was imported" });
        assert_eq!(terminal.end(), Some(code));
        let listed = project.flow(&["contacts", "list", "--json"]).expect(0).out.lines().count();
        assert_eq!((listed, runs(&project)), (contacts, contacts));
    }
    // Nobody is asked who has said so, nor about a handful.
    project.write("more.csv", "email,city\nq1@example.com,Oslo\n");
    project.flow(&["contacts", "import", "more.csv"]).expect(0).says("1 run of desk.welcome begins with this file");
    let others = std::fs::read_to_string(project.at("people.csv")).unwrap().replace("@example.com", "@example.org");
    project.write("others.csv", others);
    let line = format!("{flow} contacts import others.csv --yes");
    let Some(mut terminal) = Terminal::start(&project, 120, &line) else { return };
    terminal.until("contacts imported");
    assert_eq!(terminal.end(), Some(0));
}
