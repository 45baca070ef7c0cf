//! Texts with many mistakes, and those that a reader could lose its way in.

use super::shapes::{HEAD, Shape, counted, grown, repeated};
use std::fmt::Write;

/// Every shape, by name.
pub const ALL: &[(&str, Shape)] = &[
    ("unknown names", unknown_names),
    ("names nearly right", nearly),
    ("calls nearly right", calls_nearly),
    ("types nearly right", types_nearly),
    ("fields nearly right", fields_nearly),
    ("arguments nearly right", arguments_nearly),
    ("variants nearly right", variants_nearly),
    ("tags nearly right", tags_nearly),
    ("events nearly right", events_nearly),
    ("wrong types", wrong_types),
    ("cases handled twice", doubled_cases),
    ("names declared twice", doubled),
    ("a variable in many paths", races),
    ("a field in many paths", field_races),
    ("questions in many paths", asking_paths),
    ("which conversation", which_conversation),
    ("questions left open", left_open),
    ("one question left in many ways", many_ends),
    ("loops that never wait", endless),
    ("broken statements", broken_statements),
    ("broken declarations", broken_items),
    ("open brackets", open_brackets),
    ("open texts", open_texts),
    ("closing brackets", closing_brackets),
    ("flows without end", open_flows),
    ("signs", signs),
    ("printed quotes", printed_quotes),
    ("printed quotes on lines", printed_lines),
    ("a long line beside a brace", beside_brace),
    ("a remark beside a brace", remark_beside_brace),
];

fn unknown_names(bytes: usize) -> String {
    grown(bytes, HEAD, "}\n", |number, text| {
        let _ = writeln!(text, "    unknown_{number}.tell(contact)");
    })
}

fn nearly(bytes: usize) -> String {
    grown(bytes, HEAD, "}\n", |number, text| {
        let _ = writeln!(text, "    let name_{number} = 1\n    contact.add_note(\"{{{{nmae_{number}}}}}\")");
    })
}

fn calls_nearly(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ = writeln!(text, "flow flow_{number}(contact: Contact) {{ folw_{number}(contact) }}");
    })
}

fn types_nearly(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ = writeln!(
            text,
            "record Item_{number} {{ id: Itme_{number} }}\nflow f_{number}(id: Text) {{ let x: Itme_{number}? = null; x }}"
        );
    })
}

fn fields_nearly(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("extend Contact {\n");
        for number in 0..count {
            let _ = writeln!(all, "    field_{number}: Int = 0");
        }
        all.push_str("}\nflow f(contact: Contact) {\n");
        for number in 0..count {
            let _ = writeln!(all, "    contact.feild_{number} = {number}");
        }
        all + "}\n"
    })
}

fn arguments_nearly(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("extend Contact { score: Int = 0 }\nrecord R {\n");
        for number in 0..count {
            let _ = writeln!(all, "    field_{number}: Int = 0");
        }
        all.push_str("}\nflow f(contact: Contact) {\n    let r = R(");
        for number in 0..count {
            let _ = write!(all, "feild_{number}: {number}, ");
        }
        all + ")\n    contact.score = r.field_0\n}\n"
    })
}

fn variants_nearly(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("enum Kind {\n");
        for number in 0..count {
            let _ = writeln!(all, "    way_{number} \"Way {number}\"");
        }
        all.push_str("}\nextend Contact { kind: Kind = .way_1 }\nflow f(contact: Contact) {\n");
        for number in 0..count {
            let _ = writeln!(all, "    contact.kind = .wya_{number}");
        }
        all + "}\n"
    })
}

fn tags_nearly(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ = writeln!(
            text,
            "tag tag_{number}\nflow f_{number}(contact: Contact) {{ contact.add_tags([.tga_{number}]) }}"
        );
    })
}

fn events_nearly(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ = writeln!(
            text,
            "event event_{number}(contact: Contact)\nflow f_{number}(contact: Contact) {{ fire evetn_{number}(contact) }}"
        );
    })
}

fn wrong_types(bytes: usize) -> String {
    repeated(bytes, HEAD, "    count = \"a text\" - 3\n", "}\n")
}

