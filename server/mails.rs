//! What comes of mails that were sent: links that are followed, pictures that are fetched, ways out.

use crate::door::Door;
use crate::say::{self, Answer};
use flow_bytecode::Value;
use flow_stdlib::email::track::{CLICKED, OPENED, UNSUBSCRIBED};
use flow_vm::engine::{Act, Control};
use hyper::{HeaderMap, Method, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// How long whoever follows a link waits for us at most: then they go on, and it is written down behind them.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether a program looks ahead, and nobody has asked for anything yet. It is sent away with 503, by which browsers know that
/// the address is to be asked for again when somebody does (developer.chrome.com, "Refusing speculations").
pub(crate) fn looks_ahead(headers: &HeaderMap) -> bool {
    ["purpose", "sec-purpose", "x-purpose", "x-moz"].iter().any(|name| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        value.contains("prefetch") || value.contains("preview")
    })
}

/// `GET /c/TOKEN?u=…`
pub(crate) async fn click(door: &Arc<Door>, method: &Method, token: &str, query: &str) -> Answer {
    let Some((mail, url)) = door.links.clicked(token, query) else { return say::nothing() };
    if method == Method::GET {
        note(door, CLICKED, token, vec![Value::Int(mail), Value::text(url.as_str())]).await;
    }
    say::redirect(&url)
}

/// `GET /o/TOKEN.gif`
pub(crate) async fn open(door: &Arc<Door>, method: &Method, name: &str) -> Answer {
    let Some(token) = name.strip_suffix(".gif") else { return say::nothing() };
    let Some(mail) = door.links.opened(token) else { return say::nothing() };
    if method == Method::GET {
        note(door, OPENED, token, vec![Value::Int(mail)]).await;
    }
    say::pixel()
}

/// `/unsubscribe/TOKEN`: a POST is enough (RFC 8058); who comes with a browser is asked first, for programs follow links too.
pub(crate) async fn unsubscribe(door: &Arc<Door>, method: &Method, token: &str) -> Answer {
    let Some(mail) = door.links.unsubscribed(token) else { return say::nothing() };
    if method != Method::POST {
        let form =
            "<form method=\"post\"><p>Do you want no more of these mails?</p><button>Unsubscribe</button></form>";
        return say::page("Unsubscribe", form);
    }
    match note(door, UNSUBSCRIBED, token, vec![Value::Int(mail)]).await {
        true => say::page("Unsubscribed", "<p>We have noted that you want no more of these mails.</p>"),
        false => say::later("this cannot be taken now"),
    }
}

/// Has it written down; whether it is. Who wrote, and what, may be gone by now: that is no trouble of theirs.
async fn note(door: &Arc<Door>, action: &'static str, token: &str, args: Vec<Value>) -> bool {
    let what = *blake3::hash(token.as_bytes()).as_bytes();
    // One way out is as good as another: it is written down once anyway.
    if action != UNSUBSCRIBED && !door.recent.is_new(what, door.settings.clock.boot_us()) {
        return true;
    }
    let act = Act::Call { action: action.to_owned(), args };
    let engine = door.engine.clone();
    let done = tokio::task::spawn_blocking(move || engine.perform(vec![act]));
    match tokio::time::timeout(PATIENCE, done).await {
        // A failure is that the mail is gone: with whoever got it.
        Ok(Ok(Ok(_))) => true,
        _ => {
            door.recent.forget(&what);
            false
        }
    }
}

/// `GET /health`: whether it takes what comes in. What ails it is for those who run it.
pub(crate) async fn health(door: &Arc<Door>) -> Answer {
    let engine = door.engine.clone();
    let asked = tokio::task::spawn_blocking(move || engine.health());
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(Ok(health))) if health.trouble.is_none() => say::words(StatusCode::OK, "ok"),
        _ => say::later("in trouble; those who run it see more"),
    }
}
