//! Characters that make a text look like another one: controls, and signs that turn the direction of writing around.
//!
//! In a comment or a text they are accepted by no rule of tokens, because any character may stand there; yet with them a
//! reader sees other code than the compiler ("Trojan Source", CVE-2021-42574).

use super::lexer::Lexed;
use crate::diag::{Code, Diagnostic, FileId, Span};

/// What a character does that does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hides {
    /// NUL: it ends the text for many programs.
    Ends,
    /// Another control character: it does something to a terminal.
    Controls,
    /// It changes the order in which what stands around is shown.
    Turns,
}

fn hides(c: char) -> Option<Hides> {
    match c {
        '\0' => Some(Hides::Ends),
        '\t' | '\n' | '\r' => None,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Hides::Turns),
        c if c.is_control() => Some(Hides::Controls),
        _ => None,
    }
}

/// Whether the lexer may pass over a character: it is told of here.
pub(super) fn is_hidden(c: char) -> bool {
    hides(c).is_some()
}

/// Whether a byte may begin such a character.
fn may_hide(byte: u8) -> bool {
    (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || matches!(byte, 0x7f | 0xc2 | 0xe2)
}

/// Tells of every such character; a run of one kind is one finding.
pub(super) fn find(file: FileId, source: &str, lexed: &Lexed, most: usize) -> Vec<Diagnostic> {
    let mut found: Vec<(Hides, u32, u32)> = Vec::new();
    let mut from = 0;
    while let Some(at) = source.as_bytes().get(from..).and_then(|rest| rest.iter().position(|byte| may_hide(*byte))) {
        let at = from + at;
        let Some(c) = source.get(at..).and_then(|rest| rest.chars().next()) else { break };
        from = at + c.len_utf8();
        let Some(what) = hides(c) else { continue };
        let full = found.len() == most;
        match found.last_mut() {
            Some(last) if last.0 == what && last.2 as usize == at => last.2 = from as u32,
            _ if full => break,
            _ => found.push((what, at as u32, from as u32)),
        }
    }
    let told = |&(what, start, end): &(Hides, u32, u32)| tell(what, Span::new(file, start, end), source, lexed);
    found.iter().map(told).collect()
}

fn tell(what: Hides, span: Span, source: &str, lexed: &Lexed) -> Diagnostic {
    let written = source.get(span.range()).unwrap_or("");
    let number = written.chars().next().map_or(0, u32::from);
    let before = lexed.texts.partition_point(|text| text.start <= span.start);
    let in_text = before.checked_sub(1).and_then(|at| lexed.texts.get(at)).is_some_and(|text| span.end <= text.end);
    let message = match what {
        Hides::Ends => "a NUL (U+0000) stands here, which no file of text has".to_owned(),
        Hides::Controls => format!("a control character (U+{number:04X}) stands here, which does not show"),
        Hides::Turns => {
            format!("an invisible character (U+{number:04X}) turns the direction of writing around here")
        }
    };
    let at = match what {
        Hides::Turns => "what follows may look like something else than it is",
        Hides::Ends | Hides::Controls => "does not show",
    };
    let diagnostic = Diagnostic::new(Code::HiddenCharacter, span, message).at(at);
    let delete = |diagnostic: Diagnostic| diagnostic.fix("delete it", vec![(span, String::new())]);
    if in_text && what != Hides::Ends {
        let escapes: String = written.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect();
        return delete(
            diagnostic
                .help(format!("Delete it; if the text needs it, write `{escapes}`, which everybody can see."))
                .fix(format!("write `{escapes}`"), vec![(span, escapes)]),
        );
    }
    delete(diagnostic.help(match what {
        Hides::Ends => "Delete it; most likely the file was damaged, or is no text at all.",
        _ => "Delete it; it often comes along with text copied from elsewhere.",
    }))
}
