//! `ticket.reply`: by the way that the ticket came.

use crate::rooms::Rooms;
use flow_bytecode::Value;
use flow_tests::office::{field, kind, result};
use flow_vm::engine::{Act, Control};
use mail_parser::MessageParser;
use serde_json::json;

const PROGRAM: &str = r##"
team support

flow takes(conversation: Conversation, text: Text)
    on message.received where conversation.channel == .email and not text.contains("thanks")
{
    let grace = teammates.find(email: "grace@acme.example") else { stop }
    let ticket = tickets.create(contact: conversation.contact, subject: "Broken", conversation: conversation)
    ticket.assign(to: grace)
}

flow answer(ticket: Ticket, text: Text, signature: Bool) -> Mail? {
    return ticket.reply(text, signature: signature)
}

flow heard(ticket: Ticket, text: Text)
    on ticket.replied
    overlap allow
{
    ticket.add_note("{{ticket.status}}: {{text}}")
}

flow waits(ticket: Ticket) -> Text {
    wait #answer {
        on ticket.replied(ticket) as reply -> return reply.text
        after 3 days                       -> return "nothing"
    }
}

flow changed(ticket: Ticket)
    on ticket.changed where ticket.status == .open
    overlap allow
{
    ticket.contact.add_note("open again")
}
"##;

fn act(rooms: &Rooms, act: Act) {
    rooms.office.engine().perform(vec![act]).expect("well").remove(0).expect("it is done");
}

fn mail(id: &str, more: &str, text: &str) -> String {
    format!(
        "From: Ada <ada@example.com>\nTo: hello@acme.example\nSubject: It is broken\nMessage-ID: <{id}@example.com>\n{more}\n{text}\n"
    )
}

#[test]
fn a_ticket_that_came_by_mail_is_answered_in_its_thread() {
    let mut rooms = Rooms::open(PROGRAM);
    let grace = json!({ "name": "Grace Hopper", "email": "grace@acme.example", "signature": "Grace\nAcme support" });
    rooms.office.record("Teammate", grace);
    let first = mail("1", "References: <0@example.com>\n", "It fell\nfrom the table.");
    assert_eq!(rooms.mail(&first).text(), "taken: a message");
    rooms.office.now();
    let ticket = rooms.office.records("Ticket")[0].id;
    let args = json!({ "ticket": ticket, "text": "It is on its way.", "signature": true });
    let run = rooms.office.run("answer", args);
    let sent = result(&run);
    let received = rooms.post.received();
    let message = MessageParser::default().parse(&received[0].data).expect("a mail");
    assert_eq!(received[0].to, ["ada@example.com"]);
    assert_eq!(message.subject(), Some("Re: It is broken"));
    let text = message.body_text(0).expect("a text").replace("\r\n", "\n");
    assert_eq!(text.trim_end(), "It is on its way.\n\n-- \nGrace\nAcme support");
    let raw = |name: &str| message.header_raw(name).map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(raw("In-Reply-To").as_deref(), Some("<1@example.com>"));
    assert_eq!(raw("Auto-Submitted").as_deref(), Some("auto-replied"));
    assert_eq!(raw("References").as_deref(), Some("<0@example.com> <1@example.com>"));
    let record = &rooms.office.records("Mail")[0];
    assert_eq!(sent, Value::Int(record.id));
    assert_eq!((field(record, "ticket"), field(record, "sent").is_null()), (Value::Int(ticket), false));
    assert_eq!(field(record, "flow"), Value::text("main.answer"));
    // What the customer says to that is said of the ticket, also where the program quotes nothing.
    rooms.again();
    let answer = mail("2", &format!("In-Reply-To: <{}>\n", message.message_id().expect("a number")), "Many thanks!");
    assert_eq!(rooms.mail(&answer).text(), "taken: it belongs to a ticket");
    rooms.office.now();
    let history = rooms.office.engine().history("Ticket", ticket).expect("a history");
    assert_eq!(history.notes.iter().map(|note| note.text.as_ref()).collect::<Vec<_>>(), ["Open: Many thanks!"]);
    assert_eq!((rooms.office.records("Conversation").len(), rooms.office.records("Ticket").len()), (1, 1));
    // And the next answer goes on from there.
    rooms.office.run("answer", json!({ "ticket": ticket, "text": "Welcome.", "signature": false }));
    let received = rooms.post.received();
    let next = MessageParser::default().parse(&received[1].data).expect("a mail");
    assert_eq!(next.header_raw("In-Reply-To").map(str::trim), Some("<2@example.com>"));
    assert_eq!(next.body_text(0).as_deref().map(str::trim), Some("Welcome."));
}

