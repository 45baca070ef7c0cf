//! Triggers whose moment comes: schedules, and silence in a conversation. Each has a durable row with its next moment.

use super::births::{Asked, admit, birth, broken};
use super::desk::Desk;
use super::header::look;
use super::triggers::Of;
use super::turn::Trouble;
use crate::machine::Limits;
use crate::store::{NameClass, TimerRow};
use flow_bytecode::Value;
use flow_bytecode::entry::{Cron, TriggerKind};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use std::collections::HashSet;

/// Timers taken in one go.
const RING_MAX: usize = 256;
/// Days looked at for the next moment: beyond the eight years that February 29 may be away.
const DAYS_MAX: usize = 366 * 9;

/// The first moment of a schedule after this one, microseconds. A time of the day that the clock jumps over comes at the
/// moment to which it jumps; one that comes twice comes the first time.
pub(super) fn next(cron: &Cron, zone: &str, after: i64) -> Option<i64> {
    let zone = TimeZone::get(zone).ok()?;
    let from = Timestamp::from_microsecond(after).ok()?.to_zoned(zone.clone());
    let mut date = from.date();
    for _ in 0..DAYS_MAX {
        let weekday = date.weekday().to_sunday_zero_offset();
        if cron.has_day(
            date.month().unsigned_abs().into(),
            date.day().unsigned_abs().into(),
            weekday.unsigned_abs().into(),
        ) && let Some(moment) = on_day(cron, &zone, date, after)
        {
            return Some(moment);
        }
        date = date.checked_add(Span::new().days(1)).ok()?;
    }
    None
}

/// The first moment of a day after `after`.
fn on_day(cron: &Cron, zone: &TimeZone, date: Date, after: i64) -> Option<i64> {
    for hour in (0..24).filter(|hour| cron.has_hour(*hour)) {
        let mut minute = 0;
        while let Some(at) = cron.minute_from(minute) {
            let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(at).ok()?, 0, 0).ok()?;
            let moment = DateTime::from_parts(date, time).to_zoned(zone.clone()).ok()?;
            // Within a gap jiff moves on by the gap's length; where the clock jumps to is its end.
            let moment = match moment.time() == time {
                true => moment.timestamp(),
                false => jump_before(zone, moment.timestamp()),
            };
            if moment.as_microsecond() > after {
                return Some(moment.as_microsecond());
            }
            minute = at + 1;
        }
    }
    None
}

/// The last jump of the clocks, at a moment or before it: the first minute that is left out is moved to the jump itself.
fn jump_before(zone: &TimeZone, moment: Timestamp) -> Timestamp {
    let behind = Timestamp::from_microsecond(moment.as_microsecond().saturating_add(1)).unwrap_or(moment);
    zone.preceding(behind).next().map_or(moment, |jump| jump.timestamp())
}

/// What a timer is the moment of.
fn spec(on: &TriggerKind) -> String {
    match on {
        TriggerKind::Schedule { cron, zone } => format!("{cron:?} {zone}"),
        TriggerKind::Silent { after_us } => format!("silent {after_us}"),
        _ => String::new(),
    }
}

/// After a deploy: new schedules begin, those that are gone end, and those that stay keep their next moment.
pub(super) fn set(desk: &mut Desk) -> Result<(), Trouble> {
    let triggers = desk.triggers()?;
    let mut kept = HashSet::new();
    for of in &triggers.schedules {
        let Some(TriggerKind::Schedule { cron, zone }) = of.trigger().map(|trigger| &trigger.on) else { continue };
        let wanted = spec(&TriggerKind::Schedule { cron: *cron, zone: zone.clone() });
        kept.insert((of.flow, of.trigger));
        if desk.txn.timer(of.flow, of.trigger, 0)?.is_some_and(|timer| timer.spec == wanted) {
            continue;
        }
        match next(cron, zone, desk.now) {
            Some(due) => {
                desk.txn.put_timer(&TimerRow { flow: of.flow, trigger: of.trigger, record: 0, due, spec: wanted })?;
                desk.due_at(Some(due));
            }
            None => drop(desk.txn.delete_timer(of.flow, of.trigger, 0)?),
        }
    }
    for row in desk.txn.deployments()? {
        for timer in desk.txn.timers_of(row.flow, 0)? {
            if !kept.contains(&(timer.flow, timer.trigger)) {
                desk.txn.delete_timer(timer.flow, timer.trigger, 0)?;
            }
        }
    }
    Ok(())
}

