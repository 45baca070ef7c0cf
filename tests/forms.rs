//! One diagnostic, four forms: what the terminal shows, what is narrated, the JSON and the SARIF of everything that is
//! told in the suite say the same, word for word and place for place. And what is offered as an edit mends.

use flow_lang::compile::Compiled;
use flow_lang::diag::render::{Look, Sources, clean, human, json, sarif, short};
use flow_lang::diag::{Code, Diagnostic, FileId, Fix, Label, Span, mend};
use flow_lang::syntax;
use flow_tests::pages::{compiled, example};
use flow_tests::project::project;
use flow_tests::suite::{Told, told};
use serde_json::Value;
use std::collections::HashSet;
use std::time::Instant;

/// Every program of the suite, and the example of every page.
fn everything() -> impl Iterator<Item = Told> {
    let pages = flow_lang::diag::Code::ALL.iter().map(|code| Told {
        name: format!("the page of {}", code.number()),
        near: Vec::new(),
        compiled: compiled(*code, &example(*code)),
    });
    told().chain(pages)
}

/// What a form says, apart from how its lines are broken.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A place as JSON and SARIF number it: file, and line and column of both ends, from one.
fn place(span: Span, sources: &Sources) -> (String, [u64; 4]) {
    let source = sources.get(span.file).expect("diagnostics stand in files");
    let at = |byte: u32| {
        let before = source.text.get(..byte as usize).expect("places stand between characters");
        let column = before.chars().rev().take_while(|char| *char != '\n').count();
        (before.matches('\n').count() as u64 + 1, column as u64 + 1)
    };
    let ((line, column), (end_line, end_column)) = (at(span.start), at(span.end));
    (source.path.to_string(), [line, column, end_line, end_column])
}

fn json_place(value: &Value) -> (String, [u64; 4]) {
    let number = |key: &str| value[key].as_u64().unwrap_or_else(|| panic!("no `{key}` in {value}"));
    let file = value["file"].as_str().expect("a file").to_owned();
    (file, ["line", "column", "end_line", "end_column"].map(number))
}

fn sarif_region(value: &Value) -> [u64; 4] {
    ["startLine", "startColumn", "endLine", "endColumn"]
        .map(|key| value[key].as_u64().unwrap_or_else(|| panic!("no `{key}` in {value}")))
}

