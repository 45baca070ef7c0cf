//! Calls: of flows, actions, methods, records and the language's own functions.

use super::body::Body;
use super::builtins;
use super::expr::root_name;
use super::failing::APPROVAL_KINDS;
use super::fit::Why;
use super::probe::Probe;
use super::segments::segments;
use crate::connect::Connected;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{ActionCall, ActionId, Definition, Expr, ExprKind, FlowId, Param, RecordId, Ty};
use crate::resolve::{Receiver, TypeDef, dotted};
use crate::syntax::ast;
use flow_bytecode::program::EffectClass;
use flow_bytecode::{currency, schema};
use std::sync::Arc;

impl Body<'_> {
    #[inline(never)]
    pub fn call(&mut self, call: &ast::Call, span: Span, want: Option<&Ty>) -> Expr {
        match &call.callee.kind {
            ast::ExprKind::Error => {
                self.broken = true;
                self.args_in_vain(&call.args);
                self.error(span)
            }
            ast::ExprKind::Name(name) => self.call_name(name, call, span, want),
            ast::ExprKind::Field { base, name, optional } => self.call_field(base, name, *optional, call, span, want),
            ast::ExprKind::Variant(name) => {
                self.args_in_vain(&call.args);
                self.wrong(
                    Diagnostic::new(
                        Code::OtherKindOfName,
                        call.callee.span,
                        format!("`.{}` is a variant, which takes nothing.", name.name),
                    )
                    .fix("remove the parentheses", vec![(call.args_span, String::new())]),
                )
            }
            _ => {
                self.expr(&call.callee, None);
                self.args_in_vain(&call.args);
                self.wrong(
                    Diagnostic::new(
                        Code::OtherKindOfName,
                        call.callee.span,
                        "Only flows, actions and functions can be called.",
                    )
                    .at("this is a value"),
                )
            }
        }
    }

    fn call_name(&mut self, name: &ast::Name, call: &ast::Call, span: Span, want: Option<&Ty>) -> Expr {
        let at = call.callee.span;
        if self.is_mark(name) {
            self.probed(|body| Probe::Value { locals: body.in_scope(), want: None });
            self.args_in_vain(&call.args);
            return self.error(span);
        }
        if let Some(id) = self.local(name) {
            self.named(id, at);
            let ty = self.local_info(id).map_or(Ty::Error, |local| local.ty.clone());
            let ty = self.p.show(&ty);
            self.args_in_vain(&call.args);
            return self.wrong(
                Diagnostic::new(
                    Code::OtherKindOfName,
                    at,
                    format!("`{name}` is a value (`{ty}`), which cannot be called."),
                )
                .at("not a flow or an action")
                .help("Leave the parentheses out, or name what is to be done: `value.method(…)`."),
            );
        }
        let p = self.p;
        if let Some(scope) = p.modules.get(self.module) {
            if let Some(id) = scope.flows.get(&**name) {
                return self.call_flow(*id, call, span);
            }
            if let Some(id) = scope.actions.get(&**name) {
                return self.call_action(*id, None, call, span);
            }
        }
        if let Some(id) = p.library.actions.get(&**name) {
            return self.call_action(*id, None, call, span);
        }
        match name.as_str() {
            "money" => return self.money(call, span),
            "date" => return self.date(call, span),
            _ => {}
        }
        if let Some(row) = builtins::function(name) {
            self.refers_callee(&call.callee, || Definition::Builtin(row.of, row.name));
            return self.builtin_call(row, call, span);
        }
        if let Some(asked) = self.test_function(name, call, span) {
            return asked;
        }
        match p.type_named(self.module, name) {
            Ok(Some(def)) => self.call_type(def, name, call, span, want),
            _ => self.no_such_function(name, &[name.as_str()], call, at),
        }
    }

    fn call_type(&mut self, def: TypeDef, name: &str, call: &ast::Call, span: Span, want: Option<&Ty>) -> Expr {
        let _ = want;
        self.refers_callee(&call.callee, || def.definition());
        match def {
            TypeDef::Record(id) => self.record(id, call, span),
            TypeDef::Entity(id) if self.test => self.given(id, call, span),
            TypeDef::Entity(_) => {
                self.args_in_vain(&call.args);
                let plural = format!("{}.create", schema::plural(&schema::snake_case(name)));
                let help = match self.p.actions.contains_key(&*plural) {
                    true => format!("Use `{plural}(…)`."),
                    false => "It comes from outside: take it as a parameter.".to_owned(),
                };
                self.wrong(
                    Diagnostic::new(
                        Code::OnlyInTests,
                        call.callee.span,
                        format!("A `{name}` is made this way in tests only."),
                    )
                    .help(help),
                )
            }
            TypeDef::Enum(_) => {
                self.args_in_vain(&call.args);
                self.wrong(
                    Diagnostic::new(
                        Code::OtherKindOfName,
                        call.callee.span,
                        format!("`{name}` is an enum; name one of its variants."),
                    )
                    .help(format!("Write `{name}.…`, or just `.…` where a `{name}` is wanted.")),
                )
            }
        }
    }

    fn record(&mut self, id: RecordId, call: &ast::Call, span: Span) -> Expr {
        self.no_policy(call, "making a record");
        let p = self.p;
        let Some(record) = p.hir.records.get(id.0 as usize) else { return self.error(span) };
        let name = p.show(&Ty::Record(id));
        self.refers_args(&call.args, |name| Some(Definition::RecordField(id, p.record_field(id, name)?)));
        let fields = self.args(&name, Some(record.span), &record.fields, &call.args, call.args_span);
        Expr { kind: ExprKind::Record(id, fields), ty: Ty::Record(id), span }
    }

    fn call_field(
        &mut self,
        base: &ast::Expr,
        name: &ast::Ident,
        optional: bool,
        call: &ast::Call,
        span: Span,
        want: Option<&Ty>,
    ) -> Expr {
        if self.is_mark(name.as_str()) {
            self.args_in_vain(&call.args);
            return self.probe_member(base, span);
        }
        if let Some((root, _)) = root_name(base)
            && root != "now"
            && self.local(root).is_none()
        {
            return self.call_path(base, root, name, call, span, want);
        }
        if let Some(wrong) = self.pages_elsewhere(base, name, call) {
            return wrong;
        }
        let base = self.expr(base, None);
        self.call_method(base, name, optional, call, span, want)
    }

    fn call_method(
        &mut self,
        base: Expr,
        name: &ast::Ident,
        optional: bool,
        call: &ast::Call,
        span: Span,
        want: Option<&Ty>,
    ) -> Expr {
        match &base.ty {
            Ty::Error => {
                self.args_in_vain(&call.args);
                self.error(span)
            }
            Ty::Optional(inner) if optional => {
                let inner = (**inner).clone();
                // What the call makes unknown stays so; what it makes known holds only where it is made.
                self.chain(base, inner, span, |body, present| body.call_method(present, name, false, call, span, want))
            }
            Ty::Optional(_) | Ty::Null => {
                let sentence = format!("`.{}(…)` needs something to be there", name.name);
                let wrong = self.maybe_missing(&base, &sentence, None);
                self.args_in_vain(&call.args);
                wrong
            }
            Ty::Run => match self.run_method(base.clone(), name, call, span) {
                Some(asked) => asked,
                None => self.builtin_method(base, name, call, span, want),
            },
            Ty::Entity(id) => match self.p.method(*id, name.as_str()) {
                Some(action) => self.call_action(action, Some(base), call, span),
                None => {
                    let wrong = self.no_method(&base, name);
                    self.args_in_vain(&call.args);
                    wrong
                }
            },
            Ty::Symbol(kind) => match self.p.method_on(Receiver::Symbol(*kind), name.as_str()) {
                Some(action) => self.call_action(action, Some(base), call, span),
                None => self.builtin_method(base, name, call, span, want),
            },
            Ty::Record(_) | Ty::Event(_) => {
                let wrong = self.no_method(&base, name);
                self.args_in_vain(&call.args);
                wrong
            }
            Ty::Unit => {
                self.args_in_vain(&call.args);
                self.no_value(base.span)
            }
            _ => self.builtin_method(base, name, call, span, want),
        }
    }

    /// `sms.send(…)`, `refunds.refund(…)`, `refunds.Order(…)`, `Email.parse(…)`, `selection.beta.add(…)`.
    fn call_path(
        &mut self,
        base: &ast::Expr,
        root: &ast::Name,
        name: &ast::Ident,
        call: &ast::Call,
        span: Span,
        want: Option<&Ty>,
    ) -> Expr {
        let p = self.p;
        let Some(text) = dotted(&call.callee) else {
            let base = self.expr(base, None);
            return self.call_method(base, name, false, call, span, want);
        };
        if let Some(id) = p.actions.get(&*text) {
            return self.call_action(*id, None, call, span);
        }
        if let Some(id) = p.flows.get(&*text) {
            return self.call_flow(*id, call, span);
        }
        if let Some(asked) = self.in_the_past(&text, call, span) {
            return asked;
        }
        let before = text.strip_suffix(name.as_str()).and_then(|rest| rest.strip_suffix('.')).unwrap_or_default();
        if let Some(def) = p.type_in(before, name.as_str()) {
            return self.call_type(def, &text, call, span, want);
        }
        if let Some(row) = builtins::of_type(before, name.as_str()) {
            self.refers(name.span, || Definition::Builtin(row.of, row.name));
            return self.builtin_call(row, call, span);
        }
        let of_a_record = |entity| p.method(entity, name.as_str()).is_some();
        if before == &**root && self.entity_named(root).is_some_and(of_a_record) {
            let diagnostic = self.unknown_name(root, base.span);
            self.args_in_vain(&call.args);
            return self.wrong(diagnostic);
        }
        let base_is_value = matches!(base.kind, ast::ExprKind::Field { .. });
        if base_is_value && crate::resolve::symbol_kind(root).is_some() {
            let value = self.expr(base, None);
            return self.call_method(value, name, false, call, span, want);
        }
        if p.symbol(crate::hir::SymbolKind::Calendar, root).is_some() && !base_is_value {
            let ident = ast::Ident { name: root.clone(), span: base.span };
            let calendar = self.symbol(crate::hir::SymbolKind::Calendar, &ident, base.span);
            return self.call_method(calendar, name, false, call, span, want);
        }
        let known = p.namespaces.contains_key(&**root)
            || p.module_names.contains_key(&**root)
            || p.module_names.contains_key(before)
            || matches!(p.type_named(self.module, root), Ok(Some(_)));
        if base_is_value && !known {
            let value = self.expr(base, None);
            return self.call_method(value, name, false, call, span, want);
        }
        if !known && root == "t" {
            self.args_in_vain(&call.args);
            self.not_yet(span, "A text by language, as in `t.greeting(…)`, is", "Write the text itself.");
            return self.error(span);
        }
        if !known {
            // `contcat.add_note(…)`: more likely a mistyped local than a package nobody has.
            if self.p.nearest(root, self.local_names()).is_some() {
                let diagnostic = self.unknown_name(root, base.span);
                self.args_in_vain(&call.args);
                return self.wrong(diagnostic);
            }
        }
        self.no_such_function(&text, &[name.as_str()], call, call.callee.span)
    }

    fn no_such_function(&mut self, text: &str, parts: &[&str], call: &ast::Call, at: Span) -> Expr {
        self.args_in_vain(&call.args);
        let p = self.p;
        if let Some((connector, operation)) = text.split_once('.')
            && let Some(connector) = p.connectors.get(connector)
        {
            return self.no_such_operation(connector, operation, at);
        }
        let own = p.modules.get(self.module);
        let mut near: Option<String> = None;
        // The same last name elsewhere comes first: a forgotten `front_desk.` is no misspelling.
        if let Some(last) = parts.last().filter(|_| p.may_guess()) {
            let suffix = format!(".{last}");
            let elsewhere = p.flows.keys().chain(p.actions.keys()).filter(|name| name.ends_with(&suffix));
            near = elsewhere.min().map(|name| name.to_string());
        }
        let (module, own_types, in_test) = (self.module, own, self.test);
        let near = near.or_else(|| {
            let own = own.into_iter().flat_map(|scope| scope.flows.keys().chain(scope.actions.keys()));
            let names = own.chain(p.flows.keys()).chain(p.actions.keys()).map(|name| &**name);
            let types = own_types.into_iter().flat_map(|scope| scope.types.keys()).chain(p.shared_types.keys());
            // A test makes entities as well as records.
            let entities = p.hir.entities.iter().map(|entity| &*entity.name).filter(|_| in_test);
            let made = types.map(|name| &**name).filter(|name| p.is_record(module, name)).chain(entities);
            let made = made.filter(|_| !text.contains('.'));
            p.nearest(text, names.chain(["money", "date", "today"]).chain(made)).map(str::to_owned)
        });
        if text == "now" {
            let parens = Span::new(at.file, at.end, call.args_span.end.max(at.end));
            return self.wrong(
                Diagnostic::new(Code::OtherKindOfName, at, "`now` is a moment, not a function.")
                    .help("It is written without parentheses.")
                    .fix("remove the parentheses", vec![(parens, String::new())]),
            );
        }
        if let Some(diagnostic) = self.method_by_type(text, at) {
            return self.wrong(diagnostic);
        }
        let kind = if text.contains('.') { "flow or action" } else { "flow, action or function" };
        let diagnostic = Diagnostic::new(Code::UnknownFunction, at, format!("There is no {kind} `{text}`."))
            .at("nothing declares it");
        let diagnostic = match near {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace `{text}` by `{near}`"), vec![(at, near)]),
            None => diagnostic.help("Declare it, or look up its name in the reference."),
        };
        self.wrong(diagnostic)
    }

    /// `github.isues_create(…)`: the service's document knows no such operation, or it is one that cannot be called.
    fn no_such_operation(&mut self, connector: &Connected, name: &str, at: Span) -> Expr {
        let full = format!("{}.{name}", connector.name);
        // That there is no document has been told.
        if connector.document.is_none() {
            self.broken = true;
            return self.error(at);
        }
        if let Some((_, problem)) = connector.problems.iter().find(|(known, _)| known == name) {
            let message = format!("`{full}` cannot be called. {}", problem.message);
            return self.wrong(Diagnostic::new(Code::OperationNotCalled, at, message).help(problem.help.clone()));
        }
        let diagnostic =
            Diagnostic::new(Code::UnknownOperation, at, format!("`{}` has no operation `{name}`.", connector.name))
                .at("its document describes none of this name")
                .label(connector.span, format!("`{}` is described by `{}`", connector.name, connector.path));
        let near = self.p.guess(|| connector.near(name));
        self.wrong(match near {
            Some(near) => diagnostic
                .help(format!("Did you mean `{}.{near}`?", connector.name))
                .fix(format!("replace `{name}` by `{near}`"), vec![(at, format!("{}.{near}", connector.name))]),
            None => diagnostic.help(format!("`flow connector list {}` shows what there is.", connector.path)),
        })
    }

    /// `Contact.add_tags(…)`: the name that an action is declared under, and not how it is called.
    fn method_by_type(&self, text: &str, at: Span) -> Option<Diagnostic> {
        let (entity, method) = text.rsplit_once('.')?;
        let id = self.p.entity(entity)?;
        self.p.method(id, method)?;
        let here = self.local_names().filter(|name| {
            let local = self.local(name).and_then(|local| self.local_info(local));
            local.is_some_and(|local| local.ty == Ty::Entity(id))
        });
        let here = here.min();
        let name = here.map_or_else(|| schema::snake_case(entity), str::to_owned);
        let diagnostic =
            Diagnostic::new(Code::OtherKindOfName, at, format!("`{text}` is called on a value: on which `{entity}`?"))
                .at("a type, and not one of its kind")
                .help(format!("Write `{name}.{method}(…)`."));
        Some(match here {
            Some(name) => diagnostic.fix(format!("call it on `{name}`"), vec![(at, format!("{name}.{method}"))]),
            None => diagnostic,
        })
    }

    /// A flow, waited for.
    fn call_flow(&mut self, id: FlowId, call: &ast::Call, span: Span) -> Expr {
        let (args, ty, record) = self.flow_args(id, call);
        if self.test {
            let instead = format!("Write `let run = start {}(…)`, and ask the run.", self.flow_title(id));
            self.not_called_in_a_test("Waiting for a flow", &instead, span);
            return self.error(span);
        }
        if let Some(raised) = self.kinds.last_mut() {
            raised.flows.insert(id);
        }
        self.may_wait(span);
        let made = Expr { kind: ExprKind::Call { flow: id, args }, ty, span };
        match record {
            Some(record) => self.collected(made, record),
            None => made,
        }
    }

    /// The arguments of a flow, its result, and the record that its result is read as.
    fn flow_args(&mut self, id: FlowId, call: &ast::Call) -> (Vec<Expr>, Ty, Option<RecordId>) {
        self.refers_callee(&call.callee, || Definition::Flow(id));
        if let Some(policy) = &call.policy {
            self.out.push(
                Diagnostic::new(Code::PolicyNotAllowed, policy.span, "A flow has no policy; the calls in it have.")
                    .at("no effect on a flow")
                    .fix("remove the policy", vec![(Span { start: call.args_span.end, ..policy.span }, String::new())]),
            );
        }
        let p = self.p;
        let Some(flow) = p.hir.flows.get(id.0 as usize) else { return (Vec::new(), Ty::Error, None) };
        let slots: Vec<Param> = flow
            .params
            .iter()
            .filter_map(|param| {
                let local = flow.locals.get(param.local.0 as usize)?;
                Some(Param {
                    name: local.name.clone(),
                    ty: local.ty.clone(),
                    default: param.default.clone(),
                    doc: param.doc.clone(),
                    span: local.span,
                })
            })
            .collect();
        let name = p.near_name(self.module, &flow.name);
        let Some(at) = self.collects(id) else {
            let args = self.args(name, Some(flow.span), &slots, &call.args, call.args_span);
            return (args, flow.result.clone(), None);
        };
        let Some((instead, record)) = self.record_args(name, at, &slots, &call.args) else {
            return (Vec::new(), Ty::Error, None);
        };
        let args = self.args(name, Some(flow.span), &slots, &instead, call.args_span);
        (args, flow.result.clone(), record)
    }

    /// The flow that `launch` and `start` name.
    pub fn flow_named(&mut self, expr: &ast::Expr, word: &str) -> Option<(FlowId, Vec<Expr>)> {
        let ast::ExprKind::Call(call) = &expr.kind else {
            if self.probing.is_some() {
                self.expr(expr, None);
            }
            if !matches!(expr.kind, ast::ExprKind::Error) {
                self.out.push(
                    Diagnostic::new(
                        Code::OtherKindOfName,
                        expr.span,
                        format!("`{word}` takes a flow with its arguments."),
                    )
                    .help(format!("Write it like a call: `{word} welcome(contact)`.")),
                );
            }
            self.broken = true;
            return None;
        };
        let p = self.p;
        if let ast::ExprKind::Name(name) = &call.callee.kind
            && self.is_mark(name)
        {
            self.probed(|body| Probe::Value { locals: body.in_scope(), want: None });
        }
        let text = dotted(&call.callee);
        let own = p.modules.get(self.module).and_then(|scope| scope.flows.get(text.as_deref()?));
        let found = own.or_else(|| p.flows.get(text.as_deref()?)).copied();
        let Some(id) = found else {
            self.no_such_flow(text.as_deref(), call, word);
            return None;
        };
        let (args, ..) = self.flow_args(id, call);
        Some((id, args))
    }

    fn no_such_flow(&mut self, text: Option<&str>, call: &ast::Call, word: &str) {
        self.args_in_vain(&call.args);
        let at = call.callee.span;
        let p = self.p;
        let Some(text) = text else {
            self.broken |= matches!(call.callee.kind, ast::ExprKind::Error);
            if !self.broken {
                self.out.push(Diagnostic::new(
                    Code::OtherKindOfName,
                    at,
                    format!("`{word}` takes the name of a flow."),
                ));
            }
            return;
        };
        let own_action = p.modules.get(self.module).and_then(|scope| scope.actions.get(text));
        if own_action.or_else(|| p.actions.get(text)).is_some() {
            self.out.push(
                Diagnostic::new(
                    Code::OtherKindOfName,
                    at,
                    format!("`{text}` is an action; only flows can be used with `{word}`."),
                )
                .help(format!("Call it: `{text}(…)`.")),
            );
            return;
        }
        let suffix = format!(".{text}");
        let named = p.flows.keys().filter(|_| p.may_guess()).map(|name| &**name);
        let elsewhere = named.filter(|name| name.ends_with(&suffix)).min();
        let own = p.modules.get(self.module).into_iter().flat_map(|scope| scope.flows.keys());
        let near =
            elsewhere.or_else(|| p.nearest(text, own.chain(p.flows.keys()).map(|name| &**name))).map(str::to_owned);
        let diagnostic =
            Diagnostic::new(Code::UnknownFunction, at, format!("There is no flow `{text}`.")).at("nothing declares it");
        self.out.push(match near {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace `{text}` by `{near}`"), vec![(at, near)]),
            None => {
                diagnostic.help(format!("Declare it: `flow {}(…) {{ … }}`.", text.rsplit('.').next().unwrap_or(text)))
            }
        });
    }

    /// `start f(x)`: a run of its own.
    #[inline(never)]
    pub fn start(&mut self, call: &ast::Expr, span: Span) -> Expr {
        match self.flow_named(call, "start") {
            Some((flow, args)) => {
                if self.test {
                    // It goes as far as it can at once.
                    self.may_wait(span);
                }
                Expr { kind: ExprKind::Start { flow, args }, ty: Ty::Run, span }
            }
            None => self.error(span),
        }
    }

    /// Notes what the name of what is called stands for, and what stands before it.
    fn refers_callee(&mut self, callee: &ast::Expr, to: impl FnOnce() -> Definition) {
        match &callee.kind {
            ast::ExprKind::Name(_) => self.refers(callee.span, to),
            ast::ExprKind::Field { base, name, .. } => {
                self.refers(name.span, to);
                if let Some(module) = dotted(base).filter(|_| self.p.keeps_references) {
                    self.refers_module(&module, base.span);
                }
            }
            _ => {}
        }
    }

    fn refers_method(&mut self, callee: &ast::Expr, id: ActionId) {
        if let ast::ExprKind::Field { name, .. } = &callee.kind {
            self.refers(name.span, || Definition::Action(id));
        }
    }

    /// Notes the module or connector that a name begins with.
    fn refers_module(&mut self, name: &str, span: Span) {
        let p = self.p;
        if let Some((known, _)) = p.connectors.get_key_value(name) {
            self.refers(span, || Definition::Connector(known.clone()));
        } else if let Some((known, _)) = p.module_names.get_key_value(name) {
            self.refers(span, || Definition::Module(known.clone()));
        }
    }

    /// An action, or a method with its receiver.
    pub fn call_action(&mut self, id: ActionId, receiver: Option<Expr>, call: &ast::Call, span: Span) -> Expr {
        let p = self.p;
        let (Some(action), Some(source)) = (p.hir.actions.get(id.0 as usize), p.action_sources.get(id.0 as usize))
        else {
            return self.error(span);
        };
        match receiver {
            None => self.refers_callee(&call.callee, || Definition::Action(id)),
            Some(_) => self.refers_method(&call.callee, id),
        }
        let skip = usize::from(receiver.is_some());
        let slots = action.params.get(skip..).unwrap_or_default();
        let declared = Some(action.span);
        let name = p.near_name(self.module, &action.name);
        let (instead, chosen) = match action.outward.chooses {
            Some((at, _)) => match self.choice_args(id, at as usize, slots, &call.args) {
                Some((args, chosen)) => (Some(args), chosen),
                None => return self.error(span),
            },
            None => match action.outward.describes {
                Some(at) => match self.record_args(name, at as usize, slots, &call.args) {
                    Some((args, _)) => (Some(args), None),
                    None => return self.error(span),
                },
                None => (None, None),
            },
        };
        let named =
            action.outward.renders.and_then(|at| self.template_named(slots, at as usize - skip.min(at as usize), call));
        self.moments = action.moments();
        let rest = match (&named, &instead) {
            (Some(named), _) => self.args(name, declared, &named.slots, &named.args, call.args_span),
            (None, Some(instead)) => self.args(name, declared, slots, instead, call.args_span),
            (None, None) => self.args(name, declared, slots, &call.args, call.args_span),
        };
        let (policy, extras) = if action.class.is_external() {
            self.policy(call.policy.as_ref(), action.policy, action.class)
        } else {
            let what = match action.class {
                EffectClass::Pure => "a pure action",
                EffectClass::Query => "a query, which is answered in the step itself",
                _ => "a local action, which is done with the step itself",
            };
            self.no_policy(call, what);
            (action.policy, None)
        };
        if let Some(instead) = &action.deprecated {
            let diagnostic =
                Diagnostic::new(Code::Deprecated, call.callee.span, format!("`{}` is deprecated.", action.name));
            let help = if instead.is_empty() { "Its documentation says what to use instead." } else { &**instead };
            self.out.push(diagnostic.help(help));
        }
        if source.money && self.inside.tries == 0 && matches!(action.class, EffectClass::Once | EffectClass::Repeatable)
        {
            self.out.push(
                Diagnostic::new(
                    Code::MoneyUnhandled,
                    call.callee.span,
                    format!("`{}` moves money, and what became of it may be unknown.", action.name),
                )
                .at("not handled when in doubt")
                .help("Put it into `try { … } on failure as failure { … }`, or declare the action `@keyed` or `@verified`."),
            );
        }
        if let Some(raised) = self.kinds.last_mut() {
            raised.kinds.extend(action.fails.iter().cloned());
            if extras.as_ref().is_some_and(|extras| extras.approval.is_some()) {
                raised.kinds.extend(APPROVAL_KINDS.iter().map(|kind| Arc::from(*kind)));
            }
        }
        let mut args: Vec<Expr> = receiver.into_iter().collect();
        args.extend(rest);
        if *action.name == *super::schema::ASKS {
            self.done_by_nobody(args.get(1));
        }
        for (at, escape) in &action.outward.escapes {
            if let Some(arg) = args.get_mut(*at as usize) {
                self.escape_argument(arg, *escape);
            }
        }
        let bindings = named.map_or_else(Vec::new, |named| self.rendered(named, skip, &mut args));
        let text = action.outward.segments.and_then(|at| args.get(at as usize));
        self.out.extend(text.and_then(segments));
        let made = match source.template() {
            // What stands for an action in a test stands for the whole of it.
            Some(template) if !p.for_tests && !self.inside.template => {
                let before = self.given.replace(given(&action.params, &call.args));
                let made = self.template_call(id, template, args, policy, extras, span);
                self.given = before;
                made
            }
            _ if matches!(action.class, EffectClass::Verified { .. }) => {
                self.verified_call(id, args, policy, extras.map_or_else(Default::default, |extras| *extras), span)
            }
            _ => {
                let call = ActionCall { action: id, template: None, args, class: action.class, policy, extras };
                Expr { kind: ExprKind::Action(Box::new(call)), ty: action.result.clone(), span }
            }
        };
        let made = match bindings.is_empty() {
            true => made,
            false => Expr { ty: made.ty.clone(), span, kind: ExprKind::Let { bindings, body: Box::new(made) } },
        };
        let made = if action.outbound && p.rules_sending && !self.test { self.sent(id, made) } else { made };
        if action.outbound {
            // A header may say when messages go out.
            self.may_wait(span);
        }
        if action.class.is_external() {
            let name = p.near_name(self.module, &action.name);
            let instead = format!("Let a flow call it, and look: `expect called({name}, …)`.");
            self.not_called_in_a_test("Calling what leaves the machine", &instead, span);
            self.may_wait(span);
        }
        match chosen {
            Some(ty) => self.chosen(made, ty),
            None => made,
        }
    }

    /// A call that sends a message. In a flow with a `cap` it yields nothing when it is skipped.
    fn sent(&self, action: ActionId, call: Expr) -> Expr {
        let span = call.span;
        let may_skip = self.capped && !matches!(call.ty, Ty::Unit | Ty::Error);
        let call = match may_skip && !call.ty.is_optional() {
            true => Expr { ty: call.ty.clone().optional(), span, kind: ExprKind::Wrap(Box::new(call)) },
            false => call,
        };
        let ty = call.ty.clone();
        Expr { kind: ExprKind::Send { action, call: Box::new(call), may_skip }, ty, span }
    }

    /// `money(19.90, .eur)`
    fn money(&mut self, call: &ast::Call, span: Span) -> Expr {
        self.no_policy(call, "what is computed here");
        let find = |name: &str, position: usize| {
            let named = call.args.iter().find(|arg| arg.name.as_ref().is_some_and(|given| given.name == *name));
            named.or_else(|| call.args.get(position).filter(|arg| arg.name.is_none()))
        };
        let (amount, currency) = (find("amount", 0), find("currency", 1));
        let (Some(amount), Some(currency), 2) = (amount, currency, call.args.len()) else {
            self.args_in_vain(&call.args);
            let code = if call.args.len() > 2 { Code::TooManyArguments } else { Code::MissingArgument };
            return self.wrong(
                Diagnostic::new(code, call.args_span, "`money` takes an amount and its currency.")
                    .help("It takes `money(amount: Number, currency)`, as in `money(19.90, .eur)`."),
            );
        };
        let number = self.need(&amount.value, &Ty::Number, Why::Plain("an amount is"));
        let code = match &currency.value.kind {
            ast::ExprKind::Variant(name) => currency::currency(name.as_str()),
            // `money(3, eur)` needs the dot and nothing else.
            _ if self.currency_without_dot(&currency.value).is_some() => None,
            _ => {
                let said = self.out.len();
                let value = self.expr(&currency.value, Some(&Ty::Error));
                if self.out.len() > said {
                    return value;
                }
                None
            }
        };
        let Some(code) = code else { return self.bad_currency(&currency.value) };
        let ty = Ty::Money(Some(code));
        let literal = super::talk::known_number(&number);
        if let Some(value) = literal.filter(|value| value.normalize().scale() > currency::minor_digits(code)) {
            return self.too_precise(value, code, amount.value.span);
        }
        let kind = match literal {
            Some(value) => ExprKind::Money(value, code),
            None => {
                let name: Arc<str> = Arc::from(super::fit::currency(&code));
                let name = Expr { kind: ExprKind::Text(name), ty: Ty::Text, span: currency.span };
                ExprKind::Intrinsic(flow_bytecode::Intrinsic::MakeMoney, vec![number, name])
            }
        };
        Expr { kind, ty, span }
    }

    /// `date("2026-03-01")`
    fn date(&mut self, call: &ast::Call, span: Span) -> Expr {
        self.no_policy(call, "what is computed here");
        let text = match call.args.as_slice() {
            [ast::Arg { name: None, value, .. }] => match &value.kind {
                ast::ExprKind::Str(text) => text.plain().map(|plain| (plain, value.span)),
                _ => None,
            },
            _ => None,
        };
        let Some((text, at)) = text else {
            self.args_in_vain(&call.args);
            return self.wrong(
                Diagnostic::new(
                    Code::BadDate,
                    call.args_span,
                    "`date` takes a date as written, as in `date(\"2026-03-01\")`.",
                )
                .help("A text that is computed is read with `Date.parse(text)`, which yields `Date?`."),
            );
        };
        match super::literals::date(text) {
            Some(days) => Expr { kind: ExprKind::Date(days), ty: Ty::Date, span },
            None => {
                let (help, meant) = super::literals::not_a_date(text);
                let diagnostic = Diagnostic::new(Code::BadDate, at, format!("There is no date `{text}`."))
                    .at("not a date")
                    .help(help);
                self.wrong(match meant {
                    Some(meant) => diagnostic.fix(format!("write `{meant}`"), vec![(at, format!("\"{meant}\""))]),
                    None => diagnostic,
                })
            }
        }
    }
}

/// Which parameters a call gives, those that have to be given among them.
fn given(params: &[Param], args: &[ast::Arg]) -> super::http::Given {
    let required = params.iter().filter(|param| param.default.is_none());
    let given = args.iter().enumerate().filter_map(|(position, arg)| match &arg.name {
        Some(name) => params.iter().find(|param| *param.name == *name.as_str()),
        None => params.get(position),
    });
    required.chain(given).map(|param| param.name.clone()).collect()
}
