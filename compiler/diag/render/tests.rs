use super::*;
use crate::diag::{Code, Diagnostic, FileId, Span};
use serde_json::Value;

const FRONT: &str =
    "flow front(conversation: Conversation) {\n    let søk = conversation.contcat\n    say \"Hi {{søk}}\"\n}\n";
const OTHER: &str = "extend Contact {\n    plan: Plan\n}\n";

fn span(file: u32, text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap();
    Span::new(FileId(file), start as u32, (start + part.len()) as u32)
}

fn sample() -> (Diagnostic, Sources) {
    let mut sources = Sources::new();
    sources.add("front.flow", FRONT);
    sources.add("shop/other desk.flow", OTHER);
    let at = span(0, FRONT, "contcat");
    let diagnostic = Diagnostic::new(Code::ALL[0], at, "a Conversation has no field `contcat`")
        .at("no such field")
        .label(span(0, FRONT, "conversation: Conversation"), "`conversation` is a Conversation")
        .label(span(1, OTHER, "plan: Plan"), "fields are added here")
        .help("did you mean `contact`?")
        .fix("replace `contcat` by `contact`", vec![(at, "contact".to_owned())]);
    (diagnostic, sources)
}

#[test]
fn every_form_says_the_same() {
    let (diagnostic, sources) = sample();
    let line = json(&diagnostic, &sources);
    assert!(!line.contains('\n'));
    let parsed: Value = serde_json::from_str(&line).unwrap();
    let log = sarif(std::slice::from_ref(&diagnostic), &sources);
    let forms = [
        human(&diagnostic, &sources, Look { width: 200, ..Look::default() }),
        human(&diagnostic, &sources, Look { width: 200, narrated: true, ..Look::default() }),
        human(&diagnostic, &sources, Look { width: 200, unicode: false, ..Look::default() }),
        short(&diagnostic, &sources),
        parsed.to_string(),
        log.to_string(),
    ];
    let mut words = vec![diagnostic.code.number(), &diagnostic.message, &diagnostic.primary.text];
    words.extend(diagnostic.labels.iter().map(|label| label.text.as_str()));
    words.extend(diagnostic.help.as_deref());
    for form in &forms {
        for word in &words {
            assert!(form.contains(word), "`{word}` is missing in\n{form}");
        }
    }
}

#[test]
fn places_count_characters_from_one() {
    let (diagnostic, sources) = sample();
    let line = json_value(&diagnostic, &sources);
    assert_eq!(
        (&line["line"], &line["column"], &line["end_line"], &line["end_column"]),
        (&2.into(), &28.into(), &2.into(), &35.into())
    );
    // The second `søk` stands after a two-byte letter on another line only.
    let hole = span(0, FRONT, "{{søk}}");
    let (start, end) = sources.positions(hole);
    assert_eq!((start, end), (Position { line: 3, column: 13 }, Position { line: 3, column: 20 }));
}

#[test]
fn drawn_for_people() {
    let (diagnostic, sources) = sample();
    insta::assert_snapshot!(human(&diagnostic, &sources, Look::default()));
}

#[test]
fn drawn_as_one_line() {
    let (diagnostic, sources) = sample();
    insta::assert_snapshot!(short(&diagnostic, &sources));
}

#[test]
fn sarif_has_rules_regions_and_fixes() {
    let (diagnostic, sources) = sample();
    let log = sarif(&[diagnostic.clone(), diagnostic], &sources);
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 1);
    assert_eq!(run["results"].as_array().unwrap().len(), 2);
    let result = &run["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["endColumn"], 35);
    let related = &result["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(related, "shop/other%20desk.flow");
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "contact");
}

#[test]
fn sarif_looks_for_no_library_file_in_the_repository() {
    let (diagnostic, mut sources) = sample();
    sources.of_library(crate::diag::FileId(1));
    let log = sarif(&[diagnostic], &sources);
    let result = &log["runs"][0]["results"][0];
    let at = |location: &Value| location["physicalLocation"]["artifactLocation"]["uriBaseId"].clone();
    assert_eq!(at(&result["relatedLocations"][1]), "LIBRARY");
    assert!(at(&result["locations"][0]).is_null());
    assert!(log["runs"][0]["originalUriBaseIds"]["LIBRARY"].is_object());
}

/// Whatever a file holds and wherever a span points, showing it neither panics nor sends the terminal a command.
#[test]
fn hostile_text_is_only_shown() {
    let long = "x".repeat(1 << 20);
    let texts = [
        "",
        "\n",
        "\r\n\r\n",
        "a\u{1b}[31mred\u{202e}\u{0}\u{9b}b\r c",
        "\u{feff}flow",
        "👩‍👩‍👧 é\u{301}",
        "a\tb\t\tc",
        long.as_str(),
    ];
    for text in texts {
        let mut sources = Sources::new();
        let file = sources.add("a\u{1b}b.flow", text);
        let length = text.len() as u32;
        for (start, end) in
            [(0, 0), (0, length), (length, length), (length / 2, length / 2 + 1), (3, 1), (length + 9, u32::MAX)]
        {
            let diagnostic = Diagnostic::new(Code::ALL[0], Span::new(file, start, end), "odd \u{1b}]0;title\u{7}")
                .at("here \u{1b}[2J")
                .label(Span::new(FileId(7), 0, 9), "nowhere");
            for (unicode, narrated) in [(true, false), (false, false), (true, true)] {
                let drawn = human(&diagnostic, &sources, Look { unicode, narrated, ..Look::default() });
                assert!(!drawn.contains(['\u{1b}', '\u{7}', '\u{0}', '\u{9b}', '\u{202e}']), "{drawn:?}");
                assert!(drawn.len() < 10_000, "{} bytes for a line of {length}", drawn.len());
            }
            assert!(!short(&diagnostic, &sources).contains('\u{1b}'));
            json(&diagnostic, &sources);
            sarif(&[diagnostic], &sources);
        }
    }
}

#[test]
fn cleaning_keeps_every_byte_in_its_place() {
    let text = "a\u{0}b\u{9b}c\u{202e}d\r\ne\rf";
    let cleaned = clean_same_length(text);
    assert_eq!(cleaned, "a?b¿c\u{fffd}d\r\ne?f");
    assert_eq!(cleaned.len(), text.len());
}

#[test]
fn a_line_is_found_by_its_number() {
    let source = Source::new("a", "one\r\ntwo\n");
    assert_eq!((source.line(1), source.line(2), source.line(3), source.line(9)), ("one", "two", "", ""));
}

/// A line that is far too long, with a place amid it, one near its end and one that goes on for long.
fn long_line() -> (Diagnostic, Sources) {
    let front = "x".repeat(200_000);
    let text = format!("// above {front}\nlet å = \"{front}\" + contcat + \"{front}\" + plan\nlet b = 1\n");
    let mut sources = Sources::new();
    sources.add("long.flow", text.as_str());
    let diagnostic = Diagnostic::new(Code::ALL[0], span(0, &text, "contcat"), "a Conversation has no field `contcat`")
        .at("no such field")
        .label(span(0, &text, "plan"), "a Plan")
        .label(span(0, &text, &format!("\"{front}\" + contcat")), "this is a text");
    (diagnostic, sources)
}

#[test]
fn a_long_line_is_drawn_around_its_places() {
    let (diagnostic, sources) = long_line();
    insta::assert_snapshot!(human(&diagnostic, &sources, Look::default()));
}

#[test]
fn a_long_line_is_told_around_its_places() {
    let (diagnostic, sources) = long_line();
    insta::assert_snapshot!(human(&diagnostic, &sources, Look { narrated: true, ..Look::default() }));
}
