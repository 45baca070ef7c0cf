//! What people do to the workspace by hand follows the rules that flows follow, and takes no mistake for an order.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
use serde_json::Value;

fn project() -> Scratch {
    let project = Scratch::project();
    project.write(
        "desk.flow",
        "team finance\ncategory billing \"Billing\" -> finance, outage \"Outage\" -> support in turn, other \"Else\"\n",
    );
    project.flow(&["contacts", "add", "email=ada@example.com", "first_name=Ada"]).expect(0);
    project
}

fn shown(project: &Scratch, args: &[&str]) -> Value {
    serde_json::from_str(project.flow(args).expect(0).out.trim()).expect("one object")
}

#[test]
fn a_ticket_added_by_hand_follows_its_category() {
    let project = project();
    for (name, email) in [("Grace", "grace@example.com"), ("Alan", "alan@example.com")] {
        project
            .flow(&["teammates", "add", &format!("name={name}"), &format!("email={email}"), "teams=support"])
            .expect(0);
    }
    let assignee = |more: &[&str]| {
        let add = [&["tickets", "add", "contact=ada@example.com", "subject=Broken", "--json"], more].concat();
        shown(&project, &add)["assignee"].clone()
    };
    assert_eq!(assignee(&["category=billing"]), "team:finance");
    let turns = [assignee(&["category=outage"]), assignee(&["category=outage"])];
    assert!(turns[0] != turns[1] && turns.iter().all(|who| who.to_string().contains("teammate:")), "{turns:?}");
    assert_eq!(assignee(&["category=other"]), Value::Null);
    assert_eq!(assignee(&[]), Value::Null);
    // Who is named gets it, and is told.
    assert_eq!(assignee(&["category=billing", "assignee=grace@example.com"]), "teammate:1");
    assert!(project.flow(&["notifications", "list", "--json"]).expect(0).out.contains("teammate:1"));
}

#[test]
fn a_mistyped_company_is_not_made() {
    let project = project();
    project.flow(&["companies", "add", "name=Acme Works"]).expect(0);
    for args in [
        &["contacts", "set", "ada@example.com", "company=Acme Wroks"][..],
        &["contacts", "set", "ada@example.com", "companies=Acme Wroks"],
        &["contacts", "add", "email=alan@example.com", "company=Acme Wroks"],
    ] {
        let done = project.flow(args).expect(2).says("there is no company `Acme Wroks`");
        done.says("did you mean `Acme Works`? `flow companies add name='Acme Wroks'` adds it");
    }
    assert_eq!(project.flow(&["companies", "list", "--json"]).expect(0).out.lines().count(), 1);
    project.flow(&["contacts", "set", "ada@example.com", "company=Acme Works"]).expect(0);
    assert_eq!(shown(&project, &["contacts", "show", "ada@example.com", "--json"])["company"], 1);
    project.flow(&["contacts", "set", "ada@example.com", "company="]).expect(0);
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let project = project();
    project.flow(&["tickets", "add", "contact=ada@example.com", "subject=Broken"]).expect(0);
    project.flow(&["tickets", "export", "-o", "tickets.csv"]).expect(0);
    project.flow(&["contacts", "export", "-o", "contacts.csv"]).expect(0);
    // As another program writes them.
    project.write("foreign.csv", "Ticket ID,Subject,Status,Priority,Requester\n7,Broken,open,high,ada@example.com\n");
    project.write("people.csv", "Id,First name,City,Language\n7,Ada,London,en\n");
    for (into, file, found) in [
        ("contacts", "tickets.csv", "these are tickets, not contacts: contacts have email, "),
        ("contacts", "foreign.csv", "these are tickets, not contacts"),
        ("tickets", "contacts.csv", "these are contacts, not tickets: tickets have subject, "),
        ("tickets", "people.csv", "these are contacts, not tickets"),
    ] {
        project.flow(&[into, "import", file]).expect(1).says(found);
    }
    for into in ["contacts", "tickets"] {
        assert_eq!(project.flow(&[into, "list", "--json"]).expect(0).out.lines().count(), 1);
    }
    project.flow(&["tickets", "import", "foreign.csv"]).expect(0).shows("1 ticket imported");
    project.flow(&["contacts", "import", "people.csv"]).expect(0).shows("1 contact imported");
}

#[test]
fn a_dash_is_standard_output() {
    let project = project();
    let plain = project.flow(&["contacts", "export"]).expect(0).out;
    assert!(plain.contains("ada@example.com"), "{plain}");
    assert_eq!(project.flow(&["contacts", "export", "-o", "-"]).expect(0).out, plain);
    assert!(!project.at("-").exists());
}

#[test]
fn a_state_of_two_words_is_one_argument() {
    let project = project();
    for status in ["in doubt", "in-doubt", "in_doubt"] {
        project.flow(&["runs", "--status", status]).expect(0).shows("No such runs.");
    }
    project.flow(&["runs", "--status", "doubtful"]).expect(2).says("in_doubt");
}

