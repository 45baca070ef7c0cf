//! `flow start`, `flow flows`, `flow pause`, `flow unpause`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;

const NURTURE: &str = r#"
event asked(contact: Contact)

/// Whoever comes from Oslo.
flow oslo(contact: Contact)
    on audience(contact.city == "Oslo")
    on asked
    once per contact
{
    contact.add_note("Welcome.")
    wait #later 3 days
}

flow quiet() { wait 1 day }
"#;

const PEOPLE: &str = "email,city\nada@example.com,Oslo\nbob@example.com,Oslo\ncyd@example.com,Bergen\n";

/// A project with contacts that were there before the flow was.
fn project() -> Scratch {
    let project = Scratch::project();
    project.write("people.csv", PEOPLE);
    project.flow(&["deploy"]).expect(0);
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    project.write("nurture.flow", NURTURE);
    project.flow(&["deploy"]).expect(0);
    project
}

#[test]
fn who_matches_already_is_let_in() {
    let project = project();
    let done = project.flow(&["start", "nurture.oslo", "--matching"]).expect(0);
    assert!(done.out.contains("2 entered nurture.oslo"), "{}", done.out);
    let done = project.flow(&["start", "nurture.oslo", "--matching"]).expect(0);
    assert!(done.out.contains("0 entered nurture.oslo"), "{}", done.out);
    assert!(done.out.contains("its rules let nobody in"), "{}", done.out);
    assert!(done.out.contains("2 not: `once per`: has been in this flow before"), "{}", done.out);
    let done = project.flow(&["start", "nurture.oslo", "--matching", "--json"]).expect(0);
    let object: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&object["flow"], &object["started"]), (&"nurture.oslo".into(), &0.into()));
    assert_eq!(object["refused"][0]["count"], 2);
}

#[test]
fn one_is_started() {
    let project = project();
    let done = project.flow(&["start", "nurture.oslo", "contact=cyd@example.com"]).expect(0);
    assert!(done.out.contains("of nurture.oslo is waiting"), "{}", done.out);
    project.flow(&["start", "nurture.oslo", "contact=cyd@example.com"]).expect(1).says("`once per`");
    let done = project.flow(&["start", "nurture.quiet", "--json"]).expect(0);
    let object: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&object["flow"], &object["status"]), (&"nurture.quiet".into(), &"waiting".into()));
}

#[test]
fn an_event_that_lets_nobody_in_says_which_rule_kept_them_out() {
    let project = project();
    let fire = |more: &[&str]| project.flow(&[&["fire", "asked", "contact=cyd@example.com"], more].concat()).expect(0);
    let first = fire(&[]).out;
    assert!(first.contains("1 run went on") && !first.contains(" not, "), "{first}");
    fire(&[]).shows("nobody was let in").shows("nurture.oslo: 1 not, `once per`");
    let object: serde_json::Value = serde_json::from_str(&fire(&["--json"]).out).unwrap();
    assert_eq!(object["refused"][0]["why"], "once per");
}

#[test]
fn a_short_name_is_enough_where_only_one_has_it() {
    let project = project();
    project.flow(&["pause", "oslo"]).expect(0).shows("nurture.oslo is paused");
    project.flow(&["unpause", "oslo"]).expect(0).shows("nurture.oslo goes on");
    project.write("other.flow", "flow oslo() { wait 1 day }\nflow other() { wait 1 day }\n");
    project.flow(&["deploy"]).expect(0);
    project.flow(&["start", "oslo"]).expect(2).says("several flows").says("nurture.oslo").says("other.oslo");
    // The list names a flow by its file, where it is named like that.
    project.flow(&["start", "other"]).expect(0).shows("of other.other is waiting");
    project.flow(&["runs", "--flow", "other"]).expect(0).shows("r_");
    project.flow(&["start", "nothing_like_it"]).expect(2).says("flow flows");
}

