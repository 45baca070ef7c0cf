//! Webhooks over the local API: `POST /v1/hooks/NAME` with the body as it came, for whatever receives requests from outside
//! and has checked who sent them. It lets in who has the token, and nobody else.

use super::control::Control;
use super::error::EngineError;
use super::view::Fired;
use crate::store::from_json;
use flow_bytecode::schema::SchemaType;
use hyper::{HeaderMap, StatusCode};

/// Bytes of a body, at most.
pub(super) const BODY_MAX: usize = 1 << 20;
/// Characters of a delivery's id, at most.
const ID_MAX: usize = 256;

/// The webhook that a path names.
pub(super) fn name(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/hooks/").filter(|name| !name.is_empty())
}

/// `Webhook-Id` tells a delivery from another: one that is sent again is taken once.
pub(super) fn delivery(hook: &str, headers: &HeaderMap) -> Option<(String, String)> {
    let id = headers.get("webhook-id")?.to_str().ok()?;
    let fits = !id.is_empty() && id.len() <= ID_MAX;
    fits.then(|| (format!("webhook:{hook}"), id.to_owned()))
}

/// Begins whatever waits for a webhook, and has it written down before that is said. `delivery` (source, id) tells one from
/// another. Yields a status of HTTP and a sentence. Who sent it is the caller's to know.
pub fn take(engine: &dyn Control, hook: &str, delivery: Option<(String, String)>, body: &[u8]) -> (StatusCode, String) {
    let refused = |why: String| (StatusCode::BAD_REQUEST, why);
    let args = if body.is_empty() {
        Vec::new()
    } else {
        let json: serde_json::Value = match serde_json::from_slice(body) {
            Ok(json) => json,
            Err(error) => return refused(format!("the body is no JSON: {error}")),
        };
        match from_json(&json, &SchemaType::Json) {
            Ok(value) => vec![("body".to_owned(), value)],
            Err(why) => return refused(format!("the body cannot be taken: {why}")),
        }
    };
    match engine.fire(&format!("webhook:{hook}"), args, delivery) {
        Ok(Fired::Accepted) => (StatusCode::ACCEPTED, "recorded".to_owned()),
        Ok(Fired::Duplicate) => (StatusCode::OK, "was recorded before".to_owned()),
        Err(EngineError::UnknownEvent { .. }) => (StatusCode::NOT_FOUND, "no flow waits for this webhook".to_owned()),
        Err(EngineError::Argument { message, .. }) => refused(message),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
    }
}
