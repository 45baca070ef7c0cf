//! Many declarations that lead to each other, and large single ones.

use super::shapes::{HEAD, Shape, counted, grown, repeated};
use std::fmt::Write;

/// Every shape, by name.
pub const ALL: &[(&str, Shape)] = &[
    ("a chain of flows", chain),
    ("a chain, written backwards", chain_backwards),
    ("a chain that one flow calls all of", chain_and_caller),
    ("a circle of flows", circle),
    ("flows that call one", to_one),
    ("a chain of triggers", triggers),
    ("a circle of triggers", trigger_circle),
    ("flows that begin with one event", one_event),
    ("kinds of failure along a chain", failures),
    ("many arms on a failure", failure_arms),
    ("many tries", tries),
    ("failures raised again", raised_again),
    ("steps that are taken back", undone),
    ("a step taken back in many", undone_long),
    ("many tests", tests),
    ("many calendars", calendars),
    ("flows that send within hours of their own", sending_hours),
    ("many actions", actions),
    ("many enums", enums),
    ("a switch over a large enum", enum_switch),
    ("a switch over texts", text_switch),
    ("a switch as a value", switch_value),
    ("a long wait", long_wait),
    ("a long split", split),
    ("a flow of many parameters", parameters),
    ("a record made by names", named_arguments),
    ("calls with defaults", defaults),
    ("a long chain of `and`", ands),
    ("tests for what is missing", guards),
    ("fields known and forgotten", forgotten),
    ("names for the contact", aliases),
    ("paths with variables", path_variables),
    ("conversations side by side", conversations),
    ("texts with placeholders", placeholders),
    ("blocks of text", blocks),
    ("a long chain of calls", methods),
    ("loops in loops", deep_loops),
    ("tries in tries", deep_tries),
];

fn chain(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let next = number.saturating_sub(1);
        let _ = writeln!(text, "flow f_{number}(contact: Contact) {{ if contact.blocked {{ f_{next}(contact) }} }}");
    })
}

fn chain_backwards(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::new();
        for number in 0..count {
            let next = number + 1;
            let _ = writeln!(all, "flow f_{number}(contact: Contact) {{ if contact.blocked {{ f_{next}(contact) }} }}");
        }
        let _ = writeln!(all, "flow f_{count}(contact: Contact) {{ contact.block() }}");
        all
    })
}

fn chain_and_caller(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("flow all(conversation: Conversation) {\n");
        for number in 0..count {
            let _ = writeln!(all, "    f_{number}(conversation)");
        }
        all.push_str("}\n");
        for number in 0..count {
            let next = number + 1;
            let _ = writeln!(
                all,
                "flow f_{number}(conversation: Conversation) {{ if conversation.contact.blocked {{ f_{next}(conversation) }} }}"
            );
        }
        let _ = writeln!(all, "flow f_{count}(conversation: Conversation) {{ conversation.close() }}");
        all
    })
}

fn circle(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::new();
        for number in 0..count {
            let next = (number + 1) % count;
            let _ = writeln!(
                all,
                "flow f_{number}(contact: Contact) {{ if contact.blocked {{ launch f_{next}(contact) }} }}"
            );
        }
        all
    })
}

fn to_one(bytes: usize) -> String {
    grown(bytes, "flow last(contact: Contact) { contact.block() }\n", "", |number, text| {
        let _ = writeln!(text, "flow f_{number}(contact: Contact) {{ last(contact) }}");
    })
}

fn triggers(bytes: usize) -> String {
    grown(bytes, "event e_0(contact: Contact)\n", "", |number, text| {
        let next = number + 1;
        let _ = write!(
            text,
            "event e_{next}(contact: Contact)\nflow f_{number}(contact: Contact)\n    on e_{number}\n{{\n    fire e_{next}(contact)\n}}\n"
        );
    })
}

fn trigger_circle(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::new();
        for number in 0..count {
            let next = (number + 1) % count;
            let _ = write!(
                all,
                "event e_{number}(contact: Contact)\nflow f_{number}(contact: Contact)\n    on e_{number}\n{{\n    fire e_{next}(contact)\n}}\n"
            );
        }
        all
    })
}

fn one_event(bytes: usize) -> String {
    grown(bytes, "event e(contact: Contact)\n", "", |number, text| {
        let _ = write!(text, "flow f_{number}(contact: Contact)\n    on e\n{{\n    fire e(contact)\n}}\n");
    })
}

fn failures(bytes: usize) -> String {
    counted(bytes, |count| {
        let head = "flow f_0(contact: Contact) { fail .kind_0 }\n";
        let tail = format!(
            "flow all(contact: Contact) {{ try {{ f_{count}(contact) }} on failure as failure {{ if failure.kind == .kind_1 {{ contact.block() }} }} }}\n"
        );
        let mut all = head.to_owned();
        for number in 1..=count {
            let before = number - 1;
            let _ = writeln!(
                all,
                "flow f_{number}(contact: Contact) {{ if contact.blocked {{ fail .kind_{number} }}; f_{before}(contact) }}"
            );
        }
        all + &tail
    })
}

