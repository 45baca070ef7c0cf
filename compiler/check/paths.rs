//! Paths side by side: `parallel` and `race`.

use super::body::{Body, PathState, Reach};
use super::places::Place;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Fork, LocalId, Path, StmtKind};
use crate::resolve::Map;
use crate::syntax::ast;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

impl Body<'_> {
    #[inline(never)]
    pub fn fork_paths(&mut self, item: &ast::Paths, span: Span, race: bool) -> Option<StmtKind> {
        let anchor = self.anchor(item.anchor.as_ref());
        self.something_beside(item, span, race);
        let mark = self.facts.mark();
        let inside = std::mem::take(&mut self.inside);
        let mut names: Map<Span> = Map::default();
        let mut paths = Vec::with_capacity(item.paths.len());
        let mut states = Vec::with_capacity(item.paths.len());
        let mut ends: Vec<(Reach, Option<Span>)> = Vec::with_capacity(item.paths.len());
        for path in &item.paths {
            let Some(name) = &path.name else {
                self.broken = true;
                continue;
            };
            if let Some(first) = names.insert(name.name.shared().clone(), name.span) {
                self.out.push(
                    Diagnostic::new(Code::DuplicateName, name.span, format!("Two paths are called `{}`.", name.name))
                        .at("used again here")
                        .label(first, "used first here")
                        .help("Paths are told apart by their names, also in the log."),
                );
            }
            self.facts.restore(&mark);
            // The other paths may write what is live before this one begins.
            self.facts.forget_live();
            self.reach = Reach::Yes;
            self.paths.push(PathState {
                first_local: LocalId(self.locals.len() as u32),
                writes: Firsts::default(),
                reads: Firsts::default(),
                asks: Firsts::default(),
            });
            // A failure ends its path and does not reach a `try` around a `parallel`.
            self.kinds.push(super::failing::Raised::default());
            let body = self.block(&path.body);
            let stops = body.stmts.iter().find(|stmt| matches!(stmt.kind, StmtKind::Stop));
            ends.push((self.reach, stops.map(|stmt| stmt.span)));
            let raised = self.kinds.pop();
            if let (true, Some(raised), Some(outer)) = (race, raised, self.kinds.last_mut()) {
                // Where every path fails, the last failure is that of the race.
                outer.add(&raised);
            }
            let Some(state) = self.paths.pop() else { continue };
            let writes = state.writes.iter().map(|(local, _)| *local).collect();
            paths.push(Path { name: name.name.shared().clone(), body, writes, span: name.span });
            states.push((name.name.shared().clone(), state));
        }
        self.inside = inside;
        self.beside(&states);
        self.facts.restore(&mark);
        self.reach = after(&ends, race);
        self.may_wait(span);
        for (_, state) in &states {
            for (local, span) in state.writes.iter() {
                self.facts.assigned(*local, *span);
            }
        }
        Some(StmtKind::Fork(Fork { race, anchor, paths }))
    }

    /// A block without paths, and a race that is over before it begins.
    fn something_beside(&mut self, item: &ast::Paths, span: Span, race: bool) {
        let word = if race { "race" } else { "parallel" };
        let head = Span::new(span.file, span.start, span.start.saturating_add(word.len() as u32));
        if item.paths.is_empty() {
            let what = match race {
                true => "there is nobody to win it",
                false => "nothing goes on side by side",
            };
            self.out.push(
                Diagnostic::new(Code::MissingArgument, head, format!("This `{word}` has no paths: {what}."))
                    .at("no path")
                    .help("Write its paths into the braces, each with a name: `path human { … }`."),
            );
        }
        let idle = item.paths.iter().find(|path| path.name.is_some() && path.body.stmts.is_empty());
        if let (true, [_, _, ..], Some(idle)) = (race, item.paths.as_slice(), idle) {
            let at = idle.name.as_ref().map_or(idle.span, |name| name.span);
            self.out.push(
                Diagnostic::new(Code::Unreachable, at, "This path is done at once, so the others never finish first.")
                    .at("does nothing, and wins")
                    .label(head, "the first to finish wins, the others are cancelled")
                    .help("Let it do something that takes its time, as in `wait 1 hour`, or leave it out."),
            );
        }
    }

    /// What two paths must not both do: each is told beside the first path that does it.
    fn beside(&mut self, states: &[(Arc<str>, PathState)]) {
        let mut writers: HashMap<LocalId, (&Arc<str>, Span)> = HashMap::new();
        let mut askers: HashMap<&Place, (&Arc<str>, Span)> = HashMap::new();
        for (name, state) in states {
            for (local, span) in state.writes.iter() {
                if let Some((other, first)) = writers.get(local) {
                    let variable = self.variable(*local);
                    self.out.push(
                        Diagnostic::new(Code::WrittenTwice, *span, format!("`{variable}` is written by two paths side by side."))
                            .at(format!("written by `{name}`"))
                            .label(*first, format!("written by `{other}`"))
                            .help("Which comes last is chance. Give each path a variable of its own, and put them together after the block."),
                    );
                } else {
                    writers.insert(*local, (name, *span));
                }
            }
            for (place, span) in state.asks.iter() {
                if let Some((other, first)) = askers.get(place) {
                    self.out.push(
                        Diagnostic::new(
                            Code::TwoPathsAsk,
                            *span,
                            "Two paths ask in one conversation; whose answer it is could not be told.",
                        )
                        .at(format!("`{name}` asks here"))
                        .label(*first, format!("`{other}` asks here"))
                        .help("Ask in one path, or one after the other after the block."),
                    );
                } else {
                    askers.insert(place, (name, *span));
                }
            }
        }
        for (name, state) in states {
            // What it writes itself has been told above.
            for (local, span) in state.reads.iter().filter(|(local, _)| state.writes.get(local).is_none()) {
                let Some((other, write)) = writers.get(local).filter(|(other, _)| *other != name) else { continue };
                let variable = self.variable(*local);
                self.out.push(
                    Diagnostic::new(
                        Code::ReadBesideWrite,
                        *span,
                        format!(
                            "`{variable}` is written by the path `{other}`, so it can be read only after the block."
                        ),
                    )
                    .at(format!("read by `{name}`"))
                    .label(*write, format!("written by `{other}`"))
                    .help("Read it before the block into a name of its own, or after the block."),
                );
            }
        }
    }

    fn variable(&self, local: LocalId) -> Arc<str> {
        self.local_info(local).map_or_else(|| Arc::from(""), |local| local.name.clone())
    }
}

