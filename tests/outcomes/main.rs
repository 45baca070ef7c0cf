//! What becomes of a call: every action that goes out over HTTP, with everything that can happen to it. `docs/outcomes.md`
//! is made from what is seen here.

mod peer;

use flow_stdlib::channel::{Channels, Slack, Sms, Teams, Webhook};
use flow_tests::office::{Office, SECRET};
use flow_vm::engine::{RunDetail, RunStatus};
use peer::{Peer, Way};
use serde_json::json;
use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Mutex;

/// A flow for each action. All have time for one second an attempt, and three attempts but for what is said otherwise.
const PROGRAM: &str = r##"
record Thing { id: Text }

@read(timeout: 1 second, retry: 2, backoff: 1 second)
action shop.find(base: Url) -> Thing? = http { url: "{{base}}/things/7" }

@keyed(24 hours, timeout: 1 second, retry: 2, backoff: 1 second)
action shop.keyed(base: Url) -> Thing = http { method: .post, url: "{{base}}/things/7", json: { size: 3 } }

@verified(by: shop.find, timeout: 1 second, retry: 2, backoff: 1 second)
action shop.verified(base: Url) -> Thing = http { method: .post, url: "{{base}}/things/7", json: { size: 3 } }

@once(timeout: 1 second, retry: 2, backoff: 1 second)
action shop.once(base: Url) -> Thing = http { method: .post, url: "{{base}}/things/7", json: { size: 3 } }

@repeatable(timeout: 1 second, retry: 2, backoff: 1 second)
action shop.repeatable(base: Url) -> Thing = http { method: .post, url: "{{base}}/things/7", json: { size: 3 } }

flow read(base: Url) -> Text {
    let found = shop.find(base: base) else { return "nothing" }
    return found.id
}
flow keyed(base: Url) -> Text { return shop.keyed(base: base).id }
flow verified(base: Url) -> Text { return shop.verified(base: base).id }
flow once(base: Url) -> Text { return shop.once(base: base).id }
flow repeatable(base: Url) -> Text { return shop.repeatable(base: base).id }

flow got(base: Url) -> Json { return http.get(url: "{{base}}/x") with { timeout: 1 second, retry: 2 } }
flow posted(base: Url) -> Json { return http.post(url: "{{base}}/x", json: { a: 1 }) with { timeout: 1 second, retry: 2 } }

flow sms(base: Url) -> Text {
    let sent = sms.send(to: "+4722334455", text: "See {{base}}") with { timeout: 1 second, retry: 2 }
    return sent.id
}
flow slack(base: Url) { slack.post(channel: "#sales", text: "See {{base}}") with { timeout: 1 second, retry: 2 } }
flow slack_hook(base: Url) { slack.post(channel: "#urgent", text: "See {{base}}") with { timeout: 1 second, retry: 2 } }
flow teams(base: Url) { teams.post(team: "Sales", channel: "General", text: "See {{base}}") with { timeout: 1 second, retry: 2 } }
flow teams_hook(base: Url) { teams.post(team: "Support", channel: "Urgent", text: "See {{base}}") with { timeout: 1 second, retry: 2 } }
flow webhook(base: Url) { webhook.send(url: "{{base}}/hooks", json: { a: 1 }) with { timeout: 1 second, retry: 2 } }
"##;

