//! `flow test` as people see it: what passes, what fails and why, what no test reached.

use flow_tests::terminal::Terminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn suite() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/testing");
    let files = std::fs::read_dir(folder).expect("the suite is there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "flow")).collect();
    files.sort();
    files
}

/// Runs `flow test` on a program, in a folder of its own.
fn flow_test(program: &str, options: &[&str]) -> (String, ExitCode) {
    let terminal = Terminal::open();
    terminal.write("desk.flow", program);
    let args: Vec<String> = ["flow", "test", "desk.flow"].iter().chain(options).map(|arg| (*arg).to_owned()).collect();
    terminal.flow(&args, "")
}

/// What takes another time each time is left out: the numbers after `in `, `time="` and `"ms":`.
fn timeless(text: &str) -> String {
    let mut shown = text.to_owned();
    for before in [" in ", "time=\"", "\"ms\":"] {
        let mut parts = shown.split(before);
        let mut next = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            next.push_str(before);
            next.push_str(if rest.len() < part.len() { "…" } else { "" });
            next.push_str(rest);
        }
        shown = next;
    }
    shown
}

#[test]
fn tests_are_told_as_written_down() {
    for file in suite() {
        let program = std::fs::read_to_string(&file).expect("the program can be read");
        let first = program.lines().next().unwrap_or_default();
        let options = first.strip_prefix("// flow test").unwrap_or_else(|| panic!("{}: {first}", file.display()));
        let options: Vec<&str> = options.split_whitespace().collect();
        let (printed, code) = flow_test(&program, &options);
        let ended = if code == ExitCode::SUCCESS { "all is fine" } else { "exit code 1" };
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(file.parent().expect("a folder"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, format!("{}\n{ended}", timeless(&printed))));
    }
}

/// Of several projects there is one document, in which each is told apart and all are summed up.
#[test]
fn junit_of_several_projects_is_one_document() {
    let terminal = Terminal::open();
    let flow = |words: &[&str]| terminal.flow(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), "");
    for name in ["desk", "shop", "broken"] {
        assert_eq!(flow(&["flow", "new", name]).1, ExitCode::SUCCESS);
    }
    let failing = "test \"one more\" { expect 1 == 2 }\n";
    terminal.write("shop/more.flow", failing);
    terminal.write("broken/hello.flow", "flow hello( {\n");
    let (printed, code) = flow(&["flow", "test", "desk", "shop", "broken", "--format", "junit"]);
    assert_eq!(code, ExitCode::from(1));
    let document = roxmltree::Document::parse(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    let root = document.root_element();
    let all = |tag: &str| root.descendants().filter(|node| node.has_tag_name(tag)).collect::<Vec<_>>();
    let names: Vec<_> = all("testsuite").iter().filter_map(|suite| suite.attribute("name")).collect();
    assert_eq!(names, ["desk/hello.flow", "shop/hello.flow", "shop/more.flow", "broken/hello.flow"]);
    assert_eq!(root.attribute("name"), Some("desk, shop, broken"));
    for (count, tag) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")] {
        let found = all(tag).len();
        assert!(found > 0 && root.attribute(count) == Some(&found.to_string()), "{count}: {printed}");
    }
    let more =
        all("testcase").into_iter().find(|case| case.attribute("name") == Some("one more")).expect("it is there");
    assert_eq!((more.attribute("classname"), more.attribute("file")), (Some("shop.more"), Some("more.flow")));
}

#[test]
fn what_is_told_does_not_depend_on_who_is_first() {
    let flow = "flow add(contact: Contact) { wait 1 day; contact.add_note(\"Noted.\") }\n";
    let tests: String = (0..40)
        .map(|n| {
            let end = if n % 7 == 0 { "expect not run.finished" } else { "expect run.finished" };
            format!("test \"number {n}\" {{\n    let run = start add(Contact())\n    advance 2 days\n    {end}\n}}\n")
        })
        .collect();
    let first = flow_test(&format!("{flow}{tests}"), &[]);
    assert_eq!(first.1, ExitCode::from(1));
    assert!(first.0.contains("6 of 40 tests"), "{}", first.0);
    for _ in 0..3 {
        assert_eq!(timeless(&flow_test(&format!("{flow}{tests}"), &[]).0), timeless(&first.0));
    }
}

