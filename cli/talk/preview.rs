//! The words of an answer while it comes: a grey line that goes when the flow says what it says.

use super::screen::gutter;
use crate::io::Io;
use crate::paint::width;
use crate::trouble::Trouble;
use flow_lang::diag::render::clean;
use flow_vm::action::Progress;
use flow_vm::engine::RunId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Back to the beginning of the line, and nothing in it (ECMA-48, EL).
const ERASE: &str = "\r\u{1b}[2K";

/// What comes, by run. In memory alone.
#[derive(Debug, Default)]
pub struct Preview {
    looked_at: AtomicBool,
    words: Mutex<HashMap<i64, String>>,
}

impl Preview {
    /// From now on somebody looks.
    pub fn look(&self) {
        self.looked_at.store(true, Ordering::Relaxed);
    }

    /// Whether something is coming for a run.
    pub fn has(&self, run: RunId) -> bool {
        self.held().contains_key(&run.0)
    }

    fn of(&self, run: RunId) -> String {
        self.held().get(&run.0).cloned().unwrap_or_default()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<i64, String>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Preview {
    fn wanted(&self) -> bool {
        self.looked_at.load(Ordering::Relaxed)
    }

    fn words(&self, run: i64, words: &str) {
        match words.is_empty() {
            true => self.held().remove(&run),
            false => self.held().insert(run, words.to_owned()),
        };
    }
}

/// The line on the screen.
#[derive(Debug, Default)]
pub struct LiveLine {
    shown: bool,
}

impl LiveLine {
    /// Takes the line away, before anything else is written.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn erase(&mut self, io: &mut Io) -> Result<(), Trouble> {
        match std::mem::take(&mut self.shown) {
            true => io.write(ERASE),
            false => Ok(()),
        }
    }

    /// Shows the end of what a run is told.
    ///
    /// # Errors
    /// As [`LiveLine::erase`].
    pub fn draw(&mut self, preview: &Preview, run: RunId, io: &mut Io) -> Result<(), Trouble> {
        self.erase(io)?;
        let words = preview.of(run);
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            return Ok(());
        }
        let left = gutter("", false, io);
        let room = io.terminal.width.saturating_sub(width(&left) + 2);
        let dots = if io.terminal.unicode { "…" } else { "..." };
        let line = format!("{left}{}", io.paint().dim(tail(&clean(&words), room, dots)));
        io.write(&line)?;
        self.shown = true;
        io.flush()
    }
}

/// The end of a text that fits into so many columns.
fn tail(text: &str, columns: usize, dots: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(width(dots));
    let fits = |one: &char| {
        let taken = width(one.encode_utf8(&mut [0; 4]));
        let fits = taken <= room;
        room = if fits { room - taken } else { 0 };
        fits
    };
    let kept: Vec<char> = text.chars().rev().take_while(fits).collect();
    format!("{dots}{}", kept.into_iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_is_kept() {
        assert_eq!(tail("short", 10, "…"), "short");
        assert_eq!(tail("It is on its way", 7, "…"), "…ts way");
        assert_eq!(tail("日本語です", 5, "…"), "…です");
        assert_eq!(tail("abc", 0, "…"), "…");
    }

    #[test]
    fn what_is_over_is_gone_and_runs_are_told_apart() {
        let preview = Preview::default();
        assert!(!preview.wanted());
        preview.look();
        assert!(preview.wanted());
        preview.words(1, "one");
        preview.words(2, "two");
        assert_eq!((preview.of(RunId(1)), preview.of(RunId(2))), ("one".to_owned(), "two".to_owned()));
        preview.words(1, "");
        assert_eq!(preview.of(RunId(1)), "");
        assert_eq!(preview.held().len(), 1);
    }
}