/// An empty list of what is not there would look like good news.
#[test]
fn runs_of_a_flow_that_is_not_there_are_not_asked_for_in_silence() {
    let project = project();
    project.flow(&["runs", "--flow", "nurture.quiet"]).expect(0).shows("No such runs.");
    project.flow(&["runs", "--flow", "nope"]).expect(2).says("there is no flow `nope`").says("`flow flows` lists them");
    for args in [&["runs", "--flow", "nurture.quite"][..], &["runs", "--flow", "nurture.quite", "--json"]] {
        project.flow(args).expect(2).says("did you mean `nurture.quiet`?");
    }
    project.flow(&["runs", "--flow", "quite"]).expect(2).says("did you mean `quiet`?");
    project.flow(&["migrate", "--flow", "quite", "--dry-run"]).expect(2).says("did you mean `quiet`?");
    project.flow(&["start", "quite"]).expect(2).says("did you mean `quiet`?");
    // Its runs outlive a flow, by its whole name and as the list shows it.
    project.write("gone.flow", "flow gone() { wait 1 day }\n");
    project.flow(&["deploy"]).expect(0);
    project.flow(&["start", "gone"]).expect(0);
    std::fs::remove_file(project.at("gone.flow")).unwrap();
    project.flow(&["deploy"]).expect(0);
    for name in ["gone.gone", "gone"] {
        project.flow(&["runs", "--flow", name]).expect(0).shows("waiting");
    }
    project.flow(&["start", "gone"]).expect(2).says("there is no flow `gone`");
}

#[test]
fn a_run_that_has_not_begun_says_why() {
    let project = Scratch::project();
    project.write("people.csv", PEOPLE);
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    let queue = "event asked(contact: Contact)\nflow queue(contact: Contact)\n    on asked\n    overlap queue\n{\n    wait 1 day\n}\n";
    project.write("queue.flow", queue);
    project.flow(&["deploy"]).expect(0);
    project.flow(&["start", "queue", "contact=ada@example.com"]).expect(0);
    project.flow(&["start", "queue", "contact=ada@example.com"]).expect(0);
    let ids = |project: &Scratch| -> Vec<String> {
        let out = project.flow(&["runs", "--json"]).expect(0).out;
        let id =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["run"].as_str().unwrap().to_owned();
        out.lines().map(id).collect()
    };
    let runs = ids(&project);
    project.flow(&["runs"]).expect(0).shows(&format!("after {}", runs[1]));
    project.flow(&["show", &runs[0]]).expect(0).shows(&format!("has not begun: it comes after {}", runs[1]));
    project.flow(&["pause", "queue"]).expect(0);
    project.flow(&["start", "queue", "contact=bob@example.com"]).expect(0);
    let runs = ids(&project);
    project.flow(&["show", &runs[0]]).expect(0).shows("has not begun: its flow is paused");
}

#[test]
fn a_flow_that_was_renamed_is_found() {
    let project = project();
    project.flow(&["start", "nurture.quiet"]).expect(0);
    project.write("nurture.flow", NURTURE.replace("flow quiet()", "flow calm()"));
    project.flow(&["deploy", "--dry-run"]).expect(0).shows("(perhaps --map nurture.quiet=nurture.calm)");
    project.flow(&["deploy", "--dry-run", "--map", "nurture.quiet=nurture.calm"]).expect(0).shows("stays as it is");
}

#[test]
fn wrong_usage_is_told() {
    let project = project();
    for args in [
        &["start", "nurture.olso", "--matching"][..],
        &["pause", "nurture.olso"],
        &["unpause", "nurture.olso"],
        &["start", "nurture.olso"],
    ] {
        project.flow(args).expect(2).says("nurture.olso").says("nurture.oslo");
    }
    project.flow(&["start", "nurture.quiet", "--matching"]).expect(2).says("has no audience");
    project.flow(&["start", "nurture.oslo"]).expect(2).says("contact");
    project.flow(&["start", "nurture.oslo", "contact=ada@example.com", "--matching"]).expect(2);
    project.flow(&["flows", "nurture.oslo"]).expect(2);
}

