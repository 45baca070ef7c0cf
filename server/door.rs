//! Who comes with what.

use crate::recent::Recent;
use crate::refusals::Refusals;
use crate::say::{self, Answer};
use crate::settings::Settings;
use crate::{hooks, incoming, mails};
use flow_stdlib::channel::MailIn;
use flow_stdlib::email::track::{Links, PURPOSE};
use flow_vm::engine::Engine;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(15);

/// What requests are answered from.
pub(crate) struct Door {
    pub engine: Engine,
    pub links: Links,
    pub recent: Recent,
    pub refusals: Refusals,
    pub settings: Settings,
    /// Mails that are taken in at once: each may be large.
    pub mails: Semaphore,
}

impl Door {
    pub fn new(engine: &Engine, settings: Settings) -> Door {
        let links = Links::new(engine.key(PURPOSE));
        let mails = Semaphore::new(incoming::AT_ONCE);
        Door {
            engine: engine.clone(),
            links,
            recent: Recent::default(),
            refusals: Refusals::default(),
            settings,
            mails,
        }
    }
}

/// Answers a request. One that only asks for the head gets what the whole would have had, and nothing is written down.
pub(crate) async fn answer(door: &Arc<Door>, request: Request<Incoming>) -> Answer {
    let head = request.method() == Method::HEAD;
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = route(door, request).await;
    door.refusals.note(door.settings.clock.now_us(), &method, &path, &response);
    if head {
        *response.body_mut() = Full::default();
    }
    response
}

async fn route(door: &Arc<Door>, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let Some((room, rest)) = path.strip_prefix('/').map(|path| path.split_once('/').unwrap_or((path, ""))) else {
        return say::nothing();
    };
    let gets = matches!(method, Method::GET | Method::HEAD);
    match (room, rest) {
        ("c" | "o", token) if !token.is_empty() => {
            if !gets {
                return say::only("GET, HEAD");
            }
            if mails::looks_ahead(request.headers()) {
                return say::later("come when somebody asks for it");
            }
            match room {
                "c" => mails::click(door, &method, token, request.uri().query().unwrap_or_default()).await,
                _ => mails::open(door, &method, token).await,
            }
        }
        ("unsubscribe", token) if !token.is_empty() => match method == Method::POST || gets {
            true => mails::unsubscribe(door, &method, token).await,
            false => say::only("GET, HEAD, POST"),
        },
        ("health", "") if gets => mails::health(door).await,
        ("health", "") => say::only("GET, HEAD"),
        ("hooks", name) if hooks::secrets(door, name).is_some() => {
            if method != Method::POST {
                return say::only("POST");
            }
            let name = name.to_owned();
            let Some(signed) = hooks::Signed::of(request.headers()) else { return hooks::unsigned() };
            match body(request, hooks::BODY_MAX, BODY_TIME).await {
                Ok(body) => hooks::take(door, name, signed, body).await,
                Err(refused) => refused,
            }
        }
        ("mail", "") if door.settings.mail.as_ref().is_some_and(MailIn::is_handed_in) => match method == Method::POST {
            true => incoming::take(door, request).await,
            false => say::only("POST"),
        },
        _ => say::nothing(),
    }
}

/// The whole body; or why it is not taken.
pub(crate) async fn body(request: Request<Incoming>, most: usize, time: Duration) -> Result<Bytes, Answer> {
    match tokio::time::timeout(time, Limited::new(request.into_body(), most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(say::words(StatusCode::PAYLOAD_TOO_LARGE, format!("more than {most} bytes")))
        }
        Ok(Err(_)) => Err(say::words(StatusCode::BAD_REQUEST, "the body was cut off")),
        Err(_) => Err(say::words(StatusCode::REQUEST_TIMEOUT, "the body took too long")),
    }
}
