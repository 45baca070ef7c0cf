//! A failure within a flow of the library is told with the line that has called it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;

const PROGRAM: &str = r#"
record Lead {
    /// Where can we write to you?
    email: Email
    seats: Int
}

flow wanted(conversation: Conversation) {
    say "Welcome."
    find_out(conversation)
    say "Thank you."
}

flow find_out(conversation: Conversation) {
    let lead = ai.mission(
        conversation,
        goal: "plan a demo",
        collect: Lead,
    ) else { stop }
    conversation.add_note("{{lead.email}}")
}
"#;

#[test]
fn the_line_that_has_called_the_library_comes_first() {
    let project = Scratch::project();
    project.write("desk.flow", PROGRAM);
    // The model's key is nowhere.
    project
        .write("flow.toml", "[project]\nname = \"x\"\n[ai]\nprovider = \"openai\"\nmodel = \"m\"\nkey = \"ai_key\"\n");
    let done = project.flow(&["run", "desk.flow:wanted"]).expect(1);
    let told = format!("{}{}", done.out, done.err);
    let own = told.find("at     desk.flow:15:").unwrap_or_else(|| panic!("{told}"));
    let library = told.find("in     ai.mission, a flow of the library").unwrap_or_else(|| panic!("{told}"));
    assert!(own < library, "{told}");
    assert!(told.contains("let lead = ai.mission(") && !told.contains("ai.mission.flow"), "{told}");
    let run = done.run_id();
    let shown = project.flow(&["show", &run]).expect(0).shows("at     desk.flow:15:");
    assert!(!shown.out.contains("ai.mission.flow"), "{}", shown.out);
    project.flow(&["show", &run, "--json"]).expect(0).shows("\"called_at\":{");
}