#[test]
fn flows_are_listed_and_held() {
    let project = project();
    project.flow(&["start", "nurture.oslo", "--matching"]).expect(0);
    let line = |out: &str, flow: &str| out.lines().find(|line| line.contains(flow)).unwrap_or_default().to_owned();
    let listed = project.flow(&["flows"]).expect(0);
    let oslo = line(&listed.out, "oslo");
    assert!(oslo.contains("audience, asked") && oslo.contains("entered 2"), "{}", listed.out);
    assert!(!listed.out.contains("paused"), "{}", listed.out);

    let done = project.flow(&["pause", "nurture.oslo"]).expect(0);
    assert!(done.out.contains("nurture.oslo is paused"), "{}", done.out);
    project.flow(&["pause", "nurture.oslo"]).expect(0);
    let listed = project.flow(&["flows", "--json"]).expect(0);
    let objects: Vec<serde_json::Value> =
        listed.out.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let oslo = objects.iter().find(|object| object["flow"] == "nurture.oslo").expect("it is listed");
    assert!(oslo["paused"].is_string(), "{oslo}");
    assert_eq!(oslo["begins"], serde_json::json!(["audience", "asked"]));
    assert_eq!(oslo["counts"], serde_json::json!({ "entered": 2 }));
    let quiet = objects.iter().find(|object| object["flow"] == "nurture.quiet").expect("it is listed");
    assert!(quiet["paused"].is_null() && quiet["counts"] == serde_json::json!({}), "{quiet}");

    // Who comes meanwhile is kept, and goes on afterwards.
    project.flow(&["fire", "asked", "contact=cyd@example.com"]).expect(0);
    let done = project.flow(&["unpause", "nurture.oslo"]).expect(0);
    assert!(done.out.contains("nurture.oslo goes on"), "{}", done.out);
    let runs = project.flow(&["runs", "--flow", "nurture.oslo", "--status", "waiting", "--json"]).expect(0);
    assert_eq!(runs.out.lines().filter(|line| line.contains("oslo#later")).count(), 3, "{}", runs.out);
    let done = project.flow(&["unpause", "nurture.oslo", "--json"]).expect(0);
    let object: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(object, serde_json::json!({ "flow": "nurture.oslo", "paused": false, "changed": false }));
}

#[test]
fn without_a_database_nothing_is_made() {
    let project = Scratch::project();
    for args in [&["flows"][..], &["pause", "x.y"], &["unpause", "x.y"], &["start", "x.y", "--matching"]] {
        project.flow(args).expect(3).says("there is no database");
        assert!(!project.at("flow.db").exists(), "{args:?}");
    }
}

const CIRCLES: &str = r#"
event ping(contact: Contact)
event pong(contact: Contact)

flow rounds(contact: Contact) { launch rounds(contact) }

flow begets(contact: Contact) { start begets(contact) }

flow calls(contact: Contact) {
    fire ping(contact)
    while true {
        wait forever { on pong(contact) -> { fire ping(contact) } }
    }
}

flow answers(contact: Contact) {
    while true {
        wait forever { on ping(contact) -> { fire pong(contact) } }
    }
}
"#;

#[test]
fn circles_that_never_wait_are_ended_and_told() {
    let project = Scratch::project();
    project.write("people.csv", "email\nada@example.com\n");
    project.write("circle.flow", CIRCLES);
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    let done = project.flow(&["start", "rounds", "contact=ada@example.com"]).expect(1);
    assert!(done.out.contains("circle.rounds → circle.rounds"), "{}", done.out);
    assert!(done.out.contains("kind   .limit"), "{}", done.out);
    let done = project.flow(&["run", "circle.flow:rounds", "contact=ada@example.com", "--detach"]).expect(1);
    assert!(done.out.contains("circle.rounds → circle.rounds"), "{}", done.out);

    project.flow(&["start", "begets", "contact=ada@example.com"]).expect(0);
    let runs = project.flow(&["runs", "--flow", "begets", "--json", "--limit", "2000"]).expect(0);
    let count = |status: &str| runs.out.matches(&format!("\"status\":\"{status}\"")).count();
    assert_eq!((count("failed"), count("finished"), count("running")), (1, 1_001, 0), "{}", runs.out.len());
}

const RINGS: &str = r#"
@once
action shop.ring(times: Int) = http { method: .post, url: "http://ADDRESS/ring" }
@once
action shop.knock() = http { method: .post, url: "http://ADDRESS/knock" }

