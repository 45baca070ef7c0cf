//! Names, and chains of them: locals, declared names, variants in full.

use super::super::body::Body;
use super::super::probe::Probe;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Definition, EntityId, Expr, ExprKind, SymbolKind, Ty};
use crate::resolve::{TypeDef, symbol_kind};
use crate::syntax::ast;
use flow_bytecode::Intrinsic;

/// The name at the beginning of a chain of fields.
pub(crate) fn root_name(expr: &ast::Expr) -> Option<(&ast::Name, Span)> {
    let mut expr = expr;
    loop {
        match &expr.kind {
            ast::ExprKind::Name(name) => return Some((name, expr.span)),
            ast::ExprKind::Field { base, .. } => expr = base,
            _ => return None,
        }
    }
}

/// A function of the language by its name: what it needs, and a call of it.
fn function_named(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "today" => ("It has to know whose day it is", "today(in: contact.timezone)"),
        "money" => ("It takes an amount and its currency", "money(19.90, .eur)"),
        "date" => ("It takes a date as a text", "date(\"2026-03-01\")"),
        _ => return None,
    })
}

/// The names of a chain, first to last; `None` for anything else.
fn chain(expr: &ast::Expr) -> Option<Vec<ast::Ident>> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Some(vec![ast::Ident { name: name.clone(), span: expr.span }]),
        ast::ExprKind::Field { base, name, .. } => {
            let mut names = chain(base)?;
            names.push(name.clone());
            Some(names)
        }
        _ => None,
    }
}

