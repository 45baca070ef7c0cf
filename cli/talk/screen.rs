//! The conversation as lines of chat: who, and what.

use super::ending::{call_words, waits};
use super::face::{Face, Waiting};
use crate::io::Io;
use crate::paint::{Paint, cut, width, wrap};
use crate::trouble::Trouble;
use crate::values::{Moments, span};
use flow_lang::diag::render::clean;
use flow_vm::engine::{CallView, PromptView, Said};

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

/// A terminal narrower than this shows names above what is said, not beside it.
const NARROW: usize = 60;

/// What stands before the text of a line.
pub fn gutter(name: &str, contact: bool, io: &Io) -> String {
    let paint = io.paint();
    let name = cut(&name.replace('\n', " "), NAME_COLUMNS);
    let columns = if narrow(io) { 0 } else { NAME_COLUMNS };
    let pad = " ".repeat(columns.saturating_sub(width(&name)));
    let bar = paint.dim(if io.terminal.unicode { "│" } else { "|" });
    let gap = if pad.is_empty() && name.is_empty() { "" } else { " " };
    format!("{pad}{}{gap}{bar} ", named(&name, contact, paint))
}

fn named(name: &str, contact: bool, paint: Paint) -> String {
    match (name, contact) {
        ("", _) => String::new(),
        (name, true) => paint.good(name),
        (name, false) => paint.bold(name),
    }
}

fn narrow(io: &Io) -> bool {
    io.terminal.width < NARROW
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
        let taken = width(&gutter("", contact, io)) + 1;
        let room = io.terminal.width.saturating_sub(taken).clamp(12, TEXT_COLUMNS);
        self.lines(name, contact, wrap(&clean(text), room), io)
    }

    fn lines(&mut self, name: &str, contact: bool, lines: Vec<String>, io: &mut Io) -> Result<(), Trouble> {
        for line in lines {
            let mut name = if self.last == name { "" } else { name };
            if !name.is_empty() {
                self.last = name.to_owned();
                if narrow(io) {
                    io.line(named(&name.replace('\n', " "), contact, io.paint()))?;
                    name = "";
                }
            }
            io.line(format!("{}{line}", gutter(name, contact, io)).trim_end())?;
        }
        io.flush()
    }

    fn aside(&mut self, text: &str, io: &mut Io) -> Result<(), Trouble> {
        self.last.clear();
        io.paragraph(text, 2)?;
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
                "option" | "refused" | "article_title" | "article_url" => {}
                "article" => {
                    let part = |wanted: &str| said.parts.iter().find(|(kind, _)| **kind == *wanted);
                    let title = part("article_title").map_or(value, |(_, title)| title);
                    let url = part("article_url").map(|(_, url)| format!(" {url}")).unwrap_or_default();
                    self.speak(name, contact, &format!("{} {title}{url}", paint.dim("[article]")), io)?;
                }
                kind => self.speak(name, contact, &format!("{} {value}", paint.dim(format!("[{kind}]"))), io)?,
            }
        }
        Ok(())
    }

    fn turns_to(&mut self, conversation: &str, io: &mut Io) -> Result<(), Trouble> {
        let line = if io.terminal.unicode { "──" } else { "--" };
        let text = format!("{} {}", io.paint().dim(line), io.paint().bold(clean(conversation)));
        self.aside(&text, io)
    }

    fn asks(&mut self, _prompt: &PromptView, _refused: Option<&str>, _io: &mut Io) -> Result<(), Trouble> {
        Ok(())
    }

    fn waits(&mut self, waiting: &Waiting, moments: &Moments, io: &mut Io) -> Result<(), Trouble> {
        let paint = io.paint();
        let (pause, dash) = if io.terminal.unicode { ("○", "–") } else { ("*", "-") };
        let what = waits(waiting.run, false, moments);
        self.aside(&format!("{} {} {what}", paint.dim(pause), paint.bold(waiting.run.run)), io)?;
        for arm in &waiting.arms {
            self.aside(&format!("  {} {}", paint.dim(dash), paint.note(arm)), io)?;
        }
        self.aside(&paint.dim(format!("  Ctrl-C leaves it waiting; {} goes on", waiting.go_on)), io)
    }

    fn jumped(&mut self, from_us: i64, moments: &Moments, io: &mut Io) -> Result<(), Trouble> {
        let sign = if io.terminal.unicode { "»" } else { ">>" };
        let (later, now) = (span(moments.now_us() - from_us), moments.seen_from(from_us).show(moments.now_us()));
        let text = io.paint().warn(format!("{sign} {later} later: {now}"));
        self.aside(&text, io)
    }

    fn calls(&mut self, call: &CallView, moments: &Moments, io: &mut Io) -> Result<(), Trouble> {
        let dots = if io.terminal.unicode { "…" } else { "..." };
        let what = call_words(call, moments);
        let text = io.paint().dim(format!("{dots} {} to {} {what}", call.action, clean(&call.destination)));
        self.aside(&text, io)
    }

    fn remark(&mut self, text: &str, io: &mut Io) -> Result<(), Trouble> {
        let text = io.paint().warn(clean(text));
        self.aside(&text, io)
    }
}
