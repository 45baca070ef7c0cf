//! What an editor shows: files with what is asked of them beside the text.
//!
//! A line `//   ^^^ request: expected` is about what stands above its carets, in the nearest line above that is none of these.

use flow_lang::compile::{Compiled, Input, compile_within};
use flow_lang::diag::render::{Position, Source, Sources};
use flow_lang::diag::{Diagnostic, FileId, Severity, Span};
use flow_lang::template::is_template;
use flow_tests::editor::{Editor, WAITING};
use flow_tests::project::{library, settings};
use flow_tests::suite::told;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::path::Path;

/// What is asked of a place.
struct Asked {
    line: usize,
    from: usize,
    to: usize,
    what: String,
    expected: String,
}

fn asked(text: &str) -> Vec<Asked> {
    let mut found = Vec::new();
    let mut about = 0;
    for (number, line) in text.lines().enumerate() {
        let carets = line.trim_start().strip_prefix("//").map(str::trim_start).filter(|rest| rest.starts_with('^'));
        let Some(rest) = carets else {
            about = number;
            continue;
        };
        let width = rest.chars().take_while(|char| *char == '^').count();
        let from = line.chars().count() - rest.chars().count();
        let (what, expected) = rest[width..].trim().split_once(':').unwrap_or((rest[width..].trim(), ""));
        let (what, expected) = (what.trim().to_owned(), expected.trim().to_owned());
        found.push(Asked { line: about, from, to: from + width, what, expected });
    }
    found
}

/// `3:5-9` of a range, lines from 1.
fn place(range: &Value) -> String {
    let number = |pointer: &str| range.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    format!("{}:{}-{}", number("/start/line") + 1, number("/start/character"), number("/end/character"))
}

fn labels(list: &Value) -> Vec<&str> {
    list["items"].as_array().into_iter().flatten().filter_map(|item| item["label"].as_str()).collect()
}

/// The line of a place, trimmed, as people point at it.
fn line_of(location: &Value, files: &[(String, String)]) -> String {
    let uri = location["uri"].as_str().unwrap_or_default();
    let line = location.pointer("/range/start/line").and_then(Value::as_u64).unwrap_or_default() as usize;
    let file = files.iter().find(|(path, _)| uri == Editor::uri(path));
    file.and_then(|(_, text)| text.lines().nth(line)).unwrap_or("?").trim().to_owned()
}