fn doubled_cases(bytes: usize) -> String {
    repeated(
        bytes,
        &format!("{HEAD}    switch count {{\n"),
        "        1 -> contact.unblock()\n",
        "        else -> stop\n    }\n}\n",
    )
}

fn doubled(bytes: usize) -> String {
    repeated(bytes, "", "record Same { id: Text }\nflow same(contact: Contact) { contact.unblock() }\n", "")
}

fn races(bytes: usize) -> String {
    grown(bytes, &format!("{HEAD}    parallel {{\n"), "    }\n    contact.score = count\n}\n", |number, text| {
        let _ = writeln!(text, "        path path_{number} {{ if count > 3 {{ count += 1 }} }}");
    })
}

fn field_races(bytes: usize) -> String {
    grown(bytes, &format!("{HEAD}    parallel {{\n"), "    }\n    contact.score = count\n}\n", |number, text| {
        let _ = writeln!(text, "        path path_{number} {{ contact.score = {number} }}");
    })
}

fn asking_paths(bytes: usize) -> String {
    grown(bytes, &format!("{HEAD}    parallel {{\n"), "    }\n    contact.score = count\n}\n", |number, text| {
        let _ = writeln!(
            text,
            "        path path_{number} {{ let _answer = ask \"Number {number}?\" as Int, timeout: 1 day }}"
        );
    })
}

fn which_conversation(bytes: usize) -> String {
    grown(bytes, HEAD, "    contact.score = count\n}\n", |number, text| {
        let _ = write!(text, "    let talk_{number} = contact.conversation()\n    say \"Hello\"\n");
    })
}

fn left_open(bytes: usize) -> String {
    grown(bytes, HEAD, "}\n", |number, text| {
        let _ = write!(
            text,
            "    let answer_{number} = ask \"Number {number}?\" as Int, timeout: 1 day else {{ stop }}\n    count += answer_{number}\n"
        );
    })
}

fn many_ends(bytes: usize) -> String {
    let head = format!("{HEAD}    let answer = ask \"Which?\" as Int, timeout: 1 day else {{ stop }}\n");
    grown(bytes, &head, "    contact.score = count\n}\n", |number, text| {
        let _ = writeln!(text, "    if answer == {number} {{ stop }}");
    })
}

fn endless(bytes: usize) -> String {
    repeated(bytes, HEAD, "    while contact.score > 3 { count += 1 }\n", "    contact.score = count\n}\n")
}

fn broken_statements(bytes: usize) -> String {
    repeated(bytes, HEAD, "    let = = 3 wait\n    contact.unblock()\n", "}\n")
}

fn broken_items(bytes: usize) -> String {
    repeated(bytes, "", "flow (contact Contact) { say }\ntag tag\n", "")
}

fn open_brackets(bytes: usize) -> String {
    repeated(bytes, HEAD, "    contact.add_note((\n", "}\n")
}

fn open_texts(bytes: usize) -> String {
    repeated(bytes, HEAD, "    contact.add_note(\"a {{contact.city\n", "}\n")
}

fn closing_brackets(bytes: usize) -> String {
    repeated(bytes, HEAD, ") ] }\n", "}\n")
}

fn open_flows(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ =
            writeln!(text, "flow f_{number}(contact: Contact) {{\n    contact.unblock()\n    if contact.blocked {{");
    })
}

fn signs(bytes: usize) -> String {
    repeated(bytes, "", "<> -> ?? .. :: ,, @@ ## ", "")
}

fn printed_quotes(bytes: usize) -> String {
    repeated(bytes, "", "« „ ", "")
}

fn printed_lines(bytes: usize) -> String {
    repeated(bytes, HEAD, "    contact.add_note(«a „b ”c« « «\n", "}\n")
}

fn beside_brace(bytes: usize) -> String {
    let head = format!("flow a() {{ {{ {}\n", "word ".repeat(bytes / 10));
    repeated(bytes, &head, "x\n", "")
}

fn remark_beside_brace(bytes: usize) -> String {
    let head = format!("flow a() {{\n  if x {{ //{}\n", " words".repeat(bytes / 12));
    repeated(bytes, &head, "  x\n", "")
}