flow ring(contact: Contact) {
    wait 1 second
    shop.ring(times: 2)
    contact.add_note("Rung.")
}

flow both(contact: Contact) {
    wait 1 second
    parallel {
        path one { shop.ring(times: 1) }
        path two { shop.knock() }
    }
    contact.add_note("Rung and knocked.")
}
"#;

/// A project whose calls go to somebody who listens and never answers.
fn unanswered() -> Scratch {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let held: Vec<_> = listener.incoming().collect();
        drop(held);
    });
    let project = Scratch::project();
    project.write("flow.toml", format!("[project]\nname = \"x\"\n[net]\nallow = [\"{address}\"]\n"));
    project.write("people.csv", "email\nada@example.com\n");
    project.write("rings.flow", RINGS.replace("ADDRESS", &address));
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    project.flow(&["deploy"]).expect(0);
    project
}

/// Of several calls in doubt each is decided by itself, and none by an answer that may be about another.
#[test]
fn what_is_in_doubt_twice_is_decided_twice() {
    let project = unanswered();
    let run = project.flow(&["start", "rings.both", "contact=ada@example.com"]).expect(0).run_id();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(project.flow_in(&["resume", "--until-idle"], "", &[("FLOW_CRASH_AT", "8:2")]).code, -1);
    let told = project.flow(&["resume", "--until-idle"]).expect(1).shows("1 run is in doubt");
    let named = told.out.lines().filter_map(|line| line.trim().strip_prefix(&format!("flow resolve {run} done --at ")));
    let places: Vec<&str> = named.map(|line| line.split("  ").next().unwrap()).collect();
    assert!(matches!(places.as_slice(), [one, two] if one != two), "{}", told.out);
    for what in ["done", "fail", "retry"] {
        project.flow(&["resolve", &run, what]).expect(1).says("a decision at 2 places, say at which with --at");
    }
    project.flow(&["retry", &run]).expect(1).says("what became of its call is said with `flow resolve`");
    let (decided, left) = match places[0].contains("knock") {
        true => ("shop.knock", "shop.ring"),
        false => ("shop.ring", "shop.knock"),
    };
    let told = project.flow(&["resolve", &run, "done", "--result", "{}", "--at", places[0]]).expect(1);
    told.shows("is in doubt");
    // What it is still in doubt about is what nobody has decided.
    let shown = project.flow(&["show", &run]).expect(0).out;
    let doubt = shown.lines().find(|line| line.contains("is not known")).unwrap_or(&shown);
    assert!(doubt.contains(left) && !doubt.contains(decided), "{shown}");
    project.flow(&["resolve", &run, "done", "--result", "{}"]).expect(0).shows("has finished");
}

/// Killed while a request is under way that must not be sent twice: nobody but a person can say what became of it, and
/// whoever lets runs go on hears that every time.
#[test]
fn what_remains_in_doubt_is_told_until_it_is_decided() {
    let project = unanswered();
    let run = project.flow(&["start", "ring", "contact=ada@example.com"]).expect(0).run_id();
    let other = project.flow(&["start", "ring", "contact=ada@example.com"]).expect(0).run_id();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(project.flow_in(&["resume", "--until-idle"], "", &[("FLOW_CRASH_AT", "8:2")]).code, -1);

    let idle = |more: &[&str]| project.flow(&[&["resume", "--until-idle"], more].concat()).expect(1);
    let first = idle(&[]).out;
    assert!(first.contains("nothing is due; ") && !first.contains("went on"), "{first}");
    for out in [first, idle(&[]).out] {
        assert!(out.contains("2 runs are in doubt: only a person can say"), "{out}");
        for run in [&run, &other] {
            assert!(out.contains(&format!("? {run} is in doubt: the machine stopped while")), "{out}");
            for (what, does) in [("done ", "it happened"), ("retry", "sends it again"), ("fail ", "it did not happen")]
            {
                assert!(out.contains(&format!("  flow resolve {run} {what}  {does}\n")), "{out}");
            }
        }
    }
    let listed = idle(&["--json"]).out;
    let objects: Vec<serde_json::Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(objects.len() == 2 && objects.iter().all(|object| object["status"] == "in_doubt"), "{listed}");
    let named = |flow: &str| {
        let out = project.flow(&["runs", "--status", "in_doubt", "--flow", flow, "--json"]).expect(0).out;
        out.lines().count()
    };
    assert_eq!((named("rings.ring"), named("hello")), (2, 0));
    assert_eq!(
        project.flow(&["runs", "--status", "in_doubt", "--limit", "1", "--json"]).expect(0).out.lines().count(),
        1
    );

    let done = |run: &str| project.flow(&["resolve", run, "done", "--result", "{}"]);
    done(&run).expect(0).shows("has finished");
    idle(&[]).shows("1 run is in doubt").shows(&other);
    project.flow(&["resolve", &other, "fail"]).expect(1);
    let done = project.flow(&["resume", "--until-idle"]).expect(0);
    assert!(!done.out.contains("in doubt"), "{}", done.out);
}

