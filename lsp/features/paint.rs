//! Names in their colours.

use crate::place::{Encoding, range};
use crate::roots::Here;
use flow_lang::ide::{Paint, Painted};
use gen_lsp_types as lsp;

/// The kinds of names, by number: those that the protocol has words for.
const KINDS: [&str; 11] = [
    "namespace",
    "class",
    "enum",
    "enumMember",
    "parameter",
    "variable",
    "property",
    "event",
    "function",
    "method",
    "label",
];

/// What else a name can be, by bit.
const MODIFIERS: [&str; 3] = ["declaration", "defaultLibrary", "deprecated"];

/// What the numbers mean.
pub(crate) fn legend() -> lsp::SemanticTokensLegend {
    lsp::SemanticTokensLegend {
        token_types: KINDS.map(str::to_owned).to_vec(),
        token_modifiers: MODIFIERS.map(str::to_owned).to_vec(),
    }
}

fn kind(paint: Paint) -> u32 {
    let word = match paint {
        Paint::Module => "namespace",
        Paint::Type => "class",
        Paint::Enum => "enum",
        Paint::Variant | Paint::Name => "enumMember",
        Paint::Parameter => "parameter",
        Paint::Variable => "variable",
        Paint::Field => "property",
        Paint::Event => "event",
        Paint::Flow | Paint::Action => "function",
        Paint::Method => "method",
        Paint::Anchor => "label",
    };
    KINDS.iter().position(|kind| *kind == word).and_then(|at| u32::try_from(at).ok()).unwrap_or_default()
}

/// The names of a file, each relative to the one before, five numbers a name; within a stretch, where one is given.
pub(crate) fn names(here: &Here<'_>, stretch: Option<lsp::Range>, encoding: Encoding) -> Option<serde_json::Value> {
    let source = here.source()?;
    let mut data: Vec<u32> = Vec::new();
    let (mut line, mut column) = (0, 0);
    for Painted { span, paint, declared, library, deprecated } in here.analysis.painted(here.file) {
        let place = range(source, span, encoding);
        let outside = |stretch: lsp::Range| place.end < stretch.start || stretch.end < place.start;
        if place.start.line != place.end.line || stretch.is_some_and(outside) {
            continue;
        }
        let modifiers = u32::from(declared) | u32::from(library) << 1 | u32::from(deprecated) << 2;
        let delta = place.start.line - line;
        let start = if delta == 0 { place.start.character - column } else { place.start.character };
        data.extend([delta, start, place.end.character - place.start.character, kind(paint), modifiers]);
        (line, column) = (place.start.line, place.start.character);
    }
    Some(serde_json::json!({ "data": data }))
}
