//! What becomes of a mail when the server says no, or nothing, at each moment of the conversation.

use super::email::{PROGRAM, channels, office, takes};
use super::templates::{command, database};
use flow_bytecode::Value;
use flow_stdlib::channel::{Channels, Email, Server};
use flow_tests::office::{Office, SECRET, field, kind, result, why};
use flow_tests::post::{Does, Post, Stage};
use flow_tests::terminal::Terminal;
use flow_vm::engine::{Control, Resolution, Resolved, RunDetail};
use serde_json::json;

fn send(office: &Office) -> RunDetail {
    office.run("send", json!({ "to": "ada@example.com", "subject": "Hi", "text": "Hello", "html": "" }))
}

fn at(stage: Stage, does: Does) -> Post {
    Post::start(move |now, _| if now == stage { does } else { Does::Goes })
}

/// How often it was begun: the first attempt, and three more.
const ATTEMPTS: usize = 4;

#[test]
fn before_the_end_of_the_mail_everything_is_a_failure() {
    let refused = |code| Does::Says(code, "no");
    for (stage, does, expected, attempts) in [
        (Stage::Connect, Does::HangsUp, "unreachable", ATTEMPTS),
        (Stage::Hello, Does::HangsUp, "unreachable", ATTEMPTS),
        (Stage::Mail, refused(550), "rejected", 1),
        (Stage::Mail, refused(451), "unreachable", ATTEMPTS),
        (Stage::Mail, Does::HangsUp, "unreachable", ATTEMPTS),
        (Stage::Rcpt, refused(550), "undeliverable", 1),
        (Stage::Rcpt, refused(450), "unreachable", ATTEMPTS),
        (Stage::Rcpt, Does::HangsUp, "unreachable", ATTEMPTS),
        (Stage::Data, refused(554), "rejected", 1),
        (Stage::Data, refused(421), "unreachable", ATTEMPTS),
        (Stage::Data, Does::HangsUp, "unreachable", ATTEMPTS),
        // It has all of it by then, and says that it will not have it.
        (Stage::End, refused(552), "rejected", 1),
        (Stage::End, refused(452), "unreachable", ATTEMPTS),
    ] {
        let post = at(stage, does);
        let office = office(&post);
        let run = send(&office);
        assert_eq!(kind(&run), expected, "{stage:?} {does:?}: {}", why(&run));
        assert_eq!(post.count(Stage::Connect), attempts, "{stage:?} {does:?}");
        assert_eq!(post.received(), [], "{stage:?} {does:?}");
        let mails = office.records("Mail");
        assert_eq!((mails.len(), field(&mails[0], "sent")), (1, Value::Null), "{stage:?} {does:?}");
    }
}

#[test]
fn after_it_silence_is_in_doubt_and_nothing_is_sent_again() {
    let post = at(Stage::End, Does::HangsUp);
    let mut office = office(&post);
    let run = send(&office);
    assert_eq!(kind(&run), "in_doubt", "{}", why(&run));
    office.again();
    office.settle();
    assert_eq!((post.received().len(), post.count(Stage::Connect)), (1, 1));
    assert_eq!(field(&office.records("Mail")[0], "sent"), Value::Null);
    // Who looks for it knows what to look for.
    let call = &office.shown(run.run.run).calls[0];
    let sent = String::from_utf8_lossy(&post.received()[0].data).into_owned();
    let number = sent.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("it has a number");
    let traces = [("to", "ada@example.com"), ("subject", "Hi"), ("message_id", number.trim())];
    assert_eq!(call.traces, traces.map(|(name, text)| (name.to_owned(), text.to_owned())));
    assert!(
        call.arguments.starts_with("to: \"ada@example.com\", subject: \"Hi\", text: \"Hello\""),
        "{}",
        call.arguments
    );
    assert_eq!((call.key.as_ref(), call.wanted.as_ref(), call.sent.is_some()), (None, None, true));
    // Who looks into the mailbox says that it has come: nothing else has to be said, the record is known.
    let done = Resolution::from(Resolved::Done(None));
    office.engine().resolve(run.run.run, done).expect("it is decided");
    office.settle();
    let mails = office.records("Mail");
    assert_eq!(result(&office.shown(run.run.run)), Value::Int(mails[0].id));
    assert_eq!((mails.len(), post.received().len()), (1, 1));
    assert_ne!(field(&mails[0], "sent"), Value::Null);
}

#[test]
fn a_server_that_falls_silent_is_given_up_in_time() {
    for (stage, expected) in [(Stage::Connect, "timeout"), (Stage::Rcpt, "timeout"), (Stage::End, "in_doubt")] {
        let post = at(stage, Does::Falls);
        let office = office(&post);
        let run = office.run("hasty", json!({ "to": "ada@example.com" }));
        assert_eq!(kind(&run), expected, "{stage:?}: {}", why(&run));
        assert_eq!((post.count(Stage::Connect), office.records("Mail").len()), (1, 1));
    }
}

