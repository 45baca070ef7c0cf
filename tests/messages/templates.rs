//! Mails by a template: what arrives, and that what a customer writes stays that in every place of it.

use super::email::{channels, read, takes};
use super::inject::{broken, elements, payloads, runs, words};
use flow_bytecode::Value;
use flow_tests::office::{Office, field, kind};
use flow_tests::terminal::Terminal;
use flow_vm::engine::RunStatus;
use scraper::{Html, Selector};
use serde_json::json;
use std::process::ExitCode;

const PROGRAM: &str = r#"
record Order { id: Text, page: Url }
template many(names: List<Text>)
record Line { name: Text, page: Url, parts: List<Text> }
template listed(lines: List<Line>), paged_list(lines: List<Line>), plain_list(lines: List<Line>)
template marked(name: Text, there: Url), paged(name: Text, there: Url), plain(name: Text), titled(name: Text)
template welcome, receipt(contact: Contact, order: Order, note: Text? = null)

flow marked(name: Text) {
    email.send(to: "ada@example.com", subject: "Hi", template: .marked(name: name, there: "https://example.com/a?b=c&d=e"))
}
flow paged(name: Text) {
    email.send(to: "ada@example.com", subject: "Hi", template: .paged(name: name, there: "https://example.com/a?b=c&d=e"))
}
flow plain(name: Text) { email.send(to: "ada@example.com", template: .plain(name: name)) }
flow listed(names: List<Text>) { list(names, "listed") }
flow paged_list(names: List<Text>) { list(names, "paged") }
flow plain_list(names: List<Text>) { list(names, "plain") }
flow list(names: List<Text>, kind: Text) {
    var lines: List<Line> = []
    for name in names { lines += [Line(name: name, page: "https://example.com/a?b=c&d=e", parts: [name, "2"])] }
    let to: Email = "ada@example.com"
    switch kind {
        "listed" -> email.send(to: to, template: .listed(lines: lines))
        "paged"  -> email.send(to: to, template: .paged_list(lines: lines))
        else     -> email.send(to: to, template: .plain_list(lines: lines))
    }
}
flow many(names: List<Text>) { email.send(to: "ada@example.com", template: .many(names: names)) }
flow titled(name: Text) { email.send(to: "ada@example.com", template: .titled(name: name)) }

flow welcome(contact: Contact) {
    let address = contact.email else { stop }
    email.send(to: address, template: .welcome)
    email.send(to: address, template: .welcome, subject: "Again")
    email.send(to: address, subject: "By hand", text: "Hello")
}
flow buy(contact: Contact) {
    let address = contact.email else { stop }
    let order = Order(id: "A/1", page: "https://example.com/orders/A")
    email.send(to: address, template: .receipt(order: order))
    email.send(to: address, template: .receipt(order: order, note: "Thank <you>"))
}
"#;

