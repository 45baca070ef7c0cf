//! One JSON object a line.

use super::Sources;
use crate::diag::{Diagnostic, Fix, Label, Severity, Span};
use serde_json::{Map, Value, json};

/// The diagnostic as one line of JSON: `code`, `severity` (`error`, `warning`), `message`, `help` (a text or null),
/// `file`, `line`, `column`, `end_line`, `end_column` (from 1, in characters, the end exclusive), `labels`, `fixes`.
///
/// The first of `labels` is the place itself (`primary` true). A fix is a `title` with `edits`, each a place and the
/// `text` that replaces it.
pub fn json(diagnostic: &Diagnostic, sources: &Sources) -> String {
    json_value(diagnostic, sources).to_string()
}

/// As [`json()`], as a value.
pub fn json_value(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let mut object = Map::new();
    object.insert("code".to_owned(), diagnostic.code.number().into());
    object.insert("severity".to_owned(), severity(diagnostic.severity()).into());
    object.insert("message".to_owned(), diagnostic.message.clone().into());
    object.insert("help".to_owned(), diagnostic.help.clone().into());
    place(&mut object, diagnostic.primary.span, sources);
    let labels = std::iter::once(label(&diagnostic.primary, true, sources))
        .chain(diagnostic.labels.iter().map(|l| label(l, false, sources)));
    object.insert("labels".to_owned(), labels.collect());
    object.insert("fixes".to_owned(), diagnostic.fixes.iter().map(|f| fix(f, sources)).collect());
    Value::Object(object)
}

/// `error` or `warning`.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn place(object: &mut Map<String, Value>, span: Span, sources: &Sources) {
    let (start, end) = sources.positions(span);
    object.insert("file".to_owned(), sources.path(span.file).into());
    object.insert("line".to_owned(), start.line.into());
    object.insert("column".to_owned(), start.column.into());
    object.insert("end_line".to_owned(), end.line.into());
    object.insert("end_column".to_owned(), end.column.into());
}

fn label(label: &Label, primary: bool, sources: &Sources) -> Value {
    let mut object = Map::new();
    object.insert("text".to_owned(), label.text.clone().into());
    object.insert("primary".to_owned(), primary.into());
    place(&mut object, label.span, sources);
    Value::Object(object)
}

fn fix(fix: &Fix, sources: &Sources) -> Value {
    let edits = fix.edits.iter().map(|(span, text)| {
        let mut object = Map::new();
        place(&mut object, *span, sources);
        object.insert("text".to_owned(), text.clone().into());
        Value::Object(object)
    });
    json!({ "title": fix.title, "edits": edits.collect::<Vec<_>>() })
}
