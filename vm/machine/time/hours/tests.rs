//! Opening hours against a reference that looks at the clock minute by minute.

use super::{Hours, next_open};
use crate::machine::Limits;
use crate::machine::ZONES;
use crate::machine::meter::Meter;
use flow_bytecode::calendar::{Calendar, Shift};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

const MINUTE: i64 = 60_000_000;
const WINDOW_DAYS: i64 = 24;

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("a moment").as_microsecond()
}

fn clock(at: i64, zone: &TimeZone) -> DateTime {
    Timestamp::from_microsecond(at).expect("a moment").to_zoned(zone.clone()).datetime()
}

fn show(at: i64, zone: &str) -> String {
    let zone = TimeZone::get(zone).expect("a zone");
    Timestamp::from_microsecond(at).expect("a moment").to_zoned(zone).strftime("%a %F %H:%M %z").to_string()
}

/// `mon 09:00-12:00`, one for each shift.
fn calendar(zone: Option<&str>, shifts: &[(u8, &str, &str)], closed: &[&str]) -> Calendar {
    let minutes = |text: &str| {
        let (hour, minute) = text.split_once(':').expect("a time");
        hour.parse::<u16>().expect("an hour") * 60 + minute.parse::<u16>().expect("a minute")
    };
    let shifts = shifts.iter().map(|(weekday, from, to)| {
        let (from, to) = (minutes(from), minutes(to));
        Shift { weekday: *weekday, from, to: if to > from { to } else { to + 1440 } }
    });
    let closed = closed.iter().map(|date| micros(&format!("{date}T00:00:00Z")) / (1440 * MINUTE)).collect();
    let made = Calendar { name: "hours".into(), zone: zone.map(Into::into), shifts: shifts.collect(), closed };
    assert_eq!(made.check(), Ok(()));
    made
}

fn office(zone: &str) -> Calendar {
    let days = (0..5).flat_map(|day| [(day, "09:00", "12:00"), (day, "13:00", "17:00")]);
    calendar(Some(zone), &days.collect::<Vec<_>>(), &["2026-12-25"])
}

fn meter() -> Meter {
    Meter::new(&Limits::default())
}

/// What the clock on the wall says, minute by minute, around a moment.
struct Wall {
    start: i64,
    open: Vec<bool>,
}

impl Wall {
    /// A shift is on from the first minute at which the clock has shown its beginning to the first at which it has shown
    /// its end.
    fn new(calendar: &Calendar, zone: &TimeZone, around: i64) -> Wall {
        let start = around.div_euclid(MINUTE) * MINUTE - 3 * 1440 * MINUTE;
        let count = (WINDOW_DAYS + 6) * 1440;
        let mut latest = DateTime::MIN;
        let shown: Vec<DateTime> = (0..count)
            .map(|minute| {
                latest = latest.max(clock(start + minute * MINUTE, zone));
                latest
            })
            .collect();
        let mut open = vec![false; shown.len()];
        let mut date = shown[0].date().checked_sub(2.days()).expect("a date");
        while date <= shown[shown.len() - 1].date() {
            let days = date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
            let weekday = date.weekday().to_monday_zero_offset() as u8;
            for shift in calendar.shifts.iter().filter(|shift| shift.weekday == weekday) {
                let at = |minutes: u16| date.at(0, 0, 0, 0).checked_add(i64::from(minutes).minutes()).expect("a time");
                let first = |wanted: DateTime| shown.iter().position(|shown| *shown >= wanted).unwrap_or(shown.len());
                if !calendar.closed.contains(&days) {
                    open[first(at(shift.from))..first(at(shift.to))].fill(true);
                }
            }
            date = date.tomorrow().expect("a date");
        }
        Wall { start, open }
    }

    fn at(&self, at: i64) -> bool {
        self.open[usize::try_from((at - self.start).div_euclid(MINUTE)).expect("within the window")]
    }

