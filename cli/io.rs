//! Where a command reads and writes, handed in by whoever starts it.

use crate::paint::{Paint, hang, width};
use crate::trouble::Trouble;
use std::collections::HashMap;
use std::io::{BufRead, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Standard input and output, the folder and the environment of a command.
pub struct Io {
    /// Standard input.
    pub input: Box<dyn BufRead + Send>,
    /// Standard output.
    pub out: Box<dyn Write + Send>,
    /// Standard error.
    pub err: Box<dyn Write + Send>,
    /// What is a terminal, and how it looks.
    pub terminal: Terminal,
    /// Paths are relative to it; empty for the process's own.
    pub folder: PathBuf,
    /// The environment.
    pub environment: HashMap<String, String>,
    /// What the command was called as: `flow`, or a path that leads to it from here.
    pub program: String,
}

/// What is known of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Standard input is one.
    pub input: bool,
    /// Standard output is one.
    pub output: bool,
    /// Standard error is one.
    pub error: bool,
    /// Colours are wanted: `NO_COLOR` is not set and `TERM` is not `dumb`.
    pub color: bool,
    /// It shows more than ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

/// Columns where nothing is known of a terminal.
const WIDTH: usize = 100;

impl Io {
    /// The process's own.
    pub fn real() -> Self {
        let environment: HashMap<String, String> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
        let is = |name: &str, value: &str| environment.get(name).is_some_and(|v| v == value);
        let output = std::io::stdout().is_terminal();
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.get(*name).filter(|v| !v.is_empty()));
        let error = std::io::stderr().is_terminal();
        let size = if output || error { crossterm::terminal::size().ok() } else { None };
        let terminal = Terminal {
            input: std::io::stdin().is_terminal(),
            output,
            error,
            color: !set("NO_COLOR") && !is("TERM", "dumb"),
            // An unset locale is mostly a container whose terminal shows UTF-8 all the same.
            unicode: !is("TERM", "dumb")
                && locale.is_none_or(|l| l.to_ascii_lowercase().replace('-', "").contains("utf8")),
            width: size.map_or(WIDTH, |(columns, _)| usize::from(columns).max(20)),
        };
        Io {
            input: Box::new(std::io::BufReader::new(std::io::stdin())),
            out: Box::new(BufWriter::new(std::io::stdout())),
            err: Box::new(std::io::stderr()),
            terminal,
            folder: PathBuf::new(),
            environment,
            program: std::env::args().next().filter(|name| called(name)).unwrap_or_else(|| "flow".to_owned()),
        }
    }

    /// Colours for standard output.
    pub fn paint(&self) -> Paint {
        Paint { on: self.terminal.output && self.terminal.color }
    }

    /// Colours for standard error.
    pub fn err_paint(&self) -> Paint {
        Paint { on: self.terminal.error && self.terminal.color }
    }

    /// A path as the person means it: relative to the folder. It stays relative where that is the process's own folder, so
    /// that messages name files as they were named.
    pub fn path(&self, path: &Path) -> PathBuf {
        if self.folder.as_os_str().is_empty() { path.to_owned() } else { self.folder.join(path) }
    }

    /// A variable of the environment, if it is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Writes to standard output.
    ///
    /// # Errors
    /// It cannot be written; a reader that went away ends the command quietly.
    pub fn write(&mut self, text: &str) -> Result<(), Trouble> {
        self.out.write_all(text.as_bytes()).map_err(|error| unwritable("standard output", &error))
    }

    /// Writes a line to standard output.
    ///
    /// # Errors
    /// As [`Io::write`].
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<(), Trouble> {
        self.write(text.as_ref())?;
        self.write("\n")
    }

    /// Writes to standard error.
    ///
    /// # Errors
    /// As [`Io::write`].
    pub fn write_err(&mut self, text: &str) -> Result<(), Trouble> {
        self.err.write_all(text.as_bytes()).map_err(|error| unwritable("standard error", &error))
    }

    /// Writes a paragraph to standard output: on a terminal it is broken at its width, lines after the first indented.
    ///
    /// # Errors
    /// As [`Io::write`].
    pub fn paragraph(&mut self, text: &str, indent: usize) -> Result<(), Trouble> {
        if !self.terminal.output {
            return self.line(text);
        }
        self.line(hang(text, self.terminal.width, indent))
    }

    /// Writes a command that can be copied, and what it does: beside it, or below it where there is no room. The command
    /// itself is never broken.
    ///
    /// # Errors
    /// As [`Io::write`].
    pub fn command(&mut self, command: &str, does: &str) -> Result<(), Trouble> {
        let paint = self.paint();
        let (command, does) = (paint.note(command), paint.dim(does));
        if self.terminal.output && width(&command) + width(&does) + 4 > self.terminal.width {
            self.line(format!("  {command}"))?;
            return self.line(format!("    {does}"));
        }
        self.line(format!("  {command}  {does}"))
    }

    /// Lets everything written be seen.
    ///
    /// # Errors
    /// As [`Io::write`].
    pub fn flush(&mut self) -> Result<(), Trouble> {
        self.out.flush().map_err(|error| unwritable("standard output", &error))
    }
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "._-/~+@=:".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Whether a command line can name the program like this: a path from here. A long absolute path is nobody's spelling.
fn called(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
    name.contains('/') && !name.starts_with('/') && name.chars().all(plain)
}

/// `flow runs | head` is no error; a full disk behind `flow build > x` is one.
fn unwritable(what: &str, error: &std::io::Error) -> Trouble {
    if error.kind() == ErrorKind::BrokenPipe {
        return Trouble::Said(0);
    }
    Trouble::machine(format!("{what} cannot be written: {error}")).help("make room where it goes to, and run it again")
}
