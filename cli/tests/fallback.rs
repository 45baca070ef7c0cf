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

flow mute(conversation: Conversation) {
    fail "the order book is closed"
}

flow closed(conversation: Conversation) {
    conversation.close(reason: "done")
    fail "the order book is closed"
}

flow greet(conversation: Conversation) { say "One moment, please." }

flow beside(contact: Contact) {
    greet(contact.conversation())
    fail "the order book is closed"
}

flow beside_later(contact: Contact) {
    greet(contact.conversation())
    wait 1 day
    fail "the order book is closed"
}

test "one that has not heard a word hears that" {
    let talk = Conversation(contact: Contact(first_name: "Ada"))
    let run = start mute(talk)
    expect run.said("A colleague will write to you.") and talk.assignee == team.desk
}

test "a closed conversation is not opened again" {
    let talk = Conversation(contact: Contact(first_name: "Ada"))
    let run = start closed(talk)
    expect run.failed and not run.said("A colleague")
    expect talk.assignee == null
}

test "a conversation that the run is not about is one, too" {
    let ada = Contact(first_name: "Ada")
    let talk = Conversation(contact: ada)
    let run = start beside(ada)
    expect run.said("A colleague will write to you.") and talk.assignee == team.desk
}

test "also when it has talked there long ago" {
    let ada = Contact(first_name: "Ada")
    let talk = Conversation(contact: ada)
    let run = start beside_later(ada)
    expect not run.said("A colleague")
    advance 1 day
    expect run.said("A colleague will write to you.") and talk.assignee == team.desk
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
    let run = project.flow(&["run", "desk.flow:broken"]).expect(1).shows("A colleague will write to you.").run_id();
    project.flow(&["show", &run]).shows("kept the customer from silence");
    project.flow(&["conversations", "list"]).expect(0).shows("desk");
    project.flow(&["runs", "--json"]).expect(0).shows("\"failed\"");
}

#[test]
fn a_team_that_is_not_declared_is_told_before_anything_runs() {
    let project = Scratch::project();
    project.write("desk.flow", FLOWS);
    project.write("flow.toml", SETTINGS.replace("\"desk\"", "\"dekk\""));
    project.flow(&["run", "desk.flow:broken"]).expect(2).says("there is no team `dekk`").says("did you mean `desk`?");
    project.flow(&["check"]).expect(2).says("there is no team `dekk`");
    project.flow(&["doctor"]).shows("there is no team `dekk`");
    // Of a project that cannot be read the teams are not known.
    project.write("desk.flow", format!("{FLOWS}\nflow unread() {{ nothing() }}\n"));
    assert!(!project.flow(&["doctor"]).out.contains("there is no team"));
}
