//! A terminal, with keys. Needs `script`, which makes one.
#![allow(clippy::panic, reason = "a test that cannot go on says where")]

use super::Scratch;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A command on a terminal of its own.
pub struct Terminal {
    child: Child,
    bytes: Receiver<u8>,
    shown: String,
}

impl Terminal {
    /// Starts a command line of the shell, on so many columns; `None` where no terminal can be made.
    pub fn start(scratch: &Scratch, columns: usize, line: &str) -> Option<Terminal> {
        let line = format!("stty cols {columns} rows 30; exec {line}");
        let mut child = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(scratch.path())
            .env_clear()
            .envs([("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC"), ("PATH", "/usr/bin:/bin")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut out = child.stdout.take().expect("a pipe");
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut byte = [0];
            while out.read(&mut byte).is_ok_and(|n| n == 1) && sender.send(byte[0]).is_ok() {}
        });
        Some(Terminal { child, bytes, shown: String::new() })
    }

    /// Waits until something new is shown, and forgets what came before.
    #[track_caller]
    pub fn until(&mut self, awaited: &str) -> String {
        let mut bytes = Vec::new();
        loop {
            match self.bytes.recv_timeout(Duration::from_secs(60)) {
                Ok(byte) => bytes.push(byte),
                Err(_) => {
                    panic!("`{awaited}` was never shown, only: {}{}", self.shown, String::from_utf8_lossy(&bytes))
                }
            }
            let text = String::from_utf8_lossy(&bytes);
            if text.contains(awaited) {
                self.shown.push_str(&text);
                return text.into_owned();
            }
        }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.child.stdin.as_mut().expect("a pipe").write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Waits for the end; the exit code, which `script` hands on.
    pub fn end(mut self) -> Option<i32> {
        drop(self.child.stdin.take());
        self.child.wait().expect("it ends").code()
    }
}
