//! A text edit moves nobody: what is edited every day changes no place where a run can wait. Every program of the suite
//! and every example is edited by a machine, compiled again, and its waiting places are held against those before.

use flow_tests::edits::{Manifest, insert, manifest, scan, turned_round};
use flow_tests::marks::{LIBRARY, PRELUDE, seeds};
use flow_tests::project::project;
use flow_tests::story::inputs;
use std::path::{Path, PathBuf};

/// A project: its name, and its files as (path, text). Those below `library/` are not edited.
struct Subject {
    name: String,
    files: Vec<(String, String)>,
    before: Manifest,
}

fn manifest_of(files: &[(String, String)]) -> Option<Manifest> {
    let compiled = project(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
    let failed = compiled.failed();
    compiled.lowered.filter(|_| !failed).map(|lowered| manifest(&lowered.program))
}

fn subjects() -> Vec<Subject> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> = vec![here.join("../examples"), here.join("../cli/template")];
    for folder in ["suite/run", "suite/testing", "suite/crash", "suite/versions"] {
        for entry in std::fs::read_dir(here.join(folder)).expect("the suite is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() || path.extension().is_some_and(|extension| extension == "flow") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let mut subjects: Vec<(String, Vec<(String, String)>)> = paths
        .iter()
        .map(|path| {
            let own = inputs(path).into_iter().filter(|input| !input.library);
            let text = |text: Vec<u8>| String::from_utf8(text).expect("programs are text");
            (path.display().to_string(), own.map(|input| (input.path.to_string(), text(input.text))).collect())
        })
        .collect();
    for (number, seed) in seeds().into_iter().enumerate() {
        let around = [("library/more.flow", LIBRARY), ("prelude.flow", PRELUDE)];
        let mut files: Vec<(String, String)> =
            around.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        files.push(("program.flow".to_owned(), seed));
        subjects.push((format!("seed {number}"), files));
    }
    let known = subjects.into_iter().filter_map(|(name, files)| {
        let before = manifest_of(&files)?;
        (!before.is_empty()).then_some(Subject { name, files, before })
    });
    let known: Vec<Subject> = known.collect();
    assert!(known.len() >= 40, "only {} programs wait anywhere", known.len());
    known
}

impl Subject {
    /// The project with its files as `edit` leaves them.
    fn edited(&self, edit: impl Fn(&str) -> String) -> Vec<(String, String)> {
        let own = |path: &str| !path.starts_with("library/") && path != "prelude.flow";
        let file = |(path, text): &(String, String)| (path.clone(), if own(path) { edit(text) } else { text.clone() });
        self.files.iter().map(file).collect()
    }

    fn is_left_alone_by(&self, what: &str, files: &[(String, String)]) {
        let after = manifest_of(files)
            .unwrap_or_else(|| panic!("{}: {what} leaves no program:\n{}", self.name, files[files.len() - 1].1));
        assert_eq!(after, self.before, "{}: {what} moved somebody", self.name);
    }

    /// Edits as many places of a file at once as can be edited; gives how many those were.
    fn widely(
        &self,
        file: usize,
        places: &[usize],
        what: &dyn Fn(usize) -> String,
        holds: &dyn Fn(&Manifest),
    ) -> usize {
        let Some((_, text)) = self.files.get(file).filter(|_| !places.is_empty()) else { return 0 };
        let mut files = self.files.clone();
        files[file].1 = insert(text, places, what);
        match manifest_of(&files) {
            Some(after) => {
                holds(&after);
                places.len()
            }
            None if places.len() == 1 => 0,
            None => {
                let (one, other) = places.split_at(places.len() / 2);
                self.widely(file, one, what, holds) + self.widely(file, other, what, holds)
            }
        }
    }
}

#[test]
fn other_words_move_nobody() {
    let (mut edited, mut texts) = (0, 0);
    for subject in subjects() {
        for (file, (_, text)) in subject.files.iter().enumerate() {
            let places = scan(text).texts;
            texts += places.len();
            let same =
                |after: &Manifest| assert_eq!(*after, subject.before, "{}: other words moved somebody", subject.name);
            edited += subject.widely(file, &places, &|_| "Well now, ".to_owned(), &same);
        }
    }
    // The others are no wording: a zone, an address, the name of a selection.
    assert!(edited * 10 >= texts * 7, "only {edited} of {texts} texts could be edited");
}

#[test]
fn comments_move_nobody() {
    for subject in subjects() {
        let above = subject.edited(|text| insert(text, &scan(text).line_ends, |_| "\n// A remark.".to_owned()));
        subject.is_left_alone_by("a comment above every line", &above);
        let behind = subject.edited(|text| {
            let ends = scan(text).line_ends;
            let line = |at: usize| &text[text[..at].rfind('\n').map_or(0, |before| before + 1)..at];
            let ends: Vec<usize> = ends.into_iter().filter(|at| !line(*at).contains("//")).collect();
            insert(text, &ends, |_| " // A remark.".to_owned())
        });
        subject.is_left_alone_by("a comment behind every line", &behind);
    }
}

#[test]
fn flows_in_another_order_move_nobody() {
    for subject in subjects() {
        let mut files = subject.edited(turned_round);
        subject.is_left_alone_by("flows turned round", &files);
        files.reverse();
        subject.is_left_alone_by("files turned round", &files);
    }
}

#[test]
fn a_branch_that_is_new_moves_nobody() {
    let (mut edited, mut blocks) = (0, 0);
    for subject in subjects() {
        for (file, (_, text)) in subject.files.iter().enumerate() {
            let places = scan(text).blocks;
            blocks += places.len();
            // What waits in the new branch is new, and so may be the loop around it: it can be slept in now.
            let more = |after: &Manifest| {
                let (known, new): (Manifest, Manifest) =
                    after.clone().into_iter().partition(|(key, _)| subject.before.contains_key(key));
                assert_eq!(known, subject.before, "{}: a wait in a new branch moved somebody", subject.name);
                assert!(new.keys().any(|key| key.contains("#new_")));
            };
            edited += subject.widely(
                file,
                &places,
                &|n| format!("\nif 1 > 2 {{ wait #new_{n} 400 days; fail \"why\" }}"),
                &more,
            );
        }
    }
    // The others are enums, records, arms, calendars, blocks that may not wait.
    assert!(edited * 2 >= blocks, "a branch could be added to only {edited} of {blocks} blocks");
}
