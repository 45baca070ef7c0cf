//! How fast `flow test` is: 200 tests that span weeks each, in a project of twenty files; the whole command, from reading the
//! files to the last line.
//!
//! `cargo bench -p flow-bench --bench tests`. The median of several rounds, and the slowest.

use flow_bench as _;
use flow_cli::{Io, Terminal};
use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const FILES: usize = 20;
const TESTS: usize = 10;
const ROUNDS: usize = 9;

/// A journey of five weeks and ten tests of it: waits, questions, a service that fails, a loop of reminders.
fn module(number: usize) -> String {
    let mut text = format!(
        r#"//! Journey {number}.

record Order{number} {{ id: Text, total: Money }}

/// What was ordered.
@read(retry: 2)
action shop{number}.order(id: Text) -> Order{number} = http {{ method: .get, url: "https://shop.example.com/orders/{{{{id}}}}" }}

/// Three reminders, a week apart, then a question.
flow journey_{number}(conversation: Conversation, id: Text) {{
    let contact = conversation.contact
    let order = shop{number}.order(id: id)
    say "Your order {{{{order.id}}}} over {{{{order.total}}}} is on its way."
    var count = 0
    while count < 3 {{
        wait #reminder {{
            when contact.city == "Oslo"                -> break
            after 1 week at 09:00 in contact.timezone  -> count += 1
        }}
        contact.add_note("Reminder {{{{count}}}}.")
    }}
    choice #helped "Did everything arrive?" {{
        "Yes"        -> {{
            say "Good to hear!"
            conversation.close(reason: "arrived")
        }}
        "No"         -> {{
            wait 2 days
            conversation.assign(to: .support)
        }}
        after 2 weeks -> conversation.close(reason: "no answer")
    }}
}}
"#
    );
    for test in 0..TESTS {
        text.push_str(&format!(
            r#"
test "journey {number}.{test}" {{
    mock shop{number}.order fails .timeout then returns Order{number}(id: "A{test}", total: money({test}.50, .eur))
    let ada = Contact(first_name: "Ada", timezone: "Europe/Oslo")
    let talk = Conversation(contact: ada)
    let run = start journey_{number}(talk, id: "A{test}")
    advance 1 minute
    expect run.said("EUR {test}.50 is on its way")
    advance 3 weeks
    expect run.waiting(#helped)
"#
        ));
        text.push_str(match test % 3 {
            0 => "    run.answer(\"Yes\")\n    expect talk.close_reason == \"arrived\"\n",
            1 => "    run.answer(\"2\")\n    advance 2 days\n    expect talk.assignee == team.support\n",
            _ => "    advance 2 weeks\n    expect run.finished and talk.close_reason == \"no answer\"\n",
        });
        text.push_str("}\n");
    }
    text
}

/// Runs `flow test` on a folder: what it prints.
fn flow_test(folder: &Path) -> (String, Duration) {
    let printed = Printed::default();
    let io = Io {
        input: Box::new(Cursor::new(Vec::new())),
        out: Box::new(printed.clone()),
        err: Box::new(printed.clone()),
        terminal: Terminal { input: false, output: false, error: false, color: false, unicode: true, width: 100 },
        folder: folder.to_owned(),
        environment: HashMap::new(),
        program: "flow".to_owned(),
    };
    let start = Instant::now();
    let code = flow_cli::run(["flow", "test"].map(Into::into), io);
    let took = start.elapsed();
    let text = String::from_utf8(printed.0.lock().expect("no thread panicked").clone()).expect("UTF-8");
    assert_eq!(code, ExitCode::SUCCESS, "{text}");
    assert!(text.contains(&format!("{} tests passed", FILES * TESTS)), "{text}");
    (text, took)
}

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no thread panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {
    let folder = match std::env::var_os("FLOW_BENCH_KEEP") {
        // To look at it, or to profile `flow test` there.
        Some(kept) => kept.into(),
        None => tempfile::tempdir().expect("a scratch folder").keep(),
    };
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file can be written");
    write("flow.toml", "[project]\nname = \"journeys\"\n");
    write("teams.flow", "team support\n");
    for number in 0..FILES {
        write(&format!("journey_{number}.flow"), &module(number));
    }
    flow_test(&folder);
    let mut rounds: Vec<Duration> = (0..ROUNDS).map(|_| flow_test(&folder).1).collect();
    rounds.sort();
    let ms = |round: Duration| round.as_secs_f64() * 1e3;
    let (median, slowest) = (ms(rounds[ROUNDS / 2]), ms(rounds[ROUNDS - 1]));
    println!("{} tests of three to five weeks each, in {FILES} files", FILES * TESTS);
    println!(
        "median {median:.0} ms, slowest of {ROUNDS} {slowest:.0} ms; {:.2} ms a test",
        median / (FILES * TESTS) as f64
    );
    if std::env::var_os("FLOW_BENCH_KEEP").is_none() {
        std::fs::remove_dir_all(&folder).expect("the scratch folder goes");
    }
}
