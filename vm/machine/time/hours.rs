//! Opening hours on a clock that jumps.
//!
//! A shift begins at the first moment at which the clock there shows its beginning or later, and ends at the first moment
//! at which it shows its end or later. So when the clocks go forward a shift loses what they leave out, and when they go
//! back it is one stretch that is longer; shifts never overlap or change their order.

use super::{date, days, instant, out_of_range, zone, zoned};
use crate::machine::meter::Meter;
use crate::machine::raise::{Outcome, Raise, Trouble};
use flow_bytecode::Failure;
use flow_bytecode::calendar::{BUSINESS_DAYS_MAX, Calendar, DAY_MINUTES, Shift};
use jiff::civil::Time;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// Most business time that can be counted at once: as long.
const BUSINESS_US_MAX: i64 = BUSINESS_DAYS_MAX * 24 * 3_600_000_000;

/// The first moment, at `at` or after it, at which a calendar is open; `whose` is the zone for a calendar that has none.
///
/// # Errors
/// `.invalid` when there is no zone, or none of that name; `.overflow` beyond the year 9999.
pub fn next_open(calendar: &Calendar, whose: Option<&str>, at: i64) -> Result<i64, Failure> {
    Hours::new(calendar, whose).and_then(|hours| hours.next_open(at)).map_err(failure)
}

/// As [`next_open`], with the first moment after it at which the calendar is closed; `None` when it never closes again.
///
/// # Errors
/// As [`next_open`].
pub fn next_stretch(calendar: &Calendar, whose: Option<&str>, at: i64) -> Result<(i64, Option<i64>), Failure> {
    let stretch = |hours: Hours<'_>| {
        let opens = hours.next_open(at)?;
        Ok((opens, hours.next_closed(opens)?))
    };
    Hours::new(calendar, whose).and_then(stretch).map_err(failure)
}

fn failure(raise: Raise) -> Failure {
    match *raise.0 {
        Trouble::Failure(failure) => (*failure).clone(),
        Trouble::Fault(fault) => Failure::new("invalid", fault.0),
    }
}

/// A calendar on somebody's clock.
pub(crate) struct Hours<'c> {
    calendar: &'c Calendar,
    zone: TimeZone,
}

/// From, and to but not with.
type Stretch = (i64, i64);

impl<'c> Hours<'c> {
    /// A calendar in its own zone, else in that of whoever it is asked for.
    pub fn new(calendar: &'c Calendar, whose: Option<&str>) -> Outcome<Self> {
        let Some(name) = calendar.zone.as_deref().or(whose) else {
            let message = format!("the calendar {} has no zone, and nobody whose zone it could be", calendar.name);
            return Err(Raise::failure("invalid", message));
        };
        Ok(Hours { calendar, zone: zone(name)? })
    }

