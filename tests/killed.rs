//! A real process that sends a hundred messages by each action that leaves the machine, killed with SIGKILL at each crash
//! point, against servers on loopback that count what arrived.
//!
//! The child is this very test binary; what it does is idempotent, so that it can be started again.
#![cfg(unix)]

use flow_bytecode::Value;
use flow_stdlib::channel::{Channels, Email, Server, Slack, Sms, Teams, Webhook};
use flow_stdlib::http::NetConfig;
use flow_stdlib::script::Scripts;
use flow_tests::engine::{CHILD, about};
use flow_tests::ledger::{Arrival, Ledger, Reply, reply};
use flow_tests::office::{SECRET, TestSecrets};
use flow_tests::post::{Does, Post};
use flow_tests::project::alone;
use flow_tests::story::{BEGINNING_US, deployed};
use flow_vm::engine::{Act, Control, Engine, EngineConfig, RecordFilter, Resolution, Resolved, RunFilter, RunStatus};
use flow_vm::seam::{CrashPoint, ManualClock};
use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Runs of a story, each with one message.
const RUNS: usize = 100;
/// Calls under way at most: no more can be in doubt after a kill.
const CONCURRENCY: usize = 4;
/// Stories played at a time.
const PLAYERS: usize = 3;
/// Whatever is paced or tried again has had its time.
const LATER_US: i64 = BEGINNING_US + 3_600_000_000;

const PROGRAM: &str = r##"
extend Contact { before: Int = 0, after: Int = 0 }
record Order { id: Text }

@read(retry: 2)
action shop.look(base: Url, who: Text) -> Order = http { url: "{{base}}/read/{{who}}" }

@keyed(24 hours, retry: 2)
action shop.pay(base: Url, who: Text) -> Order = http { method: .post, url: "{{base}}/keyed/{{who}}", json: { a: 1 } }

@read
action shop.find(base: Url, who: Text) -> Order? = http { url: "{{base}}/verified/{{who}}" }

@verified(by: shop.find, retry: 2)
action shop.order(base: Url, who: Text) -> Order = http { method: .post, url: "{{base}}/verified/{{who}}", json: { a: 1 } }

@repeatable(retry: 2)
action shop.tell(base: Url, who: Text) -> Order = http { method: .post, url: "{{base}}/repeatable/{{who}}", json: { a: 1 } }

flow send(contact: Contact, base: Url, by: Text) {
    let who = contact.external_id else { stop }
    let mobile = contact.phone else { stop }
    let address = contact.email else { stop }
    contact.before += 1
    switch by {
        "read"       -> shop.look(base: base, who: who)
        "keyed"      -> shop.pay(base: base, who: who)
        "verified"   -> shop.order(base: base, who: who)
        "repeatable" -> shop.tell(base: base, who: who)
        "post"       -> http.post(url: "{{base}}/once/{{who}}", json: { a: 1 })
        "webhook"    -> webhook.send(url: "{{base}}/webhook/{{who}}", json: { a: 1 })
        "email"      -> email.send(to: address, subject: "For {{who}}", text: "Hello")
        "sms"        -> sms.send(to: mobile, text: "For {{who}}")
        "slack"      -> slack.post(channel: "#{{who}}", text: "Hello")
        "slack_hook" -> slack.post(channel: "#hook-{{who}}", text: "For {{who}}")
        "teams"      -> teams.post(team: "Sales", channel: who, text: "Hello")
        "teams_hook" -> teams.post(team: "Support", channel: "Urgent", text: "For {{who}}")
        "notify"     -> {
            let told = teammates.find(email: "grace@acme.example") else { stop }
            notify.email(to: told, subject: "For {{who}}", text: "Hello")
        }
        "script"     -> script.execute("note", input: who)
        else         -> fail "nothing is sent so"
    }
    contact.after += 1
}
"##;

/// What the other side may see of one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// Any number, and at least one.
    AnyNumber,
    /// Any number with one key, and at least one.
    OneKey,
    /// Exactly one.
    One,
    /// One at most, and exactly one unless it is in doubt.
    OneAtMost,
}

