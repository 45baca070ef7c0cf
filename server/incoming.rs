//! `POST /mail`: a mail, handed in by whoever takes them from the world.

use crate::door::{Door, body};
use crate::hooks;
use crate::say::{self, Answer};
use flow_stdlib::email::incoming::{Became, Handed, MAIL_MAX, read};
use flow_vm::engine::{Act, Control};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Request, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// Mails that are taken in at once.
pub(crate) const AT_ONCE: usize = 4;
/// How long one may take to come.
const MAIL_TIME: Duration = Duration::from_secs(60);

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// A sentence.
    pub says: String,
    /// Whether the same mail will never be taken: it is none, or too large.
    pub lasts: bool,
}

/// Has a mail written down; `own` are addresses of our own, in lower case. Yields what became of it, a sentence.
///
/// # Errors
/// It is no mail, or cannot be written down now.
pub fn hand_in(control: &dyn Control, bytes: &[u8], own: &[String]) -> Result<String, NotTaken> {
    let handed = read(bytes, own).map_err(|says| NotTaken { says, lasts: true })?;
    let (action, args) = match handed {
        Handed::Passed(why) => return Ok(format!("passed over: {why}")),
        Handed::To(action, args) => (action.to_owned(), args),
    };
    let not_now = |says: String| NotTaken { says, lasts: false };
    match control.perform(vec![Act::Call { action, args }]).map(|mut done| done.pop()) {
        Ok(Some(Ok(value))) => Ok(Became::of(&value).map(Became::says).unwrap_or_default().to_owned()),
        Ok(Some(Err(failure))) => Err(NotTaken { says: failure.message.to_string(), lasts: true }),
        Ok(None) => Err(not_now("the engine has stopped".to_owned())),
        Err(error) => Err(not_now(error.to_string())),
    }
}

/// The token of `Authorization: Bearer …`; what kind it is says a word in any case (RFC 9110, section 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Takes a mail.
pub(crate) async fn take(door: &Arc<Door>, request: Request<Incoming>) -> Answer {
    let Some(settings) = &door.settings.mail else { return say::nothing() };
    let header = |name| request.headers().get(name).and_then(|value: &hyper::header::HeaderValue| value.to_str().ok());
    let kind = header(CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    if kind.as_deref() != Some("message/rfc822") {
        return say::words(StatusCode::UNSUPPORTED_MEDIA_TYPE, "only message/rfc822");
    }
    let signed = match (&settings.token, header(AUTHORIZATION).and_then(bearer), hooks::Signed::of(request.headers())) {
        (Some(name), Some(given), _) => {
            // Hashes are compared, so that how long it takes says nothing of the token.
            let known = door.settings.secrets.get(name);
            if known.is_none_or(|known| blake3::hash(known.as_bytes()) != blake3::hash(given.as_bytes())) {
                return say::unknown("the token is wrong");
            }
            None
        }
        (_, _, Some(signed)) if !settings.secrets.is_empty() => Some(signed),
        (Some(_), None, _) => return say::unknown("the token is missing: send Authorization: Bearer and the token"),
        (None, _, _) => return hooks::unsigned(),
    };
    let Ok(_place) = door.mails.try_acquire() else { return say::later("too many mails at once") };
    let body = match body(request, MAIL_MAX, MAIL_TIME).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    if let Some(refused) = signed.and_then(|signed| signed.check(door, &settings.secrets, &body)) {
        return refused;
    }
    let (engine, own) = (door.engine.clone(), door.settings.own.clone());
    match tokio::task::spawn_blocking(move || hand_in(&engine, &body, &own)).await {
        Ok(Ok(became)) => say::words(StatusCode::OK, became),
        Ok(Err(why)) if why.lasts => say::words(StatusCode::UNPROCESSABLE_ENTITY, why.says),
        Ok(Err(why)) => say::later(&why.says),
        Err(_) => say::words(StatusCode::INTERNAL_SERVER_ERROR, "the answer broke down"),
    }
}
