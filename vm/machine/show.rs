//! Values as people read them: a pure function of type and value, the same everywhere and in every locale.
//!
//! | type | shown |
//! |---|---|
//! | Text, Email, Phone, Url | as it is |
//! | Int | `-1234` |
//! | Number | `19.9`: no trailing zeros, no separators of thousands |
//! | Money | `EUR 19.90`, `JPY 1200`: at least the currency's minor digits |
//! | Date | `2026-03-01` |
//! | TimeOfDay | `09:00`, with seconds where they are not 0 |
//! | Instant | `2026-03-01T09:00:00Z` |
//! | Duration | `3 days 2 hours`, `1.5 seconds`, `0 seconds` |
//! | enum | the variant's label |
//! | Bool | `true` |
//! | File | its name |
//! | missing | nothing |
//! | everything else | compact JSON |

use super::intrinsics::json;
use super::limits::Limits;
use super::meter::Meter;
use super::raise::{Outcome, Raise};
use flow_bytecode::currency::minor_digits;
use flow_bytecode::{Money, Program, Type, TypeId, Value};
use rust_decimal::Decimal;
use std::fmt::Write;

/// Shows a scalar.
pub(crate) fn scalar(ty: &Type, scalar: i64, out: &mut String) {
    // Writing to a String cannot fail, here and below.
    let _ = match ty {
        Type::Bool => out.write_str(if scalar == 0 { "false" } else { "true" }),
        Type::Date => date(scalar, out),
        Type::TimeOfDay => time_of_day(scalar, out),
        Type::Instant => instant(scalar, out),
        Type::Duration => duration(scalar, out),
        _ => {
            integer(scalar, out);
            Ok(())
        }
    };
}

/// Shows a value.
pub(crate) fn value(program: &Program, ty: TypeId, shown: &Value, meter: &mut Meter, out: &mut String) -> Outcome<()> {
    if let Value::Text(text) = shown {
        if let Some(Type::Enum(index)) = program.types.get(usize::from(ty.0)).map(|ty| inner(program, ty)) {
            out.push_str(label(program, *index, text));
        } else {
            out.push_str(text);
        }
        return Ok(());
    }
    match shown {
        Value::Null => {}
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Int(int) => match program.types.get(usize::from(ty.0)) {
            Some(ty) => scalar(inner(program, ty), *int, out),
            None => return Err(Raise::index("type")),
        },
        Value::Number(shown) => number(*shown, out),
        Value::Money(shown) => money(*shown, out),
        Value::File(file) => out.push_str(&file.name),
        Value::Failure(failure) => out.push_str(&failure.message),
        Value::Secret(_) => return Err(Raise::fault("a secret is never shown")),
        other => json::write(other, meter, out)?,
    }
    Ok(())
}

/// The type within an optional.
fn inner<'a>(program: &'a Program, ty: &'a Type) -> &'a Type {
    match ty {
        Type::Optional(inner) => program.types.get(usize::from(inner.0)).unwrap_or(ty),
        _ => ty,
    }
}

/// The label of a variant; the variant's name where the enum does not have it.
pub(crate) fn label<'a>(program: &'a Program, index: u16, variant: &'a str) -> &'a str {
    program
        .enums
        .get(usize::from(index))
        .and_then(|def| def.variants.iter().find(|(name, _)| **name == *variant))
        .map_or(variant, |(_, label)| label)
}

/// A value as an interpolation in a text shows it; `None` for a secret, and for what is larger than a text may be.
pub fn in_words(program: &Program, ty: TypeId, shown: &Value) -> Option<String> {
    let (mut meter, mut out) = (Meter::new(&Limits::default()), String::new());
    value(program, ty, shown, &mut meter, &mut out).ok()?;
    Some(out)
}

/// A whole number; twice as fast as the general formatter, which templates notice.
pub(crate) fn integer(value: i64, out: &mut String) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// A number without trailing zeros.
pub(crate) fn number(value: Decimal, out: &mut String) {
    let _ = write!(out, "{}", value.normalize());
}

/// An amount with at least its currency's minor digits.
pub(crate) fn money(value: Money, out: &mut String) {
    for byte in value.currency {
        out.push(char::from(byte));
    }
    out.push(' ');
    let mut amount = value.amount.normalize();
    if amount.scale() < minor_digits(value.currency) {
        amount.rescale(minor_digits(value.currency));
    }
    let _ = write!(out, "{amount}");
}

/// `2026-03-01`; years beyond four digits and before 0 with a sign.
pub(crate) fn date(days: i64, out: &mut String) -> std::fmt::Result {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => write!(out, "{year:04}-{month:02}-{day:02}"),
        _ => write!(out, "{year:+06}-{month:02}-{day:02}"),
    }
}

/// Year, month and day of a number of days since 1970-01-01, proleptic Gregorian (Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i128, i128, i128) {
    let shifted = i128::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i128::from(month <= 2), month, day)
}

/// `09:00`, `09:00:30`.
pub(crate) fn time_of_day(micros: i64, out: &mut String) -> std::fmt::Result {
    let seconds = micros.div_euclid(1_000_000);
    write!(out, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    fraction(seconds % 60, micros.rem_euclid(1_000_000), out)
}

fn fraction(seconds: i64, micros: i64, out: &mut String) -> std::fmt::Result {
    match (seconds, micros) {
        (0, 0) => Ok(()),
        (_, 0) => write!(out, ":{seconds:02}"),
        _ => write!(out, ":{seconds:02}.{}", format!("{micros:06}").trim_end_matches('0')),
    }
}

fn instant(micros: i64, out: &mut String) -> std::fmt::Result {
    date(micros.div_euclid(86_400_000_000), out)?;
    let time = micros.rem_euclid(86_400_000_000);
    let seconds = time / 1_000_000;
    write!(out, "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    match time % 1_000_000 {
        0 => out.write_str("Z"),
        micros => write!(out, ".{}Z", format!("{micros:06}").trim_end_matches('0')),
    }
}

fn duration(micros: i64, out: &mut String) -> std::fmt::Result {
    if micros < 0 {
        out.push('-');
    }
    let mut rest = micros.unsigned_abs();
    let mut empty = true;
    for (unit, length) in [("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000)] {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            let space = if empty { "" } else { " " };
            let plural = if count == 1 { "" } else { "s" };
            write!(out, "{space}{count} {unit}{plural}")?;
            empty = false;
        }
    }
    if rest > 0 || empty {
        let space = if empty { "" } else { " " };
        let seconds = Decimal::new(i64::try_from(rest).unwrap_or(0), 6).normalize();
        let plural = if seconds == Decimal::ONE { "" } else { "s" };
        write!(out, "{space}{seconds} second{plural}")?;
    }
    Ok(())
}
