//! Webhooks signed by the Standard Webhooks scheme.

use flow_stdlib::channel::{Channels, Webhook};
use flow_tests::ledger::{Arrival, Ledger, Reply, reply};
use flow_tests::office::{Office, kind, result};
use flow_tests::story::BEGINNING_US;
use serde_json::json;
use std::time::Duration;

const PROGRAM: &str = r#"
flow tell(base: Text, name: Text) {
    webhook.send(url: "{{base}}/hooks", json: { type: "contact.ready", name: name }, headers: { X_Shop: "1" })
}
"#;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn office(ledger: &Ledger) -> Office {
    let channels = Channels { webhook: Some(Webhook { secret: "hook_secret".into() }), ..Channels::default() };
    Office::open(channels, &[ledger.host()], &[("hook_secret", SECRET.to_owned())], PROGRAM)
}

fn answering(answer: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Ledger {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Ledger::start_with(Duration::ZERO, move |_, _| answer(count.fetch_add(1, std::sync::atomic::Ordering::SeqCst)))
}

fn tell(office: &Office, ledger: &Ledger) -> flow_vm::engine::RunDetail {
    office.run("tell", json!({ "base": ledger.url(), "name": "Ada" }))
}

/// By the words of the specification, with other crates' pieces put together here.
fn is_signed(arrival: &Arrival) -> bool {
    use hmac::{Hmac, KeyInit, Mac};
    let key = base64(&SECRET["whsec_".len()..]);
    let signed = format!("{}.{}.{}", arrival.header("webhook-id"), arrival.header("webhook-timestamp"), arrival.body);
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("a key");
    mac.update(signed.as_bytes());
    let given = arrival.header("webhook-signature").strip_prefix("v1,").expect("version 1");
    mac.verify_slice(&base64(given)).is_ok()
}

fn base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        bits = bits << 6 | LETTERS.iter().position(|known| *known == letter).expect("a letter") as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[test]
fn it_is_signed_and_dated() {
    let ledger = answering(|_| reply(204, ""));
    let office = office(&ledger);
    result(&tell(&office, &ledger));
    let arrivals = ledger.arrivals();
    let arrival = &arrivals[0];
    assert_eq!(arrival.json(), json!({ "type": "contact.ready", "name": "Ada" }));
    assert_eq!(arrival.header("webhook-timestamp"), (BEGINNING_US / 1_000_000).to_string());
    assert!(is_signed(arrival));
    let changed = Arrival { body: arrival.body.replace("Ada", "Eve"), ..arrival.clone() };
    assert!(!is_signed(&changed));
}

#[test]
fn it_is_sent_again_under_the_same_id_until_it_is_taken() {
    let ledger = answering(|like| match like {
        0 => reply(500, ""),
        1 => reply(0, ""),
        2 => Reply { headers: vec![("retry-after", "100".into())], ..reply(429, "") },
        _ => reply(200, ""),
    });
    let office = office(&ledger);
    result(&tell(&office, &ledger));
    let arrivals = ledger.arrivals();
    assert_eq!(arrivals.len(), 4);
    assert!(arrivals.iter().all(is_signed));
    let ids: Vec<&str> = arrivals.iter().map(|arrival| arrival.header("webhook-id")).collect();
    assert!(!ids[0].is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_ne!(arrivals[0].header("webhook-timestamp"), arrivals[3].header("webhook-timestamp"));
    tell(&office, &ledger);
    assert_ne!(ledger.arrivals()[4].header("webhook-id"), ids[0]);
}

#[test]
fn whoever_wants_no_more_says_so() {
    for (status, expected) in [(410, "gone"), (400, "rejected"), (401, "rejected")] {
        let ledger = answering(move |_| reply(status, ""));
        let office = office(&ledger);
        assert_eq!(kind(&tell(&office, &ledger)), expected);
        assert_eq!(ledger.arrivals().len(), 1);
    }
}

#[test]
fn nothing_leaves_without_a_secret_that_signs() {
    let ledger = answering(|_| reply(200, ""));
    let channels = Channels { webhook: Some(Webhook { secret: "hook_secret".into() }), ..Channels::default() };
    let office = Office::open(channels, &[ledger.host()], &[], PROGRAM);
    assert_eq!(kind(&tell(&office, &ledger)), "invalid");
    let office = Office::open(Channels::default(), &[ledger.host()], &[], PROGRAM);
    assert_eq!(kind(&tell(&office, &ledger)), "invalid");
    assert_eq!(ledger.arrivals(), []);
}
