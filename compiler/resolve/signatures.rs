//! Second pass, part two: what events carry, what actions and flows take and yield.

use super::chosen::{is_enum, is_record};
use super::collect::{duplicate, qualified};
use super::members::unknown_annotation;
use super::{ActionSource, FlowSource, Map, Project, Receiver};
use crate::check::Module;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{
    Action, ActionId, CallPolicy, EntityId, Event, EventId, Flow, FlowId, FlowParam, Local, LocalId, Outward, Param,
    RecordId, Ty, Write,
};
use crate::resolve::nearest;
use crate::syntax::ast::{self, ItemKind};
use flow_bytecode::program::{EffectClass, Escape};
use std::sync::Arc;

/// Whose default it is, and its position there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DefaultFor {
    Record(RecordId, usize),
    Entity(EntityId, usize),
    Action(ActionId, usize),
    Flow(FlowId, usize),
    /// A template, by its position.
    Template(usize, usize),
}

/// A default to be checked once every type is known.
#[derive(Debug, Clone)]
pub(crate) struct Default<'a> {
    pub target: DefaultFor,
    pub module: usize,
    pub value: &'a ast::Expr,
    pub ty: Ty,
    /// The name of what has the default.
    pub span: Span,
}

/// Defaults in the order in which they are checked: those of records first, because others may build records.
#[derive(Debug, std::default::Default)]
pub(crate) struct Defaults<'a>(pub Vec<Default<'a>>);

impl<'a> Defaults<'a> {
    pub fn push(&mut self, target: DefaultFor, module: usize, value: &'a ast::Expr, ty: Ty, span: Span) {
        self.0.push(Default { target, module, value, ty, span });
    }
}

/// Fills in events, actions and flows.
pub(crate) fn signatures<'a>(
    project: &mut Project,
    modules: &[Module<'a>],
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let mut checks = Vec::new();
    for (index, module) in modules.iter().enumerate() {
        for item in &module.tree.items {
            match &item.kind {
                ItemKind::Event(decl) => event(project, index, decl, out),
                ItemKind::Action(decl) => action(project, index, module, item, decl, defaults, &mut checks, out),
                ItemKind::Flow(decl) => flow(project, index, module, item, decl, defaults, out),
                ItemKind::Form(decl) => super::forms::form(project, index, decl, out),
                _ => {}
            }
        }
    }
    for (id, by) in checks {
        verified(project, id, by, out);
    }
}

/// A name of the project that the library has already.
fn taken(what: &str, name: &str, own: Span, library: Span) -> Diagnostic {
    let help = match what {
        "an event" => "Give it another name.",
        _ => "Give it another name, or rename the file: what a file declares begins with the file's name.",
    };
    Diagnostic::new(Code::DuplicateName, own, format!("`{name}` is {what} of the library already."))
        .at("this name is taken")
        .label(library, "the library declares it here")
        .help(help)
}

/// A flow and an action of one name: both are called by it.
fn shared(what: &str, other: &str, name: &str, own: Span, first: Span) -> Diagnostic {
    let named = format!("The {what} `{name}` has the name of {other}, and both would be called by it.");
    Diagnostic::new(Code::DuplicateName, own, named)
        .at(format!("this is the {what}"))
        .label(first, format!("this is {other} of the same name"))
        .help("Give one of them another name, or move the flow to another file: what a file declares begins with the file's name.")
}

pub(super) struct Params<'p> {
    project: &'p Project,
    module: usize,
    names: Map<Span>,
}

impl<'p> Params<'p> {
    pub(super) fn new(project: &'p Project, module: usize) -> Self {
        Params { project, module, names: Map::default() }
    }

    /// The type of the next parameter; `None` when its name is taken.
    pub(super) fn next(&mut self, param: &ast::Param, out: &mut Vec<Diagnostic>) -> Option<Ty> {
        self.named("parameter", &param.name, &param.ty, out)
    }

