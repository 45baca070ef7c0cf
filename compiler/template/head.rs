//! The first lines of a template: what the mail is about, and what mail programs show beside that.

use super::holes::Marked;
use crate::diag::{Code, Diagnostic, FileId, Span};

/// What stands before the words.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// `Subject: …`
    pub subject: Option<String>,
    /// `Preview: …`
    pub preview: Option<String>,
    /// Everything behind the head.
    pub body: String,
}

/// Reads the head: lines `Subject: …` and `Preview: …` up to an empty line, where the first line is one of them.
pub(super) fn read(file: FileId, marked: &Marked, out: &mut Vec<Diagnostic>) -> Head {
    let text = marked.text.strip_prefix('\u{feff}').unwrap_or(&marked.text);
    let skipped = marked.text.len() - text.len();
    let mut head = Head::default();
    let mut at = 0;
    if text.lines().next().and_then(known).is_none() {
        return Head { body: text.to_owned(), ..head };
    }
    for line in text.split_inclusive('\n') {
        let (start, content) = (at, line.trim_end());
        at += line.len();
        if content.is_empty() {
            break;
        }
        let span =
            Span::new(file, marked.place(skipped + start) as u32, marked.place(skipped + start + content.len()) as u32);
        let Some((name, value)) = known(content) else {
            out.push(
                Diagnostic::new(Code::UnknownSetting, span, "The head of a template says no such thing.")
                    .at("neither `Subject:` nor `Preview:`")
                    .help("It has one line `Subject: …`, one `Preview: …` at most, and ends with an empty line."),
            );
            continue;
        };
        let place = if name == "Subject" { &mut head.subject } else { &mut head.preview };
        if place.is_some() {
            out.push(
                Diagnostic::new(Code::DoubledArgument, span, format!("`{name}` is given twice."))
                    .at("given again here")
                    .help("Keep one of them."),
            );
            continue;
        }
        if !value.is_empty() {
            *place = Some(value.to_owned());
        }
    }
    head.body = text.get(at..).unwrap_or("").to_owned();
    head
}

/// A line of a head: what it says, and its value.
fn known(line: &str) -> Option<(&'static str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = ["Subject", "Preview"].into_iter().find(|known| known.eq_ignore_ascii_case(name.trim()))?;
    Some((name, value.trim()))
}
