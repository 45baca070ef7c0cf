//! Mails that come in: what they belong to, what they say, and which are passed over.

use crate::rooms::{Rooms, SECRETS};
use flow_bytecode::Value;
use flow_tests::office::{field, result};
use flow_tests::story::BEGINNING_US;
use flow_vm::engine::{Control, Cursor, RunStatus};
use mail_parser::MessageParser;
use serde_json::json;

const PROGRAM: &str = r##"
tag bounced, heard

flow welcome(contact: Contact) -> Text {
    let address = contact.email else { return "nobody" }
    let mail = email.send(to: address, subject: "Welcome", text: "How are you?")
    wait #answer {
        on email.replied(mail) as reply -> return "replied {{reply.text}}"
        after 3 days                    -> return "nothing"
    }
}

flow asks(conversation: Conversation, text: Text) -> Text
    on message.received where text.contains("question")
{
    let more = ask "Which order is it about?" as Text, timeout: 2 days else { return "none" }
    conversation.add_note("about {{more}}")
    return "about {{more}}"
}

flow hears(conversation: Conversation, text: Text)
    on message.received where not text.contains("question")
    overlap allow
{
    conversation.contact.add_note("heard {{text}}")
}

flow ticket_heard(ticket: Ticket)
    on ticket.replied
    overlap allow
{
    ticket.add_note("answered")
}

flow back(mail: Mail, reason: Text)
    on email.bounced
{
    let contact = mail.contact else { stop }
    contact.add_tags([.bounced])
    contact.add_note("bounced: {{reason}}")
}
"##;

fn letter(id: &str, from: &str, more: &str, text: &str) -> String {
    format!(
        "From: {from}\nTo: Acme <hello@acme.example>\nSubject: Re: Welcome\nMessage-ID: <{id}@example.com>\n\
         Date: Mon, 1 Dec 2025 10:00:00 +0100\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n{more}\n{text}\n"
    )
}

const ADA: &str = "Ada Lovelace <Ada@example.com>";

/// A run that waits for an answer, and the number of its mail.
fn sent(rooms: &Rooms) -> (i64, flow_vm::engine::RunId, String) {
    let ada = rooms.office.record("Contact", json!({ "email": "ada@example.com" }));
    let run = rooms.office.start("welcome", json!({ "contact": ada }));
    rooms.office.now();
    let received = rooms.post.received();
    let message = MessageParser::default().parse(&received[0].data).expect("a mail");
    (ada, run, message.message_id().expect("a number").to_owned())
}

fn notes(rooms: &Rooms, entity: &str, id: i64) -> Vec<String> {
    let history = rooms.office.engine().history(entity, id).expect("a history");
    history.notes.iter().map(|note| note.text.to_string()).collect()
}

/// What was said where a run talked.
fn said(rooms: &Rooms, run: flow_vm::engine::RunId) -> Vec<String> {
    let watched =
        rooms.office.engine().watch(run, Cursor::default(), std::time::Duration::ZERO).expect("it is watched");
    watched.messages.iter().map(|(_, said)| said.text.to_string()).collect()
}

#[test]
fn an_answer_finds_its_mail_and_its_conversation() {
    let mut rooms = Rooms::open(PROGRAM);
    let (ada, run, id) = sent(&rooms);
    let quoted = "Fine, thanks.\n\nOn Mon, 1 Dec 2025 at 10:00, Acme <hello@acme.example> wrote:\n> How are you?\n";
    let answer = letter("1", ADA, &format!("In-Reply-To: <{id}>\nReferences: <{id}>\n"), quoted);
    let said = rooms.mail(&answer);
    assert_eq!((said.status, said.text().as_str()), (200, "taken: an answer to a mail"));
    rooms.again();
    rooms.office.now();
    assert_eq!(result(&rooms.office.shown(run)), Value::text("replied Fine, thanks."));
    let mail = &rooms.office.records("Mail")[0];
    assert_ne!(field(mail, "replied"), Value::Null);
    let contacts = rooms.office.records("Contact");
    assert_eq!(contacts.len(), 1, "whoever answers is who it was sent to");
    assert_eq!(field(&contacts[0], "first_name"), Value::text("Ada"));
    let conversations = rooms.office.records("Conversation");
    assert_eq!((conversations.len(), field(&conversations[0], "channel")), (1, Value::text("email")));
    assert_eq!(notes(&rooms, "Contact", ada), ["heard Fine, thanks."]);
    // The same mail again is passed over; the next one of the thread goes where the first went.
    assert_eq!(rooms.mail(&answer).text(), "passed over: it came before");
    let next =
        letter("2", ADA, &format!("In-Reply-To: <1@example.com>\nReferences: <{id}> <1@example.com>\n"), "And you?");
    assert_eq!(rooms.mail(&next).status, 200);
    rooms.office.now();
    assert_eq!(rooms.office.records("Conversation").len(), 1);
    assert_eq!(notes(&rooms, "Contact", ada), ["heard Fine, thanks.", "heard And you?"]);
    let came = rooms.office.records("IncomingMail");
    assert_eq!(field(&came[1], "references"), Value::text(format!("<{id}> <1@example.com>")));
    assert_eq!(field(&came[0], "answers"), Value::Int(mail.id));
}