/// Everything that can stand behind the arguments of a call stands there.
const ASKS: &str = r#"
team finance
secret shop_token

@verified(by: shop.find)
action shop.refund(order: Text, to: Contact, amount: Money, token: Secret, reason: Text? = null) -> Text = http {
    method: .post
    url: "http://127.0.0.1:1/refunds/{{order}}"
    headers: { Authorization: "Bearer {{token}}" }
    json: { amount: amount }
}

@read
action shop.find(order: Text, token: Secret) -> Text? = http {
    url: "http://127.0.0.1:1/refunds/{{order}}"
    headers: { Authorization: "Bearer {{token}}" }
}

flow refund(contact: Contact, order: Text) {
    shop.refund(order: order, to: contact, amount: money(20, .eur), token: secret.shop_token)
        with { approval: .finance }
}
"#;

#[test]
fn whoever_approves_sees_the_action_and_its_own_arguments() {
    let project = Scratch::project();
    project.write("flow.toml", "[project]\nname = \"x\"\n[net]\nallow = [\"127.0.0.1:1\"]\n");
    project.write("people.csv", "email\nada@example.com\n");
    project.write("asks.flow", ASKS);
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    let run = project.flow(&["start", "refund", "contact=ada@example.com", "order=A1"]).expect(0).run_id();
    let call = "shop.refund(order: \"A1\", to: Contact 1, amount: EUR 20.00, token: \"…\")";
    let shown = project.flow(&["show", &run]).expect(0);
    let shown = shown.shows(&format!("asked finance to approve {call}"));
    shown.shows(&format!("{run} waits for {call} to be approved by finance"));
    let shown = project.flow(&["show", &run, "--json"]).expect(0).out;
    assert!(!shown.contains("Bearer") && shown.contains("to: Contact 1"), "{shown}");
}

/// Two paths that wait for two teams.
const BOTH: &str = r#"
team finance
team legal

action shop.refund(order: Text) -> Text = http { method: .post, url: "http://127.0.0.1:1/refunds/{{order}}" }

flow both(contact: Contact) {
    parallel {
        path a { shop.refund(order: "A1") with { approval: .finance } }
        path b { shop.refund(order: "B2") with { approval: .legal } }
    }
}
"#;

#[test]
fn everybody_who_has_to_approve_is_named() {
    let project = Scratch::project();
    project.write("flow.toml", "[project]\nname = \"x\"\n[net]\nallow = [\"127.0.0.1:1\"]\n");
    project.write("people.csv", "email\nada@example.com\n");
    project.write("both.flow", BOTH);
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    let run = project.flow(&["start", "both", "contact=ada@example.com"]).expect(0).run_id();
    project.flow(&["runs"]).expect(0).shows("approval by finance, legal");
    let shown = project.flow(&["show", &run]).expect(0);
    let shown = shown.shows("shop.refund(order: \"A1\") to be approved by finance");
    shown.shows("; and for shop.refund(order: \"B2\") to be approved by legal");
}

/// A flow that its own trigger begins.
const WELCOME: &str = r#"
flow welcome(conversation: Conversation)
    on conversation.started
    once per conversation
{
    say "Welcome."
    wait 1 day
}

flow noted(contact: Contact)
    on contact.created
    once per contact
{
    contact.add_note("Hello.")
    wait 1 day
}
"#;

