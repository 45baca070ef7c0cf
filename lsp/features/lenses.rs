//! What stands above flows, tests and places where runs wait: commands of those that the client carries out.

use crate::capabilities::Client;
use crate::place::range;
use crate::roots::Here;
use flow_lang::diag::Span;
use flow_lang::ide::SymbolKind;
use gen_lsp_types as lsp;
use serde_json::json;
use std::collections::BTreeMap;

/// Runs a flow: (uri, its name).
const RUN: &str = "flow.run";
/// Runs a test: (uri, its title).
const TEST: &str = "flow.test";
/// Shows the picture of a flow: (uri, its name).
const GRAPH: &str = "flow.graph";
/// Lists the runs that wait at a place: (uri, the place's key).
pub(crate) const WAITING: &str = "flow.waiting";

/// `waiting`: how many runs wait at each place, by its key.
pub(crate) fn above(here: &Here<'_>, waiting: &BTreeMap<String, usize>, client: &Client) -> Option<Vec<lsp::CodeLens>> {
    let source = here.source()?;
    let uri = here.root.uri(&source.path);
    let mut lenses = Vec::new();
    let mut add = |at: Span, title: String, command: &str, about: &str| {
        if client.knows(command) {
            let arguments = Some(vec![json!(uri), json!(about)]);
            let command = lsp::Command { title, tooltip: None, command: command.to_owned(), arguments };
            let range = range(source, at, client.encoding);
            lenses.push(lsp::CodeLens { range, command: Some(command), data: None });
        }
    };
    for symbol in here.analysis.symbols(here.file) {
        match symbol.kind {
            SymbolKind::Flow => {
                add(symbol.at, "Run".to_owned(), RUN, &symbol.name);
                add(symbol.at, "Graph".to_owned(), GRAPH, &symbol.name);
            }
            SymbolKind::Test => add(symbol.at, "Run test".to_owned(), TEST, &symbol.name),
            _ => {}
        }
    }
    if !waiting.is_empty() {
        for place in here.analysis.places(here.file) {
            let title = match waiting.get(&*place.key) {
                None => continue,
                Some(1) => "1 run waits here".to_owned(),
                Some(many) => format!("{many} runs wait here"),
            };
            add(place.at, title, WAITING, &place.key);
        }
    }
    Some(lenses)
}
