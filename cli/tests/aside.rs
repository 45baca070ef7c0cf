//! Runs that are set aside by a fault: each is told with what can be done, and goes on where it stood once it is mended.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;

const FLOWS: &str = r#"
event packed(contact: Contact)

@once
action shop.ring() = http { method: .post, url: "http://ADDRESS/ring" }

flow timed(contact: Contact) {
    contact.add_note("Begun.")
    wait 1 second
    contact.add_note("Timed.")
}

flow sides(contact: Contact, conversation: Conversation) {
    parallel {
        path one {
            wait 1 second
            contact.add_note("Timed.")
        }
        path two {
            wait {
                on packed(contact) -> contact.add_note("Packed.")
                after 30 days -> contact.add_note("Never.")
            }
        }
        path three {
            wait {
                when contact.language == "no" -> contact.add_note("Looked.")
                after 30 days -> contact.add_note("Never.")
            }
        }
        path four {
            choice "Well?" {
                "Yes" -> contact.add_note("Asked: yes.")
                "No" -> contact.add_note("Asked: no.")
            }
        }
    }
}

flow rings(contact: Contact) {
    wait 1 second
    shop.ring()
    contact.add_note("Rung.")
}

flow turns(contact: Contact, name: Text)
    overlap queue
{
    contact.add_note("{{name}} begins.")
    wait 1 second
    contact.add_note("{{name}} goes on.")
    wait {
        on packed(contact) -> contact.add_note("{{name}} ends.")
        after 30 days -> contact.add_note("Never.")
    }
}
"#;

/// Deaths in the midst of a step after which its run is set aside.
const DEATHS: usize = 5;

fn project() -> Scratch {
    let address = common::hangs_up();
    let project = Scratch::project();
    project.write("flow.toml", format!("[project]\nname = \"x\"\n[net]\nallow = [\"{address}\"]\n"));
    project.write("people.csv", "email\nada@example.com\n");
    project.write("desk.flow", FLOWS.replace("ADDRESS", &address));
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    project.flow(&["deploy"]).expect(0);
    project
}

/// Has the machine die in the midst of the step of a run that is due until the run is set aside.
fn set_aside(project: &Scratch) {
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    for death in 0..DEATHS {
        let done = project.flow_in(&["resume", "--until-idle"], "", &[("FLOW_CRASH_AT", "2")]);
        assert_eq!(done.code, -1, "death {death}: {}{}", done.out, done.err);
    }
    project.flow(&["resume", "--until-idle"]).expect(0);
}

fn notes(project: &Scratch) -> String {
    project.flow(&["contacts", "show", "ada@example.com"]).expect(0).out
}

#[test]
fn a_run_that_was_set_aside_goes_on_where_it_stood() {
    let project = project();
    let run = project.flow(&["start", "desk.timed", "contact=ada@example.com"]).expect(0).run_id();
    set_aside(&project);
    let shown = project.flow(&["show", &run]).expect(0).shows("is set aside: the process died while this run took its");
    let shown = shown.shows(&format!("  flow retry {run}  goes on where it stood"));
    shown.shows(&format!("  flow cancel {run}  ends it"));
    let listed = project.flow(&["runs", "--status", "quarantined", "--json"]).expect(0).out;
    let object: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!((&object["status"], &object["retryable"]), (&"quarantined".into(), &true.into()));
    project.flow(&["doctor"]).shows("1 run set aside after five faults");
    assert!(!notes(&project).contains("Timed."));

    let done = project.flow(&["retry", &run]).expect(0).shows("has finished");
    assert!(!done.out.contains("set aside"), "{}", done.out);
    let notes = notes(&project);
    assert_eq!((notes.matches("Begun.").count(), notes.matches("Timed.").count()), (1, 1), "{notes}");
}

/// What a run listened to, looked at and asked for is so again; also what has come meanwhile.
#[test]
fn what_it_waited_for_it_waits_for_again() {
    let project = project();
    let begun = project.flow(&[
        "run",
        "desk.flow:sides",
        "--contact",
        "ada@example.com",
        "contact=ada@example.com",
        "--detach",
    ]);
    let run = begun.expect(0).run_id();
    set_aside(&project);
    // This comes while it is set aside, and nobody asks for it now.
    project.flow(&["fire", "packed", "contact=ada@example.com"]).expect(0);
    project.flow(&["answer", &run, "Yes"]).expect(1);
    assert!(!notes(&project).contains("Packed."));

    project.flow(&["retry", &run]).expect(0).shows("waits");
    let now = notes(&project);
    for (note, count) in [("Timed.", 1), ("Packed.", 1), ("Looked.", 0), ("Asked", 0)] {
        assert_eq!(now.matches(note).count(), count, "{note} {now}");
    }
    let shown = project.flow(&["show", &run]).expect(0).shows("asks: Well?").shows("1 Yes");
    assert_eq!(shown.out.matches("hello: Well?").count() + shown.out.matches(": Well?").count(), 2, "{}", shown.out);
    project.flow(&["contacts", "set", "ada@example.com", "language=no"]).expect(0);
    assert_eq!(notes(&project).matches("Looked.").count(), 1);
    project.flow(&["answer", &run, "No"]).expect(0).shows("has finished");
    assert!(notes(&project).contains("Asked: no."));
}