    /// The type of the next of several names; `None` when its name is taken.
    pub(super) fn named(
        &mut self,
        what: &str,
        name: &ast::Ident,
        ty: &ast::TypeExpr,
        out: &mut Vec<Diagnostic>,
    ) -> Option<Ty> {
        let shared = name.name.shared().clone();
        if let Some(first) = self.names.get(&shared) {
            out.push(duplicate(what, &shared, name.span, *first));
            return None;
        }
        self.names.insert(shared, name.span);
        Some(self.project.ty(self.module, ty, out))
    }
}

/// What stands above a parameter.
pub(super) fn documentation(param: &ast::Param) -> Arc<str> {
    param.docs.clone().unwrap_or_else(|| Arc::from(""))
}

fn event(project: &mut Project, module: usize, decl: &ast::EventDecl, out: &mut Vec<Diagnostic>) {
    let name: Arc<str> = Arc::from(decl.name.dotted());
    if let Some(first) = project.events.get(&name).and_then(|id| project.hir.events.get(id.0 as usize)) {
        let library = |span| !project.is_own(span);
        out.push(match (library(decl.name.span), library(first.span)) {
            (true, false) => taken("an event", &name, first.span, decl.name.span),
            (false, true) => taken("an event", &name, decl.name.span, first.span),
            _ => duplicate("event", &name, decl.name.span, first.span),
        });
        return;
    }
    let mut params = Params::new(project, module);
    let carried = decl
        .params
        .iter()
        .filter_map(|param| {
            if let Some(default) = &param.default {
                out.push(
                    Diagnostic::new(
                        Code::NotYet,
                        default.span,
                        "Defaults of what an event carries are not carried out yet.",
                    )
                    .help("Give every value where the event is fired."),
                );
            }
            Some((param.name.name.shared().clone(), params.next(param, out)?))
        })
        .collect();
    let id = EventId(project.hir.events.len() as u32);
    project.events.insert(name.clone(), id);
    project.hir.events.push(Event { name, params: carried, span: decl.name.span });
}

