//! Text messages, as Twilio documents its side.

use flow_bytecode::Value;
use flow_stdlib::channel::{Channels, Sms};
use flow_tests::ledger::{Ledger, Reply, reply};
use flow_tests::office::{Office, SECRET, kind, result, why};
use serde_json::json;
use std::time::Duration;

const PROGRAM: &str = r#"
flow tell(to: Phone, text: Text, sender: Text?) -> Delivery {
    return sms.send(to: to, text: text, sender: sender)
}
"#;

const TAKEN: &str = r#"{"sid":"SM1","status":"queued","num_segments":"1","error_code":null}"#;

pub fn settings(ledger: &Ledger) -> Sms {
    Sms { server: ledger.url(), account: "AC1".into(), token: "sms_token".into(), from: "+4799999999".into() }
}

fn office(ledger: &Ledger) -> Office {
    let channels = Channels { sms: Some(settings(ledger)), ..Channels::default() };
    Office::open(channels, &[ledger.host()], &[], PROGRAM)
}

fn answering(answer: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Ledger {
    Ledger::start_with(Duration::ZERO, move |_, like| answer(like))
}

fn to_ada() -> serde_json::Value {
    json!({ "to": "+4722334455", "text": "50% & more: ä", "sender": null })
}

#[test]
fn a_message_is_posted_as_twilio_wants_it() {
    let ledger = answering(|_| reply(201, TAKEN));
    let office = office(&ledger);
    let run = office.run("tell", to_ada());
    let Value::Map(delivery) = result(&run) else { panic!("a delivery is a record") };
    let told: Vec<String> = delivery.iter().map(|(name, value)| format!("{name} {value:?}")).collect();
    assert_eq!(told, ["id Text(\"SM1\")", "status Text(\"queued\")", "segments Int(1)"]);
    let arrivals = ledger.arrivals();
    assert_eq!(arrivals.len(), 1);
    let arrival = &arrivals[0];
    assert_eq!((&*arrival.method, &*arrival.path), ("POST", "/2010-04-01/Accounts/AC1/Messages.json"));
    assert_eq!(arrival.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(arrival.body, "To=%2B4722334455&From=%2B4799999999&Body=50%25+%26+more%3A+%C3%A4");
    // `AC1:sms_token-sesame-4711-open-wide`
    assert_eq!(arrival.header("authorization"), "Basic QUMxOnNtc190b2tlbi1zZXNhbWUtNDcxMS1vcGVuLXdpZGU=");
}

#[test]
fn a_messaging_service_and_a_sender_of_ones_own() {
    let ledger = answering(|_| reply(201, TAKEN));
    let service = "MG0123456789abcdef0123456789abcdef";
    let sms = Sms { from: service.into(), ..settings(&ledger) };
    let office = Office::open(Channels { sms: Some(sms), ..Channels::default() }, &[ledger.host()], &[], PROGRAM);
    office.run("tell", json!({ "to": "+4722334455", "text": "Hi", "sender": null }));
    office.run("tell", json!({ "to": "+4722334455", "text": "Hi", "sender": "Acme" }));
    let bodies: Vec<String> = ledger.arrivals().into_iter().map(|arrival| arrival.body).collect();
    let first = format!("To=%2B4722334455&MessagingServiceSid={service}&Body=Hi");
    assert_eq!(bodies, [first.as_str(), "To=%2B4722334455&From=Acme&Body=Hi"]);
}

#[test]
fn what_twilio_refuses_is_a_failure_and_is_not_tried_again() {
    for (status, body, expected) in [
        (400, r#"{"code":21211,"message":"Invalid 'To' Phone Number","status":400}"#, "undeliverable"),
        (400, r#"{"code":21610,"message":"unsubscribed recipient","status":400}"#, "undeliverable"),
        (401, r#"{"code":20003,"message":"Authenticate","status":401}"#, "rejected"),
        (400, r#"{"code":21603,"message":"A 'From' phone number is required","status":400}"#, "rejected"),
        (404, "not found", "rejected"),
    ] {
        let ledger = answering(move |_| reply(status, body));
        let office = office(&ledger);
        let run = office.run("tell", to_ada());
        assert_eq!(kind(&run), expected, "{body}");
        assert_eq!(ledger.arrivals().len(), 1, "{body}");
        assert!(!why(&run).contains(SECRET));
    }
}

/// The code says it, whatever the status.
#[test]
fn a_code_that_says_too_many_is_tried_again() {
    let ledger = answering(|like| match like {
        0 => Reply { headers: vec![("retry-after", "37".into())], ..reply(400, r#"{"code":20429,"message":"slow"}"#) },
        _ => reply(201, TAKEN),
    });
    let office = office(&ledger);
    result(&office.run("tell", to_ada()));
    assert_eq!((ledger.arrivals().len(), office.seconds()), (2, 37.0));
}

#[test]
fn without_an_answer_it_is_in_doubt_and_never_sent_again() {
    for (status, body) in [(0, ""), (500, ""), (503, ""), (201, "{}")] {
        let ledger = answering(move |_| reply(status, body));
        let mut office = office(&ledger);
        let run = office.run("tell", to_ada());
        assert_eq!(kind(&run), "in_doubt", "{status}");
        office.again();
        office.settle();
        assert_eq!(ledger.arrivals().len(), 1, "{status}");
    }
}

#[test]
fn a_429_is_tried_again_when_it_says() {
    let ledger = answering(|like| match like {
        0 => Reply { headers: vec![("retry-after", "37".into())], ..reply(429, r#"{"code":20429,"message":"slow"}"#) },
        _ => reply(201, TAKEN),
    });
    let office = office(&ledger);
    let run = office.run("tell", to_ada());
    result(&run);
    assert_eq!((ledger.arrivals().len(), office.seconds()), (2, 37.0));
}

#[test]
fn nothing_leaves_where_nothing_is_set_or_there_is_nothing_to_say() {
    let ledger = answering(|_| reply(201, TAKEN));
    let unset = Office::open(Channels::default(), &[ledger.host()], &[], PROGRAM);
    let run = unset.run("tell", to_ada());
    assert_eq!(why(&run), "nothing was sent: `[sms]` is not set in flow.toml");
    let office = office(&ledger);
    for text in [" ".to_owned(), "x".repeat(1601)] {
        let run = office.run("tell", json!({ "to": "+4722334455", "text": text, "sender": null }));
        assert_eq!(kind(&run), "invalid");
    }
    assert_eq!(ledger.arrivals(), []);
}
