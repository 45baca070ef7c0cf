//! The rules of `docs/reference/time.md`, in twelve zones: a table of what waits lead to around the changes of their clocks,
//! and what holds at any moment.

use super::hours::Hours;
use super::{add_calendar, add_date, at, date_of, instant, time};
use crate::machine::Limits;
use crate::machine::meter::Meter;
use flow_bytecode::calendar::{Calendar, Shift};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::fmt::Write;
use std::path::Path;

const HOUR: i64 = 3_600_000_000;

/// Zone; noon before the clocks go forward and a time they leave out; noon before they go back and a time they repeat.
const ZONES: [(&str, &str, &str, &str, &str); 12] = [
    ("Europe/Oslo", "2026-03-28", "02:30", "2026-10-24", "02:30"),
    ("America/New_York", "2026-03-07", "02:30", "2026-10-31", "01:30"),
    ("America/St_Johns", "2026-03-07", "02:30", "2026-10-31", "01:30"),
    ("America/Sao_Paulo", "2018-11-03", "00:30", "2019-02-15", "23:30"),
    ("America/Santiago", "2026-09-05", "00:30", "2026-04-03", "23:30"),
    ("Africa/Casablanca", "2026-03-21", "02:30", "2026-02-14", "02:30"),
    ("Asia/Beirut", "2026-03-28", "00:30", "2026-10-23", "23:30"),
    ("Asia/Kolkata", "2026-03-28", "02:30", "2026-10-24", "02:30"),
    ("Australia/Lord_Howe", "2026-10-03", "02:15", "2026-04-04", "01:45"),
    ("Pacific/Apia", "2011-12-29", "09:00", "2012-03-31", "03:30"),
    ("Pacific/Chatham", "2026-09-26", "03:00", "2026-04-04", "03:00"),
    ("Antarctica/Troll", "2026-03-28", "02:30", "2026-10-24", "02:30"),
];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
}

fn meter() -> Meter {
    Meter::new(&Limits::default())
}

fn show(at: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_microsecond(at).expect("a moment").to_zoned(zone.clone());
    at.strftime("%a %F %H:%M %:z").to_string()
}

/// Open every day, from and to those minutes of it.
fn daily(from: u16, to: u16) -> Calendar {
    let shifts = (0..7).map(|weekday| Shift { weekday, from, to }).collect();
    Calendar { name: "daily".into(), zone: None, shifts, closed: Vec::new() }
}

fn around(out: &mut String, zone_name: &str, date: &str, clock: &str) {
    let tz = zone(zone_name);
    let from: DateTime = format!("{date}T12:00").parse().expect("a moment");
    let from = instant(from.date(), from.time(), &tz).expect("a moment");
    let (hour, minute) = clock.split_once(':').expect("a time");
    let minutes = hour.parse::<u16>().expect("an hour") * 60 + minute.parse::<u16>().expect("a minute");
    let time = i64::from(minutes) * 60_000_000;
    let mut row = |what: &str, at: i64| writeln!(out, "{zone_name} | {} | {what} | {}", show(from, &tz), show(at, &tz));
    let mut moved = |what: &str, days, months, at: Option<i64>| {
        row(what, add_calendar(from, days, months, at, &tz, 0).expect("a moment")).expect("text");
    };
    moved("1 day at noon", 1, 0, Some(12 * HOUR));
    moved(&format!("1 day at {clock}"), 1, 0, Some(time));
    moved("1 month", 0, 1, None);
    moved("12 months", 0, 12, None);
    row("24 hours", from + 24 * HOUR).expect("text");
    let (office, night, odd) = (daily(9 * 60, 17 * 60), daily(22 * 60, 30 * 60), daily(minutes, minutes + 180));
    for (name, calendar) in
        [("09:00-17:00", &office), ("22:00-06:00", &night), (&*format!("{clock} for 3 hours"), &odd)]
    {
        let hours = Hours::new(calendar, Some(zone_name)).expect("a zone");
        let begin = hours.next_open(from.max(from + HOUR)).expect("an opening");
        let end = hours.next_closed(begin).expect("an answer").expect("a closing");
        row(&format!("{name} opens"), begin).expect("text");
        row(&format!("{name} closes"), end).expect("text");
        row(&format!("1 business day of {name}"), hours.add_days(from, 1, None, &mut meter()).expect("a moment"))
            .expect("text");
        row(&format!("10 business hours of {name}"), hours.add_time(from, 10 * HOUR, &mut meter()).expect("a moment"))
            .expect("text");
    }
}

