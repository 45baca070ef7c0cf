//! Carries out the commands that the documentation shows, and holds what they print against what it shows.

use flow_cli::Io;
use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

/// A folder of its own in which commands are carried out, one page long.
pub struct Terminal {
    scratch: tempfile::TempDir,
    folder: PathBuf,
}

impl Terminal {
    /// An empty folder.
    ///
    /// # Panics
    /// When there is no room for one.
    pub fn open() -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let folder = scratch.path().to_owned();
        Terminal { scratch, folder }
    }

    /// Writes a file in the folder one is in.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let file = self.folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(&self.folder)).expect("a folder can be made");
        std::fs::write(file, text).expect("a file can be written");
    }

    /// Carries out a block: lines after `$ ` are commands, the others what they print. `…` stands for any text in a line, and
    /// alone for any lines. A command may end with `# exit code 1`. Gives the number of commands.
    ///
    /// # Errors
    /// A command that ends or prints otherwise.
    pub fn console(&mut self, text: &str) -> Result<usize, String> {
        let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in text.lines() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command, Vec::new())),
                (None, Some((_, printed))) => printed.push(line),
                // A block without prompts is for the reader's own shell.
                (None, None) => return Ok(0),
            }
        }
        for (command, printed) in &commands {
            self.command(command, printed).map_err(|why| format!("`{command}` {why}"))?;
        }
        Ok(commands.len())
    }

    fn command(&mut self, line: &str, expected: &[&str]) -> Result<(), String> {
        let (line, code) = match line.split_once("# exit code ") {
            Some((line, code)) => (line, code.trim().parse().map_err(|_| "has no exit code".to_owned())?),
            None => (line, 0u8),
        };
        let (input, line) = match line.split_once(" | ") {
            Some((input, line)) => (words(input), line),
            None => (Vec::new(), line),
        };
        let input = match input.split_first() {
            None => String::new(),
            Some((echo, rest)) if echo == "echo" => format!("{}\n", rest.join(" ")),
            Some((printf, rest)) if printf == "printf" => rest.join(" ").replace("\\n", "\n"),
            Some((other, _)) => return Err(format!("begins with `{other}`, which is not known here")),
        };
        let args = words(line);
        match args.split_first() {
            Some((cd, rest)) if cd == "cd" => {
                self.folder.push(rest.first().ok_or("leads nowhere")?);
                return if self.folder.is_dir() { Ok(()) } else { Err("leads nowhere".to_owned()) };
            }
            Some((flow, _)) if flow == "flow" => {}
            _ => return Err("is not known here".to_owned()),
        }
        let (printed, ended) = self.flow(&args, &input);
        if ended != ExitCode::from(code) {
            return Err(format!("ended with {ended:?}, not {code}:\n{printed}"));
        }
        let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
        // What is not shown is not promised.
        if expected.is_empty() || fits(&lines, expected) {
            return Ok(());
        }
        Err(format!("printed this:\n{printed}"))
    }

    /// The folder one is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Carries out `flow` with arguments and what is typed into it: what it prints, and how it ends.
    ///
    /// # Panics
    /// When what it prints is no text.
    pub fn flow(&self, args: &[String], input: &str) -> (String, ExitCode) {
        let printed = Printed::default();
        let io = Io {
            input: Box::new(Cursor::new(input.to_owned().into_bytes())),
            out: Box::new(printed.clone()),
            err: Box::new(printed.clone()),
            terminal: flow_cli::Terminal {
                input: false,
                output: false,
                error: false,
                color: false,
                unicode: true,
                width: 100,
            },
            folder: self.folder.clone(),
            environment: HashMap::new(),
            program: "flow".to_owned(),
        };
        let code = flow_cli::run(args.iter().map(Into::into), io);
        let bytes = printed.0.lock().expect("no thread panicked").clone();
        let text = String::from_utf8(bytes).expect("what is printed is UTF-8");
        // Whoever is in the folder sees paths from there.
        let here = format!("{}/", self.folder.display());
        (
            text.replace(&format!("{here}./"), "")
                .replace(&here, "")
                .replace(&format!("{}/", self.scratch.path().display()), "../"),
            code,
        )
    }
}

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no thread panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Words of a command line, quotes taken off.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => (quote, begun) = (Some(c), true),
            (None, ' ') => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (_, c) => word.push(c),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

/// Whether lines are as expected.
fn fits(lines: &[&str], expected: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((line, rest)) if line.trim() == "…" => (0..=lines.len()).any(|skipped| fits(&lines[skipped..], rest)),
        Some((line, rest)) => lines.split_first().is_some_and(|(first, more)| alike(first, line) && fits(more, rest)),
    }
}

/// Whether a line is as expected, where `…` stands for any text.
fn alike(line: &str, expected: &str) -> bool {
    let expected = expected.trim_end();
    match expected.split_once('…') {
        None => line == expected,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| alike(&rest[at..], after))
        }),
    }
}
