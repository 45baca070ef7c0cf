//! `flow serve` as a process that dies: what it has answered is not lost, and nothing is counted twice.

use crate::rooms::{Said, TRACK, found, path};
use flow_cli::Io;
use flow_tests::engine::CHILD;
use flow_tests::post::{Does, Post};
use flow_tests::terminal::Terminal;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

const PROGRAM: &str = r##"
flow welcome(contact: Contact) -> Text {
    let address = contact.email else { return "nobody" }
    let mail = email.send(to: address, subject: "Welcome", html: "<a href=\"https://acme.example/pricing\">Our prices</a>")
    wait #nudge {
        on email.clicked(mail) as click -> return "clicked {{click.url}}"
        on email.replied(mail) as reply -> return "replied {{reply.text}}"
        after 3 days                    -> return "nothing"
    }
}

flow counted(mail: Mail)
    on email.clicked
    overlap allow
{
    let contact = mail.contact else { stop }
    contact.add_note("one click")
}
"##;

/// A project whose run has sent a mail and waits.
pub fn project(post: &Post) -> Terminal {
    let terminal = Terminal::open();
    let host = post.host();
    terminal.write(
        "flow.toml",
        &format!(
            "[net]\nallow = [\"{host}\"]\n\n[email]\nserver = \"smtp://{host}\"\nfrom = \"hello@acme.example\"\ntrack = \"{TRACK}\"\n"
        ),
    );
    terminal.write("desk.flow", PROGRAM);
    flow(&terminal, "contacts add email=ada@example.com", "");
    flow(&terminal, "run desk.flow:welcome contact=ada@example.com --detach", "");
    terminal
}

pub fn flow(terminal: &Terminal, line: &str, input: &str) -> String {
    let args: Vec<String> = std::iter::once("flow").chain(line.split(' ')).map(str::to_owned).collect();
    let (printed, code) = terminal.flow(&args, input);
    assert_eq!(code, ExitCode::SUCCESS, "{line}: {printed}");
    printed
}

/// What the child does. Not a test of its own: without the variable it has nothing to do.
#[test]
fn child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let args = ["flow", "serve", "--listen", "127.0.0.1:0", "--project", &folder];
    let _ = flow_cli::run(args.map(Into::into), Io::real());
}

/// The process, and where it listens, unless it has died before it did.
pub struct Serving {
    child: Child,
    address: Option<String>,
}

impl Serving {
    fn start(terminal: &Terminal, crash_at: Option<&str>) -> Serving {
        Serving::start_with(terminal, crash_at, &[], None)
    }

    /// With variables of the environment, and a file for what it tells on its standard error.
    pub fn start_with(
        terminal: &Terminal,
        crash_at: Option<&str>,
        variables: &[(&str, PathBuf)],
        errors: Option<&Path>,
    ) -> Serving {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        command.args(["--exact", "killed::child", "--test-threads=1", "--nocapture"]).env(CHILD, terminal.folder());
        command.env_remove("FLOW_CRASH_AT").stdin(Stdio::null()).stdout(Stdio::piped());
        let errors = errors.map(|path| Stdio::from(std::fs::File::create(path).expect("a file")));
        command.stderr(errors.unwrap_or_else(Stdio::null)).envs(variables.iter().map(|(name, path)| (name, path)));
        if let Some(at) = crash_at {
            command.env("FLOW_CRASH_AT", at);
        }
        let mut child = command.spawn().expect("the child runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = lines.find_map(|line| {
            let line = line.ok()?;
            Some(line.split_once("on http://")?.1.split(';').next()?.to_owned())
        });
        // Whoever does not read what it prints holds it up.
        std::thread::spawn(move || lines.for_each(drop));
        Serving { child, address }
    }

    pub fn get(&self, path: &str) -> Said {
        let Some(Ok(mut stream)) = self.address.as_ref().map(TcpStream::connect) else {
            return Said { status: 0, head: String::new(), body: Vec::new() };
        };
        let _ = stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        Said::read(stream)
    }

    /// `kill -9`
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn clicks(terminal: &Terminal) -> usize {
    flow(terminal, "contacts show ada@example.com", "").matches("one click").count()
}

