//! Webhooks over the local API, as a real request over loopback.

use flow_bytecode::Value;
use flow_tests::engine::open;
use flow_tests::story::{BEGINNING_US, deployment};
use flow_vm::engine::{Control, Engine, LocalApi, RecordFilter};
use flow_vm::seam::SystemRng;
use std::io::{Read, Write};
use std::path::Path;

const BODY: &str =
    r#"{"email":"ada@example.com","total":{"amount":"12.50","currency":"EUR"},"items":[{"id":"a","count":2}]}"#;

/// Sends a request to the local API; its status and what it says.
fn send(api: &LocalApi, token: &str, hook: &str, id: Option<&str>, body: &str) -> (u16, String) {
    let mut request = format!(
        "POST /v1/hooks/{hook} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n",
        api.address()
    );
    if let Some(id) = id {
        request.push_str(&format!("Webhook-Id: {id}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    let mut stream = std::net::TcpStream::connect(api.address()).expect("the API listens");
    // Whoever is not let in may be answered before everything was sent.
    let _ = stream.write_all(request.as_bytes());
    let mut response = String::new();
    let _ = stream.read_to_string(&mut response);
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, response.rsplit("\r\n\r\n").next().unwrap_or_default().to_owned())
}

fn paid(engine: &Engine) -> i64 {
    let filter = RecordFilter { entity: "Contact".to_owned(), limit: 10, ..RecordFilter::default() };
    let all = engine.records(&filter).expect("records are listed");
    assert_eq!(all.len(), 1);
    let paid = all[0].fields.iter().find(|(name, _)| &**name == "paid").map(|(_, value)| value.clone());
    paid.and_then(|paid| paid.as_int()).expect("a number")
}

#[test]
fn a_webhook_begins_a_run_once_for_every_delivery() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let database = folder.path().join("flow.db");
    let engine = open(&database, BEGINNING_US, "127.0.0.1:1", 4);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/run/moments_of_entry.flow");
    engine.deploy(deployment(&program)).expect("the program is deployed");
    let made = engine.act_soon(|workspace| {
        workspace.create("Contact", vec![("email", Value::text("ada@example.com"))]).map(Value::Int)
    });
    made.wait().expect("the store is well").expect("the contact is created");
    let api = LocalApi::serve(&engine, &database, &mut SystemRng).expect("the API is served");
    let token = std::fs::read_to_string(folder.path().join("flow.db.token")).expect("a token");

    let recorded = send(&api, &token, "shop/paid", Some("d1"), BODY);
    assert_eq!(recorded, (202, "recorded".to_owned()));
    assert_eq!(send(&api, &token, "shop/paid", Some("d1"), BODY), (200, "was recorded before".to_owned()));
    engine.run_until_idle().expect("the engine is well");
    assert_eq!(paid(&engine), 1, "counted once");
    assert_eq!(send(&api, &token, "shop/paid", Some("d2"), BODY).0, 202);
    assert_eq!(send(&api, &token, "shop/paid", None, BODY).0, 202);
    engine.run_until_idle().expect("the engine is well");
    assert_eq!(paid(&engine), 3);

    assert_eq!(send(&api, &token, "shop/payed", Some("d3"), BODY).0, 404);
    assert_eq!(send(&api, &token, "shop/paid", Some("d4"), "{").0, 400);
    let unfit = send(&api, &token, "shop/paid", Some("d5"), r#"{"email":"ada","total":3}"#);
    assert_eq!(unfit.0, 400, "{}", unfit.1);
    assert_eq!(send(&api, "0", "shop/paid", Some("d6"), BODY).0, 401);
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(1 << 20));
    assert_eq!(send(&api, &token, "shop/paid", Some("d7"), &long).0, 413);
    engine.run_until_idle().expect("the engine is well");
    assert_eq!(paid(&engine), 3, "what was refused has begun nothing");
    // What was refused may be sent again.
    assert_eq!(send(&api, &token, "shop/paid", Some("d5"), BODY).0, 202);
    engine.run_until_idle().expect("the engine is well");
    assert_eq!(paid(&engine), 4);
}
