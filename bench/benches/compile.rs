//! How fast a project compiles: parsed, checked, lowered, verified; each phase apart.
//!
//! `cargo bench -p flow-bench --bench compile`. Medians of several rounds over modules of ordinary flows.

use flow_bench as _;
use flow_bytecode::verify;
use flow_lang::check::{Module, Purpose, check};
use flow_lang::compile::{Input, compile};
use flow_lang::diag::FileId;
use flow_lang::lower::lower;
use flow_lang::syntax::parse;
use std::time::{Duration, Instant};

const MODULES: usize = 40;
const FLOWS: usize = 30;
const ROUNDS: usize = 9;

/// A module of ordinary flows, with comments, texts, choices, waits and calls.
fn module(number: usize) -> String {
    let mut text = format!(
        "//! Module {number} of a large project.\n\nenum Kind{number} {{ one \"One\", two \"Two\", three \"Three\" }}\n"
    );
    text.push_str(&format!("record Answer{number} {{ id: Text, total: Number, paid: Bool = false }}\n\n"));
    for flow in 0..FLOWS {
        text.push_str(&format!(
            r#"/// Flow {flow}: asks, decides, waits, tells.
flow flow_{flow}(conversation: Conversation, limit: Int = {flow}) {{
    let contact = conversation.contact
    var count = 0
    let name = contact.first_name ?? "there"
    say "Hello {{{{name}}}}, this is question {{{{limit}}}} of {FLOWS}."

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

fn median(mut rounds: Vec<Duration>) -> f64 {
    rounds.sort();
    rounds[rounds.len() / 2].as_secs_f64()
}

fn main() {
    let mut inputs: Vec<Input> = flow_stdlib::declarations()
        .iter()
        .map(|(path, text)| Input { path: (*path).into(), text: text.as_bytes().to_vec(), library: true })
        .collect();
    let shared = "extend Contact { score: Int = 0 }\n";
    inputs.push(Input { path: "shared.flow".into(), text: shared.into(), library: false });
    for number in 0..MODULES {
        let path = format!("module_{number}.flow").into();
        inputs.push(Input { path, text: module(number).into_bytes(), library: false });
    }
    let lines: usize = inputs.iter().map(|input| input.text.iter().filter(|byte| **byte == b'\n').count()).sum();
    let bytes: usize = inputs.iter().map(|input| input.text.len()).sum();

    let first = compile(&inputs);
    assert!(!first.failed(), "{:#?}", first.diagnostics.first());
    let texts: Vec<&str> = inputs.iter().map(|input| std::str::from_utf8(&input.text).expect("UTF-8")).collect();
    let names: Vec<String> = inputs.iter().map(Input::module).collect();

    let (mut parsing, mut checking, mut lowering, mut verifying, mut all) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let parsed: Vec<_> = texts.iter().enumerate().map(|(index, text)| parse(FileId(index as u32), text)).collect();
        parsing.push(start.elapsed());

        let modules: Vec<Module<'_>> = (inputs.iter().zip(&names).zip(&parsed))
            .map(|((input, name), parsed)| Module {
                name,
                tree: &parsed.tree,
                library: input.library,
                connector: false,
                flows: false,
            })
            .collect();
        let start = Instant::now();
        let checked = check(&modules, Purpose::Deploy);
        checking.push(start.elapsed());

        let hir = checked.hir.expect("no errors");
        let start = Instant::now();
        let lowered = lower(&hir, &[]).expect("it fits");
        lowering.push(start.elapsed());

        let start = Instant::now();
        verify::verify(&lowered.program).expect("it verifies");
        verifying.push(start.elapsed());

        let start = Instant::now();
        let compiled = compile(&inputs);
        verify::verify(&compiled.lowered.expect("no errors").program).expect("it verifies");
        all.push(start.elapsed());
    }
    println!("{lines} lines, {:.1} MB, {} flows", bytes as f64 / 1e6, MODULES * FLOWS);
    println!("{:<24}{:>14}{:>14}", "phase", "ms", "M lines/s");
    for (name, rounds) in [
        ("parse", parsing),
        ("resolve and check", checking),
        ("lower", lowering),
        ("verify", verifying),
        ("all, with line table", all),
    ] {
        let seconds = median(rounds);
        println!("{name:<24}{:>14.1}{:>14.2}", seconds * 1e3, lines as f64 / seconds / 1e6);
    }
}
