//! What is shown beside the text.

use crate::place::{Encoding, byte, position};
use crate::roots::Here;
use flow_lang::diag::Span;
use flow_lang::ide::{Hint, HintKind};
use gen_lsp_types as lsp;

pub(crate) fn beside(
    here: &Here<'_>,
    stretch: lsp::Range,
    now: i64,
    encoding: Encoding,
) -> Option<Vec<lsp::InlayHint>> {
    let source = here.source()?;
    let at = |position| byte(source, position, encoding);
    let stretch = Span::new(here.file, at(stretch.start), at(stretch.end));
    let one = |hint: Hint| {
        let (kind, left, right) = match hint.kind {
            HintKind::Type => (Some(lsp::InlayHintKind::Type), None, None),
            HintKind::Argument => (Some(lsp::InlayHintKind::Parameter), None, Some(true)),
            HintKind::Moment => (None, Some(true), None),
        };
        lsp::InlayHint {
            position: position(source, hint.at, encoding),
            label: lsp::Label::String(hint.text),
            kind,
            text_edits: None,
            tooltip: None,
            padding_left: left,
            padding_right: right,
            data: None,
        }
    };
    Some(here.analysis.hints(stretch, now).into_iter().map(one).collect())
}