/// Why what was asked is not as expected.
fn wrong(editor: &mut Editor, path: &str, files: &[(String, String)], one: &Asked) -> Option<String> {
    let mut at = |method: &str| editor.at(method, path, one.line, one.from);
    let expected = one.expected.as_str();
    match one.what.as_str() {
        "hover" => {
            let found = at("textDocument/hover");
            let text = found.pointer("/contents/value").and_then(Value::as_str).unwrap_or_default();
            let span = format!("{}:{}-{}", one.line + 1, one.from, one.to);
            let all = expected.split(" | ").all(|part| text.contains(part));
            (!all || place(&found["range"]) != span).then(|| format!("{} {text}", place(&found["range"])))
        }
        "definition" => {
            let found = line_of(&at("textDocument/definition"), files);
            (found != expected).then_some(found)
        }
        "type" => {
            let found = line_of(&at("textDocument/typeDefinition"), files);
            (found != expected).then_some(found)
        }
        "linked" => {
            let found = at("textDocument/linkedEditingRange");
            let places: Vec<String> = found["ranges"].as_array().into_iter().flatten().map(place).collect();
            let found = places.join(", ");
            (found != expected).then_some(found)
        }
        "callers" | "calls" => {
            let item = at("textDocument/prepareCallHierarchy")[0].clone();
            let (method, side) = match one.what.as_str() {
                "callers" => ("callHierarchy/incomingCalls", "from"),
                _ => ("callHierarchy/outgoingCalls", "to"),
            };
            let found = editor.request(method, json!({ "item": item }));
            let names = found.as_array().into_iter().flatten().map(|call| {
                let places: Vec<String> = call["fromRanges"].as_array().into_iter().flatten().map(place).collect();
                format!("{} at {}", call[side]["name"].as_str().unwrap_or_default(), places.join(" and "))
            });
            let found = names.collect::<Vec<_>>().join(", ");
            (found != expected).then_some(found)
        }
        "hint" => {
            let (start, end) =
                (json!({ "line": one.line, "character": 0 }), json!({ "line": one.line + 1, "character": 0 }));
            let document = json!({ "uri": Editor::uri(path) });
            let params = json!({ "textDocument": document, "range": { "start": start, "end": end } });
            let found = editor.request("textDocument/inlayHint", params);
            let here = json!({ "line": one.line, "character": one.from });
            let here = found.as_array().into_iter().flatten().filter(|hint| hint["position"] == here);
            let found = here.filter_map(|hint| hint["label"].as_str()).collect::<Vec<_>>().join(" | ");
            (found != expected).then_some(found)
        }
        "lens" => {
            let params = json!({ "textDocument": { "uri": Editor::uri(path) } });
            let found = editor.request("textDocument/codeLens", params);
            let here = found.as_array().into_iter().flatten();
            let here = here.filter(|lens| lens["range"]["start"] == json!({ "line": one.line, "character": one.from }));
            let one = |lens: &Value| {
                let command = &lens["command"];
                let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                format!(
                    "{} ({} {})",
                    word(&command["title"]),
                    word(&command["command"]),
                    word(&command["arguments"][1])
                )
            };
            let found = here.map(one).collect::<Vec<_>>().join(" | ");
            (found != expected).then_some(found)
        }
        "references" => {
            let found = at("textDocument/references");
            let places: Vec<String> = found.as_array().into_iter().flatten().map(|one| place(&one["range"])).collect();
            let found = places.join(", ");
            (found != expected).then_some(found)
        }
        "highlights" => {
            let found = at("textDocument/documentHighlight");
            let places: Vec<String> = found.as_array().into_iter().flatten().map(|one| place(&one["range"])).collect();
            let found = places.join(", ");
            (found != expected).then_some(found)
        }
        "first" => {
            let found = at("textDocument/completion");
            let found = labels(&found).into_iter().take(expected.split(", ").count()).collect::<Vec<_>>().join(", ");
            (found != expected).then_some(found)
        }
        "offers" | "never" => {
            let found = at("textDocument/completion");
            let found = labels(&found);
            let is = |wanted: &str| found.contains(&wanted);
            let wanted = one.what == "offers";
            (!expected.split(", ").all(|label| is(label) == wanted)).then(|| found.join(", "))
        }
        "call" => {
            let found = at("textDocument/signatureHelp");
            let label = found.pointer("/signatures/0/label").and_then(Value::as_str).unwrap_or_default();
            let active = found["activeParameter"].as_u64().and_then(|at| usize::try_from(at).ok());
            let active = active.and_then(|at| found["signatures"][0]["parameters"][at]["label"].as_str());
            let found = format!("{label} at {}", active.unwrap_or("none"));
            (found != expected).then_some(found)
        }
        "rename" => {
            let (new, places) = expected.split_once(" at ").unwrap_or((expected, ""));
            let position = json!({ "line": one.line, "character": one.from });
            let document = json!({ "uri": Editor::uri(path) });
            let params = json!({ "textDocument": document, "position": position, "newName": new });
            let answer = editor.ask("textDocument/rename", params);
            if let Some(refused) = answer.pointer("/error/message").and_then(Value::as_str) {
                return (refused != places).then(|| refused.to_owned());
            }
            let mut found: Vec<String> = Vec::new();
            for (uri, edits) in answer.pointer("/result/changes").and_then(Value::as_object).into_iter().flatten() {
                let file = uri.rsplit('/').next().unwrap_or_default();
                let file = if file == path { String::new() } else { format!("{file} ") };
                found.extend(
                    edits.as_array().into_iter().flatten().map(|edit| format!("{file}{}", place(&edit["range"]))),
                );
            }
            found.sort();
            let found = found.join(", ");
            (found != places).then_some(found)
        }
        "fix" => {
            let position = json!({ "line": one.line, "character": one.from });
            let range = json!({ "start": position, "end": position });
            let document = json!({ "uri": Editor::uri(path) });
            let params = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
            let found = editor.request("textDocument/codeAction", params);
            let titles: Vec<&str> =
                found.as_array().into_iter().flatten().filter_map(|action| action["title"].as_str()).collect();
            let found = titles.join(" | ");
            (found != expected).then_some(found)
        }
        "grows" => {
            let position = json!({ "line": one.line, "character": one.from });
            let params = json!({ "textDocument": { "uri": Editor::uri(path) }, "positions": [position] });
            let found = editor.request("textDocument/selectionRange", params);
            let mut ranges = Vec::new();
            let mut at = &found[0];
            while at.is_object() {
                ranges.push(place(&at["range"]));
                at = &at["parent"];
            }
            let found = ranges.into_iter().take(expected.split(", ").count()).collect::<Vec<_>>().join(", ");
            (found != expected).then_some(found)
        }
        other => Some(format!("nobody knows how to ask for `{other}`")),
    }
}