const WORDS: [(&str, &str); 10] = [
    ("templates/many.md", "Subject: x\n\n{{for name in names}}\n- {{name}}\n{{end}}\n"),
    (
        "templates/listed.md",
        "Subject: {{lines.length}}\n\n{{for line in lines}}\n- {{line.name}}\n{{end}}\n\n| Name | There |\n|---|---|\n\
         {{for line in lines}}\n| {{line.name}} | [{{line.name}}](https://example.com/{{line.name}}) |\n{{end}}\n\n\
         {{for line in lines}}\n## {{line.name}}\n\n{{for part in line.parts}}{{if part != \"2\"}}*{{part}}*{{else}}two{{end}}{{end}} [x]({{line.page}})\n{{end}}\n\nBye\n",
    ),
    (
        "templates/paged_list.html",
        "Subject: {{lines.length}}\n\n<!doctype html><html><head><title>x</title></head><body><table>{{for line in lines}}<tr><td \
         title=\"{{line.name}}\">{{line.name}}</td></tr>{{end}}</table>{{for line in lines}}<a href=\"{{line.page}}&x={{line.name}}\">{{line.name}}</a>{{end}}</body></html>",
    ),
    (
        "templates/plain_list.txt",
        "Subject: {{for line in lines}}{{if line.name.length < 3}}{{line.name}}{{end}}.{{end}}\n\nYours:\n{{for line in lines}}\n- {{line.name}}: {{for part in line.parts}}<{{part}}>{{end}}\n{{end}}\nBye\n",
    ),
    (
        "templates/marked.md",
        "# {{name}}\n\n*{{name}}* <i title=\"{{name}}\">x</i>\n\n[{{name}}](https://example.com/{{name}}?q={{name}})\n\n\
         **[{{name}}]({{there}})**\n",
    ),
    (
        "templates/paged.html",
        "<!doctype html><html><head><title>{{name}}</title></head><body><p title='{{name}}' id=\"{{name}}\">{{name}}</p>\
         <a href=\"{{there}}&x={{name}}\">{{name}}</a><a href=\"mailto:{{name}}\">x</a></body></html>",
    ),
    ("templates/plain.txt", "Subject: Hi\n\nHello {{name}}\n"),
    ("templates/titled.md", "Subject: Hi {{name}}\n\nHello\n"),
    (
        "templates/welcome.md",
        "Subject: Welcome, {{contact.first_name ?? \"there\"}}!\nPreview: For {{contact.first_name ?? \"you\"}}\n\n\
         # Hello {{contact.first_name ?? \"there\"}}\n\n\
         {{if contact.last_name != null}}\n\nYou are a {{contact.last_name}}.\n\n{{else}}\n\nWho are you?\n\n{{end}}\n\n\
         - one\n- **two**\n\n\\{{ stays \\{{\n",
    ),
    (
        "templates/receipt.md",
        "Subject: Order {{order.id}}\n\n| | |\n|-|-|\n| Order | [{{order.id}}]({{order.page}}) |\n\n\
         {{if note != null}}{{note}}{{else}}Nothing to add{{end}}\n\n[Help](https://example.com/help?order={{order.id}})\n",
    ),
];

fn office(post: &flow_tests::post::Post) -> Office {
    Office::with_words(channels(post), &[post.host()], PROGRAM, &WORDS)
}

/// The one element of a kind.
fn only<'h>(html: &'h Html, kind: &str) -> Vec<scraper::ElementRef<'h>> {
    html.select(&Selector::parse(kind).expect("a selector")).collect()
}

fn text_of(element: &scraper::ElementRef<'_>) -> String {
    element.text().collect()
}

/// What was percent-encoded.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| char::from(digit.expect("a digit")));
                let number = digits.iter().collect::<String>();
                bytes.push(u8::from_str_radix(&number, 16).expect("two digits"));
            }
            byte => {
                assert!(byte.is_ascii_alphanumeric() || b"-._~".contains(&byte), "{text}");
                bytes.push(byte);
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// As the parser of HTML takes line ends and what is no character.
fn as_read(payload: &str) -> String {
    payload.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}")
}

/// The same between tags, where what is no character is left out.
fn as_shown(payload: &str) -> String {
    as_read(payload).replace('\u{fffd}', "")
}

