//! One layout for every program. It says the same as before, keeps every comment, and laying it out again changes nothing.
//!
//! Each program of `suite/fmt` stands beside what becomes of it; a new file there is a new test.

use flow_lang::compile::Compiled;
use flow_tests::generate::{Choices, remarked};
use flow_tests::marks::{LIBRARY, PRELUDE, mutated, seeds};
use flow_tests::project::project;
use proptest::prelude::{ProptestConfig, any};
use proptest::sample::select;
use std::path::Path;

fn format(text: &str) -> String {
    flow_lang::format::format(text).text
}

const WORDS: &[&str] = include!("suite/words.rs");

fn compiled(text: &str) -> Compiled {
    project([
        ("library/more.flow", LIBRARY.as_bytes()),
        ("prelude.flow", PRELUDE.as_bytes()),
        ("program.flow", text.as_bytes()),
    ])
}

/// What the compiler makes of a program, apart from where its lines are.
fn meaning(text: &str) -> (Vec<(String, String)>, Option<Vec<u8>>) {
    let compiled = compiled(text);
    let mut said: Vec<(String, String)> =
        compiled.diagnostics.iter().map(|found| (format!("{:?}", found.code), found.message.clone())).collect();
    said.sort();
    (said, compiled.lowered.map(|lowered| flow_bytecode::codec::encode(&lowered.program, None)))
}

fn comments(text: &str) -> Vec<String> {
    let parsed = flow_lang::syntax::parse(flow_lang::diag::FileId(0), text);
    parsed.comments.iter().map(|comment| text[comment.span.range()].trim_end().to_owned()).collect()
}

#[test]
fn layout_of_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/fmt");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "flow") {
            count += 1;
            let text = std::fs::read_to_string(&path).expect("programs are text");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            assert_eq!(format(&format(&text)), format(&text), "{name}, laid out twice");
            insta::with_settings!({ snapshot_path => "suite/fmt", prepend_module_to_snapshot => false, omit_expression => true }, {
                insta::assert_snapshot!(name, format(&text));
            });
        }
    }
    assert!(count > 0);
}

#[test]
fn examples_are_laid_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in [
        "examples",
        "stdlib/chat",
        "stdlib/core",
        "stdlib/http",
        "stdlib/workspace",
        "stdlib/ai",
        "stdlib/flows",
        "cli/template",
    ] {
        for entry in std::fs::read_dir(root.join(folder)).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "flow") {
                let text = std::fs::read_to_string(&path).expect("programs are text");
                assert!(format(&text) == text, "{}: `flow fmt` would change it", path.display());
            }
        }
    }
}

#[test]
fn the_same_program_comes_out() {
    for seed in seeds() {
        let laid_out = format(&seed);
        assert_eq!(format(&laid_out), laid_out, "laid out twice:\n{seed}");
        assert_eq!(comments(&laid_out), comments(&seed), "{seed}");
        let (before, after) = (meaning(&seed), meaning(&laid_out));
        assert_eq!(after.0, before.0, "{seed}\n----\n{laid_out}");
        assert!(after.1 == before.1, "another program:\n{seed}\n----\n{laid_out}");
    }
}

#[test]
fn comments_amid_statements_change_nothing() {
    let sound = |text: &String| flow_lang::syntax::parse(flow_lang::diag::FileId(0), text).diagnostics.is_empty();
    let seeds: Vec<String> = seeds().into_iter().filter(sound).collect();
    assert!(seeds.len() > 100, "{} programs", seeds.len());
    for (at, seed) in seeds.iter().enumerate().filter(|(at, _)| at % 3 == 0) {
        let remarked = remarked(seed, 2, &mut Choices::seeded(at as u64));
        let laid_out = format(&remarked);
        assert_eq!(format(&laid_out), laid_out, "laid out twice:\n{remarked}");
        assert_eq!(comments(&laid_out), comments(&remarked), "{remarked}");
        assert!(meaning(&laid_out) == meaning(seed), "another program:\n{remarked}\n----\n{laid_out}");
    }
}

#[test]
fn lines_end_as_the_first_does() {
    let unix = "flow f(contact: Contact) {\n    let text = \"\"\"\n        a\n        b\n        \"\"\"\n    contact.add_note(text)\n}\n";
    let dos = unix.replace('\n', "\r\n");
    assert_eq!(format(unix), unix);
    assert_eq!(format(&dos), dos);
    assert_eq!(format(&unix.replace("a\n", "a\r\n")), unix);
    assert_eq!(format(&dos.replace("a\r\n", "a\n")), dos);
    assert!(meaning(&dos).1.is_some_and(|program| Some(program) == meaning(unix).1));
}

proptest::proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_programs_keep_their_words(
        seed in any::<usize>(),
        cuts in proptest::collection::vec((any::<usize>(), 0usize..12, select(WORDS)), 1..5),
        end in proptest::option::of(any::<usize>()),
    ) {
        let text = mutated(seed, &cuts, end);
        let laid_out = format(&text);
        assert_eq!(format(&laid_out), laid_out, "laid out twice:\n{text}");
        assert_eq!(meaning(&laid_out).1, meaning(&text).1);
    }

    #[test]
    fn any_words(words in proptest::collection::vec(select(WORDS), 0..120)) {
        let text = words.join(" ");
        let laid_out = format(&text);
        assert_eq!(format(&laid_out), laid_out);
    }
}
