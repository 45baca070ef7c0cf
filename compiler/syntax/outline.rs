//! What a file declares, without what its flows do: two files with the same outline bring the same into a project.

use super::ast::{ClauseKind, File, ItemKind};
use super::lexer;
use super::token::Tok;
use crate::diag::FileId;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A hash of the words and signs of a file that stand outside of flows' clauses and bodies, and of tests. Blanks, comments and
/// documentation do not count, nor does where something stands.
///
/// What other flows see of a clause is only whether there is one that rules sending.
pub(crate) fn outline(file: &File, source: &str) -> u64 {
    let mut skipped: Vec<(u32, u32)> = Vec::new();
    let mut hasher = DefaultHasher::new();
    for item in &file.items {
        match &item.kind {
            ItemKind::Flow(flow) => {
                let start = flow.clauses.first().map_or(flow.body.span.start, |clause| clause.span.start);
                skipped.push((start, flow.body.span.end));
                let rules = flow
                    .clauses
                    .iter()
                    .any(|clause| matches!(clause.kind, ClauseKind::Cap { .. } | ClauseKind::SendWithin(_)));
                rules.hash(&mut hasher);
            }
            ItemKind::Test(_) => skipped.push((item.span.start, item.span.end)),
            _ => {}
        }
    }
    let mut skipped = skipped.into_iter().peekable();
    for (start, token, end) in lexer::lex(FileId::default(), source).tokens {
        while skipped.next_if(|(_, until)| *until <= start).is_some() {}
        let inside = skipped.peek().is_some_and(|(from, _)| *from <= start);
        if !inside && token != Tok::Newline {
            source.get(start as usize..end as usize).unwrap_or_default().hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    fn of(source: &str) -> u64 {
        outline(&parse(FileId(0), source).tree, source)
    }

    #[test]
    fn what_flows_do_is_no_part_of_it() {
        let file = "enum Plan { trial, pro }\nflow f(contact: Contact, n: Int = 2) -> Int\n  on contact.created\n{\n  return n\n}\n\
                    test \"t\" { advance(1 day) }\nteam support\n";
        let same = [
            ("return n", "let x = 1\n  return x + n"),
            ("  on contact.created\n", ""),
            ("advance(1 day)", ""),
            ("test \"t\"", "test \"another\""),
            ("enum Plan", "// what they pay\nenum Plan"),
            ("enum Plan", "/// What they pay.\n\n\nenum   Plan"),
        ];
        for (from, to) in same {
            let other = file.replace(from, to);
            assert_ne!(other, file);
            assert_eq!(of(&other), of(file), "{other}");
        }
        let others = [
            ("trial", "free"),
            ("n: Int = 2", "n: Int = 3"),
            ("n: Int", "m: Int"),
            ("-> Int", "-> Int?"),
            ("team support", "tag support"),
            ("team support", ""),
            ("flow f", "flow g"),
            ("on contact.created", "cap 1 per day"),
        ];
        for (from, to) in others {
            let other = file.replace(from, to);
            assert_ne!(other, file);
            assert_ne!(of(&other), of(file), "{other}");
        }
    }
}