#[test]
fn a_question_by_mail_is_answered_by_mail() {
    let rooms = Rooms::open(PROGRAM);
    assert_eq!(rooms.mail(&letter("1", "eve@example.com", "", "I have a question")).text(), "taken: a message");
    rooms.office.now();
    let run = rooms.office.newest("asks");
    assert_eq!(run.run.status, RunStatus::Waiting);
    let next = letter("2", "eve@example.com", "In-Reply-To: <1@example.com>\n", "Order A1\n-- \nEve\n");
    assert_eq!(rooms.mail(&next).status, 200);
    rooms.office.now();
    let run = rooms.office.shown(run.run.run);
    assert_eq!(result(&run), Value::text("about Order A1"));
    assert_eq!(rooms.office.records("Conversation").len(), 1);
    assert_eq!(rooms.office.records("Contact").len(), 1);
    let texts: Vec<String> = said(&rooms, run.run.run);
    assert_eq!(texts, ["I have a question", "Which order is it about?", "Order A1"]);
}

#[test]
fn whoever_knows_a_number_does_not_speak_for_somebody_else() {
    let rooms = Rooms::open(PROGRAM);
    let (_, run, id) = sent(&rooms);
    let eve = letter("9", "Eve <eve@example.com>", &format!("In-Reply-To: <{id}>\n"), "I am Ada");
    assert_eq!(rooms.mail(&eve).text(), "taken: a message");
    rooms.office.now();
    assert_eq!(rooms.office.shown(run).run.status, RunStatus::Waiting);
    assert_eq!(field(&rooms.office.records("Mail")[0], "replied"), Value::Null);
    let conversation = &rooms.office.records("Conversation")[0];
    assert_ne!(field(conversation, "contact"), Value::Int(1));
}

#[test]
fn what_nobody_has_written_is_passed_over() {
    let rooms = Rooms::open(PROGRAM);
    let (_, run, id) = sent(&rooms);
    let answers = format!("In-Reply-To: <{id}>\n");
    for (number, more) in [
        "Auto-Submitted: auto-replied\n",
        "Auto-Submitted: auto-generated (vacation)\n",
        "Precedence: bulk\n",
        "Precedence: auto_reply\n",
        "X-Autoreply: yes\n",
        "X-Autorespond: holiday\n",
        "Return-Path: <>\n",
    ]
    .into_iter()
    .enumerate()
    {
        let said = rooms.mail(&letter(&format!("auto{number}"), ADA, &format!("{answers}{more}"), "I am away."));
        assert!(said.status == 200 && said.text().starts_with("passed over: "), "{more} {}", said.text());
    }
    for (from, told) in [("Acme <HELLO@acme.example>", "an address of our own"), ("nobody", ""), ("", "")] {
        let said = rooms.mail(&letter("own", from, &answers, "Hi"));
        assert!(said.text().contains(told) && !said.text().starts_with("taken"), "{from} {}", said.text());
    }
    let own = letter("x", ADA, "", "Hi").replace("<x@example.com>", &format!("<{id}>"));
    assert_eq!(rooms.mail(&own).text(), "passed over: it is a mail of our own");
    rooms
        .office
        .engine()
        .perform(vec![flow_vm::engine::Act::Call { action: "Contact.block".into(), args: vec![Value::Int(1)] }])
        .expect("well")
        .remove(0)
        .expect("blocked");
    assert_eq!(rooms.mail(&letter("blocked", ADA, &answers, "Hi")).text(), "passed over: the contact is blocked");
    rooms.office.now();
    assert_eq!(rooms.office.shown(run).run.status, RunStatus::Waiting);
    assert!(rooms.office.records("IncomingMail").is_empty() && rooms.office.records("Conversation").is_empty());
    // Whoever says that nothing of it came by itself has written it.
    let unblocked = rooms.mail(&letter("no", "bob@example.com", "Auto-Submitted: no\nPrecedence: list\n", "Hi"));
    assert_eq!(unblocked.text(), "taken: a message");
}

