//! The family `teams`: a workflow's webhook, or Microsoft Graph; an Adaptive Card either way.

mod token;

use crate::channel::{Call, Channels, Teams, answered, field, map, not_set, refusal, send, text_of};
use crate::http::Net;
use crate::http::draft::{Auth, Draft};
use crate::http::net::Reply;
use crate::http::outcome::explain;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest};
use std::sync::Arc;
use token::{Over, TOKEN, Tokens};

/// The largest message, in bytes of its text: Teams takes 28 KB in all (Microsoft Learn, "Format cards in Teams").
pub const TEXT_BYTES_MAX: usize = 24 * 1024;
const CARD: &str = "application/vnd.microsoft.card.adaptive";

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>, channels: &Channels) {
    let tokens = channels.teams.as_ref().and_then(|teams| teams.graph.clone()).map(Tokens::new);
    let action = Post { net: net.clone(), settings: channels.teams.clone(), tokens };
    registry.add("teams.post", Implementation::External(Arc::new(action)));
}

struct Post {
    net: Arc<Net>,
    settings: Option<Teams>,
    /// Of `[teams.graph]`.
    tokens: Option<Tokens>,
}

fn text(text: &str) -> Value {
    Value::text(text)
}

/// A card with one text.
fn card(words: &str) -> Value {
    let block = map(vec![("type", text("TextBlock")), ("text", text(words)), ("wrap", Value::Bool(true))]);
    map(vec![
        ("$schema", text("http://adaptivecards.io/schemas/adaptive-card.json")),
        ("type", text("AdaptiveCard")),
        ("version", text("1.4")),
        ("body", Value::List(Arc::new(vec![block]))),
    ])
}

/// A part of a path.
fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

impl External for Post {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let settings = self.settings.as_ref().ok_or_else(|| not_set("teams"))?;
        let [Value::Text(team), Value::Text(channel), Value::Text(words)] = args else {
            return Err(Failure::new("invalid", "a message in Teams has a team, a channel and a text"));
        };
        if words.trim().is_empty() {
            return Err(Failure::new("invalid", "a message in Teams has a text"));
        }
        if words.len() > TEXT_BYTES_MAX {
            let message = format!("the text has {} bytes, and Teams takes {TEXT_BYTES_MAX} at most", words.len());
            return Err(Failure::new("invalid", message));
        }
        let place = format!("{team}/{channel}");
        if let Some(secret) = settings.webhooks.get(&place) {
            let attachment = map(vec![("contentType", text(CARD)), ("content", card(words))]);
            let body = map(vec![("type", text("message")), ("attachments", Value::List(Arc::new(vec![attachment])))]);
            let body = Call::json(&body)?;
            return Call { url: Err(secret), auth: None, body, part: Some(&place) }.store(&self.net);
        }
        let token = match settings.graph {
            Some(_) => Some(TOKEN.to_owned()),
            None => settings.token.clone(),
        };
        let Some(token) = token else {
            let message = format!("[teams] in flow.toml has neither `graph`, a token nor a webhook for `{place}`");
            return Err(Failure::new("invalid", message));
        };
        let server = settings.server.trim_end_matches('/');
        let url = format!("{server}/v1.0/teams/{}/channels/{}/messages", segment(team), segment(channel));
        // A card is an attachment of a message that shows nothing else.
        let content = crate::http::json::write(&card(words)).map_err(|why| Failure::new("invalid", why))?;
        let content: String = content
            .into_iter()
            .map(|part| match part {
                crate::http::secrets::Part::Text(text) | crate::http::secrets::Part::Secret(text) => text,
            })
            .collect();
        let attachment =
            map(vec![("id", text("card")), ("contentType", text(CARD)), ("content", Value::text(content))]);
        let body = map(vec![
            (
                "body",
                map(vec![("contentType", text("html")), ("content", text("<attachment id=\"card\"></attachment>"))]),
            ),
            ("attachments", Value::List(Arc::new(vec![attachment]))),
        ]);
        let auth = Some(Auth::Bearer(token));
        Call { url: Ok(url), auth, body: Call::json(&body)?, part: Some(&place) }.store(&self.net)
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        crate::http::draft::traces(request)
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match &self.tokens {
                Some(tokens) if needs_token(request) => self.with_token(tokens, request, attempt).await,
                _ => send(&self.net, request, attempt, read).await,
            }
        })
    }

    fn stands_in(&self) -> bool {
        true
    }
}

/// Whether a stored request names the token of `[teams.graph]`.
fn needs_token(request: &StoredRequest) -> bool {
    Draft::load(request).is_ok_and(|draft| draft.auth.is_some_and(|auth| auth.secret() == TOKEN))
}

impl Post {
    /// Posts with a token; once more with a new one where Graph does not take it: 401 says that nothing was done.
    async fn with_token(&self, tokens: &Tokens, request: &StoredRequest, attempt: Attempt<'_>) -> Outcome {
        let token = match tokens.get(&self.net, &attempt, None).await {
            Ok(token) => token,
            Err(outcome) => return outcome,
        };
        match self.post(request, &attempt, &token, attempt.timeout_us / 2).await {
            Ok(reply) if reply.status.as_u16() == 401 => {}
            Ok(reply) => return read(reply),
            Err(outcome) => return outcome,
        }
        let again = match tokens.get(&self.net, &attempt, Some(&token)).await {
            Ok(again) => again,
            Err(outcome) => return outcome,
        };
        match self.post(request, &attempt, &again, attempt.timeout_us / 6).await {
            Ok(reply) => read(reply),
            Err(outcome) => outcome,
        }
    }

    async fn post(
        &self,
        request: &StoredRequest,
        attempt: &Attempt<'_>,
        token: &str,
        timeout_us: i64,
    ) -> Result<Reply, Outcome> {
        let secrets = Over { under: attempt.secrets, name: TOKEN, value: Some(token.to_owned()) };
        answered(&self.net, request, Attempt { timeout_us, secrets: &secrets, ..*attempt }).await
    }
}

/// A workflow answers 202, Graph 201; Graph says what is wrong in `error`.
fn read(reply: Reply) -> Outcome {
    if reply.status.is_success() {
        return Outcome::Done(Value::Null);
    }
    let said = match field(&reply.body, "error") {
        Some(Value::Map(entries)) => {
            let entry = |name: &str| entries.iter().find(|(key, _)| **key == *name).map(|(_, value)| value);
            text_of(entry("code")).zip(text_of(entry("message")))
        }
        _ => None,
    };
    match said {
        Some((code, message)) => {
            refusal("rejected", format!("answered {}, error {code}: {message}", reply.status.as_u16()))
        }
        None => refusal("rejected", explain(&reply)),
    }
}
