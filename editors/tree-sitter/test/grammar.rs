//! The grammar, held against every program of the project and against the compiler's own words.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use tree_sitter::{Language, Node, Parser, Query, QueryCursor, StreamingIterator, Tree};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The project's root.
fn root() -> &'static Path {
    here().ancestors().nth(2).expect("the grammar stands in editors/tree-sitter")
}

fn language() -> Language {
    tree_sitter_flow::LANGUAGE.into()
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&language()).expect("a version of the format that the library reads");
    parser.parse(text, None).expect("nothing interrupts it")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder that ends like this, in order.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A program of the suites.
struct Program {
    name: String,
    text: String,
    /// The compiler says of it that it is not written as Flow is (E0001 to E0023).
    broken: bool,
}

/// Where programs are, which a mark calls broken or which are not.
const PROGRAMS: [&str; 14] = [
    "examples",
    "stdlib",
    "tests/suite/assists",
    "tests/suite/check",
    "tests/suite/crash",
    "tests/suite/day_one",
    "tests/suite/fmt",
    "tests/suite/graph",
    "tests/suite/language",
    "tests/suite/parse",
    "tests/suite/run",
    "tests/suite/testing",
    "tests/suite/verified",
    "tests/suite/versions",
];

/// Where programs are broken without a mark that says so.
const BROKEN: [&str; 3] = ["tests/suite/parse/broken", "tests/suite/fmt/broken", "tests/suite/fmt/unstable"];

/// Every program of the project: a file, or what stands there between `--- a name` and `=== a file of it`.
fn programs() -> Vec<Program> {
    let mut found = Vec::new();
    for folder in PROGRAMS {
        for path in files(&root().join(folder), "flow") {
            // Signs for what a person has selected.
            let text = read(&path).replace(['«', '»'], "");
            let file = path.strip_prefix(root()).expect("below the root").display().to_string();
            let mut name = file.clone();
            let mut part = String::new();
            let mut keep = |name: &str, text: &mut String| {
                let text = std::mem::take(text);
                let broken = BROKEN.iter().any(|folder| file.starts_with(folder)) || is_marked(&text);
                if !text.trim().is_empty() {
                    found.push(Program { name: name.to_owned(), text, broken });
                }
            };
            for line in text.split_inclusive('\n') {
                if let Some(title) = line.strip_prefix("--- ").or_else(|| line.strip_prefix("=== ")) {
                    keep(&name, &mut part);
                    name = format!("{file}: {}", title.trim_end());
                } else {
                    part.push_str(line);
                }
            }
            keep(&name, &mut part);
        }
    }
    // Mails are no programs, they have holes only; and what stands before the first program says what the family is about.
    found.retain(|program| !program.name.contains(": templates/"));
    found
}