#[test]
fn who_goes_leaves_the_work_to_nobody() {
    let project = project();
    for who in ["grace", "alan"] {
        project.flow(&["teammates", "add", &format!("name={who}"), &format!("email={who}@example.com")]).expect(0);
    }
    project.write(
        "gone.flow",
        "flow freed(ticket: Ticket, to: Assignee?)\n    on ticket.assigned\n{\n    if to == null {\n        ticket.add_note(\"Nobody has it.\")\n    }\n}\n",
    );
    let own = "owner=grace@example.com";
    let due = "due=2030-01-01T09:00:00Z";
    for add in [
        &["contacts", "add", "email=bob@example.com", own][..],
        &["contacts", "add", "email=eve@example.com", "owner=alan@example.com"],
        &["tickets", "add", "contact=ada@example.com", "subject=Broken", "assignee=grace@example.com"],
        &["follow-ups", "add", "contact=ada@example.com", "title=Demo", due, "ends=2030-01-01T10:00:00Z", own],
        &["sales", "add", "contact=ada@example.com", "title=Seats", own],
    ] {
        project.flow(add).expect(0);
    }
    let all = "1 contact, 1 ticket, 1 follow-up, 1 sale, 1 notification";
    let gone = project.flow(&["teammates", "delete", "grace@example.com", "--yes"]).expect(0);
    for part in all.split(", ") {
        assert!(gone.out.contains(part), "{part}: {}", gone.out);
    }
    for (kind, record, field) in [
        ("contacts", "bob@example.com", "owner"),
        ("tickets", "1", "assignee"),
        ("follow-ups", "1", "owner"),
        ("follow-ups", "1", "diary"),
        ("sales", "1", "owner"),
    ] {
        assert_eq!(shown(&project, &[kind, "show", record, "--json"])[field], Value::Null, "{kind} {field}");
    }
    assert_eq!(shown(&project, &["contacts", "show", "eve@example.com", "--json"])["owner"], "teammate:2");
    assert!(!project.flow(&["notifications", "list", "--json"]).expect(0).out.contains("teammate:1"));
    project.flow(&["tickets", "show", "1"]).expect(0).shows("Nobody has it.");
}

#[test]
fn a_company_is_named_as_it_is_shown_and_leaves_its_contacts_to_none() {
    let project = project();
    for add in [&["name=Acme", "domain=acme.example"][..], &["name=Acme"], &["name=Other"]] {
        project.flow(&[&["companies", "add"], add].concat()).expect(0);
    }
    for (text, id) in [("company=acme.example", 1), ("company=2", 2), ("company=Other", 3), ("company=ACME.example", 1)]
    {
        project.flow(&["contacts", "set", "ada@example.com", text]).expect(0);
        assert_eq!(shown(&project, &["contacts", "show", "ada@example.com", "--json"])["company"], id, "{text}");
    }
    project.flow(&["contacts", "set", "ada@example.com", "company=Acme"]).expect(2).says("1, 2");
    project.flow(&["contacts", "add", "email=bob@example.com", "companies=Other,acme.example"]).expect(0);
    project.flow(&["companies", "delete", "acme.example", "--yes"]).expect(0).shows("2 contacts");
    let ada = shown(&project, &["contacts", "show", "ada@example.com", "--json"]);
    assert_eq!(ada["company"], Value::Null);
    let bob = shown(&project, &["contacts", "show", "bob@example.com", "--json"]);
    assert_eq!(bob["companies"], serde_json::json!([3]));
}

#[test]
fn what_was_not_read_is_found_and_says_whose_it_is() {
    let project = project();
    project.flow(&["teammates", "add", "name=Grace", "email=grace@example.com"]).expect(0);
    project.write(
        "hands.flow",
        "flow hands(contact: Contact) {\n    let mine = contact.conversation()\n    mine.assign(to: .support)\n}\n",
    );
    project.flow(&["run", "hands.flow:hands", "contact=ada@example.com"]).expect(0);
    let unread = project.flow(&["notifications", "list", "--where", "read=false"]).expect(0);
    unread.shows("A conversation is your team's now: Ada");
    project.flow(&["notifications", "set", "1", "read=yes"]).expect(0);
    project.flow(&["notifications", "list", "--where", "read=false"]).expect(0).shows("None has this value");
}

#[test]
fn an_empty_export_is_imported_without_a_fuss() {
    let project = project();
    project.flow(&["sales", "export", "-o", "sales.jsonl"]).expect(0);
    project.flow(&["sales", "export", "-o", "sales.csv"]).expect(0);
    project.write("list.json", "[]\n");
    for file in ["sales.jsonl", "sales.csv", "list.json"] {
        let done = project.flow(&["sales", "import", file]).expect(0);
        assert_eq!(done.out, format!("nothing was imported: {file} has no records\n"));
        let report = shown(&project, &["sales", "import", file, "--json"]);
        assert_eq!((&report["imported"], &report["refused"]), (&Value::from(0), &Value::from(0)), "{file}");
    }
    // A table without its headings was not exported.
    project.write("none.csv", "");
    project.flow(&["sales", "import", "none.csv"]).expect(1);
}

#[test]
fn a_template_of_the_project_is_shown() {
    let project = project();
    std::fs::create_dir(project.at("templates")).unwrap();
    project.write("templates/thanks.md", "---\nsubject: Thanks\n---\n\nThank you.\n");
    project.write("mails.flow", "template thanks\ntemplate later\n");
    let shown = project.flow(&["template", "show", "thanks"]).expect(0).shows("Thank you.");
    shown.shows("// templates/thanks.md, declared in mails.flow");
    project.flow(&["template", "show", "later"]).expect(0).shows("no file of templates/ has its words");
    project.flow(&["template", "show", "welcome"]).expect(0).shows("// template welcome");
    project.flow(&["template", "show", "thank"]).expect(2).says("did you mean thanks?");
}
