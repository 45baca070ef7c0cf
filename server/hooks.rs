//! `POST /hooks/NAME`: webhooks that are signed by the Standard Webhooks scheme.

use crate::door::Door;
use crate::say::{self, Answer};
use flow_stdlib::webhook::{Refused, verify};
use flow_vm::engine::take_webhook;
use hyper::body::Bytes;
use hyper::{HeaderMap, StatusCode};
use std::sync::Arc;

/// Bytes of a body, at most.
pub(crate) const BODY_MAX: usize = 1 << 20;

/// What a delivery says of itself.
pub(crate) struct Signed {
    id: String,
    timestamp: String,
    signatures: String,
}

impl Signed {
    /// From its headers.
    pub fn of(headers: &HeaderMap) -> Option<Signed> {
        let header = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        Some(Signed {
            id: header("webhook-id").filter(|id| !id.is_empty() && id.len() <= 256)?,
            timestamp: header("webhook-timestamp")?,
            signatures: header("webhook-signature")?,
        })
    }

    /// Whether it is signed with one of these secrets, and not long ago; or why it is not let in.
    pub fn check(&self, door: &Door, names: &[String], body: &[u8]) -> Option<Answer> {
        let secrets = door.settings.known(names);
        let seconds = door.settings.clock.now_us().div_euclid(1_000_000);
        match verify(&secrets, &self.id, &self.timestamp, &self.signatures, body, seconds) {
            Ok(()) => None,
            Err(Refused::Malformed) => Some(unsigned()),
            Err(Refused::Stale) => {
                Some(say::words(StatusCode::UNAUTHORIZED, "its time is more than 5 minutes from ours"))
            }
            Err(Refused::Wrong) => Some(say::words(StatusCode::UNAUTHORIZED, "the signature is wrong")),
        }
    }
}

/// It says nothing of who it is from.
pub(crate) fn unsigned() -> Answer {
    let text = "it is not signed: send webhook-id, webhook-timestamp and webhook-signature";
    say::words(StatusCode::BAD_REQUEST, text)
}

/// The secrets that sign a webhook; none where it is not taken.
pub(crate) fn secrets<'a>(door: &'a Door, name: &str) -> Option<&'a [String]> {
    door.settings.hooks.get(name).map(Vec::as_slice)
}

/// Takes a delivery.
pub(crate) async fn take(door: &Arc<Door>, name: String, signed: Signed, body: Bytes) -> Answer {
    let Some(names) = secrets(door, &name) else { return say::nothing() };
    if let Some(refused) = signed.check(door, names, &body) {
        return refused;
    }
    let engine = door.engine.clone();
    let delivery = Some((format!("webhook:{name}"), signed.id));
    let taken = tokio::task::spawn_blocking(move || take_webhook(&engine, &name, delivery, &body)).await;
    match taken {
        Ok((status, text)) => say::words(status, text),
        Err(_) => say::words(StatusCode::INTERNAL_SERVER_ERROR, "the answer broke down"),
    }
}
