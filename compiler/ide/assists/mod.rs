//! Edits that nobody has to have made a mistake for: what a person would otherwise type.

mod anchor;
mod arguments;
mod extract;
mod mock;
mod present;
mod sample;

use super::Analysis;
use crate::diag::render::Source;
use crate::diag::{Code, Diagnostic, FileId, Span};
use crate::front::Front;
use crate::syntax::ast::{Block, Item, Stmt};
use crate::syntax::parse;
use std::sync::Arc;

/// What an edit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssistKind {
    /// Mends what is told there.
    Mend(Code),
    /// Says the same otherwise, or more.
    Rewrite,
    /// Takes something out, to be named.
    Extract,
}

/// An edit that is offered at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assist {
    /// What it does, imperative, as in [`crate::diag::Fix`].
    pub title: String,
    /// What it is for.
    pub kind: AssistKind,
    /// Replacements that do not overlap, all of one file; an empty span inserts.
    pub edits: Vec<(Span, String)>,
}

/// A stretch of a file that somebody points at, with the file.
struct Place<'a> {
    analysis: &'a Analysis,
    stretch: Span,
    text: &'a str,
    item: &'a Item,
}

impl Analysis {
    /// What can be done for somebody at a stretch of a file, beside what mends a diagnostic as it is ([`Analysis::fixes`]).
    pub fn assists(&self, stretch: Span) -> Vec<Assist> {
        let Some(source) = self.front.sources.get(stretch.file) else { return Vec::new() };
        let trees = self.front.trees().filter(|tree| tree.span.file == stretch.file);
        let holds = |item: &&Item| item.span.start <= stretch.start && stretch.end <= item.span.end;
        let Some(item) = trees.flat_map(|tree| &tree.items).find(holds) else { return Vec::new() };
        let place = Place { analysis: self, stretch, text: &source.text, item };
        let all = [place.anchor(), place.mock(), place.extract()];
        let mends = [place.arguments(), place.present()];
        let mends = mends.into_iter().flatten().filter(|assist| self.mends(assist));
        mends.chain(all.into_iter().flatten()).filter(|assist| self.reads(assist)).collect()
    }

    /// Whether what an edit mends is told less often with it: what is awaited is looked at again, whatever stands around it.
    fn mends(&self, assist: &Assist) -> bool {
        let (AssistKind::Mend(code), Some((span, _))) = (assist.kind, assist.edits.first()) else { return false };
        let count = |told: &[Diagnostic]| told.iter().filter(|told| told.code == code).count();
        let after = self.edited(span.file, assist).map(|text| self.told_with(&[(span.file, text)]));
        after.is_some_and(|told| count(&told) < count(self.diagnostics()))
    }

    /// Whether the file reads as well as before with the edits in it.
    fn reads(&self, assist: &Assist) -> bool {
        let Some((span, _)) = assist.edits.first() else { return false };
        let wrong = |parsed: &crate::syntax::Parsed| parsed.diagnostics.len();
        let before = self.front.files.get(span.file.0 as usize).map_or(0, |file| wrong(&file.parsed));
        self.edited(span.file, assist).is_some_and(|text| wrong(&parse(span.file, &text)) <= before)
    }

    /// The file's text with the edits in it.
    fn edited(&self, file: FileId, assist: &Assist) -> Option<String> {
        let mut text = self.front.sources.get(file)?.text.to_string();
        let mut edits: Vec<&(Span, String)> = assist.edits.iter().collect();
        edits.sort_by_key(|(span, _)| std::cmp::Reverse((span.start, span.end)));
        for (span, new) in edits {
            text.get(span.range())?;
            text.replace_range(span.range(), new);
        }
        Some(text)
    }

    /// What would be told if these files read so.
    pub(super) fn told_with(&self, texts: &[(FileId, String)]) -> Vec<Diagnostic> {
        let (mut files, mut settings) = (self.front.files.clone(), Arc::clone(&self.settings));
        for (file, text) in texts {
            match (files.get_mut(file.0 as usize), self.front.sources.get(*file)) {
                (Some(changed), _) => {
                    changed.parsed = Arc::new(parse(*file, text));
                    changed.source = Arc::new(Source::new(Arc::clone(&changed.source.path), text.as_str()));
                }
                // The words of a mail.
                (None, Some(source)) => {
                    let templates = &mut Arc::make_mut(&mut settings).templates;
                    let changed = templates.iter_mut().find(|template| template.path == source.path);
                    changed.into_iter().for_each(|changed| changed.bytes = text.clone().into_bytes());
                }
                (None, None) => {}
            }
        }
        Front::of(files, &settings, self.front.connectors()).understand(&settings, None).diagnostics
    }
}

impl Place<'_> {
    fn file(&self) -> FileId {
        self.stretch.file
    }

    fn at(&self, byte: u32) -> Span {
        Span::new(self.file(), byte, byte)
    }

    fn of(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// What the line of a byte begins with.
    fn indent(&self, byte: u32) -> &str {
        let before = self.text.get(..byte as usize).unwrap_or_default();
        let line = self.text.get(before.rfind('\n').map_or(0, |at| at + 1)..).unwrap_or_default();
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
    }

    /// The blocks around the stretch, the innermost last.
    fn blocks(&self) -> Vec<&Block> {
        let holds = |block: &Block| block.span.start <= self.stretch.start && self.stretch.end <= block.span.end;
        let mut around = Vec::new();
        let mut next = self.item.body().filter(|block| holds(block));
        while let Some(block) = next {
            around.push(block);
            next = block.stmts.iter().flat_map(Stmt::blocks).find(|block| holds(block));
        }
        around
    }

    /// The innermost statement around the stretch, with the block that it stands in and its position there.
    fn stmt(&self) -> Option<(&Block, usize, &Stmt)> {
        let holds = |stmt: &Stmt| stmt.span.start <= self.stretch.start && self.stretch.end <= stmt.span.end;
        let find = |block: &'_ Block| block.stmts.iter().position(holds);
        self.blocks().into_iter().rev().find_map(|block| {
            let at = find(block)?;
            Some((block, at, block.stmts.get(at)?))
        })
    }

    /// Lines a step further in, but for those that are empty.
    fn further_in(lines: &str, step: &str) -> String {
        let line = |line: &str| if line.trim().is_empty() { String::new() } else { format!("{step}{line}") };
        lines.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A name made of this one that is not taken.
fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number: u32| format!("{name}_{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}
