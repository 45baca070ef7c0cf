//! Reads marks, checks programs, compares.

use crate::check::{Checked, Module, check};
use crate::diag::{Diagnostic, FileId};
use crate::syntax::{Parsed, parse};
use std::sync::OnceLock;

/// The standard library, as far as programs in tests need it.
const LIBRARY: &[&str] = &[
    include_str!("../../../stdlib/core/core.flow"),
    include_str!("../../../stdlib/workspace/contact.flow"),
    include_str!("../../../stdlib/workspace/company.flow"),
    include_str!("../../../stdlib/workspace/conversation.flow"),
    include_str!("../../../stdlib/workspace/ticket.flow"),
    include_str!("../../../stdlib/workspace/teammate.flow"),
    include_str!("../../../stdlib/chat/chat.flow"),
    include_str!("../../../stdlib/http/http.flow"),
];

/// What every program in tests may use beside the library.
const PRELUDE: &str = include_str!("prelude.flow");

/// Where the files of the program itself begin.
pub(super) const FIRST: u32 = 100;

/// A checked program with everything said about it.
pub(super) struct Outcome {
    pub checked: Checked,
    pub diagnostics: Vec<Diagnostic>,
}

/// The library and the prelude, parsed once.
fn common() -> &'static [(Parsed, bool)] {
    static COMMON: OnceLock<Vec<(Parsed, bool)>> = OnceLock::new();
    COMMON.get_or_init(|| {
        let library = LIBRARY.iter().map(|text| (*text, true));
        let all = library.chain([(PRELUDE, false)]).enumerate();
        all.map(|(index, (text, library))| (parse(FileId(index as u32), text), library)).collect()
    })
}

/// Checks files (module, text), with the library and, unless they have teams of their own, the prelude.
pub(super) fn run(files: &[(&str, &str)]) -> Outcome {
    let parsed: Vec<Parsed> = files.iter().zip(FIRST..).map(|((_, text), file)| parse(FileId(file), text)).collect();
    let own = files.iter().any(|(_, text)| text.contains("\nteam "));
    let library = common().iter().filter(|(_, library)| *library || !own);
    let library = library.map(|(parsed, library)| Module { name: "prelude", tree: &parsed.tree, library: *library });
    let project = files.iter().zip(&parsed);
    let project = project.map(|((name, _), parsed)| Module { name, tree: &parsed.tree, library: false });
    let modules: Vec<Module<'_>> = library.chain(project).collect();
    let checked = check(&modules);
    let mut diagnostics: Vec<Diagnostic> = common().iter().flat_map(|(parsed, _)| parsed.diagnostics.clone()).collect();
    diagnostics.extend(parsed.iter().flat_map(|parsed| parsed.diagnostics.clone()));
    diagnostics.extend(checked.diagnostics.iter().cloned());
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    Outcome { checked, diagnostics }
}

/// A marked place: line from 0, columns in bytes from 0, and what is said of it.
#[derive(Debug, PartialEq)]
struct Mark {
    line: usize,
    from: usize,
    to: usize,
    code: String,
    part: String,
}

/// The marks of a program. A mark belongs to the last line above it that is not itself a mark; `^` and `~` are its place,
/// `~` at its end for a place that goes on over the line. `//<0^^^^` marks a place at column 0, where no mark can stand.
fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut line = 0;
    for (number, written) in text.lines().enumerate() {
        let trimmed = written.trim_start();
        let Some(rest) = mark_in(trimmed) else {
            line = number;
            continue;
        };
        let column = trimmed.strip_prefix("//<").and_then(|rest| rest.get(..1)?.parse().ok());
        let from = column.unwrap_or_else(|| written.find('^').unwrap_or(0));
        let carets = rest.chars().take_while(|char| *char == '^').count();
        let open = rest.get(carets..).is_some_and(|rest| rest.starts_with('~'));
        let said = rest.trim_start_matches(['^', '~']).trim();
        let (code, part) = said.split_once(':').unwrap_or((said, ""));
        let to = if open { usize::MAX } else { from + carets };
        marks.push(Mark { line, from, to, code: code.trim().to_owned(), part: part.trim().to_owned() });
    }
    marks
}

/// What follows the beginning of a mark, if a line is one.
fn mark_in(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("//")?.trim_start();
    let rest = rest.strip_prefix('<').and_then(|rest| rest.get(1..)).unwrap_or(rest);
    rest.starts_with('^').then_some(rest)
}

