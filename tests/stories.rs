//! Every story of `suite/stories`: what people see, and that pulling the plug between any two acts changes nothing of it.

use flow_tests::story::{Manner, play};
use std::path::{Path, PathBuf};

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/stories");
    let mut stories: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("stories are there").map(|entry| entry.expect("an entry").path()).collect();
    stories.retain(|path| path.extension().is_some_and(|extension| extension == "story"));
    stories.sort();
    assert!(!stories.is_empty());
    stories
}

#[test]
fn stories_go_as_written_down() {
    for story in stories() {
        let name = story.file_stem().expect("a name").to_string_lossy().into_owned();
        let transcript = play(&story, Manner::Straight);
        insta::with_settings!({ snapshot_path => "suite/stories", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, transcript);
        });
    }
}

#[test]
fn pulling_the_plug_between_any_two_acts_changes_nothing() {
    for story in stories() {
        let straight = play(&story, Manner::Straight);
        let interrupted = play(&story, Manner::Interrupted);
        assert_eq!(straight, interrupted, "{}", story.display());
    }
}