/// What the compiler says, in the editor's words: code, severity, place, text, related places.
fn in_the_editors_words(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let range = |span: Span| {
        let (start, end) = sources.positions(span);
        let at = |at: Position| {
            let line = sources.get(span.file).unwrap().line(at.line);
            let before: String = line.chars().take(at.column as usize - 1).collect();
            json!({ "line": at.line - 1, "character": before.encode_utf16().count() })
        };
        json!({ "start": at(start), "end": at(end) })
    };
    let mut text = vec![diagnostic.message.clone()];
    text.extend(Some(diagnostic.primary.text.clone()).filter(|text| !text.is_empty()));
    text.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    let in_library = diagnostic.labels.iter().filter(|label| sources.is_library(label.span.file));
    text.extend(in_library.map(|label| format!("note: {}", label.text)));
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .filter(|label| !sources.is_library(label.span.file))
        .map(|label| {
            let uri = Editor::uri(sources.path(label.span.file));
            json!({ "location": { "uri": uri, "range": range(label.span) }, "message": label.text })
        })
        .collect();
    let severity = if diagnostic.severity() == Severity::Error { 1 } else { 2 };
    json!({
        "code": diagnostic.code.number(),
        "severity": severity,
        "range": range(diagnostic.primary.span),
        "message": text.join("\n"),
        "relatedInformation": if related.is_empty() { Value::Null } else { related.into() },
    })
}

/// One program for each code that the suite tells: what the editor is told is what the terminal and the JSON are made of.
#[test]
fn the_editor_is_told_the_same() {
    let mut seen = HashSet::new();
    let mut compared = 0;
    for told in told() {
        let Compiled { sources, diagnostics, .. } = &told.compiled;
        let new = diagnostics.iter().filter(|diagnostic| !seen.contains(&diagnostic.code)).count();
        // A part of the library beside the standard one stands in `library/`.
        let written = |path: &str| path.starts_with("library/");
        let own = || {
            let of_tests = |(file, source): &(FileId, &Source)| !sources.is_library(*file) || written(&source.path);
            sources.iter().filter(of_tests)
        };
        let usual = sources.iter().all(|(_, source)| !source.path.starts_with("connector "));
        if new == 0 || !usual {
            continue;
        }
        // As the command hands them in: its own files first, by name.
        let words = own().filter(|(_, source)| is_template(&source.path));
        let words = words.map(|(_, source)| (&*source.path, source.text.as_bytes()));
        let settings = settings(words, &["email", "sms", "slack", "webhook"]);
        let programs = own().filter(|(_, source)| !is_template(&source.path));
        let input = |(_, source): (FileId, &Source)| Input {
            library: written(&source.path),
            path: source.path.clone(),
            text: source.text.as_bytes().to_vec(),
        };
        let (beside, mut inputs): (Vec<Input>, Vec<Input>) = programs.map(input).partition(|input| input.library);
        inputs.sort_by(|one, other| one.path.cmp(&other.path));
        let inputs: Vec<Input> = inputs.into_iter().chain(library()).chain(beside).collect();
        let Compiled { sources: ordered, diagnostics, .. } = compile_within(&inputs, &settings);
        let mut editor = Editor::new(own().map(|(_, source)| (&*source.path, &*source.text)), json!({}));
        for (file, source) in ordered.iter().filter(|(file, _)| !ordered.is_library(*file)) {
            let found: Vec<Value> = editor.told_of(&source.path);
            let here = diagnostics.iter().filter(|diagnostic| diagnostic.primary.span.file == file);
            let expected: Vec<Value> =
                here.clone().map(|diagnostic| in_the_editors_words(diagnostic, &ordered)).collect();
            let keys = ["code", "severity", "range", "message", "relatedInformation"];
            let found: Vec<Value> = found
                .iter()
                .map(|one| keys.iter().map(|key| ((*key).to_owned(), one[*key].clone())).collect::<Map<_, _>>().into())
                .collect();
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found, expected, "{} {}", told.name, source.path);
            }
            assert_eq!(found.len(), expected.len(), "{} {}", told.name, source.path);
            compared += found.len();
            seen.extend(here.map(|diagnostic| diagnostic.code));
        }
    }
    assert!(seen.len() >= 120, "{} codes, {compared} diagnostics", seen.len());
}

