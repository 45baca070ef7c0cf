//! `for one in shop.orders_list(…).pages(max: 10)`: a list of which each call yields a page.

use super::body::Body;
use super::http::part;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Action, ActionId, Expr, ExprKind, LocalId, Pages, Ty};
use crate::syntax::ast;
use flow_bytecode::Intrinsic;
use std::sync::Arc;

/// The ways to turn over, as templates and connectors name them.
const WAYS: &[&str] = &["link", "cursor", "last", "number", "offset"];
const KEYS: &[&str] = &["by", "parameter", "wire", "items", "next", "more"];
const HELP: &str =
    "Write it as in `pages: { by: \"cursor\", parameter: \"cursor\", next: \"next_cursor\", items: \"orders\" }`.";

/// How the answers of an action are turned over.
struct Rule {
    /// The parameter that says which page, by position.
    parameter: usize,
    /// Where the items are, from the top of the answer.
    items: String,
    /// What the machine turns over by.
    parts: Vec<String>,
}

/// Where a template says something that cannot be.
type Wrong = (Span, String);

/// What a template says of its pages; nothing where it says nothing.
fn rule(template: &ast::ActionTemplate, action: &Action) -> Option<Result<Rule, Wrong>> {
    let entry = template.entries.iter().find(|entry| entry.key.as_str() == "pages")?;
    Some(read(entry, action))
}

fn read(entry: &ast::Entry, action: &Action) -> Result<Rule, Wrong> {
    let ast::ExprKind::Map(entries) = &entry.value.kind else {
        return Err((entry.value.span, "How pages are turned stands between braces.".to_owned()));
    };
    for entry in entries {
        if !KEYS.contains(&entry.key.as_str()) {
            return Err((
                entry.key.span,
                format!("Pages have no `{}`; they have `{}`.", entry.key.name, KEYS.join("`, `")),
            ));
        }
    }
    let text = |key: &str| match entries.iter().find(|entry| entry.key.as_str() == key) {
        None => Ok(None),
        Some(entry) => match &entry.value.kind {
            ast::ExprKind::Str(text) => text.plain().map(|text| Some((text, entry.value.span))),
            _ => None,
        }
        .ok_or_else(|| (entry.value.span, format!("`{key}` is a text, written as it is."))),
    };
    let (by, at) = text("by")?.unwrap_or(("", entry.value.span));
    if !WAYS.contains(&by) {
        return Err((at, format!("Which way pages are turned is one of `{}`.", WAYS.join("`, `"))));
    }
    let (name, at) = text("parameter")?.unwrap_or(("", entry.value.span));
    let Some(parameter) = action.params.iter().position(|param| *param.name == *name) else {
        return Err((at, "`parameter` names the parameter of the action that says which page.".to_owned()));
    };
    let ty = action.params.get(parameter).map_or(&Ty::Error, |param| &param.ty);
    let maybe = |inner: &Ty| matches!(ty, Ty::Optional(of) if **of == *inner);
    let counts = matches!(by, "number" | "offset");
    if !maybe(&Ty::Int) && (counts || !maybe(&Ty::Text)) {
        let wanted = if counts { "`Int?`" } else { "`Text?` or `Int?`" };
        return Err((at, format!("What says which page may be left out for the first: `{name}` has to be {wanted}.")));
    }
    let next = text("next")?.map(|(text, _)| text);
    if matches!(by, "cursor" | "last") && next.is_none() {
        return Err((entry.value.span, "`next` says where in the answer the next cursor stands.".to_owned()));
    }
    let or_none = |found: Option<(&str, Span)>| found.map_or("", |(text, _)| text).to_owned();
    let (wire, items, more) =
        (text("wire")?.map_or(name, |(text, _)| text), or_none(text("items")?), or_none(text("more")?));
    let parts = vec![by.to_owned(), wire.to_owned(), items.clone(), next.unwrap_or_default().to_owned(), more];
    Ok(Rule { parameter, items, parts })
}

/// `call(…)` of `call(…).pages(…)`.
fn call_of(expr: &ast::Expr) -> Option<(&ast::Call, Span, &ast::Call)> {
    let ast::ExprKind::Call(outer) = &expr.kind else { return None };
    let ast::ExprKind::Field { base, name, optional: false } = &outer.callee.kind else { return None };
    match &base.kind {
        ast::ExprKind::Call(inner) if name.as_str() == "pages" => Some((inner, base.span, outer)),
        _ => None,
    }
}

