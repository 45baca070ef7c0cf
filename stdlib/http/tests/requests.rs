//! What goes over the wire.

use super::server::{Behaviour, Server, answer};
use super::*;

#[tokio::test]
async fn secrets_are_on_the_wire_and_nowhere_else() {
    let body = format!("{{\"echo\": {}}}", serde_json::json!(CANARY));
    let server = Server::answering(200, "", &body).await;
    let registry = registry(&allowing(&server.address));
    let args = vec![
        Value::text(server.url("/orders")),
        map(vec![("token", secret("")), ("n", Value::Int(1))]),
        Value::Null,
        Value::Null,
        map(vec![("Authorization", secret("Bearer "))]),
        map(vec![("key", secret("a&b="))]),
    ];
    let outcome = call(&registry, "http.post", &args, 2000).await;
    assert_eq!(outcome, Outcome::Done(map(vec![("echo", Value::text("[secret token]"))])));
    let request = server.requests().remove(0);
    assert!(request.starts_with("POST /orders?key=a%26b%3Ds3cr3t-%22canary%22%2Fvalue HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("\r\nauthorization: Bearer {CANARY}\r\n")), "{request}");
    assert!(request.contains("\r\nidempotency-key: key-1\r\n"), "{request}");
    assert!(request.ends_with(r#"{"token":"s3cr3t-\"canary\"/value","n":1}"#), "{request}");
}

#[tokio::test]
async fn forms_texts_and_empty_bodies() {
    let server = Server::answering(200, "", "").await;
    let registry = registry(&allowing(&server.address));
    let none = || map(vec![]);
    let form = map(vec![("a", Value::text("x y&z")), ("b", Value::Null)]);
    let url = || Value::text(server.url("/"));
    for args in [
        [url(), Value::Null, form, Value::Null, none(), none()],
        [url(), Value::Null, Value::Null, Value::text("hé"), none(), none()],
        [url(), Value::Null, Value::Null, Value::Null, none(), none()],
    ] {
        assert_eq!(call(&registry, "http.post", &args, 2000).await, Outcome::Done(Value::Null));
    }
    let requests = server.requests();
    assert!(requests[0].contains("application/x-www-form-urlencoded") && requests[0].ends_with("\r\n\r\na=x+y%26z"));
    assert!(requests[1].contains("text/plain; charset=utf-8") && requests[1].ends_with("\r\n\r\nhé"));
    assert!(requests[2].to_lowercase().contains("content-length: 0\r\n"), "{}", requests[2]);
}

#[tokio::test]
async fn a_secret_goes_only_where_it_may() {
    let server = Server::answering(200, "", "{}").await;
    let only = vec![("token".to_string(), vec!["api.example".to_string()])];
    let registry = registry(&NetConfig { secret_hosts: only, ..allowing(&server.address) });
    let args = vec![Value::text(server.url("/")), map(vec![("X-Key", secret(""))]), map(vec![])];
    let Outcome::Failed { failure, .. } = call(&registry, "http.get", &args, 2000).await else { panic!("failed") };
    assert_eq!(&*failure.message, "the secret `token` may not be sent to `127.0.0.1`");
    // A host may stand with its port, as among those that may be called.
    let with_port = |port: &str| vec![("token".to_string(), vec![server.address.clone(), format!("127.0.0.1:{port}")])];
    for (only, sent) in [(with_port("1"), true), (vec![("token".to_string(), vec!["127.0.0.1:1".to_string()])], false)]
    {
        let registry = super::registry(&NetConfig { secret_hosts: only, ..allowing(&server.address) });
        let outcome = call(&registry, "http.get", &args, 2000).await;
        assert_eq!(matches!(outcome, Outcome::Done(_)), sent);
        if let Outcome::Failed { failure, .. } = outcome {
            assert_eq!(*failure.message, *format!("the secret `token` may not be sent to `{}`", server.address));
        }
    }
    let sent = server.requests().len();
    // Nor may it name the host.
    for url in [secret("https://"), secret("https://a.example."), secret("https://a.example:")] {
        let outcome = call(&registry, "http.get", &[url, map(vec![]), map(vec![])], 2000).await;
        assert!(matches!(outcome, Outcome::Failed { retryable: false, .. }));
    }
    assert_eq!((server.requests().len(), sent), (1, 1));
}

#[tokio::test]
async fn redirects_are_followed_by_reads_only_and_lose_what_was_meant_for_the_first_host() {
    let last = Server::answering(200, "", "{\"ok\":true}").await;
    let location = format!("Location: {}\r\n", last.url("/there"));
    let first = Server::start(Behaviour::Answer(answer(302, &location, ""))).await;
    let config = NetConfig { allow_net: vec![first.address.clone(), last.address.clone()], ..NetConfig::default() };
    let registry = registry(&config);
    let headers = map(vec![
        ("Authorization", secret("Bearer ")),
        ("X-Key", Value::text("plain")),
        ("Accept", Value::text("a/b")),
    ]);
    let args = [Value::text(first.url("/here")), headers, map(vec![])];
    assert!(matches!(call(&registry, "http.get", &args, 2000).await, Outcome::Done(_)));
    let request = last.requests().remove(0).to_lowercase();
    assert!(request.contains("accept: a/b") && !request.contains("x-key") && !request.contains("authorization"));
    assert!(matches!(call(&registry, "http.post", &post(first.url("/")), 2000).await, Outcome::Unclear { .. }));
    assert_eq!(last.requests().len(), 1);
    // Round and round.
    let circle = Server::start(Behaviour::Answer(answer(307, "Location: /again\r\n", ""))).await;
    let registry = super::registry(&allowing(&circle.address));
    let Outcome::Failed { failure, .. } = call(&registry, "http.get", &get(circle.url("/")), 2000).await else {
        panic!("failed")
    };
    assert!(failure.message.ends_with("` sends on more than 5 times"), "{}", failure.message);
    assert_eq!(circle.requests().len(), 6);
}

#[tokio::test]
async fn headers_cannot_be_split_or_forged() {
    let server = Server::answering(200, "", "{}").await;
    let registry = registry(&allowing(&server.address));
    for (name, value) in [("X-A", "1\r\nX-B: 2"), ("X A", "1"), ("Host", "evil"), ("Content-Length", "0"), ("", "x")] {
        let args = [Value::text(server.url("/")), map(vec![(name, Value::text(value))]), map(vec![])];
        assert!(matches!(call(&registry, "http.get", &args, 2000).await, Outcome::Failed { .. }), "{name}");
    }
    assert!(server.requests().is_empty());
}
