//! Programs of any size: ordinary ones, and those with very much of one thing.

use std::fmt::Write;

/// A text of about so many bytes.
pub type Shape = fn(usize) -> String;

/// Every shape, by name.
pub const ALL: &[(&str, Shape)] = &[
    ("ordinary flows", ordinary),
    ("many small flows", small_flows),
    ("flows that call each other", calls),
    ("one flow of plain steps", one_flow),
    ("one flow of variables", variables),
    ("one flow of waits", waits),
    ("one flow of branches", branches),
    ("one flow of loops", loops),
    ("one flow of questions", questions),
    ("one long choice", choice),
    ("one long switch", switch),
    ("one long else-if chain", else_if),
    ("many paths", paths),
    ("many choices of paths", forks),
    ("deep blocks", deep_blocks),
    ("deep brackets", deep_brackets),
    ("one long line: a list", list),
    ("one long line: a sum", sum),
    ("one long line: a text", text),
    ("one long line: holes", holes),
    ("one long line: statements", semicolons),
    ("many tags", tags),
    ("a large enum", large_enum),
    ("many records", records),
    ("many properties", properties),
    ("comments", comments),
    ("blank lines", blank_lines),
];

/// `head`, then pieces until there are bytes enough, then `tail`.
pub fn grown(bytes: usize, head: &str, tail: &str, mut piece: impl FnMut(usize, &mut String)) -> String {
    let mut text = String::with_capacity(bytes + 1_000);
    text.push_str(head);
    let mut number = 0;
    while text.len() + tail.len() < bytes {
        piece(number, &mut text);
        number += 1;
    }
    text.push_str(tail);
    text
}

/// What `make` makes of as many pieces as there is room for.
pub fn counted(bytes: usize, make: impl Fn(usize) -> String) -> String {
    let mut count = 100;
    for _ in 0..3 {
        count = (count * bytes / make(count).len()).max(1);
    }
    loop {
        let text = make(count);
        if text.len() <= bytes || count == 1 {
            return text;
        }
        count -= (count / 200).max(1);
    }
}

/// The same with pieces that are all alike.
pub fn repeated(bytes: usize, head: &str, piece: &str, tail: &str) -> String {
    grown(bytes, head, tail, |_, text| text.push_str(piece))
}

/// Flows, each with a body of about so many bytes.
fn flows(bytes: usize, body_bytes: usize, piece: &str) -> String {
    grown(bytes, "extend Contact { score: Int = 0 }\n", "", |number, text| {
        let head =
            format!("flow flow_{number}(conversation: Conversation) {{\n    let contact = conversation.contact\n");
        text.push_str(&repeated(body_bytes, &head, piece, "}\n\n"));
    })
}

fn ordinary(bytes: usize) -> String {
    let body = r#"
    let name = contact.first_name ?? "there"
    say "Hello {{name}}, good to see you."
    // Whoever has no email is asked for one.
    if contact.email == null {
        contact.email = ask "What is your email?" as Email, retries: 2, timeout: 1 hour
    }
    choice "And now?" {
        "Go on"      -> contact.score += 1
        "Stop here"  -> conversation.close(reason: "stopped")
        after 1 hour -> stop
    }
    wait 3 days at 10:00 in contact.timezone
    chat.send(to: contact, text: "How did it go, {{name}}?")
"#;
    // A name is given once in a flow.
    let body = format!("    if contact.blocked {{\n{body}\n    }}\n");
    flows(bytes, 2_000, &body)
}

fn small_flows(bytes: usize) -> String {
    flows(bytes, 130, "    contact.unblock()\n")
}

fn calls(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let (one, other) = (number * 7 % (number + 1), number / 2);
        let _ = write!(
            text,
            "flow flow_{number}(contact: Contact) {{\n    start flow_{one}(contact)\n    if contact.blocked {{ flow_{other}(contact) }}\n}}\n"
        );
    })
}

/// One flow with a contact and a conversation.
pub const HEAD: &str = "extend Contact { score: Int = 0 }\nflow f(conversation: Conversation) {\n    let contact = conversation.contact\n    var count = 0\n";

fn one_flow(bytes: usize) -> String {
    repeated(bytes, HEAD, "    contact.add_note(\"a note\")\n    count += 1\n", "}\n")
}

fn variables(bytes: usize) -> String {
    grown(bytes, HEAD, "}\n", |number, text| {
        let _ = write!(text, "    let name_{number} = count + {number}\n    count += name_{number}\n");
    })
}

fn waits(bytes: usize) -> String {
    grown(bytes, HEAD, "    contact.score = count\n}\n", |number, text| {
        let _ = write!(text, "    wait #place_{number} 1 day\n    count += 1\n");
    })
}

