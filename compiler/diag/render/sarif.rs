//! SARIF 2.1.0 (OASIS, 2020), as code hosts and CI read it.

use super::{Sources, json::severity};
use crate::diag::{Code, Diagnostic, Fix, Label, Span};
use serde_json::{Value, json};

/// Every diagnostic of a check as one SARIF log. Columns are Unicode code points; paths are relative to the project.
pub fn sarif(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let mut codes: Vec<Code> = diagnostics.iter().map(|d| d.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> = diagnostics.iter().map(|d| result(d, &codes, sources)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "flow",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "originalUriBaseIds": {
                LIBRARY: { "description": { "text": "The standard library, which is part of the program `flow`." } },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// What the paths of library files begin from.
const LIBRARY: &str = "LIBRARY";

fn rule(code: Code) -> Value {
    json!({
        "id": code.number(),
        "shortDescription": { "text": code.title() },
        "help": { "text": code.page(), "markdown": code.page() },
        "defaultConfiguration": { "level": severity(code.severity()) },
    })
}

fn result(diagnostic: &Diagnostic, codes: &[Code], sources: &Sources) -> Value {
    let text = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.code.number(),
        "ruleIndex": codes.iter().position(|code| *code == diagnostic.code),
        "level": severity(diagnostic.severity()),
        "message": { "text": text },
        "locations": [location(&diagnostic.primary, sources)],
    });
    if let Some(object) = result.as_object_mut() {
        if !diagnostic.labels.is_empty() {
            let related = diagnostic.labels.iter().map(|label| location(label, sources)).collect();
            object.insert("relatedLocations".to_owned(), Value::Array(related));
        }
        if !diagnostic.fixes.is_empty() {
            let fixes = diagnostic.fixes.iter().map(|f| fix(f, sources)).collect();
            object.insert("fixes".to_owned(), Value::Array(fixes));
        }
    }
    result
}

fn location(label: &Label, sources: &Sources) -> Value {
    let physical = json!({ "artifactLocation": artifact(label.span, sources), "region": region(label.span, sources) });
    if label.text.is_empty() {
        json!({ "physicalLocation": physical })
    } else {
        json!({ "physicalLocation": physical, "message": { "text": label.text } })
    }
}

fn region(span: Span, sources: &Sources) -> Value {
    let (start, end) = sources.positions(span);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// A fix may edit several files; SARIF groups its replacements by file.
fn fix(fix: &Fix, sources: &Sources) -> Value {
    let mut files: Vec<_> = fix.edits.iter().map(|(span, _)| span.file).collect();
    files.sort_unstable();
    files.dedup();
    let changes: Vec<Value> = files
        .iter()
        .map(|file| {
            let replacements: Vec<Value> = fix
                .edits
                .iter()
                .filter(|(span, _)| span.file == *file)
                .map(|(span, text)| {
                    json!({ "deletedRegion": region(*span, sources), "insertedContent": { "text": text } })
                })
                .collect();
            json!({ "artifactLocation": artifact(Span::new(*file, 0, 0), sources), "replacements": replacements })
        })
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

fn artifact(span: Span, sources: &Sources) -> Value {
    let uri = uri(sources.path(span.file));
    match sources.is_library(span.file) {
        // No file of the repository: a code host must not look for it there.
        true => json!({ "uri": uri, "uriBaseId": LIBRARY }),
        false => json!({ "uri": uri }),
    }
}

/// A relative path as a URI reference (RFC 3986): everything but unreserved characters and `/` percent-encoded.
pub fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            b'\\' => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
