//! Types that fit, conversions that lose nothing, and what to say where neither does.

use super::body::Body;
use super::narrow::Loss;
use super::places;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Convert, Expr, ExprKind, SymbolKind, TemplatePart, Ty};
use crate::resolve::Project;
use crate::syntax::ast;
use std::sync::Arc;

/// Who wants a value of a type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why<'w> {
    /// A parameter: whose, its name, where the whole was declared.
    Param(&'w str, &'w str, Span),
    /// A field: whose, its name, where it was declared.
    Field(&'w str, &'w str, Span),
    /// A name declared with a type, or with a value.
    Local(&'w str, Span),
    /// The result of a flow.
    Result(&'w str, Span),
    /// Anything else, as the beginning of a sentence: "a condition is".
    Plain(&'w str),
}

impl Why<'_> {
    fn sentence(&self, wanted: &str) -> String {
        match self {
            Why::Param(of, name, _) => format!("`{name}` of `{of}` takes `{wanted}`"),
            Why::Field(of, name, _) => format!("`{name}` of `{of}` is `{wanted}`"),
            Why::Local(name, _) => format!("`{name}` is `{wanted}`"),
            Why::Result(name, _) => format!("`{name}` yields `{wanted}`"),
            Why::Plain(what) => format!("{what} `{wanted}`"),
        }
    }

    /// Where the wanted type comes from, and what to say there.
    fn origin(&self, wanted: &str) -> Option<(Span, String)> {
        Some(match self {
            Why::Param(of, name, span) => (*span, format!("`{of}` takes `{name}: {wanted}`")),
            Why::Field(_, name, span) => (*span, format!("`{name}` is declared `{wanted}`")),
            Why::Local(name, span) => (*span, format!("`{name}` is `{wanted}` since here")),
            Why::Result(name, span) => (*span, format!("`{name}` yields `{wanted}`")),
            Why::Plain(_) => return None,
        })
    }
}

/// Whether two types are one, currencies aside.
pub(super) fn same(left: &Ty, right: &Ty) -> bool {
    match (left, right) {
        (Ty::Money(a), Ty::Money(b)) => a.is_none() || b.is_none() || a == b,
        (Ty::List(a), Ty::List(b)) | (Ty::Map(a), Ty::Map(b)) | (Ty::Optional(a), Ty::Optional(b)) => same(a, b),
        (Ty::Error, _) | (_, Ty::Error) => true,
        _ => left == right,
    }
}

/// Whether a value of a type can stand in JSON.
pub(super) fn json(p: &Project, ty: &Ty) -> bool {
    match ty {
        Ty::Secret | Ty::File | Ty::Failure | Ty::Run | Ty::Event(_) | Ty::Entity(_) | Ty::Unit => false,
        Ty::List(inner) | Ty::Map(inner) | Ty::Optional(inner) => json(p, inner),
        Ty::Record(id) => match p.hir.records.get(id.0 as usize) {
            Some(record) => record.fields.iter().all(|field| json(p, &field.ty)),
            None => true,
        },
        _ => true,
    }
}

/// A conversion around an expression.
pub(super) fn wrap(kind: impl FnOnce(Box<Expr>) -> ExprKind, inner: Expr, ty: Ty) -> Expr {
    let span = inner.span;
    Expr { kind: kind(Box::new(inner)), ty, span }
}

fn converted(convert: Convert, inner: Expr, ty: Ty) -> Expr {
    wrap(|inner| ExprKind::Convert(convert, inner), inner, ty)
}

impl Body<'_> {
    /// The value as a type, or the value back when it does not fit.
    pub fn convert(&mut self, expr: Expr, to: &Ty) -> Result<Expr, Expr> {
        if matches!(expr.ty, Ty::Error | Ty::Never) || *to == Ty::Error {
            return Ok(expr);
        }
        if same(&expr.ty, to) && expr.ty != Ty::Unit {
            return Ok(expr);
        }
        match (&expr.ty, to) {
            (Ty::Null, Ty::Optional(_)) => Ok(Expr { ty: to.clone(), ..expr }),
            (Ty::Null, Ty::Json) => Ok(converted(Convert::ToJson, expr, Ty::Json)),
            (Ty::Optional(from), Ty::Optional(inner)) => self.convert_inside(expr.clone(), from, inner).ok_or(expr),
            (_, Ty::Optional(inner)) => {
                // What was known to be present is handed on as it was.
                if let ExprKind::Unwrap(original) = &expr.kind
                    && same(&original.ty, to)
                {
                    return Ok((**original).clone());
                }
                let value = self.convert(expr, inner)?;
                Ok(if value.ty == Ty::Error { value } else { wrap(ExprKind::Wrap, value, to.clone()) })
            }
            (Ty::Int, Ty::Number) => Ok(converted(Convert::IntToNumber, expr, Ty::Number)),
            (Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone, Ty::Text) => {
                Ok(converted(Convert::ToText, expr, Ty::Text))
            }
            (Ty::Text, Ty::Secret) => Ok(converted(Convert::TextToSecret, expr, Ty::Secret)),
            (Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone, Ty::Secret) => {
                let text = converted(Convert::ToText, expr, Ty::Text);
                Ok(converted(Convert::TextToSecret, text, Ty::Secret))
            }
            (Ty::Symbol(SymbolKind::Team), Ty::Assignee) => Ok(converted(Convert::TeamToAssignee, expr, Ty::Assignee)),
            (Ty::Entity(id), Ty::Assignee) if Some(*id) == self.p.entity("Teammate") => {
                Ok(converted(Convert::TeammateToAssignee, expr, Ty::Assignee))
            }
            (from, Ty::Json) if json(self.p, from) => Ok(converted(Convert::ToJson, expr, Ty::Json)),
            _ => Err(expr),
        }
    }

    /// `T?` as `U?`, where `T` converts to `U`.
    fn convert_inside(&mut self, expr: Expr, from: &Ty, to: &Ty) -> Option<Expr> {
        let span = expr.span;
        // Asked of a value that costs nothing first, so that no local is made in vain.
        let probe = Expr { kind: ExprKind::Null, ty: from.clone(), span };
        self.convert(probe, to).ok()?;
        let local = self.hidden(from.clone(), span);
        let inner = Expr { kind: ExprKind::Local(local), ty: from.clone(), span };
        let then = self.convert(inner, to).ok()?;
        let kind = ExprKind::Chain { base: Box::new(expr), local, then: Box::new(then) };
        Some(Expr { kind, ty: to.clone().optional(), span })
    }

    /// Whether a value of one type can stand where another is wanted.
    pub fn fits(&mut self, from: &Ty, to: &Ty) -> bool {
        let probe = Expr { kind: ExprKind::Null, ty: from.clone(), span: Span::default() };
        let locals = self.locals.len();
        let fits = self.convert(probe, to).is_ok();
        self.forget_locals(locals);
        fits
    }

    /// Checks an expression and brings it to a type.
    pub fn need(&mut self, expr: &ast::Expr, ty: &Ty, why: Why<'_>) -> Expr {
        let value = self.expr(expr, Some(ty));
        self.fit(value, ty, why)
    }

    /// Brings a value to a type, or says why it cannot be.
    pub fn fit(&mut self, expr: Expr, to: &Ty, why: Why<'_>) -> Expr {
        match self.convert(expr, to) {
            Ok(expr) => expr,
            Err(expr) => self.misfit(&expr, to, why),
        }
    }

    fn misfit(&mut self, expr: &Expr, to: &Ty, why: Why<'_>) -> Expr {
        let found = self.p.show(&expr.ty);
        // Where a secret may stand, a text may: of secrets nobody has to be told who gives a number.
        let to = if to.present() == Ty::Secret { &Ty::Text } else { to };
        let wanted = self.p.show(to);
        let sentence = why.sentence(&wanted);
        if expr.ty == Ty::Unit {
            return self.no_value(expr.span);
        }
        if expr.ty == Ty::Secret {
            return self.secret_outside(secret_in(expr), &sentence);
        }
        if expr.ty.is_optional() && (expr.ty == Ty::Null || self.fits(&expr.ty.present(), to)) {
            return self.maybe_missing(expr, &sentence, why.origin(&wanted));
        }
        let mut diagnostic = match (&expr.ty, to.present()) {
            (Ty::Money(Some(from)), Ty::Money(Some(to))) => {
                let (from, to) = (currency(from), currency(&to));
                Diagnostic::new(
                    Code::MixedCurrencies,
                    expr.span,
                    format!("This is an amount in {from}, but an amount in {to} is wanted here."),
                )
                .at(format!("in {from}"))
                .help("Amounts are never converted by themselves; multiply by a rate and name the new currency with `money(…)`.")
            }
            _ => Diagnostic::new(Code::WrongType, expr.span, format!("This is `{found}`, but {sentence}."))
                .at(format!("this is `{found}`")),
        };
        if let Some((span, text)) = why.origin(&wanted) {
            diagnostic = diagnostic.label(span, text);
        }
        diagnostic = self.origin(diagnostic, expr, &found);
        let form = self.in_its_form(expr, &to.present());
        let known = form.as_ref().map(|(help, _)| help.clone()).or_else(|| advice(&expr.ty, &to.present()));
        if diagnostic.help.is_none() || known.is_some() {
            let otherwise = || format!("Put a value of the type `{wanted}` here.");
            diagnostic = diagnostic.help(known.unwrap_or_else(otherwise));
        }
        if let Some((_, Some(text))) = form {
            diagnostic = diagnostic.fix(format!("write `{text}`"), vec![(expr.span, text)]);
        }
        if expr.ty == Ty::Failure
            && let Some(part) = part_of_failure(&to.present())
        {
            let name = self.name_of_place(expr).unwrap_or_else(|| "…".to_owned());
            let end = Span { start: expr.span.end, ..expr.span };
            diagnostic = diagnostic
                .help(match part {
                    "kind" => format!("What went wrong is told by its kind: `{name}.kind`."),
                    _ => format!("What went wrong, as a sentence, is `{name}.message`."),
                })
                .fix(format!("add `.{part}`"), vec![(end, format!(".{part}"))]);
        }
        if let Some((field, end)) = self.field_of_event(expr, &to.present()) {
            let name = self.name_of_place(expr).unwrap_or_else(|| "…".to_owned());
            diagnostic = diagnostic
                .help(format!(
                    "`as {name}` names what happened; what it happened to is a part of that: `{name}.{field}`."
                ))
                .fix(format!("add `.{field}`"), vec![(end, format!(".{field}"))]);
        }
        if to.present() == Ty::Bool
            && expr.ty.is_optional()
            && let Some(name) = self.name_of_place(expr)
        {
            let (asks, test) = match expr.ty.present() {
                Ty::Bool => ("Say what holds where it is missing", " ?? false"),
                _ => ("Ask whether it is there", " != null"),
            };
            let end = Span::new(expr.span.file, expr.span.end, expr.span.end);
            diagnostic = diagnostic
                .help(format!("{asks}: `{name}{test}`."))
                .fix(format!("write `{name}{test}`"), vec![(end, test.to_owned())]);
        }
        if expr.ty == Ty::Int
            && to.present() == Ty::Text
            && let ExprKind::Int(value) = expr.kind
        {
            diagnostic = diagnostic.fix("write it as a text", vec![(expr.span, format!("\"{value}\""))]);
        }
        self.wrong(diagnostic)
    }

    /// What people call the place that an expression names.
    pub fn name_of_place(&self, expr: &Expr) -> Option<String> {
        places::written(&self.p.hir, &self.locals, expr)
    }

    /// The part of an event that has the wanted type, and where it would be written.
    fn field_of_event(&self, expr: &Expr, wanted: &Ty) -> Option<(Arc<str>, Span)> {
        let Ty::Event(id) = expr.ty else { return None };
        let event = self.p.hir.events.get(id.0 as usize)?;
        let (name, _) = event.params.iter().find(|(_, ty)| same(ty, wanted))?;
        Some((name.clone(), Span::new(expr.span.file, expr.span.end, expr.span.end)))
    }

    /// Shows where the type of a name comes from.
    pub fn origin(&self, diagnostic: Diagnostic, expr: &Expr, found: &str) -> Diagnostic {
        let inner = match &expr.kind {
            ExprKind::Unwrap(inner) => &inner.kind,
            other => other,
        };
        match inner {
            ExprKind::Local(id) => match self.local_info(*id) {
                Some(local) if !local.name.is_empty() && local.span != Span::default() => {
                    diagnostic.label(local.span, format!("`{}` is `{found}` since here", local.name))
                }
                _ => diagnostic,
            },
            ExprKind::Field { entity, field, .. } => {
                let entity = self.p.hir.entities.get(entity.0 as usize);
                match entity.and_then(|entity| entity.fields.get(*field as usize)) {
                    Some(field) => diagnostic.label(field.span, format!("`{}` is declared here", field.name)),
                    None => diagnostic,
                }
            }
            ExprKind::Action(call) => match self.p.hir.actions.get(call.action.0 as usize) {
                Some(action) => diagnostic.label(action.span, format!("`{}` yields `{found}`", action.name)),
                None => diagnostic,
            },
            ExprKind::Call { flow, .. } => match self.p.hir.flows.get(flow.0 as usize) {
                Some(flow) => diagnostic.label(flow.span, format!("`{}` yields `{found}`", flow.name)),
                None => diagnostic,
            },
            _ => diagnostic,
        }
    }

    /// A value that may be missing where a present one is wanted.
    pub fn maybe_missing(&mut self, expr: &Expr, sentence: &str, because: Option<(Span, String)>) -> Expr {
        if self.broken {
            // What could not be read may have tested it.
            return self.error(expr.span);
        }
        let name = self.name_of_place(expr);
        let subject = name.as_ref().map_or("This".to_owned(), |name| format!("`{name}`"));
        let message = match expr.ty {
            Ty::Null => format!("`null` stands for nothing, but {sentence}."),
            _ => format!("{subject} may be missing, but {sentence}."),
        };
        let mut diagnostic =
            Diagnostic::new(Code::MaybeMissing, expr.span, message).at(format!("this is `{}`", self.p.show(&expr.ty)));
        if let Some((span, text)) = because {
            diagnostic = diagnostic.label(span, text);
        }
        diagnostic = self.missing_help(diagnostic, expr, name.as_deref());
        self.wrong(diagnostic)
    }

    /// How to handle what may be missing; where it was known before, why it is not any more.
    pub fn missing_help(&self, diagnostic: Diagnostic, expr: &Expr, name: Option<&str>) -> Diagnostic {
        if expr.ty == Ty::Null {
            return diagnostic.help("Give a value.");
        }
        if self.inside.words {
            return diagnostic.help(match name {
                Some(name) => format!(
                    "Show it where it is there, `{{{{if {name} != null}}}} … {{{{end}}}}`; or give a default, `{{{{{name} ?? \"…\"}}}}`."
                ),
                None => "Give a default with `??`, or let the flow hand it over: a parameter of the template.".to_owned(),
            });
        }
        let Some(name) = name else {
            return diagnostic.help("Keep it first, as in `let value = … else { stop }`, or give a default with `??`.");
        };
        // A name cannot be given a second time beside itself.
        let short = name.rsplit_once('.').map_or("known", |(_, field)| field);
        let lost = places::place(expr).and_then(|place| Some((self.facts.loss(&place)?, place.is_live())));
        match lost {
            Some(((span, Loss::Waits), _)) => diagnostic
                .label(span, "the run can wait here, and others can clear the field meanwhile")
                .help(format!("It was known to be there before. Keep a copy before that: `let {short} = {name} else {{ stop }}`.")),
            Some(((span, Loss::Written), true)) => diagnostic
                .label(span, "the field is written here")
                .help(format!("It was known to be there before. Keep a copy before that: `let {short} = {name} else {{ stop }}`.")),
            Some(((span, Loss::Written), false)) => diagnostic
                .label(span, "it is written here")
                .help(format!("It was known to be there before; test it again: `if {name} != null {{ … }}`.")),
            None => diagnostic.help(format!(
                "Test it, `if {name} != null {{ … }}`; or keep it, `let {short} = {name} else {{ stop }}`; or give a default, `{name} ?? …`."
            )),
        }
    }

    /// A call that yields nothing where a value is wanted.
    pub fn no_value(&mut self, span: Span) -> Expr {
        self.wrong(
            Diagnostic::new(Code::NoValue, span, "This yields nothing, so there is no value to use.")
                .at("yields nothing")
                .help("Let it stand on a line of its own."),
        )
    }

    /// A secret where it would be seen.
    pub fn secret_outside(&mut self, span: Span, sentence: &str) -> Expr {
        self.wrong(
            Diagnostic::new(Code::SecretOutside, span, format!("A secret cannot stand here: {sentence}."))
                .at("this is a secret, or a text with one in it")
                .help("Secrets go into the address, headers, query and body of HTTP calls only; they are never shown, logged or stored."),
        )
    }

    /// The type that values of two types have in common.
    pub fn common(&mut self, left: &Ty, right: &Ty) -> Option<Ty> {
        if same(left, right) {
            return Some(match (left, right) {
                (Ty::Error, _) | (Ty::Money(None), _) => right.clone(),
                (Ty::Money(_), _) => right.clone(),
                _ => left.clone(),
            });
        }
        match (left, right) {
            (Ty::Never, other) | (other, Ty::Never) => Some(other.clone()),
            (Ty::Null, other) | (other, Ty::Null) => Some(other.clone().optional()),
            _ if self.fits(left, right) => Some(right.clone()),
            _ if self.fits(right, left) => Some(left.clone()),
            (Ty::Money(_), Ty::Money(_)) => Some(Ty::Money(None)),
            (Ty::Optional(inner), other) | (other, Ty::Optional(inner)) => {
                let (inner, other) = (inner.clone(), other.present());
                Some(self.common(&inner, &other)?.optional())
            }
            (Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone, Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone) => {
                Some(Ty::Text)
            }
            _ => None,
        }
    }
}