#[test]
fn a_ticket_that_came_otherwise_is_answered_where_it_came() {
    let rooms = Rooms::open(PROGRAM);
    let ada = rooms.office.record("Contact", json!({ "email": "ada@example.com" }));
    let chat = rooms.office.record("Conversation", json!({ "contact": ada, "channel": "chat", "status": "open" }));
    let ticket = rooms.office.record("Ticket", json!({ "contact": ada, "subject": "Broken", "conversation": chat }));
    let args = |ticket: i64, text: &str| json!({ "ticket": ticket, "text": text, "signature": true });
    assert_eq!(result(&rooms.office.run("answer", args(ticket, "It is on its way."))), Value::Null);
    assert!(rooms.post.received().is_empty());
    let history = rooms.office.engine().history("Conversation", chat).expect("a history");
    assert_eq!(history.messages.iter().map(|said| said.text.as_ref()).collect::<Vec<_>>(), ["It is on its way."]);
    // One without a conversation is answered by email, and gets one.
    let bare = rooms.office.record("Ticket", json!({ "contact": ada, "subject": "Re: Late\nBcc: eve@example.com" }));
    assert!(!result(&rooms.office.run("answer", args(bare, "Tomorrow."))).is_null());
    let received = rooms.post.received();
    let message = MessageParser::default().parse(&received[0].data).expect("a mail");
    assert_eq!((message.subject(), message.bcc()), (Some("Re: Late Bcc: eve@example.com"), None));
    assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"), "it answers no mail");
    assert!(rooms.office.records("Ticket").iter().all(|ticket| !field(ticket, "conversation").is_null()));
    // Nothing to say, nobody to say it to.
    assert_eq!(kind(&rooms.office.run("answer", args(bare, " "))), "invalid");
    act(&rooms, Act::Call { action: "Contact.block".into(), args: vec![Value::Int(ada)] });
    assert_eq!(kind(&rooms.office.run("answer", args(bare, "Hi"))), "rejected");
    assert_eq!(rooms.post.received().len(), 1);
}

#[test]
fn a_ticket_that_is_solved_is_open_again_and_one_that_is_closed_stays() {
    let rooms = Rooms::open(PROGRAM);
    rooms.office.record("Teammate", json!({ "name": "Grace Hopper", "email": "grace@acme.example" }));
    assert_eq!(rooms.mail(&mail("1", "", "It fell.")).status, 200);
    rooms.office.now();
    let ticket = rooms.office.records("Ticket")[0].id;
    let conversation = rooms.office.records("Conversation")[0].id;
    let reply = |text: &str| {
        rooms.office.start("answer", json!({ "ticket": ticket, "text": text, "signature": false }));
        rooms.office.now();
        let sent = rooms.post.received().pop().expect("a mail");
        let id = MessageParser::default().parse(&sent.data).expect("a mail").message_id().map(str::to_owned);
        format!("In-Reply-To: <{}>\n", id.expect("a number"))
    };
    let status = |value: &str| {
        act(
            &rooms,
            Act::Set { entity: "Ticket".into(), id: ticket, fields: vec![("status".into(), Value::text(value))] },
        )
    };
    let opened = || {
        let history = rooms.office.engine().history("Contact", 1).expect("a history");
        history.notes.iter().filter(|note| &*note.text == "open again").count()
    };
    let waits = rooms.office.start("waits", json!({ "ticket": ticket }));
    rooms.office.now();
    for (number, before) in ["pending", "solved"].into_iter().enumerate() {
        status(before);
        let args = vec![Value::Int(conversation), Value::Null];
        act(&rooms, Act::Call { action: "Conversation.close".into(), args });
        let answers = reply("Is it well?");
        rooms.office.now();
        let before_it = opened();
        let said = rooms.mail(&mail(&format!("a{number}"), &answers, "It fell again, many thanks."));
        assert_eq!(said.text(), "taken: it belongs to a ticket");
        rooms.office.now();
        assert_eq!(field(&rooms.office.records("Ticket")[0], "status"), Value::text("open"), "{before}");
        assert_eq!(field(&rooms.office.records("Conversation")[0], "status"), Value::text("open"), "{before}");
        assert_eq!(opened() - before_it, 1, "whoever listens is told");
    }
    assert_eq!(result(&rooms.office.shown(waits)), Value::text("It fell again, many thanks."));
    let notes = || rooms.office.engine().history("Ticket", ticket).expect("a history").notes.len();
    assert_eq!(notes(), 2);
    // Done for good: what they say now is a request of its own.
    status("closed");
    let answers = reply("Goodbye.");
    assert_eq!(rooms.mail(&mail("b", &answers, "It fell a third time.")).text(), "taken: an answer to a mail");
    rooms.office.now();
    let tickets = rooms.office.records("Ticket");
    assert_eq!((tickets.len(), field(&tickets[0], "status")), (2, Value::text("closed")));
    assert_eq!((rooms.office.records("Conversation").len(), notes()), (2, 2));
    // What they say to that belongs there.
    let next = mail("c", "In-Reply-To: <b@example.com>\n", "many thanks");
    assert_eq!(rooms.mail(&next).text(), "taken: it belongs to a ticket");
    assert_eq!(rooms.office.records("Conversation").len(), 2);
}

