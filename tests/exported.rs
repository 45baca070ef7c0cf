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
