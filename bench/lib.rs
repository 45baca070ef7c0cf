//! Benchmarks of Flow
#![forbid(unsafe_code)]

/// That of the command: what is measured is what runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A module of ordinary flows, with comments, texts, choices, waits and calls.
pub fn module(number: usize, flows: usize) -> String {
    let mut text = format!(
        "//! Module {number} of a large project.\n\nenum Kind{number} {{ one \"One\", two \"Two\", three \"Three\" }}\n"
    );
    text.push_str(&format!("record Answer{number} {{ id: Text, total: Number, paid: Bool = false }}\n\n"));
    for flow in 0..flows {
        text.push_str(&format!(
            r#"/// Flow {flow}: asks, decides, waits, tells.
flow flow_{flow}(conversation: Conversation, limit: Int = {flow}) {{
    let contact = conversation.contact
    var count = 0
    let name = contact.first_name ?? "there"
    say "Hello {{{{name}}}}, this is question {{{{limit}}}} of {flows}."

    // Whoever has no email is asked for one, twice at most.
    let email = contact.email
    if email == null {{
        contact.email = ask "What is your email?" as Email, retries: 2, hint: "like name@example.com"
    }} else {{
        contact.add_note("Known as {{{{email}}}}")
    }}

    let kind = ask "What kind is it?" from Kind{number}
    switch kind {{
        .one   -> count += 1
        .two   -> {{
            count += limit * 2
            contact.score += count
        }}
        .three -> conversation.add_note("the third kind, {{{{count}}}} so far")
    }}

    choice #next "And now?" {{
        "Go on" if count < 10 -> {{
            let found = http.get(url: "https://example.com/orders/{{{{count}}}}") with {{ timeout: 5 seconds, retry: 2 }}
            let answer: Answer{number} = found.decode()
            if answer.paid and answer.total > 19.90 {{
                say "Order {{{{answer.id}}}} over {{{{answer.total}}}} is paid."
            }}
        }}
        "Stop here"           -> conversation.close(reason: "stopped")
        else as text          -> {{
            conversation.add_note("wrote {{{{text}}}}")
            again
        }}
        after 15 minutes      -> stop
    }}

    while count < limit {{
        count += 1
        if count == 7 {{ break }}
    }}
    wait 3 days at 10:00 in contact.timezone
    chat.send(to: contact, text: "How did it go, {{{{name}}}}? You counted to {{{{count}}}}.")
}}

"#
        ));
    }
    text
}
