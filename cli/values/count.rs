//! Numbers of things, as people read them.

/// `1,204`
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 run`, `1,204 runs`
pub fn counted(count: impl TryInto<u64>, what: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    format!("{} {what}{}", number(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_things_counted() {
        assert_eq!([0, 12, 123, 1_204, 1_000_000].map(number), ["0", "12", "123", "1,204", "1,000,000"]);
        assert_eq!([0, 1, 1_204].map(|n: u64| counted(n, "run")), ["0 runs", "1 run", "1,204 runs"]);
    }
}
