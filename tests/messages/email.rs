//! Email as it arrives at a mail server, read back by a parser that is not ours.

use flow_bytecode::Value;
use flow_stdlib::channel::{Channels, Email, Server};
use flow_tests::ledger::{Ledger, reply};
use flow_tests::office::{Office, field, kind, result, why};
use flow_tests::post::{Does, Post, Received, Stage};
use flow_tests::story::BEGINNING_US;
use flow_vm::engine::RunStatus;
use mail_parser::{Message, MessageParser, MimeHeaders};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub const PROGRAM: &str = r##"
tag welcomed, heard

flow send(to: Email, subject: Text, text: Text, html: Text) -> Mail {
    return email.send(to: to, subject: subject, text: text, html: html)
}

flow welcome(contact: Contact) {
    let address = contact.email else { stop }
    let mail = email.send(
        to: address,
        subject: "Welcome, {{contact.first_name ?? "friend"}}!",
        html: "<p>Hello <b>{{contact.first_name ?? "friend"}}</b></p>",
        reply_to: "support@acme.example",
        unsubscribe: "https://acme.example/unsubscribe?who=1",
    )
    let second = email.send(to: address, subject: "Re: {{mail.subject}}", text: "Still there?", thread: mail)
    if mail.sent != null and second.sent != null { contact.add_tags([.welcomed]) }
}

flow terms(to: Email, base: Url, name: Text) {
    email.send(to: to, subject: "Terms", text: "Here they are.", attachments: [
        Attachment(name: name, url: "{{base}}/terms"),
        Attachment(name: "notes.txt", text: "Grüße"),
    ])
}

flow large(to: Email, base: Url) {
    let one = Attachment(name: "a.bin", url: "{{base}}/large")
    email.send(to: to, subject: "Large", text: "Here they are.", attachments: [one, one, one])
}

flow approved(to: Email) {
    email.send(to: to, subject: "Approved", text: "It may go out.") with { approval: .boss }
}
team boss

flow answer(ticket: Ticket) -> Mail? { return ticket.reply("It is on its way.") }

flow hasty(to: Email) {
    email.send(to: to, subject: "Soon", text: "At once.") with { timeout: 1 second, retry: 0 }
}

flow hears(mail: Mail)
    on email.sent
{
    let contact = mail.contact else { stop }
    contact.add_tags([.heard])
}
"##;

pub fn channels(post: &Post) -> Channels {
    let server = Server::parse(&format!("smtp://{}", post.host())).expect("a server");
    let from = "Acme Støtte <hello@acme.example>".to_owned();
    Channels {
        email: Some(Email { server, user: None, password: None, from, reply_to: None, track: None }),
        ..Channels::default()
    }
}

pub fn office(post: &Post) -> Office {
    Office::open(channels(post), &[post.host()], &[], PROGRAM)
}

pub fn takes() -> Post {
    Post::start(|_, _| Does::Goes)
}

pub fn read(mail: &Received) -> Message<'_> {
    MessageParser::default().parse(&mail.data).expect("a mail")
}

fn plain(subject: &str) -> serde_json::Value {
    json!({ "to": "ada@example.com", "subject": subject, "text": "Hi Ada,\nhow <are> you?\n.\n\n.dots", "html": "" })
}

#[test]
fn a_mail_has_both_parts_and_its_record() {
    let post = takes();
    let office = office(&post);
    let ada = office.record("Contact", json!({ "email": "ada@example.com" }));
    let mail = result(&office.run("send", plain("Grüße aus Tromsø – 🎉")));
    let received = post.received();
    assert_eq!(
        (&*received[0].from, received[0].to.as_slice()),
        ("hello@acme.example", &["ada@example.com".to_owned()][..])
    );
    let message = read(&received[0]);
    assert_eq!(message.subject(), Some("Grüße aus Tromsø – 🎉"));
    let from = message.from().and_then(|from| from.first()).expect("a sender");
    assert_eq!((from.name(), from.address()), (Some("Acme Støtte"), Some("hello@acme.example")));
    assert_eq!(message.body_text(0).as_deref().map(str::trim_end), Some("Hi Ada,\r\nhow <are> you?\r\n.\r\n\r\n.dots"));
    let html = message.body_html(0).expect("an HTML part");
    assert!(html.contains("how &lt;are&gt; you?"), "{html}");
    assert_eq!(message.date().map(|date| date.to_timestamp()), Some(BEGINNING_US / 1_000_000));
    assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    let records = office.records("Mail");
    assert_eq!(records.len(), 1);
    assert_eq!(mail, Value::Int(records[0].id));
    assert_eq!(field(&records[0], "to"), Value::text("ada@example.com"));
    assert_eq!(field(&records[0], "contact"), Value::Int(ada));
    assert_eq!(field(&records[0], "sent"), Value::Int(BEGINNING_US));
    let id = field(&records[0], "message_id");
    assert_eq!(id.as_text().map(|id| id.trim_matches(['<', '>']).to_owned()).as_deref(), message.message_id());
    assert!(message.message_id().is_some_and(|id| id.ends_with("@acme.example")));
}

