//! What the description of the language promises to refuse and to warn of, row by row: each with its code, its place, a
//! why, and an edit where one is known.

use flow_lang::diag::{Code, Severity};
use flow_tests::marks::with_prelude;
use flow_tests::project::pictures;

/// A promise: what it says, the code, what is marked, whether an edit is offered, and a program that breaks it. A program
/// that does not begin with a declaration stands in a flow with a contact, a conversation and a ticket.
type Row = (&'static str, &'static str, &'static str, bool, &'static str);

const REFUSED: &[Row] = &[
    ("unknown name", "E0101", "contcat", true, "contcat.block()"),
    ("unknown field", "E0102", "frist_name", true, "say contact.frist_name ?? \"you\""),
    ("unknown field, two levels deep", "E0102", "frist_name", true, "say conversation.contact.frist_name ?? \"you\""),
    ("unknown action", "E0103", "chat.sned", true, "chat.sned(to: contact, text: \"x\")"),
    ("unknown function", "E0103", "mony", true, "say \"{{mony(3, .eur)}}\""),
    ("unknown flow", "E0103", "prelude.nurtre", true, "launch prelude.nurtre(contact)"),
    ("unknown variant", "E0105", ".trail", true, "contact.plan = .trail"),
    ("unknown tag", "E0106", ".vpi", true, "contact.add_tags([.vpi])"),
    ("unknown team", "E0106", ".suport", true, "conversation.assign(to: .suport)"),
    (
        "unknown template",
        "E0106",
        ".welcom",
        true,
        "@once\naction mails.send(template: Template) = http { method: .post, url: \"https://example.com\", json: { template: template } }\nflow f() { mails.send(template: .welcom) }",
    ),
    ("missing argument", "E0111", "(to: contact)", false, "chat.send(to: contact)"),
    ("unknown argument", "E0110", "txt", true, "chat.send(to: contact, txt: \"x\")"),
    ("doubled argument", "E0112", "text: \"y\"", true, "chat.send(to: contact, text: \"x\", text: \"y\")"),
    ("a call with too many arguments", "E0113", "3", true, "contact.block(3)"),
    (
        "wrong type, showing both sides and where each came from",
        "E0201",
        "many",
        false,
        "let many = 3\ncontact.first_name = many",
    ),
    ("`\"a\" - 3`", "E0202", "-", false, "say \"a\" - 3"),
    (
        "a maybe-missing value used as present",
        "E0301",
        "contact.email",
        false,
        "let mail: Email = contact.email\nsay mail",
    ),
    ("a maybe-missing value shown", "E0302", "contact.first_name", true, "say \"Hi {{contact.first_name}}\""),
    ("a `Secret` outside its place", "E0601", "secret.shop_token", false, "contact.add_note(secret.shop_token)"),
    ("an invalid `Email`", "E0501", "\"ada\"", false, "contact.email = \"ada\""),
    ("an invalid `Phone`", "E0502", "\"12\"", false, "contact.mobile = \"12\""),
    ("an invalid `Url`", "E0503", "\"nowhere\"", false, "say \"x\", link: \"nowhere\""),
    ("an invalid time zone", "E0504", "\"Europe/Olso\"", true, "contact.timezone = \"Europe/Olso\""),
    ("an invalid cron", "E0704", "\"0 25 * * *\"", false, "flow f()\n    on schedule(\"0 25 * * *\")\n{ fail \"x\" }"),
    ("an invalid currency", "E0505", ".eru", true, "say \"{{money(3, .eru)}}\""),
    (
        "an invalid calendar",
        "E0510",
        "9",
        false,
        "calendar c { zone: \"Europe/Oslo\", open: \"mon-fri 9-25\" }\nflow f(contact: Contact) { if c.open_now { contact.block() } }",
    ),
    (
        "percentages that do not sum to 100",
        "E0509",
        "split",
        false,
        "split { 40% a -> contact.block()\n50% b -> stop }",
    ),
    ("mixing currencies where both are known", "E0204", "+", false, "say \"{{money(1, .eur) + money(1, .usd)}}\""),
    ("a non-exhaustive `switch`", "E0402", "contact.plan", true, "switch contact.plan { .trial -> stop }"),
    (
        "a guard block that falls through",
        "E0404",
        "}",
        true,
        "let mail = contact.email else { contact.block() }\nsay mail",
    ),
    (
        "an interactive statement without a conversation",
        "E0405",
        "say",
        true,
        "flow f(contact: Contact) { say \"x\"\ncontact.block() }",
    ),
    ("two conversations", "E0406", "say", true, "let other = contact.conversation()\nsay \"x\"\nother.close()"),
    (
        "a duplicate option",
        "E0115",
        "\"Yes\"",
        false,
        "choice \"Sure?\" { \"Yes\" -> stop\n\"Yes\" -> conversation.close()\nafter 1 day -> stop }",
    ),
    (
        "a duplicate anchor",
        "E0114",
        "#once",
        false,
        "wait #once { when contact.blocked -> stop\nafter 1 day -> contact.block() }\nwait #once { when contact.score > 3 -> stop\nafter 1 day -> stop }",
    ),
    (
        "statements after a `launch`",
        "E0401",
        "contact.block()",
        false,
        "launch prelude.nurture(contact)\ncontact.block()",
    ),
    (
        "a value that is not used",
        "E0210",
        "contact.first_name.trim()",
        false,
        "if contact.first_name != null { contact.first_name.trim() }",
    ),
    ("a stray `- b` on a line of its own", "E0013", "-", false, "let b = contact.score\nlet a = b\n- b\nsay \"{{a}}\""),
    (
        "a `var` written by two parallel paths",
        "E0410",
        "n",
        false,
        "var n = 0\nparallel { path a { n = 1 }\npath b { n = 2 } }\nsay \"{{n}}\"",
    ),
];

