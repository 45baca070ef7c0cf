//! What can be folded, and what a selection grows to.

use crate::place::{Encoding, byte, range};
use crate::roots::Here;
use flow_lang::ide::FoldKind;
use gen_lsp_types as lsp;

pub(crate) fn folds(here: &Here<'_>, encoding: Encoding) -> Option<Vec<lsp::FoldingRange>> {
    let source = here.source()?;
    let fold = |fold: flow_lang::ide::Fold| {
        let range = range(source, fold.span, encoding);
        // The line of a closing bracket stays to be seen.
        let end_line = match fold.kind {
            FoldKind::Code => range.end.line.saturating_sub(1),
            FoldKind::Comment => range.end.line,
        };
        lsp::FoldingRange {
            start_line: range.start.line,
            end_line,
            kind: (fold.kind == FoldKind::Comment).then_some(lsp::FoldingRangeKind::Comment),
            ..lsp::FoldingRange::default()
        }
    };
    let folds = here.analysis.folds(here.file).into_iter().map(fold);
    Some(folds.filter(|fold| fold.start_line < fold.end_line).collect())
}

pub(crate) fn selections(
    here: &Here<'_>,
    positions: &[lsp::Position],
    encoding: Encoding,
) -> Option<Vec<lsp::SelectionRange>> {
    let source = here.source()?;
    let grown = |position: &lsp::Position| {
        let spans = here.analysis.selections(here.file, byte(source, *position, encoding));
        let outer = |parent: Option<lsp::SelectionRange>, span| {
            Some(lsp::SelectionRange { range: range(source, span, encoding), parent: parent.map(Box::new) })
        };
        spans.into_iter().rev().fold(None, outer)
    };
    positions.iter().map(grown).collect()
}
