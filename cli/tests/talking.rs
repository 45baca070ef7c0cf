//! A run from its start to its end, by whatever commands.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;

#[test]
fn lines_answer_and_the_end_of_input_leaves_it_waiting() {
    let project = Scratch::project();
    let whole = project.flow_with(&["run", "hello.flow"], "2\n").expect(0);
    insta::assert_snapshot!("piped_conversation", whole.transcript());
    let left = project.flow(&["run", "hello.flow"]).expect(0);
    insta::assert_snapshot!("left_waiting", left.transcript());
    let run = left.run_id();
    let answered = project.flow(&["answer", &run, "an inv"]).expect(0);
    insta::assert_snapshot!("answered", answered.transcript());
    project.flow(&["answer", &run, "an inv"]).expect(1).says("does not wait for an answer: it is finished");
}

#[test]
fn killed_before_it_shows_a_prompt_it_asks_again_and_only_once() {
    let project = Scratch::project();
    for _ in 0..20 {
        assert_eq!(project.flow_in(&["run", "hello.flow"], "2\n", &[("FLOW_CRASH_AT", "13:1")]).code, -1);
        let listed = project.flow(&["runs", "--status", "waiting", "--json"]).expect(0).out;
        let object: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
        let run = object["run"].as_str().unwrap();
        let shown = project.flow(&["show", run]).expect(0).out;
        assert_eq!(shown.matches("asks: What").count(), 1, "{shown}");
        project.flow(&["answer", run, "2"]).expect(0);
    }
    assert_eq!(project.flow(&["runs", "--status", "finished", "--json"]).expect(0).out.lines().count(), 20);
}

#[test]
fn a_wrong_answer_is_asked_again() {
    let project = Scratch::project();
    let done = project.flow_with(&["run", "hello.flow"], "nonsense\n\n2\n").expect(0);
    assert_eq!(done.out.matches("What is it about?").count(), 3, "{}", done.out);
    assert_eq!(done.out.matches("that did not fit: one of the options").count(), 2, "{}", done.out);
    assert!(done.out.contains("has finished"), "{}", done.out);
}

const RATING: &str = r#"flow rating(conversation: Conversation, most: Int = 5) {
    let stars = ask #stars "How many stars?" as Int, min: 1, max: most, timeout: 1 day else { stop }
    let mail = ask #mail "Your email?" as Email, hint: "like name@example.com", timeout: 1 day else { stop }
    let name = ask #name "Your name?" as Text, min: 2, timeout: 1 day else { stop }
    say "{{stars}} of {{most}} by {{name}}, {{mail}}"
}
"#;

