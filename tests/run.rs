//! Stories: what people and the world do, and what a program does about it. Those in `suite/run` show one part of the
//! language each, their program beside them; those in `suite/stories` are journeys through the examples; in
//! `suite/versions` the program changes while runs wait.
//!
//! A new story is a new test: what people would have seen is written down beside it. Pulling the plug between any two
//! acts must change nothing of it.

use flow_tests::story::{Manner, play};
use std::path::{Path, PathBuf};

fn stories(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut stories: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("stories are there").map(|entry| entry.expect("an entry").path()).collect();
    stories.retain(|path| path.extension().is_some_and(|extension| extension == "story"));
    stories.sort();
    assert!(!stories.is_empty());
    stories
}

fn go_as_written_down(folder: &str) {
    for story in stories(folder) {
        let name = story.file_stem().expect("a name").to_string_lossy().into_owned();
        let transcript = play(&story, Manner::Straight);
        insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, transcript);
        });
    }
}

fn are_the_same_interrupted(folder: &str) {
    for story in stories(folder) {
        let straight = play(&story, Manner::Straight);
        let interrupted = play(&story, Manner::Interrupted);
        assert_eq!(straight, interrupted, "{}", story.display());
    }
}

#[test]
fn programs_run_as_written_down() {
    go_as_written_down("suite/run");
}

#[test]
fn stories_go_as_written_down() {
    go_as_written_down("suite/stories");
}

#[test]
fn pulling_the_plug_between_any_two_acts_changes_nothing_of_programs() {
    are_the_same_interrupted("suite/run");
}

#[test]
fn pulling_the_plug_between_any_two_acts_changes_nothing_of_stories() {
    are_the_same_interrupted("suite/stories");
}

#[test]
fn versions_change_as_written_down() {
    go_as_written_down("suite/versions");
}

#[test]
fn pulling_the_plug_between_any_two_acts_changes_nothing_of_versions() {
    are_the_same_interrupted("suite/versions");
}