#[expect(clippy::too_many_arguments, reason = "one pass, one set of tables")]
fn action<'a>(
    project: &mut Project,
    index: usize,
    module: &Module<'a>,
    item: &'a ast::Item,
    decl: &'a Arc<ast::ActionDecl>,
    defaults: &mut Defaults<'a>,
    checks: &mut Vec<(ActionId, &'a ast::Expr)>,
    out: &mut Vec<Diagnostic>,
) {
    let id = ActionId(project.hir.actions.len() as u32);
    let dotted = decl.name.dotted();
    let (receiver, name) = match decl.name.segments.as_slice() {
        [of, method] => match project.receiver(of.as_str()) {
            Some(receiver) => (Some((receiver, method)), Arc::from(dotted)),
            None => (None, Arc::from(dotted)),
        },
        [_] => (None, qualified(module, &dotted)),
        _ => (None, Arc::from(dotted)),
    };
    let first = match receiver {
        Some((receiver, method)) => project.method_on(receiver, method.as_str()),
        None => project.actions.get(&name).copied(),
    };
    let first = first.and_then(|first| project.hir.actions.get(first.0 as usize)).map(|action| (action.span, "action"));
    let first = first.or_else(|| {
        let flow = project.flows.get(&name)?;
        project.hir.flows.get(flow.0 as usize).map(|flow| (flow.span, "flow"))
    });
    if let Some((first, kind)) = first {
        // Whoever wrote the project can change only their own.
        out.push(match (module.library, project.is_own(first)) {
            (true, true) => taken("an action", &name, first, decl.name.span),
            (false, false) => taken("an action", &name, decl.name.span, first),
            _ if kind == "flow" => shared("action", "a flow", &name, decl.name.span, first),
            _ => duplicate("action", &decl.name.dotted(), decl.name.span, first),
        });
        return;
    }
    let mut list = Vec::with_capacity(decl.params.len() + 1);
    if let Some((receiver, _)) = receiver {
        let (name, doc) = (Arc::from("self"), Arc::from(""));
        list.push(Param { name, ty: receiver.ty(), default: None, doc, span: Span::default() });
    }
    let mut params = Params::new(project, index);
    for param in &decl.params {
        let Some(ty) = params.next(param, out) else { continue };
        if let Some(default) = &param.default {
            defaults.push(DefaultFor::Action(id, list.len()), index, default, ty.clone(), param.name.span);
        }
        let name = param.name.name.shared().clone();
        list.push(Param { name, ty, default: None, doc: documentation(param), span: param.name.span });
    }
    let result = decl.result.as_ref().map_or(Ty::Unit, |ty| project.ty(index, ty, out));
    let mut traits = annotations(id, item, decl, checks, out);
    let chooses = decl.params.iter().position(|param| is_enum(&param.ty)).filter(|_| module.library);
    let result = match (chooses, result) {
        // What comes out is read once it is known of which enum it is.
        (Some(at), Ty::Record(record)) => {
            traits.outward.chooses = Some((at as u32, record));
            Ty::Json
        }
        (_, result) => result,
    };
    let describes = decl.params.iter().position(|param| is_record(&param.ty)).filter(|_| module.library);
    traits.outward.describes = describes.map(|at| at as u32);
    if receiver.is_some() {
        let at = [&mut traits.outward.segments, &mut traits.outward.renders];
        at.into_iter().flatten().for_each(|at| *at += 1);
    }
    for (at, _) in &mut traits.outward.escapes {
        *at += u32::from(receiver.is_some());
        // What is missing has no holes, and a text that may be missing is none to write in.
        if let Some(param) = list.get(*at as usize).filter(|param| !matches!(param.ty, Ty::Text | Ty::Error)) {
            let message = format!("`{}` is not a `Text`, so nothing is filled in.", param.name);
            out.push(
                Diagnostic::new(Code::UnknownSetting, decl.name.span, message)
                    .help("`@escapes` is about parameters of type `Text`."),
            );
        }
    }
    for at in &mut traits.outward.moments {
        *at += u32::from(receiver.is_some());
        if let Some(param) = list.get(*at as usize).filter(|param| !matches!(param.ty.present(), Ty::Text | Ty::Error))
        {
            let message = format!("`{}` is not a `Text`, so no moment is written in it.", param.name);
            out.push(
                Diagnostic::new(Code::UnknownSetting, decl.name.span, message)
                    .help("`@moments` is about parameters of type `Text`."),
            );
        }
    }
    match receiver {
        Some((receiver, method)) => {
            let methods = match receiver {
                Receiver::Entity(entity) => project.methods.get_mut(entity.0 as usize),
                Receiver::Symbol(kind) => project.symbol_methods.get_mut(kind as usize),
            };
            if let Some(methods) = methods {
                methods.insert(method.name.shared().clone(), id);
            }
        }
        None => {
            if let [first, _, ..] = decl.name.segments.as_slice() {
                project.namespaces.insert(first.name.shared().clone(), ());
            } else if let Some(first) = decl.name.segments.first() {
                let scope = if module.library { Some(&mut project.library) } else { project.modules.get_mut(index) };
                if let Some(scope) = scope {
                    scope.actions.insert(first.name.shared().clone(), id);
                }
            }
            project.actions.insert(name.clone(), id);
        }
    }
    if !module.library {
        own_action(decl, traits.class, out);
    }
    project.action_sources.push(ActionSource { decl: Arc::clone(decl), money: traits.money, module: index });
    project.hir.actions.push(Action {
        name,
        params: list,
        result,
        class: traits.class,
        fails: decl.fails.iter().map(|kind| kind.name.shared().clone()).collect(),
        policy: traits.policy,
        outbound: traits.outbound,
        deprecated: traits.deprecated,
        outward: traits.outward,
        doc: item.docs.clone().unwrap_or_else(|| Arc::from("")),
        span: decl.name.span,
    });
}