#[test]
fn a_later_attempt_gets_through_with_the_same_number_and_one_record() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let post = Post::start(move |stage, _| match stage {
        Stage::Rcpt if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2 => Does::Says(451, "greylisted"),
        _ => Does::Goes,
    });
    let office = office(&post);
    result(&send(&office));
    assert_eq!((post.count(Stage::Connect), post.received().len(), office.records("Mail").len()), (3, 1, 1));
    assert_eq!(office.seconds(), 30.0, "10 seconds, then 20");
}

#[test]
fn a_password_never_travels_in_the_clear() {
    // The server offers neither TLS nor STARTTLS.
    for (scheme, expected) in [("smtps", "unreachable"), ("smtp+starttls", "rejected")] {
        let post = takes();
        let server = Server::parse(&format!("{scheme}://{}", post.host())).expect("a server");
        let (user, password) = (Some("me".to_owned()), Some("mail_password".to_owned()));
        let email = Email { server, user, password, from: "a@acme.example".into(), reply_to: None, track: None };
        let channels = Channels { email: Some(email), ..Channels::default() };
        let office = Office::open(channels, &[post.host()], &[], PROGRAM);
        let run = send(&office);
        assert_eq!(kind(&run), expected, "{scheme}: {}", why(&run));
        assert!(!why(&run).contains(SECRET));
        assert_eq!((post.count(Stage::Mail), post.received().len()), (0, 0));
    }
}

#[test]
fn a_server_of_this_machine_is_not_called_unless_it_is_allowed() {
    let post = takes();
    for scheme in ["smtp", "smtps", "smtp+starttls"] {
        for host in [post.host(), post.host().replace("127.0.0.1", "localhost")] {
            let server = Server::parse(&format!("{scheme}://{host}")).expect("a server");
            let email = Email {
                server,
                user: None,
                password: None,
                from: "a@acme.example".into(),
                reply_to: None,
                track: None,
            };
            let channels = Channels { email: Some(email), ..Channels::default() };
            let office = Office::open(channels, &[], &[], PROGRAM);
            assert_eq!(kind(&send(&office)), "invalid", "{scheme}://{host}");
        }
    }
    assert_eq!(post.count(Stage::Connect), 0);
}

/// The server holds a mail back until its run is over, or held.
fn meanwhile(act: impl Fn(&Office, flow_vm::engine::RunId)) -> (Office, Post) {
    let (gate, open) = (std::sync::Arc::new(std::sync::Barrier::new(2)), std::sync::Once::new());
    let held = gate.clone();
    let post = Post::start(move |stage, _| {
        if stage == Stage::End {
            open.call_once(|| {
                held.wait();
            });
        }
        Does::Goes
    });
    let office = office(&post);
    let args = json!({ "to": "ada@example.com", "subject": "Hi", "text": "Hello", "html": "" });
    let run = office.start("send", args);
    while post.count(Stage::End) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    act(&office, run);
    gate.wait();
    office.settle();
    (office, post)
}

#[test]
fn what_was_sent_is_known_to_be_sent_though_nobody_waits_for_it() {
    let (office, post) = meanwhile(|office, run| office.engine().cancel(run).expect("it is cancelled"));
    let mails = office.records("Mail");
    assert_eq!((mails.len(), post.received().len()), (1, 1));
    assert_ne!(field(&mails[0], "sent"), Value::Null);
}

#[test]
fn what_was_sent_is_known_to_be_sent_while_its_flow_is_paused() {
    let (office, post) = meanwhile(|office, _| {
        office.engine().pause("main.send", true).expect("the flow is known");
    });
    let mails = office.records("Mail");
    assert_eq!((mails.len(), post.received().len()), (1, 1));
    assert_ne!(field(&mails[0], "sent"), Value::Null);
    office.engine().pause("main.send", false).expect("the flow is known");
    office.settle();
    assert_eq!(result(&office.newest("send")), Value::Int(mails[0].id));
}

#[test]
fn two_of_a_batch_are_two_mails() {
    let post = takes();
    let office = Office::open(channels(&post), &[post.host()], &[], PROGRAM);
    let args = json!({ "to": "ada@example.com", "subject": "Hi", "text": "Hello", "html": "" });
    for _ in 0..20 {
        office.start("send", args.clone());
    }
    office.settle();
    assert_eq!((post.received().len(), office.records("Mail").len()), (20, 20));
}

