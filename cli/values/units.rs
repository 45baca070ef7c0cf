//! Durations and sizes as people write them: `3 days`, `90s`, `1h 30m`, `512 MB`.

/// (spellings, microseconds), longest first.
pub(super) const UNITS: &[(&[&str], i64)] = &[
    (&["weeks", "week", "w"], 7 * 24 * 3_600_000_000),
    (&["days", "day", "d"], 24 * 3_600_000_000),
    (&["hours", "hour", "h"], 3_600_000_000),
    (&["minutes", "minute", "min", "m"], 60_000_000),
    (&["seconds", "second", "sec", "s"], 1_000_000),
];

/// Microseconds of a duration; `None` when it is none. A number without a unit never is.
pub fn duration(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let amount: i64 = rest.get(..digits)?.parse().ok()?;
        let after = rest.get(digits..)?.trim_start();
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let word = after.get(..end)?.to_ascii_lowercase();
        let (_, unit) = UNITS.iter().find(|(spellings, _)| spellings.contains(&word.as_str()))?;
        total = total.checked_add(amount.checked_mul(*unit)?)?;
        rest = after.get(end..)?.trim_start();
    }
    Some(total)
}

/// Bytes from `512 MB`, `64 KiB`: what has an `i` counts in 1,024s, the rest in thousands.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (amount, unit) = text.split_at_checked(digits)?;
    let unit = match unit.trim() {
        "B" | "byte" | "bytes" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    amount.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration};

    #[test]
    fn durations() {
        assert_eq!(duration("3 days"), Some(3 * 86_400_000_000));
        assert_eq!(duration("1h 30m"), Some(5_400_000_000));
        assert_eq!(duration("90s"), Some(90_000_000));
        for wrong in ["", "3", "days", "3 fortnights", "-1 day", "99999999999999 weeks"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes("512 MB"), Some(512_000_000));
        assert_eq!(bytes("64KiB"), Some(65_536));
        for wrong in ["", "64", "MB", "64 mb", "-1 MB", "99999999999999999 GB", "1.5 GB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
