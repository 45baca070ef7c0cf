//! `contact.delete()` leaves nothing of what came in.

use crate::rooms::Rooms;
use flow_bytecode::Value;
use flow_vm::engine::{Act, Control};
use serde_json::json;
use std::path::Path;

const PROGRAM: &str = r##"
flow welcome(contact: Contact) {
    let address = contact.email else { stop }
    let mail = email.send(to: address, subject: "Welcome", text: "How are you?")
    wait #answer {
        on email.replied(mail) as reply -> {
            wait 30 days
            contact.add_note(reply.text)
        }
        after 30 days                   -> stop
    }
}

flow takes(conversation: Conversation, text: Text)
    on message.received
{
    tickets.create(contact: conversation.contact, subject: text, conversation: conversation)
}

flow hears(ticket: Ticket)
    on ticket.replied
{
    ticket.add_note("answered")
}
"##;

/// How often a word stands in the files of a folder, whatever its case.
fn held(folder: &Path, word: &str) -> usize {
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let texts = files.filter_map(|file| std::fs::read(file).ok());
    texts.map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase().matches(word).count()).sum()
}

#[test]
fn nothing_of_what_came_in_is_left() {
    let rooms = Rooms::open(PROGRAM);
    let ada = rooms.office.record("Contact", json!({ "email": "ada@lovelace.example" }));
    rooms.office.record("Contact", json!({ "email": "bob@example.com" }));
    rooms.office.start("welcome", json!({ "contact": ada }));
    rooms.office.now();
    let post = rooms.post.received();
    let id =
        mail_parser::MessageParser::default().parse(&post[0].data).expect("a mail").message_id().map(str::to_owned);
    let id = id.expect("a number");
    let answer = |number: &str, from: &str, to: &str, text: &str| {
        format!(
            "From: Ada Zanzibar <{from}>\nSubject: Re: marmalade subject\nMessage-ID: <{number}-kumquat@example.com>\n\
             In-Reply-To: <{to}>\nReferences: <tangerine-before@example.com> <{to}>\n\n{text}\n"
        )
    };
    let letters = [
        answer("1", "ada@lovelace.example", &id, "marmalade one"),
        answer("2", "ada@lovelace.example", "1-kumquat@example.com", "marmalade two"),
        answer("3", "bob@example.com", "none@example.com", "Ask ada@lovelace.example, she has apricots"),
    ];
    for letter in &letters {
        assert_eq!(rooms.mail(letter).status, 200);
        rooms.office.now();
    }
    let bounce = format!(
        "From: MAILER-DAEMON@mx.example.com\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=\"b\"\n\n\
         --b\nContent-Type: message/delivery-status\n\nAction: failed\nDiagnostic-Code: smtp; 550 marmalade for <ada@lovelace.example>\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\n\n--b--\n"
    );
    assert_eq!(rooms.mail(&bounce).text(), "taken: a mail came back");
    rooms.office.now();
    let folder = rooms.office.folder();
    for word in ["ada@lovelace.example", "marmalade", "kumquat", "tangerine", "zanzibar"] {
        assert!(held(folder, word) > 0, "{word} was there");
    }
    let act = Act::Call { action: "Contact.delete".to_owned(), args: vec![Value::Int(ada)] };
    rooms.office.engine().perform(vec![act]).expect("the store is well").remove(0).expect("it is deleted");
    rooms.office.now();
    for word in ["ada@lovelace.example", "marmalade one", "marmalade two", "marmalade for", "1-kumquat", "2-kumquat"] {
        assert_eq!(held(folder, word), 0, "{word}");
    }
    // Of somebody else's mail only the address is masked.
    let mails = rooms.office.records("IncomingMail");
    assert_eq!(mails.len(), 1);
    assert!(held(folder, "she has apricots") > 0 && held(folder, "bob@example.com") > 0);
    // Whoever writes again is somebody new.
    assert_eq!(rooms.mail(&letters[0]).text(), "taken: a message");
    rooms.office.now();
    assert_eq!(rooms.office.records("Contact").len(), 2);
}
