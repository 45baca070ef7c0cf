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

/// Whether that is a country whose numbers can be completed.
pub fn has_phones(country: &str) -> bool {
    country_of(country).is_some()
}

fn country_of(name: &str) -> Option<country::Id> {
    name.to_ascii_uppercase().parse().ok()
}
