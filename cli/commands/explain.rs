//! `flow explain CODE`

use crate::io::Io;
use crate::nearest::nearest;
use crate::paint::{Paint, hang};
use crate::trouble::Trouble;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use flow_lang::diag::{Code, Severity};
use serde_json::json;

/// Options of `flow explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow explain E0101
  flow explain           lists every code")]
pub struct Options {
    /// The code, such as E0101; without it every code is listed
    #[arg(value_parser = Codes, hide_possible_values = true)]
    pub code: Option<String>,
    /// One JSON object a line: `code`, `severity`, `title`, `page`
    #[arg(long)]
    pub json: bool,
}

/// Takes any text, for which the command has better words than clap; offers the codes to the shells' completions.
#[derive(Debug, Clone, Copy)]
struct Codes;

impl TypedValueParser for Codes {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Code::ALL.iter().map(|code| PossibleValue::new(code.number()).help(code.title()))))
    }
}

/// Shows the page.
///
/// # Errors
/// There is no such code.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let Some(number) = &options.code else {
        for code in Code::ALL {
            if options.json {
                io.line(object(*code))?;
            } else {
                let paint = io.paint();
                io.line(format!("{}  {}", heading(*code, paint), code.title()))?;
            }
        }
        return Ok(());
    };
    let Some(code) = Code::parse(number) else {
        let near = nearest(number, Code::ALL.iter().map(|code| code.number()));
        return Err(Trouble::usage(format!("there is no code `{number}`")).help(match near {
            Some(near) => format!("did you mean {near}? `flow explain` lists them all"),
            None => "`flow explain` lists them all".to_owned(),
        }));
    };
    if options.json {
        io.line(object(code))
    } else if io.terminal.output {
        let width = io.terminal.width.min(88);
        io.write(&page(code.page(), io.paint(), width))
    } else {
        io.write(&plain(code.page()))
    }
}

fn object(code: Code) -> String {
    let severity = match code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({ "code": code.number(), "severity": severity, "title": code.title(), "page": code.page() }).to_string()
}

fn heading(code: Code, paint: Paint) -> String {
    match code.severity() {
        Severity::Error => paint.bad(code.number()),
        Severity::Warning => paint.warn(code.number()),
    }
}

/// Columns of a page that is no terminal's.
const COLUMNS: usize = 100;

/// What a page is made of.
enum Part<'p> {
    /// A title, with its marks.
    Title(&'p str),
    /// A line of a program, or what sets programs off.
    Code(&'p str),
    Fence(&'p str),
    Blank,
    /// A paragraph, or a point of a list.
    Text(String),
}

fn parts(markdown: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut fenced = false;
    let mut goes_on = false;
    for line in markdown.trim_end().lines() {
        let is_text =
            !fenced && !line.starts_with('#') && !line.trim().is_empty() && !line.trim_start().starts_with("```");
        match parts.last_mut() {
            Some(Part::Text(text)) if is_text && goes_on && !line.starts_with("- ") => {
                text.push(' ');
                text.push_str(line.trim());
            }
            _ if is_text => parts.push(Part::Text(line.trim().to_owned())),
            _ if line.trim_start().starts_with("```") => {
                fenced = !fenced;
                parts.push(Part::Fence(line));
            }
            _ if fenced => parts.push(Part::Code(line)),
            _ if line.starts_with('#') => parts.push(Part::Title(line)),
            _ => parts.push(Part::Blank),
        }
        goes_on = is_text;
    }
    parts
}

/// A page for whoever pipes it: as it was written, its paragraphs broken to lines that fit.
fn plain(markdown: &str) -> String {
    let mut out = String::new();
    for part in parts(markdown) {
        match part {
            Part::Title(line) | Part::Code(line) | Part::Fence(line) => out.push_str(line),
            Part::Blank => {}
            Part::Text(text) => out.push_str(&hang(&text, COLUMNS, indent(&text))),
        }
        out.push('\n');
    }
    out
}

/// How far the later lines of a paragraph stand in.
fn indent(text: &str) -> usize {
    if text.starts_with("- ") { 2 } else { 0 }
}

/// A page for the terminal: titles bold, code set off and coloured, paragraphs broken to the width.
fn page(markdown: &str, paint: Paint, width: usize) -> String {
    let mut out = String::from("\n");
    for part in parts(markdown) {
        match part {
            Part::Title(title) => out.push_str(&format!("  {}\n", paint.bold(title.trim_start_matches('#').trim()))),
            Part::Code(line) => out.push_str(&format!("      {}\n", paint.note(line))),
            Part::Fence(_) => {}
            Part::Blank => out.push('\n'),
            Part::Text(text) => {
                let lines = hang(&text, width.saturating_sub(2), indent(&text));
                inline(&lines, paint).lines().for_each(|line| out.push_str(&format!("  {line}\n")));
            }
        }
    }
    out.push('\n');
    out
}

/// Code in a sentence keeps its backticks where there are no colours to tell it apart. It may reach over the end of a line,
/// and each line has its colours for itself.
fn inline(text: &str, paint: Paint) -> String {
    if !paint.on || text.matches('`').count() % 2 == 1 {
        return text.to_owned();
    }
    let colour = |part: &str| {
        let (margin, words) = part.split_at(part.len() - part.trim_start_matches(' ').len());
        if words.is_empty() { margin.to_owned() } else { format!("{margin}{}", paint.note(words)) }
    };
    let of_code = |part: &str| part.split('\n').map(colour).collect::<Vec<_>>().join("\n");
    let parts = text.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { of_code(part) } else { part.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_set_for_the_terminal() {
        let text = "# E0101: a name\n\nOne two three `four five`.\n\n```flow\nsay \"x\"\n```\n\n- a point\n- another\n";
        let plain = page(text, Paint { on: false }, 20);
        assert_eq!(
            plain,
            "\n  E0101: a name\n\n  One two three\n  `four five`.\n\n      say \"x\"\n\n  - a point\n  - another\n\n"
        );
        assert!(page(text, Paint { on: true }, 80).contains("\u{1b}[36mfour five\u{1b}[0m"));
        let narrow = page(text, Paint { on: true }, 22);
        assert!(narrow.contains("\u{1b}[36mfour\u{1b}[0m\n  \u{1b}[36mfive\u{1b}[0m."), "{narrow}");
    }

    #[test]
    fn a_page_that_is_piped_has_lines_that_fit() {
        for code in Code::ALL {
            let text = plain(code.page());
            let fits = |line: &str| crate::paint::width(line) <= COLUMNS;
            // Lines of programs are left as they are.
            assert!(text.lines().all(|line| fits(line) || code.page().lines().any(|own| own == line)), "{text}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&text), words(code.page()));
        }
    }
}
