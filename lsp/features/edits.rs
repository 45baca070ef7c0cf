//! Edits: another name everywhere, what mends a mistake.

use crate::capabilities::Client;
use crate::place::{Encoding, byte, range};
use crate::roots::Here;
use flow_lang::diag::{Diagnostic, FileId, Span};
use flow_lang::ide::AssistKind;
use gen_lsp_types as lsp;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The kinds of what is offered.
pub(crate) const KINDS: [lsp::CodeActionKind; 3] =
    [lsp::CodeActionKind::QuickFix, lsp::CodeActionKind::RefactorRewrite, lsp::CodeActionKind::RefactorExtract];

/// Edits of the project's files, as the client carries them out.
fn workspace_edit<'e>(
    here: &Here<'_>,
    edits: impl IntoIterator<Item = (Span, &'e str)>,
    encoding: Encoding,
) -> Option<lsp::WorkspaceEdit> {
    let sources = here.analysis.sources();
    let mut by_file: HashMap<FileId, Vec<lsp::TextEdit>> = HashMap::new();
    for (span, text) in edits {
        let source = sources.get(span.file).filter(|_| !sources.is_library(span.file))?;
        // Lines end as the file's do.
        let text = match source.text.contains("\r\n") {
            true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            false => text.to_owned(),
        };
        let edit = lsp::TextEdit { range: range(source, span, encoding), new_text: text };
        by_file.entry(span.file).or_default().push(edit);
    }
    let changes = by_file.into_iter().filter_map(|(file, edits)| {
        let source = sources.get(file)?;
        Some((here.root.uri(&source.path), edits))
    });
    Some(lsp::WorkspaceEdit { changes: Some(changes.collect()), ..lsp::WorkspaceEdit::default() })
}

pub(crate) fn prepare(here: &Here<'_>, position: lsp::Position, encoding: Encoding) -> Result<lsp::Range, String> {
    let source = here.source().ok_or("There is no such file.")?;
    let span = here.analysis.renamable(here.file, byte(source, position, encoding))?;
    Ok(range(source, span, encoding))
}

pub(crate) fn rename(here: &Here<'_>, position: lsp::Position, new: &str, client: &Client) -> Result<Value, String> {
    let source = here.source().ok_or("There is no such file.")?;
    let renaming = here.analysis.rename(here.file, byte(source, position, client.encoding), new)?;
    let sign =
        |span: &Span| here.analysis.sources().get(span.file)?.text.get(span.range())?.starts_with('#').then_some("#");
    let plain = new.trim_start_matches('#');
    let texts: Vec<(Span, String)> =
        renaming.places.iter().map(|span| (*span, format!("{}{plain}", sign(span).unwrap_or_default()))).collect();
    let edit = workspace_edit(here, texts.iter().map(|(span, text)| (*span, text.as_str())), client.encoding);
    let Some((old, _)) = renaming.files.first() else { return serde_json::to_value(edit).map_err(|e| e.to_string()) };
    if !client.renames_files {
        return Err(format!("Its words stand in `{old}`, a file that this editor cannot rename: do both by hand."));
    }
    let changes = edit.and_then(|edit| edit.changes).unwrap_or_default();
    let texts = changes
        .into_iter()
        .map(|(uri, edits)| json!({ "textDocument": { "uri": uri, "version": null }, "edits": edits }));
    // First what stands in the files, then what they are called.
    let files = renaming
        .files
        .iter()
        .map(|(old, new)| json!({ "kind": "rename", "oldUri": here.root.uri(old), "newUri": here.root.uri(new) }));
    Ok(json!({ "documentChanges": texts.chain(files).collect::<Vec<_>>() }))
}

/// What is offered for a stretch of a file: what mends what is told there, then what else can be done. `only`: the kinds that
/// are asked for, if not all.
pub(crate) fn actions(
    here: &Here<'_>,
    stretch: lsp::Range,
    only: Option<&[lsp::CodeActionKind]>,
    client: &Client,
) -> Option<Vec<lsp::CodeAction>> {
    let encoding = client.encoding;
    let source = here.source()?;
    let at = |position| byte(source, position, encoding);
    let stretch = Span::new(here.file, at(stretch.start), at(stretch.end));
    let told = |diagnostic| crate::diagnostics::one(diagnostic, here.root, &here.analysis, client);
    let edit = |edits: &[(Span, String)]| {
        workspace_edit(here, edits.iter().map(|(span, text)| (*span, text.as_str())), encoding)
    };
    let mends = here.analysis.fixes(stretch).filter_map(|(diagnostic, fix)| {
        Some(lsp::CodeAction {
            title: capital(&fix.title),
            kind: Some(lsp::CodeActionKind::QuickFix),
            is_preferred: (diagnostic.fixes.len() == 1).then_some(true),
            diagnostics: Some(vec![told(diagnostic)?]),
            edit: Some(edit(&fix.edits)?),
            ..lsp::CodeAction::default()
        })
    });
    let assists = here.analysis.assists(stretch).into_iter().filter_map(|assist| {
        let (kind, mended) = match assist.kind {
            AssistKind::Mend(code) => {
                let all = here.analysis.diagnostics().iter();
                let of = |one: &&Diagnostic| one.code == code && one.primary.span.touches(stretch);
                (lsp::CodeActionKind::QuickFix, all.filter(of).find_map(told))
            }
            AssistKind::Rewrite => (lsp::CodeActionKind::RefactorRewrite, None),
            AssistKind::Extract => (lsp::CodeActionKind::RefactorExtract, None),
        };
        Some(lsp::CodeAction {
            title: capital(&assist.title),
            kind: Some(kind),
            diagnostics: mended.map(|one| vec![one]),
            edit: Some(edit(&assist.edits)?),
            ..lsp::CodeAction::default()
        })
    });
    let wanted = |action: &lsp::CodeAction| {
        // A kind is asked for with all that are of it: `refactor` with `refactor.extract`.
        let is =
            |wanted: &lsp::CodeActionKind| action.kind.as_ref().is_some_and(|kind| is_of(&word(kind), &word(wanted)));
        only.is_none_or(|only| only.iter().any(is))
    };
    Some(mends.chain(assists).filter(wanted).collect())
}

fn word(kind: &lsp::CodeActionKind) -> String {
    serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn is_of(kind: &str, wanted: &str) -> bool {
    kind.strip_prefix(wanted).is_some_and(|rest| wanted.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

fn capital(title: &str) -> String {
    let mut title = title.to_owned();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}