/// What only the standard library may declare: its actions are carried out by what comes with it.
fn own_action(decl: &ast::ActionDecl, class: EffectClass, out: &mut Vec<Diagnostic>) {
    if decl.template.is_none() {
        let name = decl.name.dotted();
        let help = if class.is_external() {
            "Say how it is done, as in `= http { method: .post, url: \"https://…\" }`.".to_owned()
        } else {
            format!("Write a flow that does it, `flow {}(…) {{ … }}`.", name.rsplit('.').next().unwrap_or(&name))
        };
        out.push(
            Diagnostic::new(Code::NotCarriedOut, decl.name.span, format!("Nothing carries out `{name}`."))
                .at("says what, not how")
                .help(help),
        );
    }
}

struct Traits {
    class: EffectClass,
    policy: CallPolicy,
    money: bool,
    outbound: bool,
    deprecated: Option<Arc<str>>,
    outward: Outward,
}

const CLASSES: &[&str] = &[
    "pure",
    "local",
    "query",
    "read",
    "keyed",
    "verified",
    "once",
    "repeatable",
    "money",
    "deprecated",
    "raises",
    "segments",
    "writes",
    "adds",
    "removes",
    "outbound",
    "escapes",
    "moments",
    "channel",
    "renders",
];

fn annotations<'a>(
    id: ActionId,
    item: &'a ast::Item,
    decl: &ast::ActionDecl,
    checks: &mut Vec<(ActionId, &'a ast::Expr)>,
    out: &mut Vec<Diagnostic>,
) -> Traits {
    let mut traits = Traits {
        class: EffectClass::Once,
        policy: CallPolicy::default(),
        money: false,
        outbound: false,
        deprecated: None,
        outward: Outward::default(),
    };
    let mut class_span: Option<Span> = None;
    for annotation in &item.annotations {
        let class = match annotation.name.as_str() {
            name @ ("money" | "outbound") => {
                traits.money |= name == "money";
                traits.outbound |= name == "outbound";
                outward(annotation, decl, &mut traits.outward, out);
                continue;
            }
            "deprecated" => {
                let text = annotation.args.first().and_then(|arg| match &arg.value.kind {
                    ast::ExprKind::Str(text) => text.plain(),
                    _ => None,
                });
                traits.deprecated = Some(Arc::from(text.unwrap_or("")));
                continue;
            }
            "raises" | "segments" | "writes" | "adds" | "removes" | "escapes" | "moments" | "channel" | "renders" => {
                outward(annotation, decl, &mut traits.outward, out);
                continue;
            }
            "pure" => EffectClass::Pure,
            "local" => EffectClass::Local,
            "query" => EffectClass::Query,
            "read" => EffectClass::Read,
            "once" => EffectClass::Once,
            "repeatable" => EffectClass::Repeatable,
            "keyed" => EffectClass::Keyed { window_us: 0 },
            // Which action asks is filled in when all are known.
            "verified" => EffectClass::Verified { by: 0 },
            _ => {
                out.push(unknown_annotation(annotation, CLASSES));
                continue;
            }
        };
        if let Some(first) = class_span {
            out.push(
                Diagnostic::new(Code::BadEffectClass, annotation.span, "An action has one effect class.")
                    .at("a second one")
                    .label(first, "the first one")
                    .help("Keep the one that says what may happen when the machine dies in between."),
            );
            continue;
        }
        class_span = Some(annotation.span);
        traits.class = class_settings(id, class, annotation, &mut traits.policy, checks, out);
    }
    if let (Some(template), false) = (&decl.template, traits.class.is_external()) {
        out.push(
            Diagnostic::new(
                Code::BadEffectClass,
                class_span.unwrap_or(decl.name.span),
                "An HTTP template leaves the machine, so it is neither pure nor local.",
            )
            .label(template.span, "asks another service")
            .help("Use `@read` when it changes nothing there, else `@keyed(24 hours)` or `@once`."),
        );
        traits.class = EffectClass::Once;
    }
    traits
}

