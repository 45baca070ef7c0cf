//! Webhooks: who is let in.

use crate::rooms::{Rooms, SECRETS};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_bytecode::Value;
use flow_tests::office::field;
use flow_tests::story::BEGINNING_US;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PROGRAM: &str = r#"
record Paid { email: Email, amount: Int }

flow paid(paid: Paid)
    on webhook("shop/paid")
{
    contacts.create(email: paid.email, first_name: "Paid {{paid.amount}}")
}
"#;

const NOW: i64 = BEGINNING_US / 1_000_000;

/// Signed as the specification says, by code that is not the project's.
pub fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("Base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn deliver(rooms: &Rooms, name: &str, id: &str, seconds: i64, signature: &str, body: &str) -> u16 {
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature.to_owned()),
    ];
    rooms.send("POST", &format!("/hooks/{name}"), &headers, body.as_bytes()).status
}

#[test]
fn what_is_signed_begins_a_run_once() {
    let rooms = Rooms::open(PROGRAM);
    let body = |who: &str| format!(r#"{{"email":"{who}@example.com","amount":7}}"#);
    let made = |rooms: &Rooms| {
        rooms.office.now();
        rooms.office.records("Contact").len()
    };
    let (new, old) = (SECRETS[2].1, SECRETS[3].1);
    let ada = body("ada");
    assert_eq!(deliver(&rooms, "shop/paid", "m1", NOW, &sign(new, "m1", NOW, &ada), &ada), 202);
    assert_eq!(made(&rooms), 1);
    assert_eq!(field(&rooms.office.records("Contact")[0], "first_name"), Value::text("Paid 7"));
    // The same delivery again was taken before; another one, with the secret that is on its way out, is taken.
    assert_eq!(deliver(&rooms, "shop/paid", "m1", NOW, &sign(new, "m1", NOW, &ada), &ada), 200);
    let bob = body("bob");
    let both = format!("v1a,AAAA v1,AAAA {}", sign(old, "m2", NOW - 299, &bob));
    assert_eq!(deliver(&rooms, "shop/paid", "m2", NOW - 299, &both, &bob), 202);
    assert_eq!(made(&rooms), 2);
    // Nobody else is let in, and nothing is written down.
    let eve = body("eve");
    let right = sign(new, "m3", NOW, &eve);
    for (why, name, id, seconds, signature, sent, status) in [
        ("another body", "shop/paid", "m3", NOW, right.as_str(), ada.as_str(), 401),
        ("another id", "shop/paid", "m4", NOW, &right, &eve, 401),
        ("another time", "shop/paid", "m3", NOW + 1, &right, &eve, 401),
        ("no signature", "shop/paid", "m3", NOW, "", &eve, 401),
        ("another scheme", "shop/paid", "m3", NOW, &right.replace("v1,", "v2,"), &eve, 401),
        ("cut short", "shop/paid", "m3", NOW, &right[..20], &eve, 401),
        ("another's secret", "shop/paid", "m3", NOW, &sign(SECRETS[1].1, "m3", NOW, &eve), &eve, 401),
        ("too old", "shop/paid", "m3", NOW - 301, &sign(new, "m3", NOW - 301, &eve), &eve, 401),
        ("too new", "shop/paid", "m3", NOW + 301, &sign(new, "m3", NOW + 301, &eve), &eve, 401),
        ("no id", "shop/paid", "", NOW, &right, &eve, 400),
        ("a hook without a secret", "shop/sold", "m3", NOW, &right, &eve, 404),
        ("the local API's path", "../v1/hooks/shop/paid", "m3", NOW, &right, &eve, 404),
    ] {
        assert_eq!(deliver(&rooms, name, id, seconds, signature, sent), status, "{why}");
    }
    assert_eq!(made(&rooms), 2);
    // What does not fit is refused, and may be sent again.
    let unfit = r#"{"email":"eve"}"#;
    assert_eq!(deliver(&rooms, "shop/paid", "m3", NOW, &sign(new, "m3", NOW, unfit), unfit), 400);
    assert_eq!(deliver(&rooms, "shop/paid", "m3", NOW, &right, &eve), 202);
    assert_eq!(made(&rooms), 3);
    let unsigned = rooms.send("POST", "/hooks/shop/paid", &[], eve.as_bytes());
    assert_eq!(unsigned.status, 400);
    assert_eq!(rooms.get("/hooks/shop/paid").status, 405);
}

#[test]
fn a_body_has_a_limit() {
    let rooms = Rooms::open(PROGRAM);
    for (length, status) in [((1 << 20) - 20, 400), (1 << 20, 400), ((1 << 20) + 1, 413)] {
        let body = " ".repeat(length);
        let id = format!("m{length}");
        assert_eq!(deliver(&rooms, "shop/paid", &id, NOW, &sign(SECRETS[2].1, &id, NOW, &body), &body), status);
    }
}