fn failure_arms(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("flow all(contact: Contact) {\n    try {\n");
        for number in 0..count {
            let _ = writeln!(all, "        f_{number}(contact)");
        }
        all.push_str("    } on failure as failure {\n        switch failure.kind {\n");
        for number in 0..count {
            let _ = writeln!(all, "            .kind_{number} -> contact.block()");
        }
        all.push_str("            else -> stop\n        }\n    }\n}\n");
        for number in 0..count {
            let _ = writeln!(all, "flow f_{number}(contact: Contact) {{ fail .kind_{number} }}");
        }
        all
    })
}

fn tries(bytes: usize) -> String {
    repeated(bytes, HEAD, "    try { contact.unblock() } on failure { count += 1 }\n", "    contact.score = count\n}\n")
}

fn raised_again(bytes: usize) -> String {
    repeated(
        bytes,
        HEAD,
        "    try { contact.unblock() } on failure as failure { if count > 3 { fail failure } }\n    count += 1\n",
        "}\n",
    )
}

fn undone(bytes: usize) -> String {
    repeated(
        bytes,
        HEAD,
        "    contact.add_note(\"a\") undo { contact.add_note(\"b\") }\n",
        "    contact.score = count\n}\n",
    )
}

fn undone_long(bytes: usize) -> String {
    let head = format!("{HEAD}    contact.add_note(\"a\") undo {{\n");
    repeated(bytes, &head, "        contact.add_note(\"b\")\n", "    }\n    contact.score = count\n}\n")
}

fn tests(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut flow = String::from("flow f(contact: Contact) {\n");
        for number in 0..count {
            let _ = writeln!(flow, "    wait #place_{number} 1 day");
        }
        flow.push_str("}\n");
        for number in 0..count {
            let _ = write!(
                flow,
                "test \"number {number}\" {{\n    let ada = Contact(first_name: \"Ada\")\n    let run = start f(ada)\n    advance 1 day\n    expect run.waiting(#place_{number})\n}}\n"
            );
        }
        flow
    })
}

fn calendars(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::new();
        for number in 0..count {
            let _ = writeln!(all, "calendar hours_{number} {{ open: \"mon-fri 09:00-17:00\" }}");
        }
        all.push_str("flow f(contact: Contact) {\n");
        for number in 0..count {
            let _ = writeln!(all, "    wait 2 business days in hours_{number}");
        }
        all + "    contact.block()\n}\n"
    })
}

fn sending_hours(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ = write!(
            text,
            "calendar hours_{number} {{ open: \"mon-fri 09:00-17:00\" }}\nflow f_{number}(contact: Contact)\n    send within hours_{number}\n{{\n    contact.block()\n}}\n"
        );
    })
}

fn actions(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ = write!(
            text,
            "@once\naction shop_{number}.pay(id: Text) -> Text fails .declined_{number}\nflow f_{number}(id: Text) -> Text {{ return shop_{number}.pay(id) }}\n"
        );
    })
}

fn enums(bytes: usize) -> String {
    grown(bytes, "", "", |number, text| {
        let _ = writeln!(
            text,
            "enum Kind_{number} {{ one \"One\", two \"Two\" }}\nflow f_{number}(kind: Kind_{number}) {{ if kind == .one {{ stop }} }}"
        );
    })
}

fn enum_switch(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("enum Kind {\n");
        for number in 0..count {
            let _ = writeln!(all, "    way_{number} \"Way {number}\"");
        }
        all.push_str("}\nflow f(contact: Contact, kind: Kind) {\n    switch kind {\n");
        for number in 0..count {
            let _ = writeln!(all, "        .way_{number} -> contact.block()");
        }
        all + "    }\n}\n"
    })
}

fn text_switch(bytes: usize) -> String {
    let head = "flow f(contact: Contact, word: Text) {\n    switch word {\n";
    grown(bytes, head, "        else -> contact.block()\n    }\n}\n", |number, text| {
        let _ = writeln!(text, "        \"word {number}\" -> contact.unblock()");
    })
}

fn switch_value(bytes: usize) -> String {
    let head = format!("{HEAD}    let word = switch count {{\n");
    grown(bytes, &head, "        else -> \"\"\n    }\n    contact.add_note(word)\n}\n", |number, text| {
        let _ = writeln!(text, "        {number} -> \"word {number}\"");
    })
}

fn long_wait(bytes: usize) -> String {
    grown(bytes, &format!("{HEAD}    wait {{\n"), "        after 1 day -> stop\n    }\n}\n", |number, text| {
        let _ = writeln!(text, "        when contact.score > {number} -> count += 1");
    })
}