#[test]
fn the_examples_pass() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let terminal = Terminal::open();
    let args = ["flow".to_owned(), "test".to_owned(), examples.display().to_string()];
    let (printed, code) = terminal.flow(&args, "");
    assert_eq!(code, ExitCode::SUCCESS, "{printed}");
}

#[test]
fn a_new_project_has_a_test_that_passes() {
    let terminal = Terminal::open();
    let flow = |words: &[&str]| terminal.flow(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), "");
    assert_eq!(flow(&["flow", "new", "desk"]).1, ExitCode::SUCCESS);
    let (printed, code) = flow(&["flow", "test", "desk"]);
    assert_eq!(code, ExitCode::SUCCESS, "{printed}");
    assert!(printed.contains("2 tests passed"), "{printed}");
}

#[test]
fn a_test_that_is_not_there_is_no_success() {
    let program = "test \"a\" { expect 1 == 1 }\n";
    assert_eq!(flow_test(program, &["--filter", "a"]).1, ExitCode::SUCCESS);
    assert_eq!(flow_test(program, &["--filter", "b"]).1, ExitCode::from(1));
    assert_eq!(flow_test("test \"a\" { expect nothing }\n", &[]).1, ExitCode::from(1));
}

#[test]
fn tests_change_nothing_of_what_is_deployed() {
    use flow_lang::compile::{Input, compile};
    let with = |more: &str| {
        let mut inputs = flow_tests::project::library();
        let text = format!("flow add(contact: Contact) {{ wait 1 day; contact.add_note(\"Noted.\") }}\n{more}");
        inputs.push(Input { path: "desk.flow".into(), text: text.into_bytes(), library: false });
        flow_bytecode::codec::encode(&compile(&inputs).lowered.expect("it compiles").program, None)
    };
    assert_eq!(with(""), with("test \"a\" { let run = start add(Contact()); advance 1 day; expect run.finished }\n"));
}

#[test]
fn what_never_comes_to_rest_is_a_failure() {
    let program = r#"event ping(contact: Contact)
event pong(contact: Contact)
extend Contact { score: Int = 0 }

flow launches(contact: Contact) { launch launches(contact) }
flow starts(contact: Contact) { start other(contact) }
flow other(contact: Contact) { start starts(contact) }

flow branches(contact: Contact) {
    start branches(contact)
    start branches(contact)
}

flow rises(contact: Contact)
    on contact.changed
    overlap OVERLAP
{
    contact.score += 1
}

flow calls(contact: Contact) {
    fire ping(contact)
    while true {
        wait forever { on pong(contact) -> { fire ping(contact) } }
    }
}

flow answers(contact: Contact) {
    while true {
        wait forever { on ping(contact) -> { fire pong(contact) } }
    }
}

test "it rests" {
    let ada = Contact(first_name: "Ada")
    STATEMENT
}
"#;
    let row = "more than 1000 runs or launches have led to each other, and none of them waited";
    let many = "one run has led to more than 20000 others, and none of them waited";
    let wakes = "it never comes to rest: without any time passing, run after run";
    for (statement, overlap, told) in [
        ("start launches(ada)", "allow", format!("{row}: desk.launches → desk.launches")),
        ("start starts(ada)", "allow", format!("{row}: desk.other → desk.starts → desk.other")),
        ("start branches(ada)", "allow", format!("{many}: desk.branches → desk.branches")),
        ("ada.score = 1", "allow", format!("{row}: desk.rises → desk.rises")),
        ("ada.score = 1", "queue", format!("{row}: desk.rises → desk.rises")),
        ("start answers(ada) start calls(ada)", "allow", wakes.to_owned()),
    ] {
        let program =
            program.replace("OVERLAP", overlap).replace("STATEMENT", &statement.replace(") start", ")\n    start"));
        let (printed, code) = flow_test(&program, &[]);
        assert!(printed.contains(&told), "{statement}: {printed}");
        // Many that are alike are told once, and those that would only have ended like the first are not waited for.
        assert!(printed.matches("failed: .limit").count() <= 1, "{statement}: {printed}");
        assert_ne!(code, ExitCode::SUCCESS);
    }
}
