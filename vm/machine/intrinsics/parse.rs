//! What people type, as values. Nothing here fails: what does not fit is `None`.

use crate::machine::time::{civil, read_iso_date};
use flow_bytecode::Value;
use rust_decimal::Decimal;

/// A whole number, perhaps signed.
pub(crate) fn int(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// A decimal with a point, or with a single comma for it; no separators of thousands, no exponent.
pub(crate) fn number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) {
        return None;
    }
    Decimal::from_str_exact(&text.replace(',', ".")).ok()
}

/// Days since 1970 of `2026-03-01` or `1.3.2026`.
pub(crate) fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    read_iso_date(text).or_else(|| {
        let mut parts = text.split('.');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |text: &str, most: usize| {
            !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if parts.next().is_some() || !digits(day, 2) || !digits(month, 2) || year.len() != 4 || !digits(year, 4) {
            return None;
        }
        civil(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    })
}

/// Yes or no, in the words of [`flow_bytecode::Intrinsic::ParseBool`].
pub(crate) fn bool(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "true" | "y" | "1" => Some(true),
        "no" | "false" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Microseconds since midnight of `9:00`, `09:00` or `09:00:30`.
pub(crate) fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.trim().split(':');
    let mut next = |below: i64, least: usize| {
        let part = parts.next()?;
        let fits = (least..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|value| fits && *value < below)
    };
    let (hour, minute) = (next(24, 1)?, next(60, 2)?);
    let second = if text.matches(':').count() >= 2 { next(60, 2)? } else { 0 };
    if parts.next().is_some() {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second) * 1_000_000)
}

/// Which label an answer means, from 0: the label itself, else its number, else an unambiguous beginning.
pub(crate) fn option(answer: &str, labels: &[Value]) -> Option<i64> {
    let answer = answer.trim().to_lowercase();
    if answer.is_empty() {
        return None;
    }
    let labels =
        || labels.iter().map(|label| label.as_text().map(|label| label.trim().to_lowercase()).unwrap_or_default());
    let number = |at: usize| i64::try_from(at).ok();
    if let Some(at) = labels().position(|label| label == answer) {
        return number(at);
    }
    let digits = answer.strip_suffix(['.', ')']).unwrap_or(&answer);
    if let Ok(at) = digits.parse::<usize>()
        && (1..=labels().count()).contains(&at)
    {
        return number(at - 1);
    }
    let mut begin = labels().enumerate().filter(|(_, label)| label.starts_with(&answer));
    match (begin.next(), begin.next()) {
        (Some((at, _)), None) => number(at),
        _ => None,
    }
}
