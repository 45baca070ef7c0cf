//! The picture of a flow, which a client shows beside its text.
//!
//! The protocol has no words for it: the request is our own.

use crate::place::{Encoding, byte};
use crate::roots::Here;
use flow_lang::graph::{json, svg};
use gen_lsp_types as lsp;
use serde_json::{Value, json as object};

/// What a client asks: `{ textDocument, flow?, position? }`. The answer is what `flow graph --json` writes with the picture as
/// `svg`, or null while the project is not understood.
pub(crate) const METHOD: &str = "flow/graph";

/// The picture of the flow with a name; without one, of the flow that stands nearest above a place.
pub(crate) fn of_flow(
    here: &Here<'_>,
    flow: Option<&str>,
    position: Option<lsp::Position>,
    encoding: Encoding,
) -> Option<Value> {
    let source = here.source()?;
    let at = position.map(|position| byte(source, position, encoding));
    let graph = here.analysis.graph(here.file, flow, at)?;
    let mut told = json(&graph);
    told["svg"] = object!(svg(&graph));
    Some(told)
}
