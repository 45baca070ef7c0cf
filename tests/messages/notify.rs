//! Messages to teammates.

use super::email::{channels, read, takes};
use flow_stdlib::channel::Channels;
use flow_tests::ledger::{Ledger, reply};
use flow_tests::office::{Office, kind, result, why};
use flow_tests::post::{Does, Post, Stage};
use serde_json::json;
use std::time::Duration;

const PROGRAM: &str = r#"
team support, finance

flow mail(to: Assignee) {
    notify.email(to: to, subject: "New ticket", text: "It burns & <smokes>.")
}

flow text(to: Assignee) {
    notify.sms(to: to, text: "It burns.")
}
"#;

fn staffed(channels: Channels, allow: &[String]) -> Office {
    let office = Office::open(channels, allow, &[], PROGRAM);
    for (name, email, phone, team) in [
        ("Grace", Some("grace@acme.example"), Some("+4722334455"), "support"),
        ("Linus", Some("linus@acme.example"), Some("+4722334456"), "support"),
        ("Ken", None, None, "support"),
        ("Rob", None, None, "finance"),
    ] {
        office.record("Teammate", json!({ "name": name, "email": email, "phone": phone, "teams": [team] }));
    }
    office
}

#[test]
fn a_team_gets_one_mail_and_a_teammate_one_of_their_own() {
    let post = takes();
    let office = staffed(channels(&post), &[post.host()]);
    result(&office.run("mail", json!({ "to": "team:support" })));
    result(&office.run("mail", json!({ "to": "teammate:2" })));
    let received = post.received();
    assert_eq!(received[0].to, ["grace@acme.example", "linus@acme.example"]);
    assert_eq!(received[1].to, ["linus@acme.example"]);
    assert_eq!(read(&received[0]).body_text(0).as_deref().map(str::trim), Some("It burns & <smokes>."));
    assert_eq!(office.records("Mail").len(), 0, "it is no mail to a customer");
}

#[test]
fn nobody_there_is_a_failure_that_says_so() {
    let post = takes();
    let office = staffed(channels(&post), &[post.host()]);
    for (to, expected) in [
        ("team:finance", "nobody in the team has an email address"),
        ("team:sales", "there is nobody in the team `sales`"),
        ("teammate:3", "the teammate has no email address"),
        ("ai", "the assistant has no address: a message goes to a teammate or a team"),
    ] {
        let run = office.run("mail", json!({ "to": to }));
        assert_eq!((kind(&run).as_str(), why(&run).as_str()), ("undeliverable", expected), "{to}");
    }
    assert_eq!(post.received(), []);
}

#[test]
fn one_whom_the_server_does_not_know_keeps_it_from_nobody_else() {
    let gone = |who: &'static str| {
        Post::start(move |stage, about| match stage {
            Stage::Rcpt if about.contains(who) => Does::Says(550, "no such user"),
            _ => Does::Goes,
        })
    };
    let post = gone("grace");
    let office = staffed(channels(&post), &[post.host()]);
    result(&office.run("mail", json!({ "to": "team:support" })));
    assert_eq!(post.received()[0].to, ["linus@acme.example"]);
    let post = gone("acme");
    let office = staffed(channels(&post), &[post.host()]);
    assert_eq!(kind(&office.run("mail", json!({ "to": "team:support" }))), "undeliverable");
    assert_eq!(post.received(), []);
}

#[test]
fn a_team_gets_a_text_message_each() {
    let ledger = Ledger::start_with(Duration::ZERO, |arrival, _| match arrival.body.contains("4455") {
        true => reply(400, r#"{"code":21614,"message":"not a mobile number"}"#),
        false => reply(201, r#"{"sid":"SM1","status":"queued"}"#),
    });
    let channels = Channels { sms: Some(super::sms::settings(&ledger)), ..Channels::default() };
    let office = staffed(channels, &[ledger.host()]);
    result(&office.run("text", json!({ "to": "team:support" })));
    assert_eq!(ledger.arrivals().len(), 2);
    let run = office.run("text", json!({ "to": "teammate:1" }));
    assert_eq!(kind(&run), "undeliverable");
    assert_eq!(why(&office.run("text", json!({ "to": "teammate:3" }))), "the teammate has no phone number");
    assert_eq!(ledger.arrivals().len(), 3);
}