/// The path in a URI reference.
fn path(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let [first, tail @ ..] = rest {
        if let ([b'%', ..], Some(hex)) = (rest, tail.get(..2)) {
            let hex = std::str::from_utf8(hex).expect("ASCII");
            bytes.push(u8::from_str_radix(hex, 16).expect("two digits behind `%`"));
            rest = &tail[2..];
        } else {
            assert!(first.is_ascii_alphanumeric() || b"-._~/".contains(first), "{uri} is no URI reference");
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).expect("paths are text")
}

fn sarif_place(location: &Value) -> (String, [u64; 4]) {
    let physical = &location["physicalLocation"];
    let uri = physical["artifactLocation"]["uri"].as_str().expect("a uri");
    (path(uri), sarif_region(&physical["region"]))
}

fn text_of(label: &Value) -> &str {
    label["message"]["text"].as_str().unwrap_or_default()
}

#[test]
fn every_form_says_the_same() {
    let mut seen = 0;
    for program in everything() {
        let Compiled { diagnostics, sources, .. } = &program.compiled;
        let log = sarif(diagnostics, sources);
        assert_sarif(&log);
        let results = log["runs"][0]["results"].as_array().expect("results");
        assert_eq!(results.len(), diagnostics.len(), "{}", program.name);
        for (diagnostic, result) in diagnostics.iter().zip(results) {
            drawn_says(diagnostic, sources);
            let line: Value = serde_json::from_str(&json(diagnostic, sources)).expect("JSON");
            json_says(diagnostic, &line, sources);
            sarif_says(diagnostic, result, &log, sources);
            seen += 1;
        }
    }
    assert!(seen > 1_000, "only {seen} diagnostics in the suite");
}

/// Nothing that is known is lost where people read; and there is always something to try.
fn drawn_says(diagnostic: &Diagnostic, sources: &Sources) {
    let message = &diagnostic.message;
    assert!(diagnostic.help.is_some(), "{}: what is there to try? {message}", diagnostic.code.number());
    let whole = |text: &str| text.ends_with(['.', '?', '!']) && !text.starts_with(|c: char| c.is_lowercase());
    assert!(whole(message) && diagnostic.help.as_deref().is_none_or(whole), "no sentence: {message}");
    let mut parts = vec![diagnostic.code.number(), &diagnostic.message, &diagnostic.primary.text];
    parts.extend(diagnostic.labels.iter().map(|label| label.text.as_str()));
    parts.extend(diagnostic.help.as_deref());
    let wide = Look { width: 4_000, ..Look::default() };
    for look in [wide, Look { narrated: true, ..wide }, Look { unicode: false, ..wide }] {
        let drawn = words(&human(diagnostic, sources, look));
        for part in &parts {
            assert!(drawn.contains(&words(&clean(part))), "`{part}` is missing in\n{drawn}");
        }
        for label in &diagnostic.labels {
            let path = clean(sources.path(label.span.file)).into_owned();
            assert!(drawn.contains(&path), "{path} is missing in\n{drawn}");
        }
    }
    let line = short(diagnostic, sources);
    let (file, [at, column, ..]) = place(diagnostic.primary.span, sources);
    assert!(line.starts_with(&format!("{}:{at}:{column}: ", clean(&file))), "{line}");
}

fn json_says(diagnostic: &Diagnostic, line: &Value, sources: &Sources) {
    assert_eq!(line["code"], diagnostic.code.number());
    assert_eq!(line["message"], diagnostic.message.as_str());
    assert_eq!(line["help"].as_str(), diagnostic.help.as_deref());
    assert_eq!(json_place(line), place(diagnostic.primary.span, sources));
    let told: Vec<(&str, (String, [u64; 4]))> = labels(diagnostic, sources);
    let labels = line["labels"].as_array().expect("labels");
    let found = labels.iter().map(|label| (label["text"].as_str().expect("a text"), json_place(label)));
    assert_eq!(found.collect::<Vec<_>>(), told);
    let fixes = line["fixes"].as_array().expect("fixes");
    assert_eq!(fixes.len(), diagnostic.fixes.len());
    for (fix, found) in diagnostic.fixes.iter().zip(fixes) {
        assert_eq!(found["title"], fix.title.as_str());
        let edits = found["edits"].as_array().expect("edits").iter();
        let edits = edits.map(|edit| (json_place(edit), edit["text"].as_str().expect("a text").to_owned()));
        assert_eq!(edits.collect::<Vec<_>>(), edits_of(fix, sources));
    }
}

fn sarif_says(diagnostic: &Diagnostic, result: &Value, log: &Value, sources: &Sources) {
    assert_eq!(result["ruleId"], diagnostic.code.number());
    let index = result["ruleIndex"].as_u64().expect("an index") as usize;
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][index];
    assert_eq!(rule["id"], diagnostic.code.number());
    assert_eq!(rule["help"]["markdown"], diagnostic.code.page());
    let said = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    assert_eq!(result["message"]["text"], said.as_str());
    let related = result["relatedLocations"].as_array().map_or(&[][..], Vec::as_slice);
    let found = std::iter::once(&result["locations"][0]).chain(related);
    let found = found.map(|location| (text_of(location), sarif_place(location)));
    assert_eq!(found.collect::<Vec<_>>(), labels(diagnostic, sources));
    let fixes = result["fixes"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(fixes.len(), diagnostic.fixes.len());
    for (fix, found) in diagnostic.fixes.iter().zip(fixes) {
        assert_eq!(found["description"]["text"], fix.title.as_str());
        let changes = found["artifactChanges"].as_array().expect("changes");
        let mut edits = Vec::new();
        for change in changes {
            let file = path(change["artifactLocation"]["uri"].as_str().expect("a uri"));
            for edit in change["replacements"].as_array().expect("replacements") {
                let text = edit["insertedContent"]["text"].as_str().expect("a text").to_owned();
                edits.push(((file.clone(), sarif_region(&edit["deletedRegion"])), text));
            }
        }
        let mut told = edits_of(fix, sources);
        told.sort();
        edits.sort();
        assert_eq!(edits, told);
    }
}

fn labels<'d>(diagnostic: &'d Diagnostic, sources: &Sources) -> Vec<(&'d str, (String, [u64; 4]))> {
    let all = std::iter::once(&diagnostic.primary).chain(&diagnostic.labels);
    all.map(|Label { span, text }| (text.as_str(), place(*span, sources))).collect()
}

fn edits_of(fix: &Fix, sources: &Sources) -> Vec<((String, [u64; 4]), String)> {
    fix.edits.iter().map(|(span, text)| (place(*span, sources), text.clone())).collect()
}

/// What the schema of SARIF 2.1.0 asks of the parts that are used.
fn assert_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    only(log, &["$schema", "version", "runs"]);
    for run in log["runs"].as_array().expect("`runs` is required") {
        only(run, &["tool", "originalUriBaseIds", "columnKind", "results"]);
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string(), "`name` is required");
        let rules = driver["rules"].as_array().expect("rules");
        unique(rules);
        for rule in rules {
            only(rule, &["id", "shortDescription", "help", "defaultConfiguration"]);
            assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string(), "{rule}");
            assert!(rule["help"]["text"].is_string(), "`text` is required beside `markdown`: {rule}");
        }
        for result in run["results"].as_array().expect("results") {
            let known = ["ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "fixes"];
            only(result, &known);
            assert!(matches!(result["level"].as_str(), Some("error" | "warning" | "note" | "none")), "{result}");
            assert!(result["message"]["text"].is_string(), "`message` is required: {result}");
            for key in ["relatedLocations", "fixes"] {
                unique(result[key].as_array().map_or(&[][..], Vec::as_slice));
            }
            let related = result["relatedLocations"].as_array().into_iter().flatten();
            for location in result["locations"].as_array().into_iter().flatten().chain(related) {
                only(location, &["physicalLocation", "message"]);
                region(&location["physicalLocation"]["region"]);
            }
            for fix in result["fixes"].as_array().into_iter().flatten() {
                only(fix, &["description", "artifactChanges"]);
                for change in some(&fix["artifactChanges"]) {
                    assert!(change["artifactLocation"]["uri"].is_string(), "`artifactLocation` is required: {change}");
                    for replacement in some(&change["replacements"]) {
                        only(replacement, &["deletedRegion", "insertedContent"]);
                        region(&replacement["deletedRegion"]);
                    }
                }
            }
        }
    }
}