fn split(bytes: usize) -> String {
    repeated(
        bytes,
        HEAD,
        "    split {\n        50% one -> contact.block()\n        50% two -> contact.unblock()\n    }\n",
        "    contact.score = count\n}\n",
    )
}

fn parameters(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("extend Contact { score: Int = 0 }\nflow f(contact: Contact");
        for number in 0..count {
            let _ = write!(all, ", p_{number}: Int");
        }
        all.push_str(") {\n    contact.score = p_0\n}\nflow g(contact: Contact) {\n    f(contact");
        for number in 0..count {
            let _ = write!(all, ", p_{number}: 1");
        }
        all + ")\n}\n"
    })
}

fn named_arguments(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = String::from("extend Contact { score: Int = 0 }\nrecord R {\n");
        for number in 0..count {
            let _ = writeln!(all, "    field_{number}: Int");
        }
        all.push_str("}\nflow f(contact: Contact) {\n    let r = R(");
        for number in 0..count {
            let _ = write!(all, "field_{number}: 1, ");
        }
        all + ")\n    contact.score = r.field_0\n}\n"
    })
}

fn defaults(bytes: usize) -> String {
    let head = "extend Contact { score: Int = 0 }\nrecord R { a: Int, b: Int = 1, c: Int = 2, d: Text = \"d\", e: Text? = null }\nflow f(contact: Contact) {\n";
    repeated(bytes, head, "    contact.score = R(1).a\n", "}\n")
}

fn ands(bytes: usize) -> String {
    repeated(
        bytes,
        &format!("{HEAD}    if count == 0"),
        "\n        and contact.score > 1",
        " {\n        contact.block()\n    }\n}\n",
    )
}

fn guards(bytes: usize) -> String {
    grown(bytes, HEAD, "    contact.score = count\n}\n", |number, text| {
        let _ = write!(
            text,
            "    var name_{number} = contact.first_name\n    if name_{number} == null {{ stop }}\n    contact.add_note(name_{number})\n    name_{number} = null\n"
        );
    })
}

fn forgotten(bytes: usize) -> String {
    repeated(
        bytes,
        HEAD,
        "    if contact.first_name != null {\n        contact.add_note(contact.first_name)\n        wait 1 day\n        contact.add_note(contact.first_name)\n    }\n",
        "    contact.score = count\n}\n",
    )
}

fn aliases(bytes: usize) -> String {
    grown(bytes, HEAD, "    contact.score = count\n}\n", |number, text| {
        let _ = write!(
            text,
            "    let contact_{number} = conversation.contact\n    contact_{number}.add_note(\"a\")\n    wait {{\n        on contact.changed(contact_{number}) -> count += 1\n        after 1 day -> stop\n    }}\n"
        );
    })
}

fn path_variables(bytes: usize) -> String {
    counted(bytes, |count| {
        let mut all = HEAD.to_owned();
        for number in 0..count {
            let _ = writeln!(all, "    var count_{number} = 0");
        }
        all.push_str("    parallel {\n        path one {\n");
        for number in 0..count {
            let _ = writeln!(all, "            count_{number} += 1");
        }
        all.push_str("        }\n        path two {\n");
        for number in 0..count {
            let _ = writeln!(all, "            count_{number} = 2");
        }
        all + "        }\n    }\n    contact.score = count\n}\n"
    })
}

fn conversations(bytes: usize) -> String {
    grown(bytes, HEAD, "    contact.score = count\n}\n", |number, text| {
        let _ = write!(text, "    let talk_{number} = contact.conversation()\n    say \"Hello\", in: talk_{number}\n");
    })
}

fn placeholders(bytes: usize) -> String {
    repeated(
        bytes,
        HEAD,
        "    say \"{{count}} and {{contact.first_name ?? \"you\"}} of {{contact.language}}, {{count + 1}}.\"\n",
        "}\n",
    )
}

fn blocks(bytes: usize) -> String {
    repeated(
        bytes,
        HEAD,
        "    contact.add_note(\"\"\"\n        Several lines,\n        with {{count}} in them.\n\n        And one more.\n    \"\"\")\n",
        "}\n",
    )
}

fn methods(bytes: usize) -> String {
    repeated(bytes, "flow f(contact: Contact, name: Text) {\n    contact.add_note(name", ".trim().upper()", ")\n}\n")
}

fn deep_loops(bytes: usize) -> String {
    let (open, close) = ("    while count < 3 {\n".repeat(12), "    }\n".repeat(12));
    repeated(bytes, HEAD, &format!("{open}count += 1\n{close}"), "    contact.score = count\n}\n")
}

fn deep_tries(bytes: usize) -> String {
    let (open, close) = ("    try {\n".repeat(12), "    } on failure { contact.block() }\n".repeat(12));
    repeated(bytes, HEAD, &format!("{open}count += 1\n{close}"), "    contact.score = count\n}\n")
}