/// Somebody has said something in a conversation: its silence begins anew.
pub(super) fn spoke(desk: &mut Desk, conversation: i64) -> Result<(), crate::store::StoreError> {
    for of in &desk.triggers()?.silences.clone() {
        let Some(on @ TriggerKind::Silent { after_us }) = of.trigger().map(|trigger| &trigger.on) else { continue };
        let due = desk.now.saturating_add(*after_us);
        let timer = TimerRow { flow: of.flow, trigger: of.trigger, record: conversation, due, spec: spec(on) };
        desk.txn.put_timer(&timer)?;
        desk.due_at(Some(due));
    }
    Ok(())
}

/// Begins whatever is due. However many moments of a schedule were missed, one run is born for them.
pub(super) fn ring(desk: &mut Desk, limits: &Limits) -> Result<(), Trouble> {
    for timer in desk.txn.timers_due(desk.now, RING_MAX)? {
        let triggers = desk.triggers()?;
        let mut all = triggers.schedules.iter().chain(&triggers.silences);
        let of = all.find(|of| of.flow == timer.flow && of.trigger == timer.trigger);
        let on = of.and_then(|of| of.trigger()).map(|trigger| &trigger.on);
        let (Some(of), Some(on)) = (of, on.filter(|on| spec(on) == timer.spec)) else {
            desk.txn.delete_timer(timer.flow, timer.trigger, timer.record)?;
            continue;
        };
        let next = match on {
            TriggerKind::Schedule { cron, zone } => next(cron, zone, desk.now),
            _ => None,
        };
        match next {
            Some(due) => desk.txn.put_timer(&TimerRow { due, ..timer.clone() })?,
            None => drop(desk.txn.delete_timer(timer.flow, timer.trigger, timer.record)?),
        }
        let (by, carried) = match on {
            TriggerKind::Silent { .. } => ("conversation.silent", vec![Value::Int(timer.record)]),
            _ => ("schedule", Vec::new()),
        };
        if by == "conversation.silent" && !is_open(desk, timer.record)? {
            continue;
        }
        begin(desk, limits, of, by, &carried)?;
    }
    let next = desk.txn.next_timer()?;
    desk.due_at(next);
    Ok(())
}

/// Whether somebody may still say something in a conversation.
fn is_open(desk: &mut Desk, conversation: i64) -> Result<bool, Trouble> {
    let Some(kind) = desk.txn.find_name(NameClass::Entity, "Conversation")? else { return Ok(false) };
    let entities = desk.txn.entities();
    let status = entities.iter().find(|entity| entity.kind == kind).and_then(|entity| entity.field("status"));
    let record = desk.memory.records.get(&mut *desk.txn, (kind, conversation))?;
    let value = record.zip(status).and_then(|(record, status)| record.values.get(status));
    Ok(matches!(value, Some(Value::Text(text)) if &**text == "open"))
}

/// A birth by a trigger that is no event, if its filter and the rules allow it; what is wrong with it is counted.
pub(super) fn begin(desk: &mut Desk, limits: &Limits, of: &Of, by: &str, carried: &[Value]) -> Result<bool, Trouble> {
    let Some(trigger) = of.trigger() else { return Ok(false) };
    let Some(birth) = birth(desk, &of.newest, &trigger.args, carried)? else {
        return broken(desk, of).map(|()| false);
    };
    let admitted = match &trigger.filter {
        Some(filter) => look(desk, &of.newest.linked, limits, filter, &birth.args, None)?.holds,
        None => true,
    };
    if !admitted {
        return Ok(false);
    }
    let asked = Asked { parent: None, by: Some(by), floor: None };
    Ok(admit(desk, limits, &birth, &asked)?.is_ok())
}

