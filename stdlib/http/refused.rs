//! Services that say no with a status of 2xx: by which field of the answer, and what it says there.
//!
//! Slack answers `{"ok": false, "error": "channel_not_found"}`; a GraphQL service answers with a list of `errors`. Without a word
//! about it such an answer would be an answer like any other, and one that is not what the action declares.

use super::json;
use super::net::Reply;
use super::outcome::{Effect, explain, retry_after_us};
use flow_bytecode::{Failure, Value};
use flow_vm::action::Outcome;
use serde::{Deserialize, Serialize};

/// How much of what a service says of a refusal is shown, in characters.
const WHY_CHARS_MAX: usize = 500;

/// How a service says no with a status of 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The field that says whether it has done it, by its path from the top of the answer.
    pub by: By,
    /// The field that says why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Reasons that ask to be called again later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limited: Vec<String>,
    /// Reasons after which nobody knows whether it was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unclear: Vec<String>,
}

/// Which field says no, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// `false` says no, `true` says yes, and anything else is no answer of this service.
    Unless(String),
    /// Something there says no; it is missing, null, `false`, 0 or empty where it was done.
    When(String),
}

impl Refused {
    /// What an action's argument says; nothing of null.
    ///
    /// # Errors
    /// `.invalid`: it is not of this form.
    pub fn of(value: &Value) -> Result<Option<Refused>, Failure> {
        let invalid = |message: String| Failure::new("invalid", message);
        let entries = match value {
            Value::Null => return Ok(None),
            Value::Map(entries) => entries,
            _ => return Err(invalid("`refused` is no map".to_owned())),
        };
        let (mut by, mut why, mut limited, mut unclear) = (Vec::new(), None, Vec::new(), Vec::new());
        for (name, value) in entries.iter() {
            let text = || {
                let text = value.as_text().filter(|text| !text.is_empty());
                text.map(|text| text.to_string()).ok_or_else(|| invalid(format!("`{name}` of `refused` is no text")))
            };
            match &**name {
                "unless" => by.push(By::Unless(text()?)),
                "when" => by.push(By::When(text()?)),
                "why" => why = Some(text()?),
                "limited" | "unclear" => {
                    let Value::List(items) = value else {
                        return Err(invalid(format!("`{name}` of `refused` is no list of texts")));
                    };
                    let words = items.iter().map(|item| item.as_text().map(|text| text.to_string()));
                    let words: Option<Vec<String>> = words.collect();
                    let words = words.ok_or_else(|| invalid(format!("`{name}` of `refused` is no list of texts")))?;
                    if &**name == "limited" { limited = words } else { unclear = words }
                }
                other => return Err(invalid(format!("`refused` has no `{}`", other.escape_debug()))),
            }
        }
        match (by.pop(), by.is_empty()) {
            (Some(by), true) => Ok(Some(Refused { by, why, limited, unclear })),
            _ => Err(invalid("`refused` has one of `unless` and `when`".to_owned())),
        }
    }

    /// What an answer of 2xx says no with; nothing where it says yes.
    pub(super) fn said(&self, reply: &Reply, effect: Effect) -> Option<Outcome> {
        // What cannot be read as JSON is told as ever; here it says neither.
        let body = json::parse(&reply.body).unwrap_or(Value::Null);
        match &self.by {
            By::Unless(path) => match at(&body, path) {
                Some(Value::Bool(true)) => return None,
                Some(Value::Bool(false)) => {}
                _ => {
                    let message = format!("{}, where `{path}` is neither true nor false", explain(reply));
                    return Some(effect.failed("invalid", message, false));
                }
            },
            By::When(path) if at(&body, path).is_none_or(is_nothing) => return None,
            By::When(_) => {}
        }
        let why = self.why.as_ref().and_then(|path| words(at(&body, path)?));
        let message = match &why {
            Some(why) => why.chars().take(WHY_CHARS_MAX).collect(),
            None => explain(reply),
        };
        let has = |words: &[String]| why.as_ref().is_some_and(|why| words.contains(why));
        Some(if has(&self.limited) {
            let failure = Failure::new("rate_limited", message);
            Outcome::Failed { failure, retryable: true, retry_after_us: retry_after_us(&reply.headers) }
        } else if has(&self.unclear) {
            effect.failed("unreachable", message, true)
        } else {
            Outcome::Failed { failure: Failure::new("rejected", message), retryable: false, retry_after_us: None }
        })
    }
}

/// What stands at a path; a number counts the items of a list from 0.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| match value {
        Value::Map(fields) => fields.iter().find(|(known, _)| **known == *name).map(|(_, value)| value),
        Value::List(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::Number(number) => number.is_zero(),
        Value::Text(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(fields) => fields.is_empty(),
        _ => false,
    }
}

/// A reason, where it is a text or a number.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.trim().is_empty() => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}
