//! Answers from standard input that is no terminal, a line each.

use crate::io::Io;
use std::io::{BufRead, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// A longer line is cut: no answer is that long.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Lines, read ahead on a thread of their own, so that a run's timers go on while nobody writes.
pub struct Lines {
    receiver: Receiver<String>,
    ended: bool,
    /// A line that was read to see whether there is one.
    next: Option<String>,
}

/// What there is to read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    /// A line.
    Line,
    /// Nothing yet.
    Nothing,
    /// Nothing ever more.
    End,
}

impl Lines {
    /// Takes standard input over.
    pub fn of(io: &mut Io) -> Self {
        let mut input = std::mem::replace(&mut io.input, Box::new(std::io::empty()));
        // A bounded channel: input that nobody asks for stays in its pipe.
        let (sender, receiver) = sync_channel(8);
        let spawned = std::thread::Builder::new().name("flow-input".to_owned()).spawn(move || {
            loop {
                let mut line = Vec::new();
                match input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                let line = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Lines { receiver, ended: spawned.is_err(), next: None }
    }

    /// Looks whether there is a line, for at most that long.
    pub fn peek(&mut self, patience: Duration) -> Ahead {
        if self.next.is_some() {
            return Ahead::Line;
        }
        if self.ended {
            return Ahead::End;
        }
        match self.receiver.recv_timeout(patience) {
            Ok(line) => {
                self.next = Some(line);
                Ahead::Line
            }
            Err(RecvTimeoutError::Timeout) => Ahead::Nothing,
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                Ahead::End
            }
        }
    }

    /// The line that [`Lines::peek`] saw.
    pub fn take(&mut self) -> Option<String> {
        self.next.take()
    }
}