/// What was being sent is not sent twice: a person says what became of it.
#[test]
fn a_call_under_way_is_in_doubt() {
    let project = project();
    let run = project.flow(&["start", "desk.rings", "contact=ada@example.com"]).expect(0).run_id();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    // The first step asks for the call; it dies when it is sent, and then whenever the doubt is written down.
    assert_eq!(project.flow_in(&["resume", "--until-idle"], "", &[("FLOW_CRASH_AT", "8")]).code, -1);
    set_aside(&project);
    project.flow(&["retry", &run]).expect(1).shows("is in doubt: ").shows("sent   shop.ring()");
    project.flow(&["resolve", &run, "done"]).expect(0).shows("has finished");
    assert_eq!(notes(&project).matches("Rung.").count(), 1);
}

/// Where a run stood is not known when its row is damaged: nothing but its end is offered.
#[test]
fn a_damaged_run_can_only_be_cancelled() {
    let project = project();
    let run = project.flow(&["start", "desk.timed", "contact=ada@example.com"]).expect(0).run_id();
    let database = rusqlite::Connection::open(project.at("flow.db")).unwrap();
    database.execute("UPDATE runs SET effects = effects + 1", []).unwrap();
    drop(database);
    // Whoever touches it finds out, and it is set aside.
    project.flow(&["cancel", &run]).expect(1).says("is damaged");
    let shown =
        project.flow(&["show", &run]).expect(0).shows("is set aside: ").shows(&format!("flow cancel {run}  ends"));
    assert!(!shown.out.contains("flow retry"), "{}", shown.out);
    project.flow(&["retry", &run]).expect(1).says("because its row is damaged: it can only be cancelled");
    project.flow(&["cancel", &run]).expect(0);
}

/// Begins three runs of a queue, of which the first is under way.
fn queue(project: &Scratch) -> [String; 3] {
    ["One", "Two", "Three"].map(|name| {
        let name = format!("name={name}");
        project.flow(&["start", "desk.turns", "contact=ada@example.com", &name]).expect(0).run_id()
    })
}

/// Who waits behind a run that is set aside has its turn; the run that goes on again is before those that have not begun.
#[test]
fn a_queue_goes_on_behind_a_run_that_was_set_aside() {
    let project = project();
    let [one, two, three] = queue(&project);
    assert!(notes(&project).contains("One begins.") && !notes(&project).contains("Two begins."));
    set_aside(&project);
    project.flow(&["runs", "--status", "quarantined"]).expect(0).shows(&one);
    let now = notes(&project);
    assert!(now.contains("Two begins.") && !now.contains("Three begins."), "{now}");

    project.flow(&["retry", &one]).expect(0).shows("waits");
    assert!(notes(&project).contains("One goes on."));
    project.flow(&["cancel", &two]).expect(0);
    project.flow(&["resume", "--until-idle"]).expect(0);
    assert!(!notes(&project).contains("Three begins."), "two of a queue at a time: {}", notes(&project));
    project.flow(&["runs"]).expect(0).shows(&format!("after {one}"));
    project.flow(&["fire", "packed", "contact=ada@example.com"]).expect(0);
    let now = notes(&project);
    assert!(now.contains("One ends.") && now.contains("Three begins."), "{now}");
    project.flow(&["show", &three]).expect(0).shows("waits");
}

/// Also behind one whose row is damaged, and whose end is all that is left to decide.
#[test]
fn a_queue_goes_on_behind_a_damaged_run() {
    let project = project();
    let [one, ..] = queue(&project);
    let database = rusqlite::Connection::open(project.at("flow.db")).unwrap();
    database.execute("UPDATE runs SET effects = effects + 1 WHERE id = (SELECT min(id) FROM runs)", []).unwrap();
    drop(database);
    project.flow(&["cancel", &one]).expect(1).says("is damaged");
    project.flow(&["resume", "--until-idle"]).expect(0);
    let now = notes(&project);
    assert!(now.contains("Two begins.") && !now.contains("Three begins."), "{now}");
    project.flow(&["cancel", &one]).expect(0);
    assert!(!notes(&project).contains("Three begins."));
}
