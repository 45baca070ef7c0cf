//! The whole room: how operators group, arbitrary texts, limits, and time. Programs are in `tests/suite/parse`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::path::Path;

use super::parse;
use crate::diag::{FileId, Span};

const FILE: FileId = FileId(0);

/// The programs of the suite.
fn suite(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/parse").join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "flow"));
    paths.sort();
    assert!(!paths.is_empty(), "no programs in {}", folder.display());
    paths.into_iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Operators group as the table of `BinaryOp::precedence` says.
#[test]
fn operators_group_by_precedence() {
    use super::ast::{BinaryOp, Expr, ExprKind, ItemKind, StmtKind, UnaryOp};
    fn show(expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Name(name) => name.to_string(),
            ExprKind::Binary { op, left, right, .. } => {
                format!("({} {} {})", show(left), op.symbol(), show(right))
            }
            ExprKind::Unary { op, operand } => {
                format!("({} {})", if *op == UnaryOp::Not { "not" } else { "-" }, show(operand))
            }
            other => format!("{other:?}"),
        }
    }
    for (source, grouped) in [
        ("a or b and c", "(a or (b and c))"),
        ("a and b or c", "((a and b) or c)"),
        ("not a == b and c", "((not (a == b)) and c)"),
        ("a and not not b == c or d", "((a and (not (not (b == c)))) or d)"),
        ("a ?? b == c ?? d", "((a ?? b) == (c ?? d))"),
        ("a ?? b ?? c", "(a ?? (b ?? c))"),
        ("a - b - c * d / e", "((a - b) - ((c * d) / e))"),
        ("a + b ?? c", "((a + b) ?? c)"),
        ("-a * -b", "((- a) * (- b))"),
        ("(a or b) and c", "((a or b) and c)"),
        ("a < b and c >= d + e", "((a < b) and (c >= (d + e)))"),
    ] {
        let text = format!("flow f() {{ let x = {source} }}");
        let parsed = parse(FILE, &text);
        assert_eq!(parsed.diagnostics, [], "{source}");
        let ItemKind::Flow(flow) = &parsed.tree.items[0].kind else { panic!("{source}") };
        let StmtKind::Let(binding) = &flow.body.stmts[0].kind else { panic!("{source}") };
        assert_eq!(show(&binding.value), grouped);
        // The whole value covers the whole text, parentheses of its parts included.
        let (start, end) = (binding.value.span.start as usize, binding.value.span.end as usize);
        assert_eq!(&text[start..end], source);
    }
    assert_eq!(BinaryOp::Or.precedence(), 1);
}

/// What must hold for any text at all.
fn check_sound(source: &str) {
    let parsed = parse(FILE, source);
    let sound = |span: Span| {
        assert!(span.start <= span.end && source.get(span.range()).is_some(), "{span:?} in {source:?}");
    };
    for diagnostic in &parsed.diagnostics {
        sound(diagnostic.primary.span);
        diagnostic.labels.iter().for_each(|label| sound(label.span));
        for fix in &diagnostic.fixes {
            fix.edits.iter().for_each(|(span, _)| sound(*span));
        }
        assert!(!diagnostic.message.is_empty());
    }
    assert!(parsed.diagnostics.len() <= super::DIAGNOSTICS_MAX + 1);
    parsed.comments.iter().for_each(|comment| sound(comment.span));
    sound(parsed.tree.span);
    // Every span of the tree shows in its debug text, which saves a visitor here.
    let tree = format!("{:?}", parsed.tree);
    for part in tree.split("Span { file: FileId(0), start: ").skip(1) {
        let (start, rest) = part.split_once(", end: ").unwrap();
        let end = rest.split_once(' ').unwrap().0;
        sound(Span::new(FILE, start.parse().unwrap(), end.parse().unwrap()));
    }
}

/// Every expression has a number of its own, below the count.
fn check_ids(source: &str) {
    let parsed = parse(FILE, source);
    let tree = format!("{:?}", parsed.tree);
    let mut ids: Vec<u32> =
        tree.split("ExprId(").skip(1).map(|part| part.split(')').next().unwrap().parse().unwrap()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "numbers are given twice");
    assert!(ids.last().is_none_or(|last| *last < parsed.tree.expr_count));
}

