//! The arguments that a call lacks.

use super::{Assist, AssistKind, Place, sample::sample};
use crate::check::{MARK, Open, Probe, probe};
use crate::diag::{Code, Span};
use crate::hir::Ty;
use crate::syntax::parse;
use std::sync::Arc;

impl Place<'_> {
    pub(super) fn arguments(&self) -> Option<Assist> {
        let here = |span: Span| span.touches(self.stretch);
        let mut all = self.analysis.diagnostics().iter();
        let told = all.rfind(|told| told.code == Code::MissingArgument && here(told.primary.span))?;
        let call = self.of(told.primary.span);
        let inner = call.strip_suffix(')')?;
        let at = told.primary.span.start + inner.trim_end().len() as u32;
        // An argument that means nothing is put behind the last: the check says which are still open there.
        let comma = if inner.trim_end().ends_with(['(', ',']) { "" } else { ", " };
        let (before, after) = self.text.split_at_checked(at as usize)?;
        let parsed = parse(self.file(), &format!("{before}{comma}{MARK}{after}"));
        let analysis = self.analysis;
        let module = analysis.front.trees().position(|tree| tree.span.file == self.file())?;
        let project = analysis.front.declared_with(&parsed.tree, &analysis.settings);
        let probed = probe(&project, module, &parsed.tree, at + comma.len() as u32)?;
        let locals: &[(Arc<str>, Ty)] = match &probed.what {
            Some(Probe::Value { locals, .. }) => locals,
            _ => &[],
        };
        let given = |open: &Open| {
            let near = locals.iter().filter(|(_, ty)| *ty == open.ty);
            // A name of the flow that is called as the parameter is, else any of its type.
            let same = near.clone().find(|(name, _)| *name == open.name).or_else(|| near.clone().next());
            let value = same.map(|(name, _)| name.to_string()).or_else(|| sample(&project, &open.ty));
            format!("{}: {}", open.name, value.unwrap_or_else(|| open.name.to_string()))
        };
        let needed: Vec<String> = probed.open.iter().filter(|open| open.needed).map(given).collect();
        if needed.is_empty() {
            return None;
        }
        let names = if needed.len() == 1 { "argument" } else { "arguments" };
        let space = if inner.trim_end().ends_with(',') { " " } else { comma };
        Some(Assist {
            title: format!("add the missing {names}"),
            kind: AssistKind::Mend(told.code),
            edits: vec![(self.at(at), format!("{space}{}", needed.join(", ")))],
        })
    }
}
