//! The programs of `suite/day_one` are what other tools let pass. Each is caught, in its place and in words that help: by
//! itself, with all of them in one project, and with all of them in one file; always every mistake in one run.

use flow_tests::marks::{alone, bare, disagreements};
use flow_tests::project::{pictures, programs};

/// Name and text of every program.
fn day_one() -> Vec<(String, String)> {
    let programs = programs("suite/day_one");
    assert_eq!(programs.len(), 9, "the bar has nine programs");
    programs
}

/// Asserts that everything marked is said, and nothing else.
fn check(files: &[(&str, &str)]) {
    let wrong = disagreements(files, &alone(files));
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_is_caught_by_itself() {
    for (name, text) in day_one() {
        check(&[(&name, &text)]);
        let pictures = pictures(&alone(&[(&name, &bare(&text))]));
        insta::with_settings!({ snapshot_path => "suite/day_one", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, pictures);
        });
    }
}

#[test]
fn all_are_caught_in_one_project() {
    let programs = day_one();
    let files: Vec<(&str, &str)> = programs.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    check(&files);
}

#[test]
fn all_are_caught_in_one_file() {
    let text: String = day_one().into_iter().map(|(_, text)| text).collect();
    check(&[("everything", &text)]);
}
