//! Edits that are offered where something is wrong.

use super::Analysis;
use crate::diag::{Diagnostic, Fix, Span};

impl Analysis {
    /// The edits that mend what is told about a stretch of a file, each with what it mends.
    pub fn fixes(&self, stretch: Span) -> impl Iterator<Item = (&Diagnostic, &Fix)> {
        let all = self.diagnostics().iter().filter(move |diagnostic| diagnostic.primary.span.touches(stretch));
        all.flat_map(|diagnostic| diagnostic.fixes.iter().map(move |fix| (diagnostic, fix)))
    }
}