const ACTIONS: &[(&str, Promise)] = &[
    ("read", Promise::AnyNumber),
    ("keyed", Promise::OneKey),
    ("verified", Promise::One),
    ("repeatable", Promise::AnyNumber),
    ("post", Promise::OneAtMost),
    ("webhook", Promise::OneKey),
    ("email", Promise::OneAtMost),
    ("sms", Promise::OneAtMost),
    ("slack", Promise::OneAtMost),
    ("slack_hook", Promise::OneAtMost),
    ("teams", Promise::OneAtMost),
    ("teams_hook", Promise::OneAtMost),
    ("notify", Promise::OneAtMost),
    ("script", Promise::OneAtMost),
];

/// `who017`: of one length, so that none is a part of another, and in no number in hexadecimal.
fn name(number: usize) -> String {
    format!("who{number:03}")
}

/// Opens the engine of a folder, over servers at these addresses.
fn open(folder: &Path, now_us: i64, web: &str, mail: &str) -> Engine {
    let server = format!("http://{web}");
    let hook = |name: String| (name, "hook".to_owned());
    // Each channel has its own, for one message a second is as many as one gets.
    let webhooks = (0..RUNS).map(|number| hook(format!("#hook-{}", name(number)))).collect();
    let email = Email {
        server: Server::parse(&format!("smtp://{mail}")).expect("a server"),
        user: None,
        password: None,
        from: "Acme <hello@acme.example>".into(),
        reply_to: None,
        track: None,
    };
    let (account, token) = ("AC1".into(), "sms_token".into());
    let channels = Channels {
        email: Some(email),
        sms: Some(Sms { server: server.clone(), account, token, from: "+4799999999".into() }),
        slack: Some(Slack { server: server.clone(), token: Some("slack_token".into()), webhooks }),
        teams: Some(Teams {
            server,
            token: Some("graph_token".into()),
            graph: None,
            webhooks: [hook("Support/Urgent".to_owned())].into(),
        }),
        webhook: Some(Webhook { secret: "hook_secret".into() }),
        ..Channels::default()
    };
    let net = NetConfig { allow_net: vec![web.to_owned(), mail.to_owned()], ..NetConfig::default() };
    let scripts = Scripts { folder: Some(folder.join("scripts")), ..Scripts::default() };
    let config = flow_stdlib::Config { net, channels, scripts };
    let registry = flow_stdlib::registry(&config).expect("the library's settings are right");
    let mut config = EngineConfig::new(folder.join("flow.db"), registry);
    config.clock = Arc::new(ManualClock::new(now_us));
    config.concurrency = CONCURRENCY;
    config.secrets = Arc::new(TestSecrets(vec![
        ("hook".to_owned(), format!("http://{web}/hook?x=y{SECRET}")),
        ("hook_secret".to_owned(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
    ]));
    Engine::open(config).expect("the engine opens")
}

/// What the child does: sees to it that everybody is there and has a run, and lets them go on. Not a test of its own:
/// without the variable it has nothing to do.
#[test]
fn child() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let words: Vec<&str> = order.split(' ').collect();
    let [folder, now_us, web, mail, by] = words[..] else { panic!("an order has five words") };
    let engine = open(Path::new(folder), now_us.parse().expect("a time"), web, mail);
    engine.deploy(deployed(alone(PROGRAM, &[]))).expect("the program is deployed");
    let upsert = |entity: &str, by: &str, fields: Vec<(&str, String)>| Act::Upsert {
        entity: entity.to_owned(),
        by: by.to_owned(),
        fields: fields.into_iter().map(|(name, text)| (name.to_owned(), Value::text(text))).collect(),
    };
    let mut acts = vec![upsert(
        "Teammate",
        "email",
        vec![("name", "Grace".to_owned()), ("email", "grace@acme.example".to_owned())],
    )];
    acts.extend((0..RUNS).map(|number| {
        let fields = vec![
            ("external_id", name(number)),
            ("email", format!("{}@example.com", name(number))),
            ("phone", format!("+47223344{number:02}")),
        ];
        upsert("Contact", "external_id", fields)
    }));
    let made = engine.perform(acts).expect("the store is well");
    for (number, contact) in made.into_iter().skip(1).enumerate() {
        let contact = contact.expect("the contact fits").as_int().expect("an id");
        if engine.runs(&about(contact)).expect("runs are listed").is_empty() {
            let args = vec![
                ("contact".to_owned(), Value::Int(contact)),
                ("base".to_owned(), Value::text(format!("http://{web}"))),
                ("by".to_owned(), Value::text(by)),
            ];
            engine.start("main.send", args).expect("the run starts");
        }
        if number % 20 == 0 {
            engine.truncate_log().expect("the log is copied into the database");
        }
    }
    engine.run_until_idle().expect("the engine goes on");
}

/// The other side of everything.
struct World {
    folder: tempfile::TempDir,
    web: Ledger,
    mail: Post,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let scripts = folder.path().join("scripts");
        std::fs::create_dir(&scripts).expect("a folder");
        let note = scripts.join("note");
        std::fs::write(&note, "#!/bin/sh\nread -r who\nprintf '%s\\n' \"$who\" >> noted\n").expect("a script");
        std::fs::set_permissions(&note, std::fs::Permissions::from_mode(0o755)).expect("its mode is set");
        let orders = Mutex::new(HashSet::new());
        let answer = move |arrival: &Arrival, _: usize| -> Reply {
            let mut orders = orders.lock().expect("no thread panicked");
            let path = arrival.path.as_str();
            if arrival.method == "POST" {
                orders.insert(path.to_owned());
            }
            match path {
                _ if path.starts_with("/2010-04-01/") => reply(201, r#"{"sid":"SM1","status":"queued"}"#),
                "/api/chat.postMessage" => reply(200, r##"{"ok":true,"channel":"#c","ts":"1.2"}"##),
                _ if path.starts_with("/hook") => reply(200, "ok"),
                _ if path.starts_with("/verified/") && !orders.contains(path) => reply(404, "{}"),
                _ => reply(200, r#"{"id":"R1"}"#),
            }
        };
        let web = Ledger::start_with(Duration::from_millis(1), answer);
        World { folder, web, mail: Post::start(|_, _| Does::Goes) }
    }

    /// One life of the process; whether it ended by itself.
    fn live(&self, now_us: i64, by: &str, crash_at: Option<String>) -> bool {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--exact", "child", "--test-threads=1"]);
        let (folder, web, mail) = (self.folder.path().display(), self.web.host(), self.mail.host());
        command.env(CHILD, format!("{folder} {now_us} {web} {mail} {by}"));
        command.env_remove("FLOW_CRASH_AT");
        if let Some(at) = crash_at {
            command.env("FLOW_CRASH_AT", at);
        }
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the child runs");
        assert!(status.success() || status.code().is_none(), "{by}: the child fails: {status}");
        status.success()
    }

    /// What the other side saw of somebody: with which keys.
    fn seen(&self, who: &str) -> Vec<Option<String>> {
        let of_web = self.web.arrivals().into_iter().filter(|arrival| {
            let asked = arrival.method == "GET" && arrival.path.starts_with("/verified/");
            !asked && (arrival.path.contains(who) || arrival.body.contains(who))
        });
        let of_mail = self.mail.received().into_iter().filter(|mail| String::from_utf8_lossy(&mail.data).contains(who));
        let noted = std::fs::read_to_string(self.folder.path().join("noted")).unwrap_or_default();
        let key = |arrival: Arrival| match arrival.header("webhook-id") {
            "" => arrival.key,
            id => Some(id.to_owned()),
        };
        let mut seen: Vec<Option<String>> = of_web.map(key).collect();
        seen.extend(of_mail.map(|_| None));
        seen.extend(noted.lines().filter(|line| line.contains(who)).map(|_| None));
        seen
    }

    /// What must be true at the end, whatever was killed when.
    fn check(&self, by: &str, promise: Promise, what: &str) {
        let engine = open(self.folder.path(), LATER_US, &self.web.host(), &self.mail.host());
        engine.run_until_idle().expect("the engine goes on");
        let everybody = RecordFilter { entity: "Contact".to_owned(), limit: 1_000, ..RecordFilter::default() };
        let contacts = engine.records(&everybody).expect("records are listed");
        assert_eq!(contacts.len(), RUNS, "{what}");
        let mut in_doubt = Vec::new();
        for contact in contacts {
            let number = |name: &str| {
                let found = contact.fields.iter().find(|(field, _)| &**field == name);
                found.and_then(|(_, value)| value.as_int())
            };
            let who = contact.fields.iter().find_map(|(field, value)| match value {
                Value::Text(text) if &**field == "external_id" => Some(text.to_string()),
                _ => None,
            });
            let who = who.expect("everybody has a name");
            let runs = engine.runs(&about(contact.id)).expect("runs are listed");
            assert_eq!(runs.len(), 1, "{what}: {who} has one run");
            let seen = self.seen(&who);
            let keys: HashSet<_> = seen.iter().collect();
            let done = match runs[0].status {
                RunStatus::Finished => true,
                RunStatus::InDoubt => {
                    in_doubt.push(runs[0].run);
                    false
                }
                other => panic!("{what}: {who} ended up {other:?}: {:?}", runs[0].failure),
            };
            assert_eq!((number("before"), number("after")), (Some(1), Some(i64::from(done))), "{what}: {who}, local");
            let holds = match promise {
                Promise::AnyNumber => done && !seen.is_empty(),
                Promise::OneKey => done && keys.len() == 1 && !keys.contains(&None),
                Promise::One => done && seen.len() == 1,
                Promise::OneAtMost => seen.len() <= 1 && (!done || seen.len() == 1),
            };
            assert!(holds, "{what}: {who} was sent {seen:?}, finished: {done}");
        }
        assert!(in_doubt.len() <= CONCURRENCY, "{what}: {} in doubt", in_doubt.len());
        assert!(promise == Promise::OneAtMost || in_doubt.is_empty(), "{what}: {by} is in doubt");
        // A person sees them, and decides.
        let filter = RunFilter { statuses: vec![RunStatus::InDoubt], limit: 1_000, ..RunFilter::default() };
        assert_eq!(engine.runs(&filter).expect("runs are listed").len(), in_doubt.len(), "{what}");
        for run in &in_doubt {
            engine.resolve(*run, Resolution::from(Resolved::Retry)).expect("it is decided");
        }
        engine.run_until_idle().expect("the engine goes on");
        for run in in_doubt {
            let run = engine.show(run).expect("the run is shown").run;
            assert_eq!(run.status, RunStatus::Finished, "{what}: {:?}", run.failure);
        }
    }
}

/// Everything is sent, with one death in between. Whether the process came to that death.
fn story(by: &str, promise: Promise, point: CrashPoint, time: u32) -> bool {
    let world = World::new();
    let killed = if point == CrashPoint::Recovering {
        // There is something to recover only after another death, with requests under way.
        world.live(BEGINNING_US, by, Some(format!("{}:{time}", CrashPoint::Sent as u32)));
        !world.live(BEGINNING_US, by, Some((point as u32).to_string()))
    } else {
        !world.live(BEGINNING_US, by, Some(format!("{}:{time}", point as u32)))
    };
    assert!(world.live(LATER_US, by, None), "{by}, {point:?}: goes on");
    world.check(by, promise, &format!("{by}, killed at {point:?}, time {time}"));
    killed
}

#[test]
fn killed_at_each_point_while_a_hundred_send_by_each_action() {
    // Deaths in an upgrade are in the store's tests, those before a prompt is shown in the command's; nobody is erased here.
    let elsewhere = [CrashPoint::InMigration, CrashPoint::AfterBackup, CrashPoint::BeforePrompt];
    let play = |&(by, promise): &(&str, Promise)| {
        let mut met = 0;
        for point in CrashPoint::ALL.into_iter().filter(|point| !elsewhere.contains(point)) {
            // In the midst where it is reached so often.
            met += usize::from([30, 4, 1].into_iter().any(|time| story(by, promise, point, time)));
        }
        assert!(met >= 10, "{by}: only {met} of the points are reached");
    };
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..PLAYERS {
            scope.spawn(|| {
                while let Some(action) = ACTIONS.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    play(action);
                }
            });
        }
    });
}