    /// The first minute from `at` on at which it is so.
    fn first(&self, at: i64, open: bool) -> Option<i64> {
        if self.at(at) == open {
            return Some(at);
        }
        let from = (at - self.start).div_euclid(MINUTE);
        let end = self.open.len() as i64;
        (from..end).find(|minute| self.open[*minute as usize] == open).map(|minute| self.start + minute * MINUTE)
    }

    /// When so many open minutes have passed.
    fn passed(&self, at: i64, mut minutes: i64) -> Option<i64> {
        let mut at = at;
        while minutes > 0 {
            if at - self.start >= self.open.len() as i64 * MINUTE {
                return None;
            }
            minutes -= i64::from(self.at(at));
            at += MINUTE;
        }
        Some(at)
    }
}

prop_compose! {
    fn calendars()(
        drafts in prop::collection::vec((0..7u8, 0..96u16, 1..60u16), 1..12),
        closed in prop::collection::btree_set(-2..20i64, 0..4),
    ) -> (Vec<Shift>, Vec<i64>) {
        let mut shifts: Vec<Shift> = Vec::new();
        for (weekday, from, length) in drafts {
            let shift = Shift { weekday, from: from * 15, to: (from + length) * 15 };
            if !shifts.iter().any(|other| other.overlaps(shift)) {
                shifts.push(shift);
            }
        }
        shifts.sort();
        (shifts, closed.into_iter().collect())
    }
}

/// A moment of the years 1996 to 2037, every other time within a day of a change of the clocks.
fn moments() -> impl Strategy<Value = (usize, i64)> {
    (0..ZONES.len(), 820_454_400..2_145_916_800i64, any::<bool>(), -2880..2880i64).prop_map(
        |(zone, second, near, minutes)| {
            let at = Timestamp::from_second(second / 60 * 60).expect("a moment");
            let tz = TimeZone::get(ZONES[zone]).expect("a zone");
            let change =
                tz.following(at).next().filter(|change| near && change.timestamp().as_second() < 2_145_916_800);
            let at = change.map_or(at, |change| change.timestamp());
            (zone, at.as_microsecond() + minutes * MINUTE)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 96 } else { 1024 }))]

    #[test]
    fn opening_hours_are_what_the_clock_on_the_wall_says((zone, at) in moments(), (shifts, closed) in calendars()) {
        let tz = TimeZone::get(ZONES[zone]).expect("a zone");
        let today = clock(at, &tz).date().duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
        let closed = closed.into_iter().map(|day| today + day).collect();
        let calendar = Calendar { name: "c".into(), zone: Some(ZONES[zone].into()), shifts, closed };
        prop_assert_eq!(calendar.check(), Ok(()));
        let (wall, hours) = (Wall::new(&calendar, &tz, at), Hours::new(&calendar, None).expect("a zone"));

        for minute in [0, 1, 17, 59, 60, 61, 333, 1439, 1440, 2879] {
            let at = at + minute * MINUTE;
            prop_assert_eq!(hours.is_open(at).expect("open"), wall.at(at), "open at {}", show(at, ZONES[zone]));
        }
        let opens = hours.next_open(at).expect("an opening");
        prop_assert!(opens >= at);
        prop_assert!(hours.is_open(opens).expect("open"));
        if let Some(expected) = wall.first(at, true) {
            prop_assert_eq!(opens, expected, "opens after {}", show(at, ZONES[zone]));
            let closes = hours.next_closed(opens).expect("a closing");
            if let Some(expected) = wall.first(opens, false) {
                prop_assert_eq!(closes, Some(expected), "closes after {}", show(opens, ZONES[zone]));
            }
        }
        for minutes in [1, 59, 240, 1000] {
            if let Some(expected) = wall.passed(at, minutes) {
                let passed = hours.add_time(at, minutes * MINUTE, &mut meter()).expect("a moment");
                prop_assert_eq!(passed, expected, "{} minutes from {}", minutes, show(at, ZONES[zone]));
                // Back again: as much open time lies between, so the moment is the same but for closed time.
                let back = hours.add_time(passed, -minutes * MINUTE, &mut meter()).expect("a moment");
                prop_assert_eq!(wall.first(at, true), Some(back));
            }
        }
    }

    #[test]
    fn what_is_counted_never_runs_backwards(
        (zone, at) in moments(),
        later in 0..20_000i64,
        count in 0..15i64,
        (shifts, closed) in calendars(),
        time in prop::option::of(0..1440i64),
    ) {
        let tz = TimeZone::get(ZONES[zone]).expect("a zone");
        let today = clock(at, &tz).date().duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
        let closed: Vec<i64> = closed.into_iter().map(|day| today + day).collect();
        let calendar = Calendar { name: "c".into(), zone: Some(ZONES[zone].into()), shifts, closed: closed.clone() };
        let hours = Hours::new(&calendar, None).expect("a zone");
        let time = time.map(|time| time * MINUTE);

        let due = hours.add_days(at, count, time, &mut meter()).expect("a moment");
        prop_assert!(due >= at, "a wait ends before it began");
        prop_assert!(hours.is_open(due).expect("open"), "{} ends in {}, closed", show(at, ZONES[zone]), show(due, ZONES[zone]));
        let begun = hours.begun(due).expect("a date");
        prop_assert!(!closed.contains(&begun), "ends in a shift of a closed day");
        let passed = hours.add_time(at, count * 60 * MINUTE, &mut meter()).expect("a moment");
        prop_assert!(passed >= at);
        let longer = hours.add_days(at, count + 1, time, &mut meter()).expect("a moment");
        prop_assert!(longer >= due, "one day more is earlier");
        let back = hours.add_days(at, -count, time, &mut meter()).expect("a moment");
        prop_assert!(back <= at || count == 0, "counting back goes forward");

        let later = at + later * MINUTE;
        // When the clocks go back, later is earlier by the clock.
        if clock(at, &tz) <= clock(later, &tz) {
            let after = hours.add_days(later, count, time, &mut meter()).expect("a moment");
            prop_assert!(due <= after, "{} from {} is {}, from {} is {}", count, show(at, ZONES[zone]),
                show(due, ZONES[zone]), show(later, ZONES[zone]), show(after, ZONES[zone]));
        }
        prop_assert!(passed <= hours.add_time(later, count * 60 * MINUTE, &mut meter()).expect("a moment"));
    }
}

