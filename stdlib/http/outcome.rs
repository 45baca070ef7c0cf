//! What an answer, or none, means for the flow.

use super::json;
use super::net::{Cause, Reply, Trouble};
use super::refused::Refused;
use super::words::place;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Found, Outcome};
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use std::sync::Arc;

/// What a call may have done by the time it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: trouble is a failure.
    Read,
    /// Whatever it asked for: trouble after sending is in doubt.
    Write,
}

/// What the flow gets of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Its JSON.
    Json,
    /// Its JSON, else its text.
    JsonOrText,
    /// All of it, an `HttpResponse`.
    Whole,
}

/// How much of a service's explanation is shown, in characters.
const EXCERPT_CHARS_MAX: usize = 200;
const SECOND_US: i64 = 1_000_000;

/// What became of a call; `refused` is how a service says no with a status of 2xx.
pub fn outcome(result: Result<Reply, Trouble>, effect: Effect, shape: Shape, refused: Option<&Refused>) -> Outcome {
    match result {
        Err(trouble) => of_trouble(trouble, effect),
        Ok(reply) if reply.status.is_success() => match value(&reply, shape) {
            Ok(value) => refused.and_then(|refused| refused.said(&reply, effect)).unwrap_or(Outcome::Done(value)),
            // It happened; only what came of it cannot be read.
            Err(message) => effect.failed("invalid", message, false),
        },
        Ok(reply) => of_refusal(&reply, effect),
    }
}

/// What an answer says of something that may have happened: 404 and 410, an empty body and `null` say that it has not.
pub fn found(result: Result<Reply, Trouble>, shape: Shape, refused: Option<&Refused>) -> Found {
    match result {
        Ok(reply) if matches!(reply.status.as_u16(), 404 | 410) => Found::Nothing,
        Ok(reply) if reply.status.is_success() => match (value(&reply, Shape::Json), value(&reply, shape)) {
            (Ok(body), _)
                if body != Value::Null && refused.is_some_and(|said| said.said(&reply, Effect::Read).is_some()) =>
            {
                Found::Unknown(explain(&reply))
            }
            (Ok(Value::Null), _) => Found::Nothing,
            (_, Ok(value)) => Found::Happened(value),
            (_, Err(message)) => Found::Unknown(message),
        },
        Ok(reply) => Found::Unknown(explain(&reply)),
        Err(Trouble::Sent(_, message) | Trouble::NotSent(_, message)) => Found::Unknown(message),
    }
}

impl Effect {
    /// A failure of a call that was sent.
    pub(super) fn failed(self, kind: &str, message: String, retryable: bool) -> Outcome {
        let failure = Failure::new(kind, message);
        match self {
            Effect::Read => Outcome::Failed { failure, retryable, retry_after_us: None },
            Effect::Write => Outcome::Unclear { failure, retryable },
        }
    }
}

/// What trouble means for the flow.
pub(crate) fn of_trouble(trouble: Trouble, effect: Effect) -> Outcome {
    // What was not sent has changed nothing.
    let (cause, message, effect) = match trouble {
        Trouble::Sent(cause, message) => (cause, message, effect),
        Trouble::NotSent(cause, message) => (cause, message, Effect::Read),
    };
    match cause {
        Cause::Invalid => effect.failed("invalid", message, false),
        Cause::TooLarge => effect.failed("limit", message, false),
        Cause::Unreachable => effect.failed("unreachable", message, true),
        Cause::Timeout => effect.failed("timeout", message, true),
    }
}

