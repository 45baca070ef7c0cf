//! Slack: `chat.postMessage`, and incoming webhooks.

use flow_bytecode::Value;
use flow_stdlib::channel::{Channels, Slack};
use flow_tests::ledger::{Ledger, Reply, reply};
use flow_tests::office::{Office, SECRET, kind, result, why};
use serde_json::json;
use std::time::Duration;

const PROGRAM: &str = r##"
flow post(channel: Text, name: Text, thread: Text?) -> SlackMessage {
    return slack.post(channel: channel, text: "*New* <!here> {{name}}", thread: thread)
}

flow twice() -> Text? {
    let first = slack.post(channel: "#sales", text: "one")
    let second = slack.post(channel: "#sales", text: "two", thread: first.ts)
    return second.ts
}
"##;

pub fn settings(ledger: &Ledger) -> Slack {
    let webhooks = [("#urgent".to_owned(), "urgent_hook".to_owned())].into();
    Slack { server: ledger.url(), token: Some("slack_token".into()), webhooks }
}

fn office(ledger: &Ledger) -> Office {
    let channels = Channels { slack: Some(settings(ledger)), ..Channels::default() };
    let hook = format!("{}/services/T0/B0/x?y=z{SECRET}", ledger.url());
    Office::open(channels, &[ledger.host()], &[("urgent_hook", hook)], PROGRAM)
}

fn answering(answer: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Ledger {
    Ledger::start_with(Duration::ZERO, move |_, like| answer(like))
}

fn sales() -> serde_json::Value {
    json!({ "channel": "#sales", "name": "Ada & <Bob>", "thread": null })
}

#[test]
fn the_app_posts_and_what_is_filled_in_is_escaped_once() {
    let ledger = answering(|like| reply(200, format!(r#"{{"ok":true,"channel":"C1","ts":"17.{like}"}}"#)));
    let office = office(&ledger);
    let Value::Map(message) = result(&office.run("post", sales())) else { panic!("a message is a record") };
    assert_eq!(message[1].1, Value::text("17.0"));
    assert_eq!(result(&office.run("twice", json!({}))), Value::text("17.2"));
    let arrivals = ledger.arrivals();
    let arrival = &arrivals[0];
    assert_eq!((&*arrival.method, &*arrival.path), ("POST", "/api/chat.postMessage"));
    assert_eq!(arrival.header("authorization"), format!("Bearer slack_token{SECRET}"));
    assert_eq!(arrival.header("content-type"), "application/json");
    assert_eq!(arrival.json(), json!({ "channel": "#sales", "text": "*New* <!here> Ada &amp; &lt;Bob&gt;" }));
    assert_eq!(arrivals[2].json(), json!({ "channel": "#sales", "text": "two", "thread_ts": "17.1" }));
}

#[test]
fn an_incoming_webhook_goes_before_the_app() {
    let ledger = answering(|_| reply(200, "ok"));
    let office = office(&ledger);
    let run = office.run("post", json!({ "channel": "#urgent", "name": "Ada", "thread": null }));
    let Value::Map(message) = result(&run) else { panic!("a message is a record") };
    assert_eq!((&message[0].1, &message[1].1), (&Value::text("#urgent"), &Value::Null));
    let arrivals = ledger.arrivals();
    assert_eq!(arrivals[0].path, format!("/services/T0/B0/x?y=z{SECRET}"));
    assert_eq!(arrivals[0].header("authorization"), "");
    assert_eq!(arrivals[0].json(), json!({ "text": "*New* <!here> Ada" }));
}

#[test]
fn ok_counts_and_not_the_status() {
    for (status, body, expected) in [
        (200, r#"{"ok":false,"error":"channel_not_found"}"#, "rejected"),
        (200, r#"{"ok":false,"error":"not_in_channel"}"#, "rejected"),
        (200, r#"{"ok":false,"error":"is_archived"}"#, "rejected"),
        (200, r#"{"ok":false,"error":"invalid_auth"}"#, "rejected"),
        (200, r#"{"ok":false,"error":"msg_too_long"}"#, "invalid"),
        (200, r#"{"ok":false,"error":"fatal_error"}"#, "in_doubt"),
        (200, "hello", "in_doubt"),
        (404, "no_service", "rejected"),
        (500, "", "in_doubt"),
        (0, "", "in_doubt"),
    ] {
        let ledger = answering(move |_| reply(status, body));
        let office = office(&ledger);
        let run = office.run("post", sales());
        assert_eq!(kind(&run), expected, "{status} {body}");
        assert_eq!(ledger.arrivals().len(), 1, "{status} {body}");
        assert!(!why(&run).contains(SECRET));
    }
}

#[test]
fn both_spellings_of_too_fast_are_tried_again_when_they_say() {
    for error in ["ratelimited", "rate_limited"] {
        let ledger = answering(move |like| match like {
            0 => Reply {
                headers: vec![("retry-after", "30".into())],
                ..reply(if error == "ratelimited" { 429 } else { 200 }, format!(r#"{{"ok":false,"error":"{error}"}}"#))
            },
            _ => reply(200, r#"{"ok":true,"channel":"C1","ts":"17.1"}"#),
        });
        let office = office(&ledger);
        result(&office.run("post", sales()));
        assert_eq!((ledger.arrivals().len(), office.seconds()), (2, 30.0), "{error}");
    }
}

#[test]
fn nothing_leaves_for_a_channel_that_nobody_posts_in() {
    let ledger = answering(|_| reply(200, "ok"));
    let slack = Slack { token: None, ..settings(&ledger) };
    let office = Office::open(Channels { slack: Some(slack), ..Channels::default() }, &[ledger.host()], &[], PROGRAM);
    let run = office.run("post", sales());
    assert_eq!(why(&run), "[slack] in flow.toml has neither a token nor a webhook for `#sales`");
    assert_eq!(ledger.arrivals(), []);
}

#[test]
fn a_secret_is_kept_nowhere() {
    // The other side repeats what it was told.
    let ledger = Ledger::start_with(Duration::ZERO, |arrival, _| {
        let hook = format!("http://{}{}", arrival.header("host"), arrival.path);
        reply(403, format!("no: {} {hook}", arrival.header("authorization")))
    });
    let office = office(&ledger);
    for channel in ["#sales", "#urgent"] {
        let run = office.run("post", json!({ "channel": channel, "name": "Ada", "thread": null }));
        assert!(!format!("{run:?}").contains(SECRET));
    }
    for file in std::fs::read_dir(office.folder()).expect("a folder") {
        let bytes = std::fs::read(file.expect("an entry").path()).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    }
}
