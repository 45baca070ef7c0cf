//! Moments and spans of time as people read them.

use super::units::UNITS;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Writes moments in one time zone, seen from one moment.
#[derive(Debug, Clone)]
pub struct Moments {
    zone: TimeZone,
    now_us: i64,
}

impl Moments {
    /// Moments in the zone this machine is set to, seen from now (microseconds since 1970).
    pub fn here(now_us: i64) -> Self {
        Moments { zone: TimeZone::system(), now_us }
    }

    /// Moments in a zone, seen from a moment.
    #[cfg(test)]
    pub fn new(zone: TimeZone, now_us: i64) -> Self {
        Moments { zone, now_us }
    }

    /// The same zone, seen from another moment.
    pub fn seen_from(&self, now_us: i64) -> Moments {
        Moments { zone: self.zone.clone(), now_us }
    }

    /// `Tue 24 Nov 09:00`; with the year when it is another one, and with seconds within the next two minutes.
    pub fn show(&self, us: i64) -> String {
        let (Ok(at), Ok(now)) = (Timestamp::from_microsecond(us), Timestamp::from_microsecond(self.now_us)) else {
            return "at an impossible time".to_owned();
        };
        let (at, now) = (at.to_zoned(self.zone.clone()), now.to_zoned(self.zone.clone()));
        let near = us.abs_diff(self.now_us) < 120_000_000;
        let clock = if near { "%H:%M:%S" } else { "%H:%M" };
        let format = match (at.date() == now.date(), at.year() == now.year()) {
            (true, _) => clock.to_owned(),
            (_, true) => format!("%a %-d %b {clock}"),
            _ => format!("%a %-d %b %Y {clock}"),
        };
        at.strftime(&format).to_string()
    }

    /// `2 minutes ago`, `in 3 days`, `now`.
    pub fn relative(&self, us: i64) -> String {
        let distance = us.saturating_sub(self.now_us);
        match distance {
            -999_999..=999_999 => "now".to_owned(),
            1_000_000.. => format!("in {}", span(distance)),
            _ => format!("{} ago", span(distance.saturating_neg())),
        }
    }

    /// Which moment it is seen from.
    pub fn now_us(&self) -> i64 {
        self.now_us
    }
}

/// `2026-11-24 09:00:05 UTC`: the same for whoever reads it, wherever the other side keeps its log.
pub fn utc(us: i64) -> String {
    Timestamp::from_microsecond(us)
        .map_or_else(|_| "at an impossible time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// So many of a unit are few: the next smaller one counts, too.
const FEW: i64 = 3;

/// A span in one unit, two where there are few of the first: `3 days`, `2 days 23 hours`, `40 seconds`.
pub fn span(us: i64) -> String {
    let count = |n: i64, names: &[&str]| format!("{n} {}", names.get(usize::from(n == 1)).unwrap_or(&""));
    // Rounded to the second, so that "3 days" less the microsecond it took to get here stays 3 days.
    let us = us.saturating_add(500_000) / 1_000_000 * 1_000_000;
    for (index, (names, unit)) in UNITS.iter().enumerate() {
        let whole = us / unit;
        // Weeks only where there are whole ones: "10 days" says more than "1 week 3 days".
        if whole == 0 || (index == 0 && us % unit != 0) {
            continue;
        }
        let first = count(whole, names);
        let part = UNITS.get(index + 1).map(|(names, smaller)| (us % unit / smaller, names));
        return match part {
            Some((part, names)) if whole <= FEW && part > 0 => format!("{first} {}", count(part, names)),
            _ => first,
        };
    }
    "a moment".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_651_200_000_000;

    #[test]
    fn spans_are_short() {
        let day = 86_400_000_000;
        assert_eq!(span(3 * day), "3 days");
        assert_eq!(span(3 * day - 1), "3 days");
        assert_eq!((span(7 * day), span(10 * day)), ("1 week".to_owned(), "10 days".to_owned()));
        assert_eq!(span(day + 3_600_000_000), "1 day 1 hour");
        assert_eq!(span(3 * day - 3_600_000_000), "2 days 23 hours");
        assert_eq!(span(90_000_000), "1 minute 30 seconds");
        assert_eq!(span(0), "a moment");
    }

    #[test]
    fn moments_say_no_more_than_needed() {
        let moments = Moments::new(TimeZone::UTC, NOW);
        assert_eq!(moments.show(NOW + 3 * 3_600_000_000), "03:00");
        assert_eq!(moments.show(NOW + 3 * 86_400_000_000), "Sun 29 Nov 00:00");
        assert_eq!(moments.show(NOW + 400 * 86_400_000_000), "Fri 31 Dec 2027 00:00");
        assert_eq!(moments.relative(NOW - 120_000_000), "2 minutes ago");
        assert_eq!(moments.relative(NOW), "now");
        assert_eq!(moments.show(i64::MAX), "at an impossible time");
    }
}
