//! Tokens for Microsoft Graph, which last about an hour: fetched when one is needed, kept in memory only, and renewed before
//! they end and once where Graph no longer takes one.
//!
//! A message in a channel is posted on behalf of somebody who is signed in: the permission `ChannelMessage.Send` is delegated, and
//! the application permission `Teamwork.Migrate.All` is only for teams that are being migrated (Microsoft Graph, "Send
//! chatMessage in a channel", Permissions). So it is the refresh token of such a person that is exchanged here, and not the
//! app's own credentials ("Microsoft identity platform and OAuth 2.0 authorization code flow", Refresh the access token).

use crate::channel::{Graph, field, number, refusal, text_of};
use crate::http::Net;
use crate::http::draft::{Body, Draft, parse_url};
use crate::http::net::{Reply, Trouble};
use crate::http::outcome::{Effect, explain, of_trouble, retry_after_us};
use crate::http::secrets::{Part, Revealed};
use flow_bytecode::Failure;
use flow_vm::action::{Attempt, Outcome, Secrets};
use std::time::Duration;
use tokio::sync::Mutex;

/// What a stored request names instead of a token: no secret of a project can be called so.
pub const TOKEN: &str = "teams.graph";
/// A token that has less than this left is not used any more, microseconds.
const MARGIN_US: i64 = 5 * 60 * 1_000_000;
/// How long a token that does not say so is taken to last, seconds.
const LASTS_SECONDS: i64 = 600;
/// How long to wait for a token.
const PATIENCE: Duration = Duration::from_secs(10);
const SCOPE: &str = "https://graph.microsoft.com/ChannelMessage.Send offline_access";

/// The tokens of one `[teams.graph]`.
pub struct Tokens {
    graph: Graph,
    /// Whoever needs one waits for whoever fetches one.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    access: Option<String>,
    /// When it ends, microseconds since 1970.
    until_us: i64,
    /// The secret that it was first fetched with, and what Microsoft handed out to go on with.
    renewed: Option<(String, String)>,
}

impl Tokens {
    /// None is fetched yet.
    pub fn new(graph: Graph) -> Tokens {
        Tokens { graph, held: Mutex::default() }
    }

    /// A token that Graph should take. `refused` is one that it did not: it is never handed out again.
    ///
    /// # Errors
    /// There is none: nothing of the message was sent.
    pub async fn get(&self, net: &Net, attempt: &Attempt<'_>, refused: Option<&str>) -> Result<String, Outcome> {
        // Twice that and two requests have to fit into the time of one attempt.
        let timeout = Duration::from_micros(attempt.timeout_us.max(0).unsigned_abs() / 6).min(PATIENCE);
        match tokio::time::timeout(timeout, self.current(net, attempt, refused)).await {
            Ok(got) => got,
            Err(_) => {
                Err(later("timeout", format!("no token for Microsoft Graph within {} s", timeout.as_secs_f64()), None))
            }
        }
    }

    async fn current(&self, net: &Net, attempt: &Attempt<'_>, refused: Option<&str>) -> Result<String, Outcome> {
        let mut held = self.held.lock().await;
        if let Some(access) = held.access.as_deref().filter(|access| refused != Some(*access))
            && attempt.now_us < held.until_us
        {
            return Ok(access.to_owned());
        }
        held.access = None;
        let secret = &self.graph.refresh_token;
        let Some(own) = attempt.secrets.get(secret) else {
            return Err(refusal("invalid", format!("the secret `{secret}` is not set")));
        };
        // One that a person has set anew goes before what was handed out for the old one.
        let renewed = held.renewed.as_ref().filter(|(seed, _)| *seed == own).map(|(_, renewed)| renewed.clone());
        let reply = match self.ask(net, attempt, renewed).await {
            Ok(reply) => reply,
            Err(outcome) => {
                // What was refused is not offered again; what a person has set may be.
                if matches!(outcome, Outcome::Failed { retryable: false, .. }) {
                    held.renewed = None;
                }
                return Err(outcome);
            }
        };
        let text = |name: &str| text_of(field(&reply.body, name).as_ref());
        let Some(access) = text("access_token").filter(|access| !access.is_empty()) else {
            return Err(refusal("rejected", "the answer to the request for a token for Microsoft Graph has none"));
        };
        let lasts = number(field(&reply.body, "expires_in").as_ref()).unwrap_or(LASTS_SECONDS);
        let lasts_us = lasts.clamp(0, 86_400) * 1_000_000;
        held.until_us = attempt.now_us + lasts_us - MARGIN_US.min(lasts_us / 2);
        held.renewed = text("refresh_token").filter(|renewed| !renewed.is_empty()).map(|renewed| (own, renewed));
        held.access = Some(access.clone());
        Ok(access)
    }