/// However long a subject is, no line of the head is longer than mail programs and servers take (RFC 5322, 2.1.1), and what is
/// read is what was written.
#[test]
fn long_subjects_are_folded_and_read_as_they_were_written() {
    let post = takes();
    let office = office(&post);
    let subjects = [
        "a".repeat(2_000),
        "word ".repeat(400),
        format!("{} {}", "x".repeat(70), "y".repeat(64)),
        "Grüße ".repeat(100),
        "🎉".repeat(300),
        format!("a{}b", " ".repeat(300)),
        format!("{}ø{}", "plain ".repeat(30), " plain".repeat(30)),
        format!("=?utf-8?Q?no?= {}", "z".repeat(300)),
        "b".repeat(64),
        format!("{} {}", "c".repeat(64), "d".repeat(65)),
    ];
    for subject in &subjects {
        let run = office.run("send", plain(subject));
        assert_eq!(run.run.status, RunStatus::Finished, "{subject:?}: {:?}", run.run.failure);
        let mails = post.received();
        let mail = mails.last().expect("a mail");
        assert_eq!(read(mail).subject().map(str::trim_end), Some(subject.trim_end()));
        let data = String::from_utf8(mail.data.clone()).expect("text");
        let head = data.split("\r\n\r\n").next().expect("a head");
        assert!(head.lines().all(|line| line.len() <= 78 && !line.trim().is_empty()), "{head}");
    }
}