impl Body<'_> {
    /// Checks what a template says of its pages, where it is declared.
    pub fn pages_declared(&mut self, template: &ast::ActionTemplate, action: &Action) {
        let wrong = match rule(template, action) {
            None => return,
            Some(Err(wrong)) => wrong,
            Some(Ok(rule)) => {
                let reply = self.hidden(action.result.clone(), action.span);
                let reply = Expr { kind: ExprKind::Local(reply), ty: action.result.clone(), span: action.span };
                if self.items(reply, &rule.items).is_some() || action.result == Ty::Error {
                    return;
                }
                let at = template.entries.iter().find(|entry| entry.key.as_str() == "pages");
                let result = self.p.show(&action.result);
                let sentence = match rule.items.as_str() {
                    "" => format!("`{result}` is no list of items."),
                    items => format!("There is no list at `{items}` of `{result}`."),
                };
                (at.map_or(action.span, |entry| entry.value.span), format!("{sentence} `items` says where they are."))
            }
        };
        self.out.push(Diagnostic::new(Code::BadPages, wrong.0, wrong.1).help(HELP));
    }

    /// The list of a `for` that goes through pages, and how they are asked for; nothing where it is another list.
    pub(super) fn paged(&mut self, list: &ast::Expr) -> Option<(Expr, Option<Box<Pages>>)> {
        let (inner, span, outer) = call_of(list)?;
        let slots: [(Arc<str>, Ty); 1] = [("max".into(), Ty::Int)];
        let max = self.args("pages", None, &slots, &outer.args, outer.args_span).pop();
        if let Some(Expr { kind: ExprKind::Int(most), span, .. }) = &max
            && *most < 1
        {
            let diagnostic = Diagnostic::new(Code::NoPages, *span, "No page is ever asked for.")
                .help("`max` is how many pages are asked for at most: write it as in `.pages(max: 10)`.");
            self.out.push(diagnostic);
        }
        let call = ast::Call { policy: outer.policy.clone().or_else(|| inner.policy.clone()), ..inner.clone() };
        let made = self.call(&call, span, None);
        let (Some(max), false) = (max, made.ty == Ty::Error) else { return Some((self.error(list.span), None)) };
        let wrong = |body: &mut Self, said: String, help: &str| {
            let at = Span::new(list.span.file, span.end, list.span.end);
            Some((body.wrong(Diagnostic::new(Code::NoPages, at, said).help(help)), None))
        };
        let p = self.p;
        let called = action_of(&made)
            .and_then(|id| Some((p.hir.actions.get(id.0 as usize)?, p.action_sources.get(id.0 as usize)?.template())));
        let Some((action, template)) = called else {
            return wrong(
                self,
                "What is called here is no action.".to_owned(),
                "Only calls of a service come in pages: leave `.pages(…)` out.",
            );
        };
        let rule = match template.and_then(|template| rule(template, action)) {
            Some(Ok(rule)) => rule,
            // That is told where it is declared.
            Some(Err(_)) => return Some((self.error(list.span), None)),
            None => {
                let said =
                    format!("Nobody says that the answers of `{}` come in pages, or how they are turned.", action.name);
                let help = "Say it at the connector, as in `with { pages: { orders_list: .cursor(\"cursor\", next: \"next_cursor\") } }`, or in the template; or leave `.pages(…)` out.";
                return wrong(self, said, help);
            }
        };
        // What stands for an action in a test stands for all of its pages.
        if p.for_tests {
            let items = self.items(made, &rule.items);
            return Some((items.unwrap_or_else(|| self.error(list.span)), None));
        }
        Some(self.turned(made, action, &rule, max, list.span).unwrap_or_else(|| (self.error(list.span), None)))
    }

    /// A call as it is made once, as one that is made for each page.
    fn turned(
        &mut self,
        made: Expr,
        action: &Action,
        rule: &Rule,
        max: Expr,
        span: Span,
    ) -> Option<(Expr, Option<Box<Pages>>)> {
        let ExprKind::Let { mut bindings, body } = made.kind else { return None };
        let ty = action.params.get(rule.parameter)?.ty.clone();
        (rule.parameter < bindings.len()).then_some(())?;
        let (cursor, first) = bindings.remove(rule.parameter);
        let response = self.p.actions.get("http.request").and_then(|id| self.p.hir.actions.get(id.0 as usize))?;
        let reply = self.hidden(response.result.clone(), span);
        let (value, call) = without_call(*body, reply)?;
        let list = self.items(value, &rule.items)?;
        let answered = || Expr { kind: ExprKind::Local(reply), ty: response.result.clone(), span };
        let text = |text: &String| Expr { kind: ExprKind::Text(text.as_str().into()), ty: Ty::Text, span };
        let parts = rule.parts.iter().map(text).collect();
        let args = vec![
            Expr { kind: ExprKind::List(parts), ty: Ty::List(Arc::new(Ty::Text)), span },
            part(self.p, answered(), "headers"),
            part(self.p, answered(), "body"),
            Expr { kind: ExprKind::Local(cursor), ty: ty.clone(), span },
        ];
        let whole = matches!(&ty, Ty::Optional(inner) if **inner == Ty::Int);
        let which = if whole { Intrinsic::NextPageNumber } else { Intrinsic::NextPage };
        let next = Expr { kind: ExprKind::Intrinsic(which, args), ty, span };
        Some((list, Some(Box::new(Pages { bindings, max, cursor, first, reply, call, next }))))
    }

    /// The list at a path of an answer; an empty one where something on the way is missing.
    fn items(&mut self, answer: Expr, path: &str) -> Option<Expr> {
        let names: Vec<&str> = path.split('.').filter(|name| !name.is_empty()).collect();
        let span = answer.span;
        let found = self.inside_of(answer, &names)?;
        let found = match &found.ty {
            Ty::Json => {
                let ty = Ty::List(Arc::new(Ty::Json)).optional();
                Expr { kind: ExprKind::Decode(Box::new(found)), ty, span }
            }
            _ => found,
        };
        match found.ty.clone() {
            Ty::List(_) => Some(found),
            Ty::Optional(inner) if matches!(*inner, Ty::List(_)) => {
                let none = Expr { kind: ExprKind::List(Vec::new()), ty: (*inner).clone(), span };
                let kind = ExprKind::Coalesce { left: Box::new(found), right: Box::new(none) };
                Some(Expr { kind, ty: (*inner).clone(), span })
            }
            _ => None,
        }
    }

    fn inside_of(&mut self, base: Expr, names: &[&str]) -> Option<Expr> {
        let Some((name, rest)) = names.split_first() else { return Some(base) };
        let span = base.span;
        match base.ty.clone() {
            Ty::Optional(inner) => {
                let local = self.hidden((*inner).clone(), span);
                let present = Expr { kind: ExprKind::Local(local), ty: (*inner).clone(), span };
                let then = self.inside_of(present, names)?;
                let ty = then.ty.clone().optional();
                Some(Expr { kind: ExprKind::Chain { base: Box::new(base), local, then: Box::new(then) }, ty, span })
            }
            Ty::Record(record) => {
                let field = self.p.record_field(record, name)?;
                let ty = self.p.hir.records.get(record.0 as usize)?.fields.get(field as usize)?.ty.clone();
                let part = Expr { kind: ExprKind::Part { base: Box::new(base), record, field }, ty, span };
                self.inside_of(part, rest)
            }
            Ty::Json => {
                let key = Expr { kind: ExprKind::Text((*name).into()), ty: Ty::Text, span };
                let kind = ExprKind::Intrinsic(Intrinsic::MapGet, vec![base, key]);
                self.inside_of(Expr { kind, ty: Ty::Json, span }, rest)
            }
            _ => None,
        }
    }

    /// `.pages(…)` where no `for` goes through them.
    pub(super) fn pages_elsewhere(&mut self, base: &ast::Expr, name: &ast::Ident, call: &ast::Call) -> Option<Expr> {
        if name.as_str() != "pages" || !matches!(base.kind, ast::ExprKind::Call(_)) {
            return None;
        }
        self.expr(base, None);
        self.args_in_vain(&call.args);
        let diagnostic = Diagnostic::new(Code::NoPages, name.span, "Pages are gone through one after the other, by a `for`.")
            .help("Write `for one in shop.orders_list(…).pages(max: 10) { … }`; to keep what is needed of them, add it to a `var`.");
        Some(self.wrong(diagnostic))
    }
}

/// The action that a call as it was checked calls.
fn action_of(made: &Expr) -> Option<ActionId> {
    match &made.kind {
        ExprKind::Action(call) => Some(call.named()),
        ExprKind::Let { body, .. } => action_of(body),
        ExprKind::Decode(inner) => action_of(inner),
        ExprKind::Part { base, .. } => action_of(base),
        _ => None,
    }
}

/// What is made of an answer, and the call that yields it.
fn without_call(expr: Expr, reply: LocalId) -> Option<(Expr, Expr)> {
    let Expr { kind, ty, span } = expr;
    match kind {
        ExprKind::Action(_) => {
            let answered = Expr { kind: ExprKind::Local(reply), ty: ty.clone(), span };
            Some((answered, Expr { kind, ty, span }))
        }
        ExprKind::Decode(inner) => {
            let (inner, call) = without_call(*inner, reply)?;
            Some((Expr { kind: ExprKind::Decode(Box::new(inner)), ty, span }, call))
        }
        ExprKind::Part { base, record, field } => {
            let (base, call) = without_call(*base, reply)?;
            Some((Expr { kind: ExprKind::Part { base: Box::new(base), record, field }, ty, span }, call))
        }
        _ => None,
    }
}