#[test]
fn around_the_changes_of_the_clocks_waits_lead_where_is_written_down() {
    let mut table = String::new();
    for (zone_name, forward, left_out, back, repeated) in ZONES {
        around(&mut table, zone_name, forward, left_out);
        around(&mut table, zone_name, back, repeated);
        let tz = zone(zone_name);
        for (date, months) in [("2026-01-31", 1), ("2026-03-31", -1), ("2028-02-29", 12), ("2028-02-29", 48)] {
            let from: DateTime = format!("{date}T12:00").parse().expect("a moment");
            let from = instant(from.date(), from.time(), &tz).expect("a moment");
            let to = add_calendar(from, 0, months, None, &tz, 0).expect("a moment");
            writeln!(table, "{zone_name} | {} | {months} months | {}", show(from, &tz), show(to, &tz)).expect("text");
        }
        table.push('\n');
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("machine/time/zones.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &table).expect("writes the table");
    }
    let written = std::fs::read_to_string(&path).expect("the table");
    for (found, expected) in table.lines().zip(written.lines()) {
        assert_eq!(found, expected, "UPDATE=1 writes the table; read it before you keep it");
    }
    assert_eq!(table.lines().count(), written.lines().count());
}

proptest! {
    #[test]
    fn calendar_days_never_run_backwards(
        which in 0..ZONES.len(),
        second in 0..4_000_000_000i64,
        days in 1..800i64,
        months in 0..40i64,
        clock in prop::option::of(0..1440i64),
    ) {
        let (tz, from) = (zone(ZONES[which].0), second * 1_000_000);
        let clock = clock.map(|minutes| minutes * 60_000_000);
        let due = add_calendar(from, days, months, clock, &tz, 0).expect("a moment");
        prop_assert!(due >= from, "a wait ends before it began");
        prop_assert!(add_calendar(from, days + 1, months, clock, &tz, 0).expect("a moment") >= due);
        prop_assert!(add_calendar(from, days, months + 1, clock, &tz, 0).expect("a moment") >= due);
        // At the time of day that was asked for, unless the clocks leave it out: then later by what they leave out.
        if let Some(clock) = clock {
            let shown = super::time_of(due, &tz).expect("a time");
            let left_out = {
                let date = super::date(super::add_date(date_of(from, &tz).expect("a date"), days, months).expect("a date")).expect("a date");
                tz.to_ambiguous_timestamp(date.to_datetime(time(clock).expect("a time"))).offset()
            };
            let left_out = matches!(left_out, jiff::tz::AmbiguousOffset::Gap { .. });
            prop_assert!(shown == clock || left_out, "another time of day");
        }
        // Elapsed time is added as it is.
        prop_assert_eq!(add_calendar(from, days, months, clock, &tz, 90).expect("a moment"), due + 90);
    }

    #[test]
    fn days_added_and_taken_away_are_the_same_date(date in -700_000..2_900_000i64, days in -10_000..10_000i64, months in 0..500i64) {
        prop_assert_eq!(add_date(add_date(date, days, 0).expect("a date"), -days, 0).expect("a date"), date);
        let back = add_date(add_date(date, 0, months).expect("a date"), 0, -months).expect("a date");
        // A month's end may have been drawn in by up to three days.
        prop_assert!((date - 3..=date).contains(&back));
    }

    #[test]
    fn a_date_at_a_time_is_on_that_date(which in 0..ZONES.len(), day in 0..25_000i64, minutes in 0..1440i64) {
        let tz = zone(ZONES[which].0);
        let found = at(day, true, Some(minutes * 60_000_000), &tz).expect("a moment");
        let date = date_of(found, &tz).expect("a date");
        // Apia had no 30th of December in 2011.
        prop_assert!(date == day || (ZONES[which].0 == "Pacific/Apia" && day == 15_338), "{date} for {day}");
    }
}
