//! Texts with secrets in them: names until the request leaves, values only on the wire.

use flow_bytecode::Value;
use flow_bytecode::value::SecretPart;
use flow_vm::action::Secrets;
use serde::{Deserialize, Serialize};

/// A value shorter than this is not looked for in what comes back: it would be found everywhere.
const REDACT_BYTES_MIN: usize = 8;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// As it stands.
    Text(String),
    /// The name of a secret.
    Secret(String),
}

/// The parts of a text, a secret, or a number used as a text.
pub fn parts_of(value: &Value) -> Option<Vec<Part>> {
    let text = match value {
        Value::Text(text) => text.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Secret(parts) => {
            let part = |part: &SecretPart| match part {
                SecretPart::Text(text) => Part::Text(text.to_string()),
                SecretPart::Name(name) => Part::Secret(name.to_string()),
            };
            return Some(parts.iter().map(part).collect());
        }
        _ => return None,
    };
    Some(vec![Part::Text(text)])
}

/// Secrets while a request is being sent: looks them up, and remembers their values to keep them out of what comes back.
pub struct Revealed<'a> {
    source: &'a dyn Secrets,
    values: Vec<(String, String)>,
}

impl<'a> Revealed<'a> {
    /// Nothing is revealed yet.
    pub fn new(source: &'a dyn Secrets) -> Self {
        Revealed { source, values: Vec::new() }
    }

    /// The text, each secret's value passed through `escape` for where it stands.
    ///
    /// # Errors
    /// A sentence, when a secret is not set.
    pub fn text(&mut self, parts: &[Part], escape: fn(&str) -> String) -> Result<String, String> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Secret(name) => {
                    let value = self.source.get(name).ok_or_else(|| format!("the secret `{name}` is not set"))?;
                    let escaped = escape(&value);
                    text.push_str(&escaped);
                    self.remember(name, value);
                    self.remember(name, escaped);
                }
            }
        }
        Ok(text)
    }

    /// Keeps a value out of what comes back.
    pub fn remember(&mut self, name: &str, value: String) {
        if value.len() >= REDACT_BYTES_MIN && !self.values.iter().any(|(_, known)| *known == value) {
            self.values.push((name.to_string(), value));
            // Of two values of which one contains the other, the longer is replaced first.
            self.values.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        }
    }

    /// A text from the other side without any value revealed to it.
    pub fn redact(&self, text: String) -> String {
        self.values.iter().fold(text, |text, (name, value)| {
            if text.contains(value.as_str()) { text.replace(value.as_str(), &format!("[secret {name}]")) } else { text }
        })
    }
}
