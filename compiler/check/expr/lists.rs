//! Lists and maps as written.

use super::super::args::entry_twice;
use super::super::body::Body;
use super::super::fit::{Why, json};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Convert, Expr, ExprKind, Ty};
use crate::resolve::Map;
use crate::syntax::ast;
use std::sync::Arc;

impl Body<'_> {
    #[inline(never)]
    pub fn list(&mut self, items: &[ast::Expr], span: Span, want: Option<&Ty>) -> Expr {
        match want {
            Some(Ty::List(item)) => {
                let items = items.iter().map(|each| self.need(each, item, Why::Plain("this list holds"))).collect();
                Expr { kind: ExprKind::List(items), ty: Ty::List(item.clone()), span }
            }
            Some(Ty::Json) => {
                let items = items.iter().map(|each| self.json_part(each)).collect();
                let list = Expr { kind: ExprKind::List(items), ty: Ty::List(Arc::new(Ty::Json)), span };
                Expr { kind: ExprKind::Convert(Convert::ToJson, Box::new(list)), ty: Ty::Json, span }
            }
            Some(Ty::Error) => {
                for item in items {
                    self.expr(item, want);
                }
                self.error(span)
            }
            _ => self.list_of_its_own(items, span),
        }
    }

    fn list_of_its_own(&mut self, items: &[ast::Expr], span: Span) -> Expr {
        let mut checked: Vec<Expr> = Vec::with_capacity(items.len());
        let mut common: Option<Ty> = None;
        for item in items {
            let value = self.value(item, common.as_ref());
            let Some(before) = common.take() else {
                common = Some(value.ty.clone());
                checked.push(value);
                continue;
            };
            let Some(ty) = self.common(&before, &value.ty) else {
                let (before, found) = (self.p.show(&before), self.p.show(&value.ty));
                let first = checked.first().map_or(span, |first| first.span);
                return self.wrong(
                    Diagnostic::new(
                        Code::WrongType,
                        value.span,
                        format!("A list holds values of one type; this is `{found}`, the ones before are `{before}`."),
                    )
                    .at(format!("this is `{found}`"))
                    .label(first, format!("this is `{before}`"))
                    .help("Make two lists, or a list of a record that has a field for each."),
                );
            };
            common = Some(ty);
            checked.push(value);
        }
        let ty = match common {
            None => {
                return self.wrong(
                    Diagnostic::new(Code::TypeNotKnown, span, "What this empty list will hold cannot be told.")
                        .help("Say it where it is named, as in `var names: List<Text> = []`."),
                );
            }
            Some(Ty::Null) => {
                return self.wrong(
                    Diagnostic::new(
                        Code::TypeNotKnown,
                        span,
                        "What this list holds cannot be told: there is only `null` in it.",
                    )
                    .help("Say it where it is named, as in `var names: List<Text?> = [null]`."),
                );
            }
            Some(ty) => ty,
        };
        let items = checked.into_iter().map(|item| self.fit(item, &ty, Why::Plain("this list holds"))).collect();
        if ty == Ty::Error {
            return self.error(span);
        }
        Expr { kind: ExprKind::List(items), ty: Ty::List(Arc::new(ty)), span }
    }

    #[inline(never)]
    pub fn map(&mut self, entries: &[ast::Entry], span: Span, want: Option<&Ty>) -> Expr {
        let mut seen: Map<usize> = Map::default();
        for (at, entry) in entries.iter().enumerate() {
            let first = *seen.entry(entry.key.name.shared().clone()).or_insert(at);
            if first < at {
                let message = format!("`{}` is given twice in this map.", entry.key.name);
                self.out.push(entry_twice(Code::DuplicateName, entries, at, first, message));
            }
        }
        match want {
            Some(Ty::Map(item)) => {
                let why = Why::Plain("this map holds");
                let pairs = entries.iter().map(|entry| (key(entry), self.need(&entry.value, item, why))).collect();
                Expr { kind: ExprKind::Map(pairs), ty: Ty::Map(item.clone()), span }
            }
            Some(Ty::Json) => {
                let pairs = entries.iter().map(|entry| (key(entry), self.json_part(&entry.value))).collect();
                Expr { kind: ExprKind::Map(pairs), ty: Ty::Json, span }
            }
            Some(Ty::Error) => {
                for entry in entries {
                    self.expr(&entry.value, want);
                }
                self.error(span)
            }
            _ => self.map_of_its_own(entries, span),
        }
    }

    fn map_of_its_own(&mut self, entries: &[ast::Entry], span: Span) -> Expr {
        let mut checked: Vec<(Arc<str>, Expr)> = Vec::with_capacity(entries.len());
        let mut common: Option<Ty> = None;
        for entry in entries {
            let value = self.value(&entry.value, common.as_ref());
            let ty = match &common {
                None => Some(value.ty.clone()),
                Some(before) => self.common(&before.clone(), &value.ty),
            };
            let Some(ty) = ty else {
                let (before, found) = (common.map(|ty| self.p.show(&ty)).unwrap_or_default(), self.p.show(&value.ty));
                return self.wrong(
                    Diagnostic::new(
                        Code::WrongType,
                        value.span,
                        format!("A map holds values of one type; this is `{found}`, the ones before are `{before}`."),
                    )
                    .at(format!("this is `{found}`"))
                    .help("For fields of different types declare a `record`; for a service take it as `Json`: `let body: Json = { … }`."),
                );
            };
            common = Some(ty);
            checked.push((key(entry), value));
        }
        let Some(ty) = common.filter(|ty| *ty != Ty::Null) else {
            return self.wrong(
                Diagnostic::new(Code::TypeNotKnown, span, "What this map will hold cannot be told.")
                    .help("Say it where it is named, as in `var totals: Map<Int> = {}`."),
            );
        };
        if ty == Ty::Error {
            return self.error(span);
        }
        let pairs =
            checked.into_iter().map(|(key, value)| (key, self.fit(value, &ty, Why::Plain("this map holds")))).collect();
        Expr { kind: ExprKind::Map(pairs), ty: Ty::Map(Arc::new(ty)), span }
    }

    /// A part of a JSON value.
    fn json_part(&mut self, expr: &ast::Expr) -> Expr {
        let want = match &expr.kind {
            ast::ExprKind::List(_) | ast::ExprKind::Map(_) => Some(&Ty::Json),
            _ => None,
        };
        let value = self.value(expr, want);
        if value.ty == Ty::Secret && self.json_leaves {
            return value;
        }
        // What is in a record or list may be why it does not fit; name it.
        if !json(self.p, &value.ty)
            && let Ty::Entity(id) = value.ty
        {
            let name =
                self.p.hir.entities.get(id.0 as usize).map_or_else(String::new, |entity| entity.name.to_string());
            return self.wrong(
                Diagnostic::new(Code::WrongType, value.span, format!("A `{name}` cannot be sent as JSON."))
                    .at(format!("this is `{name}`"))
                    .help("Send the fields that the service needs, as in `{ name: contact.first_name }`."),
            );
        }
        self.fit(value, &Ty::Json, Why::Plain("a part of JSON is"))
    }
}

fn key(entry: &ast::Entry) -> Arc<str> {
    entry.key.name.shared().clone()
}
