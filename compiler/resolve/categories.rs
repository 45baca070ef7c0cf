//! Who gets what is of a category, `category billing -> finance in turn`, and where a link leads,
//! `link pricing -> "https://example.com/pricing"`.

use super::collect::not_plain;
use super::{Project, nearest};
use crate::check::Module;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Category, Link, SymbolKind};
use crate::syntax::ast::{self, Goal, ItemKind, NameKind};

/// Fills in the rules of categories; every name is known by now.
pub(crate) fn categories(project: &mut Project, modules: &[Module<'_>], out: &mut Vec<Diagnostic>) {
    for item in modules.iter().flat_map(|module| &module.tree.items) {
        let ItemKind::Names(decl) = &item.kind else { continue };
        for declared in &decl.names {
            let Some(goes_to) = &declared.goes_to else { continue };
            match (decl.kind, &goes_to.to) {
                (NameKind::Category, Goal::Team { team, manner }) => {
                    rule(project, declared, team, manner.as_ref(), out);
                }
                (NameKind::Link, Goal::Address(address)) => leads(project, declared, address, out),
                (kind, _) => out.push(misplaced(kind, goes_to.span)),
            }
        }
    }
}

fn misplaced(kind: NameKind, span: Span) -> Diagnostic {
    let word = kind.word();
    let (what, at, help) = match kind {
        NameKind::Category => (
            "A category goes to a team.",
            "not a team".to_owned(),
            "Name the team, as in `category billing -> finance`.",
        ),
        NameKind::Link => (
            "A link leads to an address.",
            "not an address".to_owned(),
            "Write the address, as in `link pricing -> \"https://example.com/pricing\"`.",
        ),
        _ => (
            "Only a category says who gets what is of it.",
            format!("nothing goes to anybody by its {word}"),
            "Declare a category, as in `category billing -> finance`.",
        ),
    };
    Diagnostic::new(Code::UnknownSetting, span, what).at(at).help(help).fix("remove it", vec![(span, String::new())])
}

/// Where a link leads, so that whoever follows it there in a mail is known to have followed it.
fn leads(project: &mut Project, declared: &ast::DeclaredName, address: &ast::StrLit, out: &mut Vec<Diagnostic>) {
    let Some(written) = address.plain() else {
        out.push(not_plain(address.span, "The address of a link"));
        return;
    };
    match flow_bytecode::address::url(written) {
        Some(address) => {
            let name = declared.name.name.shared().clone();
            project.hir.links.push(Link { name, address: address.into() });
        }
        None => {
            let shown: String = written.chars().take(60).collect();
            let wrong = Diagnostic::new(Code::BadUrl, address.span, format!("`{shown}` is not a URL."));
            out.push(wrong.at("not a URL").help("Write it whole, with `https://` in front."));
        }
    }
}

fn rule(
    project: &mut Project,
    declared: &ast::DeclaredName,
    team: &ast::Ident,
    manner: Option<&ast::Ident>,
    out: &mut Vec<Diagnostic>,
) {
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
    if let Some(manner) = manner.filter(|manner| manner.as_str() != "turn") {
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
        in_turn: manner.is_some(),
    });
}