/// How it goes on behind paths: not at all where one of a `parallel` ends the run, or none of a race comes to its end.
fn after(ends: &[(Reach, Option<Span>)], race: bool) -> Reach {
    let stops = ends.iter().find_map(|(_, stops)| stops.map(|span| Reach::No(span, "stop")));
    let leaves = |(reach, _): &(Reach, Option<Span>)| *reach != Reach::Yes;
    match race {
        false => stops.unwrap_or(Reach::Yes),
        true if ends.iter().all(leaves) => ends.first().map_or(Reach::Yes, |(reach, _)| *reach),
        true => Reach::Yes,
    }
}

/// What is done for the first time, in order, and where.
#[derive(Debug)]
pub(super) struct Firsts<K> {
    order: Vec<(K, Span)>,
    at: HashMap<K, Span>,
}

impl<K> Default for Firsts<K> {
    fn default() -> Self {
        Firsts { order: Vec::new(), at: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash> Firsts<K> {
    /// Notes it where it is the first time.
    pub fn note(&mut self, what: &K, span: Span) {
        if !self.at.contains_key(what) {
            self.at.insert(what.clone(), span);
            self.order.push((what.clone(), span));
        }
    }

    /// Where it was done first.
    pub fn get(&self, what: &K) -> Option<Span> {
        crate::effort::spent(1);
        self.at.get(what).copied()
    }

    /// All, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (K, Span)> {
        crate::effort::spent(self.order.len());
        self.order.iter()
    }
}