#[test]
fn what_is_asked_beside_the_text() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/editor");
    let mut faults = String::new();
    let mut count = 0;
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for file in names {
        let text = std::fs::read_to_string(&file).unwrap();
        // Parts of a project follow one another, each behind a line with its name.
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            match line.strip_prefix("// ---- ") {
                Some(name) => files.push((name.trim().to_owned(), String::new())),
                None if files.is_empty() => files.push(("main.flow".to_owned(), line.to_owned())),
                None => files.last_mut().unwrap().1.push_str(line),
            }
        }
        let parts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let encodings = json!({ "general": { "positionEncodings": ["utf-16"] } });
        let commands = ["flow.run", "flow.test", "flow.graph", "flow.waiting"];
        let mut editor =
            Editor::with(parts, encodings, json!({ "commands": commands, "pages": "https://example.com/" }));
        files.retain(|(path, _)| path != WAITING);
        for (path, text) in &files {
            editor.open(path, text);
        }
        for (path, text) in &files {
            let told = editor.told_of(path);
            let (errors, others): (Vec<_>, Vec<_>) = asked(text).into_iter().partition(|one| one.what == "error");
            let expected: Vec<String> =
                errors.iter().map(|one| format!("{}:{}-{} {}", one.line + 1, one.from, one.to, one.expected)).collect();
            let is_error = |one: &&Value| one["severity"] == json!(1);
            let found = told.iter().filter(is_error);
            let found: Vec<String> =
                found.map(|one| format!("{} {}", place(&one["range"]), one["code"].as_str().unwrap())).collect();
            if expected != found {
                faults.push_str(&format!("{} {path}: errors\n  {expected:?}\n  {found:?}\n", file.display()));
            }
            for one in others {
                count += 1;
                if let Some(found) = wrong(&mut editor, path, &files, &one) {
                    let Asked { line, what, expected, .. } = &one;
                    let line = line + 1;
                    faults.push_str(&format!("{} {path}:{line}: {what}: {expected}\n  {found}\n", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
    assert!(count > 20, "{count}");
}

/// The codes of what is said of a file.
fn codes(told: &[Value]) -> Vec<&str> {
    told.iter().filter_map(|one| one["code"].as_str()).collect()
}

const RIGHT: &str = "flow first(contact: Contact) {\n    second.other(contact)\n}\n";
const WRONG: &str = "flow first(contact: Contact) {\n    second.other(contcat)\n}\n";
const OTHER: &str = "flow other(contact: Contact) {\n    contact.add_note(\"x\")\n}\n";

#[test]
fn files_come_and_go() {
    let mut editor = Editor::new([("first.flow", RIGHT), ("second.flow", OTHER)], json!({}));
    assert!(editor.told_of("first.flow").is_empty());
    // What is open counts, and not the disk; what another file lacks is told of the one that names it.
    editor.open("first.flow", WRONG);
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0101"]);
    editor.on_disk("first.flow", Some(OTHER));
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0101"]);
    editor.on_disk("second.flow", None);
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0103", "E0101"]);
    editor.replace("first.flow", 2, RIGHT);
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0103"]);
    editor.on_disk("second.flow", Some(OTHER));
    assert!(editor.told_of("first.flow").is_empty());
    // A file that nobody has saved yet is one of the project.
    editor.open("third.flow", "flow third(contact: Contact) { nothing(contact) }\n");
    assert_eq!(codes(&editor.told_of("third.flow")), ["E0103"]);
    let close = |path: &str| json!({ "textDocument": { "uri": Editor::uri(path) } });
    editor.notify("textDocument/didClose", close("third.flow"));
    assert!(editor.told_of("third.flow").is_empty());
    // Closed, it is as the disk has it.
    editor.on_disk("first.flow", Some(WRONG));
    assert!(editor.told_of("first.flow").is_empty());
    editor.notify("textDocument/didClose", close("first.flow"));
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0101"]);
}

#[test]
fn whoever_asks_is_not_told_twice() {
    let capabilities = json!({ "textDocument": { "diagnostic": {} } });
    let mut editor = Editor::new([("first.flow", WRONG), ("second.flow", OTHER)], capabilities);
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0101"], "of what is not open it is said");
    editor.open("first.flow", WRONG);
    assert!(editor.told_of("first.flow").is_empty(), "of what is open the client asks");
    let document = json!({ "textDocument": { "uri": Editor::uri("first.flow") } });
    let asked = editor.request("textDocument/diagnostic", document.clone());
    assert_eq!(codes(asked["items"].as_array().unwrap()), ["E0101"]);
    editor.notify("textDocument/didClose", document);
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0101"], "and said again once it is closed");
}

#[test]
fn what_is_not_understood_is_refused_in_words_and_nothing_ends() {
    let mut editor = Editor::new([("first.flow", OTHER)], json!({}));
    let unknown = editor.ask("flow/nothing", json!({}));
    assert_eq!(unknown["error"]["code"], json!(-32601), "{unknown}");
    for params in [json!({}), json!({ "textDocument": {} }), json!({ "textDocument": { "uri": 5 } }), Value::Null] {
        let refused = editor.ask("textDocument/hover", params);
        assert_eq!(refused["error"]["code"], json!(-32602), "{refused}");
    }
    for uri in ["file:///elsewhere/x.flow", "untitled:Untitled-1", "nonsense", ""] {
        let params = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } });
        assert_eq!(editor.request("textDocument/hover", params), Value::Null, "{uri}");
    }
    for (line, character) in [(0, 4_000_000_000u32), (4_000_000_000u32, 0), (1, 7)] {
        let position = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": Editor::uri("first.flow") }, "position": position });
        for method in ["hover", "definition", "references", "completion", "signatureHelp", "documentHighlight"] {
            editor.request(&format!("textDocument/{method}"), params.clone());
        }
    }
    editor.notify("textDocument/didOpen", json!({ "textDocument": 5 }));
    editor.notify("textDocument/didChange", json!({}));
    assert!(editor.told_of("first.flow").is_empty());
    assert!(editor.shown.iter().any(|shown| shown.contains("not understood")), "{:?}", editor.shown);
}

/// A text after edits whose places are lines and code units.
fn edited(text: &str, edits: &Value) -> String {
    let edits = edits.as_array().into_iter().flatten();
    let byte = |edit: &Value, end: &str| {
        let number = |part: &str| edit["range"][end][part].as_u64().unwrap() as usize;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let line: usize = lines.iter().take(number("line")).map(|line| line.len()).sum();
        line + number("character")
    };
    let mut edits: Vec<(usize, usize, &str)> =
        edits.map(|edit| (byte(edit, "start"), byte(edit, "end"), edit["newText"].as_str().unwrap())).collect();
    edits.sort_unstable();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}

const UGLY: &str = "flow first( contact:Contact ){\n  contact.add_note( \"x\" )\n      if contact.email!=null {\n  stop\n  }\n}\n\n\n\nflow second( contact:Contact ) { contact.add_note(\"y\") }\n";

#[test]
fn a_file_and_some_of_its_lines_are_laid_out() {
    let mut editor = Editor::new([("first.flow", UGLY)], json!({ "general": { "positionEncodings": ["utf-8"] } }));
    editor.open("first.flow", UGLY);
    let document = json!({ "uri": Editor::uri("first.flow") });
    let whole = editor.request("textDocument/formatting", json!({ "textDocument": document }));
    let laid_out = flow_lang::format::format(UGLY).text;
    assert_eq!(edited(UGLY, &whole), laid_out);
    let lines = |from: usize, to: usize| json!({ "start": { "line": from, "character": 0 }, "end": { "line": to, "character": 0 } });
    let params = json!({ "textDocument": document, "range": lines(9, 10) });
    let last = editor.request("textDocument/rangeFormatting", params);
    let expected = UGLY.replace("flow second( contact:Contact )", "flow second(contact: Contact)");
    assert_eq!(edited(UGLY, &last), expected, "{last}");
    // A brace that is typed lays out what it ends, and nothing before.
    let params = json!({ "textDocument": document, "position": { "line": 4, "character": 3 }, "ch": "}" });
    let block = editor.request("textDocument/onTypeFormatting", params);
    let after = edited(UGLY, &block);
    assert!(
        after.contains("    if contact.email != null { stop }\n")
            || after.contains("    if contact.email != null {\n        stop\n    }\n"),
        "{after}"
    );
    assert!(after.starts_with("flow first( contact:Contact ){\n"), "{after}");
}

#[test]
fn a_line_that_begins_stands_where_it_belongs() {
    let text = "flow first(contact: Contact) {\n    if contact.email != null {\n\n    }\n    contact.add_note(\"\"\"\n      a\n\n    \"\"\")\n}\n";
    let mut editor = Editor::new([("first.flow", text)], json!({}));
    editor.open("first.flow", text);
    let document = json!({ "uri": Editor::uri("first.flow") });
    let mut typed = |line: usize| {
        let position = json!({ "line": line, "character": 0 });
        let params = json!({ "textDocument": document, "position": position, "ch": "\n" });
        edited(text, &editor.request("textDocument/onTypeFormatting", params))
    };
    assert_eq!(typed(2), text.replacen("{\n\n", "{\n        \n", 1));
    // Within a text the blanks are its own.
    assert_eq!(typed(6), text);
    assert_eq!(typed(8), text);
}

/// A client that shows pages is told where a code's page is.
#[test]
fn a_code_has_the_address_of_its_page() {
    let mut editor =
        Editor::with([("first.flow", WRONG), ("second.flow", OTHER)], json!({}), json!({ "pages": "flow-page:" }));
    let told = editor.told_of("first.flow");
    assert_eq!(told[0]["codeDescription"]["href"], json!("flow-page:E0101"));
}

/// Only the kinds that are asked for are offered.
#[test]
fn edits_are_offered_by_kind() {
    let text = "flow first(contact: Contact) {\n    wait 3 days\n    contcat.add_note(\"x\")\n}\n";
    let mut editor = Editor::new([("first.flow", text)], json!({}));
    editor.open("first.flow", text);
    let mut titles = |line: usize, only: Value| {
        let position = json!({ "line": line, "character": 6 });
        let document = json!({ "uri": Editor::uri("first.flow") });
        let range = json!({ "start": position, "end": position });
        let context = json!({ "diagnostics": [], "only": only });
        let found = editor.request(
            "textDocument/codeAction",
            json!({ "textDocument": document, "range": range, "context": context }),
        );
        found.as_array().into_iter().flatten().map(|one| one["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(1, Value::Null), ["Name this place `#pause`"]);
    assert_eq!(titles(1, json!(["refactor"])), ["Name this place `#pause`"]);
    assert_eq!(titles(1, json!(["quickfix"])), [""; 0]);
    assert_eq!(titles(2, json!(["quickfix"])), ["Replace `contcat` by `contact`"]);
    assert_eq!(titles(2, json!(["refactor.extract"])), [""; 0]);
}

/// The words of a mail are told about as they stand in the editor.
#[test]
fn the_words_of_a_mail_that_is_open_count() {
    let flow = "template welcome\nflow first(contact: Contact) {\n    let address = contact.email else { stop }\n    email.send(to: address, template: .welcome)\n}\n";
    let words = "# Hello {{contact.first_name ?? \"there\"}}\n\nGood to have you.\n";
    let path = "templates/welcome.md";
    let mut editor = Editor::new([("first.flow", flow), (path, words)], json!({}));
    assert_eq!(codes(&editor.told_of(path)), [""; 0]);
    editor.open(path, words);
    editor.replace(path, 2, &words.replace("first_name", "frist_name"));
    assert_eq!(codes(&editor.told_of(path)), ["E0102"]);
    editor.replace(path, 3, words);
    assert_eq!(codes(&editor.told_of(path)), [""; 0]);
    // Closed without saving, the disk counts again.
    editor.replace(path, 4, &words.replace("first_name", "frist_name"));
    editor.notify("textDocument/didClose", json!({ "textDocument": { "uri": Editor::uri(path) } }));
    assert_eq!(codes(&editor.told_of(path)), [""; 0]);
}

/// What is completed behind something that may be missing brings the `?` with it.
#[test]
fn a_member_of_what_may_be_missing_is_guarded() {
    let guard = |typed: &str| {
        let text = format!("flow first(contact: Contact) {{\n    let city = {typed}\n}}\n");
        let mut editor = Editor::new([("first.flow", text.as_str())], json!({}));
        editor.open("first.flow", &text);
        let found = editor.at("textDocument/completion", "first.flow", 1, 15 + typed.len());
        let items = found["items"].as_array().unwrap().clone();
        assert!(!items.is_empty(), "{typed}");
        items[0]["additionalTextEdits"][0].clone()
    };
    let edit = guard("contact.company.");
    assert_eq!((place(&edit["range"]), edit["newText"].as_str()), ("2:30-30".to_owned(), Some("?")), "{edit}");
    assert_eq!([guard("contact.company?."), guard("contact.")], [Value::Null, Value::Null]);
}

/// Two projects at once, each with names of its own.
#[test]
fn projects_beside_each_other_know_nothing_of_one_another() {
    let files = [
        ("one/flow.toml", ""),
        (
            "one/first.flow",
            "team support\nflow first(conversation: Conversation) { conversation.assign(to: .support) }\n",
        ),
        ("two/flow.toml", ""),
        (
            "two/first.flow",
            "team sales\nflow first(conversation: Conversation) { conversation.assign(to: .support) }\n",
        ),
    ];
    let mut editor = Editor::new(files, json!({}));
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".flow")) {
        editor.open(path, text);
    }
    assert_eq!(codes(&editor.told_of("one/first.flow")), [""; 0]);
    assert_eq!(codes(&editor.told_of("two/first.flow")), ["E0106"]);
    editor.replace("two/first.flow", 2, &files[3].1.replace(".support", ".sales"));
    editor.replace("one/first.flow", 2, &files[1].1.replace(".support", ".sales"));
    assert_eq!(codes(&editor.told_of("two/first.flow")), [""; 0]);
    assert_eq!(codes(&editor.told_of("one/first.flow")), ["E0106"]);
    let found = editor.at("textDocument/definition", "two/first.flow", 1, 70);
    assert_eq!(found["uri"], json!(Editor::uri("two/first.flow")));
}

const TWO_FLOWS: &str = r#"flow greet(talk: Conversation) {
    say "Hello"
}

flow part(talk: Conversation) {
    say "Goodbye"
    choice #again "Again?" {
        "Yes" -> greet(talk)
    }
}
"#;

