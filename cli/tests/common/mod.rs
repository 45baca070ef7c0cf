//! A scratch project and the command in it.
#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]
#![allow(dead_code, reason = "each test file uses its part")]

#[cfg(target_os = "linux")]
pub mod terminal;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A folder that is gone when the test ends.
pub struct Scratch {
    folder: tempfile::TempDir,
}

/// The address of somebody who takes what is sent, and hangs up.
pub fn hangs_up() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 65_536]);
        }
    });
    address
}

/// What a command line came to.
pub struct Done {
    /// Exit code; -1 for a signal.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Scratch {
    /// An empty folder.
    pub fn empty() -> Self {
        Scratch { folder: tempfile::tempdir().expect("a scratch folder") }
    }

    /// What `flow new` makes.
    pub fn project() -> Self {
        let scratch = Scratch::empty();
        let done = scratch.flow(&["new", "."]);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        scratch
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.at(name), bytes).expect("a file can be written");
    }

    /// Runs the command in the folder, with nothing on standard input.
    pub fn flow(&self, args: &[&str]) -> Done {
        self.flow_with(args, "")
    }

    /// Runs the command with lines on standard input.
    pub fn flow_with(&self, args: &[&str], input: &str) -> Done {
        self.flow_in(args, input, &[])
    }

    /// Runs the command with lines on standard input and variables in its environment.
    pub fn flow_in(&self, args: &[&str], input: &str, variables: &[(&str, &str)]) -> Done {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flow"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("TZ", "UTC")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that does not read its input may have gone already.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("the command ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is printed is UTF-8");
        let done =
            Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
        for printed in [&done.out, &done.err] {
            assert!(!printed.contains("panicked"), "{printed}");
            assert!(!printed.contains('\u{1b}'), "colours without a terminal: {printed:?}");
        }
        done
    }
}

/// A process that owns a project's database and says that it serves, or one that ended before that; with these variables
/// in its environment.
pub fn serving(project: &Scratch, variables: &[(&str, &str)]) -> Child {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_flow"))
        .arg("resume")
        .current_dir(project.path())
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut first = [0; 7];
    if owner.stdout.as_mut().expect("a pipe").read_exact(&mut first).is_ok() {
        assert_eq!(&first, b"serving");
    }
    owner
}

impl Done {
    /// Everything in one text, for golden results; moments are taken out.
    pub fn transcript(&self) -> String {
        let timeless = |line: &str| match line.split_once(", until ") {
            Some((before, _)) => format!("{before}, until MOMENT\n"),
            None => format!("{line}\n"),
        };
        format!("{}{}exit {}\n", self.out, self.err, self.code).lines().map(timeless).collect()
    }

    /// Fails unless it ended with this code, without output when it says why.
    #[track_caller]
    pub fn expect(self, code: i32) -> Done {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// Fails unless its output has this in it.
    #[track_caller]
    pub fn shows(self, text: &str) -> Done {
        assert!(self.out.contains(text), "`{text}` is missing in: {}", self.out);
        self
    }

    /// Fails unless standard error has this in it, and says what to do.
    #[track_caller]
    pub fn says(self, words: &str) -> Done {
        assert!(self.err.contains(words), "`{words}` is missing in: {}", self.err);
        self
    }

    /// The id of the run that is named first.
    pub fn run_id(&self) -> String {
        let start = self.out.find("r_").expect("a run's id is printed");
        self.out[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    }
}
