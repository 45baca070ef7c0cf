//! What is exported is imported again: here, where every record is known again, and in another workspace, where it is the
//! same.

use flow_tests::terminal::Terminal;
use std::process::ExitCode;

const PROGRAM: &str = r#"
team support, sales
tag vip, lead
selection beta "Beta"
category billing "Billing" -> support
enum Plan { trial "Trial", pro "Professional" }
extend Contact { plan: Plan = .trial, paid: Money?, renewal: Date?, score: Number? }
"#;

/// In an order in which each finds what it names.
const KINDS: [&str; 6] = ["teammates", "companies", "contacts", "tickets", "follow-ups", "sales"];

fn flow(terminal: &Terminal, args: &[&str]) -> String {
    let args: Vec<String> = std::iter::once("flow").chain(args.iter().copied()).map(str::to_owned).collect();
    let (printed, code) = terminal.flow(&args, "");
    assert_eq!(code, ExitCode::SUCCESS, "{args:?}: {printed}");
    printed
}

fn workspace() -> Terminal {
    let terminal = Terminal::open();
    terminal.write("desk.flow", PROGRAM);
    terminal.write("flow.toml", "");
    terminal
}

/// A workspace with values in it that tables have trouble with.
fn awkward() -> Terminal {
    let terminal = workspace();
    for add in [
        &["teammates", "add", "name=Grace, \"Amazing\" Hopper", "email=grace@example.com", "teams=support,sales"][..],
        &["companies", "add", "name=Acme, Inc.", "domain=acme.example"],
        &["companies", "add", "name==HYPERLINK(\"http://evil.example\")"],
        &[
            "contacts",
            "add",
            "email=ada@example.com",
            "first_name=-1+1",
            "last_name='=quoted",
            "companies=Acme, Inc.|",
            "company=Acme, Inc.",
            "tags=vip,lead",
            "selections=beta",
            "phone=+4790012345",
            "plan=pro",
            "paid=19.90 EUR",
            "renewal=2026-12-24",
            "score=0.1",
            "owner=grace@example.com",
            "blocked=yes",
        ],
        &["contacts", "add", "first_name=Nobody\nin particular", "tags="],
        &["tickets", "add", "contact=ada@example.com", "subject=a;b|c,d", "category=billing", "assignee=support"],
        &["tickets", "add", "contact=contact-2", "subject=from nobody", "priority=urgent", "status=solved"],
        &[
            "follow-ups",
            "add",
            "contact=ada@example.com",
            "title=Demo",
            "kind=meeting",
            "owner=grace@example.com",
            "due=2030-01-01T09:00:00Z",
            "ends=2030-01-01T09:30:00Z",
        ],
        &[
            "sales",
            "add",
            "contact=ada@example.com",
            "title=@seats",
            "amount=990 EUR",
            "closes=2030-02-01",
            "stage=won",
        ],
    ] {
        flow(&terminal, add);
    }
    terminal
}

fn all(terminal: &Terminal, format: &str) -> Vec<(String, String)> {
    KINDS.iter().map(|kind| ((*kind).to_owned(), flow(terminal, &[kind, "export", "--format", format]))).collect()
}

#[test]
fn what_is_exported_is_known_again_and_is_the_same_elsewhere() {
    let here = awkward();
    for (format, end) in [("csv", "csv"), ("jsonl", "json")] {
        let exported = all(&here, format);
        let there = workspace();
        for (kind, table) in &exported {
            for terminal in [&here, &there] {
                let file = format!("{kind}.{end}");
                terminal.write(&file, table);
                let rows = if format == "csv" { table.matches("-").count().min(9) } else { table.lines().count() };
                assert!(rows > 0, "{kind}");
                let printed = flow(terminal, &[kind, "import", &file]);
                assert!(printed.contains("0 rows refused"), "{kind} as {format}: {printed}");
                let again = flow(terminal, &[kind, "import", &file]);
                assert!(again.starts_with("0 "), "{kind} as {format} a second time: {again}");
            }
        }
        assert_eq!(all(&here, format), exported, "nothing is changed by what was there");
        let numbered = |tables: Vec<(String, String)>| -> Vec<(String, String)> {
            // What had no number of its own has that of here, there.
            let plain = |text: String| {
                ["company-2", "contact-2", "ticket-1", "ticket-2", "follow-up-1", "sale-1"].iter().fold(
                    text,
                    |text, own| {
                        text.replace(&format!("\"external_id\":\"{own}\""), "\"external_id\":null")
                            .replace(&format!(",{own},"), ",,")
                    },
                )
            };
            tables.into_iter().map(|(kind, table)| (kind, plain(table))).collect()
        };
        assert_eq!(numbered(all(&there, format)), numbered(exported), "as {format}");
        // A diary is kept by what is imported: the same time is not given out twice.
        assert!(flow(&there, &["follow-ups", "show", "1", "--json"]).contains("teammate:1 "), "{format}");
    }
}