#[test]
fn the_picture_is_of_what_is_typed_and_of_the_flow_that_is_meant() {
    let mut editor = Editor::new([("first.flow", TWO_FLOWS)], json!({}));
    editor.open("first.flow", TWO_FLOWS);
    let asked = |editor: &mut Editor, which: Value| {
        let mut params = json!({ "textDocument": { "uri": Editor::uri("first.flow") } });
        params.as_object_mut().unwrap().extend(which.as_object().unwrap().clone());
        editor.request("flow/graph", params)
    };
    let at = |line: u32| json!({ "position": { "line": line, "character": 0 } });
    for (which, flow) in [
        (json!({}), "first.greet"),
        (at(1), "first.greet"),
        (at(4), "first.greet"),
        (at(5), "first.part"),
        (json!({ "flow": "part" }), "first.part"),
        (json!({ "flow": "first.part", "position": { "line": 0, "character": 0 } }), "first.part"),
        (json!({ "flow": "nobody", "position": { "line": 6, "character": 0 } }), "first.part"),
    ] {
        assert_eq!(asked(&mut editor, which.clone())["flow"], json!(flow), "{which}");
    }
    let greet = asked(&mut editor, json!({ "flow": "greet" }));
    assert!(greet["svg"].as_str().unwrap().contains(">Hello<"), "{greet}");
    assert_eq!(greet["nodes"][1]["line"], json!(2), "{greet}");
    // Nobody has saved it yet.
    editor.replace("first.flow", 2, &TWO_FLOWS.replace("Hello", "Good day").replace("flow greet", "\nflow greet"));
    let greet = asked(&mut editor, json!({ "flow": "greet" }));
    assert!(greet["svg"].as_str().unwrap().contains(">Good day<"), "{greet}");
    assert_eq!(greet["nodes"][1]["line"], json!(3), "{greet}");
    editor.replace("first.flow", 3, &TWO_FLOWS.replace("\"Hello\"", "helo"));
    assert_eq!(asked(&mut editor, json!({ "flow": "part" })), Value::Null, "the project is not understood");
    editor.replace("first.flow", 4, "");
    assert_eq!(asked(&mut editor, json!({})), Value::Null, "there is no flow");
}