/// What of a failure has the wanted type.
fn part_of_failure(wanted: &Ty) -> Option<&'static str> {
    match wanted {
        Ty::Text => Some("message"),
        Ty::FailureKind => Some("kind"),
        _ => None,
    }
}

/// Where the secret stands that makes a value one: of a text, the hole.
fn secret_in(expr: &Expr) -> Span {
    let ExprKind::Template(parts) = &expr.kind else { return expr.span };
    let hole = parts.iter().find_map(|part| match part {
        TemplatePart::Hole(hole) | TemplatePart::Escaped(_, hole) | TemplatePart::Path(_, hole) => {
            (hole.ty == Ty::Secret).then_some(hole)
        }
        TemplatePart::Text(_) => None,
    });
    hole.map_or(expr.span, secret_in)
}

/// A currency's letters.
pub(super) fn currency(code: &[u8; 3]) -> String {
    code.iter().map(|byte| char::from(*byte)).collect()
}

/// What to do about a type that is not the wanted one.
fn advice(from: &Ty, to: &Ty) -> Option<String> {
    Some(match (from.present(), to) {
        (_, Ty::Bool) if matches!(from, Ty::Optional(_)) => "Ask whether it is there: `… != null`.".to_owned(),
        (Ty::Text, Ty::Email | Ty::Phone | Ty::Url | Ty::Int | Ty::Number | Ty::Date | Ty::TimeOfDay | Ty::Bool) => {
            let name = name_of(to);
            format!("A text is not always right for it: `{name}.parse(…)` yields `{name}?`.")
        }
        (Ty::Number, Ty::Int) => "Round it first: `.to_int()` cuts off what stands behind the point.".to_owned(),
        (Ty::Json, _) => {
            "Say what the answer should be: `.decode(Order)`, or `let order: Order = body.decode()`.".to_owned()
        }
        (Ty::Int | Ty::Number, Ty::Duration) => "Give it a unit, as in `3 days` or `90 seconds`.".to_owned(),
        (Ty::Int | Ty::Number, Ty::Money(_)) => "Name the currency, as in `money(19.90, .eur)`.".to_owned(),
        (Ty::Money(_), Ty::Int | Ty::Number) => "Take its `.amount`.".to_owned(),
        (Ty::Instant, Ty::Date) => "Which date that is depends on the zone: `.date(in: contact.timezone)`.".to_owned(),
        (Ty::Date, Ty::Instant) => "Name a time and a zone: `.at(09:00, in: contact.timezone)`.".to_owned(),
        (Ty::Int | Ty::Number | Ty::Money(_) | Ty::Date | Ty::Duration | Ty::Enum(_), Ty::Text) => {
            "Show it in a text: `\"{{…}}\"`.".to_owned()
        }
        (Ty::Instant, Ty::Text) => "Show it with its zone: `.show(in: contact.timezone)`.".to_owned(),
        (Ty::Text, Ty::Secret) => return None,
        (Ty::File, Ty::Url | Ty::Text) => {
            "What is in a file that somebody sent is not kept: it cannot be attached or sent on.".to_owned()
        }
        (_, Ty::Bool) => "A condition compares something, as in `x == 3` or `x != null`.".to_owned(),
        (from, Ty::List(inner)) if same(&from, inner) => "Put it into a list: `[…]`.".to_owned(),
        _ => return None,
    })
}

fn name_of(ty: &Ty) -> &'static str {
    match ty {
        Ty::Email => "Email",
        Ty::Phone => "Phone",
        Ty::Url => "Url",
        Ty::Int => "Int",
        Ty::Number => "Number",
        Ty::Date => "Date",
        Ty::TimeOfDay => "TimeOfDay",
        _ => "Bool",
    }
}