#[test]
fn a_click_that_was_answered_is_there_after_kill_9() {
    let post = Post::start(|_, _| Does::Goes);
    for _ in 0..3 {
        let terminal = project(&post);
        let mail = post.received().pop().expect("a mail");
        let (links, _) = found(&mail);
        let serving = Serving::start(&terminal, None);
        let click = serving.get(path(&links[0]));
        serving.kill();
        assert_eq!((click.status, click.header("location")), (302, Some("https://acme.example/pricing")));
        flow(&terminal, "resume --until-idle", "");
        let runs = flow(&terminal, "runs --flow welcome --json", "");
        assert!(runs.contains("\"status\":\"finished\""), "{runs}");
        assert_eq!(clicks(&terminal), 1);
    }
}

#[test]
fn killed_at_any_point_a_click_counts_once_or_was_not_answered() {
    let post = Post::start(|_, _| Does::Goes);
    let (mut killed, mut answered) = (0, 0);
    for point in [1, 2, 3, 4, 10] {
        for time in 1..=4 {
            let terminal = project(&post);
            let (links, _) = found(&post.received().pop().expect("a mail"));
            let link = path(&links[0]);
            let serving = Serving::start(&terminal, Some(&format!("{point}:{time}")));
            let click = serving.get(link);
            std::thread::sleep(std::time::Duration::from_millis(30));
            let dead = serving.get("/health").status == 0;
            serving.kill();
            killed += usize::from(dead);
            flow(&terminal, "resume --until-idle", "");
            let counted = clicks(&terminal);
            assert!(counted <= 1, "{point}:{time}");
            let runs = flow(&terminal, "runs --flow welcome --json", "");
            assert_eq!(runs.contains("\"status\":\"finished\""), counted == 1, "{point}:{time} {runs}");
            if click.status == 302 {
                answered += 1;
                assert_eq!(counted, 1, "{point}:{time}");
            }
        }
    }
    assert!(killed > 4 && answered > 2, "killed {killed} times, answered {answered} times");
}

#[test]
fn an_answer_by_mail_is_handed_to_whoever_serves() {
    let post = Post::start(|_, _| Does::Goes);
    let terminal = project(&post);
    let sent = post.received().pop().expect("a mail");
    let sent = mail_parser::MessageParser::default().parse(&sent.data).expect("a mail").message_id().map(str::to_owned);
    let answer = format!(
        "From: ada@example.com\nMessage-ID: <1@example.com>\nIn-Reply-To: <{}>\n\nYes, please.\n\n> Our prices\n",
        sent.expect("a number")
    );
    let serving = Serving::start(&terminal, None);
    assert_eq!(flow(&terminal, "mail receive", &answer), "taken: an answer to a mail\n");
    serving.kill();
    flow(&terminal, "resume --until-idle", "");
    let runs = flow(&terminal, "runs --flow welcome --json", "");
    assert!(runs.contains("\"status\":\"finished\""), "{runs}");
    // Nobody serves: the command takes it itself. What is no mail is refused, and what cannot be taken now is sent again.
    let again = flow(&terminal, "mail receive --json", &answer);
    assert_eq!(again, "{\"taken\":false,\"text\":\"passed over: it came before\"}\n");
    let args = ["flow", "mail", "receive"].map(str::to_owned);
    assert_eq!(terminal.flow(&args, "").1, ExitCode::from(1));
    std::fs::remove_file(terminal.folder().join("flow.db")).expect("there is one");
    assert_eq!(terminal.flow(&args, &answer).1, ExitCode::from(75));
}

#[test]
fn nobody_listens_to_the_world_unasked() {
    let terminal = Terminal::open();
    terminal.write("flow.toml", "");
    let args = ["flow", "serve", "--listen", "0.0.0.0:0"].map(str::to_owned);
    let (printed, code) = terminal.flow(&args, "");
    assert_eq!(code, ExitCode::from(2), "{printed}");
    assert!(printed.contains("in the clear") && printed.contains("--public"), "{printed}");
}
