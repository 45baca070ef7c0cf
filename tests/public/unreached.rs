//! What a flow asks in a conversation by email: it is not sent, and whoever looks is told.

use crate::killed::flow;
use flow_tests::terminal::Terminal;

#[test]
fn whoever_looks_is_told_that_a_question_by_email_reaches_nobody() {
    let terminal = Terminal::open();
    terminal.write("flow.toml", "");
    terminal.write(
        "desk.flow",
        "flow asks(conversation: Conversation, text: Text) -> Text\n    on message.received where text != \"\"\n{\n    \
         let more = ask \"Which order?\" as Text, timeout: 2 days else { return \"none\" }\n    return more\n}\n\n\
         flow chats(contact: Contact) -> Text {\n    let conversation = contact.conversation()\n    \
         let more = ask \"Which one?\" as Text, timeout: 2 days else { return \"none\" }\n    return more\n}\n",
    );
    flow(&terminal, "contacts add email=ada@example.com", "");
    flow(&terminal, "run desk.flow:chats contact=ada@example.com --detach", "");
    let mail = "From: ada@example.com\nMessage-ID: <1@example.com>\n\nIt is broken\n";
    assert_eq!(flow(&terminal, "mail receive", mail), "taken: a message\n");
    let words = "nobody is reached by this";
    let runs = flow(&terminal, "runs --json", "");
    let mut told = Vec::new();
    for run in runs.lines() {
        let run: serde_json::Value = serde_json::from_str(run).expect("an object a line");
        let (name, number) = (run["flow"].as_str().expect("a name"), run["run"].as_str().expect("a number"));
        let shown = flow(&terminal, &format!("show {number}"), "");
        assert_eq!(shown.contains(words), name.contains("asks"), "{shown}");
        told.push(shown.contains("asks: Which"));
    }
    assert_eq!(told, [true, true]);
}