/// `@raises(ticket.created)`, `@segments(text)`, `@adds(tags)` and their like: what the compiler looks at beside the effect class.
fn outward(annotation: &ast::Annotation, decl: &ast::ActionDecl, into: &mut Outward, out: &mut Vec<Diagnostic>) {
    for arg in &annotation.args {
        if let (Some(field), Some(value), "writes") = (&arg.name, left(&arg.value), annotation.name.as_str()) {
            into.writes.push((field.name.shared().clone(), Write::Sets));
            into.leaves.push((field.name.shared().clone(), value));
            continue;
        }
        if let (Some(param), Some(way), "escapes") = (&arg.name, dotted(&arg.value), annotation.name.as_str()) {
            let at = decl.params.iter().position(|known| known.name.as_str() == param.as_str());
            match (at, escape(&way)) {
                (Some(at), Some(escape)) => into.escapes.push((at as u32, escape)),
                (None, _) => out.push(bad_setting(arg, "one of the action's parameters")),
                (_, None) => out.push(bad_setting(arg, "`html`, `mrkdwn` or `markdown`")),
            }
            continue;
        }
        let name = dotted(&arg.value).filter(|_| arg.name.is_none());
        match (annotation.name.as_str(), name) {
            ("channel", Some(name)) => into.channel = Some(Arc::from(name)),
            ("renders", Some(name)) => match decl.params.iter().position(|param| param.name.as_str() == name) {
                Some(at) => into.renders = Some(at as u32),
                None => out.push(bad_setting(arg, "one of the action's parameters")),
            },
            ("raises", Some(name)) => into.raises.push(Arc::from(name)),
            ("writes", Some(name)) => into.writes.push((Arc::from(name), Write::Sets)),
            ("adds", Some(name)) => into.writes.push((Arc::from(name), Write::Adds)),
            ("removes", Some(name)) => into.writes.push((Arc::from(name), Write::Removes)),
            ("moments", Some(name)) => match decl.params.iter().position(|param| param.name.as_str() == name) {
                Some(at) => into.moments.push(at as u32),
                None => out.push(bad_setting(arg, "one of the action's parameters")),
            },
            ("segments", Some(name)) => match decl.params.iter().position(|param| param.name.as_str() == name) {
                Some(at) => into.segments = Some(at as u32),
                None => {
                    let diagnostic = bad_setting(arg, "one of the action's parameters");
                    let near = nearest(&name, decl.params.iter().map(|param| param.name.as_str()));
                    out.push(match near {
                        Some(near) => did_you_mean(diagnostic, &name, near, arg.value.span),
                        None => diagnostic.help("Name the one that is the text, as in `@segments(text)`."),
                    });
                }
            },
            (annotation, _) => {
                let diagnostic =
                    Diagnostic::new(Code::UnknownSetting, arg.span, format!("`@{annotation}` has no such setting."));
                out.push(match annotation {
                    "raises" => diagnostic.help("It takes names of events, as in `@raises(ticket.created)`."),
                    "escapes" => diagnostic.help(
                        "It takes a parameter and what that is written in, as in `@escapes(text: mrkdwn)`: `html`, `mrkdwn` or \
                         `markdown`.",
                    ),
                    "renders" => diagnostic
                        .help("It takes the parameter that names a template, as in `@renders(template)`."),
                    "moments" => diagnostic.help("It takes names of parameters, as in `@moments(since)`."),
                    "channel" => diagnostic.help("It takes a section of `flow.toml`, as in `@channel(email)`."),
                    "segments" => diagnostic.help("It takes the name of a parameter, as in `@segments(text)`."),
                    "writes" => diagnostic.help(
                        "It takes fields of the receiver, as in `@writes(status)`; and what they hold then, where that is \
                         always the same: `@writes(status: .closed)`.",
                    ),
                    "adds" | "removes" => {
                        diagnostic.help(format!("It takes fields of the receiver, as in `@{annotation}(tags)`."))
                    }
                    _ => diagnostic.help(format!("It takes nothing: `@{annotation}` alone on its line.")),
                });
            }
        }
    }
}

/// How what is filled in is escaped, as `@escapes` says it.
fn escape(name: &str) -> Option<Escape> {
    Some(match name {
        "html" => Escape::Html,
        "mrkdwn" => Escape::Mrkdwn,
        "markdown" => Escape::Markdown,
        _ => return None,
    })
}

