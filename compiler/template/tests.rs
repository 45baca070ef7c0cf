//! What becomes of files, before any program is looked at.

use super::*;

fn of(path: &str, text: &str) -> (Words, Vec<Diagnostic>) {
    let mut out = Vec::new();
    let words = read(&[(FileId(7), Arc::from(path), text.as_bytes())], &mut out);
    (words.into_iter().next().expect("words"), out)
}

/// Pieces with holes as `[number place]`, and parts as `<number|…|…>`.
fn shown(nodes: &[Node]) -> String {
    let one = |node: &Node| match node {
        Node::Text(text) => text.to_string(),
        Node::Hole(number, place) => format!("[{number} {place:?}]"),
        Node::If(number, then, otherwise) => format!("<{number}|{}|{}>", shown(then), shown(otherwise)),
    };
    nodes.iter().map(one).collect()
}

fn body(html: &str) -> &str {
    let from = html.find("<div class=\"card\">\n").expect("the layout") + 19;
    let end = html[from..].find("\n</div>").expect("its end");
    &html[from..from + end]
}

#[test]
fn markdown_becomes_a_page_and_a_text() {
    let (words, told) = of(
        "templates/a.md",
        "subject: Hi {{a}}\nPreview: x < y\n\n# {{a}}\n\nSee [it](https://example.com/{{b}}) & go\n\n1. one\n2. two\n\n\
         **[Do it]({{c}})**\n\n> so {{d}}\n",
    );
    assert_eq!(told, []);
    assert_eq!(shown(words.subject.as_deref().expect("a subject")), "Hi [0 Plain]");
    assert_eq!(
        shown(&words.text),
        "[1 Plain]\n\nSee it: https://example.com/[2 UrlPart] & go\n\n1. one\n2. two\n\nDo it: [3 PlainUrlStart]\n\n> so [4 Plain]\n"
    );
    let html = shown(&words.html);
    assert!(html.contains("overflow:hidden\">x &lt; y</div>"), "{html}");
    assert!(html.contains("<h1>[1 Text]</h1>"), "{html}");
    assert!(html.contains("<a href=\"https://example.com/[2 UrlPart]\">it</a> &amp; go"), "{html}");
    assert!(html.contains("<p class=\"button\"><a href=\"[3 UrlStart]\">Do it</a></p>"), "{html}");
}

#[test]
fn parts_bring_their_empty_lines_with_them() {
    let (words, told) = of(
        "templates/a.md",
        "{{if a}}\n\nA\n\n{{else}}\n\nB\n\n{{end}}\n\nC\n\n{{if b}}\n\n- D\n- E\n\n{{end}}\n\nF {{if c}}G{{end}}.\n\n{{if d}}\n\nH\n\n{{end}}\n",
    );
    assert_eq!(told, []);
    assert_eq!(shown(&words.text), "<0|A|B>\n\nC<3|\n\n- D\n- E|>\n\nF <5|G|>.<7|\n\nH|>\n");
    let html = shown(&words.html);
    assert!(body(&html).starts_with("<0|\n<p>A</p>\n|\n<p>B</p>\n>\n<p>C</p>\n<3|"), "{html}");
}

#[test]
fn marks_are_found_nowhere_else() {
    let (words, told) = of("templates/a.txt", "zh0h0000z {{a}} zh1h\\{{b}}");
    assert_eq!(told, []);
    assert_eq!(shown(&words.text), "zh0h0000z [0 Plain] zh1h{{b}}\n".trim_end());
}

#[test]
fn a_hole_ends_where_it_ends_in_a_string() {
    let (words, told) = of("templates/a.txt", "{{ \"}}\" + \"{{x}}\" }}!{{ f({ a: 1 }) }}?{{\"\\\"}}\"}}");
    assert_eq!((told, words.holes.len()), (Vec::new(), 3));
    assert_eq!(shown(&words.text), "[0 Plain]![1 Plain]?[2 Plain]");
}

#[test]
fn what_is_told_stands_where_it_is_written() {
    let source = "Subject: x\n\nHällo {{a.}} and {{ 1 + }}\n";
    let (_, told) = of("templates/a.md", source);
    let places: Vec<&str> = told.iter().map(|one| &source[one.primary.span.start as usize..]).collect();
    assert_eq!(places, ["}} and {{ 1 + }}\n", " }}\n"], "{told:#?}");
    assert!(told.iter().all(|one| one.primary.span.file == FileId(7)));
}

#[test]
fn limits_hold() {
    let holes = |count: usize| "{{a}} ".repeat(count);
    assert_eq!(of("templates/a.md", &holes(HOLES_MAX)).1, []);
    assert_eq!(of("templates/a.md", &holes(HOLES_MAX + 1)).1[0].code, Code::LimitReached);
    let deep = |count: usize| format!("{}x{}", "{{if a}}".repeat(count), "{{end}}".repeat(count));
    assert_eq!(of("templates/a.md", &deep(16)).1, []);
    assert!(of("templates/a.md", &deep(17)).1.iter().any(|one| one.code == Code::NestingTooDeep));
    let long = |bytes: usize| {
        let mut out = Vec::new();
        read(&[(FileId(0), Arc::from("templates/a.txt"), "x".repeat(bytes).as_bytes())], &mut out);
        out
    };
    assert_eq!(long(TEMPLATE_BYTES_MAX), []);
    assert_eq!(long(TEMPLATE_BYTES_MAX + 1)[0].code, Code::SourceTooLarge);
}

#[test]
fn nothing_that_is_written_ends_in_a_panic() {
    const PIECES: [&str; 36] = [
        "{{",
        "}}",
        "{{if ",
        "{{else}}",
        "{{end}}",
        "a",
        ".b",
        "\"",
        "\\",
        "\\{{",
        "(",
        ")",
        "[",
        "](",
        "{",
        "}",
        "<",
        ">",
        "<!--",
        "-->",
        "<style>",
        "</style>",
        "=",
        "'",
        "\n",
        "\n\n",
        "Subject: ",
        "Preview:",
        "- ",
        "> ",
        "|",
        "é",
        "\u{202e}",
        "\0",
        "https://x/",
        "zh0h0000z",
    ];
    let mut state = 7_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    for round in 0..4_000 {
        let text: String = (0..next(24)).map(|_| PIECES[next(PIECES.len())]).collect();
        let path = ["templates/a.md", "templates/a.html", "templates/a.txt", "templates/layout.html"][round % 4];
        let mut out = Vec::new();
        let words = read(
            &[(FileId(0), Arc::from(path), text.as_bytes()), (FileId(1), Arc::from("templates/b.md"), b"{{x}}")],
            &mut out,
        );
        assert!(!words.is_empty());
        for told in out {
            let whole = if told.primary.span.file == FileId(0) { text.as_str() } else { "{{x}}" };
            assert!(whole.get(told.primary.span.range()).is_some(), "{text:?}: {told:?}");
        }
    }
}