#[test]
fn what_its_own_trigger_begins_is_begun_once() {
    let project = Scratch::project();
    project.write("welcome.flow", WELCOME);
    let said = project.flow(&["run", "welcome.flow:welcome", "--contact", "ada@example.com", "--detach"]).expect(0);
    assert_eq!(said.out.matches("Welcome.").count(), 1, "{}", said.out);
    project.flow(&["run", "welcome.flow:noted", "--contact", "bob@example.com", "--detach"]).expect(0);
    let runs = project.flow(&["runs", "--flow", "welcome", "--json"]).expect(0).out;
    assert_eq!(runs.lines().count(), 1, "{runs}");
    // Whom it knows already has been in it.
    project.flow(&["run", "welcome.flow:noted", "--contact", "bob@example.com", "--detach"]).expect(1).says("once per");
}

/// Nobody listens at port 1.
const LATER: &str = r#"
team finance
calendar office { zone: "UTC", open: "mon-sun OPEN" }
record Sent { id: Text }

/// Sends a message.
@keyed(24 hours)
@outbound
action post.send(to: Contact, text: Text) -> Sent = http {
    method: .post
    url: "http://127.0.0.1:1/post"
    json: { text: text }
}

flow asks(contact: Contact)
    send within office
{
    post.send(to: contact, text: "An offer.") with { approval: .finance }
}

flow tries(contact: Contact) {
    post.send(to: contact, text: "An offer.") with { retry: 3, backoff: 1 hour }
}
"#;

#[test]
fn a_call_that_leaves_later_is_waited_for() {
    let project = Scratch::project();
    project.write("flow.toml", "[project]\nname = \"x\"\n[net]\nallow = [\"127.0.0.1:1\"]\n");
    project.write("people.csv", "email\nada@example.com\n");
    // Hours that are some hours away, whatever the time is.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let hour = (now / 3600 + 6) % 24 % 23;
    project.write("later.flow", LATER.replace("OPEN", &format!("{hour:02}:00-{:02}:00", hour + 1)));
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    let done = project.flow(&["run", "later.flow:tries", "contact=ada@example.com", "--detach"]).expect(0);
    assert!(done.out.contains("waits for post.send to be tried again after 1 attempt, until"), "{}", done.out);
    assert!(done.out.contains("flow resume"), "{}", done.out);

    let started = project.flow(&["start", "asks", "contact=ada@example.com"]).expect(0);
    let done = project.flow(&["approve", &started.run_id()]).expect(0);
    assert!(done.out.contains("waits for the hours in which post.send may go out, until"), "{}", done.out);
    let runs = project.flow(&["runs"]).expect(0).out;
    assert!(runs.contains("held post.send") && runs.contains("retrying post.send"), "{runs}");
    let runs = project.flow(&["runs", "--json"]).expect(0).out;
    for line in runs.lines() {
        let run: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(run["status"], "waiting", "{line}");
        assert_eq!(run["until"], run["postponed"]["until"], "{line}");
        assert!(run["until"].is_string(), "{line}");
    }
}

#[test]
fn a_deploy_leaves_older_runs_what_they_need() {
    let project = Scratch::project();
    let old = "event ping(contact: Contact)\nextend Contact { score: Int = 3 }\n\n\
               flow listens(contact: Contact) {\n    wait {\n        on ping(contact) -> contact.add_note(\"heard {{contact.score}}\")\n        \
               after 3 days -> stop\n    }\n}\n";
    project.write("people.csv", "email\nada@example.com\n");
    project.write("ping.flow", old);
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    let run = project.flow(&["start", "listens", "contact=ada@example.com"]).expect(0).run_id();

    project.write(
        "ping.flow",
        "extend Contact { score: Bool = false }\n\nflow listens(contact: Contact) { wait 1 day }\n",
    );
    for args in [&["deploy"][..], &["deploy", "--dry-run"]] {
        let refused = project.flow(args).expect(1);
        assert!(refused.err.contains("1 run of an older version of `ping.listens`"), "{}", refused.err);
        assert!(refused.err.contains("keep the declaration as it was"), "{}", refused.err);
    }

    project.write("ping.flow", "flow listens(contact: Contact) { wait 1 day }\n");
    project.flow(&["deploy", "--dry-run"]).expect(0);
    project.flow(&["deploy"]).expect(0);
    project.flow(&["fire", "ping", "contact=ada@example.com"]).expect(0);
    let shown = project.flow(&["show", &run]).expect(0).out;
    assert!(shown.contains("finished"), "{shown}");
    let notes = project.flow(&["contacts", "show", "ada@example.com"]).expect(0).out;
    assert!(notes.contains("heard 3"), "{notes}");

    project.flow(&["deploy"]).expect(0);
    project.flow(&["fire", "ping", "contact=ada@example.com"]).expect(2);
}

