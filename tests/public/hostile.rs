//! Mails made to be more than anybody can read: each is taken or refused, and whoever comes next is served.

use crate::rooms::{Rooms, SECRETS};
use flow_stdlib::email::incoming::MAIL_MAX;

/// Makes a mail when it is its turn: all at once they are half a gigabyte.
type Made<'a> = Box<dyn Fn() -> Vec<u8> + 'a>;

fn hand_in(rooms: &Rooms, mail: &[u8]) -> (u16, String) {
    let headers =
        [("Authorization", format!("Bearer {}", SECRETS[0].1)), ("Content-Type", "message/rfc822".to_owned())];
    let said = rooms.send("POST", "/mail", &headers, mail);
    (said.status, said.text())
}

/// A mail of as many bytes as one has: what it begins with, and what is said again and again.
fn long(begins: &str, again: &str, ends: &str) -> Vec<u8> {
    let times = (MAIL_MAX - begins.len() - ends.len()) / again.len();
    [begins, &again.repeat(times), ends].concat().into_bytes()
}

/// A mail whose head is as long as heads are.
fn head(begins: &str, again: &str) -> Vec<u8> {
    let times = ((1 << 20) - begins.len() - 4) / again.len();
    [begins, &again.repeat(times), "\r\n\r\nHi"].concat().into_bytes()
}

fn nested(level: impl Fn(usize) -> String) -> Vec<u8> {
    let mut mail = String::from("From: a@example.com\r\n");
    for at in 0.. {
        let next = level(at);
        if mail.len() + next.len() > MAIL_MAX {
            break;
        }
        mail.push_str(&next);
    }
    mail.into_bytes()
}

#[test]
fn what_is_made_to_be_too_much_is_refused_or_taken_and_holds_nobody_up() {
    let rooms = Rooms::open("");
    let from = "From: a@example.com\r\n";
    let html = "From: a@example.com\r\nContent-Type: text/html\r\n\r\n";
    let mixed = "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n";
    let part = format!("--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n", "x".repeat(2_550));
    let cases: Vec<(&str, Made<'_>, u16)> = vec![
        ("10,000 parts", Box::new(|| long(mixed, &part, "--b--\r\n")), 422),
        ("a million parts", Box::new(|| long(mixed, "--b\r\n\r\nx\r\n", "--b--\r\n")), 422),
        (
            "parts in parts",
            Box::new(|| nested(|at| format!("Content-Type: multipart/mixed; boundary=\"{at}\"\r\n\r\n--{at}\r\n"))),
            422,
        ),
        ("parts in parts of one name", Box::new(|| nested(|_| mixed[21..].to_owned() + "--b\r\n")), 422),
        ("mails in mails", Box::new(|| nested(|_| "Content-Type: message/rfc822\r\n\r\n".to_owned())), 200),
        ("heads alone", Box::new(|| long(from, "X: y\r\n", "\r\nHi")), 422),
        ("a head that does not end", Box::new(|| long(from, "X", "")), 422),
        ("a header of a million bytes", Box::new(|| head("From: a@example.com\r\nX: ", "y")), 200),
        ("many headers", Box::new(|| head("From: a@example.com\r\nX: y", "\r\nX: y")), 200),
        ("a header on many lines", Box::new(|| head("From: a@example.com\r\nSubject: x", "\r\n y")), 200),
        ("encoded words", Box::new(|| head("From: a@example.com\r\nSubject: ", "=?utf-8?Q?=C3=BC?= ")), 200),
        ("half of an encoded word", Box::new(|| head("From: a@example.com\r\nSubject: =?utf-8?B?", "w7w=")), 200),
        ("halves of encoded words", Box::new(|| head("From: a@example.com\r\nSubject: ", "=?utf-8?Q?")), 200),
        ("senders", Box::new(|| head("From: a@example.com", ", b@example.com")), 200),
        ("groups and comments", Box::new(|| head("From: ", "a:(")), 422),
        ("references", Box::new(|| head("From: a@example.com\r\nReferences: ", "<a@b>\r\n ")), 200),
        ("parameters", Box::new(|| head("From: a@example.com\r\nContent-Type: text/plain", "; a*0*=utf-8''%41")), 200),
        ("elements in elements", Box::new(|| long(html, "<div>", "Hi")), 200),
        ("quotes in quotes", Box::new(|| long(html, "<blockquote>", "Hi")), 200),
        ("tags without an end", Box::new(|| long(html, "<a b='", "Hi")), 200),
        ("references of HTML", Box::new(|| long(html, "&amp;amp;", "Hi")), 200),
        ("lines that are quoted", Box::new(|| long("From: a@example.com\r\n\r\n", "> x\r\n", "")), 200),
        (
            "lines that end with a colon",
            Box::new(|| long("From: a@example.com\r\n\r\n", "On 1 a@b:\r\n> x\r\n", "")),
            200,
        ),
        ("rulers", Box::new(|| long("From: a@example.com\r\n\r\n", "-----\r\n", "")), 200),
        ("one line", Box::new(|| long("From: a@example.com\r\n\r\n", "x", "")), 200),
        (
            "a part that is encoded",
            Box::new(|| long("From: a@example.com\r\nContent-Transfer-Encoding: base64\r\n\r\n", "eHh4eHh4\r\n", "")),
            200,
        ),
        (
            "another alphabet",
            Box::new(|| {
                long("From: a@example.com\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n", "+AGEAYQBh-", "")
            }),
            200,
        ),
    ];
    for (what, mail, status) in cases {
        let (said, text) = hand_in(&rooms, &mail());
        assert_eq!(said, status, "{what}: {text}");
    }
    assert_eq!(hand_in(&rooms, &vec![b'x'; MAIL_MAX + 1]).0, 413);
    assert_eq!(hand_in(&rooms, b"From: a@example.com\r\nMessage-ID: <l@b>\r\n\r\nHi").0, 200);
}