/// Whoever is asked again is told why, by whatever command.
#[test]
fn an_answer_that_does_not_fit_is_told_why() {
    let project = Scratch::project();
    project.write("rating.flow", RATING);
    let run = project.flow(&["run", "rating.flow", "most=7", "--detach"]).expect(0).run_id();
    let refused = project.flow(&["answer", &run, "eight"]).expect(1).out;
    assert!(refused.contains("that did not fit: a whole number from 1 to 7\n"), "{refused}");
    let line = project.flow(&["answer", &run, "8", "--json"]).expect(1).out;
    assert!(line.contains(r#"{"kind":"refused","value":"a whole number from 1 to 7"}"#), "{line}");
    project.flow(&["answer", &run, "6"]).expect(0);
    let hinted = project.flow(&["answer", &run, "nobody"]).expect(1).out;
    assert!(hinted.contains("like name@example.com") && !hinted.contains("did not fit"), "{hinted}");
    let lines = project.flow_with(&["run", "rating.flow", "--json"], "many\n4\n").expect(0).out;
    let asks: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let asks: Vec<&serde_json::Value> = asks.iter().filter(|line| line["event"] == "asks").collect();
    assert_eq!(
        (&asks[0]["refused"], asks[1]["refused"].as_str()),
        (&serde_json::Value::Null, Some("a whole number from 1 to 5"))
    );
    let named = project.flow_with(&["run", "rating.flow"], "4\na@example.com\nx\n").expect(0).out;
    assert!(named.contains("that did not fit: a text of at least 2 characters"), "{named}");
}

/// A choice without anything to choose keeps nobody waiting.
#[test]
fn a_choice_of_which_everything_is_hidden_goes_on_or_fails() {
    let project = Scratch::project();
    let shown = |arms: &str| {
        let flow = format!(
            "flow pick(conversation: Conversation, open: Bool = false) {{\n    choice #pick \"Pick\" {{\n        \
             \"One\" if open -> say \"one\"\n        {arms}\n    }}\n}}\n"
        );
        project.write("pick.flow", flow);
        project.flow_with(&["run", "pick.flow"], "whatever\n")
    };
    let failed = shown("").expect(1);
    assert!(failed.out.contains("the choice `#pick` has nothing to choose"), "{}", failed.out);
    assert!(failed.out.contains("kind   .invalid") && failed.out.contains("pick.flow:2"), "{}", failed.out);
    assert!(shown("after 1 day -> say \"late\"").expect(0).out.contains("late"));
    assert!(shown("else as text -> say \"wrote {{text}}\"").expect(0).out.contains("wrote whatever"));
    assert!(project.flow_with(&["run", "pick.flow", "open=true"], "1\n").expect(0).out.contains("one"));
}

/// A text stands as it is written, also where it is broken.
#[test]
fn indentation_of_what_is_said_is_kept() {
    let project = Scratch::project();
    project.write(
        "receipt.flow",
        "flow receipt(conversation: Conversation) {\n    say \"\"\"\n        Your order:\n          - a parcel that goes \
         to the other side of the world, by ship, in a box that holds it well\n              gift-wrapped\n        Total: 3\n        \
         \"\"\"\n}\n",
    );
    let said = project.flow(&["run", "receipt.flow"]).expect(0).out;
    let lines: Vec<&str> = said.lines().filter_map(|line| line.split_once('│').map(|(_, text)| text)).collect();
    let parcel = "   - a parcel that goes to the other side of the world, by ship, in a box that holds";
    assert_eq!(lines, [" Your order:", parcel, "   it well", "       gift-wrapped", " Total: 3"], "{said}");
}

#[test]
fn the_same_answer_twice_does_not_answer_the_next_question() {
    let project = Scratch::project();
    project.write(
        "two.flow",
        "flow two(conversation: Conversation) {\n    let a = ask #first \"First?\" as Int, timeout: 1 day else { stop }\n    \
         let b = ask #second \"Second?\" as Int, timeout: 1 day else { stop }\n    say \"{{a}} and {{b}}\"\n}\n",
    );
    let run = project.flow(&["run", "two.flow", "--detach"]).expect(0).run_id();
    project.flow(&["answer", &run, "one", "--at", "first"]).expect(1);
    project.flow(&["answer", &run, "1", "--at", "first"]).expect(0);
    project.flow(&["answer", &run, "1", "--at", "first"]).expect(1).says("asks nothing at `first`").says("#second");
    let done = project.flow(&["answer", &run, "2", "--at", "second"]).expect(0);
    assert!(done.out.contains("1 and 2"), "{}", done.out);
    project.flow(&["answer", &run, "2", "--at", "second"]).expect(1).says("it is finished");
}

#[test]
fn one_run_is_resumed_where_its_conversation_was() {
    let project = Scratch::project();
    let run = project.flow_with(&["run", "hello.flow"], "nonsense\n").expect(0).run_id();
    project.flow(&["resume", "--until-idle"]).expect(0);
    let resumed = project.flow_with(&["resume", &run], "2\n").expect(0);
    insta::assert_snapshot!("resumed", resumed.transcript());
    project.flow_with(&["resume", &run], "2\n").expect(1).says("does not go on: it is finished");
    project.flow(&["resume", &run, "--until-idle"]).expect(2);
    project.flow(&["resume", "r_1011"]).expect(2);
}

#[test]
fn commands_that_are_told_lead_to_the_project_from_where_one_stands() {
    let scratch = Scratch::empty();
    scratch.flow(&["new", "help desk"]).expect(0);
    let left = scratch.flow(&["run", "help desk/hello.flow"]).expect(0);
    let run = left.run_id();
    let command = format!("flow answer {run} \"…\" --project 'help desk'");
    assert!(left.out.contains(&command), "{}", left.out);
    assert!(scratch.flow(&["show", &run, "--project", "help desk"]).expect(0).out.contains(&command));
}

#[test]
fn runs_and_show_tell_where_it_is() {
    let project = Scratch::project();
    let run = project.flow(&["run", "hello.flow", "--detach"]).expect(0).run_id();
    let listed = project.flow(&["runs", "--json"]).expect(0).out;
    let object: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!((&object["run"], &object["status"]), (&run.as_str().into(), &"waiting".into()));
    assert!(object["place"].as_str().is_some_and(|place| place.contains("#topic")), "{listed}");
    for key in ["flow", "subject", "place", "until", "started", "updated"] {
        assert!(!object[key].is_null(), "{key} is missing in {listed}");
    }
    let shown = project.flow(&["show", &run]).expect(0).out;
    assert!(shown.contains("hello: Hi there!"), "{shown}");
    assert!(shown.contains("#topic") && shown.contains("hello.flow:") && shown.contains("asks: What"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&project.flow(&["show", &run, "--json"]).expect(0).out).unwrap();
    assert_eq!(json["prompts"][0]["options"][1], "Just hello");
    project.flow(&["answer", &run, "1", "--at", "nowhere"]).expect(1).says("it asks at #topic");
    project.flow(&["cancel", &run]).expect(0);
    project.flow(&["cancel", &run]).expect(1).says("help: `flow show");
    project.flow(&["retry", &run]).expect(1);
    assert!(project.flow(&["runs", "--status", "cancelled"]).expect(0).out.contains(&run));
    project.flow(&["show", "r_1011"]).expect(2);
}

const WAITS: &str = "event nudged(contact: Contact)\n\nflow patient(contact: Contact) {\n    wait #nap {\n        \
                     on nudged(contact) -> contact.add_note(\"woken\")\n        \
                     after 3 days       -> contact.add_note(\"slept\")\n    }\n}\n";

fn with_ada() -> Scratch {
    let project = Scratch::project();
    project.write("patient.flow", WAITS);
    project.write("people.csv", "Email,First name\nada@example.com,Ada\ngrace@example.com,Grace\n");
    project.flow(&["contacts", "import", "people.csv"]).expect(0);
    project
}

#[test]
fn an_event_wakes_who_waits_for_it() {
    let project = with_ada();
    let left = project.flow(&["run", "patient.flow", "contact=ada@example.com"]).expect(0);
    assert!(left.out.contains("waits at #nap for 3 days, until "), "{}", left.out);
    let run = left.run_id();
    project.flow(&["fire", "nudgd", "contact=ada@example.com"]).expect(2).says("did you mean `nudged`?");
    project.flow(&["fire", "nudged"]).expect(2);
    project.flow(&["fire", "something_else"]).expect(2).says("help: the project has nudged");
    project.flow(&["answer", &run, "x"]).expect(1).says("does not wait for an answer");
    project.flow(&["resume", "--until-idle"]).expect(0);
    assert!(project.flow(&["runs"]).expect(0).out.contains("waiting"));
    let fired = project.flow(&["fire", "nudged", "contact=ada@example.com", "--delivery", "shop/1"]).expect(0);
    assert!(fired.out.contains("1 run went on") && fired.out.contains(&run), "{}", fired.out);
    assert!(project.flow(&["runs"]).expect(0).out.contains("finished"));
    let again = project.flow(&["fire", "nudged", "contact=ada@example.com", "--delivery", "shop/1"]).expect(0);
    assert!(again.out.contains("was recorded before"), "{}", again.out);
}

#[test]
fn fast_forward_lets_three_days_pass_and_touches_nothing() {
    let project = with_ada();
    let done = project.flow(&["run", "patient.flow", "contact=ada@example.com", "--fast-forward"]).expect(0);
    assert!(done.out.contains("3 days later") && done.out.contains("has finished"), "{}", done.out);
    assert!(project.flow(&["runs"]).expect(0).out.contains("No runs"));
    project.flow(&["show", &done.run_id(), "--db", "flow.db.fast-forward"]).expect(0);
}

/// The pause before another attempt is time that passes, too.
#[test]
fn fast_forward_lets_the_pauses_between_attempts_pass() {
    let project = Scratch::project();
    // Nobody listens on a port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    project.write("flow.toml", format!("[project]\nname = \"x\"\n[net]\nallow = [\"127.0.0.1:{port}\"]\n"));
    let call = r#"flow call(conversation: Conversation) {
    try {
        let found = http.get(url: "http://127.0.0.1:PORT/") with { timeout: 10 seconds, retry: 3, backoff: 2 minutes }
        say "found"
    } on failure as failure { say "no shop: {{failure.kind}}" }
}
"#
    .replace("PORT", &port.to_string());
    project.write("call.flow", call);
    let begun = std::time::Instant::now();
    let done = project.flow(&["run", "call.flow", "--fast-forward"]).expect(0).out;
    assert!(done.contains("no shop") && done.contains("has finished"), "{done}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{done}");
}

#[test]
fn what_happens_can_be_read_as_json_lines() {
    let project = Scratch::project();
    let done = project.flow_with(&["run", "hello.flow", "--json"], "2\n").expect(0);
    let lines: Vec<serde_json::Value> = done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert!(events.contains(&"said") && events.contains(&"asks") && events.last() == Some(&"ended"), "{events:?}");
    assert_eq!(lines.last().unwrap()["status"], "finished");
}

/// A flow that becomes another one leaves what it said as its own.
#[test]
fn who_speaks_is_the_flow_whose_message_it_is() {
    let project = Scratch::project();
    project.write(
        "desk.flow",
        "flow desk(conversation: Conversation) {\n    say \"First this.\"\n    launch pay(conversation)\n}\n\n\
         flow pay(conversation: Conversation) {\n    say \"Then that.\"\n    wait #later 1 day\n}\n",
    );
    let done = project.flow(&["run", "desk.flow:desk"]).expect(0);
    assert!(done.out.contains("desk │ First this.") && done.out.contains(" pay │ Then that."), "{}", done.out);
    let shown = project.flow(&["show", &done.run_id()]).expect(0).out;
    assert!(shown.contains("desk: First this.") && shown.contains("pay: Then that."), "{shown}");
    let lines = project.flow(&["run", "desk.flow:desk", "--json"]).expect(0).out;
    assert!(lines.contains(r#""flow":"desk.desk""#) && lines.contains(r#""flow":"desk.pay""#), "{lines}");
}

/// Asks two people at once.
const BOTH: &str = r#"flow both(one: Contact, two: Contact) {
    let first = one.conversation()
    let second = two.conversation()
    parallel {
        path left {
            let n = ask #left "How many apples?" as Int, timeout: 1 day, in: first else { fail "nobody" }
            say "{{n}} apples.", in: first
        }
        path right {
            let n = ask #right "How many pears?" as Int, timeout: 1 day, in: second else { fail "nobody" }
            say "{{n}} pears.", in: second
        }
    }
}
"#;

#[test]
fn two_conversations_of_one_run_are_both_shown_and_answered_where_they_ask() {
    let project = with_ada();
    project.write("both.flow", BOTH);
    let line = ["run", "both.flow", "one=ada@example.com", "two=grace@example.com"];
    let done = project.flow_with(&line, "3\n4\n").expect(0);
    insta::assert_snapshot!("two_conversations", done.transcript());
    let left = project.flow(&line).expect(0);
    let run = left.run_id();
    for words in ["--at left  answers: How many apples?", "--at right  answers: How many pears?"] {
        assert!(left.out.contains(words), "{}", left.out);
    }
    let answered = project.flow(&["answer", &run, "4", "--at", "right"]).expect(0).out;
    assert!(answered.contains("Grace │ 4") && answered.contains("4 pears."), "{answered}");
    let shown = project.flow(&["show", &run]).expect(0).out;
    assert!(shown.contains("asks: How many apples?") && shown.contains("(Grace, conversation"), "{shown}");
    let rest = project.flow_with(&["resume", &run], "3\n").expect(0).out;
    assert!(rest.contains("Ada │ 3") && rest.contains("3 apples."), "{rest}");
}

/// Nothing is said: nothing is set off.
#[test]
fn a_run_that_says_nothing_leaves_no_blank_lines() {
    let project = with_ada();
    let out = project.flow(&["run", "patient.flow", "contact=ada@example.com", "--detach"]).expect(0).out;
    assert!(!out.lines().any(str::is_empty), "{out}");
}

#[test]
fn contacts_are_imported_merged_and_refused() {
    let project = Scratch::project();
    project.write(
        "a.csv",
        "Email;First name;Phone\nada@example.com;Ada;900 12 345\nno-mail;Eve;\nada@example.com;Ada L;\n",
    );
    let done = project.flow(&["contacts", "import", "a.csv", "--country", "NO"]).expect(0);
    insta::assert_snapshot!("import", done.transcript());
    let list = project.flow(&["contacts", "list"]).expect(0).out;
    assert!(list.contains("ada@example.com") && list.contains("+4790012345"), "{list}");
    let json = project.flow(&["contacts", "show", "ada@example.com", "--json"]).expect(0).out;
    let ada: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(ada["first_name"], "Ada L");
    project.flow(&["contacts", "show", "nobody@example.com"]).expect(2).says("there is no contact");
    project.flow(&["contacts", "import", "missing.csv"]).expect(2);
    project.write("b.csv", "Colour\nred\n");
    project.flow(&["contacts", "import", "b.csv"]).expect(1);
    project.write("c.csv", "Name,Domain\nAcme,acme.example\n");
    project.flow(&["companies", "import", "c.csv"]).expect(0);
    assert!(project.flow(&["companies", "list"]).expect(0).out.contains("acme.example"));
}

/// A ticket that a flow needs is opened as its conversation is, for the contact who is named.
#[test]
fn a_ticket_that_is_not_given_is_opened() {
    let project = Scratch::project();
    project.write(
        "sort.flow",
        "flow sort(ticket: Ticket) {\n    ticket.contact.add_note(\"sorted: {{ticket.subject}}\")\n}\n",
    );
    project.flow(&["run", "sort.flow", "--contact", "ada@example.com"]).expect(0);
    assert!(project.flow(&["contacts", "list"]).expect(0).out.contains("ada@example.com"));
}

/// What flows write can be read: notes, tags, who has a conversation, tickets, what was said.
#[test]
fn what_flows_leave_behind_is_listed_and_shown() {
    let project = with_ada();
    project.write(
        "leave.flow",
        "tag vip\n\nflow leave(conversation: Conversation) {\n    let contact = conversation.contact\n    \
         contact.add_tags([.vip])\n    contact.add_note(\"Prefers mornings.\")\n    say \"One moment.\"\n    \
         conversation.assign(to: .support)\n    let ticket = tickets.create(contact: contact, subject: \"Broken\", \
         conversation: conversation, priority: .high)\n    ticket.add_note(\"Sent a new one.\")\n}\n",
    );
    let run = project.flow(&["run", "leave.flow", "--contact", "ada@example.com"]).expect(0).run_id();
    let ada = project.flow(&["contacts", "show", "ada@example.com"]).expect(0).out;
    for part in ["vip", "Prefers mornings.", &run, "Chat, Open, with team support", "Broken, Open, High"] {
        assert!(ada.contains(part), "`{part}` is missing in:\n{ada}");
    }
    assert!(project.flow(&["conversations", "show", "1", "--json"]).expect(0).out.contains(r#""started":"2"#));
    let json = project.flow(&["contacts", "show", "ada@example.com", "--json"]).expect(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["notes"][0]["text"], &json["notes"][0]["run"]),
        (&"Prefers mornings.".into(), &run.as_str().into())
    );
    assert_eq!(json["conversations"][0]["assignee"], "team:support");
    assert_eq!(json["tickets"][0]["subject"], "Broken");
    let list = project.flow(&["conversations", "list", "--contact", "ada@example.com"]).expect(0).out;
    assert!(list.contains("ada@example.com") && list.contains("team support"), "{list}");
    assert!(
        project.flow(&["conversations", "list", "--contact", "grace@example.com"]).expect(0).out.starts_with("No conv")
    );
    let talk = project.flow(&["conversations", "show", "1"]).expect(0).out;
    assert!(talk.contains("leave: One moment.") && talk.contains("Broken"), "{talk}");
    assert!(project.flow(&["tickets", "list"]).expect(0).out.contains("Broken"));
    assert!(project.flow(&["tickets", "show", "1"]).expect(0).out.contains("Sent a new one."));
    project.flow(&["show", "ada@example.com"]).expect(2).says("`flow contacts show ada@example.com`");
    project.flow(&["tickets", "show", "9"]).expect(2).says("there is no ticket");
}

#[test]
fn a_run_that_failed_by_itself_is_not_tried_again() {
    let project = Scratch::project();
    project.write("boom.flow", "flow boom(conversation: Conversation) { fail \"boom\" }\n");
    let run = project.flow(&["run", "boom.flow", "--detach"]).expect(1).run_id();
    project.flow(&["retry", &run]).expect(1).says("has failed, but not in a call");
}

const TWO: &str = r#"flow two(conversation: Conversation) {
    start second(conversation)
    let a = ask #one "First?" as Text, timeout: 1 day else { stop }
    say "first was {{a}}"
}
flow second(conversation: Conversation) {
    let a = ask #two "Second?" as Text, timeout: 1 day else { stop }
    say "second was {{a}}"
}
"#;

/// The terminal is the conversation's: the newest question gets the answer, whichever run asks it, and the older one is
/// shown again afterwards.
#[test]
fn of_two_runs_in_one_conversation_the_newest_question_is_answered_first() {
    let project = Scratch::project();
    project.write("two.flow", TWO);
    for _ in 0..5 {
        let done = project.flow_with(&["run", "two.flow:two"], "foo\nbar\n").expect(0).out;
        let at = |words: &str| done.find(words).unwrap_or_else(|| panic!("`{words}` is missing in: {done}"));
        assert!(at("Second?") < at("foo") && at("foo") < at("second was foo"), "{done}");
        let again = done.rfind("First?").unwrap();
        assert!(at("second was foo") < again && again < at("first was bar"), "{done}");
        assert!(done.contains("has finished"), "{done}");
    }
    let lines = project.flow_with(&["run", "two.flow:two", "--json"], "foo\nbar\n").expect(0).out;
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let asked = lines.iter().filter(|line| line["event"] == "asks").map(|line| line["text"].as_str().unwrap());
    assert_eq!(asked.collect::<Vec<_>>(), ["Second?", "First?"]);
    assert_eq!(lines.last().unwrap()["event"], "ended");
    assert_eq!(project.flow(&["runs", "--status", "waiting", "--json"]).expect(0).out, "");
}

/// The end of input leaves both waiting, and says how each goes on.
#[test]
fn two_runs_in_one_conversation_are_left_waiting_at_the_end_of_input() {
    let project = Scratch::project();
    project.write("two.flow", TWO);
    let left = project.flow(&["run", "two.flow:two"]).expect(0);
    let asked: Vec<String> =
        left.out.lines().filter(|line| line.contains("flow answer r_")).map(str::to_owned).collect();
    assert_eq!(asked.len(), 2, "{}", left.out);
    let half = project.flow_with(&["run", "two.flow:two"], "foo\n").expect(0);
    assert!(half.out.contains("second was foo") && half.out.contains("waits at #one for an answer"), "{}", half.out);
    // The run that was started may outlive the one that started it.
    project
        .write("after.flow", TWO.replace("ask #one \"First?\" as Text, timeout: 1 day else { stop }", "\"nothing\""));
    let after = project.flow_with(&["run", "after.flow:two"], "foo\n").expect(0).out;
    assert!(after.contains("second was foo") && after.contains("has finished"), "{after}");
    let after = project.flow(&["run", "after.flow:two"]).expect(0).out;
    assert!(
        after.contains("has finished") && after.contains("asks: Second?") && after.contains("flow answer"),
        "{after}"
    );
    let resumed = project.flow_with(&["resume", &half.run_id()], "bar\n").expect(0).out;
    assert!(resumed.contains("first was bar") && resumed.contains("has finished"), "{resumed}");
}

/// The country in flow.toml completes phone numbers wherever people give them.
#[test]
fn phone_numbers_are_of_the_country_in_flow_toml() {
    let project = Scratch::project();
    project.write(
        "phone.flow",
        "flow asked(conversation: Conversation) {\n    let p = ask #phone \"Your phone?\" as Phone, retries: 1, timeout: 1 day \
         else {\n        say \"none\"\n        stop\n    }\n    say \"it is {{p}}\"\n}\n\
         flow given(conversation: Conversation, phone: Phone) {\n    say \"it is {{phone}}\"\n}\n",
    );
    let asked = ["run", "phone.flow:asked"];
    let given = ["run", "phone.flow:given", "phone=900 12 345"];
    let nowhere = project.flow_with(&asked, "900 12 345\n").expect(0).out;
    assert!(nowhere.contains("did not fit"), "{nowhere}");
    project.flow(&given).expect(2).says("`900 12 345` is not a Phone");
    project.write("flow.toml", "[project]\nname = \"x\"\ncountry = \"NO\"\n");
    for answer in ["900 12 345\n", "+47 900 12 345\n", "12\n90012345\n"] {
        let done = project.flow_with(&asked, answer).expect(0).out;
        assert!(done.contains("it is +4790012345"), "{done}");
    }
    let abroad = project.flow_with(&asked, "+44 20 7946 0958\n").expect(0).out;
    assert!(abroad.contains("it is +442079460958"), "{abroad}");
    let run = project.flow(&["run", "phone.flow:asked", "--detach"]).expect(0).run_id();
    let answered = project.flow(&["answer", &run, "900 12 345"]).expect(0).out;
    assert!(answered.contains("900 12 345") && answered.contains("it is +4790012345"), "{answered}");
    let done = project.flow(&given).expect(0).out;
    assert!(done.contains("it is +4790012345"), "{done}");
}

#[test]
fn an_answer_is_taken_whole_or_not_at_all() {
    let project = Scratch::project();
    let source = "flow long(conversation: Conversation) {\n    let text = ask \"X?\" as Text, timeout: 1 day else { stop }\n    \
                  say \"{{text.length}} letters\"\n}\n";
    project.write("long.flow", source);
    for length in [65_537, 1 << 20] {
        let done = project.flow_with(&["run", "long.flow"], &"a".repeat(length)).expect(0);
        assert!(done.out.contains(&format!("{length} letters")), "{length}");
    }
    let refused = project.flow_with(&["run", "long.flow"], &format!("{}\nb\n", "a".repeat((1 << 20) + 1)));
    refused.expect(2).says("is longer than 1048576 bytes").says("still asks");
}

/// Lines that nobody asks for soon keep nobody waiting.
#[test]
fn lines_that_nobody_asks_for_do_not_hold_a_run() {
    let project = Scratch::project();
    let flow = |wait: &str| {
        format!(
            "flow talk(conversation: Conversation) {{\n    say \"hello\"\n    wait {wait}\n    let name = ask \"Who?\"\n    say \"{{{{name}}}}\"\n    conversation.close()\n}}\n"
        )
    };
    project.write("hello.flow", flow("1 hour"));
    let left = project.flow_with(&["run", "hello.flow"], "Ada\n").expect(0);
    assert!(left.out.contains("hello") && !left.out.contains("Who?"), "{}", left.out);
    // What comes soon is waited for, and the line is its answer.
    project.write("hello.flow", flow("1 second"));
    let done = project.flow_with(&["run", "hello.flow"], "Ada\n").expect(0);
    assert!(done.out.contains("Who?") && done.out.contains("has finished"), "{}", done.out);
}
