//! A flow's header: what starts it, who may enter, what is looked at wherever the run is.

use super::build::Builder;
use super::label::{LABEL_MAX, cut};
use super::{Edge, EdgeKind, NodeKind};
use crate::diag::Span;
use crate::syntax::ast::{Clause, ClauseKind, FlowDecl, Item, ItemKind};

/// The declaration whose name stands there.
pub(super) fn declaration(items: &[Item], name: Span) -> Option<&FlowDecl> {
    items.iter().find_map(|item| match &item.kind {
        ItemKind::Flow(decl) if decl.name.span == name => Some(&**decl),
        _ => None,
    })
}

impl Builder<'_> {
    /// Triggers above, the entry below them, rules beside it.
    pub fn header(&mut self, decl: Option<&FlowDecl>) {
        let clauses = decl.map_or(&[][..], |decl| &decl.clauses);
        let mut triggers = Vec::new();
        for clause in clauses.iter().filter(|clause| matches!(clause.kind, ClauseKind::On(_))) {
            let said = self.words.slice(clause.span);
            let said = said.strip_prefix("on ").unwrap_or(&said).to_owned();
            triggers.push(self.loose(NodeKind::Trigger, "on", &said, clause.span));
        }
        let rules: Vec<String> = clauses
            .iter()
            .filter(|clause| says_who_enters(clause))
            .map(|clause| self.words.slice(clause.span))
            .collect();
        let name = self.flow.name.rsplit('.').next().unwrap_or(&self.flow.name).to_owned();
        let entry = self.loose(NodeKind::Entry, &name, &rules.join("\n"), self.flow.span);
        for from in triggers {
            self.graph.edges.push(Edge { from, to: entry, label: String::new(), kind: EdgeKind::Next });
        }
        for clause in clauses {
            let (label, word) = match clause.kind {
                ClauseKind::ExitWhen(_) | ClauseKind::ExitOn(_) => ("at any time", "exit"),
                ClauseKind::Goal { .. } => ("counted", "goal"),
                _ => continue,
            };
            let said = self.words.slice(clause.span);
            let said = said.strip_prefix(word).unwrap_or(&said).trim_start().to_owned();
            let to = self.loose(NodeKind::Rule, word, &said, clause.span);
            self.graph.edges.push(Edge { from: entry, to, label: label.to_owned(), kind: EdgeKind::Always });
        }
        self.open_from(entry, "");
        if let Some(result) = decl.and_then(|decl| decl.result.as_ref()) {
            let result = cut(&format!("gives {}", self.words.slice(result.span)), LABEL_MAX);
            if let Some(node) = self.graph.nodes.get_mut(entry) {
                node.text = if node.text.is_empty() { result } else { format!("{}\n{result}", node.text) };
            }
        }
    }
}

/// Whether a clause is about births: it is told in the entry.
fn says_who_enters(clause: &Clause) -> bool {
    match clause.kind {
        ClauseKind::On(_)
        | ClauseKind::ExitWhen(_)
        | ClauseKind::ExitOn(_)
        | ClauseKind::Goal { .. }
        | ClauseKind::Error => false,
        ClauseKind::Once { .. }
        | ClauseKind::Overlap(_)
        | ClauseKind::Cap { .. }
        | ClauseKind::SendWithin(_)
        | ClauseKind::Holdout(_)
        | ClauseKind::Priority(_) => true,
    }
}
