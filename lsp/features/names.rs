//! Hover, definition, references, the same name nearby.

use crate::place::{Encoding, byte, range};
use crate::roots::Here;
use flow_lang::diag::Span;
use gen_lsp_types as lsp;

fn at(here: &Here<'_>, position: lsp::Position, encoding: Encoding) -> Option<u32> {
    Some(byte(here.source()?, position, encoding))
}

fn location(here: &Here<'_>, span: Span, encoding: Encoding) -> Option<lsp::Location> {
    let sources = here.analysis.sources();
    let source = sources.get(span.file).filter(|_| !sources.is_library(span.file))?;
    Some(lsp::Location { uri: here.root.uri(&source.path), range: range(source, span, encoding) })
}

pub(crate) fn hover(here: &Here<'_>, position: lsp::Position, now: i64, encoding: Encoding) -> Option<lsp::Hover> {
    let hover = here.analysis.hover(here.file, at(here, position, encoding)?, now)?;
    let markup = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: hover.text };
    Some(lsp::Hover { contents: markup.into(), range: Some(range(here.source()?, hover.span, encoding)) })
}

pub(crate) fn definition(here: &Here<'_>, position: lsp::Position, encoding: Encoding) -> Option<lsp::Location> {
    let declared = here.analysis.definition(here.file, at(here, position, encoding)?)?;
    location(here, declared, encoding)
}

pub(crate) fn type_definition(here: &Here<'_>, position: lsp::Position, encoding: Encoding) -> Option<lsp::Location> {
    let declared = here.analysis.type_definition(here.file, at(here, position, encoding)?)?;
    location(here, declared, encoding)
}

/// What is typed at one of these places is typed at all.
pub(crate) fn linked(here: &Here<'_>, position: lsp::Position, encoding: Encoding) -> Option<lsp::LinkedEditingRanges> {
    let places = here.analysis.linked(here.file, at(here, position, encoding)?);
    let source = here.source()?;
    let ranges: Vec<lsp::Range> = places.into_iter().map(|span| range(source, span, encoding)).collect();
    (!ranges.is_empty())
        .then(|| lsp::LinkedEditingRanges { ranges, word_pattern: Some("[\\p{L}_][\\p{L}\\p{N}_]*".to_owned()) })
}

pub(crate) fn references(
    here: &Here<'_>,
    position: lsp::Position,
    declaration: bool,
    encoding: Encoding,
) -> Option<Vec<lsp::Location>> {
    let places = here.analysis.references(here.file, at(here, position, encoding)?, declaration);
    Some(places.into_iter().filter_map(|span| location(here, span, encoding)).collect())
}

pub(crate) fn highlights(
    here: &Here<'_>,
    position: lsp::Position,
    encoding: Encoding,
) -> Option<Vec<lsp::DocumentHighlight>> {
    let places = here.analysis.highlights(here.file, at(here, position, encoding)?);
    let source = here.source()?;
    let one = |span| lsp::DocumentHighlight { range: range(source, span, encoding), kind: None };
    Some(places.into_iter().map(one).collect())
}
