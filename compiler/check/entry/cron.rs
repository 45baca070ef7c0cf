//! `schedule("0 9 * * MON")`: five fields to the moments they mean.

use flow_bytecode::entry::Cron;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// Of a leap year: a schedule on February 29 has its moments.
const MONTH_DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A field of a schedule.
struct Field {
    what: &'static str,
    from: u32,
    to: u32,
    names: &'static [&'static str],
    /// The number of the first name.
    first: u32,
}

const FIELDS: [Field; 5] = [
    Field { what: "minute", from: 0, to: 59, names: &[], first: 0 },
    Field { what: "hour", from: 0, to: 23, names: &[], first: 0 },
    Field { what: "day of the month", from: 1, to: 31, names: &[], first: 0 },
    Field { what: "month", from: 1, to: 12, names: &MONTHS, first: 1 },
    // Seven is Sunday, too.
    Field { what: "day of the week", from: 0, to: 7, names: &WEEKDAYS, first: 0 },
];

/// Reads a schedule: minute, hour, day of the month, month, day of the week.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn parse(text: &str) -> Result<Cron, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() != FIELDS.len() {
        return Err(format!("A schedule has five fields; this has {}.", words.len()));
    }
    let mut bits = [0_u64; 5];
    for ((field, word), bits) in FIELDS.iter().zip(&words).zip(&mut bits) {
        for item in word.split(',') {
            *bits |= field.item(item)?;
        }
    }
    let [minutes, hours, days, months, weekdays] = bits;
    let weekdays = (weekdays | weekdays >> 7) & 0x7f;
    let restricted = |at: usize| words.get(at).is_some_and(|word| !word.starts_with('*'));
    let cron = Cron {
        minutes,
        hours: hours as u32,
        days: days as u32,
        months: months as u16,
        weekdays: weekdays as u8,
        either: restricted(2) && restricted(4),
    };
    let has_day = |month: u32| (1..=MONTH_DAYS[month as usize - 1]).any(|day| days >> day & 1 == 1);
    if !cron.either && !(1..=12).any(|month| months >> month & 1 == 1 && has_day(month)) {
        return Err("There is no such day in these months, so it never comes.".to_owned());
    }
    Ok(cron)
}

impl Field {
    /// `5`, `1-5`, `*`, each with `/2` or without.
    fn item(&self, item: &str) -> Result<u64, String> {
        let (range, step) = match item.split_once('/') {
            None => (item, 1),
            Some((range, step)) => {
                let step = step.parse::<u32>().ok().filter(|step| (1..=self.to).contains(step));
                (range, step.ok_or_else(|| format!("`{item}` has no step from 1 to {} behind its `/`.", self.to))?)
            }
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.from, if self.names.len() == 7 { 6 } else { self.to }),
            Some((from, to)) => (self.number(from)?, self.number(to)?),
            None if item.contains('/') => (self.number(range)?, self.to),
            None => (self.number(range)?, self.number(range)?),
        };
        if from > to {
            return Err(format!("`{range}` runs backwards: write the lower {} first.", self.what));
        }
        Ok((from..=to).step_by(step as usize).fold(0, |bits, number| bits | 1 << number))
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.first + at as u32);
        }
        let digits = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u32>().ok().filter(|number| digits && (self.from..=self.to).contains(number));
        number.ok_or_else(|| match self.names {
            [] => format!("`{text}` is no {}: it is a number from {} to {}.", self.what, self.from, self.to),
            names => format!(
                "`{text}` is no {}: it is a number from {} to {}, or a name such as `{}`.",
                self.what,
                self.from,
                self.to,
                names[1].to_uppercase()
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn fields_become_bits() {
        let cron = parse("*/15 9-17 * * MON-FRI").expect("a schedule");
        assert_eq!(cron.minutes, 1 | 1 << 15 | 1 << 30 | 1 << 45);
        assert_eq!((cron.hours, cron.weekdays, cron.either), (0x3fe00, 0b11_1110, false));
        assert!(cron.is_sound());
        let sunday = parse("0 0 1,15 jan 7").expect("a schedule");
        assert_eq!((sunday.weekdays, sunday.months, sunday.days, sunday.either), (1, 2, 1 << 1 | 1 << 15, true));
        assert!(sunday.has_day(1, 15, 3) && sunday.has_day(1, 2, 0) && !sunday.has_day(1, 2, 1));
        assert_eq!(parse("5/20 * * * *").expect("a schedule").minutes, 1 << 5 | 1 << 25 | 1 << 45);
    }

    #[test]
    fn what_is_none_says_why() {
        for (text, why) in [
            ("0 9 * *", "five fields"),
            ("60 9 * * *", "`60` is no minute: it is a number from 0 to 59."),
            ("0 9 * * MOON", "`MOON` is no day of the week"),
            ("0 17-9 * * *", "backwards"),
            ("0 9/0 * * *", "no step"),
            ("0 9 0 * *", "`0` is no day of the month"),
            ("0 9 30 2 *", "never comes"),
            ("0 9 * * +1", "`+1` is no day"),
            ("0 9 * * ,", "is no day"),
        ] {
            let said = parse(text).expect_err(text);
            assert!(said.contains(why), "{text}: {said}");
        }
        assert!(parse("0 9 29 2 *").is_ok() && parse("0 9 30 2 MON").is_ok());
    }
}
