//! Without a model: one missing field after another, read as `ask` reads it, or found in a sentence.

use super::{Wanted, collected, known_of, sentence};
use crate::ai::assist;
use flow_bytecode::Value;
use std::sync::Arc;

/// Words of somebody who gives up, as a whole answer.
const GIVES_UP: [&str; 11] = [
    "stop",
    "cancel",
    "quit",
    "never mind",
    "nevermind",
    "forget it",
    "no thanks",
    "no thank you",
    "i give up",
    "leave it",
    "leave me alone",
];

/// Beside the word for a person: somebody wants one, and does not only speak of one.
const WANTS: [&str; 8] = ["talk", "speak", "chat", "want", "need", "please", "real", "connect"];

/// Without a model: what is missing is asked for, one after another, and read as `ask` reads it.
pub fn by_words(wanted: &Wanted, known: Option<&Value>, said: Option<&str>) -> Value {
    let mut fields: Vec<(Arc<str>, Value)> = Vec::with_capacity(wanted.fields.len());
    for field in &wanted.fields {
        let value = known_of(known, &field.name).cloned().unwrap_or_default();
        fields.push((field.name.as_str().into(), value));
    }
    let missing = |fields: &[(Arc<str>, Value)]| {
        let mut all = wanted.fields.iter().zip(fields).enumerate();
        all.find(|(_, (field, (_, value)))| field.needed && *value == Value::Null).map(|(at, (field, _))| (at, field))
    };
    let mut refused = String::new();
    if let (Some(said), Some((at, field))) = (said, missing(&fields)) {
        let plain = said.to_lowercase();
        let words: Vec<&str> =
            plain.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let holds = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
        if holds(&assist::PERSON) && (words.len() == 1 || holds(&WANTS)) {
            return collected(fields, "", "person", true);
        }
        if GIVES_UP.contains(&&*words.join(" ")) {
            return collected(fields, "", "given_up", true);
        }
        match (field.read(said).or_else(|| sentence::read(field, said)), fields.get_mut(at)) {
            (Some(value), Some(place)) => place.1 = value,
            _ => refused = format!("That has to be {}. ", field.kind.noun()),
        }
    }
    match missing(&fields).map(|(_, field)| format!("{refused}{}", field.question())) {
        Some(ask) => collected(fields, &ask, "asking", true),
        None => collected(fields, "", "complete", true),
    }
}
