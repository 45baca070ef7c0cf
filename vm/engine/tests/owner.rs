//! The local API: the same questions from another process, and nobody else's.

use super::support::House;
use crate::engine::{AnswerTo, Answered, Control, Cursor, EngineError, LocalApi, Owner, RunFilter};
use crate::seam::SystemRng;
use flow_bytecode::Value;
use std::io::{Read, Write};
use std::time::Duration;

fn served(house: &House) -> LocalApi {
    LocalApi::serve(house.engine(), &house.path(), &mut SystemRng).unwrap()
}

#[test]
fn another_process_asks_what_this_one_would() {
    let house = House::new();
    let api = served(&house);
    let owner = Owner::connect(&house.path()).unwrap().unwrap();
    assert!(owner.describe().contains(&std::process::id().to_string()));
    let run = owner.start("sequence", vec![("n".to_owned(), Value::Int(3))]).unwrap();
    owner.run_until_idle().unwrap();
    assert_eq!(owner.show(run).unwrap().result, Some(Value::Int(3)));
    assert_eq!(owner.runs(&RunFilter::default()).unwrap().len(), 1);
    let conversation = house.conversation();
    let run = owner.start("ask", vec![("conversation".to_owned(), Value::Int(conversation))]).unwrap();
    let watched = owner.watch(run, Cursor::default(), Duration::from_secs(1)).unwrap();
    let token = watched.prompts[0].token;
    let answered = owner.answer(AnswerTo::Token(token), Value::text("A1")).unwrap();
    assert_eq!(answered, Answered::Accepted(run));
    assert!(matches!(owner.start("nothing", Vec::new()), Err(EngineError::UnknownFlow { .. })));
    assert_eq!(owner.schema().unwrap(), super::programs::schema());
    drop(api);
    assert!(matches!(Owner::connect(&house.path()), Err(EngineError::Owned { .. })));
}

#[test]
fn nobody_owns_a_database_that_is_not_open() {
    let mut house = House::new();
    house.engine = None;
    assert!(Owner::connect(&house.path()).unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn only_its_user_reads_the_token() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    let api = served(&house);
    let path = house.folder.path().join("flow.db.token");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(api);
    assert!(!path.exists());
}

#[test]
fn strangers_are_not_let_in() {
    let house = House::new();
    let api = served(&house);
    let token = std::fs::read_to_string(house.folder.path().join("flow.db.token")).unwrap();
    let address = api.address();
    let right = [
        ("Host", address.to_string()),
        ("Authorization", format!("Bearer {token}")),
        ("Content-Type", "application/json".to_owned()),
    ];
    let status = |method: &str, path: &str, changed: &[(&str, &str)]| {
        let mut headers: Vec<(String, String)> =
            right.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for (name, value) in changed {
            headers.retain(|(other, _)| other != name);
            if !value.is_empty() {
                headers.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let body = "\"Health\"";
        let request = format!("{method} {path} HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status("POST", "/v1", &[]), "200");
    assert_eq!(status("POST", "/v1", &[("Authorization", "")]), "401");
    assert_eq!(status("POST", "/v1", &[("Authorization", "Bearer 0")]), "401");
    assert_eq!(status("POST", "/v1", &[("Host", "evil.example")]), "421");
    assert_eq!(status("POST", "/v1", &[("Origin", "http://127.0.0.1")]), "403");
    assert_eq!(status("POST", "/v1", &[("Content-Type", "text/plain")]), "415");
    assert_eq!(status("GET", "/v1", &[]), "405");
    assert_eq!(status("POST", "/", &[]), "404");
}
