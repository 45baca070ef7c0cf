//! Edits that are offered where something is wrong.

use super::Analysis;
use crate::diag::{Diagnostic, Fix, Span};

impl Analysis {
    /// The edits that mend what is told about a stretch of a file, each with what it mends; lines that they bring stand as far
    /// in as the line that they come to.
    pub fn fixes(&self, stretch: Span) -> impl Iterator<Item = (&Diagnostic, Fix)> {
        let all = self.diagnostics().iter().filter(move |diagnostic| diagnostic.primary.span.touches(stretch));
        all.flat_map(move |diagnostic| {
            let edits = |fix: &Fix| fix.edits.iter().map(|(span, text)| (*span, self.indented(*span, text))).collect();
            let fix = move |fix: &Fix| Fix { title: fix.title.clone(), edits: edits(fix) };
            diagnostic.fixes.iter().map(move |one| (diagnostic, fix(one)))
        })
    }

    fn indented(&self, span: Span, text: &str) -> String {
        let source = self.front.sources.get(span.file).filter(|_| text.contains('\n'));
        let Some(before) = source.and_then(|source| source.text.get(..span.start as usize)) else {
            return text.to_owned();
        };
        let line = before.rsplit('\n').next().unwrap_or_default();
        let indent = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default();
        let text = text.replace('\n', &format!("\n{indent}"));
        // Where the line has nothing but its blanks yet, what comes begins there.
        match text.strip_prefix(&format!("\n{indent}")) {
            Some(rest) if line == indent && span.start == span.end => rest.to_owned(),
            _ => text,
        }
    }
}