#[test]
fn a_number_of_another_workspace_is_nobody_here_and_who_was_deleted_is_nobody_anywhere() {
    let here = workspace();
    for add in [
        &["teammates", "add", "name=Grace", "email=grace@example.com"][..],
        &["teammates", "add", "name=Alan"],
        &["teammates", "add", "name=Eve", "email=eve@example.com"],
        &["contacts", "add", "email=ada@example.com", "owner=grace@example.com"],
        &["contacts", "add", "email=bob@example.com", "owner=teammate-2"],
        &["contacts", "add", "first_name=Nameless"],
        &["tickets", "add", "contact=contact-3", "subject=Broken", "assignee=teammate-2"],
    ] {
        flow(&here, add);
    }
    let there = workspace();
    for name in ["Mallory", "Trent"] {
        flow(&there, &["teammates", "add", &format!("name={name}"), &format!("email={name}@example.org")]);
    }
    flow(&there, &["teammates", "add", "name=Grace", "email=grace@example.com"]);
    for (format, end) in [("csv", "csv"), ("jsonl", "json")] {
        let exported = flow(&here, &["contacts", "export", "--format", format]);
        for terminal in [&here, &there] {
            terminal.write(&format!("contacts.{end}"), &exported);
        }
        let file = format!("contacts.{end}");
        let printed = flow(&there, &["contacts", "import", &file]);
        let said = "line 3, owner `teammate-2`: a number of the workspace it comes from";
        let said = if format == "csv" { said } else { "owner `teammate-2`: a number of the workspace it comes from" };
        assert!(printed.contains("1 row refused") && printed.contains(said), "{printed}");
        assert!(flow(&here, &["contacts", "import", &file]).contains("0 rows refused"), "{format}");
        let tickets = flow(&here, &["tickets", "export", "--format", format]);
        there.write(&format!("tickets.{end}"), &tickets);
        let args = ["flow", "tickets", "import", &format!("tickets.{end}")].map(str::to_owned);
        let (printed, _) = there.flow(&args, "");
        assert!(printed.contains("assignee `teammate-2`: a number of"), "{printed}");
    }
    let owned = flow(&there, &["contacts", "list", "--json"]);
    assert!(!owned.contains("bob@example.com") && owned.contains("\"owner\":\"teammate:3\""), "{owned}");
    // Whom a contact names who is gone.
    flow(&here, &["teammates", "delete", "grace@example.com", "--yes"]);
    let exported = flow(&here, &["contacts", "export"]);
    assert!(!exported.contains("teammate-1"), "{exported}");
    here.write("again.csv", &exported);
    assert!(flow(&here, &["contacts", "import", "again.csv"]).contains("0 rows refused"));
}