#[test]
fn a_mail_that_failed_and_is_tried_again_by_a_person_has_one_record() {
    let refuses = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let still = refuses.clone();
    let post =
        Post::start(move |stage, _| match stage == Stage::Rcpt && still.load(std::sync::atomic::Ordering::SeqCst) {
            true => Does::Says(550, "no such user"),
            false => Does::Goes,
        });
    let mut office = office(&post);
    let args = |subject: &str| json!({ "to": "ada@example.com", "subject": subject, "text": "Hello", "html": "" });
    let run = office.run("send", args("Hi"));
    assert_eq!(kind(&run), "undeliverable");
    let first = office.records("Mail")[0].clone();
    // Twice in vain, and the process begins anew in between.
    office.engine().retry(run.run.run).expect("it is tried again");
    office.settle();
    office.again();
    assert_eq!(kind(&office.shown(run.run.run)), "undeliverable");
    refuses.store(false, std::sync::atomic::Ordering::SeqCst);
    // Another run that says the same is another mail.
    office.run("send", args("Hi"));
    assert_eq!(office.records("Mail").len(), 2);
    office.engine().retry(run.run.run).expect("it is tried again");
    office.settle();
    assert_eq!(result(&office.shown(run.run.run)), Value::Int(first.id));
    let mails = office.records("Mail");
    assert_eq!((mails.len(), post.received().len()), (2, 2));
    assert_ne!(field(&mails[0], "sent"), Value::Null);
    let last = post.received().pop().expect("a mail");
    let number =
        mail_parser::MessageParser::default().parse(&last.data).expect("a mail").message_id().map(str::to_owned);
    assert_eq!(field(&mails[0], "message_id"), Value::text(format!("<{}>", number.expect("a number"))));
    assert_ne!(field(&mails[0], "message_id"), field(&first, "message_id"));
    // The same of an answer to a ticket.
    let ada = office.record("Contact", json!({ "email": "ada@example.com" }));
    let ticket = office.record("Ticket", json!({ "contact": ada, "subject": "Broken" }));
    refuses.store(true, std::sync::atomic::Ordering::SeqCst);
    let run = office.run("answer", json!({ "ticket": ticket })).run.run;
    refuses.store(false, std::sync::atomic::Ordering::SeqCst);
    office.engine().retry(run).expect("it is tried again");
    office.settle();
    assert_eq!(result(&office.shown(run)), Value::Int(office.records("Mail")[2].id));
    assert_eq!((office.records("Mail").len(), office.records("Conversation").len()), (3, 1));
}

/// What `flow mails list --json` and `flow emails --json` say became of the mails, the oldest first.
fn listed(office: Office) -> (Vec<String>, serde_json::Value) {
    let (file, _office) = database(office);
    let terminal = Terminal::open();
    let lines = |words: &[&str]| -> Vec<serde_json::Value> {
        let printed = command(&terminal, &[words, &["--json", "--db", &file]].concat());
        printed.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
    };
    let mails = lines(&["mails", "list"]);
    let became = mails.iter().rev().map(|mail| mail["became"].as_str().unwrap_or_default().to_owned());
    let words = command(&terminal, &["mails", "list", "--db", &file]);
    assert_eq!(words.contains("in doubt"), mails.iter().any(|mail| mail["became"] == "in_doubt"), "{words}");
    (became.collect(), lines(&["emails"]).remove(0))
}

#[test]
fn a_mail_is_listed_as_not_sent_only_where_that_is_known() {
    const CAUGHT: &str = r#"
flow send(to: Email) {
    email.send(to: to, subject: "Hi", text: "Hello")
}

flow caught(to: Email) -> Text {
    try {
        email.send(to: to, subject: "Caught", text: "Hello")
    } on failure as failure {
        return "{{failure.kind}}"
    }
    return "sent"
}
"#;
    let post = Post::start(|stage, _| match stage {
        Stage::End => Does::HangsUp,
        _ => Does::Goes,
    });
    let begin = || Office::open(channels(&post), &[post.host()], &[], CAUGHT);
    let to = || json!({ "to": "ada@example.com" });
    let office = begin();
    let waits = office.run("send", to());
    let cancelled = office.run("send", to());
    office.engine().cancel(cancelled.run.run).expect("it is cancelled");
    let failed = office.run("send", to());
    let no = Resolution::from(Resolved::Failed(flow_bytecode::Failure::new("failed", "it is not there")));
    office.engine().resolve(failed.run.run, no).expect("it is decided");
    let done = office.run("send", to());
    office.engine().resolve(done.run.run, Resolution::from(Resolved::Done(None))).expect("it is decided");
    let caught = office.run("caught", to());
    office.settle();
    assert_eq!((kind(&waits), result(&office.shown(caught.run.run))), ("in_doubt".to_owned(), Value::text("in_doubt")));
    assert_eq!(field(&office.records("Mail")[3], "in_doubt"), Value::Null, "it has come");
    let (became, counted) = listed(office);
    assert_eq!(became, ["in_doubt", "in_doubt", "not sent", "sent", "in_doubt"]);
    assert_eq!((&counted["written"], &counted["sent"], &counted["in_doubt"]), (&json!(1), &json!(0), &json!(1)));

    // What never had all of it has provably not sent it.
    let post = at(Stage::Rcpt, Does::Says(550, "no"));
    let office = Office::open(channels(&post), &[post.host()], &[], CAUGHT);
    office.run("send", to());
    let (became, counted) = listed(office);
    assert_eq!((became, &counted["in_doubt"]), (vec!["not sent".to_owned()], &json!(0)));
}
