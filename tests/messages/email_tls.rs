//! Mail within TLS. Which authorities are trusted is said to a process when it begins: so these play in one of their own.

use super::email::PROGRAM;
use flow_stdlib::channel::{Channels, Email, Server};
use flow_tests::engine::CHILD;
use flow_tests::office::{Office, SECRET, kind, result, why};
use flow_tests::post::{Does, Post, Stage, Tls, certificate, certificate_of, serving};
use flow_vm::engine::RunDetail;
use rustls::ServerConfig;
use serde_json::json;
use std::process::Command;
use std::sync::Arc;

/// Plays a test in a process that trusts the certificate of its server.
fn trusting(name: &str, play: fn(Arc<ServerConfig>)) {
    trusting_this(name, certificate, play);
}

/// The same with another certificate.
fn trusting_this(name: &str, certificate: fn() -> (Vec<u8>, Vec<u8>, String), play: fn(Arc<ServerConfig>)) {
    if let Ok(folder) = std::env::var(CHILD) {
        let read = |name: &str| std::fs::read(format!("{folder}/{name}")).expect("a file");
        return play(serving(read("certificate"), read("key")));
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (certificate, key, pem) = certificate();
    for (name, bytes) in [("certificate", certificate), ("key", key), ("trusted.pem", pem.into_bytes())] {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args([&format!("email_tls::{name}"), "--exact", "--nocapture"]).env(CHILD, folder.path());
    let ended = child.env("SSL_CERT_FILE", folder.path().join("trusted.pem")).status().expect("it begins");
    assert!(ended.success(), "{name}");
}

/// Sends a mail to a server that is called `localhost`.
fn send(scheme: &str, post: &Post, password: Option<&str>) -> (RunDetail, Office) {
    let host = post.host().replace("127.0.0.1", "localhost");
    let server = Server::parse(&format!("{scheme}://{host}")).expect("a server");
    let (user, named) = (Some("me".to_owned()), Some("mail_password".to_owned()));
    let email = Email { server, user, password: named, from: "a@acme.example".into(), reply_to: None, track: None };
    let secrets: Vec<_> = password.map(|password| ("mail_password", password.to_owned())).into_iter().collect();
    let channels = Channels { email: Some(email), ..Channels::default() };
    let office = Office::open(channels, &[host], &secrets, PROGRAM);
    let run = office.run("send", json!({ "to": "ada@example.com", "subject": "Hi", "text": "Hello", "html": "" }));
    (run, office)
}

fn takes(tls: Tls) -> Post {
    Post::start_with(tls, |_, _| Does::Goes)
}

#[test]
fn a_mail_travels_within_tls_from_the_first_byte_on() {
    trusting("a_mail_travels_within_tls_from_the_first_byte_on", |config| {
        let post = takes(Tls::Whole(config));
        result(&send("smtps", &post, None).0);
        let by = Some(("me".to_owned(), format!("mail_password{SECRET}")));
        assert_eq!((post.received().len(), post.received()[0].by.clone()), (1, by));
    });
}

#[test]
fn a_mail_travels_within_tls_from_starttls_on() {
    trusting("a_mail_travels_within_tls_from_starttls_on", |config| {
        let post = takes(Tls::Started(config));
        result(&send("smtp+starttls", &post, None).0);
        assert_eq!((post.received().len(), post.count(Stage::Hello)), (1, 2), "it says hello again within");
    });
}

#[test]
fn a_wrong_password_is_a_refusal_that_does_not_show_it() {
    trusting("a_wrong_password_is_a_refusal_that_does_not_show_it", |config| {
        let post = takes(Tls::Whole(config));
        let (run, _office) = send("smtps", &post, Some("open-says-me-1234"));
        assert_eq!(kind(&run), "rejected", "{}", why(&run));
        assert!(!format!("{run:?}").contains("open-says-me"));
        assert_eq!((post.count(Stage::Mail), post.received().len()), (0, 0));
    });
}

#[test]
fn a_server_that_nobody_vouches_for_gets_nothing() {
    let (certificate, key, _) = certificate();
    let config = serving(certificate, key);
    for (scheme, tls) in [("smtps", Tls::Whole(config.clone())), ("smtp+starttls", Tls::Started(config.clone()))] {
        let post = takes(tls);
        let (run, _office) = send(scheme, &post, None);
        assert_eq!(kind(&run), "unreachable", "{scheme}: {}", why(&run));
        assert_eq!((post.count(Stage::Mail), post.received().len()), (0, 0), "{scheme}");
    }
}

const GET: &str = r#"
flow get(url: Url) { http.get(url: url, headers: { "x-token": "sesame" }) }
"#;

/// What a server with this certificate is told about, over HTTPS and by mail; nothing is sent to it.
fn refused(config: &Arc<ServerConfig>, said: &str) {
    let https = takes(Tls::Whole(config.clone()));
    let host = https.host().replace("127.0.0.1", "localhost");
    let office = Office::open(Channels::default(), std::slice::from_ref(&host), &[], GET);
    let run = office.run("get", json!({ "url": format!("https://{host}/") }));
    assert_eq!((&*kind(&run), &*why(&run)), ("unreachable", &*format!("the certificate of `https://{host}` {said}")));
    for (scheme, tls) in [("smtps", Tls::Whole(config.clone())), ("smtp+starttls", Tls::Started(config.clone()))] {
        let post = takes(tls);
        let host = post.host().replace("127.0.0.1", "localhost");
        let (run, _office) = send(scheme, &post, None);
        assert_eq!(kind(&run), "unreachable", "{scheme}: {}", why(&run));
        assert!(why(&run).contains(&format!("the certificate of `{host}` {said}")), "{scheme}: {}", why(&run));
        assert_eq!((post.count(Stage::Mail), post.received().len()), (0, 0), "{scheme}");
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_told() {
    let (certificate, key, _) = certificate();
    refused(&serving(certificate, key), "is signed by nobody who is trusted here");
}

#[test]
fn a_certificate_that_has_expired_is_told() {
    let name = "a_certificate_that_has_expired_is_told";
    trusting_this(name, || certificate_of("localhost", true), |config| refused(&config, "has expired"));
}

#[test]
fn a_certificate_for_another_host_is_told() {
    let name = "a_certificate_for_another_host_is_told";
    trusting_this(name, || certificate_of("other.example", false), |config| refused(&config, "is for another name"));
}
