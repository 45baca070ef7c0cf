//! One client, from its first word to its last.

use crate::diagnostics;
use crate::disk::Disk;
use crate::features::{completion, edits, layout, names, paint, shape, symbols};
use crate::place::Encoding;
use crate::roots::{Here, Roots, path};
use gen_lsp_types as lsp;
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Serves one client until it says that it is done, or goes away.
///
/// # Errors
/// The client does not keep to the protocol.
pub fn serve(connection: &Connection, disk: Box<dyn Disk>) -> Result<(), ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    let params: lsp::InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let general = params.capabilities.general.as_ref();
    let encoding = Encoding::chosen(general.and_then(|general| general.position_encodings.as_deref()));
    let pulls = params.capabilities.text_document.as_ref().is_some_and(|text| text.diagnostic.is_some());
    let result = json!({
        "capabilities": capabilities(encoding, pulls),
        "serverInfo": { "name": "flow", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result)?;
    let snippets = snippets(&params.capabilities);
    let offered = completion::Last::default();
    let mut server =
        Server { connection, roots: Roots::new(disk), encoding, pulls, snippets, offered, complained: None };
    let folders = match params.workspace_folders_initialize_params.workspace_folders {
        Some(lsp::WorkspaceFolders::WorkspaceFolderList(folders)) => folders,
        _ => Vec::new(),
    };
    for folder in folders {
        let opened = server.roots.folder(&folder.uri);
        server.say(opened);
    }
    server.tell();
    server.run()
}

/// Whether a client knows places to go on at in what is written for it.
fn snippets(capabilities: &lsp::ClientCapabilities) -> bool {
    let completion = capabilities.text_document.as_ref().and_then(|text| text.completion.as_ref());
    let item = completion.and_then(|completion| completion.completion_item.as_ref());
    item.and_then(|item| item.snippet_support).unwrap_or(false)
}

fn capabilities(encoding: Encoding, pulls: bool) -> lsp::ServerCapabilities {
    lsp::ServerCapabilities {
        position_encoding: Some(encoding.kind()),
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
        references_provider: Some(true.into()),
        document_highlight_provider: Some(true.into()),
        document_symbol_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
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
        diagnostic_provider: pulls.then(|| {
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

struct Server<'c> {
    connection: &'c Connection,
    roots: Roots,
    encoding: Encoding,
    /// The client asks for what is wrong with the files that are open.
    pulls: bool,
    /// The client knows places to go on at in what is written for it.
    snippets: bool,
    /// What was offered last.
    offered: completion::Last,
    /// What it was told last that could not be done.
    complained: Option<String>,
}

/// An answer: what was asked for, or why there is none.
type Answer = Result<Value, (ErrorCode, String)>;

impl Server<'_> {
    fn run(&mut self) -> Result<(), ProtocolError> {
        let mut waiting: VecDeque<Message> = VecDeque::new();
        loop {
            if waiting.is_empty() {
                match self.connection.receiver.recv() {
                    Ok(message) => waiting.push_back(message),
                    // The client is gone.
                    Err(_) => return Ok(()),
                }
            }
            // Whatever else is there by now is looked at first: what is not wanted any more is not worked out.
            waiting.extend(self.connection.receiver.try_iter());
            match waiting.pop_front() {
                Some(Message::Request(request)) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    let answer = match cancelled(&waiting, &request.id) {
                        true => Err((ErrorCode::RequestCanceled, "It is not wanted any more.".to_owned())),
                        false => self.request(&request),
                    };
                    self.answer(request.id, answer);
                }
                Some(Message::Notification(notification)) => self.notification(notification),
                Some(Message::Response(_)) | None => {}
            }
            if waiting.is_empty() && self.connection.receiver.is_empty() {
                self.tell();
            }
        }
    }

    fn send(&self, message: impl Into<Message>) {
        // A client that is gone is noticed where it is listened to.
        let _ = self.connection.sender.send(message.into());
    }

    fn answer(&self, id: RequestId, answer: Answer) {
        self.send(match answer {
            Ok(result) => Response::new_ok(id, result),
            Err((code, message)) => Response::new_err(id, code as i32, message),
        });
    }

    /// Shows what could not be done, once.
    fn say(&mut self, done: Result<(), String>) {
        let Err(message) = done else {
            return;
        };
        if self.complained.as_ref() != Some(&message) {
            let params = json!({ "type": 2, "message": message });
            self.send(Notification::new("window/showMessage".to_owned(), params));
            self.complained = Some(message);
        }
    }

    /// Tells what there is to say of files of which it is something else than before.
    fn tell(&mut self) {
        let mut out = Vec::new();
        let open = self.roots.open_files();
        for root in self.roots.roots.iter_mut().filter(|root| root.dirty) {
            let analysis = root.analyse();
            let mut told = diagnostics::all(root, &analysis, self.encoding);
            if self.pulls {
                // Of what is open the client asks itself; said as well it would stand there twice.
                told.retain(|path, _| !open.contains(&root.uri(path)));
            }
            let gone = root.told.keys().filter(|path| !told.contains_key(*path));
            let gone = gone.map(|path| (root.uri(path), Vec::new()));
            let new = told.iter().filter(|(path, list)| root.told.get(*path) != Some(list));
            out.extend(gone.chain(new.map(|(path, list)| (root.uri(path), list.clone()))));
            root.told = told;
            root.dirty = false;
        }
        for (uri, diagnostics) in out {
            let version = self.roots.version(&uri);
            let params = lsp::PublishDiagnosticsParams { uri, version, diagnostics };
            self.send(Notification::new("textDocument/publishDiagnostics".to_owned(), params));
        }
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let done = match method.as_str() {
            "textDocument/didOpen" => read(params).and_then(|params: lsp::DidOpenTextDocumentParams| {
                let lsp::TextDocumentItem { uri, version, text, .. } = params.text_document;
                self.roots.open(uri, version, text)
            }),
            "textDocument/didChange" => read(params).and_then(|params: lsp::DidChangeTextDocumentParams| {
                let document = params.text_document;
                let (uri, version) = (document.text_document_identifier.uri, document.version);
                self.roots.change(&uri, version, params.content_changes, self.encoding)
            }),
            "textDocument/didClose" => read(params)
                .and_then(|params: lsp::DidCloseTextDocumentParams| self.roots.close(&params.text_document.uri)),
            "workspace/didChangeWatchedFiles" => read(params).and_then(|params: lsp::DidChangeWatchedFilesParams| {
                params.changes.iter().try_for_each(|change| self.roots.on_disk(&path(&change.uri)))
            }),
            _ => Ok(()),
        };
        self.say(done);
    }

    fn request(&mut self, request: &Request) -> Answer {
        let encoding = self.encoding;
        let params = &request.params;
        match request.method.as_str() {
            "textDocument/completion" => {
                let (snippets, mut offered) = (self.snippets, std::mem::take(&mut self.offered));
                let answer = self.at(params, |here, position, _| {
                    completion::complete(here, position, snippets, encoding, &mut offered)
                });
                self.offered = offered;
                answer
            }
            "textDocument/signatureHelp" => {
                self.at(params, |here, position, _| completion::signature(here, position, encoding))
            }
            "completionItem/resolve" => Ok(completion::resolve(params.clone(), &self.offered)),
            "textDocument/hover" => self.at(params, |here, position, _| names::hover(here, position, encoding)),
            "textDocument/definition" => {
                self.at(params, |here, position, _| names::definition(here, position, encoding))
            }
            "textDocument/references" => self.at(params, |here, position, params| {
                let declaration = params.pointer("/context/includeDeclaration").and_then(Value::as_bool);
                names::references(here, position, declaration.unwrap_or(true), encoding)
            }),
            "textDocument/documentHighlight" => {
                self.at(params, |here, position, _| names::highlights(here, position, encoding))
            }
            "textDocument/documentSymbol" => self.of(params, |here| symbols::of_file(here, encoding)),
            "textDocument/semanticTokens/full" => self.of(params, |here| paint::names(here, None, encoding)),
            "textDocument/semanticTokens/range" => {
                let stretch = params.get("range").cloned().unwrap_or_default();
                let stretch = serde_json::from_value(stretch).map_err(|error| invalid(&error.to_string()))?;
                self.of(params, |here| paint::names(here, Some(stretch), encoding))
            }
            "textDocument/foldingRange" => self.of(params, |here| shape::folds(here, encoding)),
            "textDocument/selectionRange" => {
                let positions = params.get("positions").cloned().unwrap_or_default();
                let positions: Vec<lsp::Position> =
                    serde_json::from_value(positions).map_err(|error| invalid(&error.to_string()))?;
                self.of(params, |here| shape::selections(here, &positions, encoding))
            }
            "textDocument/codeAction" => {
                let stretch = params.get("range").cloned().unwrap_or_default();
                let stretch: lsp::Range =
                    serde_json::from_value(stretch).map_err(|error| invalid(&error.to_string()))?;
                let only = params.pointer("/context/only").cloned().unwrap_or_default();
                let only: Option<Vec<lsp::CodeActionKind>> =
                    serde_json::from_value(only).map_err(|error| invalid(&error.to_string()))?;
                self.of(params, |here| edits::actions(here, stretch, only.as_deref(), encoding))
            }
            "textDocument/prepareRename" => {
                self.refusable(params, |here, position, _| edits::prepare(here, position, encoding))
            }
            "textDocument/rename" => self.refusable(params, |here, position, params| {
                let new = params.get("newName").and_then(Value::as_str).unwrap_or_default();
                edits::rename(here, position, new, encoding)
            }),
            "workspace/symbol" => {
                let wanted = params.get("query").and_then(Value::as_str).unwrap_or_default();
                let all = self.roots.roots.iter_mut().flat_map(|root| {
                    let analysis = root.analyse();
                    symbols::everywhere(root, &analysis, wanted, encoding)
                });
                serde_json::to_value(all.collect::<Vec<_>>())
                    .map_err(|error| (ErrorCode::InternalError, error.to_string()))
            }
            "textDocument/formatting" => self.of(params, |here| layout::file(here, encoding)),
            "textDocument/diagnostic" => self.of(params, |here| {
                let items = diagnostics::of_file(here.root, &here.analysis, here.file, encoding);
                Some(json!({ "kind": "full", "items": items }))
            }),
            method => Err((ErrorCode::MethodNotFound, format!("`{method}` is not known here."))),
        }
    }

    /// What is asked of a file.
    fn of<T: Serialize>(&mut self, params: &Value, answer: impl FnOnce(&Here<'_>) -> Option<T>) -> Answer {
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str).map(lsp::Uri::from);
        let uri = uri.ok_or_else(|| invalid("the request names no document"))?;
        let found = self.roots.here(&uri).and_then(|here| answer(&here));
        serde_json::to_value(found).map_err(|error| (ErrorCode::InternalError, error.to_string()))
    }

    /// What is asked of a place in a file and may be refused, with a sentence that says why.
    fn refusable<T: Serialize>(
        &mut self,
        params: &Value,
        answer: impl FnOnce(&Here<'_>, lsp::Position, &Value) -> Result<T, String>,
    ) -> Answer {
        let mut refused = None;
        let answer = self.at(params, |here, position, params| match answer(here, position, params) {
            Ok(answer) => Some(answer),
            Err(why) => {
                refused = Some(why);
                None
            }
        });
        match refused {
            Some(why) => Err((ErrorCode::RequestFailed, why)),
            None => answer,
        }
    }

    /// What is asked of a place in a file.
    fn at<T: Serialize>(
        &mut self,
        params: &Value,
        answer: impl FnOnce(&Here<'_>, lsp::Position, &Value) -> Option<T>,
    ) -> Answer {
        let position = params.get("position").cloned().unwrap_or_default();
        let position = serde_json::from_value(position).map_err(|error| invalid(&error.to_string()))?;
        self.of(params, |here| answer(here, position, params))
    }
}

fn invalid(why: &str) -> (ErrorCode, String) {
    (ErrorCode::InvalidParams, why.to_owned())
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, String> {
    serde_json::from_value(params)
        .map_err(|error| format!("The editor sent something that is not understood: {error}."))
}

/// Whether among what has arrived since stands that this is not wanted any more.
fn cancelled(waiting: &VecDeque<Message>, id: &RequestId) -> bool {
    waiting.iter().any(|message| match message {
        Message::Notification(Notification { method, params }) if method == "$/cancelRequest" => {
            serde_json::from_value::<RequestId>(params.get("id").cloned().unwrap_or_default())
                .is_ok_and(|other| other == *id)
        }
        _ => false,
    })
}
