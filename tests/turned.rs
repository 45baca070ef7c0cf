//! Lists that come in pages: each page is a call of its own, and the next is the one that the service names.

use flow_bytecode::Value;
use flow_tests::engine::{CHILD, open};
use flow_tests::ledger::{Arrival, Ledger, Reply};
use flow_tests::openapi;
use flow_tests::story::{BEGINNING_US, deployed};
use flow_vm::engine::{Control, RunFilter, RunStatus};
use flow_vm::seam::CrashPoint;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a flow yields, or how it failed.
fn run(program: &str, ledger: &Ledger) -> Result<Value, String> {
    openapi::run(&program.replace("http://peer", &ledger.url()), &[ledger.host()])
}

fn paths(ledger: &Ledger) -> Vec<String> {
    ledger.arrivals().iter().map(|arrival| arrival.path.clone()).collect()
}

fn parameter<'a>(arrival: &'a Arrival, name: &str) -> Option<&'a str> {
    let (_, query) = arrival.path.split_once('?')?;
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// `collect` a text of every item.
fn program(call: &str, each: &str) -> String {
    format!(
        "secret token\n\
         connector list from openapi \"specs/pages.yaml\" with {{ server: \"http://peer\", auth: .bearer(secret.token), \
         pages: {{ by_hand: .cursor(\"from\", next: \"links.next\", items: \"rows\"), none: .none }} }}\n\
         flow f() -> Text {{\n    var seen = \"\"\n    for one in {call} {{ seen = \"{{{{seen}}}} {{{{{each}}}}}\" }}\n    return seen\n}}\n"
    )
}

fn three(call: &str, each: &str, answer: fn(Option<&str>) -> String, name: &'static str, asked: &[&str]) {
    let ledger = Ledger::start(Duration::ZERO, move |arrival, _| (200, answer(parameter(arrival, name))));
    let result = run(&program(call, each), &ledger);
    assert_eq!(result, Ok(Value::text(" a b c d e")), "{call}: {:?}", paths(&ledger));
    assert_eq!(paths(&ledger), asked, "{call}");
    assert!(ledger.arrivals().iter().all(|arrival| arrival.headers.iter().any(|(name, _)| name == "authorization")));
}

#[test]
fn a_cursor_in_the_body_leads_to_three_pages() {
    let answer = |cursor: Option<&str>| match cursor {
        None => r#"{"rows": [{"id": "a"}, {"id": "b"}], "response_metadata": {"next_cursor": "n 2"}}"#.to_owned(),
        Some("n+2") => r#"{"rows": [{"id": "c"}, {"id": "d"}], "response_metadata": {"next_cursor": "n3"}}"#.to_owned(),
        Some(_) => r#"{"rows": [{"id": "e"}], "response_metadata": {"next_cursor": ""}}"#.to_owned(),
    };
    let asked = ["/cursor?limit=2", "/cursor?limit=2&cursor=n+2", "/cursor?limit=2&cursor=n3"];
    three("list.cursor(limit: 2).pages(max: 10)", "one.id", answer, "cursor", &asked);
}

#[test]
fn what_a_connector_says_by_hand_counts_and_may_be_an_address() {
    let answer = |cursor: Option<&str>| match cursor {
        None => r#"{"rows": ["a", "b"], "other": [], "links": {"next": "https://elsewhere.example/x?from=2&y=1"}}"#
            .to_owned(),
        Some("2") => r#"{"rows": ["c", "d"], "other": [], "links": {"next": "?from=3"}}"#.to_owned(),
        Some(_) => r#"{"rows": ["e"], "other": [], "links": {"next": null}}"#.to_owned(),
    };
    three("list.by_hand().pages(max: 10)", "one", answer, "from", &["/by-hand", "/by-hand?from=2", "/by-hand?from=3"]);
}

#[test]
fn the_last_item_and_what_says_that_there_is_more() {
    let answer = |after: Option<&str>| match after {
        None => r#"{"data": [{"id": "a"}, {"id": "b"}], "has_more": true}"#.to_owned(),
        Some("b") => r#"{"data": [{"id": "c"}, {"id": "d"}], "has_more": true}"#.to_owned(),
        Some(_) => r#"{"data": [{"id": "e"}], "has_more": false}"#.to_owned(),
    };
    let asked = ["/last", "/last?starting_after=b", "/last?starting_after=d"];
    three("list.last().pages(max: 10)", "one.id", answer, "starting_after", &asked);
}