#[test]
fn a_mail_that_comes_back_is_told_once() {
    let rooms = Rooms::open(PROGRAM);
    let (ada, run, id) = sent(&rooms);
    let report = |action: &str, original: &str| {
        format!(
            "From: MAILER-DAEMON@mx.example.com\nTo: hello@acme.example\nSubject: Undelivered\nMessage-ID: <r{action}@mx>\n\
             Auto-Submitted: auto-replied\nMIME-Version: 1.0\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
             --b\nContent-Type: text/plain\n\nIt did not work.\n\n--b\nContent-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; ada@example.com\nAction: {action}\n\
             Status: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n--b\nContent-Type: {original}\n\n\
             Message-ID: <{id}>\nSubject: Welcome\n\n--b--\n"
        )
    };
    let delayed = rooms.mail(&report("delayed", "text/rfc822-headers"));
    assert!(delayed.text().contains("no mail has come back"), "{}", delayed.text());
    assert_eq!(rooms.mail(&report("failed", "text/rfc822-headers")).text(), "taken: a mail came back");
    assert_eq!(rooms.mail(&report("failed", "message/rfc822")).text(), "passed over: it came before");
    let other = report("failed", "message/rfc822").replace(&id, "other@acme.example");
    assert_eq!(rooms.mail(&other).text(), "passed over: a mail came back that is not known here");
    rooms.office.now();
    assert_eq!(notes(&rooms, "Contact", ada), ["bounced: 550 no such user"]);
    assert_eq!(rooms.office.shown(run).run.status, RunStatus::Waiting, "it is no answer");
    assert_ne!(field(&rooms.office.records("Mail")[0], "bounced"), Value::Null);
}

#[test]
fn html_is_read_as_people_do_and_without_what_it_quotes() {
    let rooms = Rooms::open(PROGRAM);
    let mail = "From: ada@example.com\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\nMessage-ID: <h@example.com>\nMIME-Version: 1.0\n\
                Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
                <html><head><style>p{}</style></head><body><p>Gr=FC=DFe &amp; <b>thanks</b></p><script>alert(1)</script>\
                <div class=3D\"gmail_quote\"><div>On Monday Acme wrote:</div><blockquote>How <blockquote>x</blockquote> are you?</blockquote></div></body></html>\n";
    assert_eq!(rooms.mail(mail).text(), "taken: a message");
    let came = &rooms.office.records("IncomingMail")[0];
    assert_eq!((field(came, "text"), field(came, "subject")), (Value::text("Grüße & thanks"), Value::text("Grüße")));
}

