//! The prompt in a terminal: raw mode while it is shown, drawn in place, gone when answered.

use super::widget::{Reaction, Widget};
use crate::io::Io;
use crate::trouble::Trouble;
use crossterm::event::{self, Event};
use crossterm::{cursor, queue, terminal};
use std::time::Duration;

/// How often the run is looked at while nobody types.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How a prompt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With an answer.
    Answer(String),
    /// The person leaves.
    Leave,
    /// The person lets the time pass.
    PassTime,
    /// The run went on without an answer: the time was up, or a teammate took over.
    Overtaken,
}

/// Raw mode, left again however the prompt ends.
struct Raw;

impl Raw {
    fn enter() -> std::io::Result<Raw> {
        terminal::enable_raw_mode()?;
        let raw = Raw;
        // Pasted lines are one answer, not several; a terminal that does not know this ignores it.
        crossterm::execute!(std::io::stdout(), event::EnableBracketedPaste)?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = crossterm::execute!(std::io::stdout(), event::DisableBracketedPaste);
        let _ = terminal::disable_raw_mode();
    }
}

/// Shows the prompt until it is answered, left, or `overtaken` says so. What it drew is gone afterwards.
///
/// # Errors
/// The terminal cannot be used, or `overtaken` fails.
pub fn ask(
    widget: &mut Widget,
    gutter: &str,
    name: &str,
    io: &mut Io,
    mut overtaken: impl FnMut() -> Result<bool, Trouble>,
) -> Result<Ended, Trouble> {
    let broken = |error: std::io::Error| {
        Trouble::machine(format!("the terminal cannot be used: {error}"))
            .help("answer line by line: `echo ANSWER | flow run …`, or `flow answer RUN ANSWER`")
    };
    io.flush()?;
    let _raw = Raw::enter().map_err(broken)?;
    let paint = io.paint();
    let mut drawn_above = 0;
    let mut redraw = true;
    let ended = loop {
        if redraw {
            let (columns, _) = terminal::size().unwrap_or((80, 24));
            let (lines, column) = widget.lines(gutter, name, paint, usize::from(columns));
            draw(io, &lines, column, drawn_above).map_err(broken)?;
            drawn_above = lines.len().saturating_sub(1);
            redraw = false;
        }
        if !event::poll(LOOK_EVERY).map_err(broken)? {
            if overtaken()? {
                break Ended::Overtaken;
            }
            continue;
        }
        let reaction = match event::read().map_err(broken)? {
            Event::Key(key) => widget.key(key),
            Event::Paste(text) => widget.paste(&text),
            Event::Resize(..) => Reaction::Redraw,
            _ => Reaction::None,
        };
        match reaction {
            Reaction::None => {}
            Reaction::Redraw => redraw = true,
            Reaction::Answer(text) => break Ended::Answer(text),
            Reaction::Leave => break Ended::Leave,
            Reaction::PassTime => break Ended::PassTime,
        }
    };
    wipe(io, drawn_above).map_err(broken)?;
    Ok(ended)
}

/// Draws over what was drawn before; the cursor stood `above` lines below its first.
fn draw(io: &mut Io, lines: &[String], column: usize, above: usize) -> std::io::Result<()> {
    rise(io, above)?;
    for (index, text) in lines.iter().enumerate() {
        if index > 0 {
            io.out.write_all(b"\r\n")?;
        }
        io.out.write_all(text.as_bytes())?;
    }
    queue!(io.out, cursor::MoveToColumn(u16::try_from(column).unwrap_or(u16::MAX)))?;
    io.out.flush()
}

fn wipe(io: &mut Io, above: usize) -> std::io::Result<()> {
    rise(io, above)?;
    io.out.flush()
}

/// To the first column, so many lines up, and everything below cleared. With 0 lines only the line itself.
fn rise(io: &mut Io, lines: usize) -> std::io::Result<()> {
    if lines > 0 {
        queue!(io.out, cursor::MoveUp(u16::try_from(lines).unwrap_or(u16::MAX)))?;
    }
    queue!(io.out, cursor::MoveToColumn(0), terminal::Clear(terminal::ClearType::FromCursorDown))
}
