//! What holds of calendar arithmetic at any moment, in the zones of the tables in `docs/reference/time.md`.

use super::{ZONES, add_calendar, add_date, at, date, date_of, time, time_of};
use jiff::tz::{AmbiguousOffset, TimeZone};
use proptest::prelude::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
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
        let (tz, from) = (zone(ZONES[which]), second * 1_000_000);
        let clock = clock.map(|minutes| minutes * 60_000_000);
        let due = add_calendar(from, days, months, clock, &tz, 0).expect("a moment");
        prop_assert!(due >= from, "a wait ends before it began");
        prop_assert!(add_calendar(from, days + 1, months, clock, &tz, 0).expect("a moment") >= due);
        prop_assert!(add_calendar(from, days, months + 1, clock, &tz, 0).expect("a moment") >= due);
        // At the time of day that was asked for, unless the clocks leave it out: then later by what they leave out.
        if let Some(clock) = clock {
            let shown = time_of(due, &tz).expect("a time");
            let asked = add_date(date_of(from, &tz).expect("a date"), days, months).expect("a date");
            let asked = date(asked).expect("a date").to_datetime(time(clock).expect("a time"));
            let left_out = matches!(tz.to_ambiguous_timestamp(asked).offset(), AmbiguousOffset::Gap { .. });
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
        let tz = zone(ZONES[which]);
        let found = at(day, true, Some(minutes * 60_000_000), &tz).expect("a moment");
        let date = date_of(found, &tz).expect("a date");
        // Apia had no 30th of December in 2011.
        prop_assert!(date == day || (ZONES[which] == "Pacific/Apia" && day == 15_338), "{date} for {day}");
    }
}