#[test]
fn numbers_and_offsets_end_where_a_page_is_empty() {
    let answer = |page: Option<&str>| match page {
        None => r#"["a", "b"]"#.to_owned(),
        Some("2") => r#"["c", "d"]"#.to_owned(),
        Some("3") => r#"["e"]"#.to_owned(),
        Some(_) => "[]".to_owned(),
    };
    let asked = ["/number", "/number?page=2", "/number?page=3", "/number?page=4"];
    three("list.number().pages(max: 10)", "one", answer, "page", &asked);
    let answer = |start: Option<&str>| match start {
        None => r#"{"values": ["a", "b"]}"#.to_owned(),
        Some("2") => r#"{"values": ["c", "d"]}"#.to_owned(),
        Some("4") => r#"{"values": ["e"]}"#.to_owned(),
        Some(_) => r#"{"values": null}"#.to_owned(),
    };
    let asked = ["/offset", "/offset?startAt=2", "/offset?startAt=4", "/offset?startAt=5"];
    three("list.offset().pages(max: 10)", "one", answer, "startAt", &asked);
}

#[test]
fn no_more_pages_are_asked_for_than_the_loop_says_and_leaving_it_asks_for_none() {
    for (call, body, count) in [
        ("list.number().pages(max: 2)", "seen += 1", 2),
        ("list.number().pages(max: seen)", "seen += 1", 0),
        ("list.number(page: 7).pages(max: 1)", "seen += 1", 1),
        ("list.number().pages(max: 9)", "seen += 1\n if seen == 3 { break }", 2),
        ("list.number().pages(max: 9)", "if one == \"x\" { continue }\n seen += 1\n if seen > 4 { return seen }", 5),
        ("list.number().pages(max: 9) with { retry: 2 } where one == \"y\"", "seen += 1", 9),
    ] {
        let ledger = Ledger::start(Duration::ZERO, |_, _| (200, "[\"x\", \"y\"]".to_owned()));
        let program = format!(
            "connector list from openapi \"specs/pages.yaml\" with {{ server: \"http://peer\" }}\n\
             flow f() -> Int {{\n var seen = 0\n for one in {call} {{ {body} }}\n return seen\n}}\n"
        );
        let result = run(&program, &ledger);
        assert_eq!(ledger.arrivals().len(), count, "{call} {body}: {result:?}");
        assert!(result.is_ok(), "{call}: {result:?}");
    }
}

