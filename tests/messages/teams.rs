//! Teams: a workflow's webhook, and Microsoft Graph.

use flow_stdlib::channel::{Channels, Teams};
use flow_tests::ledger::{Ledger, reply};
use flow_tests::office::{Office, SECRET, kind, result, why};
use serde_json::{Value, json};
use std::time::Duration;

const PROGRAM: &str = r#"
flow post(team: Text, channel: Text, name: Text) {
    teams.post(team: team, channel: channel, text: "**New:** {{name}}")
}
"#;

fn office(ledger: &Ledger) -> Office {
    let webhooks = [("Support/Urgent".to_owned(), "teams_hook".to_owned())].into();
    let teams = Teams { server: ledger.url(), token: Some("graph_token".into()), graph: None, webhooks };
    let hook = format!("{}/workflows/1/triggers/manual?api-version=1&sig=a%2Fb{SECRET}", ledger.url());
    let channels = Channels { teams: Some(teams), ..Channels::default() };
    Office::open(channels, &[ledger.host()], &[("teams_hook", hook)], PROGRAM)
}

fn card(text: &str) -> Value {
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": [{ "type": "TextBlock", "text": text, "wrap": true }],
    })
}

const CARD: &str = "application/vnd.microsoft.card.adaptive";

#[test]
fn a_workflow_gets_an_adaptive_card() {
    let ledger = Ledger::start(Duration::ZERO, |_, _| (202, String::new()));
    let office = office(&ledger);
    result(&office.run("post", json!({ "team": "Support", "channel": "Urgent", "name": "[pay](http://x) *now*" })));
    let arrivals = ledger.arrivals();
    assert_eq!(arrivals[0].path, format!("/workflows/1/triggers/manual?api-version=1&sig=a%2Fb{SECRET}"));
    let content = card(r"**New:** \[pay\]\(http://x\) \*now\*");
    assert_eq!(
        arrivals[0].json(),
        json!({ "type": "message", "attachments": [{ "contentType": CARD, "content": content }] })
    );
}

#[test]
fn graph_gets_the_same_card() {
    let ledger = Ledger::start(Duration::ZERO, |_, _| (201, r#"{"id":"1"}"#.to_owned()));
    let office = office(&ledger);
    let channel = "19:abc@thread.tacv2";
    result(&office.run("post", json!({ "team": "8a-b", "channel": channel, "name": "Ada" })));
    let arrival = &ledger.arrivals()[0];
    assert_eq!(arrival.path, "/v1.0/teams/8a-b/channels/19%3Aabc%40thread.tacv2/messages");
    assert_eq!(arrival.header("authorization"), format!("Bearer graph_token{SECRET}"));
    let body = arrival.json();
    assert_eq!(body["body"], json!({ "contentType": "html", "content": "<attachment id=\"card\"></attachment>" }));
    assert_eq!(body["attachments"][0]["contentType"], CARD);
    let content: Value = serde_json::from_str(body["attachments"][0]["content"].as_str().expect("JSON as text"))
        .expect("the card is JSON");
    assert_eq!(content, card("**New:** Ada"));
}

#[test]
fn refusals_and_doubts() {
    for (status, body, expected) in [
        (403, r#"{"error":{"code":"Forbidden","message":"Missing role"}}"#, "rejected"),
        (400, "bad", "rejected"),
        (502, "", "in_doubt"),
        (0, "", "in_doubt"),
    ] {
        let ledger = Ledger::start_with(Duration::ZERO, move |_, _| reply(status, body));
        let office = office(&ledger);
        let run = office.run("post", json!({ "team": "t", "channel": "c", "name": "Ada" }));
        assert_eq!(kind(&run), expected, "{status}");
        assert!(status != 403 || why(&run) == "answered 403, error Forbidden: Missing role", "{}", why(&run));
        assert_eq!(ledger.arrivals().len(), 1);
    }
}
