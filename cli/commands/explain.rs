//! `flow explain CODE`

use crate::io::Io;
use crate::nearest::nearest;
use crate::paint::{Paint, wrap};
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
        // Whoever pipes it gets the page as it was written.
        io.line(code.page().trim_end())
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

/// A page for the terminal: titles bold, code set off and coloured, paragraphs broken to the width.
fn page(markdown: &str, paint: Paint, width: usize) -> String {
    let mut out = String::from("\n");
    let mut paragraph = String::new();
    let mut fenced = false;
    let flush = |paragraph: &mut String, out: &mut String| {
        let text = paragraph.trim();
        let (first, rest) = if text.starts_with("- ") { ("  ", "    ") } else { ("  ", "  ") };
        if !text.is_empty() {
            for (index, line) in wrap(text, width.saturating_sub(rest.len())).iter().enumerate() {
                out.push_str(if index == 0 { first } else { rest });
                out.push_str(&inline(line, paint));
                out.push('\n');
            }
        }
        paragraph.clear();
    };
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            flush(&mut paragraph, &mut out);
            fenced = !fenced;
        } else if fenced {
            out.push_str(&format!("      {}\n", paint.note(line)));
        } else if let Some(title) = line.strip_prefix('#') {
            flush(&mut paragraph, &mut out);
            out.push_str(&format!("  {}\n", paint.bold(title.trim_start_matches('#').trim())));
        } else if line.trim().is_empty() {
            flush(&mut paragraph, &mut out);
            out.push('\n');
        } else {
            if line.starts_with("- ") {
                flush(&mut paragraph, &mut out);
            }
            paragraph.push_str(line.trim_end());
            paragraph.push(' ');
        }
    }
    flush(&mut paragraph, &mut out);
    out.push('\n');
    out
}

/// Code in a sentence keeps its backticks where there are no colours to tell it apart.
fn inline(line: &str, paint: Paint) -> String {
    if !paint.on || line.matches('`').count() % 2 == 1 {
        return line.to_owned();
    }
    let parts = line.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 1 { paint.note(part) } else { part.to_owned() }).collect()
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
    }
}
