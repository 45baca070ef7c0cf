//! What a client can do, and what it is told that can be done for it.

use crate::features::{edits, layout, paint};
use crate::place::Encoding;
use gen_lsp_types as lsp;
use serde::Deserialize;

/// What a client wants beside the protocol: its `initializationOptions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Wishes {
    /// The commands that it carries out; each is offered above what it is for.
    commands: Vec<String>,
    /// What stands before the code of a diagnostic in the address of its page.
    pages: Option<String>,
}

/// A client, as it described itself.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// How it counts within a line.
    pub encoding: Encoding,
    /// It asks for what is wrong with the files that are open.
    pub pulls: bool,
    /// It knows places to go on at in what is written for it.
    pub snippets: bool,
    /// It shows how far long work is.
    pub progress: bool,
    /// It renames files where an edit says so.
    pub renames_files: bool,
    /// It watches the files that it is asked to watch.
    pub watches: bool,
    /// It asks again for what is wrong, where it is told to.
    pub refreshes: bool,
    wishes: Wishes,
}

impl Client {
    /// What it says of itself.
    pub fn new(params: &lsp::InitializeParams) -> Client {
        let capabilities = &params.capabilities;
        let general = capabilities.general.as_ref();
        let text = capabilities.text_document.as_ref();
        let item = text.and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let window = capabilities.window.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let kinds = edits
            .filter(|edits| edits.document_changes == Some(true))
            .and_then(|edits| Some(edits.resource_operations.as_ref()?.contains(&lsp::ResourceOperationKind::Rename)));
        let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let diagnostics = workspace.and_then(|workspace| workspace.diagnostics.as_ref());
        let wishes = params.initialization_options.clone().and_then(|wishes| serde_json::from_value(wishes).ok());
        Client {
            encoding: Encoding::chosen(general.and_then(|general| general.position_encodings.as_deref())),
            pulls: text.is_some_and(|text| text.diagnostic.is_some()),
            snippets: item.and_then(|item| item.snippet_support).unwrap_or(false),
            progress: window.and_then(|window| window.work_done_progress).unwrap_or(false),
            renames_files: kinds.unwrap_or(false),
            watches: watched.and_then(|watched| watched.dynamic_registration).unwrap_or(false),
            refreshes: diagnostics.and_then(|diagnostics| diagnostics.refresh_support).unwrap_or(false),
            wishes: wishes.unwrap_or_default(),
        }
    }

    /// Whether it carries out a command.
    pub fn knows(&self, command: &str) -> bool {
        self.wishes.commands.iter().any(|known| known == command)
    }

    /// The address of a code's page.
    pub fn page(&self, code: &str) -> Option<lsp::Uri> {
        self.wishes.pages.as_ref().map(|before| lsp::Uri(format!("{before}{code}")))
    }
}

/// What can be done for a client.
pub(crate) fn capabilities(client: &Client) -> lsp::ServerCapabilities {
    lsp::ServerCapabilities {
        position_encoding: Some(client.encoding.kind()),
        text_document_sync: Some(
            lsp::TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(lsp::TextDocumentSyncKind::Incremental),
                save: Some(true.into()),
                ..Default::default()
            }
            .into(),
        ),
        completion_provider: Some(lsp::CompletionOptions {
            trigger_characters: Some([".", ":", "@", "{"].map(str::to_owned).to_vec()),
            resolve_provider: Some(true),
            ..Default::default()
        }),
        signature_help_provider: Some(lsp::SignatureHelpOptions {
            trigger_characters: Some(["(", ","].map(str::to_owned).to_vec()),
            ..lsp::SignatureHelpOptions::default()
        }),
        hover_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        type_definition_provider: Some(true.into()),
        references_provider: Some(true.into()),
        call_hierarchy_provider: Some(true.into()),
        linked_editing_range_provider: Some(true.into()),
        inlay_hint_provider: Some(true.into()),
        code_lens_provider: Some(lsp::CodeLensOptions::default()),
        document_highlight_provider: Some(true.into()),
        document_symbol_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        document_range_formatting_provider: Some(true.into()),
        document_on_type_formatting_provider: Some(lsp::DocumentOnTypeFormattingOptions {
            first_trigger_character: layout::CLOSES.to_owned(),
            more_trigger_character: Some(vec![layout::ENDS.to_owned()]),
        }),
        semantic_tokens_provider: Some(
            lsp::SemanticTokensOptions {
                legend: paint::legend(),
                full: Some(true.into()),
                range: Some(true.into()),
                ..lsp::SemanticTokensOptions::default()
            }
            .into(),
        ),
        workspace_symbol_provider: Some(true.into()),
        folding_range_provider: Some(true.into()),
        selection_range_provider: Some(true.into()),
        rename_provider: Some(
            lsp::RenameOptions { prepare_provider: Some(true), ..lsp::RenameOptions::default() }.into(),
        ),
        code_action_provider: Some(
            lsp::CodeActionOptions {
                code_action_kinds: Some(edits::KINDS.to_vec()),
                ..lsp::CodeActionOptions::default()
            }
            .into(),
        ),
        diagnostic_provider: client.pulls.then(|| {
            lsp::DiagnosticOptions {
                identifier: Some("flow".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: false,
                work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
            }
            .into()
        }),
        ..Default::default()
    }
}
