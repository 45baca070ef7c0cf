//! Mails that are fetched from a mailbox: over TLS, from Dovecot, by `flow serve` as a process that may die.

use crate::dovecot::{Dovecot, PASSWORD, USER, is_here};
use crate::killed::{Serving, flow};
use flow_tests::post::{Does, Post};
use flow_tests::terminal::Terminal;
use std::path::Path;
use std::time::Duration;

const PROGRAM: &str = r#"
flow welcome(contact: Contact) -> Text {
    let address = contact.email else { return "nobody" }
    let mail = email.send(to: address, subject: "Welcome", text: "How are you?")
    wait #answer {
        on email.replied(mail) as reply -> return "replied {{reply.text}}"
        after 3 days                    -> return "nothing"
    }
}

flow hears(conversation: Conversation, text: Text)
    on message.received
    overlap allow
{
    conversation.contact.add_note("heard {{text}}")
}
"#;

fn project(post: &Post, dovecot: &Dovecot, password: &str) -> Terminal {
    let terminal = Terminal::open();
    let (host, port) = (post.host(), dovecot.port);
    terminal.write(
        "flow.toml",
        &format!(
            "[net]\nallow = [\"{host}\"]\n\n[email]\nserver = \"smtp://{host}\"\nfrom = \"hello@acme.example\"\n\n\
             [email.in]\nimap = \"imaps://{USER}@localhost:{port}/INBOX\"\npassword = \"box_password\"\n"
        ),
    );
    terminal.write(".env", &format!("BOX_PASSWORD={password}\n"));
    terminal.write("desk.flow", PROGRAM);
    flow(&terminal, "contacts add email=ada@example.com", "");
    terminal
}

fn mail(id: &str, more: &str, text: &str) -> String {
    format!("From: Ada <ada@example.com>\nSubject: Hi\nMessage-ID: <{id}@example.com>\n{more}\n{text}\n")
}

fn heard(terminal: &Terminal) -> Vec<String> {
    flow(terminal, "resume --until-idle", "");
    let shown = flow(terminal, "contacts show ada@example.com", "");
    let notes = shown.split("heard ").skip(1).filter_map(|rest| rest.split_whitespace().next());
    let mut notes: Vec<String> = notes.map(str::to_owned).collect();
    notes.sort();
    notes
}

fn trusted(dovecot: &Dovecot) -> [(&'static str, std::path::PathBuf); 1] {
    [("SSL_CERT_FILE", dovecot.certificate())]
}

/// What it has told on its standard error, once that has these words.
fn told(path: &Path, words: &str) -> String {
    for _ in 0..400 {
        let told = std::fs::read_to_string(path).unwrap_or_default();
        if told.contains(words) {
            return told;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{words}: {}", std::fs::read_to_string(path).unwrap_or_default());
}

#[test]
fn mails_are_fetched_and_marked_when_they_are_written_down() {
    if !is_here() {
        return;
    }
    let (mut dovecot, post) = (Dovecot::start(), Post::start(|_, _| Does::Goes));
    let terminal = project(&post, &dovecot, PASSWORD);
    flow(&terminal, "run desk.flow:welcome contact=ada@example.com --detach", "");
    let sent = post.received().pop().expect("a mail");
    let sent = mail_parser::MessageParser::default().parse(&sent.data).expect("a mail").message_id().map(str::to_owned);
    dovecot.lay(&mail("1", &format!("In-Reply-To: <{}>\n", sent.expect("a number")), "first"));
    dovecot.lay("Subject: from nobody\n\nHi\n");
    dovecot.lay(&mail("3", "", &"x".repeat(25 << 20)));
    dovecot.lay(&mail("1", "", "first"));
    let errors = terminal.folder().join("errors");
    let serving = Serving::start_with(&terminal, None, &trusted(&dovecot), Some(&errors));
    dovecot.wait(&["S", "FS", "FS", "S"]);
    let told_of = told(&errors, "INBOX at localhost");
    assert!(told_of.contains("is followed") && told_of.contains("a mail has at most 26214400 bytes"), "{told_of}");
    assert!(told_of.contains("it says nothing of who it is from"), "{told_of}");
    // One that comes while it waits; and one after its server was away.
    dovecot.lay(&mail("4", "", "fourth"));
    dovecot.wait(&["S", "FS", "FS", "S", "S"]);
    dovecot.end();
    told(&errors, "is not reached");
    dovecot.lay(&mail("5", "", "fifth"));
    dovecot.again();
    dovecot.wait(&["S", "FS", "FS", "S", "S", "S"]);
    serving.kill();
    assert_eq!(heard(&terminal), ["fifth", "first", "fourth"]);
    let runs = flow(&terminal, "runs --flow welcome --json", "");
    assert!(runs.contains("\"status\":\"finished\""), "{runs}");
}

#[test]
fn killed_at_any_point_no_mail_is_lost_and_none_comes_twice() {
    if !is_here() {
        return;
    }
    let post = Post::start(|_, _| Does::Goes);
    let (mut killed, mut between) = (0, 0);
    for point in [1, 2, 3, 4] {
        for time in [2, 3, 4] {
            let mut dovecot = Dovecot::start();
            let terminal = project(&post, &dovecot, PASSWORD);
            for number in ["1", "2", "3"] {
                dovecot.lay(&mail(number, "", &format!("say{number}")));
            }
            let serving = Serving::start_with(&terminal, Some(&format!("{point}:{time}")), &trusted(&dovecot), None);
            let mut dead = false;
            for _ in 0..100 {
                std::thread::sleep(Duration::from_millis(20));
                dead = serving.get("/health").status == 0;
                if dead || dovecot.marks() == ["S", "S", "S"] {
                    break;
                }
            }
            serving.kill();
            killed += usize::from(dead);
            let marked = dovecot.marks().iter().filter(|marks| *marks == "S").count();
            let known = heard(&terminal).len();
            assert!(marked <= known, "{point}:{time} marked {marked}, and {known} are there");
            between += usize::from(marked < known);
            let serving = Serving::start_with(&terminal, None, &trusted(&dovecot), None);
            dovecot.wait(&["S", "S", "S"]);
            serving.kill();
            assert_eq!(heard(&terminal), ["say1", "say2", "say3"], "{point}:{time}");
        }
    }
    assert!(killed > 4 && between > 0, "killed {killed} times, {between} times between writing and marking");
}

#[test]
fn who_is_not_vouched_for_or_says_no_is_told_of_and_shown_no_secret() {
    if !is_here() {
        return;
    }
    let (mut dovecot, post) = (Dovecot::start(), Post::start(|_, _| Does::Goes));
    dovecot.lay(&mail("1", "", "first"));
    for (password, trusts, words) in [
        ("shut-tight-99", true, "it does not let us in: it says no: Authentication failed."),
        (PASSWORD, false, "invalid peer certificate"),
    ] {
        let terminal = project(&post, &dovecot, password);
        let errors = terminal.folder().join("errors");
        let trusted = trusted(&dovecot);
        let serving = Serving::start_with(&terminal, None, if trusts { &trusted } else { &[] }, Some(&errors));
        let first = told(&errors, words);
        std::thread::sleep(Duration::from_millis(1_500));
        assert_eq!(serving.get("/health").status, 200, "all else goes on");
        serving.kill();
        let all = std::fs::read_to_string(&errors).expect("what it told");
        assert_eq!(all.matches("is not reached").count(), 1, "{all}");
        assert!(first.contains("note: the mailbox INBOX at localhost") && !all.contains(password), "{all}");
        assert!(heard(&terminal).is_empty());
    }
    assert_eq!(dovecot.marks(), [""]);
}
