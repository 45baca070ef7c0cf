//! A test in which an action that leaves the machine is stood in for.

use super::sample::{made, sample};
use super::{Assist, AssistKind, Place};
use crate::hir::{Definition, Ty};
use crate::syntax::ast::ItemKind;
use flow_bytecode::program::EffectClass;

impl Place<'_> {
    pub(super) fn mock(&self) -> Option<Assist> {
        let analysis = self.analysis;
        let ItemKind::Flow(decl) = &self.item.kind else { return None };
        let Definition::Action(id) = analysis.name_at(self.file(), self.stretch.end)?.to else { return None };
        let project = &analysis.known.project;
        let action = project.hir.actions.get(id.0 as usize)?;
        if matches!(action.class, EffectClass::Pure | EffectClass::Local) {
            return None;
        }
        let flows = project.hir.flows.iter();
        let flow = flows.into_iter().find(|flow| flow.span == decl.name.span)?;
        let params = flow.params.iter().filter(|param| param.default.is_none());
        let given = params.map(|param| made(project, &flow.locals.get(param.local.0 as usize)?.ty));
        let given = given.collect::<Option<Vec<_>>>()?.join(", ");
        let module = analysis.front.trees().position(|tree| tree.span.file == self.file())?;
        let name = project.near_name(module, &action.name);
        let returns = match &action.result {
            Ty::Unit => String::new(),
            ty => format!(" returns {}", sample(project, ty)?),
        };
        let called = project.near_name(module, &flow.name);
        let test = format!(
            "test \"{called} goes on after {name}\" {{\n    mock {name}{returns}\n    let run = start {called}({given})\n    expect not run.failed\n}}\n"
        );
        let whole = self.text.trim_end();
        let end = crate::diag::Span::new(self.file(), whole.len() as u32, self.text.len() as u32);
        Some(Assist {
            title: format!("mock `{name}` in a new test"),
            kind: AssistKind::Rewrite,
            edits: vec![(end, format!("\n\n{test}"))],
        })
    }
}