/// A service that sends the same cursor over and over would be asked for ever.
#[test]
fn a_service_that_names_the_same_page_again_is_a_failure_that_says_so() {
    for (call, answer) in [
        ("list.cursor()", r#"{"rows": [{"id": "a"}], "response_metadata": {"next_cursor": "same"}}"#),
        ("list.last()", r#"{"data": [{"id": "a"}], "has_more": true}"#),
    ] {
        let ledger = Ledger::start(Duration::ZERO, move |_, _| (200, answer.to_owned()));
        let failed = run(&program(&format!("{call}.pages(max: 100)"), "one.id"), &ledger).expect_err("it goes round");
        assert!(failed.contains("invalid") && failed.contains("as the next one again"), "{failed}");
        assert_eq!(ledger.arrivals().len(), 2, "{call}");
    }
}

/// One page that breaks off is asked for again by itself, and none before it.
#[test]
fn a_page_that_breaks_off_is_asked_for_again_alone() {
    let ledger = Ledger::start(Duration::ZERO, |arrival, like| match (parameter(arrival, "page"), like) {
        (None, _) => (200, "[\"a\"]".to_owned()),
        (Some("2"), 0) => (0, String::new()),
        (Some("2"), _) => (200, "[\"b\"]".to_owned()),
        _ => (200, "[]".to_owned()),
    });
    let result = run(&program("list.number().pages(max: 5) with { retry: 1 }", "one"), &ledger);
    assert_eq!(result, Ok(Value::text(" a b")));
    assert_eq!(paths(&ledger), ["/number", "/number?page=2", "/number?page=2", "/number?page=3"]);
}

/// `Link: <…>; rel="next"`, as GitHub has it.
#[test]
fn the_header_link_leads_on_and_only_its_parameter_is_taken() {
    let ledger = Ledger::start_with(Duration::ZERO, |arrival, _| {
        let (body, next) = match parameter(arrival, "page") {
            None => ("[\"a\", \"b\"]", Some("2")),
            Some("2") => ("[\"c\", \"d\"]", Some("3")),
            _ => ("[\"e\"]", None),
        };
        let first = "<https://elsewhere.example/linked?page=1>; rel=\"first\"";
        let link = next
            .map(|next| format!("{first}, <https://elsewhere.example/linked?per_page=9&page={next}>; rel=\"next\""));
        let headers = vec![("Link", link.unwrap_or_else(|| first.to_owned()))];
        Reply { status: 200, headers, body: body.to_owned() }
    });
    let result = run(&program("list.linked(per_page: 2).pages(max: 10)", "one"), &ledger);
    assert_eq!(result, Ok(Value::text(" a b c d e")), "{:?}", paths(&ledger));
    assert_eq!(paths(&ledger), ["/linked?per_page=2", "/linked?page=2&per_page=2", "/linked?page=3&per_page=2"]);
}

const NUMBERED: &str = "connector list from openapi \"specs/pages.yaml\" with { server: \"http://peer\" }\n\
    flow f() -> Text {\n var seen = \"\"\n for one in list.number().pages(max: 9) { seen = \"{{seen}}{{one}}\" }\n return seen\n}\n";

/// What the child does: begins the run if there is none, and lets it go on. Without the variable it is no test.
#[test]
fn child() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let (database, host) = order.split_once(' ').expect("an order has two words");
    let engine = open(Path::new(database), BEGINNING_US, host, 1);
    let program = NUMBERED.replace("http://peer", &format!("http://{host}"));
    engine.deploy(deployed(openapi::compiled(&program, &[host.to_owned()]))).expect("the program is deployed");
    if engine.runs(&RunFilter::default()).expect("runs are listed").is_empty() {
        engine.start("main.f", Vec::new()).expect("the run starts");
    }
    engine.run_until_idle().expect("the engine goes on");
}

/// A process that dies with any page under way goes on with that one: none before it is asked for again, none is left out.
#[test]
fn killed_between_pages_a_run_goes_on_with_the_page_it_was_at() {
    for (point, time) in [
        (CrashPoint::AfterCommit, 2),
        (CrashPoint::AfterCommit, 3),
        (CrashPoint::Sent, 1),
        (CrashPoint::Sent, 2),
        (CrashPoint::BeforeOutcome, 3),
        (CrashPoint::BeforeOutcome, 2),
        (CrashPoint::BeforeCommit, 3),
    ] {
        let what = format!("killed at {point:?}, time {time}");
        let folder = tempfile::tempdir().expect("a scratch folder");
        let database = folder.path().join("flow.db");
        let ledger = Ledger::start(Duration::from_millis(5), |arrival, _| match parameter(arrival, "page") {
            None => (200, "[\"a\", \"b\"]".to_owned()),
            Some("2") => (200, "[\"c\"]".to_owned()),
            Some("3") => (200, "[\"d\"]".to_owned()),
            _ => (200, "[]".to_owned()),
        });
        let child = |crash_at: Option<String>| {
            let mut command = Command::new(std::env::current_exe().expect("this binary"));
            command.args(["--exact", "child", "--test-threads=1"]);
            command.env(CHILD, format!("{} {}", database.display(), ledger.host())).env_remove("FLOW_CRASH_AT");
            command.envs(crash_at.map(|at| ("FLOW_CRASH_AT", at)));
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the child runs").success()
        };
        assert!(!child(Some(format!("{}:{time}", point as u32))), "{what}: it dies");
        assert!(child(None), "{what}: it goes on");
        let engine = open(&database, BEGINNING_US, &ledger.host(), 1);
        let runs = engine.runs(&RunFilter::default()).expect("runs are listed");
        let shown = engine.show(runs[0].run).expect("the run is shown");
        assert_eq!((shown.run.status, shown.result), (RunStatus::Finished, Some(Value::text("abcd"))), "{what}");
        let mut asked = paths(&ledger);
        let count = asked.len();
        asked.dedup();
        assert_eq!(asked, ["/number", "/number?page=2", "/number?page=3", "/number?page=4"], "{what}");
        assert!(count <= 5, "{what}: only what was under way is asked for again");
    }
}
