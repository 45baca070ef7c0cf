//! Bare variants, `.trial`: of whatever is wanted there.

use super::super::body::Body;
use super::super::probe::Probe;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Definition, EnumId, Expr, ExprKind, SymbolKind, Ty};
use crate::resolve::few;
use crate::syntax::ast;
use std::sync::Arc;

/// Kinds of failure that every flow may meet.
pub(crate) const FAILURE_KINDS: &[&str] = &[
    "timeout",
    "unreachable",
    "rejected",
    "rate_limited",
    "in_doubt",
    "denied",
    "expired",
    "gone",
    "invalid",
    "overflow",
    "currency",
    "limit",
    "failed",
];

impl Body<'_> {
    #[inline(never)]
    pub fn variant(&mut self, name: &ast::Ident, span: Span, want: Option<&Ty>) -> Expr {
        if self.is_mark(name.as_str()) {
            let want = want.cloned();
            self.probed(|_| Probe::Variant(want));
            return self.error(span);
        }
        match want {
            Some(Ty::Enum(id)) => self.variant_of(*id, name, span),
            Some(Ty::Symbol(kind)) => self.symbol(*kind, name, span),
            Some(Ty::Secret) => self.symbol(SymbolKind::Secret, name, span),
            Some(Ty::Assignee) if name.as_str() == "ai" => {
                Expr { kind: ExprKind::Text(Arc::from("ai")), ty: Ty::Assignee, span }
            }
            Some(Ty::Assignee) => self.symbol(SymbolKind::Team, name, span),
            Some(Ty::FailureKind) => {
                Expr { kind: ExprKind::FailureKind(name.name.shared().clone()), ty: Ty::FailureKind, span }
            }
            Some(Ty::Error) => self.error(span),
            Some(Ty::List(item)) if matches!(**item, Ty::Enum(_) | Ty::Symbol(_)) => {
                let wanted = self.p.show(&Ty::List(item.clone()));
                self.wrong(
                    Diagnostic::new(
                        Code::WrongType,
                        span,
                        format!("`{wanted}` is wanted here, and this is one alone."),
                    )
                    .at("not a list")
                    .help(format!("Put it into a list: `[.{}]`.", name.name))
                    .fix("put it into a list", vec![(span, format!("[.{}]", name.name))]),
                )
            }
            Some(other) => {
                let wanted = self.p.show(other);
                self.wrong(
                    Diagnostic::new(
                        Code::WrongType,
                        span,
                        format!("`.{}` names a variant, but `{wanted}` is wanted here, which has none.", name.name),
                    )
                    .at(format!("`{wanted}` is wanted"))
                    .help(format!("Put a value of the type `{wanted}` here.")),
                )
            }
            None => self.variant_of_what(name, span),
        }
    }

    /// A variant of a known enum.
    pub fn variant_of(&mut self, id: EnumId, name: &ast::Ident, span: Span) -> Expr {
        if let Some(index) = self.p.variant(id, name.as_str()) {
            self.refers(name.span, || Definition::Variant(id, index));
            return Expr { kind: ExprKind::Variant(id, index), ty: Ty::Enum(id), span };
        }
        let Some(def) = self.p.hir.enums.get(id.0 as usize) else { return self.error(span) };
        let of = self.p.show(&Ty::Enum(id));
        let diagnostic = Diagnostic::new(
            Code::UnknownVariant,
            dotted(name, span),
            format!("`{of}` has no variant `.{}`.", name.name),
        )
        .label(def.span, format!("`{of}` is declared here"));
        let names = def.variants.iter().map(|(name, _)| &**name);
        let all = few(names.clone().map(|name| format!("`.{name}`")));
        let diagnostic = match self.p.nearest(name.as_str(), names) {
            Some(near) => diagnostic
                .help(match def.variants.len() > SHOWN_MAX {
                    true => format!("Did you mean `.{near}`?"),
                    false => format!("Did you mean `.{near}`? It has {all}."),
                })
                .fix(format!("replace `{}` by `{near}`", name.name), vec![(name.span, near.to_owned())]),
            None if def.variants.is_empty() => diagnostic
                .help(format!("It has none yet: write them in its braces, as in `enum {of} {{ {} }}`.", name.name)),
            None => diagnostic.help(format!("It has {all}.")),
        };
        let wrong = self.wrong(diagnostic);
        Expr { span, ..wrong }
    }

    /// A declared name of a known kind.
    pub fn symbol(&mut self, kind: SymbolKind, name: &ast::Ident, span: Span) -> Expr {
        if self.p.symbol(kind, name.as_str()).is_none() {
            let (word, text) = (kind.word(), name.as_str());
            let diagnostic = Diagnostic::new(
                Code::UnknownSymbol,
                dotted(name, span),
                format!("There is no {word} `{text}` in this project."),
            )
            .at(format!("not declared as {}", kind.article()));
            let mut names: Vec<&str> = self.p.symbol_names(kind).filter(|_| self.p.may_guess()).collect();
            names.sort_unstable();
            let diagnostic = match sharing_a_word(text, &names) {
                Some(near) if self.p.nearest(text, names.iter().copied()).is_none() => diagnostic
                    .help(format!("Did you mean `{near}`?"))
                    .fix(format!("replace `{text}` by `{near}`"), vec![(name.span, near.to_owned())]),
                _ => Self::suggest(self.p, diagnostic, text, name.span, names.iter().copied(), || {
                    let rest = match kind {
                        SymbolKind::Calendar => " { zone: \"Europe/Oslo\", open: \"mon-fri 09:00-17:00\" }",
                        _ => "",
                    };
                    let declare = format!("Declare it at the top of a file: `{word} {text}{rest}`");
                    Some(match names.is_empty() || names.len() > SHOWN_MAX {
                        true => format!("{declare}."),
                        false => format!("{declare}; or take {}.", one_of(&names)),
                    })
                }),
            };
            let wrong = self.wrong(diagnostic);
            return Expr { span, ..wrong };
        }
        let shared = name.name.shared().clone();
        self.refers(name.span, || Definition::Symbol(kind, shared.clone()));
        match kind {
            SymbolKind::Secret => Expr { kind: ExprKind::Secret(shared), ty: Ty::Secret, span },
            _ => Expr { kind: ExprKind::Symbol(kind, shared), ty: Ty::Symbol(kind), span },
        }
    }

    fn variant_of_what(&mut self, name: &ast::Ident, span: Span) -> Expr {
        let text = name.as_str();
        let mut diagnostic =
            Diagnostic::new(Code::TypeNotKnown, span, format!("Of what `.{text}` is a variant cannot be told here."))
                .at("nothing here says which type is wanted")
                .help(format!("Say it in full, as in `Plan.{text}` or `tag.{text}`, or give the name a type."));
        let enums = self.p.hir.enums.iter().zip(&self.p.variants).filter(|_| self.p.may_guess());
        let owners = enums.filter(|(_, names)| names.contains_key(text));
        for (owner, _) in owners.take(3) {
            let bare = owner.name.rsplit('.').next().unwrap_or(&owner.name);
            diagnostic = diagnostic.fix(format!("write `{bare}.{text}`"), vec![(span, format!("{bare}.{text}"))]);
        }
        for kind in crate::resolve::SYMBOL_KINDS {
            if self.p.symbol(kind, text).is_some() {
                let full = format!("{}.{text}", kind.word());
                diagnostic = diagnostic.fix(format!("write `{full}`"), vec![(span, full)]);
            }
        }
        self.wrong(diagnostic)
    }
}

/// The name with the dot before it, where it stands bare.
fn dotted(name: &ast::Ident, whole: Span) -> Span {
    if whole.start + 1 == name.span.start { whole } else { name.span }
}

/// So many declared names are told beside how one is declared.
const SHOWN_MAX: usize = 6;

/// "`a`, `b` or `c`"
fn one_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`, which is declared"),
        [first @ .., last] => {
            format!("{} or `{last}`, which are declared", few(first.iter().map(|name| format!("`{name}`"))))
        }
    }
}

/// The one name that has a word of this one: `office_hours` for `office`.
fn sharing_a_word<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    let words = |name: &'_ str| -> Vec<String> {
        name.split('_').filter(|word| word.len() >= 4).map(str::to_lowercase).collect()
    };
    let own = words(text);
    let mut found = names.iter().filter(|name| words(name).iter().any(|word| own.contains(word)));
    let one = found.next()?;
    found.next().is_none().then_some(*one)
}
