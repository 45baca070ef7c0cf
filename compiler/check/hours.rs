//! Asking a calendar, and counting by one.

use super::body::Body;
use super::fit::Why;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Binary, Due, Expr, ExprKind, LocalId, SymbolKind, Ty};
use crate::syntax::ast::{self, Unit};
use flow_bytecode::Intrinsic;
use flow_bytecode::calendar::BUSINESS_DAYS_MAX;
use std::sync::Arc;

const CALENDAR: Ty = Ty::Symbol(SymbolKind::Calendar);

/// What stands behind `in`.
pub(super) enum Clock {
    /// A `TimeZone`, or a mistake that was told.
    Zone(Expr),
    /// Opening hours.
    Hours(Hours),
}

/// A calendar, and the zone for one that has none.
#[derive(Clone)]
pub(super) struct Hours {
    calendar: Expr,
    /// A `TimeZone?`.
    whose: Expr,
}

impl Body<'_> {
    /// What stands behind `in`: a calendar or a time zone. A calendar may be written by its bare name.
    pub fn clock(&mut self, expr: &ast::Expr) -> Clock {
        let found = match self.calendar_named(expr) {
            Some(calendar) => calendar,
            None if self.names_no_zone(expr) => self.no_calendar(expr),
            None if matches!(expr.kind, ast::ExprKind::Variant(_)) => self.expr(expr, Some(&CALENDAR)),
            None => self.expr(expr, Some(&Ty::TimeZone)),
        };
        if found.ty != CALENDAR {
            return Clock::Zone(self.fit(found, &Ty::TimeZone, Why::Plain("a zone is")));
        }
        let span = found.span;
        self.hours(found).map_or_else(|| Clock::Zone(self.error(span)), Clock::Hours)
    }

    /// A declared calendar by its bare name.
    fn calendar_named(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let ast::ExprKind::Name(name) = &expr.kind else { return None };
        if self.local(name).is_some() || self.p.symbol(SymbolKind::Calendar, name).is_none() {
            return None;
        }
        let ident = ast::Ident { name: name.clone(), span: expr.span };
        Some(self.symbol(SymbolKind::Calendar, &ident, expr.span))
    }

    /// A bare name that is nothing here and near to nothing: it was to be a calendar.
    fn names_no_zone(&self, expr: &ast::Expr) -> bool {
        let ast::ExprKind::Name(name) = &expr.kind else { return false };
        name != "now" && self.local(name).is_none() && self.p.nearest(name, self.local_names()).is_none()
    }

    fn no_calendar(&mut self, expr: &ast::Expr) -> Expr {
        let ast::ExprKind::Name(name) = &expr.kind else { return self.error(expr.span) };
        let ident = ast::Ident { name: name.clone(), span: expr.span };
        self.symbol(SymbolKind::Calendar, &ident, expr.span)
    }

    /// The calendar by which business days and hours are counted.
    fn business_clock(&mut self, expr: &ast::Expr) -> Option<Hours> {
        let calendar = match self.calendar_named(expr) {
            Some(calendar) => calendar,
            None => match &expr.kind {
                ast::ExprKind::Name(name) if self.local(name).is_none() => self.no_calendar(expr),
                _ => self.need(expr, &CALENDAR, Why::Plain("business days and hours are counted by")),
            },
        };
        if calendar.ty == Ty::Error { None } else { self.hours(calendar) }
    }

    /// A calendar with whose clock it goes by, where it has none of its own.
    pub fn hours(&mut self, calendar: Expr) -> Option<Hours> {
        let span = calendar.span;
        let p = self.p;
        let nobody = || Expr { kind: ExprKind::Null, ty: Ty::TimeZone.optional(), span };
        let lacks = match &calendar.kind {
            ExprKind::Symbol(_, name) => matches!(p.zones().get(name), Some(None)),
            _ => p.zones().values().any(Option::is_none),
        };
        if !lacks {
            return Some(Hours { calendar, whose: nobody() });
        }
        if let Some(zone) = self.contact_zone(span) {
            let whose = self.fit(zone, &Ty::TimeZone.optional(), Why::Plain("a zone is"));
            return Some(Hours { calendar, whose });
        }
        let mut diagnostic = Diagnostic::new(
            Code::NobodysHours,
            span,
            "This calendar has no zone of its own, and there is no contact here whose zone it could be.",
        )
        .at("on whose clock?");
        if let ExprKind::Symbol(_, name) = &calendar.kind
            && let Some(declared) = p.symbol(SymbolKind::Calendar, name)
        {
            diagnostic = diagnostic.label(declared, "declared without a zone");
        }
        self.wrong(diagnostic.help(
            "Give the calendar a zone, as in `zone: \"Europe/Oslo\"`; or let the flow take a contact, or a conversation or ticket, which has one.",
        ));
        None
    }

    /// The time zone of the contact that is reachable from the parameters: a `Contact`, or the `contact` of an entity.
    pub fn contact_zone(&self, span: Span) -> Option<Expr> {
        let p = self.p;
        let contact = p.entity("Contact")?;
        let field = p.entity_field(contact, "timezone")?;
        let base = (0..self.params).find_map(|index| {
            let id = LocalId(index);
            let Ty::Entity(entity) = self.local_info(id)?.ty else { return None };
            let read = Expr { kind: ExprKind::Local(id), ty: Ty::Entity(entity), span };
            if entity == contact {
                return Some(read);
            }
            let field = p.entity_field(entity, "contact")?;
            let def = p.hir.entities.get(entity.0 as usize)?.fields.get(field as usize)?;
            (def.ty == Ty::Entity(contact)).then(|| Expr {
                kind: ExprKind::Field { base: Box::new(read), entity, field },
                ty: def.ty.clone(),
                span,
            })
        })?;
        Some(Expr { kind: ExprKind::Field { base: Box::new(base), entity: contact, field }, ty: Ty::TimeZone, span })
    }

    /// The zone that a calendar goes by.
    pub fn zone_of_hours(&self, hours: &Hours, span: Span) -> Expr {
        if let ExprKind::Symbol(_, name) = &hours.calendar.kind {
            let own = self.p.zones().get(name).cloned().flatten();
            match (own, &hours.whose.kind) {
                (Some(zone), _) => return Expr { kind: ExprKind::Text(zone), ty: Ty::TimeZone, span },
                (None, ExprKind::Wrap(zone)) => return (**zone).clone(),
                _ => {}
            }
        }
        hours.ask(Intrinsic::CalendarZone, Vec::new(), Ty::TimeZone, span)
    }

    /// Business days or hours from a moment, a wait's among them.
    pub fn business(
        &mut self,
        from: Expr,
        literal: &ast::DurationLit,
        sign: i64,
        at: Option<Expr>,
        span: Span,
    ) -> Expr {
        let Some(calendar) = &literal.calendar else { return self.uncounted(literal, span) };
        let hours = self.business_clock(calendar);
        self.business_in(from, literal, sign, at, hours, span)
    }

    fn business_in(
        &mut self,
        from: Expr,
        literal: &ast::DurationLit,
        sign: i64,
        at: Option<Expr>,
        hours: Option<Hours>,
        span: Span,
    ) -> Expr {
        let Some(hours) = hours else { return self.error(span) };
        let days = literal.unit == Unit::BusinessDay;
        let most = BUSINESS_DAYS_MAX * if days { 1 } else { 24 };
        if literal.amount > most {
            let unit = literal.unit.word();
            return self.wrong(
                Diagnostic::new(Code::BadDuration, span, format!("More than {most} {unit}s are not counted at once."))
                    .at("more than a hundred years")
                    .help("Write a shorter time, or a date: `wait until date(\"2126-01-01\")`."),
            );
        }
        let amount = literal.amount * sign;
        let count = Expr { kind: ExprKind::Int(amount), ty: Ty::Int, span };
        match (&from.ty, days) {
            (Ty::Date, _) => hours.ask(Intrinsic::AddBusinessDate, vec![from, count], Ty::Date, span),
            (_, true) => {
                let at = optional(at, Ty::TimeOfDay, span);
                hours.ask(Intrinsic::AddBusinessDays, vec![from, count, at], Ty::Instant, span)
            }
            (_, false) => {
                let elapsed = Expr { kind: ExprKind::Duration(amount * 3_600_000_000), ty: Ty::Duration, span };
                hours.ask(Intrinsic::AddBusinessTime, vec![from, elapsed], Ty::Instant, span)
            }
        }
    }

    /// Business units without the calendar that counts them.
    pub fn uncounted(&mut self, literal: &ast::DurationLit, span: Span) -> Expr {
        let word = literal.unit.word();
        let mut names: Vec<&str> = self.p.symbol_names(SymbolKind::Calendar).collect();
        names.sort_unstable();
        let diagnostic =
            Diagnostic::new(Code::BadDuration, span, format!("Which {word}s are meant, only a calendar can tell."))
                .at("no calendar");
        let diagnostic = match names.as_slice() {
            [only] => {
                let end = Span::new(span.file, span.end, span.end);
                diagnostic
                    .help(format!("Say by which one they are counted: `in {only}`."))
                    .fix(format!("count by `{only}`"), vec![(end, format!(" in {only}"))])
            }
            [] => diagnostic.help("Declare one, as in `calendar support_hours { open: \"mon-fri 09:00-17:00\" }`, and count by it: `in support_hours`."),
            [first, ..] => diagnostic.help(format!("Say by which one they are counted, as in `in {first}`.")),
        };
        self.wrong(diagnostic)
    }

    /// Business units where a length of time is wanted: how long they are depends on when they begin.
    pub fn no_length(&mut self, literal: &ast::DurationLit, span: Span) -> Expr {
        let word = literal.unit.word();
        let plural = if literal.amount == 1 { "" } else { "s" };
        self.wrong(
            Diagnostic::new(Code::BadDuration, span, format!("A {word} has no fixed length, so it is no `Duration`."))
                .at("depends on when it begins")
                .help(format!("Add it to a moment, as in `now + {} {word}{plural} in support_hours`; waits and their time limits take it as it is.", literal.amount)),
        )
    }

    /// A wait by business days or hours.
    pub fn business_due(&mut self, moment: &ast::Moment, literal: &ast::DurationLit) -> Option<Due> {
        let at = match (&moment.at, literal.unit) {
            (Some(at), Unit::BusinessDay) => Some(self.need(at, &Ty::TimeOfDay, Why::Plain("`at` takes"))),
            (Some(at), _) => {
                self.expr(at, None);
                self.days_only(at.span);
                return None;
            }
            (None, _) => None,
        };
        let span = moment.span;
        let due = match moment.zone.as_ref().or(literal.calendar.as_deref()) {
            Some(calendar) => {
                let hours = self.business_clock(calendar);
                self.business_in(now(span), literal, 1, at, hours, span)
            }
            None => self.uncounted(literal, span),
        };
        (due.ty != Ty::Error).then_some(Due::Until(due))
    }

    /// A wait that goes on only when a calendar is open: its moment, or the next opening after.
    pub fn within(&mut self, due: Due, hours: &Hours, span: Span) -> Due {
        let moment = match due {
            Due::After(duration) => {
                let kind = ExprKind::Binary(Binary::Add, Box::new(now(span)), Box::new(duration));
                Expr { kind, ty: Ty::Instant, span }
            }
            Due::Calendar { days, months, at, zone } => {
                let none = Expr { kind: ExprKind::Duration(0), ty: Ty::Duration, span };
                let args = vec![now(span), days, months, optional(at, Ty::TimeOfDay, span), zone, none];
                Expr { kind: ExprKind::Intrinsic(Intrinsic::AddCalendar, args), ty: Ty::Instant, span }
            }
            Due::UntilDate { date, at, zone } => self.instant_at(date, at, zone, span),
            Due::Until(moment) => moment,
            Due::Never => return Due::Never,
        };
        let now = optional(Some(now(span)), Ty::Instant, span);
        Due::Until(hours.ask(Intrinsic::NextOpen, vec![moment, now], Ty::Instant, span))
    }

    /// `when support_hours.open_now`, alone: the moment at which it becomes so.
    pub fn opening(condition: &Expr) -> Option<Due> {
        let ExprKind::Intrinsic(Intrinsic::IsOpen, args) = &condition.kind else { return None };
        let [moment, calendar, whose] = args.as_slice() else { return None };
        if !matches!(moment.kind, ExprKind::Intrinsic(Intrinsic::Now, _)) {
            return None;
        }
        let hours = Hours { calendar: calendar.clone(), whose: whose.clone() };
        let args = vec![moment.clone(), optional(None, Ty::Instant, condition.span)];
        Some(Due::Until(hours.ask(Intrinsic::NextOpen, args, Ty::Instant, condition.span)))
    }

    /// What a calendar is asked: `open_now`, `open_at(…)` and the like.
    pub fn ask_hours(&mut self, intrinsic: Intrinsic, calendar: Expr, args: Vec<Expr>, ty: Ty, span: Span) -> Expr {
        let Some(hours) = self.hours(calendar) else { return self.error(span) };
        let args = match (intrinsic, args.is_empty()) {
            (Intrinsic::IsOpen, true) => vec![now(span)],
            (Intrinsic::NextOpen, _) => {
                let mut args = args;
                args.push(optional(None, Ty::Instant, span));
                args
            }
            _ => args,
        };
        hours.ask(intrinsic, args, ty, span)
    }

    /// The time limit of a question: a length of time, also one that the calendar counts.
    pub fn timeout(&mut self, expr: &ast::Expr) -> Due {
        if let ast::ExprKind::Duration(literal) = &expr.kind
            && (literal.calendar.is_some() || crate::resolve::unit_us(literal.unit).is_none())
        {
            let moment = ast::Moment { span: expr.span, amount: expr.clone(), at: None, zone: None };
            return self.due(&moment).unwrap_or(Due::Never);
        }
        Due::After(self.need(expr, &Ty::Duration, Why::Plain("`timeout` is")))
    }
}

