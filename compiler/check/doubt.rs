//! What is said only because something else could not be read is not said: one mistake, one message.

use super::Module;
use crate::diag::{Code, Diagnostic, Span};
use std::collections::HashSet;

/// The declarations of a project of which something could not be read.
#[derive(Debug, Default)]
pub(super) struct Doubts<'a> {
    /// In order.
    spans: Vec<Span>,
    names: HashSet<&'a str>,
}

impl<'a> Doubts<'a> {
    pub fn of(modules: &[Module<'a>]) -> Doubts<'a> {
        let mut doubts = Doubts::default();
        for doubt in modules.iter().map(|module| &module.tree.doubt) {
            doubts.spans.extend(&doubt.spans);
            doubts.names.extend(doubt.names.iter().map(|name| &**name));
        }
        doubts.spans.sort_unstable();
        doubts
    }

    /// Whether a finding may come from one of them.
    pub fn cover(&self, diagnostic: &Diagnostic) -> bool {
        if self.spans.is_empty() {
            return false;
        }
        let own = self.around(diagnostic.primary.span);
        // It points at such a declaration from elsewhere.
        diagnostic.labels.iter().any(|label| self.around(label.span).is_some_and(|place| own != Some(place)))
            || (names_something(diagnostic.code) && named(&diagnostic.message).any(|name| self.names.contains(name)))
    }

    /// The one that holds this place; they do not overlap.
    fn around(&self, place: Span) -> Option<Span> {
        let after = self.spans.partition_point(|span| (span.file, span.start) <= (place.file, place.start));
        let span = *self.spans.get(after.checked_sub(1)?)?;
        (span.file == place.file && place.end <= span.end).then_some(span)
    }
}

/// Codes that say that a name means nothing.
fn names_something(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownName
            | Code::UnknownField
            | Code::UnknownFunction
            | Code::UnknownType
            | Code::UnknownVariant
            | Code::UnknownSymbol
            | Code::UnknownEvent
    )
}

/// The names in a message, which stand in backticks; each part of a dotted one.
fn named(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2).flat_map(|name| name.split('.'))
}
