//! Every answer, and every way to get none, for a call that reads and one that writes.

use super::server::{Behaviour, Server, answer};
use super::*;

/// What became of it, in a word or two.
fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(_) => "done".to_string(),
        Outcome::Failed { failure, retryable, retry_after_us } => {
            let again = if *retryable { " again" } else { "" };
            let after = retry_after_us.map(|us| format!(" after {} s", us / 1_000_000)).unwrap_or_default();
            format!("{}{again}{after}", failure.kind)
        }
        Outcome::InDoubt { .. } | Outcome::Unclear { .. } => "in doubt".to_string(),
    }
}

async fn both(behaviour: Behaviour, timeout_ms: i64) -> (String, String) {
    let server = Server::start(behaviour).await;
    let registry = registry(&allowing(&server.address));
    let read = call(&registry, "http.get", &get(server.url("/x")), timeout_ms).await;
    let write = call(&registry, "http.post", &post(server.url("/x")), timeout_ms).await;
    (word(&read), word(&write))
}

#[tokio::test]
async fn by_status() {
    let date = "Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:29:30 GMT\r\n";
    for (status, headers, read, write) in [
        (200, "", "done", "done"),
        (201, "", "done", "done"),
        (204, "", "done", "done"),
        (302, "", "rejected", "in doubt"),
        (307, "", "rejected", "rejected"),
        (400, "", "rejected", "rejected"),
        (401, "", "rejected", "rejected"),
        (404, "", "rejected", "rejected"),
        (408, "", "timeout again", "timeout again"),
        (409, "", "rejected", "rejected"),
        (429, "", "rate_limited again", "rate_limited again"),
        (429, "Retry-After: 7\r\n", "rate_limited again after 7 s", "rate_limited again after 7 s"),
        (429, date, "rate_limited again after 90 s", "rate_limited again after 90 s"),
        (500, "", "unreachable again", "in doubt"),
        (501, "", "rejected", "rejected"),
        (503, "Retry-After: 3\r\n", "unreachable again after 3 s", "in doubt"),
    ] {
        let (got_read, got_write) = both(Behaviour::Answer(answer(status, headers, "")), 2000).await;
        assert_eq!((got_read.as_str(), got_write.as_str()), (read, write), "{status} {headers}");
    }
}

#[tokio::test]
async fn by_trouble() {
    let huge = {
        let mut bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\"".to_vec();
        bytes.resize(super::super::net::BODY_BYTES_MAX + 200, b'x');
        bytes
    };
    let broken = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":".to_vec();
    let json = "Content-Type: application/json\r\n";
    let long = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec();
    for (what, behaviour, read, write) in [
        ("closed after the request", Behaviour::CloseAfter, "unreachable again", "in doubt"),
        ("no answer", Behaviour::Silent, "timeout again", "in doubt"),
        ("an answer that trickles", Behaviour::Slow(long), "timeout again", "in doubt"),
        ("a body that breaks off", Behaviour::Answer(broken), "unreachable again", "in doubt"),
        ("a huge body", Behaviour::Answer(huge), "limit", "in doubt"),
        ("no JSON", Behaviour::Answer(answer(200, json, "{oops")), "invalid", "in doubt"),
        ("text", Behaviour::Answer(answer(200, "", "ok")), "invalid", "done"),
        ("no HTTP", Behaviour::Answer(b"220 smtp ready\r\n\r\n".to_vec()), "unreachable again", "in doubt"),
    ] {
        let (got_read, got_write) = both(behaviour, 700).await;
        assert_eq!((got_read.as_str(), got_write.as_str()), (read, write), "{what}");
    }
}

#[tokio::test]
async fn closed_at_once() {
    // Whether a byte was handed over before the end was seen depends on the moment; which of the two is told does not.
    let (read, write) = both(Behaviour::CloseFirst, 700).await;
    assert_eq!(read, "unreachable again");
    assert!(write == "unreachable again" || write == "in doubt", "{write}");
}

#[tokio::test]
async fn what_was_never_sent_is_never_in_doubt() {
    // Taken, then given up: nobody listens there.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let config = NetConfig { allow_net: vec![address.clone(), "nobody.invalid:443".into()], ..NetConfig::default() };
    let registry = registry(&config);
    let refused = call(&registry, "http.post", &post(format!("http://{address}/")), 2000).await;
    assert_eq!(word(&refused), "unreachable again");
    let unknown = call(&registry, "http.post", &post("https://nobody.invalid/"), 2000).await;
    assert_eq!(word(&unknown), "unreachable again");
    // Plain text where TLS is expected.
    let server = Server::start(Behaviour::CloseFirst).await;
    let registry = super::registry(&allowing(&server.address));
    let tls = call(&registry, "http.post", &post(format!("https://{}/", server.address)), 2000).await;
    assert_eq!(word(&tls), "unreachable again");
    // A handshake that never ends, and a time limit that ends first.
    let silent = Server::start(Behaviour::Silent).await;
    let registry = super::registry(&allowing(&silent.address));
    let slow = call(&registry, "http.post", &post(format!("https://{}/", silent.address)), 300).await;
    assert_eq!(word(&slow), "timeout again");
}

#[tokio::test]
async fn answers_become_values() {
    let server = Server::answering(200, "X-A: 1\r\nX-A: 2\r\n", r#"{"total": 19.90}"#).await;
    let registry = registry(&allowing(&server.address));
    let total = map(vec![("total", Value::Number(rust_decimal::Decimal::new(1990, 2)))]);
    assert_eq!(call(&registry, "http.get", &get(server.url("/")), 2000).await, Outcome::Done(total.clone()));
    let mut args = vec![Value::text(server.url("/")), Value::text("put")];
    args.extend([Value::Null, Value::Null, Value::Null, map(vec![]), map(vec![]), Value::Null]);
    let Outcome::Done(Value::Map(whole)) = call(&registry, "http.request", &args, 2000).await else { panic!("done") };
    assert_eq!(whole[0], ("status".into(), Value::Int(200)));
    assert_eq!(whole[3], ("body".into(), total));
    let Value::Map(headers) = &whole[1].1 else { panic!("headers") };
    assert!(headers.contains(&("x-a".into(), Value::text("1, 2"))));
}

/// What a flow reads as text: of JSON that says it is JSON, the string itself.
#[tokio::test]
async fn answers_become_texts() {
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    for (headers, body, text) in [
        (json, r#""R-7 \u00e9\n""#, "R-7 é\n"),
        ("Content-Type: application/problem+json\r\n", r#""R-7""#, "R-7"),
        ("Content-Type: text/plain\r\n", r#""R-7""#, r#""R-7""#),
        ("", r#""R-7""#, r#""R-7""#),
        (json, r#"["R-7"]"#, r#"["R-7"]"#),
        (json, "7.50", "7.50"),
        (json, "", ""),
        ("", "plain", "plain"),
    ] {
        let server = Server::answering(200, headers, body).await;
        let registry = registry(&allowing(&server.address));
        let args = vec![
            Value::text(server.url("/")),
            Value::text("get"),
            Value::Null,
            Value::Null,
            Value::Null,
            map(vec![]),
            map(vec![]),
        ];
        let Outcome::Done(Value::Map(whole)) = call(&registry, "http.fetch", &args, 2000).await else {
            panic!("done: {body}")
        };
        assert_eq!(whole[2], ("text".into(), Value::text(text)), "{headers} {body}");
    }
}
