//! Ids as people see, say and type them: `r_00017` for a run.
//!
//! A prefix per kind, the number in Crockford's base 32 (no i, l, o, u; at least four digits), and a check character: the
//! sum of the digits weighted by their place (1 for the last), modulo 31. It finds every wrong digit but 0 for z, and
//! every pair of neighbours swapped but those two.

/// Crockford's digits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits shown at least.
const DIGITS_MIN: usize = 4;

/// What a public id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    /// A run, `r_`.
    Run,
    /// An event, `e_`.
    Event,
}

impl IdKind {
    fn prefix(self) -> &'static str {
        match self {
            IdKind::Run => "r_",
            IdKind::Event => "e_",
        }
    }

    fn word(self) -> &'static str {
        match self {
            IdKind::Run => "run",
            IdKind::Event => "event",
        }
    }
}

/// Why a text is no public id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It does not begin as one.
    #[error("`{text}` is no {kind}'s id: one looks like {example}")]
    Shape {
        /// The text.
        text: String,
        /// `run`.
        kind: &'static str,
        /// An id that would do.
        example: String,
    },
    /// A character that no id has.
    #[error("`{text}` has `{character}` in it, which no id has: copy the id again")]
    Character {
        /// The text.
        text: String,
        /// The character.
        character: char,
    },
    /// The check character does not fit.
    #[error("`{text}` is mistyped: its last character does not fit the others")]
    Check {
        /// The text.
        text: String,
    },
    /// More digits than an id can have.
    #[error("`{text}` is too long for an id: copy the id again")]
    TooLong {
        /// The text.
        text: String,
    },
}

/// The public form of an id; negative ids do not occur and are shown by their magnitude.
pub fn encode(kind: IdKind, id: i64) -> String {
    let mut rest = id.unsigned_abs();
    let mut digits = Vec::with_capacity(14);
    while rest > 0 || digits.len() < DIGITS_MIN {
        digits.push((rest & 31) as u8);
        rest >>= 5;
    }
    let check = check_of(digits.iter().copied());
    digits.reverse();
    digits.push(check);
    let mut text = String::from(kind.prefix());
    text.extend(digits.into_iter().map(|digit| char::from(DIGITS[usize::from(digit)])));
    text
}

/// The id a person typed. Capitals, hyphens, `o` for `0` and `i` or `l` for `1` are understood.
///
/// # Errors
/// [`IdError`], saying what is wrong with the text.
pub fn decode(kind: IdKind, text: &str) -> Result<i64, IdError> {
    let shape = || IdError::Shape { text: text.into(), kind: kind.word(), example: encode(kind, 41) };
    let lower = text.trim().to_ascii_lowercase();
    let body = lower.strip_prefix(kind.prefix()).ok_or_else(shape)?;
    let mut digits = Vec::with_capacity(14);
    for character in body.chars().filter(|character| *character != '-') {
        let plain = match character {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let digit = DIGITS.iter().position(|known| char::from(*known) == plain);
        digits.push(digit.ok_or_else(|| IdError::Character { text: text.into(), character })? as u8);
    }
    let check = digits.pop().ok_or_else(shape)?;
    if digits.len() < DIGITS_MIN {
        return Err(shape());
    }
    let mut id: u64 = 0;
    for digit in &digits {
        if id >> 58 != 0 {
            return Err(IdError::TooLong { text: text.into() });
        }
        id = (id << 5) | u64::from(*digit);
    }
    if check != check_of(digits.iter().rev().copied()) {
        return Err(IdError::Check { text: text.into() });
    }
    i64::try_from(id).map_err(|_| IdError::TooLong { text: text.into() })
}

/// The check digit of digits, the last one first.
fn check_of(from_last: impl Iterator<Item = u8>) -> u8 {
    let sum: u32 = from_last.zip(1u32..).map(|(digit, weight)| u32::from(digit) * weight).sum();
    (sum % 31) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn looks_like_this() {
        assert_eq!(encode(IdKind::Run, 1), "r_00011");
        assert_eq!(encode(IdKind::Event, i64::MAX), "e_7zzzzzzzzzzzzx");
    }

    #[test]
    fn reads_what_people_type() {
        for text in ["r_00011", " R_0001-1 ", "r_oooil"] {
            assert_eq!(decode(IdKind::Run, text), Ok(1), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |text| decode(IdKind::Run, text).map_err(|error| error.to_string());
        assert_eq!(error("17"), Err("`17` is no run's id: one looks like r_0019b".into()));
        assert_eq!(error("r_11"), Err("`r_11` is no run's id: one looks like r_0019b".into()));
        assert_eq!(error("r_00u11"), Err("`r_00u11` has `u` in it, which no id has: copy the id again".into()));
        assert_eq!(error("r_00021"), Err("`r_00021` is mistyped: its last character does not fit the others".into()));
        assert_eq!(
            error("r_zzzzzzzzzzzzzz"),
            Err("`r_zzzzzzzzzzzzzz` is too long for an id: copy the id again".into())
        );
    }

    proptest! {
        #[test]
        fn round_trips(id in 0..=i64::MAX) {
            prop_assert_eq!(decode(IdKind::Run, &encode(IdKind::Run, id)), Ok(id));
        }

        #[test]
        fn one_wrong_digit_is_found(id in 0..i64::MAX, at in 0usize..20, digit in 1u8..31) {
            let mut text = encode(IdKind::Run, id).into_bytes();
            let at = 2 + at % (text.len() - 2);
            let old = DIGITS.iter().position(|known| *known == text[at]).unwrap_or(0);
            let new = (old + usize::from(digit)) % 32;
            prop_assume!(old.abs_diff(new) != 31);
            text[at] = DIGITS[new];
            prop_assert_ne!(decode(IdKind::Run, &String::from_utf8_lossy(&text)), Ok(id));
            prop_assert!(decode(IdKind::Run, &String::from_utf8_lossy(&text)).is_err());
        }
    }
}
