//! Paths side by side: `parallel` and `race`.

use super::body::{Body, PathState, Reach};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Fork, LocalId, Path, StmtKind};
use crate::resolve::Map;
use crate::syntax::ast;
use std::sync::Arc;

impl Body<'_> {
    #[inline(never)]
    pub fn fork_paths(&mut self, item: &ast::Paths, span: Span, race: bool) -> Option<StmtKind> {
        let anchor = self.anchor(item.anchor.as_ref());
        let mark = self.facts.mark();
        let inside = std::mem::take(&mut self.inside);
        let mut names: Map<Span> = Map::default();
        let mut paths = Vec::with_capacity(item.paths.len());
        let mut states = Vec::with_capacity(item.paths.len());
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
                writes: Vec::new(),
                reads: Vec::new(),
                asks: Vec::new(),
            });
            // A failure ends its path and does not reach a `try` around a `parallel`.
            self.kinds.push(super::failing::Raised::default());
            let body = self.block(&path.body);
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
        self.reach = Reach::Yes;
        self.may_wait(span);
        for (_, state) in &states {
            for (local, span) in &state.writes {
                self.facts.assigned(*local, *span);
            }
        }
        Some(StmtKind::Fork(Fork { race, anchor, paths }))
    }

    /// What two paths must not both do.
    fn beside(&mut self, states: &[(Arc<str>, PathState)]) {
        for (index, (name, state)) in states.iter().enumerate() {
            for (other_name, other) in states.get(index + 1..).unwrap_or_default() {
                for (local, span) in &other.writes {
                    if let Some((_, first)) = state.writes.iter().find(|(id, _)| id == local) {
                        let variable =
                            self.local_info(*local).map_or_else(|| Arc::from(""), |local| local.name.clone());
                        self.out.push(
                            Diagnostic::new(Code::WrittenTwice, *span, format!("`{variable}` is written by two paths side by side."))
                                .at(format!("written by `{other_name}`"))
                                .label(*first, format!("written by `{name}`"))
                                .help("Which comes last is chance. Give each path a variable of its own, and put them together after the block."),
                        );
                    }
                }
                for (place, span) in &other.asks {
                    if let Some((_, first)) = state.asks.iter().find(|(asked, _)| asked == place) {
                        self.out.push(
                            Diagnostic::new(
                                Code::TwoPathsAsk,
                                *span,
                                "Two paths ask in one conversation; whose answer it is could not be told.",
                            )
                            .at(format!("`{other_name}` asks here"))
                            .label(*first, format!("`{name}` asks here"))
                            .help("Ask in one path, or one after the other after the block."),
                        );
                    }
                }
            }
            for (other_name, other) in states.iter().filter(|(other, _)| other != name) {
                for (local, span) in &state.reads {
                    let written_twice = state.writes.iter().any(|(id, _)| id == local);
                    let write = other.writes.iter().find(|(id, _)| id == local).filter(|_| !written_twice);
                    if let Some((_, write)) = write {
                        let variable =
                            self.local_info(*local).map_or_else(|| Arc::from(""), |local| local.name.clone());
                        self.out.push(
                            Diagnostic::new(
                                Code::ReadBesideWrite,
                                *span,
                                format!("`{variable}` is written by the path `{other_name}`, so it can be read only after the block."),
                            )
                            .at(format!("read by `{name}`"))
                            .label(*write, format!("written by `{other_name}`"))
                            .help("Read it before the block into a name of its own, or after the block."),
                        );
                    }
                }
            }
        }
    }
}