/// What has neither an address nor a number of its own has that of there, once it has been imported; before that it is
/// refused, and never taken for whoever has the number here. Of two companies of one name each stays what it is.
#[test]
fn what_has_only_a_number_is_understood_elsewhere_once_it_is_there() {
    let here = workspace();
    here.write("notes.csv", "kind,record,text\nticket,ticket-1,Rang twice.\nteammate,teammate-1,On leave.\n");
    for act in [
        &["teammates", "add", "name=Alan"][..],
        &["companies", "add", "name=Acme", "domain=acme.example"],
        &["companies", "add", "name=Acme", "city=Oslo"],
        &["contacts", "add", "email=ada@example.com", "owner=teammate-1", "company=2", "companies=2"],
        &["contacts", "add", "email=bob@example.com", "company=acme.example", "companies=acme.example|2"],
        &["tickets", "add", "contact=ada@example.com", "subject=Broken", "assignee=teammate-1"],
        &["notes", "import", "notes.csv"],
    ] {
        flow(&here, act);
    }
    for (format, end) in [("csv", "csv"), ("jsonl", "json")] {
        let there = workspace();
        for add in [
            &["teammates", "add", "name=Mallory"][..],
            &["companies", "add", "name=Evil"],
            &["companies", "add", "name=Worse"],
            &["contacts", "add", "email=eve@example.org"],
            &["tickets", "add", "contact=eve@example.org", "subject=A stranger's"],
        ] {
            flow(&there, add);
        }
        let kinds: Vec<&str> = KINDS.into_iter().chain(["notes"]).collect();
        let tables: Vec<String> = kinds.iter().map(|kind| flow(&here, &[kind, "export", "--format", format])).collect();
        let import = |kind: &str| {
            let args = ["flow", kind, "import", &format!("{kind}.{end}")].map(str::to_owned);
            there.flow(&args, "").0
        };
        for (kind, table) in kinds.iter().zip(&tables) {
            there.write(&format!("{kind}.{end}"), table);
        }
        for (kind, said) in [("notes", "import the tickets first"), ("contacts", "import the companies first")] {
            let printed = import(kind);
            assert!(printed.contains("2 rows refused") && printed.contains(said), "{printed}");
        }
        for kind in kinds.iter().filter(|kind| !["follow-ups", "sales"].contains(kind)) {
            for times in ["once", "twice"] {
                let printed = import(kind);
                assert!(printed.contains("0 rows refused"), "{kind} {times}: {printed}");
                assert_eq!(printed.starts_with("0 "), times == "twice", "{kind} {times}: {printed}");
            }
        }
        let shown = |kind: &str, record: &str| flow(&there, &[kind, "show", record, "--json"]);
        let ada = shown("contacts", "ada@example.com");
        assert!(ada.contains("\"owner\":\"teammate:2\"") && ada.contains("\"company\":4"), "{ada}");
        let bob = shown("contacts", "bob@example.com");
        assert!(bob.contains("\"company\":3") && bob.contains("\"companies\":[3,4]"), "{bob}");
        assert!(shown("companies", "4").contains("Oslo"));
        assert!(shown("tickets", "2").contains("Rang twice.") && !shown("tickets", "1").contains("Rang twice."));
        assert!(shown("teammates", "2").contains("On leave."));
    }
    // Here everything is known again.
    for kind in KINDS.into_iter().chain(["notes"]).filter(|kind| !["follow-ups", "sales"].contains(kind)) {
        let table = flow(&here, &[kind, "export"]);
        here.write("again.csv", &table);
        let printed = flow(&here, &[kind, "import", "again.csv"]);
        assert!(printed.starts_with("0 ") && printed.contains("0 rows refused"), "{kind}: {printed}");
        assert_eq!(flow(&here, &[kind, "export"]), table);
    }
}

/// Two strangers with one number, of two workspaces, stay two in a third.
#[test]
fn a_number_of_one_workspace_is_not_that_of_another() {
    let there = workspace();
    let sources = ["first", "second"].map(|name| {
        let source = workspace();
        flow(&source, &["teammates", "add", &format!("name={name}")]);
        flow(&source, &["companies", "add", &format!("name={name}")]);
        flow(&source, &["contacts", "add", &format!("first_name={name}")]);
        flow(&source, &["tickets", "add", "contact=contact-1", &format!("subject={name}")]);
        source
    });
    for kind in ["teammates", "companies", "contacts", "tickets"] {
        for (source, refused) in sources.iter().zip([0, 1]) {
            let table = flow(source, &[kind, "export", "--format", "jsonl"]);
            there.write("table.jsonl", &table);
            for times in 0..2 {
                let args = ["flow", kind, "import", "table.jsonl"].map(str::to_owned);
                let (printed, _) = there.flow(&args, "");
                let said = ["0 rows refused", "1 row refused"][refused];
                assert!(printed.contains(said), "{kind} {times}: {printed}");
                assert_eq!(printed.contains("give this one an external_id"), refused == 1, "{kind} {times}: {printed}");
            }
        }
        let shown = flow(&there, &[kind, "show", "1", "--json"]);
        assert!(shown.contains("first") && !shown.contains("second"), "{kind}: {shown}");
    }
}

