//! When what is waited for comes, were it to begin now.

use crate::diag::Span;
use crate::syntax::ast::{Arg, Block, ChoiceArmKind, DurationLit, Expr, ExprKind, Moment, Stmt, StmtKind, Unit};
use crate::syntax::ast::{WaitArmKind, WaitKind};
use jiff::tz::TimeZone;
use jiff::{Span as Length, Timestamp, Zoned};

/// A length of time in the source, with when it is over.
pub(super) struct Ends {
    /// From the number to the zone.
    pub span: Span,
    /// `Thu 26 Nov 2026, 15:04 UTC`; without a zone where it is that of whom it is about.
    pub when: String,
}

/// The lengths of time that a block waits for, in its order. `now`: microseconds since 1970, UTC.
pub(super) fn ends(block: &Block, now: i64, out: &mut Vec<Ends>) {
    for stmt in &block.stmts {
        of_stmt(stmt, now, out);
        stmt.blocks().into_iter().for_each(|block| ends(block, now, out));
    }
}

fn of_stmt(stmt: &Stmt, now: i64, out: &mut Vec<Ends>) {
    let mut add = |moment: &Moment| out.extend(end(moment, now).map(|when| Ends { span: moment.span, when }));
    match &stmt.kind {
        StmtKind::Wait(item) => match &item.kind {
            WaitKind::For(moment) => add(moment),
            WaitKind::Until(_) => {}
            WaitKind::Arms { arms, .. } => arms.iter().for_each(|arm| {
                if let WaitArmKind::After(moment) = &arm.kind {
                    add(moment);
                }
            }),
        },
        StmtKind::Choice(item) => item.arms.iter().for_each(|arm| {
            if let ChoiceArmKind::After(moment) = &arm.kind {
                add(moment);
            }
        }),
        _ => {
            let question = stmt.value().and_then(Expr::question);
            let limit = question.and_then(|(_, ask)| ask.args.iter().find(|arg| is(arg, "timeout")));
            if let Some(Arg { value, .. }) = limit {
                let moment = Moment { span: value.span, amount: value.clone(), at: None, zone: None };
                add(&moment);
            }
        }
    }
}

fn is(arg: &Arg, name: &str) -> bool {
    arg.name.as_ref().is_some_and(|own| own.as_str() == name)
}

fn end(moment: &Moment, now: i64) -> Option<String> {
    let ExprKind::Duration(DurationLit { amount, unit, calendar: None }) = &moment.amount.kind else { return None };
    let zone = match moment.zone.as_ref().map(|zone| &zone.kind) {
        Some(ExprKind::Str(name)) => TimeZone::get(name.plain()?).ok(),
        _ => None,
    };
    let named = zone.clone().unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_microsecond(now).ok()?.to_zoned(named);
    let at = match moment.at.as_ref().map(|at| &at.kind) {
        None => None,
        Some(ExprKind::Time(time)) => Some(jiff::civil::time(time.hour as i8, time.minute as i8, time.second as i8, 0)),
        Some(_) => return None,
    };
    let length = Length::new();
    let length = match unit {
        Unit::Second => length.try_seconds(*amount),
        Unit::Minute => length.try_minutes(*amount),
        Unit::Hour => length.try_hours(*amount),
        Unit::Day => length.try_days(*amount),
        Unit::Week => length.try_weeks(*amount),
        Unit::Month => length.try_months(*amount),
        Unit::Year => length.try_years(*amount),
        Unit::BusinessHour | Unit::BusinessDay => return None,
    };
    let then: Zoned = now.checked_add(length.ok()?).ok()?;
    let then = match at {
        Some(at) => then.datetime().date().to_datetime(at).to_zoned(then.time_zone().clone()).ok()?,
        None => then,
    };
    let shown = then.strftime("%a %-d %b %Y, %H:%M").to_string();
    // At a time of day it is that of a zone which is known when it runs.
    let whose = match (&zone, at.is_some()) {
        (None, true) => "",
        (None, false) => " UTC",
        (Some(_), _) => " there",
    };
    Some(format!("{shown}{whose}"))
}
