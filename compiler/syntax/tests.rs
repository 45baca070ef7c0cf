//! The whole room: good programs, broken ones, arbitrary bytes, and time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Parsed, parse};
use crate::diag::{Diagnostic, FileId, Span};

const FILE: FileId = FileId(0);

fn suite(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/parse").join(folder);
    let mut found: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "flow"))
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no programs in {}", folder.display());
    found
}

/// A diagnostic as text: the code, the sentence, each place with its line marked, the help, the fixes.
fn render(source: &str, diagnostic: &Diagnostic) -> String {
    let mut out = format!("{}: {}\n", diagnostic.code.number(), diagnostic.message);
    let mut mark = |span: Span, sign: &str, text: &str| {
        let start = source[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let line = source[start..].lines().next().unwrap_or("");
        let number = source[..start].matches('\n').count() + 1;
        let column = source[start..span.start as usize].chars().count();
        let width = source[span.range()].lines().next().unwrap_or("").chars().count().max(1);
        let marks = sign.repeat(width);
        let text = format!("{}{marks} {text}", " ".repeat(column));
        writeln!(out, "{number:4} | {line}\n     | {}", text.trim_end()).unwrap();
    };
    mark(diagnostic.primary.span, "^", &diagnostic.primary.text);
    for label in &diagnostic.labels {
        mark(label.span, "-", &label.text);
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "help: {help}").unwrap();
    }
    for fix in &diagnostic.fixes {
        let edits: Vec<String> =
            fix.edits.iter().map(|(span, text)| format!("{:?} -> {text:?}", &source[span.range()])).collect();
        writeln!(out, "fix: {} ({})", fix.title, edits.join(", ")).unwrap();
    }
    out
}

fn render_all(source: &str, parsed: &Parsed) -> String {
    parsed.diagnostics.iter().map(|diagnostic| render(source, diagnostic)).collect::<Vec<_>>().join("\n")
}

#[test]
fn good_programs_parse_in_silence() {
    for (path, source) in suite("ok") {
        let parsed = parse(FILE, &source);
        assert_eq!(render_all(&source, &parsed), "", "{}", path.display());
        let crlf = source.replace('\n', "\r\n");
        let parsed = parse(FILE, &crlf);
        assert_eq!(render_all(&crlf, &parsed), "", "{} with CR LF", path.display());
    }
}

/// The standard library and the examples are Flow as well.
#[test]
fn the_projects_own_programs_parse_in_silence() {
    fn visit(folder: &Path, check: &mut dyn FnMut(&Path)) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, check);
            } else if path.extension().is_some_and(|extension| extension == "flow") {
                check(&path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["stdlib", "examples"] {
        visit(&root.join(folder), &mut |path| {
            let source = std::fs::read_to_string(path).unwrap();
            assert_eq!(render_all(&source, &parse(FILE, &source)), "", "{}", path.display());
        });
    }
}

#[test]
fn broken_programs_are_explained() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/parse/broken"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    for (path, source) in suite("broken") {
        let parsed = parse(FILE, &source);
        assert!(!parsed.diagnostics.is_empty(), "{} has nothing wrong", path.display());
        insta::assert_snapshot!(path.file_stem().unwrap().to_str().unwrap(), render_all(&source, &parsed));
    }
}