#[test]
fn only_who_shows_the_token_or_signs_hands_mails_in() {
    let rooms = Rooms::open(PROGRAM);
    let mail = letter("1", ADA, "", "Hi").replace('\n', "\r\n");
    let kind = ("Content-Type", "message/rfc822".to_owned());
    let bearer = |token: &str| ("Authorization", format!("Bearer {token}"));
    let send = |headers: &[(&str, String)]| rooms.send("POST", "/mail", headers, mail.as_bytes()).status;
    assert_eq!(send(&[kind.clone(), bearer("")]), 401);
    assert_eq!(send(&[kind.clone(), ("Authorization", format!("Basic {}", SECRETS[0].1))]), 401);
    assert_eq!(send(&[kind.clone(), ("Authorization", SECRETS[0].1.to_owned())]), 401);
    let bare = rooms.send("POST", "/mail", std::slice::from_ref(&kind), mail.as_bytes());
    assert_eq!((bare.status, bare.header("www-authenticate")), (401, Some("Bearer")));
    assert!(bare.text().contains("the token is missing") && !bare.text().contains("sign"), "{}", bare.text());
    let wrong = rooms.send("POST", "/mail", &[kind.clone(), bearer("sesame")], mail.as_bytes());
    assert_eq!((wrong.text().as_str(), wrong.header("www-authenticate")), ("the token is wrong", Some("Bearer")));
    assert_eq!(send(&[kind.clone(), bearer("sesame-open-wide-4712")]), 401);
    assert_eq!(send(&[bearer(SECRETS[0].1)]), 415);
    assert_eq!(rooms.get("/mail").status, 405);
    rooms.office.now();
    assert!(rooms.office.records("IncomingMail").is_empty());
    let now = BEGINNING_US / 1_000_000;
    let signed = |secret: &str, seconds: i64| {
        let signature = crate::hooks::sign(secret, "d1", seconds, &mail);
        let headers = [
            ("webhook-id", "d1".to_owned()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        send(&[vec![kind.clone()], headers.to_vec()].concat())
    };
    assert_eq!(signed(SECRETS[2].1, now), 401);
    assert_eq!(signed(SECRETS[1].1, now - 301), 401);
    assert!(rooms.office.records("IncomingMail").is_empty());
    assert_eq!(signed(SECRETS[1].1, now), 200);
    assert_eq!(send(&[kind.clone(), bearer(SECRETS[0].1)]), 200);
    for scheme in ["bearer", "BEARER", "bEaReR "] {
        let token = ("Authorization", format!("{scheme} {}", SECRETS[0].1));
        let said = rooms.send("POST", "/mail", &[kind.clone(), token], mail.as_bytes());
        assert_eq!((said.status, said.text().as_str()), (200, "passed over: it came before"), "{scheme}");
    }
    assert_eq!(rooms.office.records("IncomingMail").len(), 1);
}

#[test]
fn what_signs_alone_is_asked_for_where_there_is_no_token() {
    let mut rooms = Rooms::open(PROGRAM);
    let mut settings = rooms.settings();
    settings.mail =
        Some(flow_stdlib::channel::MailIn { token: None, secrets: vec!["mail_hook".to_owned()], mailbox: None });
    rooms.serve(settings);
    let mail = letter("1", ADA, "", "Hi").replace('\n', "\r\n");
    let headers =
        [("Content-Type", "message/rfc822".to_owned()), ("Authorization", format!("Bearer {}", SECRETS[0].1))];
    let said = rooms.send("POST", "/mail", &headers, mail.as_bytes());
    assert_eq!(said.status, 400);
    assert!(said.text().contains("it is not signed"), "{}", said.text());
    assert!(rooms.office.records("IncomingMail").is_empty());
}

#[test]
fn garbage_is_told_and_breaks_nothing() {
    let rooms = Rooms::open(PROGRAM);
    let (_, _, id) = sent(&rooms);
    let report = include_str!("garbage/report.eml").replace('\n', "\r\n");
    let whole = letter("m", ADA, &format!("In-Reply-To: <{id}>\n"), "Hi").replace('\n', "\r\n");
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 16).unwrap_or(0)
    };
    let headers =
        [("Authorization", format!("Bearer {}", SECRETS[0].1)), ("Content-Type", "message/rfc822".to_owned())];
    for round in 0..240 {
        let mut bytes = match round % 4 {
            0 => (0..next() % 2_000).map(|_| u8::try_from(next() % 256).unwrap_or(0)).collect::<Vec<u8>>(),
            1 => report.clone().into_bytes(),
            _ => whole.clone().into_bytes(),
        };
        for _ in 0..next() % 12 {
            if bytes.is_empty() {
                break;
            }
            let at = next() % bytes.len();
            match next() % 5 {
                0 => bytes[at] = u8::try_from(next() % 256).unwrap_or(0),
                1 => drop(bytes.drain(at..(at + next() % 40).min(bytes.len()))),
                2 => bytes.truncate(at),
                3 => {
                    let piece = bytes[at..(at + next() % 200).min(bytes.len())].to_vec();
                    let to = next() % bytes.len();
                    bytes.splice(to..to, piece);
                }
                _ => {
                    bytes.splice(
                        at..at,
                        b"\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n".iter().copied(),
                    );
                }
            }
        }
        let status = rooms.send("POST", "/mail", &headers, &bytes).status;
        assert!(matches!(status, 200 | 422), "{status} to {:?}", String::from_utf8_lossy(&bytes));
    }
    // Many parts, and one in another in another.
    let many = format!(
        "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n{}",
        "--b\r\n\r\nx\r\n".repeat(2_000)
    );
    assert_eq!(rooms.send("POST", "/mail", &headers, many.as_bytes()).status, 422);
    let mut deep = String::from("From: a@example.com\r\n");
    for level in 0..3_000 {
        deep.push_str(&format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n"));
    }
    assert!(matches!(rooms.send("POST", "/mail", &headers, deep.as_bytes()).status, 200 | 422));
    let nested = "From: a@example.com\r\nContent-Type: message/rfc822\r\n\r\n".repeat(3_000);
    assert!(matches!(rooms.send("POST", "/mail", &headers, nested.as_bytes()).status, 200 | 422));
    rooms.office.now();
    assert_eq!(rooms.get("/health").status, 200);
    assert_eq!(rooms.mail(&letter("still", "eve@example.com", "", "Hi")).status, 200);
}