#[test]
fn nothing_becomes_a_tag_or_leads_elsewhere() {
    for flow in ["marked", "paged"] {
        let (post, payloads) = (takes(), payloads());
        let office = office(&post);
        for (payload, run) in payloads.iter().zip(runs(&office, flow, &payloads)) {
            assert_eq!(run.run.status, RunStatus::Finished, "{payload:?}: {:?}", run.run.failure);
        }
        let received = post.received();
        assert_eq!(received.len(), payloads.len());
        let mut left: Vec<String> = payloads.iter().map(|payload| payload.replace("\r\n", "\n")).collect();
        for mail in &received {
            let message = read(mail);
            assert_eq!((message.subject(), mail.to.len()), (Some("Hi"), 1));
            let page = message.body_html(0).expect("HTML").into_owned();
            let html = Html::parse_document(&page);
            let links = only(&html, "a");
            let leads: Vec<&str> = links.iter().map(|link| link.value().attr("href").expect("an address")).collect();
            let there = "https://example.com/a?b=c&d=e";
            let name = match flow {
                "marked" => {
                    let body = ["div", "div", "h1", "p", "em", "i", "p", "a", "p", "a"];
                    let all = elements(&html);
                    assert!(all.ends_with(&body.map(str::to_owned)), "{all:?}\n{page}");
                    assert_eq!(all.len(), body.len() + 8, "{all:?}");
                    let (path, query) = leads[0]
                        .strip_prefix("https://example.com/")
                        .expect("our host")
                        .split_once("?q=")
                        .expect("a query");
                    assert_eq!((decoded(path), leads[1]), (decoded(query), there));
                    let title = only(&html, "i")[0].value().attr("title").expect("a title").to_owned();
                    assert_eq!(title, as_read(&decoded(path)));
                    for shown in [&only(&html, "h1")[0], &only(&html, "em")[0], &links[0], &links[1]] {
                        assert_eq!(text_of(shown), as_shown(&decoded(path)));
                    }
                    let text = message.body_text(0).expect("text").replace("\r\n", "\n");
                    assert!(
                        text.contains(&decoded(path).replace("\r\n", "\n").replace('\r', "\n")) || path.contains("%0D"),
                        "{text}"
                    );
                    decoded(path)
                }
                _ => {
                    assert_eq!(elements(&html), ["html", "head", "title", "body", "p", "a", "a"], "{page}");
                    let query = leads[0].strip_prefix(there).and_then(|rest| rest.strip_prefix("&x=")).expect("ours");
                    let name = decoded(query);
                    assert_eq!(decoded(leads[1].strip_prefix("mailto:").expect("a mail")), name);
                    let paragraph = only(&html, "p")[0];
                    for attribute in ["title", "id"] {
                        assert_eq!(paragraph.value().attr(attribute), Some(as_read(&name).as_str()));
                    }
                    assert_eq!(paragraph.value().attrs().count(), 2);
                    for shown in [&paragraph, &links[0]] {
                        assert_eq!(text_of(shown), as_shown(&name));
                    }
                    assert_eq!(text_of(&only(&html, "title")[0]), as_read(&name));
                    name
                }
            };
            let at = left.iter().position(|payload| *payload == name.replace("\r\n", "\n"));
            left.remove(at.unwrap_or_else(|| panic!("nobody wrote {name:?}")));
        }
        assert_eq!(left, Vec::<String>::new());
    }
}

