//! Documentation as people wrote it, in Markdown, made fit for a page: no tag of theirs, no address but of the
//! web and of files that are there.

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

/// Addresses of documentation that are paths, and parts of a page.
pub(super) fn relative_links(doc: &str) -> Vec<String> {
    let links = Parser::new_ext(doc, options()).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) if is_relative(&dest_url) => Some(dest_url.to_string()),
        _ => None,
    });
    links.collect()
}

/// Whether an address is one from where it stands: no scheme, no host, not the root of one.
fn is_relative(address: &str) -> bool {
    let path = address.split(['#', '?']).next().unwrap_or_default();
    !address.is_empty() && !path.starts_with(['/', '\\']) && !path.contains(':')
}

/// What an address is on a page; none for one that is not linked to.
fn address(given: &str, reference: &Reference, module: usize, ending: &str) -> Option<String> {
    match is_web(given) {
        true => Some(given.to_owned()),
        false => is_relative(given).then(|| reference.led(module, given, ending)).flatten(),
    }
}

/// Documentation as HTML. A name of ours that stands as code leads to where it is told.
pub(super) fn to_html(doc: &str, reference: &Reference, module: usize) -> String {
    let mut linked = Vec::new();
    let mut inside_link = false;
    let events = Parser::new_ext(doc, options()).flat_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let found = address(&dest_url, reference, module, "html");
            linked.push(found.is_some());
            inside_link = true;
            let link = |to: String| Event::Start(Tag::Link { link_type, dest_url: CowStr::from(to), title, id });
            found.map(link).into_iter().collect()
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

/// Documentation as Markdown without tags of its own, and without links that lead nowhere.
pub(super) fn to_markdown(doc: &str, reference: &Reference, module: usize) -> String {
    let mut out = String::with_capacity(doc.len());
    let mut at = 0;
    let mut events = Parser::new_ext(doc, options()).into_offset_iter();
    while let Some((event, range)) = events.next() {
        if range.start < at {
            continue;
        }
        let whole = doc.get(range.clone()).unwrap_or_default();
        let instead = match event {
            Event::Html(_) | Event::InlineHtml(_) => {
                whole.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
            }
            Event::Start(Tag::Link { dest_url, .. }) if is_web(&dest_url) => continue,
            Event::Start(Tag::Link { dest_url, .. }) => match address(&dest_url, reference, module, "md") {
                Some(to) => {
                    let words = words(events.by_ref().map(|(event, _)| event));
                    format!("[{words}](<{to}>)")
                }
                // As it is written, but no link.
                None => escaped(whole),
            },
            Event::Start(Tag::Image { .. }) => escaped(whole),
            _ => continue,
        };
        out.push_str(doc.get(at..range.start).unwrap_or_default());
        out.push_str(&instead);
        at = range.end;
    }
    out.push_str(doc.get(at..).unwrap_or_default());
    out
}

/// The words of a link, to its end: what is code stays code.
fn words<'e>(events: impl Iterator<Item = Event<'e>>) -> String {
    let mut out = String::new();
    for event in events {
        match event {
            Event::End(TagEnd::Link) => break,
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => out.push_str(&escaped(&text)),
            Event::Code(text) => out.push_str(&super::markdown::code(&text)),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            _ => {}
        }
    }
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
