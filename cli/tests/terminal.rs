//! The conversation as a person has it: on a terminal, with keys. Needs `script`, which makes one; where it is not
//! installed there is nothing to see.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
use common::terminal::Terminal;

/// The last thing a prompt draws.
const READY: &str = "or your words";

#[test]
fn options_are_chosen_with_arrows_and_shown_in_colours() {
    let project = Scratch::project();
    let flow = format!("{} run hello.flow", env!("CARGO_BIN_EXE_flow"));
    let Some(mut terminal) = Terminal::start(&project, 80, &flow) else { return };
    let first = terminal.until(READY);
    assert!(first.contains("\u{1b}[36m❯ 1\u{1b}[0m"), "{first:?}");
    terminal.press("\u{1b}[B");
    assert!(terminal.until(READY).contains("\u{1b}[36m❯ 2\u{1b}[0m"));
    terminal.press("\r");
    terminal.until("Hello to you, too.");
    terminal.until("has finished");
    assert_eq!(terminal.end(), Some(0));
}

#[test]
fn what_is_typed_is_edited_asked_again_and_left_with_control_c() {
    let project = Scratch::project();
    let flow = format!("env NO_COLOR=1 {} run hello.flow", env!("CARGO_BIN_EXE_flow"));
    let Some(mut terminal) = Terminal::start(&project, 40, &flow) else { return };
    let first = terminal.until("numb");
    assert!(!first.contains("\u{1b}[3"), "colours although NO_COLOR is set: {first:?}");
    terminal.press("nonsens\u{7f}\r");
    terminal.until("nonsen");
    assert!(terminal.until("numb").contains("that did not fit: one of the options"));
    terminal.press("\u{3}");
    let left = terminal.until("talks to it here");
    assert!(left.contains("waits at #topic for an answer"), "{left}");
    let run = left.split_whitespace().find(|word| word.starts_with("r_")).expect("the run is named").to_owned();
    assert_eq!(terminal.end(), Some(0));
    assert!(project.flow(&["runs", "--json"]).expect(0).out.contains("\"waiting\""));

    let flow = format!("{} resume {run}", env!("CARGO_BIN_EXE_flow"));
    let mut terminal = Terminal::start(&project, 80, &flow).expect("there was one before");
    assert!(terminal.until(READY).contains("nonsen"), "the end of the conversation is shown again");
    terminal.press("2\r");
    terminal.until("has finished");
    assert_eq!(terminal.end(), Some(0));
}

/// A run that is started asks in the same conversation: its question is shown, and afterwards the older one again.
#[test]
fn the_newest_question_of_a_conversation_is_asked_whichever_run_it_is() {
    let project = Scratch::project();
    project.write(
        "two.flow",
        "flow two(conversation: Conversation) {\n    start second(conversation)\n    let a = ask #one \"First?\" as Text, \
         timeout: 1 day else { stop }\n    say \"first was {{a}}\"\n}\nflow second(conversation: Conversation) {\n    \
         let a = ask #two \"Second?\" as Text, timeout: 1 day else { stop }\n    say \"second was {{a}}\"\n}\n",
    );
    let flow = format!("env NO_COLOR=1 {} run two.flow:two", env!("CARGO_BIN_EXE_flow"));
    let Some(mut terminal) = Terminal::start(&project, 80, &flow) else { return };
    terminal.until("Second?");
    terminal.until("1 day left");
    terminal.press("foo\r");
    terminal.until("second was foo");
    terminal.until("First?");
    terminal.until("1 day left");
    terminal.press("bar\r");
    terminal.until("first was bar");
    terminal.until("has finished");
    assert_eq!(terminal.end(), Some(0));
}

/// Two people are asked by one run: each question says whose it is, and the answer goes there.
#[test]
fn who_is_asked_first_answers_first_and_both_are_shown() {
    let project = Scratch::project();
    project.write("people.csv", "Email,First name\nada@example.com,Ada\ngrace@example.com,Grace\n");
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    project.write(
        "both.flow",
        "flow both(one: Contact, two: Contact) {\n    let first = one.conversation()\n    let second = two.conversation()\n    \
         parallel {\n        path left { let n = ask #left \"Apples?\" as Int, timeout: 1 day, in: first else { fail \"x\" } }\n        \
         path right { let n = ask #right \"Pears?\" as Int, timeout: 1 day, in: second else { fail \"x\" } }\n    }\n}\n",
    );
    let line = "env NO_COLOR=1 FLOW run both.flow one=ada@example.com two=grace@example.com";
    let line = line.replace("FLOW", env!("CARGO_BIN_EXE_flow"));
    let Some(mut terminal) = Terminal::start(&project, 80, &line) else { return };
    let both = terminal.until("a whole number");
    assert!(both.contains("── Ada, conversation") && both.contains("── Grace, conversation"), "{both}");
    let asked = both.rsplit("── Ada").next().unwrap_or_default();
    assert!(asked.contains("Apples?") && asked.contains("Ada │"), "the question stands above its answer: {both}");
    terminal.press("many\r");
    let again = terminal.until("a whole number ·");
    assert!(again.contains("that did not fit: a whole number") && again.contains("Ada │"), "{again}");
    terminal.press("3\r");
    let second = terminal.until("a whole number");
    assert!(second.contains("Pears?") && second.contains("Grace │"), "{second}");
    terminal.press("4\r");
    terminal.until("has finished");
    assert_eq!(terminal.end(), Some(0));
}
