//! A value in the middle of a sentence, where it is certain: one that fits, and nothing that makes another of it.

use super::{Field, Kind};
use flow_bytecode::Value;
use std::sync::Arc;

/// Longer answers are not looked into.
const WORDS_MAX: usize = 100;

/// What takes back what is said, or leaves it open: with one of these nothing is certain.
const UNCERTAIN: &[&str] = &[
    "not",
    "no",
    "never",
    "without",
    "don't",
    "isn't",
    "wasn't",
    "aren't",
    "won't",
    "can't",
    "doesn't",
    "didn't",
    "or",
    "maybe",
    "perhaps",
    "about",
    "around",
    "roughly",
    "approximately",
    "almost",
    "nearly",
    "between",
    "over",
    "under",
    "least",
    "most",
    "more",
    "less",
    "than",
    "before",
    "after",
    "until",
    "old",
    "former",
    "instead",
    "except",
    "if",
    "unless",
];

/// Beside yes and no: what says neither.
const UNDECIDED: &[&str] =
    &["or", "maybe", "perhaps", "idea", "know", "sure", "but", "if", "unless", "depends", "think"];

const YES: &[&str] = &["yes", "yeah", "yep"];
const NO: &[&str] = &["no", "nope"];

/// The value of a field that somebody names within a sentence; none where there is none, or several, or a doubt. Of a list each
/// part has to have one.
pub fn read(field: &Field, said: &str) -> Option<Value> {
    if !field.many {
        return one(field, said);
    }
    let parts = said.split([',', ';', '\n']).flat_map(|part| part.split(" and ")).map(str::trim);
    let items: Option<Vec<Value>> = parts.filter(|part| !part.is_empty()).map(|part| one(field, part)).collect();
    items.filter(|items| !items.is_empty()).map(|items| Value::List(Arc::new(items)))
}

fn one(field: &Field, said: &str) -> Option<Value> {
    let words: Vec<&str> = said.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect();
    if words.len() > WORDS_MAX || field.kind == Kind::Text {
        return None;
    }
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase().replace('\u{2019}', "'")).collect();
    let holds = |list: &[&str]| lower.iter().any(|word| list.contains(&word.as_str()));
    let found = match field.kind {
        Kind::Bool => match (holds(YES), holds(NO), holds(UNDECIDED)) {
            (true, false, false) => vec![Value::Bool(true)],
            (false, true, false) => vec![Value::Bool(false)],
            _ => return None,
        },
        _ if holds(UNCERTAIN) => return None,
        Kind::Enum => chosen(field, &lower),
        _ => values(field, &words)?,
    };
    match found.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// A word without what stands around it in a sentence.
fn bare(word: &str) -> &str {
    let ends = |letter: char| {
        matches!(letter, ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '“' | '”' | '„' | '»' | '«' | '<' | '>' | '[' | ']')
    };
    // A bracket may begin a number of the telephone.
    let trimmed = word.trim_matches(ends).trim_end_matches('.').trim_matches(ends);
    match (trimmed.strip_prefix('('), trimmed.strip_suffix(')')) {
        (Some(_), Some(_)) if trimmed.len() > 2 => trimmed.get(1..trimmed.len() - 1).unwrap_or(trimmed),
        (Some(rest), None) if !trimmed.contains(')') => rest,
        (None, Some(rest)) if !trimmed.contains('(') => rest,
        _ => trimmed,
    }
}

/// What fits in a sentence, each once. None where a number goes on behind what fits.
fn values(field: &Field, words: &[&str]) -> Option<Vec<Value>> {
    let most = if field.kind == Kind::Phone { 7 } else { 1 };
    let mut found: Vec<Value> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = (1..=most.min(words.len() - at)).rev().find_map(|count| {
            let part = words.get(at..at + count)?;
            let fits = field.kind != Kind::Phone || part.iter().all(|word| is_number(word));
            let fits = fits && (field.kind != Kind::Time || part.concat().contains(':'));
            field.one(&part.join(" ")).filter(|_| fits).map(|value| (count, value))
        });
        let Some((count, value)) = longest else {
            // A number that is none of these: what it is of nobody knows.
            let stray =
                matches!(field.kind, Kind::Int | Kind::Number) && words.get(at).is_some_and(|word| has_digit(word));
            if stray {
                return None;
            }
            at += 1;
            continue;
        };
        at += count;
        if field.kind == Kind::Phone && words.get(at).is_some_and(|next| is_number(next)) {
            return None;
        }
        if !found.contains(&value) {
            found.push(value);
        }
    }
    Some(found)
}

fn has_digit(word: &str) -> bool {
    word.chars().any(|letter| letter.is_ascii_digit())
}

/// Whether a word may be a part of a number of the telephone.
fn is_number(word: &str) -> bool {
    has_digit(word) && word.chars().all(|letter| letter.is_ascii_digit() || "+-()./".contains(letter))
}

/// The choices whose label, or name, stands there whole. One that stands within the label of another is not meant.
fn chosen(field: &Field, words: &[String]) -> Vec<Value> {
    let mut places: Vec<(usize, usize, &str)> = Vec::new();
    for choice in &field.choices {
        for text in [choice.label.to_lowercase(), choice.name.to_lowercase().replace('_', " ")] {
            let wanted: Vec<&str> = text.split_whitespace().map(bare).collect();
            if wanted.is_empty() {
                continue;
            }
            let windows = words.windows(wanted.len()).enumerate();
            let all = windows.filter(|(_, window)| window.iter().zip(&wanted).all(|(word, wanted)| word == wanted));
            places.extend(all.map(|(at, _)| (at, at + wanted.len(), &*choice.name)));
        }
    }
    let within = |one: &(usize, usize, &str)| {
        places
            .iter()
            .any(|other| other.2 != one.2 && other.0 <= one.0 && one.1 <= other.1 && other.1 - other.0 > one.1 - one.0)
    };
    let mut found: Vec<Value> = Vec::new();
    for place in places.iter().filter(|place| !within(place)) {
        let value = Value::text(place.2);
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}
