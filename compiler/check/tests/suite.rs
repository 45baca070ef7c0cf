//! The programs.

use super::harness::{disagreements, marked, run};
use crate::diag::Code;
use std::collections::{HashMap, HashSet};

/// Each file holds programs of one family, each begun by `--- its name`, its files, if several, by `=== module`.
const FAMILIES: &[(&str, &str)] = &[
    ("names", include_str!("names.flow")),
    ("args", include_str!("args.flow")),
    ("types", include_str!("types.flow")),
    ("missing", include_str!("missing.flow")),
    ("control", include_str!("control.flow")),
    ("literals", include_str!("literals.flow")),
    ("effects", include_str!("effects.flow")),
    ("later", include_str!("later.flow")),
];

/// A program of a family: its name, its files.
struct Program<'a> {
    name: &'a str,
    files: Vec<(&'a str, &'a str)>,
}

fn programs(family: &str) -> Vec<Program<'_>> {
    let parts = family.split("--- ").skip(1);
    parts
        .map(|part| {
            let (name, text) = part.split_once('\n').unwrap_or((part, ""));
            let mut files: Vec<(&str, &str)> =
                text.split("=== ").skip(1).map(|file| file.split_once('\n').unwrap_or((file, ""))).collect();
            if files.is_empty() {
                files.push(("main", text));
            }
            Program { name, files }
        })
        .collect()
}

#[test]
fn every_program_is_said_to_be_what_it_is() {
    let mut report = String::new();
    for (family, text) in FAMILIES {
        for program in programs(text) {
            let wrong = disagreements(&program.files);
            if !wrong.is_empty() {
                report.push_str(&format!("=== {family}: {}\n{wrong}\n", program.name));
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// A code is told of by at least two programs, and at least as many of its family are fine.
#[test]
fn every_code_has_its_programs() {
    let mut told: HashMap<&str, HashSet<&str>> = HashMap::new();
    let mut fine = 0;
    for (_, text) in FAMILIES {
        for program in programs(text) {
            let outcome = run(&program.files);
            fine += usize::from(outcome.diagnostics.is_empty());
            for diagnostic in &outcome.diagnostics {
                told.entry(diagnostic.code.number()).or_default().insert(program.name);
            }
        }
    }
    let mine = Code::ALL.iter().map(|code| code.number()).filter(|code| !code.starts_with("E00") && *code != "E0901");
    let missing: Vec<&str> = mine.filter(|code| told.get(code).is_none_or(|programs| programs.len() < 2)).collect();
    // One long chain of `else if` is enough; it has a test of its own.
    let missing: Vec<&&str> = missing.iter().filter(|code| **code != "E0417").collect();
    assert!(missing.is_empty(), "fewer than two programs: {missing:?}");
    assert!(fine >= 2 * told.len(), "only {fine} programs are fine, for {} codes", told.len());
}

/// The project's own examples say nothing but what is written here.
#[test]
fn the_examples_are_fine() {
    let files = [
        ("choose_company", include_str!("../../../examples/choose_company.flow")),
        ("collect_data", include_str!("../../../examples/collect_data.flow")),
        ("front_desk", include_str!("../../../examples/front_desk.flow")),
        ("onboarding", include_str!("../../../examples/onboarding.flow")),
        ("refund", include_str!("../../../examples/refund.flow")),
        ("urgent_ticket", include_str!("../../../examples/urgent_ticket.flow")),
        ("workspace", include_str!("../../../examples/workspace.flow")),
    ];
    let outcome = run(&files);
    assert!(outcome.checked.hir.is_some(), "{:#?}", outcome.diagnostics);
    // They ask questions without time limits; nothing else is said of them.
    let said: Vec<&str> = outcome.diagnostics.iter().map(|diagnostic| diagnostic.code.number()).collect();
    assert!(said.iter().all(|code| *code == "W0402"), "{:#?}", outcome.diagnostics);
}

/// Prints every family with its marks as they would have to be: read them before they go into the files.
#[test]
#[ignore = "a tool for whoever writes programs here"]
fn mark() {
    for (family, text) in FAMILIES {
        println!("@@@ {family}");
        for program in programs(text) {
            print!("--- {}\n{}", program.name, marked(&program.files));
        }
    }
}