/// (flow, action as a reader knows it, its class, what the other side answers when it has done it)
const ACTIONS: &[(&str, &str, &str, (u16, &str))] = &[
    ("read", "a template", "`@read`", (200, r#"{"id":"A7"}"#)),
    ("keyed", "a template", "`@keyed`", (201, r#"{"id":"A7"}"#)),
    ("verified", "a template", "`@verified`", (201, r#"{"id":"A7"}"#)),
    ("once", "a template", "`@once`", (201, r#"{"id":"A7"}"#)),
    ("repeatable", "a template", "`@repeatable`", (201, r#"{"id":"A7"}"#)),
    ("got", "`http.get`", "`@read`", (200, "[]")),
    ("posted", "`http.post`", "`@once`", (200, "[]")),
    ("sms", "`sms.send`", "`@once`", (201, r#"{"sid":"SM1","status":"queued","num_segments":"1"}"#)),
    ("slack", "`slack.post`", "`@once`", (200, r##"{"ok":true,"channel":"#sales","ts":"1.2"}"##)),
    ("slack_hook", "`slack.post`, a webhook", "`@once`", (200, "ok")),
    ("teams", "`teams.post`", "`@once`", (201, r#"{"id":"1"}"#)),
    ("teams_hook", "`teams.post`, a workflow", "`@once`", (202, "")),
    ("webhook", "`webhook.send`", "`@keyed`", (204, "")),
];

/// Played at once: most of them wait.
const PLAYERS: usize = 24;

fn office(peer: &Peer) -> Office {
    let hook = |name: &str| [(name.to_owned(), "hook".to_owned())].into();
    let channels = Channels {
        sms: Some(Sms {
            server: peer.url(),
            account: "AC1".into(),
            token: "sms_token".into(),
            from: "+4799999999".into(),
        }),
        slack: Some(Slack { server: peer.url(), token: Some("slack_token".into()), webhooks: hook("#urgent") }),
        teams: Some(Teams {
            server: peer.url(),
            token: Some("graph_token".into()),
            graph: None,
            webhooks: hook("Support/Urgent"),
        }),
        webhook: Some(Webhook { secret: "hook_secret".into() }),
        ..Channels::default()
    };
    let secrets = [
        ("hook", format!("{}/hooks/x?y=z{SECRET}", peer.url())),
        ("hook_secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
    ];
    Office::open(channels, &[peer.host()], &secrets, PROGRAM)
}

/// What the run comes to, and what the other side saw.
fn cell(flow: &str, way: Way, well: (u16, &'static str)) -> String {
    let peer = Peer::start(way, well);
    let office = office(&peer);
    let run = office.run(flow, json!({ "base": peer.url() }));
    let arrivals = peer.arrivals();
    let keys: BTreeSet<_> = arrivals.iter().filter_map(|arrival| arrival.key.clone()).collect();
    assert!(keys.len() <= 1, "{flow}, {way:?}: attempts at one effect have one key: {keys:?}");
    let sent = arrivals.iter().filter(|arrival| arrival.method == "POST").count();
    let asked = arrivals.len() - sent;
    let seen = match (flow, sent, asked) {
        ("verified", sent, 0) => format!("{sent}"),
        ("verified", sent, asked) => format!("{sent}, asked {asked}"),
        (_, sent, asked) => format!("{}", sent + asked),
    };
    format!("{} · {seen}", word(&run))
}

fn word(run: &RunDetail) -> String {
    match (run.run.status, &run.run.failure) {
        (RunStatus::Finished, _) => "done".to_owned(),
        (RunStatus::InDoubt, _) => "**in doubt**".to_owned(),
        (RunStatus::Failed, Some(failure)) => format!("`.{}`", failure.kind),
        (status, _) => panic!("{status:?}"),
    }
}

/// The table as it stands on the page.
fn table() -> String {
    let jobs: VecDeque<(usize, usize)> =
        (0..ACTIONS.len()).flat_map(|action| (0..Way::ALL.len()).map(move |way| (action, way))).collect();
    let jobs = Mutex::new(jobs);
    let cells = Mutex::new(vec![vec![String::new(); Way::ALL.len()]; ACTIONS.len()]);
    std::thread::scope(|scope| {
        for _ in 0..PLAYERS {
            scope.spawn(|| {
                loop {
                    let job = jobs.lock().expect("no player panicked").pop_front();
                    let Some((action, way)) = job else { return };
                    let (flow, _, _, well) = ACTIONS[action];
                    let found = cell(flow, Way::ALL[way].0, well);
                    cells.lock().expect("no player panicked")[action][way] = found;
                }
            });
        }
    });
    let heads: Vec<&str> = Way::ALL.iter().map(|(_, name)| *name).collect();
    let mut out = format!("| action | class | {} |\n|---|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for ((_, name, class, _), cells) in ACTIONS.iter().zip(cells.into_inner().expect("no player panicked")) {
        out += &format!("| {name} | {class} | {} |\n", cells.join(" | "));
    }
    out
}

#[test]
fn the_table_of_outcomes_is_what_happens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/outcomes.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let (before, rest) = page.split_once("<!-- table -->\n").expect("the page has a place for the table");
    let (_, after) = rest.split_once("<!-- end -->\n").expect("and an end of it");
    let made = format!("{before}<!-- table -->\n{}<!-- end -->\n{after}", table());
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(&path, made).expect("the page is written");
        return;
    }
    for (line, (found, told)) in made.lines().zip(page.lines()).enumerate() {
        assert_eq!(found, told, "line {}: run UPDATE=1 cargo test -p flow-tests --test outcomes", line + 1);
    }
    assert_eq!(made, page);
}
