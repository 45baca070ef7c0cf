//! `on`: what lets a run in, and where its parameters come from.

use super::super::body::Body;
use super::super::fit::same;
use super::super::literals;
use super::cron;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::entry::{Exit, Filter, Source, Trigger, TriggerKind};
use crate::hir::{Binary, EntityId, EventId, Expr, ExprKind, LocalId, Ty};
use crate::syntax::ast;
use flow_bytecode::op::Cmp;
use std::sync::Arc;

/// What a trigger carries: (name, type). Without a name it is given by type alone.
type Carried = (Option<Arc<str>>, Ty);

impl Body<'_> {
    /// One `on` of a header.
    #[inline(never)]
    pub fn trigger(&mut self, pattern: &ast::EventPattern) -> Option<Trigger> {
        let name = pattern.event.dotted();
        let (on, carried, filter) = match &*name {
            "audience" => {
                let (on, carried) = self.audience(pattern)?;
                (on, carried, self.only_where(pattern, "an audience")?)
            }
            "schedule" => (self.schedule(pattern)?, Vec::new(), self.only_where(pattern, "a schedule")?),
            "webhook" => {
                let (on, carried) = self.webhook(pattern)?;
                (on, carried, self.only_where(pattern, "a webhook")?)
            }
            "conversation.silent" if !self.p.events.contains_key("conversation.silent") => {
                let (on, carried) = self.silent(pattern)?;
                (on, carried, self.only_where(pattern, "silence")?)
            }
            _ => {
                let event = self.event(&pattern.event);
                let Some(event) = event else {
                    self.args_in_vain(&pattern.args);
                    return None;
                };
                let (filter, _) = self.filter(event, pattern, false)?;
                let params = self.p.hir.events.get(event.0 as usize).map_or(&[][..], |event| &event.params);
                let carried = params.iter().map(|(name, ty)| (Some(name.clone()), ty.clone())).collect();
                (TriggerKind::Event(event), carried, filter)
            }
        };
        let args = self.carried(&name, pattern.event.span, &carried)?;
        if let TriggerKind::Event(event) = on {
            self.filters_nothing(event, &args, pattern);
        }
        Some(Trigger { on, args, filter })
    }

    /// `on contact.changed(contact: contact)`: the parameter comes from the very event that it is compared with.
    fn filters_nothing(&mut self, event: EventId, args: &[Source], pattern: &ast::EventPattern) {
        let p = self.p;
        let Some(def) = p.hir.events.get(event.0 as usize) else { return };
        for (index, arg) in pattern.args.iter().enumerate() {
            let ast::ExprKind::Name(own) = &arg.value.kind else { continue };
            let at = match &arg.name {
                Some(name) => def.params.iter().position(|(param, _)| **param == *name.as_str()),
                None => Some(index),
            };
            let given = self.local(own).and_then(|LocalId(local)| args.get(local as usize));
            let (Some(at), Some(Source::Param(from))) = (at, given) else { continue };
            if *from as usize != at {
                continue;
            }
            let event = &def.name;
            self.out.push(
                Diagnostic::new(
                    Code::NeverMissing,
                    arg.span,
                    format!("This keeps nobody out: `{own}` is what `{event}` brings, so the two are always the same."),
                )
                .at(format!("every `{event}` fits"))
                .help(format!(
                    "Leave it out: `on {event}`. Who may enter is said with `where`, as in `on {event} where …`."
                )),
            );
        }
    }

    /// `exit on …`
    pub fn exit_on(&mut self, pattern: &ast::EventPattern) -> Option<Exit> {
        let Some(event) = self.event(&pattern.event) else {
            self.args_in_vain(&pattern.args);
            return None;
        };
        let (filter, about) = self.filter(event, pattern, true)?;
        Some(Exit::On(event, about, filter))
    }

    /// What an event must carry, and `where`. Beside it the parameter of the flow that the event must be about: the one
    /// that its first record is compared with.
    fn filter(
        &mut self,
        event: EventId,
        pattern: &ast::EventPattern,
        leaves: bool,
    ) -> Option<(Option<Filter>, Option<u32>)> {
        let errors = self.out.len();
        let matches = self.matches(event, pattern);
        if self.out.len() > errors {
            return None;
        }
        if leaves {
            self.anybodys(event, pattern, &matches);
        }
        self.enter();
        let local = match &pattern.name {
            Some(name) => self.declare(name.name.shared().clone(), Ty::Event(event), false, name.span, true),
            None => self.hidden(Ty::Event(event), pattern.span),
        };
        let params = self.p.hir.events.get(event.0 as usize).map_or(&[][..], |event| &event.params);
        let first = params.iter().position(|(_, ty)| matches!(ty, Ty::Entity(_)));
        let mut about = None;
        let mut condition: Option<Expr> = None;
        for (param, value) in matches {
            let Some((_, ty)) = params.get(param as usize) else { continue };
            if let (ExprKind::Local(LocalId(own)), true) = (&value.kind, first == Some(param as usize)) {
                about = Some(*own).filter(|own| *own < self.params);
            }
            let span = value.span;
            let base = Box::new(Expr { kind: ExprKind::Local(local), ty: Ty::Event(event), span });
            let part = Expr { kind: ExprKind::EventPart { base, event, param }, ty: ty.clone(), span };
            let kind = ExprKind::Binary(Binary::Compare(Cmp::Eq), Box::new(part), Box::new(value));
            condition = Some(both(condition, Expr { kind, ty: Ty::Bool, span }));
        }
        if let Some(written) = &pattern.filter {
            self.event = Some((event, pattern.name.as_ref().map(|name| name.name.clone())));
            let written = self.deciding(written);
            self.event = None;
            condition = written.map(|written| both(condition, written));
        }
        self.leave();
        let filter = condition.map(|condition| Filter { event: Some(local), condition });
        Some((filter, about))
    }

    /// `where` of what is no event.
    fn only_where(&mut self, pattern: &ast::EventPattern, what: &str) -> Option<Option<Filter>> {
        if let Some(name) = &pattern.name {
            self.out.push(
                Diagnostic::new(Code::RuleNeeds, name.span, format!("There is nothing to name: {what} is no event."))
                    .help("Leave `as` out; what it gives is in the flow's parameters."),
            );
        }
        match &pattern.filter {
            None => Some(None),
            Some(written) => {
                let condition = self.deciding(written)?;
                Some(Some(Filter { event: None, condition }))
            }
        }
    }

    /// The one argument of a trigger that is no event, without a name or with this one.
    fn sole<'p>(
        &mut self,
        pattern: &'p ast::EventPattern,
        also: Option<&str>,
        example: &str,
    ) -> Option<(&'p ast::Expr, Option<&'p ast::Expr>)> {
        let mut first = None;
        let mut second = None;
        let mut wrong = false;
        for arg in &pattern.args {
            match (&arg.name, also) {
                (None, _) if first.is_none() => first = Some(&arg.value),
                (Some(name), Some(also)) if name.as_str() == also && second.is_none() => second = Some(&arg.value),
                _ => wrong = true,
            }
        }
        if first.is_none() || wrong {
            let name = pattern.event.dotted();
            self.out.push(
                Diagnostic::new(Code::TriggerGives, pattern.span, format!("`{name}` does not take these arguments."))
                    .help(format!("Write it as in `{example}`.")),
            );
            return None;
        }
        first.map(|first| (first, second))
    }

    fn audience(&mut self, pattern: &ast::EventPattern) -> Option<(TriggerKind, Vec<Carried>)> {
        let (written, _) = self.sole(pattern, None, "on audience(contact.plan == .trial)")?;
        let condition = self.looking(written)?;
        let wanted = self.wanted();
        let entities: Vec<(Arc<str>, EntityId)> = wanted
            .iter()
            .filter_map(|(name, ty)| match ty {
                Ty::Entity(id) => Some((name.clone(), *id)),
                _ => None,
            })
            .collect();
        match entities.as_slice() {
            [(name, id)] => Some((TriggerKind::Audience(*id, condition), vec![(Some(name.clone()), Ty::Entity(*id))])),
            _ => {
                self.out.push(
                    Diagnostic::new(
                        Code::RuleNeeds,
                        pattern.span,
                        "An audience is made of the records that the flow is about: it needs one parameter for them.",
                    )
                    .at(if entities.is_empty() { "no record among the parameters" } else { "which one is meant?" })
                    .help("Give the flow one, as in `flow welcome(contact: Contact)`."),
                );
                None
            }
        }
    }

    fn schedule(&mut self, pattern: &ast::EventPattern) -> Option<TriggerKind> {
        const EXAMPLE: &str = "on schedule(\"0 9 * * MON\", zone: \"Europe/Oslo\")";
        let (written, zone) = self.sole(pattern, Some("zone"), EXAMPLE)?;
        let zone = match zone.map(|zone| (plain(zone), zone.span)) {
            None => Some(Arc::from("UTC")),
            Some((None, span)) => {
                self.out.push(
                    Diagnostic::new(Code::BadTimeZone, span, "The zone of a schedule is a name as written.")
                        .help("Name a place, as in `zone: \"Europe/Oslo\"`."),
                );
                None
            }
            Some((Some(name), span)) => match literals::time_zone(name) {
                Some(zone) => Some(Arc::from(zone)),
                None => {
                    let diagnostic =
                        Diagnostic::new(Code::BadTimeZone, span, format!("There is no time zone `{name}`."));
                    self.out.push(match literals::near_zone(name) {
                        Some(near) => diagnostic
                            .help(format!("Did you mean `{near}`?"))
                            .fix(format!("write `{near}`"), vec![(span, format!("\"{near}\""))]),
                        None => diagnostic.help("Name a place, as in `Europe/Oslo`."),
                    });
                    None
                }
            },
        };
        let found = match plain(written) {
            Some(text) => cron::parse(text),
            None => Err("A schedule is a text as written.".to_owned()),
        };
        match found {
            Ok(cron) => zone.map(|zone| TriggerKind::Schedule(cron, zone)),
            Err(why) => {
                self.out.push(Diagnostic::new(Code::BadSchedule, written.span, why).help(
                    "Minute, hour, day of the month, month, day of the week: `0 9 * * MON` is every Monday at nine.",
                ));
                None
            }
        }
    }

    fn webhook(&mut self, pattern: &ast::EventPattern) -> Option<(TriggerKind, Vec<Carried>)> {
        let (written, _) = self.sole(pattern, None, "on webhook(\"stripe/payment_failed\")")?;
        let name = plain(written).filter(|name| {
            let parts = name.split('/').all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte))
            });
            parts && name.len() <= 200
        });
        let Some(name) = name else {
            self.out.push(
                Diagnostic::new(Code::RuleNeeds, written.span, "This cannot be the name of a webhook.").help(
                    "It is small letters, digits, `_`, `-` and `.`, in parts between `/`: `\"stripe/payment_failed\"`.",
                ),
            );
            return None;
        };
        let on = TriggerKind::Webhook(Arc::from(name));
        let wanted = self.wanted();
        let fits = |ty: &Ty| matches!(ty, Ty::Record(_) | Ty::Json | Ty::Map(_) | Ty::List(_));
        match wanted.as_slice() {
            [(name, ty)] if fits(ty) => Some((on, vec![(Some(name.clone()), ty.clone())])),
            [] => Some((on, Vec::new())),
            _ => {
                self.out.push(
                    Diagnostic::new(
                        Code::TriggerGives,
                        pattern.span,
                        "A webhook gives its body, so the flow takes one record, or `Json`, and nothing else.",
                    )
                    .help(
                        "Declare what the body looks like, as in `record PaymentFailed { id: Text }`, and take that.",
                    ),
                );
                None
            }
        }
    }

    fn silent(&mut self, pattern: &ast::EventPattern) -> Option<(TriggerKind, Vec<Carried>)> {
        let length = match pattern.args.as_slice() {
            [arg] if arg.name.as_ref().is_some_and(|name| name.as_str() == "for") => &arg.value,
            _ => {
                self.out.push(
                    Diagnostic::new(Code::TriggerGives, pattern.span, "Silence has a length.")
                        .help("Write it as in `on conversation.silent(for: 10 minutes)`."),
                );
                return None;
            }
        };
        let after_us = self.length(length, "`for` takes")?;
        let conversation = self.p.entity("Conversation")?;
        Some((TriggerKind::Silent(after_us), vec![(Some(Arc::from("conversation")), Ty::Entity(conversation))]))
    }

    /// Parameters that a trigger has to give: those without a default that may not be missing.
    fn wanted(&self) -> Vec<(Arc<str>, Ty)> {
        let mut wanted = Vec::new();
        for index in 0..self.params {
            let Some(local) = self.local_info(LocalId(index)) else { continue };
            if !self.has_default(index) && !local.ty.is_optional() {
                wanted.push((local.name.clone(), local.ty.clone()));
            }
        }
        wanted
    }

    fn has_default(&self, param: u32) -> bool {
        let flow = self.flow.and_then(|id| self.p.hir.flows.get(id.0 as usize));
        flow.and_then(|flow| flow.params.get(param as usize)).is_some_and(|param| param.default.is_some())
    }

    /// Where each parameter comes from: what the trigger carries under its name, else the only thing of its type that it
    /// carries, else the only field of that type (or the one of its name) in a record it carries, else its default.
    fn carried(&mut self, trigger: &str, span: Span, carried: &[Carried]) -> Option<Vec<Source>> {
        let mut args = Vec::with_capacity(self.params as usize);
        let mut good = true;
        for index in 0..self.params {
            let Some((name, ty, declared)) =
                self.local_info(LocalId(index)).map(|local| (local.name.clone(), local.ty.clone(), local.span))
            else {
                continue;
            };
            let optional = self.has_default(index) || ty.is_optional();
            match self.source(&name, &ty, carried, optional) {
                Some(source) => args.push(source),
                None if optional => args.push(Source::Default),
                None if ty == Ty::Error => good = false,
                None => {
                    good = false;
                    let shown = self.p.show(&ty);
                    let carries: Vec<String> = carried
                        .iter()
                        .filter_map(|(name, ty)| Some(format!("`{}: {}`", name.as_ref()?, self.p.show(ty))))
                        .collect();
                    let carries = match carries.as_slice() {
                        [] => format!("`{trigger}` carries nothing"),
                        parts => format!("`{trigger}` carries {}", parts.join(", ")),
                    };
                    self.out.push(
                        Diagnostic::new(
                            Code::TriggerGives,
                            span,
                            format!("Nothing here says what `{name}` is: {carries}."),
                        )
                        .at("this begins a run")
                        .label(declared, format!("`{name}: {shown}` must be known then"))
                        .help(format!(
                            "Give `{name}` a default, leave it out and look it up in the flow, or use a trigger that carries it."
                        )),
                    );
                }
            }
        }
        good.then_some(args)
    }

    fn source(&self, name: &str, ty: &Ty, carried: &[Carried], optional: bool) -> Option<Source> {
        let fits = |from: &Ty| same(from, ty) || (!from.is_optional() && same(from, &ty.present()));
        let own = carried.iter().position(|(other, from)| other.as_deref() == Some(name) && fits(from));
        if let Some(at) = own {
            return Some(Source::Param(at as u32));
        }
        // What may be left out is given by its name only: a type alone is no reason to fill it.
        if optional {
            return None;
        }
        let mut of_type = (0..).zip(carried).filter(|(_, (_, from))| fits(from));
        match (of_type.next(), of_type.next()) {
            (Some((at, _)), None) => return Some(Source::Param(at)),
            (Some(_), Some(_)) => return None,
            _ => {}
        }
        if !matches!(ty, Ty::Entity(_)) {
            return None;
        }
        let mut fields = Vec::new();
        for (at, (_, from)) in (0..).zip(carried) {
            let Ty::Entity(id) = from else { continue };
            let Some(entity) = self.p.hir.entities.get(id.0 as usize) else { continue };
            for (field, def) in (0..).zip(&entity.fields) {
                if same(&def.ty, ty) {
                    fields.push((Source::Field(at, *id, field), *def.name == *name));
                }
            }
        }
        let named: Vec<Source> = fields.iter().filter(|(_, named)| *named).map(|(source, _)| *source).collect();
        match (named.as_slice(), fields.as_slice()) {
            ([one], _) | ([], [(one, _)]) => Some(*one),
            _ => None,
        }
    }
}

/// The text of a literal.
fn plain(expr: &ast::Expr) -> Option<&str> {
    match &expr.kind {
        ast::ExprKind::Str(text) => text.plain(),
        _ => None,
    }
}

fn both(left: Option<Expr>, right: Expr) -> Expr {
    match left {
        None => right,
        Some(left) => {
            let span = right.span;
            Expr { kind: ExprKind::Binary(Binary::And, Box::new(left), Box::new(right)), ty: Ty::Bool, span }
        }
    }
}
