//! Numbers, amounts and moments as exports write them.

use flow_bytecode::Money;
use flow_bytecode::currency::is_too_fine;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;
use std::str::FromStr;

/// A decimal with a point or a comma, perhaps with marks between thousands.
///
/// # Errors
/// A sentence, also for `1,234`, which can be read in two ways.
pub fn decimal(text: &str) -> Result<Decimal, String> {
    let text: String = text.chars().filter(|character| !" \u{a0}\u{202f}'’".contains(*character)).collect();
    let (commas, points) = (text.matches(',').count(), text.matches('.').count());
    let last_is_comma = text.rfind(',') > text.rfind('.');
    let plain = match (commas, points) {
        (0, 0 | 1) => text.clone(),
        // 1.234.567 or 1,234,567
        (0, _) => grouped(&text, '.')?,
        (2.., 0) => grouped(&text, ',')?,
        (1, 0) if text.len() - text.find(',').unwrap_or(0) == 4 => {
            return Err("can be read in two ways; write it with a decimal point and without marks".to_string());
        }
        (1, 0) => text.replace(',', "."),
        // 1.234,50 or 1,234.50
        (1, _) if last_is_comma => {
            let (whole, rest) = text.rsplit_once(',').unwrap_or((&text, ""));
            format!("{}.{rest}", grouped(whole, '.')?)
        }
        (_, 1) if !last_is_comma => {
            let (whole, rest) = text.rsplit_once('.').unwrap_or((&text, ""));
            format!("{}.{rest}", grouped(whole, ',')?)
        }
        _ => return Err("not a number".to_string()),
    };
    let fits = plain.bytes().any(|byte| byte.is_ascii_digit())
        && plain.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !fits {
        return Err("not a number".to_string());
    }
    Decimal::from_str_exact(&plain).map_err(|_| "not a number of at most 28 digits".to_string())
}

/// Without its marks, which must stand between groups of three.
fn grouped(text: &str, mark: char) -> Result<String, String> {
    let groups: Vec<&str> = text.trim_start_matches(['-', '+']).split(mark).collect();
    let fits = groups[0].len() <= 3 && !groups[0].is_empty() && groups[1..].iter().all(|group| group.len() == 3);
    if fits { Ok(text.replace(mark, "")) } else { Err("not a number".to_string()) }
}

/// An amount with its currency: `19.90 EUR`, `EUR 19,90`, `€19.90`.
///
/// # Errors
/// A sentence, also for an amount without a currency, or with a sign that several share.
pub fn money(text: &str) -> Result<Money, String> {
    let text = text.replace('€', "EUR").replace('£', "GBP");
    if text.contains('$') && !text.contains(|character: char| character.is_ascii_alphabetic()) {
        return Err("many currencies have the sign $; write USD".to_string());
    }
    let letters: Vec<u8> = text.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.to_ascii_uppercase()).collect();
    let currency: [u8; 3] =
        letters.try_into().map_err(|_| "not an amount with its currency, as in 19.90 EUR".to_string())?;
    let amount: String =
        text.chars().filter(|character| !character.is_ascii_alphabetic() && *character != '$').collect();
    let amount = decimal(amount.trim())?;
    match is_too_fine(amount, currency) {
        true => Err(format!("{amount} is finer than its currency can be")),
        false => Ok(Money { amount, currency }),
    }
}

/// A date, in days since 1970: `2026-03-01`, `1.3.2026`, `13/1/2026`.
///
/// # Errors
/// A sentence, also for `1/3/2026`, which can be read in two ways.
pub fn date(text: &str) -> Result<i64, String> {
    let wrong = || "not a date as in 2026-03-01".to_string();
    // A moment is taken for its date.
    let text = text.split(['T', ' ']).next().unwrap_or_default();
    let date = if text.contains('-') && text.split('-').next().is_some_and(|year| year.len() == 4) {
        Date::from_str(text).map_err(|_| wrong())?
    } else {
        let (mark, parts) = parts(text).ok_or_else(wrong)?;
        let [first, second, year] = parts;
        let (day, month) = match mark {
            '.' => (first, second),
            _ if first > 12 || first == second => (first, second),
            _ if second > 12 => (second, first),
            _ => return Err("can be read in two ways; write 2026-03-01".to_string()),
        };
        let small = |number: i16| i8::try_from(number).map_err(|_| wrong());
        Date::new(year, small(month)?, small(day)?).map_err(|_| wrong())?
    };
    let epoch = Date::constant(1970, 1, 1);
    Ok(i64::from(date.since((jiff::Unit::Day, epoch)).map_err(|_| wrong())?.get_days()))
}

/// Three numbers, the last with four digits, and what stands between them.
fn parts(text: &str) -> Option<(char, [i16; 3])> {
    let mark = text.chars().find(|character| !character.is_ascii_digit()).filter(|mark| "./-".contains(*mark))?;
    let parts: Vec<&str> = text.split(mark).collect();
    let [first, second, year] = parts.as_slice() else { return None };
    let fits = year.len() == 4 && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = |part: &str| part.parse().ok();
    fits.then_some((mark, [number(first)?, number(second)?, number(year)?]))
}

/// A moment, in microseconds since 1970; one without an offset is UTC.
pub fn instant(text: &str) -> Option<i64> {
    if let Ok(moment) = jiff::Timestamp::from_str(text) {
        return Some(moment.as_microsecond());
    }
    let local = DateTime::from_str(text).ok()?;
    Some(local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// A time of day, in microseconds since midnight.
pub fn time_of_day(text: &str) -> Option<i64> {
    let time = Time::from_str(text).ok().filter(|_| text.contains(':'))?;
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(seconds * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_or_refused_never_guessed() {
        for (text, wanted) in [
            ("19.90", "19.90"),
            ("19,9", "19.9"),
            ("-1 234,50", "-1234.50"),
            ("1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1'234.50", "1234.50"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("1.234", "1.234"),
        ] {
            assert_eq!(decimal(text).map(|number| number.to_string()), Ok(wanted.to_string()), "{text}");
        }
        for text in ["", "-", ".", "1,234", "1.2.3", "1,2,3", "12a", "1,23,456.7", "1e5", "--1"] {
            assert!(decimal(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_name_their_currency() {
        for text in ["19.90 EUR", "EUR 19,90", "€19.90", "19,90 €", "19.90eur"] {
            let money = money(text).expect(text);
            assert_eq!((money.amount, money.currency), (Decimal::new(1990, 2), *b"EUR"), "{text}");
        }
        for text in ["19.90", "$19.90", "19.90 EURO", "EUR"] {
            assert!(money(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_and_times() {
        for text in ["2026-03-13", "13.3.2026", "13/03/2026", "3/13/2026", "2026-03-13T10:00:00Z", "2026-03-13 10:00"] {
            assert_eq!(date(text), Ok(20525), "{text}");
        }
        for text in ["1/3/2026", "31.2.2026", "2026-13-01", "13.3.26", "yesterday", "", "1.2"] {
            assert!(date(text).is_err(), "{text}");
        }
        assert_eq!(date("1969-12-31"), Ok(-1));
        assert_eq!(instant("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(instant("1970-01-01 00:00:01"), Some(1_000_000));
        assert_eq!(time_of_day("09:30"), Some(34_200_000_000));
        assert_eq!(time_of_day("9"), None);
    }
}