/// An answer that is not 2xx.
fn of_refusal(reply: &Reply, effect: Effect) -> Outcome {
    let status = reply.status.as_u16();
    let message = explain(reply);
    let retry_after_us = retry_after_us(&reply.headers);
    let failed = |kind: &str, retryable| Outcome::Failed {
        failure: Failure::new(kind, message.as_str()),
        retryable,
        retry_after_us: if retryable { retry_after_us } else { None },
    };
    match status {
        429 => failed("rate_limited", true),
        // The service waited for a request that did not come whole.
        408 | 425 => failed("timeout", true),
        // It does not know the method or the version: nothing was done.
        501 | 505 => failed("rejected", false),
        500..=599 if effect == Effect::Write => effect.failed("unreachable", message, true),
        500..=599 => failed("unreachable", true),
        // "The answer stands elsewhere" is what many say after they did it.
        302 | 303 => effect.failed("rejected", message, false),
        _ => failed("rejected", false),
    }
}

/// An answer in words: its status, and the beginning of what it says.
pub(crate) fn explain(reply: &Reply) -> String {
    let status = reply.status.as_u16();
    let mut message = format!("answered {status}");
    if let Some(reason) = reply.status.canonical_reason() {
        message = format!("{message} {reason}");
    }
    if let (300..=303 | 307 | 308, Some(to)) = (status, reply.headers.get(LOCATION)) {
        // What stands behind the host may be secret, or long.
        let to = to.to_str().ok().and_then(|to| Url::parse(to).ok());
        let to = to.map_or_else(|| "another path".to_owned(), |url| format!("`{}`", place(&url)));
        return format!("{message}: it sends on to {to}, where a call that changes something does not follow");
    }
    let text = String::from_utf8_lossy(&reply.body);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.starts_with('<') {
        return message;
    }
    let excerpt: String = text.chars().take(EXCERPT_CHARS_MAX).collect();
    let rest = if excerpt.len() < text.len() { "…" } else { "" };
    format!("{message}: {excerpt}{rest}")
}

/// How long the service asks to wait: seconds, or a date seen from the answer's own (RFC 9110, 10.2.3). Nothing where it says
/// neither. The engine bounds it.
pub(crate) fn retry_after_us(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are as long as can be.
        return Some(text.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(SECOND_US));
    }
    let moment = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|moment| moment.timestamp().as_microsecond());
    let until = moment(text)?;
    let from = moment(headers.get(DATE)?.to_str().ok()?)?;
    Some((until - from).max(0))
}

fn value(reply: &Reply, shape: Shape) -> Result<Value, String> {
    let blank = reply.body.iter().all(u8::is_ascii_whitespace);
    let parsed = if blank { Ok(Value::Null) } else { json::parse(&reply.body) };
    let said_json = reply
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().unwrap_or_default().trim().ends_with("json"));
    let explain = |error: json::JsonError| format!("answered {}, but {error}", reply.status.as_u16());
    match (shape, parsed) {
        (Shape::Json | Shape::JsonOrText, Ok(value)) => Ok(value),
        (Shape::Json, Err(error)) => Err(explain(error)),
        (Shape::JsonOrText | Shape::Whole, Err(error)) if said_json => Err(explain(error)),
        (Shape::JsonOrText, Err(_)) => Ok(Value::text(String::from_utf8_lossy(&reply.body))),
        (Shape::Whole, parsed) => Ok(whole(reply, parsed.unwrap_or_default(), said_json)),
    }
}

/// An `HttpResponse`.
fn whole(reply: &Reply, body: Value, said_json: bool) -> Value {
    // `"R-7"` sent as JSON is the text R-7; quotes would go on into whatever is made of it.
    let text = match &body {
        Value::Text(text) if said_json => Value::Text(text.clone()),
        _ => Value::text(String::from_utf8_lossy(&reply.body)),
    };
    let mut headers: Vec<(Arc<str>, Value)> = Vec::new();
    for name in reply.headers.keys() {
        let values: Vec<_> =
            reply.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        headers.push((name.as_str().into(), Value::text(values.join(", "))));
    }
    Value::Map(Arc::new(vec![
        ("status".into(), Value::Int(i64::from(reply.status.as_u16()))),
        ("headers".into(), Value::Map(Arc::new(headers))),
        ("text".into(), text),
        ("body".into(), body),
    ]))
}
