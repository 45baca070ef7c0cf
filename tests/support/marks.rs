//! Marks in programs of `suite/check`: a line `//  ^^^^ E0101: part of the message` under a line of source says what the
//! compiler says of that place. Every diagnostic has to be marked, and every mark has to be met.
//!
//! A mark belongs to the last line above it that is not itself a mark. `^~` is a place that goes on over the line, and
//! `//<0^^^^` marks one at column 0, where no mark can stand.

use crate::project::project;
use flow_lang::compile::Compiled;
use flow_lang::diag::Diagnostic;
use flow_lang::template::is_template;
use std::path::Path;

/// What every program of the suite may use beside the library.
pub const PRELUDE: &str = include_str!("../suite/check/prelude.flow");

/// What stands for a larger library.
pub const LIBRARY: &str = include_str!("../suite/check/library.flow");

/// A program of a file: its name, and its files as (module, text).
#[derive(Debug)]
pub struct Program<'a> {
    /// What it shows.
    pub name: &'a str,
    /// Its only file `main`, unless it names its files.
    pub files: Vec<(&'a str, &'a str)>,
}

/// The programs of a file, each begun by `--- its name`; the files of one that has several by `=== module`, those of the
/// library by `=== library/module`, the words of mails by `=== templates/name.md`.
pub fn programs(text: &str) -> Vec<Program<'_>> {
    parts_of(text, "--- ")
        .map(|(name, text)| {
            let mut files: Vec<(&str, &str)> = parts_of(text, "=== ").collect();
            if files.is_empty() {
                files.push(("main", text));
            }
            Program { name, files }
        })
        .collect()
}

/// What stands between lines that begin with `sign`, each part with the rest of that line.
fn parts_of<'a>(text: &'a str, sign: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut starts: Vec<usize> =
        text.match_indices(sign).map(|(at, _)| at).filter(|at| *at == 0 || text[..*at].ends_with('\n')).collect();
    starts.push(text.len());
    let ranges: Vec<(usize, usize)> = starts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    ranges.into_iter().map(move |(start, end)| {
        let part = &text[start + sign.len()..end];
        part.split_once('\n').unwrap_or((part, ""))
    })
}