#[test]
fn a_file_that_was_there_stays_whole_until_the_new_one_is() {
    let terminal = awkward();
    terminal.write("old.csv", "old");
    flow(&terminal, &["contacts", "export", "-o", "old.csv"]);
    let written = std::fs::read_to_string(terminal.folder().join("old.csv")).expect("it is there");
    assert_eq!(written, flow(&terminal, &["contacts", "export"]));
    let args = ["flow", "contacts", "export", "-o", "nowhere/new.csv"].map(str::to_owned);
    let (printed, code) = terminal.flow(&args, "");
    assert_eq!(code, ExitCode::from(3), "{printed}");
    let names: Vec<String> = std::fs::read_dir(terminal.folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().all(|name| !name.ends_with(".part")), "{names:?}");
}

#[test]
fn what_does_not_fit_says_what_would() {
    let terminal = awkward();
    for (args, said) in [
        (&["contacts", "set", "ada@example.com", "plan=gold"][..], "none of Trial, Professional"),
        (&["contacts", "set", "ada@example.com", "plan="], "`plan` is needed"),
        (&["contacts", "set", "ada@example.com", "ctiy=Oslo"], "did you mean `city`?"),
        (&["contacts", "set", "ada@example.com", "city"], "is not `FIELD=VALUE`"),
        (&["contacts", "set", "eve@example.com", "city=Oslo"], "there is no contact `eve@example.com`"),
        (&["contacts", "add", "email=ada@example.com"], "another Contact already has this email"),
        (&["tickets", "add", "subject=x"], "a new ticket needs a `contact`"),
        (&["tickets", "add", "subject=x", "contact=eve@example.com"], "there is no contact `eve@example.com`"),
        (&["contacts", "list", "--where", "city=Oslo"], "contacts are not found by `city`"),
        (&["contacts", "list", "--where", "tags"], "is not `FIELD=VALUE`"),
    ] {
        let args: Vec<String> = std::iter::once("flow").chain(args.iter().copied()).map(str::to_owned).collect();
        let (printed, code) = terminal.flow(&args, "");
        assert!(code != ExitCode::SUCCESS && printed.contains(said), "{args:?}: {printed}");
    }
    flow(&terminal, &["contacts", "set", "ada@example.com", "city=Oslo", "tags=", "owner="]);
    let shown = flow(&terminal, &["contacts", "show", "ada@example.com", "--json"]);
    assert!(shown.contains("\"city\":\"Oslo\"") && shown.contains("\"tags\":[]") && shown.contains("\"owner\":null"));
}

/// What is written about records and said in conversations, and who listens to that.
const TALKS: &str = r#"
flow seed(conversation: Conversation, contact: Contact, ticket: Ticket, company: Company) {
    contact.add_note("=1+1, \"quoted\"; a|b")
    contact.add_note("In two\nlines.")
    ticket.add_note("Rang, and called back.")
    company.add_note("Pays late.")
    conversation.add_note("Wants the blue one.")
    say "Again."
    say "Again."
    conversation.say("@seats, \"two\"", link: "https://example.com/a,b")
    let name = ask "Your name?" as Text
    say "Hello {{name}}."
    conversation.assign(to: .support)
    let other = conversations.create(contact, channel: .email, subject: "=subject, of a mail")
    other.close(reason: "no answer")
}
"#;

const LISTENERS: &str = r#"
flow greets(conversation: Conversation)
    on conversation.created
{
    conversation.say("Welcome!")
}

flow opens(conversation: Conversation)
    on conversation.started
{
    conversation.say("Welcome!")
}

flow hears(conversation: Conversation, text: Text)
    on message.received
{
    conversation.say("Heard: {{text}}")
}
"#;

/// After the records that they are on.
const TEXTS: [&str; 2] = ["conversations", "notes"];

