//! The one client through which requests leave.
//!
//! It repeats nothing and follows nothing by itself: a repetition below the engine would be an effect nobody recorded,
//! and a redirect is a new address, to be checked like the first.

use super::body::{Marked, Sent};
use super::draft::{Auth, Body, Draft, parse_url};
use super::guard::{Guard, Refusal};
use super::json;
use super::outcome::{Effect, of_trouble};
use super::resolve::{Blocked, GuardedResolver, Lookup, SystemLookup, Unknown};
use super::secrets::{Part, Revealed};
use super::words::{broke, place};
use crate::webhook::signature;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flow_vm::action::Outcome;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method, Response, StatusCode, Url};
use std::error::Error as _;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How many redirects of one request are followed.
pub const REDIRECTS_MAX: usize = 5;
/// The largest answer, decoded, in bytes.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// How much is read of an answer that says no.
const REFUSAL_BYTES_MAX: usize = 16 * 1024;
/// How long a connection may take to come about: shorter than the usual time limit, so that an unreachable service is
/// told from a slow one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What can be set of the client.
#[derive(Debug, Clone, Default)]
pub struct NetConfig {
    /// Addresses beyond the public internet that may be called, each `host:port`.
    pub allow_net: Vec<String>,
    /// The only hosts a secret is sent to, by its name; a secret without an entry goes where the flow says.
    pub secret_hosts: Vec<(String, Vec<String>)>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] Refusal),
    /// The client cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
}

/// The client.
pub struct Net {
    reads: Client,
    writes: Client,
    guard: Arc<Guard>,
    resolver: GuardedResolver,
    secret_hosts: Vec<(String, Vec<String>)>,
}

/// Is given parts of an answer as they come, as they are.
pub type Heard<'h> = &'h mut (dyn FnMut(&[u8]) + Send);

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// As it is; redirects that were followed are not seen.
    pub status: StatusCode,
    /// As they came, but without the values of secrets.
    pub headers: HeaderMap,
    /// Decoded, whole, without the values of secrets.
    pub body: Vec<u8>,
}

/// Why nothing usable came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Provably nothing was sent.
    NotSent(Cause, String),
    /// Something may have been sent.
    Sent(Cause, String),
}

/// What kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The request makes no sense or may not be made; another attempt is of no use.
    Invalid,
    /// No connection, or it broke.
    Unreachable,
    /// The time is up.
    Timeout,
    /// The answer is larger than allowed.
    TooLarge,
}

impl Net {
    /// A client that looks names up as the operating system does.
    ///
    /// # Errors
    /// When the settings are wrong or there is no TLS.
    pub fn new(config: &NetConfig) -> Result<Net, NetError> {
        Net::with_lookup(config, Arc::new(SystemLookup))
    }