/// Compiles a program by itself.
pub fn alone(files: &[(&str, &str)]) -> Compiled {
    let path = |name: &str| if is_template(name) { name.to_owned() } else { format!("{name}.flow") };
    // A mark would be read as a line of the mail.
    let text = |name: &str, text: &str| if is_template(name) { bare(text) } else { text.to_owned() };
    let all: Vec<(String, String)> = files.iter().map(|(name, words)| (path(name), text(name, words))).collect();
    project(all.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
}

/// Compiles a program, with the prelude unless it has teams of its own.
pub fn with_prelude(files: &[(&str, &str)]) -> Compiled {
    let own = files.iter().any(|(_, text)| text.contains("\nteam "));
    let mut all = files.to_vec();
    if !own {
        all.splice(..0, [("library/more", LIBRARY), ("prelude", PRELUDE)]);
    }
    alone(&all)
}

/// A marked place: line from 0, columns in bytes from 0, and what is said of it.
#[derive(Debug, PartialEq)]
struct Mark {
    line: usize,
    from: usize,
    to: Option<usize>,
    code: String,
    part: String,
}

fn marks(module: &str, text: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut line = 0;
    for (number, written) in text.lines().enumerate() {
        let trimmed = written.trim_start();
        let Some(rest) = mark_in(trimmed) else {
            // Marks are lines of a program, and none of a mail.
            line = if is_template(module) { number - marks.len() } else { number };
            continue;
        };
        let column = trimmed.strip_prefix("//<").and_then(|rest| rest.get(..1)?.parse().ok());
        let from = column.unwrap_or_else(|| written.find('^').unwrap_or(0));
        let carets = rest.chars().take_while(|char| *char == '^').count();
        let open = rest.get(carets..).is_some_and(|rest| rest.starts_with('~'));
        let said = rest.trim_start_matches(['^', '~']).trim();
        let (code, part) = said.split_once(':').unwrap_or((said, ""));
        let to = (!open).then_some(from + carets);
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

/// A text without its marks.
pub fn bare(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| mark_in(line).is_none()).collect()
}

/// Where a diagnostic stands: file, line and first column, and the last column if it ends on that line.
fn place(diagnostic: &Diagnostic, compiled: &Compiled) -> (String, usize, usize, Option<usize>) {
    let span = diagnostic.primary.span;
    let source = compiled.sources.get(span.file).expect("diagnostics stand in files");
    let bytes = span.start as usize..span.end as usize;
    assert!(source.text.get(bytes.clone()).is_some(), "a span beyond its file: {diagnostic:?}");
    let position = |byte: usize| {
        let before = &source.text[..byte];
        (before.matches('\n').count(), byte - before.rfind('\n').map_or(0, |at| at + 1))
    };
    let ((line, from), (last, to)) = (position(bytes.start), position(bytes.end));
    let module = source.path.trim_end_matches(".flow").to_owned();
    // A place between two letters is marked at the second.
    (module, line, from, (last == line).then_some(to.max(from + 1)))
}

fn mark_for(diagnostic: &Diagnostic, from: usize, to: Option<usize>, known: &[Mark]) -> String {
    let same = |mark: &&Mark| {
        (mark.from, mark.to, mark.code.as_str()) == (from, to, diagnostic.code.number())
            && !mark.part.is_empty()
            && says(diagnostic, &mark.part)
    };
    let part = known.iter().find(same).map_or(&diagnostic.message, |mark| &mark.part);
    let carets = to.map_or("^~".to_owned(), |to| "^".repeat((to - from).max(1)));
    let indent = if from >= 2 { format!("//{}", " ".repeat(from - 2)) } else { format!("//<{from}") };
    format!("{indent}{carets} {}: {part}", diagnostic.code.number())
}

/// Compares what is said about a program with its marks; the answer is empty when they agree.
pub fn disagreements(files: &[(&str, &str)], compiled: &Compiled) -> String {
    let mut report = String::new();
    let mut unmet: Vec<(&str, Mark)> = Vec::new();
    for (module, text) in files {
        unmet.extend(marks(module, text).into_iter().map(|mark| (*module, mark)));
    }
    for diagnostic in &compiled.diagnostics {
        let (module, line, from, to) = place(diagnostic, compiled);
        let found = unmet.iter().position(|(marked, mark)| {
            *marked == module
                && (mark.line, mark.from, mark.to) == (line, from, to)
                && mark.code == diagnostic.code.number()
                && says(diagnostic, &mark.part)
        });
        if let Some(found) = found {
            unmet.remove(found);
        } else {
            let mark = mark_for(diagnostic, from, to, &[]);
            report.push_str(&format!("not marked, {module}:{}:\n{mark}\n", line + 1));
        }
    }
    for (module, mark) in unmet {
        report.push_str(&format!("not met, {module}:{}: {mark:?}\n", mark.line + 1));
    }
    if compiled.hir.is_some() == compiled.failed() || compiled.lowered.is_some() == compiled.failed() {
        report.push_str("there is a program exactly when nothing is refused\n");
    }
    report
}

fn says(diagnostic: &Diagnostic, part: &str) -> bool {
    diagnostic.message.contains(part)
        || diagnostic.help.as_ref().is_some_and(|help| help.contains(part))
        || diagnostic.labels.iter().any(|label| label.text.contains(part))
}

/// A file with marks for everything that is said about its programs, in place of those it has. Words of marks that are
/// met stay as they are.
pub fn marked(text: &str, compiled: fn(&[(&str, &str)]) -> Compiled) -> String {
    let old: Vec<Vec<Mark>> = programs(text)
        .iter()
        .map(|program| program.files.iter().flat_map(|(module, text)| marks(module, text)).collect())
        .collect();
    let bare = bare(text);
    let mut all = bare[..bare.find("--- ").unwrap_or(0)].to_owned();
    for (at, program) in programs(&bare).into_iter().enumerate() {
        let known = old.get(at).map_or(&[][..], Vec::as_slice);
        all.push_str(&format!("--- {}\n", program.name));
        let compiled = compiled(&program.files);
        let named = program.files.len() > 1 || program.files.iter().any(|(module, _)| *module != "main");
        for (module, text) in &program.files {
            if named {
                all.push_str(&format!("=== {module}\n"));
            }
            for (number, line) in text.lines().enumerate() {
                all.push_str(&format!("{line}\n"));
                for diagnostic in &compiled.diagnostics {
                    let (said_in, said_at, from, to) = place(diagnostic, &compiled);
                    if (said_in.as_str(), said_at) == (module, number) {
                        all.push_str(&format!("{}\n", mark_for(diagnostic, from, to, known)));
                    }
                }
            }
        }
    }
    all
}

/// Every program of the suites and of the examples, without marks: what mutations start from.
pub fn seeds() -> Vec<String> {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite");
    let examples = suite.join("../../examples");
    let mut seeds = Vec::new();
    for folder in [suite.join("check"), suite.join("language"), suite.join("parse/ok"), examples] {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "flow") {
                let text = std::fs::read_to_string(path).expect("programs are text");
                let parts = programs(&text).into_iter().flat_map(|program| program.files);
                seeds.extend(parts.map(|(_, text)| text.to_owned()));
                if !text.contains("\n--- ") {
                    seeds.push(text);
                }
            }
        }
    }
    assert!(seeds.len() > 200);
    seeds
}

/// A program of [`seeds`] with stretches replaced by words (where, how many bytes, by what), and cut off at the end.
pub fn mutated(seed: usize, cuts: &[(usize, usize, &str)], end: Option<usize>) -> String {
    let seeds = seeds();
    let mut text = seeds[seed % seeds.len()].clone();
    let border =
        |text: &str, at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    for (at, length, word) in cuts {
        let start = border(&text, at % (text.len() + 1));
        let end = border(&text, start + length).max(start);
        text.replace_range(start..end, word);
    }
    if let Some(end) = end {
        text.truncate(border(&text, end % (text.len() + 1)));
    }
    text
}