#[test]
fn business_days_are_counted_as_people_do() {
    let hours = office("Europe/Oslo");
    let hours = Hours::new(&hours, None).expect("a zone");
    let add = |from: &str, count, at: Option<i64>| {
        let due =
            hours.add_days(micros(from), count, at.map(|hour| hour * 60 * MINUTE), &mut meter()).expect("a moment");
        show(due, "Europe/Oslo")
    };
    // Friday morning, two on: Tuesday at the same time, on the other side of the weekend and of summer time.
    assert_eq!(add("2026-03-27T09:10:00Z", 2, None), "Tue 2026-03-31 10:10 +0200");
    // In the evening counting begins with the next opening.
    assert_eq!(add("2026-03-02T19:00:00Z", 1, None), "Wed 2026-03-04 09:00 +0100");
    assert_eq!(add("2026-03-07T19:00:00Z", 1, None), "Tue 2026-03-10 09:00 +0100");
    // With a time of day it is the dates that are counted.
    assert_eq!(add("2026-03-02T19:00:00Z", 1, Some(9)), "Tue 2026-03-03 09:00 +0100");
    assert_eq!(add("2026-03-07T19:00:00Z", 1, Some(9)), "Mon 2026-03-09 09:00 +0100");
    // At noon there is nobody.
    assert_eq!(add("2026-03-02T08:30:00Z", 1, Some(12)), "Tue 2026-03-03 13:00 +0100");
    // The 25th of December is closed.
    assert_eq!(add("2026-12-24T10:00:00Z", 1, None), "Mon 2026-12-28 11:00 +0100");
    // Back, to the last closing.
    assert_eq!(add("2026-03-07T19:00:00Z", -1, None), "Thu 2026-03-05 17:00 +0100");
    assert_eq!(add("2026-03-03T09:00:00Z", -1, None), "Mon 2026-03-02 10:00 +0100");
    assert_eq!(add("2026-03-07T19:00:00Z", 0, None), "Mon 2026-03-09 09:00 +0100");
}

