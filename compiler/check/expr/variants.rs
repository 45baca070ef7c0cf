//! Bare variants, `.trial`: of whatever is wanted there.

use super::super::body::Body;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{EnumId, Expr, ExprKind, SymbolKind, Ty};
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
            return Expr { kind: ExprKind::Variant(id, index), ty: Ty::Enum(id), span };
        }
        let Some(def) = self.p.hir.enums.get(id.0 as usize) else { return self.error(span) };
        let of = self.p.show(&Ty::Enum(id));
        let diagnostic =
            Diagnostic::new(Code::UnknownVariant, name.span, format!("`{of}` has no variant `.{}`.", name.name))
                .label(def.span, format!("`{of}` is declared here"));
        let names = def.variants.iter().map(|(name, _)| &**name);
        let diagnostic = Self::suggest(self.p, diagnostic, name.as_str(), name.span, names.clone(), || {
            if def.variants.is_empty() {
                return Some(format!(
                    "It has none yet: write them in its braces, as in `enum {of} {{ {} }}`.",
                    name.name
                ));
            }
            Some(format!("It has {}.", few(names.map(|name| format!("`.{name}`")))))
        });
        let wrong = self.wrong(diagnostic);
        Expr { span, ..wrong }
    }

    /// A declared name of a known kind.
    pub fn symbol(&mut self, kind: SymbolKind, name: &ast::Ident, span: Span) -> Expr {
        if self.p.symbol(kind, name.as_str()).is_none() {
            let (word, text) = (kind.word(), name.as_str());
            let diagnostic = Diagnostic::new(
                Code::UnknownSymbol,
                name.span,
                format!("There is no {word} `{text}` in this project."),
            )
            .at(format!("not declared as {}", kind.article()));
            let names = self.p.symbol_names(kind);
            let diagnostic = Self::suggest(self.p, diagnostic, text, name.span, names, || {
                let rest = match kind {
                    SymbolKind::Calendar => " { open: \"mon-fri 09:00-17:00\" }",
                    _ => "",
                };
                Some(format!("Declare it at the top of a file: `{word} {text}{rest}`."))
            });
            let wrong = self.wrong(diagnostic);
            return Expr { span, ..wrong };
        }
        let shared = name.name.shared().clone();
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