/// Whatever is in a list, each hole of each round is one text, or one attribute, and nothing else comes to be.
#[test]
fn what_a_list_holds_stays_text_in_every_round() {
    let (post, payloads) = (takes(), payloads());
    let office = office(&post);
    let names: Vec<&String> = payloads.iter().collect();
    for (flow, names) in [("listed", names.as_slice()), ("paged_list", names.as_slice()), ("listed", &[])] {
        let run = office.run(flow, json!({ "names": names }));
        assert_eq!(run.run.status, RunStatus::Finished, "{:?}", run.run.failure);
        let mails = post.received();
        let message = read(mails.last().expect("a mail"));
        assert_eq!(message.subject(), Some(names.len().to_string().as_str()));
        let page = message.body_html(0).expect("HTML").into_owned();
        let html = Html::parse_document(&page);
        let shown: Vec<String> = names.iter().map(|name| as_shown(name)).collect();
        let all = |kind: &str| only(&html, kind).iter().map(text_of).collect::<Vec<_>>();
        let leads: Vec<String> =
            only(&html, "a").iter().map(|link| link.value().attr("href").expect("an address").to_owned()).collect();
        let there = "https://example.com/a?b=c&d=e";
        if flow == "paged_list" {
            let cells = only(&html, "td");
            assert_eq!((all("td"), all("a")), (shown.clone(), shown));
            for ((cell, lead), name) in cells.iter().zip(&leads).zip(names) {
                assert_eq!(cell.value().attrs().count(), 1);
                assert_eq!(cell.value().attr("title"), Some(as_read(name).as_str()));
                assert_eq!(
                    decoded(lead.strip_prefix(there).and_then(|rest| rest.strip_prefix("&x=")).expect("ours")),
                    **name
                );
            }
            let ours = 4 + 2 + 3 * names.len();
            assert_eq!(elements(&html).len(), ours, "{page}");
            continue;
        }
        assert_eq!((all("li"), all("h2"), all("em")), (shown.clone(), shown.clone(), shown.clone()), "{page}");
        let cells = vec!["Name".to_owned(), "There".to_owned()];
        let twice: Vec<String> = shown.iter().flat_map(|name| [name.clone(), name.clone()]).collect();
        assert_eq!((all("th"), all("td")), (cells, twice));
        assert_eq!(leads.len(), 2 * names.len());
        for (lead, name) in leads.iter().zip(names) {
            assert_eq!(decoded(lead.strip_prefix("https://example.com/").expect("our host")), **name);
        }
        assert!(leads.iter().skip(names.len()).all(|lead| lead == there), "{leads:?}");
        assert_eq!(only(&html, "ul").len(), 1);
        // Text nodes of rounds: `two`, `x` and the blank between them, each once.
        assert_eq!(words(&html).matches("two").count(), names.len());
        let text = message.body_text(0).expect("text").replace("\r\n", "\n");
        assert!(text.trim_end().ends_with("Bye"), "{text}");
        if names.is_empty() {
            assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["Name", "|", "There", "Bye"], "{text}");
        }
    }
    // As many as the page says.
    let run = office.run("many", json!({ "names": vec!["x"; 5_000] }));
    assert_eq!(run.run.status, RunStatus::Finished, "{:?}", run.run.failure);
    let run = office.run("plain_list", json!({ "names": ["a", "<b>", "c\td"] }));
    assert_eq!(run.run.status, RunStatus::Finished, "{:?}", run.run.failure);
    let mails = post.received();
    let message = read(mails.last().expect("a mail"));
    assert_eq!(message.subject(), Some("a..."));
    let text = message.body_text(0).expect("text").replace("\r\n", "\n");
    assert_eq!(text.trim_end(), "Yours:\n- a: <a><2>\n- <b>: <<b>><2>\n- c\td: <c\td><2>\nBye");
}

#[test]
fn a_subject_by_a_template_stays_one_header() {
    let (post, payloads) = (takes(), payloads());
    let office = office(&post);
    for (payload, run) in payloads.iter().zip(runs(&office, "titled", &payloads)) {
        match broken(payload) {
            true => assert_eq!(kind(&run), "invalid", "{payload:?}"),
            false => assert_eq!(run.run.status, RunStatus::Finished, "{payload:?}: {:?}", run.run.failure),
        }
    }
    let mut left: Vec<&String> = payloads.iter().filter(|payload| !broken(payload)).collect();
    for mail in &post.received() {
        let message = read(mail);
        assert_eq!((mail.to.len(), message.headers_raw().count()), (1, 8));
        let subject = message.subject().expect("a subject");
        let at = left.iter().position(|payload| format!("Hi {payload}").trim_end() == subject.trim_end());
        left.remove(at.unwrap_or_else(|| panic!("nobody wrote {subject:?}")));
    }
    assert!(left.is_empty());
}

#[test]
fn text_alone_becomes_a_page_without_tags_of_anybodys() {
    let (post, payloads) = (takes(), payloads());
    let office = office(&post);
    runs(&office, "plain", &payloads);
    let received = post.received();
    assert_eq!(received.len(), payloads.len());
    for mail in &received {
        let html = Html::parse_document(&read(mail).body_html(0).expect("HTML"));
        let ours = ["html", "head", "meta", "body", "p", "br"];
        assert!(elements(&html).iter().all(|name| ours.contains(&name.as_str())));
    }
}