#[test]
fn a_night_shift_belongs_to_the_day_it_begins() {
    let nights = calendar(Some("UTC"), &[(0, "22:00", "06:00"), (4, "22:00", "06:00")], &["2026-03-06"]);
    let hours = Hours::new(&nights, None).expect("a zone");
    // The Friday is closed, and with it its night.
    assert_eq!(
        show(hours.next_open(micros("2026-03-06T23:00:00Z")).expect("an opening"), "UTC"),
        "Mon 2026-03-09 22:00 +0000"
    );
    // Saturday at two is still Friday: one on is Monday's night, at two.
    let due = hours.add_days(micros("2026-03-14T02:00:00Z"), 1, None, &mut meter()).expect("a moment");
    assert_eq!(show(due, "UTC"), "Tue 2026-03-17 02:00 +0000");
}

#[test]
fn what_never_closes_says_so() {
    let always: Vec<_> = (0..7).map(|day| (day, "00:00", "24:00")).collect();
    let open = calendar(Some("Europe/Oslo"), &always, &[]);
    let hours = Hours::new(&open, None).expect("a zone");
    assert_eq!(hours.next_closed(micros("2026-03-06T23:00:00Z")).expect("an answer"), None);
    let but_one = calendar(Some("UTC"), &always, &["2036-05-01"]);
    let hours = Hours::new(&but_one, None).expect("a zone");
    let closes = hours.next_closed(micros("2026-03-06T23:00:00Z")).expect("an answer").expect("a closing");
    assert_eq!(show(closes, "UTC"), "Thu 2036-05-01 00:00 +0000");
    assert_eq!(hours.next_closed(closes).expect("an answer"), Some(closes));
}

#[test]
fn a_zone_is_the_calendars_own_or_somebodys() {
    let own = office("Europe/Oslo");
    let whose = Calendar { zone: None, ..own.clone() };
    let at = micros("2026-03-02T00:00:00Z");
    assert_eq!(next_open(&own, Some("Asia/Tokyo"), at), Ok(micros("2026-03-02T08:00:00Z")));
    assert_eq!(next_open(&whose, Some("Asia/Tokyo"), at), Ok(at));
    for (zone, message) in [(None, "no zone"), (Some("Mars/Base"), "no time zone `Mars/Base`")] {
        let failure = next_open(&whose, zone, at).expect_err("no zone");
        assert_eq!(&*failure.kind, "invalid");
        assert!(failure.message.contains(message), "{}", failure.message);
    }
}

#[test]
fn time_ends_in_a_failure() {
    let office = office("Europe/Oslo");
    let hours = Hours::new(&office, None).expect("a zone");
    for at in [i64::MIN, i64::MAX, micros("9999-12-30T00:00:00Z"), micros("-009999-01-03T00:00:00Z")] {
        let _ = hours.is_open(at);
        let _ = hours.next_closed(at);
        assert!(hours.add_days(at, 20, None, &mut meter()).is_err() || at < 0);
        assert!(hours.add_days(at, -20, None, &mut meter()).is_err() || at > 0);
    }
    let now = micros("2026-03-02T00:00:00Z");
    assert!(hours.add_days(now, flow_bytecode::calendar::BUSINESS_DAYS_MAX, None, &mut meter()).is_ok());
    assert!(hours.add_days(now, flow_bytecode::calendar::BUSINESS_DAYS_MAX + 1, None, &mut meter()).is_err());
    assert!(hours.add_time(now, i64::MIN, &mut meter()).is_err());
}
