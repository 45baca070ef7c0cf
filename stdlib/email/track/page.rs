//! Addresses in a page of HTML exchanged for others. What stands between them stays, byte for byte.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use std::ops::Range;

/// What is found in a page.
enum Found {
    /// The address of a link: what it is, and where it is written.
    Link(String, Range<usize>),
    /// The end of the body begins here.
    End(usize),
}

/// Exchanges the addresses of links for what `by_way` makes of them, and puts a picture at the end of the body.
pub fn rewrite(html: &str, by_way: &dyn Fn(&str) -> Option<String>, pixel: &str) -> String {
    // The tokenizer makes one character of them, and would count on from there.
    let html = html.replace("\r\n", "\n");
    let mut exchanges: Vec<(Range<usize>, String)> = Vec::new();
    let mut end = html.len();
    for found in look(&html) {
        match found {
            Found::End(at) => end = at,
            Found::Link(address, place) => {
                // An address that is not where it is said to be stays as it is.
                let written = html.get(place.clone()).filter(|text| text.contains('&') || *text == address);
                if let Some(other) = written.and_then(|_| by_way(address.trim())) {
                    exchanges.push((place, other));
                }
            }
        }
    }
    exchanges.push((end..end, format!("<img src=\"{pixel}\" width=\"1\" height=\"1\" alt=\"\">")));
    exchanges.sort_by_key(|(place, _)| place.start);
    let mut written = String::with_capacity(html.len() + 256);
    let mut at = 0;
    for (place, other) in exchanges {
        let Some(before) = html.get(at..place.start) else { continue };
        written.push_str(before);
        written.push_str(&other);
        at = place.end;
    }
    written.push_str(html.get(at..).unwrap_or_default());
    written
}

fn look(html: &str) -> Vec<Found> {
    let (mut link, mut address) = (false, false);
    let mut emitter = CallbackEmitter::new(move |event: CallbackEvent<'_>, span: Span<usize>| match event {
        CallbackEvent::OpenStartTag { name } => {
            (link, address) = (matches!(name, b"a" | b"area"), false);
            None
        }
        CallbackEvent::AttributeName { name } => {
            address = link && name == b"href";
            None
        }
        CallbackEvent::AttributeValue { value } if address => {
            (link, address) = (false, false);
            let value = std::str::from_utf8(value).ok()?.to_owned();
            Some(Found::Link(value, span.start..span.end))
        }
        CallbackEvent::EndTag { name: b"body" } => Some(Found::End(span.start)),
        CallbackEvent::EndTag { .. } | CallbackEvent::CloseStartTag { .. } => {
            (link, address) = (false, false);
            None
        }
        _ => None,
    });
    // What stands in scripts and styles is no HTML.
    emitter.naively_switch_states(true);
    let Ok(found) = Tokenizer::new_with_emitter(html, emitter).collect::<Result<Vec<_>, _>>();
    found
}
