//! Calendar arithmetic, with the time zones bundled with the machine. Pure functions of what they are given; the rules
//! are those of `docs/reference/time.md`.

pub(crate) mod hours;

use super::raise::{Outcome, Raise};
use super::show;
use flow_bytecode::Failure;
use jiff::civil::{Date, Time};
use jiff::tz::{Disambiguation, TimeZone};
use jiff::{Span, Timestamp, Zoned};

/// The zone of that IANA name; failure `.invalid` when there is none.
pub(super) fn zone(name: &str) -> Outcome<TimeZone> {
    TimeZone::get(name).map_err(|_| Raise::failure("invalid", format!("there is no time zone `{name}`")))
}

/// The failure of a moment that no calendar has.
pub(super) fn beyond() -> Failure {
    Failure::new("overflow", "a moment beyond the years -9999 to 9999".to_owned())
}

/// Whether a moment (microseconds since 1970) is later than any that a calendar has.
pub(super) fn is_beyond(micros: i64) -> bool {
    micros > Timestamp::MAX.as_microsecond()
}

fn out_of_range() -> Raise {
    Raise::of(beyond())
}

fn zoned(micros: i64, zone: &TimeZone) -> Outcome<Zoned> {
    Ok(Timestamp::from_microsecond(micros).map_err(|_| out_of_range())?.to_zoned(zone.clone()))
}

fn date(days: i64) -> Outcome<Date> {
    Span::new().try_days(days).and_then(|span| Date::constant(1970, 1, 1).checked_add(span)).map_err(|_| out_of_range())
}

fn days(date: Date) -> i64 {
    // Both are civil dates within jiff's range: the difference in days is exact and small.
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

fn time(micros: i64) -> Outcome<Time> {
    let wrong = || Raise::failure("invalid", "a time of day outside 00:00 to 24:00");
    let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let part = |value: i64| i8::try_from(value).map_err(|_| wrong());
    let nanos = i32::try_from(rest * 1000).map_err(|_| wrong())?;
    Time::new(part(seconds / 3600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, nanos).map_err(|_| wrong())
}

/// The instant of a civil moment: a gap moves forward by its length, in a fold the earlier is taken.
fn instant(date: Date, time: Time, zone: &TimeZone) -> Outcome<i64> {
    let zoned = zone.to_ambiguous_zoned(date.to_datetime(time)).disambiguate(Disambiguation::Compatible);
    Ok(zoned.map_err(|_| out_of_range())?.timestamp().as_microsecond())
}

fn plus(date: Date, days: i64, months: i64) -> Outcome<Date> {
    // Months first, clamped at the month's end, then days.
    let moved = Span::new().try_months(months).and_then(|span| date.checked_add(span));
    let moved = moved.and_then(|date| Span::new().try_days(days).and_then(|span| date.checked_add(span)));
    moved.map_err(|_| out_of_range())
}

/// See [`flow_bytecode::Intrinsic::AddCalendar`].
pub(super) fn add_calendar(
    from: i64,
    days: i64,
    months: i64,
    at: Option<i64>,
    zone: &TimeZone,
    elapsed: i64,
) -> Outcome<i64> {
    let moved = if days == 0 && months == 0 && at.is_none() {
        // Nothing of the calendar: the second 02:30 of a fold stays the second.
        from
    } else {
        let from = zoned(from, zone)?;
        let time = at.map_or(Ok(from.time()), time)?;
        instant(plus(from.date(), days, months)?, time, zone)?
    };
    moved.checked_add(elapsed).ok_or_else(out_of_range)
}

/// See [`flow_bytecode::Intrinsic::At`]. Without a time a date is its midnight, an instant itself.
pub(super) fn at(day: i64, is_date: bool, at: Option<i64>, zone: &TimeZone) -> Outcome<i64> {
    let date = match (is_date, at) {
        (false, None) => return Ok(day),
        (false, Some(_)) => zoned(day, zone)?.date(),
        (true, _) => date(day)?,
    };
    instant(date, at.map_or(Ok(Time::midnight()), time)?, zone)
}

/// The date of an instant in a zone.
pub(super) fn date_of(micros: i64, zone: &TimeZone) -> Outcome<i64> {
    Ok(days(zoned(micros, zone)?.date()))
}

/// The time of day of an instant in a zone.
pub(super) fn time_of(micros: i64, zone: &TimeZone) -> Outcome<i64> {
    let time = zoned(micros, zone)?.time();
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Ok(seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000)
}

/// `2026-03-01 09:00`.
pub(super) fn show(micros: i64, zone: &TimeZone) -> Outcome<String> {
    let shown = zoned(micros, zone)?;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = show::date(days(shown.date()), &mut out);
    out.push(' ');
    let minutes = i64::from(shown.hour()) * 60 + i64::from(shown.minute());
    let _ = show::time_of_day(minutes * 60_000_000, &mut out);
    Ok(out)
}

/// See [`flow_bytecode::Intrinsic::DateParts`].
pub(super) fn part(days: i64, part: i64) -> Outcome<i64> {
    let date = date(days)?;
    Ok(match part {
        0 => i64::from(date.year()),
        1 => i64::from(date.month()),
        2 => i64::from(date.day()),
        3 => i64::from(date.weekday().to_monday_one_offset()),
        _ => return Err(Raise::fault("no such part of a date")),
    })
}

/// See [`flow_bytecode::Intrinsic::AddDate`].
pub(super) fn add_date(from: i64, more: i64, months: i64) -> Outcome<i64> {
    Ok(days(plus(date(from)?, more, months)?))
}

/// Days since 1970 of `2026-03-01`.
pub(crate) fn read_iso_date(text: &str) -> Option<i64> {
    let ok = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !ok {
        return None;
    }
    civil(text.get(0..4)?.parse().ok()?, text.get(5..7)?.parse().ok()?, text.get(8..10)?.parse().ok()?)
}

/// Days since 1970 of a date that exists.
pub(crate) fn civil(year: i16, month: i8, day: i8) -> Option<i64> {
    Date::new(year, month, day).ok().map(days)
}

/// Microseconds since 1970 of an RFC 3339 moment.
pub(crate) fn read_instant(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|instant| instant.as_microsecond())
}

/// Clocks that change by an hour, half an hour and two hours, at midnight, by religious calendars, by whole days; odd
/// offsets; none. Their rows stand in `docs/reference/time.md`.
#[cfg(test)]
pub(crate) const ZONES: [&str; 14] = [
    "Europe/Oslo",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tehran",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
];

#[cfg(test)]
mod tests;