#[test]
fn what_is_started_is_what_is_deployed_and_changed_files_are_told() {
    let project = project();
    let start = |more: &[&str]| project.flow(&[&["start", "nurture.quiet"], more].concat());
    let fire = |more: &[&str]| project.flow(&[&["fire", "asked", "contact=cyd@example.com"], more].concat());
    let changed = |done: common::Done| {
        let first = done.expect(0).out.lines().next().unwrap().to_owned();
        serde_json::from_str::<serde_json::Value>(&first).unwrap()["files_changed"].clone()
    };
    // A comment makes no other program.
    project.write("nurture.flow", NURTURE.replace("/// Whoever", "/// Everybody who"));
    assert_eq!(start(&[]).expect(0).err, "");
    assert_eq!(fire(&[]).expect(0).err, "");
    assert_eq!((changed(start(&["--json"])), changed(fire(&["--json"]))), (false.into(), false.into()));

    project.write("nurture.flow", NURTURE.replace("wait 1 day", "wait 2 days"));
    let told = "note: the files here have changed since version ";
    for done in [start(&[]), fire(&[]), project.flow(&["start", "nurture.oslo", "--matching"])] {
        let done = done.expect(0).says(told).says("was deployed; `flow deploy` brings them\n");
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
    assert_eq!((changed(start(&["--json"])), changed(fire(&["--json"]))), (true.into(), true.into()));
    assert_eq!(changed(project.flow(&["start", "nurture.oslo", "--matching", "--json"])), true);
    assert_eq!(start(&["--json"]).err, "");

    // Files that do not compile are no reason not to start what is deployed.
    project.write("nurture.flow", "flow quiet( {");
    start(&[]).expect(0).says(told).says("and have errors; `flow check` shows them").shows("is waiting");
    project.write("nurture.flow", [0xff]);
    start(&[]).expect(0).says(told).shows("is waiting");
    // A flow that is not deployed yet is why they are told before the refusal, too.
    project.write("nurture.flow", format!("{NURTURE}flow fresh() {{ wait 1 day }}\n"));
    project.flow(&["start", "fresh"]).expect(2).says(told).says("there is no flow `fresh`");
    project.flow(&["deploy"]).expect(0);
    assert_eq!(start(&[]).expect(0).err, "");
}

#[test]
fn a_file_by_itself_is_compared_with_itself() {
    let folder = Scratch::empty();
    folder.write("one.flow", "flow one() { wait 1 day }\n");
    folder.write("two.flow", "flow two() { wait 1 day }\n");
    folder.flow(&["run", "one.flow", "--detach"]).expect(0);
    assert_eq!(folder.flow(&["start", "one"]).expect(0).err, "");
    folder.write("one.flow", "flow one() { wait 2 days }\n");
    folder.flow(&["start", "one"]).expect(0).says("the files here have changed since version ");
    std::fs::remove_file(folder.at("one.flow")).unwrap();
    std::fs::remove_file(folder.at("two.flow")).unwrap();
    assert_eq!(folder.flow(&["start", "one"]).expect(0).err, "");
}

#[test]
fn what_a_run_yields_is_shown() {
    let project = Scratch::project();
    project.write("sum.flow", "flow double(size: Int) -> Int { return size * 2 }\n");
    let run = project.flow(&["run", "sum.flow", "size=21"]).expect(0).run_id();
    project.flow(&["show", &run]).expect(0).shows("yields 42");
}
