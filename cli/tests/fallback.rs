//! `[fallback]` in `flow.toml`: no customer is left in silence by a run that fails.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;

const FLOWS: &str = r#"
team desk, billing

flow broken(conversation: Conversation) {
    say "One moment, please."
    fail "the order book is closed"
}

flow taken(conversation: Conversation) {
    conversation.assign(to: .billing)
    fail "the order book is closed"
}

flow handled(conversation: Conversation) {
    try { fail "the order book is closed" } on failure { say "That did not work." }
}

test "whoever talks with a run that fails hears of it, and somebody takes over" {
    let talk = Conversation(contact: Contact(first_name: "Ada"))
    let run = start broken(talk)
    expect run.failed
    expect run.said("A colleague will write to you.")
    expect talk.assignee == team.desk
}

test "a person who has it already keeps it" {
    let talk = Conversation(contact: Contact(first_name: "Ada"))
    let run = start taken(talk)
    expect run.failed
    expect not run.said("A colleague")
    expect talk.assignee == team.billing
}

test "what a flow handles is no failure of it" {
    let talk = Conversation(contact: Contact(first_name: "Ada"))
    let run = start handled(talk)
    expect not run.said("A colleague")
    expect talk.assignee == null
}
"#;

const SETTINGS: &str = "[fallback]\ntext = \"A colleague will write to you.\"\nteam = \"desk\"\n";

#[test]
fn a_customer_is_not_left_in_silence() {
    let project = Scratch::project();
    project.write("desk.flow", FLOWS);
    project.write("flow.toml", SETTINGS);
    project.flow(&["test"]).expect(0).shows("ok      a person who has it already keeps it");
    project.flow(&["run", "desk.flow:broken"]).expect(1).shows("A colleague will write to you.");
    project.flow(&["conversations", "list"]).expect(0).shows("desk");
    project.flow(&["runs", "--json"]).expect(0).shows("\"failed\"");
}

#[test]
fn a_team_that_is_not_declared_is_told_before_anything_runs() {
    let project = Scratch::project();
    project.write("desk.flow", FLOWS);
    project.write("flow.toml", SETTINGS.replace("\"desk\"", "\"dekk\""));
    project.flow(&["run", "desk.flow:broken"]).expect(2).says("there is no team `dekk`").says("did you mean `desk`?");
    project.flow(&["doctor"]).shows("there is no team `dekk`");
}