/// What ends a line need not be one byte long.
#[test]
fn an_else_after_a_letter_of_three_bytes() {
    check_sound("flow a() {\n    if x { stop “\n    else { stop }\n}\n");
}

/// Statements begin and end with what belongs to them, never with the blanks and comments around.
#[test]
fn spans_are_tight() {
    for source in suite("ok") {
        let tree = format!("{:?}", parse(FILE, &source).tree.items);
        for part in tree.split("Stmt { span: Span { file: FileId(0), start: ").skip(1) {
            let (start, rest) = part.split_once(", end: ").unwrap();
            let (start, end) = (start.parse().unwrap(), rest.split_once(' ').unwrap().0.parse().unwrap());
            let text = source.get(start..end).unwrap();
            assert_eq!(text, text.trim(), "in {source}");
        }
    }
}

#[test]
fn spans_and_numbers_are_sound_in_the_suite() {
    for source in suite("ok").into_iter().chain(suite("broken")) {
        check_sound(&source);
        check_ids(&source);
    }
}

#[test]
fn odd_texts_are_sound() {
    let long_line = format!("flow a() {{ say \"{}\" }}", "x".repeat(100_000));
    for source in [
        "",
        "\u{feff}",
        "\u{feff}flow a() { stop }",
        "\0",
        "\r",
        "\r\r\n",
        "\"",
        "\"\"\"",
        "\"\"\"\"",
        "\"{{",
        "\"{{\"{{\"",
        "{{{{",
        "}}}}",
        "#",
        "##",
        "/",
        "/*",
        "/* */ */",
        "'",
        "''",
        "'''",
        "“",
        "“a",
        "“a”",
        "a\u{300}",
        "\u{202e}",
        "👩‍👩‍👧",
        "flow",
        "flow a",
        "flow a(",
        "flow a()",
        "flow a() {",
        "@",
        "@a",
        "@@",
        "test",
        "test \"",
        "team,",
        "team a,",
        ";",
        ";;;",
        "flow a() { ; }",
        "flow a() { stop;; stop; }",
        "flow a() { n++",
        "flow a() { n-- }",
        "n++",
        "9",
        "9%",
        "9:",
        "09:00:00:00",
        "flow a() { \"\"\"\n  a {{b}} c\n  \"\"\".show() }",
        "flow a() { say \"\\\n\" }",
        "ä",
        "aä",
        "1ä",
        "\"ä{{ä}}ä",
        "\u{a0}a",
        "flow a() { let x = {{ }} }",
        "with priority",
        "flow a()\nwith priority 3\n{ }",
        "=>",
        "x=>",
        "flow a() { if x { } elif",
        &long_line,
    ] {
        check_sound(source);
        check_sound(&source.replace(' ', "\r\n"));
        check_sound(&format!("flow x() {{ {source}"));
        check_sound(&format!("flow x() {{ say \"{{{{ {source}"));
    }
}

#[test]
fn bytes_that_are_no_text_are_one_finding() {
    let parsed = super::parse_bytes(FILE, b"flow a() {\n    say \"Gr\xFC\xDFe\"\n}\n");
    assert_eq!(parsed.diagnostics.len(), 1);
    assert_eq!(parsed.diagnostics[0].code, crate::diag::Code::InvalidUtf8);
    assert_eq!(parsed.diagnostics[0].primary.span, Span::new(FILE, 22, 23));
    assert_eq!(parsed.tree.items.len(), 1);
    assert!(super::parse_bytes(FILE, b"tag vip").diagnostics.is_empty());
    assert_eq!(super::parse_bytes(FILE, &[0xe2, 0x82]).diagnostics[0].primary.span, Span::new(FILE, 0, 2));
}

