//! Calls in doubt at the command line: who decides sees what was sent, and is told what can be said of it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::{Done, Scratch};
use flow_vm::seam::{Clock, SystemClock};

const SHOP: &str = r#"
secret shop_token

enum Way { card, cash }

record Refund { id: Text, amount: Number, way: Way, lines: List<Text>, note: Text? }

@keyed(24 hours)
action shop.refund(order: Text, amount: Number) -> Refund = http {
    method: .post
    url: "http://ADDRESS/orders/{{order}}/refunds?verbose=1"
    headers: { "authorization": "Bearer {{secret.shop_token}}" }
    json: { order: order, amount: amount, note: "NOTE" }
}

@once
action shop.ring(times: Int) = http { method: .post, url: "http://ADDRESS/ring", json: { times: times } }

@once
action shop.ask(what: Text) -> Json = http { method: .post, url: "http://ADDRESS/ask", json: { what: what } }

@once
action shop.find(what: Text) -> Refund? = http { method: .post, url: "http://ADDRESS/find", json: { what: what } }

flow refund(contact: Contact) {
    let refund = shop.refund(order: "1001", amount: 12.5)
    contact.add_note("Refunded {{refund.id}}.")
}

flow ring(contact: Contact) {
    shop.ring(times: 2)
    contact.add_note("Rung.")
}

flow post(contact: Contact) {
    let answer = http.post(url: "http://ADDRESS/post?a=b", json: { a: 1 }, headers: { "x-token": secret.shop_token })
    contact.add_note("Posted.")
}

flow query(contact: Contact) {
    let answer = shop.ask(what: "how much")
    contact.add_note("Asked.")
}

flow find(contact: Contact) {
    let found = shop.find(what: "it")
    contact.add_note("Found: {{found?.id ?? "nothing"}}.")
}
"#;

/// A project whose calls go to somebody who takes what is sent, and hangs up.
fn hung_up() -> (Scratch, String) {
    let address = common::hangs_up();
    let project = Scratch::project();
    project.write("flow.toml", format!("[project]\nname = \"x\"\n[net]\nallow = [\"{address}\"]\n\n[net.secret_hosts]\nshop_token = [\"{address}\"]\n"));
    project.write("people.csv", "email\nada@example.com\n");
    let long = "x".repeat(2_000);
    project.write("desk.flow", SHOP.replace("ADDRESS", &address).replace("NOTE", &long));
    project.write(".env", "SHOP_TOKEN=tok_0123456789abcdef\n");
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    project.flow(&["deploy"]).expect(0);
    (project, address)
}

fn begin(project: &Scratch, flow: &str) -> String {
    project.flow(&["start", &format!("desk.{flow}"), "contact=ada@example.com"]).expect(1).run_id()
}

/// The commands that a run in doubt is shown with, as they can be typed.
fn offered<'a>(shown: &'a Done, run: &str) -> Vec<&'a str> {
    let start = format!("flow resolve {run} ");
    let lines = shown.out.lines().filter_map(|line| line.trim().strip_prefix(&start));
    lines.map(|line| line.split("  ").next().unwrap()).collect()
}

#[test]
fn what_was_sent_is_shown_and_no_secret() {
    let (project, address) = hung_up();
    let run = begin(&project, "refund");
    let shown = project.flow(&["show", &run]).expect(0);
    let call = shown.out.lines().find(|line| line.contains("sent   shop.refund(json: ")).unwrap_or(&shown.out);
    assert!(call.contains("1001") && call.ends_with("…)") && call.chars().count() < 260, "{}", shown.out);
    let shown = shown.shows(&format!("request: POST http://{address}/orders/1001/refunds\n"));
    let shown = shown.shows(" UTC, ").shows("attempt 1\n");
    assert!(!shown.out.contains("tok_0123") && !shown.out.contains("verbose"), "{}", shown.out);

    let object = project.flow(&["show", &run, "--json"]).expect(0).out;
    let object: serde_json::Value = serde_json::from_str(&object).unwrap();
    let call = &object["calls"][0];
    let key = call["key"].as_str().unwrap();
    assert!(key.len() == 32 && shown.out.contains(&format!("key: {key}\n")), "{}", shown.out);
    assert_eq!(call["traces"]["request"], format!("POST http://{address}/orders/1001/refunds"));
    let sent: jiff::Timestamp = call["sent"].as_str().unwrap().parse().unwrap();
    assert!(SystemClock::default().now_us().abs_diff(sent.as_microsecond()) < 60_000_000);

    // Where several are listed each says what is in doubt.
    let listed = project.flow(&["runs", "--status", "in_doubt"]).expect(0).shows("shop.refund sent ");
    assert!(listed.out.contains(" ago") || listed.out.contains("sent now"), "{}", listed.out);
    let listed = project.flow(&["runs", "--json"]).expect(0).out;
    let object: serde_json::Value = serde_json::from_str(listed.lines().next().unwrap()).unwrap();
    assert_eq!((&object["doubts"][0]["action"], &object["doubts"][0]["sent"]), (&"shop.refund".into(), &call["sent"]));

    // No key where none is sent; an address without what may be secret in it.
    let run = begin(&project, "post");
    let shown = project.flow(&["show", &run]).expect(0).shows(&format!("request: POST http://{address}/post\n"));
    assert!(!shown.out.contains("key: ") && !shown.out.contains("tok_0123"), "{}", shown.out);
    shown.shows("headers: {\"x-token\":\"…\"}");
}