#[test]
fn what_was_said_and_noted_is_known_again_and_is_the_same_elsewhere() {
    let here = awkward();
    here.write("talks.flow", TALKS);
    let args = ["flow", "run", "talks.flow:seed", "--contact", "ada@example.com", "contact=ada@example.com"];
    let args: Vec<String> = args.into_iter().chain(["ticket=2", "company=acme.example"]).map(str::to_owned).collect();
    let (printed, code) = here.flow(&args, "+Ada, \"the first\"\n");
    assert_eq!(code, ExitCode::SUCCESS, "{printed}");
    for (format, end) in [("csv", "csv"), ("jsonl", "json")] {
        let export = |terminal: &Terminal| TEXTS.map(|kind| flow(terminal, &[kind, "export", "--format", format]));
        let exported = export(&here);
        for said in ["Again.", "https://example.com/a,b", "the first", "team:support", "no answer", "of a mail"] {
            assert!(exported[0].contains(said), "{said}: {}", exported[0]);
        }
        let there = workspace();
        there.write("listeners.flow", LISTENERS);
        for (kind, table) in all(&here, format) {
            there.write(&format!("{kind}.{end}"), &table);
            flow(&there, &[&kind, "import", &format!("{kind}.{end}")]);
        }
        for (kind, table) in TEXTS.iter().zip(&exported) {
            for (terminal, news) in [(&there, true), (&here, false)] {
                let file = format!("{kind}.{end}");
                terminal.write(&file, table);
                let printed = flow(terminal, &[kind, "import", &file]);
                assert!(printed.contains("0 rows refused"), "{kind} as {format}: {printed}");
                assert_eq!(printed.starts_with("0 "), !news, "{kind} as {format}: {printed}");
                let again = flow(terminal, &[kind, "import", &file]);
                assert!(again.starts_with("0 "), "{kind} as {format} a second time: {again}");
            }
        }
        assert_eq!(export(&there), exported, "as {format}");
        assert_eq!(export(&here), exported, "nothing is changed by what was there");
        flow(&there, &["resume", "--until-idle"]);
        assert_eq!(flow(&there, &["runs", "--json"]), "", "nobody is told of what was said elsewhere");
        let shown = flow(&there, &["contacts", "show", "ada@example.com"]);
        assert!(shown.contains("In two"), "{shown}");
        let listed = flow(&there, &["notes", "list"]);
        assert!(listed.contains("ticket ticket-2") && listed.contains("company Acme, Inc."), "{listed}");
        assert!(flow(&there, &["notes", "show", "note-3"]).contains("Rang, and called back."));
        flow(&there, &["contacts", "delete", "ada@example.com", "--yes"]);
        let left = export(&there).concat();
        assert!(!left.contains("Again.") && !left.contains("In two") && left.contains("Pays late."), "{left}");
    }
}

#[test]
fn a_message_or_note_that_does_not_fit_is_told_by_line_and_column() {
    let terminal = awkward();
    let notes = "kind,record,at,text\nticket,99,,Hi\ncontact,ada@example.com,soon,Hi\nsong,1,,Hi\n,ada@example.com,,\n,ada@example.com,,Kept\n";
    let talks = "contact,channel,subject,at,from,text,message_parts\n\
        eve@example.com,chat,,,contact,Hi,\n\
        ada@example.com,pigeon,,,contact,Hi,\n\
        ada@example.com,chat,,,eve,Hi,\n\
        ada@example.com,chat,,,,Hi,\n\
        ada@example.com,chat,,,flow,Hi,\"[[\"\"link\"\",\"\"javascript:x\"\"]]\"\n\
        ada@example.com,chat,,2026-01-01T09:00:00Z,contact,Kept,\n";
    for (kind, table, said) in [
        (
            "notes",
            notes,
            &[
                "1 note imported",
                "4 rows refused",
                "line 2, record `99`: no ticket is known by this",
                "line 3, at `soon`: not a moment",
                "line 4, kind `song`: none of contact, company",
                "line 5, text: a note needs a text",
            ][..],
        ),
        (
            "conversations",
            talks,
            &[
                "1 message imported",
                "5 rows refused",
                "line 2, contact `eve@example.com`: no contact has this email address",
                "line 3, channel `pigeon`: none of",
                "line 4, from `eve`: none of contact, flow, teammate",
                "line 5, from: a message needs who said it",
                "line 6, message_parts",
            ],
        ),
    ] {
        terminal.write("bad.csv", table);
        let printed = flow(&terminal, &[kind, "import", "bad.csv"]);
        for said in said {
            assert!(printed.contains(said), "{said}: {printed}");
        }
    }
    assert_eq!(flow(&terminal, &["conversations", "list", "--json"]).lines().count(), 1);
    terminal.write("notes.csv", &flow(&terminal, &["notes", "export"]));
    for kind in ["contacts", "conversations"] {
        let (printed, code) = terminal.flow(&["flow", kind, "import", "notes.csv"].map(str::to_owned), "");
        assert!(code != ExitCode::SUCCESS && printed.contains(&format!("these are notes, not {kind}")), "{printed}");
    }
}