#[test]
fn words_of_the_language_have_no_colour_of_a_name() {
    let mut editor = Editor::new([("first.flow", TWO_FLOWS)], json!({}));
    editor.open("first.flow", TWO_FLOWS);
    let legend = editor.capabilities.pointer("/semanticTokensProvider/legend/tokenTypes").cloned().unwrap();
    let params = json!({ "textDocument": { "uri": Editor::uri("first.flow") } });
    let answer = editor.request("textDocument/semanticTokens/full", params);
    let numbers: Vec<usize> =
        answer["data"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize).collect();
    let lines: Vec<&str> = TWO_FLOWS.lines().collect();
    let (mut line, mut column) = (0, 0);
    let painted: Vec<String> = numbers
        .chunks(5)
        .map(|token| {
            column = if token[0] == 0 { column + token[1] } else { token[1] };
            line += token[0];
            format!("{} {}", &lines[line][column..column + token[2]], legend[token[3]].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        painted,
        [
            "greet function",
            "talk parameter",
            "Conversation class",
            "part function",
            "talk parameter",
            "Conversation class",
            "#again label",
            "greet function",
            "talk parameter",
        ]
    );
}

/// An editor may be left in the middle of a word: what was typed last comes after the farewell.
#[test]
fn what_comes_after_the_farewell_is_no_offence() {
    let mut editor = Editor::new([("first.flow", RIGHT)], json!({}));
    editor.open("first.flow", RIGHT);
    editor.request("shutdown", Value::Null);
    editor.replace("first.flow", 2, WRONG);
    let refused =
        editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": Editor::uri("first.flow") } }));
    assert_eq!(refused["error"]["code"], json!(-32600), "{refused}");
    editor.leave();
}

/// Nobody waits for the answer to the farewell.
#[test]
fn the_farewell_and_the_end_may_come_together() {
    let editor = Editor::new([("first.flow", RIGHT)], json!({}));
    editor.leave();
}

/// A client that can is asked to watch files; of one that cannot, a save is when the disk is looked at.
#[test]
fn what_changes_beside_the_editor_is_heard() {
    let watches = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut editor = Editor::new([("first.flow", RIGHT), ("second.flow", OTHER)], watches);
    editor.told_of("first.flow");
    assert_eq!(editor.asked, ["client/registerCapability"]);

    let mut editor = Editor::new([("first.flow", RIGHT), ("second.flow", OTHER)], json!({}));
    editor.open("first.flow", RIGHT);
    assert_eq!(codes(&editor.told_of("first.flow")), [""; 0]);
    editor.behind_its_back("second.flow", &OTHER.replace("contact: Contact", "contact: Contact, times: Int"));
    // What is open counts, whatever the disk has.
    editor.behind_its_back("first.flow", WRONG);
    let document = json!({ "textDocument": { "uri": Editor::uri("first.flow") } });
    editor.notify("textDocument/didSave", document);
    assert_eq!(codes(&editor.told_of("first.flow")), ["E0111"]);
}

/// Who asks for what is wrong is told to ask again where another file has changed.
#[test]
fn who_asks_is_told_to_ask_again() {
    let capabilities =
        json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } });
    let mut editor = Editor::new([("first.flow", RIGHT), ("second.flow", OTHER)], capabilities);
    editor.open("first.flow", RIGHT);
    editor.open("second.flow", OTHER);
    editor.told_of("first.flow");
    editor.asked.clear();
    // Of the file that is typed in it asks anyhow.
    editor.replace("first.flow", 2, WRONG);
    editor.told_of("first.flow");
    assert_eq!(editor.asked, [""; 0]);
    editor.replace("first.flow", 3, RIGHT);
    editor.replace("second.flow", 2, &OTHER.replace("other(", "another("));
    editor.told_of("first.flow");
    assert_eq!(editor.asked, ["workspace/diagnostic/refresh"]);
}

