//! The catalogue is whole: every code has a number that stays, a page, a picture, at least two programs that are told it
//! and two that come near it and are not.

use flow_lang::diag::Code;
use flow_tests::pages::{compiled, example, made, programs};
use flow_tests::project::pictures;
use flow_tests::suite::told;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What lacks is listed, code by code.
fn assert_none(lacks: &BTreeMap<&str, Vec<String>>) {
    let lines: Vec<String> = lacks.iter().map(|(code, lacks)| format!("{code}: {}", lacks.join(", "))).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn nothing_lacks() {
    let mut bad: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut good: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for program in told() {
        for diagnostic in &program.compiled.diagnostics {
            bad.entry(diagnostic.code.number()).or_default().insert(program.name.clone());
        }
        if !program.near.is_empty() {
            let silent = program.compiled.diagnostics.is_empty();
            assert!(silent, "{} is not fine:\n{}", program.name, pictures(&program.compiled));
        }
        for code in &program.near {
            let code = Code::parse(code).unwrap_or_else(|| panic!("{}: there is no {code}", program.name));
            good.entry(code.number()).or_default().insert(program.name.clone());
        }
    }
    let mut lacks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for code in Code::ALL {
        let number = code.number();
        let is_told = |text: &[u8]| compiled(*code, text).diagnostics.iter().any(|told| told.code == *code);
        let made = made(*code);
        let told = if made.bad.is_empty() { vec![example(*code)] } else { made.bad };
        let told = told.iter().filter(|text| is_told(text)).count();
        bad.entry(number).or_default().extend((0..told).map(|at| format!("its page, {at}")));
        // That what stands on a page is told nothing is seen to in `pages.rs`.
        let instead = programs(*code).len().saturating_sub(1) + made.good.iter().filter(|text| !is_told(text)).count();
        good.entry(number).or_default().extend((0..instead).map(|at| format!("its page, {at}")));
        let (bad, good) = (bad.get(number).map_or(0, BTreeSet::len), good.get(number).map_or(0, BTreeSet::len));
        let mut lack = |what: String| lacks.entry(number).or_default().push(what);
        if bad < 2 {
            lack(format!("{bad} programs that are told it"));
        }
        if good < 2 {
            lack(format!("{good} programs that come near it"));
        }
        if !Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("suite/pages/{number}.snap")).is_file() {
            lack("no picture".to_owned());
        }
    }
    assert_none(&lacks);
}

/// A number is never used again, and the families are in order: who adds a code adds it behind its family.
#[test]
fn numbers_are_stable() {
    let mut numbers: Vec<&str> = Code::ALL.iter().map(|code| code.number()).collect();
    for number in &numbers {
        let digits = number.strip_prefix(['E', 'W']).unwrap_or_default();
        assert!(digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{number}");
    }
    numbers.sort_unstable();
    let count = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), count, "a number is used twice");
    let titles: BTreeSet<&str> = Code::ALL.iter().map(|code| code.title()).collect();
    assert_eq!(titles.len(), count, "two codes have one title");
}

/// Nothing lies about that belongs to no code.
#[test]
fn nothing_is_left_over() {
    for (folder, end) in [("suite/pages", "snap"), ("../compiler/diag/pages", "md")] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let known = path.extension().is_none_or(|other| other != end) || Code::parse(&name).is_some();
            assert!(known, "{} belongs to no code", path.display());
        }
    }
}
