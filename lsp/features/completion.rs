//! What can be written where somebody is typing.

use crate::place::{Encoding, byte, range};
use crate::roots::Here;
use flow_lang::ide::{Analysis, Offer, OfferKind};
use gen_lsp_types as lsp;
use serde_json::{Value, json};
use std::sync::Arc;

/// So many are sent at once; whoever has more goes on typing, and is sent those that begin so.
const OFFERS_MAX: usize = 400;

/// The offers of one request, for whoever wants to read about one of them.
#[derive(Debug, Default)]
pub(crate) struct Last {
    offers: Vec<Offer>,
    analysis: Option<Arc<Analysis>>,
}

/// What can be written at a place. `snippets`: the client knows places to go on at.
pub(crate) fn complete(
    here: &Here<'_>,
    position: lsp::Position,
    snippets: bool,
    encoding: Encoding,
    last: &mut Last,
) -> Option<lsp::CompletionList> {
    let source = here.source()?;
    let at = byte(source, position, encoding);
    let mut found = here.analysis.complete(here.file, at);
    let typed = source.text.get(found.span.start as usize..at as usize).unwrap_or_default().to_lowercase();
    let many = found.offers.len() > OFFERS_MAX;
    if many {
        // A subsequence, as editors match.
        found.offers.retain(|offer| matches(&offer.label.to_lowercase(), &typed));
    }
    let is_incomplete = many;
    found.offers.truncate(OFFERS_MAX);
    let replaced = range(source, found.span, encoding);
    let guard =
        found.guard.map(|span| lsp::TextEdit { range: range(source, span, encoding), new_text: "?".to_owned() });
    let items = found.offers.iter().enumerate();
    let items = items.map(|(index, offer)| item(index, offer, replaced, guard.as_ref(), snippets)).collect();
    last.analysis = Some(Arc::clone(&here.analysis));
    last.offers = found.offers;
    Some(lsp::CompletionList { is_incomplete, items, ..lsp::CompletionList::default() })
}

/// An item with what there is to read about it.
pub(crate) fn resolve(mut item: Value, last: &Last) -> Value {
    let index = item.get("data").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
    let label = item.get("label").and_then(Value::as_str);
    let offer = index.and_then(|index| last.offers.get(index)).filter(|offer| Some(offer.label.as_str()) == label);
    let about = offer.and_then(|offer| last.analysis.as_ref()?.describe(offer));
    if let Some(about) = about {
        item["documentation"] = json!({ "kind": "markdown", "value": about });
    }
    item
}

/// The call that is being written.
pub(crate) fn signature(here: &Here<'_>, position: lsp::Position, encoding: Encoding) -> Option<Value> {
    let call = here.analysis.call_at(here.file, byte(here.source()?, position, encoding))?;
    let label = format!("{}({})", call.of, call.params.join(", "));
    let parameters: Vec<Value> = call.params.iter().map(|param| json!({ "label": param })).collect();
    let mut signature = json!({ "label": label, "parameters": parameters });
    if let Some(active) = call.active {
        signature["activeParameter"] = json!(active);
    }
    Some(json!({ "signatures": [signature], "activeSignature": 0, "activeParameter": call.active }))
}

fn matches(label: &str, typed: &str) -> bool {
    let mut letters = label.chars();
    typed.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

fn item(
    index: usize,
    offer: &Offer,
    replaced: lsp::Range,
    guard: Option<&lsp::TextEdit>,
    snippets: bool,
) -> lsp::CompletionItem {
    let snippet = offer.snippet.as_ref().filter(|_| snippets);
    let text = snippet.unwrap_or(&offer.label).clone();
    lsp::CompletionItem {
        label: offer.label.clone(),
        kind: Some(kind(offer.kind)),
        detail: Some(offer.detail.clone()).filter(|detail| !detail.is_empty()),
        sort_text: Some(format!("{index:04}")),
        filter_text: Some(offer.label.trim_start_matches('.').to_owned()).filter(|text| *text != offer.label),
        insert_text_format: snippet.map(|_| lsp::InsertTextFormat::Snippet),
        text_edit: Some(lsp::TextEdit { range: replaced, new_text: text }.into()),
        additional_text_edits: guard.map(|guard| vec![guard.clone()]),
        data: Some(json!(index)),
        ..lsp::CompletionItem::default()
    }
}

fn kind(kind: OfferKind) -> lsp::CompletionItemKind {
    match kind {
        OfferKind::Argument => lsp::CompletionItemKind::Property,
        OfferKind::Local => lsp::CompletionItemKind::Variable,
        OfferKind::Field => lsp::CompletionItemKind::Field,
        OfferKind::Variant => lsp::CompletionItemKind::EnumMember,
        OfferKind::Name => lsp::CompletionItemKind::Constant,
        OfferKind::Method => lsp::CompletionItemKind::Method,
        OfferKind::Flow | OfferKind::Action => lsp::CompletionItemKind::Function,
        OfferKind::Module => lsp::CompletionItemKind::Module,
        OfferKind::Type => lsp::CompletionItemKind::Class,
        OfferKind::Event => lsp::CompletionItemKind::Event,
        OfferKind::Word => lsp::CompletionItemKind::Keyword,
    }
}
