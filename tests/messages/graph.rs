//! Tokens for Microsoft Graph: fetched, renewed before they end and once where they are refused, and seen nowhere else.

use flow_stdlib::channel::{Channels, Graph, Teams};
use flow_tests::ledger::{Arrival, Ledger, Reply, reply};
use flow_tests::office::{Office, SECRET, kind, result, why};
use flow_vm::engine::RunStatus;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const PROGRAM: &str = r#"
flow post(name: Text) { teams.post(team: "8a-b", channel: "19:abc", text: "New: {{name}}") }
"#;

const LOGIN: &str = "/contoso.example/oauth2/v2.0/token";
const MINUTE_US: i64 = 60_000_000;

fn office(ledger: &Ledger) -> Office {
    let graph = Graph {
        login: ledger.url(),
        tenant: "contoso.example".into(),
        client: "app-1".into(),
        secret: Some("graph_secret".into()),
        refresh_token: "graph_refresh".into(),
    };
    let teams = Teams { server: ledger.url(), graph: Some(graph), ..Teams::default() };
    let channels = Channels { teams: Some(teams), ..Channels::default() };
    Office::open(channels, &[ledger.host()], &[], PROGRAM)
}

/// Answers the n-th request for a token with `access-n-…`, and refuses whichever tokens are told.
fn microsoft(refused: &'static [&'static str], delay: Duration) -> Ledger {
    let fetched = AtomicUsize::new(0);
    Ledger::start_with(delay, move |arrival: &Arrival, _| -> Reply {
        if arrival.path == LOGIN {
            let number = fetched.fetch_add(1, Ordering::SeqCst) + 1;
            let body = json!({
                "token_type": "Bearer", "expires_in": 3600, "access_token": format!("access-{number}-long-enough"),
                "refresh_token": format!("refresh-{number}-long-enough"),
            });
            return reply(200, body.to_string());
        }
        let token = arrival.header("authorization");
        match refused.iter().any(|refused| token.contains(refused)) {
            true => {
                reply(401, r#"{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed"}}"#)
            }
            false => reply(201, r#"{"id":"1"}"#),
        }
    })
}

fn logins(ledger: &Ledger) -> Vec<Arrival> {
    ledger.arrivals().into_iter().filter(|arrival| arrival.path == LOGIN).collect()
}

fn posts(ledger: &Ledger) -> Vec<String> {
    let posts = ledger.arrivals().into_iter().filter(|arrival| arrival.path != LOGIN);
    posts.map(|arrival| arrival.header("authorization").to_owned()).collect()
}

#[test]
fn a_token_is_fetched_once_kept_and_renewed_before_it_ends() {
    let ledger = microsoft(&[], Duration::ZERO);
    let office = office(&ledger);
    for name in ["Ada", "Bo"] {
        result(&office.run("post", json!({ "name": name })));
    }
    assert_eq!(posts(&ledger), ["Bearer access-1-long-enough", "Bearer access-1-long-enough"]);
    let login = &logins(&ledger)[0];
    assert_eq!(login.method, "POST");
    assert_eq!(
        login.body,
        format!(
            "grant_type=refresh_token&client_id=app-1&scope=https%3A%2F%2Fgraph.microsoft.com%2FChannelMessage.Send+offline_access\
             &client_secret=graph_secret{SECRET}&refresh_token=graph_refresh{SECRET}"
        )
    );
    // Good for an hour: at 54 minutes it is used, at 56 another one is fetched, with what was handed out to go on with.
    office.clock.advance(54 * MINUTE_US);
    result(&office.run("post", json!({ "name": "Cy" })));
    assert_eq!(logins(&ledger).len(), 1);
    office.clock.advance(2 * MINUTE_US);
    result(&office.run("post", json!({ "name": "Di" })));
    assert_eq!(logins(&ledger).len(), 2);
    assert!(logins(&ledger)[1].body.ends_with("&refresh_token=refresh-1-long-enough"), "{}", logins(&ledger)[1].body);
    assert_eq!(posts(&ledger).last().map(String::as_str), Some("Bearer access-2-long-enough"));
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    let ledger = microsoft(&["access-1-"], Duration::ZERO);
    let run = office(&ledger).run("post", json!({ "name": "Ada" }));
    result(&run);
    assert_eq!(posts(&ledger), ["Bearer access-1-long-enough", "Bearer access-2-long-enough"]);
    // One that is refused whatever comes: twice, and not for ever.
    let ledger = microsoft(&["access-"], Duration::ZERO);
    let run = office(&ledger).run("post", json!({ "name": "Ada" }));
    assert_eq!(kind(&run), "rejected");
    assert!(why(&run).contains("InvalidAuthenticationToken"), "{}", why(&run));
    assert_eq!((logins(&ledger).len(), posts(&ledger).len()), (2, 2));
}

#[test]
fn many_messages_at_once_fetch_one_token() {
    let ledger = microsoft(&["access-1-"], Duration::from_millis(30));
    let office = office(&ledger);
    let runs: Vec<_> = (0..8).map(|at| office.start("post", json!({ "name": format!("n{at}") }))).collect();
    office.settle();
    for run in runs {
        assert_eq!(office.shown(run).run.status, RunStatus::Finished);
    }
    // The first one, and one in its place, for whoever was refused.
    assert_eq!(logins(&ledger).len(), 2, "{:?}", posts(&ledger));
    assert_eq!(posts(&ledger).iter().filter(|token| token.contains("access-2-")).count(), 8);
}

#[test]
fn without_a_token_nothing_is_sent_and_it_is_told_what_to_do() {
    for (status, body, expected, said, asked) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"AADSTS70008: refresh-secret expired"}"#,
            "rejected",
            "set the secret `graph_refresh`",
            1,
        ),
        (401, r#"{"error":"invalid_client"}"#, "rejected", "invalid_client", 1),
        (400, "<html>", "rejected", "answered 400", 1),
        (200, "{}", "rejected", "has none", 1),
        (503, "", "unreachable", "503", 4),
        (0, "", "unreachable", "no token", 4),
    ] {
        let ledger = Ledger::start_with(Duration::ZERO, move |_, _| reply(status, body));
        let run = office(&ledger).run("post", json!({ "name": "Ada" }));
        assert_eq!(kind(&run), expected, "{status} {body}: {}", why(&run));
        assert!(why(&run).contains(said), "{status}: {}", why(&run));
        assert!(!why(&run).contains("AADSTS"), "{}", why(&run));
        assert_eq!((logins(&ledger).len(), posts(&ledger).len()), (asked, 0), "{status}");
    }
}

/// Tokens stand in no file: the database with its log has the name of the refresh token at most.
#[test]
fn tokens_are_neither_stored_nor_told() {
    // A service that tells everything back.
    let ledger = Ledger::start_with(Duration::ZERO, |arrival, _| match arrival.path == LOGIN {
        true => reply(
            200,
            json!({ "access_token": "canary-access-4711", "refresh_token": "canary-refresh-4711" }).to_string(),
        ),
        false => reply(
            403,
            json!({ "error": { "code": "Forbidden", "message": arrival.header("authorization") } }).to_string(),
        ),
    });
    let office = office(&ledger);
    let run = office.run("post", json!({ "name": "Ada" }));
    assert_eq!(kind(&run), "rejected");
    assert!(!why(&run).contains("canary"), "{}", why(&run));
    let mut files = vec![office.folder().to_path_buf()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        for canary in ["canary", SECRET] {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{} holds {canary}", path.display());
        }
    }
}
