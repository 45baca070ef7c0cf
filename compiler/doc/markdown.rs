//! The pages as Markdown, with the flows as Mermaid, which code hosts draw.

use super::html::FAMILIES;
use super::words::{escaped, first_sentence, to_markdown};
use super::{Item, Kind, Module, Page, Reference};
use crate::graph::mermaid;
use std::fmt::Write;

/// The pages as Markdown.
pub fn markdown(reference: &Reference) -> Vec<Page> {
    let pages = reference.modules.iter().enumerate().map(|(index, module)| Page {
        name: format!("{}.md", module.page),
        text: module_page(reference, module, index),
    });
    let index = Page { name: "index.md".to_owned(), text: index_page(reference) };
    std::iter::once(index).chain(pages).collect()
}

fn index_page(reference: &Reference) -> String {
    let mut out = format!("# {}\n", escaped(&reference.title));
    for (library, heading) in [(false, "Files"), (true, "The standard library")] {
        let modules = reference.modules.iter().enumerate().filter(|(_, module)| module.library == library);
        let modules: Vec<(usize, &Module)> = modules.collect();
        if modules.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {heading}\n");
        for (index, module) in modules {
            let about = to_markdown(&first_sentence(&module.doc), reference, index);
            let dash = if about.is_empty() { "" } else { ": " };
            let _ = writeln!(out, "- [{}]({}.md){dash}{about}", escaped(&module.name), module.page);
        }
    }
    out
}

fn module_page(reference: &Reference, module: &Module, index: usize) -> String {
    let mut out = format!("# {}\n\n[{}](index.md)\n", escaped(&module.name), escaped(&reference.title));
    if !module.doc.is_empty() {
        let _ = writeln!(out, "\n{}", to_markdown(&module.doc, reference, index));
    }
    for (heading, kinds) in FAMILIES {
        let items: Vec<&Item> = module.items.iter().filter(|item| kinds.contains(&item.kind)).collect();
        if items.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {heading}");
        for item in items {
            item_section(reference, item, index, &mut out);
        }
    }
    out
}

fn item_section(reference: &Reference, item: &Item, module: usize, out: &mut String) {
    let name = escaped(&item.name);
    let _ = writeln!(out, "\n<a id=\"{}\"></a>\n\n### {} {name}\n", item.anchor, item.word);
    if !item.doc.is_empty() {
        let _ = writeln!(out, "{}\n", to_markdown(&item.doc, reference, module));
    }
    if !item.signature.is_empty() {
        let fence = fence(&item.signature);
        let _ = writeln!(out, "{fence}flow\n{}\n{fence}\n", item.signature);
    }
    if item.signature.is_empty() || item.members.iter().any(|member| !member.doc.is_empty()) {
        for member in &item.members {
            let ty = if member.ty.is_empty() { String::new() } else { format!(" {}", code(&member.ty)) };
            let doc = to_markdown(&member.doc, reference, module).replace('\n', " ");
            let dash = if doc.is_empty() { "" } else { ": " };
            let _ = writeln!(out, "- {}{ty}{dash}{doc}", code(&member.name));
        }
        out.push('\n');
    }
    for fact in &item.facts {
        let shown = if fact.code.is_empty() { String::new() } else { code(&fact.code) };
        let line = format!("- {}: {shown} {}", fact.label, escaped(&fact.about));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for (word, list) in &item.ties {
        let links: Vec<String> = list
            .iter()
            .map(|(kind, name)| match reference.address(*kind, name, module, "md") {
                Some(address) => format!("[{}]({address})", escaped(name)),
                None => code(name),
            })
            .collect();
        let _ = writeln!(out, "- {word}: {}", links.join(", "));
    }
    if let Some(graph) = item.graph.as_ref().filter(|_| item.kind == Kind::Flow) {
        let drawn = mermaid(graph);
        let fence = fence(&drawn);
        let _ = writeln!(out, "\n{fence}mermaid\n{drawn}{fence}");
    }
}

/// A text as code, whatever stands in it.
pub(super) fn code(text: &str) -> String {
    let text = text.replace('\n', " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{ticks} {text} {ticks}") }
}

/// A fence that nothing in the text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