fn branches(bytes: usize) -> String {
    grown(bytes, HEAD, "    contact.score = count\n}\n", |number, text| {
        let _ = writeln!(text, "    if count > {number} {{ count += 1 }} else {{ contact.unblock() }}");
    })
}

fn loops(bytes: usize) -> String {
    repeated(
        bytes,
        HEAD,
        "    while count < 3 {\n        count += 1\n        if contact.blocked { break }\n    }\n",
        "}\n",
    )
}

fn questions(bytes: usize) -> String {
    grown(bytes, HEAD, "}\n", |number, text| {
        let _ = write!(
            text,
            "    let answer_{number} = ask \"Number {number}?\" as Int, timeout: 1 day else {{ stop }}\n    count += answer_{number}\n"
        );
    })
}

fn choice(bytes: usize) -> String {
    grown(
        bytes,
        &format!("{HEAD}    choice \"Which?\" {{\n"),
        "        after 1 day -> stop\n    }\n}\n",
        |number, text| {
            let _ = writeln!(text, "        \"Option {number}\" -> count += {number}");
        },
    )
}

fn switch(bytes: usize) -> String {
    grown(bytes, &format!("{HEAD}    switch count {{\n"), "        else -> stop\n    }\n}\n", |number, text| {
        let _ = writeln!(text, "        {number} -> contact.unblock()");
    })
}

fn else_if(bytes: usize) -> String {
    grown(bytes, &format!("{HEAD}    if count == 0 {{\n        stop\n    }}"), "\n}\n", |number, text| {
        let _ = write!(text, " else if count == {number} {{\n        contact.unblock()\n    }}");
    })
}

fn paths(bytes: usize) -> String {
    grown(bytes, &format!("{HEAD}    parallel {{\n"), "    }\n}\n", |number, text| {
        let _ = write!(
            text,
            "        path path_{number} {{\n            wait 1 day\n            contact.add_note(\"{number}\")\n        }}\n"
        );
    })
}

fn forks(bytes: usize) -> String {
    grown(bytes, HEAD, "}\n", |number, text| {
        let _ = write!(
            text,
            "    race {{\n        path left_{number} {{ wait 1 day }}\n        path right_{number} {{ contact.unblock() }}\n    }}\n"
        );
    })
}

fn deep_blocks(bytes: usize) -> String {
    let (open, close) = ("    if contact.blocked {\n".repeat(60), "    }\n".repeat(60));
    repeated(bytes, HEAD, &format!("{open}contact.unblock()\n{close}"), "}\n")
}

fn deep_brackets(bytes: usize) -> String {
    let (open, close) = ("(1 + ".repeat(60), ")".repeat(60));
    repeated(bytes, HEAD, &format!("    count = {open}1{close}\n"), "}\n")
}

fn list(bytes: usize) -> String {
    repeated(bytes, "flow f(contact: Contact) { let list = [1", ", 2", "]; contact.add_note(\"{{list.length}}\") }")
}

fn sum(bytes: usize) -> String {
    repeated(bytes, "flow f(contact: Contact) { let sum = 1", " + 2", "; contact.add_note(\"{{sum}}\") }")
}

fn text(bytes: usize) -> String {
    repeated(bytes, "flow f(contact: Contact) { contact.add_note(\"", "words and more ", "\") }")
}

fn holes(bytes: usize) -> String {
    repeated(bytes, "flow f(contact: Contact) { contact.add_note(\"", "{{contact.language}} ", "\") }")
}

fn semicolons(bytes: usize) -> String {
    repeated(bytes, "flow f(contact: Contact) { contact.unblock()", "; contact.unblock()", " }")
}

fn tags(bytes: usize) -> String {
    grown(bytes, "", "flow f(contact: Contact) { contact.add_tags([.tag_1]) }\n", |number, text| {
        let _ = writeln!(text, "tag tag_{number}");
    })
}

fn large_enum(bytes: usize) -> String {
    grown(bytes, "enum Kind {\n", "}\nextend Contact { kind: Kind = .way_1 }\n", |number, text| {
        let _ = writeln!(text, "    way_{number} \"Way {number}\"");
    })
}

fn records(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let other = number / 2;
        let _ = writeln!(text, "record Item_{number} {{ id: Text, name: Text?, before: List<Item_{other}> }}");
    })
}

fn properties(bytes: usize) -> String {
    grown(bytes, "extend Contact {\n", "}\n", |number, text| {
        let _ = writeln!(text, "    property_{number}: Int = 0");
    })
}

fn comments(bytes: usize) -> String {
    repeated(bytes, "flow f() {\n", "    // A remark, and not a short one: it says why.\n", "}\n")
}

fn blank_lines(bytes: usize) -> String {
    repeated(bytes, "flow f() {\n", "   \n\n", "}\n")
}
