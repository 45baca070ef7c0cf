//! What becomes of a mail comes back.

use crate::rooms::{Rooms, found, path};
use flow_bytecode::Value;
use flow_tests::office::{field, result};
use flow_vm::engine::{Act, Control, RunStatus};
use mail_parser::MessageParser;
use serde_json::json;

const PROGRAM: &str = r##"
tag clicked, opened, out, quiet
link pricing "Our prices" -> "https://ACME.example/pricing?a=1&b=2"
link home -> "https://acme.example"

flow looked(contact: Contact)
    on link.clicked(.pricing)
    overlap allow
{
    contact.add_note("looked at the prices")
}

flow came(contact: Contact)
    on link.clicked(.home)
{
    contact.add_note("came home")
}

flow welcome(contact: Contact) -> Text {
    let address = contact.email else { return "nobody" }
    let mail = email.send(
        to: address,
        subject: "Welcome",
        html: "<p>See <a href=\"https://acme.example/pricing?a=1&amp;b=2\">our prices</a> or <a href=\"mailto:us@acme.example\">write</a>.</p>",
    )
    wait #nudge {
        on email.clicked(mail) as click -> return "clicked {{click.url}}"
        on email.opened(mail)           -> contact.add_tags([.opened])
        on email.replied(mail) as reply -> return "replied {{reply.text}}"
        after 3 days                    -> return "nothing"
    }
    wait #again {
        on email.clicked(mail) as click -> return "clicked {{click.url}}"
        on email.replied(mail) as reply -> return "replied {{reply.text}}"
        after 3 days                    -> return "nothing"
    }
}

flow plain(contact: Contact) {
    let address = contact.email else { stop }
    email.send(to: address, subject: "Plain", html: "<a href=\"https://acme.example/\">us</a>", track: false)
}

flow counted(mail: Mail)
    on email.clicked
    overlap allow
{
    let contact = mail.contact else { stop }
    contact.add_note("clicked")
}

flow no_more(mail: Mail)
    on email.unsubscribed
{
    let contact = mail.contact else { stop }
    contact.add_tags([.out])
    contact.add_note("out")
}
"##;

fn ada(rooms: &Rooms) -> i64 {
    rooms.office.record("Contact", json!({ "email": "ada@example.com", "first_name": "Ada" }))
}

fn notes(rooms: &Rooms, contact: i64) -> Vec<String> {
    let history = rooms.office.engine().history("Contact", contact).expect("a history");
    history.notes.iter().map(|note| note.text.to_string()).collect()
}

#[test]
fn a_link_that_is_followed_goes_on_to_where_it_leads() {
    let mut rooms = Rooms::open(PROGRAM);
    let ada = ada(&rooms);
    let run = rooms.office.start("welcome", json!({ "contact": ada }));
    rooms.office.now();
    let (links, pictures) = found(&rooms.post.received()[0]);
    assert_eq!((links.len(), pictures.len()), (2, 1));
    assert_eq!(links[1], "mailto:us@acme.example");
    // Whoever only looks has not followed it.
    let head = rooms.send("HEAD", path(&links[0]), &[], b"");
    assert_eq!((head.status, head.header("location")), (302, Some("https://acme.example/pricing?a=1&b=2")));
    for (name, value) in [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Moz", "prefetch")] {
        let ahead = rooms.send("GET", path(&links[0]), &[(name, value.to_owned())], b"");
        assert_eq!((ahead.status, ahead.header("location")), (503, None), "{name}");
    }
    rooms.office.now();
    assert_eq!(field(&rooms.office.records("Mail")[0], "clicked"), Value::Null);
    // The mail is opened, then the link is followed, each by another process than the one that sent it.
    let picture = rooms.get(path(&pictures[0]));
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/gif")));
    assert_eq!(&picture.body[..6], b"GIF89a");
    rooms.again();
    rooms.office.now();
    assert_eq!(rooms.office.shown(run).run.status, RunStatus::Waiting, "it waits for more");
    let click = rooms.get(path(&links[0]));
    assert_eq!((click.status, click.header("location")), (302, Some("https://acme.example/pricing?a=1&b=2")));
    assert_eq!(
        (click.header("cache-control"), click.header("referrer-policy")),
        (Some("no-store"), Some("no-referrer"))
    );
    rooms.again();
    rooms.office.now();
    assert_eq!(result(&rooms.office.shown(run)), Value::text("clicked https://acme.example/pricing?a=1&b=2"));
    let mail = &rooms.office.records("Mail")[0];
    for name in ["opened", "clicked"] {
        assert_ne!(field(mail, name), Value::Null, "{name}");
    }
    assert_eq!(field(&rooms.office.records("Contact")[0], "tags"), Value::List(vec![Value::text("opened")].into()));
}

#[test]
fn a_double_click_counts_once_and_a_later_one_again() {
    let rooms = Rooms::open(PROGRAM);
    let ada = ada(&rooms);
    rooms.office.start("welcome", json!({ "contact": ada }));
    rooms.office.now();
    let (links, _) = found(&rooms.post.received()[0]);
    for _ in 0..3 {
        assert_eq!(rooms.get(path(&links[0])).status, 302);
    }
    rooms.office.now();
    assert_eq!(notes(&rooms, ada), ["looked at the prices", "clicked"]);
    let first = field(&rooms.office.records("Mail")[0], "clicked");
    rooms.office.clock.advance(60_000_000);
    assert_eq!(rooms.get(path(&links[0])).status, 302);
    rooms.office.now();
    assert_eq!(notes(&rooms, ada), ["looked at the prices", "clicked", "looked at the prices", "clicked"]);
    assert_eq!(field(&rooms.office.records("Mail")[0], "clicked"), first, "when it was first");
}

