//! What `flow mails list` says of a mail while it leaves, and when whoever sent it is no more.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::{Scratch, serving};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

/// A mail server that takes a mail and never says so. Told is that it has it.
fn silent() -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || talk(stream, &sender));
        }
    });
    (address, receiver)
}

fn talk(mut stream: TcpStream, has_it: &Sender<()>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    stream.write_all(b"220 mail.test\r\n")?;
    let mut within = false;
    while let Some(line) = lines.next().transpose()? {
        match line.split(' ').next().unwrap_or_default() {
            "." if within => {
                let _ = has_it.send(());
            }
            _ if within => {}
            "DATA" => {
                within = true;
                stream.write_all(b"354 go on\r\n")?;
            }
            _ => stream.write_all(b"250 fine\r\n")?,
        }
    }
    Ok(())
}

#[test]
fn a_mail_that_leaves_is_being_sent_and_then_in_doubt() {
    let (address, has_it) = silent();
    let project = Scratch::project();
    project.write(
        "flow.toml",
        format!(
            "[project]\nname = \"x\"\n[net]\nallow = [\"{address}\"]\n[email]\nserver = \"smtp://{address}\"\nfrom = \"a@b.example\"\n"
        ),
    );
    project.write(
        "desk.flow",
        "flow tell(contact: Contact) {\n    let address = contact.email else { stop }\n    email.send(to: address, subject: \"Hello\", text: \"Hello.\")\n}\n",
    );
    project.flow(&["contacts", "add", "email=ada@example.com"]).expect(0);
    let mut owner = serving(&project, &[]);
    project.flow(&["deploy"]).expect(0);
    // It stays with the run until that waits.
    let mut start = Command::new(env!("CARGO_BIN_EXE_flow"));
    start.args(["start", "desk.tell", "contact=ada@example.com"]).current_dir(project.path());
    let mut start = start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    has_it.recv_timeout(std::time::Duration::from_secs(30)).expect("the server has it");
    project.flow(&["mails", "list"]).expect(0).shows("being sent");
    project.flow(&["mails", "list", "--json"]).expect(0).shows("\"became\":\"being_sent\"");
    owner.kill().expect("it is ended");
    owner.wait().expect("it has ended");
    let _ = start.kill();
    start.wait().expect("it has ended");
    project.flow(&["mails", "list"]).expect(0).shows("in doubt");
    project.flow(&["mails", "list", "--json"]).expect(0).shows("\"became\":\"in_doubt\"");
}
