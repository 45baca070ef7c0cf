//! The words of an answer while it comes: on a terminal before it is whole, and nowhere else.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
use common::terminal::Terminal;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Says its first words, then waits to be let go.
struct Model {
    port: u16,
    /// Bodies of the requests.
    asked: Receiver<String>,
    /// How the answer goes on: to its end, or not.
    go_on: Sender<bool>,
}

const FIRST: &str = "Your parcel canary";

impl Model {
    fn start() -> Model {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (heard, asked) = channel();
        let (go_on, goes_on) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.expect("a connection"), &heard, &goes_on);
            }
        });
        Model { port, asked, go_on }
    }

    fn project(&self, more: &str) -> Scratch {
        let project = Scratch::project();
        let port = self.port;
        project.write(
            "flow.toml",
            format!(
                "[project]\nname = \"parcels\"\n\n[net]\nallow = [\"127.0.0.1:{port}\"]\n\n[ai]\nprovider = \"openai\"\n\
                 server = \"http://127.0.0.1:{port}\"\nmodel = \"small\"\n{more}"
            ),
        );
        project.write(
            "parcel.flow",
            "flow parcel(conversation: Conversation) {\n    try {\n        let answer = ai.respond(\"Where is it?\") with { retry: 0 }\n        \
             say \"Answer: {{answer}}\"\n    } on failure as failure {\n        say \"None: {{failure.kind}}\"\n    }\n}\n",
        );
        project
    }
}

fn answer(stream: TcpStream, heard: &Sender<String>, goes_on: &Receiver<bool>) {
    let mut reader = BufReader::new(stream.try_clone().expect("the same connection"));
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    let body = String::from_utf8(body).expect("text");
    let streams = body.contains("\"stream\":true");
    heard.send(body).expect("the test goes on");
    let mut stream = stream;
    if !streams {
        let body = format!(
            "{{\"choices\":[{{\"message\":{{\"content\":\"{FIRST} is here.\"}},\"finish_reason\":\"stop\"}}]}}"
        );
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).expect("it is written");
        return;
    }
    let event = |words: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{words}\"}}}}]}}\n\n");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    write!(stream, "{head}{}", event(FIRST)).expect("it is written");
    stream.flush().expect("it is sent");
    if goes_on.recv().expect("the test goes on") {
        write!(stream, "{}data: [DONE]\n\n", event(" is here.")).expect("it is written");
    }
}

/// Whether a word stands in the project's database.
fn stored(project: &Scratch, word: &str) -> bool {
    let files = std::fs::read_dir(project.path()).expect("the folder is there").map(|file| file.expect("an entry"));
    let files = files.filter(|file| file.file_name().to_string_lossy().starts_with("flow.db"));
    let mut texts = files.filter_map(|file| std::fs::read(file.path()).ok());
    texts.any(|bytes| String::from_utf8_lossy(&bytes).contains(word))
}

#[test]
fn words_are_shown_before_the_answer_is_whole_and_go_when_it_is_said() {
    let model = Model::start();
    let project = model.project("");
    let flow = format!("{} run parcel.flow", env!("CARGO_BIN_EXE_flow"));
    let Some(mut terminal) = Terminal::start(&project, 80, &flow) else { return };
    // The end of the answer has not been sent yet.
    let live = terminal.until(FIRST);
    assert!(live.ends_with(&format!("\u{1b}[2m{FIRST}")), "in grey: {live:?}");
    assert!(!stored(&project, "canary"), "a preview is kept nowhere");
    model.go_on.send(true).expect("the model waits");
    let said = terminal.until("has finished");
    assert!(said.contains("\r\u{1b}[2K") && said.contains(&format!("Answer: {FIRST} is here.")), "{said:?}");
    let after = said.split("Answer:").nth(1).expect("the answer");
    assert!(!after.contains("\u{1b}[2K"), "the line was taken away before: {said:?}");
    assert_eq!(terminal.end(), Some(0));
    assert!(stored(&project, "canary"), "what was said is kept");
}

#[test]
fn an_answer_that_breaks_off_leaves_nothing() {
    let model = Model::start();
    let project = model.project("");
    let flow = format!("{} run parcel.flow", env!("CARGO_BIN_EXE_flow"));
    let Some(mut terminal) = Terminal::start(&project, 80, &flow) else { return };
    terminal.until(FIRST);
    model.go_on.send(false).expect("the model waits");
    let said = terminal.until("has finished");
    let before = said.split("None: unreachable").next().expect("a text");
    assert!(said.contains("None: unreachable") && before.contains("\r\u{1b}[2K"), "{said:?}");
    assert_eq!(terminal.end(), Some(0));
    assert!(!stored(&project, "canary"));
}

#[test]
fn nobody_who_does_not_look_is_streamed_to() {
    let model = Model::start();
    let project = model.project("");
    for (args, shown) in
        [(&["run", "parcel.flow"][..], "Answer: "), (&["run", "parcel.flow", "--json"][..], "Answer: ")]
    {
        let out = project.flow(args).expect(0).out;
        assert!(out.contains(shown) && !out.contains("\u{1b}"), "{out}");
        assert!(!model.asked.recv().expect("it was asked").contains("stream"));
    }
    let json = format!("{} run parcel.flow --json", env!("CARGO_BIN_EXE_flow"));
    let Some(mut terminal) = Terminal::start(&project, 80, &json) else { return };
    terminal.until("Answer: ");
    assert!(!model.asked.recv().expect("it was asked").contains("stream"));
    terminal.end();
    let off = model.project("stream = false\n");
    let flow = format!("{} run parcel.flow", env!("CARGO_BIN_EXE_flow"));
    let mut terminal = Terminal::start(&off, 80, &flow).expect("there was one before");
    terminal.until("Answer: ");
    assert!(!model.asked.recv().expect("it was asked").contains("stream"));
    terminal.end();
}