#[test]
fn nobody_is_sent_where_we_have_not_written() {
    let rooms = Rooms::open(PROGRAM);
    let ada = ada(&rooms);
    rooms.office.start("welcome", json!({ "contact": ada }));
    rooms.office.now();
    let (links, pictures) = found(&rooms.post.received()[0]);
    let (link, picture) = (path(&links[0]), path(&pictures[0]));
    let token = link.strip_prefix("/c/").and_then(|rest| rest.split('?').next()).expect("a token");
    let other = if token.ends_with('A') { "B" } else { "A" };
    let wrong = format!("{}{other}", &token[..token.len() - 1]);
    let evil = "u=https%3A%2F%2Fevil.example%2F";
    for path in [
        format!("/c/{token}?{evil}"),
        format!("/c/{token}"),
        format!("/c/{token}?u="),
        format!("/c/{token}?{evil}&{}", link.split('?').nth(1).expect("a query")),
        link.replace(token, &wrong),
        link.replace("pricing", "pricing2"),
        picture.replace(".gif", ""),
        picture.replace("/o/", "/o/A"),
        format!("/o/{token}.gif"),
        format!("/unsubscribe/{token}"),
        "/c/".to_owned(),
        "/".to_owned(),
        "//evil.example/c/x".to_owned(),
        "/c/%00?u=%ff".to_owned(),
        format!("/c/{}?{evil}", "A".repeat(4_000)),
    ] {
        let said = rooms.get(&path);
        assert_eq!((said.status, said.header("location")), (404, None), "{path}");
    }
    let mut post = rooms.send("POST", link, &[], b"");
    assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
    post = rooms.send("DELETE", "/health", &[], b"");
    assert_eq!(post.status, 405);
    rooms.office.now();
    let mail = &rooms.office.records("Mail")[0];
    assert_eq!((field(mail, "clicked"), field(mail, "opened")), (Value::Null, Value::Null));
    assert_eq!((rooms.get("/health").status, rooms.get("/health").text()), (200, "ok".to_owned()));
}

#[test]
fn the_links_of_a_mail_that_is_left_out_are_as_they_were_written() {
    let rooms = Rooms::open(PROGRAM);
    let ada = ada(&rooms);
    rooms.office.run("plain", json!({ "contact": ada }));
    let received = rooms.post.received();
    assert_eq!(found(&received[0]), (vec!["https://acme.example/".to_owned()], vec![]));
    let message = MessageParser::default().parse(&received[0].data).expect("a mail");
    // Whoever gets it can still say that they want no more.
    let way_out = message.header_raw("List-Unsubscribe").expect("an address to unsubscribe at");
    assert!(way_out.contains("<https://go.acme.example/unsubscribe/"), "{way_out}");
}

#[test]
fn the_way_out_is_one_click_and_counts_once() {
    let rooms = Rooms::open(PROGRAM);
    let ada = ada(&rooms);
    rooms.office.start("welcome", json!({ "contact": ada }));
    rooms.office.now();
    let received = rooms.post.received();
    let message = MessageParser::default().parse(&received[0].data).expect("a mail");
    assert_eq!(message.header_raw("List-Unsubscribe-Post").map(str::trim), Some("List-Unsubscribe=One-Click"));
    let header = message.header_raw("List-Unsubscribe").expect("a way out").trim();
    let out = path(header.trim_matches(['<', '>'])).to_owned();
    // A program that follows links has not asked for anything.
    let asked = rooms.get(&out);
    assert_eq!(asked.status, 200);
    assert!(asked.text().contains("<button>Unsubscribe</button>"), "{}", asked.text());
    rooms.office.now();
    assert!(notes(&rooms, ada).is_empty());
    for _ in 0..2 {
        assert_eq!(rooms.send("POST", &out, &[], b"List-Unsubscribe=One-Click").status, 200);
        rooms.office.now();
    }
    assert_eq!(notes(&rooms, ada), ["out"]);
    assert_ne!(field(&rooms.office.records("Mail")[0], "unsubscribed"), Value::Null);
}

#[test]
fn a_link_of_somebody_who_is_erased_still_leads_on() {
    let rooms = Rooms::open(PROGRAM);
    let ada = ada(&rooms);
    rooms.office.start("welcome", json!({ "contact": ada }));
    rooms.office.now();
    let (links, pictures) = found(&rooms.post.received()[0]);
    let act = Act::Call { action: "Contact.delete".to_owned(), args: vec![Value::Int(ada)] };
    rooms.office.engine().perform(vec![act]).expect("the store is well").remove(0).expect("it is deleted");
    rooms.office.now();
    assert!(rooms.office.records("Mail").is_empty());
    let click = rooms.get(path(&links[0]));
    assert_eq!((click.status, click.header("location")), (302, Some("https://acme.example/pricing?a=1&b=2")));
    assert_eq!(rooms.get(path(&pictures[0])).status, 200);
}