#[test]
fn who_goes_on_from_their_own_mail_is_heard_in_its_ticket() {
    let rooms = Rooms::open(PROGRAM);
    rooms.office.record("Teammate", json!({ "name": "Grace Hopper", "email": "grace@acme.example" }));
    assert_eq!(rooms.mail(&mail("1", "", "It fell.")).text(), "taken: a message");
    rooms.office.now();
    let ticket = rooms.office.records("Ticket")[0].id;
    let status = |value: &str| {
        act(
            &rooms,
            Act::Set { entity: "Ticket".into(), id: ticket, fields: vec![("status".into(), Value::text(value))] },
        )
    };
    let waits = rooms.office.start("waits", json!({ "ticket": ticket }));
    rooms.office.now();
    status("solved");
    let again = mail("2", "References: <1@example.com>\n", "It fell again, many thanks.");
    assert_eq!(rooms.mail(&again).text(), "taken: it belongs to a ticket");
    rooms.office.now();
    assert_eq!(field(&rooms.office.records("Ticket")[0], "status"), Value::text("open"));
    assert_eq!(result(&rooms.office.shown(waits)), Value::text("It fell again, many thanks."));
    assert_eq!(field(&rooms.office.records("IncomingMail")[1], "ticket"), Value::Int(ticket));
    // Somebody else who names that mail does not speak for them.
    let other = mail("3", "References: <1@example.com>\n", "Mine too, thanks.").replace("ada@", "eve@");
    assert_eq!(rooms.mail(&other).text(), "taken: a message");
    // Done for good: what they say now is a conversation of its own, and a ticket of its own.
    status("closed");
    let closed = mail("4", "In-Reply-To: <1@example.com>\n", "And a third time.");
    assert_eq!(rooms.mail(&closed).text(), "taken: a message");
    rooms.office.now();
    let tickets = rooms.office.records("Ticket");
    assert_eq!((tickets.len(), field(&tickets[0], "status")), (2, Value::text("closed")));
    assert_eq!(rooms.office.records("Conversation").len(), 3);
}

#[test]
fn what_is_said_once_a_mail_has_left_is_said_by_the_flow_that_sent_it() {
    const BESIDE: &str = r#"
team support

flow new_request(conversation: Conversation, text: Text)
    on message.received where conversation.channel == .email
{
    let ticket = tickets.create(contact: conversation.contact, subject: "Request", conversation: conversation)
    ticket.reply("We have got your mail.")
}

flow welcome(contact: Contact)
    on contact.created
{
    let address = contact.email else { stop }
    email.send(to: address, subject: "Welcome", text: "Hello")
}
"#;
    let rooms = Rooms::open(BESIDE);
    for who in ["ada", "bob", "eve"] {
        let one = mail(who, "", "It fell.").replace("ada@", &format!("{who}@"));
        assert_eq!(rooms.mail(&one).text(), "taken: a message");
    }
    rooms.office.settle();
    for conversation in rooms.office.records("Conversation") {
        let history = rooms.office.engine().history("Conversation", conversation.id).expect("a history");
        let said: Vec<_> = history.messages.iter().map(|said| (&*said.text, said.flow.as_deref())).collect();
        assert_eq!(said, [("It fell.", None), ("We have got your mail.", Some("main.new_request"))]);
    }
}
