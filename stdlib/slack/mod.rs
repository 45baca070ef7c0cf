//! The family `slack`: `chat.postMessage`, and incoming webhooks.

use crate::channel::{Call, Channels, Slack, field, map, not_set, refusal, send, text_of};
use crate::http::Net;
use crate::http::draft::Auth;
use crate::http::net::Reply;
use crate::http::outcome::{explain, retry_after_us};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest};
use std::sync::Arc;

/// The longest text, in characters: what is longer Slack cuts off (documentation of `chat.postMessage`).
pub const TEXT_CHARS_MAX: usize = 40_000;
/// "About one message a second a channel" (Slack, "Rate limits").
const GAP_US: i64 = 1_000_000;

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>, channels: &Channels) {
    let action = Post { net: net.clone(), settings: channels.slack.clone() };
    registry.add("slack.post", Implementation::External(Arc::new(action)));
}

struct Post {
    net: Arc<Net>,
    settings: Option<Slack>,
}

impl External for Post {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let settings = self.settings.as_ref().ok_or_else(|| not_set("slack"))?;
        let [Value::Text(channel), Value::Text(text), thread] = args else {
            return Err(Failure::new("invalid", "a message in Slack has a channel and a text"));
        };
        if text.trim().is_empty() {
            return Err(Failure::new("invalid", "a message in Slack has a text"));
        }
        let length = text.chars().count();
        if length > TEXT_CHARS_MAX {
            let message = format!("the text has {length} characters, and Slack takes {TEXT_CHARS_MAX} at most");
            return Err(Failure::new("invalid", message));
        }
        let mut body = vec![("text", Value::Text(text.clone()))];
        if !thread.is_null() {
            body.push(("thread_ts", thread.clone()));
        }
        let bare = channel.trim_start_matches('#');
        let hook = settings.webhooks.iter().find(|(known, _)| known.trim_start_matches('#') == bare);
        let (url, auth) = match (hook, &settings.token) {
            (Some((_, secret)), _) => (Err(secret.as_str()), None),
            (None, Some(token)) => {
                body.push(("channel", Value::Text(channel.clone())));
                let server = settings.server.trim_end_matches('/');
                (Ok(format!("{server}/api/chat.postMessage")), Some(Auth::Bearer(token.clone())))
            }
            (None, None) => {
                let message = format!("[slack] in flow.toml has neither a token nor a webhook for `{channel}`");
                return Err(Failure::new("invalid", message));
            }
        };
        Call { url, auth, body: Call::json(&map(body))?, part: Some(channel) }.store(&self.net)
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        crate::http::draft::traces(request)
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match send(&self.net, request, attempt, read).await {
                // An incoming webhook says no more than that it has posted.
                Outcome::Done(Value::Null) => {
                    let channel = request.destination.split_once('#').map_or("", |(_, channel)| channel);
                    Outcome::Done(posted(&format!("#{channel}"), Value::Null))
                }
                outcome => outcome,
            }
        })
    }

    fn stands_in(&self) -> bool {
        true
    }

    fn stand_in(&self, request: &StoredRequest) -> Value {
        let channel = request.destination.split_once('#').map_or("", |(_, channel)| channel);
        posted(&format!("#{channel}"), Value::text("1772438400.000100"))
    }

    fn gap_us(&self) -> i64 {
        GAP_US
    }
}

fn posted(channel: &str, ts: Value) -> Value {
    map(vec![("channel", Value::text(channel)), ("ts", ts)])
}

/// What Slack says: a method answers 200 also when it does not do it, and says so with `ok`.
fn read(reply: Reply) -> Outcome {
    let error = text_of(field(&reply.body, "error").as_ref());
    match (reply.status.is_success(), field(&reply.body, "ok"), error) {
        (true, Some(Value::Bool(true)), _) => {
            let channel = text_of(field(&reply.body, "channel").as_ref()).unwrap_or_default();
            let ts = text_of(field(&reply.body, "ts").as_ref()).map_or(Value::Null, Value::text);
            Outcome::Done(posted(&channel, ts))
        }
        (true, None, _) if reply.body.trim_ascii() == b"ok" => Outcome::Done(Value::Null),
        (_, _, Some(error)) => refused(&error, &reply),
        (true, ..) => {
            let message = format!("{}, which is no answer of Slack's", explain(&reply));
            Outcome::Unclear { failure: Failure::new("invalid", message), retryable: false }
        }
        // An incoming webhook's errors are plain words.
        (false, ..) => {
            let word = String::from_utf8_lossy(&reply.body).trim().to_owned();
            let known = word.chars().all(|one| one.is_ascii_lowercase() || one == '_') && !word.is_empty();
            if known { refused(&word, &reply) } else { refusal("rejected", explain(&reply)) }
        }
    }
}

/// By error code (Slack, `chat.postMessage`, "Errors").
fn refused(error: &str, reply: &Reply) -> Outcome {
    let says = |what: &str| format!("Slack says `{error}`{what}");
    match error {
        "ratelimited" | "rate_limited" => Outcome::Failed {
            failure: Failure::new("rate_limited", says("")),
            retryable: true,
            retry_after_us: retry_after_us(&reply.headers),
        },
        // "It is possible some aspect of the operation succeeded."
        "fatal_error" | "internal_error" | "service_unavailable" | "request_timeout" | "rollup_error" => {
            Outcome::Unclear { failure: Failure::new("unreachable", says("")), retryable: true }
        }
        "not_in_channel" => refusal("rejected", says(": invite the app into the channel")),
        "channel_not_found" => refusal("rejected", says(": there is no such channel, or the app does not see it")),
        "is_archived" | "channel_is_archived" => refusal("rejected", says(": the channel is archived")),
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" | "token_expired" => {
            refusal("rejected", says(": look at the token that `[slack]` in flow.toml names"))
        }
        "missing_scope" => refusal("rejected", says(": the app needs the scope `chat:write`")),
        "msg_too_long" | "no_text" | "invalid_payload" | "invalid_blocks" => refusal("invalid", says("")),
        _ => refusal("rejected", says("")),
    }
}