impl Hours {
    /// The calendar's name, where it is written.
    pub fn name(&self) -> Option<&Arc<str>> {
        match &self.calendar.kind {
            ExprKind::Symbol(_, name) => Some(name),
            _ => None,
        }
    }

    /// An intrinsic whose last arguments are a calendar and whose it is.
    fn ask(&self, intrinsic: Intrinsic, mut args: Vec<Expr>, ty: Ty, span: Span) -> Expr {
        args.extend([self.calendar.clone(), self.whose.clone()]);
        Expr { kind: ExprKind::Intrinsic(intrinsic, args), ty, span }
    }
}

fn now(span: Span) -> Expr {
    Expr { kind: ExprKind::Intrinsic(Intrinsic::Now, Vec::new()), ty: Ty::Instant, span }
}

fn optional(value: Option<Expr>, ty: Ty, span: Span) -> Expr {
    let ty = ty.optional();
    match value {
        Some(value) => Expr { kind: ExprKind::Wrap(Box::new(value)), ty, span },
        None => Expr { kind: ExprKind::Null, ty, span },
    }
}

/// The zone that stands in where nobody's is known.
pub(super) fn utc(span: Span) -> Expr {
    Expr { kind: ExprKind::Text(Arc::from("UTC")), ty: Ty::TimeZone, span }
}
