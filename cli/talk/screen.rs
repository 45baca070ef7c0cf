//! The conversation as lines of chat: who, and what.

use super::ending::waits;
use super::face::Face;
use crate::io::Io;
use crate::paint::{Paint, width, wrap};
use crate::trouble::Trouble;
use crate::values::{Moments, span};
use flow_lang::diag::render::clean;
use flow_vm::engine::{CallView, PromptView, RunView, Said};

/// Columns for names.
const NAME_COLUMNS: usize = 12;

/// Text is set no wider than this, however wide the terminal is.
const TEXT_COLUMNS: usize = 90;

/// Draws chat lines.
#[derive(Debug)]
pub struct Screen {
    /// Whose line stood last: a name is written once per turn.
    last: String,
    /// Whether the options of a prompt are listed, numbered; the terminal's own prompt shows them itself.
    list_options: bool,
}

/// What stands before the text of a line.
pub fn gutter(name: &str, paint: Paint, unicode: bool, contact: bool) -> String {
    let name = wrap(name, usize::MAX).concat();
    let mut shown: String = name.chars().take(NAME_COLUMNS).collect();
    if shown.chars().count() < name.chars().count() {
        shown.pop();
        shown.push('…');
    }
    let pad = " ".repeat(NAME_COLUMNS.saturating_sub(width(&shown)));
    let bar = if unicode { "│" } else { "|" };
    let shown = if contact { paint.good(shown) } else { paint.bold(shown) };
    format!("{pad}{shown} {} ", paint.dim(bar))
}

impl Screen {
    /// A screen that lists options, or leaves them to the terminal's own prompt.
    pub fn new(list_options: bool) -> Self {
        Screen { last: String::new(), list_options }
    }

    /// Writes lines of one speaker.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn speak(&mut self, name: &str, contact: bool, text: &str, io: &mut Io) -> Result<(), Trouble> {
        let room = io.terminal.width.saturating_sub(NAME_COLUMNS + 4).clamp(20, TEXT_COLUMNS);
        self.lines(name, contact, wrap(&clean(text), room), io)
    }

    fn lines(&mut self, name: &str, contact: bool, lines: Vec<String>, io: &mut Io) -> Result<(), Trouble> {
        let (paint, unicode) = (io.paint(), io.terminal.unicode);
        for line in lines {
            let name = if self.last == name { "" } else { name };
            io.line(format!("{}{line}", gutter(name, paint, unicode, contact)).trim_end())?;
            if !name.is_empty() {
                self.last = name.to_owned();
            }
        }
        io.flush()
    }

    fn aside(&mut self, text: &str, io: &mut Io) -> Result<(), Trouble> {
        self.last.clear();
        io.line(text)?;
        io.flush()
    }
}

impl Face for Screen {
    fn said(&mut self, said: &Said, name: &str, io: &mut Io) -> Result<(), Trouble> {
        let contact = &*said.from == "contact";
        if !said.text.is_empty() {
            self.speak(name, contact, &said.text, io)?;
        }
        let paint = io.paint();
        let mut number = 0;
        for (kind, value) in &said.parts {
            match &**kind {
                "option" if self.list_options => {
                    number += 1;
                    let line = format!("  {} {}", paint.dim(format!("{number:>2}")), clean(value));
                    self.lines(name, contact, vec![line], io)?;
                }
                "option" => {}
                kind => self.speak(name, contact, &format!("{} {value}", paint.dim(format!("[{kind}]"))), io)?,
            }
        }
        Ok(())
    }

    fn asks(&mut self, _prompt: &PromptView, _io: &mut Io) -> Result<(), Trouble> {
        Ok(())
    }

    fn waits(&mut self, run: &RunView, moments: &Moments, staying: bool, io: &mut Io) -> Result<(), Trouble> {
        let paint = io.paint();
        let dash = if io.terminal.unicode { "—" } else { "-" };
        let dots = if io.terminal.unicode { "⏸" } else { "*" };
        let go_on =
            if staying { format!(" {dash} Ctrl-C leaves it waiting; go on with `flow resume`") } else { String::new() };
        self.aside(&paint.dim(format!("{dots} {} {}{go_on}", run.run, waits(run, moments))), io)
    }

    fn jumped(&mut self, from_us: i64, moments: &Moments, io: &mut Io) -> Result<(), Trouble> {
        let sign = if io.terminal.unicode { "⏩" } else { ">>" };
        let (later, now) = (span(moments.now_us() - from_us), moments.seen_from(from_us).show(moments.now_us()));
        let text = io.paint().warn(format!("{sign} {later} later: {now}"));
        self.aside(&text, io)
    }

    fn calls(&mut self, call: &CallView, io: &mut Io) -> Result<(), Trouble> {
        let attempt = if call.attempt > 1 { format!(", attempt {}", call.attempt) } else { String::new() };
        let state = match call.state.as_str() {
            "sending" => "under way",
            "in_doubt" => "in doubt",
            other => other,
        };
        let dots = if io.terminal.unicode { "…" } else { "..." };
        let text = format!("{dots} {} to {}: {state}{attempt}", call.action, clean(&call.destination));
        let text = io.paint().dim(text);
        self.aside(&text, io)
    }

    fn remark(&mut self, text: &str, io: &mut Io) -> Result<(), Trouble> {
        let text = io.paint().warn(clean(text));
        self.aside(&text, io)
    }
}
