//! `ai.collect`: one turn of a conversation in which the fields of a record are collected.

mod default;
mod model;
mod sentence;
#[cfg(test)]
mod tests;

pub use default::by_words;
pub use model::{day, read, schema, system, turns};

use super::classify::Label;
use flow_bytecode::{Failure, Type, Value};
use flow_vm::machine::{answer, option};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::sync::Arc;

/// A record whose fields are collected, as the compiler describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What it is called.
    pub name: String,
    /// What stands above it in the source.
    #[serde(default)]
    pub doc: String,
    /// Those that can be said in words.
    pub fields: Vec<Field>,
    /// The customer has said nothing so far, and nothing was known before: whatever a model takes to be said, was not.
    #[serde(default)]
    pub unsaid: bool,
}

/// A field of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What stands above it in the source.
    #[serde(default)]
    pub doc: String,
    /// Its type, or that of what its list holds.
    pub kind: Kind,
    /// It is a list.
    #[serde(default)]
    pub many: bool,
    /// It has no default, and may not be missing.
    #[serde(default)]
    pub needed: bool,
    /// Of an enum, what there is to choose from.
    #[serde(default)]
    pub choices: Vec<Label>,
}

/// What people say in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `Text`
    Text,
    /// `Email`
    Email,
    /// `Phone`
    Phone,
    /// `Url`
    Url,
    /// `Int`
    Int,
    /// `Number`
    Number,
    /// `Date`
    Date,
    /// `TimeOfDay`
    Time,
    /// `Bool`
    Bool,
    /// An enum.
    Enum,
}

/// The description that a call hands over.
///
/// # Errors
/// It is not as the compiler writes it.
pub fn wanted(text: &str) -> Result<Wanted, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::new("invalid", format!("the record to collect: {error}")))
}

/// The record that one turn yields.
fn collected(fields: Vec<(Arc<str>, Value)>, ask: &str, state: &str, default: bool) -> Value {
    Value::Map(Arc::new(vec![
        ("fields".into(), Value::Map(Arc::new(fields))),
        ("ask".into(), Value::text(ask)),
        ("state".into(), Value::text(state)),
        ("default".into(), Value::Bool(default)),
    ]))
}

impl Kind {
    fn ty(self) -> Type {
        match self {
            Kind::Text | Kind::Enum => Type::Text,
            Kind::Email => Type::Email,
            Kind::Phone => Type::Phone,
            Kind::Url => Type::Url,
            Kind::Int => Type::Int,
            Kind::Number => Type::Number,
            Kind::Date => Type::Date,
            Kind::Time => Type::TimeOfDay,
            Kind::Bool => Type::Bool,
        }
    }

    /// What fits, in the words of `ask`.
    fn noun(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Email => "an email address, such as name@example.com",
            Kind::Phone => "a phone number with its country code, such as +47 900 12 345",
            Kind::Url => "a link, such as https://example.com",
            Kind::Int => "a whole number",
            Kind::Number => "a number",
            Kind::Date => "a date, such as 2026-03-01",
            Kind::Time => "a time, such as 09:30",
            Kind::Bool => "yes or no",
            Kind::Enum => "one of these",
        }
    }
}

impl Field {
    /// What somebody wrote of it, where it fits.
    fn read(&self, text: &str) -> Option<Value> {
        if !self.many {
            return self.one(text);
        }
        let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
        let items: Option<Vec<Value>> = parts.map(|part| self.one(part)).collect();
        items.filter(|items| !items.is_empty()).map(|items| Value::List(Arc::new(items)))
    }

    fn one(&self, text: &str) -> Option<Value> {
        if self.kind != Kind::Enum {
            return answer(&self.kind.ty(), text);
        }
        let found = match number(text) {
            Some(number) => self.begins(number),
            None => {
                let labels: Vec<Value> = self.choices.iter().map(|choice| Value::text(&*choice.label)).collect();
                option(text, &labels).and_then(|at| self.choices.get(at))
            }
        };
        let named = || self.choices.iter().find(|choice| choice.name == text.trim());
        found.or_else(named).map(|choice| Value::text(&*choice.name))
    }

    /// The one choice whose label begins with a number. The question shows the labels without numbers of their own: whoever
    /// answers with one does not mean the place of a choice in a list.
    fn begins(&self, number: &str) -> Option<&Label> {
        let ends = |rest: &str| {
            let mut rest = rest.chars();
            match (rest.next(), rest.next()) {
                (Some('.' | ','), Some(next)) => !next.is_ascii_digit(),
                (next, _) => !next.is_some_and(char::is_alphanumeric),
            }
        };
        let all = || self.choices.iter().map(|choice| (choice, choice.label.trim()));
        if let Some((choice, _)) = all().find(|(_, label)| *label == number) {
            return Some(choice);
        }
        let mut begin = all().filter(|(_, label)| label.strip_prefix(number).is_some_and(ends));
        match (begin.next(), begin.next()) {
            (Some((choice, _)), None) => Some(choice),
            _ => None,
        }
    }

    /// What a model says of it; `Null` where it knows nothing.
    fn fit(&self, json: &Json) -> Result<Value, String> {
        let one = |json: &Json| {
            let known = match json {
                // A label's beginning is for people; a model has the names.
                Json::String(text) if self.kind == Kind::Enum => {
                    let named = self.choices.iter().find(|choice| choice.name == *text || choice.label == *text);
                    named.map(|choice| Value::text(&*choice.name))
                }
                Json::String(text) => self.one(text),
                Json::Bool(value) if self.kind == Kind::Bool => Some(Value::Bool(*value)),
                Json::Number(number) if self.kind == Kind::Int => number.as_i64().map(Value::Int),
                Json::Number(number) if self.kind == Kind::Number => {
                    let text = number.to_string();
                    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok().map(Value::Number)
                }
                _ => None,
            };
            let cut: String = json.to_string().chars().take(80).collect();
            known.ok_or_else(|| format!("`{}` has to be {}, and is {cut}", self.name, self.kind.noun()))
        };
        match json {
            Json::Null => Ok(Value::Null),
            Json::Array(items) if self.many && items.is_empty() => Ok(Value::Null),
            Json::Array(items) if self.many => {
                Ok(Value::List(Arc::new(items.iter().map(one).collect::<Result<_, _>>()?)))
            }
            _ if self.many => Err(format!("`{}` has to be a list", self.name)),
            other => one(other),
        }
    }

    /// How it is asked for without a model: in the words that stand above it, or by its name.
    fn question(&self) -> String {
        let doc = self.doc.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = if doc.is_empty() { self.name.replace('_', " ") } else { doc };
        let words = words.trim_end_matches(['.', '?']);
        let mut chars = words.chars();
        let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
        let options: Vec<&str> = match self.kind {
            Kind::Enum => self.choices.iter().map(|choice| &*choice.label).collect(),
            Kind::Bool => vec!["yes", "no"],
            _ => Vec::new(),
        };
        let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" / ")) };
        format!("{first}{}?{options}", chars.as_str())
    }
}

/// An answer that is a whole number and nothing else, without what may stand around it: `3`, `3.`, `3)`.
fn number(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let text = text.strip_suffix(['.', ')']).unwrap_or(text);
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// What is known of a field so far.
fn known_of<'v>(known: Option<&'v Value>, name: &str) -> Option<&'v Value> {
    let Some(Value::Map(fields)) = known else { return None };
    fields.iter().find(|(key, value)| **key == *name && *value != Value::Null).map(|(_, value)| value)
}
