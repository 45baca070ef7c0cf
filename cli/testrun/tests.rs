//! What no program can bring about by itself.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says where")]

use super::plan::Plan;
use super::run_all;
use crate::project::inputs;
use flow_bytecode::Value;
use flow_lang::check::Settings;
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

fn breaks(_: &mut dyn Workspace, _: &[Value]) -> Result<Value, ActionError> {
    Err(ActionError::Fault("the note is on fire".to_owned()))
}

/// The failures of the program's test; with a note that breaks its run, if wanted.
fn failures(broken: bool) -> Vec<String> {
    let mut registry = flow_stdlib::registry(&Config::default()).expect("the settings are none");
    if broken {
        registry.add("Contact.add_note", Implementation::Local(breaks));
    }
    let mut all = inputs(&[]);
    all.push(Input { path: "desk.flow".into(), text: PROGRAM.into(), library: false });
    let Ok(plan) =
        Plan::new(&all, &Settings { purpose: flow_lang::check::Purpose::Test, ..Settings::default() }, registry)
    else {
        panic!("it does not compile")
    };
    let tests: Vec<_> = plan.tests.iter().collect();
    let Ok(outcomes) = run_all(&plan, &tests, |_, _| Ok::<(), Infallible>(()));
    assert_eq!(outcomes.len(), 1);
    outcomes.into_iter().filter_map(|outcome| Some(outcome.failure?.message)).collect()
}

/// A test in which a run was set aside does not hold, whatever else it says.
#[test]
fn a_run_that_was_set_aside_fails_its_test() {
    assert_eq!(failures(false), [""; 0]);
    let failed = failures(true);
    let [message] = failed.as_slice() else { panic!("{failed:?}") };
    assert!(message.starts_with("a run of `desk.noted` was set aside: "), "{message}");
    assert!(message.contains("the note is on fire"), "{message}");
}
