//! What may be missing, used where it is there.

use super::{Assist, AssistKind, Place};
use crate::diag::{Code, Span};
use crate::syntax::ast::StmtKind;

impl Place<'_> {
    pub(super) fn present(&self) -> Option<Assist> {
        let missing = |code| matches!(code, Code::MaybeMissing | Code::MaybeMissingShown);
        let here = |span: Span| span.touches(self.stretch);
        let mut all = self.analysis.diagnostics().iter();
        let told = all.rfind(|told| missing(told.code) && here(told.primary.span))?;
        let name = self.of(told.primary.span);
        // A name or a field of one: whatever else is computed twice would be so each time.
        let plain = name.split('.').all(crate::syntax::is_name);
        let (block, at, stmt) = self.stmt()?;
        if !plain || !stmt.span.contains(told.primary.span) {
            return None;
        }
        // What is named by a `let` has to be seen by what follows it.
        let end = match stmt.kind {
            StmtKind::Let(_) => block.stmts.last()?.span.end,
            _ => block.stmts.get(at)?.span.end,
        };
        let whole = Span::new(self.file(), stmt.span.start, end);
        let indent = self.indent(stmt.span.start);
        // Its first line stands behind its indentation; the others bring theirs.
        let inner = Place::further_in(self.of(whole), "    ");
        let text = format!("if {name} != null {{\n{indent}{inner}\n{indent}}}");
        let edits = vec![(whole, text)];
        Some(Assist { title: format!("wrap in `if {name} != null`"), kind: AssistKind::Mend(told.code), edits })
    }
}