/// Whether a mark in the text says that it is not written as Flow is.
fn is_marked(text: &str) -> bool {
    text.lines().filter_map(|line| line.trim_start().strip_prefix("//")).any(|line| {
        let marked =
            line.trim_start().trim_start_matches(['^', '~', '<', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        let marked = marked.trim_start();
        let code = marked.strip_prefix("error: ").unwrap_or(marked).strip_prefix("E00").and_then(|rest| rest.get(..2));
        code.is_some_and(|code| code.parse::<u8>().is_ok_and(|code| code <= 23))
    })
}

/// What could not be read.
fn errors(tree: &Tree) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut nodes = vec![tree.root_node()];
    while let Some(node) = nodes.pop() {
        if node.is_error() || node.is_missing() {
            found.push(node.byte_range());
        } else {
            let mut cursor = node.walk();
            nodes.extend(node.children(&mut cursor));
        }
    }
    found.sort_by_key(|range| range.start);
    found
}

fn place(text: &str, at: usize) -> String {
    let before = &text[..at];
    let line = before.matches('\n').count();
    format!("{}: {}", line + 1, text.lines().nth(line).unwrap_or_default())
}

#[test]
fn every_program_is_read_whole() {
    let (mut told, mut count) = (String::new(), 0);
    for program in programs().iter().filter(|program| !program.broken) {
        count += 1;
        for error in errors(&parse(&program.text)) {
            writeln!(told, "{}:{}", program.name, place(&program.text, error.start)).expect("into a string");
        }
    }
    assert!(told.is_empty(), "not read:\n{told}");
    assert!(count > 800, "only {count} programs were found");
}

/// What `grammar/flow.ebnf` derives; `tests/grammar.rs` of the project writes it.
#[test]
fn what_the_projects_grammar_derives_is_read_whole() {
    let text = read(&here().join("test/derived.txt"));
    let mut count = 0;
    for part in text.split("--- ").skip(1) {
        let (seed, program) = part.split_once('\n').expect("a line of its own");
        let found = parse(program);
        assert!(!found.root_node().has_error(), "{seed}:\n{program}\n{}", found.root_node().to_sexp());
        count += 1;
    }
    assert!(count >= 400, "only {count}");
}

#[test]
fn line_ends_of_two_characters_mean_the_same() {
    for program in programs().iter().filter(|program| !program.broken && program.name.starts_with("examples")) {
        let other = parse(&program.text.replace('\n', "\r\n"));
        assert_eq!(other.root_node().to_sexp(), parse(&program.text).root_node().to_sexp(), "{}", program.name);
    }
}

/// Of what is broken only the piece around it is lost.
#[test]
fn broken_programs_are_lost_in_part_only() {
    let (mut count, mut all, mut lost) = (0, 0, 0);
    let mut told = String::new();
    for program in programs().iter().filter(|program| program.broken) {
        let errors = errors(&parse(&program.text));
        let bytes: usize = errors.iter().map(Range::len).sum();
        count += 1;
        all += program.text.len();
        lost += bytes;
        writeln!(told, "{bytes:6} of {:6} {}", program.text.len(), program.name).expect("into a string");
    }
    println!("{told}{lost} of {all} bytes in {count} programs");
    assert!(count > 50, "only {count} broken programs were found");
    assert!(lost * 100 < all * 25, "{told}{lost} of {all} bytes are lost");
}

/// A flow with a mistake does not take the next one with it.
#[test]
fn a_mistake_stays_in_its_flow() {
    for slip in [
        "let = 3",
        "say",
        "let x = (1 + ",
        "choice \"a\" {\n    }}",
        "if x { ",
        "say \"open",
        "foo bar baz",
        "wait 3 dayz",
    ] {
        let text =
            format!("flow a(contact: Contact) {{\n    {slip}\n}}\n\nflow b(contact: Contact) {{\n    say \"b\"\n}}\n");
        let tree = parse(&text);
        let found = tree.root_node().to_sexp();
        assert!(tree.root_node().has_error(), "{slip}: {found}");
        let second = text.rfind("flow b").expect("the second");
        let node = tree.root_node().descendant_for_byte_range(second + 5, second + 6).expect("its name");
        assert_eq!(node.kind(), "identifier", "{slip}: {found}");
    }
}

#[test]
fn the_corpus_is_read_as_it_says() {
    let mut count = 0;
    for path in files(&here().join("test/corpus"), "txt") {
        let text = read(&path);
        let mut cases = text.split("==================\n").skip(1);
        while let (Some(name), Some(case)) = (cases.next(), cases.next()) {
            let (source, expected) = case.split_once("\n---\n").unwrap_or_else(|| panic!("{name}: a line `---`"));
            let words = |text: &str| {
                text.replace('(', " (").replace(')', " ) ").split_whitespace().collect::<Vec<_>>().join(" ")
            };
            let found = parse(source.strip_prefix('\n').unwrap_or(source)).root_node().to_sexp();
            assert_eq!(words(&found), words(expected), "{}: {}", path.display(), name.trim());
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} cases");
}

/// The words of the compiler's lexer.
fn words() -> BTreeSet<String> {
    let text = read(&root().join("compiler/syntax/token.rs"));
    let (tokens, _) = text.split_once("pub enum TextTok").expect("the modes of texts come behind");
    let words = tokens.split("#[token(\"").skip(1).filter_map(|rest| rest.split('"').next());
    words
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase()))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_word_of_the_language_is_known_and_painted() {
    let language = language();
    let words = words();
    assert!(words.len() > 80, "only {words:?}");
    let missing: Vec<&String> = words.iter().filter(|word| language.id_for_node_kind(word, false) == 0).collect();
    assert!(missing.is_empty(), "grammar.js does not know {missing:?}");
    // Words that are a value are painted as one.
    let whole = ["true", "false", "null"];
    let query = read(&here().join("queries/highlights.scm"));
    let plain: Vec<&String> = words
        .iter()
        .filter(|word| !whole.contains(&word.as_str()) && !query.contains(&format!("\"{word}\"")))
        .collect();
    assert!(plain.is_empty(), "queries/highlights.scm does not paint {plain:?}");
}

#[test]
fn every_query_is_one() {
    let mut count = 0;
    for folder in ["tree-sitter/queries", "helix/runtime/queries", "zed/languages", "neovim/queries"] {
        for path in files(&root().join("editors").join(folder), "scm") {
            Query::new(&language(), &read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} queries");
}

/// What is caught in a sample, by place and name; of two at one place the later pattern.
fn caught(query: &str, text: &str) -> String {
    let query = Query::new(&language(), query).expect("a query");
    let tree = parse(text);
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(&query, tree.root_node(), text.as_bytes());
    let mut found: Vec<(Range<usize>, usize, String)> = Vec::new();
    while let Some(one) = matches.next() {
        for capture in one.captures() {
            let name = query.capture_names()[capture.index as usize].to_owned();
            found.push((capture.node.byte_range(), one.pattern_index, name));
        }
    }
    found.sort_by_key(|(range, pattern, _)| (range.start, std::cmp::Reverse(range.end), *pattern));
    let mut told = String::new();
    for (at, (range, _, name)) in found.iter().enumerate() {
        if found.get(at + 1).is_none_or(|next| next.0 != *range) {
            let line = text[..range.start].matches('\n').count() + 1;
            let words = text[range.clone()].lines().next().unwrap_or_default();
            writeln!(told, "{line:3} {name:22} {words}").expect("into a string");
        }
    }
    told
}

/// `UPDATE=1` writes what is found.
fn golden(name: &str, found: &str) {
    let path = here().join("test").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, found).expect("it can be written");
    }
    assert_eq!(found, read(&path), "{}: look at it, then run with UPDATE=1", path.display());
}

#[test]
fn a_sample_is_painted_and_folded() {
    let text = read(&here().join("test/sample.flow"));
    assert_eq!(errors(&parse(&text)), Vec::<Range<usize>>::new());
    golden("sample.highlights", &caught(tree_sitter_flow::HIGHLIGHTS, &text));
    golden("sample.folds", &caught(&read(&here().join("queries/folds.scm")), &text));
    golden("sample.injections", &caught(tree_sitter_flow::INJECTIONS, &text));
    golden("sample.locals", &caught(tree_sitter_flow::LOCALS, &text));
}

/// What is declared is caught, by the kind it has in every program of the project.
#[test]
fn nothing_that_is_written_out_stays_unpainted() {
    let query = Query::new(&language(), tree_sitter_flow::HIGHLIGHTS).expect("a query");
    for program in programs().iter().filter(|program| !program.broken && program.name.starts_with("examples")) {
        let tree = parse(&program.text);
        let mut caught = BTreeSet::new();
        let mut cursor = QueryCursor::new();
        let mut matches = cursor.matches(&query, tree.root_node(), program.text.as_bytes());
        while let Some(one) = matches.next() {
            caught.extend(one.captures().iter().map(|capture| capture.node.start_byte()));
        }
        let mut nodes: Vec<Node> = vec![tree.root_node()];
        while let Some(node) = nodes.pop() {
            let mut cursor = node.walk();
            nodes.extend(node.children(&mut cursor));
            let plain = node.child_count() == 0 && !matches!(node.kind(), "identifier" | "." | ";" | "_newline");
            if plain && node.byte_range().len() > 0 && !caught.contains(&node.start_byte()) {
                panic!("{}:{} `{}` is not painted", program.name, place(&program.text, node.start_byte()), node.kind());
            }
        }
    }
}
