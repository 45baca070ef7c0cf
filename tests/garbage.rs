//! Whatever stands in its files, a project is compiled to its end: no panic, no endless work, every place inside its file,
//! and a program exactly when nothing is refused.

use flow_lang::compile::Compiled;
use flow_tests::marks::{LIBRARY, PRELUDE, mutated, seeds};
use flow_tests::project::project;
use proptest::prelude::{ProptestConfig, any};
use proptest::sample::select;

/// Seconds that a megabyte of anything may take, on a machine that is busy with other things; an unoptimised compiler is
/// slow.
const SECONDS_MAX: f64 = if cfg!(debug_assertions) { 30.0 } else { 3.0 };

const MEBIBYTE: usize = 1 << 20;

/// Compiles one file beside the prelude and asserts what holds for any text.
fn compiled(text: &[u8]) -> Compiled {
    let compiled = project([
        ("library/more.flow", LIBRARY.as_bytes()),
        ("prelude.flow", PRELUDE.as_bytes()),
        ("garbage.flow", text),
    ]);
    for diagnostic in &compiled.diagnostics {
        let labels = diagnostic.labels.iter().map(|label| label.span);
        let edits = diagnostic.fixes.iter().flat_map(|fix| fix.edits.iter().map(|(span, _)| *span));
        for span in labels.chain(edits).chain([diagnostic.primary.span]) {
            let source = compiled.sources.get(span.file).expect("diagnostics stand in files");
            assert!(source.text.get(span.start as usize..span.end as usize).is_some(), "{span:?} is no place");
        }
        assert!(!diagnostic.message.is_empty());
    }
    assert_eq!(compiled.lowered.is_none(), compiled.failed());
    compiled
}

fn in_time(what: &str, text: &[u8]) -> Compiled {
    let start = std::time::Instant::now();
    let compiled = compiled(text);
    let seconds = start.elapsed().as_secs_f64();
    assert!(seconds < SECONDS_MAX, "{what}: {seconds:.1} s");
    compiled
}

/// Words, signs and names that mean something somewhere.
const WORDS: &[&str] = include!("suite/words.rs");

proptest::proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        compiled(&bytes);
    }

    #[test]
    fn any_words(words in proptest::collection::vec(select(WORDS), 0..120)) {
        compiled(words.join(" ").as_bytes());
        let inside = format!("flow f(contact: Contact, conversation: Conversation) {{\n{}", words.join(" "));
        compiled(inside.as_bytes());
        compiled(format!("{inside}\n}}").as_bytes());
    }

    /// Statements that are each well formed, in any order and nesting: these reach the checker.
    #[test]
    fn any_statements(picks in proptest::collection::vec((0usize..10_000, 0usize..4), 1..30)) {
        let lines: Vec<String> = seeds().iter().flat_map(|seed| seed.lines().map(str::to_owned)).collect();
        let mut text = "flow f(contact: Contact, conversation: Conversation, ticket: Ticket) {\n".to_owned();
        let mut open = 1;
        for (line, close) in picks {
            let line = &lines[line * 7 % lines.len()];
            text.push_str(line);
            text.push('\n');
            open += line.matches('{').count() as i64 - line.matches('}').count() as i64;
            while open > 1 && close == 0 {
                text.push_str("}\n");
                open -= 1;
            }
        }
        text.push_str(&"}\n".repeat(open.max(0) as usize));
        compiled(text.as_bytes());
    }

    #[test]
    fn mutated_programs(
        seed in any::<usize>(),
        cuts in proptest::collection::vec((any::<usize>(), 0usize..12, select(WORDS)), 1..5),
        end in proptest::option::of(any::<usize>()),
    ) {
        compiled(mutated(seed, &cuts, end).as_bytes());
    }
}

#[test]
fn a_megabyte_of_garbage_takes_little_time() {
    let mut state = 1u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let bytes: Vec<u8> = std::iter::repeat_with(|| random() as u8).take(MEBIBYTE).collect();
    assert!(in_time("bytes", &bytes).failed());
    let words: String =
        std::iter::repeat_with(|| WORDS[random() % WORDS.len()]).flat_map(|word| [word, " "]).take(180_000).collect();
    assert!(in_time("words", &words.as_bytes()[..MEBIBYTE.min(words.len())]).failed());
    let seeds = seeds();
    let mut programs = String::new();
    while programs.len() < MEBIBYTE - 20_000 {
        programs.push_str(&seeds[random() % seeds.len()]);
    }
    in_time("programs", programs.as_bytes());
    for line in ["say \"x\"\n", "x y\n", "flow a() {\n", "}\n", "let a = b\n", "tag t\n", "\"{{", "a.", "((", "\0", "é"]
    {
        in_time(line, line.repeat(MEBIBYTE / line.len()).as_bytes());
        let inside = format!("flow f(contact: Contact) {{\n{}", line.repeat((MEBIBYTE - 100) / line.len()));
        in_time(line, inside.as_bytes());
    }
}

#[test]
fn what_nests_ten_thousand_deep_is_refused() {
    let depth = 10_000;
    let shapes = [
        ("(", ")"),
        ("[", "]"),
        ("{ a: ", "}"),
        ("f(", ")"),
        ("\"{{", "}}\""),
        ("not ", ""),
        ("- ", ""),
        ("contact.", ""),
        ("contact?.", ""),
        ("a ?? ", ""),
        ("1 + ", ""),
        ("true and ", ""),
        ("start ", ""),
        ("switch contact.city { else -> ", "}"),
    ];
    for (open, close) in shapes {
        let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let text =
            format!("flow f(contact: Contact) {{\n    let x = {value}\n    contact.add_note(\"{{{{x}}}}\")\n}}\n");
        assert!(in_time(open, text.as_bytes()).failed(), "{open}");
    }
    let blocks = [
        "if contact.blocked {",
        "while contact.blocked {",
        "repeat 3 {",
        "for x in [1] {",
        "try {",
        "parallel { path a {",
        "wait { after 1 day -> {",
        "choice \"?\" { \"a\" -> {",
        "switch contact.city { else -> {",
    ];
    for open in blocks {
        let close = if open.starts_with("try") { "} on failure { }" } else { "}" };
        let closes = close.repeat(open.matches('{').count());
        let text = |depth: usize| {
            let (open, close) = (format!("{open}\n").repeat(depth), format!("{closes}\n").repeat(depth));
            format!(
                "flow f(contact: Contact) {{\n    let conversation = contact.conversation()\n{open}stop\n{close}}}\n"
            )
        };
        assert!(in_time(open, text(depth).as_bytes()).failed(), "{open}");
        // As deep as is allowed: what comes after the parser has to stand it.
        in_time(open, text(250 / open.matches('{').count()).as_bytes());
    }
    let chain =
        format!("flow f(contact: Contact) {{ {} {{ stop }} }}", "if contact.blocked { stop } else ".repeat(depth));
    assert!(in_time("else", chain.as_bytes()).failed());
    let types = format!("flow f(x: {}Text{}) {{ stop }}", "List<".repeat(depth), ">".repeat(depth));
    assert!(in_time("List<", types.as_bytes()).failed());
}