#[test]
fn a_thread_an_answer_address_and_a_way_out() {
    let post = takes();
    let office = office(&post);
    let ada = office.record("Contact", json!({ "email": "ada@example.com", "first_name": "Ada <i>" }));
    result(&office.run("welcome", json!({ "contact": ada })));
    let received = post.received();
    let (first, second) = (read(&received[0]), read(&received[1]));
    assert_eq!(first.subject(), Some("Welcome, Ada <i>!"));
    assert!(first.body_html(0).expect("HTML").contains("<b>Ada &lt;i&gt;</b>"));
    assert_eq!(first.body_text(0).as_deref().map(str::trim), Some("Hello Ada <i>"));
    let answers = first.reply_to().and_then(|to| to.first()).and_then(|to| to.address());
    assert_eq!(answers, Some("support@acme.example"));
    let raw = |name: &str| first.header_raw(name).map(str::trim).map(str::to_owned);
    assert_eq!(raw("List-Unsubscribe").as_deref(), Some("<https://acme.example/unsubscribe?who=1>"));
    assert_eq!(raw("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
    let before = format!("<{}>", first.message_id().expect("a number"));
    for name in ["In-Reply-To", "References"] {
        assert_eq!(second.header_raw(name).map(str::trim), Some(before.as_str()), "{name}");
    }
    assert_eq!(second.header_raw("List-Unsubscribe"), None);
    let record = &office.records("Contact")[0];
    let tags = Value::List(std::sync::Arc::new(vec![Value::text("heard"), Value::text("welcomed")]));
    assert_eq!(field(record, "tags"), tags, "who waits for `email.sent` hears of it");
}

#[test]
fn attachments_are_fetched_and_named() {
    let post = takes();
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(200, "%PDF-1.7 terms"));
    let allow = [post.host(), ledger.host()];
    let office = Office::open(channels(&post), &allow, &[], PROGRAM);
    let name = "vilkår \"2026\".pdf";
    result(&office.run("terms", json!({ "to": "ada@example.com", "base": ledger.url(), "name": name })));
    let received = post.received();
    let message = read(&received[0]);
    let files: Vec<(String, Vec<u8>)> = message
        .attachments()
        .map(|part| (part.attachment_name().unwrap_or_default().to_owned(), part.contents().to_vec()))
        .collect();
    let expected =
        [(name.to_owned(), b"%PDF-1.7 terms".to_vec()), ("notes.txt".to_owned(), "Grüße".as_bytes().to_vec())];
    assert_eq!(files, expected);
    for name in ["a/b.pdf", "a\r\nBcc: eve@example.com", " "] {
        let run = office.run("terms", json!({ "to": "ada@example.com", "base": ledger.url(), "name": name }));
        assert_eq!(kind(&run), "invalid", "{name:?}");
    }
    assert_eq!((post.received().len(), office.records("Mail").len()), (1, 1));
}

#[test]
fn attachments_are_25_mb_together_at_most() {
    let post = takes();
    let asked = AtomicUsize::new(0);
    let sizes = [9 << 20, 9 << 20, 7 << 20, 9 << 20, 9 << 20, (7 << 20) + 1];
    let ledger = Ledger::start_with(Duration::ZERO, move |_, _| {
        reply(200, "x".repeat(sizes[asked.fetch_add(1, Ordering::SeqCst) % sizes.len()]))
    });
    let office = Office::open(channels(&post), &[post.host(), ledger.host()], &[], PROGRAM);
    let args = json!({ "to": "ada@example.com", "base": ledger.url() });
    assert!(office.run("large", args.clone()).run.failure.is_none());
    let received = post.received();
    let files: usize = read(&received[0]).attachments().map(|part| part.contents().len()).sum();
    assert_eq!(files, 25 << 20);
    // One byte more, and nobody is written to.
    let connections = post.count(Stage::Connect);
    let run = office.run("large", args);
    assert_eq!((kind(&run).as_str(), post.received().len()), ("limit", 1), "{}", why(&run));
    assert_eq!((connections, post.count(Stage::Connect)), (1, 1));
}

#[test]
fn a_file_that_is_not_there_keeps_the_mail_back() {
    let post = takes();
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(404, "no such file"));
    let office = Office::open(channels(&post), &[post.host(), ledger.host()], &[], PROGRAM);
    let run = office.run("terms", json!({ "to": "ada@example.com", "base": ledger.url(), "name": "a.pdf" }));
    assert_eq!((kind(&run).as_str(), post.received().len()), ("rejected", 0));
    assert!(why(&run).starts_with("the attachment `a.pdf`: answered 404"), "{}", why(&run));
}

#[test]
fn an_approved_mail_has_one_record_from_the_asking_on() {
    let post = takes();
    let mut office = office(&post);
    let run = office.run("approved", json!({ "to": "ada@example.com" })).run.run;
    assert_eq!((office.records("Mail").len(), post.received().len()), (1, 0));
    assert_eq!(field(&office.records("Mail")[0], "sent"), Value::Null);
    office.again();
    use flow_vm::engine::{Control, Decision};
    let yes = Decision { approve: true, by: None, reason: None, at: None };
    office.engine().decide(run, yes).expect("it is approved");
    office.settle();
    assert_eq!((office.records("Mail").len(), post.received().len()), (1, 1));
    assert_ne!(field(&office.records("Mail")[0], "sent"), Value::Null);
}

#[test]
fn nothing_leaves_where_nothing_is_set_or_there_is_nothing_to_say() {
    let post = takes();
    let unset = Office::open(Channels::default(), &[post.host()], &[], PROGRAM);
    assert_eq!(why(&unset.run("send", plain("Hi"))), "nothing was sent: `[email]` is not set in flow.toml");
    let office = office(&post);
    for (subject, text) in [("", "Hi"), ("Hi", " "), ("Hi\r\nBcc: eve@example.com", "Hi"), ("Hi\nthere", "Hi")] {
        let args = json!({ "to": "ada@example.com", "subject": subject, "text": text, "html": "" });
        assert_eq!(kind(&office.run("send", args)), "invalid", "{subject:?}");
    }
    assert_eq!((post.received().len(), office.records("Mail").len(), unset.records("Mail").len()), (0, 0, 0));
}
