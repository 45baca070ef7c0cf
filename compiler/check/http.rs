//! HTTP templates: a call of `action x(…) -> T = http { … }` becomes a call of `http.request` and a decode.

use super::args::entry_twice;
use super::body::Body;
use super::fit::Why;
use super::templates::UrlStart;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Action, ActionCall, ActionId, CallExtras, CallPolicy, Expr, ExprKind, LocalId, Param, Ty, Verifier};
use crate::resolve::{Map, Project, nearest};
use crate::syntax::ast;
use flow_bytecode::program::EffectClass;
use std::sync::Arc;

const KEYS: &[&str] = &[
    "method",
    "url",
    "headers",
    "query",
    "json",
    "form",
    "text",
    "query_fields",
    "form_fields",
    "header_fields",
    "lists",
    "omit_null",
    "basic",
    "key_header",
    "pages",
    "nulls",
    "refused",
];

/// The parameters that a call gives, those that have no default among them.
pub(super) type Given = std::collections::HashSet<Arc<str>>;

/// Checks every template where it is declared; where it is called it is only put in.
pub(super) fn templates(p: &mut Project, out: &mut Vec<Diagnostic>) -> bool {
    let (mut broken, mut references) = (false, Vec::new());
    for (index, source) in p.action_sources.iter().enumerate() {
        let Some(template) = source.template() else { continue };
        let Some(action) = p.hir.actions.get(index) else { continue };
        let mut body = Body::new(p, source.module, out);
        body.enter();
        for param in &action.params {
            body.declare(param.name.clone(), param.ty.clone(), false, param.span, false);
        }
        if !body.decodable(&action.result) && action.result != Ty::Unit {
            let result = p.show(&action.result);
            body.out.push(
                Diagnostic::new(Code::WrongType, action.span, format!("An answer cannot be read as `{result}`."))
                    .help("Yield a record, a list, a text, a number or `Json`."),
            );
        }
        body.pages_declared(template, action);
        body.request_declared(template, action);
        body.request(template, true);
        broken |= body.broken;
        references.append(&mut body.references);
    }
    p.references.append(&mut references);
    broken
}

