//! What went wrong is said in our words, with the place and nothing that stands behind it.

use super::server::{Behaviour, Server, answer};
use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Behind the host: in no message.
const BEHIND: &str = "/hooks/T0-B0-path?sig=q-4711";

fn message(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { failure, .. } | Outcome::Unclear { failure, .. } => failure.message.to_string(),
        Outcome::InDoubt { message } => message.clone(),
        Outcome::Done(value) => panic!("it was done: {value:?}"),
    }
}

/// What a read and a write say, where both say the same.
async fn said(address: &str, url: &str) -> String {
    let config =
        NetConfig { allow_net: vec![address.to_string(), "nobody.invalid:443".into()], ..NetConfig::default() };
    let registry = registry(&config);
    let read = message(&call(&registry, "http.get", &get(url), 700).await);
    let write = message(&call(&registry, "http.post", &post(url), 700).await);
    assert_eq!(read, write);
    assert!(!read.contains("T0-B0") && !read.contains("4711"), "{read}");
    read
}

#[tokio::test]
async fn of_connections_that_do_not_come_about() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let refused = said(&address, &format!("http://{address}{BEHIND}")).await;
    assert_eq!(refused, format!("nobody listens at `http://{address}`"));
    let unknown = said("127.0.0.1:1", &format!("https://nobody.invalid{BEHIND}")).await;
    assert_eq!(unknown, "there is no host `nobody.invalid`, or nobody who knows where it is answers");
    let plain = said("127.0.0.1:1", &format!("http://shop.example.com{BEHIND}")).await;
    assert!(plain.starts_with("`http://shop.example.com` is not called: calls go over https"), "{plain}");
    // The handshake is ended by the other side, or never ends.
    let closing = Server::start(Behaviour::CloseFirst).await;
    let closed = said(&closing.address, &format!("https://{}{BEHIND}", closing.address)).await;
    assert_eq!(closed, format!("`https://{}` ended the connection before it was there", closing.address));
    let silent = Server::start(Behaviour::Silent).await;
    let late = said(&silent.address, &format!("https://{}{BEHIND}", silent.address)).await;
    assert_eq!(late, format!("no answer from `https://{}` within 0.7 s", silent.address));
}

#[tokio::test]
async fn of_a_server_that_speaks_no_tls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
            // What was not read of the greeting would reset the connection.
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    let found = said(&address, &format!("https://{address}{BEHIND}")).await;
    assert_eq!(found, format!("`https://{address}` does not speak TLS: what is there may be plain http"));
}

#[tokio::test]
async fn of_answers_that_are_none() {
    let broken = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":".to_vec();
    for (behaviour, words) in [
        (Behaviour::CloseAfter, "`PLACE` ended the connection without an answer"),
        (Behaviour::Silent, "no answer from `PLACE` within 0.7 s"),
        (Behaviour::Answer(b"220 smtp ready\r\n\r\n".to_vec()), "`PLACE` answers with something that is no HTTP"),
        (Behaviour::Answer(broken), "`PLACE` answered 200, but the body broke off"),
    ] {
        let server = Server::start(behaviour).await;
        let found = said(&server.address, &server.url(BEHIND)).await;
        assert_eq!(found, words.replace("PLACE", &server.url("")));
    }
}

#[tokio::test]
async fn of_redirects() {
    let to = |location: &str| Behaviour::Answer(answer(302, &format!("Location: {location}\r\n"), ""));
    for (location, write, read) in [
        (
            "https://login.example.com/in?token=q-4711",
            "answered 302 Found: it sends on to `https://login.example.com`, where a call that changes something does not follow",
            None,
        ),
        (
            "http://other.example.com/in?token=q-4711",
            "answered 302 Found: it sends on to `http://other.example.com`, where a call that changes something does not follow",
            Some("sends on to another address, and `http://other.example.com` is not called"),
        ),
        (
            "/elsewhere",
            "answered 302 Found: it sends on to another path, where a call that changes something does not follow",
            Some("sends on more than 5 times"),
        ),
    ] {
        let server = Server::start(to(location)).await;
        let registry = registry(&allowing(&server.address));
        let found = message(&call(&registry, "http.post", &post(server.url(BEHIND)), 700).await);
        assert_eq!(found, write);
        let Some(read) = read else { continue };
        let found = message(&call(&registry, "http.get", &get(server.url(BEHIND)), 700).await);
        assert!(found.starts_with(&format!("`{}` ", server.url(""))) && found.contains(read), "{found}");
        assert!(!found.contains("4711"), "{found}");
    }
}
