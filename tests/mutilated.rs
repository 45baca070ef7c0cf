//! One slip of the finger is one error: every example, with one bracket or quote left out at a time.

use flow_tests::project::{pictures, programs, project, words_of_examples};

/// What a slip may leave out.
const SIGNS: &[char] = &['(', ')', '[', ']', '{', '}', '"'];

/// More errors than this for one slip hide the one that matters.
const ERRORS_MAX: usize = 5;

/// Where a sign stands that is no part of a comment.
fn places(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim_start().starts_with("//") {
            places.extend(line.match_indices(SIGNS).map(|(at, _)| start + at));
        }
        start += line.len();
    }
    places
}

#[test]
fn one_slip_is_one_error() {
    let mut examples = programs("../examples");
    for (name, _) in &mut examples {
        name.push_str(".flow");
    }
    let words = words_of_examples();
    let mut counts = Vec::new();
    let mut loud = String::new();
    for (broken, (name, text)) in examples.iter().enumerate() {
        for at in places(text) {
            let mut mutilated = text.clone();
            let sign = mutilated.remove(at);
            let files = examples.iter().enumerate().map(|(index, (name, text))| {
                let text = if index == broken { mutilated.as_bytes() } else { text.as_bytes() };
                (name.as_str(), text)
            });
            let words = words.iter().map(|(path, text)| (path.as_str(), text.as_slice()));
            let compiled = project(files.chain(words));
            let errors = compiled.diagnostics.iter().filter(|each| each.code.number().starts_with('E')).count();
            let line = 1 + text[..at].matches('\n').count();
            if std::env::var("SHOW").is_ok() {
                println!("{errors} {name}:{line} {sign}");
            }
            if errors > ERRORS_MAX {
                loud.push_str(&format!("{name}:{line} without its `{sign}`: {errors} errors\n{}", pictures(&compiled)));
            }
            counts.push(errors);
        }
    }
    counts.sort_unstable();
    assert!(loud.is_empty(), "{loud}");
    assert_eq!(counts.get(counts.len() / 2), Some(&1), "the median of {} slips: {counts:?}", counts.len());
}

/// What nests too deep is told once, whatever it is made of.
#[test]
fn nesting_too_deep_is_one_error() {
    let shapes = [
        ("(", ")"),
        ("[", "]"),
        ("[1, ", "]"),
        ("{ a: ", "}"),
        ("f(", ")"),
        ("not ", ""),
        ("\"{{", "}}\""),
        ("if x {", "}"),
        ("if true {\n", "}\n"),
        ("switch x { else -> ", "}"),
        ("try {", "} on failure {}"),
        ("choice \"a\" { \"b\" -> {", "} }"),
    ];
    for depth in [300, 3_000] {
        for (open, close) in shapes {
            for (open, close) in [(open, close), (open, "")] {
                for begin in ["let x = ", ""] {
                    let inner = format!("{begin}{}1{}", open.repeat(depth), close.repeat(depth));
                    let text = format!("flow a() {{\n    {inner}\n}}\n\nflow b() {{ stop }}\n");
                    let compiled = project([("main.flow", text.as_bytes())]);
                    let errors = compiled.diagnostics.iter().filter(|each| each.code.number().starts_with('E'));
                    assert!(errors.count() <= 1, "{depth} times {open:?}, {close:?}:\n{}", pictures(&compiled));
                }
            }
        }
    }
}
