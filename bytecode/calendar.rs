//! Opening hours.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Minutes of a day on the clock.
pub const DAY_MINUTES: u16 = 24 * 60;
const WEEK_MINUTES: u32 = 7 * DAY_MINUTES as u32;

/// Most days a calendar may close one by one: more than a hundred years of every day.
pub const CLOSED_MAX: usize = 40_000;

/// Most business days that can be counted at once: more than a hundred years.
pub const BUSINESS_DAYS_MAX: i64 = 36_600;

/// When people are there: shifts of a week, less the days that are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Its name, `support_hours`. Unique in the program.
    pub name: Arc<str>,
    /// Whose clock counts, a name of the IANA database; `None` for whoever it is asked for.
    pub zone: Option<Arc<str>>,
    /// By day and beginning; no two overlap, and there is at least one.
    pub shifts: Vec<Shift>,
    /// Dates on which no shift begins, days since 1970-01-01, ascending.
    pub closed: Vec<i64>,
}

/// A stretch of a day, perhaps over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shift {
    /// The day it begins, 0 for Monday to 6 for Sunday.
    pub weekday: u8,
    /// Minutes from midnight, below [`DAY_MINUTES`].
    pub from: u16,
    /// Minutes from the same midnight, after `from` and at most a day later.
    pub to: u16,
}

impl Shift {
    /// Its minutes in the week, from Monday's midnight.
    pub fn in_week(self) -> (u32, u32) {
        let day = u32::from(self.weekday) * u32::from(DAY_MINUTES);
        (day + u32::from(self.from), day + u32::from(self.to))
    }

    /// Whether a minute of the week is in both.
    pub fn overlaps(self, other: Shift) -> bool {
        let ((from, to), (start, end)) = (self.in_week(), other.in_week());
        // Sunday's night is also before Monday's morning.
        [0, WEEK_MINUTES]
            .into_iter()
            .any(|week| (from < end + week && start + week < to) || (from + week < end && start < to + week))
    }
}

impl Calendar {
    /// What is wrong with it, if anything.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.shifts.is_empty() {
            return Err("is never open");
        }
        let whole = |shift: &Shift| {
            shift.weekday < 7
                && shift.from < DAY_MINUTES
                && shift.from < shift.to
                && shift.to - shift.from <= DAY_MINUTES
        };
        if !self.shifts.iter().all(whole) {
            return Err("has a shift that is none");
        }
        if !self.shifts.is_sorted_by(|one, next| (one.weekday, one.from) < (next.weekday, next.from)) {
            return Err("has shifts out of order");
        }
        // In order, only neighbours can overlap, and the last with the first.
        let next = self.shifts.iter().cycle().skip(1);
        if self.shifts.len() > 1 && self.shifts.iter().zip(next).any(|(one, next)| one.overlaps(*next)) {
            return Err("has shifts that overlap");
        }
        if self.closed.len() > CLOSED_MAX || !self.closed.is_sorted_by(|one, next| one < next) {
            return Err("has closed days out of order");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Calendar, Shift};

    fn calendar(shifts: &[(u8, u16, u16)]) -> Calendar {
        let shifts = shifts.iter().map(|&(weekday, from, to)| Shift { weekday, from, to }).collect();
        Calendar { name: "hours".into(), zone: None, shifts, closed: Vec::new() }
    }

    #[test]
    fn shifts_may_touch_and_never_overlap() {
        assert_eq!(calendar(&[(0, 540, 720), (0, 720, 1020)]).check(), Ok(()));
        assert_eq!(calendar(&[(6, 1320, 1800), (0, 0, 360)]).check(), Err("has shifts out of order"));
        assert!(calendar(&[(0, 0, 361), (6, 1320, 1801)]).check().is_err(), "Sunday's night runs into Monday's");
        assert_eq!(calendar(&[(0, 360, 361), (6, 1320, 1800)]).check(), Ok(()));
        assert!(calendar(&[(0, 540, 720), (0, 719, 1020)]).check().is_err());
        assert!(calendar(&[(0, 1320, 1800), (1, 359, 400)]).check().is_err(), "the night runs into the morning");
        assert_eq!(calendar(&[(0, 1320, 1800), (1, 360, 400)]).check(), Ok(()));
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        assert!(calendar(&[]).check().is_err());
        assert!(calendar(&[(7, 0, 1)]).check().is_err());
        assert!(calendar(&[(0, 1440, 1441)]).check().is_err());
        assert!(calendar(&[(0, 60, 60)]).check().is_err());
        assert!(calendar(&[(0, 60, 60 + 1441)]).check().is_err());
        let whole = (0..7).map(|day| (day, 0, 1440)).collect::<Vec<_>>();
        let mut always = calendar(&whole);
        assert_eq!(always.check(), Ok(()));
        always.closed = vec![3, 2];
        assert!(always.check().is_err());
    }
}