    /// A client with its own way to look names up.
    ///
    /// # Errors
    /// As [`Net::new`].
    pub fn with_lookup(config: &NetConfig, lookup: Arc<dyn Lookup>) -> Result<Net, NetError> {
        let guard = Arc::new(Guard::new(config.allow_net.iter().map(String::as_str))?);
        let resolver = GuardedResolver { guard: guard.clone(), lookup };
        let builder = || {
            Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .http1_only()
                .connect_timeout(CONNECT_TIMEOUT)
                .user_agent(concat!("flow/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(Arc::new(resolver.clone()))
        };
        Ok(Net {
            reads: builder().pool_idle_timeout(Duration::from_secs(30)).build()?,
            // A connection kept from earlier may be closed just as it is used, which leaves a write in doubt.
            writes: builder().pool_max_idle_per_host(0).build()?,
            guard,
            resolver,
            secret_hosts: config.secret_hosts.clone(),
        })
    }

    /// What may be called.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Where a server of another protocol is: its addresses that may be called, by the same rules. In the clear only where
    /// the settings allow it by name.
    ///
    /// # Errors
    /// What becomes of who wanted to call it.
    pub async fn addresses(&self, host: &str, port: u16, clear: bool) -> Result<Vec<IpAddr>, Outcome> {
        let refused = |message: String| of_trouble(Trouble::NotSent(Cause::Invalid, message), Effect::Write);
        if clear && !self.guard.lists(host, port) {
            return Err(refused(format!("`{host}:{port}` is not called in the clear: `[net] allow` does not name it")));
        }
        let url = parse_url(&format!("https://{host}:{port}/")).map_err(refused)?;
        self.guard.check(&url).map_err(|refusal| refused(refusal.to_string()))?;
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(vec![address]);
        }
        self.resolver.addresses(host).await.map_err(|error| match error.downcast_ref::<Blocked>() {
            Some(blocked) => refused(blocked.to_string()),
            None => of_trouble(Trouble::NotSent(Cause::Unreachable, error.to_string()), Effect::Write),
        })
    }

    /// Sends a request and reads its answer, all within the time.
    ///
    /// # Errors
    /// What went wrong, and whether anything was sent. No message holds a secret's value.
    pub async fn send(
        &self,
        draft: &Draft,
        key: &str,
        now_us: i64,
        timeout: Duration,
        secrets: &mut Revealed<'_>,
    ) -> Result<Reply, Trouble> {
        self.send_heard(draft, (key, now_us), timeout, secrets, &mut |_| {}).await
    }

    /// As [`Net::send`]; `heard` is given the parts of a good answer as they come.
    ///
    /// # Errors
    /// As [`Net::send`].
    pub async fn send_heard(
        &self,
        draft: &Draft,
        key: (&str, i64),
        timeout: Duration,
        secrets: &mut Revealed<'_>,
        heard: Heard<'_>,
    ) -> Result<Reply, Trouble> {
        let sent = Sent::default();
        let called = OnceLock::new();
        let whole = self.exchange(draft, key, secrets, (&sent, &called), heard);
        match tokio::time::timeout(timeout, whole).await {
            Ok(result) => result,
            Err(_) => {
                let from = called.get().map_or(String::new(), |place| format!(" from `{place}`"));
                let message = format!("no answer{from} within {} s", timeout.as_secs_f64());
                Err(if sent.get() {
                    Trouble::Sent(Cause::Timeout, message)
                } else {
                    Trouble::NotSent(Cause::Timeout, message)
                })
            }
        }
    }

    async fn exchange(
        &self,
        draft: &Draft,
        (key, now_us): (&str, i64),
        secrets: &mut Revealed<'_>,
        (sent, called): (&Sent, &OnceLock<String>),
        heard: Heard<'_>,
    ) -> Result<Reply, Trouble> {
        let invalid = |message: String| Trouble::NotSent(Cause::Invalid, message);
        let method = Method::from_bytes(draft.method.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        let follows = method == Method::GET || method == Method::HEAD;
        let mut url = self.url(draft, secrets).map_err(invalid)?;
        self.check_secrets(draft, &url).map_err(invalid)?;
        let mut headers = headers(draft, key, secrets).map_err(invalid)?;
        let body = body(draft, secrets).map_err(invalid)?;
        if let Some(auth) = &draft.auth {
            authorize(auth, key, now_us, &body, secrets, &mut headers).map_err(invalid)?;
        }
        let mut body = Some(body);
        let first = called.get_or_init(|| place(&url));
        for hop in 0..=REDIRECTS_MAX {
            self.guard.check(&url).map_err(|refusal| match hop {
                0 => invalid(refusal.to_string()),
                _ => Trouble::Sent(Cause::Invalid, format!("`{first}` sends on to another address, and {refusal}")),
            })?;
            let client = if follows { &self.reads } else { &self.writes };
            let mut request = client.request(method.clone(), url.clone()).headers(headers.clone());
            if let Some(bytes) = body.take() {
                let needs_length = bytes.is_empty() && !follows && method != Method::DELETE;
                let marked = Marked::new(bytes, sent.clone());
                request = if needs_length { request.header("content-length", "0") } else { request };
                request = request.body(reqwest::Body::wrap(marked));
            }
            let response = request.send().await.map_err(|error| trouble(&error, &place(&url), sent))?;
            let next = if follows { redirect(&response, &url) } else { None };
            let Some(next) = next else { return read(response, &place(&url), secrets, heard).await };
            let next = next.map_err(|message| Trouble::Sent(Cause::Invalid, message))?;
            if next.origin() != url.origin() {
                // What was meant for one host is not for another, whatever header it stands in.
                headers = harmless(&headers);
            }
            url = next;
        }
        Err(Trouble::Sent(Cause::Invalid, format!("`{first}` sends on more than {REDIRECTS_MAX} times")))
    }

    fn url(&self, draft: &Draft, secrets: &mut Revealed<'_>) -> Result<Url, String> {
        // One that is a secret as a whole is an address already.
        let whole = matches!(draft.url.as_slice(), [Part::Secret(_)]);
        let text = secrets.text(&draft.url, if whole { str::to_string } else { escape_in_url })?;
        let mut url = parse_url(&text).map_err(|message| match draft.url.as_slice() {
            [Part::Secret(name)] => format!("the secret `{name}` is no address that can be called"),
            _ => secrets.redact(message),
        })?;
        if !draft.query.is_empty() {
            for (name, value) in &draft.query {
                let value = secrets.text(value, str::to_string)?;
                url.query_pairs_mut().append_pair(name, &value);
            }
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// Whether every secret of the request may go to this host.
    fn check_secrets(&self, draft: &Draft, url: &Url) -> Result<(), String> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let lists = draft.headers.iter().chain(&draft.query).map(|(_, parts)| parts);
        let body: Vec<&Vec<Part>> = match &draft.body {
            None => Vec::new(),
            Some(Body::Json(parts) | Body::Text(parts)) => vec![parts],
            Some(Body::Form(pairs)) => pairs.iter().map(|(_, parts)| parts).collect(),
        };
        let basic = draft.basic.iter().flat_map(|(user, password)| [user, password]);
        let parts = lists.chain(body).chain(basic).chain([&draft.url]).flatten();
        let named = parts.filter_map(|part| if let Part::Secret(name) = part { Some(name.as_str()) } else { None });
        for name in named.chain(draft.auth.as_ref().map(Auth::secret)) {
            self.check_secret(name, host, port)?;
        }
        Ok(())
    }

    /// Whether a secret may go to this host.
    ///
    /// # Errors
    /// It may not, a sentence.
    pub fn check_secret(&self, name: &str, host: &str, port: u16) -> Result<(), String> {
        let Some((_, hosts)) = self.secret_hosts.iter().find(|(secret, _)| secret == name) else { return Ok(()) };
        let with_port = format!("{host}:{port}");
        // With a port, as in `allow`, it is that one alone.
        if hosts.iter().any(|allowed| *allowed == host || *allowed == with_port) {
            return Ok(());
        }
        let other_port = hosts.iter().any(|allowed| allowed.rsplit_once(':').is_some_and(|(name, _)| name == host));
        let shown = if other_port { &*with_port } else { host };
        Err(format!("the secret `{name}` may not be sent to `{shown}`"))
    }
}

/// A secret inside an address: it may be several parts of a path, but never ends the path or begins another part.
fn escape_in_url(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@' => {
                text.push(char::from(byte));
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

fn escape_in_json(value: &str) -> String {
    let mut text = String::new();
    json::escape_into(value, &mut text);
    text
}

fn headers(draft: &Draft, key: &str, secrets: &mut Revealed<'_>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, parts) in &draft.headers {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        let text = secrets.text(parts, str::to_string)?;
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| format!("the header `{name}` has a character that headers cannot hold"))?;
        value.set_sensitive(parts.iter().any(|part| matches!(part, Part::Secret(_))));
        headers.append(header, value);
    }
    if let Some((user, password)) = &draft.basic {
        let value = basic(user, password, secrets)?;
        let mut value = HeaderValue::from_str(&value).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    if !headers.contains_key(ACCEPT) {
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
    }
    let media_type = match &draft.body {
        None => None,
        Some(Body::Json(_)) => Some("application/json"),
        Some(Body::Form(_)) => Some("application/x-www-form-urlencoded"),
        Some(Body::Text(_)) => Some("text/plain; charset=utf-8"),
    };
    if let (Some(media_type), false) = (media_type, headers.contains_key(CONTENT_TYPE)) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    if let Some(name) = &draft.key_header {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
        // A key that the flow sends itself is the flow's business.
        if !headers.contains_key(&header) {
            headers.insert(header, HeaderValue::from_str(key).map_err(|error| error.to_string())?);
        }
    }
    Ok(headers)
}

/// Adds the headers that say who a request is from.
fn authorize(
    auth: &Auth,
    key: &str,
    now_us: i64,
    body: &[u8],
    secrets: &mut Revealed<'_>,
    headers: &mut HeaderMap,
) -> Result<(), String> {
    let secret = secrets.text(&[Part::Secret(auth.secret().to_owned())], str::to_string)?;
    let value = |text: &str| {
        let mut value = HeaderValue::from_str(text)
            .map_err(|_| format!("the secret `{}` has a character that headers cannot hold", auth.secret()))?;
        value.set_sensitive(true);
        Ok::<_, String>(value)
    };
    match auth {
        Auth::Bearer(_) => {
            headers.insert(AUTHORIZATION, value(&format!("Bearer {secret}"))?);
        }
        Auth::Basic(user, name) => {
            let encoded = STANDARD.encode(format!("{user}:{secret}"));
            secrets.remember(name, encoded.clone());
            headers.insert(AUTHORIZATION, value(&format!("Basic {encoded}"))?);
        }
        Auth::Signed(_) => {
            let seconds = now_us.div_euclid(1_000_000);
            headers.insert("webhook-id", value(key)?);
            headers.insert("webhook-timestamp", value(&seconds.to_string())?);
            headers.insert("webhook-signature", value(&signature(&secret, key, seconds, body)?)?);
        }
    }
    Ok(())
}

/// A name and a password as RFC 7617 has them.
fn basic(user: &[Part], password: &[Part], secrets: &mut Revealed<'_>) -> Result<String, String> {
    let both = format!("{}:{}", secrets.text(user, str::to_string)?, secrets.text(password, str::to_string)?);
    let coded = STANDARD.encode(both);
    if let Some(Part::Secret(name)) = password.iter().chain(user).find(|part| matches!(part, Part::Secret(_))) {
        secrets.remember(name, coded.clone());
    }
    Ok(format!("Basic {coded}"))
}

/// The headers that say nothing about who asks.
fn harmless(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in ["accept", "accept-language"] {
        if let Some(value) = headers.get(name).filter(|value| !value.is_sensitive()) {
            kept.insert(name, value.clone());
        }
    }
    kept
}

fn body(draft: &Draft, secrets: &mut Revealed<'_>) -> Result<Vec<u8>, String> {
    Ok(match &draft.body {
        None => Vec::new(),
        Some(Body::Json(parts)) => secrets.text(parts, escape_in_json)?.into_bytes(),
        Some(Body::Text(parts)) => secrets.text(parts, str::to_string)?.into_bytes(),
        Some(Body::Form(pairs)) => {
            // The URL parser's own serializer, on an address that is thrown away.
            let mut form = Url::parse("form:").map_err(|error| error.to_string())?;
            for (name, parts) in pairs {
                let value = secrets.text(parts, str::to_string)?;
                form.query_pairs_mut().append_pair(name, &value);
            }
            form.query().unwrap_or_default().as_bytes().to_vec()
        }
    })
}

/// Where a redirect leads; `None` when it is none.
fn redirect(response: &Response, from: &Url) -> Option<Result<Url, String>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    let wrong = || format!("`{}` sends on to what is no address", place(from));
    Some(location.to_str().map_err(|_| wrong()).and_then(|text| from.join(text).map_err(|_| wrong())))
}

async fn read(mut response: Response, place: &str, secrets: &Revealed<'_>, heard: Heard<'_>) -> Result<Reply, Trouble> {
    let status = response.status();
    let mut headers = response.headers().clone();
    // The second net: what the other side echoes does not come back as a value.
    secrets.redact_headers(&mut headers);
    let limit = if status.is_success() { BODY_BYTES_MAX } else { REFUSAL_BYTES_MAX };
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(None) => break,
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => {
                if status.is_success() {
                    heard(&chunk);
                }
                body.extend_from_slice(&chunk);
            }
            // A refusal is a refusal, however its explanation ends.
            Ok(Some(_)) | Err(_) if !status.is_success() => break,
            Ok(Some(_)) => {
                let message = format!("answered {}, with a body larger than {limit} bytes", status.as_u16());
                return Err(Trouble::Sent(Cause::TooLarge, message));
            }
            Err(_) => {
                let message = format!("`{place}` answered {}, but the body broke off", status.as_u16());
                return Err(Trouble::Sent(Cause::Unreachable, message));
            }
        }
    }
    let body = match String::from_utf8(body) {
        Ok(text) => secrets.redact(text).into_bytes(),
        Err(error) => error.into_bytes(),
    };
    Ok(Reply { status, headers, body })
}

fn trouble(error: &reqwest::Error, place: &str, sent: &Sent) -> Trouble {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(blocked) = inner.downcast_ref::<Blocked>() {
            return Trouble::NotSent(Cause::Invalid, blocked.to_string());
        }
        if let Some(unknown) = inner.downcast_ref::<Unknown>() {
            return Trouble::NotSent(Cause::Unreachable, unknown.to_string());
        }
        source = inner.source();
    }
    // Name, connection or TLS: before the first byte of a request.
    let connecting = error.is_connect();
    let message = broke(error, place, connecting);
    if error.is_builder() {
        Trouble::NotSent(Cause::Invalid, format!("no request can be made to `{place}`"))
    } else if connecting {
        let cause = if error.is_timeout() { Cause::Timeout } else { Cause::Unreachable };
        Trouble::NotSent(cause, message)
    } else if sent.get() {
        Trouble::Sent(if error.is_timeout() { Cause::Timeout } else { Cause::Unreachable }, message)
    } else {
        Trouble::NotSent(Cause::Unreachable, message)
    }
}
