//! Edits: another name everywhere, what mends a mistake.

use crate::place::{Encoding, byte, range};
use crate::roots::Here;
use flow_lang::diag::{FileId, Span};
use gen_lsp_types as lsp;
use std::collections::HashMap;

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
        let edit = lsp::TextEdit { range: range(source, span, encoding), new_text: text.to_owned() };
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

pub(crate) fn rename(
    here: &Here<'_>,
    position: lsp::Position,
    new: &str,
    encoding: Encoding,
) -> Result<Option<lsp::WorkspaceEdit>, String> {
    let source = here.source().ok_or("There is no such file.")?;
    let places = here.analysis.rename(here.file, byte(source, position, encoding), new)?;
    let sign =
        |span: &Span| here.analysis.sources().get(span.file)?.text.get(span.range())?.starts_with('#').then_some("#");
    let plain = new.trim_start_matches('#');
    let texts: Vec<(Span, String)> =
        places.into_iter().map(|span| (span, format!("{}{plain}", sign(&span).unwrap_or_default()))).collect();
    Ok(workspace_edit(here, texts.iter().map(|(span, text)| (*span, text.as_str())), encoding))
}

pub(crate) fn actions(here: &Here<'_>, stretch: lsp::Range, encoding: Encoding) -> Option<Vec<lsp::CodeAction>> {
    let source = here.source()?;
    let at = |position| byte(source, position, encoding);
    let stretch = Span::new(here.file, at(stretch.start), at(stretch.end));
    let mends = here.analysis.fixes(stretch).filter_map(|(diagnostic, fix)| {
        let told = crate::diagnostics::one(diagnostic, here.root, &here.analysis, encoding)?;
        let edits = fix.edits.iter().map(|(span, text)| (*span, text.as_str()));
        let mut title = fix.title.clone();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Some(lsp::CodeAction {
            title,
            kind: Some(lsp::CodeActionKind::QuickFix),
            is_preferred: (diagnostic.fixes.len() == 1).then_some(true),
            diagnostics: Some(vec![told]),
            edit: Some(workspace_edit(here, edits, encoding)?),
            ..lsp::CodeAction::default()
        })
    });
    Some(mends.collect())
}
