//! Answers from standard input that is no terminal, a line each.

use crate::io::Io;
use std::io::{BufRead, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// No text may be longer, so no answer is.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Lines, read ahead on a thread of their own, so that a run's timers go on while nobody writes.
pub struct Lines {
    /// A line, or nothing where it is too long.
    receiver: Receiver<Option<String>>,
    ended: bool,
    too_long: bool,
    /// A line that was read to see whether there is one.
    next: Option<String>,
    /// Reads.
    reader: Option<JoinHandle<()>>,
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
                // Beside the line itself there is room for its end.
                match input.by_ref().take(LINE_BYTES_MAX as u64 + 3).read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                let line = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
                let line = Some(line).filter(|line| line.len() <= LINE_BYTES_MAX);
                let too_long = line.is_none();
                if sender.send(line).is_err() || too_long {
                    return;
                }
            }
        });
        Lines { receiver, ended: spawned.is_err(), too_long: false, next: None, reader: spawned.ok() }
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
            Ok(Some(line)) => {
                self.next = Some(line);
                Ahead::Line
            }
            Ok(None) => {
                (self.ended, self.too_long) = (true, true);
                Ahead::End
            }
            Err(RecvTimeoutError::Timeout) => Ahead::Nothing,
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                Ahead::End
            }
        }
    }

    /// Whether nothing more comes than what has been read.
    pub fn is_read(&self) -> bool {
        self.ended || self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Whether it has ended for a line that is longer than any answer may be.
    pub fn too_long(&self) -> bool {
        self.too_long
    }

    /// The line that [`Lines::peek`] saw.
    pub fn take(&mut self) -> Option<String> {
        self.next.take()
    }
}