impl Body<'_> {
    #[inline(never)]
    pub fn name(&mut self, name: &ast::Name, span: Span, want: Option<&Ty>) -> Expr {
        if self.is_mark(name) {
            let want = want.cloned();
            self.probed(|body| Probe::Value { locals: body.in_scope(), want });
            return self.error(span);
        }
        if let Some(id) = self.local(name) {
            self.refers_local(id, span);
            return self.local_expr(id, span);
        }
        if name == "now" {
            return Expr { kind: ExprKind::Intrinsic(Intrinsic::Now, Vec::new()), ty: Ty::Instant, span };
        }
        if let Ok(Some(def)) = self.p.type_named(self.module, name)
            && let Some(all) = self.all_variants(def, span, want)
        {
            return all;
        }
        let mut diagnostic = self.unknown_name(name, span);
        if let (Some(want), Code::UnknownName) = (want, diagnostic.code) {
            diagnostic = self.without_its_dot(diagnostic, name, span, want);
        }
        self.wrong(diagnostic)
    }

    #[inline(never)]
    pub fn field(&mut self, whole: &ast::Expr, want: Option<&Ty>) -> Expr {
        let ast::ExprKind::Field { base, name, optional } = &whole.kind else { return self.error(whole.span) };
        if self.is_mark(name.as_str()) {
            return self.probe_member(base, whole.span);
        }
        if let Some((root, root_span)) = root_name(base)
            && root != "now"
            && self.local(root).is_none()
        {
            let Some(names) = chain(whole) else { return self.error(whole.span) };
            if let Some(all) = self.type_at(&names).and_then(|def| self.all_variants(def, whole.span, want)) {
                return all;
            }
            return match self.declared(&names, whole.span) {
                Some(found) => found,
                None => self.no_such_chain(&names, root_span),
            };
        }
        let base = self.expr(base, None);
        let before = std::mem::replace(&mut self.wanted, want.map(|want| want.present()));
        let value = self.member(base, name, *optional, whole.span);
        self.wanted = before;
        value
    }

    /// The mark behind a dot.
    pub fn probe_member(&mut self, base: &ast::Expr, span: Span) -> Expr {
        let value = match root_name(base) {
            Some((root, _)) => root == "now" || self.local(root).is_some(),
            None => true,
        };
        // What is declared may be a value with members of its own: `tag.vip.`.
        let declared = !value && chain(base).is_some_and(|names| self.declared(&names, base.span).is_some());
        if value || declared {
            let base = self.expr(base, None);
            self.probed(|_| Probe::Member(base.ty));
        } else if let Some(path) = crate::resolve::dotted(base) {
            self.probed(|_| Probe::Path(path));
        }
        self.error(span)
    }

    /// The name of an enum where a list of it is wanted: all its variants, as they were declared.
    fn all_variants(&self, def: TypeDef, span: Span, want: Option<&Ty>) -> Option<Expr> {
        let (TypeDef::Enum(id), Some(Ty::List(item))) = (def, want) else { return None };
        if **item != Ty::Enum(id) {
            return None;
        }
        let names = self.p.hir.enums.get(id.0 as usize)?.variants.iter().map(|(name, _)| name);
        let variants = names.filter_map(|name| self.p.variant(id, name));
        let all = variants.map(|index| Expr { kind: ExprKind::Variant(id, index), ty: Ty::Enum(id), span });
        Some(Expr { kind: ExprKind::List(all.collect()), ty: Ty::List(item.clone()), span })
    }

    /// What a chain of names that begins with no local stands for.
    fn declared(&mut self, names: &[ast::Ident], span: Span) -> Option<Expr> {
        let (last, before) = names.split_last()?;
        if let [kind] = before
            && let Some(kind) = symbol_kind(kind.as_str())
        {
            return Some(self.symbol(kind, last, span));
        }
        if let Some(found) = self.type_at(before) {
            return match found {
                TypeDef::Enum(id) => {
                    self.refers(before.last()?.span, || Definition::Enum(id));
                    Some(self.variant_of(id, last, span))
                }
                _ => None,
            };
        }
        if let [calendar] = before
            && self.p.symbol(SymbolKind::Calendar, calendar.as_str()).is_some()
        {
            let base = self.symbol(SymbolKind::Calendar, calendar, calendar.span);
            return Some(self.member(base, last, false, span));
        }
        // Something declared, and a field of it.
        if before.len() >= 2 {
            let base_span = before.first()?.span.to(before.last()?.span);
            let base = self.declared(before, base_span)?;
            return Some(self.member(base, last, false, span));
        }
        None
    }

    /// The type that a chain of names stands for.
    pub fn type_at(&self, names: &[ast::Ident]) -> Option<TypeDef> {
        match names {
            [] => None,
            [one] => self.p.type_named(self.module, one.as_str()).ok().flatten(),
            [module @ .., last] => {
                let module: Vec<&str> = module.iter().map(ast::Ident::as_str).collect();
                self.p.type_in(&module.join("."), last.as_str())
            }
        }
    }

    fn no_such_chain(&mut self, names: &[ast::Ident], root_span: Span) -> Expr {
        let (Some(root), Some(last)) = (names.first(), names.last()) else { return self.error(root_span) };
        let whole = root.span.to(last.span);
        let text: Vec<&str> = names.iter().map(ast::Ident::as_str).collect();
        let text = text.join(".");
        let diagnostic =
            if let Some(action) = self.p.actions.get(&*text).and_then(|id| self.p.hir.actions.get(id.0 as usize)) {
                Diagnostic::new(Code::OtherKindOfName, whole, format!("`{text}` is an action; call it."))
                    .label(action.span, "declared here")
                    .help(format!("Write `{text}(…)`."))
            } else if self.p.flows.contains_key(&*text) {
                Diagnostic::new(Code::OtherKindOfName, whole, format!("`{text}` is a flow; call it."))
                    .help(format!("Write `{text}(…)`, or `launch {text}(…)`."))
            } else if self.p.namespaces.contains_key(root.as_str()) || self.p.module_names.contains_key(root.as_str()) {
                let prefix = format!("{}.", root.as_str());
                let named = self.p.flows.keys().chain(self.p.actions.keys()).filter(|_| self.p.may_guess());
                let mut names: Vec<&str> = named.filter_map(|name| name.strip_prefix(&*prefix)).collect();
                names.sort_unstable();
                let diagnostic = Diagnostic::new(
                    Code::UnknownField,
                    last.span,
                    format!("There is no `{}` in `{}`.", last.name, root.name),
                );
                Self::suggest(self.p, diagnostic, last.as_str(), last.span, names.iter().copied(), || {
                    let listed = crate::resolve::few(names.iter().map(|name| format!("`{name}`")));
                    (!names.is_empty()).then(|| format!("There are {listed}."))
                })
            } else if let Some(def) = self.type_at(names.get(..1).unwrap_or_default()) {
                let ty = self.p.type_name(def);
                Diagnostic::new(Code::OtherKindOfName, root.span, format!("`{ty}` is a type, not a value."))
                    .at("a type")
                    .help("Name a value of this type; a variant of an enum is `Plan.trial`.")
            } else {
                let asked = names.get(1).map_or("", ast::Ident::as_str);
                let of_calendars = super::super::builtins::rows(&Ty::Symbol(SymbolKind::Calendar));
                if self.entity_named(root.as_str()).is_none() && of_calendars.into_iter().any(|row| row.name == asked) {
                    return self.symbol(SymbolKind::Calendar, root, whole);
                }
                self.unknown_name(&root.name, root_span)
            };
        self.wrong(diagnostic)
    }

    /// A name that means nothing here.
    pub fn unknown_name(&self, name: &ast::Name, span: Span) -> Diagnostic {
        if let Ok(Some(def)) = self.p.type_named(self.module, name) {
            let ty = self.p.type_name(def);
            return Diagnostic::new(Code::OtherKindOfName, span, format!("`{ty}` is a type, not a value."))
                .at("a type")
                .help("Name a value of this type.");
        }
        for kind in crate::resolve::SYMBOL_KINDS {
            if self.p.symbol(kind, name).is_some() {
                let full = format!("{}.{name}", kind.word());
                return Diagnostic::new(
                    Code::UnknownName,
                    span,
                    format!("There is no `{name}` in scope; there is {} of this name.", kind.article()),
                )
                .help(format!("Write `{full}`, or `.{name}` where {} is wanted.", kind.article()))
                .fix(format!("write `{full}`"), vec![(span, full)]);
            }
        }
        if let Some(scope) = self.p.modules.get(self.module)
            && scope.flows.contains_key(&**name)
        {
            return Diagnostic::new(Code::OtherKindOfName, span, format!("`{name}` is a flow; call it."))
                .help(format!("Write `{name}(…)`, or `launch {name}(…)`."));
        }
        let diagnostic = Diagnostic::new(Code::UnknownName, span, format!("There is nothing called `{name}` here."))
            .at(match self.inside.words {
                true => "not a parameter of the template",
                false => "not a parameter or a name of this flow",
            });
        if matches!(&**name, "nil" | "none" | "None" | "undefined" | "NULL" | "Null") {
            return diagnostic
                .help("What is missing is written `null`.")
                .fix("write `null`", vec![(span, "null".into())]);
        }
        if matches!(&**name, "True" | "TRUE" | "False" | "FALSE") {
            let lower = name.to_ascii_lowercase();
            return diagnostic
                .help(format!("It is written `{lower}`."))
                .fix(format!("write `{lower}`"), vec![(span, lower)]);
        }
        if matches!(&**name, "time" | "current_time" | "timestamp") {
            return diagnostic
                .help("The moment at which it is asked is `now`.")
                .fix("write `now`", vec![(span, "now".into())]);
        }
        let entity = self.entity_named(name);
        if let Some(found) = entity.and_then(|entity| self.where_to_find(&diagnostic, entity, name, span)) {
            return found;
        }
        if let Some(owned) = self.part_of_a_local(&diagnostic, name, span) {
            return owned;
        }
        if let Some(entity) = entity {
            let (ty, template) = (self.p.show(&Ty::Entity(entity)), &self.flow_name);
            return diagnostic.help(match self.inside.words {
                true => format!("Take it as a parameter of the template: `template {template}({name}: {ty})`."),
                false => format!("Take it as a parameter of the flow: `{name}: {ty}`."),
            });
        }
        if self.test && &**name == "run" {
            return diagnostic.help(
                "`let run = start flow_name(…)` names a run; `latest(flow_name)` is the newest one, whatever began it.",
            );
        }
        if let Some((what, call)) = function_named(name) {
            let end = Span::new(span.file, span.end, span.end);
            let args = call.strip_prefix(&**name).unwrap_or_default();
            return Diagnostic::new(Code::OtherKindOfName, span, format!("`{name}` is a function; call it."))
                .at("a function")
                .help(format!("{what}: `{call}`."))
                .fix(format!("write `{call}`"), vec![(end, args.to_owned())]);
        }
        let (header, template) = (self.in_header, self.inside.template);
        let diagnostic = match (header, template) {
            (true, _) => {
                Diagnostic::new(Code::UnknownName, span, format!("There is nothing called `{name}` in this header."))
                    .at("not a parameter of this flow")
            }
            (_, true) => {
                Diagnostic::new(Code::UnknownName, span, format!("There is nothing called `{name}` in this template."))
                    .at("not a parameter of this action")
            }
            _ => diagnostic,
        };
        let candidates = self.local_names().chain(["now"]);
        Self::suggest(self.p, diagnostic, name, span, candidates, || {
            Some(match (header, template) {
                // What is found in the header is there before the first statement is.
                (true, _) => {
                    format!("Only parameters can be named in a flow's header. Take it as one: `{name}: …`, in `( )`.")
                }
                (_, true) => {
                    format!("Only parameters of the action can be named in it. Take it as one: `{name}: …`, in `( )`.")
                }
                _ if self.inside.words => {
                    format!("Take it as a parameter of the template: `template {}({name}: …)`.", self.flow_name)
                }
                _ => format!("Declare it above with `let {name} = …`, or take it as a parameter of the flow."),
            })
        })
    }

    /// A field without what it belongs to: `score` for `contact.score`, what an event carries without the event's name.
    fn part_of_a_local(&self, diagnostic: &Diagnostic, name: &ast::Name, span: Span) -> Option<Diagnostic> {
        if !self.p.may_guess() {
            return None;
        }
        let has = |local: &&str| {
            let ty = self.local(local).and_then(|id| self.local_info(id)).map(|local| &local.ty);
            ty.is_some_and(|ty| self.p.field_of(ty, name).is_some())
        };
        let mut owners: Vec<&str> = self.local_names().filter(has).collect();
        owners.sort_unstable();
        let diagnostic = diagnostic.clone();
        if let [owner] = owners.as_slice() {
            let full = format!("{owner}.{name}");
            return Some(
                diagnostic.help(format!("Did you mean `{full}`?")).fix(format!("write `{full}`"), vec![(span, full)]),
            );
        }
        if !owners.is_empty() {
            let all = crate::resolve::few(owners.iter().map(|owner| format!("`{owner}.{name}`")));
            return Some(diagnostic.help(format!("Say whose: {all}.")));
        }
        let (event, _) = self.event.as_ref().filter(|(_, named)| named.is_none())?;
        let (_, ty) = self.p.field_of(&Ty::Event(*event), name)?;
        let event = self.p.hir.events.get(event.0 as usize)?;
        Some(diagnostic.help(format!(
            "`{event}` carries it. Name the event, as in `on {event} as it where it.{name} …`, or take `{name}: {ty}` as a \
             parameter of the flow.",
            event = event.name,
            ty = self.p.show(ty),
        )))
    }

    /// The entity whose records go by this name, `contact` for `Contact`.
    pub fn entity_named(&self, name: &str) -> Option<EntityId> {
        let at =
            self.p.hir.entities.iter().position(|entity| flow_bytecode::schema::snake_case(&entity.name) == name)?;
        Some(EntityId(at as u32))
    }

    /// A contact, a conversation … that has no name here: where there is one.
    fn where_to_find(&self, diagnostic: &Diagnostic, entity: EntityId, name: &str, span: Span) -> Option<Diagnostic> {
        let (ty, diagnostic) = (Ty::Entity(entity), diagnostic.clone());
        let mut locals: Vec<(&str, &Ty)> =
            self.local_names().filter_map(|local| Some((local, &self.local_info(self.local(local)?)?.ty))).collect();
        locals.sort_unstable_by_key(|(local, _)| *local);
        if let Some((local, _)) = locals.iter().find(|(_, of)| **of == ty) {
            return Some(
                diagnostic
                    .help(format!("The {name} is called `{local}` here."))
                    .fix(format!("write `{local}`"), vec![(span, (*local).to_owned())]),
            );
        }
        for (local, of) in &locals {
            let Ty::Entity(of) = of else { continue };
            if *name == *"conversation" && self.p.method(*of, name).is_some() {
                return Some(diagnostic.help(format!("Open one before: `let {name} = {local}.{name}()`.")));
            }
            let fields = self.p.hir.entities.get(of.0 as usize).map_or(&[][..], |entity| &entity.fields);
            let Some(field) = fields.iter().find(|field| field.ty.present() == ty) else { continue };
            let found = format!("{local}.{}", field.name);
            return Some(match field.ty.is_optional() {
                true => diagnostic.help(format!("There may be one: `let {name} = {found} else {{ stop }}`.")),
                false => diagnostic
                    .help(format!("Give it a name before, `let {name} = {found}`; or write `{found}`."))
                    .fix(format!("write `{found}`"), vec![(span, found)]),
            });
        }
        None
    }
}
