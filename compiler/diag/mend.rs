//! Carrying out the edits that diagnostics offer.

use super::{Code, Diagnostic, FileId, Fix, Span};
use std::collections::BTreeMap;

/// What stands in an edit where only a person knows the words.
const PLACEHOLDER: char = '…';

/// The one edit of each diagnostic that is known to be meant. Left to a person is what is offered in several ways, what leaves
/// words to fill in, and what may as well be meant otherwise.
pub fn certain(diagnostics: &[Diagnostic]) -> Vec<&Fix> {
    diagnostics
        .iter()
        .filter_map(|diagnostic| match diagnostic.fixes.as_slice() {
            [fix] if !is_for_a_person(diagnostic.code) => Some(fix).filter(|fix| !fills_in(fix)),
            _ => None,
        })
        .collect()
}

/// Whose edit changes what customers see or how long a run waits, hides what was forgotten, or takes away what may be meant
/// for something else.
fn is_for_a_person(code: Code) -> bool {
    matches!(code, Code::UnusedName | Code::TooManyArguments | Code::SingleBraces | Code::WaitNeedsEnd)
}

fn fills_in(fix: &Fix) -> bool {
    fix.edits.iter().any(|(_, new)| new.contains(PLACEHOLDER))
}

/// Those of the fixes that can be carried out together: an edit that touches another has to wait until that one is made.
pub fn compatible<'f>(fixes: &[&'f Fix]) -> Vec<&'f Fix> {
    // Where each edit ends, by where it begins. No two touch, so the last that begins before a place is the one to look at.
    let mut taken: BTreeMap<(FileId, u32), u32> = BTreeMap::new();
    let mut chosen = Vec::new();
    for fix in fixes {
        let free = |span: &Span| {
            let before = taken.range((span.file, 0)..=(span.file, span.end)).next_back();
            before.is_none_or(|(_, end)| *end < span.start)
        };
        if !fix.edits.is_empty() && fix.edits.iter().all(|(span, _)| free(span)) {
            for (span, _) in &fix.edits {
                let end = taken.entry((span.file, span.start)).or_default();
                *end = span.end.max(*end);
            }
            chosen.push(*fix);
        }
    }
    chosen
}

/// A file's text after these fixes, of which no two may touch each other. Edits that do not fit the text are left out.
pub fn mend(file: FileId, text: &str, fixes: &[&Fix]) -> String {
    let mut edits: Vec<&(Span, String)> = fixes.iter().flat_map(|fix| &fix.edits).collect();
    edits.retain(|(span, _)| span.file == file && span.start <= span.end && text.get(span.range()).is_some());
    // From the end, so that what comes before stays where it is. Insertions at one place keep their order.
    edits.reverse();
    edits.sort_by_key(|(span, _)| std::cmp::Reverse((span.start, span.end)));
    let mut mended = text.to_owned();
    for (span, new) in edits {
        mended.replace_range(span.range(), new);
    }
    mended
}