/// Line and column of a byte.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line = before.matches('\n').count();
    (line, byte - before.rfind('\n').map_or(0, |at| at + 1))
}

/// Compares what is said about a program with its marks; the answer is empty when they agree.
pub(super) fn disagreements(files: &[(&str, &str)]) -> String {
    let outcome = run(files);
    let mut report = String::new();
    let mut unmet: Vec<(usize, Mark)> = Vec::new();
    for (index, (_, text)) in files.iter().enumerate() {
        unmet.extend(marks(text).into_iter().map(|mark| (index, mark)));
    }
    for diagnostic in &outcome.diagnostics {
        let span = diagnostic.primary.span;
        let index = (span.file.0 as usize).checked_sub(FIRST as usize);
        let Some((index, (_, text))) = index.and_then(|index| Some((index, files.get(index)?))) else {
            report.push_str(&format!(
                "in the library or prelude: {} {}\n",
                diagnostic.code.number(),
                diagnostic.message
            ));
            continue;
        };
        assert!(span.start <= span.end && span.end as usize <= text.len(), "a span beyond the file: {diagnostic:?}");
        let (line, from) = position(text, span.start as usize);
        let (last, to) = position(text, span.end as usize);
        let found = unmet.iter().position(|(file, mark)| {
            *file == index
                && mark.line == line
                && mark.from == from
                && (if last == line { mark.to == to } else { mark.to == usize::MAX })
                && mark.code == diagnostic.code.number()
                && says(diagnostic, &mark.part)
        });
        match found {
            Some(found) => {
                unmet.remove(found);
            }
            None => {
                let end = if last == line { to } else { usize::MAX };
                let carets = if end == usize::MAX { "^~".to_owned() } else { "^".repeat((to - from).max(1)) };
                report.push_str(&format!(
                    "not marked, line {}:\n{}\n{}{carets} {}: {}\n      help: {}\n",
                    line + 1,
                    text.lines().nth(line).unwrap_or(""),
                    " ".repeat(from),
                    diagnostic.code.number(),
                    diagnostic.message,
                    diagnostic.help.as_deref().unwrap_or("-"),
                ));
            }
        }
    }
    for (_, mark) in unmet {
        report.push_str(&format!("not met: line {}, {mark:?}\n", mark.line + 1));
    }
    if report.is_empty() {
        let errors = outcome.diagnostics.iter().any(|diagnostic| diagnostic.code.number().starts_with('E'));
        if outcome.checked.hir.is_none() != errors {
            report.push_str("there is a program exactly when nothing is refused\n");
        }
    }
    report
}

fn says(diagnostic: &Diagnostic, part: &str) -> bool {
    diagnostic.message.contains(part)
        || diagnostic.help.as_ref().is_some_and(|help| help.contains(part))
        || diagnostic.labels.iter().any(|label| label.text.contains(part))
}

/// A program with marks for everything that is said about it, in place of those it has.
pub(super) fn marked(files: &[(&str, &str)]) -> String {
    let bare: Vec<String> = files
        .iter()
        .map(|(_, text)| {
            let lines = text.lines().filter(|line| mark_in(line).is_none());
            lines.map(|line| format!("{line}\n")).collect()
        })
        .collect();
    let again: Vec<(&str, &str)> = files.iter().zip(&bare).map(|((name, _), text)| (*name, text.as_str())).collect();
    let outcome = run(&again);
    let mut all = String::new();
    for (index, (name, text)) in again.iter().enumerate() {
        if files.len() > 1 {
            all.push_str(&format!("=== {name}\n"));
        }
        for (number, line) in text.lines().enumerate() {
            all.push_str(line);
            all.push('\n');
            for diagnostic in &outcome.diagnostics {
                let span = diagnostic.primary.span;
                if span.file.0 != FIRST + index as u32 || position(text, span.start as usize).0 != number {
                    continue;
                }
                let (_, from) = position(text, span.start as usize);
                let (last, to) = position(text, span.end as usize);
                let place = match last == number {
                    true => "^".repeat((to - from).max(1)),
                    false => "^~".to_owned(),
                };
                let indent = if from >= 2 { format!("//{}", " ".repeat(from - 2)) } else { format!("//<{from}") };
                all.push_str(&format!("{indent}{place} {}: {}\n", diagnostic.code.number(), diagnostic.message));
            }
        }
    }
    all
}
