//! Documentation as people wrote it, in Markdown, made fit for a page: no tag of theirs, no address but of the web.

use super::Reference;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// Whether an address may be linked to.
fn is_web(address: &str) -> bool {
    let lower = address.trim().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme))
}

/// Documentation as HTML. A name of ours that stands as code leads to where it is told.
pub(super) fn to_html(doc: &str, reference: &Reference, module: usize) -> String {
    let mut linked = Vec::new();
    let mut inside_link = false;
    let events = Parser::new_ext(doc, options()).flat_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let web = is_web(dest_url);
            linked.push(web);
            inside_link = true;
            if web { vec![event] } else { vec![] }
        }
        Event::End(TagEnd::Link) => {
            inside_link = false;
            if linked.pop() == Some(true) { vec![event] } else { vec![] }
        }
        // A page stands by itself: a picture becomes its words.
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => vec![],
        Event::Start(Tag::Heading { level, .. }) => {
            vec![Event::Start(Tag::Heading { level: lower(level), id: None, classes: vec![], attrs: vec![] })]
        }
        Event::End(TagEnd::Heading(level)) => vec![Event::End(TagEnd::Heading(lower(level)))],
        Event::Code(ref code) if !inside_link => match reference.meant(code, module, "html") {
            Some(address) => vec![
                Event::Start(Tag::Link {
                    link_type: pulldown_cmark::LinkType::Inline,
                    dest_url: CowStr::from(address),
                    title: CowStr::from(""),
                    id: CowStr::from(""),
                }),
                event,
                Event::End(TagEnd::Link),
            ],
            None => vec![event],
        },
        other => vec![other],
    });
    let mut out = String::new();
    let events: Vec<Event<'_>> = events.collect();
    push_html(&mut out, events.into_iter());
    out
}

/// Headings of documentation stand below those of the page.
fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

/// Documentation as Markdown without tags of its own, and without links but to the web.
pub(super) fn to_markdown(doc: &str) -> String {
    let mut out = String::with_capacity(doc.len());
    let mut at = 0;
    let mut open: Vec<bool> = Vec::new();
    for (event, range) in Parser::new_ext(doc, options()).into_offset_iter() {
        let whole = doc.get(range.clone()).unwrap_or_default();
        match event {
            Event::Html(_) | Event::InlineHtml(_) if range.start >= at => {
                out.push_str(doc.get(at..range.start).unwrap_or_default());
                out.push_str(&whole.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
                at = range.end;
            }
            Event::Start(Tag::Link { ref dest_url, .. }) | Event::Start(Tag::Image { ref dest_url, .. }) => {
                let keep = is_web(dest_url) && matches!(event, Event::Start(Tag::Link { .. }));
                open.push(keep);
                if !keep && range.start >= at {
                    out.push_str(doc.get(at..range.start).unwrap_or_default());
                    // As it is written, but no link.
                    out.push_str(&escaped(whole));
                    at = range.end;
                }
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                open.pop();
            }
            _ => {}
        }
    }
    out.push_str(doc.get(at..).unwrap_or_default());
    out
}

/// A text in which Markdown sees nothing but a text.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The first sentence of documentation, for an index.
pub(super) fn first_sentence(doc: &str) -> String {
    let paragraph: Vec<&str> = doc.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let joined = paragraph.join(" ");
    match joined.find(". ") {
        Some(at) => joined.get(..=at).unwrap_or(&joined).to_owned(),
        None => joined,
    }
}
