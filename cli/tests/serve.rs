//! `flow serve`: what it says to those who look after it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const FLOWS: &str = r#"
record Paid { order: Int }

flow paid(payment: Paid)
    on webhook("shop/paid")
{
    companies.create(name: "paid {{payment.order}}")
}
"#;

/// `flow serve`, where it listens, and every line of its standard error as it comes.
struct Serving {
    child: Child,
    address: String,
    errors: std::sync::mpsc::Receiver<String>,
}

impl Serving {
    fn start(project: &Scratch) -> Serving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flow"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(project.path())
            .env_clear()
            .env("TZ", "UTC")
            .env("SHOP_HOOK", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, errors) = std::sync::mpsc::channel();
        let err = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            BufReader::new(err).lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let address =
            first.split("http://").nth(1).expect("it says where").split_whitespace().next().unwrap().to_owned();
        std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
        Serving { child, address: address.trim_end_matches([';', ',', '.']).to_owned(), errors }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.replace('\n', "\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    /// The lines of standard error until one has this in it.
    fn until(&self, words: &str) -> String {
        let begun = Instant::now();
        let mut all = String::new();
        while begun.elapsed() < Duration::from_secs(20) {
            if let Ok(line) = self.errors.recv_timeout(Duration::from_millis(100)) {
                let found = line.contains(words);
                all.push_str(&line);
                all.push('\n');
                if found {
                    return all;
                }
            }
        }
        panic!("`{words}` is missing in: {all}");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn project(settings: &str) -> Scratch {
    let project = Scratch::project();
    project.write("flow.toml", settings);
    project.write("desk.flow", FLOWS);
    project.flow(&["contacts", "add", "email=ada@example.com"]).expect(0);
    project
}

#[test]
fn what_is_refused_is_told_and_nothing_secret_with_it() {
    let project = project("[webhook.in]\n\"shop/paid\" = \"shop_hook\"\n");
    let serving = Serving::start(&project);
    let end = "Host: x\nConnection: close\nContent-Length: 9\n\ns3cr3tbdy";
    assert!(serving.ask(&format!("POST /hooks/shop/paid?token=t0ken HTTP/1.1\n{end}")).contains("400"));
    let said = serving.until("/hooks/shop/paid");
    assert!(said.contains("refused POST /hooks/shop/paid, 400: it is not signed"), "{said}");
    let signed = "webhook-id: 1\nwebhook-timestamp: 1\nwebhook-signature: v1,c2ln\n";
    assert!(serving.ask(&format!("POST /hooks/shop/paid HTTP/1.1\n{signed}{end}")).contains("401"));
    assert!(serving.until("401").contains(": its time is more than 5 minutes from ours"));
    assert!(serving.ask(&format!("GET /c/t0ken HTTP/1.1\n{end}")).contains("404"));
    assert!(serving.until("refused GET").contains("refused GET /c/…, 404: there is nothing here"));
    for words in ["t0ken", "s3cr3tbdy", "c2ln"] {
        assert!(!said.contains(words), "{said}");
    }
}

#[test]
fn a_webhook_that_nobody_can_send_is_told_at_the_start() {
    let project = project("[project]\nname = \"x\"\n");
    let serving = Serving::start(&project);
    let said = serving.until("[webhook.in] of flow.toml");
    assert!(said.contains("`desk.paid` waits for the webhook `shop/paid`, which is not taken"), "{said}");
    // One database has one server: the same code as whatever else finds it in use.
    project.flow(&["serve", "--listen", "127.0.0.1:0"]).expect(3).says("another process carries");
}

#[test]
fn the_mailbox_is_looked_at_by_the_doctor() {
    let project =
        project("[email.in]\nimap = \"imaps://support@mail.example.com:993/INBOX\"\npassword = \"mailbox_password\"\n");
    let place = "the mailbox of support at mail.example.com:993, folder INBOX";
    project.flow(&["doctor"]).expect(1).shows(&format!("no mails are fetched from {place}"));
    let told = project.flow_in(&["doctor"], "", &[("MAILBOX_PASSWORD", "open-wide")]).expect(0);
    let told = told.shows(&format!("mails are fetched by `flow serve` from {place}"));
    assert!(!told.out.contains("open-wide"), "{}", told.out);
}