    /// The zone's name.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Whether somebody is there.
    pub fn is_open(&self, at: i64) -> Outcome<bool> {
        let today = self.day(at)?;
        for day in today - 2..=today {
            if self.stretches(day)?.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first moment at or after `at` at which it is open.
    pub fn next_open(&self, at: i64) -> Outcome<i64> {
        // Ends at the latest where dates end: a calendar has a shift, and closed days are counted.
        for day in self.day(at)? - 2.. {
            if let Some((from, _)) = self.stretches(day)?.iter().find(|(_, to)| at < *to) {
                return Ok(at.max(*from));
            }
        }
        Err(out_of_range())
    }

    /// The first moment at or after `at` at which it is closed; none when it never closes again.
    pub fn next_closed(&self, at: i64) -> Outcome<Option<i64>> {
        let today = self.day(at)?;
        // What does not close within a month of plain weeks never does.
        let last = self.calendar.closed.last().map_or(today, |last| today.max(*last)) + 30;
        let mut end = at;
        for day in today - 2..=last {
            for (from, to) in self.stretches(day)?.into_iter().filter(|(_, to)| at < *to) {
                if end < from {
                    return Ok(Some(end));
                }
                end = to;
            }
        }
        Ok((end == at).then_some(at))
    }

    /// The last moment at or before `at` at which it is open, or up to which it was.
    fn last_open(&self, at: i64) -> Outcome<i64> {
        if self.is_open(at)? {
            return Ok(at);
        }
        let mut day = self.day(at)?;
        loop {
            if let Some((_, to)) = self.stretches(day)?.iter().rfind(|(_, to)| *to <= at) {
                return Ok(*to);
            }
            day -= 1;
        }
    }

    /// So many business days on, within opening hours: at the next opening, or the last closing when counting back.
    ///
    /// With a time of day the dates after that of `from` are counted. Without one it is the moment itself that is moved,
    /// so outside opening hours the next opening (back: the last closing).
    pub fn add_days(&self, from: i64, count: i64, at: Option<i64>, meter: &mut Meter) -> Outcome<i64> {
        let back = count < 0;
        let moment = if let Some(at) = at {
            let day = self.business_date(self.day(from)?, count, meter)?;
            instant(date(day)?, super::time(at)?, &self.zone)?
        } else {
            let start = if back { self.last_open(from)? } else { self.next_open(from)? };
            let begun = self.begun(start)?;
            let past_midnight = zoned(start, &self.zone)?.datetime().duration_since(date(begun)?.at(0, 0, 0, 0));
            let clock = date(self.business_date(begun, count, meter)?)?.at(0, 0, 0, 0);
            let clock = clock.checked_add(past_midnight).map_err(|_| out_of_range())?;
            match count {
                0 => start,
                _ => instant(clock.date(), clock.time(), &self.zone)?,
            }
        };
        match back {
            true => self.last_open(moment.min(from)),
            false => self.next_open(moment.max(from)),
        }
    }

    /// The date on which the shift began that is on at a moment, or ends at it.
    fn begun(&self, at: i64) -> Outcome<i64> {
        let today = self.day(at)?;
        let on = |stretches: Vec<Stretch>| stretches.iter().any(|(from, to)| (*from..=*to).contains(&at));
        for day in today - 2..today {
            // Where one shift ends as the next begins, the next is on.
            if on(self.stretches(day)?) && !self.stretches(today)?.iter().any(|(from, _)| *from == at) {
                return Ok(day);
            }
        }
        Ok(today)
    }

    /// The date so many business days on. That date itself is not counted.
    pub fn business_date(&self, from: i64, count: i64, meter: &mut Meter) -> Outcome<i64> {
        if count.abs() > BUSINESS_DAYS_MAX {
            return Err(Raise::limit(format!("more than {BUSINESS_DAYS_MAX} business days at once")));
        }
        let (mut day, mut left) = (from, count.abs());
        while left > 0 {
            meter.edge(16)?;
            day += count.signum();
            left -= i64::from(self.is_business_day(day)?);
        }
        Ok(day)
    }

    /// The moment when so much time within opening hours has passed: the earliest, or the latest when counting back.
    pub fn add_time(&self, from: i64, elapsed: i64, meter: &mut Meter) -> Outcome<i64> {
        let mut left = elapsed.unsigned_abs();
        if left > BUSINESS_US_MAX.unsigned_abs() {
            return Err(Raise::limit("more than a hundred years of business time at once"));
        }
        let back = elapsed < 0;
        let mut day = self.day(from)? + if back { 1 } else { -2 };
        while left > 0 {
            meter.edge(16)?;
            let mut stretches = self.stretches(day)?;
            if back {
                stretches.reverse();
            }
            for (start, end) in stretches {
                let (start, end) = if back { (start, end.min(from)) } else { (start.max(from), end) };
                let Some(length) = end.checked_sub(start).and_then(|length| u64::try_from(length).ok()) else {
                    continue;
                };
                if left <= length {
                    let left = left as i64;
                    return Ok(if back { end - left } else { start + left });
                }
                left -= length;
            }
            day += if back { -1 } else { 1 };
        }
        Ok(from)
    }

    /// Whether a shift begins on that date, and the date is one that the zone did not skip.
    fn is_business_day(&self, day: i64) -> Outcome<bool> {
        if self.shifts(day).next().is_none() {
            return Ok(false);
        }
        let noon = self.zone.to_ambiguous_timestamp(date(day)?.to_datetime(Time::constant(12, 0, 0, 0)));
        Ok(!matches!(noon.offset(), AmbiguousOffset::Gap { .. }))
    }

    fn day(&self, at: i64) -> Outcome<i64> {
        Ok(days(zoned(at, &self.zone)?.date()))
    }

    /// The shifts that begin on a date, by the clock.
    fn shifts(&self, day: i64) -> impl Iterator<Item = Shift> + use<'c> {
        // 1970-01-01 was a Thursday.
        let weekday = (day + 3).rem_euclid(7);
        let closed = self.calendar.closed.binary_search(&day).is_ok();
        let shifts = self.calendar.shifts.iter().copied();
        shifts.filter(move |shift| !closed && i64::from(shift.weekday) == weekday)
    }

    /// The shifts that begin on a date, as they come to pass; those that the clock leaves out do not.
    fn stretches(&self, day: i64) -> Outcome<Vec<Stretch>> {
        let mut found = Vec::new();
        for shift in self.shifts(day) {
            let (from, to) = (self.boundary(day, shift.from)?, self.boundary(day, shift.to)?);
            if from < to {
                found.push((from, to));
            }
        }
        Ok(found)
    }

    /// The first moment at which the clock shows so many minutes after a date's midnight, or later.
    fn boundary(&self, day: i64, minutes: u16) -> Outcome<i64> {
        let day = day + i64::from(minutes / DAY_MINUTES);
        let minutes = minutes % DAY_MINUTES;
        let time = super::time(i64::from(minutes) * 60_000_000)?;
        let clock = date(day)?.to_datetime(time);
        let ambiguous = self.zone.to_ambiguous_timestamp(clock);
        let found = match ambiguous.offset() {
            // With the later offset it is just before the clocks go forward.
            AmbiguousOffset::Gap { after, .. } => after.to_timestamp(clock).ok().and_then(|before| {
                let jump = self.zone.following(before).next()?;
                Some(jump.timestamp())
            }),
            _ => ambiguous.earlier().ok(),
        };
        found.map(|found| found.as_microsecond()).ok_or_else(out_of_range)
    }
}

#[cfg(test)]
mod tests;
