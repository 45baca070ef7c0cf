//! Waiting: moments, events, conditions.

use super::body::{Body, Reach};
use super::fit::Why;
use super::hours::{Clock, utc};
use super::places::{Step, place};
use super::schema::ASKS;
use crate::diag::{Code, Diagnostic, Fix, Span};
use crate::hir::entry::Filter;
use crate::hir::{ActionCall, Arm, ArmKind, Block, Due, EventId, Expr, ExprKind, Param, StmtKind, Ty, Wait};
use crate::resolve::unit_us;
use crate::syntax::ast::{self, Unit, WaitArmKind, WaitKind};
use flow_bytecode::Intrinsic;
use flow_bytecode::program::EffectClass;
use std::sync::Arc;

impl Body<'_> {
    #[inline(never)]
    pub fn wait(&mut self, item: &ast::Wait, span: Span) -> Option<StmtKind> {
        let anchor = self.anchor(item.anchor.as_ref());
        match &item.kind {
            WaitKind::For(moment) => {
                let due = self.due(moment);
                self.may_wait(span);
                Some(self.alone(anchor, due?, span))
            }
            WaitKind::Until(moment) => {
                let due = self.until(moment);
                self.may_wait(span);
                Some(self.alone(anchor, due?, span))
            }
            WaitKind::Arms { forever, arms } => self.arms(anchor, *forever, arms, span),
        }
    }

    fn alone(&self, anchor: Option<Arc<str>>, due: Due, span: Span) -> StmtKind {
        let arm = Arm { kind: ArmKind::After(due), body: Block::default(), span };
        StmtKind::Wait(Wait { anchor, arms: vec![arm] })
    }

    fn arms(&mut self, anchor: Option<Arc<str>>, forever: bool, arms: &[ast::WaitArm], span: Span) -> Option<StmtKind> {
        let mut made = Vec::with_capacity(arms.len() + usize::from(forever));
        // What the arms name is evaluated on arrival; the run waits only then.
        let kinds: Vec<Option<ArmKind>> = {
            self.enter();
            let kinds = arms.iter().map(|arm| self.arm_kind(&arm.kind)).collect();
            self.leave();
            kinds
        };
        let ends = forever
            || arms.iter().any(|arm| matches!(arm.kind, WaitArmKind::After(_) | WaitArmKind::Error))
            || kinds.iter().any(|kind| matches!(kind, Some(ArmKind::After(_))));
        if !ends {
            let head = Span::new(span.file, span.start, span.start.saturating_add(4));
            self.out.push(
                Diagnostic::new(Code::WaitNeedsEnd, head, "This wait may never end: none of its arms is a time limit.")
                    .at("no `after` arm")
                    .help("Add one, as in `after 3 days -> …`; or write `wait forever { … }` if that is meant.")
                    .fix("wait for ever", vec![(Span::new(head.file, head.end, head.end), " forever".to_owned())]),
            );
        }
        self.times_out_before(arms, &kinds);
        self.may_wait(span);
        let mut join = self.fork();
        for (arm, kind) in arms.iter().zip(kinds) {
            self.branch(&join, &[]);
            self.enter();
            let kind = self.bind(&arm.kind, kind);
            let mut body = Block::default();
            self.statements(&arm.body, &mut body);
            self.leave();
            if arm.kind == WaitArmKind::Error {
                self.reach = Reach::Told;
            }
            self.branch_end(&mut join);
            if let Some(kind) = kind {
                made.push(Arm { kind, body, span: arm.span });
            }
        }
        self.join(join);
        if forever && arms.is_empty() {
            self.reach = Reach::No(span, "wait forever");
            made.push(Arm { kind: ArmKind::After(Due::Never), body: Block::default(), span });
        }
        Some(StmtKind::Wait(Wait { anchor, arms: made }))
    }

    /// Of several lengths of time the shortest ends the wait; of equal ones the first.
    fn times_out_before(&mut self, arms: &[ast::WaitArm], kinds: &[Option<ArmKind>]) {
        let length = |kind: &Option<ArmKind>| match kind {
            Some(ArmKind::After(Due::After(Expr { kind: ExprKind::Duration(length), .. }))) => Some(*length),
            _ => None,
        };
        let limits: Vec<(&ast::WaitArm, i64)> =
            arms.iter().zip(kinds).filter_map(|(arm, kind)| Some((arm, length(kind)?))).collect();
        let Some(&(first, _)) = limits.iter().min_by_key(|(_, length)| *length) else { return };
        for (arm, _) in limits.iter().filter(|(arm, _)| !std::ptr::eq(*arm, first)) {
            let long = |arm: &ast::WaitArm| match &arm.kind {
                WaitArmKind::After(moment) => moment.span,
                _ => arm.span,
            };
            self.out.push(
                Diagnostic::new(Code::Unreachable, arm.span, "This arm is never taken: the wait is over before.")
                    .at("never reached")
                    .label(long(first), "the wait ends here at the latest")
                    .help("A wait is over with the first of its arms. What is to come later stands after it, behind a `wait` of its own."),
            );
        }
    }

    fn arm_kind(&mut self, kind: &WaitArmKind) -> Option<ArmKind> {
        match kind {
            WaitArmKind::Error => {
                self.broken = true;
                None
            }
            WaitArmKind::After(moment) => self.due(moment).map(ArmKind::After),
            WaitArmKind::When(condition) => self.when(condition),
            WaitArmKind::On(pattern) => self.on(pattern),
        }
    }

    /// Names the event of an arm for its body.
    fn bind(&mut self, written: &WaitArmKind, kind: Option<ArmKind>) -> Option<ArmKind> {
        let WaitArmKind::On(pattern) = written else { return kind };
        let name = pattern.name.as_ref();
        match kind {
            Some(ArmKind::Event { event, matches, filter, .. }) => {
                // A name that only `where` uses is used.
                let used = filter.as_ref().and_then(|filter| filter.event).is_some_and(|local| self.is_read(local));
                let bind = name
                    .map(|name| self.declare(name.name.shared().clone(), Ty::Event(event), false, name.span, !used));
                Some(ArmKind::Event { event, matches, bind, filter })
            }
            other => {
                if let Some(name) = name {
                    self.declare(name.name.shared().clone(), Ty::Error, false, name.span, false);
                }
                other
            }
        }
    }

    fn on(&mut self, pattern: &ast::EventPattern) -> Option<ArmKind> {
        let Some(event) = self.event(&pattern.event) else {
            self.args_in_vain(&pattern.args);
            return None;
        };
        let errors = self.out.len();
        let matches = self.matches(event, pattern);
        let matches = if self.out.len() > errors { Vec::new() } else { matches };
        if self.out.len() == errors {
            self.anybodys(event, pattern, &matches);
        }
        let filter = pattern.filter.as_ref().and_then(|written| self.event_filter(event, pattern, written));
        Some(ArmKind::Event { event, matches, bind: None, filter })
    }

    /// `where`: looked at when the event comes, so what is known of fields now counts for nothing.
    fn event_filter(&mut self, event: EventId, pattern: &ast::EventPattern, written: &ast::Expr) -> Option<Filter> {
        self.enter();
        let local = match &pattern.name {
            Some(name) => self.declare(name.name.shared().clone(), Ty::Event(event), false, name.span, false),
            None => self.hidden(Ty::Event(event), pattern.span),
        };
        let known = self.facts.mark();
        self.facts.forget_live();
        let condition = self.deciding(written);
        self.facts.restore(&known);
        self.leave();
        condition.map(|condition| Filter { event: Some(local), condition })
    }

    /// What an event must carry, by the position of its parameter.
    pub fn matches(&mut self, event: EventId, pattern: &ast::EventPattern) -> Vec<(u32, Expr)> {
        let p = self.p;
        let Some(def) = p.hir.events.get(event.0 as usize) else { return Vec::new() };
        // Every argument is a match and may be left out; so each counts as having a default.
        let open = Expr { kind: ExprKind::Null, ty: Ty::Error, span: Span::default() };
        let slots: Vec<Param> = def
            .params
            .iter()
            .map(|(name, ty)| Param {
                name: name.clone(),
                ty: ty.clone(),
                default: Some(open.clone()),
                doc: Arc::from(""),
                span: Span::default(),
            })
            .collect();
        self.refers_args(&pattern.args, |name| p.event_param(event, name));
        let told = self.out.len();
        let args = self.args(&def.name, Some(def.span), &slots, &pattern.args, pattern.span);
        self.meant_as_name(told, pattern);
        args.into_iter()
            .enumerate()
            .filter(|(_, value)| value.ty != Ty::Error)
            .map(|(index, value)| (index as u32, value))
            .collect()
    }

    /// `on signup(s)`: whoever writes a new name there wants to name the event.
    fn meant_as_name(&mut self, told: usize, pattern: &ast::EventPattern) {
        let [ast::Arg { name: None, value, .. }] = pattern.args.as_slice() else { return };
        let new = self.out.iter_mut().skip(told);
        let Some(diagnostic) = new.into_iter().find(|diagnostic| {
            diagnostic.code == Code::UnknownName && diagnostic.primary.span == value.span && diagnostic.fixes.is_empty()
        }) else {
            return;
        };
        let ast::ExprKind::Name(name) = &value.kind else { return };
        let name = name.as_str();
        let event = pattern.event.dotted();
        diagnostic.help =
            Some(format!("In `( )` stands what the event must carry; `on {event} as {name}` names the event."));
        if pattern.name.is_none() && pattern.filter.is_none() {
            let rest = Span { start: pattern.event.span.end, ..pattern.span };
            diagnostic.fixes = vec![Fix { title: "name the event".into(), edits: vec![(rest, format!(" as {name}"))] }];
        }
    }

    /// `when`: looked at again on every change of a field it reads, so it only looks.
    fn when(&mut self, written: &ast::Expr) -> Option<ArmKind> {
        // What is known of fields now need not be so when it is looked at again.
        let known = self.facts.mark();
        self.facts.forget_live();
        let (condition, _) = self.condition(written);
        self.facts.restore(&known);
        if condition.ty == Ty::Error {
            return None;
        }
        if let Some(due) = Self::opening(&condition) {
            return Some(ArmKind::After(due));
        }
        self.only_looks(&condition);
        Some(ArmKind::When(condition))
    }

    pub fn only_looks(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Intrinsic(Intrinsic::IsOpen, _) => {
                self.out.push(
                    Diagnostic::new(
                        Code::ImpureCondition,
                        expr.span,
                        "Opening hours are a moment to wait for, not a part of a condition: nothing changes when time passes.",
                    )
                    .at("depends on the time")
                    .help("Write `when … .open_now` alone, which waits for the next opening, and test the rest in its arm."),
                );
                return;
            }
            ExprKind::Intrinsic(Intrinsic::Now | Intrinsic::Today, _) => self.out.push(
                Diagnostic::new(
                    Code::ImpureCondition,
                    expr.span,
                    "A condition cannot look at the clock: nothing changes when time passes.",
                )
                .at("reads the time")
                .help(match self.in_header {
                    true => {
                        "A header waits for no moment; the flow's statements do, in its `{ }`: `wait 3 days`, or `wait until` \
                         and the moment."
                    }
                    false => "Wait for the moment in an arm of its own: `after 3 days -> …`.",
                }),
            ),
            ExprKind::Action(call) if call.class == EffectClass::Query => self.is_told(call, expr.span),
            _ if expr.does_something() => self.impure(expr.span),
            _ => {}
        }
        expr.for_each_part(&mut |part| self.only_looks(part));
    }

    /// Whether a condition is looked at again when the answer of a query is another. What a contact has done is told;
    /// that it was longer ago than some time, and what other queries find, is not.
    fn is_told(&mut self, call: &ActionCall, span: Span) {
        let name = self.p.hir.actions.get(call.action.0 as usize).map_or("", |action| &*action.name);
        let message = match name == ASKS {
            true if matches!(call.args.get(2).map(|within| &within.kind), None | Some(ExprKind::Null)) => return,
            true => "A condition that is waited for cannot say `within`: nothing changes when time passes.".to_owned(),
            false => format!("Nothing tells when the answer of `{name}` changes, so that it cannot be waited for."),
        };
        let help = match name == ASKS {
            true => "Leave `within` out, or ask in a `where` or an `if`, which look once.",
            false => "Ask in a `where` or an `if`, which look once, or keep what matters in a property of the record.",
        };
        self.out
            .push(Diagnostic::new(Code::ImpureCondition, span, message).at("asked once, and never again").help(help));
    }

    pub fn impure(&mut self, span: Span) {
        self.out.push(
            Diagnostic::new(
                Code::ImpureCondition,
                span,
                "A condition only looks: fields, variables and what is computed from them.",
            )
            .at("does something")
            .help("Do it before the wait and keep the result in a name."),
        );
    }

    /// Whether an entity is the run's subject, or the contact of it.
    pub fn is_subject(&self, base: &Expr) -> bool {
        let Some(found) = place(base) else { return false };
        let steps_fit = |steps: &[Step]| match steps {
            [] => true,
            [Step::Entity(id, field)] => {
                let def = self.p.hir.entities.get(id.0 as usize).and_then(|entity| entity.fields.get(*field as usize));
                def.is_some_and(|def| &*def.name == "contact")
            }
            _ => false,
        };
        if Some(found.root) == self.subject {
            return steps_fit(&found.steps);
        }
        // `let contact = conversation.contact` names the same.
        found.steps.is_empty() && self.aliases.contains(&found.root)
    }

    /// A moment from now.
    pub fn due(&mut self, moment: &ast::Moment) -> Option<Due> {
        let ast::ExprKind::Duration(literal) = &moment.amount.kind else {
            let amount = self.need(&moment.amount, &Ty::Duration, Why::Plain("how long to wait is"));
            if let Some(at) = &moment.at {
                self.expr(at, None);
                self.days_only(at.span);
            } else if let Some(zone) = &moment.zone {
                match self.clock(zone) {
                    Clock::Zone(zone) => self.zone_alone(&zone),
                    Clock::Hours(hours) if amount.ty != Ty::Error => {
                        return Some(self.within(Due::After(amount), &hours, moment.span));
                    }
                    Clock::Hours(_) => {}
                }
            }
            return (amount.ty != Ty::Error).then_some(Due::After(amount));
        };
        if matches!(literal.unit, Unit::BusinessDay | Unit::BusinessHour) {
            return self.business_due(moment, literal);
        }
        // `3 days in x`: the grammar takes the zone, or the calendar, as part of the length.
        let clock = moment.zone.as_ref().or(literal.calendar.as_deref()).map(|zone| self.clock(zone));
        let due = self.due_by(moment, literal, clock.as_ref());
        match clock {
            Some(Clock::Hours(hours)) => due.map(|due| self.within(due, &hours, moment.span)),
            _ => due,
        }
    }

    /// A length of time as written, in a zone or on a calendar's clock.
    fn due_by(&mut self, moment: &ast::Moment, literal: &ast::DurationLit, clock: Option<&Clock>) -> Option<Due> {
        let span = moment.amount.span;
        let per = match literal.unit {
            Unit::Day => Some((1, 0)),
            Unit::Week => Some((7, 0)),
            Unit::Month => Some((0, 1)),
            Unit::Year => Some((0, 12)),
            _ => None,
        };
        let calendar_unit = matches!(literal.unit, Unit::Month | Unit::Year);
        if moment.at.is_none() && !calendar_unit {
            if let Some(Clock::Zone(zone)) = clock {
                self.zone_alone(zone);
                return None;
            }
            let amount = self.elapsed(literal, span);
            return (amount.ty != Ty::Error).then_some(Due::After(amount));
        }
        let Some((days, months)) = per else {
            debug_assert!(unit_us(literal.unit).is_some());
            if let Some(at) = &moment.at {
                self.expr(at, None);
                self.days_only(at.span);
            }
            return None;
        };
        let scaled = literal.amount.checked_mul(days).zip(literal.amount.checked_mul(months));
        // Ten thousand years are beyond every calendar.
        let Some((days, months)) = scaled.filter(|(days, months)| days.abs() < 3_660_000 && months.abs() < 120_000)
        else {
            self.too_long(span);
            return None;
        };
        let int = |value: i64| Expr { kind: ExprKind::Int(value), ty: Ty::Int, span };
        let at = moment.at.as_ref().map(|at| self.need(at, &Ty::TimeOfDay, Why::Plain("`at` takes")));
        let zone = self.zone(clock, moment.span);
        Some(Due::Calendar { days: int(days), months: int(months), at, zone })
    }

    pub fn days_only(&mut self, span: Span) {
        self.out.push(
            Diagnostic::new(Code::BadDuration, span, "`at` goes with days, weeks, months or years as written.")
                .at("a time of the day")
                .help("Write the days, as in `wait 3 days at 15:00`."),
        );
    }

    fn zone_alone(&mut self, zone: &Expr) {
        if zone.ty == Ty::Error {
            return;
        }
        self.out.push(
            Diagnostic::new(
                Code::BadDuration,
                zone.span,
                "A zone goes with a time of the day; elapsed time is the same everywhere.",
            )
            .at("no use for a zone")
            .help("Add the time, as in `at 09:00 in …`, or leave the zone out."),
        );
    }

    /// `until`: a moment itself.
    pub fn until(&mut self, moment: &ast::Moment) -> Option<Due> {
        let amount = self.value(&moment.amount, None);
        match amount.ty {
            Ty::Error => {
                moment.at.iter().chain(&moment.zone).for_each(|part| {
                    self.expr(part, None);
                });
                None
            }
            Ty::Instant | Ty::Date => {
                let clock = moment.zone.as_ref().map(|zone| self.clock(zone));
                let due = if amount.ty == Ty::Instant && moment.at.is_none() {
                    if let Some(Clock::Zone(zone)) = &clock {
                        self.zone_alone(zone);
                    }
                    Due::Until(amount)
                } else {
                    let at = moment.at.as_ref().map(|at| self.need(at, &Ty::TimeOfDay, Why::Plain("`at` takes")));
                    let zone = self.zone(clock.as_ref(), moment.span);
                    Due::UntilDate { date: amount, at, zone }
                };
                Some(match clock {
                    Some(Clock::Hours(hours)) => self.within(due, &hours, moment.span),
                    _ => due,
                })
            }
            Ty::Optional(_) | Ty::Null => {
                self.maybe_missing(&amount, "there must be a moment to wait for", None);
                None
            }
            _ => {
                let found = self.p.show(&amount.ty);
                let help = match amount.ty {
                    Ty::Duration => "For a length of time leave `until` out: `wait 3 days`.",
                    Ty::TimeOfDay => "Say which day: `wait until today(in: zone) at 15:00 in zone`.",
                    _ => "`until` takes an Instant or a Date.",
                };
                self.out.push(
                    Diagnostic::new(
                        Code::WrongType,
                        amount.span,
                        format!("`until` takes a moment; this is `{found}`."),
                    )
                    .at(format!("this is `{found}`"))
                    .help(help),
                );
                None
            }
        }
    }

    /// The zone of a calendar wait: the one that is given; else the time zone of the contact, where one is reachable from
    /// the parameters; else UTC.
    fn zone(&mut self, given: Option<&Clock>, span: Span) -> Expr {
        match given {
            Some(Clock::Zone(zone)) => zone.clone(),
            Some(Clock::Hours(hours)) => self.zone_of_hours(hours, span),
            None => self.contact_zone(span).unwrap_or_else(|| utc(span)),
        }
    }
}
