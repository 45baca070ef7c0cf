//! What no program can bring about by itself.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says where")]

use super::plan::Plan;
use super::{Failure, run_all};
use crate::project::inputs;
use flow_bytecode::Value;
use flow_lang::check::{Purpose, Settings};
use flow_lang::compile::Input;
use flow_stdlib::Config;
use flow_vm::action::{ActionError, Implementation, Workspace};
use std::convert::Infallible;

const PROGRAM: &str = r#"
flow noted(contact: Contact) {
    wait 1 hour
    contact.add_note("Hello.")
}

test "nothing is looked at afterwards" {
    let run = start noted(Contact(email: "ada@example.com"))
    advance 2 hours
}
"#;

const SORTING: &str = r#"
enum Topic { billing "Billing", other "Else" }

flow sorts(contact: Contact) {
    let found = ai.classify_text("My card was charged twice", categories: Topic)
    contact.add_note("It is {{found.category}}.")
}

test "it is not told as it travels" {
    let run = start sorts(Contact(email: "ada@example.com"))
    expect run.failed
}
"#;

fn breaks(_: &mut dyn Workspace, _: &[Value]) -> Result<Value, ActionError> {
    Err(ActionError::Fault("the note is on fire".to_owned()))
}

/// The failures of a program's tests; with a note that breaks its run, if wanted.
fn failures(program: &str, broken: bool) -> Vec<Failure> {
    let mut registry = flow_stdlib::registry(&Config::default()).expect("the settings are none");
    if broken {
        registry.add("Contact.add_note", Implementation::Local(breaks));
    }
    let mut all = inputs(&[]);
    all.push(Input { path: "desk.flow".into(), text: program.into(), library: false });
    let settings = Settings { purpose: Purpose::Test, ..Settings::default() };
    let Ok(plan) = Plan::new(&all, &settings, registry) else { panic!("it does not compile") };
    let tests: Vec<_> = plan.tests.iter().collect();
    let Ok(outcomes) = run_all(&plan, &tests, |_, _| Ok::<(), Infallible>(()));
    assert_eq!(outcomes.len(), 1);
    outcomes.into_iter().filter_map(|outcome| Some(*outcome.failure?)).collect()
}

/// A test in which a run was set aside does not hold, whatever else it says.
#[test]
fn a_run_that_was_set_aside_fails_its_test() {
    assert_eq!(failures(PROGRAM, false), []);
    let failed = failures(PROGRAM, true);
    let [failure] = failed.as_slice() else { panic!("{failed:?}") };
    assert!(failure.message.starts_with("a run of `desk.noted` was set aside: "), "{}", failure.message);
    assert!(failure.message.contains("the note is on fire"), "{}", failure.message);
}

#[test]
fn an_enum_is_told_by_its_name() {
    let failed = failures(SORTING, false);
    let [failure] = failed.as_slice() else { panic!("{failed:?}") };
    let told: Vec<&str> = failure.transcript.iter().map(|line| line.what.as_str()).collect();
    let call = "ai.classify_text(text: \"My card was charged twice\", categories: Topic)";
    assert!(told.iter().any(|line| line.starts_with(call)), "{told:#?}");
}
