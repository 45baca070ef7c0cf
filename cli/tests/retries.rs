//! Calls that are tried again: who looks at the run sees why, how often it was tried, and when it is tried next.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
use std::net::TcpListener;

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_call_that_waits_says_why() {
    let address = nobody();
    let project = Scratch::project();
    project.write("flow.toml", format!("[project]\nname = \"x\"\n[net]\nallow = [\"{address}\"]\n"));
    project.write(
        "desk.flow",
        format!("flow look() {{\n    let found = http.get(url: \"http://{address}/x\") with {{ retry: 3, backoff: 2 hours }}\n}}\n"),
    );
    project.flow(&["deploy"]).expect(0);
    let run = project.flow(&["start", "desk.look"]).expect(0).run_id();
    let shown = project.flow(&["show", &run]).expect(0);
    let why = format!(".unreachable, nobody listens at `http://{address}`");
    let words: String = shown.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("attempt 1 of http.get failed"), "{}", shown.out);
    assert!(words.contains(&format!("because of {why}")), "{}", shown.out);
    assert!(words.contains(&format!("did not get through: {why}; it is tried again in 2 hours, at ")), "{}", shown.out);
    let json: serde_json::Value = serde_json::from_str(&project.flow(&["show", &run, "--json"]).expect(0).out).unwrap();
    let call = &json["calls"][0];
    assert_eq!(call["state"], "retrying");
    assert_eq!(call["attempt"], 1);
    assert_eq!(call["failure"]["kind"], "unreachable");
    assert_eq!(call["failure"]["message"], format!("nobody listens at `http://{address}`"));
    assert!(call["not_before"].is_string(), "{call}");
    assert_eq!(call["source"]["line"], 2);
}
