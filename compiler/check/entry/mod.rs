//! A flow's header: triggers, rules of entry, what ends a run early. Parameters are all that can be named in it.

mod cron;
mod trigger;

use super::body::Body;
use super::fit::Why;
use super::hours::Clock;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::entry::{Entry, Exit, Goal, Once, Source};
use crate::hir::{Expr, ExprKind, LocalId, Ty};
use crate::resolve::{annotation_duration, nearest};
use crate::syntax::ast::{self, CapPer, Clause, ClauseKind};
use flow_bytecode::entry::{Cap, Overlap};
use std::sync::Arc;

impl Body<'_> {
    /// Checks the lines of a header.
    pub fn header(&mut self, clauses: &[Clause]) -> Option<Box<Entry>> {
        if clauses.is_empty() {
            return None;
        }
        let mut entry = Entry::default();
        let mut overlap = None;
        let mut given: Vec<(&'static str, Span)> = Vec::new();
        for clause in clauses {
            if let Some(word) = once_only(&clause.kind) {
                if let Some((_, first)) = given.iter().find(|(other, _)| *other == word) {
                    self.out.push(
                        Diagnostic::new(Code::RuleTwice, clause.span, format!("`{word}` is given twice."))
                            .at("given again here")
                            .label(*first, "given first here")
                            .help("Keep one of them: a flow has one rule of each kind, and any number of `on` and `exit`."),
                    );
                    continue;
                }
                given.push((word, clause.span));
            }
            self.clause(clause, &mut entry, &mut overlap);
        }
        let usual = if entry.triggers.is_empty() { Overlap::Allow } else { Overlap::Forbid };
        entry.overlap = overlap.unwrap_or(usual);
        Some(Box::new(entry))
    }

    fn clause(&mut self, clause: &Clause, entry: &mut Entry, overlap: &mut Option<Overlap>) {
        let span = clause.span;
        match &clause.kind {
            ClauseKind::Error => self.broken = true,
            ClauseKind::On(pattern) => entry.triggers.extend(self.trigger(pattern)),
            ClauseKind::Once { per, every } => {
                let per = self.key(per);
                let every_us = every.as_ref().map(|every| self.length(every, "`every` takes"));
                if let Some(per) = per {
                    entry.once = Some(Once { per, every_us: every_us.flatten() });
                }
            }
            ClauseKind::Overlap(word) => *overlap = self.overlap(word),
            ClauseKind::ExitWhen(condition) => entry.exits.extend(self.looking(condition).map(Exit::When)),
            ClauseKind::ExitOn(pattern) => entry.exits.extend(self.exit_on(pattern)),
            ClauseKind::Goal { condition, within } => {
                let condition = self.looking(condition);
                let within_us = within.as_ref().and_then(|within| self.length(within, "`within` takes"));
                entry.goal = condition.map(|condition| Goal { condition, within_us });
            }
            ClauseKind::Cap { count, per } => {
                self.needs_subject("cap", "whose messages are counted", span);
                let count = self.count(count);
                let per_us = self.cap_per(per);
                entry.cap = count.zip(per_us).map(|(count, per_us)| Cap { count, per_us });
            }
            ClauseKind::SendWithin(calendar) => {
                entry.send_within = self.sending_hours(calendar);
            }
            ClauseKind::Holdout(share) => {
                self.needs_subject("holdout", "who is held out", span);
                entry.holdout = self.held_out(share).unwrap_or(0);
            }
            ClauseKind::Priority(value) => match number(value) {
                Some(priority) => entry.priority = priority,
                None => self.out.push(
                    Diagnostic::new(Code::BadNumber, value.span, "A priority is a whole number as written.")
                        .help("The highest goes first, and without one it is 0: `priority 10`."),
                ),
            },
        }
    }

    /// A condition that is looked at again whenever something that it reads changes.
    pub fn looking(&mut self, written: &ast::Expr) -> Option<Expr> {
        let (condition, _) = self.condition(written);
        if condition.ty == Ty::Error {
            return None;
        }
        self.only_looks(&condition);
        Some(condition)
    }

    /// A condition that is looked at once, when something has happened: it may look at the clock.
    pub fn deciding(&mut self, written: &ast::Expr) -> Option<Expr> {
        let (condition, _) = self.condition(written);
        if condition.ty == Ty::Error {
            return None;
        }
        self.does_nothing(&condition);
        Some(condition)
    }

    /// Whether an expression leaves the world as it is.
    fn does_nothing(&mut self, expr: &Expr) {
        if expr.does_something() {
            return self.impure(expr.span);
        }
        expr.for_each_part(&mut |part| self.does_nothing(part));
    }

    /// `once per …`: a parameter, or a field of one.
    fn key(&mut self, written: &ast::Expr) -> Option<Source> {
        let value = self.value(written, None);
        if value.ty == Ty::Error {
            return None;
        }
        let source = self.parameter(&value).or_else(|| match &value.kind {
            ExprKind::Field { base, entity, field } => match self.parameter(base)? {
                Source::Param(param) => Some(Source::Field(param, *entity, *field)),
                _ => None,
            },
            _ => None,
        });
        let found = self.p.show(&value.ty);
        if value.ty.is_optional() {
            self.maybe_missing(&value, "`once per` needs something to go by", None);
            return None;
        }
        let keys = matches!(
            value.ty,
            Ty::Entity(_)
                | Ty::Text
                | Ty::Int
                | Ty::Bool
                | Ty::Email
                | Ty::Phone
                | Ty::Url
                | Ty::Date
                | Ty::Enum(_)
                | Ty::Symbol(_)
        );
        if source.is_none() || !keys {
            if let ExprKind::Part { .. } = &value.kind {
                self.out.push(
                    Diagnostic::new(Code::RuleNeeds, value.span, "`once per` cannot go by a part of a record that is only a value.")
                        .at("a part of a value")
                        .help(
                            "It goes by a parameter, or by a field of one that the workspace holds, as in `once per contact`. Let \
                             this flow find the contact, and start another one that has the rule.",
                        ),
                );
                return None;
            }
            let diagnostic = match keys {
                true => Diagnostic::new(
                    Code::RuleNeeds,
                    value.span,
                    "`once per` goes by a parameter of the flow, or by a field of one.",
                )
                .at("computed"),
                false => Diagnostic::new(
                    Code::RuleNeeds,
                    value.span,
                    format!("`once per` cannot go by `{found}`: two of them are hardly ever the same."),
                )
                .at(format!("this is `{found}`")),
            };
            self.out.push(diagnostic.help("Write it as in `once per contact` or `once per conversation.contact`."));
            return None;
        }
        source
    }

    /// The parameter that an expression is.
    fn parameter(&self, value: &Expr) -> Option<Source> {
        match &value.kind {
            ExprKind::Local(LocalId(local)) if *local < self.params => Some(Source::Param(*local)),
            _ => None,
        }
    }

    /// A length of time as written.
    fn length(&mut self, written: &ast::Expr, what: &str) -> Option<i64> {
        match annotation_duration(written) {
            Some(us) if us > 0 => Some(us),
            Some(_) => {
                self.out.push(
                    Diagnostic::new(Code::BadDuration, written.span, format!("{what} a length of time above zero."))
                        .help("Write one, as in `30 days`."),
                );
                None
            }
            None => {
                let value = self.need(written, &Ty::Duration, Why::Plain(what));
                if value.ty != Ty::Error {
                    self.out.push(
                        Diagnostic::new(
                            Code::BadDuration,
                            written.span,
                            format!("{what} a length of time as written."),
                        )
                        .at("computed")
                        .help("Write one, as in `30 days`."),
                    );
                }
                None
            }
        }
    }

    fn overlap(&mut self, word: &ast::Ident) -> Option<Overlap> {
        let found = Overlap::ALL.into_iter().find(|overlap| overlap.word() == word.as_str());
        if found.is_none() {
            let diagnostic =
                Diagnostic::new(Code::UnknownSetting, word.span, format!("`overlap` is not `{}`.", word.as_str()));
            self.out.push(match nearest(word.as_str(), Overlap::ALL.iter().map(|overlap| overlap.word())) {
                Some(near) => diagnostic
                    .help(format!("Did you mean `{near}`?"))
                    .fix(format!("write `{near}`"), vec![(word.span, near.to_owned())]),
                None => diagnostic.help(
                    "It is `forbid`, `allow`, `replace` (the older run is cancelled) or `queue` (the newer one waits).",
                ),
            });
        }
        found
    }

    fn count(&mut self, written: &ast::Expr) -> Option<u32> {
        let count = number(written).filter(|count| (1..=1_000_000).contains(count));
        if count.is_none() {
            self.out.push(
                Diagnostic::new(Code::BadNumber, written.span, "A cap is a whole number of messages from 1 on.")
                    .help("Write it, as in `cap 3 per week`."),
            );
        }
        count.map(|count| count as u32)
    }

    fn cap_per(&mut self, per: &CapPer) -> Option<i64> {
        const DAY_US: i64 = 86_400_000_000;
        match per {
            CapPer::Duration(duration) => self.length(duration, "`per` takes"),
            CapPer::Unit(unit) => {
                let units = [("hour", DAY_US / 24), ("day", DAY_US), ("week", 7 * DAY_US), ("month", 30 * DAY_US)];
                let found = units.iter().find(|(name, _)| *name == unit.as_str());
                if found.is_none() {
                    self.out.push(
                        Diagnostic::new(
                            Code::BadDuration,
                            unit.span,
                            format!("A cap does not count per `{}`.", unit.as_str()),
                        )
                        .help("It counts per `hour`, `day`, `week`, `month` (30 days), or a length of time: `per 2 weeks`."),
                    );
                }
                found.map(|(_, us)| *us)
            }
        }
    }

    /// The calendar of `send within`.
    fn sending_hours(&mut self, written: &ast::Expr) -> Option<Arc<str>> {
        if !matches!(
            written.kind,
            ast::ExprKind::Name(_) | ast::ExprKind::Variant(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Error
        ) {
            self.no_sending_hours(written.span);
            return None;
        }
        let clock = self.clock(written);
        if let Clock::Hours(hours) = &clock
            && let Some(name) = hours.name()
        {
            return Some(name.clone());
        }
        if !matches!(&clock, Clock::Zone(zone) if zone.ty == Ty::Error) {
            self.no_sending_hours(written.span);
        }
        None
    }

    fn no_sending_hours(&mut self, span: Span) {
        let known = self.p.symbol_names(crate::hir::SymbolKind::Calendar).filter(|_| self.p.may_guess()).min();
        let help = match known {
            Some(known) => format!("The hours stand in a calendar: `send within {known}`."),
            None => "Declare one, as in `calendar daytime { open: \"mon-sun 08:00-20:00\" }`, and write `send within daytime`."
                .to_owned(),
        };
        self.out.push(
            Diagnostic::new(Code::RuleNeeds, span, "`send within` takes a calendar by its name.")
                .at("no calendar")
                .help(help),
        );
    }

    /// In millionths.
    fn held_out(&mut self, written: &ast::Expr) -> Option<u32> {
        let share = match &written.kind {
            ast::ExprKind::Percent(digits) => digits.parse::<rust_decimal::Decimal>().ok(),
            _ => None,
        };
        let share = share.and_then(|share| u32::try_from((share * rust_decimal::Decimal::from(10_000)).trunc()).ok());
        let share = share.filter(|share| (1..1_000_000).contains(share));
        if share.is_none() {
            self.out.push(
                Diagnostic::new(Code::BadPercent, written.span, "A holdout is a percentage above 0% and below 100%.")
                    .help("Write the share of contacts that never enters, as in `holdout 10%`."),
            );
        }
        share
    }

    /// A rule that is about somebody needs somebody.
    fn needs_subject(&mut self, rule: &str, what: &str, span: Span) {
        if self.subject.is_none() {
            self.out.push(
                Diagnostic::new(
                    Code::RuleNeeds,
                    span,
                    format!("`{rule}` needs to know {what}, and this flow is about nobody."),
                )
                .at("about whom?")
                .help("Give the flow a parameter that it is about, as in `contact: Contact`."),
            );
        }
    }
}

/// The word of a rule that a header has once.
fn once_only(kind: &ClauseKind) -> Option<&'static str> {
    Some(match kind {
        ClauseKind::Error | ClauseKind::On(_) | ClauseKind::ExitWhen(_) | ClauseKind::ExitOn(_) => return None,
        ClauseKind::Once { .. } => "once per",
        ClauseKind::Overlap(_) => "overlap",
        ClauseKind::Goal { .. } => "goal",
        ClauseKind::Cap { .. } => "cap",
        ClauseKind::SendWithin(_) => "send within",
        ClauseKind::Holdout(_) => "holdout",
        ClauseKind::Priority(_) => "priority",
    })
}

/// A whole number as written.
fn number(expr: &ast::Expr) -> Option<i64> {
    match &expr.kind {
        ast::ExprKind::Int(value) => Some(*value),
        ast::ExprKind::Unary { op: ast::UnaryOp::Neg, operand } => number(operand)?.checked_neg(),
        _ => None,
    }
}