/// What a field holds afterwards, as `@writes` says it.
fn left(value: &ast::Expr) -> Option<Arc<str>> {
    Some(match &value.kind {
        ast::ExprKind::Variant(name) => name.name.shared().clone(),
        ast::ExprKind::Bool(value) => Arc::from(if *value { "true" } else { "false" }),
        ast::ExprKind::Null => Arc::from("null"),
        _ => return None,
    })
}

fn class_settings<'a>(
    id: ActionId,
    class: EffectClass,
    annotation: &'a ast::Annotation,
    policy: &mut CallPolicy,
    checks: &mut Vec<(ActionId, &'a ast::Expr)>,
    out: &mut Vec<Diagnostic>,
) -> EffectClass {
    let mut class = class;
    let mut verifier = false;
    for arg in &annotation.args {
        let name = arg.name.as_ref().map(ast::Ident::as_str);
        match (name, class) {
            (None, EffectClass::Keyed { .. }) => match annotation_duration(&arg.value) {
                Some(window_us) if window_us > 0 => class = EffectClass::Keyed { window_us },
                _ => out.push(bad_setting(arg, "how long the other side remembers a key, as in `24 hours`")),
            },
            (Some("by"), EffectClass::Verified { .. }) => {
                verifier = true;
                checks.push((id, &arg.value));
            }
            (Some("timeout"), _) if class.is_external() => match annotation_duration(&arg.value) {
                Some(timeout_us) if (1..=ATTEMPT_MAX_US).contains(&timeout_us) => policy.timeout_us = timeout_us,
                _ => out.push(bad_setting(arg, "a length of time up to a day, as in `30 seconds`")),
            },
            (Some("backoff"), _) if class.is_external() => match annotation_duration(&arg.value) {
                Some(backoff_us) if (0..=ATTEMPT_MAX_US).contains(&backoff_us) => policy.backoff_us = backoff_us,
                _ => out.push(bad_setting(arg, "a length of time up to a day, as in `2 seconds`")),
            },
            (Some("retry"), _) if class.is_external() => match arg.value.kind {
                ast::ExprKind::Int(retry) if (0..=1000).contains(&retry) => policy.retry = retry as u32,
                _ => out.push(
                    bad_setting(arg, "a whole number up to 1000").help("It counts further attempts: `retry: 3`."),
                ),
            },
            _ => {
                let message = format!("`@{}` has no such setting.", annotation.name.name);
                let diagnostic = Diagnostic::new(Code::UnknownSetting, arg.span, message);
                let known = ["timeout", "retry", "backoff", "by"];
                let near = name.filter(|_| class.is_external()).and_then(|name| nearest(name, known));
                out.push(match (near, &arg.name) {
                    (Some(near), Some(name)) => did_you_mean(diagnostic, name.as_str(), near, name.span),
                    _ if class.is_external() => diagnostic.help(
                        "Known are `timeout`, `retry` and `backoff`; `@keyed` takes a length of time, `@verified` takes `by`.",
                    ),
                    _ => diagnostic.help("What stays in the machine needs no settings."),
                });
            }
        }
    }
    match class {
        EffectClass::Keyed { window_us: 0 } => {
            out.push(
                Diagnostic::new(
                    Code::BadEffectClass,
                    annotation.span,
                    "`@keyed` says for how long the other side drops duplicates.",
                )
                .help("Write it, as in `@keyed(24 hours)`; the service's own documentation knows it."),
            );
        }
        EffectClass::Verified { .. } if !verifier => {
            out.push(
                Diagnostic::new(
                    Code::BadEffectClass,
                    annotation.span,
                    "`@verified` says which action asks whether it happened.",
                )
                .help("Write it, as in `@verified(by: shop.find_refund)`."),
            );
        }
        _ => {}
    }
    class
}

fn did_you_mean(diagnostic: Diagnostic, name: &str, near: &str, at: Span) -> Diagnostic {
    diagnostic
        .help(format!("Did you mean `{near}`?"))
        .fix(format!("replace `{name}` by `{near}`"), vec![(at, near.to_owned())])
}

