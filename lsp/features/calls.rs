//! Which flow calls which, from one to the next.

use crate::place::{Encoding, byte, range};
use crate::roots::Here;
use flow_lang::diag::Span;
use flow_lang::ide::Caller;
use gen_lsp_types as lsp;

fn item(here: &Here<'_>, caller: Caller, encoding: Encoding) -> Option<lsp::CallHierarchyItem> {
    let source = here.analysis.sources().get(caller.span.file)?;
    Some(lsp::CallHierarchyItem {
        name: caller.name,
        kind: if caller.test { lsp::SymbolKind::Method } else { lsp::SymbolKind::Function },
        tags: None,
        detail: Some(source.path.to_string()),
        uri: here.root.uri(&source.path),
        range: range(source, caller.span, encoding),
        selection_range: range(source, caller.at, encoding),
        data: None,
    })
}

fn ranges(here: &Here<'_>, places: &[Span], encoding: Encoding) -> Vec<lsp::Range> {
    let sources = here.analysis.sources();
    places.iter().filter_map(|span| Some(range(sources.get(span.file)?, *span, encoding))).collect()
}

pub(crate) fn prepare(
    here: &Here<'_>,
    position: lsp::Position,
    encoding: Encoding,
) -> Option<Vec<lsp::CallHierarchyItem>> {
    let flow = here.analysis.flow_at(here.file, byte(here.source()?, position, encoding))?;
    Some(vec![item(here, flow, encoding)?])
}

pub(crate) fn incoming(
    here: &Here<'_>,
    position: lsp::Position,
    encoding: Encoding,
) -> Option<Vec<lsp::CallHierarchyIncomingCall>> {
    let callers = here.analysis.callers(here.file, byte(here.source()?, position, encoding));
    let one = |(caller, places): (Caller, Vec<Span>)| {
        let from_ranges = ranges(here, &places, encoding);
        Some(lsp::CallHierarchyIncomingCall { from: item(here, caller, encoding)?, from_ranges })
    };
    Some(callers.into_iter().filter_map(one).collect())
}

pub(crate) fn outgoing(
    here: &Here<'_>,
    position: lsp::Position,
    encoding: Encoding,
) -> Option<Vec<lsp::CallHierarchyOutgoingCall>> {
    let callees = here.analysis.callees(here.file, byte(here.source()?, position, encoding));
    let one = |(callee, places): (Caller, Vec<Span>)| {
        let from_ranges = ranges(here, &places, encoding);
        Some(lsp::CallHierarchyOutgoingCall { to: item(here, callee, encoding)?, from_ranges })
    };
    Some(callees.into_iter().filter_map(one).collect())
}