#[test]
fn what_is_no_text_at_all_is_said_to_be_what_it_is() {
    let told = |source: &[u8]| {
        let parsed = super::parse_bytes(FILE, source);
        assert!(parsed.tree.items.is_empty() && super::readable(source).is_empty());
        parsed.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect::<Vec<_>>()
    };
    let utf16: Vec<u8> = "\u{feff}tag vip".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(told(&utf16), ["The file is saved as UTF-16, and programs are UTF-8."]);
    let binary = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0";
    assert_eq!(told(binary), ["The file is no text: most likely it is a picture, an archive or a program."]);
    // One that was damaged in a place is still a program.
    let damaged = super::parse_bytes(FILE, b"tag vip\0\ntag other\n");
    assert_eq!(damaged.tree.items.len(), 2);
    assert_eq!(damaged.diagnostics[0].code, crate::diag::Code::HiddenCharacter);
}

#[test]
fn size_and_depth_are_limited() {
    use crate::diag::Code;
    let codes = |source: &str| -> Vec<Code> {
        let mut codes: Vec<_> = parse(FILE, source).diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        codes.dedup();
        codes
    };
    let at_limit = format!("{}{}", "tag a\n", "/".repeat(super::SOURCE_BYTES_MAX - 6));
    assert_eq!(codes(&at_limit), []);
    assert_eq!(codes(&format!("{at_limit}/")), [Code::SourceTooLarge]);
    assert_eq!(codes(&format!("{}é", &at_limit[..at_limit.len() - 1])), [Code::SourceTooLarge]);

    // One bracket is the flow's own.
    let parens = |n: usize| format!("flow a() {{ let x = {}1{} }}", "(".repeat(n), ")".repeat(n));
    assert_eq!(codes(&parens(255)), []);
    assert_eq!(codes(&parens(256)), [Code::NestingTooDeep]);
    let chain = |n: usize| format!("flow a() {{ let x = 1{} }}", " + 1".repeat(n));
    assert_eq!(codes(&chain(255)), []);
    assert_eq!(codes(&chain(256)), [Code::NestingTooDeep]);
    let nots = |n: usize| format!("flow a() {{ let x = {}1 }}", "not ".repeat(n));
    assert_eq!(codes(&nots(255)), []);
    assert_eq!(codes(&nots(256)), [Code::NestingTooDeep]);

    for n in [300, 10_000, 100_000] {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("{ a: ", "}"),
            ("if x {", "}"),
            ("f(", ")"),
            ("\"{{", "}}\""),
            ("\"\"\"{{", "}}\"\"\""),
            ("not ", ""),
            ("- ", ""),
            ("a.", ""),
            ("a?.", ""),
            ("a ?? ", ""),
            ("a or ", ""),
            ("switch x { else -> ", "}"),
            ("start ", ""),
            ("try {", "} on failure {}"),
            ("else if x {} ", ""),
            ("x == ", ""),
        ] {
            check_sound(&format!("flow a() {{ let x = {}1{} }}", open.repeat(n), close.repeat(n)));
            check_sound(&format!("flow a() {{ {}1", open.repeat(n)));
        }
        check_sound(&format!("flow a(x: {}Text{}) {{}}", "List<".repeat(n), ">".repeat(n)));
        check_sound(&format!("flow a(x: Text{}) {{}}", " ?".repeat(n)));
    }
}

/// The snippets that mutations start from, and what they insert.
fn seeds() -> Vec<String> {
    suite("ok").into_iter().chain(suite("broken")).collect()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        super::parse_bytes(FILE, &bytes);
        check_sound(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_words(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..200)) {
        check_sound(&words.join(" "));
        check_sound(&words.concat());
        check_sound(&format!("flow a() {{\n{}", words.join("\n")));
    }

    #[test]
    fn mutated_programs(
        seed in 0usize..1_000,
        cuts in proptest::collection::vec((0usize..100_000, 0usize..12, proptest::sample::select(WORDS)), 1..6),
    ) {
        let seeds = seeds();
        let mut source = seeds[seed % seeds.len()].clone();
        for (at, length, word) in cuts {
            let border = |at: usize| (0..=at.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap();
            let start = border(at % (source.len() + 1));
            let end = border(start + length).max(start);
            source.replace_range(start..end, word);
        }
        check_sound(&source);
        check_ids(&source);
    }
}

const WORDS: &[&str] = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/words.rs"));