#[cfg(test)]
mod tests {
    use super::next;
    use crate::machine::ZONES;
    use flow_bytecode::entry::Cron;
    use jiff::Timestamp;

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a moment").as_microsecond()
    }

    fn daily(hours: u32, minutes: u64) -> Cron {
        Cron { minutes, hours, days: 0xffff_fffe, months: 0x1ffe, weekdays: 0x7f, either: false }
    }

    fn at(cron: &Cron, after: &str) -> String {
        let moment = next(cron, "Europe/Oslo", us(after)).expect("it comes");
        Timestamp::from_microsecond(moment).expect("a moment").to_string()
    }

    #[test]
    fn the_next_moment_is_after_this_one() {
        let nine = daily(1 << 9, 1);
        assert_eq!(at(&nine, "2026-03-02T07:59:59Z"), "2026-03-02T08:00:00Z");
        assert_eq!(at(&nine, "2026-03-02T08:00:00Z"), "2026-03-03T08:00:00Z");
        let mondays = Cron { weekdays: 1 << 1, ..nine };
        assert_eq!(at(&mondays, "2026-03-02T08:00:00Z"), "2026-03-09T08:00:00Z");
        let leap = Cron { days: 1 << 29, months: 1 << 2, ..nine };
        assert_eq!(at(&leap, "2026-03-02T08:00:00Z"), "2028-02-29T08:00:00Z");
        assert_eq!(next(&Cron { days: 1 << 31, months: 1 << 4, ..nine }, "UTC", 0), None);
        assert_eq!(next(&nine, "Nowhere/At_All", 0), None);
    }

    /// Whatever the clocks do: once on every date that the zone has, at that time of the day, or where the clocks jump
    /// over it at the end of the jump.
    #[test]
    fn once_a_day_is_once_a_day_in_every_zone() {
        let end = us("2028-03-01T00:00:00Z");
        for (zone, clock) in
            ZONES.iter().flat_map(|zone| [(zone, (0, 0)), (zone, (2, 30)), (zone, (9, 0)), (zone, (23, 59))])
        {
            let (hour, minute) = clock;
            let cron = daily(1 << hour, 1 << minute);
            let tz = jiff::tz::TimeZone::get(zone).expect("a zone");
            let mut after = us("2011-12-01T00:00:00Z");
            let mut last = None;
            let mut jumped = 0;
            while after < end {
                let moment = next(&cron, zone, after).expect("it comes");
                assert!(moment > after, "{zone} {clock:?}: it goes on");
                let at = Timestamp::from_microsecond(moment).expect("a moment").to_zoned(tz.clone());
                if let Some(last) = last {
                    let days = at.date().since(last).expect("dates").get_days();
                    let skipped = *zone == "Pacific/Apia" && at.date() == jiff::civil::date(2011, 12, 31);
                    assert_eq!(days, if skipped { 2 } else { 1 }, "{zone} {clock:?}: {last} and then {at}");
                }
                if (i32::from(at.hour()), i32::from(at.minute())) != (hour, minute) {
                    jumped += 1;
                    let before = Timestamp::from_microsecond(moment - 1).expect("a moment").to_zoned(tz.clone());
                    let jump = at.offset().seconds() - before.offset().seconds();
                    assert!(jump > 0, "{zone} {clock:?}: {at} is no end of a jump");
                }
                last = Some(at.date());
                after = moment;
            }
            assert!(jumped <= 2 * 17, "{zone} {clock:?}: jumped over {jumped} times");
        }
    }

    #[test]
    fn a_clock_that_jumps_loses_and_doubles_nothing() {
        // On 2026-03-29 clocks in Oslo go from 02:00 to 03:00, on 2026-10-25 from 03:00 to 02:00.
        let half_past_two = daily(1 << 2, 1 << 30);
        assert_eq!(at(&half_past_two, "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
        assert_eq!(at(&half_past_two, "2026-03-29T01:00:00Z"), "2026-03-30T00:30:00Z");
        assert_eq!(at(&half_past_two, "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(at(&half_past_two, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }
}
