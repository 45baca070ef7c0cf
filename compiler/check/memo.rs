//! What was found out of flows that are as they were: a project is checked again after every keystroke, and few of its
//! flows have changed.
//!
//! A body hangs on its own text and on what the project declares. The first is the tree itself: whoever has not read a
//! file again hands in the tree of before. The second is the *outline*, which is every declaration without the bodies; it
//! is made by whoever reads the files. Kept is only what says nothing of places in other files, for these may have moved.

use super::body::CheckedFlow;
use super::project::{Counts, Found};
use crate::diag::{Diagnostic, FileId, Span};
use crate::hir::Definition;
use crate::resolve::{FlowSource, Project};
use crate::syntax::ast::FlowDecl;
use std::collections::HashMap;
use std::sync::Arc;

/// What was found out of one flow.
#[derive(Debug)]
pub(super) struct Kept {
    /// Its tree, so that no other one comes to lie where it was.
    decl: Arc<FlowDecl>,
    checked: CheckedFlow,
    told: Vec<Diagnostic>,
    /// How many times the nearest spelling was looked for.
    pub guesses: u32,
}

impl Kept {
    pub fn result(&self) -> (CheckedFlow, Vec<Diagnostic>) {
        (self.checked.clone(), self.told.clone())
    }
}

/// What was found out of the flows of a project when it was checked last.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    outline: u64,
    /// By the place of a flow's name.
    flows: HashMap<Span, Arc<Kept>>,
    /// What the analyses of the whole project found.
    pub found: Found,
    /// How often which word stands in it.
    pub counts: Counts,
}

impl Memo {
    /// Forgets what was found out under another outline.
    pub fn under(&mut self, outline: u64) {
        if self.outline != outline {
            self.outline = outline;
            self.flows.clear();
            self.found = Found::default();
            self.counts = Counts::default();
        }
    }

    /// By flow, what was found out of it, where it is as it was.
    pub(super) fn kept(&self, project: &Project) -> Vec<Option<Arc<Kept>>> {
        let kept = |source: &FlowSource| {
            let kept = self.flows.get(&source.decl.name.span)?;
            Arc::ptr_eq(&kept.decl, &source.decl).then(|| Arc::clone(kept))
        };
        project.flow_sources.iter().map(kept).collect()
    }

    /// Keeps what was found out now.
    pub(super) fn keep(
        &mut self,
        project: &Project,
        bodies: &[(CheckedFlow, Vec<Diagnostic>)],
        kept: &[Option<Arc<Kept>>],
        guesses: &[u32],
    ) {
        let enough = project.may_guess();
        let mut flows = HashMap::with_capacity(bodies.len());
        let all = project.flow_sources.iter().zip(bodies).zip(kept).zip(guesses);
        for (((source, (checked, told)), kept), guesses) in all {
            let place = source.decl.name.span;
            let kept = kept.as_ref().filter(|_| enough);
            if let Some(kept) = kept {
                flows.insert(place, Arc::clone(kept));
            } else if enough && stays(project, place.file, checked, told) {
                let (decl, checked, told) = (Arc::clone(&source.decl), checked.clone(), told.clone());
                flows.insert(place, Arc::new(Kept { decl, checked, told, guesses: *guesses }));
            }
        }
        self.flows = flows;
    }
}

/// Whether what was found out of a flow names no place of another file that is being written. Those of the library stay.
fn stays(project: &Project, file: FileId, checked: &CheckedFlow, told: &[Diagnostic]) -> bool {
    let stays = |span: Span| span.file == file || !project.own_files.contains(&span.file);
    let names = checked.references.iter().filter_map(|name| match name.to {
        Definition::Local(span) | Definition::Anchor(span) => Some(span),
        _ => None,
    });
    names.into_iter().all(stays) && told.iter().all(|told| within(told, stays))
}

/// Whether all places that a diagnostic speaks of are such.
fn within(told: &Diagnostic, stays: impl Fn(Span) -> bool + Copy) -> bool {
    let edits = told.fixes.iter().flat_map(|fix| fix.edits.iter().map(|(span, _)| *span));
    let labels = told.labels.iter().map(|label| label.span);
    labels.chain(edits).chain([told.primary.span]).all(stays)
}
