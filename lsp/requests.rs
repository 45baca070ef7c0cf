//! What a client can ask for, each by its name in the protocol.

use crate::diagnostics;
use crate::features::{calls, completion, edits, hints, layout, lenses, names, paint, picture, shape, symbols};
use crate::roots::Here;
use crate::server::{Answer, Server};
use gen_lsp_types as lsp;
use lsp_server::{ErrorCode, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Server<'_> {
    /// Answers what is asked.
    pub fn request(&mut self, request: &Request) -> Answer {
        let encoding = self.client.encoding;
        let params = &request.params;
        match request.method.as_str() {
            "textDocument/completion" => {
                let (snippets, mut offered) = (self.client.snippets, std::mem::take(&mut self.offered));
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
            "textDocument/hover" => {
                let now = self.roots.machine.now();
                self.at(params, |here, position, _| names::hover(here, position, now, encoding))
            }
            "textDocument/definition" => {
                self.at(params, |here, position, _| names::definition(here, position, encoding))
            }
            "textDocument/typeDefinition" => {
                self.at(params, |here, position, _| names::type_definition(here, position, encoding))
            }
            "textDocument/linkedEditingRange" => {
                self.at(params, |here, position, _| names::linked(here, position, encoding))
            }
            "textDocument/inlayHint" => {
                let stretch: lsp::Range = given(params, "/range")?;
                let now = self.roots.machine.now();
                self.of(params, |here| hints::beside(here, stretch, now, encoding))
            }
            "textDocument/codeLens" => {
                let client = self.client.clone();
                let waiting = match client.knows(lenses::WAITING) {
                    true => self.waiting(params),
                    false => BTreeMap::new(),
                };
                self.of(params, |here| lenses::above(here, &waiting, &client))
            }
            "textDocument/prepareCallHierarchy" => {
                self.at(params, |here, position, _| calls::prepare(here, position, encoding))
            }
            "callHierarchy/incomingCalls" | "callHierarchy/outgoingCalls" => {
                let position: lsp::Position = given(params, "/item/selectionRange/start")?;
                let uri = params.pointer("/item/uri").cloned().unwrap_or_default();
                let place = json!({ "textDocument": { "uri": uri } });
                match request.method.ends_with("incomingCalls") {
                    true => self.of(&place, |here| calls::incoming(here, position, encoding)),
                    false => self.of(&place, |here| calls::outgoing(here, position, encoding)),
                }
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
                let stretch = given(params, "/range")?;
                self.of(params, |here| paint::names(here, Some(stretch), encoding))
            }
            "textDocument/foldingRange" => self.of(params, |here| shape::folds(here, encoding)),
            "textDocument/selectionRange" => {
                let positions: Vec<lsp::Position> = given(params, "/positions")?;
                self.of(params, |here| shape::selections(here, &positions, encoding))
            }
            "textDocument/codeAction" => {
                let stretch: lsp::Range = given(params, "/range")?;
                let only: Option<Vec<lsp::CodeActionKind>> = given(params, "/context/only")?;
                let client = self.client.clone();
                self.of(params, |here| edits::actions(here, stretch, only.as_deref(), &client))
            }
            "textDocument/prepareRename" => {
                self.refusable(params, |here, position, _| edits::prepare(here, position, encoding))
            }
            "textDocument/rename" => {
                let client = self.client.clone();
                self.refusable(params, |here, position, params| {
                    let new = params.get("newName").and_then(Value::as_str).unwrap_or_default();
                    edits::rename(here, position, new, &client)
                })
            }
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
            "textDocument/rangeFormatting" => {
                let stretch: lsp::Range = given(params, "/range")?;
                self.of(params, |here| layout::lines(here, stretch, encoding))
            }
            "textDocument/onTypeFormatting" => {
                let typed: String = given(params, "/ch")?;
                self.at(params, |here, position, _| layout::typed(here, position, &typed, encoding))
            }
            "textDocument/diagnostic" => {
                let client = self.client.clone();
                self.of(params, |here| {
                    let items = diagnostics::of_file(here.root, &here.analysis, here.file, &client);
                    Some(json!({ "kind": "full", "items": items }))
                })
            }
            picture::METHOD => {
                let flow = params.get("flow").and_then(Value::as_str);
                let position: Option<lsp::Position> = given(params, "/position")?;
                self.of(params, |here| picture::of_flow(here, flow, position, encoding))
            }
            method => Err((ErrorCode::MethodNotFound, format!("`{method}` is not known here."))),
        }
    }

    /// How many runs of the project of a document wait where.
    fn waiting(&mut self, params: &Value) -> BTreeMap<String, usize> {
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str).map(lsp::Uri::from);
        let folder = uri.and_then(|uri| self.roots.here(&uri).map(|here| here.root.folder.clone()));
        folder.map(|folder| self.roots.machine.waiting(&folder)).unwrap_or_default()
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
        let position = given(params, "/position")?;
        self.of(params, |here| answer(here, position, params))
    }
}

fn invalid(why: &str) -> (ErrorCode, String) {
    (ErrorCode::InvalidParams, why.to_owned())
}

/// A part of what is asked, read as what it has to be.
fn given<T: DeserializeOwned>(params: &Value, pointer: &str) -> Result<T, (ErrorCode, String)> {
    let part = params.pointer(pointer).cloned().unwrap_or_default();
    serde_json::from_value(part).map_err(|error| invalid(&error.to_string()))
}
