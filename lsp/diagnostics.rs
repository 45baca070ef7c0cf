//! What the compiler says, in the protocol's words.

use crate::capabilities::Client;
use crate::place::range;
use crate::roots::Root;
use flow_lang::diag::{Code, Diagnostic, FileId, Severity};
use flow_lang::ide::Analysis;
use gen_lsp_types as lsp;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who says it.
const SOURCE: &str = "flow";

/// What there is to say of every file of a project, by path; of those of which nothing is said, nothing.
pub(crate) fn all(root: &Root, analysis: &Analysis, client: &Client) -> BTreeMap<Arc<str>, Vec<lsp::Diagnostic>> {
    let mut told: BTreeMap<Arc<str>, Vec<lsp::Diagnostic>> = BTreeMap::new();
    for diagnostic in analysis.diagnostics() {
        let file = diagnostic.primary.span.file;
        let Some(source) = analysis.sources().get(file) else { continue };
        told.entry(Arc::clone(&source.path)).or_default().extend(one(diagnostic, root, analysis, client));
    }
    told
}

/// What there is to say of one file.
pub(crate) fn of_file(root: &Root, analysis: &Analysis, file: FileId, client: &Client) -> Vec<lsp::Diagnostic> {
    let here = analysis.diagnostics().iter().filter(|diagnostic| diagnostic.primary.span.file == file);
    here.filter_map(|diagnostic| one(diagnostic, root, analysis, client)).collect()
}

/// One of them.
pub(crate) fn one(
    diagnostic: &Diagnostic,
    root: &Root,
    analysis: &Analysis,
    client: &Client,
) -> Option<lsp::Diagnostic> {
    let sources = analysis.sources();
    let source = sources.get(diagnostic.primary.span.file)?;
    let mut message = diagnostic.message.clone();
    for (before, text) in [("\n", Some(&diagnostic.primary.text)), ("\nhelp: ", diagnostic.help.as_ref())] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            message.push_str(before);
            message.push_str(text);
        }
    }
    // What stands in the library is in no file that an editor could show.
    for label in diagnostic.labels.iter().filter(|label| sources.is_library(label.span.file)) {
        message.push_str("\nnote: ");
        message.push_str(&label.text);
    }
    let related = diagnostic.labels.iter().filter_map(|label| {
        let other = sources.get(label.span.file).filter(|_| !sources.is_library(label.span.file))?;
        let location = lsp::Location { uri: root.uri(&other.path), range: range(other, label.span, client.encoding) };
        Some(lsp::DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    let related: Vec<_> = related.collect();
    Some(lsp::Diagnostic {
        range: range(source, diagnostic.primary.span, client.encoding),
        severity: Some(match diagnostic.severity() {
            Severity::Error => lsp::DiagnosticSeverity::Error,
            Severity::Warning => lsp::DiagnosticSeverity::Warning,
        }),
        code: Some(lsp::Code::String(diagnostic.code.number().to_owned())),
        code_description: client.page(diagnostic.code.number()).map(|href| lsp::CodeDescription { href }),
        source: Some(SOURCE.to_owned()),
        message: lsp::Message::String(message),
        tags: tags(diagnostic.code),
        related_information: (!related.is_empty()).then_some(related),
        data: Some(json!({ "label": diagnostic.primary.text, "help": diagnostic.help })),
    })
}

fn tags(code: Code) -> Option<Vec<lsp::DiagnosticTag>> {
    match code {
        Code::UnusedName | Code::Unreachable => Some(vec![lsp::DiagnosticTag::Unnecessary]),
        Code::Deprecated => Some(vec![lsp::DiagnosticTag::Deprecated]),
        _ => None,
    }
}
