//! Every program of `suite/check` is told what is marked in it, and nothing else.
//!
//! A file of the folder holds programs of one family; a new file, or a new program in one, is a new test. Marks need not
//! be written by hand: `FLOW_MARK=1 cargo test -p flow-tests --test check` writes them; read them before you keep them.

use flow_lang::compile::Compiled;
use flow_lang::diag::Code;
use flow_tests::marks::{alone, disagreements, marked, programs, with_prelude};
use flow_tests::project::{pictures, project_with, words_of_examples};
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

/// The examples are told nothing but that some of their questions have no time limit.
#[test]
fn the_examples_are_fine() {
    let examples: Vec<(String, String)> = files("examples")
        .into_iter()
        .map(|(path, text)| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text))
        .collect();
    assert!(examples.len() >= 7);
    let words = words_of_examples();
    let words = words.iter().map(|(path, text)| (path.as_str(), text.as_slice()));
    let files = examples.iter().map(|(path, text)| (path.as_str(), text.as_bytes()));
    let compiled = project_with(files.chain(words), &["email", "sms", "slack", "teams", "webhook"]);
    let other = compiled.diagnostics.iter().any(|diagnostic| diagnostic.code != Code::NoTimeLimit);
    assert!(!other && !compiled.failed(), "{}", pictures(&compiled));
}