fn bad_setting(arg: &ast::Arg, wanted: &str) -> Diagnostic {
    let name = arg.name.as_ref().map_or("This".to_owned(), |name| format!("`{}`", name.name));
    Diagnostic::new(Code::UnknownSetting, arg.value.span, format!("{name} has to be {wanted}."))
        .help("Write the value itself: a setting is not computed.")
}

/// A length of time as written, in microseconds, if it is one of fixed length.
pub(crate) fn annotation_duration(expr: &ast::Expr) -> Option<i64> {
    match &expr.kind {
        ast::ExprKind::Duration(literal) if literal.calendar.is_none() => {
            literal.amount.checked_mul(unit_us(literal.unit)?)
        }
        _ => None,
    }
}

/// One attempt at a call, and the pause after the first one, take a day at most: the pause never grows beyond that.
pub(crate) const ATTEMPT_MAX_US: i64 = 86_400_000_000;

/// A unit's microseconds; `None` for units whose length depends on a calendar.
pub(crate) fn unit_us(unit: ast::Unit) -> Option<i64> {
    Some(match unit {
        ast::Unit::Second => 1_000_000,
        ast::Unit::Minute => 60_000_000,
        ast::Unit::Hour => 3_600_000_000,
        ast::Unit::Day => 86_400_000_000,
        ast::Unit::Week => 604_800_000_000,
        ast::Unit::Month | ast::Unit::Year | ast::Unit::BusinessHour | ast::Unit::BusinessDay => return None,
    })
}

/// Fills in the action that asks whether another happened.
fn verified(project: &mut Project, id: ActionId, by: &ast::Expr, out: &mut Vec<Diagnostic>) {
    let name = dotted(by);
    let Some(found) = name.as_deref().and_then(|name| project.actions.get(name).copied()) else {
        let diagnostic = Diagnostic::new(Code::UnknownFunction, by.span, "There is no such action to ask.");
        let names = || project.actions.keys().map(|name| &**name);
        out.push(match name.as_deref().and_then(|name| project.nearest(name, names())) {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("ask `{near}`"), vec![(by.span, near.to_owned())]),
            None => diagnostic.help("Name an action by its full name, as in `@verified(by: shop.find_refund)`."),
        });
        return;
    };
    if let Some((message, help)) = unfit(project, id, found) {
        let asks = project.hir.actions.get(found.0 as usize).map_or(by.span, |action| action.span);
        out.push(
            Diagnostic::new(Code::BadEffectClass, by.span, message)
                .at("asked whether it happened")
                .label(asks, "declared here")
                .help(help),
        );
        return;
    }
    if let (Ok(by), Some(action)) = (u16::try_from(found.0), project.hir.actions.get_mut(id.0 as usize)) {
        action.class = EffectClass::Verified { by };
    }
}

/// Why an action cannot be asked whether another happened, and what to do.
fn unfit(project: &Project, id: ActionId, found: ActionId) -> Option<(String, String)> {
    let at = |id: ActionId| Some((project.hir.actions.get(id.0 as usize)?, project.action_sources.get(id.0 as usize)?));
    let ((action, source), (finder, finds)) = (at(id)?, at(found)?);
    let name = &finder.name;
    if finder.class != EffectClass::Read {
        return Some((
            format!("`{name}` may change something, so it cannot be asked again and again."),
            "What asks is declared `@read`.".to_owned(),
        ));
    }
    if source.template().is_some() != finds.template().is_some() {
        return Some((
            format!("`{name}` is carried out in another way than `{}`.", action.name),
            "Ask by an action with a template of its own, as in `= http { … }`.".to_owned(),
        ));
    }
    for param in &finder.params {
        let given = action.params.iter().find(|given| given.name == param.name);
        if given.is_none_or(|given| given.ty != param.ty && given.ty != Ty::Error && param.ty != Ty::Error) {
            let ty = project.show(&param.ty);
            return Some((
                format!("`{name}` asks by `{}: {ty}`, which `{}` is not called with.", param.name, action.name),
                format!("It gets the arguments of `{}` by their names and types: give both the same.", action.name),
            ));
        }
    }
    let fits = match &action.result {
        Ty::Unit => finder.result.is_optional(),
        result => finder.result == result.clone().optional(),
    };
    if !fits && action.result != Ty::Error && finder.result != Ty::Error {
        let found = project.show(&finder.result);
        let wanted = match &action.result {
            Ty::Unit => "Json?".to_owned(),
            result => project.show(&result.clone().optional()),
        };
        return Some((
            format!("`{name}` yields `{found}`, which does not say what became of `{}`.", action.name),
            format!("It yields `{wanted}`: what came of it, or `null` where it has not happened."),
        ));
    }
    None
}