#[test]
fn the_words_arrive_and_the_record_knows_whose_they_are() {
    let post = takes();
    let office = office(&post);
    let ada = office.record("Contact", json!({ "email": "ada@example.com", "first_name": "Ada <3" }));
    let run = office.run("welcome", json!({ "contact": ada }));
    assert_eq!(run.run.status, RunStatus::Finished, "{:?}", run.run.failure);
    let received = post.received();
    let first = read(&received[0]);
    assert_eq!(first.subject(), Some("Welcome, Ada <3!"));
    let text = first.body_text(0).expect("text").replace("\r\n", "\n");
    assert_eq!(text.trim_end(), "Hello Ada <3\n\nWho are you?\n\n- one\n- two\n\n{{ stays {{");
    let html = Html::parse_document(&first.body_html(0).expect("HTML"));
    assert_eq!(text_of(&only(&html, "h1")[0]), "Hello Ada <3");
    assert!(words(&html).contains("For Ada <3"));
    assert_eq!(read(&received[1]).subject(), Some("Again"));
    let mails = office.records("Mail");
    let kept: Vec<(Value, Value)> = mails.iter().map(|mail| (field(mail, "template"), field(mail, "flow"))).collect();
    let (flow, welcome) = (Value::text("main.welcome"), Value::text("welcome"));
    let (file, _office) = database(office);
    let counted = command(&Terminal::open(), &["emails", "--json", "--db", &file]);
    let counted: Vec<serde_json::Value> =
        counted.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let line = |template: serde_json::Value, count: u32| json!({ "template": template, "flow": "main.welcome", "written": count, "sent": count, "opened": 0, "clicked": 0, "replied": 0, "bounced": 0, "unsubscribed": 0, "in_doubt": 0 });
    assert_eq!(counted, [line(json!(null), 1), line(json!("welcome"), 2)]);
    assert_eq!(kept, [(welcome.clone(), flow.clone()), (welcome, flow.clone()), (Value::Null, flow)]);
}

/// Closes the engine, and says where its database is.
pub fn database(mut office: Office) -> (String, Office) {
    office.engine = None;
    (office.folder().join("flow.db").display().to_string(), office)
}

/// What a command prints that ends well.
pub fn command(terminal: &Terminal, words: &[&str]) -> String {
    let words: Vec<String> = std::iter::once("flow").chain(words.iter().copied()).map(str::to_owned).collect();
    let (printed, code) = terminal.flow(&words, "");
    assert_eq!(code, ExitCode::SUCCESS, "{words:?}: {printed}");
    printed
}

#[test]
fn mails_that_are_ready_compile_and_can_be_looked_at() {
    let terminal = Terminal::open();
    let read = |text: &str| -> serde_json::Value { serde_json::from_str(text).expect("an object") };
    let all: Vec<serde_json::Value> = command(&terminal, &["template", "list", "--json"]).lines().map(read).collect();
    assert!(all.len() >= 6 && all.iter().all(|one| one["ready"] == true), "{all:?}");
    let declared: Vec<&str> = all.iter().map(|one| one["declared"].as_str().expect("how it is declared")).collect();
    terminal.write("mails.flow", &format!("{}\n", declared.join("\n")));
    for one in &all {
        let name = one["name"].as_str().expect("a name");
        command(&terminal, &["template", "add", name]);
        let mail = read(&command(&terminal, &["template", "preview", name, "--json"]));
        let [subject, text, page] =
            ["subject", "text", "html"].map(|part| mail[part].as_str().expect("a part").to_owned());
        assert!(!subject.is_empty() && text.contains("Ada") && !text.contains("{{"), "{name}: {mail}");
        let html = Html::parse_document(&page);
        assert!(words(&html).contains("Ada") && only(&html, "meta").len() == 4, "{name}: {page}");
        for link in only(&html, "a") {
            assert!(link.value().attr("href").is_some_and(|lead| lead.starts_with("https://")), "{name}: {page}");
        }
    }
    command(&terminal, &["check"]);
}

