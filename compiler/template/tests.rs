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
        Node::For(number, body) => format!("({number}:{})", shown(body)),
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
fn loops_stand_between_items_rows_and_blocks() {
    let text = |source: &str| {
        let (words, told) = of("templates/a.md", source);
        assert_eq!(told, [], "{source}");
        (shown(&words.text), body(&shown(&words.html)).trim_end().to_owned())
    };
    let (plain, html) = text("Yours:\n\n{{for x in xs}}\n- {{x}}\n{{end}}\n\nThanks\n");
    assert_eq!(plain, "Yours:\n(0:\n- [1 Plain])\n\nThanks\n");
    assert_eq!(html, "<p>Yours:</p>\n<ul>\n(0:\n<li>[1 Text]</li>\n)\n</ul>\n<p>Thanks</p>");
    // Items around it are of the same list, and numbers are HTML's own.
    let (plain, html) = text("1. a\n{{for x in xs}}\n1. {{x}}\n   more\n{{if x}}\n1. even\n{{end}}\n{{end}}\n1. z\n");
    assert_eq!(plain, "1. a(0:\n- [1 Plain]\n  more<2|\n- even|>)\n2. z\n");
    assert_eq!(html.matches("<ol>").count(), 1, "{html}");
    assert_eq!(html.matches("<li>").count(), 4, "{html}");
    let (plain, html) = text("| A | B |\n|---|---|\n{{for x in xs}}\n| {{x}} | 1 |\n{{end}}\n| Sum | 2 |\n\nThanks\n");
    assert_eq!(plain, "A | B(0:\n[1 Plain] | 1)\nSum | 2\n\nThanks\n");
    assert!(html.contains("<tbody>\n(0:\n<tr><td>[1 Text]</td><td>1</td></tr>\n)\n<tr>"), "{html}");
    let (plain, html) = text("Hi\n{{for x in xs}}\n## {{x}}\ntext\n{{end}}\nBye {{for y in ys}}{{y}}, {{end}}\n");
    assert_eq!(plain, "Hi(0:\n\n[1 Plain]\n\ntext)\n\nBye (3:[4 Plain], )\n");
    assert_eq!(html, "<p>Hi</p>\n(0:\n<h2>[1 Text]</h2>\n<p>text</p>\n)\n<p>Bye (3:[4 Text], )</p>");
    // Apart from what is about it, and as the first of all.
    let (plain, html) = text("{{for x in xs}}\n\n- {{x}}\n\n{{end}}\n");
    assert_eq!((plain.as_str(), html.as_str()), ("(0:\n- [1 Plain])\n", "<ul>\n(0:\n<li>[1 Text]</li>\n)\n</ul>"));
    let (plain, _) = text("{{for x in xs}}\n{{x}}\n{{end}}\n");
    assert_eq!(plain, "(0:\n\n[1 Plain])\n");
    let (words, told) = of("templates/a.txt", "Yours:\n{{for x in xs}}\n- {{x}}\n{{end}}\nThanks\n");
    assert_eq!((shown(&words.text).as_str(), told), ("Yours:\n(0:- [1 Plain]\n)Thanks\n", Vec::new()));
    let (words, told) =
        of("templates/a.html", "<ul>{{for x in xs}}<li><a href=\"https://e.example/{{x}}\">x</a>{{end}}</ul>");
    assert_eq!(told, []);
    assert!(shown(&words.html).contains("<ul>(0:<li><a href=\"https://e.example/[1 UrlPart]\">x</a>)</ul>"));
}

/// Where an address is what is read already, it is not said again.
#[test]
fn an_address_that_is_shown_is_not_shown_twice() {
    let (words, _) = of(
        "templates/a.md",
        "<https://example.com/a> <ann@example.org> [bob@example.org](mailto:bob@example.org) [mail](mailto:eve@example.org)\n",
    );
    let plain = shown(&words.text);
    assert_eq!(plain, "https://example.com/a ann@example.org bob@example.org mail: mailto:eve@example.org\n");
}

#[test]
fn loops_that_are_none_are_told() {
    let codes = |source: &str| of("templates/a.txt", source).1.iter().map(|one| one.code).collect::<Vec<_>>();
    for wrong in [
        "{{for}}{{end}}",
        "{{for x}}{{end}}",
        "{{for x of xs}}{{end}}",
        "{{for x in }}{{end}}",
        "{{for X in xs}}{{end}}",
        "{{for if in xs}}{{end}}",
    ] {
        assert_eq!(codes(wrong), [Code::UnexpectedToken], "{wrong}");
    }
    assert_eq!(codes("{{for x in xs}}"), [Code::UnclosedBracket]);
    assert_eq!(codes("{{for x in xs}}{{else}}{{end}}"), [Code::UnmatchedCloser]);
    assert_eq!(codes("{{for x in xs}}{{if x}}{{else}}{{end}}{{end}}"), []);
    let deep = |count: usize| codes(&format!("{}x{}", "{{for a in b}}".repeat(count), "{{end}}".repeat(count)));
    assert_eq!(deep(4), []);
    assert!(deep(5).contains(&Code::NestingTooDeep));
    assert_eq!(of("templates/a.html", "<p title=\"{{for x in xs}}{{x}}{{end}}\">").1[0].code, Code::HoleOutOfPlace);
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
    const PIECES: [&str; 38] = [
        "{{",
        "{{for x in y}}",
        "1. ",
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
