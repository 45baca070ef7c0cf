//! Articles without words.

use super::graph::Graph;
use crate::diag::{Code, Diagnostic};
use crate::hir::SymbolKind;
use crate::resolve::Project;

/// Warns of each declared article that has no words, where it is known which have.
pub(super) fn look(p: &Project, _: &Graph, out: &mut Vec<Diagnostic>) {
    let Some(known) = &p.articles else { return };
    for (_, name, span) in p.hir.symbols.iter().filter(|(kind, _, _)| *kind == SymbolKind::Article) {
        if known.iter().any(|known| **known == **name) {
            continue;
        }
        out.push(
            Diagnostic::new(Code::NoWords, *span, format!("The article `{name}` has no words."))
                .at(format!("there is no file `articles/{name}.md`"))
                .help(format!("Write `articles/{name}.md`: its first heading is the title.")),
        );
    }
}
