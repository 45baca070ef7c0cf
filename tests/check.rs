//! Every program of `suite/check` is told what is marked in it, and nothing else.
//!
//! A file of the folder holds programs of one family; a new file, or a new program in one, is a new test. Marks need not
//! be written by hand: `FLOW_MARK=1 cargo test -p flow-tests --test check` writes them; read them before you keep them.

use flow_lang::compile::Compiled;
use flow_lang::diag::Code;
use flow_tests::marks::{alone, disagreements, marked, programs, with_prelude};
use flow_tests::project::{pictures, project};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Files of a folder below the project's root that end in `.flow`, with their text.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the project's root");
    let entries = std::fs::read_dir(root.join(folder)).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "flow"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).expect("programs are text"))).collect()
}

/// The families: what programs share is none.
fn families() -> Vec<(PathBuf, String)> {
    let mut families = files("tests/suite/check");
    families.retain(|(path, _)| path.file_name().is_some_and(|name| name != "prelude.flow" && name != "library.flow"));
    families
}

/// Compares every program of the files with its marks; with `FLOW_MARK` set, writes them instead.
fn compare(files: Vec<(PathBuf, String)>, compiled: fn(&[(&str, &str)]) -> Compiled) {
    let write = std::env::var_os("FLOW_MARK").is_some();
    let mut report = String::new();
    for (path, text) in files {
        if write {
            std::fs::write(&path, marked(&text, compiled)).expect("the file can be written");
            continue;
        }
        assert!(!programs(&text).is_empty(), "{} has no program: one begins with `--- its name`", path.display());
        for program in programs(&text) {
            let wrong = disagreements(&program.files, &compiled(&program.files));
            if !wrong.is_empty() {
                report.push_str(&format!("=== {}: {}\n{wrong}\n", path.display(), program.name));
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn every_program_is_said_to_be_what_it_is() {
    compare(families(), with_prelude);
}

/// What the language's description shows compiles, or is told that it is not carried out yet.
#[test]
fn the_language_by_example() {
    compare(files("tests/suite/language"), alone);
}

/// A code is told of by at least two programs, and at least twice as many are fine as there are codes.
#[test]
fn every_code_has_its_programs() {
    let mut told: HashMap<&str, HashSet<String>> = HashMap::new();
    let mut fine = 0;
    for (_, text) in families() {
        for program in programs(&text) {
            let compiled = with_prelude(&program.files);
            fine += usize::from(compiled.diagnostics.is_empty());
            for diagnostic in &compiled.diagnostics {
                told.entry(diagnostic.code.number()).or_default().insert(program.name.to_owned());
            }
        }
    }
    // Syntax has a suite of its own. Too long a chain of `else if`, and too large a flow, are in `pages.rs` only.
    let elsewhere = |code: &str| code.starts_with("E00") || code == "E0417" || code == "E0901";
    told.retain(|code, _| !elsewhere(code));
    let codes = Code::ALL.iter().map(|code| code.number()).filter(|code| !elsewhere(code));
    let missing: Vec<&str> = codes.filter(|code| told.get(code).is_none_or(|programs| programs.len() < 2)).collect();
    assert!(missing.is_empty(), "fewer than two programs: {missing:?}");
    assert!(fine >= 2 * told.len(), "only {fine} programs are fine, for {} codes", told.len());
}

/// Codes that a program comes near and is not told: `// good: E0101 E0102`.
fn good<'a>(files: &[(&'a str, &'a str)]) -> Vec<&'a str> {
    let lines = files.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("// good: "));
    lines.flat_map(str::split_whitespace).collect()
}

/// Beside what its page says to write instead, each code has a program that comes near it and is fine.
#[test]
fn every_code_has_a_good_program() {
    let mut near: HashSet<String> = HashSet::new();
    for (path, text) in families() {
        for program in programs(&text) {
            let codes = good(&program.files);
            if codes.is_empty() {
                continue;
            }
            let compiled = with_prelude(&program.files);
            assert!(compiled.diagnostics.is_empty(), "{}: {}\n{}", path.display(), program.name, pictures(&compiled));
            for code in codes {
                assert!(Code::parse(code).is_some(), "{}: there is no {code}", program.name);
                near.insert(code.to_owned());
            }
        }
    }
    let missing: Vec<&str> = Code::ALL.iter().map(|code| code.number()).filter(|code| !near.contains(*code)).collect();
    assert!(missing.is_empty(), "no program says `// good:` of {missing:?}");
}

/// The examples are told nothing but that some of their questions have no time limit.
#[test]
fn the_examples_are_fine() {
    let examples: Vec<(String, String)> = files("examples")
        .into_iter()
        .map(|(path, text)| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text))
        .collect();
    assert!(examples.len() >= 7);
    let compiled = project(examples.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
    let other = compiled.diagnostics.iter().any(|diagnostic| diagnostic.code != Code::NoTimeLimit);
    assert!(!other && !compiled.failed(), "{}", pictures(&compiled));
}