    async fn ask(&self, net: &Net, attempt: &Attempt<'_>, renewed: Option<String>) -> Result<Reply, Outcome> {
        let Graph { login, tenant, client, secret, refresh_token } = &self.graph;
        let url = format!("{}/{}/oauth2/v2.0/token", login.trim_end_matches('/'), super::segment(tenant));
        let url = parse_url(&url).map_err(|why| refusal("invalid", why))?;
        let plain = |text: &str| vec![Part::Text(text.to_owned())];
        let named = |name: &String| vec![Part::Secret(name.clone())];
        let mut form = vec![
            ("grant_type".to_owned(), plain("refresh_token")),
            ("client_id".to_owned(), plain(client)),
            ("scope".to_owned(), plain(SCOPE)),
        ];
        form.extend(secret.as_ref().map(|secret| ("client_secret".to_owned(), named(secret))));
        // A name either way, so that where it may be sent is looked at.
        form.push(("refresh_token".to_owned(), named(refresh_token)));
        let draft = Draft {
            method: "POST".to_owned(),
            url: plain(url.as_str()),
            query: Vec::new(),
            headers: Vec::new(),
            body: Some(Body::Form(form)),
            key_header: None,
            auth: None,
            basic: None,
            refused: None,
        };
        let over = Over { under: attempt.secrets, name: refresh_token, value: renewed };
        let mut secrets = Revealed::new(&over);
        match net.send(&draft, attempt.key, attempt.now_us, PATIENCE, &mut secrets).await {
            Ok(reply) => match reply.status.as_u16() {
                200 => Ok(reply),
                429 => Err(later("rate_limited", explain(&reply), retry_after_us(&reply.headers))),
                500..=599 | 408 => {
                    Err(later("unreachable", format!("no token for Microsoft Graph: {}", explain(&reply)), None))
                }
                _ => Err(refusal("rejected", self.refused(&reply))),
            },
            // Whatever became of this request, the message was not sent.
            Err(Trouble::Sent(cause, why) | Trouble::NotSent(cause, why)) => {
                Err(of_trouble(Trouble::NotSent(cause, format!("no token for Microsoft Graph: {why}")), Effect::Write))
            }
        }
    }

    /// Why there is no token, with what to do about it.
    fn refused(&self, reply: &Reply) -> String {
        let error = text_of(field(&reply.body, "error").as_ref());
        match error.as_deref() {
            Some("invalid_grant") => format!(
                "no token for Microsoft Graph: error invalid_grant; sign in again, and set the secret `{}`",
                self.graph.refresh_token
            ),
            Some(error) => {
                format!("no token for Microsoft Graph: error {}", error.chars().take(100).collect::<String>())
            }
            None => format!("no token for Microsoft Graph: answered {}", reply.status.as_u16()),
        }
    }
}

fn later(kind: &str, message: String, retry_after_us: Option<i64>) -> Outcome {
    Outcome::Failed { failure: Failure::new(kind, message), retryable: true, retry_after_us }
}

/// Secrets, of which one has another value.
pub struct Over<'a> {
    /// All others.
    pub under: &'a dyn Secrets,
    /// Its name.
    pub name: &'a str,
    /// Its value; nothing leaves it as it is.
    pub value: Option<String>,
}

impl Secrets for Over<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match &self.value {
            Some(value) if name == self.name => Some(value.clone()),
            _ => self.under.get(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_secret_stands_over_others() {
        struct Under;
        impl Secrets for Under {
            fn get(&self, name: &str) -> Option<String> {
                Some(format!("{name} below"))
            }
        }
        let over = Over { under: &Under, name: "a", value: Some("above".to_owned()) };
        assert_eq!((over.get("a"), over.get("b")), (Some("above".to_owned()), Some("b below".to_owned())));
        let none = Over { value: None, ..over };
        assert_eq!(none.get("a"), Some("a below".to_owned()));
    }
}