const WARNED: &[Row] = &[
    ("unreachable statement", "W0401", "contact.block()", false, "stop\ncontact.block()"),
    (
        "a `choice` without a time limit",
        "W0402",
        "choice",
        false,
        "choice \"Sure?\" { \"Yes\" -> conversation.close()\nelse -> conversation.close() }",
    ),
    ("an `ask` without a time limit", "W0402", "ask", false, "let name = ask \"Name?\" as Text\nsay name"),
    (
        "left hanging",
        "W0405",
        "\"Name?\"",
        false,
        "let name = ask \"Name?\" as Text, timeout: 1 day else { stop }\ncontact.add_note(name)",
    ),
    ("a loop that never waits", "W0403", "while true", false, "while true { contact.score += 1 }"),
    (
        "flows whose effects trigger each other in a circle",
        "W0406",
        "on contact.changed",
        false,
        "event seen(contact: Contact)\nflow f(contact: Contact)\n    on contact.changed\n{ fire seen(contact) }\nflow g(contact: Contact)\n    on seen\n{ contact.score += 1 }",
    ),
    (
        "a message in a loop without a cap",
        "W0407",
        "chat.send(to: contact, text: \"x\")",
        false,
        "while contact.score > 3 { wait 1 day\nchat.send(to: contact, text: \"x\") }",
    ),
    ("an unused name", "W0101", "mail", true, "flow f(contact: Contact) { let mail = contact.email\ncontact.block() }"),
    (
        "SMS longer than one segment",
        "W0502",
        "\"Your appointment is tomorrow at nine o'clock in the morning. Please be there a few minutes early, and bring your card. If you cannot come, call us before eight today.\"",
        false,
        "@once\n@segments(text)\naction texts.send(text: Text) = http { method: .post, url: \"https://example.com\", json: { text: text } }\nflow f() { texts.send(\"Your appointment is tomorrow at nine o'clock in the morning. Please be there a few minutes early, and bring your card. If you cannot come, call us before eight today.\") }",
    ),
    ("a deprecated action", "W0102", "old.send", false, "old.send(text: \"x\")"),
];

fn program(text: &str) -> String {
    let declares = ["flow ", "@", "calendar ", "event "].iter().any(|word| text.starts_with(word));
    match declares {
        true => format!("{text}\n"),
        false => {
            format!("flow f(contact: Contact, conversation: Conversation, ticket: Ticket) {{\n{text}\n}}\n")
        }
    }
}

#[test]
fn every_promise_is_kept() {
    let mut report = String::new();
    for (rows, severity) in [(REFUSED, Severity::Error), (WARNED, Severity::Warning)] {
        for (what, number, marked, fixed, text) in rows {
            let code = Code::parse(number).unwrap_or_else(|| panic!("{what}: there is no {number}"));
            let text = program(text);
            let compiled = with_prelude(&[("main", &text)]);
            let mut lack = |why: &str| report.push_str(&format!("=== {what}: {why}\n{}\n", pictures(&compiled)));
            let Some(told) = compiled.diagnostics.iter().find(|told| told.code == code) else {
                lack(&format!("{number} is not told"));
                continue;
            };
            if told.severity() != severity || compiled.failed() != (severity == Severity::Error) {
                lack("refused and not warned of, or the other way round");
            }
            // Parameters that a row leaves alone are no mistake; nothing else may be told beside it.
            let beside =
                |other: &&flow_lang::diag::Diagnostic| other.code != code && other.severity() == Severity::Error;
            if compiled.diagnostics.iter().any(|other| beside(&other)) {
                lack("more than one mistake is told");
            }
            let place = compiled.sources.get(told.primary.span.file).map(|file| &file.text[told.primary.span.range()]);
            if !place.is_some_and(|place| place.trim_start().starts_with(marked)) {
                lack(&format!("{place:?} is marked, and not {marked}"));
            }
            if told.fixes.is_empty() == *fixed {
                lack(if *fixed { "no edit is offered" } else { "an edit is offered: say so in this table" });
            }
            let explained = told.help.is_some() || !told.labels.is_empty() || !told.primary.text.is_empty();
            if !explained || told.help.is_none() && told.fixes.is_empty() {
                lack("it says neither why nor what to try");
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// A type error shows both sides, and where each came from.
#[test]
fn a_wrong_type_shows_where_both_sides_come_from() {
    let text = program("let many = 3\nchat.send(to: contact, text: many)");
    let compiled = with_prelude(&[("main", &text)]);
    let told = compiled.diagnostics.iter().find(|told| told.code == Code::WrongType).expect("it is told");
    assert!(told.message.contains("`Int`") && told.message.contains("`Text`"), "{}", told.message);
    let files: Vec<&str> = told.labels.iter().map(|label| compiled.sources.path(label.span.file)).collect();
    assert!(files.contains(&"main.flow") && files.contains(&"chat/chat.flow"), "{}", pictures(&compiled));
}
