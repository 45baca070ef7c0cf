//! A request to a channel's service.

use crate::http::draft::{Auth, Body, Draft, SENT_BYTES_MAX, parse_url};
use crate::http::net::Reply;
use crate::http::outcome::{Effect, explain, of_trouble, retry_after_us};
use crate::http::secrets::{Part, Revealed};
use crate::http::{Net, json};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Attempt, Outcome, StoredRequest};
use std::time::Duration;

/// The failure of an action whose channel is not set.
pub(crate) fn not_set(channel: &str) -> Failure {
    Failure::new("invalid", format!("nothing was sent: `[{channel}]` is not set in flow.toml"))
}

/// A request being put together.
pub(crate) struct Call<'a> {
    /// The address, or the name of the secret that is one.
    pub url: Result<String, &'a str>,
    /// How it says who it is from.
    pub auth: Option<Auth>,
    /// What is sent.
    pub body: Body,
    /// Which of those at that host: each has a pace of its own.
    pub part: Option<&'a str>,
}

impl Call<'_> {
    /// As it is stored.
    ///
    /// # Errors
    /// `.invalid` when the address is none that may be called; `.limit` when it is too large.
    pub fn store(self, net: &Net) -> Result<StoredRequest, Failure> {
        let invalid = |message: String| Failure::new("invalid", message);
        let (url, mut destination) = match self.url {
            Ok(url) => {
                let parsed = parse_url(&url).map_err(invalid)?;
                net.guard().check(&parsed).map_err(|refusal| invalid(refusal.to_string()))?;
                let host = parsed.host_str().unwrap_or_default();
                let place = parsed.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
                (Part::Text(url), place)
            }
            // Checked when it is known: where the request leaves.
            Err(secret) => (Part::Secret(secret.to_owned()), secret.to_owned()),
        };
        if let Some(part) = self.part {
            destination = format!("{destination}#{}", part.trim_start_matches('#'));
        }
        let draft = Draft {
            method: "POST".to_owned(),
            url: vec![url],
            query: Vec::new(),
            headers: Vec::new(),
            body: Some(self.body),
            key_header: None,
            auth: self.auth,
            basic: None,
            refused: None,
        };
        let bytes = serde_json::to_vec(&draft).map_err(|error| invalid(error.to_string()))?;
        if bytes.len() > SENT_BYTES_MAX {
            return Err(Failure::new("limit", format!("the message is larger than {SENT_BYTES_MAX} bytes")));
        }
        Ok(StoredRequest { destination, bytes })
    }

    /// JSON of a value.
    ///
    /// # Errors
    /// `.invalid` when it is none.
    pub fn json(value: &Value) -> Result<Body, Failure> {
        json::write(value).map(Body::Json).map_err(|message| Failure::new("invalid", message))
    }
}

/// Reads an answer.
pub(crate) type Reading = fn(Reply) -> Outcome;

/// Sends a stored request, and reads what was answered.
pub(crate) async fn send(net: &Net, request: &StoredRequest, attempt: Attempt<'_>, read: Reading) -> Outcome {
    match answered(net, request, attempt).await {
        Ok(reply) => read(reply),
        Err(outcome) => outcome,
    }
}

/// Sends a stored request.
///
/// # Errors
/// What is no answer at all, or one that is the same for every service.
pub(crate) async fn answered(net: &Net, request: &StoredRequest, attempt: Attempt<'_>) -> Result<Reply, Outcome> {
    let draft = Draft::load(request).map_err(|message| refusal("invalid", message))?;
    let timeout = Duration::from_micros(u64::try_from(attempt.timeout_us).unwrap_or(0));
    let mut secrets = Revealed::new(attempt.secrets);
    match net.send(&draft, attempt.key, attempt.now_us, timeout, &mut secrets).await {
        Err(trouble) => Err(of_trouble(trouble, Effect::Write)),
        Ok(reply) => match reply.status.as_u16() {
            429 => Err(Outcome::Failed {
                failure: Failure::new("rate_limited", explain(&reply)),
                retryable: true,
                retry_after_us: retry_after_us(&reply.headers),
            }),
            408 | 425 => Err(failed("timeout", explain(&reply), true)),
            302 | 303 | 500 | 502..=504 | 506..=599 => {
                Err(Outcome::Unclear { failure: Failure::new("unreachable", explain(&reply)), retryable: true })
            }
            _ => Ok(reply),
        },
    }
}

/// A definite no, of which another attempt is of no use.
pub(crate) fn refusal(kind: &str, message: impl Into<String>) -> Outcome {
    failed(kind, message.into(), false)
}

fn failed(kind: &str, message: String, retryable: bool) -> Outcome {
    Outcome::Failed { failure: Failure::new(kind, message), retryable, retry_after_us: None }
}