/// `a.b.c` as text, if that is all there is.
pub(crate) fn dotted(expr: &ast::Expr) -> Option<String> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Some(name.as_str().to_owned()),
        ast::ExprKind::Field { base, name, optional: false } => {
            let mut text = dotted(base)?;
            text.push('.');
            text.push_str(name.as_str());
            Some(text)
        }
        _ => None,
    }
}

fn flow<'a>(
    project: &mut Project,
    index: usize,
    module: &Module<'a>,
    item: &'a ast::Item,
    decl: &'a Arc<ast::FlowDecl>,
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let id = FlowId(project.hir.flows.len() as u32);
    let name = qualified(module, decl.name.as_str());
    let first = project.flows.get(&name).and_then(|flow| project.hir.flows.get(flow.0 as usize));
    let first = first.map(|flow| (flow.span, "flow")).or_else(|| {
        let action = project.actions.get(&name)?;
        project.hir.actions.get(action.0 as usize).map(|action| (action.span, "action"))
    });
    if let Some((first, kind)) = first {
        out.push(match project.is_own(first) {
            true if kind == "action" => shared("flow", "an action", &name, decl.name.span, first),
            true => duplicate("flow", decl.name.as_str(), decl.name.span, first),
            false => taken("an action", &name, decl.name.span, first),
        });
        return;
    }
    let mut locals = Vec::with_capacity(decl.params.len());
    let mut taken = Vec::with_capacity(decl.params.len());
    let mut params = Params::new(project, index);
    for param in &decl.params {
        let Some(ty) = params.next(param, out) else { continue };
        if let Some(default) = &param.default {
            defaults.push(DefaultFor::Flow(id, taken.len()), index, default, ty.clone(), param.name.span);
        }
        let local = LocalId(locals.len() as u32);
        taken.push(FlowParam { local, default: None, doc: documentation(param) });
        locals.push(Local { name: param.name.name.shared().clone(), ty, mutable: false, span: param.name.span });
    }
    let result = match &decl.result {
        // What is collected is JSON, until the call reads it as its record.
        Some(ast::TypeExpr { kind: ast::TypeKind::Optional(inner), .. }) if module.flows && is_record(inner) => {
            Ty::Json.optional()
        }
        Some(ty) => project.ty(index, ty, out),
        None => Ty::Unit,
    };
    if let Some(annotation) = item.annotations.first() {
        out.push(unknown_annotation(annotation, &[]));
    }
    if let Some(scope) = project.modules.get_mut(index) {
        scope.flows.insert(decl.name.name.shared().clone(), id);
    }
    project.flows.insert(name.clone(), id);
    project.rules_sending |= decl
        .clauses
        .iter()
        .any(|clause| matches!(clause.kind, ast::ClauseKind::Cap { .. } | ast::ClauseKind::SendWithin(_)));
    project.flow_sources.push(FlowSource { decl: Arc::clone(decl), module: index });
    project.hir.flows.push(Flow {
        name,
        params: taken,
        locals: Arc::new(locals),
        result,
        entry: None,
        body: Arc::default(),
        doc: item.docs.clone().unwrap_or_else(|| Arc::from("")),
        span: decl.name.span,
    });
}
