//! The pages as HTML: each by itself, without scripts.

use super::style::STYLE;
use super::words::{first_sentence, to_html};
use super::{Item, Kind, Member, Module, Page, Reference};
use crate::graph::{svg_inline, words::escape};
use std::fmt::Write;

/// What a page of a file lists, in this order.
pub(super) const FAMILIES: [(&str, &[Kind]); 6] = [
    ("Flows", &[Kind::Flow]),
    ("Actions", &[Kind::Action]),
    ("Types", &[Kind::Type, Kind::Form]),
    ("Properties of your own", &[Kind::Extend]),
    ("Events", &[Kind::Event]),
    ("Names", &[Kind::Name, Kind::Calendar, Kind::Connector]),
];

/// The pages as HTML.
pub fn html(reference: &Reference) -> Vec<Page> {
    let pages = (0..reference.modules.len()).filter_map(|index| {
        let module = reference.modules.get(index)?;
        Some(Page { name: format!("{}.html", module.page), text: module_page(reference, module, index) })
    });
    let index = Page { name: "index.html".to_owned(), text: index_page(reference) };
    std::iter::once(index).chain(pages).collect()
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

fn index_page(reference: &Reference) -> String {
    let mut body = format!("<h1>{}</h1>\n", escape(&reference.title));
    for (library, heading) in [(false, "Files"), (true, "The standard library")] {
        let modules: Vec<(usize, &Module)> =
            reference.modules.iter().enumerate().filter(|(_, module)| module.library == library).collect();
        if modules.is_empty() {
            continue;
        }
        let _ = writeln!(body, "<h2>{heading}</h2>\n<div class=\"scroll\"><table>");
        for (index, module) in &modules {
            let about = to_html(&first_sentence(&module.doc), reference, *index);
            let link = format!("<a href=\"{}.html\">{}</a>", module.page, escape(&module.name));
            let _ = writeln!(body, "<tr><th>{link}</th><td>{about}</td></tr>");
        }
        body.push_str("</table></div>\n");
    }
    for (heading, kinds) in FAMILIES {
        let mut found: Vec<(&Item, &Module)> = reference
            .modules
            .iter()
            .filter(|module| !module.library)
            .flat_map(|module| module.items.iter().map(move |item| (item, module)))
            .filter(|(item, _)| kinds.contains(&item.kind))
            .collect();
        found.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(body, "<h2>{heading}</h2>\n<ul class=\"lists\">");
        for (item, module) in found {
            let word = if item.kind == Kind::Flow {
                String::new()
            } else {
                format!("<span class=\"word\">{}</span> ", item.word)
            };
            let (page, anchor, name) = (&module.page, &item.anchor, escape(&item.name));
            let _ = writeln!(body, "<li>{word}<a href=\"{page}.html#{anchor}\">{name}</a></li>");
        }
        body.push_str("</ul>\n");
    }
    page(&reference.title, &body)
}

fn module_page(reference: &Reference, module: &Module, index: usize) -> String {
    let title = escape(&reference.title);
    let mut body = format!(
        "<nav><a href=\"index.html\">{title}</a> / {}</nav>\n<h1>{}</h1>\n<p class=\"word\">{}</p>\n{}",
        escape(&module.name),
        escape(&module.name),
        escape(&module.path),
        to_html(&module.doc, reference, index)
    );
    for (heading, kinds) in FAMILIES {
        let items: Vec<&Item> = module.items.iter().filter(|item| kinds.contains(&item.kind)).collect();
        if items.is_empty() {
            continue;
        }
        let _ = writeln!(body, "<h2>{heading}</h2>");
        for item in items {
            item_section(reference, item, index, &mut body);
        }
    }
    page(&format!("{} · {}", module.name, reference.title), &body)
}

fn item_section(reference: &Reference, item: &Item, module: usize, body: &mut String) {
    let anchor = &item.anchor;
    let _ = writeln!(
        body,
        "<section class=\"item\" id=\"{anchor}\">\n<h3><span class=\"word\">{}</span> <a href=\"#{anchor}\">{}</a></h3>\n{}",
        item.word,
        escape(&item.name),
        to_html(&item.doc, reference, module)
    );
    if !item.signature.is_empty() {
        let _ = writeln!(body, "<pre><code>{}</code></pre>", linked(&item.signature, reference, module));
    }
    if !item.members.is_empty()
        && (item.signature.is_empty() || item.members.iter().any(|member| !member.doc.is_empty()))
    {
        members(&item.members, reference, module, body);
    }
    body.push_str("<dl>\n");
    for fact in &item.facts {
        let code = if fact.code.is_empty() { String::new() } else { format!("<code>{}</code> ", escape(&fact.code)) };
        let _ = writeln!(body, "<dt>{}</dt><dd>{code}{}</dd>", fact.label, escape(&fact.about));
    }
    for (word, list) in &item.ties {
        let links: Vec<String> = list
            .iter()
            .map(|(kind, name)| match reference.address(*kind, name, module, "html") {
                Some(address) => format!("<a href=\"{address}\">{}</a>", escape(name)),
                None => format!("<code>{}</code>", escape(name)),
            })
            .collect();
        let _ = writeln!(body, "<dt>{word}</dt><dd>{}</dd>", links.join(", "));
    }
    body.push_str("</dl>\n");
    if let Some(graph) = &item.graph {
        let drawn = svg_inline(graph, &|flow| reference.address(Kind::Flow, flow, module, "html"));
        let _ = writeln!(
            body,
            "<details open=\"\"><summary>What it does, as a picture</summary>\n<div class=\"picture\">{drawn}</div></details>"
        );
    }
    body.push_str("</section>\n");
}

fn members(members: &[Member], reference: &Reference, module: usize, body: &mut String) {
    body.push_str("<div class=\"scroll\"><table>\n");
    for member in members {
        let _ = writeln!(
            body,
            "<tr><th><code>{}</code></th><td><code>{}</code></td><td>{}</td></tr>",
            escape(&member.name),
            linked(&member.ty, reference, module),
            to_html(&member.doc, reference, module)
        );
    }
    body.push_str("</table></div>\n");
}

/// Code in which the names of types, flows, actions and events lead to where they are told.
fn linked(code: &str, reference: &Reference, module: usize) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let mut quoted = false;
    let flush = |word: &mut String, out: &mut String| {
        let types = word.chars().next().is_some_and(char::is_uppercase) || word.contains('.');
        match reference.meant(word, module, "html").filter(|_| types) {
            Some(address) => {
                let _ = write!(out, "<a href=\"{address}\">{}</a>", escape(word));
            }
            None => out.push_str(&escape(word)),
        }
        word.clear();
    };
    for c in code.chars() {
        if !quoted && (c.is_alphanumeric() || c == '_' || (c == '.' && !word.is_empty())) {
            word.push(c);
            continue;
        }
        flush(&mut word, &mut out);
        if c == '"' {
            quoted = !quoted;
        }
        if c == '\n' { out.push('\n') } else { out.push_str(&escape(&c.to_string())) }
    }
    flush(&mut word, &mut out);
    out
}
