//! Answers.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};

/// An answer.
pub(crate) type Answer = Response<Full<Bytes>>;

/// A picture of one pixel that is not seen (GIF89a).
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x21\xf9\x04\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01\x44\x00\x3b";

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let fixed = HeaderValue::from_static;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, fixed(kind));
    // Whoever keeps an answer would keep us from hearing of the next request.
    headers.insert(CACHE_CONTROL, fixed("no-store"));
    headers.insert(HeaderName::from_static("x-content-type-options"), fixed("nosniff"));
    headers.insert(HeaderName::from_static("x-robots-tag"), fixed("noindex, nofollow"));
    // The address that was asked for is a secret between us and whoever got the mail.
    headers.insert(REFERRER_POLICY, fixed("no-referrer"));
    response
}

/// What an answer says, for those who look after the server.
#[derive(Clone)]
pub(crate) struct Why(pub String);

/// A sentence.
pub(crate) fn words(status: StatusCode, text: impl Into<String>) -> Answer {
    let mut text = text.into();
    let why = Why(text.clone());
    text.push('\n');
    let mut response = answer(status, "text/plain; charset=utf-8", text);
    response.extensions_mut().insert(why);
    response
}

/// Nothing is here; or somebody has changed an address.
pub(crate) fn nothing() -> Answer {
    words(StatusCode::NOT_FOUND, "there is nothing here")
}

/// Only these methods.
pub(crate) fn only(methods: &'static str) -> Answer {
    let mut response = words(StatusCode::METHOD_NOT_ALLOWED, format!("only {methods}"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// Whoever asks is not known: by a token they would be (RFC 9110, section 15.5.2).
pub(crate) fn unknown(text: &str) -> Answer {
    let mut response = words(StatusCode::UNAUTHORIZED, text);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// Not now.
pub(crate) fn later(text: &str) -> Answer {
    let mut response = words(StatusCode::SERVICE_UNAVAILABLE, text);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
    response
}

/// To another address; nowhere where it is none that a header can hold.
pub(crate) fn redirect(url: &str) -> Answer {
    let Ok(location) = HeaderValue::from_str(url) else { return nothing() };
    let mut response = words(StatusCode::FOUND, "this way");
    response.headers_mut().insert(LOCATION, location);
    response
}

/// The picture.
pub(crate) fn pixel() -> Answer {
    answer(StatusCode::OK, "image/gif", PIXEL)
}

/// A page of our own: nothing that came in stands in it.
pub(crate) fn page(title: &str, body: &str) -> Answer {
    let style = "body{font:16px/1.5 system-ui,sans-serif;max-width:32em;margin:4em auto;padding:0 1em}button{font:inherit;padding:.5em 1em}";
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{style}</style></head><body><h1>{title}</h1>{body}</body></html>\n"
    );
    let mut response = answer(StatusCode::OK, "text/html; charset=utf-8", html);
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    );
    response.headers_mut().insert(HeaderName::from_static("content-security-policy"), policy);
    response
}
