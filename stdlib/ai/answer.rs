//! What a model answers, in either wire format, at once or as a stream of events.

use crate::http::net::Reply;
use crate::http::outcome::{explain, retry_after_us};
use flow_bytecode::Failure;
use flow_vm::action::Outcome;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

/// The text of an answer, or the JSON that a schema was given for; or what it means that there is none.
///
/// # Errors
/// As the flow hears of it.
pub fn read(anthropic: bool, reply: &Reply) -> Result<String, Outcome> {
    if !reply.status.is_success() {
        return Err(refusal(reply));
    }
    let kind = reply.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let answer = if kind.trim_start().starts_with("text/event-stream") {
        streamed(anthropic, &reply.body)?
    } else {
        let body: Value = serde_json::from_slice(&reply.body).map_err(|_| odd("is no JSON"))?;
        if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
            return Err(failed("unreachable", format!("answered 200, and then: {}", words(error)), true));
        }
        if anthropic { Answer::of_message(&body) } else { Answer::of_completion(&body) }
    };
    answer.settle()
}

/// What was found in an answer.
#[derive(Debug, Default)]
struct Answer {
    text: String,
    /// Why it ended, in the service's word.
    end: Option<String>,
    /// The model says that it will not.
    refused: Option<String>,
}

impl Answer {
    /// `choices[0].message` (OpenAI, "Create chat completion").
    fn of_completion(body: &Value) -> Answer {
        let choice = &body["choices"][0];
        let message = &choice["message"];
        Answer {
            text: text(&message["content"]),
            end: choice["finish_reason"].as_str().map(str::to_owned),
            refused: message["refusal"].as_str().map(str::to_owned),
        }
    }

    /// `content[]` (Anthropic, "Messages"): its texts, or what a tool was called with.
    fn of_message(body: &Value) -> Answer {
        let blocks = body["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let called = blocks.iter().find(|block| block["type"] == "tool_use").map(|block| block["input"].to_string());
        let texts = || blocks.iter().filter_map(|block| block["text"].as_str()).collect();
        Answer {
            text: called.unwrap_or_else(texts),
            end: body["stop_reason"].as_str().map(str::to_owned),
            refused: None,
        }
    }

    fn settle(self) -> Result<String, Outcome> {
        if let Some(why) = self.refused {
            return Err(failed("rejected", format!("the model refuses: {why}"), false));
        }
        match self.end.as_deref() {
            Some("length" | "max_tokens" | "model_context_window_exceeded") => {
                Err(failed("limit", "the answer is longer than `max_tokens` allows", false))
            }
            Some("content_filter" | "refusal") => Err(failed("rejected", "the model refuses", false)),
            _ if self.text.trim().is_empty() => Err(odd("says nothing")),
            _ => Ok(self.text),
        }
    }
}

/// The text of `content`, which some give in parts.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    }
}

/// A stream of events, put together (WHATWG HTML, "Server-sent events"). One that broke off is no answer.
fn streamed(anthropic: bool, body: &[u8]) -> Result<Answer, Outcome> {
    let (mut answer, mut called, mut whole) = (Answer::default(), String::new(), false);
    let body = String::from_utf8_lossy(body);
    let lines = body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
    for data in lines.filter(|data| !data.is_empty()) {
        if data == "[DONE]" {
            whole = true;
            break;
        }
        let event: Value = serde_json::from_str(data).map_err(|_| broken())?;
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            return Err(failed("unreachable", format!("the answer broke off: {}", words(error)), true));
        }
        if anthropic {
            let delta = &event["delta"];
            answer.text.push_str(delta["text"].as_str().unwrap_or_default());
            called.push_str(delta["partial_json"].as_str().unwrap_or_default());
            answer.end = delta["stop_reason"].as_str().map(str::to_owned).or(answer.end);
            whole |= event["type"] == "message_stop";
        } else {
            let choice = &event["choices"][0];
            answer.text.push_str(&text(&choice["delta"]["content"]));
            answer.end = choice["finish_reason"].as_str().map(str::to_owned).or(answer.end);
            if let Some(refusal) = choice["delta"]["refusal"].as_str() {
                answer.refused.get_or_insert_default().push_str(refusal);
            }
        }
    }
    if !whole && answer.end.is_none() {
        return Err(broken());
    }
    if !called.is_empty() {
        answer.text = called;
    }
    Ok(answer)
}

/// What an event adds to the answer: words, or JSON where a schema was given.
pub fn added(anthropic: bool, data: &str) -> Option<String> {
    let event: Value = serde_json::from_str(data).ok()?;
    if !anthropic {
        return Some(text(&event["choices"][0]["delta"]["content"]));
    }
    let delta = &event["delta"];
    delta["text"].as_str().or(delta["partial_json"].as_str()).map(str::to_owned)
}

fn broken() -> Outcome {
    failed("unreachable", "the answer broke off", true)
}

fn odd(what: &str) -> Outcome {
    failed("invalid", format!("the model answered, but its answer {what}"), false)
}

fn failed(kind: &str, message: impl Into<String>, retryable: bool) -> Outcome {
    Outcome::Failed { failure: Failure::new(kind, message.into()), retryable, retry_after_us: None }
}

/// What an error object says.
fn words(error: &Value) -> String {
    let said = error["message"].as_str().or(error["type"].as_str()).or(error.as_str());
    said.unwrap_or("no reason is given").chars().take(200).collect()
}

/// Marks of a limit on what may be spent, which no waiting lifts: OpenAI's `error.code`, Anthropic's `error_code`.
const SPENT: [&str; 5] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "credit_balance_too_low",
    "billing_error",
    "enforced_spend_limit_reached",
];

/// An answer that is not 2xx. Nothing was changed by asking: whatever may get better is asked again.
fn refusal(reply: &Reply) -> Outcome {
    let status = reply.status.as_u16();
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let error = &body["error"];
    let marks = [&error["code"], &error["type"], &error["error_code"], &body["error_code"]];
    let marked = |mark: &str| marks.iter().any(|value| value.as_str() == Some(mark));
    let again = |kind: &str| Outcome::Failed {
        failure: Failure::new(kind, explain(reply)),
        retryable: true,
        retry_after_us: retry_after_us(&reply.headers),
    };
    match status {
        402 => failed("rejected", format!("nothing more may be spent: {}", explain(reply)), false),
        _ if SPENT.iter().any(|mark| marked(mark)) => {
            failed("rejected", format!("nothing more may be spent: {}", explain(reply)), false)
        }
        _ if marked("context_length_exceeded") => failed("limit", explain(reply), false),
        413 => failed("limit", explain(reply), false),
        // 529: overloaded (Anthropic, "Errors").
        429 | 529 => again("rate_limited"),
        408 | 425 => again("timeout"),
        500 | 502..=599 => again("unreachable"),
        401 | 403 => {
            failed("rejected", format!("{}: look at the key that `[ai]` in flow.toml names", explain(reply)), false)
        }
        404 => failed(
            "rejected",
            format!("{}: look at `server` and `model` of `[ai]` in flow.toml", explain(reply)),
            false,
        ),
        _ => failed("rejected", explain(reply), false),
    }
}