#[test]
fn the_doctor_tells_of_runs_in_doubt() {
    let (project, _) = hung_up();
    assert!(!project.flow(&["doctor"]).expect(0).out.contains("in doubt"));
    let run = begin(&project, "ring");
    project.flow(&["doctor"]).expect(1).shows("1 run is in doubt").shows("`flow runs --status in_doubt`");
    begin(&project, "ring");
    project.flow(&["doctor"]).expect(1).shows("2 runs are in doubt");
    let told = project.flow(&["doctor", "--json"]).expect(1).out;
    let told = told.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let told: Vec<_> = told.filter(|line| line["check"] == "runs").collect();
    assert_eq!((told.len(), &told[0]["state"]), (1, &"trouble".into()), "{told:?}");
    assert!(told[0]["help"].as_str().unwrap().contains("flow runs --status in_doubt"), "{told:?}");
    // What is decided is no trouble any more.
    project.flow(&["resolve", &run, "done"]).expect(0);
    project.flow(&["doctor"]).expect(1).shows("1 run is in doubt");
}

#[test]
fn what_can_be_said_is_what_is_offered() {
    let (project, _) = hung_up();
    for (flow, wanted) in [
        ("refund", Some(r#"'{"id":"…","amount":12.5,"way":"card","lines":["…"],"note":"…"}'"#)),
        ("find", Some(r#"'{"id":"…","amount":12.5,"way":"card","lines":["…"],"note":"…"}'"#)),
        ("query", Some("'{}'")),
        ("ring", None),
    ] {
        let run = begin(&project, flow);
        let shown = project.flow(&["show", &run]).expect(0);
        let commands = offered(&shown, &run);
        let done = wanted.map_or("done".to_owned(), |wanted| format!("done --result {wanted}"));
        assert_eq!(commands, [&done, "retry", "fail"], "{}", shown.out);
        if let Some(wanted) = wanted {
            // Nothing is taken for granted, and the refusal says what to write.
            let refused = project.flow(&["resolve", &run, "done"]).expect(1).says("needs what the action yielded");
            refused.says(&format!("--result {wanted}"));
            let wanted = wanted.trim_matches('\'');
            // A sample as it stands says nothing of what happened.
            if wanted.contains('…') {
                let refused = project.flow(&["resolve", &run, "done", "--result", wanted]).expect(1);
                refused.says("`…` stands for what only you can know");
            }
            let filled = wanted.replace('…', "R9");
            project.flow(&["resolve", &run, "done", "--result", &filled]).expect(0).shows("has finished");
        } else {
            project.flow(&["resolve", &run, "done"]).expect(0).shows("has finished");
        }
    }
    // `null` that is said is an answer.
    let run = begin(&project, "find");
    project.flow(&["resolve", &run, "done", "--result", "null"]).expect(0).shows("has finished");
    project.flow(&["contacts", "show", "ada@example.com"]).expect(0).shows("Found: nothing.");
}

/// Where several paths wait, each call stands with its own line, and what can be typed names it whole.
#[test]
fn doubts_side_by_side_are_told_apart() {
    let address = common::hangs_up();
    let project = Scratch::project();
    project.write("flow.toml", format!("[project]\nname = \"x\"\n[net]\nallow = [\"{address}\"]\n"));
    let ring = |times| format!("http.post(url: \"http://{address}/ring\", json: {{ times: {times} }})");
    let flow = format!(
        "flow ring() {{\n    parallel {{\n        path one {{\n            {}\n        }}\n        path two {{\n            {}\n        }}\n    }}\n}}\n",
        ring(1),
        ring(2)
    );
    project.write("desk.flow", flow);
    project.flow(&["deploy"]).expect(0);
    let run = project.flow(&["start", "desk.ring"]).expect(1).run_id();
    let shown = project.flow(&["show", &run]).expect(0);
    let words: String = shown.out.split_whitespace().collect::<Vec<_>>().join(" ");
    // What arrives together is one turn, told by the first of the places.
    let turn = |(path, line)| words.contains(&format!("{path}/call:http.post desk.flow:{line} "));
    assert!([("one", 4), ("two", 7)].into_iter().any(turn), "{}", shown.out);
    for (path, line, times) in [("one", 4, 1), ("two", 7, 2)] {
        let call = format!(
            "at desk.flow:{line}:13 {} sent http.post(url: \"http://{address}/ring\", json: {{\"times\":{times}}})",
            ring(times)
        );
        assert!(words.contains(&call), "{call}\n{}", shown.out);
        assert!(words.contains(&format!("retry --at desk.ring/{path}/call:http.post ")), "{}", shown.out);
    }
}