/// A question about a page that fails shows what people read, and not the layout around it.
#[test]
fn what_a_page_does_not_say_is_told_by_its_words() {
    let terminal = Terminal::open();
    terminal.write(
        "mails.flow",
        "template bill(names: List<Text>)\n\nflow send(to: Email) {\n    \
         email.send(to: to, template: .bill(names: [\"Ink & paper\"]))\n}\n\n\
         test \"words\" {\n    start send(\"ada@example.com\")\n    expect email.sent(html: \"<li>Pen</li>\")\n}\n\n\
         test \"tags\" {\n    start send(\"ada@example.com\")\n    expect email.sent(html: \"<td>Ink &amp; paper</td>\")\n}\n",
    );
    terminal.write("templates/bill.md", "Subject: Bill\n\nYours:\n\n{{for name in names}}\n- {{name}}\n{{end}}\n");
    let (printed, code) = terminal.flow(&["flow", "test", "mails.flow"].map(str::to_owned), "");
    assert_ne!(code, ExitCode::SUCCESS, "{printed}");
    assert!(printed.contains(r#"html: "Yours:\n- Ink & paper" (what people read of it)"#), "{printed}");
    assert!(printed.contains("<li>Ink &amp; paper</li>") && printed.contains("written otherwise"), "{printed}");
    let difference: Vec<&str> = printed.lines().filter(|line| line.trim_start().starts_with("+ found")).collect();
    assert!(difference.len() == 2 && !difference.concat().contains("<!doctype"), "{printed}");
    // What goes through a list can be looked at without giving one.
    let shown = command(&terminal, &["template", "preview", "bill"]);
    assert!(shown.contains("Subject: Bill") && shown.contains("\n- "), "{shown}");
}

#[test]
fn what_a_preview_is_filled_in_with_is_a_value_or_it_is_told() {
    let terminal = Terminal::open();
    terminal.write("mails.flow", "template welcome\n");
    command(&terminal, &["template", "add", "welcome"]);
    let shown = |value: &str| {
        let words = ["flow", "template", "preview", "welcome", value];
        terminal.flow(&words.map(str::to_owned), "")
    };
    let (printed, code) = shown("contact=Contact(first_name: \"Grace\")");
    assert!(code == ExitCode::SUCCESS && printed.contains("Welcome, Grace!"), "{printed}");
    let (printed, code) = shown("contact=grace@example.com");
    assert!(code == ExitCode::SUCCESS && printed.contains("good to have you"), "{printed}");
    // A flow of the project writes to whoever is new: that is not the mail that is meant.
    terminal.write(
        "other.flow",
        "flow hello(contact: Contact)\n    on contact.created\n{\n    let to = contact.email else { stop }\n    \
         email.send(to: to, subject: \"Another\", text: \"Hello\")\n}\n",
    );
    let (printed, code) = shown("contact=grace@example.com");
    assert!(code == ExitCode::SUCCESS && printed.contains("Subject: Welcome, good to have you!"), "{printed}");
    let (printed, code) = shown("contact=Grace Hopper");
    assert_eq!(code, ExitCode::from(2), "{printed}");
    assert!(printed.contains("`Grace Hopper`, which is no value") && !printed.contains("previewed.flow"), "{printed}");
}

#[test]
fn what_a_template_takes_is_filled_in_and_parts_are_there_or_not() {
    let post = takes();
    let office = office(&post);
    let ada = office.record("Contact", json!({ "email": "ada@example.com" }));
    let run = office.run("buy", json!({ "contact": ada }));
    assert_eq!(run.run.status, RunStatus::Finished, "{:?}", run.run.failure);
    let received = post.received();
    for (mail, note) in received.iter().zip(["Nothing to add", "Thank <you>"]) {
        let message = read(mail);
        assert_eq!(message.subject(), Some("Order A/1"));
        let html = Html::parse_document(&message.body_html(0).expect("HTML"));
        let links: Vec<_> = only(&html, "a").iter().map(|link| link.value().attr("href").map(str::to_owned)).collect();
        let leads = ["https://example.com/orders/A", "https://example.com/help?order=A%2F1"];
        assert_eq!(links, leads.map(|lead| Some(lead.to_owned())));
        assert_eq!(text_of(&only(&html, "p")[0]), note);
        let text = message.body_text(0).expect("text").replace("\r\n", "\n");
        assert_eq!(text.trim_end(), format!("Order: A/1: {}\n\n{note}\n\nHelp: {}", leads[0], leads[1]));
    }
}
