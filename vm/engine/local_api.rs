//! The owner's end of the local API: other `flow` processes of this user hand their wakes over.
//!
//! On 127.0.0.1 only, with a random token that stands in a file only its user can read. A page in a browser cannot use it:
//! it lacks the token, its `Origin` is refused, and so is a `Host` that is not ours (a name that was made to point here).

use super::error::EngineError;
use super::handle::Engine;
use super::listen::{Bounds, Listening};
use super::protocol::{Question, ask};
use super::writer::store_error;
use crate::seam::Rng;
use crate::store::StoreError;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use hyper::{Method, Request, Response, StatusCode};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a question, at most: a deployment carries its sources.
const BODY_MAX: usize = 64 << 20;
const BOUNDS: Bounds = Bounds {
    connections: 64,
    head_time: Duration::from_secs(5),
    head_bytes: 64 << 10,
    head_lines: 100,
    // A question may wait for a person.
    whole_time: None,
    leave_time: Duration::ZERO,
};

/// The local API, served until it is dropped.
pub struct LocalApi {
    listening: Listening,
    token_path: PathBuf,
    engine: Engine,
}

/// Where the token of a database's owner stands.
pub(super) fn token_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".token");
    PathBuf::from(name)
}

fn trouble(what: &str, error: &std::io::Error) -> EngineError {
    EngineError::Store {
        message: format!("{what}: {error}"),
        advice: "Other `flow` commands cannot reach this process until that is mended".to_owned(),
    }
}

impl LocalApi {
    /// Serves the engine of a database to other processes of this user, and says so in the lock file.
    ///
    /// # Errors
    /// When no port can be had, or the token cannot be written.
    pub fn serve(engine: &Engine, database: &Path, rng: &mut dyn Rng) -> Result<LocalApi, EngineError> {
        let mut bytes = [0; 32];
        rng.fill(&mut bytes).map_err(|error| trouble("this machine gives no random numbers", &error))?;
        let token = flow_bytecode::codec::hex(&bytes);
        let token_path = token_path(database);
        write_token(&token_path, &token).map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                store_error(&StoreError::Full { file: token_path.clone() })
            }
            _ => trouble("the token cannot be written", &error),
        })?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0));
        let listener = listener.map_err(|error| trouble("no port on 127.0.0.1", &error))?;
        let address = listener.local_addr().map_err(|error| trouble("no port on 127.0.0.1", &error))?;
        let door = Arc::new(Door { engine: engine.clone(), token, address });
        let listening = Listening::serve("flow-local-api", listener, BOUNDS, move |request| {
            let door = door.clone();
            async move { answer(&door, request).await }
        });
        let listening = listening.map_err(|error| trouble("no thread for the local API", &error))?;
        let api = LocalApi { listening, token_path, engine: engine.clone() };
        engine.set_address(Some(address.to_string()))?;
        Ok(api)
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }
}

impl Drop for LocalApi {
    fn drop(&mut self) {
        // Who finds the address finds nobody; say so first.
        let _ = self.engine.set_address(None);
        let _ = std::fs::remove_file(&self.token_path);
    }
}

/// Written anew, so that whoever could read an old file cannot read this one.
fn write_token(path: &Path, token: &str) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(token.as_bytes())
}

struct Door {
    engine: Engine,
    token: String,
    address: SocketAddr,
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(text.as_bytes())));
    *response.status_mut() = status;
    response
}

/// Why a request is not let in.
fn refusal(door: &Door, request: &Request<Incoming>) -> Option<(StatusCode, &'static str)> {
    let header = |name| request.headers().get(name).and_then(|value: &hyper::header::HeaderValue| value.to_str().ok());
    let host = header(HOST).unwrap_or_default();
    if host != door.address.to_string() && host != format!("localhost:{}", door.address.port()) {
        return Some((StatusCode::MISDIRECTED_REQUEST, "this is not the host you are looking for"));
    }
    if request.headers().contains_key(ORIGIN) {
        return Some((StatusCode::FORBIDDEN, "not for pages"));
    }
    let token = header(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    // Hashes are compared, so that how long it takes says nothing of the token.
    if blake3::hash(token.as_bytes()) != blake3::hash(door.token.as_bytes()) {
        return Some((StatusCode::UNAUTHORIZED, "the token is wrong"));
    }
    if request.uri().path() != "/v1" && super::webhook::name(request.uri().path()).is_none() {
        return Some((StatusCode::NOT_FOUND, "there are only /v1 and /v1/hooks/NAME"));
    }
    if request.method() != Method::POST {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "only POST"));
    }
    if header(CONTENT_TYPE) != Some("application/json") {
        return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "only application/json"));
    }
    None
}

async fn answer(door: &Arc<Door>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if let Some((status, text)) = refusal(door, &request) {
        return plain(status, text);
    }
    if let Some(hook) = super::webhook::name(request.uri().path()) {
        let hook = hook.to_owned();
        let delivery = super::webhook::delivery(&hook, request.headers());
        let body = Limited::new(request.into_body(), super::webhook::BODY_MAX).collect().await;
        let Ok(body) = body else {
            return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long, or was cut off");
        };
        let (engine, body) = (door.engine.clone(), body.to_bytes());
        let taken = tokio::task::spawn_blocking(move || super::webhook::take(&engine, &hook, delivery, &body)).await;
        let (status, text) = taken.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, "the answer broke down".to_owned()));
        return plain(status, &text);
    }
    let Ok(body) = Limited::new(request.into_body(), BODY_MAX).collect().await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the question is too long, or was cut off");
    };
    let question: Question = match serde_json::from_slice(&body.to_bytes()) {
        Ok(question) => question,
        Err(error) => return plain(StatusCode::BAD_REQUEST, &format!("not a question of this version: {error}")),
    };
    let engine = door.engine.clone();
    let answered = tokio::task::spawn_blocking(move || ask(&engine, question)).await;
    let answered = answered.unwrap_or_else(|_| Err(EngineError::internal("the answer broke down")));
    match serde_json::to_vec(&answered) {
        Ok(bytes) => {
            let mut response = Response::new(Full::new(Bytes::from(bytes)));
            let json = hyper::header::HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
