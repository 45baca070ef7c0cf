//! Edits that people make every day, made by a machine; and what of a program those who wait are known by.

use flow_bytecode::disasm::type_name;
use flow_bytecode::program::{ArmKind, PlaceKind, Program};
use flow_lang::diag::FileId;
use std::collections::BTreeMap;

/// What stands at a waiting place, in words that name nothing by number: what it waits for, and what is kept there.
pub type Manifest = BTreeMap<String, String>;

/// Every place of a program, by key.
pub fn manifest(program: &Program) -> Manifest {
    let mut found = Manifest::new();
    for place in &program.places {
        let named = place.live.iter().filter(|live| !live.name.is_empty());
        let mut keeps: Vec<String> =
            named.map(|live| format!("{}: {}", live.name, type_name(program, live.ty))).collect();
        keeps.sort();
        let before = found.insert(place.key.to_string(), format!("{} keeps {keeps:?}", kind(program, &place.kind)));
        assert!(before.is_none(), "two places are called {}", place.key);
    }
    found
}

fn kind(program: &Program, kind: &PlaceKind) -> String {
    match kind {
        PlaceKind::Call => "call".to_owned(),
        PlaceKind::Pause => "pause".to_owned(),
        PlaceKind::Action { action, policy } => {
            format!("{} {policy:?}", program.actions[usize::from(*action)].name)
        }
        PlaceKind::Join { mode, paths } => {
            let names: Vec<&str> = paths.iter().map(|path| &*path.name).collect();
            format!("{mode:?} {names:?}")
        }
        PlaceKind::Wait { arms } => {
            let arms: Vec<String> = arms
                .iter()
                .map(|arm| match &arm.on {
                    ArmKind::After { .. } => "after".to_owned(),
                    ArmKind::Event { event, .. } => format!("on {}", program.events[usize::from(*event)].name),
                    ArmKind::When { .. } => "when".to_owned(),
                    ArmKind::Answer { expects, .. } => format!("answer {expects:?}"),
                })
                .collect();
            arms.join(", ")
        }
    }
}

/// What the characters of a source file are: for each byte whether it stands in a text, and where texts and blocks begin.
#[derive(Debug, Default)]
pub struct Scan {
    /// Where the words of a text begin.
    pub texts: Vec<usize>,
    /// After each `{` that ends its line.
    pub blocks: Vec<usize>,
    /// Ends of lines that are no part of a text.
    pub line_ends: Vec<usize>,
}

/// Reads a source file as the lexer does: texts within holes within texts.
pub fn scan(text: &str) -> Scan {
    let bytes = text.as_bytes();
    let mut scan = Scan::default();
    // Texts that are open: how many quotes end it, and the braces open in its hole.
    let mut open: Vec<(usize, Option<usize>)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let step = rest.chars().next().map_or(1, char::len_utf8);
        match open.last_mut() {
            Some((quotes, None)) => {
                if rest.starts_with('\\') {
                    at += 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
                } else if rest.starts_with("{{") {
                    open.last_mut().expect("a text").1 = Some(0);
                    at += 2;
                } else if rest.starts_with(&"\"\"\""[..*quotes]) {
                    at += *quotes;
                    open.pop();
                } else {
                    at += step;
                }
                continue;
            }
            Some((_, Some(0))) if rest.starts_with("}}") => {
                open.last_mut().expect("a text").1 = None;
                at += 2;
                continue;
            }
            Some((_, Some(depth))) if rest.starts_with('{') => *depth += 1,
            Some((_, Some(depth))) if rest.starts_with('}') => *depth -= 1,
            _ => {}
        }
        if rest.starts_with("\"\"\"") {
            open.push((3, None));
            at += 3;
            let words = text[at..].trim_start();
            scan.texts.push(text.len() - words.len());
        } else if rest.starts_with('"') {
            open.push((1, None));
            at += 1;
            scan.texts.push(at);
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else {
            if rest.starts_with("{\n") {
                scan.blocks.push(at + 1);
            }
            if rest.starts_with('\n') && open.is_empty() {
                scan.line_ends.push(at);
            }
            at += step;
        }
    }
    scan
}

/// Puts something in at places of a text, which are told by number and place.
pub fn insert(text: &str, places: &[usize], what: impl Fn(usize) -> String) -> String {
    let mut edited = String::with_capacity(text.len() * 2);
    let mut from = 0;
    for (number, place) in places.iter().enumerate() {
        edited.push_str(&text[from..*place]);
        edited.push_str(&what(number));
        from = *place;
    }
    edited.push_str(&text[from..]);
    edited
}

/// The declarations of a file in the opposite order, each with what stands above it.
pub fn turned_round(text: &str) -> String {
    let parsed = flow_lang::syntax::parse(FileId(0), text);
    // The file's own documentation stays at its top.
    let top: usize = text
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty() || line.trim_start().starts_with("//!"))
        .map(str::len)
        .sum();
    let mut from = top;
    let mut items = Vec::new();
    for item in &parsed.tree.items {
        let mut end = item.span.end as usize;
        // A comment behind it is about it.
        end += text[end..].find('\n').map_or(0, |to| if text[end..end + to].trim().starts_with("//") { to } else { 0 });
        items.push(&text[from..end]);
        from = end;
    }
    items.reverse();
    format!("{}{}\n{}", &text[..top], items.join("\n"), &text[from..])
}
