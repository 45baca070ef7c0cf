//! Who gets what is of a category: `category billing -> finance in turn`.

use super::{Project, nearest};
use crate::check::Module;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Category, SymbolKind};
use crate::syntax::ast::{self, ItemKind, NameKind};

/// Fills in the rules of categories; every name is known by now.
pub(crate) fn categories(project: &mut Project<'_>, modules: &[Module<'_>], out: &mut Vec<Diagnostic>) {
    for item in modules.iter().flat_map(|module| &module.tree.items) {
        let ItemKind::Names(decl) = &item.kind else { continue };
        for declared in &decl.names {
            let Some(goes_to) = &declared.goes_to else { continue };
            if decl.kind == NameKind::Category {
                rule(project, declared, goes_to, out);
            } else {
                out.push(misplaced(decl.kind, goes_to.span));
            }
        }
    }
}

fn misplaced(kind: NameKind, span: Span) -> Diagnostic {
    let word = kind.word();
    Diagnostic::new(Code::UnknownSetting, span, "Only a category says who gets what is of it.")
        .at(format!("nothing goes to anybody by its {word}"))
        .help("Declare a category, as in `category billing -> finance`.")
        .fix("remove it", vec![(span, String::new())])
}

fn rule(project: &mut Project<'_>, declared: &ast::DeclaredName, goes_to: &ast::GoesTo, out: &mut Vec<Diagnostic>) {
    let team = &goes_to.team;
    if project.symbol(SymbolKind::Team, team.as_str()).is_none() {
        let wrong = Diagnostic::new(Code::UnknownSymbol, team.span, format!("There is no team `{}`.", team.name))
            .at("not declared");
        out.push(match nearest(team.as_str(), project.symbol_names(SymbolKind::Team)) {
            Some(near) => wrong
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace `{}` by `{near}`", team.name), vec![(team.span, near.to_owned())]),
            None => wrong.help(format!("Declare it: `team {}`.", team.name)),
        });
        return;
    }
    if let Some(manner) = goes_to.manner.as_ref().filter(|manner| manner.as_str() != "turn") {
        out.push(
            Diagnostic::new(Code::UnknownSetting, manner.span, format!("A team gets nothing in `{}`.", manner.name))
                .at("`turn` is all there is")
                .help(format!("Write `-> {0}` for the team, or `-> {0} in turn` for its teammates in turn.", team.name))
                .fix("write `turn`", vec![(manner.span, "turn".to_owned())]),
        );
    }
    project.hir.categories.push(Category {
        name: declared.name.name.shared().clone(),
        team: team.name.shared().clone(),
        in_turn: goes_to.manner.is_some(),
    });
}
