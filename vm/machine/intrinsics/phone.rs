//! Phone numbers in E.164.

use phonenumber::{Mode, country};

/// Characters of a number as people write it, at most.
const CHARS_MAX: usize = 64;

/// A phone number that is in use somewhere, as `+` and its digits (ITU-T E.164). With a country (ISO 3166, `NO`) a
/// national number is completed by the country's own rules. What answers and imported files are read by.
pub fn phone(text: &str, country: Option<&str>) -> Option<String> {
    let text = text.trim();
    let usual = |char: char| char.is_ascii_digit() || " +-.()/\u{a0}\u{202f}".contains(char);
    if text.len() > CHARS_MAX || !text.chars().all(usual) {
        return None;
    }
    let text = text.strip_prefix("00").map_or_else(|| text.to_owned(), |rest| format!("+{rest}"));
    // "+44 (0)20 …" is written often: the national trunk digit in brackets is not part of the number.
    let text = if text.starts_with('+') { text.replacen("(0)", "", 1) } else { text };
    let country = country.and_then(country_of);
    if country.is_none() && !text.starts_with('+') {
        return None;
    }
    let number = phonenumber::parse(country, &text).ok()?;
    phonenumber::is_valid(&number).then(|| number.format().mode(Mode::E164).to_string())
}

/// Digits of a number without its country that are somebody's alone, at least.
const DIGITS_MIN: usize = 7;
/// What people write between the groups of a number.
const BETWEEN: [&str; 6] = ["", " ", "-", ".", "/", "\u{a0}"];

/// How people write a number in E.164: with and without its country, in the groups that are usual there, in pairs and in
/// threes, with and without signs between; none for what is no number. Numbers too short to be somebody's alone are spelled
/// with their country only.
pub(crate) fn spellings(number: &str) -> Vec<String> {
    let Some(number) = number.starts_with('+').then(|| phonenumber::parse(None, number).ok()).flatten() else {
        return Vec::new();
    };
    let shown = |mode| number.format().mode(mode).to_string();
    let code = number.code().value().to_string();
    let (national, international) = (shown(Mode::National), shown(Mode::International));
    let abroad = international.trim_start_matches('+').trim_start_matches(&*code).trim();
    let mut all = vec![national.clone(), international.clone()];
    for (text, is_abroad) in [(abroad, true), (&*national, false)] {
        let usual: Vec<&str> =
            text.split(|char: char| !char.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        let digits = usual.concat();
        let pairs = groups(&digits, &[2]);
        for grouped in [usual, pairs, groups(&digits, &[3]), groups(&digits, &[3, 2, 3]), groups(&digits, &[3, 3, 4])] {
            for between in BETWEEN {
                let joined = grouped.join(between);
                if is_abroad {
                    for before in ["+", "00", ""] {
                        all.extend(["", between, " "].map(|gap| format!("{before}{code}{gap}{joined}")));
                    }
                }
                if digits.len() >= DIGITS_MIN {
                    all.push(joined);
                }
            }
        }
    }
    all.retain(|spelling| spelling.chars().filter(char::is_ascii_digit).count() >= DIGITS_MIN);
    all.sort_unstable();
    all.dedup();
    all
}

/// Digits in groups of these lengths, the last as often as it takes.
fn groups<'a>(mut digits: &'a str, lengths: &[usize]) -> Vec<&'a str> {
    let mut all = Vec::new();
    let mut lengths = lengths.iter().copied();
    let mut length = 1;
    while !digits.is_empty() {
        length = lengths.next().unwrap_or(length);
        // Nothing but digits: each is one byte.
        let (group, rest) = digits.split_at(length.min(digits.len()));
        all.push(group);
        digits = rest;
    }
    all
}

/// Whether that is a country whose numbers can be completed.
pub fn has_phones(country: &str) -> bool {
    country_of(country).is_some()
}

fn country_of(name: &str) -> Option<country::Id> {
    name.to_ascii_uppercase().parse().ok()
}

#[cfg(test)]
mod spelled {
    use super::spellings;

    #[test]
    fn a_number_is_spelled_as_people_write_it() {
        let norwegian = spellings("+4790099887");
        for text in
            ["900 99 887", "90 09 98 87", "90099887", "+47 900 99 887", "0047 90099887", "4790099887", "900-99-887"]
        {
            assert!(norwegian.iter().any(|known| known == text), "{text}: {norwegian:?}");
        }
        let british = spellings("+442079460958");
        for text in ["020 7946 0958", "+44 20 7946 0958", "02079460958"] {
            assert!(british.iter().any(|known| known == text), "{text}: {british:?}");
        }
        assert!(spellings("ada@example.com").is_empty() && spellings("+").is_empty());
    }
}