/// What a fix brings stands as far in as what it comes to, and its lines end as the file's do.
#[test]
fn what_a_fix_brings_stands_where_it_belongs() {
    let text = "enum Plan { trial, pro }\nextend Contact { plan: Plan = .trial }\nflow first(contact: Contact) {\n    if contact.email != null {\n        switch contact.plan {\n            .trial -> stop\n        }\n    }\n}\n";
    for end in ["\n", "\r\n"] {
        let text = text.replace('\n', end);
        let mut editor =
            Editor::new([("first.flow", text.as_str())], json!({ "general": { "positionEncodings": ["utf-8"] } }));
        editor.open("first.flow", &text);
        let position = json!({ "line": 4, "character": 18 });
        let document = json!({ "uri": Editor::uri("first.flow") });
        let range = json!({ "start": position, "end": position });
        let params = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
        let found = editor.request("textDocument/codeAction", params);
        let edits = found[0]["edit"]["changes"][Editor::uri("first.flow")].clone();
        let expected = text.replace(".trial -> stop\n", ".trial -> stop\n            .pro -> fail \"…\"\n");
        let expected = expected.replace(".trial -> stop\r\n", ".trial -> stop\r\n            .pro -> fail \"…\"\r\n");
        assert_eq!(edited(&text, &edits), expected, "{found}");
    }
}