impl Body<'_> {
    /// A call of an action with a template.
    pub fn template_call(
        &mut self,
        id: ActionId,
        template: &ast::ActionTemplate,
        args: Vec<Expr>,
        policy: CallPolicy,
        extras: Option<Box<CallExtras>>,
        span: Span,
    ) -> Expr {
        let p = self.p;
        let (Some(action), Some(source)) = (p.hir.actions.get(id.0 as usize), p.action_sources.get(id.0 as usize))
        else {
            return self.error(span);
        };
        // In the template only its parameters can be named, with what its own module declares.
        let said = self.out.len();
        let names = std::mem::take(self.names_mut());
        let module = std::mem::replace(&mut self.module, source.module);
        let mut bindings = Vec::with_capacity(args.len());
        for (param, value) in action.params.iter().zip(args) {
            let local = self.hidden(param.ty.clone(), span);
            self.names_mut().insert(param.name.clone(), local);
            bindings.push((local, value));
        }
        let request = self.request(template, false);
        let mut extras = extras;
        if let EffectClass::Verified { by } = action.class {
            let verifier = self.verifier(ActionId(by.into()));
            extras.get_or_insert_default().verifier = verifier;
        }
        if let Some(extras) = extras.as_mut().filter(|extras| extras.approval.is_some()) {
            let own = action.params.iter().zip(&bindings);
            let read = |(param, (local, _)): (&Param, &(LocalId, Expr))| Expr {
                kind: ExprKind::Local(*local),
                ty: param.ty.clone(),
                span,
            };
            extras.asked = own.map(read).collect();
        }
        self.module = module;
        *self.names_mut() = names;
        // What is wrong with the template has been said where it is declared.
        self.out.truncate(said);
        self.empty_parts(template, action, &bindings);
        let Some((request, args)) = request else { return self.error(span) };
        let Some(http) = p.hir.actions.get(request.0 as usize) else { return self.error(span) };
        let call = ActionCall { action: request, template: Some(id), args, class: action.class, policy, extras };
        let response = Expr { kind: ExprKind::Action(Box::new(call)), ty: http.result.clone(), span };
        let (body, ty) = match &action.result {
            Ty::Unit => (response, Ty::Unit),
            result if *result == http.result => (response, result.clone()),
            Ty::Text => (part(p, response, "text"), Ty::Text),
            Ty::Json => (part(p, response, "body"), Ty::Json),
            result => {
                let json = part(p, response, "body");
                (Expr { kind: ExprKind::Decode(Box::new(json)), ty: result.clone(), span }, result.clone())
            }
        };
        Expr { kind: ExprKind::Let { bindings, body: Box::new(body) }, ty, span }
    }

    /// Tells of arguments written out that would make another path of the address: the machine would refuse each such call.
    fn empty_parts(&mut self, template: &ast::ActionTemplate, action: &Action, bindings: &[(LocalId, Expr)]) {
        let url = template.entries.iter().find(|entry| entry.key.as_str() == "url").map(|entry| &entry.value.kind);
        let Some(ast::ExprKind::Str(url)) = url else { return };
        let in_path = url.parts.iter().take_while(|part| !is_behind_path(part));
        for (param, (_, value)) in action.params.iter().zip(bindings) {
            let ExprKind::Text(text) = &value.kind else { continue };
            let (blank, name) = (text.trim(), &param.name);
            let is_hole = |part: &ast::StrPart| matches!(part, ast::StrPart::Expr(expr) if matches!(&expr.kind, ast::ExprKind::Name(of) if **of == **name));
            if !matches!(blank, "" | "." | "..") || !in_path.clone().any(is_hole) {
                continue;
            }
            let is = if blank.is_empty() { "empty".to_owned() } else { format!("`{blank}`") };
            let message = format!("`{name}` is {is}, which makes the path of the address another one.");
            self.out.push(
                Diagnostic::new(Code::EmptyPart, value.span, message)
                    .label(url.span, "this is the address")
                    .help("Write what is meant; where all are meant, call what the service has for that."),
            );
        }
    }

    /// How the other side is asked whether the call has happened whose arguments are in scope.
    fn verifier(&mut self, by: ActionId) -> Option<Verifier> {
        let p = self.p;
        let (finder, source) = (p.hir.actions.get(by.0 as usize)?, p.action_sources.get(by.0 as usize)?);
        let given = std::mem::take(self.names_mut());
        for param in &finder.params {
            let local = *given.get(&param.name)?;
            self.names_mut().insert(param.name.clone(), local);
        }
        self.module = source.module;
        let (action, args) = self.request(source.template()?, false)?;
        Some(Verifier { action, template: Some(by), args })
    }

    /// A call that can be asked for, of an action that is carried out by what comes with the library or by a test.
    pub fn verified_call(
        &mut self,
        id: ActionId,
        args: Vec<Expr>,
        policy: CallPolicy,
        extras: CallExtras,
        span: Span,
    ) -> Expr {
        let p = self.p;
        let Some(action) = p.hir.actions.get(id.0 as usize) else { return self.error(span) };
        let mut bindings = Vec::with_capacity(args.len());
        for (param, value) in action.params.iter().zip(args) {
            bindings.push((self.hidden(param.ty.clone(), span), value));
        }
        let local = |name: &str| {
            let at = action.params.iter().position(|param| *param.name == *name)?;
            let (local, _) = bindings.get(at)?;
            Some(Expr { kind: ExprKind::Local(*local), ty: action.params.get(at)?.ty.clone(), span })
        };
        let args: Vec<Expr> = action.params.iter().filter_map(|param| local(&param.name)).collect();
        let verifier = match action.class {
            EffectClass::Verified { by } => {
                let by = ActionId(by.into());
                let finder = p.hir.actions.get(by.0 as usize);
                let params = finder.map(|finder| finder.params.as_slice()).unwrap_or_default();
                let args = params.iter().filter_map(|param| local(&param.name)).collect();
                Some(Verifier { action: by, template: None, args })
            }
            _ => None,
        };
        let extras = Some(Box::new(CallExtras { verifier, ..extras }));
        let call = ActionCall { action: id, template: None, args, class: action.class, policy, extras };
        let body = Box::new(Expr { kind: ExprKind::Action(Box::new(call)), ty: action.result.clone(), span });
        Expr { kind: ExprKind::Let { bindings, body }, ty: action.result.clone(), span }
    }

    /// The arguments of `http.request` that a template gives.
    fn request(&mut self, template: &ast::ActionTemplate, declared: bool) -> Option<(ActionId, Vec<Expr>)> {
        let before = std::mem::replace(&mut self.inside.template, true);
        let made = self.entries(template, declared);
        self.inside.template = before;
        made
    }

    fn entries(&mut self, template: &ast::ActionTemplate, declared: bool) -> Option<(ActionId, Vec<Expr>)> {
        let p = self.p;
        if template.kind.as_str() != "http" {
            if declared {
                self.out.push(
                    Diagnostic::new(
                        Code::UnknownSetting,
                        template.kind.span,
                        format!("There is no template of kind `{}`.", template.kind.name),
                    )
                    .help("Write `= http { method: .get, url: \"…\" }`.")
                    .fix("write `http`", vec![(template.kind.span, "http".to_owned())]),
                );
            }
            return None;
        }
        let id = *p.actions.get("http.request")?;
        let action = p.hir.actions.get(id.0 as usize)?;
        let mut seen: Map<usize> = Map::default();
        let mut given: Vec<Option<Expr>> = Vec::with_capacity(action.params.len());
        given.resize_with(action.params.len(), || None);
        for (at, entry) in template.entries.iter().enumerate() {
            let key = entry.key.as_str();
            let first = *seen.entry(entry.key.name.shared().clone()).or_insert(at);
            if first < at {
                let message = format!("`{key}` is given twice.");
                self.out.push(entry_twice(Code::DoubledArgument, &template.entries, at, first, message));
                continue;
            }
            match key {
                // How its answers are turned over is no part of a request.
                "pages" => continue,
                "nulls" => {
                    let made = self.nulls(&entry.value, declared);
                    let at = action.params.iter().position(|param| *param.name == *key);
                    if let Some(place) = at.and_then(|at| given.get_mut(at)) {
                        *place = Some(made);
                    }
                    continue;
                }
                _ => {}
            }
            let index = action.params.iter().position(|param| *param.name == *key).filter(|_| KEYS.contains(&key));
            let Some((index, param)) = index.and_then(|index| Some((index, action.params.get(index)?))) else {
                let diagnostic =
                    Diagnostic::new(Code::UnknownSetting, entry.key.span, format!("An HTTP template has no `{key}`."));
                self.out.push(match nearest(key, KEYS.iter().copied()) {
                    Some(near) => diagnostic
                        .help(format!("Did you mean `{near}`?"))
                        .fix(format!("replace `{key}` by `{near}`"), vec![(entry.key.span, near.to_owned())]),
                    None => diagnostic.help(format!("It has `{}`.", KEYS.join("`, `"))),
                });
                self.expr(&entry.value, Some(&Ty::Error));
                continue;
            };
            let why = Why::Param("http", key, template.kind.span);
            let value = match &entry.value.kind {
                ast::ExprKind::Str(text) if key == "url" => {
                    let value = self.url_text(text, UrlStart::Any);
                    self.fit(value, &param.ty, why)
                }
                _ => {
                    let before = std::mem::replace(&mut self.json_leaves, key == "json" || key.ends_with("_fields"));
                    let value = self.need(&entry.value, &param.ty, why);
                    self.json_leaves = before;
                    value
                }
            };
            if declared {
                self.calls_nothing(&value);
            }
            if let Some(place) = given.get_mut(index) {
                *place = Some(value);
            }
        }
        let args = self.fill("http", None, &action.params, given, template.span);
        Some((id, args))
    }

    /// `nulls: { note: note, "to/note": true }`: the fields that are sent though they are null. One that names a parameter is
    /// among them where that parameter is given.
    fn nulls(&mut self, value: &ast::Expr, declared: bool) -> Expr {
        let ast::ExprKind::Map(entries) = &value.kind else {
            return self.need(value, &Ty::List(Arc::new(Ty::Text)), Why::Param("http", "nulls", value.span));
        };
        let mut names = Vec::with_capacity(entries.len());
        for entry in entries {
            let sent = match &entry.value.kind {
                ast::ExprKind::Bool(sent) => *sent,
                ast::ExprKind::Name(name) if self.local(name).is_some() => {
                    declared || self.given.as_ref().is_none_or(|given| given.contains(&**name))
                }
                _ => {
                    if declared {
                        self.out.push(
                            Diagnostic::new(
                                Code::UnknownSetting,
                                entry.value.span,
                                "Whether a null is sent is a parameter of the action, or `true`.",
                            )
                            .help("Write it as in `nulls: { note: note }`: it is sent where `note` is given."),
                        );
                    }
                    false
                }
            };
            if sent {
                let name: Arc<str> = Arc::from(entry.key.as_str());
                names.push(Expr { kind: ExprKind::Text(name), ty: Ty::Text, span: entry.span });
            }
        }
        Expr { kind: ExprKind::List(names), ty: Ty::List(Arc::new(Ty::Text)), span: value.span }
    }

    /// Refuses what does something in a template: a request is one call, made again whole when it is tried again.
    pub fn calls_nothing(&mut self, expr: &Expr) {
        if expr.does_something() || matches!(&expr.kind, ExprKind::Action(call) if call.class == EffectClass::Query) {
            self.out.push(
                Diagnostic::new(
                    Code::ImpureCondition,
                    expr.span,
                    "A template only looks: its parameters and what is computed from them.",
                )
                .at("does something")
                .help("Do it in the flow before the call, and give what it yields as an argument."),
            );
        }
        expr.for_each_part(&mut |part| self.calls_nothing(part));
    }
}

/// Whether the path of an address has ended with this part of it.
fn is_behind_path(part: &ast::StrPart) -> bool {
    matches!(part, ast::StrPart::Text { text, .. } if text.contains(['?', '#']))
}

/// A field of the record that `http.request` yields.
pub(super) fn part(p: &Project, response: Expr, name: &str) -> Expr {
    let span = response.span;
    let Ty::Record(record) = response.ty else { return Expr { kind: ExprKind::Null, ty: Ty::Error, span } };
    let field = p.record_field(record, name);
    let def = p.hir.records.get(record.0 as usize);
    match field.and_then(|field| Some((field, def?.fields.get(field as usize)?))) {
        Some((field, def)) => {
            Expr { kind: ExprKind::Part { base: Box::new(response), record, field }, ty: def.ty.clone(), span }
        }
        None => Expr { kind: ExprKind::Null, ty: Ty::Error, span },
    }
}