/// `additionalProperties: false`.
fn only(value: &Value, known: &[&str]) {
    for key in value.as_object().expect("an object").keys() {
        assert!(known.contains(&key.as_str()), "`{key}` is no part of SARIF here: {value}");
    }
}

/// `uniqueItems: true`.
fn unique(items: &[Value]) {
    let texts: HashSet<String> = items.iter().map(Value::to_string).collect();
    assert_eq!(texts.len(), items.len(), "{items:?}");
}

/// `minItems: 1`.
fn some(value: &Value) -> &[Value] {
    let items = value.as_array().expect("a list");
    assert!(!items.is_empty(), "at least one is required");
    items
}

fn region(value: &Value) {
    let [line, column, end_line, end_column] = sarif_region(value);
    assert!(line >= 1 && column >= 1 && (end_line, end_column) >= (line, column), "{value}");
}

/// Compiles a program again after a fix.
fn fixed(compiled: &Compiled, fix: &Fix) -> Compiled {
    let library = flow_stdlib::declarations().iter().chain(flow_stdlib::flows());
    let library: HashSet<&str> = library.map(|(path, _)| *path).collect();
    let files: Vec<(String, Vec<u8>)> = compiled
        .sources
        .iter()
        .filter(|(_, source)| !library.contains(&*source.path))
        .map(|(id, source)| (source.path.to_string(), mend(id, &source.text, &[fix]).into_bytes()))
        .collect();
    project(files.iter().map(|(path, text)| (path.as_str(), text.as_slice())))
}

/// How often the same is said.
fn times(diagnostic: &Diagnostic, compiled: &Compiled) -> usize {
    let same = |other: &&Diagnostic| other.code == diagnostic.code && other.message == diagnostic.message;
    compiled.diagnostics.iter().filter(same).count()
}

fn unread(text: &str) -> usize {
    syntax::parse(FileId(0), text).diagnostics.len()
}

/// Each fix that is offered removes what it was offered for, and leaves files that can be read as well as before.
#[test]
fn every_fix_mends() {
    let (mut seen, mut report) = (0, String::new());
    for program in everything() {
        let before = &program.compiled;
        for diagnostic in &before.diagnostics {
            for fix in &diagnostic.fixes {
                seen += 1;
                let after = fixed(before, fix);
                let mut wrong = Vec::new();
                if times(diagnostic, &after) >= times(diagnostic, before) {
                    wrong.push("says the same again".to_owned());
                }
                for (id, source) in before.sources.iter() {
                    let mended = mend(id, &source.text, &[fix]);
                    if mended != *source.text && unread(&mended) > unread(&source.text) {
                        let said = syntax::parse(FileId(0), &mended).diagnostics;
                        wrong.push(format!("leaves what cannot be read: {:?}", said.first().map(|it| &it.message)));
                    }
                }
                for wrong in wrong {
                    let (number, message) = (diagnostic.code.number(), &diagnostic.message);
                    report.push_str(&format!("{}: {number} {message}\n  `{}` {wrong}\n", program.name, fix.title));
                }
            }
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(seen > 200, "only {seen} fixes in the suite");
}

/// A hundred diagnostics on a line of 1 MiB, each with a label at the other end of the line.
#[test]
fn a_long_line_is_drawn_at_once() {
    let text = "say(contact.name), ".repeat((1 << 20) / 19);
    let mut sources = Sources::new();
    let file = sources.add("long.flow", text.as_str());
    let begun = Instant::now();
    for number in 0..100 {
        let at = |number: u32| Span::new(file, number * 19 * 500, number * 19 * 500 + 3);
        let diagnostic = Diagnostic::new(Code::ALL[0], at(number), "no").label(at(99 - number), "the other");
        let drawn = human(&diagnostic, &sources, Look::default());
        assert!(drawn.len() < 2_000, "{drawn}");
        let column = 1 + number * 19 * 500;
        assert!(drawn.contains(&format!("long.flow:1:{column}]")), "{drawn}");
    }
    let took = begun.elapsed();
    println!("{took:?}");
    assert!(took.as_secs() < 5, "{took:?}");
}
